"""Risk against the number of features, of samples, and of both."""

from typing import Any

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import FixedLocator, NullLocator

from paper_figures import Context, figure
from sims.random_features import RIDGES, PathParams, grid_draw, sizes_trial
from theory.random_features import finite_powerlaw, optimal_risk_map, predict_map, sphere

SHOWN = (4, 8, 12, 20, 26)
"""Which of the paper's 31 ridges are drawn: 4.64e-3, 2.15e-2, .1, 2.15, 21.5."""

TITLES = {
    "gaussian": "Gaussian features, powerlaw task",
    "relu": "ReLU features on the sphere",
}
NOISE = {"gaussian": 0.5, "relu": 0.05}


def _vary(ctx: Context, axis: str) -> Any:
    """Two panels: risk against k at fixed n (axis "k"), or against n at fixed k."""
    fixed, most, modes = ctx.pick(
        quick=(24, 48, 96), default=(64, 320, 400), paper=(256, 10**4, 10**4)
    )
    trials = ctx.pick(quick=8, default=24, paper=45)
    smooth = np.geomspace(fixed / 8 if ctx.scale != "paper" else 10, most, 60)
    fig, axes = ctx.panels(1, 2, sharey=True)
    for ax, kind in zip(axes, TITLES, strict=True):
        of = finite_powerlaw(1.5, 1.5, modes) if kind == "gaussian" else sphere(8)
        noise = NOISE[kind]
        params = PathParams(
            fixed=fixed, smallest=int(smooth[0]), largest=most,
            count=ctx.pick(quick=3, default=7, paper=31), modes=modes, noise=noise,
            vary="features" if axis == "k" else "samples",
            features=kind,  # type: ignore[arg-type]  # a key of TITLES
        )  # fmt: skip
        counts = params.sizes()
        draws = ctx.simulate(sizes_trial, params, mode="sizes", trials=trials)["test"]

        def place(along: Any) -> dict[str, Any]:
            return {"n": fixed, "k": along} if axis == "k" else {"n": along, "k": fixed}

        lines, at = (
            predict_map(of, **place(x[:, None]), ridge=RIDGES[list(SHOWN)], noise=noise)
            for x in (smooth, counts.astype(float))
        )
        for column, i in enumerate(SHOWN):
            label = f"ridge {RIDGES[i]:.3g}"
            ctx.theory(ax, smooth, lines.test_risk[:, column], label=label)
            ctx.points(
                ax, counts, samples=draws[:, :, i], theory=at.test_risk[:, column], label=label
            )
            ax.plot(smooth, lines.train_risk[:, column], ":", color="0.6", lw=0.7)
        best = optimal_risk_map(of, **place(smooth), noise=noise).test_risk
        ctx.theory(ax, smooth, best, label="best ridge", ls="--", color="k")
        ax.axvline(fixed, color="0.8", lw=0.6, zorder=0)
        xlabel, other = ("features k", "n") if axis == "k" else ("training points n", "k")
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
    return _vary(ctx, "k")


@figure(
    title="More samples are better at the best ridge",
    source="Appendix (risk against n at fixed k)",
    caption="As Figure 1 with the number of training points varied at a fixed number of features.",
    seconds={"quick": 6, "default": 10, "paper": 150},
)
def vary_samples(ctx: Context) -> Any:
    """Risk against n."""
    return _vary(ctx, "n")


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
    largest, modes = ctx.pick(quick=(24, 64), default=(160, 400), paper=(10**4, 10**4))
    points, trials = ctx.pick(quick=(3, 8), default=(10, 8), paper=(30, 1))
    least = ctx.pick(quick=4, default=8, paper=10)
    sizes = np.unique(np.geomspace(least, largest, points).round().astype(int))
    of, noise = finite_powerlaw(1.5, 1.5, modes), 0.5
    rng = np.random.default_rng(ctx.rng_seed)
    told = ctx.progress and (lambda done, every: ctx.progress("map", done, every))
    draws = [grid_draw(rng, of, sizes, MAP_RIDGES, noise, told) for _ in range(trials)]
    test, train = (np.mean([d[i] for d in draws], axis=0) for i in (0, 1))
    p = predict_map(of, n=sizes[:, None], k=sizes, ridge=MAP_RIDGES[:, None, None], noise=noise)
    rows = (
        ("test, theory", p.test_risk), ("test, simulated", test),
        ("train, theory", p.train_risk), ("train, simulated", train),
    )  # fmt: skip
    fig, axes = ctx.panels(4, 4, residuals=False, height=6.6)
    mesh: Any = None
    for row, (name, values) in enumerate(rows):
        for column, ax in enumerate(axes[row]):
            mesh = ax.pcolormesh(
                sizes, sizes, np.asarray(values[column]), cmap="viridis", shading="nearest",
                norm=LogNorm(0.2, 10),
            )  # fmt: skip
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
    fig.colorbar(mesh, ax=axes, label="error", shrink=0.5, extend="both")
    return fig
