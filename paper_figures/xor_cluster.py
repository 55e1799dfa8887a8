"""Figures 1 to 4 of the XOR cluster paper, and the laws that its experiments approach.

The paper's curves are matched by twice the stated step: the modes of Figure 3 stand near ±5e-11
at t = 10, and alpha = 1e-12 in the stated update gives half of that. Figures 1 to 4 are therefore
drawn at a step factor of 2; 1 draws the update as written.
"""

from typing import Any

import matplotlib.colors
import numpy as np

from paper_figures import Context, figure
from sims.xor_cluster.descent import recorded_times
from theory import where
from theory.xor_cluster import (
    REF_P, Params, cluster_accuracy_variance, feature_growth, growth_per_step, later_step_accuracy,
    mean_accuracy, two_step_accuracy, two_step_accuracy_finite_width,
)  # fmt: skip
from theory.xor_cluster.classifiers import accuracy_square

POSITIVE, NEGATIVE = "#0b6fa4", "#c8553d"
BIG = REF_P.but(step_factor=2.0, steps=50)
SMALL = BIG.but(alpha=1e-16, steps=5000)


def portraits(ctx: Context, published: Any) -> tuple[Any, dict[str, np.ndarray]]:
    """The paper's runs at a step size; few at the small one below paper scale: each takes 5 s."""
    big = published is BIG
    small = {"n": 60, "m": 60, "p": 12_000} if big else {"n": 40, "m": 40, "p": 8000, "steps": 1000}
    params = ctx.pick(quick=published.but(**small), default=published, paper=published)
    trials = ctx.pick(quick=4 if big else 2, default=12 if big else 2, paper=100)
    return params, ctx.simulate("xor_cluster", params, mode="portrait", trials=trials)


@figure(
    title="Figure 1: benign overfitting and grokking",
    source="Figure 1",
    caption="Accuracy on noisy training labels and on clean test points against time, step factor"
    " 2 (the published curves). Left: all labels are fitted after one step, when test accuracy is"
    " at chance; test accuracy then goes to 1 while the noisy labels stay fitted. Right: a step so"
    " small that both take long (2 runs below paper scale). Lines: medians; bands: 10 to 90 % of"
    " the runs.",
    seconds={"quick": 8, "default": 20, "paper": 800},
)
def figure_1(ctx: Context):
    """Train and test accuracy at both step sizes."""
    fig, axes = ctx.panels(1, 2, residuals=False)
    for ax, (params, run) in zip(axes, (portraits(ctx, BIG), portraits(ctx, SMALL)), strict=True):
        x = np.array(recorded_times(params.steps)) + 1
        for name, label, style, color in (
            ("train_accuracy", "train", "--", NEGATIVE),
            ("test_accuracy", "test (clean labels)", "-", POSITIVE),
        ):
            low, median, high = np.quantile(run[name], (0.1, 0.5, 0.9), axis=0)
            ax.plot(x, median, style, color=color, label=label)
            ax.fill_between(x, low, high, color=color, alpha=0.2, linewidth=0)
            what = f"{name}, alpha = {params.alpha:g}"
            ctx.record(what, t=x - 1, low=low, median=median, high=high)
        ax.axhline(0.5, linestyle=":", color="0.4", linewidth=0.8)
        ax.set(xlabel="t + 1", ylabel="accuracy", xscale="log", ylim=(0.35, 1.03))
        ax.set_title(f"alpha = {params.alpha:g}, m = {params.m}, {len(run['y'])} runs", fontsize=8)
    axes[0].legend(loc="lower right")
    return fig


@figure(
    title="Figure 2: the plane of the cluster means",
    source="Figure 2",
    caption="A run of median test accuracy at t = 15; alpha = 1e-12, step factor 2. Training points"
    " (noisy labels ringed); the sign of f on the plane at t = 0, 1 and 15: after one step a line"
    " through 0, at t = 15 the XOR cross; weights of positive and negative neurons along the means"
    " at t = 1 and 15.",
    seconds={"quick": 1, "default": 2, "paper": 30},
)
def figure_2(ctx: Context):
    """Data, decision regions and weights in span(mu1, mu2)."""
    params, run = portraits(ctx, BIG)
    fig, axes = ctx.panels(2, 3, residuals=False, height=4.6)
    points, *flat = axes.ravel()
    # a run of median test accuracy at t = 15: in others a whole cluster is still wrong by then
    late = run["test_accuracy"][:, 15]
    chosen = int(np.argsort(late)[len(late) // 2])
    plane, y, signs, along = (run[k][chosen] for k in ("plane", "y", "signs", "projections"))
    noisy = (y > 0) != (np.abs(plane[:, 0]) > np.abs(plane[:, 1]))
    points.scatter(*plane.T, s=5, c=np.where(y > 0, POSITIVE, NEGATIVE))
    points.scatter(*plane[noisy].T, s=24, facecolors="none", edgecolors="0.2", linewidths=0.7)
    points.set_title("training points", fontsize=8)
    ctx.record("training points", x=plane[:, 0], y=plane[:, 1], label=y, noisy=noisy)
    norm = np.sqrt(params.squared_norm)
    side = np.linspace(-1.6 * norm, 1.6 * norm, 81)
    grid = np.stack(np.meshgrid(side, side), axis=-1) / norm
    regions = matplotlib.colors.ListedColormap([NEGATIVE, POSITIVE])
    for ax, time in zip(flat[:3], (0, 1, 15), strict=True):
        # on the plane <w, x> is a combination of <w, mu1> and <w, mu2>
        f = np.maximum(grid @ along[time], 0) @ signs
        ax.pcolormesh(side, side, f > 0, cmap=regions, alpha=0.45, rasterized=True)
        ax.set_title(f"sign of f, t = {time}", fontsize=8)
        ctx.record(f"positive share of the plane, t = {time}", share=np.mean(f > 0))
    for ax in (points, *flat[:3]):
        ax.set(xlabel="along mu1", ylabel="along mu2")
    for ax, time in zip(flat[3:], (1, 15), strict=True):
        weights = along[time] * params.rate / (params.n * np.sqrt(params.m))
        ax.scatter(*weights, s=3, c=np.where(signs > 0, POSITIVE, NEGATIVE))
        ax.set(xlabel="<w, mu1>", ylabel="<w, mu2>")
        ax.set_title(f"neurons, t = {time}", fontsize=8)
        ctx.record(f"weights, t = {time}", mu1=weights[0], mu2=weights[1], sign=signs)
    return fig


def histograms(ctx: Context, published: Any, wanted: tuple[int, ...], *, humps: bool):
    """Projections of positive neurons on both means, runs pooled, at the wanted times; with the
    places where those on mu1 concentrate in limit H, t >= 2."""
    params, run = portraits(ctx, published)
    unit = params.rate / (params.n * np.sqrt(params.m))  # of a trial's projections
    growth = float(feature_growth(1.0 * params.n, params.eta))
    times = np.array(recorded_times(params.steps))
    picked = [int(np.argmin(np.abs(times - time))) for time in wanted if time <= params.steps]
    fig, axes = ctx.panels(2, len(picked), residuals=False, height=3.6)
    positive = run["signs"] > 0
    for column, index in zip(axes.T, picked, strict=True):
        time = int(times[index])
        both = [run["projections"][:, index, k][positive] * unit for k in (0, 1)]
        edge = max(np.quantile(np.abs(values), 0.999) for values in both)
        bins = np.linspace(-edge, edge, 61)
        for row, (ax, values) in enumerate(zip(column, both, strict=True)):
            name, (counts, _) = f"<w, mu{row + 1}>", np.histogram(values, bins)
            ax.stairs(counts, bins, fill=True, color=(POSITIVE, NEGATIVE)[row], alpha=0.7)
            ax.set_yticks([])
            ax.tick_params(labelsize=6)
            ctx.record(f"{name}, t = {time}", left=bins[:-1], right=bins[1:], count=counts)
            axes[row, 0].set_ylabel(name)
        if humps and time >= 2:
            V = (1 - 2 * params.eta) * params.n / 8 + (time - 2) * growth
            place = unit * params.squared_norm / 2 * V
            for x in (-place, place):
                column[0].axvline(x, color="0.2", linewidth=0.8, linestyle="--")
            ctx.record(f"predicted mode, t = {time}", place=place)
        column[0].set_title(f"t = {time}", fontsize=8)
    return fig


@figure(
    title="Figure 3: features at the big step",
    source="Figure 3",
    caption="Projections of the positive neurons on mu1 (top) and mu2 (bottom), alpha = 1e-12, step"
    " factor 2, runs pooled. The rows agree at t = 0 and 1; from t = 3 the top splits into two"
    " humps that move out, the bottom stays. Dashed: the places that limit H predicts; P/n = 0.16"
    " is near the retention threshold (1 - eta)/8, so the humps run a little ahead.",
    seconds={"quick": 1, "default": 2, "paper": 30},
)
def figure_3(ctx: Context):
    """Histograms of the projections at t = 0, 1, 2, 3, 10."""
    return histograms(ctx, BIG, (0, 1, 2, 3, 10), humps=True)


@figure(
    title="Figure 4: features at the small step",
    source="Figure 4",
    caption="The same at alpha = 1e-16: the projections stay Gaussian for tens of steps and split"
    " after about a thousand. The recorded time nearest to the paper's is shown.",
    seconds={"quick": 1, "default": 2, "paper": 60},
)
def figure_4(ctx: Context):
    """Histograms of the projections at t = 0, 25, 100, 1000, 2000, 5000."""
    return histograms(ctx, SMALL, (0, 25, 100, 1000, 2000, 5000), humps=False)


@figure(
    title="The grokking curve and its limit",
    source="derived",
    caption="Mean clean accuracy of the count model (limit H, infinite width) against time, eta ="
    " 0.2. Line: 1/2, 0.7297, then 1 - eta/((1-eta)(t-1)). Convergence is slow, of order"
    " n^(-1/2); residuals are against the limit with its first finite-n term, whose own error"
    " (bars) is again of order 1/n relative to it.",
    seconds={"quick": 4, "default": 8, "paper": 200},
)
def grokking_curve(ctx: Context):
    """Accuracy against t for n = 200 to 2e5, with the limit curve."""
    eta, times = 0.2, np.arange(1, 9)
    sizes = ctx.pick(quick=(200,), default=(200, 2000, 20_000), paper=(200, 2000, 20_000, 200_000))
    trials = ctx.pick(quick=64, default=160, paper=4000)
    fig, ax = ctx.panels()
    later = np.asarray(later_step_accuracy(eta, 1.0 * times[2:]))
    limit = np.concatenate([[0.5, float(two_step_accuracy())], later])
    ctx.theory(ax, times, limit, label="limit n = inf")
    at_n = np.array([np.asarray(mean_accuracy(np.array(sizes), eta, int(t))) for t in times])
    for n, theory in zip(sizes, at_n.T, strict=True):
        params = Params(n=n, p=10**9, eta=eta, steps=8, sampling="limit")
        run = ctx.simulate("xor_cluster", params, mode="counts", trials=trials)["center_accuracy"]
        second = np.where(times >= 3, (theory - limit) ** 2 * 4, 1 / n)
        ctx.points(ax, times, samples=run, theory=theory, tolerance=second, label=f"n = {n}")
    ax.set(xlabel="t", ylabel="mean clean accuracy")
    return fig


@figure(
    title="Accuracy after one and two steps",
    source="derived",
    caption="Left: variance over training sets of the one-step accuracy on a cluster against rho ="
    " ‖mu‖^2/sqrt(p), with arcsin(rho^2/(2+rho^2))/(2 pi). Right: mean accuracy after two steps"
    " against width over sample size, at two sample sizes, with its finite-width formula.",
    seconds={"quick": 5, "default": 9, "paper": 120},
)
def first_two_steps(ctx: Context):
    """The step-1 variance against rho and the step-2 accuracy against m/n."""
    fig, (left, right) = ctx.panels(1, 2)
    base = Params(n=400, p=10**8, m=20, eta=0.05, steps=2, sampling="limit")
    rhos = ctx.pick(quick=(1.0, 4.0), default=(0.3, 1.0, 5.0), paper=(0.1, 0.3, 1.0, 3.0, 10.0))
    ctx.sweep(left, base, "squared_norm", 1e4 * np.geomspace(0.2, 15, 60),
              lambda p: cluster_accuracy_variance(p.rho), accuracy_square, mode="neurons",
              at=[1e4 * rho for rho in rhos], x=lambda p: p.rho, label="n = 400",
              tolerance=lambda p: 0.01 * cluster_accuracy_variance(p.rho))  # fmt: skip
    left.set(xlabel="rho", ylabel="variance of accuracy, t = 1", xscale="log")
    shares = ctx.pick(quick=(0.2,), default=(0.1, 0.5), paper=(0.05, 0.1, 0.5, 2.0))
    for n in ctx.pick(quick=(100,), default=(100, 400), paper=(100, 400, 1600)):
        # neurons with D = 0 are left out, as in the count model: half of .8/sqrt(n)
        ctx.sweep(right, base.but(n=n), "m", np.unique(np.round(n * np.geomspace(0.03, 5, 60))),
                  lambda p: two_step_accuracy_finite_width(p.n, p.m, p.eta), "center_accuracy",
                  mode="neurons", at=[round(share * n) for share in shares], x=lambda p: p.m / p.n,
                  label=f"n = {n}", tolerance=lambda p: 0.4 * p.n**-0.5)  # fmt: skip
    right.set(xlabel="m/n", ylabel="mean clean accuracy, t = 2", xscale="log")
    return fig


@figure(
    title="Growth of features against P/n",
    source="derived",
    caption="Growth per step of the positive neurons' projection on mu1, |dV|/n, in limit H. Above"
    " P = n(1 - eta)/8 clean points of the opposite cluster stay active and slow the growth to"
    " about (1-eta)/8; below it they fall silent and it doubles. Theory above the step includes"
    " its n^(-1/2) term; below it is the leading order.",
    seconds={"quick": 3, "default": 4, "paper": 60},
)
def growth_transition(ctx: Context):
    """|dV|/n against P/n, with the step at (1 - eta)/8."""
    n, m = ctx.pick(quick=(60, 20), default=(200, 60), paper=(800, 200))
    params = Params(n=n, p=10**10, m=m, eta=0.05, steps=8, sampling="limit")
    threshold = n * (1 - params.eta) / 8
    fig, ax = ctx.panels()
    sides = (0.2, 0.999), (0.25, 0.5, 0.75, 0.9), (1.001, 9.0), (1.1, 1.5, 2.0, 4.0, 8.0)
    below, few, above, more = (params.p / (threshold * np.array(P)) for P in sides)
    # below the step the two clusters' sizes differ by O(sqrt n); near it the switch takes time
    for line, cases in ((below, few), (above, more)):
        ctx.sweep(ax, params, "squared_norm", line, lambda p: growth_per_step(p.n, p.eta, p.P),
                  "growth_ample", mode="retention", at=cases, stream="P", label=f"n = {n}",
                  trials=ctx.pick(quick=8, default=48, paper=200), x=lambda p: p.P / p.n,
                  tolerance=lambda p: where(1.4 * threshold > p.P, 0.8, 0.1) / n**0.5)  # fmt: skip
    ax.set(xlabel="P/n", ylabel="growth per step, |dV|/n", xscale="log")
    return fig
