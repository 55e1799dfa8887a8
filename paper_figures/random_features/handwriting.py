"""The eigenframework on real data: two kernels on scikit-learn's digits."""

from typing import Any

import numpy as np
from matplotlib.ticker import NullFormatter

from paper_figures import Context, figure
from theory import neural_kernels
from theory.random_features import from_kernel, left_out, measured_exponents

RIDGE = 1e-3


def images_and_labels() -> tuple[np.ndarray, np.ndarray]:
    """Unit-norm images and labels: +1 for 0..4, -1 for 5..9, centred."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError(
            "this figure draws scikit-learn's digits: pip install scikit-learn"
        ) from None
    images, digits = load_digits(return_X_y=True)
    images = images / np.linalg.norm(images, axis=1, keepdims=True)
    labels = np.where(digits < 5, 1.0, -1.0)
    return images, labels - labels.mean()


def kernels(images: np.ndarray) -> dict[str, np.ndarray]:
    """The two kernel matrices of unit-norm images."""
    cosine = np.clip(images @ images.T, -1.0, 1.0)
    arc = neural_kernels.leaky_relu(0.0).dual(cosine)
    return {"RBF": np.exp(4.0 * (cosine - 1)), "arc-cosine": np.asarray(arc)}


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
    images, labels = images_and_labels()
    keep = ctx.pick(quick=300, default=900, paper=1797)
    images, y = images[:keep], labels[:keep]
    trials = ctx.pick(quick=3, default=6, paper=40)
    sizes = np.unique(
        np.geomspace(20, keep / 3, ctx.pick(quick=3, default=7, paper=12)).astype(int)
    )
    rng = np.random.default_rng(ctx.rng_seed)
    fig, (first, second, third) = ctx.panels(1, 3)
    for name, K in kernels(images).items():
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
    first.set(xlabel="mode i", ylabel="eigenvalue", xscale="log", yscale="log")
    second.set(xlabel="mode i", ylabel="target beyond mode i", xscale="log", yscale="log")
    third.set(xlabel="training points n", ylabel="test error", xscale="log", yscale="log")
    strip = ctx.residual_panel(third)
    for ax in (third, strip):
        if ax is not None:  # less than two decades: minor labels would run into each other
            ax.xaxis.set_minor_formatter(NullFormatter())
    ctx.legend(first, fontsize=5.5, title="kernel: alpha, beta", title_fontsize=5.5)
    for ax in (second, third):
        ctx.legend(ax, fontsize=5.5)
    return fig
