"""Recalls against shots, accuracy against the weight, the donors' weights, where it pays."""

import numpy as np

from paper_figures import Context, figure
from theory.prototype_calibration import (
    Params, attenuated_weights, best_cosine_weight, best_weight, cosine_recalls,
    equal_recall_weight, rival_recalls,
)  # fmt: skip

NAME = "prototype_calibration"
LENGTH, COSINE, D = 5 / 0.7, 0.6, 256
SHOTS = np.geomspace(1, 100, 121)


def recalls(shots, weight):
    """New and base class's, by cosine."""
    return [np.asarray(x) for x in cosine_recalls(LENGTH, D / shots, weight, COSINE)]


@figure(
    title="Recall of a new class and of its nearest base class against shots",
    source="the paper's observation and its remedy, in this model (claims cosine_recall,"
    " cosine_recall_base, critical_shots_of_cosines)",
    caption="Cosine classifier, rho/sigma = 7.14, cosine .6 of the two means, d = 256; the rival is"
    " the donor, at weight a. Lines are theory in many dimensions, points the simulation. Raw"
    " prototypes (a = 0) of fewer than 2.8 shots (dotted) lose most points of the new class to the"
    " base class, which loses next to none. Theory at d = 256 is off by terms of order 1/d: some"
    " .01 at k = 1, less than .0005 for the base class, which these points tell apart.",
    seconds={"quick": 5, "default": 7, "paper": 40},
)
def recall_against_shots(ctx: Context):
    """New and base recall over k at a few weights."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=256, default=2048, paper=32768)
    few = np.array([1, 2, 5, 10, 30, 100])
    weights = (0.0, 0.1, 0.3, 0.5)
    for weight in weights:
        runs = [
            ctx.simulate(NAME, Params(d=D, k=int(k), weight=weight), mode="cosine", trials=trials)
            for k in few
        ]
        label = f"a = {weight:g}"
        lines, there = recalls(SHOTS, weight), recalls(few, weight)
        for ax, which, name in ((left, 0, "pair_new"), (right, 1, "pair_base")):
            color = ctx.next_colour(ax)
            ctx.theory(ax, SHOTS, lines[which], label=label, color=color)
            seen = np.stack([run[name][:, 1] for run in runs], axis=1)
            ctx.points(ax, few, samples=seen, theory=there[which], label=label, color=color)
    at = np.full(2, D * COSINE**2 / (LENGTH**2 * (1 - COSINE**2)))
    ctx.theory(left, at, np.array([0.0, 1.0]), color="0.4", linestyle=":")
    left.set(xscale="log", xlabel="shots k", ylabel="recall of the new class", ylim=(0, 1.02))
    right.set(xscale="log", xlabel="shots k", ylabel="recall of the base class", ylim=(0.9, 1.005))
    ctx.legend(left, loc="lower right")
    return fig


@figure(
    title="Balanced accuracy against the weight of the base mixture",
    source="sensitivity to the weight, in this model (claims shift_toward_rival,"
    " balanced_optimum_is_mse_optimum, equal_recall_alpha, optimum_is_smaller)",
    caption="The rival is the donor. Left: nearest prototype, D = 3 sigma, d = 400, for three k;"
    " dotted at a* = V/(V + D^2), where accuracy is largest and the squared error least. Points are"
    " the simulation. Right: by cosine as in the first figure; dotted at the best weight, dashed at"
    " equal recalls, a little above it.",
    seconds={"quick": 5, "default": 6, "paper": 30},
)
def accuracy_against_weight(ctx: Context):
    """The mean of both recalls over a."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=256, default=2048, paper=32768)
    line, few = np.linspace(0, 0.99, 100), np.array([0.0, 0.25, 0.5, 0.75, 0.95])
    for k in (5, 20, 80):
        base, label = Params(k=k), f"k = {k}"
        color = ctx.next_colour(left)

        def mean(weight, noise=base.noise):
            return np.mean([np.asarray(x) for x in rival_recalls(3.0, noise, weight)], axis=0)

        runs = [ctx.simulate(NAME, base.but(weight=float(a)), trials=trials) for a in few]
        seen = np.stack([run["moved"].mean(axis=1) for run in runs], axis=1)
        ctx.theory(left, line, mean(line), label=label, color=color)
        ctx.points(left, few, samples=seen, theory=mean(few), label=label, color=color)
        best = float(best_weight(base.noise, 9.0))
        ctx.theory(left, np.full(2, best), np.array([0.5, mean(best)]), color=color, linestyle=":")
    for k in (1, 5, 20):
        noise, color = D / k, ctx.next_colour(right)
        curve = np.mean(recalls(k, line), axis=0)
        ctx.theory(right, line, curve, label=f"k = {k}", color=color)
        marks = (
            (float(best_cosine_weight(LENGTH, noise, COSINE)), ":"),
            (float(equal_recall_weight(LENGTH, noise, COSINE)), "--"),
        )
        for at, style in marks:
            top = float(np.mean(recalls(k, at)))
            ctx.theory(right, np.full(2, at), np.array([0.5, top]), color=color, linestyle=style)
    left.set(xlabel="weight a", ylabel="balanced accuracy", ylim=(0.48, 1))
    right.set(xlabel="weight a", ylabel="balanced accuracy", ylim=(0.48, 1.02))
    ctx.legend(left, loc="upper right")
    ctx.legend(right, loc="lower left")
    return fig


@figure(
    title="Few shots flatten the donors' weights",
    source="the method's softmax (claims softmax_attenuation, weights_are_flatter_still)",
    caption="Weight of the nearest of four bases, at cosines .6, .4, .2, 0 with the new class,"
    " against shots, for four sharpnesses tau; d = 256, rho/sigma = 7.14. Lines are the limit"
    " softmax(tau h r), h = rho/sqrt(rho^2 + V); points the mean over the simulation: the spread of"
    " the logits, of order tau^2/k, flattens further at few shots.",
    seconds={"quick": 4, "default": 5, "paper": 20},
)
def weights_against_shots(ctx: Context):
    """w_1 over k at a few tau."""
    fig, ax = ctx.panels()
    trials = ctx.pick(quick=256, default=2048, paper=32768)
    cosines, few = np.array([0.6, 0.4, 0.2, 0.0]), np.array([1, 3, 10, 30, 100])
    for tau in (1.0, 4.0, 16.0, 64.0):
        color, label = ctx.next_colour(ax), f"tau = {tau:g}"
        curve = np.asarray(attenuated_weights(LENGTH, D / SHOTS, tau, cosines))[:, 0]
        runs = [
            ctx.simulate(NAME, Params(d=D, k=int(k), sharpness=tau), mode="cosine", trials=trials)
            for k in few
        ]
        ctx.theory(ax, SHOTS, curve, label=label, color=color)
        seen = np.stack([run["weights"][:, 0] for run in runs], axis=1)
        ctx.points(ax, few, samples=seen, label=label, color=color)
    ax.set(xscale="log", xlabel="shots k", ylabel="weight of the nearest base", ylim=(0, 1.02))
    ctx.legend(ax, loc="lower right")
    return fig


@figure(
    title="Where a new class is misread, and the weight that repairs it",
    source="derived; the figure that the paper lacks (claims critical_shots_of_cosines,"
    " optimum_is_smaller)",
    caption="Noise V/rho^2 = d sigma^2/(k rho^2) of the raw prototype against the cosine r of new"
    " class and rival. Above the thick line, h = r, most points of the new class are called the"
    " rival's. Thin lines: the best weight of the rival as donor, at rho = 7.14 sigma; the more"
    " noise and the closer the rival, the larger.",
    seconds={"quick": 3, "default": 3, "paper": 3},
)
def phase_diagram(ctx: Context):
    """h = r, and contours of the best weight."""
    fig, ax = ctx.panels()
    cosine = np.linspace(0.05, 0.95, 91)
    noise = np.geomspace(0.05, 50, 91)
    best = np.asarray(
        best_cosine_weight(LENGTH, noise[:, None] * LENGTH**2, cosine[None] + 0 * noise[:, None])
    )
    levels = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    lines = ax.contour(cosine, noise, best, levels=levels, cmap="viridis", linewidths=1)
    ax.clabel(lines, fmt="a = %.1f", fontsize=7)
    ctx.theory(ax, cosine, 1 / cosine**2 - 1, label="h = r", color="k", linewidth=2.5)
    ax.set(yscale="log", ylim=(0.05, 50), xlabel="cosine r of new class and rival",
           ylabel="V/rho^2 = d sigma^2/(k rho^2)")  # fmt: skip
    ctx.legend(ax, loc="lower left")
    return fig
