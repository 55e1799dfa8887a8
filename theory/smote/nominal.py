"""Nominal features: the distances and values of SMOTE-NC and SMOTE-N, and what they do to them."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Row, Scalar, Twin, Whole, beta_cdf, closed_form, exp, integral, log,
    log1p, loggamma, maximum, minimum, sqrt, where,
)  # fmt: skip
from theory.smote.params import ALL, ENOUGH, FEW, Nearest, Points

claim = Claims("derived")
Share = Annotated[Scalar, Ge(0), Le(1)]
Some = Annotated[Scalar, Ge(1e-3), Le(1 - 1e-3)]
Median = Annotated[Scalar, Ge(0), Le(0.5)]
Votes = Annotated[Scalar, Ge(1), Le(1e5), Whole]
Square = Annotated[Scalar, Ge(0), Le(1e12)]
Members = Annotated[Scalar, Ge(1), Le(1e9)]
Counts = Annotated[Any, Ge(0), Le(1e9), Row]


@closed_form
def mixed_square(
    square: Square,
    differing: Annotated[Scalar, Ge(0), Le(1e6), Whole],
    median: Annotated[Scalar, Ge(0), Le(1e6)],
) -> Any:
    """SMOTE-NC's squared distance: |x - y|^2, and Med^2 more a differing nominal feature.

    Med is the median of the standard deviations of the minority's continuous features.
    """
    return square + differing * median * median


@closed_form(
    first=(
        "are all 0: the value was never seen",
        lambda first: jnp.sum(jnp.atleast_1d(first), -1) > 0,
    ),
    second=(
        "are all 0: the value was never seen",
        lambda second: jnp.sum(jnp.atleast_1d(second), -1) > 0,
    ),
    example={"first": [3.0, 1.0], "second": [2.0, 6.0]},
)
def value_difference(first: Counts, second: Counts) -> Any:
    """SMOTE-N's distance of two values: sum_i |C_1i/C_1 - C_2i/C_2| over the classes i.

    ``first``, ``second``: how often each class shows each value, majority and minority alike.
    Between 0 and 2; points add it, or its square, over features.
    """
    first, second = jnp.asarray(first, float), jnp.asarray(second, float)
    shares = first / jnp.sum(first, -1, keepdims=True), second / jnp.sum(second, -1, keepdims=True)
    return jnp.sum(abs(shares[0] - shares[1]), axis=-1)


@closed_form
def majority_chance(share: Share, votes: Votes) -> Any:
    """I_s(h, h), h = floor((V + 1)/2): a value of frequency s is the mode of V, ties split fairly.

    SMOTE-NC votes over the K neighbours, SMOTE-N over these and the point. An even V is as good as
    V - 1.
    """
    half = (votes + 1) // 2
    return beta_cdf(share, half, half)


@closed_form(
    rare=("leaves no other value", lambda minority, majority, rare: rare < minority + majority),
    example={"minority": 10.0, "majority": 100.0, "rare": 8.0},
)
def null_difference(minority: Members, majority: Members, rare: Members) -> Any:
    """E delta^2 = 4 n_1 n_0/((T - 1) C (T - C)) of two values that say nothing of the class.

    delta is :func:`value_difference` of a value that C of the T = n_1 + n_0 points show and of the
    other; about 4 pi_1 pi_0/C: a rare value is far from all.
    """
    total = minority + majority
    return 4 * minority * majority / ((total - 1) * rare * (total - rare))


@closed_form(example={"share": 0.3, "n": 10.0, "k": 5.0, "median": 0.2}, k=ENOUGH)
def nominal_kept(share: Some, n: Points, k: Nearest, median: Median) -> Any:
    """P(a synthetic point has its centre's nominal value), SMOTE-NC, value of frequency s.

    One uniform feature on the circle of length 1, one nominal feature independent of it, Med
    given. Given the distance r of the next neighbour the K nearer ones share the value with chance
    s F(r)/(s F(r) + (1 - s) F(sqrt(r^2 - Med^2))), F(r) = min(2 r, 1); K = N - 1: with chance s.
    """
    s, n, k, m = jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in (share, n, k, median)))
    rest = n - 1 - k
    left = maximum(rest, 1.0)
    front = loggamma(k + 1 + left) - loggamma(k + 1) - loggamma(left)
    low = m < 0.5
    bend = where(
        low, sqrt(where(low, 0.25 - m * m, 1.0)), 0.0
    )  # of t = sqrt(r^2 - Med^2), where r = 1/2
    s_, k_, m_, left_, front_ = (v[..., None] for v in (s, k, m, left, front))

    def vote(same, speed, t):
        others = (1 - s_) * 2 * t
        near = minimum(same + others, 1 - 1e-15)
        density = exp(front_ + k_ * log(near) + (left_ - 1) * log1p(-near))
        return majority_chance(same / near, k_) * density * (speed + 2 * (1 - s_))

    def inside(v):
        t = bend[..., None] * v * v
        r = sqrt(t * t + m_ * m_)
        return vote(2 * s_ * r, 2 * s_ * t / r, t) * 2 * bend[..., None] * v

    def outside(v):
        t = bend[..., None] + (0.5 - bend[..., None]) * v
        return vote(s_ + 0 * t, 0 * t, t) * (0.5 - bend[..., None])

    ends = 0 * s, 1 + 0 * s
    alone = beta_cdf(2 * s * m, k + 1, left)
    few = alone + integral(inside, *ends) + integral(outside, *ends)
    return where(rest > 0, minimum(few, 1.0), majority_chance(s, k))


# --------------------------------------------------------------------------------------------

nominal = claim.given(mode="nominal", at=FEW, within=0.01, why="exact; the width asked for")


@nominal.equals("kept", twin=Twin("Med left out", median=0.0), known=((FEW, ".0738609"),))
def smote_nc_keeps_the_value(p, *, median=None):
    """SMOTE-NC, K < N - 1: P(rare centre, rare value made), one integral over distances."""
    return p.share * nominal_kept(p.share, p.n, p.k, p.median if median is None else median)


@nominal.equals("others", at=ALL, twin=Twin("a neighbour's own value: its frequency", drawn=True))
def rare_values_die_out(p, *, drawn=False):
    """K = N - 1: a value of frequency s is made with chance I_s(h, h) only, below s < 1/2."""
    return p.share if drawn else majority_chance(p.share, p.n - 1)


@nominal.equals("whole", at=ALL, twin=Twin("a neighbour's own value: its frequency", drawn=True))
def smote_n_makes_one_point(p, *, drawn=False):
    """SMOTE-N, K = N - 1: all points made are the mode of all N, 1 with chance I_s(h, h)."""
    return p.share if drawn else majority_chance(p.share, p.n)


@claim.never_above(
    lambda p: p.share,
    over=Domain.around(ALL, share=(0.001, 0.5), n=(10, 40)),
    twin=Twin("of a common value too", smaller=lambda p: majority_chance(1 - p.share, p.n)),
)
def the_mode_is_rarer(p):
    """I_s(h, h) <= s for s <= 1/2: modes make rare values rarer, common ones more common."""
    return majority_chance(p.share, p.n)


@nominal.equals(
    "difference", support=(0, 4), within=0.02, twin=Twin("one class's share alone", classes=1)
)
def value_difference_of_noise(p, *, classes=2):
    """SMOTE-N: E delta^2 = 4 n_1 n_0/((T - 1) C (T - C)) of values that say nothing."""
    return null_difference(p.n, p.majority, p.rare) * classes**2 / 4
