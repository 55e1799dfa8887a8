"""Mirror images, adversarial strength and distance, free tilting, resolution: exact geometry.

Points are rows; a classifier is (w, w0), class J where x.w + w0 > 0, of any scale.
"""

import jax
import jax.numpy as jnp

from theory import Claims, Draws, Twin, positive_definite

claim = Claims()
REFERENCE = "Tanay & Griffin (2016), in words; derived again"


def unit(v):
    """v/|v|, of numpy or JAX vectors."""
    return v / jnp.linalg.norm(v)


def signed_distance(w, w0, x):
    """d(x) = (x.w + w0)/|w|."""
    return (x @ w + w0) / jnp.linalg.norm(w)


def mirror(w, w0, x):
    """m(x) = x - 2 d(x) c, c = w/|w|: as far from the boundary, on the other side."""
    return x - 2 * signed_distance(w, w0, x)[..., None] * unit(w)


def strength(w, w0, i, j):
    """s = 2 |j - i|/(|m(i) - i| + |m(j) - j|), the two-sided adversarial strength."""
    moved = [jnp.linalg.norm(mirror(w, w0, x) - x) for x in (i, j)]
    return 2 * jnp.linalg.norm(j - i) / (moved[0] + moved[1])


def cosine(w, v):
    """cos(delta) = |c.b|, c oriented towards J."""
    return jnp.abs(w @ v) / (jnp.linalg.norm(w) * jnp.linalg.norm(v))


def tangent(w, v):
    """tan(delta): near 0 the arc cosine would lose half the digits."""
    b = unit(v)
    return jnp.linalg.norm(w - (w @ b) * b) / jnp.abs(w @ b)


def through(w, x):
    """The w0 of the boundary through x."""
    return -(w @ x)


PAIR = Draws(i=(7,), j=(7,), w=(7,), q=(1,))


@claim.algebra(
    lambda z: (
        jnp.linalg.norm(z.j - z.i)
        * cosine(z.w, z.j - z.i)
        * jnp.stack([1.0, tangent(z.w, z.j - z.i), 0.5])
    ),
    over=PAIR,
    twin=Twin("the projected image taken for the mirror image", reach=1),
    source=REFERENCE,
)
def mirror_geometry(z, *, reach=2):
    """Boundary through (i + j)/2: |m(i) - i| = D cos(delta), |m(i) - j| = D sin(delta), |p(i) - i|
    = (D/2) cos(delta).

    So m(i) = j iff delta = 0.
    """
    d, c = signed_distance(z.w, through(z.w, (z.i + z.j) / 2), z.i), unit(z.w)
    image = z.i - reach * d * c
    return jnp.stack([jnp.linalg.norm(y) for y in (image - z.i, image - z.j, d * c)])


@claim.algebra(
    lambda z: jnp.cov(mirror(z.w, z.q[0], z.x).T),
    over=Draws(x=(9, 4), w=(4,), q=(1,)),
    twin=Twin("reflected from one side", sides=1),
    source=REFERENCE,
)
def mirror_class(z, *, sides=2):
    """The mirror class has covariance H S H, H = I - 2 c c'."""
    c = unit(z.w)
    H, S = jnp.eye(4) - 2 * jnp.outer(c, c), jnp.cov(z.x.T)
    return H @ S @ H if sides == 2 else H @ S


def between(z):
    """A boundary that crosses the segment from i to j somewhere inside."""
    return through(z.w, z.i + jax.nn.sigmoid(z.q[0]) * (z.j - z.i))


def secant(z):
    """1/cos(delta)."""
    return 1 / cosine(z.w, z.j - z.i)


@claim.algebra(
    lambda z: strength(z.w, between(z), z.i, z.j),
    over=PAIR,
    scale=secant,
    twin=Twin("1/cos^2", power=2),
    source="Tanay & Griffin (2016), abstract; derived again",
)
def strength_is_secant(z, *, power=1):
    """s = 1/cos(delta) for every boundary that separates the class means.

    Least, 1, for the nearest-centroid direction; without bound as delta -> pi/2. One class alone
    gives the same where the boundary is half-way only.
    """
    return secant(z) ** power


claim.identity(
    secant,
    name="strength_one_sided",
    says="D/|m(i) - i| = 1/cos(delta) for every boundary that separates the class means",
    formula=lambda z: (
        jnp.linalg.norm(z.j - z.i) / jnp.linalg.norm(mirror(z.w, between(z), z.i) - z.i)
    ),
    over=PAIR,
    within=1e-11,
    source="one class alone; true for a boundary half-way",
    repaired_by="strength_is_secant",
)
claim.identity(
    secant,
    name="strength_of_any_boundary",
    says="s = 1/cos(delta) for every boundary, on either side of both means too",
    formula=lambda z: strength(z.w, through(z.w, z.i + 4 * z.q[0] * (z.j - z.i)), z.i, z.j),
    over=PAIR,
    within=1e-11,
    source="without the assumption that the means are separated",
    repaired_by="strength_is_secant",
)

SAMPLE = Draws(first=(6, 5), second=(6, 5), w=(5,), q=(1,))
COMPANION = "Tanay & Griffin (2018), A New Angle on L2 Regularization, arXiv:1806.11186"


def adversarial_distance(w, w0, first, second):
    """d_adv = the mean over all points of y d(x)."""
    right = jnp.concatenate([-signed_distance(w, w0, first), signed_distance(w, w0, second)])
    return jnp.mean(right)


@claim.identity(
    1.0,
    over=SAMPLE,
    points=16,
    within=1e-11,
    why="rounding of small matrices",
    twin=Twin("twice as many points of I", kept=3),
    source=COMPANION,
)
def adv_distance_cosine(z, *, kept=6):
    """d_adv/((D/2) cos(delta)) = 1 for any w and w0, balanced classes."""
    second = z.second[:kept]
    v = jnp.mean(second, 0) - jnp.mean(z.first, 0)
    return adversarial_distance(z.w, z.q[0], z.first, second) / (z.w @ v / jnp.linalg.norm(z.w) / 2)


@claim.algebra(
    lambda z: adversarial_distance(z.w, z.q[0], z.first, z.second[:3]),
    over=SAMPLE,
    twin=Twin("as if balanced", counts=(1, 1)),
)
def adv_distance_unbalanced(z, *, counts=(6, 3)):
    """d_adv = (n_J d(j) - n_I d(i))/n: with unequal classes it depends on the bias."""
    at = [signed_distance(z.w, z.q[0], jnp.mean(x, 0)) for x in (z.first, z.second[:3])]
    return (counts[1] * at[1] - counts[0] * at[0]) / sum(counts)


# --------------------------------------------------------------------------------------------
# Tilting along a direction in which the data are flat

FLAT = Draws(x=(8, 5), w=(5,), flat=(5,), q=(2,))


def flat_data(z):
    """Points with x.z = z0, a unit c orthogonal to z, its boundary half-way, and an angle."""
    normal = unit(z.flat)
    x = z.x - jnp.outer(z.x @ normal - z.q[0], normal)
    c = unit(z.w - (z.w @ normal) * normal)
    i, j = jnp.mean(x[:4], 0), jnp.mean(x[4:], 0)
    return x, c, through(c, (i + j) / 2), normal, jax.nn.sigmoid(z.q[1]) * 1.5, i, j


def after_tilting(z):
    """Distances of the points and 1/s, from the tilted plane through the same pivot."""
    x, c, c0, normal, theta, i, j = flat_data(z)
    w = jnp.cos(theta) * c + jnp.sin(theta) * normal
    w0 = jnp.cos(theta) * c0 - jnp.sin(theta) * z.q[0]
    return jnp.append(signed_distance(w, w0, x), 1 / strength(w, w0, i, j))


@claim.algebra(
    after_tilting,
    over=FLAT,
    twin=Twin("s_theta = s (1 + tan(theta))", growth=lambda theta: 1 + jnp.tan(theta)),
    source=REFERENCE,
)
def free_tilting(z, *, growth=lambda theta: 1 / jnp.cos(theta)):
    """Data with z.x = z0: d_theta(x) = cos(theta) d(x), so the same labels, and s_theta =
    s/cos(theta).

    The strength grows without bound at no cost in accuracy.
    """
    x, c, c0, _, theta, i, j = flat_data(z)
    lengthened = strength(c, c0, i, j) * growth(theta)
    return jnp.append(jnp.cos(theta) * signed_distance(c, c0, x), 1 / lengthened)


@claim.algebra(
    lambda z: (jnp.cos(z.q[0]) * unit(z.w) + jnp.sin(z.q[0]) * flat_of(z)) @ unit(z.v),
    over=Draws(w=(5,), flat=(5,), v=(5,), q=(1,)),
    twin=Twin("cos(theta) cos(delta), right only for z orthogonal to b", along=0),
)
def free_tilting_angle(z, *, along=1):
    """cos(delta_theta) = cos(theta) cos(delta) + sin(theta) z.b for any unit z orthogonal to c."""
    b = unit(z.v)
    return jnp.cos(z.q[0]) * (unit(z.w) @ b) + along * jnp.sin(z.q[0]) * (flat_of(z) @ b)


def flat_of(z):
    """A unit vector orthogonal to w."""
    return unit(z.flat - (z.flat @ z.w) / (z.w @ z.w) * z.w)


# --------------------------------------------------------------------------------------------
# Resolution: every pixel r times

R = 3
PIXELS = Draws(square=(4, 4), v=(4,), x=(10, 4), q=(2,))


def ridge_direction(S, v, ridge):
    """(S + lambda I)^-1 v."""
    return jnp.linalg.solve(S + ridge * jnp.eye(len(v)), v)


def at_resolution(z, r, ridge):
    """cos(delta) and |w|_1/|w.(j - i)| of ridge-LDA on images of r times as many pixels."""
    v, S = jnp.repeat(z.v, r), jnp.repeat(jnp.repeat(positive_definite(z.square), r, 0), r, 1)
    w = ridge_direction(S, v, ridge)
    return jnp.stack([cosine(w, v), jnp.sum(jnp.abs(w)) / jnp.abs(w @ v)])


@claim.algebra(
    lambda z: at_resolution(z, 1, 1.0),
    over=PIXELS,
    twin=Twin("the same lambda", ridge=1.0),
    source=REFERENCE,
)
def resolution_invariance(z, *, ridge=1.0 * R):
    """Each pixel r times, lambda -> r lambda: ridge-LDA keeps its angle, and eps |w|_1 over the gap
    |w.(j - i)| is unchanged too.

    So dimension alone explains no adversarial example: both grow in proportion.
    """
    return at_resolution(z, R, ridge)


@claim.algebra(
    lambda z: logistic_objective(z.x, z.v, z.q, 1.0),
    over=PIXELS,
    twin=Twin("the same lambda", ridge=1.0),
)
def resolution_invariance_loss(z, *, ridge=1.0 * R):
    """w -> Rw/r, lambda -> r lambda keeps every regularised loss, so its minimiser's angle and
    error.
    """
    return logistic_objective(jnp.repeat(z.x, R, 1), jnp.repeat(z.v, R) / R, z.q, ridge)


def logistic_objective(x, w, q, ridge):
    """Mean softplus of -y (x.w + w0), with lambda |w|^2; the first half of the points is I."""
    y = jnp.where(jnp.arange(len(x)) < len(x) // 2, -1.0, 1.0)
    return jnp.mean(jax.nn.softplus(-y * (x @ w + q[0]))) + ridge * (w @ w)
