"""How many known classes and labels make projecting pay, and the spectrum that counts classes."""

import numpy as np

from paper_figures import Context, figure
from theory.novel_class_discovery import (
    Params, accuracy, captured, known_classes_needed, labels_needed, spiked_root,
)  # fmt: skip

SIGNAL, D, N, R = 1.5, 400, 800, 80
KNOWN = np.arange(20.0, 400.0)
LABELS = (480.0, 3200.0)


def clustered(p, labels):
    """Accuracy after projecting on p directions; labels None for exact ones."""
    share = np.minimum(1.0, p / R) if labels is None else captured(p, R, D, labels)
    return np.asarray(accuracy(SIGNAL * share, p / N))


@figure(
    title="From how many known classes and labels projecting pays",
    source="derived (claims how_many_known_classes, projected_accuracy, captured_energy_noisy,"
    " labels_per_class_needed)",
    caption="l = 1.5, d = 400, n = 800, all class means in r = 80 dimensions. Left: accuracy on"
    " novel points against known directions p, one less than known classes; lines are theory,"
    " points the simulation. Raw clustering does .825 (dashed): exact directions beat it from"
    " p* = 53.3 on (dotted); estimated ones need more. Right: labels a known class, times"
    " its squared mean, from which projecting pays; none suffices up to p* (lines for three n)."
    " Above a line projecting helps. The second line is a case of the left panel.",
    seconds={"quick": 8, "default": 20, "paper": 120},
)
def known_classes_and_labels(ctx: Context):
    """Accuracy against p, and the least labels."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=64, default=256, paper=4096)
    few = (50, 80)
    runs = {}
    for labels in LABELS:
        runs[labels] = [
            ctx.simulate(
                "novel_class_discovery", Params(p=p, budget=labels * (p + 1)), trials=trials
            )
            for p in few
        ]
    for labels, name in ((None, "exact directions"), *((x, f"n0 s2 = {x:g}") for x in LABELS)):
        color = ctx.next_colour(left)
        ctx.theory(left, KNOWN, clustered(KNOWN, labels), label=name, color=color)
        seen = "projected" if labels is None else "estimated"
        at = np.array(few, float)
        ctx.points(
            left,
            at,
            samples=np.stack([run[seen] for run in runs[labels or LABELS[0]]], axis=1),
            theory=clustered(at, labels),
            label=name,
            color=color,
        )
    raw, least = float(accuracy(SIGNAL, D / N)), float(known_classes_needed(SIGNAL, D, N, R))
    ends = KNOWN[[0, -1]]
    ctx.theory(left, ends, np.full(2, raw), label="raw", color="0.4", linestyle="--")
    ctx.theory(left, np.full(2, least), np.array([0.5, raw]), color="0.4", linestyle=":")
    left.set(xlabel="known directions p", ylabel="accuracy on novel points", ylim=(0.49, 0.9))
    for n in (300, 800, 4000):
        need = np.asarray(labels_needed(SIGNAL, D, n, R, KNOWN))
        pays = np.isfinite(need)
        ctx.theory(right, KNOWN[pays], need[pays], label=f"n = {n} unlabelled points")
    right.set(xlabel="known directions p", ylabel="labels a known class, n0 s2", yscale="log",
              ylim=(50, 1e5))  # fmt: skip
    ctx.legend(left, loc="lower right")
    ctx.legend(right)
    return fig


@figure(
    title="More unlabelled points make known classes less useful",
    source="derived (claims how_many_known_classes, fewest_known_classes)",
    caption="l = 1.5, d = 400: the least number p*/r of exact known directions, in parts of the"
    " subspace, against unlabelled points n, for three r. Above a line projecting helps. p*"
    " falls like 1/n while raw clustering is blind, is least, r/d, where it begins to see"
    " (n = d/l^2 = 178, dashed), and rises towards r beyond.",
    seconds={"quick": 2, "default": 2, "paper": 2},
)
def phase_diagram(ctx: Context):
    """p*/r against n."""
    fig, ax = ctx.panels()
    n = np.geomspace(20, 2e4, 300)
    for r in (20, 80, 200):
        share = np.asarray(known_classes_needed(SIGNAL, D, n, r)) / r
        ctx.theory(ax, n, share, label=f"r = {r}")
    start = np.full(2, D / SIGNAL**2)
    ctx.theory(ax, start, np.array([0.0, 1.0]), color="0.4", linestyle="--")
    ax.set(xscale="log", xlabel="unlabelled points n", ylabel="p*/r", ylim=(0, 1.05))
    ctx.legend(ax, loc="lower right")
    return fig


@figure(
    title="One budget of labels: how many known classes to spread it over",
    source="derived; the figure that the paper lacks (claims small_budget_keep_everything,"
    " best_accuracy_of_a_budget)",
    caption="l = 1.5, d = 400, n = 800, r = 80. Left: accuracy against known directions p at a"
    " fixed budget n0 s2 (p + 1) of labels; dashed: raw clustering, which every line meets at"
    " p = d. Right: the best p. Up to a budget of 9.4e4 it is d, that is no projection at all;"
    " there it jumps inside and falls towards r (dashed) as labels become many.",
    seconds={"quick": 2, "default": 3, "paper": 3},
)
def budget_of_labels(ctx: Context):
    """Accuracy over p at a budget, and its maximum."""
    fig, (left, right) = ctx.panels(1, 2)
    known = np.arange(1.0, D + 1)
    raw = float(accuracy(SIGNAL, D / N))
    for budget in (3e4, 1e5, 1e6, 1e7):
        line = clustered(known, budget / (known + 1))
        ctx.theory(left, known, line, label=f"{budget:.0e} labels")
    ctx.theory(left, known[[0, -1]], np.full(2, raw), color="0.4", linestyle="--", label="raw")
    budgets = np.geomspace(1e4, 1e8, 200)
    best = np.argmax(clustered(known, budgets[:, None] / (known + 1)), axis=1)
    ctx.theory(right, budgets, known[best])
    ctx.theory(right, budgets[[0, -1]], np.full(2, R), color="0.4", linestyle="--")
    left.set(xlabel="known directions p", ylabel="accuracy on novel points")
    right.set(xscale="log", xlabel="budget n0 s2 (p + 1)", ylabel="best p", ylim=(0, 420))
    ctx.legend(left, loc="lower right")
    return fig


@figure(
    title="Counting novel classes by eigenvalues above the edge",
    source="the paper's estimate of the number of classes, in this model (claims spikes_place,"
    " spikes_count_classes)",
    caption="K = 4 equally distant classes, d = 60, n = 240. The four largest singular values over"
    " sqrt n against l = Delta^2/(2K); lines: the place of K - 1 = 3 of them above the transition"
    " l^2 = d/n = 1/4, and the edge 1 + sqrt(d/n). Points are means with intervals: of the three,"
    " which repel one another, and of the fourth; where theory has no spike they stay some"
    " n^(-2/3) below the edge.",
    seconds={"quick": 5, "default": 8, "paper": 60},
)
def spectrum(ctx: Context):
    """Singular values against l."""
    fig, ax = ctx.panels()
    base = Params(d=60, n=240, r=20, p=4, hidden=1, classes=4)
    trials = ctx.pick(quick=64, default=256, paper=4096)
    few, line = np.array([0.2, 1.0, 1.5, 2.0]), np.linspace(0.05, 2.2, 200)
    runs = [
        ctx.simulate("novel_class_discovery", base.but(signal=s), mode="counting", trials=trials)
        for s in few
    ]
    color = ctx.next_colour(ax)
    root = np.asarray(spiked_root(line, base.d / base.n))
    label = "three of four, mean"
    ctx.theory(ax, line, root, label=label, color=color)
    means = np.stack([run["singular"][:, :3].mean(axis=1) for run in runs], axis=1)
    at = np.asarray(spiked_root(few[1:], base.d / base.n))
    ctx.points(ax, few[1:], samples=means[:, 1:], theory=at, label=label, color=color)
    ctx.points(ax, few[:1], samples=means[:, :1], color=color, marker="o")
    color = ctx.next_colour(ax)
    edge = 1 + np.sqrt(base.d / base.n)
    ctx.theory(ax, line, np.full(200, edge), label="edge, fourth", color=color)
    last = np.stack([run["singular"][:, 3] for run in runs], axis=1)
    ctx.points(ax, few, samples=last, label="edge, fourth", color=color)
    ax.set(xlabel="l = Delta^2/(2K)", ylabel="singular value / sqrt n")
    ctx.legend(ax)
    return fig
