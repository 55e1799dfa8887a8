"""Infinite depth: what t_L and Theta_L tend to, and how fast.

Depth iterates a probability generating function F (Athreya & Ney, Branching Processes, ch. I):

* A = 0 < a = A'^2: t_L/a^L -> G, Koenigs' function, G(F(t)) = a G(t): singular kernel;
* A = A' = 0, lowest degree m: log t_L = m^L log beta - log(p_m)/(m-1) + o(1), Boettcher's beta;
* A != 0, B' > 1: t_L -> c, the fixed point in (0, 1), at rate lambda = F'(c);
* A != 0, B' = 1: 1 - t_L ~ (2/c L)^2 (ReLU) or 2/(F''(1) L) (smooth);
* A != 0, B' < 1: (1 - t_L)/B'^L -> sigma.
"""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import (
    Ge,
    Gt,
    Le,
    Scalar,
    Static,
    Whole,
    closed_form,
    log,
    own_checks,
    pi,
    rational,
    sqrt,
)
from theory.ntk_classifiers._activations import (
    Activation,
    ActivationError,
    checked_activation,
    log_slope_at_one,
    log_slope_at_zero,
    singular_exponent,
)
from theory.ntk_classifiers._depth import Similarity, checked_pair, layer
from theory.ntk_classifiers._polynomials import hermite, optimal, polynomial

_SETTLED = -37.0  # log t^(k-1) below this, F = a t + p_k t^k + ..: G no longer changes
_MOST_LAYERS = 200_000


def gamma_exponent(activation: object) -> Any:
    """gamma = -log a/log b, half the singular exponent: G(1-s) ~ s^-gamma.

    Raises ActivationError as :func:`singular_exponent`.
    """
    return singular_exponent(activation) / 2


def _float(constant: Any) -> Any:
    return jnp.asarray(float(constant) if hasattr(constant, "resolve") else constant, dtype=float)


def _log_b(activation: Activation) -> Any:
    return _float(log_slope_at_one(activation))


def _of_order_0(activation: object, growing: bool) -> Activation:
    """The activation. ActivationError unless A != 0 and B' > 1 (growing) or B' < 1."""
    activation = checked_activation(activation)
    b, wanted = activation.slope_at_one, "B' > 1" if growing else "B' < 1"
    known = not isinstance(b, Tracer)
    if activation.order or (known and not (float(b) > 1 if growing else float(b) < 1)):
        raise ActivationError(
            f"ntk_classifiers: {activation.name} has no such limit: it needs A != 0 and {wanted}"
        )
    return activation


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
    log_a = _float(log_slope_at_zero(activation))
    low = _SETTLED / max(activation.next_order - 1, 1)
    concrete = not isinstance(log_a, Tracer) and not isinstance(low, Tracer)
    if concrete and float(low) / _MOST_LAYERS < float(log_a):  # of jax arrays jit would trace it
        raise ActivationError(
            f"ntk_classifiers: a = 1 - {-np.expm1(log_a):.3g} is so near 1 that Koenigs' function"
            f" takes {low / log_a:.0f} layers (at most {_MOST_LAYERS})"
        )

    def go_on(state):
        index, pair, *_ = state
        return (index < _MOST_LAYERS) & (jnp.max(pair.log_t) > low)

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
    log_b = _log_b(activation)
    log_u = jnp.asarray(log_u, dtype=float)
    log_u = log_u - jnp.floor(jax.lax.stop_gradient(log_u / log_b)) * log_b
    layers = jnp.ceil(39.0 / log_b).astype(int)
    log_s = log_u - layers * log_b
    pair = Similarity(jnp.exp(log_s), jnp.log1p(-jnp.exp(log_s)))
    pair = jax.lax.fori_loop(0, layers, lambda _, p: layer(activation, p)[0], pair)
    log_g = koenigs(activation, pair).log_g
    return jnp.exp(_float(gamma) * log_u + log_g)


@closed_form(example={"activation": optimal(4)})
def modulation_mean(
    activation: object, points: Annotated[Any, Ge(2), Le(10**6), Whole, Static] = 64
) -> tuple[Any, Any]:
    """(D0, |c_1|/c_0): the mean of D over one period, and its first harmonic's relative size.

    The trapezoid rule on a periodic analytic function converges geometrically.
    """
    activation = checked_activation(activation)
    period = _log_b(activation)
    d = modulation(activation, jnp.arange(points) / points * period)
    spectrum = jnp.fft.rfft(d) / points
    return spectrum[0].real, jnp.abs(spectrum[1]) / spectrum[0].real


@closed_form(example={"activation": hermite(2), "pair": Similarity(0.5, -0.7)})
def log_boettcher(
    activation: object,
    pair: Similarity,
    layers: Annotated[Any, Ge(1), Le(500), Whole, Static] = 40,
) -> Any:
    """log beta(t) for A = A' = 0: beta(F(t)) = beta(t)^m, with m the lowest degree of F.

    Error of order t_N/m^N with N = ``layers``: nothing for s > 1e-9, since t_N is doubly small.
    Raises ActivationError for other classes, ArgumentError for concrete pairs outside.
    """
    activation = checked_activation(activation)
    m = activation.order
    if m < 2:
        raise ActivationError(f"ntk_classifiers: {activation.name} has not A = A' = 0")
    pair = checked_pair(pair, "log_boettcher")
    pair = jax.lax.fori_loop(0, layers, lambda _, p: layer(activation, p)[0], pair)
    leading = jnp.log(_float(activation.leading))
    return (pair.log_t + leading / (m - 1)) / float(m) ** layers


class FixedPoint(NamedTuple):
    """c with F(c) = c in (0, 1), lambda = F'(c), and F''(c)."""

    c: Any
    rate: Any
    curvature: Any


def fixed_point(activation: object) -> FixedPoint:
    """The attracting fixed point for A != 0, B' > 1, by Newton's method from 0.

    F is convex, so the iterates rise to c and never pass it. Raises ActivationError for others.
    """
    activation = _of_order_0(activation, growing=True)

    def newton(_, t):
        return t - (activation.dual(t) - t) / (activation.dual_derivative(t) - 1)

    c = jax.lax.fori_loop(0, 100, newton, jnp.zeros(()))
    c = jnp.where(_float(activation.slope_at_one) > 1, c, jnp.nan)
    curvature = jax.grad(lambda t: activation.dual_derivative(t))(c)
    return FixedPoint(c, activation.dual_derivative(c), curvature)


def kappa(activation: object, pair: Similarity) -> Any:
    """lim (t_L - c)/lambda^L, kappa(F) = lambda kappa, kappa'(c) = 1; A != 0, B' > 1.

    Layers run until |t_L - c| < 1e-5, where the second-order term of kappa finishes: 1e-10; where
    200,000 do not get there, NaN. Infinite at coinciding inputs. Raises ActivationError for other
    classes, ArgumentError for concrete pairs outside.
    """
    activation = _of_order_0(activation, growing=True)
    c, rate, curvature = fixed_point(activation)
    pair = checked_pair(pair, "kappa")
    coincide = pair.s == 0
    pair = Similarity(jnp.where(coincide, 0.5, pair.s), jnp.where(coincide, -0.7, pair.log_t))

    def far(pair):
        return jnp.abs(1 - pair.s - c) > 1e-5

    def go_on(state):
        layers, pair = state
        return (layers < _MOST_LAYERS) & jnp.any(far(pair))

    def one(state):
        layers, pair = state
        return layers + 1, layer(activation, pair)[0]

    layers, pair = jax.lax.while_loop(go_on, one, (jnp.zeros((), dtype=int), pair))
    x = 1 - pair.s - c
    value = (x + curvature / (2 * rate * (1 - rate)) * x**2) * jnp.exp(-layers * jnp.log(rate))
    return jnp.where(coincide, jnp.inf, jnp.where(far(pair), jnp.nan, value))


@closed_form(example={"activation": polynomial([0.6, 0.4]), "pair": Similarity(0.5, -0.7)})
def sigma(
    activation: object,
    pair: Similarity,
    layers: Annotated[Any, Ge(1), Le(_MOST_LAYERS), Whole, Static] = _MOST_LAYERS,
) -> Any:
    """lim (1 - t_L)/B'^L for B' < 1: the product of the layers' (1 - t_{l+1})/(B' (1 - t_l)).

    Layers run until B'^L < 1e-17, at most ``layers``. Raises ActivationError unless A != 0 and
    B' < 1, ArgumentError for concrete pairs outside.
    """
    activation = _of_order_0(activation, growing=False)
    pair = checked_pair(pair, "sigma")
    log_b = _log_b(activation)
    near = pair.s < 1e-100  # sigma = s there, to all digits
    start = Similarity(jnp.where(near, 0.5, pair.s), jnp.where(near, -0.7, pair.log_t))

    def one(_, state):
        pair, scaled = state
        fall = layer(activation, pair)[0]
        return fall, scaled + jnp.log(fall.s) - jnp.log(pair.s) - log_b

    enough = jnp.minimum(layers, jnp.ceil(40.0 / -log_b).astype(int))
    _, scaled = jax.lax.fori_loop(0, enough, one, (start, jnp.log(start.s)))
    value = jnp.where(near, pair.s, jnp.exp(scaled))
    return jnp.where(log_b < 0, value, jnp.nan)


# ---------------------------------------------------------------------------------------------
# ReLU, critical: second order


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


# ---------------------------------------------------------------------------------------------
# Majority vote: values of the classifier before its sign

Share = Annotated[Scalar, Ge(0), Le(1)]
Count = Annotated[Scalar, Ge(1), Le(1e15)]
_VOTES = ("exceeds n in size: it is a sum of n labels", lambda votes, n: abs(votes) <= n)


@closed_form(example={"votes": 4, "n": 10}, votes=_VOTES)
def majority_value(share: Share, n: Count, votes: Scalar) -> Any:
    """y^T ((1-q) I + q J)^{-1} q 1 = q S/(1 - q + n q): off-diagonal share q of the diagonal.

    q = c for the supercritical NNGP, 1 for critical NNGP, 1/4 for ReLU's NTK, 1/3 for smooth
    critical NTK.
    """
    return share * votes / (1 - share + n * share)


@own_checks("a label, or an error that says why there is none")
def majority_label(votes: int) -> int:
    """The label that majority vote gives every input.

    Raises ValueError for balanced labels, S = 0, and for what is no number.
    """
    if not isinstance(votes, (int, float, np.number)) or isinstance(votes, bool) or votes != votes:
        raise ValueError(f"ntk_classifiers: votes = {votes!r} is not a number")
    if votes == 0:
        raise ValueError(
            "ntk_classifiers: votes = 0: balanced labels: the next-order classifier decides, see"
            " claims balanced_tie_break and balanced_tie_break_relu"
        )
    return 1 if votes > 0 else -1


@closed_form(
    example={"kernel_value": 1.0, "ridge": 0.1, "votes": 4, "n": 10},
    votes=_VOTES,
    ridge=("and kernel_value are both 0", lambda ridge, kernel_value: ridge + kernel_value > 0),
)
def ridge_majority_value(
    kernel_value: Annotated[Scalar, Ge(0), Le(1e150)],
    ridge: Annotated[Scalar, Ge(0), Le(1e150)],
    n: Count,
    votes: Scalar,
) -> Any:
    """kappa S/(ridge + n kappa): subcritical with ridge; kappa = 1/(1-B') (NTK) or 1 (NNGP)."""
    return kernel_value * votes / (ridge + n * kernel_value)
