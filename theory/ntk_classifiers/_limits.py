"""Infinite depth: what t_L and Theta_L tend to, and how fast.

Depth iterates a probability generating function F (Athreya & Ney, Branching Processes, ch. I):

* A = 0 < a = A'^2: t_L/a^L -> G, Koenigs' function, G(F(t)) = a G(t): singular kernel;
* A = A' = 0, lowest degree m: log t_L = m^L log beta - log(p_m)/(m-1) + o(1), Boettcher's beta;
* A != 0, B' > 1: t_L -> c, the fixed point in (0, 1), at rate lambda = F'(c);
* A != 0, B' = 1: 1 - t_L ~ (2/c L)^2 (ReLU) or 2/(F''(1) L) (smooth);
* A != 0, B' < 1: (1 - t_L)/B'^L -> sigma.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from theory import log, pi, rational, sqrt
from theory.ntk_classifiers._activations import Activation
from theory.ntk_classifiers._depth import Similarity, step

_SETTLED = -42.0  # log t below this: t^(k-1) is under 1e-18, so G no longer changes
_MOST_LAYERS = 20_000


def gamma_exponent(activation: Activation) -> Any:
    """gamma = -log a/log b, half the singular exponent: G(1-s) ~ s^-gamma."""
    return -log(activation.slope_at_zero) / log(activation.slope_at_one)


class Koenigs(NamedTuple):
    """log G, log of G' (derivative in t), and H/G of the NTK: Theta_L/a^L = (L+1) G + H + o(1)."""

    log_g: Any
    log_g_slope: Any
    h_ratio: Any


def koenigs(activation: Activation, pair: Similarity) -> Koenigs:
    """Koenigs' function of F at pairs with 0 < s, 0 < t, to rounding x depth.

    G(t) = lim t_L/a^L, G' = lim prod F'(t_l)/a, H/G = sum over layers of the elasticity's excess:
    h_{l+1} = h_l e_l + (l+1)(e_l - 1). Layers run until t_L is negligible (at most 20,000).
    """
    shape = jnp.broadcast_shapes(jnp.shape(pair.s), jnp.shape(pair.log_t))
    s = jnp.broadcast_to(jnp.asarray(pair.s, dtype=float), shape)
    log_t = jnp.broadcast_to(jnp.asarray(pair.log_t, dtype=float), shape)
    log_a = jnp.log(jnp.asarray(activation.slope_at_zero, dtype=float))

    def go_on(state):
        layer, pair, *_ = state
        return (layer < _MOST_LAYERS) & (jnp.max(pair.log_t) > _SETTLED)

    def layer(state):
        index, pair, log_slope, h = state
        pair, elasticity, slope = step(activation, pair)
        # t_l is far from 0 only for finitely many layers; e - 1 is exact to 1e-16 there
        h = h * elasticity + (index + 1) * (elasticity - 1)
        return index + 1, pair, log_slope + jnp.log(slope) - log_a, h

    start = (jnp.zeros((), dtype=int), Similarity(s, log_t), jnp.zeros(shape), jnp.zeros(shape))
    layers, pair, log_slope, h = jax.lax.while_loop(go_on, layer, start)
    return Koenigs(pair.log_t - layers * log_a, log_slope, h)


def modulation(activation: Activation, log_u: Any) -> Any:
    """D(u) = u^gamma G(omega(u)), of period log b in log u: G(1-s) = s^-gamma (D(s) + o(1)).

    omega(u) = lim F^{oN}(1 - u b^-N), with N such that b^-N < 1e-17; the error is of order b^-N u.
    """
    log_b = jnp.log(jnp.asarray(activation.slope_at_one, dtype=float))
    layers = jnp.ceil(39.0 / log_b).astype(int)
    log_s = jnp.asarray(log_u) - layers * log_b
    pair = Similarity(jnp.exp(log_s), jnp.log1p(-jnp.exp(log_s)))
    pair = jax.lax.fori_loop(0, layers, lambda _, p: step(activation, p)[0], pair)
    log_g = koenigs(activation, pair).log_g
    return jnp.exp(gamma_exponent(activation) * log_u + log_g)


def modulation_mean(activation: Activation, points: int = 64) -> tuple[Any, Any]:
    """(D0, |c_1|/c_0): the mean of D over one period, and its first harmonic's relative size.

    The trapezoid rule on a periodic analytic function converges geometrically.
    """
    period = jnp.log(jnp.asarray(activation.slope_at_one, dtype=float))
    d = modulation(activation, jnp.arange(points) / points * period)
    spectrum = jnp.fft.rfft(d) / points
    return spectrum[0].real, jnp.abs(spectrum[1]) / spectrum[0].real


def log_boettcher(activation: Activation, pair: Similarity, layers: int = 40) -> Any:
    """log beta(t) for A = A' = 0: beta(F(t)) = beta(t)^m, with m the lowest degree of F.

    Error of order t_N/m^N with N = ``layers``: nothing for s > 1e-9, since t_N is doubly small.
    """
    m = activation.order
    pair = jax.lax.fori_loop(0, layers, lambda _, p: step(activation, p)[0], pair)
    leading = jnp.log(jnp.asarray(activation.leading, dtype=float))
    return (pair.log_t + leading / (m - 1)) / float(m) ** layers


class FixedPoint(NamedTuple):
    """c with F(c) = c in (0, 1), lambda = F'(c), and F''(c)."""

    c: Any
    rate: Any
    curvature: Any


def fixed_point(activation: Activation) -> FixedPoint:
    """The attracting fixed point for A != 0, B' > 1, by Newton's method from 0.

    F is convex, so the iterates rise to c and never pass it.
    """

    def newton(_, t):
        return t - (activation.dual(t) - t) / (activation.dual_derivative(t) - 1)

    c = jax.lax.fori_loop(0, 100, newton, jnp.zeros(()))
    curvature = jax.grad(lambda t: activation.dual_derivative(t))(c)
    return FixedPoint(c, activation.dual_derivative(c), curvature)


def kappa(activation: Activation, pair: Similarity) -> Any:
    """lim (t_L - c)/lambda^L, kappa(F) = lambda kappa, kappa'(c) = 1; A != 0, B' > 1.

    Layers run until |t_L - c| < 1e-5, where the second-order term of kappa finishes: 1e-10.
    """
    c, rate, curvature = fixed_point(activation)

    def go_on(state):
        layers, pair = state
        return (layers < _MOST_LAYERS) & jnp.any(jnp.abs(jnp.exp(pair.log_t) - c) > 1e-5)

    def layer(state):
        layers, pair = state
        return layers + 1, step(activation, pair)[0]

    layers, pair = jax.lax.while_loop(go_on, layer, (jnp.zeros((), dtype=int), pair))
    x = jnp.exp(pair.log_t) - c
    return (x + curvature / (2 * rate * (1 - rate)) * x**2) * jnp.exp(-layers * jnp.log(rate))


def sigma(activation: Activation, pair: Similarity, layers: int = 200) -> Any:
    """lim (1 - t_L)/B'^L for B' < 1, in log space: exact to rounding once B'^layers < 1e-16."""
    log_b = jnp.log(jnp.asarray(activation.slope_at_one, dtype=float))

    def layer(_, state):
        pair, scaled = state
        fall = step(activation, pair)[0]
        return fall, scaled + jnp.log(fall.s) - jnp.log(pair.s) - log_b

    # s itself underflows near layer 700/|log b|; the ratio is 1 to all digits long before
    enough = jnp.minimum(layers, (600.0 / -log_b).astype(int))
    _, scaled = jax.lax.fori_loop(0, enough, layer, (pair, jnp.log(pair.s)))
    return jnp.exp(scaled)


# ---------------------------------------------------------------------------------------------
# ReLU, critical: second order


def relu_constant() -> Any:
    """c = 2 sqrt 2/(3 pi): s' = s - c s^{3/2} (1 + s/20 + ...)."""
    return 2 * sqrt(2) / (3 * pi)


def relu_height(s: Any) -> Any:
    """x = 2/(c sqrt s), which grows by 1 + (3/2)/x + ... a layer."""
    return 2 / (relu_constant() * sqrt(s))


def relu_rho(s_at_depth: Any, depth: Any) -> Any:
    """rho(t) = lim x_L - L - (3/2) ln x_L from the pair's s at depth L; error O(1/L^2).

    The increments' next term, 5/2 + 1/(5 c^2) - 3/2 over x^2, sums to (1 + 1/(5 c^2))/x_L.
    """
    x = relu_height(s_at_depth)
    correction = 1 + 1 / (5 * relu_constant() ** 2)
    return x - depth - rational(3, 2) * log(x) + correction / x


def relu_ntk_share(depth: Any, rho: Any) -> Any:
    """Theta_L/(L+1) = 1/4 + ((3/8) ln L + rho/4 - 3/8)/L + o(1/L), off the diagonal."""
    return rational(1, 4) + (rational(3, 8) * log(depth) + rho / 4 - rational(3, 8)) / depth


# ---------------------------------------------------------------------------------------------
# Majority vote: values of the classifier before its sign


def majority_value(share: Any, n: Any, votes: Any) -> Any:
    """y^T ((1-q) I + q J)^{-1} q 1 = q S/(1 - q + n q): off-diagonal share q of the diagonal.

    q = c for the supercritical NNGP, 1 for critical NNGP, 1/4 for ReLU's NTK, 1/3 for smooth
    critical NTK.
    """
    return share * votes / (1 - share + n * share)


def majority_label(votes: int) -> int:
    """The label that majority vote gives every input. ValueError for balanced labels, S = 0."""
    if votes == 0:
        raise ValueError(
            "ntk_classifiers: votes = 0: balanced labels: the next-order classifier decides, see"
            " claims balanced_tie_break and balanced_tie_break_relu"
        )
    return 1 if votes > 0 else -1


def ridge_majority_value(kernel_value: Any, ridge: Any, n: Any, votes: Any) -> Any:
    """kappa S/(ridge + n kappa): subcritical with ridge; kappa = 1/(1-B') (NTK) or 1 (NNGP)."""
    return kernel_value * votes / (ridge + n * kernel_value)
