"""Random linear models of any dimension: exact slopes at small eps; noise of any size."""

from typing import Annotated

import jax.numpy as jnp

from theory import (
    Claims, Ge, Scalar, Twin, Whole, arccos, arctan, closed_form, exp, log_beta, pi, sqrt,
)  # fmt: skip
from theory.adversarial_scaling.gaps import gap_curvature, gap_slope
from theory.adversarial_scaling.linear import FAR
from theory.adversarial_scaling.linear import TWO as TWO_CLASSES
from theory.adversarial_scaling.params import Params

claim = Claims()
SMALL = Params(n=4)
THREE = Params(classes=3)


@closed_form
def mean_ratio(n: Annotated[Scalar, Ge(2), Whole]):
    """E |v|_1/|v|_2 = n Gamma(n/2)/(sqrt pi Gamma((n + 1)/2)) for v ~ N(0, I_n).

    sqrt(2 n/pi) (1 + 1/(4 n) + ...): how much more an l_inf attack reaches than one in l_2.
    """
    return n * exp(log_beta(n / 2, 0.5)) / jnp.pi


def square_ratio(n):
    """E |v|_1^2/|v|_2^2 = 1 + 2 (n - 1)/pi."""
    return 1 + 2 * (n - 1) / jnp.pi


def spread_of(mean, square):
    """Variance of a slope: E density^2 = C^2 E phi(M)^2 n/(n - 2), E |v|_2^2 = 2 (n - 1)/n."""

    def variance(p):
        c = p.classes
        density = 2 * c * gap_curvature(c + 1) / (c + 1) * p.n / (p.n - 2)
        return density * 2 * (p.n - 1) / p.n * square(p) - mean(p) ** 2

    return variance


@claim.equals(
    "slope_l2",
    mode="slopes",
    at=SMALL,
    trials=100_000,
    within=0.05,
    variance=spread_of(lambda p: sqrt(2) * gap_slope(p.classes), lambda p: 1.0),
    twin=Twin("an attack along one row: |w_j| for |w_i - w_j|", factor=1.0),
)
def random_linear_l2_slope(p, *, factor=2**0.5):
    """err ~ sqrt 2 m_C eps for l_2 attacks, averaged over W, in every dimension n >= 2.

    derived: given x, p(0) = m_C sqrt n/(s |x|) and |w_i - w_j| = s sqrt(2/n) chi_(n-1) at a tie;
    E[1/chi_n] E chi_(n-1) = 1
    """
    return factor * gap_slope(p.classes)


@claim.equals(
    "slope_linf",
    mode="slopes",
    at=SMALL,
    trials=100_000,
    within=0.1,
    variance=spread_of(
        lambda p: sqrt(2) * gap_slope(p.classes) * mean_ratio(p.n), lambda p: square_ratio(p.n)
    ),
    twin=Twin("its limit of large n, without 1 + 1/(4 n)", exact=0),
)
def random_linear_linf_slope(p, *, exact=1):
    """err ~ sqrt 2 m_C n Gamma(n/2)/(sqrt pi Gamma((n+1)/2)) eps for l_inf attacks, any n.

    derived: the direction of w_i - w_j at a tie is uniform, and independent of all else
    """
    ratio = mean_ratio(p.n) if exact else jnp.sqrt(2 * p.n / jnp.pi)
    return 2**0.5 * gap_slope(p.classes) * ratio


@claim.equals(
    "slope_noise",
    mode="slopes",
    at=SMALL,
    trials=100_000,
    within=0.05,
    variance=spread_of(lambda p: gap_slope(p.classes) / sqrt(pi), lambda p: 0.5),
    twin=Twin("noise that closes a gap whichever its sign", signs=2),
)
def random_noise_slope(p, *, signs=1):
    """err ~ m_C eps/sqrt pi for Gaussian noise of variance eps^2, any C and n."""
    return signs * gap_slope(p.classes) / jnp.pi**0.5


@claim.limit(
    0.25,
    along=[Params(n=n) for n in (4, 16, 64, 256)],
    size=lambda p: p.n,
    rate=-1.0,
    within=0.3,
    last_gap=1e-3,
    why="1/(32 n), the next term of a ratio of gamma functions",
    twin=Twin("2 sqrt n up to 1/n^2", limit=0.0),
)
def adversarial_over_random_correction(p):
    """The best l_inf attack flips 2 sqrt n (1 + 1/(4 n) + ...) times what noise does, any C.

    derived: the ratio of slopes is sqrt(2 pi) E |v|_1/|v|_2
    """
    return p.n * (jnp.sqrt(jnp.pi / (2 * p.n)) * mean_ratio(p.n) - 1)


@claim.equals(
    lambda run, p: (run["l2"] / run["linf"]) ** 2,
    at=TWO_CLASSES,
    within=0.15,
    support=(1.0, lambda p: p.n),
    twin=Twin("2 n/pi: no correction of order 1/n", lost=1),
)
def one_draw_ratio(p, *, lost=0):
    """C = 2: err(eps) = erf(eps R/sqrt 2), R = |v|_1/|v|_2 of one draw, E R^2 = 1 + 2(n - 1)/pi.

    derived: E |u_1 u_2| = 2/(pi n) on the sphere
    """
    return 2 * p.n / jnp.pi if lost else square_ratio(p.n)


@claim.limit(
    (jnp.pi - 3) / 2,
    along=[Params(n=n) for n in (8, 32, 128, 512)],
    size=lambda p: p.n,
    rate=-1.0,
    within=0.3,
    last_gap=1e-3,
    why="the next term in 1/n",
    twin=Twin("independent entries with |v|_2 fixed: (pi - 2)/2", limit=(jnp.pi - 2) / 2),
)
def one_draw_fluctuation(p):
    """n Var R/(E R)^2 -> (pi - 3)/2: one W is off by .27/sqrt n, their mean by 1/n only."""
    return p.n * (square_ratio(p.n) / mean_ratio(p.n) ** 2 - 1)


# ------------------------------------------------------------------------------ noise


def noise_of_three(eps):
    """P(argmax h != argmax (h + eps h')), h and h' of three standard normals."""
    r = 1 / jnp.sqrt(1 + eps**2)
    return 2 / 3 - 3 * (arccos(-r) ** 2 - arccos(r / 2) ** 2) / (4 * jnp.pi**2)


@claim.law(
    "noise",
    at=THREE,
    why="terms of order 1/n",
    twin=Twin("pairs alone, as if a third class never won: 3 arctan(eps)/(2 pi)", pairs=1),
)
def random_noise_of_three(p, x, *, pairs=0):
    """C = 3: noise flips with probability 2/3 - 3 (arccos^2(-r) - arccos^2(r/2))/(4 pi^2).

    r = 1/sqrt(1 + eps^2). derived: argmax is one of three sectors of a plane; their noise
    stability is the one of Goemans and Williamson's rounding for MAX-3-CUT
    """
    eps = jnp.minimum(jnp.maximum(x, 0), FAR)
    inside = 1.5 * arctan(eps) / jnp.pi if pairs else noise_of_three(eps)
    return jnp.where(x < 0, 0, jnp.where(x < FAR, inside, 1))
