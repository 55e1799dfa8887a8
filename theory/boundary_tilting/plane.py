"""The plane of b and a direction u: error against tilt, its best value, robust rules, types.

s_bb, s_bu, s_uu are Sigma's entries in the plane; c = cos(delta) b + sin(delta) u, t = tan(delta),
the boundary half-way between the means.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Draws, Ge, Gt, Scalar, Twin, closed_form, folded_mean, normal_cdf, normal_pdf,
    positive_definite, sqrt,
)  # fmt: skip
from theory.boundary_tilting.geometry import cosine, tangent, unit
from theory.boundary_tilting.params import Params

claim = Claims()
Distance = Annotated[Scalar, Gt(0)]
Variance = Annotated[Scalar, Gt(0)]
Covariance: Any = ("makes Sigma not positive definite", lambda bb, bu, uu: bu**2 < bb * uu)
ANY = Domain.around(
    Params(), distance=(0.5, 6.0), bb=(1.0, 2.0), bu=(-0.6, 0.6), uu=(0.5, 2.0), tilt=(-3.0, 3.0)
)
TILTED = Domain.around(Params(), bb=(1.0, 2.0), bu=(-0.6, -0.1), uu=(0.5, 2.0), tilt=(0.05, 3.0))
"""Where the best tilt is positive."""


@closed_form(bu=Covariance, example={"tilt": 0.5, "bu": 0.1})
def tilted_error(tilt, distance: Distance, bb: Variance, bu, uu: Variance):
    """Phi(-(D/2)/sqrt(Q(t))), Q(t) = s_bb + 2 t s_bu + t^2 s_uu: c'Sigma c = Q cos(delta)^2."""
    return normal_cdf(-distance / 2 / sqrt(bb + 2 * tilt * bu + tilt**2 * uu))


def error(p, tilt=None):
    """The error at a tilt."""
    tilt = p.tilt if tilt is None else tilt
    return tilted_error(tilt, p.distance, p.bb, p.bu, p.uu)


def best_of(p):
    """t* = -s_bu/s_uu."""
    return -p.bu / p.uu


FLAT = Params(bu=0.0, uu=1e-6, tilt=100.0)


@claim.equals(
    "error",
    at=(Params(), Params(tilt=1.2), Params(tilt=3.0), FLAT),
    within=0.004,
    twin=Twin("Q without the factor 2", cross=1),
    known=((Params(), ".0838"), (FLAT, ".1599")),
)
def gaussian_tilt_parabola(p, *, cross=2):
    """er(t) = Phi(-(D/2)/sqrt(s_bb + 2 t s_bu + t^2 s_uu)).

    Along a direction of variance 1e-6 a tilt of 89.4 degrees, strength 100, costs .0012.
    """
    return normal_cdf(-p.distance / 2 / sqrt(p.bb + cross * p.tilt * p.bu + p.tilt**2 * p.uu))


@claim.identity(
    0.0,
    over=ANY,
    points=16,
    within=1e-14,
    scale=1.0,
    why="rounding of a derivative",
    twin=Twin("+s_bu/s_uu", sign=1),
)
def best_tilt(p, *, sign=-1):
    """er'(t*) = 0 at t* = -s_bu/s_uu, where the error is least (taxonomy)."""
    return jax.grad(lambda t: error(p, t))(sign * p.bu / p.uu)


@claim.identity(
    lambda p: error(p, best_of(p) - p.tilt),
    over=ANY,
    twin=Twin("symmetric about the nearest-centroid rule", centre=lambda p: 0.0),
)
def tilt_symmetric(p, *, centre=best_of):
    """er(t* + a) = er(t* - a): two rules of one error."""
    return error(p, centre(p) + p.tilt)


def up_to(reach):
    """Tilts from 0 to ``reach`` t*."""
    return Domain.derived(
        lambda share, bu: Params(bu=bu, tilt=-reach * share * bu / 0.5),
        share=(0.01, 0.99), bu=(-0.6, -0.1),
    )  # fmt: skip


@claim.never_above(
    lambda p: error(p, 0.0),
    over=up_to(2),
    points=32,
    evaluators=("jax", "mpmath"),
    twin=Twin("every tilt up to 3 t*", domain=up_to(3)),
)
def tilt_beats_centroid(p):
    """Every tilt in (0, 2 t*) errs less than the nearest-centroid rule."""
    return error(p)


@claim.identity(
    lambda p: error(p, best_of(p)),
    over=ANY,
    twin=Twin("the error of b alone", cross=0),
    known=((Params(), ".0294"),),
)
def best_tilt_error(p, *, cross=1):
    """er(t*) = Phi(-(D/2) sqrt(s_uu/(s_bb s_uu - s_bu^2)))."""
    return normal_cdf(-p.distance / 2 * sqrt(p.uu / (p.bb * p.uu - cross * p.bu**2)))


def lda(z):
    """Sigma, b and Sigma^-1 b."""
    S, b = positive_definite(z.square, 1.0), unit(z.v)
    return S, b, jnp.linalg.solve(S, b)


@claim.algebra(
    lambda z: tangent(lda(z)[2], z.v),
    over=Draws(square=(4, 4), v=(4,)),
    twin=Twin("tilted the other way", sign=1),
)
def best_tilt_is_lda(z, *, sign=-1):
    """With the best u too, b + t* u is LDA's Sigma^-1 b."""
    S, b, w = lda(z)
    u = unit(w - (w @ b) * b)
    return sign * (b @ S @ u) / (u @ S @ u)


def kantorovich(kappa):
    """(sqrt(kappa) + 1/sqrt(kappa))/2."""
    return (sqrt(kappa) + 1 / sqrt(kappa)) / 2


@claim.never_above(
    lambda z: kantorovich(jnp.linalg.cond(lda(z)[0])),
    over=Draws(square=(3, 3), v=(3,)),
    points=64,
    rounding=1e-12,
    twin=Twin("sqrt(kappa)/2", larger=lambda z: jnp.sqrt(jnp.linalg.cond(lda(z)[0])) / 2),
)
def lda_strength(z):
    """s_LDA = |Sigma^-1 b|/(b'Sigma^-1 b) <= (sqrt(kappa) + 1/sqrt(kappa))/2, kappa = cond(Sigma).

    So the optimal rule may itself be strongly tilted, but never beyond this.
    """
    return 1 / cosine(lda(z)[2], z.v)


@claim.identity(
    lambda p: kantorovich(p.uu / p.bb),
    over=Domain.around(Params(bu=0.0), bb=(1.0, 2.0), uu=(2.0, 100.0)),
    twin=Twin("the weights change places", swapped=True),
    known=((Params(bu=0.0, uu=50.0), "3.60624"),),
)
def lda_strength_attained(p, *, swapped=False):
    """Equality iff b = sqrt(l/(l + L)) e_l + sqrt(L/(l + L)) e_L, l = l_min and L = l_max."""
    low, high = p.bb, p.uu
    weights = (high, low) if swapped else (low, high)
    first, second = (weights[0] / low**r + weights[1] / high**r for r in (1, 2))
    return sqrt(second * (low + high)) / first


# --------------------------------------------------------------------------------------------
# Tilting at constant accuracy

SCARCE = tuple(Params(bu=0.0, uu=eta**2) for eta in (1e-2, 1e-3, 1e-4, 1e-5))


@claim.scaling(
    -1,
    along=SCARCE,
    size=lambda p: p.uu**0.5,
    within=0.01,
    why="the 1 under the root",
    twin=Twin("eta^-2", exponent=-2),
)
def flat_direction_scaling(p):
    """s_bu = 0, s_uu = eta^2: the most strength at variance (1 + k) s_bb is sqrt(1 + k
    s_bb/eta^2).
    """
    return sqrt(1 + p.slack * p.bb / p.uu)


@claim.identity(
    lambda p: error(p, sqrt(p.slack * p.bb / p.uu)),
    over=Domain.around(Params(bu=0.0), bb=(1.0, 2.0), uu=(1e-6, 1.0), slack=(0.01, 1.0)),
    twin=Twin("(1 + k)^2", power=2),
)
def flat_tilt_costs(p, *, power=1):
    """That tilt has error Phi(-(D/2)/sqrt((1 + k) s_bb)), however flat the direction is."""
    return normal_cdf(-p.distance / 2 / sqrt((1 + p.slack) ** power * p.bb))


# --------------------------------------------------------------------------------------------
# Types


@closed_form
def adversarial_type(
    tilt, best: Annotated[Scalar, Ge(0)], tolerance: Annotated[Scalar, Ge(0)] = 0.0
):
    """0 for t < t* - tolerance (under-tilted), 1 within it (optimal), 2 beyond (over-tilted).

    The words are the paper's; the tolerance is the reader's.
    """
    return jnp.where(tilt < best - tolerance, 0, jnp.where(tilt <= best + tolerance, 1, 2))


@claim.never_above(
    error,
    over=ANY,
    points=64,
    evaluators=("jax", "mpmath"),
    twin=Twin("towards b instead", smaller=lambda p: error(p, 0.9 * p.tilt)),
    source="the paper's taxonomy in words, made operational",
)
def taxonomy(p):
    """Moving towards t* never adds error: it falls over type 0, is least at type 1, grows over
    type 2.
    """
    return error(p, p.tilt - (p.tilt - best_of(p)) / 10)


@claim.nonnegative(over=TILTED, points=64, evaluators=("jax", "mpmath"))
def taxonomy_strengths_differ(p):
    """Of the two rules of one error, t* +- a, type 2 is the stronger: s(t* + a) >= s(t* - a)."""
    return sqrt(1 + (best_of(p) + p.tilt) ** 2) - sqrt(1 + (best_of(p) - p.tilt) ** 2)


# --------------------------------------------------------------------------------------------
# Distances of the points


@closed_form(bu=Covariance, example={"tilt": 0.5, "bu": 0.1})
def margin_moments(tilt, distance: Distance, bb: Variance, bu, uu: Variance):
    """(a, sigma_c): mean and standard deviation of y d(x), a = (D/2) cos(delta) = d_adv."""
    secant = sqrt(1 + tilt**2)
    return distance / 2 / secant, sqrt(bb + 2 * tilt * bu + tilt**2 * uu) / secant


def moments(p):
    """The same of Params."""
    return margin_moments(p.tilt, p.distance, p.bb, p.bu, p.uu)


@claim.never_above(lambda p: sqrt(1 + p.tilt**2), over=ANY, points=64, evaluators=("jax", "mpmath"))
def per_sample_strength(p):
    """D/(2 E|d(x)|) <= 1/cos(delta): the strength by points is less than that by means (Jensen)."""
    a, sigma = moments(p)
    return p.distance / 2 / (sigma * folded_mean(a / sigma))


@claim.equals(
    "error_distance",
    at=(Params(distance=1.4, bb=1.69, bu=0.0, uu=1.0, tilt=0.0), Params()),
    within=0.004,
    variance=lambda p: moments(p)[1] ** 2 / 64,  # max(0, .) of 64 points has no more than they
    twin=Twin("without -a Phi(-a/sigma)", misses=0),
    known=((Params(distance=1.4, bb=1.69, bu=0.0, uu=1.0, tilt=0.0), ".24204"),),
)
def error_distance(p, *, misses=1):
    """d_err = E max(-y d(x), 0) = sigma phi(a/sigma) - a Phi(-a/sigma)."""
    a, sigma = moments(p)
    return sigma * normal_pdf(a / sigma) - misses * a * normal_cdf(-a / sigma)
