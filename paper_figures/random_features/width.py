"""Two figures that the paper lacks: the width overfitting needs, and what a feature is worth."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from paper_figures import Context, figure
from theory.random_features import (
    Sums,
    finite_width_threshold,
    infinite_powerlaw,
    marginal_values,
    needed_width,
    optimal_risk_map,
    sums,
)


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
        points = [g for g in np.linspace(0.1, 0.8, ctx.pick(quick=3, default=8, paper=15))
                  if g > least + 0.05]  # fmt: skip
        exact = [float(finite_width_threshold(alpha, alpha + g, noise, 1e6)) for g in points]
        ctx.points(ax, points, mean=exact, label=label)
    ax.plot(
        [1 / np.sqrt(2)], [3 + 2 * np.sqrt(2)], marker="*", color="k", ms=9, ls="none", zorder=6
    )
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
