"""How well the loss of a rule that interpolates a linear function can be told; parities."""

import jax.numpy as jnp

from theory import Claims, Domain, Twin
from theory.generalization_measures.params import Params, linear
from theory.generalization_measures.ranks import (
    rank_probability, subspace_accuracy, subspace_failure, subspace_variance, theta,
)  # fmt: skip

claim = Claims("derived; checked by exact enumeration")
PAPER = "Gastpar, Nachum, Shafer, Weinberger (2025), Example 1.8"

# --------------------------------------------------------------------------------------------
# Ranks and losses

SHAPES = (linear(2, 3, 4), linear(3, 5, 6), linear(2, 8, 8))


@claim.equals(
    lambda run, p: run["rank"] == p.n,
    at=SHAPES,
    within=0.02,
    known=((SHAPES[0], "0.615234375"), (SHAPES[2], "0.28991911")),
    twin=Twin("prod (1 - q^-i), i <= n, whatever D", square=True),
)
def rank_law(p, *, square=False):
    """P(rank = min(n, D)) of a uniform n x D matrix is prod_{i<n} (1 - q^(i-D)), n <= D."""
    return rank_probability(p.q, p.n, p.n if square else p.D, p.n)


@claim.equals(
    lambda run, p: run["rank"] == p.n - 1,
    at=SHAPES,
    within=0.02,
    known=((SHAPES[0], "0.35888671875"),),
    twin=Twin("q^-(n-k)(D-k) alone", factors=False),
)
def rank_law_deficient(p, *, factors=True):
    """P(rank = n - 1) is q^-(D-n+1) times its factors."""
    if not factors:
        return jnp.asarray(p.q, float) ** -(p.D - p.n + 1)
    return rank_probability(p.q, p.n, p.D, p.n - 1)


@claim.equals("differ", at=(linear(5, 3, 4), linear(2, 8, 8)), within=0.02,
              twin=Twin("1/q", agree=lambda q: 1 - 1 / q))  # fmt: skip
def two_valued_loss(p, *, agree=lambda q: 1 / q):
    """w != w': P(f_w(x) != f_w'(x)) = 1 - 1/q, so a linear rule's loss is 0 or 1 - 1/q."""
    return 1 - agree(p.q)


# --------------------------------------------------------------------------------------------
# The optimal failure: what the number of consistent functions allows


def optimal_fails(run, p):
    """The estimator 0 where one function is consistent, else 1 - 1/q; whether it is wrong."""
    return (run["rank"] < p.D) != (run["wrong"] > 0)


learned = claim.given(at=(linear(2, 8, 9), linear(2, 8, 8), linear(7, 3, 4)), within=0.02)


@learned.equals(
    optimal_fails,
    at=(linear(2, 8, 8), linear(2, 8, 9), linear(7, 3, 4)),
    known=((linear(2, 2, 3), ".412109375"), (linear(2, 2, 2), ".296875"),
           (linear(2, 8, 8), ".321266"), (linear(3, 5, 6), ".297782")),
    twin=Twin("1 - accuracy", complement=True),
)  # fmt: skip
def subspace_exact(p, *, complement=False):
    """delta*(eps) = E min(1/t, 1 - 1/t) for 0 < eps < (1 - 1/q)/2, t = q^(D - rank).

    The posterior is uniform on the t consistent functions, so a loss of 0 has chance 1/t.
    """
    if complement:
        return 1 - subspace_accuracy(p.q, p.n, p.D)
    return subspace_failure(p.q, p.n, p.D)


@learned.equals(
    lambda run, p: 1 - run["wrong"],
    at=(linear(2, 8, 8), linear(2, 8, 9)),
    known=((linear(2, 8, 8), ".611185"), (linear(2, 8, 11), ".117456"),
           (linear(7, 3, 4), ".139958")),
    twin=Twin("the failure: t = 1 left out", formula=subspace_failure),
)  # fmt: skip
def subspace_exact_accuracy(p, *, formula=subspace_accuracy):
    """P(L = 0) = E[1/t]."""
    return formula(p.q, p.n, p.D)


@learned.equals(
    lambda run, p: 1 - run["wrong_first"],
    at=(linear(2, 8, 8), linear(3, 5, 6)),
    twin=Twin("the failure: t = 1 left out", formula=subspace_failure),
)
def subspace_exact_any_tie_break(p, *, formula=subspace_accuracy):
    """The same where free coordinates are set to 0, not drawn: a tie-break is irrelevant."""
    return formula(p.q, p.n, p.D)


def squared_error(run, p):
    """(L - E[L|S])^2, E[L|S] = (1 - 1/q)(1 - 1/t)."""
    return ((1 - 1 / p.q) * (run["wrong"] - 1 + (1.0 * p.q) ** (run["rank"] - p.D))) ** 2


@claim.equals(
    squared_error,
    at=(linear(2, 8, 8), linear(3, 5, 6)),
    within=0.006,
    source="Gastpar et al. (2025), Proposition 5.2; the value derived",
    known=((linear(2, 8, 8), ".042208"), (linear(2, 3, 3), ".040428"),
           (linear(3, 5, 6), ".089965")),
    twin=Twin("var(L), not given S", conditional=False),
)  # fmt: skip
def l2_characterisation(p, *, conditional=True):
    """min_E E(E - L)^2 = E var(L | S), attained by E[L | S]: (1 - 1/q)^2 E[(1/t)(1 - 1/t)]."""
    if conditional:
        return subspace_variance(p.q, p.n, p.D)
    right = subspace_accuracy(p.q, p.n, p.D)
    return (1 - 1 / p.q) ** 2 * right * (1 - right)


# --------------------------------------------------------------------------------------------
# Parities: the printed constants, and what equality at the boundary does to them

PARITIES = Domain.around(Params(), D=(6, 20), s=6)


@claim.never_below(
    0.61, over=PARITIES, source=PAPER, points=15,
    twin=Twin("with one sample less", fewer=1),
)  # fmt: skip
def parity_constants(p, *, fewer=0):
    """q = 2: an interpolating rule has P(L = 0) >= .61 with m = d samples."""
    return subspace_accuracy(2, p.D - fewer, p.D)


@claim.never_below(
    0.38, over=PARITIES, source=PAPER, points=15,
    twin=Twin("with two samples less", fewer=2),
)  # fmt: skip
def parity_constants_one_less(p, *, fewer=1):
    """q = 2: P(L = 0) >= .38 with m = d - 1 samples."""
    return subspace_accuracy(2, p.D - fewer, p.D)


@claim.never_below(
    0.999, over=PARITIES, source=PAPER, points=15,
    twin=Twin("with eight samples more", more=8),
)  # fmt: skip
def parity_constants_ten_more(p, *, more=10):
    """q = 2: P(L = 0) >= .999 with m = d + 10 samples."""
    return subspace_accuracy(2, p.D + more, p.D)


@claim.never_below(
    lambda p: 0.32,
    over=PARITIES,
    points=15,
    source=f"{PAPER}; a bias towards an m-dimensional subspace, precision below 1/4",
    twin=Twin("not (1/4, .35)-estimable", smaller=lambda p: 0.35),
)
def parity_constants_failure(p):
    """q = 2, m = d >= 6: every estimator fails with chance at least .32 at each eps < 1/4."""
    return subspace_failure(2, p.D, p.D)


@claim.never_below(
    lambda p: subspace_failure(2, p.n, p.D),
    over=Domain.around(Params(s=1), n=(3, 18), D=(1, 20)),
    points=32,
    twin=Twin("m dimensions", more=0),
)
def parity_constants_best(p, *, more=1):
    """q = 2: of all biases, that towards m + 1 dimensions can be told least: .3897, not .32."""
    return subspace_failure(2, p.n, p.n + more)


claim.equals(
    lambda run, p: abs(0.25 - 0.5 * run["wrong"]) > 0.25,
    name="parity_constants_as_printed",
    says="the ERM is not (1/4, .32, m)-estimable, success being |E - L| <= 1/4: failure .3213",
    formula=lambda p: subspace_failure(2, p.n, p.D),
    at=linear(2, 8, 8),
    within=0.02,
    source=f"{PAPER} with its Definition 1.1, where success is |E - L| <= eps",
    repaired_by="boundary_precision",
)
claim.every_trial(
    lambda run, p: abs((1 - 1 / p.q) / 2 - (1 - 1 / p.q) * run["wrong"]) - (1 - 1 / p.q) / 2,
    name="boundary_precision",
    says="|E - L| <= eps at eps = (1 - 1/q)/2: the constant E = (1 - 1/q)/2 never fails",
    within=1e-15,
    at=(linear(2, 8, 8), linear(5, 3, 4)),
    trials=4096,
    twin=Twin("at a smaller precision too, (1 - 1/q)/2.01", observable=lambda run, p: (
        abs((1 - 1 / p.q) / 2 - (1 - 1 / p.q) * run["wrong"]) - (1 - 1 / p.q) / 2.01)),
)  # fmt: skip

# --------------------------------------------------------------------------------------------
# Limits, and the sample size at which telling is hardest

RUNGS = claim.given(
    along=tuple(linear(2, n, n) for n in range(4, 11)),
    size=lambda p: 2.0**p.n,
    within=0.05,
    why="the next order, q^-2n",
    last_gap=3e-4,
)


@RUNGS.limit(lambda p: theta(p.q), rate=-1, twin=Twin("1 - 1/q", limit=lambda p: 1 - 1 / p.q))
def theta_limits(p):
    """n x n: the accuracy tends to Theta(q) at rate q^-n; .6103215 for parities."""
    return subspace_accuracy(p.q, p.n, p.n)


@RUNGS.limit(lambda p: 1 - theta(p.q), rate=-1, twin=Twin("1/q", limit=lambda p: 1 / p.q))
def theta_limits_wide(p):
    """n x (n + 1): accuracy and failure tend to 1 - Theta(q); .3896785 for parities."""
    return subspace_failure(p.q, p.n, p.n + 1)


def invertible(p):
    """prod_{i<=n} (1 - q^-i)."""
    return rank_probability(p.q, p.n, p.n, p.n)


@claim.identity(
    lambda p: subspace_accuracy(p.q, p.n, p.n) - invertible(p),
    over=Domain.around(Params(), q={2, 3, 5, 7, 11, 101}, n=(1, 18)),
    points=24,
    within=1e-14,
    scale=1.0,
    why="rounding of 32 terms",
    known=((Params(n=18), ".3215331"),),
    twin=Twin("t = 1 counted too", once=0),
)
def theta_limits_failure(p, *, once=1):
    """n x n: failure = accuracy - prod_{i<=n} (1 - q^-i); tends to Theta - prod, .3215334."""
    return subspace_failure(p.q, p.n, p.n) + (1 - once) * invertible(p)


@claim.never_below(
    lambda p: subspace_failure(p.q, p.n, p.D),
    over=Domain.around(Params(s=1), n=(1, 18), D=(2, 20)),
    points=32,
    known=((Params(D=10), ".3898436"),),
    twin=Twin("the peak at n = D", fewer=0),
)
def delicate_sample_size(p, *, fewer=1):
    """q = 2: as n grows the failure peaks at n = D - 1, one sample before the threshold."""
    return subspace_failure(p.q, p.D - fewer, p.D)


@claim.limit(
    1.0,
    along=tuple(linear(2, 6, D) for D in range(8, 16)),
    size=lambda p: 2.0 ** (p.D - p.n),
    rate=-1,
    within=0.02,
    why="the next order, q^-2(D - n)",
    last_gap=3e-3,
    twin=Twin("a third with each missing sample", base=3.0),
)
def delicate_sample_size_halving(p, *, base=2.0):
    """Below the peak each missing sample divides the failure by q: q^(D-n) delta* -> 1."""
    return base ** (p.D - p.n) * subspace_failure(p.q, p.n, p.D)
