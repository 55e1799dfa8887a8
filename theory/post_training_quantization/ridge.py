"""Ridge towards no correction: the risk at any penalty, its best, and that it never hurts."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, mp_stieltjes, sqrt
from theory.post_training_quantization.calibration import noise_floor, removable
from theory.post_training_quantization.params import FIT, Noise, Params, Ratio

claim = Claims("derived")
Penalty = Annotated[Scalar, Ge(1e-9), Le(1e9)]


@closed_form
def best_penalty(ratio: Ratio, noise: Noise) -> Any:
    """lambda* = g/t2, g = K/B: of ridge towards v = 0, features of variance 1, loss over B."""
    return ratio / noise


@closed_form
def ridge_risk(ratio: Ratio, noise: Noise, penalty: Penalty) -> Any:
    """s2 + r2 l^2 m2 + s2 g (m - l m2) at penalty l: K, B large, K/B = g.

    m = E 1/(s + l), m2 = E 1/(s + l)^2 = m (1 + g m)/(1 - g + l + 2 g l m) of Marchenko and
    Pastur, and m - l m2 = (1 - l m)/(1 - g + l + 2 g l m). At lambda* it is s2 (1 + g m).
    """
    m = mp_stieltjes(penalty, ratio)
    turn = sqrt((1 - ratio + penalty) ** 2 + 4 * ratio * penalty)  # 1 - g + l + 2 g l m
    m2 = m * (1 + ratio * m) / turn
    spread = ratio * (1 - penalty * m) / turn
    return noise_floor(noise) * (1 + spread) + removable(noise) * penalty**2 * m2


@closed_form
def best_ridge_risk(ratio: Ratio, noise: Noise) -> Any:
    """s2 (1 + g m(-g/t2)): no linear correction does better; below t2, falling in B."""
    return noise_floor(noise) * (1 + ratio * mp_stieltjes(ratio / noise, ratio))


# --------------------------------------------------------------------------------------------
# Ridge


def ridge_spread(p):
    """Var of the excess: 2 r2^2/K + (27/64) s2^2 t2^3/K^2, by the posterior and by Poincare.

    w ~ N(0, I/K), at lambda*: given the samples the error is N(0, s2 (Z'Z + K/t2 I)^-1), and
    s2 tr (Z'Z + k)^-1 has a squared gradient of at most 4 s2^2 K 27/(256 k^3), k = K/t2.
    """
    s2, r2, k = noise_floor(p.noise), removable(p.noise), p.unknowns
    return 2 * r2**2 / k + 27 / 64 * s2**2 * p.noise**3 / k**2


@claim.equals(
    lambda run, p: run["ridge"] - noise_floor(p.noise) * run["size"],
    mode="calibration",
    at=(FIT, FIT.but(samples=8)),
    relative=0.04,
    why="terms of order 1/K, 1 % at K = 16, and what is asked",
    variance=ridge_spread,
    twin=Twin("lambda = g t2", squared=True),
)
def ridge_calibration(p, *, squared=False):
    """Ridge with lambda* = g/t2: the mean risk is s2 (1 + g m(-lambda*)), also at the peak."""
    if squared:
        return ridge_risk(p.ratio, p.noise, p.ratio * p.noise / 4) - noise_floor(p.noise)
    return best_ridge_risk(p.ratio, p.noise) - noise_floor(p.noise)


known_ridge = {"unknowns": 40, "rows": 480}


@claim.identity(
    lambda p: ridge_risk(p.ratio, p.noise, best_penalty(p.ratio, p.noise)),
    over=Domain.around(FIT, samples=(1, 64), unknowns=(2, 256), noise=(0.01, 100.0)),
    evaluators=("jax", "mpmath"),
    twin=Twin("s2 (1 + m)", ratio=False),
    known=(
        (Params(samples=10, **known_ridge), ".4869"),
        (Params(samples=120, **known_ridge), ".40825"),
        (Params(samples=480, **known_ridge), ".35868"),
    ),
)
def ridge_at_the_best_penalty(p, *, ratio=True):
    """r2 l^2 m2 + s2 g (m - l m2) is s2 g m at l = g/t2."""
    m = mp_stieltjes(best_penalty(p.ratio, p.noise), p.ratio)
    return noise_floor(p.noise) * (1 + (p.ratio if ratio else 1) * m)


@claim.never_above(
    lambda p: ridge_risk(p.ratio, p.noise, p.step),
    over=Domain.around(FIT, samples=(1, 64), unknowns=(2, 256), noise=(0.01, 100.0),
                       step=(0.001, 10.0)),
    rounding=1e-13,
    twin=Twin("g t2 is the best penalty",
              smaller=lambda p: ridge_risk(p.ratio, p.noise, p.ratio * p.noise)),
)  # fmt: skip
def best_penalty_is_best(p):
    """No other penalty has a smaller risk."""
    return best_ridge_risk(p.ratio, p.noise)


@claim.never_above(
    lambda p: p.noise,
    over=Domain.around(FIT, samples=(1, 64), unknowns=(2, 256), noise=(0.01, 100.0)),
    rounding=1e-14,
    twin=Twin("least squares never hurts either", ridge=False),
)
def ridge_never_hurts(p, *, ridge=True):
    """With lambda* any number of samples lowers the risk: it is at most t2."""
    if not ridge:
        return noise_floor(p.noise) / absolute_gap(p)
    return best_ridge_risk(p.ratio, p.noise)


def absolute_gap(p):
    """|1 - g|, kept off 0: least squares' risk is s2/(1 - g) in the limit."""
    return jnp.maximum(jnp.abs(1 - p.ratio), 1e-3)


@claim.never_below(
    lambda p: best_ridge_risk(p.unknowns / (2 * p.samples), p.noise),
    over=Domain.around(FIT, samples=(1, 64), unknowns=(2, 256), noise=(0.01, 100.0)),
    rounding=1e-14,
)
def more_samples_help_ridge(p):
    """Twice the samples lower the risk of ridge: no second descent."""
    return best_ridge_risk(p.ratio, p.noise)
