"""Error against range and bits, risk against samples, rounding, bits, where calibration pays."""

import math

import matplotlib.colors
import numpy as np

from paper_figures import Context, figure
from theory.post_training_quantization import (
    Params, best_clip, best_ridge_risk, calibrated_rounding_error, calibration_risk,
    calibration_threshold, gaussian_mse, greedy_losses, hull_losses, integer_losses, patch_samples,
    relaxed_loss, seen_rounding_error, split_mse,
)  # fmt: skip

NAME = "post_training_quantization"
SOME = [0.7, 1.5, 2.5, 4.0, 5.5]
SIZES = [2, 6, 10, 24, 32, 48, 80, 120]


@figure(
    title="Error of a saturating uniform quantiser against its range and its bits",
    source="claims uniform_mse_exact, high_resolution_split, mse_asymptotics",
    caption="Normal input of variance 1, 2^b levels. Left: mean square error against the range"
    " alpha; solid lines are exact, points the simulation, dashed lines granular noise plus"
    " clipping (always below), black dots the best ranges. Right: the error of the best range times"
    " 4^b, against its leading term (4 ln 2/3) b, the optimistic split at the same range, and"
    " Shannon's bound 1.",
    seconds={"quick": 4, "default": 5, "paper": 15},
)
def error_against_range(ctx: Context):
    """D over alpha, and 4^b D_b over b."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=64, default=512, paper=2048)
    line = np.linspace(0.3, 6, 200)
    few = np.array(ctx.pick(quick=[1.5, 4.0], default=SOME, paper=SOME))
    both = np.concatenate([line, few])
    bits = np.arange(1, 13)
    levels = 2.0**bits
    ranges = np.asarray(best_clip(levels))
    least = np.asarray(gaussian_mse(levels, ranges))
    for b in (1, 2, 3, 4):
        color, label = ctx.next_colour(left), f"b = {b}"
        n = 2.0**b
        mse = np.asarray(gaussian_mse(n, both))
        ctx.theory(left, line, mse[:200], label=label, color=color)
        ctx.theory(left, line, np.asarray(split_mse(n, line)), color=color, linestyle="--")
        runs = [ctx.simulate(NAME, Params(bits=b, clip=float(a)), trials=trials) for a in few]
        seen = np.stack([run["gaussian"] for run in runs], axis=1)
        ctx.points(left, few, samples=seen, theory=mse[200:], label=label, color=color)
        left.plot(ranges[b - 1], least[b - 1], "o", color="k", ms=4, zorder=5)
    left.set(yscale="log", xlabel="range alpha, in standard deviations",
             ylabel="mean square error D", ylim=(2e-3, 3))  # fmt: skip
    ctx.theory(right, bits, least * 4.0**bits, label="exact, best range", marker="o", ms=4)
    split = np.asarray(split_mse(levels, ranges))
    ctx.theory(right, bits, split * 4.0**bits, label="granular + clipping", linestyle="--")
    ctx.theory(right, bits, 4 * math.log(2) / 3 * bits, label="(4 ln 2/3) b", linestyle=":")
    ctx.theory(right, bits, 0.0 * bits + 1, label="Shannon's bound", color="0.4")
    right.set(xlabel="bits b", ylabel="4^b D_b", ylim=(0, 12))
    ctx.legend(left, loc="lower right")
    ctx.legend(right, loc="upper left")
    return fig


@figure(
    title="Risk of calibration against the number of samples",
    source="the paper's accuracy against calibration-set size, in this model (claims"
    " calibration_risk_of_least_squares, calibration_risk, ridge_calibration,"
    " overfitting_threshold)",
    caption="Risk over t2, that of no calibration (grey line, 1), against samples B per unknown,"
    " K = 16, for three variances t2 that quantisation adds to inputs of variance 1; points are the"
    " simulation. Left: least squares, of infinite mean at B/K from .94 to 1.06 (gap); dotted at"
    " B = K + 1 + K/t2, from where it pays (for t2 = .1 beyond the axis, at 11.1). Right: ridge"
    " with lambda* = K/(B t2), lines for K and B large; it never loses, and has no peak.",
    seconds={"quick": 5, "default": 8, "paper": 40},
)
def risk_against_samples(ctx: Context):
    """risk/t2 over B/K."""
    fig, (left, right) = ctx.panels(1, 2)
    trials, k = ctx.pick(quick=256, default=1024, paper=8192), 16
    low, high = np.linspace(1, k - 1.02, 80), np.geomspace(k + 1.02, 8 * k, 120)
    every = np.geomspace(1, 8 * k, 100)
    few = np.array(ctx.pick(quick=[6, 32], default=SIZES, paper=SIZES))
    for t2 in (0.1, 0.5, 2.0):
        color, label = ctx.next_colour(left), f"t2 = {t2:g}"
        for part in (low, high):
            risk = np.asarray(calibration_risk(part, float(k), t2)) / t2
            ctx.theory(left, part / k, risk, color=color, label=label if part is low else None)
        ridge = np.asarray(best_ridge_risk(k / every, t2)) / t2
        ctx.theory(right, every / k, ridge, color=color, label=label)
        runs = [
            ctx.simulate(NAME, Params(samples=int(b), rows=128, noise=t2), mode="calibration",
                         trials=trials) for b in few
        ]  # fmt: skip
        for ax, name, exact in (
            (left, "fitted", np.asarray(calibration_risk(few, float(k), t2))),
            (right, "ridge", np.asarray(best_ridge_risk(k / few, t2))),
        ):
            seen = np.stack([run[name] / run["size"] / t2 for run in runs], axis=1)
            ctx.points(ax, few / k, samples=seen, theory=exact / t2, color=color, label=label)
        at = float(calibration_threshold(float(k), t2)) / k
        if at < 8:
            ctx.theory(left, np.full(2, at), np.array([0.0, 1.0]), color=color, linestyle=":")
    left.axhline(1, color="0.5", lw=1, zorder=0)
    right.axhline(1, color="0.5", lw=1, zorder=0)
    words = {"xscale": "log", "xlabel": "samples per unknown B/K", "ylabel": "risk / t2"}
    left.set(ylim=(0, 4.5), **words)
    right.set(ylim=(0, 1.1), **words)
    ctx.legend(left, loc="upper left")
    ctx.legend(right, loc="lower left")
    return fig


@figure(
    title="Where calibration by least squares pays",
    source="derived; the figure that the paper lacks (claims overfitting_threshold,"
    " few_samples_break_even)",
    caption="Risk with calibration over risk without, exact for K = 64, against samples per unknown"
    " B/K and the variance t2 that quantisation adds; blue gains, red loses, white is even. Solid:"
    " B = K + 1 + K/t2 (at K large B/K = 1 + 1/t2); dashed: B = K - 1 - K/t2, below which fewer"
    " samples than unknowns gain, for coarse quantisation only. Between them the interpolation"
    " peak, where the mean is infinite (grey).",
    seconds={"quick": 2, "default": 2, "paper": 3},
)
def where_calibration_pays(ctx: Context):
    """log2 of risk/t2 over (B/K, t2)."""
    fig, ax = ctx.panels()
    k = 64.0
    ratio, t2 = np.geomspace(0.05, 30, 240), np.geomspace(0.03, 30, 120)
    apart = np.abs(ratio * k - k) > 1.5
    risk = np.asarray(calibration_risk(np.where(apart, ratio * k, 2 * k)[None], k, t2[:, None]))
    shade = np.where(apart, np.log2(risk / t2[:, None]), np.nan)
    ax.set_facecolor("0.6")
    mesh = ax.pcolormesh(ratio, t2, shade, cmap="RdBu_r", shading="nearest", rasterized=True,
                         norm=matplotlib.colors.TwoSlopeNorm(0, -4, 4))  # fmt: skip
    bar = fig.colorbar(mesh, ax=ax, extend="both", ticks=[-4, -2, 0, 2, 4])
    bar.ax.set_yticklabels(["1/16", "1/4", "1", "4", "16"])
    bar.set_label("risk with / risk without calibration")
    edge = np.asarray(calibration_threshold(k, t2)) / k
    ctx.theory(ax, edge, t2, color="k", linewidth=2, label="B = K + 1 + K/t2")
    coarse = t2[t2 > k / (k - 1) * 1.02]
    ctx.theory(ax, (k - 1 - k / coarse) / k, coarse, color="k", linestyle="--", linewidth=2,
               label="B = K - 1 - K/t2")  # fmt: skip
    ax.set(xscale="log", yscale="log", xlim=(0.05, 30), ylim=(0.03, 30),
           xlabel="samples per unknown B/K", ylabel="variance t2 added to inputs")  # fmt: skip
    ctx.legend(ax, loc="lower left")
    return fig


@figure(
    title="Rounding against B samples overfits, and alike patches count for less",
    source="derived; not in the paper (claims calibrated_rounding, rounding_error_on_the_samples,"
    " patch_equations)",
    caption="Left: error of weights rounded one by one against the second moment of B samples, over"
    " that of nearest rounding, K = 16 inputs whose neighbours correlate by .2 or .8; solid on new"
    " inputs, dashed on the samples, points the simulation, above 1 worse than nearest."
    " Right: effective samples of 24 images of 8 patches over their 192 rows, against the"
    " correlation r of an image's patches, for three K; dotted the participation ratio"
    " 1/(1 + 7 r^2), the limit of few unknowns.",
    seconds={"quick": 4, "default": 6, "paper": 20},
)
def rounding_and_patches(ctx: Context):
    """Errors over B/K, and n_eff/BP over r."""
    fig, (left, right) = ctx.panels(1, 2)
    trials, k = ctx.pick(quick=256, default=2048, paper=16384), 16
    line = np.geomspace(17.5, 64, 80)
    few = np.array(ctx.pick(quick=[20, 36], default=[20, 26, 36, 60], paper=[20, 26, 36, 60]))
    for ar in (0.2, 0.8):
        color, label = ctx.next_colour(left), f"correlation {ar:g}"
        base = Params(ar=ar)
        parts = np.array([1.0] + [1 - ar**2] * (k - 1))

        def over(error, b, parts=parts):
            return np.asarray(error(1.0, np.broadcast_to(parts, (len(b), k)), b)) * 12 / k

        runs = [
            ctx.simulate(NAME, base.but(samples=int(b)), mode="rounding", trials=trials)
            for b in few
        ]
        for name, error, style in (
            ("calibrated", calibrated_rounding_error, "-"), ("seen", seen_rounding_error, "--"),
        ):  # fmt: skip
            where = "new inputs" if name == "calibrated" else "the samples"
            ctx.theory(left, line / k, over(error, line), color=color, linestyle=style,
                       label=f"{label}, {where}")  # fmt: skip
            seen = np.stack([run[name] * 12 / (base.step**2 * k) for run in runs], axis=1)
            ctx.points(left, few / k, samples=seen, theory=over(error, few), color=color,
                       label=f"{label}, {where}")  # fmt: skip
    left.axhline(1, color="0.5", lw=1, zorder=0)
    left.set(xlabel="samples per unknown B/K", ylabel="error / nearest rounding's", ylim=(0, 2.5))
    alike = np.linspace(0, 0.99, 100)
    for unknowns in (2.0, 16.0, 64.0):
        worth = np.asarray(patch_samples(24.0, 8.0, alike, unknowns)) / 192
        ctx.theory(right, alike, worth, label=f"K = {unknowns:g}")
    ctx.theory(right, alike, 1 / (1 + 7 * alike**2), color="0.3", linestyle=":",
               label="participation ratio")  # fmt: skip
    right.set(xlabel="correlation r of an image's patches", ylabel="effective samples / BP",
              ylim=(0, 1.02))  # fmt: skip
    ctx.legend(left, loc="upper right")
    ctx.legend(right, loc="lower left")
    return fig


@figure(
    title="Bits for layers: the integer programme, greedy steps and the relaxed optimum",
    source="the paper's accuracy against compression, in this model (claims bit_allocation_bound,"
    " unequal_sizes_need_the_programme, integrality_gap, price_of_whole_bits)",
    caption="Six layers of sensitivities 5, 1, .3, .02, 8, .5 and sizes 3, 1, 5, 2, 4, 1, up to 8"
    " bits. Left: loss over budget: integer optimum (steps), greedy steps by gain over size, and"
    " the relaxed optimum, below all. Right: each over the relaxed one; the linear programme stays"
    " below 1.264 (dotted), and the integer optimum below it plus the gain of one step (shaded).",
    seconds={"quick": 2, "default": 2, "paper": 2},
)
def bits_of_layers(ctx: Context):
    """Losses and their ratios over the budget."""
    fig, (left, right) = ctx.panels(1, 2)
    c, sizes = np.array([5, 1, 0.3, 0.02, 8, 0.5]), (3, 1, 5, 2, 4, 1)
    tables = c[:, None] * 4.0 ** -np.arange(9)
    budget = np.arange(81)
    relaxed = np.asarray(relaxed_loss(c, np.array(sizes, float), budget.astype(float)))
    best, greedy = (np.asarray(f(tables, sizes))[:81] for f in (integer_losses, greedy_losses))
    hull, critical = (np.asarray(part)[:81] for part in hull_losses(tables, sizes))
    ctx.theory(left, budget, best, label="integer optimum", drawstyle="steps-post")
    ctx.theory(left, budget, greedy, label="greedy", linestyle="--", drawstyle="steps-post")
    ctx.theory(left, budget, relaxed, label="relaxed", color="0.3")
    left.set(yscale="log", xlabel="bits in all, N", ylabel="loss")
    right.fill_between(budget, hull / relaxed, (hull + critical) / relaxed, color="0.9")
    ctx.theory(right, budget, best / relaxed, label="integer optimum")
    ctx.theory(right, budget, greedy / relaxed, label="greedy", linestyle="--")
    ctx.theory(right, budget, hull / relaxed, label="linear programme", color="0.3")
    at = np.full(2, 3 * 4 ** (4 / 3) / (4 * math.e * math.log(4)))
    ctx.theory(right, np.array([0, 80]), at, color="0.3", linestyle=":")
    right.set(xlabel="bits in all, N", ylabel="loss / relaxed optimum", ylim=(0.95, 2.0))
    ctx.legend(left, loc="upper right")
    ctx.legend(right, loc="upper right")
    return fig
