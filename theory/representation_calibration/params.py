"""The numbers that the statements speak of: three classes in a plane, in d dimensions."""

from typing import Annotated, Any

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Scalar, Static, parameters

STAYS = Because("at eta = 1 labels say nothing, and means are divided by 1 - eta")

Noise = Annotated[Scalar, Ge(0), Lt(1), STAYS, Doc("eta, the share of labels drawn anew")]
Prior = Annotated[Scalar, Ge(1e-12), Le(1 - 1e-12)]
Gap = Annotated[Scalar, Ge(1e-6), Le(1e6), Doc("Delta, distance of two means where Sigma = I")]
Square = Annotated[Scalar, Ge(0), Le(1e12)]
Positive = Annotated[Scalar, Ge(1e-12), Le(1e12)]
Count = Annotated[Scalar, Ge(1), Le(1e12)]
Weight = Annotated[Scalar, Ge(0), Le(1)]


@parameters("representation_calibration")
class Params:
    """A tail class at Delta from the head, a donor near it, noisy labels, and sample sizes.

    The head's mean is 0, the tail's (Delta, 0), the donor's (Delta + along, across).
    """

    gap: Annotated[float, Ge(0.01), Le(100), Doc("Delta, from the head's mean to the tail's")] = 2.5
    along: Annotated[float, Ge(-100), Le(100), Doc("donor's mean less the tail's, along")] = -0.6
    across: Annotated[float, Ge(-100), Le(100), Doc("the same, across the axis")] = 0.8
    tail: Annotated[float, Gt(0), Lt(1), Doc("prior of the tail")] = 0.2
    donor: Annotated[float, Ge(0), Lt(1), Doc("prior of the donor, the rest is the head's")] = 0.3
    eta: Annotated[float, Ge(0), Lt(1), STAYS, Doc("share of labels drawn anew")] = 0.3
    doubt: Annotated[float, Ge(0), Le(0.5), Doc("eta is this much more or less, unknown")] = 0.0
    d: Annotated[int, Ge(2), Le(10_000), Doc("dimension of the representation")] = 100
    few: Annotated[int, Ge(1), Le(10**9), Logarithmic, Doc("n_t, points labelled tail")] = 40
    lent: Annotated[int, Ge(1), Le(10**9), Logarithmic, Doc("points labelled donor")] = 400
    many: Annotated[int, Ge(1), Le(10**9), Logarithmic, Doc("points labelled head")] = 400
    beta: Annotated[float, Ge(0), Le(1), Doc("weight of the donor's statistics")] = 0.5
    radius: Annotated[float, Ge(0.01), Le(100), Doc("r, trimming keeps points nearer")] = 2.5
    points: Annotated[int, Ge(2), Le(100_000), Static, Doc("points drawn one by one")] = 32
    side: Annotated[
        int, Ge(2), Le(2000), Static, Doc("dimension where the covariance is estimated")
    ] = 100
    ridge: Annotated[
        float, Ge(1e-4), Le(1e4), Logarithmic, Doc("alpha, added to the calibrated covariance")
    ] = 0.1
    spread: Annotated[
        float,
        Ge(1e-3),
        Le(1e3),
        Logarithmic,
        Doc("variance across; 1 along, each of half the side"),
    ] = 1.0

    def check(self: Any):
        """The head has a prior."""
        if self.tail + self.donor >= 1:
            raise self.refuse("donor", f"and tail = {self.tail:g} leave the head no prior")
        if not self.doubt <= self.eta < 1 - self.doubt:
            raise self.refuse("doubt", f"moves eta = {self.eta:g} out of [0, 1)")

    @property
    def means(self):
        """Of tail, donor, head, as pairs."""
        return (self.gap, 0 * self.gap), (self.gap + self.along, self.across), (0 * self.gap,) * 2

    @property
    def priors(self):
        """Of tail, donor, head."""
        return self.tail, self.donor, 1 - self.tail - self.donor

    @property
    def middle(self):
        """mubar, the mean of all points."""
        return tuple(
            sum(q * m[i] for q, m in zip(self.priors, self.means, strict=True)) for i in (0, 1)
        )

    def apart(self, k):
        """|mu_k - mubar|^2 of tail (0), donor (1), head (2)."""
        return distance(self.means[k], self.middle)

    @property
    def between(self):
        """tr Sigma_B."""
        return sum(q * self.apart(k) for k, q in enumerate(self.priors))

    @property
    def bias(self):
        """|b|^2, b = mu_donor - mu_tail."""
        return self.along**2 + self.across**2

    def trace(self, k, eta=None):
        """tr Sigma~_k, of the points labelled k."""
        eta = self.eta if eta is None else eta
        return self.d + eta * self.between + eta * (1 - eta) * self.apart(k)


def distance(a, b):
    """|a - b|^2 in the plane."""
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
