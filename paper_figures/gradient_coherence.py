"""The toy, coherence along training, gap and bounds along training, medians of mini-batches."""

import numpy as np

from paper_figures import Context, figure
from theory.gradient_coherence import (
    Params, convex_gap_bound, gap_bound, median_survival, tanh_smoothness, toy_test_residual,
    toy_train_loss, train_coherence,
)  # fmt: skip
from theory.gradient_coherence.trained import LOGISTIC, NETWORK

LABELS = ("clean labels", "random labels")
EPOCHS = np.arange(0.0, 501.0)


@figure(
    title="The toy: what is shared is learned, what is private is memorised",
    source="the paper's example of six features (claims toy_dynamics, toy_fit)",
    caption="m = 4 examples, one private coordinate each and one shared; real: c = 1, random:"
    " c = 0; rate .02 on half the mean square, as .01 on the whole. Left: training and test loss"
    " (residual squared). Lines are theory; points the iteration, which has no randomness. Real"
    " data's test loss falls to 1/(m + 1)^2 = 1/25, random data's stays at 1 while its training"
    " loss falls. Right: the shared weight rises to m/(m + 1) and a private one to 1/(m + 1);"
    " on random data a private one rises to 1.",
    seconds={"quick": 4, "default": 5, "paper": 6},
)
def toy(ctx: Context):
    """Losses and weights against the epoch."""
    fig, (left, right) = ctx.panels(1, 2)
    few = np.array([0, 50, 150, 300, 500])
    for c, name in ((1.0, "real"), (0.0, "random")):
        at = (4, c, 0.02, 1.0)
        p = Params(m=4, c=c, rate=0.02, flips=0, steps=500, batch=1)
        run = ctx.simulate("gradient_coherence", p, mode="toy", trials=2)
        test = np.asarray(toy_test_residual(EPOCHS, *at))
        train = np.asarray(toy_train_loss(EPOCHS, *at))
        for line, seen, kind in (
            (test**2, run["test"] ** 2, "test"),
            (train, run["loss"], "train"),
        ):
            style = "-" if kind == "test" else "--"
            label = f"{name}, {kind}"
            color = ctx.next_colour(left)
            ctx.theory(left, EPOCHS, line, label=label, color=color, linestyle=style)
            ctx.points(
                left, few, mean=seen[0, few], standard_error=0 * few, label=label, color=color
            )
        shared = 1 - test
        ctx.theory(right, EPOCHS, 1 - np.sqrt(train) - shared, label=f"{name}, private weight")
        if c:
            label = f"{name}, shared weight"
            ctx.theory(right, EPOCHS, shared, label=label)
            ctx.points(
                right, few, mean=1 - run["test"][0, few], standard_error=0 * few, label=label
            )
    left.set(xlabel="epoch", ylabel="loss", ylim=(-0.03, 1.1))
    right.set(xlabel="epoch", ylabel="weight", ylim=(-0.03, 1.1))
    ctx.legend(left, loc="center right")
    ctx.legend(right, loc="upper left")
    return fig


@figure(
    title="Coherence along training, on clean and on random labels",
    source="derived: a null model for the paper's curves of deep networks (claims"
    " train_coherence_flow, label_noise_start, network_random_start)",
    caption="m-coherence of the training set: how many examples a step along one example's gradient"
    " helps. Left: linear regression under gradient flow, m/d = 1/2, in the limit (lines) and at"
    " m = 60 (points, whose first-order error is 1/m); s^2 and sigma^2 are signal and noise."
    " Random labels start at 1 and fall. Right: trained models on 2^5 atoms, labels by majority"
    " or at random, points with intervals: logistic regression (m = 5) and a network of 8 tanh"
    " units by stochastic steps (m = 8). Dashed: where theory says that they start, 1 for every"
    " model at random labels. No curve rises above its start; two trained"
    " layers from a small start do (claim depth_raises_coherence), as the paper's deep networks.",
    seconds={"quick": 15, "default": 20, "paper": 60},
)
def along_training(ctx: Context):
    """m-coherence against time and step."""
    fig, (left, right) = ctx.panels(1, 2)
    line, few = np.linspace(0, 5, 200), np.array([0.0, 0.5, 1.0, 2.0, 4.0])
    trials = ctx.pick(quick=128, default=256, paper=2048)
    for signal, sigma, name in ((1.0, 0.0, "clean: s^2 = 1"), (0.5, 0.7, "mixed"),
                                (0.0, 1.0, "random: sigma^2 = 1")):  # fmt: skip
        base = Params(m=60, d=120, signal=signal, sigma=sigma)
        runs = [
            ctx.simulate("gradient_coherence", base.but(time=t), mode="flow", trials=trials)
            for t in few
        ]
        ctx.theory(left, line, np.asarray(train_coherence(line, 0.5, signal, sigma**2)), label=name)
        ctx.points(
            left,
            few,
            samples=np.stack([run["coherence"] for run in runs], axis=1),
            theory=np.asarray(train_coherence(few, 0.5, signal, sigma**2)),
            tolerance=2 / base.m,
            label=name,
        )
    left.set(xlabel="time of the flow", ylabel="m-coherence", ylim=(0, 1.6))
    trials = ctx.pick(quick=1024, default=2048, paper=16384)
    for p, mode, name in ((LOGISTIC, "training", "logistic"), (NETWORK, "network", "network")):
        run = ctx.simulate("gradient_coherence", p, mode=mode, trials=trials)
        steps = np.arange(0, p.steps + 1, 4)
        for k, labels in enumerate(LABELS):
            seen = run["coherence"][:, k][:, steps]
            ctx.points(right, p.rate * steps, samples=seen, label=f"{name}, {labels}")
    ends = np.array([0.0, LOGISTIC.rate * LOGISTIC.steps])
    start = 1 + (LOGISTIC.m - 1) * 9 / 64
    ctx.theory(right, ends, np.ones(2), color="0.4", linestyle="--")
    ctx.theory(right, np.array([0.0, 1.0]), np.full(2, start), color="0.4", linestyle="--")
    right.set(xlabel="rate times steps", ylabel="m-coherence", ylim=(0.3, 2.6))
    ctx.legend(right, loc="upper right")
    return fig


@figure(
    title="Gap and bounds along training",
    source="derived; the figure that the paper lacks (claims coherence_gap_bound, convex_bound,"
    " path_sum_above_gap, network_bound)",
    caption="The gap E[risk - training loss] of trained models, points with intervals, against the"
    " number of steps; logistic regression (left, m = 5, rate 1/2) and a network of 8 tanh units"
    " (right, m = 8, rate 1/4). Lines, from the coherence seen along the same runs: the"
    " first-order gap (eta/m)(1 - alpha) E|g|^2 summed along the path (solid), the bound for"
    " convex losses (dotted, left) and the repaired bound from stability (dashed), both at random"
    " labels; at clean ones they are 5% lower. The bound grows exponentially and ends at 40 to"
    " 80 times the gap; the first-order sum is within a factor 2 and orders the two labels as the"
    " gap does.",
    seconds={"quick": 10, "default": 15, "paper": 60},
)
def gap_along_training(ctx: Context):
    """Gap, its first-order sum and the bounds against T, on a logarithmic axis."""
    fig, panels = ctx.panels(1, 2, residuals=False)
    trials = ctx.pick(quick=2048, default=4096, paper=32768)
    for ax, p, mode, low_high in (
        (panels[0], LOGISTIC, "training", (3e-3, 30)),
        (panels[1], NETWORK, "network", (3e-4, 10)),
    ):
        run = ctx.simulate("gradient_coherence", p, mode=mode, trials=trials)
        steps, few = np.arange(1, p.steps + 1), np.arange(2, p.steps + 1, 3)
        smooth = 0.25 if mode == "training" else float(tanh_smoothness(p.hidden))
        for k, labels in enumerate(LABELS):
            first = np.cumsum(run["private"][:, k].mean(axis=0)) * p.rate / p.m
            ctx.theory(ax, steps, first, label=labels)
            ctx.points(ax, few, samples=run["gap"][:, k][:, few], label=labels)
        spread = run["spread"][:, 1].mean(axis=0)
        repaired = [float(gap_bound(spread[:t], p.rate, smooth, p.m)) for t in steps]
        style = {"color": "0.4", "linestyle": "--"}
        ctx.theory(ax, steps, repaired, label="bound, random labels", **style)
        if mode == "training":
            convex = [float(convex_gap_bound(spread[:t], p.rate, smooth, p.m)) for t in steps]
            style["linestyle"] = ":"
            ctx.theory(ax, steps, convex, label="convex bound, random labels", **style)
        ax.set(xlabel="steps T", ylabel="gap, nats", yscale="log", ylim=low_high)
        ctx.legend(ax, loc="lower right")
    return fig


@figure(
    title="What the median of mini-batches keeps and suppresses",
    source="derived (claims m3_sparse_suppression, median_phase)",
    caption="Chance that a direction survives the median of B mini-batches, divided by the"
    " chance p that a mini-batch holds it; below 1 it is suppressed, for every B iff p < 1/2."
    " Points: M3 simulated (intervals are within them).",
    seconds={"quick": 4, "default": 6, "paper": 12},
)
def medians(ctx: Context):
    """Suppression against participation."""
    fig, left = ctx.panels()
    p, few = np.linspace(0.01, 1, 200), np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    trials = ctx.pick(quick=1024, default=4096, paper=65536)
    runs = [
        ctx.simulate("gradient_coherence", Params(m=12, share=x), mode="sample", trials=trials)
        for x in few
    ]
    for batches in (3, 5, 9, 33):
        label = "B = 3 (M3)" if batches == 3 else f"B = {batches}"
        ctx.theory(left, p, np.asarray(median_survival(p, batches)) / p, label=label)
        if batches == 3:
            ctx.points(
                left,
                few,
                samples=np.stack([run["kept"] for run in runs], axis=1) / few,
                theory=np.asarray(median_survival(few, 3)) / few,
                label=label,
            )
    ctx.theory(left, np.array([0.01, 1]), np.ones(2), color="0.4", linestyle="--")
    left.set(xlabel="p, chance that a batch holds it", ylabel="survival / p", ylim=(0, 1.9))
    ctx.legend(left, loc="lower right")
    return fig
