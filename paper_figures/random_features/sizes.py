"""Risk against features, samples and both; the width overfitting needs, what a feature is worth."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import FixedLocator, NullLocator

from paper_figures import Context, figure
from sims.random_features import RIDGES, PathParams, grid_draw, sizes_trial
from theory.random_features import (
    Sums, finite_powerlaw, finite_width_threshold, infinite_powerlaw, marginal_values, needed_width,
    optimal_risk_map, predict_map, sphere, sums,
)  # fmt: skip

SHOWN = (4, 8, 12, 20, 26)
"""Which of the paper's 31 ridges are drawn: 4.64e-3, 2.15e-2, .1, 2.15, 21.5."""

TITLES: dict[Any, str] = {
    "gaussian": "Gaussian features, powerlaw task",
    "relu": "ReLU features on the sphere",
}
NOISE = {"gaussian": 0.5, "relu": 0.05}


def _vary(ctx: Context, vary: Any) -> Any:
    """Two panels: risk against k at fixed n ("features"), or against n at fixed k ("samples")."""
    axis, other, xlabel = {
        "features": ("k", "n", "features k"), "samples": ("n", "k", "training points n")
    }[vary]  # fmt: skip
    fixed, most, modes = ctx.pick(
        quick=(24, 48, 96), default=(64, 320, 400), paper=(256, 10**4, 10**4)
    )
    trials, count = ctx.pick(quick=(8, 3), default=(24, 7), paper=(45, 31))
    smooth = np.geomspace(fixed / 8 if ctx.scale != "paper" else 10, most, 60)
    fig, axes = ctx.panels(1, 2, sharey=True)
    for ax, kind in zip(axes, TITLES, strict=True):
        of = finite_powerlaw(1.5, 1.5, modes) if kind == "gaussian" else sphere(8)
        noise = NOISE[kind]
        params = PathParams(
            fixed=fixed, smallest=int(smooth[0]), largest=most, count=count, modes=modes,
            noise=noise, vary=vary, features=kind,
        )  # fmt: skip
        counts = params.sizes()
        draws = ctx.simulate(sizes_trial, params, mode="sizes", trials=trials)["test"]
        task: Any = {other: fixed, "noise": noise}
        for i in SHOWN:
            label = f"ridge {RIDGES[i]:.3g}"
            lines, at = (
                predict_map(of, **task, **{axis: x}, ridge=RIDGES[i])
                for x in (smooth, counts.astype(float))
            )
            ctx.theory(ax, smooth, lines.test_risk, label=label)
            ctx.points(ax, counts, samples=draws[:, :, i], theory=at.test_risk, label=label)
            ax.plot(smooth, lines.train_risk, ":", color="0.6", lw=0.7)
        best = optimal_risk_map(of, **task, **{axis: smooth}).test_risk
        ctx.theory(ax, smooth, best, label="best ridge", ls="--", color="k")
        ax.axvline(fixed, color="0.8", lw=0.6, zorder=0)
        ax.set(xlabel=xlabel, xscale="log", yscale="log", ylim=(0.05, 20),
               title=f"{TITLES[kind]}, {other} = {fixed}")  # fmt: skip
    axes[0].set_ylabel("test error")
    ctx.legend(axes[1], loc=None)
    ctx.legend(axes[0], fontsize=5.5, loc="upper right", ncols=2)
    return fig


@figure(
    title="Figure 1: more features are better at the best ridge",
    source="Figure 1",
    caption="Test error against the number of features at five ridges, Gaussian features on a"
    " powerlaw task and ReLU features on the sphere. Small ridges peak at k = n; the dashed"
    " optimally tuned risk never rises. Grey dotted: predicted train error. The points of a panel"
    " share their draws, so that their deviations go together. ReLU features are not Gaussian: they"
    " are off by a few per cent at small ridges, which many draws resolve.",
    seconds={"quick": 6, "default": 10, "paper": 200},
)
def figure_1(ctx: Context) -> Any:
    """Risk against k."""
    return _vary(ctx, "features")


@figure(
    title="More samples are better at the best ridge",
    source="Appendix (risk against n at fixed k)",
    caption="As Figure 1 with the number of training points varied at a fixed number of features.",
    seconds={"quick": 6, "default": 10, "paper": 150},
)
def vary_samples(ctx: Context) -> Any:
    """Risk against n."""
    return _vary(ctx, "samples")


MAP_RIDGES = 2.0 ** np.array([-9, -5, -1, 3])
"""The four columns of the paper's heat maps."""


@figure(
    title="Test and train error over samples and features",
    source="Appendix (heat maps over n and k)",
    caption="Predicted (top, third row) and simulated (second and fourth row) test and train error"
    " over n and k at four ridges; simulation from corners of the same few draws. The wall of high"
    " test error along n = k fades as the ridge grows.",
    seconds={"quick": 4, "default": 6, "paper": 400},
)
def heat_maps(ctx: Context) -> Any:
    """Four ridges by four rows of maps."""
    (least, largest, points), modes, trials = ctx.pick(
        quick=((4, 24, 3), 64, 8), default=((8, 160, 10), 400, 8), paper=((10, 10**4, 30), 10**4, 1)
    )
    sizes = np.unique(np.geomspace(least, largest, points).round().astype(int))
    of, noise = finite_powerlaw(1.5, 1.5, modes), 0.5
    rng = np.random.default_rng(ctx.rng_seed)
    told = ctx.progress and (lambda done, every: ctx.progress("map", done, every))
    draws = [grid_draw(rng, of, sizes, MAP_RIDGES, noise, told) for _ in range(trials)]
    test, train = np.mean(draws, axis=0)
    p = predict_map(of, n=sizes[:, None], k=sizes, ridge=MAP_RIDGES[:, None, None], noise=noise)
    rows = (
        ("test, theory", p.test_risk), ("test, simulated", test),
        ("train, theory", p.train_risk), ("train, simulated", train),
    )  # fmt: skip
    fig, axes = ctx.panels(4, 4, residuals=False, height=6.6)
    norm = LogNorm(0.2, 10)
    for row, (name, values) in enumerate(rows):
        for column, ax in enumerate(axes[row]):
            ax.pcolormesh(
                sizes, sizes, values[column], cmap="viridis", shading="nearest", norm=norm
            )
            ax.set(xscale="log", yscale="log")
            for axis in (ax.xaxis, ax.yaxis):  # sixteen panels: minor ticks are most of the cost
                axis.set_major_locator(FixedLocator([10, 100, 1000, 10_000]))
                axis.set_minor_locator(NullLocator())
            ax.tick_params(labelbottom=row == 3, labelleft=column == 0)
        axes[row, 0].set_ylabel(f"{name}\nsamples n", fontsize=7)
    for column, ridge in enumerate(MAP_RIDGES):
        axes[0, column].set_title(f"ridge {ridge:.3g}", fontsize=7)
        axes[3, column].set_xlabel("features k", fontsize=7)
        ctx.record(
            f"ridge {ridge:.3g}", n=np.repeat(sizes, len(sizes)), k=np.tile(sizes, len(sizes)),
            test=np.ravel(p.test_risk[column]), test_simulated=test[column].ravel(),
            train=np.ravel(p.train_risk[column]), train_simulated=train[column].ravel(),
        )  # fmt: skip
    fig.colorbar(axes[0, 0].collections[0], ax=axes, label="error", shrink=0.5, extend="both")
    return fig


# Two figures that the paper lacks


@figure(
    title="The width from which on overfitting is optimal",
    source="derived",
    caption="Above a curve zero ridge is optimal, below it a ridge helps: k/n against the gap"
    " beta - alpha, by relative noise, as n grows. Points: the exact threshold at n = 1e6 with"
    " infinitely many modes. Without noise the least width is 3 + 2 sqrt 2 at a gap of 1/sqrt 2;"
    " below k = n zero ridge is never optimal.",
    seconds={"quick": 10, "default": 12, "paper": 15},
)
def phase_diagram(ctx: Context) -> Any:
    """Curves of the closed threshold with exactly computed points."""
    alpha = 1.5
    fig, ax = ctx.panels(residuals=False)
    for noise in (0.0, 0.1, 0.3, 0.6):
        least = alpha * (alpha - 1) * noise  # g' > 0
        gaps = np.linspace(least + 0.02, 0.985, 200)
        widths = np.asarray(needed_width(alpha, alpha + gaps, noise))
        shown = widths < 300
        label = f"noise {noise:g}"
        ctx.theory(ax, gaps[shown], widths[shown], label=label)
        points = np.linspace(0.1, 0.8, ctx.pick(quick=3, default=8, paper=15))
        points = points[points > least + 0.05]
        exact = finite_width_threshold(alpha, alpha + points, noise, 1e6)
        ctx.points(ax, points, mean=exact, label=label)
    ax.plot(0.5**0.5, 3 + 8**0.5, marker="*", color="k", ms=9, ls="none", zorder=6)
    ax.axhline(1, color="0.6", lw=0.8)
    ax.set(xlabel="gap beta - alpha", ylabel="width k/n", yscale="log", ylim=(0.7, 300))
    ctx.legend(ax, fontsize=6, loc="lower center", bbox_to_anchor=(0.5, 0.08), ncols=4)
    return fig


@figure(
    title="What a sample and a feature are worth",
    source="derived",
    caption="Contours: the optimally tuned test error over samples and features (infinitely many"
    " modes, one table of sums for the whole map). Arrows: the direction in log n and log k in"
    " which it falls fastest. Above the dashed line one per cent more samples is worth more than"
    " one per cent more features, below it less.",
    seconds={"quick": 15, "default": 20, "paper": 40},
)
def exchange_rate(ctx: Context) -> Any:
    """The map of the optimal risk with its marginal values."""
    of, noise = infinite_powerlaw(1.5, 1.8), 0.05
    points = ctx.pick(quick=12, default=30, paper=80)
    n = k = np.geomspace(10, 1e4, points)
    best = optimal_risk_map(of, n=n[:, None], k=k[None], noise=noise)
    risk = np.asarray(best.test_risk)
    each = jnp.vectorize(lambda g: sums(of.eigenvalues, of.eigcoeffs_sq, g, of.multiplicities))
    at = Sums(*each(best.gamma))
    value = marginal_values(n[:, None], k[None], best.gamma, at, noise)
    per_n = -np.asarray(n[:, None] * value.sample)
    per_k = -np.asarray(k[None] * value.feature)
    fig, ax = ctx.panels(residuals=False, width=4.6, height=3.6)
    filled = ax.contourf(n, k, np.log10(risk.T), 18, cmap="viridis")
    fig.colorbar(filled, ax=ax, label="log10 test error")
    step = max(1, points // 10)
    u, v = per_n[::step, ::step].T, per_k[::step, ::step].T
    length = np.hypot(u, v)
    ax.quiver(n[::step], k[::step], u / length, v / length, color="w", scale=28, width=0.004)
    ax.contour(n, k, (per_n - per_k).T, levels=[0.0], colors="k", linestyles="--", linewidths=0.9)
    ax.set(xlabel="training points n", ylabel="features k", xscale="log", yscale="log")
    ctx.record(
        "map", n=np.repeat(n, points), k=np.tile(k, points), risk=risk.ravel(),
        per_cent_of_samples=per_n.ravel(), per_cent_of_features=per_k.ravel(),
    )  # fmt: skip
    return fig
