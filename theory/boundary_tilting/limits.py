"""Ridge-LDA as p and nu grow together, p/nu -> gamma: its tilt, and its error where Sigma = I."""

from typing import Annotated

import jax.numpy as jnp

from theory import Claims, Ge, Gt, Scalar, Twin, closed_form, normal_cdf, root, sqrt
from theory.boundary_tilting.samples import SPHERE

claim = Claims()
tilting = claim.given(mode="tilt")

Aspect = Annotated[Scalar, Gt(0)]
Ridge = Annotated[Scalar, Gt(0)]


@closed_form
def tilt_limit(ridge: Ridge, gamma: Aspect):
    """cos(delta) -> m/sqrt(m'), m = E 1/(s + lambda) of the Marchenko-Pastur law, m' = E 1/(s +
    lambda)^2.

    1/m = (1 - gamma + lambda + S)/2 and m' = (gamma m^2 + m)/S with S^2 = (1 - gamma)^2 +
    2 lambda (1 + gamma) + lambda^2, so that cos^2 = 2S/(1 + gamma + lambda + S), of positive terms
    alone. As lambda -> 0 it tends to sqrt(1 - min(gamma, 1/gamma)).
    """
    size = sqrt((1 - gamma) ** 2 + 2 * ridge * (1 + gamma) + ridge**2)
    return sqrt(2 * size / (1 + gamma + ridge + size))


@closed_form
def limit_error(distance: Ridge, ridge: Ridge, gamma: Aspect, noise: Annotated[Scalar, Ge(0)] = 4):
    """Phi(-(m/sqrt(m')) D^2/(2 sqrt(D^2 + 4 gamma))), the limit of the balanced test error.

    4 gamma is the squared length of the noise in j - i; the error is lost through the tilt alone.
    """
    along = distance**2 / sqrt(distance**2 + noise * gamma)
    return normal_cdf(-tilt_limit(ridge, gamma) * along / 2)


LIMIT = SPHERE.but(p=100, n=101, ridge=0.1)
KNOWN = (LIMIT, LIMIT.but(n=51), LIMIT.but(p=150, n=51, ridge=1.0))


@tilting.equals(
    "cosine",
    at=LIMIT,
    within=0.008,
    why="of order 1/p: .002 off at p = 100, .008 at 60",
    twin=Twin("the ridgeless sqrt(1 - gamma)", ridge=1e-9),
    known=tuple(zip(KNOWN, (".798", ".684", ".913"), strict=True)),
)
def ridge_tilt_limit(p, *, ridge=None):
    """Ridge-LDA, Sigma = I, p/nu -> gamma: cos(delta) -> m/sqrt(m')."""
    return tilt_limit(p.ridge if ridge is None else ridge, p.p / p.nu)


@tilting.equals(
    "error",
    at=LIMIT,
    within=0.008,
    why="of order 1/p",
    twin=Twin("gamma for 4 gamma", noise=1),
    known=tuple(zip(KNOWN, (".257", ".314", ".282"), strict=True)),
)
def ridge_tilt_limit_error(p, *, noise=4):
    """Its error tends to Phi(-(m/sqrt(m')) D^2/(2 sqrt(D^2 + 4 gamma)))."""
    return limit_error(p.distance, p.ridge, p.p / p.nu, noise)


def tilt_limit_of(ridge, gamma, distance, variances):
    """cos(delta) -> g/(|v| sqrt(-g')) at lambda, for Sigma with two variances on half of the axes
    each, b half-way between both.

    g(lambda) = v'(lambda + lambda m Sigma)^-1 v, and v = j - i has the squared length D^2/2 +
    2 gamma s in the half of variance s. With t = 1/m, lambda = t (1 - gamma mean(s/(t + s))); g and
    -g' are taken over t and t^2, so that both have a value at lambda = 0.
    """
    s = jnp.stack(variances)
    q = distance**2 / 2 + 2 * gamma * s

    def off(t):
        return t * (1 - gamma * jnp.mean(s / (t + s))) - ridge

    t = root(off, jnp.maximum(gamma - 1, 0.0) * jnp.min(s), ridge + gamma * jnp.mean(s))
    spread = 1 - gamma * jnp.mean((s / (t + s)) ** 2)
    moved = gamma * jnp.mean(s / (t + s) ** 2) / spread
    slope = jnp.sum(q / (t + s) ** 2) + moved * jnp.sum(q * s / (t + s) ** 2)
    return jnp.sum(q / (t + s)) / jnp.sqrt(jnp.sum(q) * slope)


@tilting.equals(
    "cosine",
    at=LIMIT.but(uu=0.1),
    within=0.008,
    why="of order 1/p",
    twin=Twin("Sigma taken for spherical", variances=lambda p: (p.bb, p.bb)),
    known=((LIMIT.but(uu=0.1), ".767"), (LIMIT.but(uu=10.0, ridge=1.0), ".701"), (LIMIT, ".798")),
    source="derived: the deterministic equivalent of a resolvent; not in the paper",
)
def ridge_tilt_limit_any_sigma(p, *, variances=lambda p: (p.bb, p.uu)):
    """Sigma with variances s_bb and s_uu on half of the axes each, b half-way: cos(delta) -> g/(|v|
    sqrt(-g')), g(lambda) = v'(lambda + lambda m Sigma)^-1 v.
    """
    return tilt_limit_of(p.ridge, p.p / p.nu, p.distance, variances(p))
