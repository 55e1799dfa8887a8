"""Nearest neighbour, A = A' = 0: log t_L = m^L log beta - log(p_m)/(m-1) + o(1)."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Static, Twin, Whole, closed_form
from theory._neural_kernels import (
    ActivationError, Similarity, checked_activation, checked_pair, deepen, hermite, number,
    similarity_of,
)  # fmt: skip
from theory.ntk_classifiers.params import Params, activation_of, each, kernels_at, output, pair_at

__all__ = ["log_boettcher"]

claim = Claims()


@closed_form(example={"activation": hermite(2), "pair": Similarity(0.5, -0.7)})
def log_boettcher(
    activation: object, pair: Similarity, layers: Annotated[Any, Ge(1), Le(500), Whole, Static] = 40
) -> Any:
    """log beta(t) for A = A' = 0: beta(F(t)) = beta(t)^m, with m the lowest degree of F.

    Error of order t_N/m^N with N = ``layers``: nothing for s > 1e-9, since t_N is doubly small.
    Raises ActivationError for other classes, ArgumentError for concrete pairs outside.
    """
    activation = checked_activation(activation)
    m = activation.order
    if m < 2:
        raise ActivationError(f"{activation.name} has not A = A' = 0")
    deep = deepen(activation, checked_pair(pair, "log_boettcher"), layers)
    return (deep.log_nngp + jnp.log(number(activation.leading)) / (m - 1)) / float(m) ** layers


def wrong(run, p, *, singular=False):
    """Test points told apart whose sign, of the NNGP or the NTK, is not their nearest point's.

    Told apart: all points but the nearest weigh less than a third of it, even after solving, m^L
    (log beta_1 - log beta_2) > 2 log(3n). ``singular``: signs of the vote with the weights 1/s.
    """
    f, pair = activation_of(p), similarity_of(run["x"], run["z"])
    log_beta = jnp.sort(log_boettcher(f, pair), axis=0)
    clear = (log_beta[-1] - log_beta[-2]) * float(f.order) ** p.depth > 2 * jnp.log(3.0 * p.n)
    nearest = run["y"][jnp.argmin(pair.s, axis=0)]
    solved = [output(run, k, jnp.max(run[f"log_{k}"], axis=0)) for k in ("nngp", "ntk")]
    votes = [run["y"] @ (1 / pair.s)] if singular else solved
    return sum((jnp.sum(clear & ~(v * nearest > 0)) for v in votes), 0.0)


FEW = Params(activation="hermite_3", d=2, n=40, tests=20, votes=0, depth=10)
claim.every_trial(
    each(wrong), name="one_nearest_neighbour", mode="deep", within=0.5, trials=256,
    says="A = A' = 0: sign f_L(x) = label of the nearest point once it is told apart",
    source="Theorem on 1-nearest neighbour (A = A' = 0)",
    at=(FEW.but(activation="centred_cosine", shape=3.0, depth=14), FEW),
    twin=Twin("the rule is the singular-kernel vote", observable=each(wrong, singular=True)),
)  # fmt: skip


@jax.jit
def boettcher_at_eight(p):
    """m^8 log beta - log(p_m)/(m-1)."""
    f = activation_of(p)
    log_beta = log_boettcher(f, pair_at(p.s))
    return float(f.order) ** 8 * log_beta - jnp.log(number(f.leading)) / (f.order - 1)


@claim.identity(
    boettcher_at_eight, within=1e-11,
    over=Domain.around(Params(activation="centred_cosine"), shape=(0.5, 6.0), s=(0.2, 0.9)),
    why="the o(1) is of order t_8 < 1e-30 here; the roundings of log t double "
    "with each layer, as log t does, so they stay relative",
    twin=Twin("t_L decays geometrically", geometric=True),
)  # fmt: skip
def one_nearest_neighbour_rate(p, *, geometric=False):
    """log t_8 = m^8 log beta - log(p_m)/(m-1), beta(F) = beta^m.

    derived: see log_boettcher
    """
    if not geometric:
        return kernels_at(p, 8).log_nngp
    first, second = (kernels_at(p, depth).log_nngp for depth in (1, 2))
    return first + 7 * (second - first)
