"""A uniform minority on [0, 1]: mean, variance and reach of a synthetic point, rational in N, K."""

from typing import Annotated, Any

import jax

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, rational
from theory.smote.line import neighbour_gap, synthetic_mean, synthetic_variance
from theory.smote.params import ENOUGH, FEW, UNIFORM, Params

claim = Claims("derived; not in the paper")
Size = Annotated[Scalar, Ge(2), Le(1e9)]
Near = Annotated[Scalar, Ge(1), Le(1e9)]
AT = {"n": 10.0, "k": 3.0}


@closed_form(example=AT, k=ENOUGH)
def uniform_gap(n: Size, k: Near) -> Any:
    """E(Y - X)^2 = (K+1)(K+2)(N+K+5)/(12 N(N+1)(N+2)) = M_2/4 + M_3/3.

    M_m = E q^m = (1/K) sum_{j <= K} j ... (j+m-1)/(N ... (N+m-1)), q the share that is nearer: an
    interval about X is 2|Y - X| long, or reaches an end of [0, 1].
    """
    return (k + 1) / n * (k + 2) / (n + 1) * (n + k + 5) / (n + 2) / 12


@closed_form(example=AT, k=ENOUGH)
def uniform_variance(n: Size, k: Near) -> Any:
    """Var Z = 1/12 - (K+1)(K+2)(7N - 5K - 1)/(72 N(N+1)(N+2)); 1/18 at K = N - 1."""
    lost = (k + 1) / n * (k + 2) / (n + 1) * (7 * n - 5 * k - 1) / (n + 2) / 72
    return rational(1, 12) - lost


@closed_form(example=AT, k=ENOUGH)
def uniform_drift(n: Size, k: Near) -> Any:
    """-5 (K+1)(K+2)(N-1-K)/(48 N(N+1)(N+2)): d/dtilt of E Z - mu at tilt 0, density exp(-tilt x).

    How far a slightly skew minority's synthetic points are drawn to where the density is high.
    """
    return -5 * (k + 1) / n * (k + 2) / (n + 1) * (n - 1 - k) / (n + 2) / 48


# --------------------------------------------------------------------------------------------

NEAR = UNIFORM.but(k=5)
_slope = jax.jit(jax.grad(synthetic_mean))
BOX = Domain.derived(
    lambda n, near: Params(n=n, k=1 + round(near * (n - 2))), n=(int, 3, 40), near=(0, 1)
)
exactly = claim.given(over=BOX, within=1e-8, why="quadrature", points=8)


@claim.equals(
    "tilted_square",
    at=(NEAR, NEAR.but(k=1)),
    within=0.003,
    why="exact; the width asked for",
    twin=Twin("2/3 of the variance, as at K = N - 1", k=9),
    known=((NEAR, ".3138889"),),
)
def uniform_square(p, *, k=None):
    """Uniform minority: E Z^2 = 1/3 - (K+1)(K+2)(7N - 5K - 1)/(72 N(N+1)(N+2))."""
    return uniform_variance(p.n, p.k if k is None else k) + 1 / 4


@exactly.identity(
    lambda p: synthetic_variance(0.0, p.n, p.k),
    twin=Twin("an order out: K/N for (K + 1)/N", less=1),
    known=((NEAR, ".06388889"),),
)
def uniform_variance_by_quadrature(p, *, less=0):
    """The quadrature of the pair law at tilt 0 is the rational function."""
    return 1 / 12 + (uniform_variance(p.n, p.k) - 1 / 12) * (p.k + 1 - less) / (p.k + 1)


@exactly.identity(
    lambda p: neighbour_gap(0.0, p.n, p.k),
    twin=Twin("no ends: M_2/4 alone", ends=False),
    known=((NEAR, ".0530303"),),
)
def uniform_reach(p, *, ends=True):
    """E(Y - X)^2 = (K+1)(K+2)(N+K+5)/(12 N(N+1)(N+2))."""
    inside = (p.k + 1) * (p.k + 2) / (12 * p.n * (p.n + 1))
    return uniform_gap(p.n, p.k) if ends else inside


@exactly.identity(
    lambda p: _slope(0.0, 1.0 * p.n, 1.0 * p.k),
    twin=Twin("no drift: that of the mean alone, -1/12", drift=False),
    known=((NEAR, "-.09659091"),),
)
def drift_of_a_slight_tilt(p, *, drift=True):
    """d E Z/d tilt at 0 = -1/12 - 5(K+1)(K+2)(N-1-K)/(48 N(N+1)(N+2)).

    -1/12 is that of the mean of f.
    """
    return -1 / 12 + (uniform_drift(p.n, p.k) if drift else 0.0)


MANY = Domain.derived(lambda n: FEW.but(n=n, k=14 * n // 15), n=(int, 30, 2000))


@claim.never_above(
    1 / 18, over=MANY, evaluators=("jax", "mpmath"), known=((FEW.but(n=30, k=28), ".0553175"),)
)
def contraction_is_strongest_before_all(p):
    """Uniform, N >= 30: at K = 14 N/15 the variance is below 1/18, that at K = N - 1."""
    return uniform_variance(p.n, p.k)
