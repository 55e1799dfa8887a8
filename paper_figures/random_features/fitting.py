"""How much to fit: risk against the fitting ratio, and train against test error."""

from typing import Any

import jax
import numpy as np

from paper_figures import Context, figure
from sims.random_features import FITTING_ROOTS, RIDGES
from theory.random_features import (
    Params,
    finite_powerlaw,
    optimal_fitting_root,
    predict_map,
    relative_risk,
    relative_risk_at,
    zero_ridge,
)

TASKS = (
    ("CIFAR10", 1.17, 1.14),
    ("SVHN", 1.22, 1.20),
    ("MNIST", 1.12, 1.36),
)
"""The paper's measured (alpha, beta) of a convolutional kernel on three data sets."""

NOISES = (0.0, 1.0, 5.0, 50.0)


@figure(
    title="Figure 2: how much should one fit?",
    source="Figure 2",
    caption="Test error over that of noise-free interpolation against the fitting ratio R, for the"
    " paper's three pairs of exponents (alpha, beta) and four noises relative to that error. Solid:"
    " n to infinity. Dotted: the eigenframework at the n of the simulation, with infinitely many"
    " modes. Points: kernel regression on Gaussian data with that spectrum and target, at ridges"
    " chosen for their R. The stars are the optimum as n grows: at R = 0 without noise"
    " where beta >= alpha, moving right with noise. With exponents near 1 finite n still shows.",
    seconds={"quick": 5, "default": 8, "paper": 300},
)
def figure_2(ctx: Context) -> Any:
    """Risk curves over R."""
    n, modes = ctx.pick(quick=(24, 256), default=(64, 1024), paper=(1024, 10**4))
    trials = ctx.pick(quick=16, default=40, paper=32)
    fig, axes = ctx.panels(1, 3, sharey=True)
    r = np.linspace(0, 0.96, 33)
    at = np.asarray(FITTING_ROOTS)
    finite = jax.vmap(relative_risk_at, (None, None, None, None, 0))
    for ax, (title, alpha, beta) in zip(axes, TASKS, strict=True):
        params = Params(n=n, k=1, modes=modes, alpha=alpha, beta=beta)
        run = ctx.simulate("random_features", params, mode="fitting", trials=trials)
        e0 = float(zero_ridge(alpha, beta, n)[1])
        for noise in NOISES:
            label = f"noise {noise:g}"
            ctx.theory(ax, r**2, relative_risk(alpha, beta, noise, r), label=label)
            exact = np.asarray(finite(alpha, beta, noise, float(n), r))
            ax.plot(r**2, exact, ":", color="0.3", lw=0.8)
            ctx.record(f"{title}, noise {noise:g}, n = {n}", R=r**2, risk=exact)
            ctx.points(
                ax, at**2, samples=run["noise_free"] / e0 + noise * run["amplification"],
                theory=finite(alpha, beta, noise, float(n), at), label=label,
            )  # fmt: skip
            best = float(optimal_fitting_root(alpha, beta, noise))
            least = float(relative_risk(alpha, beta, noise, best))
            ax.plot([best**2], [least], marker="*", color="k", ms=6, mew=0, ls="none", zorder=5)
        ax.set(xlabel="fitting ratio R", yscale="log", title=f"{title} ({alpha}, {beta})")
    axes[0].set_ylabel(f"test error / E_0 at n = {n}")
    for ax in axes[1:]:
        ctx.legend(ax, loc=None)
    ctx.legend(axes[0], fontsize=6, ncols=2, loc="center", bbox_to_anchor=(0.5, 0.68))
    return fig


@figure(
    title="Risk along the path of ridges",
    source="Appendix (test error against ridge; train against test error)",
    caption="Left: test and train error against the ridge for features fewer and more than samples."
    " Right: the same path as train against test error, with the lines R = 1 and R = 0.01.",
    seconds={"quick": 5, "default": 6, "paper": 150},
)
def train_against_test(ctx: Context) -> Any:
    """One run of all ridges for each width."""
    n, modes = ctx.pick(quick=(24, 96), default=(64, 400), paper=(256, 10**4))
    trials = ctx.pick(quick=16, default=32, paper=45)
    fig, (left, right) = ctx.panels(1, 2)
    for k in (n // 2, 3 * n):
        params = Params(n=n, k=k, modes=modes, ridge=0.1)
        of = finite_powerlaw(1.5, 1.5, modes)
        run = ctx.simulate("random_features", params, mode="path", trials=trials)
        p = predict_map(of, n=n, k=k, ridge=RIDGES, noise=params.noise)
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
    ends = np.array([0.5, 5.0])  # of the test errors shown
    for ratio in (1.0, 0.01):
        right.plot(ratio * ends, ends, color="0.7", lw=0.6)
        right.annotate(
            f"R = {ratio:g}", (0.6 * ratio, 0.6), xytext=(4, -6), textcoords="offset points",
            fontsize=6,
        )  # fmt: skip
    left.set(xlabel="ridge", ylabel="error", xscale="log", yscale="log")
    right.set(xlabel="train error", ylabel="test error", xscale="log", yscale="log")
    right.set(xlim=(1e-5, 10), ylim=(0.5, 5))
    ctx.legend(left, fontsize=5.5)
    return fig
