"""The Dirichlet problems: deep networks against 1-NN and the Hilbert estimate, and their depth."""

import functools
import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import (
    Equals,
    Ge,
    Le,
    Ordering,
    PerTrial,
    Scalar,
    Scaling,
    Twin,
    Whole,
    closed_form,
)
from theory.ntk_classifiers._depth import Similarity
from theory.ntk_classifiers._laws import (
    asymmetry_on_interval,
    chord,
    vote_accuracy_at_dimension,
)
from theory.ntk_classifiers._limits import koenigs, modulation_mean
from theory.ntk_classifiers._params import Params, activation_of

# ---------------------------------------------------------------------------------------------
# The Dirichlet problem at d = 1: a whole accuracy without simulation


@closed_form
def quarter_circle(angle: Annotated[Scalar, Ge(0), Le(math.pi / 2)]) -> tuple[Any, Any]:
    """(density over angles, eta) of the d = 1 Dirichlet problem with prior 0.4.

    The first simplex coordinate p has density .4 x 2(1-p) + .6 x 2p; p = cos/(cos + sin).
    """
    both = jnp.cos(angle) + jnp.sin(angle)
    p = jnp.cos(angle) / both
    plus, minus = 0.8 * (1 - p), 1.2 * p
    return (plus + minus) / both**2, plus / (plus + minus)


def _deep_weight():
    """G of phi_1 as a function of the angle between two points, and its pole."""
    activation = activation_of(Params(activation="optimal", d=1))
    level, _ = modulation_mean(activation)

    def weight(gap):
        s = chord(gap) ** 2 / 2
        return jnp.exp(koenigs(activation, Similarity(s, jnp.log(jnp.cos(gap)))).log_g)

    # G(1-s) ~ s^{-1/2} D0 = sqrt 2 D0/|x-z|
    return weight, jnp.sqrt(2.0) * level


def _hilbert_weight():
    """1/|x-z|, and its pole."""
    return lambda gap: 1 / chord(gap), 1.0


@functools.partial(jax.jit, static_argnums=(0, 2))
def _accuracy_from_n(kernel, n, points):
    weight, kappa0 = kernel()

    def density(angle):
        return quarter_circle(angle)[0]

    def eta(angle):
        return quarter_circle(angle)[1]

    high = np.pi / 2

    def at(angle):
        asymmetry = asymmetry_on_interval(angle, density, eta, weight, kappa0, 0.0, high)
        g, e = density(angle), eta(angle)
        plus = vote_accuracy_at_dimension(2 * e - 1, 2 * g * kappa0, n, asymmetry, 2048)
        # one entry for each n: the asymmetry, which costs the most, is common to them
        return plus * e + (1 - plus) * (1 - e)

    nodes, weights = np.polynomial.legendre.leggauss(points)
    angles = jnp.asarray((nodes + 1) * high / 2)
    values = jax.lax.map(at, angles)
    return jnp.asarray(weights) * high / 2 * density(angles) @ values


Sizes = Annotated[Scalar, Ge(10), Le(1e9)]
Points = Annotated[Scalar, Ge(8), Le(10_000), Whole]


@closed_form
def deep_accuracy(n: Sizes, points: Points = 64) -> Any:
    """Accuracy of the infinitely deep phi_1 network on the d = 1 Dirichlet problem, from n alone.

    The stable law at every test point, integrated over the density: within .002 for n >= 100,
    and no guide under 10. A float for a number n, an array of its shape for an array.
    """
    return _over_sizes(_deep_weight, n, points)


@closed_form
def hilbert_accuracy(n: Sizes, points: Points = 64) -> Any:
    """The same for the Hilbert kernel estimate, whose weights are 1/|x-z|."""
    return _over_sizes(_hilbert_weight, n, points)


def _over_sizes(kernel: Any, n: Any, points: Any) -> Any:
    points = int(points) if points == points else 8  # NaN is passed on by the decorator
    values = _accuracy_from_n(kernel, jnp.asarray(n, float).reshape(-1), points)
    values = values.reshape(jnp.shape(n))
    if isinstance(values, Tracer):
        return values
    return np.asarray(values) if np.ndim(n) else float(values)


def bayes_accuracy() -> float:
    """Bayes accuracy of the d = 1 Dirichlet problem: int max(eta, 1 - eta) g.

    The threshold is p = .4: plus wins below. .4 P(p < .4 | +) + .6 P(p > .4 | -).
    """
    return 0.4 * (1 - 0.6**2) + 0.6 * (1 - 0.4**2)


# ---------------------------------------------------------------------------------------------
# Deep kernel classifiers, solved


@closed_form
def limit_depth(
    d: Annotated[Scalar, Ge(1), Le(1000), Whole], n: Annotated[Scalar, Ge(1), Le(1e15)]
) -> Any:
    """log_{1/a} n + 8 layers of phi_d: the NNGP is then its infinite-depth limit. An int for
    numbers (NaN for NaN)."""
    if isinstance(d, (int, float, np.number)) and isinstance(n, (int, float, np.number)):
        layers = math.log2(n) / max(1.0, d / 2)
        return math.ceil(layers) + 8 if layers == layers and d == d else math.nan
    return jnp.ceil(jnp.log2(n) / jnp.maximum(1.0, jnp.asarray(d) / 2)) + 8


_DIRICHLET = Params(d=1, n=100, tests=50, depth=15)


def _problem(d: int) -> Params:
    """At d = 1 the run that the other claims share."""
    return _DIRICHLET if d == 1 else Params(d=d, n=100, tests=100, depth=limit_depth(d, 100))


def _against_nearest(d: int, planned: int) -> Ordering:
    return Ordering(
        name=f"deep_network_beats_nearest_neighbour_d{d}",
        source="Section on explicit optimal activations, Dirichlet experiments",
        statement=f"d = {d}, n = 100: accuracy of the NNGP with alpha = d (solved) > 1-NN's",
        observable="accuracy_nngp",
        below="accuracy_nearest",
        support=(-1.0, 1.0),
        cases=(_problem(d),),
        planned_trials=planned,
        twin=Twin("1-NN is better", observable="accuracy_nearest", below="accuracy_nngp"),
    )


DIRICHLET = (
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
        name="hilbert_estimate_of_the_deep_network",
        source="derived: see deep_accuracy and hilbert_accuracy",
        statement="d = 1: accuracy of the deep network less that of the Hilbert estimate, from n",
        observable="gap_to_hilbert",
        prediction=lambda p: deep_accuracy(p.n) - hilbert_accuracy(p.n),
        tolerance=0.004,
        tolerance_reason="that of either accuracy; the two laws differ in A(x) only",
        support=(-1.0, 1.0),
        cases=(_DIRICHLET,),
        planned_trials=7_500,
        twin=Twin("so near is 1-NN", observable="gap_to_nearest"),
    ),
    *(_against_nearest(d, planned) for d, planned in ((1, 800), (2, 2800), (4, 1500), (8, 1900))),
    PerTrial(
        name="nngp_solve_at_a_thousand_points",
        source="derived: see koenigs",
        statement="n = 1000: the NNGP of depth log_{1/a} n + 8, solved, classifies as its limit",
        observable="disagreement_nngp",
        # a^L n < 2^-8 of the votes turn in the mean: more than 10 of 200 tests with P < 1e-8
        bound=0.05,
        mode="large",
        cases=tuple(Params(d=d, n=1000, tests=200, depth=limit_depth(d, 1000)) for d in (1, 4)),
        planned_trials=20,
        twin=Twin("so does the NTK of depth 100", observable="disagreement_ntk"),
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
