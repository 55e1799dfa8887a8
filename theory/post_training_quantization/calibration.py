"""A layer's weights corrected on B samples: when that beats leaving them, exact for any B."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Gt, Le, Scalar, Twin, chi2_cdf, closed_form, f_cdf, sqrt, where,
)  # fmt: skip
from theory.post_training_quantization.params import (
    COARSE, FEW, FIT, LOSES, SINGULAR, WINS, Noise, Params, Samples, Unknowns,
)  # fmt: skip
from theory.post_training_quantization.quantiser import gaussian_mse

claim = Claims("derived")
Floor = Annotated[Scalar, Ge(0), Le(1e9)]
Coarse = Annotated[Scalar, Gt(1), Le(1e9)]
ENOUGH = (
    "is not above K + 1, the interpolation peak",
    lambda samples, unknowns: samples > unknowns + 1,
)
TOO_FEW = (
    "is not below K - 1, the interpolation peak",
    lambda samples, unknowns: samples < unknowns - 1,
)
APART = (SINGULAR, lambda samples, unknowns: abs(samples - unknowns) > 1)
MANY, SCARCE = {"samples": 32.0, "unknowns": 16.0}, {"samples": 6.0, "unknowns": 16.0}


@closed_form
def noise_floor(noise: Noise) -> Any:
    """s2 = t2/(1 + t2): the risk of the best correction, -w t2/(1 + t2), shrinkage."""
    return noise / (1 + noise)


@closed_form
def removable(noise: Noise) -> Any:
    """r2 = t2^2/(1 + t2): what the best correction gains; s2 + r2 = t2, the risk without one."""
    return noise * (noise / (1 + noise))


@closed_form(samples=ENOUGH, example=MANY)
def least_squares_risk(samples: Samples, unknowns: Unknowns, noise: Noise) -> Any:
    """s2 (1 + K/(B - K - 1)), B > K + 1: s2 is the floor, the rest what fitting noise costs."""
    return noise_floor(noise) * (1 + unknowns / (samples - unknowns - 1))


@closed_form(samples=TOO_FEW, example=SCARCE)
def interpolation_risk(samples: Samples, unknowns: Unknowns, noise: Noise) -> Any:
    """s2 + r2 (1 - B/K) + s2 B/(K - B - 1), B < K - 1: the shortest correction that fits."""
    left = removable(noise) * (1 - samples / unknowns)
    return noise_floor(noise) * (1 + samples / (unknowns - samples - 1)) + left


@closed_form(samples=APART, example=MANY)
def calibration_risk(samples: Samples, unknowns: Unknowns, noise: Noise) -> Any:
    """E (w.x - (w + v).xt)^2, |w| = 1, v the shortest least-squares correction from B samples.

    :func:`least_squares_risk` above the peak, :func:`interpolation_risk` below it.
    """
    above = samples > unknowns + 1
    many, few = where(above, samples, unknowns + 2), where(above, unknowns / 2 - 1, samples)
    some = where(unknowns > 2, unknowns, 3 + 0 * unknowns)
    few = where(few < some - 1, few, some / 2 - 0.75)
    s2, r2 = noise_floor(noise), removable(noise)
    below = s2 * (1 + few / (some - few - 1)) + r2 * (1 - few / some)
    return where(above, s2 * (1 + unknowns / (many - unknowns - 1)), below)


@closed_form
def calibration_threshold(unknowns: Unknowns, noise: Noise) -> Any:
    """K + 1 + K/t2: with more samples least squares beats no calibration, with fewer it loses."""
    return unknowns + 1 + unknowns / noise


@closed_form
def few_samples_threshold(unknowns: Unknowns, noise: Noise) -> Any:
    """K - 1 - K/t2: interpolation of fewer samples gains; only where this is positive."""
    return unknowns - 1 - unknowns / noise


@closed_form(
    noise=("is not above K/(K - 1): no interpolation gains", lambda noise, unknowns:
           noise * (unknowns - 1) > unknowns),
    example={"unknowns": 16.0, "noise": 2.0},
)  # fmt: skip
def best_few(unknowns: Coarse, noise: Noise) -> Any:
    """K - 1 - sqrt(K (K - 1)/t2): the samples of least risk below the peak."""
    return unknowns - 1 - sqrt(unknowns * (unknowns - 1) / noise)


@closed_form(samples=ENOUGH, example=MANY)
def risk_cdf(risk: Floor, samples: Samples, unknowns: Unknowns, noise: Noise) -> Any:
    """P(risk <= r) = P(F(K, B - K + 1) <= (r/s2 - 1)(B - K + 1)/K): the law over calibration sets.

    The mean is finite for B > K + 1, the variance for B > K + 3.
    """
    free = samples - unknowns + 1
    return f_cdf((risk / noise_floor(noise) - 1) * free / unknowns, unknowns, free)


# --------------------------------------------------------------------------------------------
# Jointly Gaussian inputs: xt = x + e


def unit(name):
    """A reading: the risk for weights of length 1."""
    return lambda run, p: run[name] / run["size"]


def fit_spread(p):
    """s2^2 Var T + r2^2 Var beta: T = chi2_k/chi2_m, beta ~ Beta(B/2, (K - B)/2), independent."""
    s2, r2 = noise_floor(p.noise), removable(p.noise)
    k, m = min(p.samples, p.unknowns), abs(p.samples - p.unknowns) + 1
    spread = k * (k + 2) / ((m - 2) * (m - 4)) - (k / (m - 2)) ** 2
    share = k / p.unknowns
    return s2**2 * spread + r2**2 * share * (1 - share) * 2 / (p.unknowns + 2)


gauss = claim.given(mode="calibration", variance=fit_spread, relative=0.02)


@gauss.equals(
    unit("fitted"),
    at=(FIT, WINS),
    twin=Twin("K/B for K/(B - K - 1)", classical=True),
    known=(
        (Params(unknowns=40, samples=60), "1.0351"),
        (Params(unknowns=40, samples=480, rows=480), ".36371"),
        (Params(unknowns=40, samples=10), ".5733"),
        (Params(unknowns=40, samples=10, noise=2.0), "1.8966"),
    ),
)
def calibration_risk_of_least_squares(p, *, classical=False):
    """B > K + 1: the mean risk is s2 (1 + K/(B - K - 1)), s2 = t2/(1 + t2), any B and K.

    derived: given xt the target is w.xt/(1 + t2) and noise of variance s2; E tr (Xt'Xt)^-1
    """
    if classical:
        return noise_floor(p.noise) * (1 + p.unknowns / p.samples)
    return calibration_risk(p.samples, p.unknowns, p.noise)


@gauss.equals(
    unit("fitted"),
    at=FEW,
    twin=Twin("nothing of the noise is fitted", fitted=0),
    name="calibration_risk",
)
def risk_of_interpolation(p, *, fitted=1):
    """B < K - 1: the mean risk is s2 + r2 (1 - B/K) + s2 B/(K - B - 1), r2 = t2^2/(1 + t2)."""
    risk = interpolation_risk(p.samples, p.unknowns, p.noise)
    return risk - (1 - fitted) * noise_floor(p.noise) * p.samples / (p.unknowns - p.samples - 1)


@claim.law(
    unit("fitted"),
    mode="calibration",
    at=LOSES,
    width=0.05,
    twin=Twin("chi^2_K/B, inputs taken as orthogonal in the sample", random=False),
)
def law_of_the_risk(p, x, *, random=True):
    """(risk/s2 - 1)(B - K + 1)/K is F(K, B - K + 1) distributed over calibration sets.

    derived: the error of least squares is a multivariate t; not in the paper
    """
    x = jnp.asarray(x)
    if not random:
        return chi2_cdf((x / noise_floor(p.noise) - 1) * p.samples, p.unknowns)
    inside = jnp.clip(x, 0.0, 1e9)
    return jnp.where(x > 0, risk_cdf(inside, p.samples, p.unknowns, p.noise), 0.0)


wide = Domain.around(FIT, unknowns=(4, 100), noise=(0.05, 20.0))


@claim.identity(
    lambda p: p.noise,
    over=wide,
    evaluators=("jax", "mpmath"),
    twin=Twin("as many samples as unknowns will do", rule="counting"),
    known=((FIT, ".5"),),
)
def overfitting_threshold(p, *, rule="exact"):
    """At B = K + 1 + K/t2 least squares breaks even: its risk is t2, as without calibration."""
    at = calibration_threshold(p.unknowns, p.noise)
    if rule == "counting":
        at = p.unknowns + 2
    return least_squares_risk(at, p.unknowns, p.noise)


@claim.never_above(
    lambda p: p.noise,
    over=wide,
    source="the paper's rule for the size of a calibration set, as recalled; refuted here",
    twin=None,
    repaired_by="overfitting_threshold",
)
def as_many_equations_as_unknowns(p):
    """Calibration does not hurt from twice as many equations as unknowns on."""
    return least_squares_risk(2 * p.unknowns, p.unknowns, p.noise)


either = claim.given(mode="calibration", variance=fit_spread)
either.ordering(
    "few_samples_overfit",
    "K + 1 < B < K + 1 + K/t2: calibration raises the risk",
    unit("fitted"),
    unit("plain"),
    at=LOSES,
)
either.ordering(
    "enough_samples_help",
    "B > K + 1 + K/t2: calibration lowers the risk",
    unit("plain"),
    unit("fitted"),
    at=WINS,
)


@claim.identity(
    lambda p: p.noise,
    over=Domain.around(FEW, unknowns=(8, 100), noise=(2.0, 20.0)),
    evaluators=("jax", "mpmath"),
    twin=Twin("B = K/2", half=True),
)
def few_samples_break_even(p, *, half=False):
    """t2 > K/(K - 1): at B = K - 1 - K/t2 interpolation breaks even; fewer samples gain."""
    at = p.unknowns / 2 - 1 if half else few_samples_threshold(p.unknowns, p.noise)
    return interpolation_risk(at, p.unknowns, p.noise)


@claim.never_above(
    lambda p: interpolation_risk(p.samples, p.unknowns, p.noise),
    over=Domain.around(FEW, samples=(1, 6), unknowns=(10, 100), noise=(1.5, 20.0)),
    rounding=1e-14,
    points=32,
    twin=Twin("at K/2 samples", half=True),
)
def best_number_of_few(p, *, half=False):
    """Below the peak the risk is least at B = K - 1 - sqrt(K (K - 1)/t2), then rises again."""
    at = p.unknowns / 2 if half else best_few(p.unknowns, p.noise)
    return interpolation_risk(at, p.unknowns, p.noise)


# --------------------------------------------------------------------------------------------
# Quantised inputs


def quantised_excess(run, p):
    """A reading: risk/D - 1, at most 2; at the best range E xQ = E Q^2 = 1 - D."""
    mse = float(gaussian_mse(p.levels, p.clip))
    u = run["quantised_square"] - 2 * run["quantised_along"]
    return np.minimum((1 + (1 - mse) * u) / mse - 1, 2.0)


@claim.equals(
    quantised_excess,
    mode="calibration",
    at=COARSE,
    support=(-1e-9, 2.0),
    within=0.03,
    trials=4096,
    why="x - Q depends on xt, of order 1/K; none of 20,000 risks was above the cut, 3 D",
    twin=Twin("calibration at the best range costs nothing", fitted=0),
)
def quantised_input_calibration(p, *, fitted=1):
    """Inputs quantised at the best range: the risk is D_b (1 + K/(B - K - 1)), never below D_b.

    There is no bias left to remove (E xQ = E Q^2): least squares only adds variance.
    """
    return fitted * p.unknowns / (p.samples - p.unknowns - 1)
