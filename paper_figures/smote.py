"""Where synthetic points lie, how much they shrink, and what that does to ROC curve and 1-NN."""

import numpy as np

from paper_figures import Context, figure
from theory.smote import (
    Params, curve_area, false_positives, gaussian_shrinkage, hull_moments, minority_factor,
    normal_density, null_hull_area, null_hull_rate, operating_shift, resampled_odds,
    synthetic_density, synthetic_variance, true_positives, uniform_density,
)  # fmt: skip

PERCENT = np.array([10, 15, *range(25, 201, 25), *range(300, 801, 100), 1000, 2000], float)


@figure(
    title="The law of a synthetic point",
    source="derived; the figure that the paper lacks (claims pair_law, uniform_entropy_density,"
    " scale_mixture)",
    caption="Density of Z for N = 10 minority points and K = 1, 5 and all 9 neighbours, beside the"
    " minority's own (dashed): normal, density proportional to exp(-3 x) on [0, 1], and uniform."
    " Few neighbours keep the shape; all of them pull in both tails and empty the edges.",
    seconds={"quick": 20, "default": 20, "paper": 40},
)
def densities(ctx: Context):
    """f_Z of three minorities."""
    fig, axes = ctx.panels(1, 3)
    z, x = np.linspace(-3.5, 3.5, 41), (1 - np.cos(np.linspace(0.15, np.pi - 0.15, 28))) / 2
    own = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), 3 * np.exp(-3 * x) / -np.expm1(-3), 0 * x + 1
    for k in (1, 5, 9):
        last = uniform_density(x) if k == 9 else synthetic_density(x, 0.0, 10, k)
        laws = normal_density(z, 10, k), synthetic_density(x, 3.0, 10, k), last
        for ax, at, law in zip(axes, (z, x, x), laws, strict=True):
            ctx.theory(ax, at, np.asarray(law), label=f"K = {k}")
    for ax, at, law, name in zip(
        axes, (z, x, x), own, ("normal", "exp(-3 x)", "uniform"), strict=True
    ):
        ctx.theory(ax, at, law, color="0.4", linestyle="--", label="minority")
        ax.set(xlabel=f"z, {name} minority", ylim=(0, None))
    axes[0].set_ylabel("density")
    ctx.legend(axes[1])
    return fig


@figure(
    title="How much the covariance shrinks, against the number of neighbours",
    source="derived (claims two_thirds, variance_not_monotone_in_k, contraction_in_the_plane)",
    caption="Var Z over the minority's variance against K. Left: one normal feature (lines), and"
    " an exponential one (dashed; 1/50 its mean, cut at 1), for N = 10, 20; at K = N - 1 it is"
    " 2/3 (dotted), but it is least before, at K = 7 for N = 10. Right: N = 10 normal points in d"
    " dimensions; points: simulation of d = 2. Many dimensions bring it to 2/3 for every K.",
    seconds={"quick": 20, "default": 30, "paper": 120},
)
def contraction(ctx: Context):
    """v against K."""
    fig, (left, right) = ctx.panels(1, 2)
    for n in (10, 20):
        k = np.arange(1.0, 10) if n == 10 else np.array([1.0, 2, 3, 5, 7, 9, 12, 15, 19])
        colour = ctx.next_colour(left)
        ctx.theory(left, k, np.asarray(gaussian_shrinkage(1.0, n, k)), color=colour,
                   label=f"N = {n}")  # fmt: skip
        line = 2500 * np.asarray(synthetic_variance(50.0, n, k))
        ctx.theory(left, k, line, color=colour, linestyle="--")
    left.axhline(2 / 3, color="0.4", linestyle=":")
    k = np.arange(1.0, 10)
    trials = ctx.pick(quick=2000, default=8000, paper=100_000)
    for d in (1, 2, 10, 100):
        line = np.asarray(gaussian_shrinkage(float(d), 10, k))
        colour = ctx.next_colour(right)
        ctx.theory(right, k, line, color=colour, label=f"d = {d}")
        if d == 2:
            few = (1, 2, 5, 9)
            runs = [ctx.simulate("smote", Params(k=j), mode="plane", trials=trials) for j in few]
            seen = np.stack([run["round"] for run in runs], axis=1)
            at = line[np.array(few) - 1]
            ctx.points(right, np.array(few, float), samples=seen, theory=at, color=colour)
    left.set(xlabel="neighbours K", ylabel="Var Z / Var X", xscale="log")
    right.set(xlabel="neighbours K, N = 10", ylabel="Var Z / Var X")
    ctx.legend(left)
    ctx.legend(right)
    return fig


@figure(
    title="Operating points of resampled discriminants lie on one ROC curve",
    source="the paper's ROC figures, in a model (claims one_roc_curve, hull_trapezoid)",
    caption="Two normal classes at Delta = 2, population discriminant. The paper's percentages of"
    " undersampling, 10 to 2000, without SMOTE and with 400 % of it (K = N - 1): markers spread"
    " along TPR = Phi(Delta + Phi^-1(FPR)), of area .921, and none leaves it. With intervals:"
    " discriminants fitted to 50 minority and 200 synthetic points, at odds of 1/10, 1 and 10.",
    seconds={"quick": 5, "default": 8, "paper": 60},
)
def operating_points(ctx: Context):
    """(FPR, TPR)."""
    fig, ax = ctx.panels()
    s = np.linspace(-6, 6, 300)
    area = float(curve_area(2.0))
    ctx.theory(ax, np.asarray(false_positives(2.0, s)), np.asarray(true_positives(2.0, s)),
               color="0.4", label=f"the curve, area {area:.3f}")  # fmt: skip
    for amount, marker in ((0.0, "o"), (400.0, "s")):
        odds = resampled_odds(amount, PERCENT)
        shift = operating_shift(2.0, odds, minority_factor(amount, 2 / 3))
        x, y = false_positives(2.0, shift), true_positives(2.0, shift)
        name = "undersampling" if amount == 0 else "with SMOTE at 400 %"
        look = {"linestyle": "", "marker": marker, "fillstyle": "none"}
        ctx.theory(ax, np.asarray(x), np.asarray(y), label=name, color=ctx.next_colour(ax), **look)
    trials = ctx.pick(quick=100, default=400, paper=4000)
    base = Params(n=50, k=49, m=200)
    runs = [
        ctx.simulate("smote", base.but(odds=o), mode="linear", trials=trials)
        for o in (0.1, 1.0, 10.0)
    ]
    x = np.array([run["false_positives"].mean() for run in runs])
    ctx.points(ax, x, samples=np.stack([run["true_positives"] for run in runs], axis=1),
               label="fitted to 250 points", color=ctx.next_colour(ax))  # fmt: skip
    ax.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1.02))
    ctx.legend(ax, loc="lower right")
    return fig


@figure(
    title="On null data the nearest neighbour becomes a synthetic point",
    source="derived (claims distance_bias, nearest_neighbour_says_minority,"
    " nearest_neighbour_before)",
    caption="No class difference: 100 majority, 20 minority points and 80 synthetic ones, d normal"
    " features. Share of fresh points that 1-NN calls minority: after SMOTE with K = 5 and K = 19,"
    " and without it, 20/120 (line) for every d. Dashed: half, the training points' share.",
    seconds={"quick": 10, "default": 15, "paper": 60},
)
def null_data(ctx: Context):
    """Share called minority against d."""
    fig, ax = ctx.panels()
    dims = (2, 10, 30, 100, 300, 1000)
    trials = ctx.pick(quick=500, default=2000, paper=20_000)
    at = np.array(dims, float)
    for k in (5, 19):
        runs = [
            ctx.simulate("smote", Params(n=20, k=k, m=80, d=d), mode="null", trials=trials)
            for d in dims
        ]
        seen = np.stack([run["minority"] for run in runs], axis=1)
        ctx.points(ax, at, samples=seen, label=f"SMOTE, K = {k}", color=ctx.next_colour(ax))
        if k == 19:
            before = np.stack([run["minority_before"] for run in runs], axis=1)
            colour, share = ctx.next_colour(ax), np.full(len(dims), 1 / 6)
            ctx.theory(ax, at, share, color=colour, label="without")
            ctx.points(ax, at, samples=before, theory=share, color=colour)
    ax.axhline(0.5, color="0.4", linestyle="--")
    ax.set(xscale="log", xlabel="features d", ylabel="share called minority", ylim=(0, 1.05))
    ctx.legend(ax, loc="upper left")
    return fig


@figure(
    title="The hull of a finite sample's ROC curve promises area that is not there",
    source="derived (claims null_hull, null_hull_limit, hull_area)",
    caption="Mean area under the convex hull of the empirical ROC curve. Left: scores that know"
    " nothing, n1 = n0 = n (and n0 = 40): exact, sqrt(2 pi)/6 sqrt(1/n0 + 1/n1) above 1/2"
    " (dashed), and simulated. Undersampling a majority of 40 to n moves from the lower line to"
    " the upper one. Right: curve TPR = 1 - (1 - FPR)^theta, n points of each class, against the"
    " curve's own area theta/(1 + theta) (dashed).",
    seconds={"quick": 10, "default": 15, "paper": 60},
)
def hulls(ctx: Context):
    """E area against n and theta."""
    fig, (left, right) = ctx.panels(1, 2)
    n, few = np.arange(2.0, 41), (4, 8, 16, 32)
    trials = ctx.pick(quick=1000, default=4000, paper=50_000)
    for majority in (None, 40):
        other = n if majority is None else 0 * n + majority
        color = ctx.next_colour(left)
        line = np.asarray(null_hull_area(n, other))
        name = "n0 = n" if majority is None else "n0 = 40"
        ctx.theory(left, n, line, label=name, color=color)
        rate = 0.5 + np.asarray(null_hull_rate(n, other))
        ctx.theory(left, n, rate, color=color, linestyle="--")
        runs = [
            ctx.simulate("smote", Params(n=k, k=1, rare=2, majority=majority or k), mode="hull",
                         trials=trials)
            for k in few
        ]  # fmt: skip
        seen = np.stack([run["area"] for run in runs], axis=1)
        at = line[np.array(few) - 2]
        ctx.points(left, np.array(few, float), samples=seen, theory=at, color=color)
    left.axhline(0.5, color="0.4", linestyle=":")
    theta, some = np.geomspace(1, 20, 60), np.array([1.0, 3.0, 10.0])
    for size in (2, 4, 8):
        color = ctx.next_colour(right)
        line = np.asarray(hull_moments(theta, size, size)[0])
        ctx.theory(right, theta, line, label=f"n = {size}", color=color)
        runs = [
            ctx.simulate("smote", Params(n=size, k=1, rare=2, majority=size, hazard=t),
                         mode="hull", trials=trials)
            for t in some
        ]  # fmt: skip
        seen = np.stack([run["area"] for run in runs], axis=1)
        at = np.asarray(hull_moments(some, size, size)[0])
        ctx.points(right, some, samples=seen, theory=at, color=color)
    ctx.theory(right, theta, theta / (1 + theta), color="0.4", linestyle="--", label="the curve's")
    left.set(xlabel="n, minority points", ylabel="area under the hull", ylim=(0.48, 0.85))
    right.set(xscale="log", xlabel="theta", ylabel="area under the hull", ylim=(0.48, 1))
    ctx.legend(left)
    ctx.legend(right, loc="lower right")
    return fig
