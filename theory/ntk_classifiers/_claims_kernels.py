"""Claims about duals, the depth recursion, nearest neighbours and singular kernels."""

import jax
import jax.numpy as jnp

from theory import Domain, Equals, Identity, Limit, PerTrial, Scaling, Twin
from theory.ntk_classifiers._depth import Similarity, deepen
from theory.ntk_classifiers._limits import koenigs, log_boettcher
from theory.ntk_classifiers._params import Params, activation_of
from theory.ntk_classifiers._quadrature import (
    moments_by_quadrature,
    moments_of_dual,
    one_layer_ntk_skewness,
)

SMOOTH = frozenset({"sine", "cosine", "centred_cosine", "erf", "gaussian", "optimal", "hermite_3"})


def _pair(params) -> Similarity:
    return Similarity(params.s, jnp.log1p(-params.s))


@jax.jit
def _quadrature(params):
    return moments_by_quadrature(activation_of(params), 1 - params.s)


@jax.jit
def _quadrature_unsquared(params):
    moments = moments_by_quadrature(activation_of(params), 1 - params.s)
    return moments.at[1].set(jnp.sqrt(moments[1]))


@jax.jit
def _closed(params):
    return moments_of_dual(activation_of(params), 1 - params.s)


def ntk(params):
    """Theta_L at the pair of params."""
    return jnp.exp(_kernels(params).log_ntk)


@jax.jit
def _kernels(params):
    return deepen(activation_of(params), _pair(params), params.depth)


@jax.jit
def _koenigs(params):
    return koenigs(activation_of(params), _pair(params))


def _late_derivative(params):
    """The wrong recursion Theta_1 = t_1 + Theta_0 F'(t_1)."""
    activation = activation_of(params)
    first = activation.dual(1 - params.s)
    return first + (1 - params.s) * activation.dual_derivative(first)


def _first_layer_frozen(params):
    """Theta_2 from Theta_0 = 0."""
    activation = activation_of(params)
    first = activation.dual(1 - params.s)
    return activation.dual(first) + first * activation.dual_derivative(first)


def _one_layer_skewness(params):
    return one_layer_ntk_skewness(activation_of(params), 1 - params.s, params.width)


DUAL = (
    Identity(
        name="dual_activation_moments",
        source="Section 2, dual activations",
        statement="F(0) = A^2, F'(0) = A'^2, F'(1) = B', dual(phi') = F'",
        lhs=_quadrature,
        rhs=_closed,
        domain=Domain.of(
            Params, activation=SMOOTH, shape=(0.25, 1.25), d=4, s=(0.05, 1.0), n=1, tests=1,
            votes=0, depth=1, width=1, ridge=0.0, eta=0.5, alpha=1.0,
        ),
        points=48,
        tolerance=1e-12,
        tolerance_reason="150-node Gauss-Hermite quadrature in two dimensions: 22500 roundings; "
        "past shape 1.25 the nodes no longer resolve erf and exp(-c x^2) to rounding",
        scale=lambda p: jnp.maximum(1.0, _closed(p)[2]),
        evaluators=("jax",),
        twin=Twin("F'(0) = A', not squared", lhs=_quadrature_unsquared),
    ),
    Equals(
        name="ntk_recursion",
        source="Section 2, NTK recursion at one hidden layer",
        statement="E[empirical NTK of width w] = Theta_1 at every width w, L = 1",
        observable="ntk",
        prediction=lambda p: float(ntk(p)),
        tolerance=lambda p: 0.1 * float(ntk(p)),
        tolerance_reason="exact at any width; 10 % asked for (the twin is half of it)",
        skewness=_one_layer_skewness,
        mode="one_layer",
        cases=tuple(
            Params(activation="sine", shape=4.0, s=0.25, depth=1, width=w) for w in (64, 256)
        ),
        planned_trials=4096,
        twin=Twin("derivative taken one layer late", prediction=_late_derivative),
    ),
    Equals(
        name="ntk_recursion_two_layers",
        quick="its twin lies 1.4 tolerances off: the asymptotic rule wants over 4096 trials",
        source="Section 2, NTK recursion; rate derived: width expansion",
        statement="empirical NTK of width w, two hidden layers: Theta_2 + O(1/w)",
        observable="ntk",
        prediction=lambda p: float(ntk(p)),
        statistic="median",
        tolerance=lambda p: 8.0 / p.width,
        tolerance_reason="mean off by .42/w (measured at w = 8 and 32), median off the mean by a "
        "sixth of skewness x standard deviation, also of order 1/w",
        mode="two_layers",
        cases=tuple(
            Params(activation="leaky_relu", shape=0.0, s=0.5, depth=2, width=w) for w in (64, 32)
        ),
        planned_trials=2048,
        twin=Twin("Theta_0 = 0: the first layer is not trained", prediction=_first_layer_frozen),
    ),
    Scaling(
        name="ntk_bias_falls_as_one_over_width",
        source="Section 2, NTK recursion; rate derived: see two_layer_ntk_given_first",
        statement="E[empirical NTK of width w] - Theta_2 ~ 1/w, two hidden layers",
        value="bias",
        mode="two_layers_bias",
        trials_per_rung=16_384,
        rungs=tuple(
            Params(activation="leaky_relu", shape=0.0, s=0.5, depth=2, width=w)
            for w in (32, 64, 128, 256)
        ),
        size=lambda p: p.width,
        exponent=-1.0,
        tolerance=0.06,
        tolerance_reason="a next order of twice the first's constant, 2/w^2, is 6 % at w = 32",
        twin=Twin("the bias is of the order of the standard deviation", exponent=-0.5),
    ),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------
# Nearest neighbour


@jax.jit
def _log_depth_eight(params):
    return _kernels_at(params, 8)


def _kernels_at(params, depth):
    return deepen(activation_of(params), _pair(params), depth).log_nngp


@jax.jit
def _boettcher_at_eight(params):
    activation = activation_of(params)
    m = activation.order
    log_beta = log_boettcher(activation, _pair(params))
    leading = jnp.log(jnp.asarray(activation.leading, dtype=float))
    return float(m) ** 8 * log_beta - leading / (m - 1)


@jax.jit
def _geometric_decay(params):
    first, second = _kernels_at(params, 1), _kernels_at(params, 2)
    return first + 7 * (second - first)


NEAREST = (
    PerTrial(
        name="one_nearest_neighbour",
        source="Theorem on 1-nearest neighbour (A = A' = 0)",
        statement="A = A' = 0: sign f_L(x) = label of the nearest point once it is told apart",
        observable="wrong",
        bound=0.5,
        mode="nearest_neighbour",
        cases=(
            Params(activation="centred_cosine", shape=3.0, d=2, n=40, tests=20, votes=0, depth=14),
            Params(activation="hermite_3", d=2, n=40, tests=20, votes=0, depth=10),
        ),
        planned_trials=256,
        twin=Twin("the rule is the singular-kernel vote", observable="wrong_if_singular"),
    ),
    Identity(
        name="one_nearest_neighbour_rate",
        source="derived: see log_boettcher",
        statement="log t_8 = m^8 log beta - log(p_m)/(m-1), beta(F) = beta^m",
        lhs=_log_depth_eight,
        rhs=_boettcher_at_eight,
        domain=Domain.of(
            Params, activation="centred_cosine", shape=(0.5, 6.0), s=(0.2, 0.9), d=1, n=1,
            tests=1, votes=0, depth=8, width=1, ridge=0.0, eta=0.5, alpha=1.0,
        ),
        tolerance=1e-11,
        tolerance_reason="the o(1) is of order t_8 < 1e-30 here; the roundings of log t double "
        "with each layer, as log t does, so they stay relative",
        twin=Twin("t_L decays geometrically", rhs=_geometric_decay),
    ),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------
# Singular kernels


@jax.jit
def _scaled_nngp(params):
    activation = activation_of(params)
    log_a = jnp.log(jnp.asarray(activation.slope_at_zero, dtype=float))
    return jnp.exp(_kernels_at(params, params.depth) - params.depth * log_a)


def _depth_scale(params):
    return float(activation_of(params).slope_at_zero) ** -float(params.depth)


@jax.jit
def _ntk_excess(params):
    activation = activation_of(params)
    log_a = jnp.log(jnp.asarray(activation.slope_at_zero, dtype=float))
    log_ntk = deepen(activation, _pair(params), params.depth).log_ntk
    log_g = koenigs(activation, _pair(params)).log_g
    return jnp.expm1(log_ntk - log_g - params.depth * log_a - jnp.log(params.depth + 1.0))


@jax.jit
def _nngp_excess(params):
    return jnp.abs(_scaled_nngp(params) / jnp.exp(_koenigs(params).log_g) - 1)


def _diagonal_rungs(**fields):
    return tuple(Params(s=s, **fields) for s in (1e-4, 1e-6, 1e-8, 1e-10, 1e-12))


def _g_value(params):
    return float(jnp.exp(_koenigs(params).log_g))


def _schroeder_step(params):
    """a G(1 - s/b)/G(1 - s): immune to the log-periodic factor."""
    activation = activation_of(params)
    b = jnp.asarray(activation.slope_at_one, dtype=float)
    closer = Similarity(params.s / b, jnp.log1p(-params.s / b))
    ratio = koenigs(activation, closer).log_g - koenigs(activation, _pair(params)).log_g
    return jnp.asarray(activation.slope_at_zero, dtype=float) * jnp.exp(ratio)


SINGULAR = (
    PerTrial(
        name="singular_kernel_limit",
        source="Theorem on singular kernels (A = 0 != A')",
        statement="f_L/a^L -> y^T G(X, x), G = lim t_L/a^L, for the NNGP",
        observable="error",
        bound=1e-9,  # a^60 G is 1e-18 x 1e6 in the training matrix, the rest is rounding
        mode="singular_kernel",
        cases=(
            Params(d=2, n=30, tests=20, votes=0, depth=60),
            Params(activation="sine", shape=2.676, d=2, n=30, tests=20, votes=0, depth=60),
        ),
        planned_trials=64,
        twin=Twin("the training matrix is scaled up too", observable="error_if_scaled"),
    ),
    PerTrial(
        name="singular_kernel_limit_ntk",
        source="Theorem on singular kernels (A = 0 != A'), the NTK",
        statement="|f_L Theta_L(1)/((L+1) a^L) - y^T G| <= max(H/G)/(L+1) sum G",
        observable="ntk_error",
        bound=1.0 + 1e-6,
        mode="singular_kernel",
        cases=(
            Params(d=2, n=30, tests=20, votes=0, depth=60),
            Params(d=2, n=30, tests=20, votes=0, depth=240),
        ),
        planned_trials=64,
        twin=Twin("the error is a hundredth of that", bound=0.01),
    ),
    Limit(
        name="singular_kernel_rate",
        source="derived: see koenigs",
        statement="t_L/a^L - G ~ a^{L(k-1)}, k the next degree of F",
        value=lambda p: float(_scaled_nngp(p)),
        rungs=tuple(Params(d=2, s=0.5, depth=depth) for depth in (6, 9, 12, 15, 18)),
        size=_depth_scale,
        exponent=-2.0,  # phi_2 has the degrees 1 and 3: its middle coefficient is 0
        tolerance=0.01,
        tolerance_reason="the next order is a^L, 1.6 % at the first rung",
        limit=_g_value,
        last_gap=1e-9,
        twin=Twin("the next degree is 2", exponent=-1.0),
    ),
    Scaling(
        name="singular_kernel_ntk_rate",
        source="derived: see koenigs",
        statement="Theta_L/((L+1) a^L G) - 1 = (H/G)/(L+1): the NTK converges as 1/L only",
        value=lambda p: float(_ntk_excess(p)),
        rungs=tuple(Params(d=4, s=0.5, depth=depth) for depth in (39, 79, 159, 319)),
        size=lambda p: p.depth + 1,
        exponent=-1.0,
        tolerance=1e-4,
        tolerance_reason="the remainder is exponentially small in L",
        twin=Twin("the NTK's error is a^L, as the NNGP's", value=_nngp_excess,
                  rungs=tuple(Params(d=4, s=0.5, depth=depth) for depth in (2, 5, 11, 23))),
    ),
    Scaling(
        name="singular_exponent",
        source="Theorem on singular kernels, exponent",
        statement="G(1-s) ~ s^-gamma, gamma = alpha/2 = -log a/log b",
        value=_g_value,
        rungs=_diagonal_rungs(d=4),
        size=lambda p: 1 / p.s,
        exponent=2.0,
        tolerance=1e-3,
        tolerance_reason="the log-periodic factor (5e-8 at d = 4) and F''(1) s/2 at s = 1e-4",
        twin=Twin("alpha = -log a/log b: s mistaken for the distance", exponent=1.0),
    ),
    Identity(
        name="singular_exponent_of_every_family",
        source="Theorem on singular kernels, exponent",
        statement="a G(1 - s/b) = G(1 - s) as s -> 0",
        lhs=jax.jit(_schroeder_step),
        rhs=lambda p: 1.0,
        domain=Domain.of(
            Params, activation={"sine", "erf", "optimal", "geometric"}, shape=(0.25, 0.9),
            s=(1e-14, 1e-10), d=3, n=1, tests=1, votes=0, depth=1, width=1, ridge=0.0, eta=0.5,
            alpha=1.0,
        ),
        points=32,
        tolerance=1e-8,
        tolerance_reason="relative correction F''(1) s/2 of order 1e-9; rounding in G is 1e-12",
        twin=Twin("the exponent is twice that", rhs=lambda p: float(
            activation_of(p).slope_at_zero)),
    ),
)  # fmt: skip
