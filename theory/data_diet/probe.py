"""The teacher perceptron ranked by an imperfect probe, at angle theta to the teacher."""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, normal_pdf, relu_mean, relu_square,
)  # fmt: skip
from theory.data_diet.params import FLOATS, TWICE, WINDOW, Angle, Share, Start, floats, plainly
from theory.data_diet.perceptron import REACH, edges, errors

claim = Claims("derived; the equations are those of arXiv:2206.14486, derived again")
Modest = Annotated[Scalar, Ge(0.1), Le(20), FLOATS]
EARLY = 0.02  # a load at which the solution is that of few examples
CLIMB, POLISH = 24, 4
X, W = np.polynomial.legendre.leggauss(40)


def law(share: Any, start: Any, angle: Any, unknowns: Any) -> tuple[Any, Any, Any]:
    """Nodes (y T.x, y E.x) and weights of the examples in the window; shape (2, 40, 40).

    Given the rank z = |P.x|, the coordinate o across it runs over y T.x = +-cos z - sin o > 0. Its
    lower end is where the multiplier's argument kappa - a y T.x - b y E.x is below -REACH.
    """
    low, length = edges(share, start)
    z = low + length * (X + 1) / 2
    density = W * length / 2 * 2 * normal_pdf(z) / share
    c, s = jnp.cos(angle), jnp.sin(angle)
    side = jnp.array([[1.0], [-1.0]])
    kappa, a, b = unknowns
    top = jnp.clip(side * z * c / jnp.maximum(s, 1e-12), -REACH, REACH)
    along, across = side * z * (a * c + b * s), a * s - b * c
    steep = across > 0.5
    cut = (along - kappa - REACH) / jnp.where(steep, across, 1.0)
    end = jnp.clip(jnp.where(steep, cut, -REACH), -REACH, top)
    half = ((top - end) / 2)[..., None]
    o = end[..., None] + half * (X + 1)
    far = (side * z)[..., None]
    return c * far - s * o, s * far + c * o, density[:, None] * half * W * normal_pdf(o)


def gaps(logs: Any, load: Any, share: Any, start: Any, angle: Any) -> Array:
    """What is missed at (log kappa, log a, b), a = A/s, b = B/s, kappa = k/s.

    alpha E S2(mu, 1) = 1, (1 + a^2 + b^2) E u m = kappa a E m and the same for b, with
    mu = kappa - a u - b v and m = E(mu + xi)_+.
    """
    kappa, a, b = jnp.exp(logs[0]), jnp.exp(logs[1]), logs[2]
    u, v, weights = law(share, start, angle, (kappa, a, b))
    mu = kappa - a * u - b * v
    m = weights * relu_mean(mu)
    whole = (1 + a**2 + b**2) / (kappa * jnp.sum(m))
    return jnp.stack([
        jnp.log(load * jnp.sum(weights * relu_square(mu))),
        jnp.log(whole * jnp.sum(u * m)) - logs[1],
        whole * jnp.sum(v * m) - b,
    ])  # fmt: skip


def solved(load: Any, share: Any, start: Any, angle: Any) -> Array:
    """(log kappa, log a, b): Newton's steps from few examples up to the load."""

    def newton(logs, at):
        def here(x):
            return gaps(x, at, share, start, angle)

        return logs - jnp.linalg.solve(jax.jacfwd(here)(logs), here(logs))

    def search(_, first):
        loads = EARLY * (load / EARLY) ** (jnp.arange(CLIMB) / (CLIMB - 1))
        path = jnp.concatenate([jnp.repeat(loads, 2), jnp.full(POLISH, 1.0) * load])
        return jax.lax.scan(lambda x, at: (newton(x, at), None), first, path)[0]

    u, v, weights = law(share, start, angle, (1.0, 0.0, 0.0))
    few = math.sqrt(EARLY)
    first = jnp.stack([
        jnp.full((), -math.log(few)),
        jnp.log(few * jnp.sum(weights * u)),
        few * jnp.sum(weights * v),
    ])  # fmt: skip
    return jax.lax.custom_root(
        lambda x: gaps(x, load, share, start, angle),
        jax.lax.stop_gradient(first),
        search,
        lambda slope, y: jnp.linalg.solve(jax.jacfwd(slope)(jnp.zeros_like(y)), y),
    )


@closed_form(start=WINDOW, example={"total": 4.0, "share": 0.5, "start": 0.2, "angle": 0.3})
def probe_overlaps(total: Modest, share: Share, start: Start, angle: Angle) -> tuple[Array, Array]:
    """(A, B): overlaps of the largest margin with the teacher T and with E, P = cos T + sin E.

    Examples are ranked by |P.x|; the test error is arccos(A)/pi. At angle 0 B = 0 and A is that of
    ``pruned_error``; at pi/2 the pair is that of random examples.
    """

    found = _overlaps(*floats(share * total, share, start, angle))
    return found[..., 0], found[..., 1]


@jax.jit
def _overlaps(*given):
    def alone(*given):
        logs = solved(*given)
        a, b = jnp.exp(logs[1]), logs[2]
        return jnp.stack([a, b]) / jnp.sqrt(1 + a * a + b * b)

    return jnp.vectorize(alone, signature="(),(),(),()->(k)")(*given)


# --------------------------------------------------------------------------------------------

PROBED = TWICE.but(angle=math.pi / 9)
EASY = PROBED.but(first=80)
probed = claim.given(mode="pruned", at=PROBED)
FINITE = "terms of order 1/d"


overlaps = plainly(probe_overlaps)


@probed.equals(
    "along",
    within=lambda p: 1 / p.d,
    why=FINITE,
    twin=Twin("a perfect ranking", seen=0),
    known=((PROBED, ".84417"), (EASY, ".86773")),
)
def imperfect_probe(p, *, seen=1):
    """Ranked by a probe at angle theta, the largest margin on the kept has overlap A with T."""
    return overlaps(p.total, p.share, p.start, seen * p.angle)[0]


@probed.equals(
    "across",
    within=lambda p: 2 / p.d,
    why=FINITE,
    twin=Twin("B fixed at 0", turned=0),
    support=(-1.0, 1.0),
    known=((PROBED, "-.12294"), (EASY, ".26254")),
)
def imperfect_probe_turns(p, *, turned=1):
    """Keeping hard examples turns the student away from the probe: overlap B < 0 with E."""
    return turned * overlaps(p.total, p.share, p.start, p.angle)[1]


@claim.identity(
    lambda p: errors(p.total, p.share, p.start),
    over=Domain.around(TWICE, n=(160, 400), kept=(40, 80), first=(0, 40)),
    points=8,
    within=1e-5,
    why="the two-dimensional rule's nodes",
    twin=Twin("a probe at angle .3", angle=0.3),
)
def perfect_probe(p, *, angle=0.0):
    """At angle 0 the two-dimensional solution is that of the one-dimensional one."""
    return np.arccos(overlaps(p.total, p.share, p.start, angle)[0]) / np.pi


@claim.identity(
    lambda p: errors(p.kept / p.d, 1.0, 0.0),
    over=Domain.around(TWICE, n=(160, 400), kept=(40, 80), first=(0, 40)),
    points=8,
    within=1e-5,
    why="the two-dimensional rule's nodes",
    source="derived; against the remark that a ranking independent of T differs from none",
    twin=Twin("a probe at angle 1.2", angle=1.2),
)
def probe_at_a_right_angle(p, *, angle=math.pi / 2):
    """At angle pi/2 the test error is that of as many random examples, though E.x is cut off."""
    return np.arccos(overlaps(p.total, p.share, p.start, angle)[0]) / np.pi


@claim.never_above(
    lambda p: np.arccos(overlaps(p.total, p.share, 0.0, p.angle)[0]) / np.pi,
    over=Domain.around(TWICE, angle=(0.5, 1.5)),
    points=8,
)
def bad_probe_is_worse_than_none(p):
    """Keeping the half that a probe at an angle over .5 calls hard is worse than at random."""
    return errors(p.share * p.total, 1.0, 0.0)
