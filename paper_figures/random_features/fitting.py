"""How much to fit: risk against the fitting ratio, and train against test error; real digits."""

from typing import Any

import numpy as np
from matplotlib.ticker import NullFormatter

from paper_figures import Context, figure
from sims.random_features import FITTING_ROOTS, RIDGES
from theory import neural_kernels
from theory.random_features import (
    Params, finite_powerlaw, from_kernel, left_out, measured_exponents, optimal_fitting_root,
    predict_map, relative_risk, relative_risk_at, zero_ridge,
)  # fmt: skip

TASKS = (("CIFAR10", 1.17, 1.14), ("SVHN", 1.22, 1.20), ("MNIST", 1.12, 1.36))
"""The paper's measured (alpha, beta) of a convolutional kernel on three data sets."""

NOISES = (0.0, 1.0, 5.0, 50.0)
LOGARITHMIC: Any = {"xscale": "log", "yscale": "log"}


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
    r, at = np.linspace(0, 0.96, 33), np.asarray(FITTING_ROOTS)
    for ax, (title, alpha, beta) in zip(axes, TASKS, strict=True):
        params = Params(n=n, k=1, modes=modes, alpha=alpha, beta=beta)
        run = ctx.simulate("random_features", params, mode="fitting", trials=trials)
        e0 = float(zero_ridge(alpha, beta, n)[1])
        for noise in NOISES:
            label = f"noise {noise:g}"
            ctx.theory(ax, r**2, relative_risk(alpha, beta, noise, r), label=label)
            exact = np.asarray(relative_risk_at(alpha, beta, noise, n, r))
            ax.plot(r**2, exact, ":", color="0.3", lw=0.8)
            ctx.record(f"{title}, noise {noise:g}, n = {n}", R=r**2, risk=exact)
            ctx.points(
                ax, at**2, samples=run["noise_free"] / e0 + noise * run["amplification"],
                theory=relative_risk_at(alpha, beta, noise, n, at), label=label,
            )  # fmt: skip
            best = float(optimal_fitting_root(alpha, beta, noise))
            least = relative_risk(alpha, beta, noise, best)
            ax.plot(best**2, least, marker="*", color="k", ms=6, mew=0, ls="none", zorder=5)
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
        for ax, x, name, label in (
            (left, RIDGES, "test", f"test, k = {k}"), (left, RIDGES, "train", f"train, k = {k}"),
            (right, p.train_risk, "test", f"k = {k}"),
        ):  # fmt: skip
            risk, draws = getattr(p, f"{name}_risk"), run[f"{name}_path"]
            ctx.theory(ax, x, risk, label=label)
            ctx.points(ax, x[::5], samples=draws[:, ::5], theory=risk[::5], label=label)
    ends = np.array([0.5, 5.0])  # of the test errors shown
    small: Any = {"xytext": (4, -6), "textcoords": "offset points", "fontsize": 6}
    for ratio in (1.0, 0.01):
        right.plot(ratio * ends, ends, color="0.7", lw=0.6)
        right.annotate(f"R = {ratio:g}", (0.6 * ratio, 0.6), **small)
    left.set(xlabel="ridge", ylabel="error", **LOGARITHMIC)
    right.set(xlabel="train error", ylabel="test error", **LOGARITHMIC)
    right.set(xlim=(1e-5, 10), ylim=(0.5, 5))
    ctx.legend(left, fontsize=5.5)
    return fig


# The eigenframework on handwritten digits

RIDGE = 1e-3


def kernels_and_labels(count: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Two kernel matrices of unit-norm images; labels: +1 for 0..4, -1 for 5..9, centred."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError(
            "this figure draws scikit-learn's digits: pip install scikit-learn"
        ) from None
    images, digits = load_digits(return_X_y=True)
    images = (images / np.linalg.norm(images, axis=1, keepdims=True))[:count]
    labels = np.where(digits < 5, 1.0, -1.0)
    cosine = np.clip(images @ images.T, -1.0, 1.0)
    arc = np.asarray(neural_kernels.leaky_relu(0.0).dual(cosine))
    kernels = {"RBF": np.exp(4.0 * (cosine - 1)), "arc-cosine": arc}
    return kernels, (labels - labels.mean())[:count]


def learning_curve(
    K: np.ndarray, y: np.ndarray, sizes: np.ndarray, trials: int, rng: np.random.Generator
) -> np.ndarray:
    """Test errors (trials, sizes) of kernel ridge regression on the points left out.

    Training points are drawn without replacement: :func:`left_out` is the theory of that.
    """
    errors = np.zeros((trials, len(sizes)))
    for t in range(trials):
        order = rng.permutation(len(y))
        for i, n in enumerate(sizes):
            train, test = order[:n], order[n:]
            alpha = np.linalg.solve(K[np.ix_(train, train)] + RIDGE * np.eye(n), y[train])
            errors[t, i] = np.mean((y[test] - K[np.ix_(test, train)] @ alpha) ** 2)
    return errors


@figure(
    title="The eigenframework on handwritten digits",
    source="Section 6 (measuring a real kernel's exponents), on scikit-learn's digits",
    caption="An RBF and an arc-cosine kernel on up to 1797 images, labels 0-4 against 5-9:"
    " eigenvalues, what is left of the target beyond mode i, and the learning curve predicted from"
    " these two and measured on the points left out. The legend gives the exponents alpha and beta"
    " measured by interpolation. Deviations are Assumption A's, not noise.",
    seconds={"quick": 5, "default": 8, "paper": 120},
)
def digits(ctx: Context) -> Any:
    """Spectrum, target decay, learning curve."""
    keep = ctx.pick(quick=300, default=900, paper=1797)
    trials, count = ctx.pick(quick=(3, 3), default=(6, 7), paper=(40, 12))
    kernels, y = kernels_and_labels(keep)
    sizes = np.unique(np.geomspace(20, keep / 3, count).astype(int))
    rng = np.random.default_rng(ctx.rng_seed)
    fig, (first, second, third) = ctx.panels(1, 3)
    for name, K in kernels.items():
        of = from_kernel(K, y)
        fit = measured_exponents(of, keep / 20, keep / 4)
        i = np.unique(np.geomspace(1, keep - 1, 80).astype(int))
        label = f"{name}: {fit.alpha:.2f}, {fit.beta:.2f}"
        ctx.theory(first, i, np.maximum(np.asarray(of.eigenvalues)[i - 1], 1e-12), label=label)
        beyond = np.cumsum(np.asarray(of.eigcoeffs_sq)[::-1])[::-1]
        ctx.theory(second, i, beyond[i], label=name)
        fine = np.geomspace(sizes[0], sizes[-1], 40)
        ctx.theory(third, fine, left_out(of, n=fine, ridge=RIDGE).test_risk, label=name)
        ctx.points(
            third, sizes, samples=learning_curve(K, y, sizes, trials, rng),
            theory=left_out(of, n=sizes, ridge=RIDGE).test_risk, label=name,
        )  # fmt: skip
    first.set(xlabel="mode i", ylabel="eigenvalue", **LOGARITHMIC)
    second.set(xlabel="mode i", ylabel="target beyond mode i", **LOGARITHMIC)
    third.set(xlabel="training points n", ylabel="test error", **LOGARITHMIC)
    strip = ctx.residual_panel(third)
    for ax in (third, strip):
        if ax is not None:  # less than two decades: minor labels would run into each other
            ax.xaxis.set_minor_formatter(NullFormatter())
    ctx.legend(first, fontsize=5.5, title="kernel: alpha, beta", title_fontsize=5.5)
    for ax in (second, third):
        ctx.legend(ax, fontsize=5.5)
    return fig
