"""Rounds with a constrained error in place of a fixed penalty: how many, before all is zero."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Row, Scalar, Twin, closed_form, root
from theory.self_distillation.params import SOME, Params, Rounds
from theory.self_distillation.rounds import round_filter

claim = Claims("Mobahi, Farajtabar & Bartlett (2020), recalled; derived again")
Eigenvalues = Annotated[Any, Ge(1e-12), Le(1e12), Row]
Targets = Annotated[Any, Ge(-1e12), Le(1e12), Row]
Error = Annotated[Scalar, Ge(1e-12), Le(1e24)]
COLLAPSED = (
    "is not below |z|^2: the zero function is allowed, all has collapsed",
    lambda eps, targets: jnp.sum(jnp.asarray(targets, float) ** 2, -1) > eps,
)
FAST = (
    "is below |z|^2/1e4: more than 1e4 rounds may be needed",
    lambda eps, targets: jnp.sum(jnp.asarray(targets, float) ** 2, -1) <= 1e4 * eps,
)
Share = Annotated[Scalar, Ge(1), Le(1e12)]


def solved(D, z, eps):
    """c with sum (c z/(c + D))^2 = eps, between the bracket's ends."""
    size = jnp.sqrt(jnp.sum(z**2, -1))
    middle = 0.5 * jnp.log(eps) - jnp.log(size - jnp.sqrt(eps))
    low = jnp.log(jnp.min(D, -1)) + middle - 1e-3
    high = jnp.log(jnp.max(D, -1)) + middle + 1e-3

    def miss(log_c):
        share = 1 / (1 + D * jnp.exp(-log_c)[..., None])
        return jnp.sum((share * z) ** 2, -1) / eps - 1

    return jnp.exp(root(miss, low, high))


@closed_form(example=SOME, eps=COLLAPSED)
def multiplier(eigenvalues: Eigenvalues, targets: Targets, eps: Error) -> Any:
    """c > 0 with sum_i (c/(c + D_i))^2 z_i^2 = eps: the penalty that the constraint asks for.

    D_min q <= c <= D_max q, q = sqrt eps/(|z| - sqrt eps); infinite as eps tends to |z|^2. By a
    root (JAX).
    """
    return solved(jnp.asarray(eigenvalues, float), jnp.asarray(targets, float), eps)


@closed_form(example=SOME, eps=FAST)
def rounds_before_collapse(eigenvalues: Eigenvalues, targets: Targets, eps: Error) -> Any:
    """T: how many rounds can be solved until |z_t|^2 <= eps; a count, so of slope 0. (JAX)"""
    D, z, e = (jax.lax.stop_gradient(jnp.asarray(x, float)) for x in (eigenvalues, targets, eps))
    z = jnp.broadcast_to(z, jnp.broadcast_shapes(D.shape, z.shape, (*e.shape, 1)))
    e = jnp.broadcast_to(e, z.shape[:-1])

    def alive(state):
        size = jnp.sum(state[0] ** 2, -1)
        return (size > e) & (state[1] < 1e4)

    def step(state):
        z, count = state
        going = alive(state)
        safe = jnp.where(going[..., None], z, 2 * jnp.sqrt(e)[..., None])
        c = solved(D, safe, e)[..., None]
        return jnp.where(going[..., None], D / (c + D) * z, z), count + going

    start = z, jnp.zeros(z.shape[:-1])
    return jax.lax.while_loop(lambda state: jnp.any(alive(state)), step, start)[1]


@closed_form
def ratio_bound(high: Share, low: Share, rho: Annotated[Scalar, Ge(1), Le(1e6)], t: Rounds) -> Any:
    """((rho - 1 + 1/low)/(rho - 1 + 1/high))^t: how far round t sets directions apart, at least.

    high = D_j/D_min >= low = D_k/D_min >= 1; B_t[j]/B_t[k] of the product B_t of t filters.
    """
    base = (rho - 1 + 1 / low) / (rho - 1 + 1 / high)
    return jnp.exp(t * jnp.log(base))


# --------------------------------------------------------------------------------------------
# How many rounds

HERE = Params()
WIDE, NEAR, ONE = HERE.but(kappa=1e6), HERE.but(kappa=1.05), HERE.but(kappa=1.0)
seen = claim.given(mode="constrained", trials=256)


def whole(rho) -> Any:
    """The smallest whole number at or above."""
    return jnp.ceil(rho)


seen.every_trial(
    lambda run, p: whole(p.rho) - 1 - run["rounds"],
    name="constrained_rounds",
    says="At least ceil(rho) - 1 rounds can be solved, rho = |z_0|/sqrt eps: a round takes a"
    " residual of norm sqrt eps off",
    within=0.0,
    at=(NEAR, WIDE),
    twin=Twin("ceil(rho)", observable=lambda run, p: whole(p.rho) - run["rounds"]),
    remarks="The known (rho - 1)/kappa, kappa = D_max/D_min, is weaker: kappa can be dropped.",
)
seen.every_trial(
    lambda run, p: run["rounds"] - whole(p.rho**2) + 1,
    name="constrained_rounds_at_most",
    says="At most ceil(rho^2) - 1 rounds can be solved: |z_{t+1}|^2 < |z_t|^2 - eps",
    within=0.0,
    at=(WIDE, NEAR),
    twin=Twin("ceil(rho)", observable=lambda run, p: run["rounds"] - whole(p.rho)),
)
seen.every_trial(
    lambda run, p: abs(run["rounds"] - (whole(p.rho) - 1)),
    name="equal_eigenvalues_exact",
    says="kappa = 1: exactly ceil(rho) - 1 rounds",
    within=0.0,
    at=(ONE, ONE.but(rho=2.7)),
    twin=Twin("one more", observable=lambda run, p: abs(run["rounds"] - whole(p.rho))),
)


def miscounted(late):
    """How far the count is from the formula's."""

    def read(run, p) -> Any:
        size = jnp.sum(run["targets"] ** 2, -1) / p.rho**2
        count = rounds_before_collapse(run["eigenvalues"], run["targets"], size)
        return jnp.abs(run["rounds"] - late - count)

    return read


seen.every_trial(
    miscounted(0),
    name="rounds_by_the_spectrum",
    says="The roots c_t of one monotone equation a round give T for every spectrum and target",
    within=0.0,
    at=(WIDE, HERE),
    twin=Twin("one more", observable=miscounted(1)),
)


def outside_the_bracket(run, p, low, high) -> Any:
    """The largest excess of c_t over its bracket, as logarithms; rounds that were run."""
    q = -jnp.log(run["sizes"] - 1)
    D = run["eigenvalues"]
    down = jnp.log(low(D))[:, None] + q - run["log_c"]
    up = run["log_c"] - jnp.log(high(D))[:, None] - q
    return jnp.where(run["solved"], jnp.maximum(down, up), -jnp.inf).max(axis=1)


def least(D) -> Any:
    """D_min of each row."""
    return D.min(axis=1)


def most(D) -> Any:
    """D_max of each row."""
    return D.max(axis=1)


seen.every_trial(
    lambda run, p: outside_the_bracket(run, p, least, most),
    name="multiplier_bracket",
    says="D_min q <= c_t <= D_max q, q = sqrt eps/(|z_t| - sqrt eps)",
    within=1e-8,
    remarks="Rounding, divided by |z_t|/sqrt eps - 1: 3.7e-5 the least of 24,901 seen.",
    at=(WIDE, NEAR),
    twin=Twin("at most its mean", observable=lambda run, p: outside_the_bracket(
        run, p, least, lambda D: jnp.sqrt(least(D) * most(D)))),
)  # fmt: skip


# --------------------------------------------------------------------------------------------
# Sparser and sparser


def too_even(extra):
    """The largest excess of log ratio_bound over log B_t[j]/B_t[k], all pairs and rounds."""

    def read(run, p) -> Any:
        D, B = run["eigenvalues"], run["log_filters"]
        relative = D / least(D)[:, None]
        high, low = relative[:, None, :, None], relative[:, None, None, :]
        t = jnp.arange(1, B.shape[1] + 1)[:, None, None]
        pair = high > low
        bound = jnp.log(ratio_bound(high, low, p.rho, t + extra))
        gap = bound - (B[:, :, :, None] - B[:, :, None, :])
        return jnp.where(pair & run["solved"][:, :, None, None], gap, -jnp.inf).max((1, 2, 3))

    return read


seen.every_trial(
    too_even(0),
    name="basis_sparsification",
    says="D_j > D_k: B_t[j]/B_t[k] >= ((rho - 1 + D_min/D_k)/(rho - 1 + D_min/D_j))^t for the"
    " product B_t of the first t filters: each round sets the directions further apart",
    within=1e-8,
    remarks="The tolerance: as multiplier_bracket.",
    at=(NEAR, HERE),
    twin=Twin("exponent t + 1", observable=too_even(1)),
)


@claim.identity(
    lambda p: round_filter(p.top / 2, p.ridge, p.t) / round_filter(p.top, p.ridge, p.t),
    over=Domain.around(HERE, top=(0.1, 10.0), ridge=(0.1, 10.0), t=(0, 40)),
    points=48,
    within=1e-12,
    twin=Twin("exponent t", lost=1),
    source="derived",
)
def fixed_penalty_ratio(p, *, lost=0):
    """With lambda fixed the ratio of two filters is exactly (g_k/g_j)^(t+1); here D_k = D_j/2."""
    g = [square / (square + p.ridge) for square in (p.top / 2, p.top)]
    return (g[0] / g[1]) ** (p.t + 1.0 - lost)
