"""Off-the-shelf features: a smaller dimension against lost signal, for a head and for retrieval.

Raw inputs are x ~ N(y mu, I_D), y = +-1, with signal S = |mu|^2 = m^2. Features keep the share
rho of the signal in d < D dimensions, with noise I_d. The head is sign(x . muhat), muhat the mean
of y_i x_i over n labelled points; retrieval asks whether a query is nearer to a point of its own
class than to one of the other. It is not said why a network's features keep the signal.
"""

from typing import Annotated, Any

from theory import (
    Claims, Doc, Domain, Ge, Gt, Le, Logarithmic, Paper, Scalar, Static, Twin, chi2_mean,
    closed_form, larger_chi2, normal_cdf, normal_mean, parameters, power, rational, root, sqrt,
)  # fmt: skip

PAPER = Paper(
    "CNN Features off-the-shelf: an Astounding Baseline for Recognition",
    "Ali Sharif Razavian, Hossein Azizpour, Josephine Sullivan, Stefan Carlsson",
    "CVPR workshops 2014", "1403.6382", topics=("representations", "transfer", "classification"),
)  # fmt: skip


@parameters("off_the_shelf_features")
class Params:
    """Signal, dimensions and labels."""

    m2: Annotated[float, Ge(0.01), Le(25), Doc("m^2 = |mu|^2, the raw signal")] = 4.0
    kept: Annotated[float, Ge(0.01), Le(1), Doc("rho, the share that the features keep")] = 0.7
    raw: Annotated[int, Ge(2), Le(10_000), Static, Doc("D, dimensions of the inputs")] = 300
    d: Annotated[int, Ge(2), Le(10_000), Static, Doc("d, dimensions of the features")] = 20
    n: Annotated[float, Ge(1), Le(1e4), Logarithmic, Doc("labelled points")] = 10.0

    def check(self: Any):
        """d is at most D."""
        if self.d > self.raw:
            raise self.refuse("d", f"is above D = {self.raw}")

    @property
    def signal(self):
        """S = rho m^2."""
        return self.kept * self.m2


claim, AHEAD = Claims(), "features win from rho = d/D on"
Labels = Annotated[Any, Gt(0)]
RHO_ONE, FEW = Params(kept=1.0, d=50), Params(m2=1.0, kept=1.0, d=10, n=4.0)


@closed_form
def error(signal: Annotated[Scalar, Ge(0)], dim: Annotated[Scalar, Ge(1)], n: Labels):
    """P(chi'^2_dim(l+) < chi'^2_dim(l-)), noncentralities l+- = S (1 +- sqrt n)^2/2.

    4 x . v = |x + v|^2 - |x - v|^2 with v = sqrt(n) muhat: independent noncentral chi-squares.
    """
    below, above = signal * (1 - sqrt(n)) ** 2 / 2, signal * (1 + sqrt(n)) ** 2 / 2
    return larger_chi2(dim, below, above)


@claim.equals(at=(RHO_ONE, FEW), within=0.004, twin=Twin("no n: Phi(-sqrt S)", labels=False),
              known=((RHO_ONE, ".0931715"), (RHO_ONE.but(d=200, n=20.0), ".1436115"),
                     (Params(), ".1017951"), (FEW, ".3012011")))  # fmt: skip
def head_error(p, *, labels=True):
    """E[error] = P(chi'^2_d(l+) < chi'^2_d(l-)), l+- = rho m^2 (1 +- sqrt n)^2/2, exactly."""
    return error(p.signal, p.d, p.n) if labels else normal_cdf(-sqrt(p.signal))


@claim.identity(head_error, over=Domain.around(RHO_ONE, m2=(1.0, 4.0), n=(2.0, 40.0)), points=4,
                within=1e-12, why="a quadrature of 240 by 512 nodes",
                twin=Twin("the leading order taken as exact", lhs=lambda p: normal_cdf(
                    -p.signal / sqrt(p.signal + p.d / p.n))))  # fmt: skip
def head_error_by_quadrature(p):
    """E[error] is the mean over the head's direction of Phi(-sqrt(S) cos)."""

    def given_along(g):
        x = (sqrt(p.n * p.signal) + g)[:, None]
        return chi2_mean(lambda r2: normal_cdf(-sqrt(p.signal) * x / sqrt(x**2 + r2)), p.d - 1)

    return normal_mean(given_along)


@claim.nonnegative(over=Domain.around(Params(d=40, raw=400), kept=(0.05, 0.31), n=(1, 100)),
                   points=24, name="never_below_sqrt", twin=AHEAD)  # fmt: skip
def loss(p):
    """Features never win for rho <= sqrt(d/D): their head's error is at least the raw one's."""
    return error(p.signal, p.d, p.n) - error(p.m2, p.raw, p.n)


claim.ordering("raw_wins_below_the_root", "rho = .25 < sqrt(d/D): the raw inputs' head errs less",
               "head_error", "raw_error", at=Params(kept=0.25, d=40, raw=400, n=20.0),
               twin=AHEAD)  # fmt: skip


@claim.identity(lambda p: root(lambda n: loss(p.but(n=n)), 2.0, 1000.0),
                over=Domain.around(Params(), m2=(3.0, 4.0), kept=(0.5, 0.7)), points=6,
                within=2.0, scale=1.0, why="terms of order 1 in n: +1.0 to +1.5 on this box",
                twin=Twin("(rho D - d)/m^2", lhs=lambda p: (p.kept * p.raw - p.d) / p.m2),
                known=((Params(), "151.19"), (Params(raw=3000, d=200), "1511.90")))  # fmt: skip
def crossover(p):
    """Features win iff n < n* = (rho^2 D - d)/(m^2 rho (1 - rho)), to 2 labels."""
    scale = p.m2 * p.kept * (1 - p.kept)  # n* is without bound at rho = 1
    return (p.kept**2 * p.raw - p.d) * power(scale, -1)


@claim.equals("nearer", at=(RHO_ONE, Params()), within=0.008, known=(
    (RHO_ONE, ".72341"), (Params(), ".73135"), (RHO_ONE.but(m2=9.0, d=300), ".71815")),
              why="normal approximation of sums of d products; .002 off at d = 20",
              twin=Twin("distances taken as independent: 16 d for 12 d", own=16))  # fmt: skip
def retrieval_accuracy(p, *, own=12):
    """P(nearer to a point of its class) = Phi(4 S/sqrt(12 d + 32 S)), S = rho m^2."""
    return normal_cdf(4 * p.signal / sqrt(own * p.d + 32 * p.signal))


@closed_form(example={"p": Params()})
def head_rule(p, n: Annotated[Any, Gt(0), Le(1e100)]):
    """rho^2 (D + n m^2) - d - n rho m^2: above 0 where a head with n labels prefers features."""
    return p.kept**2 * (p.raw + n * p.m2) - p.d - n * p.signal


@claim.identity(lambda p: 3 * head_rule(p, rational(8, 3)),
                over=Domain.of(Params, d=20, raw=(20, 5000)), evaluators=("jax", "mpmath", "sympy"),
                twin=Twin("the head's rule at one label", eight=3))  # fmt: skip
def retrieval_is_eight_thirds_shot(p, *, eight=8):
    """Retrieval prefers features iff rho^2 (3D + 8m^2) > 3d + 8 rho m^2: the head's at n = 8/3.

    derived: Phi's arguments compared; retrieval favours small representations more than any head
    """
    return p.kept**2 * (3 * p.raw + eight * p.m2) - 3 * p.d - eight * p.signal
