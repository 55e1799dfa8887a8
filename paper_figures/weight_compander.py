"""The compander's gain, its density, its flows, and where its interpolators find the truth."""

import math

import numpy as np

from paper_figures import Context, figure
from theory.weight_compander import (
    Params, compander, crossing_weight, fixed_variable, gain, mode_weight, reaching_time,
    recovery_error, weight_density,
)  # fmt: skip
from theory.weight_compander.recovery import evolved

A, B = 0.8, 0.5
BOUND = A * math.pi / 2


@figure(
    title="What is magnified, and what learns faster",
    source="derived (claims gradient_gain, magnified_up_to)",
    caption="a = .8, b = .5. Left: w = psi(v) above the diagonal (dashed) up to v_e = .818, below"
    " it beyond (dotted); the bound is a pi/2 = 1.257. Right: the gain h(w), by which the flow is"
    " faster than plain gradient flow; it crosses 1 (dashed) at w_x = .527 (dotted) and is (a/b)^2"
    " at zero. With b = .9 > a every weight learns slower.",
    seconds={"quick": 2, "default": 2, "paper": 2},
)
def gain_and_magnification(ctx: Context):
    """psi and h."""
    fig, (left, right) = ctx.panels(1, 2)
    v = np.linspace(0, 3, 200)
    ctx.theory(left, v, np.asarray(compander(v, A, B)), label="psi(v)")
    ctx.theory(left, v[v < 1.3], v[v < 1.3], color="0.4", linestyle="--", label="w = v")
    fixed = float(fixed_variable(A, B))
    ctx.theory(left, np.full(2, fixed), np.array([0, fixed]), color="0.4", linestyle=":")
    ctx.theory(left, v[[0, -1]], np.full(2, BOUND), color="0.6", linestyle="-.", label="a pi/2")
    for b in (B, 0.9):
        w = np.linspace(-BOUND, BOUND, 201)[1:-1]
        ctx.theory(right, w, np.asarray(gain(w, A, b)), label=f"b = {b:g}")
    ctx.theory(right, np.array([-BOUND, BOUND]), np.ones(2), color="0.4", linestyle="--")
    cross = float(crossing_weight(A, B))
    ctx.theory(right, np.full(2, cross), np.array([0, 1]), color="0.4", linestyle=":")
    left.set(xlabel="variable v", ylabel="weight w")
    right.set(xlabel="weight w", ylabel="gain h(w)")
    ctx.legend(left, loc="lower right")
    ctx.legend(right)
    return fig


@figure(
    title="Weights are pushed away from zero only above a threshold",
    source="derived (claims weight_law, bimodal_from_a_threshold, two_modes)",
    caption="Density of w = a arctan(v/b), v ~ N(0, s^2), for a = b = 1. Up to s = b/sqrt 2 = .707"
    " zero is the likeliest weight; above there are two modes (dotted: s = 2). Points: share of"
    " simulated weights in bins of width .1 over that width, at s = 2, with intervals.",
    seconds={"quick": 4, "default": 4, "paper": 30},
)
def density(ctx: Context):
    """p(w) for four spreads."""
    fig, ax = ctx.panels()
    w = np.linspace(-1.57, 1.57, 400)
    for s in (0.5, 0.707, 1.0, 2.0):
        color = ctx.next_colour(ax)
        label = f"s/b = {s:g}"
        ctx.theory(ax, w, np.asarray(weight_density(w, 1.0, 1.0, s)), label=label, color=color)
        if s == 2.0:
            mode = float(mode_weight(1.0, 1.0, s))
            top = float(weight_density(mode, 1.0, 1.0, s))
            ctx.theory(ax, np.full(2, mode), np.array([0, top]), color="0.4", linestyle=":")
            trials = ctx.pick(quick=1024, default=2048, paper=65536)
            run = ctx.simulate("weight_compander", Params(a=1.0, b=1.0, spread=2.0), trials=trials)
            at = np.linspace(-1.4, 1.4, 8)
            seen = (np.abs(run["weights"][:, :, None] - at) < 0.05).mean(axis=1) / 0.1
            bins = at[:, None] + np.linspace(-0.05, 0.05, 21)
            mean = np.asarray(weight_density(bins, 1.0, 1.0, s)).mean(axis=1)
            ctx.points(ax, at, samples=seen, theory=mean, label=label, color=color)
    ax.set(xlabel="weight w/a", ylabel="density", ylim=(0, 1.05))
    ctx.legend(ax, loc="upper center", ncols=2)
    return fig


@figure(
    title="Targets inside, on and beyond the bound",
    source="derived (claims reaching_time, saturation_rate, critical_rate, time_law)",
    caption="One weight, a = .5, b = .3, lambda = 1: the gap a pi/2 - w along the flow from 0, for"
    " targets below the bound (where the gap stays), on it (t^(-1/4)) and beyond it (t^(-1/3));"
    " dashed: the two laws, (4 a^2 b^2 t)^(1/4) and (3 a b delta t)^(1/3) in v.",
    seconds={"quick": 2, "default": 2, "paper": 2},
)
def saturation(ctx: Context):
    """Gap against time."""
    fig, ax = ctx.panels()
    a, b = 0.5, 0.3
    bound = a * math.pi / 2
    for target, name in (
        (0.9 * bound, "w* = .9 a pi/2"),
        (bound, "w* = a pi/2"),
        (1.2, "w* = 1.53 a pi/2"),
    ):
        end = 1e4 if target >= bound else 0.99 * math.tan(target / a)
        x = np.sinh(np.linspace(0.01, math.asinh(end), 300))
        time = np.asarray(reaching_time(b * x, a, b, target, 1.0))
        good = np.isfinite(time)
        gap = a * np.arctan(1 / x)
        ctx.theory(ax, time[good], gap[good], label=name)
    t = np.geomspace(1e2, 1e9, 50)
    for law in ((4 * a * a * b * b * t) ** 0.25, (3 * a * b * (1.2 - bound) * t) ** (1 / 3)):
        ctx.theory(ax, t, a * b / law, color="0.4", linestyle="--")
    ax.set(xscale="log", yscale="log", xlabel="time t", ylabel="a pi/2 - w", xlim=(1e-3, 1e9),
           ylim=(1e-4, 1.2))  # fmt: skip
    ctx.legend(ax, loc="lower left")
    return fig


@figure(
    title="Where companders find the truth, and where they hurt",
    source="derived; the figure that the paper lacks (claims recovery_error_seen,"
    " sign_vector_recovery, sparse_truth_is_hurt)",
    caption="Mean square error of the interpolator of X w = X w0 that the flow ends at, against the"
    " number of equations n/d; lines are the limit d -> infinity, points the simulation at d = 60."
    " Left: w0 of signs; as a pi/2 falls to 1 the error vanishes from n/d = 1/2 on (dotted), at"
    " once where a pi/2 = 1. Right: a tenth of the weights are +-sqrt 10, the others 0: with"
    " a pi/2 = 4.71, not far above the largest of them, the error is above that of least norm."
    " Dashed: least norm, 1 - n/d.",
    seconds={"quick": 25, "default": 30, "paper": 120},
)
def recovery(ctx: Context):
    """Error against n/d."""
    fig, (left, right) = ctx.panels(1, 2)
    ratio = np.linspace(0.1, 0.8, 36)
    trials = ctx.pick(quick=64, default=128, paper=1024)
    at = np.array([24, 36])
    cases = [(left, a, 1.0) for a in (0.7, 0.85, 2.0)] + [(right, a, 0.1) for a in (3.0, 6.0)]
    for ax, a, share in cases:
        color = ctx.next_colour(ax)
        label = f"a pi/2 = {a * math.pi / 2:.2f}"

        def law(x, a=a, share=share):
            error = recovery_error(a, x) if share == 1 else evolved(a, x, 0.0, share)
            return np.asarray(error)

        ctx.theory(ax, ratio, law(ratio), label=label, color=color)
        if a in (0.85, 3.0):
            runs = [
                ctx.simulate(
                    "weight_compander",
                    Params(a=a, n=int(n), d=60, share=share),
                    mode="recovery",
                    trials=trials,
                )["error"]
                for n in at
            ]
            ctx.points(ax, at / 60, samples=np.stack(runs, axis=1), theory=law(at / 60),
                       label=label, color=color)  # fmt: skip
    for ax in (left, right):
        ctx.theory(ax, ratio, 1 - ratio, color="0.4", linestyle="--", label="least norm")
        ax.set(xlabel="equations n/d", ylabel="mean square error", ylim=(0, 1))
    ctx.theory(left, np.full(2, 0.5), np.array([0, 0.5]), color="0.4", linestyle=":")
    ctx.legend(left, loc="lower left")
    ctx.legend(right, loc="lower left")
    return fig
