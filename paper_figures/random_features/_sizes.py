"""Risk against the number of features, of samples, and of both."""

from typing import Any

import numpy as np

from paper_figures import Context, figure
from sims.random_features import MAP, RIDGES, MapParams
from theory.random_features import finite_powerlaw, optimal_ridge, predict, sphere

SHOWN = (4, 8, 12, 20, 26)
"""Which of the paper's 31 ridges are drawn: 4.64e-3, 2.15e-2, .1, 2.15, 21.5."""

TITLES = {
    "gaussian": "Gaussian features, powerlaw task",
    "relu": "ReLU features on the sphere",
}
NOISE = {"gaussian": 0.5, "relu": 0.05}


def _spectrum(kind: str, modes: int) -> Any:
    return finite_powerlaw(1.5, 1.5, modes) if kind == "gaussian" else sphere(8)


def _vary(ctx: Context, axis: str) -> Any:
    """Two panels: risk against k at fixed n (axis "k"), or against n at fixed k."""
    fixed, most, modes = ctx.pick(
        quick=(24, 48, 96), default=(64, 320, 400), paper=(256, 10**4, 10**4)
    )
    trials = ctx.pick(quick=8, default=24, paper=45)
    counts = np.unique(
        np.geomspace(fixed / 8, most, ctx.pick(quick=3, default=7, paper=31)).astype(int)
    )
    smooth = np.geomspace(counts[0], counts[-1], 60)
    fig, axes = ctx.panels(1, 2, sharey=True)
    for ax, kind in zip(axes, TITLES, strict=True):
        of, noise = _spectrum(kind, modes), NOISE[kind]
        draws = []
        for count in counts:
            n, k = (fixed, int(count)) if axis == "k" else (int(count), fixed)
            largest = (fixed, most) if axis == "k" else (most, fixed)
            params = MapParams(
                used_n=n, used_k=k, n=largest[0], k=largest[1], modes=modes, noise=noise,
                features=kind,  # type: ignore[arg-type]  # a key of TITLES
            )  # fmt: skip
            draws.append(ctx.simulate(MAP, params, mode="map", trials=trials))
        for i in SHOWN:
            label = f"ridge {RIDGES[i]:.3g}"
            line = _line(of, axis, fixed, smooth, RIDGES[i], noise)
            ctx.theory(ax, smooth, line.test_risk, label=label)
            at = _line(of, axis, fixed, counts, RIDGES[i], noise)
            samples = np.stack([d["test"][:, i] for d in draws], axis=1)
            ctx.points(ax, counts, samples=samples, theory=at.test_risk, label=label)
            ax.plot(smooth, line.train_risk, ":", color="0.6", lw=0.7)
        sizes = {"n": fixed, "k": smooth} if axis == "k" else {"n": smooth, "k": fixed}
        best = optimal_ridge(of, noise=noise, **sizes).test_risk
        ctx.theory(ax, smooth, best, label="best ridge", ls="--", color="k")
        ax.axvline(fixed, color="0.8", lw=0.6, zorder=0)
        other = "n" if axis == "k" else "k"
        xlabel = "features k" if axis == "k" else "training points n"
        ax.set(
            xlabel=xlabel, xscale="log", yscale="log", title=f"{TITLES[kind]}, {other} = {fixed}"
        )
        ax.set_ylim(0.05, 20)
    axes[0].set_ylabel("test error")
    ctx.legend(axes[1], loc=None)
    ctx.legend(axes[0], fontsize=5.5, loc="upper right", ncols=2)
    return fig


def _line(of: Any, axis: str, fixed: int, sizes: Any, ridge: float, noise: float) -> Any:
    n, k = (fixed, sizes) if axis == "k" else (sizes, fixed)
    return predict(of, n=n, k=k, ridge=ridge, noise=noise)


@figure(
    title="Figure 1: more features are better at the best ridge",
    source="Figure 1",
    caption="Test error against the number of features at five ridges, Gaussian features on a"
    " powerlaw task and ReLU features on the sphere. Small ridges peak at k = n; the dashed"
    " optimally tuned risk never rises. Grey dotted: predicted train error.",
    seconds={"quick": 20, "default": 25, "paper": 2400},
)
def figure_1(ctx: Context) -> Any:
    """Risk against k."""
    return _vary(ctx, "k")


@figure(
    title="More samples are better at the best ridge",
    source="Appendix (risk against n at fixed k)",
    caption="As Figure 1 with the number of training points varied at a fixed number of features.",
    seconds={"quick": 15, "default": 25, "paper": 4000},
)
def vary_samples(ctx: Context) -> Any:
    """Risk against n."""
    return _vary(ctx, "n")


@figure(
    title="Test and train error over samples and features",
    source="Appendix (heat maps over n and k)",
    caption="Predicted (top, third row) and simulated (second and fourth row) test and train error"
    " over n and k at four ridges. The ridge of high test error along n = k fades as the ridge"
    " grows.",
    seconds={"quick": 10, "default": 25, "paper": 6000},
)
def heat_maps(ctx: Context) -> Any:
    """Four ridges by four rows of maps."""
    largest, modes = ctx.pick(quick=(24, 64), default=(80, 200), paper=(10**4, 10**4))
    points, trials = ctx.pick(quick=(3, 8), default=(7, 8), paper=(30, 8))
    sizes = np.unique(np.geomspace(max(6, largest / 10), largest, points).astype(int))
    shown = (3, 9, 15, 21)  # 3.2e-3, 3.2e-2, .32, 3.2
    of = finite_powerlaw(1.5, 1.5, modes)
    simulated = {
        "test": np.zeros((31, len(sizes), len(sizes))),
        "train": np.zeros((31, len(sizes), len(sizes))),
    }
    for i, n in enumerate(sizes):
        for j, k in enumerate(sizes):
            params = MapParams(used_n=int(n), used_k=int(k), n=largest, k=largest, modes=modes)
            run = ctx.simulate(MAP, params, mode="map", trials=trials)
            for name in simulated:
                simulated[name][:, i, j] = run[name].mean(axis=0)
    fig, axes = ctx.panels(4, 4, residuals=False, height=6.4)
    mesh: Any = None
    for column, r in enumerate(shown):
        p = predict(of, n=sizes[:, None], k=sizes[None], ridge=RIDGES[r], noise=0.5)
        rows = (p.test_risk, simulated["test"][r], p.train_risk, simulated["train"][r])
        for row, values in enumerate(rows):
            ax = axes[row, column]
            image = np.log10(np.maximum(np.asarray(values), 1e-3))
            mesh = ax.pcolormesh(
                sizes, sizes, image, vmin=-1, vmax=1, cmap="viridis", shading="nearest"
            )
            ax.set(xscale="log", yscale="log")
            if row == 3:
                ax.set_xlabel("features k")
        axes[0, column].set_title(f"ridge {RIDGES[r]:.2g}", fontsize=7)
        ctx.record(
            f"ridge {RIDGES[r]:.3g}", n=np.repeat(sizes, len(sizes)), k=np.tile(sizes, len(sizes)),
            test=np.ravel(rows[0]), test_simulated=np.ravel(rows[1]), train=np.ravel(rows[2]),
            train_simulated=np.ravel(rows[3]),
        )  # fmt: skip
    for row, name in enumerate(
        ("test, theory", "test, simulated", "train, theory", "train, simulated")
    ):
        axes[row, 0].set_ylabel(f"{name}\nsamples n", fontsize=7)
    fig.colorbar(mesh, ax=list(axes[:, -1]), label="log10 error", shrink=0.5)
    return fig
