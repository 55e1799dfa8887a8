"""One dimension: how long targets inside, on and outside the bound take, and learned a and b."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, arcsinh, arctan, closed_form, cosh, integral, pi, sinh,
    sqrt, where,
)  # fmt: skip
from theory.weight_compander.learning import HERE, compander
from theory.weight_compander.params import Params, Positive, Scale, Variable

claim = Claims("derived")
Way = Annotated[Scalar, Ge(0), Le(1e6)]
BEYOND = (
    "is not above psi(v): the flow gets there in no time",
    lambda target, v, a, b: target > a * arctan(v / b),
)


def speed(x, a, target):
    """target/a - arctan(x), without cancellation for large x."""
    large = x > 1
    near = target / a - pi / 2 + arctan(1 / where(large, x, 1.0))
    return where(large, near, target / a - arctan(where(large, 1.0, x)))


@closed_form(example={"v": 0.5, "target": 2.0, "a": 0.8, "b": 0.5}, target=BEYOND)
def reaching_time(v: Way, a: Scale, b: Scale, target: Positive, curvature: Positive) -> Any:
    """t(v) of the flow from 0 on lambda (w - w*)^2/2: int_0^psi(v) dw/(lambda h(w) (w* - w)).

    In x = v/b: (b^2/(lambda a^2)) int_0^(v/b) (1 + x^2)/(w*/a - arctan x) dx. NaN where v has all
    but reached the target, closer than quadrature sees.
    """

    def rate(q):
        x, outer, at = sinh(q), a[..., None], target[..., None]
        return cosh(q) ** 3 / speed(x, outer, at)

    v, a, b, target = jnp.broadcast_arrays(*(jnp.asarray(z, float) for z in (v, a, b, target)))
    return (b / a) ** 2 / curvature * integral(rate, 0 * v, arcsinh(v / b), nodes=256)


@closed_form
def learned_reach(v: Variable, a: Scale, b: Scale) -> Any:
    """(pi/2) sqrt(a^2 + R^2 (pi^2/4 - u^2)), u = arctan(v/b), R^2 = v^2 + b^2.

    The largest target that one weight with a and b learned too reaches from (v, a, b), v >= 0 being
    its way; a pi/2 if they are fixed.
    """
    u = arctan(v / b)
    return pi / 2 * sqrt(a * a + (v * v + b * b) * (pi / 2 - u) * (pi / 2 + u))


# --------------------------------------------------------------------------------------------
# Rates


@claim.identity(
    lambda p: 1 / (p.curvature * (p.a / (p.b * (1 + p.x**2))) ** 2 * (p.target - p.w)),
    over=Domain.around(HERE, a=(0.2, 2.0), b=(0.1, 2.0), x=(0.0, 20.0), target=(3.3, 5.0)),
    within=1e-8,
    points=32,
    twin=Twin("h once in the slope", once=True),
    known=((HERE, ".6144358"),),
)
def time_law(p, *, once=False):
    """dt/dw = 1/(lambda h(w) (w* - w)); per dv it is psi' times that."""
    slope = jax.grad(reaching_time)(p.v, p.a, p.b, p.target, p.curvature)
    return slope if once else slope / jax.grad(compander)(p.v, p.a, p.b)


FAR = tuple(HERE.but(a=0.5, b=0.3, target=1.2, x=10.0**k) for k in (2, 3, 4, 5))
far = claim.given(size=lambda p: p.x, last_gap=1e-4)


@far.limit(
    1.0,
    along=FAR,
    rate=-1,
    within=0.02,
    why="the next order, 1/x of the gap",
    twin=Twin("the bound of delta = 0, v^4", power=4),
)
def saturation_rate(p, *, power=3):
    """delta = w* - a pi/2 > 0: v^3/(3 a b delta t) -> 1, so that a pi/2 - w falls like t^(-1/3)."""
    t = reaching_time(p.v, p.a, p.b, p.target, 1.0)
    delta = p.target - p.a * pi / 2
    if power == 4:
        return p.v**4 / (4 * p.a**2 * p.b**2 * t)
    return p.v**3 / (3 * p.a * p.b * delta * t)


@far.limit(
    1.0,
    along=tuple(p.but(target=0.5 * 1.5707963267948966) for p in FAR),
    rate=-2,
    within=0.2,
    why="the next order of the gap, 4/(3 x^2)",
    twin=Twin("v^3 for v^4", power=3),
)
def critical_rate(p, *, power=4):
    """w* = a pi/2: v^4/(4 a^2 b^2 t) -> 1, so that a pi/2 - w falls like t^(-1/4)."""
    t = reaching_time(p.v, p.a, p.b, p.target, 1.0)
    return p.v**power / (power * p.a**2 * p.b ** (power - 2) * t)


late = claim.given(mode="learned", trials=16, at=HERE.but(a=0.5, b=0.3, target=1.2))
late.every_trial(
    lambda run, p: abs(run["outside_slope"] + 1 / 3),
    name="saturation_rates",
    says="The gap a pi/2 - w has log-log slope -1/3 in time for targets beyond the bound",
    within=0.004,
    remarks="a gap's share (t/10)^(-1/3) of .01 in the last decade's slope; .0017 seen",
    twin=Twin("-1/2", observable=lambda run, p: abs(run["outside_slope"] + 1 / 2)),
)
late.every_trial(
    lambda run, p: abs(run["critical_slope"] + 1 / 4),
    name="critical_saturation",
    says="The gap has log-log slope -1/4 for a target on the bound",
    within=0.004,
    remarks="corrections of order t^(-1/2)",
    twin=Twin("-1/3", observable=lambda run, p: abs(run["critical_slope"] + 1 / 3)),
)


def on_the_way(run, p, curvature=1.0):
    """The time law at the end of a run, over the time that it took from its start."""
    ends = [
        reaching_time(v, p.a, p.b, p.target, curvature)
        for v in (run["outside_end"], run["outside_start"])
    ]
    return np.abs(np.subtract(*ends) / run["time"] - 1)


late.every_trial(
    on_the_way,
    name="time_law_of_runs",
    says="A flow takes the time t(v) - t(v_0)",
    within=1e-6,
    remarks="Runge and Kutta's error at steps of .02 in log time",
    twin=Twin("half the curvature", observable=lambda run, p: on_the_way(run, p, 0.5)),
)

# --------------------------------------------------------------------------------------------
# a and b learned too

learned = claim.given(mode="learned", trials=16, at=HERE)
learned.every_trial(
    lambda run, p: np.abs(run["growth"] - run["squares"]).max(axis=1),
    name="learned_b_conservation",
    says="|v|^2 + b^2 grows by eta^2 (|grad_v|^2 + (dL/db)^2) in a step of descent, and by no more",
    source="derived: psi depends on v/b, so that v.grad_v + b dL/db = 0; constant along the flow",
    within=1e-13,
    remarks="rounding",
    twin=Twin("|v|^2 - b^2, as in two layers", observable=lambda run, p: np.abs(
        run["difference"] - run["squares"]).max(axis=1)),
)  # fmt: skip
learned.every_trial(
    lambda run, p: run["drift"],
    name="second_invariant",
    says="One weight, a and b learned: a^2 - R^2 u^2 is constant along the flow, u = arctan(v/b)",
    source="derived: in (a, R u), R^2 = v^2 + b^2, it is the flow of a two-layer scalar network",
    within=1e-6,
    remarks="Runge and Kutta's error at steps of .01, 7e-8 seen",
    twin=Twin("a^2 - v^2", observable="plain_drift"),
)


@claim.identity(
    lambda p: -p.b * jax.grad(compander, 2)(p.v, p.a, p.b),
    over=Domain.around(HERE, a=(0.2, 5.0), b=(0.2, 5.0), x=(0.1, 9.0)),
    within=1e-12,
    points=32,
    twin=Twin("v psi_v - b psi_b = 0", plus=-1),
)
def scale_free(p, *, plus=1):
    """v psi_v + b psi_b = 0, psi_v = a b/(b^2 + v^2), psi_b = -a v/(b^2 + v^2)."""
    return plus * p.v * jax.grad(compander)(p.v, p.a, p.b)


def wrongly_called(run, p, reach):
    """1 where b's fall to zero is not what the reach says."""
    return np.abs(1.0 * (run["least_b"] <= 0) - (p.target > reach(run["start"], p.a, p.b)))


learned.every_trial(
    lambda run, p: wrongly_called(run, p, learned_reach),
    name="learned_reach_decides",
    says="With a and b learned, b falls to zero iff w* > (pi/2) sqrt(a^2 + R^2 (pi^2/4 - u^2))",
    source="derived: u moves on the hyperbola a^2 - R^2 u^2 up to pi/2, where b = 0",
    within=0.5,
    remarks="a count",
    at=(HERE.but(target=1.57), HERE.but(target=1.9)),
    twin=Twin("a pi/2, as if they were fixed", observable=lambda run, p: wrongly_called(
        run, p, lambda v, a, b: a * pi / 2 + 0 * v)),
)  # fmt: skip


def reached_by_params(p: Params) -> Any:
    """The reach at a parameter's point."""
    return learned_reach(p.v, p.a, p.b)


claim.never_below(
    lambda p: p.a * pi / 2,
    name="learning_reaches_further",
    says="(pi/2) sqrt(a^2 + R^2 (pi^2/4 - u^2)) > a pi/2: learned scales reach beyond the bound",
    formula=reached_by_params,
    over=Domain.around(HERE, a=(0.01, 50.0), b=(0.01, 50.0), x=(0.0, 50.0)),
)
