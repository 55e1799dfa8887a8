"""Which calibration errors see Mixup: all of them, where of temperature scaling one alone does.

A place of a pair is told apart by what Mixup says there, up to the mirror that swaps a and b. So
the top-label error is E |p_a - P(a|X)|, the classwise one, summed over classes, and the one given
the whole prediction are twice that. At the best temperature these are 0, 0 and
2 (1 - q)(k - 2)/(k - 1).
"""

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Twin, closed_form, integral
from theory.temperature_scaling.mixup import mixed_share, mixup_share
from theory.temperature_scaling.params import Params, Separation

claim = Claims("derived; not in the paper")


@jax.jit
def _error(alpha):
    near = jnp.maximum(alpha, 1e-12)[..., None]
    reach = jnp.log((1 + near) / (2 * near))  # z = alpha e^(reach t) ends in the middle

    def both(s):
        t = s**2 * (3 - 2 * s)  # no logarithms at the ends
        own = 1 - mixed_share(near * t, near)
        half = 2 * mixed_share(near * jnp.exp(reach * t), near) - 1
        return 6 * s * (1 - s) * (own + reach * jnp.exp(reach * t) * half)

    return alpha * integral(both, 0 * alpha, 0 * alpha + 1.0)


@closed_form
def mixup_error(alpha: Separation):
    """int_0^alpha (1 - p_a) dz + 2 int_alpha^m (p_a - 1/2) dz, m = (1 + alpha)/2 the middle.

    E |p_a - P(a|X)| of the Mixup minimiser: its top-label calibration error, too little confidence
    off the overlap and too much in it. Many points, mixtures within a pair; by 255 nodes. Taken as
    linear in alpha below 1e-12.
    """
    return _error(jnp.asarray(alpha, float))


# --------------------------------------------------------------------------------------------


def gap(run, p, sign=1):
    """Truth less confidence off the overlap, confidence less 1/2 in it; by the side of the place.

    Of all minimisers at a place, times (n + 1)/(n - 1) as 2/(n + 1) of places lie outside the hull.
    """
    z, share = run["z"], run["share"]
    left = z < (1 + p.alpha) / 2
    own = np.where(left, share, 1 - share)
    overlap = (z >= p.alpha) & (z <= 1)
    found = np.where(overlap, own - 0.5, sign * (1 - own)) * run["inside"]
    return found * (p.n + 1) / (p.n - 1)


EACH = claim.given(mode="mixup", at=(Params(n=200), Params(n=200, alpha=0.9)), support=(-1.0, 1.1))


@EACH.equals(
    gap,
    within=0.008,
    why="of order 1/n: .0027 measured at n = 100",
    twin=Twin("0, as at the best temperature", seen=0),
    known=((Params(alpha=0.25), ".066820"), (Params(), ".078424"), (Params(alpha=1.0), ".119304")),
)
def mixup_top_error(p, *, seen=1):
    """Mixup's top-label calibration error is E |p_a - P(a|X)|: .078 at w = 1/2, whatever k is."""
    return seen * mixup_error(p.alpha)


@claim.never_above(
    lambda p: mixup_share(p.cosine * (1 + p.alpha) / 2, p.alpha),
    over=Domain.around(Params(), alpha=(0.02, 1.0), cosine=(0.05, 0.95)),
    points=48,
)
def mixup_tells_places_apart(p):
    """p_a falls from the pair's edge to its middle: each prediction belongs to one place there."""
    return mixup_share((p.cosine + 0.05) * (1 + p.alpha) / 2, p.alpha)


def canonical_of_ts(p):
    """2 (1 - q)(k - 2)/(k - 1), q = 1 - w/2."""
    return (1 - p.alpha) * (p.k - 2) / (p.k - 1)


BELOW, ABOVE = (
    Domain.around(Params(pairs=1), k={4, 10, 100, 10_000}, alpha=alpha)
    for alpha in ((0.0, 0.739), (0.8166, 1.0))
)


@claim.never_above(canonical_of_ts, over=BELOW, points=32, twin=Twin("four times", times=4))
def whole_predictions_are_nearer_with_mixup(p, *, times=2):
    """k >= 4, alpha <= .739: |P(Y) - prediction|_1 given the prediction is larger at the best T.

    of Mixup it is 2 E |p_a - P(a|X)|, as is its classwise error
    """
    return times * mixup_error(p.alpha)


@claim.never_below(canonical_of_ts, over=ABOVE, points=32, twin="smaller at every overlap")
def whole_predictions_are_nearer_up_to_a_crossing(p):
    """alpha >= .8166: it is smaller at the best T, for every k."""
    return 2 * mixup_error(p.alpha)
