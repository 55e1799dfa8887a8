"""What no temperature can do, and where one temperature is right."""

from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Gt, Le, Scalar, Twin, binary_entropy, closed_form, exp, log, log1p,
    normal_mean,
)  # fmt: skip
from theory.temperature_scaling.flat import best_nll, flat_nll, pair_kl
from theory.temperature_scaling.params import Classes, Params, Separation

claim = Claims()
Chance = Annotated[Scalar, Ge(0), Le(0.5)]
Length = Annotated[Scalar, Ge(1e-3), Le(6)]
Cosine = Annotated[Scalar, Gt(0), Le(1)]


@closed_form
def overlap_bound(k: Classes, mass: Separation, rho: Annotated[Scalar, Ge(0), Le(1e50)]):
    """(w/2)(log(k - 1) - rho): below KL at every temperature, and equal to its least for rho = 0.

    w is the mass of points with two equally likely classes, one of them on top by log k or more,
    where the other logits have spread rho at most. It may be negative, and then says nothing.
    """
    return mass / 2 * (log(k - 1) - rho)


@closed_form
def linear_kl(distance: Length, cosine: Cosine):
    """H(r D) - H(D), H(s) = E log(1 + e^(-s z)), z ~ N(s/2, 1): what T* = a/(r D) leaves."""
    return logistic_loss(cosine * distance) - logistic_loss(distance)


def logistic_loss(s):
    """H(s), the log loss of a calibrated score of separation s."""
    s = jnp.asarray(s, float)[..., None]
    return normal_mean(lambda z: jax.nn.softplus(-s * (z + s / 2)))


@closed_form
def noisy_kl(k: Classes, noise: Chance):
    """h(e) + e log(k - 1) - h(p), e = 2 p (1 - p) wrong in a pair: labels wrong with chance p."""
    e = 2 * noise * (1 - noise)
    return binary_entropy(e) + e * log(k - 1) - binary_entropy(noise)


@closed_form
def crossed_nll(k: Classes, noise: Annotated[Scalar, Gt(0), Le(0.5)]):
    """-(1 - p) log q + p log((k - 1)/(1 - q)): T fitted on noisy labels, clean ones tested.

    Also where q <= 1/k (k = 2 and p = 1/2), where it is log k, at T infinite.
    """
    wrong = 2 * noise * (1 - noise)
    return -(1 - noise) * log1p(-wrong) + noise * log((k - 1) / wrong)


# --------------------------------------------------------------------------------------------
# Overlap: one top class where two are equally likely

points = claim.given(mode="points", trials=1024)


def over_bound(run, p, halves=1):
    """The stated bound minus KL, rho the spread that was drawn."""
    return halves * np.asarray(overlap_bound(p.k, 1.0, run["spread"])) - run["kl"]


points.every_trial(
    over_bound,
    within=1e-9,
    name="ts_lower_bound",
    says="two equally likely classes, one on top by log k, the others within rho of each other:"
    " KL >= (log(k - 1) - rho)/2 at every T",
    source="the paper's main negative theorem, with its best constant: derived",
    at=(Params(k=20), Params(k=602, rho=3.0), Params(k=8, pairs=1, rho=0.5)),
    twin=Twin("log(k - 1) - rho, the half lost", observable=lambda run, p: over_bound(run, p, 2)),
)


@claim.identity(
    lambda p: best_nll(1 / (1.0 + p.side), 1 + p.side + p.k) - jnp.log(1.0 + p.side),
    over=Domain.around(Params(pairs=1), k=(2, 5000), side={1, 2, 7}),
    points=24,
    within=1e-12,
    twin=Twin("(1 - 1/m) log k", classes=1),
)
def ts_lower_bound_many(p, *, classes=0):
    """m equally likely classes, flat logits: (1 - 1/m) log((k - 1)/(m - 1)) at the best T."""
    m, k = 1.0 + p.side, 1.0 + p.side + p.k
    return (1 - 1 / m) * jnp.log(k if classes else (k - 1) / (m - 1))


@claim.never_below(
    lambda p: log(p.k - 1) / 2,
    over=Domain.around(Params(pairs=1), k=(2, 10**6), margin=(1e-3, 60.0)),
    twin=Twin("log(k - 1)", smaller=lambda p: log(p.k - 1.0)),
)
def pointwise_temperature_useless(p):
    """Flat logits on two equally likely classes: KL >= (1/2) log(k - 1) even with T(x) a point."""
    return p.margin / 2 + log1p((p.k - 1) * exp(-p.margin)) - log(2)


BOUNDED = claim.given(at=Params(k=1000, depth=300.0), within=0.01)


@BOUNDED.equals(
    "kl",
    why="1/(3 (n + 1)) of edge errors, at log(q/(1 - q)), and e^(-W/T) of the others' mass",
    variance=1e-4,
    twin=Twin("the law of flat logits", flat=1),
    known=((Params(k=1000, depth=300.0), ".2158"),),
)
def margin_only_counterexample(p, *, flat=0):
    """Logits M, 0 on the partner and -W on the rest, W >> T log k: KL -> h(w/2) - w log 2.

    It interpolates with margin M > log k and is locally constant, and KL has no log k.
    """
    return pair_kl(p.k, p.alpha) if flat else pair_kl(2, p.alpha)


claim.every_trial(
    lambda run, p: (1 - p.alpha) * (np.log(p.k) / 2 - np.log(2)) - run["kl"],
    within=0.0,
    name="margin_gives_log_k_as_quoted",
    says="an interpolator of margin log k has KL >= w ((1/2) log k - log 2) at every T",
    source="the paper's negative theorem as quoted, without flatness",
    at=Params(k=1000, depth=300.0),
    trials=64,
    repaired_by="ts_lower_bound",
)

# --------------------------------------------------------------------------------------------
# Edges


@claim.equals(
    "wrong",
    at=(Params(n=50), Params(n=50, alpha=0.4)),
    relative=0.06,
    variance=lambda p: 2 / (3 * (p.n + 1) * (p.n + 2)) / p.pairs,
    twin=Twin("1/(2 n)", share=2),
)
def nn_edge_error(p, *, share=3):
    """The nearest neighbour mislabels the mass 1/(3 (n + 1)) of a pair outside the overlap.

    derived: a b within r >= t of a point t before the overlap, (1/3)(1 - t)^n; the paper has none
    """
    return 1 / (share * (p.n + 1))


# --------------------------------------------------------------------------------------------
# What a fitted temperature cannot exceed, and an optimiser that stops early

points.every_trial(
    lambda run, p: run["best"] - np.minimum(run["at_1"], np.log(8.0)),
    within=1e-9,
    name="ts_is_capped",
    says="min over T of the log loss is at most log k, and at most that at T = 1",
    at=Params(),
    twin=Twin("the loss at T = 1", observable=lambda run, p: run["at_1"] - np.log(8.0)),
)


def early_temperature(q, k, margin, steps=20, rate=0.01):
    """T after one call of L-BFGS from T = 1 on flat logits: ``steps``, no line search.

    derived: of one variable L-BFGS is the secant method; the first step is rate min(1, 1/|g|) g
    """
    slope = jax.grad(lambda t: flat_nll.__wrapped__(q, k, margin, t))
    t, g = 1.0, slope(1.0)
    move = -jnp.minimum(1.0, 1 / jnp.abs(g)) * rate * g
    for _ in range(steps - 1):
        t = t + move
        new = slope(t)
        move, g = -rate * new * move / (new - g), new
    return t + move


@claim.never_below(
    lambda p: log(2),
    over=Domain.around(Params(k=2, pairs=1), margin=(8.0, 30.0)),
    points=12,
    twin=Twin("it finds the best T", steps=0),
    known=((Params(k=2, pairs=1), "3.61"),),
)
def ts_is_capped_not_by_the_code(p, *, steps=20):
    """The authors' optimiser on flat logits (k = 2, q = .6, margin >= 8) ends above log 2.

    the authors' public code: 20 steps of L-BFGS at rate .01 from T = 1; T = 1.109, not 24.66
    """
    if not steps:
        return best_nll(0.6, p.k) + 0 * p.margin
    return flat_nll.__wrapped__(0.6, p.k, p.margin, early_temperature(0.6, p.k, p.margin))


# --------------------------------------------------------------------------------------------
# Linear logits, which one temperature mends


def lost(run, p, temperature):
    """KL of sigmoid(D along) to the scaled prediction, averaged over a trial's inputs."""
    truth, said = p.distance * run["along"], run["logit"] / temperature(p)
    q = 1 / (1 + np.exp(-truth))
    gap = np.logaddexp(0, said) - np.logaddexp(0, truth) - q * (said - truth)
    return np.mean(gap, axis=1)


def spread_of_kl(p):
    """E delta^4/64 over the inputs of a trial: KL <= delta^2/8, delta the logits' difference."""
    left = (p.distance * np.sqrt(1 - p.cosine**2)) ** 2
    mean = left / 2
    return (mean**4 + 6 * mean**2 * left + 3 * left**2) / 64 / 64


ANGLES = (Params(), Params(distance=3.0, cosine=0.9, slope=1.0))


@claim.equals(
    lambda run, p: lost(run, p, lambda p: p.slope / (p.cosine * p.distance)),
    mode="linear",
    at=ANGLES,
    within=0.006,
    variance=spread_of_kl,
    twin=Twin("T = a/D", observable=lambda run, p: lost(run, p, lambda p: p.slope / p.distance)),
    known=((Params(), ".18359"),),
)
def linear_ts(p):
    """Linear logits of two Gaussians at T* = a/(r D): KL = H(r D) - H(D)."""
    return linear_kl(p.distance, p.cosine)


def score_slope(p, steep):
    """d/d steep of E log(1 + e^(-steep y u.x)): 0 at the best slope."""
    s = p.cosine * p.distance
    return normal_mean(lambda z: -(z + s / 2) * jax.nn.sigmoid(-steep * (z + s / 2)))


@claim.identity(
    0.0,
    over=Domain.around(Params(), distance=(0.5, 3.0), cosine=(0.3, 1.0), slope=(1.0, 8.0)),
    points=24,
    within=1e-9,
    scale=1.0,
    why="a quadrature",
    twin=Twin("a/D", aligned=1),
)
def linear_ts_temperature(p, *, aligned=0):
    """The log loss is stationary at T* = a/(r D), where P(Y | u.x) = sigmoid(r D u.x) is said."""
    temperature = p.slope / ((1 if aligned else p.cosine) * p.distance)
    return score_slope(p, p.slope / temperature)


# --------------------------------------------------------------------------------------------
# Noisy labels

noisy = claim.given(
    mode="noise",
    at=(Params(), Params(k=100, noise=0.1)),
    within=0.006,
    why="1/(n pairs) of curvature: below .001",
    variance=lambda p: np.log(100.0 * p.k) ** 2 * p.noise / (p.n * p.pairs),
)


@noisy.equals("noisy", twin=Twin("q = 1 - p on noisy labels too", once=1))
def label_noise(p, *, once=0):
    """Labels wrong with chance p: min_T KL = h(q) + (1 - q) log(k - 1) - h(p), q = p^2 + (1 - p)^2.

    derived; dense points, one fixed wrong class for each right one
    """
    if once:
        return best_nll(1 - p.noise, p.k) - binary_entropy(p.noise)
    return noisy_kl(p.k, p.noise)


@noisy.equals("clean", twin=Twin("q = p^2 + (1 - p)^2", twice=1))
def label_noise_clean(p, *, twice=0):
    """On clean labels, T fitted there: log loss h(p) + p log(k - 1)."""
    q = p.noise**2 + (1 - p.noise) ** 2
    return best_nll(q if twice else 1 - p.noise, p.k)


@noisy.equals("crossed", twin=Twin("T fitted on clean labels", fitted=1))
def label_noise_crossed(p, *, fitted=0):
    """T fitted on noisy labels, clean test: -(1 - p) log q + p log((k - 1)/(1 - q)).

    derived; the protocol of the authors' public code
    """
    return best_nll(1 - p.noise, p.k) if fitted else crossed_nll(p.k, p.noise)
