"""Balanced accuracy of the methods, ranking raw and renormalised, and when undersampling pays."""

import numpy as np

from paper_figures import Context, figure, params_over, values_over
from theory.class_imbalance import (
    Params, area_under_curve, balanced_recall, best_partial_ratio, corrected_recall,
    crossover_of_easy_tasks, crossover_of_hard_tasks, linear_size, partial_recalls, plugin_recalls,
    step_recalls, step_size, undersampling_crossover,
)  # fmt: skip
from theory.class_imbalance.many_classes import linear_accuracy

NAME = "class_imbalance"
RHOS = np.geomspace(1.0, 1000.0, 121)


def both(pair):
    """Balanced accuracy."""
    return (np.asarray(pair[0]) + np.asarray(pair[1])) / 2


def methods(gap, minor, rho):
    """Balanced accuracy of each method, its observable, and the line's name."""
    major = minor / rho
    zero = 0 * rho
    return {
        "baseline": both(plugin_recalls(gap, minor, major, np.log(rho))),
        "oversampled": both(plugin_recalls(gap, minor + zero, major)),
        "undersampled": np.asarray(corrected_recall(gap, minor + zero, minor + zero)),
        "corrected": np.asarray(corrected_recall(gap, minor + zero, major)),
    }


NAMES = {
    "baseline": "baseline",
    "oversampled": "oversampling, thresholding",
    "undersampled": "undersampling",
    "corrected": "corrected threshold",
}


@figure(
    title="Balanced error of thresholding, over- and undersampling",
    source="the methods of the paper, in the model of estimated means (claims baseline_recall,"
    " geometric_bias, bias_corrected_threshold, undersampling_crossover)",
    caption="Two classes at Delta = 1.5, means from n_1 and rho n_1 examples: balanced error (one"
    " minus the mean of both recalls) against rho. Lines are theory, points the simulation at"
    " d = 400, off by terms of order 1/d, .001. Left: d/n_1 = 1: oversampling or thresholding beats"
    " undersampling. Right: d/n_1 = 8, above the crossover from rho = 2 on: undersampling beats"
    " them, and all data with the threshold corrected for the noise of the minority's mean do"
    " best.",
    seconds={"quick": 6, "default": 8, "paper": 40},
)
def balanced_error(ctx: Context):
    """One minus balanced accuracy against rho, at two sample sizes."""
    fig, axes = ctx.panels(1, 2)
    trials = ctx.pick(quick=256, default=2048, paper=32768)
    few = np.array([3.0, 20.0, 200.0])
    for ax, count in zip(axes, (400, 50), strict=True):
        base = Params(gap=1.5, few=count)
        runs = [ctx.simulate(NAME, base.but(rho=rho), trials=trials) for rho in few]
        lines, there = (methods(base.gap, base.d / base.few, rho) for rho in (RHOS, few))
        for which, name in NAMES.items():
            color = ctx.next_colour(ax)
            ctx.theory(ax, RHOS, 1 - lines[which], label=name, color=color)
            seen = np.stack([1 - run[which].mean(axis=1) for run in runs], axis=1)
            ctx.points(ax, few, samples=seen, theory=1 - there[which], label=name, color=color)
        ax.set(xscale="log", xlabel="imbalance rho", ylabel="balanced error", ylim=(0.13, 0.52))
        ax.set_title(f"d/n_1 = {base.d / base.few:g}")
    for ax in axes:
        ctx.legend(ax, loc="lower left")
    return fig


@figure(
    title="Ranking one class against the rest, raw and renormalised",
    source="derived; the figure that the paper lacks (claims renormalised_auc_improves,"
    " auc_invariant_unnormalised, likelihood_auc)",
    caption="Mean one-v-rest AUC of the exact posterior of N = 4 classes, a = 1.5, against rho, on"
    " a balanced test set; points are means with intervals. Raw scores p(i|x), in three imbalances,"
    " fall though nothing has been learnt worse; divided by the priors they stay as they are, and"
    " renormalised they are those of balanced classes. Dashed: the likelihood p(x|i) alone,"
    " Phi(a/sqrt 2).",
    seconds={"quick": 8, "default": 12, "paper": 60},
)
def ranking(ctx: Context):
    """AUC against rho."""
    fig, ax = ctx.panels()
    trials = ctx.pick(quick=256, default=1024, paper=16384)
    few = np.array([1.0, 3.0, 10.0, 100.0, 1000.0])
    base = Params(classes=4, minority=2, a=1.5, points=32)
    runs = [ctx.simulate(NAME, base.but(rho=rho), mode="classes", trials=trials) for rho in few]
    line = np.full(2, float(area_under_curve(base.a)))
    ctx.theory(ax, few[[0, -1]], line, label="likelihood alone", color="0.4", linestyle="--")
    seen = np.stack([run["auc"].mean(axis=1) for run in runs], axis=1)
    ctx.points(ax, few, samples=seen, label="renormalised", marker="s")
    for row, name in enumerate(("raw, step", "raw, linear", "raw, geometric")):
        seen = np.stack([run["auc_raw"][:, row].mean(axis=1) for run in runs], axis=1)
        ctx.points(ax, few, samples=seen, label=name, marker="o")
    ax.set(xscale="log", xlabel="imbalance rho", ylabel="mean one-v-rest AUC", ylim=(0.825, 0.909))
    ctx.legend(ax, loc="lower left")
    return fig


@figure(
    title="When undersampling beats oversampling",
    source="derived (claims undersampling_crossover_equal, crossover_limit, crossover_grows,"
    " crossover_bounded)",
    caption="Two classes with estimated means. Above a line full undersampling has the higher"
    " balanced accuracy, below it oversampling or thresholding; lines for four Delta, dashed the"
    " limits Delta -> 0 and Delta -> infinity. Circles: the simulation at Delta = 1, d = 400,"
    " filled where undersampling had the higher mean.",
    seconds={"quick": 5, "default": 6, "paper": 20},
)
def phase_diagram(ctx: Context):
    """delta* against rho."""
    fig, ax = ctx.panels()
    rho = np.geomspace(1.2, 1000.0, 200)
    limits = (
        (crossover_of_hard_tasks, "Delta -> 0"),
        (crossover_of_easy_tasks, "Delta -> infinity"),
    )
    for gap in (1.0, 2.0, 4.0, 8.0):
        ctx.theory(ax, rho, np.asarray(undersampling_crossover(gap, rho)), label=f"Delta = {gap:g}")
    for (line, name), style in zip(limits, ("--", ":"), strict=True):
        ctx.theory(ax, rho, np.asarray(line(rho)), label=name, color="0.4", linestyle=style)
    trials = ctx.pick(quick=1024, default=4096, paper=32768)
    for base in params_over(Params(gap=1.0), rho=(4.0, 40.0, 400.0), few=(25, 50, 200, 400)):
        run = ctx.simulate(NAME, base, trials=trials)
        lead = np.mean(run["undersampled"].mean(axis=1) - run["oversampled"].mean(axis=1))
        ax.plot(base.rho, base.d / base.few, "o", color="k", mfc="k" if lead > 0 else "w")
    ax.set(xscale="log", yscale="log", xlabel="imbalance rho", ylabel="d/n_1", ylim=(0.8, 200))
    ctx.legend(ax, loc="upper right")
    return fig


@figure(
    title="How far to undersample where the prior is left as it is",
    source="after figure 7 of the paper, in the model of estimated means (claims"
    " partial_recall, partial_undersampling_best)",
    caption="Balanced accuracy with r majority examples kept for each of the minority, threshold"
    " ln r, rho = 1000; lines theory, points the simulation at d = 400 and Delta = 2. Every line"
    " rises at r = 1: its best r (triangles) is above 1, if by little.",
    seconds={"quick": 5, "default": 6, "paper": 20},
)
def partial(ctx: Context):
    """BA(r) at several d/n_1."""
    fig, ax = ctx.panels()
    trials = ctx.pick(quick=256, default=2048, paper=32768)
    ratios, few = np.geomspace(1.0, 100.0, 200), np.array([1.5, 5.0, 30.0])
    for count in (1600, 400, 100):
        base = Params(few=count, rho=1000.0)
        minor = base.d / base.few
        color = ctx.next_colour(ax)
        label = f"d/n_1 = {minor:g}"
        ctx.theory(
            ax, ratios, both(partial_recalls(base.gap, minor, ratios)), label=label, color=color
        )
        runs = [ctx.simulate(NAME, base.but(r=r), trials=trials) for r in few]
        seen = np.stack([run["partial"].mean(axis=1) for run in runs], axis=1)
        there = both(partial_recalls(base.gap, minor, few))
        ctx.points(ax, few, samples=seen, theory=there, label=label, color=color)
        best = float(best_partial_ratio(base.gap, minor, base.rho))
        ax.plot(best, both(partial_recalls(base.gap, minor, best)), "^", color=color)
    ax.set(xscale="log", xlabel="majority over minority, kept: r", ylabel="balanced accuracy")
    ctx.legend(ax)
    return fig


@figure(
    title="Mean recall of the exact posterior: imbalance, and how many classes are rare",
    source="after figure 6 of the paper, in the model of N Gaussian classes (claims step_accuracy,"
    " linear_accuracy, not_monotone_in_mu)",
    caption="N = 10 classes, a = 2.5. Left: mean recall against rho, for steps with mu = .2, .5 and"
    " .8 and linear imbalance; dashed: after thresholding, whatever the imbalance. Points: the"
    " simulation at mu = .5 and linear. Right: against the number M of minority classes at fixed"
    " rho: it falls and rises again.",
    seconds={"quick": 10, "default": 14, "paper": 60},
)
def recalls_of_many(ctx: Context):
    """Mean recall against rho and M."""
    fig, (left, right) = ctx.panels(1, 2)
    base = Params()
    n, trials = base.classes, ctx.pick(quick=256, default=1024, paper=16384)

    def step(rho, m):
        low, high = step_recalls(base.a, rho, n, m)
        return (m * np.asarray(low) + (n - m) * np.asarray(high)) / n

    rhos, few = np.geomspace(1.0, 1000.0, 61), np.array([3.0, 30.0, 300.0])
    linear = [np.asarray(values_over(linear_accuracy, base, rho=r)) for r in (rhos, few)]
    runs = [ctx.simulate(NAME, base.but(rho=r), mode="classes", trials=trials) for r in few]
    drawn = (
        ("step, mu = .2", step(rhos, 2), None, None),
        ("step, mu = .5", step(rhos, 5), "step", step(few, 5)),
        ("step, mu = .8", step(rhos, 8), None, None),
        ("linear", linear[0], "linear", linear[1]),
    )
    for name, line, which, there in drawn:
        color = ctx.next_colour(left)
        ctx.theory(left, rhos, line, label=name, color=color)
        if which is not None:
            seen = np.stack([run[which].mean(axis=1) for run in runs], axis=1)
            ctx.points(left, few, samples=seen, theory=there, label=name, color=color)
    even = float(balanced_recall(base.a, n))
    ctx.theory(
        left, rhos[[0, -1]], np.full(2, even), label="thresholded", color="0.4", linestyle="--"
    )
    left.set(xscale="log", xlabel="imbalance rho", ylabel="mean recall")
    places = np.arange(1.0, n)
    for rho in (10.0, 100.0, 1000.0):
        values = np.concatenate([[even], step(rho, places), [even]])
        ctx.theory(right, np.arange(n + 1.0), values, label=f"rho = {rho:g}")
    right.set(xlabel="minority classes M of 10", ylabel="mean recall")
    ctx.legend(left, loc="lower left")
    ctx.legend(right, loc="lower left")
    return fig


@figure(
    title="Step and linear imbalance: examples by class",
    source="figure 1 of the paper (claims same_total, total_of_a_step)",
    caption="Examples of each of 10 classes: a step with rho = 10, mu = .5; one with rho = 2, mu ="
    " .9; and linear imbalance with rho = 10. The first and the last have the same total, 27500.",
    seconds={"quick": 1, "default": 1, "paper": 1},
)
def class_sizes(ctx: Context):
    """Class sizes in order."""
    fig, ax = ctx.panels()
    places = np.arange(10.0)
    for rho, rare in ((10.0, 5), (2.0, 9)):
        sizes = np.asarray(step_size(places, rare, rho, 5000.0))
        ctx.theory(ax, places + 1, sizes, label=f"step, rho = {rho:g}, mu = {rare / 10:g}",
                   drawstyle="steps-mid")  # fmt: skip
    ctx.theory(
        ax, places + 1, np.asarray(linear_size(places, 10, 10.0, 5000.0)), label="linear, rho = 10"
    )
    ax.set(xlabel="class", ylabel="training examples", ylim=(0, 7000))
    ctx.legend(ax)
    return fig
