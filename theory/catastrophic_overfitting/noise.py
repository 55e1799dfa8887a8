"""Start noise U[-k, k] before the step: who is abnormal, and where training is pushed.

One coordinate in units of b: before x is s, after it x = s - sign(g'(s)). With u = 1/sqrt(3 q) and
x_-+ = (1 -+ sqrt(4 u^2 - 1/3))/2 (both 1/2 where the root is not real) the loss falls for s in
(-u, min(u, x_-)) and in (-x_+, -max(u, x_-)), cut to [-k, k].
"""

from typing import Annotated

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, normal_cdf, sqrt
from theory.catastrophic_overfitting.landscape import turn
from theory.catastrophic_overfitting.params import Params, Ratio, Width

claim = Claims("derived")
Inside = Annotated[Scalar, Ge(1e-2), Le(1)]  # noise within the ball


def abnormal_pieces(q, k):
    """((low, high, step), ...): the starts whose loss falls, and their step of -1 or 1."""
    u = turn(q)
    square = 4 * u**2 - 1 / 3
    real = square > 0
    half = jnp.where(real, jnp.sqrt(jnp.where(real, square, 1.0)), 0.0) / 2
    lower, upper = 0.5 - half, 0.5 + half
    cut = lambda s: jnp.clip(s, -k, k)  # noqa: E731
    return (
        (cut(-u), cut(jnp.minimum(u, lower)), -1.0),
        (cut(-upper), cut(-jnp.maximum(u, lower)), 1.0),
    )


@closed_form
def abnormal_share(q: Ratio, k: Width):
    """The share of starts in [-k, k] after which the step lowers the loss; one coordinate.

    0 up to q = 1/(1 + 3k + 3k^2); for k >= 1 it is 1/(2k) from 1/(1 - 3k + 3k^2) to 3. Without
    noise (k = 0) it would be 0 up to q = 1 and 1 beyond. Infinite slope at q = 4 where k > 1/2.
    """
    return sum(high - low for low, high, _ in abnormal_pieces(q, k)) / (2 * k)


@closed_form
def abnormal_change(q: Ratio, k: Width):
    """E (loss before - loss after)_+ over b, for a linear loss: the outputs' change of the AAEs.

    The integral of q (3 s^2 -+ 3 s + 1) - 1 over the pieces, with its sign, over 2k.
    """

    def primitive(s, step):
        return -step * (q * (s**3 + 1.5 * step * s**2 + s) - s)

    pieces = abnormal_pieces(q, k)
    return sum(primitive(high, t) - primitive(low, t) for low, high, t in pieces) / (2 * k)


@closed_form
def abnormal_onset(k: Annotated[Scalar, Ge(0), Le(1e6)]):
    """1/(1 + 3k + 3k^2): the q from which on some start has a step that lowers the loss."""
    return 1 / (1 + 3 * k + 3 * k**2)


def push_within(u, k):
    """noise_push for u <= k."""
    return 1 - 2 * u / k, 2 * (u**3 + u) / k - k**2 - 1


def projected_within(u, k):
    """projected_push for u <= k."""
    corner = 2 * u - k + (1 - 2 * (1 - u) ** 4 + (1 - k) ** 4) / 4
    return (2 * k - 4 * u + u**2 - k**2 / 2) / (2 * k), corner / (2 * k)


def change_square(q, k):
    """E (g(after) - g(before))^2/b^2 = (1-q)^2 - 2(1-q) q k^2 + 9 q^2 k^4/5 + 3 q^2 k^2."""
    return (1 - q) ** 2 - 2 * (1 - q) * q * k**2 + 9 * (q * k**2) ** 2 / 5 + 3 * (q * k) ** 2


@closed_form
def noise_push(q: Ratio, k: Width):
    """(1 - 2u/k, 2(u^3 + u)/k - k^2 - 1): training's mean push on b/n and c/(kappa n), u <= k.

    (-1, 1 + k^2) for u >= k. In units of the mean slope of the loss; a kink at u = k.
    """
    return push_within(jnp.minimum(turn(q), k), k)


@closed_form
def projected_push(q: Ratio, k: Inside):
    """The same with the step's end projected onto the ball (FGSM-RS), for k <= 1.

    (2k - 4u + u^2 - k^2/2)/(2k) and [2u - k + (1 - 2(1-u)^4 + (1-k)^4)/4]/(2k), u <= k.
    """
    return projected_within(jnp.minimum(turn(q), k), k)


@closed_form
def mean_change(q: Ratio, k: Width):
    """E[g(after) - g(before)]/b = push on b + q times push on c: negative where steps work.

    For u <= k it is 1 - 4u/(3k) + 2/(3ku) - q (k^2 + 1).
    """
    on_b, on_c = noise_push(q, k)
    return on_b + q * on_c


def change_variance(q, k):
    """Var[g(after) - g(before)]/b^2."""
    return change_square(q, k) - mean_change(q, k) ** 2


def noisy(q, k, **more):
    """Params at b = 1."""
    return Params(c=q, k=k, **more)


# --------------------------------------------------------------------------------------------
# Abnormal examples

SHARES = [noisy(q, 2.0) for q in (0.0789, 0.5, 6.0, 20.0)] + [noisy(0.9, 0.5), noisy(3.5, 0.5)]


@claim.equals(
    "abnormal",
    at=SHARES,
    within=0.02,
    twin=Twin("none before q = 1, whatever the noise", late=True),
    known=((noisy(3 / 38, 2.0), ".11639"), (SHARES[2], ".11785"), (SHARES[3], ".06455")),
)
def abnormal_share_seen(p, *, late=False):
    """The share of abnormal examples with one coordinate is (length of the two pieces)/(2k)."""
    return abnormal_share(p.q, p.k) * (not late or p.q > 1)


claim.ordering(
    "share_monotone",
    "the number of abnormal examples rises with the distortion: more at q = 20 than at q = 1",
    "abnormal_late",
    "abnormal",
    at=noisy(1.0, 2.0, late=20.0),
    source="abstract: AAEs vary sharply with CO; read as monotone in q, in a model of one"
    " coordinate. The share is .25 there from q = 1/7 to 3, and falls beyond",
    twin=None,
    repaired_by="abnormal_change_seen",
)
RISING = [noisy(q, 2.0) for q in (2.5, 1.0, 0.3)]


@claim.equals(
    "abnormal_change",
    at=RISING,
    within=0.02,
    support=(0.0, 9.0),
    twin=Twin("the share in its place", share=True),
    known=((RISING[0], ".36267"), (RISING[1], ".22122"), (RISING[2], ".11934")),
)
def abnormal_change_seen(p, *, share=False):
    """What rises is their outputs' change, E (loss before - loss after)_+, for a linear loss."""
    return p.b * (abnormal_share if share else abnormal_change)(p.q, p.k)


@claim.never_above(
    1 / 3,
    over=Domain.around(Params(), k=(0.4575, 10.0)),
    twin=Twin("noise of half that width too", scale=0.4),
    known=((noisy(0.1, 2.0), ".05263158"),),
)
def onset_early(p, *, scale=1.0):
    """With k >= .4575 the first abnormal example comes before FGSM ceases to be exact, q = 1/3."""
    return abnormal_onset(scale * p.k)


# --------------------------------------------------------------------------------------------
# Many coordinates

CHANGES = (noisy(0.9, 0.5), noisy(2.0, 0.5), noisy(0.3, 2.0))


@claim.equals(
    lambda run, p: run["change"] / p.b,
    at=CHANGES,
    within=0.08,
    variance=lambda p: change_variance(p.q, p.k) / p.n,
    trials=8192,
    twin=Twin("abnormal on the mean iff q > 1", clean=True),
    known=((CHANGES[0], ".125"), (CHANGES[1], ".67732"), (CHANGES[2], "-.88650")),
)
def mean_change_seen(p, *, clean=False):
    """E[g(after) - g(before)]/b = 1 - 4u/(3k) + 2/(3ku) - q (k^2 + 1); -1 + q (k^2 + 1), u >= k."""
    return p.q - 1 if clean else mean_change(p.q, p.k)


CROWD = Params(c=0.83, k=0.5, n=400)


def berry_esseen(p):
    """.4690 E|X - m|^3/(s^3 sqrt(n)), with |X - m| <= |q - 1 - m| + 3qk (1 + k) for k <= u."""
    q, k = p.q, p.k
    far = abs(q - 1 - mean_change(q, k)) + 3 * q * k * (1 + k)
    return 0.469 * far / sqrt(change_variance(q, k) * p.n)


@claim.equals(
    "abnormal_together",
    at=CROWD,
    within=berry_esseen,
    why="Berry and Esseen, Shevtsova's constant, |X - m| by its largest value",
    twin=Twin("sqrt(n) lost", n=1),
)
def crowd_share(p, *, n=None):
    """With n coordinates the share of AAEs is Phi(sqrt(n) mean/std) of one coordinate's change."""
    spread = sqrt(change_variance(p.q, p.k))
    return normal_cdf(sqrt(n or p.n) * mean_change(p.q, p.k) / spread)


@claim.never_above(
    0,
    over=Domain.around(Params(), c=(0.1, 5.0), k=(0.7371, 1.5)),
    twin=Twin("noise of three fifths the width too", scale=0.6),
)
def wide_noise_normal(p, *, scale=1.0):
    """For k > .73705 the mean change is negative at every q: with many coordinates AAEs die out."""
    return mean_change(p.q, scale * p.k)


# --------------------------------------------------------------------------------------------
# Pushes

PUSHES = (noisy(1.0, 1.0), noisy(0.3, 2.0), noisy(1.0, 0.5))
pushed = claim.given(at=PUSHES, within=lambda p: 0.05 * (1 + p.k**2))  # of k = 0's push on c


@pushed.equals(
    "push_b",
    support=(-3.0, 3.0),
    twin=Twin("-1, as without noise", clean=True),
    known=((PUSHES[0], "-.15470"), (PUSHES[1], "-.05409")),
)
def noise_push_slope(p, *, clean=False):
    """The mean of x after the step, which moves b, is 1 - 2u/k (u <= k), else -1."""
    return -1.0 if clean else noise_push(p.q, p.k)[0]


@pushed.equals(
    "push_c",
    variance=lambda p: (p.k**6 / 7 + 3 * p.k**4 + 5 * p.k**2 + 1) / p.n,
    twin=Twin("sign change at k = 2u: up to there as without noise", clean=True),
    known=((PUSHES[0], "-.46040"), (PUSHES[1], "-2.77469")),
)
def noise_push_curvature(p, *, clean=False):
    """The mean of -x^3, which moves c, is (2 (u^3 + u) - k^3 - k)/k (u <= k), else 1 + k^2.

    Down iff k^3 + k > 2 (u^3 + u): for k = 2 at q > .14504; without noise never.
    """
    return 1 + p.k**2 if clean else noise_push(p.q, p.k)[1]


NARROW = (noisy(1.0, 1.0), noisy(2.0, 0.8))


@pushed.equals(
    "projected_b",
    at=NARROW,
    within=0.03,
    support=(-1.0, 1.0),
    twin=Twin("the push without projection", projected=False),
)
def projected_push_slope(p, *, projected=True):
    """The end of the step clipped to [-1, 1] (FGSM-RS): (2k - 4u + u^2 - k^2/2)/(2k), u <= k."""
    return (projected_push if projected else noise_push)(p.q, p.k)[0]


@pushed.equals(
    "projected_c",
    at=NARROW,
    within=0.03,
    support=(-1.0, 1.0),
    twin=Twin("the push without projection", projected=False),
)
def projected_push_curvature(p, *, projected=True):
    """And on c: [2u - k + (1 - 2(1-u)^4 + (1-k)^4)/4]/(2k), u <= k."""
    return (projected_push if projected else noise_push)(p.q, p.k)[1]
