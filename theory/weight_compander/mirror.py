"""Mirror descent: the potential that a flow through the compander minimises, and weight decay's."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Twin, arcsinh, arctan, closed_form, cos, log, log1p, sinh, tan
from theory.weight_compander.learning import FLOW, HERE, gain
from theory.weight_compander.params import INSIDE, Positive, Scale, Variable, Weight

claim = Claims("derived")
EXAMPLE = {"w": 0.3, "a": 0.8}


@closed_form
def potential_of_variable(v: Variable, b: Scale) -> Any:
    """phi = (v^2 + 2 b^2 log(1 + v^2/b^2))/6, in terms of the variable; phi'' = 1/h in w."""
    return (v * v + 2 * b * b * log1p((v / b) ** 2)) / 6


@closed_form(example=EXAMPLE, w=INSIDE)
def potential(w: Weight, a: Scale, b: Scale) -> Any:
    """phi(w) = (b^2/6)(tan^2 u - 4 log cos u), u = w/a: infinite where |w| = a pi/2."""
    return b * b / 6 * (tan(w / a) ** 2 + 2 * log1p(tan(w / a) ** 2))


@closed_form(example=EXAMPLE, w=INSIDE)
def mirror_map(w: Weight, a: Scale, b: Scale) -> Any:
    """phi'(w) = (b^2/a)(tan u + tan^3 u/3): along the flow it moves by -dL/dw."""
    return b * b / a * (tan(w / a) + tan(w / a) ** 3 / 3)


@closed_form
def mirrored(z: Variable, a: Scale, b: Scale) -> Any:
    """The w with phi'(w) = z: a arctan(2 sinh(arcsinh(3 a z/(2 b^2))/3))."""
    return a * arctan(2 * sinh(arcsinh(3 * a * z / (2 * b * b)) / 3))


@closed_form(example=EXAMPLE, w=INSIDE)
def decay_penalty(w: Weight, a: Scale, b: Scale, decay: Positive) -> Any:
    """(mu/2) v^2 = (mu b^2/2) tan^2(w/a): what weight decay on v is, on w."""
    return decay * b * b / 2 * tan(w / a) ** 2


BOX = Domain.around(HERE, a=(0.1, 10.0), b=(0.1, 10.0), x=(-14.0, 14.0))


@claim.identity(
    lambda p: 1 / gain(p.w, p.a, p.b),
    over=BOX,
    within=1e-9,
    points=32,
    twin=Twin("h = psi', not its square", power=1),
    known=((HERE, ".8672266"),),
)
def mirror_potential(p, *, power=2):
    """phi''(w) = 1/h(w), so that the flow is mirror descent with the potential phi.

    derived: d phi'(w)/dt = phi'' dw/dt = -dL/dw
    """
    curvature = jax.grad(jax.grad(potential))(p.w, p.a, p.b)
    return curvature if power == 2 else jnp.sqrt(curvature)


@claim.identity(
    lambda p: mirror_map(p.w, p.a, p.b),
    over=BOX,
    within=1e-10,
    points=32,
    twin=Twin("the square's potential, v^2/2", log_term=False),
    known=((HERE, ".2544792"),),
)
def slope_of_the_potential(p, *, log_term=True):
    """phi'(w) = (b^2/a)(tan u + tan^3 u/3)."""
    if log_term:
        return jax.grad(potential)(p.w, p.a, p.b)
    return jax.grad(decay_penalty)(p.w, p.a, p.b, 1.0)


@claim.identity(
    lambda p: potential_of_variable(p.v, p.b),
    over=BOX,
    within=1e-11,
    twin=Twin("2 log cos for 4", logs=2),
    known=((HERE, ".0536480"),),
)
def potential_in_both(p, *, logs=4):
    """(b^2/6)(tan^2 u - 4 log cos u) = (v^2 + 2 b^2 log(1 + v^2/b^2))/6."""
    u = p.w / p.a
    return p.b**2 / 6 * (tan(u) ** 2 - logs * log(cos(u)))


@claim.identity(
    lambda p: p.w,
    over=BOX,
    within=1e-11,
    twin=Twin("arcsinh not divided by 3", cubic=False),
    known=((HERE, ".48858077"),),
)
def mirror_map_inverted(p, *, cubic=True):
    """w = a arctan(2 sinh(arcsinh(3 a z/(2 b^2))/3)), z = phi'(w): the cubic's one real root."""
    z = mirror_map(p.w, p.a, p.b)
    return mirrored(z, p.a, p.b) if cubic else p.a * arctan(p.a * z / p.b**2)


@claim.limit(
    1 / 3,
    along=tuple(HERE.but(x=1 / k) for k in (8, 16, 32, 64, 128)),
    size=lambda p: 1 / p.x,
    rate=-2,
    within=0.02,
    why="the next order, x^2 of the gap: 1/64 at the largest x",
    last_gap=1e-4,
    twin=Twin("a quartic of weight 1/4 in place of 1/6", limit=0.5),
)
def potential_of_small_weights(p):
    """phi(w) = (b^2/a^2)(w^2/2 + w^4/(6 a^2) + ...): (2 a^2 phi/(b w)^2 - 1)(a/w)^2 -> 1/3."""
    square = (p.b * p.w / p.a) ** 2 / 2
    return (potential_of_variable(p.v, p.b) / square - 1) * (p.a / p.w) ** 2


@claim.identity(
    lambda p: p.decay / 2 * p.v**2,
    over=BOX,
    within=1e-10,
    twin=Twin("phi", squared=False),
    known=((HERE, ".018375"),),
)
def weight_decay_penalty(p, *, squared=True):
    """(mu/2) v^2 is the penalty (mu b^2/2) tan^2(w/a), convex, infinite where |w| = a pi/2."""
    return decay_penalty(p.w, p.a, p.b, p.decay) if squared else p.decay * potential(p.w, p.a, p.b)


# --------------------------------------------------------------------------------------------
# Where flows end


def outside(run, dual):
    """The part of a dual vector outside the span of the equations, over its length."""
    X = run["X"]
    inside = np.einsum("tij,tik,tk->tj", X, X, dual)  # rows of X are orthonormal
    return np.linalg.norm(dual - inside, axis=1) / np.linalg.norm(dual, axis=1)


def tangents(run, name, p):
    """tan u sec^2 u, the slope of tan^2 u/2."""
    t = np.tan(run[name] / p.a)
    return t * (1 + t * t)


flows = claim.given(mode="flow", at=FLOW, trials=16)
RUNGE = (
    "Runge and Kutta's error, 16 times smaller at half the step, and e^(-24) not yet run; 1e-7 seen"
)
flows.every_trial(
    lambda run, p: outside(run, mirror_map(run["flow"], p.a, p.b)),
    name="implicit_bias",
    says="From v = 0 the flow ends at the argmin of sum phi(w_j) among X w = y: phi'(w) = X'nu",
    within=3e-6,
    remarks=RUNGE,
    twin=Twin("sum v^2", observable=lambda run, p: outside(run, tangents(run, "flow", p))),
)
flows.every_trial(
    lambda run, p: np.abs(run["flow"] - run["slower"]).max(axis=1) / p.a,
    name="free_of_b",
    says="The end does not depend on b; twice the b takes four times as long",
    within=1e-7,
    remarks="phi is b^2 times a function of w/a; both runs take the same steps in t a^2/b^2",
    twin=Twin("nor on a", observable=lambda run, p: np.abs(
        run["flow"] - run["wider"]).max(axis=1) / p.a),
)  # fmt: skip
flows.every_trial(
    lambda run, p: np.abs(run["flow"] - run["programme"]).max(axis=1) / p.a,
    name="convex_programme",
    says="The flow's end is found by Newton's method on n dual numbers",
    within=3e-6,
    remarks=RUNGE,
    twin=Twin("least norm", observable=lambda run, p: np.abs(
        run["flow"] - run["least"]).max(axis=1) / p.a),
)  # fmt: skip
flows.every_trial(
    lambda run, p: outside(run, tangents(run, "decayed", p)),
    name="weight_decay_limit",
    says="With decay mu on v, however small, w is the argmin of sum tan^2(w_j/a) on its own X w",
    source="derived: X'(y - X w) = mu (b^2/a) tan u sec^2 u, so that the limit mu -> 0 stays there",
    within=3e-6,
    remarks=RUNGE,
    twin=Twin("sum phi: the flow's end", observable=lambda run, p: outside(
        run, mirror_map(run["decayed"], p.a, p.b))),
)  # fmt: skip


# --------------------------------------------------------------------------------------------
# From least squares to the least maximum


def first_order(run, coefficient):
    """|a^2 (w - w_2) + c P w_2^3|, over |w_2|^3, at the large a of the trial."""
    X, least, cube = run["X"], run["least"], run["least"] ** 3
    across = cube - np.einsum("tij,tik,tk->tj", X, X, cube)
    off = run["large_a"][:, None] ** 2 * (run["large"] - least) + coefficient * across
    return np.abs(off).max(axis=1) / np.abs(least).max(axis=1) ** 3


flows.every_trial(
    lambda run, p: first_order(run, 2 / 3),
    name="l2_limit",
    says="a^2 (w - w_2) -> -(2/3) P w_2^3: w_2 of least norm, P onto the null space of X",
    source="derived: phi'(w) a^2/b^2 = w + 2 w^3/(3 a^2) + O(a^-4)",
    within=0.005,
    remarks="terms of order (w/a)^2: max |w_2| < .76 where a = 16",
    twin=Twin("1/3, as in phi/w^2", observable=lambda run, p: first_order(run, 1 / 3)),
)
EPS = 0.05


def from_signs(run, name):
    """sum |z_j| |1 - s_j w_j|/sum |z_j| where s = sign(z), z = X'nu."""
    z = np.abs(run["z"])
    return np.sum(z * np.abs(1 - run[name]), axis=1) / np.sum(z, axis=1)


flows.every_trial(
    lambda run, p: from_signs(run, "signs"),
    name="l2_to_linf",
    says="sum |z_j||1 - s_j w_j| <= 2 eps sum |z_j|: w -> s, of least maximum, as a pi/2 -> 1",
    source="derived: s = sign(z), z = X'nu, y = X s; z.(w - s) = 0, |w_j| < a pi/2 = 1 + eps",
    within=2 * EPS,
    twin=Twin("least norm", observable=lambda run, p: from_signs(run, "signs_least")),
)
