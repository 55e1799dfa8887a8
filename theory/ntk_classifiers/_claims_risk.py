"""Claims about accuracy: alpha = d, alpha > d, alpha < d, and the depth that the limit needs."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from theory import AtMost, Equals, Ordering, Scaling, Twin
from theory.ntk_classifiers._depth import Similarity
from theory.ntk_classifiers._laws import (
    CIRCLE_KAPPA,
    asymmetry_on_interval,
    bump_moments,
    chord,
    circle_c0,
    squared_weights_at_dimension,
    vote_accuracy,
    vote_accuracy_at_dimension,
)
from theory.ntk_classifiers._limits import koenigs, modulation_mean
from theory.ntk_classifiers._params import Params, activation_of


def circle_accuracy(params) -> float:
    """P(vote = +1), uniform on the circle with constant eta, at alpha = d = 1 and finite n."""
    delta = 2 * params.eta - 1
    kappa = float(CIRCLE_KAPPA)
    return float(vote_accuracy_at_dimension(delta, kappa, params.n, delta * float(circle_c0())))


def circle_squared_weights(params) -> float:
    """E sum w_i^2 in the same problem."""
    return float(squared_weights_at_dimension(float(CIRCLE_KAPPA), params.n, float(circle_c0())))


def _lamperti(params) -> float:
    return float(vote_accuracy(params.eta, params.d / params.alpha))


def _three_nearest(params) -> float:
    """P(majority of three independent labels = +1)."""
    return params.eta**2 * (3 - 2 * params.eta)


# ---------------------------------------------------------------------------------------------
# The Dirichlet problem at d = 1: a whole accuracy without simulation


def quarter_circle(angle):
    """(density over angles, eta) of the d = 1 Dirichlet problem with prior 0.4.

    The first simplex coordinate p has density .4 x 2(1-p) + .6 x 2p; p = cos/(cos + sin).
    """
    both = jnp.cos(angle) + jnp.sin(angle)
    p = jnp.cos(angle) / both
    plus, minus = 0.8 * (1 - p), 1.2 * p
    return (plus + minus) / both**2, plus / (plus + minus)


@functools.partial(jax.jit, static_argnums=(0, 2))
def _deep_accuracy(activation_name, n, points):
    activation = activation_of(Params(activation=activation_name, d=1))
    level, _ = modulation_mean(activation)
    # G(1-s) ~ s^{-1/2} D0 = sqrt 2 D0/|x-z|
    kappa0 = jnp.sqrt(2.0) * level

    def weight(gap):
        s = chord(gap) ** 2 / 2
        return jnp.exp(koenigs(activation, Similarity(s, jnp.log(jnp.cos(gap)))).log_g)

    def density(angle):
        return quarter_circle(angle)[0]

    def eta(angle):
        return quarter_circle(angle)[1]

    high = np.pi / 2

    def at(angle):
        asymmetry = asymmetry_on_interval(angle, density, eta, weight, kappa0, 0.0, high)
        g, e = density(angle), eta(angle)
        plus = vote_accuracy_at_dimension(2 * e - 1, 2 * g * kappa0, n, asymmetry, 2048)
        return plus * e + (1 - plus) * (1 - e)

    nodes, weights = np.polynomial.legendre.leggauss(points)
    angles = jnp.asarray((nodes + 1) * high / 2)
    values = jax.lax.map(at, angles)
    return jnp.sum(jnp.asarray(weights) * high / 2 * density(angles) * values)


def deep_accuracy(n, points: int = 64) -> float:
    """Accuracy of the infinitely deep phi_1 network on the d = 1 Dirichlet problem, from n alone.

    The stable law at every test point, integrated over the density: within .002 for n >= 100.
    """
    return float(_deep_accuracy("optimal", jnp.asarray(float(n)), points))


def bayes_accuracy() -> float:
    """Bayes accuracy of the d = 1 Dirichlet problem: int max(eta, 1 - eta) g.

    The threshold is p = .4: plus wins below. .4 P(p < .4 | +) + .6 P(p > .4 | -).
    """
    return 0.4 * (1 - 0.6**2) + 0.6 * (1 - 0.4**2)


CONSISTENT = (
    Equals(
        name="consistency_at_alpha_equals_d",
        source="Theorem on consistency (alpha = d), with the finite-n law derived in "
        "vote_accuracy_at_dimension",
        statement="P(vote = +1) = 1/2 + (1/pi) int e^{-pi v/2} sin(v (B - delta ln v)) dv/v",
        observable="plus",
        prediction=circle_accuracy,
        tolerance=0.005,
        tolerance_reason="the stable law's error was under .005 at n = 30 and falls with n",
        support=(0.0, 1.0),
        mode="circle_vote",
        cases=(Params(alpha=1.0, eta=0.8, n=1000), Params(alpha=1.0, eta=0.95, n=100)),
        planned_trials=60_000,
        twin=Twin("alpha = d + 1, the ambient dimension", prediction=lambda p:
                  float(vote_accuracy(p.eta, 0.5))),
    ),
    Equals(
        name="weights_at_alpha_equals_d",
        source="derived: see squared_weights_at_dimension",
        statement="E sum w_i^2 = int_0^{e^(M-1)} e^{-v (M - ln v)} dv",
        observable="squared_weights",
        prediction=circle_squared_weights,
        tolerance=0.006,
        tolerance_reason="relative error of order 1/n and ln n/n of the stable law, 5 % at n = 100",
        support=(0.0, 1.0),
        mode="circle_vote",
        cases=(Params(alpha=1.0, eta=0.8, n=1000),),
        planned_trials=60_000,
        twin=Twin("1/ln n, the leading order alone", prediction=lambda p: 1 / float(np.log(p.n))),
    ),
    Equals(
        name="consistency_of_the_deep_network",
        source="derived: see deep_accuracy",
        statement="accuracy of the deep phi_1 network (d = 1 Dirichlet problem) from n alone",
        observable="accuracy_limit",
        prediction=lambda p: deep_accuracy(p.n),
        tolerance=0.004,
        tolerance_reason="stable law at n = 100, integrated over x: within .002; D is not constant "
        "by 3e-4",
        support=(0.0, 1.0),
        cases=(Params(d=1, n=100, tests=50, depth=15),),
        planned_trials=6_000,
        twin=Twin("Bayes accuracy: the limit n -> infinity", prediction=lambda p: bayes_accuracy()),
    ),
    Equals(
        name="risk_when_alpha_exceeds_d",
        source="derived: see vote_accuracy",
        statement="alpha > d: P(vote = +1) -> 1 - [atan((z + cos pi r)/sin pi r) - (pi/2 - pi r)]"
        "/(pi r)",
        observable="plus",
        prediction=_lamperti,
        tolerance=0.008,
        tolerance_reason="finite n: the rest of the weights is of order n^(1 - alpha/d) = 1/300",
        support=(0.0, 1.0),
        mode="circle_vote",
        cases=(Params(alpha=2.0, eta=0.8, n=300), Params(alpha=3.0, eta=0.6, n=300)),
        planned_trials=90_000,
        supported_by=("lamperti_symmetry", "lamperti_density"),
        twin=Twin("3-nearest-neighbour accuracy", prediction=_three_nearest),
    ),
    Equals(
        name="weights_when_alpha_exceeds_d",
        source="derived: see vote_accuracy",
        statement="alpha > d: E sum w_i^2 -> 1 - d/alpha",
        observable="squared_weights",
        prediction=lambda p: 1 - p.d / p.alpha,
        tolerance=0.008,
        tolerance_reason="finite n, of order 1/300 at r = 1/2",
        support=(0.0, 1.0),
        mode="circle_vote",
        cases=(Params(alpha=3.0, eta=0.6, n=300),),
        planned_trials=60_000,
        twin=Twin("E sum w_i^2 -> d/alpha", prediction=lambda p: p.d / p.alpha),
    ),
    AtMost(
        name="inconsistency_when_alpha_below_d",
        source="derived: see bump_moments",
        statement="alpha = .3 < d = 1: the vote's sign is wrong with probability > .95, n = 3000",
        observable="vote",
        bound=0.0,
        delta=0.05,
        mode="bump_vote",
        cases=(Params(alpha=0.3, n=3000),),
        planned_trials=1500,
        twin=Twin("every singular kernel is consistent", observable="negated_vote"),
    ),
    Equals(
        name="smoothing_when_alpha_below_d",
        source="derived: see bump_moments",
        statement="alpha < d: f_n/n -> int (2 eta(z) - 1) g(z) G(x.z) dz",
        observable="vote",
        prediction=lambda p: bump_moments(p.alpha)[0],
        tolerance=0.004,
        tolerance_reason="exact mean at every n; 6 % asked for",
        skewness=lambda p: bump_moments(p.alpha)[1] / p.n**0.5,
        mode="bump_vote",
        cases=(Params(alpha=0.3, n=3000),),
        planned_trials=2000,
        twin=Twin("the limit is Bayes' 2 eta - 1", prediction=0.7),
    ),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------
# Depth


@jax.jit
def _h_ratio(activation_s, params):
    pair = Similarity(activation_s, jnp.log1p(-activation_s))
    return koenigs(activation_of(params), pair).h_ratio


def crossover(params) -> float:
    """The s below which H > (L+1) G: there the NTK at depth L has exponent alpha + 2."""
    log_s = np.linspace(np.log(1e-12), np.log(0.5), 4001)
    h = np.asarray(_h_ratio(jnp.exp(jnp.asarray(log_s)), params))
    # h falls with s
    return float(np.exp(np.interp(np.log(params.depth + 1.0), np.log(h[::-1]), log_s[::-1])))


_DIRICHLET = Params(d=1, n=100, tests=50, depth=15)

DEPTH = (
    Equals(
        name="nngp_log_depth_ntk_polynomial_depth",
        source="derived: see koenigs",
        statement="NNGP at depth log2 n + 8 agrees with its infinite-depth limit; NTK at 100 not",
        observable="agreement_nngp",
        prediction=1.0,
        tolerance=0.01,
        tolerance_reason="a^L n of the training matrix: 2^-8 of the votes may turn",
        support=(0.0, 1.0),
        cases=(_DIRICHLET,),
        planned_trials=3000,
        twin=Twin("so does the NTK at depth 100", observable="agreement_ntk"),
    ),
    Ordering(
        name="nngp_beats_ntk_at_equal_depth",
        source="derived: see koenigs",
        statement="accuracy of the NNGP at depth 15 > accuracy of the NTK at depth 100, n = 100",
        observable="accuracy_nngp",
        below="accuracy_ntk",
        support=(-1.0, 1.0),
        cases=(_DIRICHLET,),
        planned_trials=1500,
        twin=Twin("the NTK is better", observable="accuracy_ntk", below="accuracy_nngp"),
    ),
    Scaling(
        name="ntk_crossover_distance",
        source="derived: see koenigs",
        statement="H = (L+1) G at s = gamma b/((b-1)(L+1)): depth n^(2/d) resolves the neighbours",
        value=crossover,
        rungs=tuple(Params(d=1, depth=depth) for depth in (10**3, 10**4, 10**5, 10**6)),
        size=lambda p: p.depth + 1,
        exponent=-1.0,
        tolerance=0.01,
        tolerance_reason="relative corrections of order s^(1/2) and 3e-4 from the log-periodic D",
        twin=Twin("the NTK needs logarithmic depth, as the NNGP", exponent=0.0),
    ),
)  # fmt: skip
