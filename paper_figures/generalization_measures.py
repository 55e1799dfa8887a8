"""What one learns against what one can tell, and measures above the floor that none can cross."""

from fractions import Fraction

import numpy as np

from paper_figures import Context, figure
from theory.generalization_measures import (
    blind_failure, flags_failure, group_distance, mixed_accuracy, mixed_failure, noisy_accuracy,
    noisy_failure, other_accuracy, preferred_accuracy, random_class_failure, random_class_limit,
    seen_points_failure, subspace_accuracy, subspace_failure, two_group_failure, window,
)  # fmt: skip
from theory.generalization_measures.blind import mixture_loss
from theory.generalization_measures.field import optimal_fails
from theory.generalization_measures.groups import optimal_group_fails
from theory.generalization_measures.params import PRIME_POWER, Params, linear
from theory.generalization_measures.report_card import MEASURES, WORLD, best
from theory.generalization_measures.rivals import rival_fails
from theory.generalization_measures.tradeoff import SEEN, flagged_fails, mixed_fails
from theory.generalization_measures.walsh import failing

NAME = "generalization_measures"
TRIALS = {"quick": 2048, "default": 4096, "paper": 131_072}


def runs(ctx: Context, cases, mode: str, fewer: int = 1):
    """The runs of the cases."""
    trials = ctx.pick(**TRIALS) // fewer
    return [ctx.simulate(NAME, case, mode=mode, trials=trials) for case in cases]


@figure(
    title="The failure of the best measure peaks one sample before the threshold",
    source="Gastpar et al. (2025), Example 1.8, made exact (claims subspace_exact,"
    " delicate_sample_size, theta_limits)",
    caption="Linear functions over F_q of D = 10 coordinates, an interpolating rule. Left: the"
    " chance delta* that the best estimator of the loss is off, the same for all precisions below"
    " (1 - 1/q)/2. Right: the rule's chance of being right. Below D = 10 samples both are equal:"
    " the best estimator always says that the rule is wrong.",
    seconds={"quick": 3, "default": 4, "paper": 30},
)
def sample_size(ctx: Context):
    """delta* and accuracy against n."""
    fig, (left, right) = ctx.panels(1, 2)
    n = np.arange(4, 19)
    for q, few in ((2, [6, 8, 9, 10, 12]), (3, [8, 9, 10]), (5, [9, 10])):
        label, few = f"q = {q}", np.array(few)
        ctx.theory(left, n, subspace_failure(q, n, 10), label=label)
        ctx.theory(right, n, subspace_accuracy(q, n, 10), label=label)
        cases = [linear(q, int(k), 10) for k in few]
        found = runs(ctx, cases, "default")
        fails = [optimal_fails(run, p) for run, p in zip(found, cases, strict=True)]
        ctx.points(left, few, samples=1.0 * np.stack(fails, axis=1),
                   theory=subspace_failure(q, few, 10), label=label)  # fmt: skip
        ctx.points(right, few, samples=np.stack([1 - run["wrong"] for run in found], axis=1),
                   theory=subspace_accuracy(q, few, 10), label=label)  # fmt: skip
    left.set(xlabel="samples n", ylabel="least failure delta*")
    right.set(xlabel="samples n", ylabel="P(L = 0)")
    return fig


@figure(
    title="What is learned is paid by what can be told",
    source="Gastpar et al. (2024), Section 6, made exact (claims tradeoff_line, two_group_exact)",
    caption="Left: parities, n = 8 samples, 20 coordinates; the target lives on the first s, and"
    " with chance b the rule answers there. As b runs from 0 to 1, accuracy and the failure of the"
    " best estimator rise on a line; it is steepest for s > n. Right: two groups, n = 3, D = 4: the"
    " rule learns its preferred half of the laws almost surely, and the best estimator fails nearly"
    " half of the time, 1/2 - 1/(2q). a_0, a_1: P(L = 0) on the preferred half and on the other;"
    " tv: the distance of their samples' laws.",
    seconds={"quick": 4, "default": 6, "paper": 40},
)
def tradeoff(ctx: Context):
    """The line, and the two groups."""
    fig, (left, right) = ctx.panels(1, 2)
    b, few = np.linspace(0, 1, 21), np.array([0.0, 0.5, 1.0])
    for s in (8, 9, 10):
        label = f"s = {s}"
        ctx.theory(left, mixed_accuracy(2, 8, s, 20, b), mixed_failure(2, 8, s, 20, b), label=label)
        cases = [linear(2, 8, 20, s=s, b=float(x)) for x in few]
        fails = [mixed_fails(run, p) for run, p in zip(runs(ctx, cases, "default"), cases,
                                                       strict=True)]  # fmt: skip
        ctx.points(left, mixed_accuracy(2, 8, s, 20, few), samples=1.0 * np.stack(fails, axis=1),
                   theory=mixed_failure(2, 8, s, 20, few), label=label)  # fmt: skip
    q = np.flatnonzero(PRIME_POWER)[:25]
    few = np.array([2, 5, 13, 47])
    cases = [linear(int(x), 3, 4) for x in few]
    found = runs(ctx, cases, "default")
    fails = [1.0 * optimal_group_fails(run, p) for run, p in zip(found, cases, strict=True)]
    for label, curve, seen in (
        ("a_0", preferred_accuracy,
         [run["right_zero"] for run in found]),
        ("delta*", two_group_failure, fails),
        ("tv", group_distance, [run["spanned"] for run in found]),
        ("a_1", other_accuracy, [run["right_one"] for run in found]),
    ):  # fmt: skip
        ctx.theory(right, q, curve(q, 3, 4), label=label)
        ctx.points(right, few, samples=np.stack(seen, axis=1), theory=curve(few, 3, 4), label=label)
    ctx.theory(right, q, 0.5 - 0.5 / q, label="1/2 - 1/(2q)", color="black", linestyle=":")
    left.set(xlabel="P(L = 0)", ylabel="least failure delta*")
    right.set(xlabel="size q of the field", ylabel="probability", ylim=(0, 1.02))
    right.set_xscale("log")
    right.set_xticks([2, 5, 10, 20, 50], labels=["2", "5", "10", "20", "50"])
    right.minorticks_off()
    ctx.legend(right, loc="upper right", bbox_to_anchor=(1.0, 0.93), fontsize=6)
    return fig


@figure(
    title="Blind measures: a sharp threshold; random rivals: a constant",
    source="Gastpar et al. (2024), Theorems 1 and 2, (2025), Theorem 3.1, made exact (claims"
    " blind_shattered_exact, blind_threshold, random_class_exact)",
    caption="Left: d shattered points, d/2 samples, a measure that does not know the rule. Its"
    " least failure falls from 1/2 to 0 at e^(-1/2)/4 = .152 (dotted), the steeper the larger d."
    " Right: 2^m lambda random rivals at m samples; the limit (1 - e^-lambda(1 + lambda))/lambda,"
    " and simulations with m = 3 and m = 6; printed: more than 1/6 (dotted) at lambda = 1.",
    seconds={"quick": 6, "default": 8, "paper": 60},
)
def blind_and_rivals(ctx: Context):
    """delta* against eps, and against lambda."""
    fig, (left, right) = ctx.panels(1, 2)
    for d in (20, 60, 200, 600):
        w = np.arange(1, int(0.6 * d) + 1, max(1, d // 60))
        ctx.theory(left, w / (2 * d), blind_failure(d, d // 2, w), label=f"d = {d}")
    p = Params(d=60, m=30)
    (run,) = runs(ctx, [p], "shattered")
    eps = np.array(["0.05", "0.1", "0.15", "0.175", "0.2", "0.25"])
    w = np.array([window(60, Fraction(x)) for x in eps])
    ctx.points(left, w / 120, samples=1.0 * (mixture_loss(run)[:, None] >= w),
               theory=blind_failure(60, 30, w), label="d = 60")  # fmt: skip
    left.axvline(np.exp(-0.5) / 4, color="black", linestyle=":")
    rate = np.linspace(0.02, 6, 120)
    ctx.theory(right, rate, random_class_limit(rate), label="limit")
    for m, rivals in ((3, (16,)), (6, (64,))):
        cases = [Params(d=128, m=m, N=N) for N in rivals]
        fails = [1.0 * rival_fails(run, p) for run, p in zip(runs(ctx, cases, "rivals"), cases,
                                                             strict=True)]  # fmt: skip
        N = np.array(rivals)
        ctx.points(right, N / 2**m, samples=np.stack(fails, axis=1), label=f"m = {m}",
                   theory=random_class_failure(N, 2.0**-m))  # fmt: skip
    right.axhline(1 / 6, color="black", linestyle=":")
    left.set(xlabel="precision eps", ylabel="least failure delta*", ylim=(0, 0.52))
    right.set(xlabel="lambda = rivals / 2^m", ylabel="least failure delta*", ylim=(0, 0.34))
    return fig


@figure(
    title="Report card of measures, and the price of fresh points",
    source="derived; not in the papers (claims report_card_floor, fresh_points_flags)",
    caption="Left: two groups of parities, 8 samples, 9 coordinates. How often each measure of the"
    " training sample is off by the precision or more; none can fall below delta* = .390, and the"
    " bound that says 1/2 whatever it sees attains it. Right: one family, 8 samples, 9 coordinates:"
    " fresh points that the rule does not use bring the failure down, by half each; what else the"
    " points show helps little over the flags right or wrong.",
    seconds={"quick": 4, "default": 6, "paper": 40},
)
def report_card(ctx: Context):
    """Failure against precision, and against fresh points."""
    fig, (left, right) = ctx.panels(1, 2)
    eps = np.linspace(0.005, 0.245, 241)
    floor = float(two_group_failure(WORLD.q, WORLD.n, WORLD.D))
    (run,) = runs(ctx, [WORLD], "measures", fewer=2)
    for label, measure in MEASURES.items():
        away, style = abs(measure(run, WORLD) - run["loss"]), {}
        if label == "VC bound":
            style = {"linestyle": "--", "zorder": 4}
        ctx.theory(left, eps, np.mean(away[:, None] >= eps, axis=0), label=label, **style)
    few = np.array([0.05, 0.1, 0.15, 0.2])
    away = abs(best(run, WORLD) - run["loss"])
    ctx.theory(left, eps, np.full_like(eps, floor), label="delta*, the floor", color="black")
    ctx.points(left, few, samples=1.0 * (away[:, None] >= few), theory=np.full_like(few, floor),
               label="delta*, the floor")  # fmt: skip
    v, p = np.arange(0, 9), linear(2, 8, 9)
    ctx.theory(right, v, seen_points_failure(2, 8, 9, v), label="points seen")
    ctx.theory(right, v, flags_failure(2, 8, 9, v), label="right or wrong only")
    (run,) = runs(ctx, [p], "default")
    ctx.points(right, [SEEN], samples=1.0 * flagged_fails(run, p)[:, None],
               theory=flags_failure(2, 8, 9, np.array([SEEN])), label="right or wrong only",
               )  # fmt: skip
    left.set(xlabel="precision eps", ylabel="P(|measure - L| >= eps)", ylim=(0, 1.02))
    right.set(xlabel="fresh points v", ylabel="least failure delta*", ylim=(0, 0.42))
    ctx.legend(left, loc="lower center", ncols=2)
    return fig


@figure(
    title="Noise takes parities from estimable to inestimable and back",
    source="derived; not in the papers (claims noisy_labels_exact, noisy_labels_accuracy,"
    " noise_makes_parities_inestimable)",
    caption="Parities of D coordinates, labels flipped with chance eta, maximum likelihood. Left:"
    " n = 6 samples, exact for every D: D = 2 is learnt, and can be told, without noise; then"
    " neither; at eta = 1/2 it is surely not learnt, which can be told (2^-D). From D = 6 on noise"
    " lowers delta* from the start. Right: P(L = 0). Points: posteriors by a Walsh-Hadamard"
    " transform of 2^12 entries.",
    seconds={"quick": 4, "default": 6, "paper": 40},
)
def noise_and_estimability(ctx: Context):
    """delta* and accuracy against the noise."""
    fig, (left, right) = ctx.panels(1, 2)
    noise, few = np.linspace(0, 0.5, 101), np.array([0.02, 0.1, 0.2, 0.35])
    for D in (2, 4, 6, 12):
        label = f"D = {D}"
        cases = [linear(2, 6, D, noise=float(eta)) for eta in few]
        found = runs(ctx, cases, "walsh", fewer=2)
        fails = [failing(run, p) for run, p in zip(found, cases, strict=True)]
        for ax, curve, seen in (
            (left, noisy_failure, fails),
            (right, noisy_accuracy, [run["sure"] for run in found]),
        ):
            ctx.theory(ax, noise, curve(6, D, noise), label=label)
            ctx.points(ax, few, samples=np.stack(seen, axis=1), theory=curve(6, D, few),
                       label=label)  # fmt: skip
    left.set(xlabel="noise eta", ylabel="least failure delta*", ylim=(0, 0.55))
    ctx.legend(left, loc="upper right", ncols=2)
    right.set(xlabel="noise eta", ylabel="P(L = 0)", ylim=(0, 1))
    return fig
