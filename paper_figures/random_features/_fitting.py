"""How much to fit: risk against the fitting ratio, and train against test error."""

from typing import Any

import numpy as np

from paper_figures import Context, figure
from sims.random_features import RIDGES
from theory.random_features import (
    Params,
    finite_powerlaw,
    optimal_fitting_root,
    predict,
    relative_risk,
    relative_risk_at,
    zero_ridge,
)

TASKS = (
    ("CIFAR10 exponents", 1.17, 1.14),
    ("SVHN exponents", 1.22, 1.20),
    ("MNIST exponents", 1.12, 1.36),
)
"""The paper's measured (alpha, beta) of a convolutional kernel on three data sets."""

NOISES = (0.0, 1.0, 5.0, 50.0)


@figure(
    title="Figure 2: how much should one fit?",
    source="Figure 2",
    caption="Test error over that of noise-free interpolation against the fitting ratio R, for the"
    " paper's three pairs of exponents (lines: n to infinity; dotted: n = 30000 with infinitely"
    " many modes) and for a Gaussian task that is simulated (last panel, n finite). The vertical"
    " lines are the predicted optimum: at R = 0 without noise where beta >= alpha, moving right"
    " with noise.",
    seconds={"quick": 10, "default": 15, "paper": 300},
)
def figure_2(ctx: Context) -> Any:
    """Risk curves over R."""
    fig, axes = ctx.panels(1, 4, width=7.2)
    r = np.linspace(0, 0.98, 60)
    for ax, (title, alpha, beta) in zip(axes, TASKS, strict=False):
        for noise in NOISES:
            label = f"noise {noise:g}"
            ctx.theory(ax, r**2, relative_risk(alpha, beta, noise, r), label=label)
            exact = [float(relative_risk_at(alpha, beta, noise, 3e4, x)) for x in r[::3]]
            ax.plot(r[::3] ** 2, exact, ":", color="0.3", lw=0.8)
            ctx.record(f"{title}, noise {noise:g}, n=30000", R=r[::3] ** 2, risk=exact)
            best = float(optimal_fitting_root(alpha, beta, noise))
            ax.axvline(best**2, color="0.7", lw=0.5, ls=":")
        ax.set(xlabel="fitting ratio R", yscale="log")
        ax.set_title(f"{title}\n({alpha}, {beta})", fontsize=6.5)
    axes[0].set_ylabel("test error / E_0")
    _simulated(ctx, axes[3])
    for ax in axes[1:3]:
        ctx.legend(ax, loc=None)
    ctx.legend(axes[0], fontsize=5, loc="upper left", bbox_to_anchor=(0.0, 0.8))
    ctx.legend(axes[3], fontsize=5)
    return fig


def _simulated(ctx: Context, ax: Any) -> None:
    """alpha = 1.5, beta = 2: kernel regression at five ridges and two noises, theory through R."""
    n, modes = ctx.pick(quick=(24, 128), default=(64, 512), paper=(256, 4096))
    trials = ctx.pick(quick=16, default=48, paper=200)
    of = finite_powerlaw(1.5, 2.0, modes)
    e0 = float(zero_ridge(1.5, 2.0, n)[1])
    fine = np.concatenate([[0.0], np.geomspace(1e-4, 30, 80)])
    coarse = np.array([0.0, 0.02, 0.1, 0.4, 2.0])
    for relative in (0.0, 5.0):
        label = f"noise {relative:g}"
        line = predict(of, n=n, ridge=fine, noise=relative * e0)
        ctx.theory(ax, line.fitting_ratio_root**2, line.test_risk / e0, label=label)
        places = predict(of, n=n, ridge=coarse, noise=relative * e0)
        samples = []
        for ridge in coarse:
            params = Params(
                n=n, k=1, modes=modes, beta=2.0, noise=relative * e0, ridge=float(ridge)
            )
            run = ctx.simulate("random_features", params, mode="kernel", trials=trials)
            samples.append(run["test_risk"] / e0)
        ctx.points(
            ax, places.fitting_ratio_root**2, samples=np.stack(samples, axis=1),
            theory=places.test_risk / e0, label=label,
        )  # fmt: skip
    ax.set(xlabel="fitting ratio R", yscale="log")
    ax.set_title(f"Gaussian task, n = {n}\n(1.5, 2)", fontsize=6.5)


@figure(
    title="Risk along the path of ridges",
    source="Appendix (test error against ridge; train against test error)",
    caption="Left: test and train error against the ridge for features fewer and more than samples."
    " Right: the same path as train against test error, with the lines R = 1 and R = 0.01.",
    seconds={"quick": 10, "default": 12, "paper": 600},
)
def train_against_test(ctx: Context) -> Any:
    """One run of all ridges for each width."""
    n, modes = ctx.pick(quick=(24, 96), default=(80, 400), paper=(256, 10**4))
    trials = ctx.pick(quick=16, default=64, paper=45)
    fig, (left, right) = ctx.panels(1, 2)
    for k in (n // 2, 3 * n):
        params = Params(n=n, k=k, modes=modes, ridge=0.1)
        of = finite_powerlaw(1.5, 1.5, modes)
        run = ctx.simulate("random_features", params, mode="path", trials=trials)
        p = predict(of, n=n, k=k, ridge=RIDGES, noise=params.noise)
        some = slice(0, None, 5)
        for name, values, risk in (
            ("test", run["test_path"], p.test_risk), ("train", run["train_path"], p.train_risk),
        ):  # fmt: skip
            label = f"{name}, k = {k}"
            ctx.theory(left, RIDGES, risk, label=label)
            ctx.points(left, RIDGES[some], samples=values[:, some], theory=risk[some], label=label)
        label = f"k = {k}"
        ctx.theory(right, p.train_risk, p.test_risk, label=label)
        ctx.points(
            right, p.train_risk[some], samples=run["test_path"][:, some],
            theory=p.test_risk[some], label=label,
        )  # fmt: skip
    ends = np.array([1e-3, 3.0])
    for ratio in (1.0, 0.01):
        right.plot(ends, ends / ratio, color="0.7", lw=0.6)
        right.annotate(f"R = {ratio:g}", (ends[0] * 1.5, min(3.0, 2 * ends[0] / ratio)), fontsize=6)
    left.set(xlabel="ridge", ylabel="error", xscale="log", yscale="log")
    right.set(xlabel="train error", ylabel="test error", xscale="log", yscale="log")
    right.set_ylim(0.5, 5)
    ctx.legend(left, fontsize=5.5)
    return fig
