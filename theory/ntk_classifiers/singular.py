"""Singular kernels, A = 0 < a = A'^2: t_L/a^L -> G, Koenigs' function, G(F(t)) = a G(t)."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import Claims, Domain, Ge, Le, Scalar, Static, Twin, Whole, closed_form
from theory._neural_kernels import (
    ActivationError, Similarity, checked_activation, checked_pair, deepen, layer, ntk_diagonal,
    number, optimal, similarity_of,
)  # fmt: skip
from theory.ntk_classifiers.exponents import singular_exponent
from theory.ntk_classifiers.params import (
    Params, activation_of, each, kernels_at, output, pair_at, relative, with_diagonal,
)  # fmt: skip

__all__ = ["Koenigs", "gamma_exponent", "koenigs", "modulation", "modulation_mean"]

claim = Claims("Theorem on singular kernels (A = 0 != A')")

_SETTLED = -37.0  # log t^(k-1) below this, F = a t + p_k t^k + ..: G no longer changes
MOST_LAYERS = 200_000


def gamma_exponent(activation: object) -> Any:
    """gamma = alpha/2 = -log a/log b: G(1-s) ~ s^-gamma. Raises as :func:`singular_exponent`."""
    return singular_exponent(activation) / 2


class Koenigs(NamedTuple):
    """log G, log of G' (derivative in t), and H/G of the NTK: Theta_L/a^L = (L+1) G + H + o(1)."""

    log_g: Any
    log_g_slope: Any
    h_ratio: Any


def koenigs(activation: object, pair: Similarity) -> Koenigs:
    """Koenigs' function of F at pairs with 0 <= t <= 1, to rounding x depth.

    G(t) = lim t_L/a^L, G' = lim prod F'(t_l)/a, H/G = sum over layers of the elasticity's excess:
    h_{l+1} = h_l e_l + (l+1)(e_l - 1). Layers run until t_L is negligible; where 200,000 do not get
    there, NaN. At coinciding inputs, t = 1, all three are infinite. Raises ActivationError unless
    A = 0 != A', and where A' is so near 1 that all inputs would need more layers; ArgumentError for
    concrete pairs outside.
    """
    activation = checked_activation(activation)
    singular_exponent(activation)  # refuses the other classes
    pair = checked_pair(pair, "koenigs")
    coincide = pair.s == 0
    pair = Similarity(jnp.where(coincide, 0.5, pair.s), jnp.where(coincide, -0.7, pair.log_t))
    log_a = number(activation.log_a)
    low = _SETTLED / max(activation.next_order - 1, 1)
    concrete = not isinstance(log_a, Tracer) and not isinstance(low, Tracer)
    if concrete and float(low) / MOST_LAYERS < float(log_a):  # of jax arrays jit would trace it
        raise ActivationError(
            f"a = 1 - {-np.expm1(log_a):.3g} is so near 1 that Koenigs' function"
            f" takes {low / log_a:.0f} layers (at most {MOST_LAYERS})"
        )

    def go_on(state):
        index, pair, *_ = state
        return (index < MOST_LAYERS) & (jnp.max(pair.log_t) > low)

    def one(state):
        index, pair, log_slope, h = state
        pair, elasticity, slope = layer(activation, pair)
        # t_l is far from 0 only for finitely many layers; e - 1 is exact to 1e-16 there
        h = h * elasticity + (index + 1) * (elasticity - 1)
        return index + 1, pair, log_slope + jnp.log(slope) - log_a, h

    zeros = jnp.zeros_like(pair.s)
    start = (jnp.zeros((), dtype=int), pair, zeros, zeros)
    layers, deep, log_slope, h = jax.lax.while_loop(go_on, one, start)
    values = deep.log_t - layers * log_a, log_slope, h
    settled = deep.log_t <= low  # not so for NaN
    return Koenigs(*(jnp.where(coincide, jnp.inf, jnp.where(settled, v, jnp.nan)) for v in values))


@closed_form(example={"activation": optimal(4)})
def modulation(activation: object, log_u: Scalar) -> Any:
    """D(u) = u^gamma G(omega(u)), of period log b in log u: G(1-s) = s^-gamma (D(s) + o(1)).

    omega(u) = lim F^{oN}(1 - u b^-N), with N such that b^-N < 1e-17, for u in one period: the error
    is of order b^-N u. Raises ActivationError as :func:`koenigs`.
    """
    activation = checked_activation(activation)
    gamma = gamma_exponent(activation)
    log_b = number(activation.log_b)
    log_u = jnp.asarray(log_u, dtype=float)
    log_u = log_u - jnp.floor(jax.lax.stop_gradient(log_u / log_b)) * log_b
    layers = jnp.ceil(39.0 / log_b).astype(int)
    deep = deepen(activation, pair_at(jnp.exp(log_u - layers * log_b)), layers).pair
    return jnp.exp(number(gamma) * log_u + koenigs(activation, deep).log_g)


@closed_form(example={"activation": optimal(4)})
def modulation_mean(
    activation: object, points: Annotated[Any, Ge(2), Le(10**6), Whole, Static] = 64
) -> tuple[Any, Any]:
    """(D0, |c_1|/c_0): the mean of D over one period, and its first harmonic's relative size.

    The trapezoid rule on a periodic analytic function converges geometrically.
    """
    period = number(checked_activation(activation).log_b)
    d = modulation(activation, jnp.arange(points) / points * period)
    spectrum = jnp.fft.rfft(d) / points
    return spectrum[0].real, jnp.abs(spectrum[1]) / spectrum[0].real


# Networks, solved, against their limit


def limit_vote(run, p):
    """(y^T G(X, x), G, H/G) of one trial, and log a^L."""
    f = activation_of(p)
    infinite = koenigs(f, similarity_of(run["x"], run["z"]))
    kernel = jnp.exp(infinite.log_g)
    return run["y"] @ kernel, kernel, infinite.h_ratio, p.depth * number(f.log_a)


def vote_error(run, p, *, scaled=False):
    """Largest difference of f_L/a^L (NNGP) and its limit, relative; ``scaled``: of the vote where
    G(X, X), with diagonal 1, is solved for too."""
    limit, kernel, _, log_unit = limit_vote(run, p)
    f = output(run, "nngp", log_unit)
    if scaled:
        within = koenigs(activation_of(p), similarity_of(run["x"], run["x"])).log_g
        f = jnp.linalg.solve(with_diagonal(jnp.exp(within), 1.0), run["y"]) @ kernel
    return relative(f - limit, limit)


def ntk_vote_error(run, p):
    """The NTK's largest error over its own next order: H/G of the nearest pair over L + 1."""
    limit, kernel, h_ratio, log_unit = limit_vote(run, p)
    layers = p.depth + 1.0
    f = output(run, "ntk", log_unit + jnp.log(layers / ntk_diagonal(activation_of(p), p.depth)))
    next_order = jnp.max(h_ratio) / layers * jnp.max(jnp.sum(kernel, axis=0))
    return jnp.max(jnp.abs(f - limit)) / next_order


solved = claim.given(mode="deep", trials=64)
DEEP = Params(d=2, n=30, tests=20, votes=0, depth=60)

solved.every_trial(
    each(vote_error), name="singular_kernel_limit", at=(DEEP, DEEP.but(activation="sine",
    shape=2.676)), within=1e-9,  # a^60 G is 1e-18 x 1e6 in the training matrix, the rest rounding
    says="f_L/a^L -> y^T G(X, x), G = lim t_L/a^L, for the NNGP",
    twin=Twin("the training matrix is scaled up too", observable=each(vote_error, scaled=True)),
)  # fmt: skip
solved.every_trial(
    each(ntk_vote_error), name="singular_kernel_limit_ntk", at=(DEEP, DEEP.but(depth=240)),
    says="|f_L Theta_L(1)/((L+1) a^L) - y^T G| <= max(H/G)/(L+1) sum G", within=1.0 + 1e-6,
    source="Theorem on singular kernels (A = 0 != A'), the NTK",
    twin=Twin("the error is a hundredth of that", bound=0.01),
)  # fmt: skip

# Rates


@jax.jit
def koenigs_at(p):
    """Koenigs' function of the activation and at the pair that params name."""
    return koenigs(activation_of(p), pair_at(p.s))


@claim.scaling(
    2.0, name="singular_exponent", size=lambda p: 1 / p.s, within=1e-3,
    along=[Params(s=s, d=4) for s in (1e-4, 1e-6, 1e-8, 1e-10, 1e-12)],
    why="the log-periodic factor (5e-8 at d = 4) and F''(1) s/2 at s = 1e-4",
    twin=Twin("alpha = -log a/log b: s mistaken for the distance", exponent=1.0),
)  # fmt: skip
def g_value(p):
    """G(1-s) ~ s^-gamma, gamma = alpha/2 = -log a/log b.

    Theorem on singular kernels, exponent
    """
    return float(jnp.exp(koenigs_at(p).log_g))


@claim.limit(
    g_value, along=[Params(d=2, s=0.5, depth=depth) for depth in (6, 9, 12, 15, 18)],
    size=lambda p: 2.0**p.depth, rate=-2.0,  # a = 1/2, degrees 1 and 3: the middle one is 0
    within=0.01, why="the next order is a^L, 1.6 % at the first rung", last_gap=1e-9,
    twin=Twin("the next degree is 2", exponent=-1.0),
)  # fmt: skip
def singular_kernel_rate(p):
    """t_L/a^L - G ~ a^{L(k-1)}, k the next degree of F.

    derived: see koenigs
    """
    log_a = number(activation_of(p).log_a)
    return float(jnp.exp(kernels_at(p, p.depth).log_nngp - p.depth * log_a))


@claim.scaling(
    -1.0, along=[Params(d=4, s=0.5, depth=depth) for depth in (39, 79, 159, 319)],
    size=lambda p: p.depth + 1, within=1e-4, why="the remainder is exponentially small in L",
    twin=Twin(
        "the NTK's error is a^L, as the NNGP's",
        value=lambda p: abs(singular_kernel_rate(p) / g_value(p) - 1),
        rungs=tuple(Params(d=4, s=0.5, depth=depth) for depth in (2, 5, 11, 23)),
    ),
)  # fmt: skip
def singular_kernel_ntk_rate(p):
    """Theta_L/((L+1) a^L G) - 1 = (H/G)/(L+1): the NTK converges as 1/L only.

    derived: see koenigs
    """
    log_unit = p.depth * number(activation_of(p).log_a) + jnp.log(p.depth + 1.0)
    return float(jnp.expm1(kernels_at(p, p.depth).log_ntk - log_unit - koenigs_at(p).log_g))


@claim.identity(
    1.0, points=32, within=1e-8,
    over=Domain.around(
        Params(d=3), activation={"sine", "erf", "optimal", "geometric"}, shape=(0.25, 0.9),
        s=(1e-14, 1e-10),
    ),
    why="relative correction F''(1) s/2 of order 1e-9; rounding in G is 1e-12",
    twin=Twin("the exponent is twice that", rhs=lambda p: float(activation_of(p).slope_at_zero)),
)  # fmt: skip
@jax.jit
def singular_exponent_of_every_family(p):
    """a G(1 - s/b) = G(1 - s) as s -> 0.

    Theorem on singular kernels, exponent
    """
    a, b = (number(x) for x in (activation_of(p).slope_at_zero, activation_of(p).slope_at_one))
    # immune to the log-periodic factor
    return a * jnp.exp(koenigs_at(p.but(s=p.s / b)).log_g - koenigs_at(p).log_g)
