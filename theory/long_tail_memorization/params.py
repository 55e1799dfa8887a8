"""The paper, the parameters of all models, and the lists of frequencies that they name."""

from typing import Annotated, Any

import jax.numpy as jnp
from jax.core import Tracer

from theory import (
    Doc, Ge, Gt, Le, Logarithmic, Lt, Paper, Row, Scalar, Static, Whole, log_binomial, parameters,
)  # fmt: skip

PAPER = Paper(
    "Does Learning Require Memorization? A Short Tale about a Long Tail",
    "Vitaly Feldman",
    "STOC 2020",
    "1906.05271",
    topics=("memorisation", "bounds", "classification"),
)

Many = 10**12
Count = Annotated[Scalar, Ge(0), Le(Many), Whole]
Samples = Annotated[Scalar, Ge(1), Le(Many), Whole]
Labels = Annotated[Scalar, Ge(2), Le(Many), Whole]
Share = Annotated[Scalar, Ge(0), Le(1)]
Inside = Annotated[Scalar, Gt(0), Lt(1)]
Frequencies = Annotated[Scalar, Gt(0), Lt(1), Row]
Numbers = Annotated[Scalar, Gt(0), Row]


@parameters("long_tail_memorization")
class Params:
    """Priors over frequencies, labels and their noise, learners, two atoms, clusters."""

    N: Annotated[int, Ge(2), Le(10**7), Static, Doc("points, each a subpopulation")] = 60
    n: Annotated[int, Ge(1), Le(10**7), Static, Doc("samples")] = 60
    k: Annotated[int, Ge(2), Le(10**4), Static, Doc("labels")] = 4
    seen: Annotated[int, Ge(0), Le(10**7), Doc("l, how often a point is seen")] = 1
    s: Annotated[float, Ge(0), Le(20), Doc("pi_i ~ i^-s; 1 is Zipf's law")] = 1.0
    a: Annotated[float, Ge(1e-9), Le(100), Logarithmic, Doc("n pi_N, the rarest's count")] = 0.2
    ratio: Annotated[float, Gt(0), Le(1), Doc("second weight of the list (1, ratio)")] = 0.1
    alpha: Annotated[float, Ge(0.01), Le(100), Logarithmic, Doc("Dirichlet concentration")] = 0.3
    fit: Annotated[float, Ge(0), Le(1), Doc("chance that a learner fits a label it saw")] = 0.6
    gamma: Annotated[float, Ge(0), Le(1), Doc("limit on memorization")] = 0.2
    kappa: Annotated[float, Ge(0), Le(1), Doc("chance that a label is kept, not redrawn")] = 1.0
    eps: Annotated[float, Ge(0), Le(20), Doc("label privacy")] = 1.0
    delta: Annotated[float, Ge(0), Le(1), Doc("its slack")] = 0.02
    w: Annotated[float, Gt(0), Lt(1), Doc("group 1's share; the first atom's mass")] = 0.2
    first: Annotated[float, Ge(1e-9), Le(1e6), Logarithmic, Doc("n times the first atom")] = 0.3
    second: Annotated[float, Ge(1e-9), Le(1e6), Logarithmic, Doc("n times the second atom")] = 8.0
    spread: Annotated[float, Ge(0), Le(10), Doc("radius of a cluster over that of all")] = 0.1
    d: Annotated[int, Ge(2), Le(10**5), Static, Doc("dimensions of the clusters")] = 30

    def check(self: Any):
        """No point is seen more than n times."""
        if not isinstance(self.seen, Tracer) and self.seen > self.n:
            raise self.refuse("seen", f"is above n = {self.n}")


LABELS = Params(N=30, n=40, gamma=0.3)  # two sizes of samples with labels, shared by the claims
FEW_LABELS = Params(N=10, n=20, k=2, gamma=0.3)


def power_law(N, s):
    """pi_i = i^-s/H, i = 1..N."""
    weights = jnp.arange(1.0, N + 1) ** -s
    return weights / jnp.sum(weights)


def two_weights(p):
    """(frequencies, expected numbers of points): weights 1 and ratio, each by a fair coin."""
    heavy = jnp.arange(float(p.N))  # of the other N - 1 points
    rest = heavy + (p.N - 1 - heavy) * p.ratio
    ways = log_binomial(p.N - 1.0, heavy)
    number = p.N * jnp.exp(ways - p.N * jnp.log(2.0))
    own = jnp.stack([jnp.ones_like(p.ratio), p.ratio])[:, None]
    return (own / (own + rest)).ravel(), jnp.tile(number, 2)


def two_atoms(p):
    """(frequencies, masses): mass w at first/n, the rest at second/n."""
    return jnp.stack([p.first, p.second]) / p.n, jnp.stack([p.w, 1 - p.w])
