"""The compander, how much faster or slower weights learn through it, and what it magnifies."""

from typing import Any

import jax
import numpy as np

from theory import (
    Claims, Domain, Twin, absolute, arctan, closed_form, cos, minimum, pi, root, sqrt, tan,
)  # fmt: skip
from theory.weight_compander.params import (
    INSIDE, STEEPER, Params, Positive, Scale, Variable, Weight,
)  # fmt: skip

claim = Claims("derived")
HERE = Params()
FLOW = HERE
WIDE = Params(a=0.5, b=0.8)  # a < b: everything learns slower


@closed_form
def compander(v: Variable, a: Scale, b: Scale) -> Any:
    """psi(v) = a arctan(v/b)."""
    return a * arctan(v / b)


@closed_form(example={"w": 0.3, "a": 0.8}, w=INSIDE)
def variable_of(w: Weight, a: Scale, b: Scale) -> Any:
    """psi^-1(w) = b tan(w/a)."""
    return b * tan(w / a)


@closed_form(example={"w": 0.3, "a": 0.8}, w=INSIDE)
def gain(w: Weight, a: Scale, b: Scale) -> Any:
    """h(w) = psi'^2 = (a/b)^2 cos^4(w/a): the flow is dw/dt = -h(w) dL/dw, in each coordinate."""
    return (a * cos(w / a) ** 2 / b) ** 2


@closed_form(example={"a": 0.8, "b": 0.5}, a=STEEPER)
def crossing_weight(a: Scale, b: Scale) -> Any:
    """w_x = a arccos sqrt(b/a) = psi(b sqrt(a/b - 1)), where h = 1; its slope at b is infinite."""
    return a * arctan(sqrt((a - b) / b))


@closed_form(example={"a": 0.8, "b": 0.5}, a=STEEPER)
def fixed_variable(a: Scale, b: Scale) -> Any:
    """v_e > 0 with psi(v_e) = v_e: the compander magnifies below and compresses above.

    arctan(x) >= x - x^3/3 places it above b sqrt(3 (1 - b/a)); it is below a pi/2.
    """
    low = sqrt(3 * (a - b) / a) / 2
    return b * root(lambda x: arctan(x) / x - b / a, low, a * pi / (2 * b))


@closed_form(example={"w": 0.3, "a": 0.8}, w=INSIDE)
def largest_step(w: Weight, a: Scale, b: Scale, curvature: Positive) -> Any:
    """2/(lambda h(w)) = 2 b^2/(lambda a^2 cos^4(w/a)): beyond it descent leaves a minimum at w."""
    return 2 / curvature * (b / (a * cos(w / a) ** 2)) ** 2


# --------------------------------------------------------------------------------------------
# One step, many starts

STEP = 1e-6


def learned(run, p, power):
    """How far a small step in w is from eta g (psi')^power, over it."""
    slope = gain(run["weights"], p.a, p.b) ** (power / 2)
    return np.abs(run["moved"] / (slope * run["gradient"]) - 1).max(axis=1)


claim.every_trial(
    lambda run, p: learned(run, p, 2),
    name="gradient_gain",
    says="A small step moves w by -eta h(w) dL/dw, h = (a^2/b^2) cos^4(w/a)",
    at=(HERE, WIDE),
    trials=256,
    within=3e-5,
    remarks="the second order, eta |g| a |x|/(b^2 (1 + x^2)^2), is under 2e-5; rounding 1e-10",
    twin=Twin("psi' once", observable=lambda run, p: learned(run, p, 1)),
)


@claim.identity(
    1,
    over=Domain.around(HERE, a=(0.6, 20.0), b=(0.01, 0.5)),
    within=1e-12,
    twin=Twin("where |w| is a/2", crossing=False),
)
def gain_crosses_one(p, *, crossing=True):
    """h = 1 at w_x = a arccos sqrt(b/a), if a > b: smaller weights learn faster, larger slower."""
    return gain(crossing_weight(p.a, p.b) if crossing else p.a / 2, p.a, p.b)


@claim.nonnegative(over=Domain.around(HERE, a=(0.6, 20.0), b=(0.01, 0.5), x=(-50.0, 50.0)))
def faster_below_the_crossing(p):
    """(h(w) - 1)(w_x - |w|) >= 0 if a > b."""
    return (gain(p.w, p.a, p.b) - 1) * (crossing_weight(p.a, p.b) - absolute(p.w)) + 1e-12


@claim.never_above(1, over=Domain.around(WIDE, a=(0.01, 0.5), b=(0.5, 20.0), x=(-50.0, 50.0)))
def slower_everywhere(p):
    """h <= 1 for every weight if a <= b."""
    return gain(p.w, p.a, p.b)


claim.every_trial(
    "apart",
    name="no_spurious_points",
    says="Descent on a convex quadratic from any start, zeros too, reaches the one w",
    source="derived: psi' > 0, so that the gradient in v is zero only with that in w",
    mode="flow",
    at=FLOW,
    trials=16,
    within=1e-7,
    remarks="a step leaves 1 - cos^4(.3 pi)/2 = .94 of an error near w, of 1500",
    twin=Twin("w = v |v|: a zero weight is a saddle", observable="saddle"),
)


# --------------------------------------------------------------------------------------------
# Sharpness


claim.every_trial(
    lambda run, p: contraction(run, p, 4),
    name="sharpness",
    says="A step eta at a minimum w leaves 1 - eta lambda h(w) = 1 - 2 eta/eta_max of the distance",
    source="derived: the Hessian in v is D H D, D = diag(psi'); the flow's rate is lambda h(w)",
    at=(HERE, WIDE),
    trials=256,
    within=1e-3,
    remarks="start 1e-4 b away: eta lambda h |x| 1e-4 and its like",
    twin=Twin("cos^2", observable=lambda run, p: contraction(run, p, 2)),
)


def contraction(run, p, power):
    """|multiplier - (1 - 2 eta/eta_max)|, worst of the minima."""
    limit = largest_step(run["weights"], p.a, p.b, p.curvature)
    if power == 2:
        limit = limit * cos(run["weights"] / p.a) ** 2
    return np.abs(run["multiplier"] - (1 - 2 * run["eta"][:, None] / limit)).max(axis=1)


@claim.never_above(
    lambda p: largest_step(p.w, p.a, p.b, p.curvature),
    over=Domain.around(HERE, a=(0.01, 10.0), b=(0.01, 10.0), x=(-50.0, 50.0)),
    points=64,
)
def large_weights_stand_larger_steps(p):
    """eta_max(w) >= eta_max(0) = 2 b^2/(lambda a^2): large weights are flat."""
    return largest_step(0 * p.w, p.a, p.b, p.curvature) * (1 - 1e-13)


# --------------------------------------------------------------------------------------------
# What is magnified


@claim.never_below(
    lambda p: absolute(compander(p.v, p.a, p.b)),
    over=Domain.around(HERE, a=(0.01, 10.0), b=(0.01, 10.0), x=(-50.0, 50.0)),
)
def shrinkage_ratio(p):
    """|psi(v)| <= min((a/b) |v|, a pi/2)."""
    return minimum(p.a / p.b * absolute(p.v), p.a * pi / 2) * (1 + 1e-15)


@claim.identity(
    lambda p: p.a * arctan(fixed_variable(p.a, p.b) / p.b),
    over=Domain.around(HERE, a=(0.6, 20.0), b=(0.01, 0.5)),
    within=1e-12,
    points=32,
    twin=Twin("v_x, where psi' = 1", fixed=False),
)
def magnified_up_to(p, *, fixed=True):
    """psi(v_e) = v_e for one v_e > 0, if a > b: |psi(v)| >= |v| iff |v| <= v_e."""
    return fixed_variable(p.a, p.b) if fixed else sqrt(p.b * (p.a - p.b))


@claim.nonnegative(
    over=Domain.around(HERE, a=(0.6, 20.0), b=(0.01, 0.5), x=(-50.0, 50.0)), points=64
)
def magnifies_below(p):
    """(|psi(v)| - |v|)(v_e - |v|) >= 0."""
    size = absolute(p.v)
    return (absolute(p.w) - size) * (fixed_variable(p.a, p.b) - size) + 1e-11


@claim.identity(
    lambda p: jax.grad(compander)(p.v, p.a, p.b),
    over=Domain.around(HERE, a=(0.1, 10.0), b=(0.1, 10.0), x=(-9.0, 9.0)),
    within=1e-11,
    points=32,
    twin=Twin("cos, not its square", power=1),
)
def slope_of_the_compander(p, *, power=2):
    """psi'(v) = (a/b) cos^2(w/a) = (a/b)/(1 + v^2/b^2)."""
    return p.a / p.b * cos(p.w / p.a) ** power
