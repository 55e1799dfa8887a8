"""The error of a saturating uniform quantiser without cancellation, and its best range."""

from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.special import bernoulli

from theory import (
    Claims, Domain, Ge, Le, Scalar, Static, Twin, closed_form, normal_cdf, normal_pdf, relu_mean,
    relu_square, root,
)  # fmt: skip
from theory.post_training_quantization.params import BEST, HERE, Clip, Levels, Params, SomeLevels

claim = Claims("derived")
Wide = Annotated[Scalar, Ge(1e-6), Le(100)]
SOME = {"levels": 8.0, "clip": 2.2}
TERMS = 112  # of the series in m; thresholds summed one by one before Euler and Maclaurin


def _parity(levels):
    """1 for an even number of levels, a threshold at 0; -1 for an odd one, a level at 0."""
    return jnp.where(jnp.asarray(levels, float) % 2 == 0, 1.0, -1.0)


@jax.jit
def _gaussian(levels, clip):
    """The sum of :func:`gaussian_mse`, compiled once for all that call it with numbers."""
    clip = jnp.asarray(clip, float)[..., None]
    step = 2 * clip / jnp.asarray(levels, float)[..., None]
    m = np.arange(1.0, TERMS + 1)
    sign = jnp.where(m % 2 == 0, 1.0, _parity(levels)[..., None])
    wave = jnp.sum(sign * jnp.exp(-2 * (np.pi * m / step) ** 2) / m**2, -1)
    step, clip = step[..., 0], clip[..., 0]
    beyond = jnp.sum(relu_mean(-(clip[..., None] + step[..., None] * (m - 1))), -1)
    x = clip + TERMS * step
    far = relu_square(-x) / 2 + step * relu_mean(-x) / 2 + step**2 * normal_cdf(-x) / 12
    far += step**4 * normal_pdf(x) * (step**2 * (x**2 - 3) / 42 - 1) * x / 720
    return step**2 * (1 / 12 + wave / np.pi**2) + 4 * (step * beyond + far)


@closed_form(example=SOME)
def gaussian_mse(levels: Levels, clip: Clip) -> Array:
    """E (x - Q(x))^2, x ~ N(0, 1); N levels -alpha + D (k + 1/2), D = 2 alpha/N, saturating.

    D^2/12 + (D/pi)^2 sum_m (+-1)^m exp(-2 pi^2 m^2/D^2)/m^2 + 4 D sum_{j>=0} E (x - alpha - jD)_+,
    by Poisson's sum; + for even N (thresholds at 0), - for odd N (a level at 0). No two terms
    cancel, where the sum over cells loses 12/D^2. N = 1 gives the variance, 1.
    """
    return _gaussian(levels, clip)


_BERNOULLI = bernoulli(22)[2::2]
_ORDER = np.arange(2, 23, 2)
_FACTORIAL = np.cumprod(np.arange(1.0, 23))[_ORDER - 1]
_COTH = 2.0**_ORDER * _BERNOULLI / _FACTORIAL  # x coth x = 1 + sum c_k x^2k
_SINH = (2 - 2.0**_ORDER) * _BERNOULLI / _FACTORIAL  # x/sinh x


@closed_form(example=SOME)
def laplace_mse(levels: Levels, clip: Wide) -> Array:
    """E (x - Q(x))^2 of density exp(-|x|)/2 (variance 2), in elementary functions.

    2 + D^2/4 - D coth(D/2) (even N) or 2 - D/sinh(D/2) (odd N), D = 2 alpha/N, and
    2 D exp(-alpha)/(1 - exp(-D)). N = 2: 2 - alpha + alpha^2/4. By series where D < 1.
    """
    clip = jnp.asarray(clip, float)
    x = clip / jnp.asarray(levels, float)
    even, small = _parity(levels) > 0, x < 0.5
    near, away = jnp.where(small, x, 0.25), jnp.where(small, 1.0, x)
    powers = near[..., None] ** (_ORDER - 2)
    fine = jnp.where(even, 1 - 2 * jnp.sum(_COTH * powers, -1), -2 * jnp.sum(_SINH * powers, -1))
    coarse = jnp.where(even, 2 + away**2 - 2 * away / jnp.tanh(away), 2 - 2 * away / jnp.sinh(away))
    granular = jnp.where(small, near**2 * fine, coarse)
    return granular + 4 * jnp.exp(-clip) * x / -jnp.expm1(-2 * x)


def _slope(levels, clip):
    """alpha dD/dalpha of the normal, term by term; alpha d/dalpha [D E(x - t)_+] = D (phi - 2tPhi).

    2 E (Q - x) Q too: thresholds are midpoints of levels, so only the levels' move tells.
    """
    clip = (jnp.asarray(clip, float) + 0.0 * jnp.asarray(levels, float))[..., None]
    step = 2 * clip / jnp.asarray(levels, float)[..., None]
    m = np.arange(1.0, TERMS + 1)
    sign = jnp.where(m % 2 == 0, 1.0, _parity(levels)[..., None])
    power = 2 * (np.pi * m / step) ** 2
    wave = jnp.sum(sign * (2 + 2 * power) * jnp.exp(-power) / m**2, -1)
    t = clip + step * (m - 1)
    beyond = jnp.sum(normal_pdf(t) - 2 * t * normal_cdf(-t), -1)
    step, x = step[..., 0], clip[..., 0] + TERMS * step[..., 0]
    pdf, tail = normal_pdf(x), normal_cdf(-x)
    far = x**2 * tail - x * pdf + step * (pdf - 2 * x * tail) / 2
    far += step**2 * (2 * tail - x * pdf) / 12 + step**4 * (x**2 - 5) * x * pdf / 720
    return step**2 * (1 / 6 + wave / np.pi**2) + 4 * (step * beyond + far)


@jax.jit
def _best(levels):
    """Where D stops falling: one sign change in [.2, 14] for up to 2^24 levels."""
    zero = 0.0 * jnp.asarray(levels, float)
    return root(lambda a: _slope(levels, a), 0.2 + zero, 14.0 + zero)


@jax.jit
def _best_laplace(levels):
    """Likewise, in [.2, 60]."""
    zero = 0.0 * jnp.asarray(levels, float)
    slope = jax.grad(lambda a: jnp.sum(laplace_mse(levels, a)))
    return root(slope, 0.2 + zero, 60.0 + zero)


@closed_form(example=SOME)
def gaussian_moments(levels: Levels, clip: Clip) -> tuple[Array, Array]:
    """(E xQ, E Q^2) = (1 - D + h, 1 - D + 2h), h = (alpha/2) dD/dalpha, D the mean square error.

    h = E (Q - x) Q is 0 at the best range.
    """
    mse, half = gaussian_mse(levels, clip), _slope(levels, clip) / 2
    return 1 - mse + half, 1 - mse + 2 * half


@closed_form(example=SOME)
def best_clip(levels: SomeLevels) -> Array:
    """The alpha of least mean square error, x ~ N(0, 1): 1.596, 1.991, 2.344 for 1, 2, 3 bits."""
    return _best(levels)


@closed_form(example=SOME)
def best_clip_laplace(levels: SomeLevels) -> Array:
    """The alpha of least mean square error for the density exp(-|x|)/2: 2 for 2 levels."""
    return _best_laplace(levels)


@closed_form(example={"levels": 8})
def cell_sum(levels: Annotated[int, Ge(1), Le(2**16), Static], clip: Clip) -> Array:
    """sum over cells [l, u], level q, of (1 + q^2)(Phi(u) - Phi(l)) - [x phi] + 2q [phi].

    The textbook form of :func:`gaussian_mse`: loses 12/D^2, D = 2 alpha/N.
    """
    clip = jnp.asarray(clip, float)[..., None]
    q = -clip + 2 * clip / levels * (np.arange(levels) + 0.5)
    inner = q[..., 1:] - clip / levels
    ends = jnp.full_like(clip, jnp.inf)
    low, high = jnp.concatenate([-ends, inner], -1), jnp.concatenate([inner, ends], -1)
    lone = jnp.zeros_like(clip)
    first = inner * normal_pdf(inner)
    tilt = jnp.concatenate([first, lone], -1) - jnp.concatenate([lone, first], -1)
    mass = normal_cdf(high) - normal_cdf(low)
    return jnp.sum((1 + q**2) * mass - tilt + 2 * q * (normal_pdf(high) - normal_pdf(low)), -1)


# --------------------------------------------------------------------------------------------


def gaussian_fourth(p):
    """At least E (x - Q)^4: (D/2)^4 inside, 2 E (x - a)_+^4 beyond, a = alpha - D/2 the last level.

    E (x - a)_+^4 = (a^4 + 6 a^2 + 3) Phi(-a) - (a^3 + 5a) phi(a).
    """
    half = p.clip / p.levels
    a = p.clip - half
    tail = (a**4 + 6 * a**2 + 3) * normal_cdf(-a) - (a**3 + 5 * a) * normal_pdf(a)
    return half**4 + 2 * tail


def laplace_fourth(p):
    """Likewise, with E[(x - a)^4; x > alpha] = exp(-alpha)(h^4 + 4h^3 + 12h^2 + 24h + 24)/2."""
    h = p.clip / p.levels
    return h**4 + jnp.exp(-p.clip) * (h**4 + 4 * h**3 + 12 * h**2 + 24 * h + 24)


ONE, FINE = Params(bits=1, clip=2.0), Params(bits=4, clip=2.681610)
BESTS = ((ONE.but(clip=1.5957691), ".363380228"), (BEST, ".118846"), (FINE, ".0115428"))


@claim.equals(
    "gaussian",
    at=(HERE, BEST),
    relative=0.02,
    variance=lambda p: gaussian_fourth(p) / p.n,
    twin=Twin("D^2/12: neither cut off nor coarse", whole=False),
    known=((HERE, ".038251"), *BESTS),
)
def uniform_mse_exact(p, *, whole=True):
    """Normal input: E (x - Q)^2 is D^2/12, a theta series and the thresholds beyond alpha.

    textbook (Max 1960) as a sum over cells; derived in this form

    4 D sum_j E (x - alpha - jD)_+ is what saturating costs. At 1 bit the best is 1 - 2/pi.
    """
    return gaussian_mse(p.levels, p.clip) if whole else (p.clip / p.levels) ** 2 / 3


@claim.equals(
    "laplace",
    at=(ONE.but(bits=2, clip=3.07561), HERE),
    relative=0.03,
    variance=lambda p: laplace_fourth(p) / p.n,
    twin=Twin("D^2/12", whole=False),
    known=((ONE, "1.000000000"), (ONE.but(bits=2, clip=3.07561), ".392605")),
)
def uniform_mse_exact_laplace(p, *, whole=True):
    """Laplace input: 2 + D^2/4 - D coth(D/2) + 2 D exp(-alpha)/(1 - exp(-D))."""
    return laplace_mse(p.levels, p.clip) if whole else (p.clip / p.levels) ** 2 / 3


@claim.identity(
    lambda p: gaussian_mse(8, p.clip),
    over=Domain.around(HERE, clip=(0.5, 8.0)),
    within=1e-12,
    points=8,
    why="rounding of the cells' sum",
    twin=Twin("the thresholds from alpha + D on", first=1),
)
def sum_over_cells(p, *, first=0):
    """8 levels: the series agrees with the sum over the cells."""
    step = p.clip / 4
    return cell_sum(8, p.clip) - first * 4 * step * relu_mean(-p.clip)


@claim.identity(
    lambda p: gaussian_moments(8, p.clip)[0],
    over=Domain.around(HERE, clip=(0.5, 8.0)),
    within=1e-12,
    points=8,
    why="rounding of the thresholds' sum",
    twin=Twin("phi(0) twice, like the others", centre=2),
)
def covariance_by_thresholds(p, *, centre=1):
    """8 levels: E xQ = D (phi(0) + 2 sum_{k=1}^3 phi(kD)), a trapezoidal rule for 1."""
    step = p.clip / 4
    sides = sum(normal_pdf(k * step) for k in (1, 2, 3))
    return step * (centre * normal_pdf(0 * step) + 2 * sides)


best = claim.given(at=BEST, variance=lambda p: 3 * (p.clip**4 + 3) / p.n)


@best.equals(
    "square",
    within=0.005,
    twin=Twin("independent noise is added: 1 + D", sign=1),
    known=((BEST, ".881154"),),
)
def optimal_clip_orthogonality(p, *, sign=-1):
    """At the best range E Q^2 = 1 - D: the best quantiser shrinks the variance by its error."""
    return 1 + sign * gaussian_mse(p.levels, p.clip)


@best.equals("along", within=0.005, twin=Twin("E xQ = 1, as with independent noise", lost=0))
def optimal_clip_covariance(p, *, lost=1):
    """At the best range E xQ = 1 - D = E Q^2: the least-squares rescaling of Q is 1."""
    return 1 - lost * gaussian_mse(p.levels, p.clip)


@claim.never_below(
    lambda p: gaussian_mse(p.levels, best_clip(p.levels)),
    over=Domain.around(HERE, bits=(1, 12), clip=(0.5, 8.0)),
    points=24,
    rounding=1e-13,
    twin=Twin("three deviations are best", smaller=lambda p: gaussian_mse(p.levels, 3.0)),
)
def no_range_is_better(p):
    """The root of alpha dD/dalpha is the least error over all ranges."""
    return gaussian_mse(p.levels, p.clip)
