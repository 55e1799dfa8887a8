"""Naive Bayes, logistic regression and LDA against n/m, and how many samples each needs."""

import numpy as np

from paper_figures import Context, figure
from theory import normal_cdf
from theory.generative_discriminative import (
    Params, bounded_consistency, consistency, excess_slopes, lda_error, lr_error, lr_samples,
    lr_threshold, nb_limit, nb_multiclass, nb_samples,
)  # fmt: skip
from theory.generative_discriminative.multiclass import counts_of
from theory.generative_discriminative.regimes import crossover, pairs
from theory.generative_discriminative.samples import exact_samples

NAME = "generative_discriminative"
PAIRED = Params(n=40, m0=200, m1=200, information=4.0, signals=20, correlation=0.5)


@figure(
    title="Two regimes: naive Bayes for few samples, logistic regression for many",
    source="derived; the figure that the paper lacks (claims two_regimes_crossing,"
    " lr_mle_asymptotics, nb_with_correlations, lda_proportional)",
    caption="Left: error against m/n for pairs of features with correlation .5, of which the first"
    " differs (d'D^-1 d = 4). Lines are the limits n, m -> infinity, points means over training"
    " sets at n = 40. Naive Bayes of known variances has the worse asymptote, LR the larger"
    " variance; they cross at kappa_x (dashed). Up to 1/kappa* (dotted) the classes are separable"
    " and LR without penalty has no minimum. Right: m/n at the crossing against the correlation,"
    " for three distances: above a line LR wins. A line ends where LR wins at every m/n at which"
    " it exists.",
    seconds={"quick": 10, "default": 20, "paper": 120},
)
def two_regimes(ctx: Context):
    """Errors of three methods, and where two of them cross."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=128, default=512, paper=4096)
    r, distance = float(np.sqrt(PAIRED.distance2)) / 2, float(np.sqrt(PAIRED.distance2))
    end = float(lr_threshold(r))
    sizes = (120, 200, 400)
    runs = [ctx.simulate(NAME, PAIRED.but(m0=m, m1=m), mode="fit", trials=trials) for m in sizes]
    at = 2 * np.array(sizes) / PAIRED.n
    line = np.geomspace(1.2, 200, 200)
    exists = line[line > 1.03 / end]

    def naive(x):
        return np.asarray(nb_limit(4.0, 4.0, 1 / x, PAIRED.trace))

    def logistic(x):
        return np.asarray(lr_error(r, 1 / x))

    def lda(x):
        return np.asarray(lda_error(distance, 1 / x))

    for name, label, theory, grid in (
        ("nb", "naive Bayes", naive, line),
        ("lr", "logistic regression", logistic, exists),
        ("lda", "LDA", lda, line),
    ):
        ctx.theory(left, grid, theory(grid), label=label)
        samples = np.stack([run[name] for run in runs], axis=1)
        ctx.points(left, at, samples=samples, theory=theory(at), label=label)
    cross = 1 / float(crossover(*pairs(PAIRED)))
    for x, style in ((cross, "--"), (1 / end, ":")):
        ctx.theory(left, np.full(2, x), np.array([0.11, 0.3]), color="0.4", linestyle=style)
    bayes = float(normal_cdf(-r))
    ctx.theory(left, line[[0, -1]], np.full(2, bayes), color="0.4", label="Bayes error")
    left.set(xscale="log", xlabel="samples a feature, m/n", ylabel="error", ylim=(0.11, 0.3))
    for information in (1.0, 2.25, 4.0):
        places = []
        for c in np.linspace(0.05, 0.6, ctx.pick(quick=8, default=23, paper=45)):
            try:
                at_c = PAIRED.but(correlation=float(c), information=information)
                places.append((c, 1 / float(crossover(*pairs(at_c)))))
            except ValueError:
                break  # no crossing from here on
        x, y = np.array(places).T
        ctx.theory(right, x, y, label=f"d'D^-1 d = {information:g}")
    right.set(yscale="log", xlabel="correlation c", ylabel="m/n at the crossing")
    ctx.legend(left, loc="upper right")
    return fig


@figure(
    title="How many samples for 1 % error: n, log n, or ever fewer",
    source="the paper's simulation figure for K = 2, and derived (claims lr_linear_scaling,"
    " nb_fixed_information, nb_growing_information, nb_paper_model)",
    caption="Left: samples m for 1 % error against n. LR with C = 1 in the paper's design (two"
    " blocks of variances n and 1): theory. Naive Bayes with known variances: at a fixed"
    " Delta^2 = 30 it needs n too, at Delta^2 = n/2 ever fewer; 3 ln n (dashed) is an upper bound"
    " there. Right: mean error of naive Bayes in the paper's design, fitted as the authors do, at"
    " m = 4, 5 and the authors' second grid point 4 + ceil(ln n); 1 % is dashed. m = 4 always"
    " fails and the second point always passes: the growth seen on that grid is its own step.",
    seconds={"quick": 10, "default": 20, "paper": 120},
)
def samples_needed(ctx: Context):
    """m against n, and naive Bayes on the authors' grid."""
    fig, (left, right) = ctx.panels(1, 2)
    n = np.geomspace(100, 1000, ctx.pick(quick=8, default=15, paper=60))
    ctx.theory(left, n, np.asarray(lr_samples(0.01, n)), label="LR, the paper's design")
    ctx.theory(left, n, np.asarray(nb_samples(0.01, 30.0, n)), label="NB, Delta^2 = 30")
    few = n[n < 330]  # beyond, less than one sample of each class
    ctx.theory(left, few, np.asarray(exact_samples(0.01, few / 2, few)), label="NB, Delta^2 = n/2")
    ctx.theory(left, n, 3 * np.log(n), color="0.4", linestyle="--", label="3 ln n")
    left.set(xscale="log", yscale="log", xlabel="features n", ylabel="samples m for 1 % error")
    trials = ctx.pick(quick=512, default=2048, paper=20_000)
    sizes = (100, 400, 1000)
    base = Params(n=100, m0=50, m1=50, signals=1)
    runs = [ctx.simulate(NAME, base.but(n=x), mode="design", trials=trials) for x in sizes]
    names = (("first", "m = 4"), ("five", "m = 5"), ("second", "m = 4 + ceil(ln n)"))
    for name, label in names:
        samples = np.stack([run[name] for run in runs], axis=1)
        ctx.points(right, np.array(sizes, float), samples=samples, label=label)
    ctx.theory(right, n[[0, -1]], np.full(2, 0.01), color="0.4", linestyle="--", label="1 %")
    right.set(xscale="log", xlabel="features n", ylabel="mean error")
    right.set_yscale("symlog", linthresh=1e-3)
    right.set_ylim(-2e-4, 0.2)
    return fig


@figure(
    title="Excess risk to first order in n/m",
    source="derived; Efron (1975) for LDA and LR (claim relative_efficiency)",
    caption="Slope of the error in n/m at 0 against Delta: naive Bayes with known variances, LR and"
    " LDA, for features that are independent, so that all three have the same limit.",
    seconds={"quick": 2, "default": 2, "paper": 2},
)
def excess(ctx: Context):
    """Three slopes against Delta."""
    fig, ax = ctx.panels()
    distance = np.linspace(0.5, 5, 200)
    slopes = np.asarray(excess_slopes(distance))
    for k, label in enumerate(("naive Bayes", "LR", "LDA")):
        ctx.theory(ax, distance, slopes[:, k], label=label)
    ax.set(yscale="log", xlabel="distance Delta", ylabel="d error/d(n/m) at 0")
    return fig


@figure(
    title="Naive Bayes of many classes",
    source="derived (claim nb_multiclass_error)",
    caption="Error of the nearest of K class means against samples of a class, n = 400, at equal"
    " distances Delta^2 = 10; lines theory, points the simulation. Dashed: four classes whose"
    " samples rise evenly from half to three halves of this.",
    seconds={"quick": 6, "default": 10, "paper": 60},
)
def many_classes(ctx: Context):
    """Error against samples of a class, by classes."""
    fig, ax = ctx.panels()
    trials = ctx.pick(quick=256, default=1024, paper=8192)
    line, few = np.geomspace(10, 200, 60), np.array([20, 80])
    base = Params(n=400, information=10.0)
    for classes, low, style in ((2, 1.0, "-"), (4, 1.0, "-"), (4, 0.5, "--"), (7, 1.0, "-")):
        cases = [base.but(classes=classes, m0=int(low * m), m1=int((2 - low) * m)) for m in few]
        label = f"K = {classes}" + ("" if low == 1 else ", unequal")
        spread = np.linspace(low, 2 - low, classes)
        curve = np.asarray(nb_multiclass(10.0, 400.0, line[:, None] * spread))
        ctx.theory(ax, line, curve, label=label, linestyle=style)
        runs = [ctx.simulate(NAME, p, mode="multiclass", trials=trials) for p in cases]
        theory = [float(nb_multiclass(10.0, 400.0, counts_of(p))) for p in cases]
        samples = np.stack([run["error"] for run in runs], axis=1)
        ctx.points(ax, few.astype(float), samples=samples, theory=np.array(theory), label=label)
    ax.set(xscale="log", xlabel="samples of a class", ylabel="error")
    return fig


@figure(
    title="What a mistaken class costs in logistic loss",
    source="the paper's H-consistency bound (claims h_consistency_logistic, h_consistency_sharp,"
    " bounded_scores)",
    caption="Zero-one regret against logistic regret. Lines: the bound sqrt(2 x), its sharp form"
    " T^-1(x), and for two classes with scores within [-1, 1]. Dots: random probabilities and"
    " scores of five classes, all below the lines for scores without bounds.",
    seconds={"quick": 3, "default": 4, "paper": 8},
)
def consistency_bound(ctx: Context):
    """Regrets of random scores under the bounds."""
    fig, ax = ctx.panels(residuals=False)
    run = ctx.simulate(NAME, Params(classes=5), mode="inequalities", trials=1024)
    seen = run["gap"] > 0
    ax.plot(run["regret"][seen], run["gap"][seen], ".", color="0.6", markersize=3)
    ctx.record("random scores", regret=run["regret"][seen], gap=run["gap"][seen])
    t = np.geomspace(0.01, 1, 200)
    ctx.theory(ax, t**2 / 2, t, label="sqrt(2 x)")
    ctx.theory(ax, np.asarray(consistency(t)), t, label="T^-1(x)")
    ctx.theory(ax, np.asarray(bounded_consistency(t, 1.0)), t, label="scores in [-1, 1]")
    ax.set(xscale="log", yscale="log", xlabel="logistic regret x", ylabel="zero-one regret",
           xlim=(1e-4, 10), ylim=(0.01, 1.2))  # fmt: skip
    return fig
