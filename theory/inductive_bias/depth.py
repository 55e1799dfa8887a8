"""Deep ReLU kernels on the sphere: how much a task needs, against the number of hidden layers.

f ~ GP(0, K) on S^(d-1), K(x, y) = K(cos theta) of depth L scaled to K(1) = 1. The error counted on
degrees 0..M is sum_l |f_l - f*_l|^2, f_l the part of degree l: a Gaussian space with eigenvalues
lam_l of N(d, l) harmonics each. A layer maps the angle by cos theta' = cos theta + (sin theta -
theta cos theta)/pi: theta ~ 3 pi/L, so the NNGP kernel tends to 1 with 1 - K ~ L^-2, its shape is
of order L^-3, and of the tangent kernel a share 3/4 goes to ever higher degrees.
"""

from typing import Annotated

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, ParameterError, Scalar, Twin, Whole, closed_form, harmonics,
    neural_kernels, own_checks, quadratic_form_cdf, sqrt, zonal_eigenvalues,
)  # fmt: skip
from theory.inductive_bias.gaussian import exact
from theory.inductive_bias.kernel import Task
from theory.inductive_bias.params import DEPTHS, HARMONICS, KERNELS, SPHERES, Params

claim = Claims("derived; not in the paper")
NOTHING = 1e-15  # the quadrature's error: eigenvalues below it are 0
Degree = Annotated[Scalar, Ge(0), Le(HARMONICS), Whole]
Sphere = Annotated[Scalar, Ge(3), Le(SPHERES), Whole]
Layers = Annotated[Scalar, Ge(1), Le(DEPTHS), Whole]

RELU = neural_kernels.leaky_relu(0.0)


def kernels(angle, depth):
    """(1 - cos theta_L, Theta_L/(L + 1)): NNGP and tangent kernel after L = depth layers."""

    def step(state, number):
        s, tangent = state  # 1 - cos theta, which keeps its digits near theta = 0
        new = RELU.fall(s)
        grown = tangent * RELU.slope_near(s) + 1 - new
        on = number < depth
        return (jnp.where(on, new, s), jnp.where(on, grown, tangent)), None

    start = jnp.broadcast_arrays(2 * jnp.sin(angle / 2) ** 2, 0.0 * depth)[0]
    (last, tangent), _ = jax.lax.scan(step, (start, 1 - start), jnp.arange(DEPTHS))
    return last, tangent / (depth + 1)


@jax.jit
def projected(degree, d, depth):
    """Both eigenvalues, NNGP first: the mean of K(t) P_l(t) over the law of t on S^(d-1)."""
    degree, d, depth = jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in (degree, d, depth)))

    def both(angle):
        s, tangent = kernels(angle, depth[..., None])
        return jnp.stack([1 - s, tangent])

    bands = zonal_eigenvalues(both, d, HARMONICS)
    at = jnp.broadcast_to(degree.astype(int), bands.shape[:-1])[..., None]
    values = jnp.take_along_axis(bands, at, -1)[..., 0]
    return jnp.where(values > NOTHING, values, 0.0)


@closed_form
def nngp_eigenvalue(degree: Degree, d: Sphere, depth: Layers):
    """lam_l of the NNGP kernel of ``depth`` hidden ReLU layers, K(1) = 1, on S^(d-1).

    int K(cos theta) P_l(cos theta) sin^(d-2) theta dtheta/int sin^(d-2) theta dtheta, P_l
    Gegenbauer's with P_l(1) = 1; by Gauss-Legendre in the angle, to 1e-15. 0 is exact.
    """
    return projected(degree, d, depth)[0]


@closed_form
def ntk_eigenvalue(degree: Degree, d: Sphere, depth: Layers):
    """The same of the tangent kernel, without biases, over L + 1.

    Theta_l = Theta_(l-1) (1 - theta_(l-1)/pi) + cos theta_l, Theta_0 = cos theta_0.
    """
    return projected(degree, d, depth)[1]


@own_checks("energies of one's own, checked together")
def sphere_task(energies, d: int, depth: int, kernel: str = "nngp") -> Task:
    """The task of a teacher on S^(d-1) for ``gaussian_bias(eps, *sphere_task(...))``.

    Args:
        energies: |f*_l|^2 for l = 0..M: the error is counted on these degrees.
        d, depth: of :func:`nngp_eigenvalue`.
        kernel: "nngp", or "ntk".

    A degree whose eigenvalue is 0 (odd ones from 3 on, at depth 1) cannot be learnt: its energy is
    the offset. Raises ParameterError for energies that are negative or not finite.
    """
    energies = np.asarray(energies, float)
    if energies.ndim != 1 or not 1 <= len(energies) <= HARMONICS + 1:
        raise ParameterError(f"sphere_task: energies of degrees 0..M, M <= {HARMONICS}, are needed")
    if not np.isfinite(energies).all() or (energies < 0).any():
        raise ParameterError("sphere_task: energies are not finite numbers from 0 on")
    if kernel not in KERNELS:
        raise ParameterError(f"sphere_task: kernel = {kernel!r} is none of {', '.join(KERNELS)}")
    form = nngp_eigenvalue if kernel == "nngp" else ntk_eigenvalue
    values = np.asarray(form(np.arange(len(energies)), d, depth))
    counts = np.array([harmonics(int(d), degree) for degree in range(len(energies))])
    alive = values > 0
    offset = float(energies[~alive].sum())
    return Task(values[alive], energies[alive] / values[alive], counts[alive], offset)


# --------------------------------------------------------------------------------------------
# A teacher of norm 1 in one degree; the error on degrees 0..4

TOP = 4
EPS = 0.25


def task(p, top=TOP) -> Task:
    """The teacher's task."""
    return sphere_task(np.eye(top + 1)[p.degree], p.d, p.depth, p.kernel)


def bias(p, depth=None):
    """I(eps) of that teacher."""
    return exact(p.eps, *task(p if depth is None else p.but(depth=depth)))


def eigenvalue(p):
    """lam of the teacher's degree."""
    return projected(p.degree, p.d, p.depth)[KERNELS.index(p.kernel)]


BALL = Params(d=3, n=0, eps=0.6, depth=3, degree=1)


@claim.law(
    "error",
    at=(BALL, BALL.but(kernel="ntk", degree=2)),
    mode="sphere",
    width=0.04,
    why="128 points see degrees from 14 on as 2: lam_2 to 1.5 % (NTK; NNGP 4e-4), laws to .006",
    twin=Twin("one harmonic a degree", many=0),
)
def depth_exact(p, x, *, many=1):
    """e on degrees 0..2 is sum_l lam_l chi'^2_{N(d, l)}(|f*_l|^2/lam_l), of K's eigenvalues."""
    found = task(p, 2)
    counts = found.degrees if many else 1 + 0 * found.degrees
    return quadratic_form_cdf(x - found.offset, found.spectrum, counts, found.shifts)


AT = Params(d=10, n=0, eps=EPS, depth=8)


@claim.identity(
    lambda p: 1 / (2 * p.d) * (p.degree == 1),
    over=Domain.around(AT.but(depth=1), d=(3, 64), degree={1, 3, 5, 7}, kernel={*KERNELS}),
    points=16,
    within=1e-13,
    scale=1.0,
    twin=Twin("two layers", depth=2),
)
def one_layer_is_even_but_for_a_line(p, *, depth=1):
    """Depth 1: lam_1 = 1/(2 d), odd degrees from 3 on have 0, for K(t) - K(-t) = t."""
    return eigenvalue(p.but(depth=depth))


DEEP = (16, 32, 64, 128, 256)
deep = claim.given(along=[AT.but(depth=depth) for depth in DEEP], within=0.03)


def effective(p):
    """3 pi/theta_L from theta_0 = pi/2: L + a log L + O(1)."""
    s = mpmath.mpf(1)  # a ladder's sizes are known on import, which starts no device
    for _ in range(p.depth):
        s = RELU.fall(s)
    return float(3 * mpmath.pi / mpmath.acos(1 - s))


@deep.scaling(
    -3.0,
    size=effective,
    why="the next order, 1/depth",
    twin=Twin("-2, as 1 - K falls", exponent=-2.0),
    known=(
        (AT.but(depth=3, degree=2), ".001969484"),
        (AT.but(depth=2, d=3, degree=3), ".002241466"),
    ),
)
def shape_of_a_deep_kernel(p):
    """NNGP: lam_l, l >= 1, falls like n^-3, n = 3 pi/theta ~ L; only lam_0 is left, K -> 1."""
    return eigenvalue(p)


claim.given(along=[AT.but(depth=L, kernel="ntk") for L in DEEP[1:]], within=0.03).scaling(
    -1.0,
    name="shape_of_a_deep_tangent_kernel",
    says="NTK: lam_l, l >= 1, falls like 1/L only",
    formula=eigenvalue,
    size=lambda p: p.depth,
    why="the next order, log L/L",
    twin=Twin("as the NNGP kernel's", exponent=-3.0),
    known=((AT.but(depth=3, degree=2, kernel="ntk"), ".003216831"),),
)


@deep.limit(
    lambda p: (1 - sqrt(p.eps)) ** 2 / 2,
    size=effective,
    rate=-2.773,
    within=0.09,
    why="the next order, lam log lam: -3 + 1/log n, at n = 82 from which it is .09 off at the ends",
    last_gap=1e-4,
    twin=Twin("(1 - eps)/2", limit=lambda p: (1 - p.eps) / 2),
)
def price_of_depth(p):
    """lam I -> (|f*| - sqrt(eps))^2/2: I grows like L^3 with the NNGP kernel, L with the NTK.

    derived: one harmonic has to be moved by |f*| - sqrt(eps), at sqrt(lam) a standard deviation
    """
    return eigenvalue(p) * bias(p)


CUBIC = Params(d=3, n=0, eps=EPS, degree=3, depth=2)


@claim.never_below(
    lambda p: bias(p, depth=4),
    over=Domain.around(CUBIC, depth={2, 3, 4, 5, 8, 32}),
    points=8,
    twin=Twin("two layers are best", smaller=lambda p: bias(p, depth=2)),
    known=((CUBIC, "77.453"), (CUBIC.but(depth=4), "57.996")),
)
def a_best_depth(p):
    """A teacher of degree 3 on S^2, NNGP: I is infinite at depth 1 and least at depth 4."""
    return bias(p)


@claim.never_above(
    lambda p: bias(p, depth=p.depth + 1),
    over=Domain.around(AT, d={3, 10}, depth=(1, 30), degree={1, 2}, kernel={*KERNELS}),
    points=24,
)
def depth_costs_smooth_teachers(p):
    """A teacher of degree 1 or 2: I increases with every layer, of either kernel."""
    return bias(p)
