"""The Dirichlet problems: deep networks against 1-NN and the Hilbert estimate, and their depth."""

import functools
import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Claims, Ge, Le, Scalar, Single, Static, Twin, Whole, closed_form, root
from theory._neural_kernels import Similarity, optimal
from theory.ntk_classifiers.params import Params, activation_of, pair_at
from theory.ntk_classifiers.singular import koenigs, modulation_mean
from theory.ntk_classifiers.votes import gauss, vote_accuracy_at_dimension

__all__ = ["bayes_accuracy", "deep_accuracy", "hilbert_accuracy", "limit_depth"]

claim = Claims()

# The Dirichlet problem at d = 1: a whole accuracy without simulation

HIGH = math.pi / 2


def density(angle):
    """Of the angles: the first simplex coordinate p = cos/(cos + sin) has .4 x 2(1-p) + .6 x 2p."""
    both = jnp.cos(angle) + jnp.sin(angle)
    return (0.8 + 0.4 * jnp.cos(angle) / both) / both**2


def eta(angle):
    """P(y = +1 | angle), with prior 0.4."""
    p = jnp.cos(angle) / (jnp.cos(angle) + jnp.sin(angle))
    return 0.8 * (1 - p) / (0.8 + 0.4 * p)


def deep_kernel():
    """G of phi_1 as a function of the angle between two points, and its pole over 1/|x-z|."""
    level, _ = modulation_mean(optimal(1))

    def weight(gap):
        s = 2 * jnp.sin(gap / 2) ** 2
        return jnp.exp(koenigs(optimal(1), Similarity(s, jnp.log(jnp.cos(gap)))).log_g)

    return weight, jnp.sqrt(2.0) * level  # G(1-s) ~ s^{-1/2} D0 = sqrt 2 D0/|x-z|


def hilbert_kernel():
    """1/|x-z|, and its pole."""
    return lambda gap: 1 / (2 * jnp.sin(gap / 2)), 1.0


def asymmetry(angle, weight, kappa0):
    """A(x) of :func:`vote_accuracy_at_dimension`.

    The finite part of int (2 eta - 1) g W at the pole W ~ kappa0/|angle difference|, over
    kappa = 2 g kappa0, less delta ln kappa0. The nodes cluster at x (cubic map).
    """
    u, q = gauss(200)
    pole = (2 * eta(angle) - 1) * density(angle) * kappa0

    def side(length, sign):
        gap = length * u**3
        there = angle + sign * gap
        smooth = (2 * eta(there) - 1) * density(there) * weight(gap)
        # over [0, length] the subtracted pole has the finite part kappa0 delta g ln(length)
        rest = jnp.sum(q * 3 * length * u**2 * (smooth - pole / gap))
        return rest + pole * jnp.log(length)

    finite = side(HIGH - angle, 1.0) + side(angle, -1.0)
    return finite / (2 * density(angle) * kappa0) - (2 * eta(angle) - 1) * jnp.log(kappa0)


@functools.partial(jax.jit, static_argnums=(0, 2))
def accuracy_from_n(kernel, n, points):
    """The stable law at every test point, integrated over the density."""
    weight, kappa0 = kernel()

    def at(angle):
        e, kappa = eta(angle), 2 * density(angle) * kappa0
        skew = asymmetry(angle, weight, kappa0)  # which costs the most, is common to all n
        plus = vote_accuracy_at_dimension(2 * e - 1, kappa, n, skew, 2048)
        return plus * e + (1 - plus) * (1 - e)

    nodes, weights = gauss(int(points))
    angles = nodes * HIGH
    return jnp.tensordot(weights * HIGH * density(angles), jax.lax.map(at, angles), 1)


Sizes = Annotated[Scalar, Ge(10), Le(1e9)]
Points = Annotated[Any, Ge(8), Le(10_000), Whole, Static]


@closed_form
def deep_accuracy(n: Sizes, points: Points = 64) -> Any:
    """Accuracy of the infinitely deep phi_1 network on the d = 1 Dirichlet problem, from n alone.

    Within .002 for n >= 100, and no guide under 10.
    """
    return accuracy_from_n(deep_kernel, 1.0 * n, points)


@closed_form
def hilbert_accuracy(n: Sizes, points: Points = 64) -> Any:
    """The same for the Hilbert kernel estimate, whose weights are 1/|x-z|."""
    return accuracy_from_n(hilbert_kernel, 1.0 * n, points)


def bayes_accuracy() -> float:
    """Bayes accuracy of the d = 1 Dirichlet problem: int max(eta, 1 - eta) g.

    The threshold is p = .4: plus wins below. .4 P(p < .4 | +) + .6 P(p > .4 | -).
    """
    return 0.4 * (1 - 0.6**2) + 0.6 * (1 - 0.4**2)


# Deep kernel classifiers, solved


@closed_form
def limit_depth(
    d: Annotated[Scalar, Ge(1), Le(1000), Whole, Single],
    n: Annotated[Scalar, Ge(1), Le(1e15), Single],
) -> Any:
    """log_{1/a} n + 8 layers of phi_d: the NNGP is then its infinite-depth limit."""
    if d != d or n != n:
        return math.nan
    return math.ceil(math.log2(n) / max(1.0, d / 2)) + 8


D1 = Params(d=1, n=100, tests=50, depth=15)
one_run = claim.given(at=D1)


@one_run.equals(
    "accuracy_limit", within=0.004, trials=6_000,
    why="stable law at n = 100, integrated over x: within .002; D is not constant by 3e-4",
    twin=Twin("Bayes accuracy: the limit n -> infinity", prediction=lambda p: bayes_accuracy()),
)  # fmt: skip
def consistency_of_the_deep_network(p):
    """accuracy of the deep phi_1 network (d = 1 Dirichlet problem) from n alone.

    derived: see deep_accuracy
    """
    return float(deep_accuracy(p.n))


@one_run.equals(
    lambda run, p: run["accuracy_limit"] - run["accuracy_hilbert"],
    within=0.004, support=(-1.0, 1.0), trials=7_500,
    why="that of either accuracy; the two laws differ in A(x) only",
    twin=Twin("so near is 1-NN",
              observable=lambda run, p: run["accuracy_limit"] - run["accuracy_nearest"]),
)  # fmt: skip
def hilbert_estimate_of_the_deep_network(p):
    """d = 1: accuracy of the deep network less that of the Hilbert estimate, from n.

    derived: see deep_accuracy and hilbert_accuracy
    """
    return float(deep_accuracy(p.n) - hilbert_accuracy(p.n))


for _d, _trials in ((1, 800), (2, 2800), (4, 1500), (8, 1900)):
    claim.ordering(
        f"deep_network_beats_nearest_neighbour_d{_d}",
        f"d = {_d}, n = 100: accuracy of the NNGP with alpha = d (solved) > 1-NN's",
        "accuracy_nngp", "accuracy_nearest", trials=_trials, twin="1-NN is better",
        source="Section on explicit optimal activations, Dirichlet experiments",
        at=D1 if _d == 1 else Params(d=_d, n=100, tests=100, depth=limit_depth(_d, 100)),
    )  # fmt: skip
claim.every_trial(
    lambda run, p: 1 - run["agreement_nngp"], name="nngp_solve_at_a_thousand_points", mode="large",
    says="n = 1000: the NNGP of depth log_{1/a} n + 8, solved, classifies as its limit",
    source="derived: see koenigs",
    # a^L n < 2^-8 of the votes turn in the mean: more than 10 of 200 tests with P < 1e-8
    within=0.05, trials=20,
    at=tuple(Params(d=d, n=1000, tests=200, depth=limit_depth(d, 1000)) for d in (1, 4)),
    twin=Twin("so does the NTK of depth 100", observable=lambda run, p: 1 - run["agreement_ntk"]),
)  # fmt: skip

# Depth

one_run.equals(
    "agreement_nngp", name="nngp_log_depth_ntk_polynomial_depth", formula=1.0, within=0.01,
    says="NNGP at depth log2 n + 8 agrees with its infinite-depth limit; NTK at 100 not",
    source="derived: see koenigs", trials=3000,
    why="a^L n of the training matrix: 2^-8 of the votes may turn",
    twin=Twin("so does the NTK at depth 100", observable="agreement_ntk"),
)  # fmt: skip
one_run.ordering(
    "nngp_beats_ntk_at_equal_depth",
    "accuracy of the NNGP at depth 15 > accuracy of the NTK at depth 100, n = 100",
    "accuracy_nngp", "accuracy_ntk", source="derived: see koenigs", trials=1500,
    twin="the NTK is better",
)  # fmt: skip


@claim.scaling(
    -1.0, along=[Params(d=1, depth=depth) for depth in (10**3, 10**4, 10**5, 10**6)],
    size=lambda p: p.depth + 1, within=0.01,
    why="relative corrections of order s^(1/2) and 3e-4 from the log-periodic D",
    twin=Twin("the NTK needs logarithmic depth, as the NNGP", exponent=0.0),
)  # fmt: skip
@jax.jit
def ntk_crossover_distance(p):
    """H = (L+1) G at s = gamma b/((b-1)(L+1)): depth n^(2/d) resolves the neighbours.

    derived: see koenigs
    """

    def excess(log_s):  # under the s where it is 0 the NTK at depth L has exponent alpha + 2
        h_ratio = koenigs(activation_of(p), pair_at(jnp.exp(log_s))).h_ratio
        return jnp.log(h_ratio) - jnp.log(p.depth + 1.0)

    return jnp.exp(root(excess, math.log(1e-12), math.log(0.5)))
