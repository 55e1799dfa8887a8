"""ReLU, critical (A != 0, B' = 1): majority vote with the share 1/4, its second order, and ties.

1 - t_L ~ (2/(c L))^2, c = 2 sqrt 2/(3 pi).
"""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, log, pi, rational, sqrt
from theory.ntk_classifiers.majority import majority_value
from theory.ntk_classifiers.params import Params, each, kernels_at, with_diagonal

__all__ = ["relu_constant", "relu_height", "relu_ntk_share", "relu_rho"]

claim = Claims()


def relu_constant() -> Any:
    """c = 2 sqrt 2/(3 pi): s' = s - c s^{3/2} (1 + s/20 + ...)."""
    return 2 * sqrt(2) / (3 * pi)


@closed_form
def relu_height(s: Annotated[Scalar, Gt(0), Le(2)]) -> Any:
    """x = 2/(c sqrt s), which grows by 1 + (3/2)/x + ... a layer.

    Its slope is infinite at s = 0.
    """
    return 2 / (relu_constant() * sqrt(s))


@closed_form
def relu_rho(s_at_depth: Annotated[Scalar, Gt(0), Le(2)], depth: Annotated[Scalar, Ge(0)]) -> Any:
    """rho(t) = lim x_L - L - (3/2) ln x_L from the pair's s at depth L; error O(1/L^2).

    Its slope in s is infinite at 0.
    The increments' next term, 5/2 + 1/(5 c^2) - 3/2 over x^2, sums to (1 + 1/(5 c^2))/x_L.
    """
    x = relu_height(s_at_depth)
    correction = 1 + 1 / (5 * relu_constant() ** 2)
    return x - depth - rational(3, 2) * log(x) + correction / x


@closed_form
def relu_ntk_share(depth: Annotated[Scalar, Ge(1)], rho: Scalar) -> Any:
    """Theta_L/(L+1) = 1/4 + ((3/8) ln L + rho/4 - 3/8)/L + o(1/L), off the diagonal."""
    return rational(1, 4) + (rational(3, 8) * log(depth) + rho / 4 - rational(3, 8)) / depth


RELU = Params(activation="leaky_relu", shape=0.0, d=2, n=5, tests=10, votes=1, depth=10_000)


def expansion(p):
    """relu_ntk_share at the pair that params name."""
    depth = p.depth * 1.0
    return relu_ntk_share(depth, relu_rho(kernels_at(p, p.depth).pair.s, depth))


@claim.identity(
    expansion, points=12, within=1.0,
    over=Domain.around(RELU, s=(0.05, 1.0), depth=(2000, 20_000)),
    scale=lambda p: (jnp.log(p.depth * 1.0) / p.depth) ** 2, why="the next order is (ln L/L)^2",
    twin=Twin("limit 1/3, as for smooth critical phi", rhs=lambda p: expansion(p) + 1 / 3 - 1 / 4),
)  # fmt: skip
def majority_vote_relu_expansion(p):
    """Theta_L/(L+1) = 1/4 + ((3/8) ln L + rho/4 - 3/8)/L + o(1/L).

    derived: see relu_ntk_share
    """
    return jnp.exp(kernels_at(p, p.depth).log_ntk) / (p.depth + 1.0)


# Networks, solved, against the vote: mode ``critical`` also returns log s_L of all pairs


def rho(run, p):
    """rho of the pairs (point, test) and of those within the training set, 0 at i = j."""
    within, across = (jnp.exp(run[f"log_s_{where}"]) for where in ("within", "across"))
    return relu_rho(across, p.depth), with_diagonal(relu_rho(within, p.depth), 0.0)


def excess(run, p, *, share=0.25):
    """Largest |f_L - majority_value(share)| over (max rho + 1.5 ln L)/L."""
    across, within = rho(run, p)
    highest = jnp.maximum(across.max(), within.max())
    error = jnp.max(jnp.abs(run["ntk"] - majority_value(share, p.n, p.votes)))
    return error / ((highest + 1.5 * jnp.log(p.depth)) / p.depth)


def agreement(run, p, *, centred=1):
    """How many signs are those of sum y rho - (1/(n+3)) sum_i y_i sum_j rho_ij."""
    across, within = rho(run, p)
    votes = run["y"] @ across - centred * (run["y"] @ within.sum(axis=1)) / (p.n + 3)
    return jnp.mean((run["ntk"] >= 0) == (votes >= 0), dtype=float)


claim.every_trial(
    each(excess), name="majority_vote_relu", mode="critical", at=RELU, trials=256,
    says="ReLU: |f_L - S/(n+3)| <= 2.5 (max rho + 1.5 ln L)/L",
    source="Theorem on majority vote (A != 0), ReLU (B' = 1)",
    # (1-q)I + qJ has the inverse (4/3)(I - J/(n+3)): at n = 5 entries off by e move f by
    # at most 9.75 e, and e = (rho + 1.5 ln L)/(4 L)
    within=2.5,
    twin=Twin("share 1/3: f -> S/(n+2)", observable=each(excess, share=1 / 3)),
)  # fmt: skip
claim.equals(
    each(agreement), name="balanced_tie_break_relu", mode="critical", trials=4096, formula=1.0,
    at=RELU.but(n=20, tests=20, votes=0), within=0.01, source="derived: see relu_rho",
    says="S = 0, ReLU: 3 L f_L -> sum y rho - (1/(n+3)) sum_i y_i sum_j rho_ij",
    why="signs within (ln L + max rho)/L of a tie may differ: 0.4 % at L = 1e4",
    twin=Twin("without the centring term", observable=each(agreement, centred=0)),
)  # fmt: skip
