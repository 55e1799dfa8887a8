"""Limit H: omega/alpha -> 0, flat sigmoid, P = p/M2 >> n, rho = M2/sqrt(p) >= ~6 sqrt(n).

There the first step decides everything: gradient descent becomes a finite table of activations,
and every observable a function of counts. All of it is derived for this package; the docstrings
say what it sharpens. Letters, for one axis with centers +mu and -mu: c_plus, c_minus clean and
n_plus, n_minus noisy counts of the two clusters; A1 = C_+ and N_-, A2 = C_- and N_+;
D = (active in A1) - (active in A2) at time 0; sigma = sign(D). A neuron's *own* axis is the one
whose label is the sign of its second-layer weight.

Time t counts steps. Valid until about min(8 P/(n(1-eta)), P/|n_+ - n_-|) steps.
"""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp

from theory import ArgumentError, Ge, Le, Scalar, Whole, closed_form
from theory.xor_cluster.params import Step

__all__ = [
    "AxisCounts", "activation_table", "other_projection", "own_projection", "projection",
]  # fmt: skip

Points = Annotated[Scalar, Ge(0), Le(1e15), Whole]
"""A number of points, neurons' or data's."""
Truth = object  # a boolean or an array of them
Lead = Annotated[Scalar, Ge(-1e15), Le(1e15), Whole]

_EXAMPLE = {
    "t": 2, "own": True, "clean": True, "leading": True, "initially_active": True, "D": 1,
    "c_plus": 5, "c_minus": 4, "n_plus": 2, "n_minus": 1,
    "b_c_plus": 2, "b_c_minus": 3, "b_n_plus": 1, "b_n_minus": 0,
}  # fmt: skip
_WITHIN = {
    "D": (
        "is no difference of the counts",
        lambda D, c_plus, c_minus, n_plus, n_minus: (
            (c_plus + n_minus >= D) & (c_minus + n_plus >= -D)
        ),
    ),
    "b_c_plus": ("is above c_plus", lambda b_c_plus, c_plus: b_c_plus <= c_plus),
    "b_c_minus": ("is above c_minus", lambda b_c_minus, c_minus: b_c_minus <= c_minus),
    "b_n_plus": ("is above n_plus", lambda b_n_plus, n_plus: b_n_plus <= n_plus),
    "b_n_minus": ("is above n_minus", lambda b_n_minus, n_minus: b_n_minus <= n_minus),
}
_OWN = {a: _WITHIN[a] for a in ("D", "b_c_minus", "b_n_plus")}
_OTHER = {a: _WITHIN[a] for a in ("D", "b_c_plus", "b_n_plus", "b_n_minus")}


class AxisCounts(NamedTuple):
    """Clean and noisy training points at +mu and -mu of one axis."""

    c_plus: Scalar
    c_minus: Scalar
    n_plus: Scalar
    n_minus: Scalar

    @property
    def first(self) -> Scalar:
        """|A1| = c_+ + n_-."""
        return self.c_plus + self.n_minus

    @property
    def second(self) -> Scalar:
        """|A2| = c_- + n_+."""
        return self.c_minus + self.n_plus

    @property
    def imbalance(self) -> Scalar:
        """e = E[D | data] = (|A1| - |A2|)/2."""
        return (self.first - self.second) / 2

    @property
    def mirrored(self) -> "AxisCounts":
        """The same axis seen from -mu."""
        return AxisCounts(self.c_minus, self.c_plus, self.n_minus, self.n_plus)


def _truth(name: str, value: Any) -> jax.Array:
    """The value as JAX booleans; a number (NaN would be true) is refused."""
    value = jnp.asarray(value)
    if value.dtype != bool:
        raise ArgumentError(f"activation_table: {name} = {value} is not true or false")
    return value


@closed_form(example=_EXAMPLE)
def activation_table(t: Step, own: Truth, clean: Truth, leading: Truth, initially_active: Truth):
    """Is a training point active on a neuron at time t >= 1? (JAX, booleans that broadcast.)

    Sharpens Lemmas A.6, A.7 and Corollary A.5. Args: t (Python int); whether the point lies on
    the neuron's own axis; whether its label is clean; whether it lies in the cluster sigma; and
    its activation at time 0. For neurons whose axis turns, sigma V(2) > 0 (V of
    :func:`own_projection` or :func:`other_projection`): D != 0 alone is not enough, and nearly
    every neuron with sigma V(2) <= 0 breaks the table.
    """
    given = {"own": own, "clean": clean, "leading": leading, "initially_active": initially_active}
    own, clean, leading, b = (_truth(name, value) for name, value in given.items())
    if t == 1:
        on_own = jnp.where(clean, leading | b, leading & ~b)
        on_other = jnp.where(clean, ~leading & ~b, ~leading | b)
    else:
        on_own = clean & (leading | b)
        on_other = ~clean | (leading & ~b) if t == 2 else ~clean
    return jnp.where(own, on_own, on_other)


@closed_form(example=_EXAMPLE, **_OWN)
def own_projection(
    t: Step, D: Lead, c_plus: Points, c_minus: Points, n_plus: Points, n_minus: Points,
    b_c_minus: Points, b_n_plus: Points,
) -> Scalar:  # fmt: skip
    """V(t) = 2 n sqrt(m) <w(t), mu>/(alpha M2) on the neuron's own axis, sigma = +, t >= 1.

    V(1) = D; V(t) = D + c_+ - n_+ + b(N_+) - b(C_-) + (t-2)(c_+ - b(C_-)), where b(S) counts the
    points of S active at time 0. For sigma = - exchange + and - (D -> -D) and negate. From t = 2 on
    for neurons whose axis turns, V(2) > 0.
    """
    if t == 1:
        return D
    return D + c_plus - n_plus + b_n_plus - b_c_minus + (t - 2) * (c_plus - b_c_minus)


@closed_form(example=_EXAMPLE, **_OTHER)
def other_projection(
    t: Step, D: Lead, c_plus: Points, c_minus: Points, n_plus: Points, n_minus: Points,
    b_c_plus: Points, b_n_plus: Points, b_n_minus: Points, *, printed: bool = False,
) -> Scalar:  # fmt: skip
    """V(t) on the other axis, sigma = +, t >= 1; see :func:`own_projection`.

    V(1) = -D; V(2) = -[b(C_+) - 2 b(N_+) + b(N_-) - c_- + n_-];
    V(t) = -[c_+ - c_- - n_+ + 2 n_- + b(N_-) - 2 b(N_+) + (t-3)(n_- - n_+)] from t = 3, for neurons
    whose axis turns, V(2) > 0. ``printed``: the display after (A.56), with 3 n_- where this has
    2 n_- + b(N_-). False.
    """
    if t == 1:
        return -D
    if t == 2:
        return -(b_c_plus - 2 * b_n_plus + b_n_minus - c_minus + n_minus)
    noisy = 3 * n_minus if printed else 2 * n_minus + b_n_minus
    return -(c_plus - c_minus - n_plus + noisy - 2 * b_n_plus + (t - 3) * (n_minus - n_plus))


def projection(t, counts, b, own, *, printed=False):
    """V(t) of neurons of either sigma on one axis; 0 stands for what D = 0 leaves open.

    ``b`` holds the points of C_+, C_-, N_+, N_- that are active at time 0, ``own`` is 1 on the
    neurons' own axis, else 0. Everything broadcasts; NumPy and JAX.
    """

    def leading(counts, b, D):
        mine = own_projection.__wrapped__(t, D, *counts, b[1], b[2])
        theirs = other_projection.__wrapped__(t, D, *counts, b[0], b[2], b[3], printed=printed)
        return own * mine + (1 - own) * theirs

    D, mirrored = b[0] + b[3] - b[1] - b[2], (b[1], b[0], b[3], b[2])
    return (D > 0) * leading(counts, b, D) - (D < 0) * leading(counts.mirrored, mirrored, -D)
