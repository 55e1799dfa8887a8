"""The teacher perceptron on a window of the ranking: largest margin, in many dimensions."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from theory import (
    Claims, Domain, Twin, closed_form, integral, normal_pdf, normal_quantile, relu_mean,
    relu_square,
)  # fmt: skip
from theory.data_diet.params import (
    ONCE, PLENTY, TWICE, WINDOW, Error, Share, SomeShare, Start, Total, floats, plainly,
)  # fmt: skip

NODES = 64
REACH = 9.5  # |Z| beyond has no mass in float64
SLOPES = 15.5  # |log t| up to here: errors between 6e-8 and 1/2 - 6e-8


def edges(share, start):
    """The window's least teacher margin |T.x|, and its length; to REACH where it has no end."""
    low = -normal_quantile((1 - start) / 2)
    high = -normal_quantile(jnp.maximum((1 - start - share) / 2, 1e-22))
    return low, jnp.minimum(high, REACH) - low


def crossing(f, low, high):
    """Where f changes from below to above 0 between ends whose signs are known.

    As ``root``, which looks at both ends too: with one search inside another that compiles three
    times as long.
    """

    def search(g, _):
        def halve(_, ends):
            a, b = ends
            middle = a + (b - a) / 2
            value = g(middle)
            a = jnp.where(value < 0, middle, a)
            return a, jnp.where(value < 0, b, middle + 0 * value)

        return jax.lax.fori_loop(0, 64, halve, (low, high))[1]

    return jax.lax.custom_root(f, low, search, lambda slope, y: y / slope(jnp.ones_like(y)))


def mean_over(f, t, kappa, low, length, share):
    """E f(z - low) for z in the window; f without weight where kappa - t (z - low) < -REACH."""
    far = jnp.minimum(length, (kappa + REACH) / t)
    start = low[..., None]
    return integral(lambda v: 2 * normal_pdf(start + v) * f(v), 0.0, far, nodes=NODES) / share


def offset(t, low, length, share):
    """kappa - t low, kappa = k/s where largest: (1 + t^2) E z m = kappa t E m.

    m = E(kappa - t z + xi)_+, R = t s, s^2 = 1/(1 + t^2): then the margin k = kappa s is largest at
    a given load.
    """

    def at(v):  # zeta - low, zeta = kappa/(t + 1/t) the mean of z under the weight m
        return t * v + (low + v) / t

    def pull(v):
        beyond = at(v)

        def weighted(u):
            return (v[..., None] - u) * relu_mean(beyond[..., None] - t[..., None] * u)

        return mean_over(weighted, t, beyond, low, length, share)

    return at(crossing(pull, jnp.zeros_like(length), length))


def load(t, low, length, share):
    """alpha = 1/E S2(kappa - t z, 1): kept examples a dimension that lead to R/s = t."""
    t, low, length, share = jnp.broadcast_arrays(t, low, length, share)
    beyond = offset(t, low, length, share)

    def square(u):
        return relu_square(beyond[..., None] - t[..., None] * u)

    return 1 / mean_over(square, t, beyond, low, length, share)


@closed_form(start=WINDOW, example={"share": 0.5, "start": 0.2})
def kept_for_error(error: Error, share: Share, start: Start) -> Array:
    """The kept examples a dimension, alpha, from which the largest margin has test error eps.

    On the 1-d integral of the module: explicit given kappa, no search for eps. The window holds
    the ``share`` of examples of teacher margin next above the ``start`` smallest.
    """
    return _load_of_error(*floats(error, share, start))


@jax.jit
def _load_of_error(error, share, start):
    return load(1 / jnp.tan(jnp.pi * error), *edges(share, start), share)


@closed_form(start=WINDOW, example={"total": 4.0, "share": 0.5, "start": 0.2})
def pruned_error(total: Total, share: Share, start: Start) -> Array:
    """eps = arccos(R)/pi of the largest margin on share total d of the total d examples.

    Keep hard: start 0. Keep easy: start 1 - share. At random: (share total, 1, 0).
    """
    return _error(*floats(total, share, start))


@jax.jit
def _error(total, share, start):
    kept, share, low, length = jnp.broadcast_arrays(share * total, share, *edges(share, start))
    log_t = crossing(
        lambda v: jnp.log(load(jnp.exp(v), low, length, share) / kept),
        jnp.full_like(kept, -SLOPES),
        jnp.full_like(kept, SLOPES),
    )
    return jnp.arctan(jnp.exp(-log_t)) / jnp.pi


@closed_form
def hard_beats_easy(share: SomeShare) -> Array:
    """The alpha_tot from which the share of smallest teacher margins teaches more than the largest.

    At the crossing both have one error, so one t: the root of alpha_hard(t) = alpha_easy(t).
    """
    return _crossover(*floats(share, 1 - share, share))


@closed_form
def hard_beats_random(share: SomeShare) -> Array:
    """The alpha_tot from which it teaches more than as many random examples."""
    return _crossover(*floats(share, 0 * share, 1 + 0 * share))


@jax.jit
def _crossover(share, start, rival):
    """Where the hardest ``share`` and the rival window need as many kept examples."""
    both = jnp.stack([share, rival])
    low, length = edges(both, jnp.stack([0.0 * share, start]))

    def needed(v):
        return load(jnp.exp(v)[None], low, length, both)

    def ahead(v):  # below 0 where the hard ones need more
        hard, other = jnp.log(needed(v))
        return other - hard

    log_t = crossing(ahead, jnp.full_like(share, -1.5), jnp.full_like(share, 5.0))
    return needed(log_t)[0] / share


# --------------------------------------------------------------------------------------------

EQUATIONS = "derived; the model and equations of arXiv:2206.14486, derived again"
claim = Claims(EQUATIONS)
FINITE = "terms of order 1/d"
pruned = claim.given(mode="pruned", within=lambda p: 0.6 / p.d, why=FINITE)


errors, loads = plainly(pruned_error), plainly(kept_for_error)


@pruned.equals(
    "hard",
    at=(TWICE, ONCE),
    twin=Twin("z ~ |N(0, 1)|, as of random ones", cut=False),
    known=((TWICE, ".13610"), (ONCE, ".40573")),
)
def pruned_perceptron_error(p, *, cut=True):
    """The largest margin on the examples of smallest |T.x| has test error arccos(R)/pi."""
    if not cut:
        return errors(p.share * p.total, 1.0, 0.0)
    return errors(p.total, p.share, 0.0)


@pruned.equals(
    "easy",
    at=(TWICE, ONCE),
    twin=Twin("as of random ones", cut=False),
    known=((TWICE, ".11731"), (ONCE, ".25019")),
)
def keep_easy_error(p, *, cut=True):
    """On the examples of largest |T.x| it has that of the window at the other end."""
    if not cut:
        return errors(p.share * p.total, 1.0, 0.0)
    return errors(p.total, p.share, 1 - p.share)


@pruned.equals(
    "random",
    at=(TWICE, ONCE),
    twin=Twin("of all examples", pruned=False),
    known=((TWICE, ".18848"),),
)
def random_error(p, *, pruned=True):
    """On random examples it has the error of fewer examples."""
    return errors((p.share if pruned else 1) * p.total, 1.0, 0.0)


claim.ordering(
    "easy_pays_with_few",
    "With few examples, alpha_tot below the crossover, keeping easy ones beats keeping hard ones",
    "hard",
    "easy",
    mode="pruned",
    at=ONCE,
)
claim.ordering(
    "hard_pays_with_many",
    "With many examples keeping hard ones beats keeping easy ones",
    "easy",
    "hard",
    mode="pruned",
    at=PLENTY,
)
claim.every_trial(
    lambda run, p: np.max(run["gap"], -1) / np.min(run["margin"], -1),
    within=1e-6,
    mode="pruned",
    at=(TWICE, ONCE),
    name="margins_are_largest",
    says="No direction has a margin more than 1e-6 above those that the trials found (duality)",
    twin=Twin("no margin at all", observable=lambda run, p: np.min(run["margin"], -1)),
)

# --------------------------------------------------------------------------------------------

ALL = Domain.around(TWICE, n=(40, 800), kept=(20, 40))


@claim.identity(
    lambda p: errors(p.total, p.share, p.start),
    over=Domain.around(TWICE, n=(160, 400), kept=(40, 80), first=(0, 40)),
    points=16,
    within=1e-10,
    why="a root of a quadrature",
    twin=Twin("examples in all, for examples kept", kept=False),
)
def load_of_an_error(p, *, kept=True):
    """The examples that an error needs are explicit: at them the error is that of the search."""
    alpha = p.share * p.total if kept else p.total
    error = errors(p.total, p.share, p.start)
    return error * loads(error, p.share, p.start) / alpha


@claim.never_below(lambda p: errors(p.total, 1.0, 0.0), over=ALL, points=16, rounding=1e-9)
def lossless_pruning(p):
    """At fixed alpha_tot keeping the hard ones never has less error than keeping all."""
    return errors(p.total, p.share, 0.0)


@claim.never_above(
    lambda p: errors(p.share * p.total, 1.0, 0.0), over=ALL, points=16, rounding=1e-9
)
def easy_beats_random(p):
    """Keeping the easy ones never has more error than keeping as many random ones."""
    return errors(p.total, p.share, 1 - p.share)


@claim.identity(
    lambda p: errors(p.total, 1.0, 0.0),
    over=Domain.around(PLENTY, n=(400, 1200), kept=(200, 400)),
    points=8,
    within=1e-4,
    why="beyond the support vectors' range: 4e-5 at f = 1/6 and alpha_tot = 60",
    twin=Twin("easy pruning is lossless too", easy=True),
)
def half_is_enough(p, *, easy=False):
    """With many examples the hard ones alone have the error of all."""
    return errors(p.total, p.share, 1 - p.share if easy else 0.0)


HALF = Domain.around(ONCE, kept=(5, 35))


easy_crossover, random_crossover = plainly(hard_beats_easy), plainly(hard_beats_random)


@claim.identity(
    lambda p: errors(easy_crossover(p.share), p.share, 1 - p.share),
    over=HALF,
    points=8,
    within=1e-9,
    why="a root of a root",
    twin=Twin("crossing at alpha = f alpha_tot", kept=True),
)
def keep_hard_vs_easy_crossover(p, *, kept=False):
    """At the crossover hard and easy examples have one error; f = .5: alpha_tot = 5.048."""
    total = easy_crossover(p.share)
    return errors(p.share * total if kept else total, p.share, 0.0)


@claim.identity(
    lambda p: errors(p.share * random_crossover(p.share), 1.0, 0.0),
    over=HALF,
    points=8,
    within=1e-9,
    why="a root of a root",
    twin=Twin("crossing at alpha = f alpha_tot", kept=True),
)
def keep_hard_vs_random_crossover(p, *, kept=False):
    """At theirs hard and as many random examples have one error; f = .5: alpha_tot = 2.907."""
    total = random_crossover(p.share)
    return errors(p.share * total if kept else total, p.share, 0.0)
