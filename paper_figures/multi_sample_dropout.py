"""Descent with M masks at equal steps and equal time, speed-ups that end, and the best M."""

import math

import numpy as np

from paper_figures import Context, figure
from theory.multi_sample_dropout import (
    Params, best_whole_masks, gain_share, noise_scale, relative_cost, speedup, stream_distance,
)  # fmt: skip

RUN = Params(d=10, keep=0.5, batch=2, masks=4, steps=60, eta=0.06, n0=2.0, s2=0.25)
SHARE = 0.05


def distances(p, masks):
    """E|w - w0|^2 over n0 from the start to the last step: a row for each number of masks."""
    steps, masks = np.arange(0.0, p.steps + 1), np.asarray(masks)[:, None]
    far = stream_distance(steps, p.eta, p.d, p.keep, p.batch, masks, p.n0, p.s2)
    return np.asarray(far) / p.n0


@figure(
    title="More masks, less noise: descent at equal steps and at equal time",
    source="the paper's loss curves against epochs and time, in this model (claims"
    " stream_second_moment, all_masks, gradient_covariance_split)",
    caption="d = 10, q = .5, B = 2, eta = .06, |w0|^2 = 2, label noise .25. Lines are theory,"
    " points the simulation at every sixth step, of the same runs on the same examples for one,"
    " four and all masks, so that their residuals move together. Left: against steps; M divides"
    " the masks' noise alone, so all masks (M = inf) keep the data's noise, and every M the bias"
    " (1 - q)^2 (dotted). Right: against time, where the layers after dropout take phi = 5 % of"
    " an iteration of M = 1: eight masks cost 1.35, sixty-four 4.15.",
    seconds={"quick": 5, "default": 6, "paper": 30},
)
def descent(ctx: Context):
    """Distance to the teacher over steps and over time."""
    fig, (left, right) = ctx.panels(1, 2)
    run = ctx.simulate("multi_sample_dropout", RUN,
                       trials=ctx.pick(quick=512, default=4096, paper=65536))  # fmt: skip
    steps, few = np.arange(0, 61), np.arange(6, 61, 6)
    masks, schemes = (1, 2, 4, 8, math.inf, 64), {1: 0, 4: 1, math.inf: 2}
    for m, line in zip(masks, distances(RUN, masks), strict=True):
        label, scheme = "all masks" if m == math.inf else f"M = {m}", schemes.get(m)
        for ax, cost, shown in ((left, 1, m != 64), (right, 1 + (m - 1) * SHARE, m != math.inf)):
            if not shown:
                continue
            color = "0.15" if m == math.inf else ctx.next_colour(ax)
            last = int(60 / cost)
            ctx.theory(ax, steps[: last + 1] * cost, line[: last + 1], label=label, color=color)
            at = few[few <= last]
            if scheme is not None:
                samples = run["distance"][:, at - 1, scheme] / RUN.n0
                ctx.points(ax, at * cost, samples=samples, theory=line[at], label=label,
                           color=color)  # fmt: skip
    for ax in (left, right):
        ctx.theory(ax, np.array([0.0, 60.0]), np.full(2, 0.25), color="0.4", linestyle=":",
                   label="bias")  # fmt: skip
        ax.set(ylabel="E|w - w0|^2/|w0|^2", ylim=(0.2, 1.03))
        ctx.legend(ax, loc="upper right", ncols=2)
    left.set(xlabel="steps")
    right.set(xlabel="time, in iterations of M = 1")
    return fig


@figure(
    title="Masks buy at most 1/q^2",
    source="derived (claims speedup_saturates, gains_flatten, worth_of_many_balanced_masks); the"
    " paper's gains flatten at about M = 8",
    caption="Left: how many times fewer steps SGD needs at its best step size, S(M), for d = 400,"
    " B = 1 and three dropout ratios; dashed, the bound 1/q^2, not M. Right: of what masks can"
    " gain at all, the share that M have gained at large d, (M - 1)/(M + 1/q^2 - 1), for masks"
    " drawn independently (lines) and for balanced ones at q = .5 (squares: every unit is alive in"
    " half of an even number of copies). Formulas, no simulation.",
    seconds={"quick": 2, "default": 2, "paper": 2},
)
def saturation(ctx: Context):
    """S(M), and the share of the gain."""
    fig, (left, right) = ctx.panels(1, 2)
    masks, ratios = np.geomspace(1, 256, 97), np.array([[0.3], [0.5], [0.7]])
    noise = np.asarray(noise_scale(400.0, 1 - ratios, masks))
    speeds = np.asarray(speedup(1.0, noise, noise[:, :1]))
    shares = np.asarray(gain_share(masks, 1 - ratios))
    for p, fast, share in zip(ratios[:, 0], speeds, shares, strict=True):
        label, color = f"p = {p:g}", ctx.next_colour(left)
        ctx.theory(left, masks, fast, label=label, color=color)
        ctx.theory(left, masks, np.full(97, (1 - p) ** -2), color=color, linestyle="--")
        ctx.theory(right, masks, share, label=f"{label}, independent", color=color)
    even = 2.0 ** np.arange(1, 9)
    one, most = (float(noise_scale(1e6, 0.5, m)) for m in (1.0, math.inf))
    balanced = np.asarray(noise_scale(1e6, 0.5, even, coupling=-1 / (even - 1)))
    share = (one / balanced - 1) / (one / most - 1)
    ctx.theory(right, even, share, label="p = 0.5, balanced", color="0.2", marker="s", markersize=4,
               linestyle="none")  # fmt: skip
    left.set(xscale="log", yscale="log", xlabel="masks M", ylabel="speed-up S(M)", ylim=(0.95, 28))
    right.set(xscale="log", xlabel="masks M", ylabel="share of the possible gain", ylim=(0, 1.05))
    for ax in (left, right):
        ax.set_xticks([1, 2, 4, 8, 16, 64, 256], ["1", "2", "4", "8", "16", "64", "256"])
    left.set_yticks([1, 2, 4, 8, 16], ["1", "2", "4", "8", "16"])
    ctx.legend(left, loc="upper left")
    ctx.legend(right, loc="lower right")
    return fig


@figure(
    title="How many masks pay",
    source="derived; the figure that the paper lacks (claims best_whole_number, helps_from_twice,"
    " joint_optimum)",
    caption="Over the share phi of an iteration that the layers after dropout take and the dropout"
    " ratio p, at large d: left the best whole number of masks (white lines where it passes 2, 4,"
    " 8, 16), right the time that it takes, M = 1 taking 1. Below the lowest line, on both"
    " panels, one mask is best: (1 - phi) V_mask < 2 phi V_data. The best M is the same with batch"
    " and step chosen too, whatever an iteration's fixed cost.",
    seconds={"quick": 2, "default": 2, "paper": 3},
)
def best_number(ctx: Context):
    """Heat maps of the best M and of its cost."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    size = ctx.pick(quick=61, default=121, paper=241)
    share, ratio = np.geomspace(1e-3, 0.9, size), np.linspace(0.02, 0.9, size)
    mask = 1 / (1 - ratio[:, None]) ** 2 - 1  # V_mask over V_data
    masks = np.asarray(best_whole_masks(share, 1.0, mask))
    time = np.asarray(relative_cost(masks, share, 1.0, mask)) / (1 + mask)
    ctx.heatmap(left, share, ratio, np.log2(masks), label="log2 of the best M")
    ctx.heatmap(right, share, ratio, time, label="time, M = 1 taking 1", cmap="viridis_r")
    lines = left.contour(share, ratio, masks, levels=[1.5, 3.5, 7.5, 15.5], colors="white",
                         linewidths=1)  # fmt: skip
    names = dict(zip(lines.levels, ("2", "4", "8", "16"), strict=True))
    left.clabel(lines, fmt=names, fontsize=8,
                manual=[(0.3, 0.24), (0.07, 0.27), (0.03, 0.39), (0.012, 0.48)])  # fmt: skip
    right.contour(share, ratio, masks, levels=[1.5], colors="white", linewidths=1)
    for ax in (left, right):
        ax.set(xscale="log", xlabel="phi, share of the layers after dropout",
               ylabel="dropout ratio p")  # fmt: skip
    return fig
