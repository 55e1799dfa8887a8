"""A Gaussian space of hypotheses: a kernel's, conditioned on its data, or any other.

The residuals on the test points are N(b_0, C), so that e = offset + sum_j lam_j (z_j + b_j)^2:
lam_j are the positive eigenvalues of C over the number of residuals, and the offset is what lies
off their span. I has no closed form but a contour integral (``quadratic_form_cdf``'s), good to
1e-13 however small the probability; the saddlepoint gives it to 1e-3 without one.
"""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Gt, Le, Row, Twin, closed_form, exp, log, log_chi2_cdf, log_normal_cdf,
    loggamma, root,
)  # fmt: skip
from theory._quadratic_forms import log_tails
from theory.inductive_bias.params import Error, Params, Positive

claim = Claims("derived")
Spectrum = Annotated[Any, Ge(1e-50), Le(1e50), Row]
Shifts = Annotated[Any, Ge(0), Le(1e6), Row]
Multiplicity = Annotated[Any, Gt(0), Le(1e6), Row]
SOME = {"spectrum": [1.0, 0.5, 0.2], "shifts": [0.25, 0.0, 1.0], "degrees": [1.0, 2.0, 1.0]}
BELOW = (
    "is not between 0 and the mean error sum lam (degrees + shifts)",
    lambda eps, spectrum, shifts, degrees: (eps > 0) & (
        eps < (spectrum * (degrees + shifts)).sum(-1)),
)  # fmt: skip


# --------------------------------------------------------------------------------------------
# Closed forms


@closed_form(example=SOME)
def gaussian_bias(
    eps: Error,
    spectrum: Spectrum,
    shifts: Shifts = 0.0,
    degrees: Multiplicity = 1.0,
    offset: Error = 0.0,
):
    """I = -log P(offset + sum_j lam_j chi'^2_{d_j}(b_j^2) <= eps) nats; infinite for eps <= offset.

    lam = ``spectrum``, b^2 = ``shifts``, d = ``degrees`` (the outputs of a kernel) along the last
    axis. To 1e-13 at any depth; tried to ratios of 1e7 between eigenvalues.
    """
    return -log_tails(jnp.maximum(eps - offset, 0.0), spectrum, degrees, shifts)[0]


@closed_form(example=SOME)
def small_error_bias(
    eps: Positive, spectrum: Spectrum, shifts: Shifts = 0.0, degrees: Multiplicity = 1.0
):
    """(r/2) log(2/eps) + sum (b^2 + d log lam)/2 + log Gamma(r/2 + 1), r = sum d: I + O(eps).

    eps is counted from the offset on.
    """
    spectrum, shifts, degrees = _together(spectrum, shifts, degrees)
    half = jnp.sum(degrees, -1) / 2
    parts = jnp.sum(shifts + degrees * jnp.log(spectrum), -1) / 2
    return parts + loggamma(half + 1) - half * jnp.log(eps / 2)


@closed_form(example=SOME | {"eps": 0.5}, eps=BELOW)
def tilt(eps: Error, spectrum: Spectrum, shifts: Shifts, degrees: Multiplicity):
    """The t > 0 at which E[Q exp(-t Q)]/E exp(-t Q) = eps < E Q, Q = sum_j lam_j chi'^2_{d_j}.

    Between 0 and sum(d/2 + b^2/8)/eps, where each term has its largest value. A root (JAX).
    """
    spectrum, shifts, degrees = _together(spectrum, shifts, degrees)
    eps = jnp.asarray(eps, float)
    most = jnp.sum(degrees / 2 + shifts / 8, -1) / jnp.maximum(eps, 1e-300)

    def excess(t):
        left = 1 / (1 + 2 * t[..., None] * spectrum)
        return jnp.sum(spectrum * (degrees * left + shifts * left**2), -1) - eps

    return root(excess, jnp.zeros_like(most), most)


@closed_form(example=SOME | {"eps": 0.5}, eps=BELOW)
def chernoff_bias(eps: Error, spectrum: Spectrum, shifts: Shifts, degrees: Multiplicity):
    """-log E exp(-t Q) - t eps at the tilt t: at most I, by Chernoff."""
    return _chernoff(eps, *_together(spectrum, shifts, degrees))[0]


@closed_form(example=SOME | {"eps": 0.5}, eps=BELOW)
def saddlepoint_bias(eps: Error, spectrum: Spectrum, shifts: Shifts, degrees: Multiplicity):
    """-log(Phi(w) + phi(w) (1/w - 1/v)), w = -sqrt(2 chernoff), v = -t sqrt(K''(t)).

    K(t) = log E exp(-t Q). Lugannani and Rice, in logarithms: right to a few thousandths of I at
    any depth.
    """
    bound, t, curvature = _chernoff(eps, *_together(spectrum, shifts, degrees))
    w, v = -jnp.sqrt(2 * bound), -t * jnp.sqrt(curvature)
    log_below = log_normal_cdf(w)
    density = -(w**2) / 2 - jnp.log(2 * jnp.pi) / 2
    return -log_below - jnp.log1p(jnp.exp(density - log_below) * (1 / w - 1 / v))


def _together(*parts) -> list[jax.Array]:
    return list(jnp.broadcast_arrays(*(jnp.asarray(part, float) for part in parts)))


def _chernoff(eps, spectrum, shifts, degrees):
    """The bound, its t, and the curvature K''(t)."""
    t = tilt(eps, spectrum, shifts, degrees)
    scaled = 2 * t[..., None] * spectrum
    cumulant = jnp.sum(degrees / 2 * jnp.log1p(scaled) + shifts / 2 * scaled / (1 + scaled), -1)
    left = spectrum / (1 + scaled)
    second = jnp.sum(2 * degrees * left**2 + 4 * shifts * left**2 / (1 + scaled), -1)
    return cumulant - t * eps, t, second


# --------------------------------------------------------------------------------------------
# A spectrum of a power law, b_j = shift


def power_law(p):
    """lam_j = j^-decay, b_j^2 = shift^2, one degree each."""
    lam = (1.0 + jnp.arange(p.r)) ** -p.decay
    return lam, jnp.full(p.r, p.shift**2), jnp.ones(p.r)


def bias(p):
    """I of the power law."""
    return exact(p.eps, *power_law(p))


exact, near, chernoff, small = map(
    jax.jit, (gaussian_bias, saddlepoint_bias, chernoff_bias, small_error_bias)
)


SMALL = [Params(eps=10.0**-k, r=6) for k in (3, 3.5, 4, 4.5, 5, 6)]


@claim.limit(
    lambda p: small(1.0, *power_law(p)),
    along=SMALL,
    size=lambda p: 1 / p.eps,
    rate=-1,
    within=0.02,
    why="the next order, eps^2",
    last_gap=1e-5,
    twin=Twin("r log(1/eps): the half forgotten", half=1),
)
def small_eps_slope(p, *, half=2):
    """I - (r/2) log(1/eps) tends to sum (b^2 + log lam)/2 + (r/2) log 2 + log Gamma(r/2 + 1).

    derived: the Gaussian density at 0 times the volume of an ellipsoid
    """
    return bias(p) - p.r * log(1 / p.eps) / half


@claim.limit(
    lambda p: jnp.sum((1 - power_law(p)[1]) / power_law(p)[0]) / (2 * p.r + 4),
    along=SMALL[:4],
    size=lambda p: 1 / p.eps,
    rate=-1,
    within=0.1,
    why="the next order, eps",
    last_gap=0.01,
    twin=Twin("as if b = 0", limit=lambda p: jnp.sum(1 / power_law(p)[0]) / (2 * p.r + 4)),
)
def small_eps_error(p):
    """(I - its small-error form)/eps tends to sum((1 - b^2)/lam)/(2 (r + 2))."""
    return (bias(p) - small(p.eps, *power_law(p))) / p.eps


ANY = Domain.around(Params(), eps=(1e-9, 0.2), decay=(0.0, 1.0), shift=(0.0, 1.0))


@claim.identity(
    bias,
    over=ANY,
    points=12,
    within=0.01,
    why="Lugannani and Rice: below 1 % of I here; up to 5 % where one lam dominates and I < 3",
    twin=Twin("Chernoff's bound taken as equal", formula=chernoff),
)
def saddlepoint(p, *, formula=near):
    """I by Lugannani and Rice, to a few thousandths at any depth: what the fit is for."""
    return formula(p.eps, *power_law(p))


@claim.equals(
    lambda run, p: run["tilted"],
    at=(Params(eps=1e-6), Params(eps=0.1)),
    mode="tilted",
    within=0.006,
    why="3 % of the value: I to 0.03 nats at any depth",
    twin=Twin("the weights left out", weighted=False),
)
def tilted_sampling(p, *, weighted=True):
    """exp(t (Q - eps)) 1{Q <= eps}, Q tilted by t, lies in [0, 1], of mean exp(chernoff - I).

    derived: so a bounded mean certifies I, at any depth, where counting needs e^I draws
    """
    lost = chernoff(p.eps, *power_law(p)) - bias(p)
    return exp(lost) if weighted else 0.5 + 0 * lost


# --------------------------------------------------------------------------------------------
# A scaled chi-square is exact if and only if the spectrum is flat


@claim.identity(
    lambda p: -log_chi2_cdf(p.eps, p.r, p.r * p.shift**2),
    over=Domain.around(Params(decay=0.0), eps=(1e-3, 20.0), shift=(0.1, 1.5)),
    points=6,
    within=1e-11,
    twin=Twin("eigenvalues 1/j", decay=1.0),
)
def scaled_chi2_is_exact_iff_flat(p, *, decay=0.0):
    """Equal eigenvalues, no offset: e is a scaled chi'^2_r(sum b^2). Otherwise it is not."""
    return bias(p.but(decay=decay))


def matched(p):
    """I of the central scaled chi-square of the same mean and variance."""
    lam, _, _ = power_law(p)
    scale, df = matched_chi2(lam)
    return -log_chi2_cdf(p.eps / scale, df)


@closed_form(example=SOME)
def matched_chi2(spectrum: Spectrum):
    """(sum lam^2/sum lam, (sum lam)^2/sum lam^2): Satterthwaite's scale and degrees, b = 0."""
    lam = jnp.asarray(spectrum, float)
    share = lam / jnp.max(lam, -1, keepdims=True)
    first, second = jnp.sum(share, -1), jnp.sum(share**2, -1)
    return jnp.max(lam, -1) * second / first, first**2 / second


CENTRAL = Params(shift=0.0, r=6)


@claim.never_above(
    lambda p: 1.0 * p.r, over=Domain.around(CENTRAL, decay=(0.1, 3.0), r=(2, 40)), points=16
)
def matched_degrees_are_too_few(p):
    """(sum lam)^2/sum lam^2 <= r, with equality iff all lam are equal."""
    return matched_chi2(power_law(p)[0])[1]


@claim.scaling(
    1.0,
    along=[CENTRAL.but(eps=10.0**-k) for k in (3, 6, 12, 24)],
    size=lambda p: -math.log(p.eps),
    within=0.02,
    why="the constant is subtracted",
    twin=Twin("the fit is consistent: the gap stays", exponent=0.0),
)
def fit_underestimates_without_limit(p):
    """I - I_fit + const grows like log(1/eps), by (r - df)/2: the fit's slope is df/2 < r/2.

    derived: the constant is I_fit's small-error form at eps = 1 minus I's
    """
    lam, shifts, degrees = power_law(p)
    scale, df = matched_chi2(lam)
    fitted = small_error_bias(1.0, scale[None], 0.0, df[None])
    return bias(p) - matched(p) + fitted - small_error_bias(1.0, lam, shifts, degrees)
