"""Sign vectors recovered from few equations: an exact count, and the error in the limit."""

import functools
import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, binomial_cdf, closed_form, fixed_point, integral,
    normal_pdf,
)  # fmt: skip
from theory.weight_compander.params import Params

claim = Claims("derived")
Size = Annotated[Scalar, Ge(1), Le(1e6), Whole]


@closed_form(example={"n": 6.0, "d": 10.0}, n=("is not below d", lambda n, d: n < d))
def unique_share(n: Size, d: Size) -> Any:
    """P(a sign vector is the one w with X w = y and max |w_j| <= 1): P(Bin(d - 1, 1/2) < n).

    Wendel (1962): d random points of R^n lie in a half-space with this probability; the law of
    X's rows is rotation invariant. It passes 1/2 at n = d/2.
    """
    return binomial_cdf(n - 1, d - 1, 0.5)


def moments(a: Any, bend: Any, tau: Any, share: Any) -> Any:
    """E (w - w0)^2 and E dw/dx, w + bend (tan u + tan^3 u/3) = x = w0 + tau g, u = w/a.

    By quadrature over u in place of g.
    """
    size = jnp.stack([1 / jnp.sqrt(share), 0 * share])[:, None]
    weight = jnp.stack([share, 1 - share])[:, None]

    def terms(u):
        t = jnp.tan(u)
        x = a * u + bend * (t + t**3 / 3)
        density = weight * normal_pdf((x - size) / tau) / tau
        slow = a + bend * (1 + t * t) ** 2
        return jnp.stack([jnp.sum((a * u - size) ** 2 * slow * density, axis=0),
                          jnp.sum(a * density, axis=0)])  # fmt: skip

    end = jnp.full(2, math.pi / 2 * (1 - 1e-9))
    return integral(terms, -end, end, nodes=512, within=1e-4)


@jax.jit
@functools.partial(jnp.vectorize, signature="(),(),(),()->()")
def evolved(a, ratio, noise, share):
    """The error where the state evolution rests, its bend moved so that E dw/dx = ratio."""

    def move(state):
        error, slope = moments(a, jnp.exp(state[0]), jnp.exp(state[1]), share)
        return jnp.stack([state[0] + jnp.log(slope / ratio), jnp.log((noise + error) / ratio) / 2])

    rest = fixed_point(move, jnp.stack([jnp.log(0.3 * a), jnp.log((noise + 1) / ratio) / 2]))
    return moments(a, jnp.exp(rest[0]), jnp.exp(rest[1]), share)[0]


@closed_form
def recovery_error(
    a: Annotated[Scalar, Ge(0.7), Le(8)], ratio: Annotated[Scalar, Ge(0.1), Le(0.8)]
) -> Any:
    """|w - w0|^2/d of the argmin of sum phi(w_j) among X w = X w0, w0 of signs, ratio = n/d.

    As d -> infinity, X Gaussian. With x = w0 + tau g and w the minimiser of
    (w - x)^2/2 + bend phi(w): ratio tau^2 = error and ratio = E dw/dx (the state evolution of
    Donoho, Maleki & Montanari 2009, here for an interpolator).
    """
    return evolved(a, ratio, 0.0, 1.0)


def error_of(p: Params) -> Any:
    """The same with noise, and with a share of true weights not 0; NaN where no w is in the box."""
    return evolved(p.a, p.n / p.d, p.noise, p.share)


NEAR = Params(a=0.85, n=24, d=60)  # a pi/2 = 1.335, n/d = .4
HALF = NEAR.but(n=36)  # n/d = .6
SPARSE = Params(a=3.0, n=36, d=60, share=0.1)
FINITE = (
    "terms of order 1/d: .539 seen for .544 at d = 60; more near the transition: at a = .85,"
    " n/d = .6 .124, .09 and .065 for .0715 at d = 60, 120 and 240"
)
seen = claim.given(mode="recovery")
RANGE = (0.0, 5.5)
"""Of (w - w0)^2: |w| < a pi/2 = 1.34, and phi(w) <= phi(w0) in the mean for larger a."""


@seen.equals(
    "error",
    at=(NEAR, HALF.but(a=2.0), NEAR.but(noise=0.05)),
    support=RANGE,
    within=0.03,
    why=FINITE,
    twin=Twin("least norm, 1 - n/d", compander=False),
    known=((NEAR, ".543962"), (HALF, ".071511")),
)
def recovery_error_seen(p, *, compander=True):
    """E |w - w0|^2/d for signs w0: the state evolution, tuned so that E dw/dx = n/d."""
    return error_of(p) if compander else 1 - p.n / p.d


@seen.equals(
    "least",
    at=NEAR,
    support=(0.0, 1.0),
    within=0.04,
    twin=Twin("1 - n/d squared", power=2),
    known=((NEAR, ".6"), (HALF, ".4")),
)
def least_norm_error(p, *, power=1):
    """The interpolator of least norm loses 1 - n/d of |w0|^2, whatever w0."""
    return (1 - p.n / p.d) ** power


seen.every_trial(
    "left",
    name="an_interpolator_inside_the_box",
    says="Newton's method on n dual numbers finds an interpolator with |w_j| < a pi/2",
    at=(NEAR, HALF),
    within=1e-9,
    twin=Twin("least norm is one already: error 0", observable="least"),
)
seen.ordering(
    "signs_are_recovered_better",
    "w0 = +-1: the compander's interpolator is nearer than that of least norm",
    "least",
    "error",
    at=HALF,
    support=(-5.5, 1.0),
)
seen.ordering(
    "sparse_truth_is_hurt",
    "w0 with a tenth of entries not 0: the compander's interpolator is further off",
    "error",
    "least",
    at=SPARSE,
    support=(-1.0, 27.0),
)

# --------------------------------------------------------------------------------------------
# The transition

CONE = Params(n=7, d=12)
cone = claim.given(mode="cone")


@cone.equals(
    "unique",
    at=(CONE, CONE.but(n=5)),
    within=0.05,
    twin=Twin("n/d", wendel=False),
    known=((CONE, ".72558594"), (CONE.but(n=5), ".27441406")),
)
def sign_vector_unique(p, *, wendel=True):
    """w0 = +-1 is the one box-feasible interpolator with P(Bin(d - 1, 1/2) < n), at any size."""
    return unique_share(p.n, p.d) if wendel else p.n / p.d


@claim.identity(
    0.5,
    over=Domain.of(Params, n=(1, 400), d=(1000, 2000)),
    within=1e-11,
    points=32,
    twin=Twin("the threshold d = 3 n", times=3),
)
def sign_vector_recovery(p, *, times=2):
    """The transition is at n = d/2, where signs are recovered with probability 1/2 at every size.

    derived: as a pi/2 -> 1 the interpolator tends to w0 where w0 is the only point of the box
    """
    return unique_share(p.n, times * p.n)


@claim.never_below(
    lambda p: unique_share(p.d - p.n, p.d),  # the binomial's other tail
    over=Domain.of(Params, n=(600, 999), d=(1000, 1150)),
    points=32,
)
def transition_is_sharp(p):
    """For n > d/2 signs are missed with probability at most exp(-2 (n - d/2)^2/(d - 1)).

    Hoeffding (1963)
    """
    return jnp.exp(-2 * (p.n - p.d / 2) ** 2 / (p.d - 1))
