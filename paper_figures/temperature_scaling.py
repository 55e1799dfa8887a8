"""KL of the best temperature against classes and overlap, the remedy, and what error bars miss."""

import numpy as np

from paper_figures import Context, figure
from theory.temperature_scaling import (
    Params, best_nll, mixup_crossing, mixup_error, mixup_kl, mixup_kl_beta, mixup_kl_beta2,
    neighbour_kl, pair_kl, plane_kl, uniform_kl,
)  # fmt: skip
from theory.temperature_scaling.voting import said

TRIALS = {"quick": 64, "default": 256, "paper": 4096}


@figure(
    title="The pair model: classes that overlap in pairs",
    source="the paper's model, for k = 4",
    seconds={"quick": 1, "default": 1, "paper": 1},
    caption="Densities of four classes, uniform on intervals of length 1 in two pairs; in a pair"
    " the second begins alpha = .6 after the first, so that they share w = 1 - alpha (shaded):"
    " there the true posterior is 1/2 for each of the two, and a model that interpolates the labels"
    " is sure of one. Pairs lie k apart. Dots: a training set of 12 points a class.",
)
def pair_model(ctx: Context):
    """Four intervals, their overlaps, and a sample."""
    fig, ax = ctx.panels(residuals=False, height=2.6)
    rng, alpha, k = np.random.default_rng(ctx.rng_seed), 0.6, 4
    for label in range(k):
        start = k * (label // 2) + alpha * (label % 2)
        edges = np.array([start, start, start + 1, start + 1])
        ctx.theory(ax, edges, np.array([0.0, 1, 1, 0]), label=f"class {label + 1}")
        drawn = np.sort(start + rng.random(12))
        ax.plot(drawn, np.full(12, -0.12 - 0.1 * (label % 2)), ".", color=f"C{label}")
        ctx.record(f"points of class {label + 1}", x=drawn)
    for pair in range(k // 2):
        ax.axvspan(k * pair + alpha, k * pair + 1, ymax=0.75, color="0.88", zorder=0)
    ax.set(xlabel="x", ylabel="density", ylim=(-0.35, 1.45))
    ctx.legend(ax, loc="upper center", ncols=4)
    return fig


@figure(
    title="No temperature calibrates under overlap: KL grows like log k, Mixup's does not",
    source="the paper's rate, with its constant: derived (claims pair_ts_kl, paper_rate,"
    " mixup_pair_kl_bounded)",
    seconds={"quick": 5, "default": 6, "paper": 30},
    caption="KL to the true posteriors in the pair model against the number of classes k, for"
    " three overlaps w. Left: nearest-neighbour interpolators at their best temperature (lines:"
    " many points), slope w/2; points: n = 400 a pair, residuals to the formula at the accuracy"
    " 1 - w/2 - 1/(3 (n + 1)). Right: the same over KL of the uniform prediction: it tends to w/2"
    " (dotted), not to 1; dashed: Mixup.",
)
def against_classes(ctx: Context):
    """KL, and its share of the uniform prediction's, against k."""
    fig, (left, right) = ctx.panels(1, 2)
    k = 2 * np.unique(np.round(np.geomspace(1, 500_000, 40)))
    few = (2, 20, 100, 1000, 10_000)
    for w in (0.2, 0.5, 0.8):
        alpha, color, label = 1 - w, ctx.next_colour(left), f"w = {w}"
        line, random = np.asarray(pair_kl(k, alpha)), np.asarray(uniform_kl(k, alpha))
        ctx.theory(left, k, line, label=label, color=color)
        cases = [Params(k=c, alpha=alpha, pairs=1) for c in few]
        runs = [ctx.simulate("temperature_scaling", p, trials=ctx.pick(**TRIALS)) for p in cases]
        ctx.points(left, few, samples=np.stack([run["kl"] for run in runs], axis=1),
                   theory=np.asarray(best_nll(1 - w / 2 - 1 / 1203, few)) - w * np.log(2),
                   label=label, color=color)  # fmt: skip
        ctx.theory(right, k, line / random, label=label, color=color)
        ctx.theory(right, k, np.full(len(k), w / 2), color=color, linestyle=":")
        ctx.theory(right, k, float(mixup_kl(alpha)) / random, color=color, linestyle="--")
    left.set(xlabel="classes k", ylabel="KL at the best T (nats)", xscale="log")
    right.set(xlabel="classes k", ylabel="KL over that of 1/k", xscale="log", ylim=(0, 1))
    return fig


@figure(
    title="The Mixup remedy, and where it ends",
    source="derived (claims mixup_pair_kl, mixup_beats_ts, overlap_monotonicity)",
    seconds={"quick": 5, "default": 8, "paper": 60},
    caption="KL against the separation alpha (the overlap is 1 - alpha). The best temperature for"
    " k = 2 (0 again at full overlap), 10 and 100, the uniform prediction for k = 10 (dotted), and"
    " Mixup, the same for every k (dashed: Beta(2, 2) weights, dash-dotted: Beta(.2, .2), dots:"
    " mixtures of three points in the plane); its points: n = 200, which adds up to 2.5/n. Stars:"
    " the crossing above which the temperature is better.",
)
def against_overlap(ctx: Context):
    """KL against alpha for temperature, Mixup and the uniform prediction."""
    fig, ax = ctx.panels(residuals=False)
    alpha, few = np.linspace(0.005, 0.995, 199), (0.1, 0.3, 0.5, 0.7, 0.9)
    for k in (2, 10, 100):
        color, label = ctx.next_colour(ax), f"best T, k = {k}"
        ctx.theory(ax, alpha, np.asarray(pair_kl(k, alpha)), label=label, color=color)
        at = float(mixup_crossing(k))
        ax.plot(at, float(mixup_kl(at)), "*", color=color, markersize=7, zorder=5)
        ctx.record("crossing", k=k, alpha=at)
    ctx.theory(ax, alpha, np.asarray(uniform_kl(10, alpha)), label="1/k, k = 10", linestyle=":")
    trials = ctx.pick(quick=128, default=512, paper=16_384)
    samples = [
        ctx.simulate("temperature_scaling", Params(alpha=a, n=200), mode="mixup", trials=trials)[
            "kl"
        ]
        for a in few
    ]
    ctx.theory(ax, alpha, np.asarray(mixup_kl(alpha)), label="Mixup, every k")
    ctx.theory(ax, alpha, np.asarray(mixup_kl_beta2(alpha)), label="Beta(2, 2) Mixup",
               linestyle="--")  # fmt: skip
    wide = np.concatenate([np.geomspace(0.02, 0.2, 9), np.linspace(0.25, 0.995, 12)])
    ctx.theory(ax, wide, np.asarray(mixup_kl_beta(wide, 0.2)),
               label="Beta(.2, .2) Mixup", linestyle="-.")  # fmt: skip
    ctx.theory(ax, wide[::2], np.asarray(plane_kl(wide[::2], 3)), label="triangles of squares",
               linestyle=(0, (1, 1)))  # fmt: skip
    ctx.points(ax, few, samples=np.stack(samples, axis=1), label="Mixup, every k")
    ax.set(
        xlabel="separation alpha",
        ylabel="KL to the posteriors (nats)",
        yscale="log",
        ylim=(1e-4, 3),
    )
    ctx.legend(ax, loc="lower right", ncols=2)
    return fig


@figure(
    title="How random, and what the usual calibration error sees of it",
    source="derived (claims not_random, overlap_monotonicity, ece_blind, canonical_error);"
    " not in the paper",
    seconds={"quick": 4, "default": 5, "paper": 20},
    caption="Left: KL at the best temperature over that of the uniform prediction. Below the line"
    " (k < 5) more overlap is not always worse. Right: w = 1/2, errors of the calibrated"
    " interpolator against k: the error given the whole prediction, 2 (1 - q)(k - 2)/(k - 1), and"
    " the top-label gap and the classwise error, which are 0. Dashed and dash-dotted: Mixup's, its"
    " classwise error being that of the whole prediction.",
)
def what_is_seen(ctx: Context):
    """Heat map of the share of random, and three calibration errors."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    k, w = 2.0 ** np.arange(1, 14), np.linspace(0.02, 0.98, 49)
    at = 1 - w[None]
    table = np.asarray(pair_kl(k[:, None], at)) / np.asarray(uniform_kl(k[:, None], at))
    ctx.heatmap(left, w, np.log2(k), table, label="KL over that of 1/k")
    left.axhline(np.log2(5), color="white", linestyle="--")
    left.set(xlabel="overlap w", ylabel="log2 k")
    few = (2, 4, 8, 32, 128, 1024)
    cases = [Params(k=c, pairs=1) for c in few]
    runs = [ctx.simulate("temperature_scaling", p, trials=ctx.pick(**TRIALS)) for p in cases]
    whole = 2 * 0.25 * (k - 2) / (k - 1)
    for name, line, read in (
        ("whole prediction", whole, lambda run: run["canonical"]),
        ("top label", 0 * k, lambda run: run["confidence"] - run["q"]),
        ("classwise", 0 * k, lambda run: run["classwise"]),
    ):
        ctx.theory(right, k, line, label=name)
        ctx.points(right, few, samples=np.stack([read(run) for run in runs], axis=1), label=name)
    for times, name, dashes in ((2, "whole prediction", "--"), (1, "top label", "-.")):
        line = np.full(len(k), times * float(mixup_error(0.5)))
        ctx.theory(right, k, line, label=f"Mixup, {name}", linestyle=dashes)
    right.set(xlabel="classes k", ylabel="calibration error", xscale="log", ylim=(-0.05, 0.95))
    ctx.legend(right, loc="upper left", fontsize=6)
    return fig


@figure(
    title="More neighbours help where no temperature does",
    source="derived (claims votes_kl, more_votes_help, log_k_votes_are_enough, too_many_votes);"
    " not in the paper",
    seconds={"quick": 5, "default": 7, "paper": 40},
    caption="KL at the best temperature of the votes of m nearest neighbours, w = 1/2, against m:"
    " n points a pair (lines, to 1/n; points: samples at the stated temperature), and many points"
    " (dotted). m = 1 is the interpolator. For small n too many neighbours lie across an edge of"
    " the overlap. Dashed: Mixup.",
)
def votes(ctx: Context):
    """KL against the neighbours, for 10 and 1000 classes."""
    fig, panels = ctx.panels(1, 2)
    few = np.array([1, 3, 8, 20])
    for ax, k in zip(panels, (10, 1000), strict=True):
        for n in (100, 400):
            m, label = np.arange(1, 51 if n == 100 else 65), f"n = {n}"
            ctx.theory(ax, m, neighbour_kl(k, 0.5, m, n), label=label)
            cases = [Params(k=k, n=n, neighbours=int(i)) for i in few]
            trials = ctx.pick(quick=256, default=512, paper=16_384)
            runs = [ctx.simulate("temperature_scaling", p, mode="votes", trials=trials)
                    for p in cases]  # fmt: skip
            kl = [said(run, p) for run, p in zip(runs, cases, strict=True)]
            ctx.points(ax, few, samples=np.stack(kl, axis=1), label=label,
                       theory=np.asarray(neighbour_kl(k, 0.5, few, n)))  # fmt: skip
        m = np.arange(1, 65)
        ctx.theory(ax, m, neighbour_kl(k, 0.5, m, 1e12), label="many points", linestyle=":",
                   color="black")  # fmt: skip
        ctx.theory(ax, m, np.full(len(m), float(mixup_kl(0.5))), label="Mixup", linestyle="--")
        ax.set(xlabel=f"neighbours m, k = {k}", ylabel="KL at the best T (nats)", xscale="log",
               yscale="log")  # fmt: skip
    return fig
