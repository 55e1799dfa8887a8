"""FGSM training from the clean point (k = 0): a straight line, its clock, where it ends."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, exp, expm1, maximum, root
from theory.catastrophic_overfitting.params import Moderate, Params, Speed

claim = Claims("derived")
trained = claim.given(mode="training", trials=16)
Slope = Annotated[Scalar, Ge(1e-6), Le(100)]
Count = Annotated[Scalar, Ge(1), Le(1e4)]
STRAIGHT = ("has c/b above the ratio already", lambda c, b, ratio: c <= ratio * b)


@closed_form(example={"b": 1.0, "c": 0.1, "ratio": 1.0}, c=STRAIGHT)
def effective_time(
    b: Slope, c: Moderate, kappa: Speed, n: Count, ratio: Annotated[Scalar, Ge(0), Le(1e6)]
):
    """tau = (Q b - c)/(n (kappa + Q)): when c/b reaches Q, in time weighted by the loss's slope.

    b reaches 0 at b/n, the limit of large Q.
    """
    return (ratio * b - c) / (n * (kappa + ratio))


@closed_form
def clock_time(
    tau: Moderate, margin: Annotated[Scalar, Ge(-100), Le(100)], growth: Annotated[
        Scalar, Ge(1e-3), Le(1e4)]
):  # fmt: skip
    """t = tau + e^m (e^(C tau) - 1)/C: the time of tau under the logistic loss, one margin.

    m is the margin at the attacked corner at the start, C its growth a^2 + n^2 (1 + kappa).
    Infinite where e^(m + C tau) leaves the floats.
    """
    return tau + exp(margin) * expm1(growth * tau) / growth


@closed_form
def recovery_time(
    margin: Annotated[Scalar, Ge(-100), Le(100)],
    depth: Moderate,
    a: Annotated[Scalar, Ge(1e-3), Le(100)],
):
    """[2 (d - M) + e^(2d) + 1 - e^(M+d) - e^(M-d)]/(2 a^2) from M to d = n c; 0 for M >= d.

    How long the worst margin M - d stays negative once b = 0, under the logistic loss: there
    1/M' = (1/w(M + d) + 1/w(M - d))/(2 a^2), w(m) = 1/(1 + e^m). About e^(2d)/(2 a^2).
    """
    short = maximum(depth - margin, 0)
    rising = -exp(2 * depth) * expm1(-short) - expm1(-short)
    return (2 * short + rising) / (2 * a**2)


@closed_form
def critical_radius(
    margin: Annotated[Scalar, Ge(1e-3), Le(1e3)],
    slope: Annotated[Scalar, Ge(1e-3), Le(1e3)],
    curvature: Moderate,
    a: Moderate,
    n: Count,
):
    """The root of n eps^3 (D + eps^2 B) = M + a^2 B/(n eps), margin M + sum_j (B v_j - D v_j^3).

    FGSM training ends with a negative worst margin iff eps is above it. D = a = 0:
    (M/(n B))^(1/5).
    """

    def surplus(log_eps):
        eps = jnp.exp(log_eps)
        mass = n * eps**4 * (curvature + eps**2 * slope)
        return mass - margin * eps - a**2 * slope / n

    return jnp.exp(root(surplus, jnp.log(1e-4), jnp.log(1e3)))


# --------------------------------------------------------------------------------------------
# The line

LINE = Params(spread=0.5, batch=16, steps=300, rate=0.02)


def drift(run, p, sign=1) -> Any:
    """How far c + kappa b ever is from its start."""
    kept = run["c"] + sign * p.kappa * run["b"]
    return jnp.max(abs(kept - kept[..., :1]), axis=-1)


def off_line(run, p, power=2) -> Any:
    """|(M - M_0) n/a^2 - (b_0 - b)| up to the step in which b changes sign."""
    gap = abs(run["shift"] * p.n / p.a**power - (p.b - run["b"]))
    before = jnp.cumsum(run["b"] <= 0, axis=-1) == 0
    return jnp.max(jnp.where(before, gap, 0), axis=-1)


trained.every_trial(
    drift,
    within=1e-12,
    name="straight_line",
    says="FGSM training conserves c + kappa b, whatever margins, batches, steps; b < 0 too",
    at=(LINE, LINE.but(kappa=2.0, a=0.0)),
    twin=Twin("c - kappa b", observable=lambda run, p: drift(run, p, -1)),
)
trained.every_trial(
    off_line,
    within=1e-12,
    name="straight_line_margin",
    says="while b > 0, (M - M_0)/a^2 = (b_0 - b)/n: training sees one corner only",
    at=(LINE, LINE.but(kappa=2.0)),
    twin=Twin("a for a^2", observable=lambda run, p: off_line(run, p, 1)),
)

# --------------------------------------------------------------------------------------------
# When, and where it ends

RATIOS = (1 / 3, 1.0, 4 / 3)
CLOCK = Params()
RECOVER = Params(b=0.3, c=0.03, margin=0.5, kappa=1.0, a=1.0, rate=1.2e-3)


def corner(p):
    """(margin at the attacked corner at the start, C)."""
    return p.margin - p.n * (p.b - p.c), p.a**2 + p.n**2 * (1 + p.kappa)


def milestones(p, *, warped=True):
    """Times of q = 1/3, 1, 4/3 and of b = 0."""
    taus = [effective_time(p.b, p.c, p.kappa, p.n, Q) for Q in RATIOS] + [p.b / p.n]
    return [clock_time(tau, *corner(p)) if warped else tau for tau in taus]


def first_time(run, passed):
    """The time of the first step at which the condition holds; infinite if it never does."""
    when = jnp.where(passed, run["time"], jnp.inf)
    return jnp.min(when, axis=-1)


def clock_gap(run, p, warped=True) -> Any:
    """The largest distance of the four times from their formulas."""
    passed = [run["c"] >= Q * run["b"] for Q in RATIOS] + [run["b"] <= 0]
    gaps = zip(passed, milestones(p, warped=warped), strict=True)
    return jnp.max(jnp.stack([abs(first_time(run, x) - t) for x, t in gaps]), axis=0)


trained.every_trial(
    clock_gap,
    within=lambda p: 6 * p.rate,
    name="clock",
    says="q = c/b reaches 1/3, 1, 4/3, and b = 0, in this order, at t(tau_Q)",
    at=(CLOCK, RECOVER),
    twin=Twin("t = tau", observable=lambda run, p: clock_gap(run, p, False)),
)


def end_state(p, *, kappa=None):
    """(c, M) at the moment at which b reaches 0."""
    speed = p.kappa if kappa is None else kappa
    return p.c + speed * p.b, p.margin + p.a**2 * p.b / p.n


def end_gap(run, p, kappa=None):
    """How far c and M are from the end state at the first step with b <= 0."""
    at = jnp.argmax(run["b"] <= 0, axis=-1)[..., None]
    c, margin = end_state(p, kappa=kappa)
    take = lambda x: jnp.take_along_axis(x, at, axis=-1)[..., 0]  # noqa: E731
    return abs(take(run["c"]) - c) + abs(take(run["shift"]) + p.margin - margin)


trained.every_trial(
    end_gap,
    within=lambda p: 2 * p.rate * (p.kappa * p.n + p.a**2),
    name="end_state",
    says="b = 0 is reached with c = c_0 + kappa b_0, M = M_0 + a^2 b_0/n",
    at=(CLOCK, RECOVER),
    twin=Twin("c keeps its start", observable=lambda run, p: end_gap(run, p, 0)),
)


def recovered(run, p):
    """From b = 0 to a worst margin M - n c >= 0."""
    flat = first_time(run, run["b"] <= 0)
    late = run["time"] > flat[..., None]
    return first_time(run, late & (p.margin + run["shift"] >= p.n * run["c"])) - flat


trained.every_trial(
    lambda run, p: abs(recovered(run, p) / recovery(p) - 1),
    # b chatters within 2 n rate, so the margins within n (1 + kappa) times that, w by as much
    within=lambda p: 2 * p.n**2 * (1 + p.kappa) * p.rate,
    name="recovery",
    says="at b = 0 M grows on: the worst margin is positive again after about e^(2nc)/(2 a^2)",
    at=RECOVER,
    twin=Twin("half the exponent", observable=lambda run, p: abs(
        recovered(run, p) / recovery(p, 0.5) - 1)),
)  # fmt: skip


def recovery(p, exponent=1.0):
    """The recovery time from the end state."""
    c, margin = end_state(p)
    return recovery_time(margin, exponent * p.n * c, p.a)


# --------------------------------------------------------------------------------------------
# The radius


def scaled(eps, **more):
    """The raw landscape of slope 1, D = a = 0 at radius eps, in units of the ball."""
    return Params(b=eps, c=0.0, kappa=eps**4, a=0.0, loss="linear", rate=1e-4, **more)


def radius(p, exponent=1 / 5):
    """(M/(n B))^(1/5), B = b/kappa^(1/4)."""
    return (p.margin / (p.n * p.b / p.kappa**0.25)) ** exponent


def misjudged(run, p, exponent=1 / 5):
    """Whether the worst margin's sign at the end is not that of eps_c - eps."""
    negative = p.margin + run["shift"][..., -1] < p.n * run["c"][..., -1]
    return negative != (p.kappa**0.25 > radius(p, exponent))


AT_FOUR = 0.25**0.2  # eps_c of n = 4, M = 1
trained.every_trial(
    misjudged,
    within=0.0,
    name="critical_radius_seen",
    says="training ends overfitted iff eps > eps_c = (M/(n B))^(1/5), where D = a = 0",
    at=(scaled(0.97 * AT_FOUR, margin=1.0), scaled(1.03 * AT_FOUR, margin=1.0)),
    twin=Twin("exponent 1/3", observable=lambda run, p: misjudged(run, p, 1 / 3)),
)


@claim.identity(
    lambda p: critical_radius(p.margin, 1.0, 0.0, 0.0, p.n),
    over=Domain.around(Params(), margin=(0.1, 5.0), n={1, 4, 10}),
    points=8,
    within=1e-12,
    why="a root by halving",
    twin=Twin("exponent 1/3", exponent=1 / 3),
    known=((Params(margin=1.0, n=10), ".63096"),),
)
def critical_radius_scaling(p, *, exponent=1 / 5):
    """Without curvature at the start and without robust training eps_c = (M/(n B))^(1/5)."""
    return (p.margin / p.n) ** exponent
