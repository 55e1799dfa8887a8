"""Flipped labels: bias and variance of the first k features, the small-loss gap, selection."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form
from theory.nested_dropout.params import Count, Flip, Params, Size

claim = Claims("derived")
Signed = Annotated[Scalar, Ge(-1e12), Le(1e12)]
SOME = {"n": 64.0, "energy": 20.0, "kept": 5.0}
Chance = Annotated[Scalar, Ge(0), Le(1)]
INSIDE = ("is above n", lambda kept, n: kept <= n)
ENERGY = ("is above n = |y|^2", lambda energy, n: energy <= n * (1 + 1e-9))


@closed_form(example=SOME, kept=INSIDE, energy=ENERGY)
def noisy_error(energy: Count, kept: Count, n: Size, eta: Flip) -> Any:
    """1 - (1 - 4 eta^2) E_k/n + 4 eta (1 - eta) k/n: mean square error on the clean labels.

    bias^2 and 1, then the variance, linear in k: over-fitting. 4 eta at k = n.
    """
    return 1 - (1 - 4 * eta**2) * energy / n + 4 * eta * (1 - eta) * kept / n


@closed_form(example=SOME, kept=INSIDE, energy=ENERGY)
def rescaled_error(energy: Count, kept: Count, n: Size, eta: Flip) -> Any:
    """1 - E_k/n + 4 eta (1 - eta) k/((1 - 2 eta)^2 n): predictions divided by 1 - 2 eta."""
    return 1 - energy / n + 4 * eta * (1 - eta) * kept / ((1 - 2 * eta) ** 2 * n)


@closed_form
def worth_keeping(eta: Flip) -> Any:
    """4 eta (1 - eta)/(1 - 4 eta^2): a feature with a larger (u_j . y)^2 lowers the error."""
    return 4 * eta * (1 - eta) / ((1 - 2 * eta) * (1 + 2 * eta))


@closed_form
def worth_keeping_rescaled(eta: Flip) -> Any:
    """4 eta (1 - eta)/(1 - 2 eta)^2, where predictions are divided by 1 - 2 eta."""
    return 4 * eta * (1 - eta) / (1 - 2 * eta) ** 2


@closed_form(example=SOME, kept=INSIDE, energy=ENERGY)
def loss_gap(energy: Count, kept: Count, n: Size, eta: Flip, shared: Chance = 1.0) -> Any:
    """2 (1 - 2 eta)(E_k - c k)/n: how far clean labels' margins lie above flipped ones', c shared.

    c = 1: one's own fit, which has seen the label; c = 0: a peer's with flips of its own.
    """
    return 2 * (1 - 2 * eta) * (energy - shared * kept) / n


@closed_form(example={"n": 64.0, "energy": 20.0}, energy=ENERGY)
def class_noise_error(
    energy: Count, tilt: Signed, ones: Count, plus: Count, minus: Count, n: Size,
    eta_plus: Flip, eta_minus: Flip,
) -> Any:  # fmt: skip
    """1 - a (2 - a) E/n - 2 b (1 - a) C/n + b^2 S/n + (v_+ k_+ + v_- k_-)/n.

    E = |P y|^2, C = 1'P y, S = |P 1|^2, k_+- the trace of P on either class, v = 4 eta (1 - eta) of
    it; a = 1 - eta_+ - eta_-, b = eta_- - eta_+, the mean noisy label being a y + b.
    """
    a, b = 1 - eta_plus - eta_minus, eta_minus - eta_plus
    noise = 4 * eta_plus * (1 - eta_plus) * plus + 4 * eta_minus * (1 - eta_minus) * minus
    return 1 + (noise - a * (2 - a) * energy - 2 * b * (1 - a) * tilt + b**2 * ones) / n


@closed_form(example={"n": 64.0, "energy": 20.0}, energy=ENERGY)
def class_noise_gap(
    energy: Count, tilt: Signed, plus: Count, minus: Count, n: Size, eta_plus: Flip,
    eta_minus: Flip, shared: Chance = 1.0,
) -> Any:  # fmt: skip
    """(2/n)(a (E - c (k_+ + k_-)) + b (C - c (k_+ - k_-))), letters as in class_noise_error."""
    a, b = 1 - eta_plus - eta_minus, eta_minus - eta_plus
    own = a * (energy - shared * (plus + minus)) + b * (tilt - shared * (plus - minus))
    return 2 * own / n


# --------------------------------------------------------------------------------------------
# Bias and variance

HERE = Params()
FLAT = HERE.but(decay=0.0, kept=32)
PAST = HERE.but(kept=48, eta=0.3)
noisy = claim.given(mode="noise")


@noisy.equals(
    "error",
    at=(HERE, FLAT, HERE.but(kept=64, eta=0.1)),
    support=(0.0, 4.0),
    within=0.015,
    twin=Twin("labels 0 and 1: variance eta (1 - eta) k", coded=0.25),
    known=((FLAT, ".9"), (HERE.but(kept=64, eta=0.1), ".4"), (HERE, ".56137")),
)
def label_noise_bias_variance(p, *, coded=1):
    """E|P_k y_noisy - y|^2/n = 1 - (1 - 4 eta^2) E_k/n + 4 eta (1 - eta) k/n.

    derived: E y_noisy = (1 - 2 eta) y, each with variance 4 eta (1 - eta)
    """
    variance = 4 * p.eta * (1 - p.eta) * p.kept / p.n
    return noisy_error(p.energy, p.kept, p.n, p.eta) + (coded - 1) * variance


@noisy.equals(
    "rescaled",
    at=FLAT,
    support=(0.0, 25.0),
    within=0.04,
    twin=Twin("the variance not rescaled", power=0),
    known=((FLAT, "1.3888889"),),
)
def rescaled_bias_variance(p, *, power=2):
    """Predictions over 1 - 2 eta: n - E_k + 4 eta (1 - eta) k/(1 - 2 eta)^2, over n."""
    if power == 2:
        return rescaled_error(p.energy, p.kept, p.n, p.eta)
    return 1 - p.energy / p.n + 4 * p.eta * (1 - p.eta) * p.kept / p.n


@noisy.equals(
    "together",
    at=(HERE.but(kept=48, shared=0.5), HERE.but(kept=48)),
    support=(0.0, 4.0),
    within=0.015,
    twin=Twin("variance halved although flips are shared", correlated=False),
)
def two_peers_share_the_variance(p, *, correlated=True):
    """The mean of two peers, c of whose flips are the same: the variance times (1 + c)/2."""
    saved = (1 - p.shared if correlated else 1) / 2
    variance = 4 * p.eta * (1 - p.eta) * p.kept / p.n
    return noisy_error(p.energy, p.kept, p.n, p.eta) - saved * variance


def best_prefix(p, error):
    """The k in 0 .. D of least error, and how often a feature's energy is above a threshold."""
    sums = jnp.concatenate([jnp.zeros(1), jnp.cumsum(p.energies)])
    return 1.0 * jnp.argmin(error(jnp.minimum(sums, p.n), jnp.arange(p.d + 1.0), p.n, p.eta))


@claim.identity(
    lambda p: best_prefix(p, noisy_error),
    over=Domain.around(HERE, eta=(0.01, 0.49), decay=(0.3, 3.0)),
    within=1e-12,
    twin=Twin("4 eta (1 - eta): as if predictions were not shrunk by the noise", shrunk=False),
)
def feature_pays(p, *, shrunk=True):
    """The best prefix has the features with (u_j . y)^2 > 4 eta (1 - eta)/(1 - 4 eta^2).

    Its length falls as eta grows: noisy labels have a smaller effective dimension.
    """
    least = worth_keeping(p.eta) if shrunk else 4 * p.eta * (1 - p.eta)
    return jnp.sum(1.0 * (p.energies > least))


@claim.identity(
    lambda p: best_prefix(p, rescaled_error),
    over=Domain.around(HERE, eta=(0.01, 0.49), decay=(0.3, 3.0)),
    within=1e-12,
    twin=Twin("the threshold without rescaling", rescaled=False),
)
def feature_pays_rescaled(p, *, rescaled=True):
    """Predictions over 1 - 2 eta: those with (u_j . y)^2 > 4 eta (1 - eta)/(1 - 2 eta)^2."""
    least = (worth_keeping_rescaled if rescaled else worth_keeping)(p.eta)
    return jnp.sum(1.0 * (p.energies > least))


# --------------------------------------------------------------------------------------------
# The small-loss gap


def gap_spread(p, shared=None):
    """Variance of (2/n) sum_j y_noisy_j (a_j - S_j h_j) y_j, S_j the chance c of a shared flip."""
    c = p.shared if shared is None else shared
    kept = p.features * p.used
    touch, seen = jnp.sum(kept**2, 1), p.labels * (kept @ (kept.T @ p.labels))
    rate = p.eta + p.lean * p.labels
    squares = c * (seen - touch) ** 2 + (1 - c) * seen**2
    flips = 4 * rate * (1 - rate) * squares + (1 - 2 * rate) ** 2 * touch**2 * c * (1 - c)
    return 4 / p.n**2 * jnp.sum(flips) + 1e-12


gaps = noisy.given(within=0.02, variance=lambda p: gap_spread(p, 1.0))
FULL = HERE.but(kept=64)


@gaps.equals(
    "own_gap",
    at=(HERE, FULL),
    twin=Twin("(1 - 2 eta)^2", power=2),
    known=((FULL, "0"), (FLAT, "0"), (HERE, ".55518")),
)
def small_loss_gap(p, *, power=1):
    """Margins of clean labels above those of flipped: 2 (1 - 2 eta)(E_k - k)/n in one's own fit.

    Averaged over samples. At k = n, where all labels are memorised, it is 0: small losses say
    nothing.
    """
    return loss_gap(p.energy, p.kept, p.n, p.eta) * (1 - 2 * p.eta) ** (power - 1)


@gaps.equals(
    "peer_gap",
    at=(HERE, FULL, HERE.but(shared=0.5)),
    variance=gap_spread,
    twin=Twin("one's own gap", own=True),
    known=((FULL, "1.2"), (FLAT, ".6")),
)
def peer_gap(p, *, own=False):
    """A peer, c of whose flips are the same: 2 (1 - 2 eta)(E_k - c k)/n, not 0 at k = n.

    derived: the label's own part h_ii of the fit is there only if the peer has the same flip
    """
    return loss_gap(p.energy, p.kept, p.n, p.eta, 1.0 if own else p.shared)


@gaps.equals(
    lambda run, p: run["peer_gap"] - run["own_gap"],
    at=HERE.but(kept=32),
    variance=lambda p: 2 * (gap_spread(p, 1.0) + gap_spread(p, 0.0)),
    twin=Twin("no advantage", more=0),
)
def coteaching_advantage(p, *, more=1):
    """Exchange gains exactly 2 (1 - 2 eta) k/n: compression and exchange fight the same term."""
    return more * 2 * (1 - 2 * p.eta) * p.kept / p.n


# --------------------------------------------------------------------------------------------
# Noise that depends on the class

LEANING = HERE.but(eta=0.2, lean=0.15, kept=24)
TILTED = LEANING.but(lean=0.19, kept=40, decay=0.2)


def on_classes(p):
    """(E, C, S, k_+, k_-)."""
    kept = p.features * p.used
    seen, ones, touch = kept.T @ p.labels, jnp.sum(kept, 0), jnp.sum(kept**2, 1)
    plus = jnp.sum(jnp.where(p.labels > 0, touch, 0))
    return jnp.sum(seen**2), ones @ seen, jnp.sum(ones**2), plus, jnp.sum(touch) - plus


@noisy.equals(
    "error",
    at=(LEANING, LEANING.but(eta=0.3, lean=-0.15, kept=48)),
    support=(0.0, 4.0),
    within=0.015,
    twin=Twin("the mean flip rate for both classes", leaning=0),
)
def class_noise_bias_variance(p, *, leaning=1):
    """Flip rates eta_+ and eta_-: E y_noisy = a y + b is no multiple of y, and b^2 S enters.

    derived: a = 1 - eta_+ - eta_-, b = eta_- - eta_+
    """
    lean = leaning * p.lean
    return class_noise_error(*on_classes(p), p.n, p.eta + lean, p.eta - lean)


@gaps.equals("own_gap", at=(TILTED, LEANING), twin=Twin("b left out", leaning=0))
def class_noise_small_loss_gap(p, *, leaning=1):
    """One's own gap under class noise: (2/n)(a (E - k) + b (C - (k_+ - k_-)))."""
    E, C, _, plus, minus = on_classes(p)
    lean = leaning * p.lean
    return class_noise_gap(E, C, plus, minus, p.n, p.eta + lean, p.eta - lean)
