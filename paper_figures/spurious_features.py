"""F_p, the overlap map, errors of the limit, the staircase of over-confidence, coloured images."""

import numpy as np

from paper_figures import Context, figure
from theory.spurious_features import (
    best_scale, both_wrong, crossover, example_member, limit_accuracy, limit_correction,
    output_score, outputs_correct, sampled_scale, vote_accuracy, weight_score, weights_correct,
)  # fmt: skip
from theory.spurious_features.confidence import MANY, staircase
from theory.spurious_features.params import EXAMPLE, pair
from theory.spurious_features.unequal import UNEQUAL, unequal_outputs
from theory.spurious_features.votes import summed

SETTING = "spurious_features"
N_V, N_S, P = 5, 20, 0.9


@figure(
    title="The accuracy in the limit, and ensembles right where both members err",
    source="the paper's figure of F_p, redrawn; right: derived (claims fp_monotone,"
    " individual_gaussian, false_false_true)",
    caption="Left: F_p(x) for three classes against x = (n_v + (1-p) n_s)/sqrt(n_s). Points: one"
    " model simulated with n_s = 100 and whole n_v; the light bars are twice the Edgeworth term."
    " Right: K = 3, two invariant and three spurious features a model: chance that both members"
    " are wrong, and that the ensemble of outputs or of weights is right all the same: 35 % and"
    " 39 % of it at every p. Lines exact, points simulated.",
    seconds={"quick": 8, "default": 15, "paper": 60},
)
def limit_and_corrections(ctx: Context):
    """F_p against x; FalseFalseTrue against p."""
    fig, (left, right) = ctx.panels(1, 2)
    x, size = np.linspace(0, 4, 200), 100
    trials = ctx.pick(quick=4096, default=16_384, paper=262_144)
    for p in (0.3, 0.5, 0.7, 0.9, 1.0):
        color, label = ctx.next_colour(left), f"p = {p:g}"
        ctx.theory(left, x, limit_accuracy(x, p, 3), label=label, color=color)
        if p < 0.9:
            continue
        stable = np.array([0, 5, 10])
        at = stable / 10 + 10 * (1 - p)
        runs = [ctx.simulate(SETTING, pair(int(v), size, p=p), trials=trials) for v in stable]
        term = np.asarray(limit_correction(at, p, 3, 0.1))
        ctx.points(
            left, at, samples=np.stack([run["first"] for run in runs], axis=1),
            theory=np.asarray(limit_accuracy(at, p, 3)), tolerance=2 * abs(term),
            label=label, color=color,
        )  # fmt: skip
    left.set(xlabel="$x$", ylabel="accuracy $F_p(x)$", ylim=(0.2, 1.02))
    ctx.legend(left, loc="lower right")
    p, few = np.linspace(0.3, 1, 100), np.array([0.5, 0.7, 0.85, 1.0])
    many = ctx.pick(quick=32_768, default=131_072, paper=2**20)
    runs = [ctx.simulate(SETTING, EXAMPLE.but(p=float(q)), trials=many) for q in few]
    for name, form, label in (
        ("ff", both_wrong, "both wrong"),
        ("fft_wse", weights_correct, "weights right"),
        ("fft_ose", outputs_correct, "outputs right"),
    ):
        color = ctx.next_colour(right)
        ctx.theory(right, p, form(p), label=label, color=color)
        ctx.points(
            right, few, samples=np.stack([run[name] for run in runs], axis=1),
            theory=np.asarray(form(few)), label=label, color=color,
        )  # fmt: skip
    right.set(xlabel="shift $p$", ylabel="chance", yscale="log", ylim=(3e-6, 0.1))
    ctx.legend(right, loc="lower right")
    return fig


def overlaps(n_vo, n_so):
    """Exact and Gaussian gain of weights over outputs, over tables of overlaps."""
    exact = np.empty((len(n_vo), len(n_so)))
    stable = np.asarray(n_vo, float)
    for j, shared in enumerate(map(int, n_so)):
        apart = 2 * (N_S - shared)
        of = {
            w: np.asarray(vote_accuracy(P, 3, 2 * N_V + (w - 2) * stable, apart, shared, float(w)))
            for w in (2, 4)
        }
        exact[:, j] = of[4] - of[2]
    v, s = stable[:, None], np.asarray(n_so, float)
    members = (N_V, N_S, N_V, N_S)
    weights = limit_accuracy(weight_score(P, *members, v, s), P, 3)
    outputs = limit_accuracy(output_score(P, *members, s), P, 3)
    return exact, np.asarray(weights - outputs)


@figure(
    title="Which ensemble is better: the map of overlaps",
    source="the paper's map of overlaps, redrawn, exact beside Gaussian (claims"
    " wse_vs_ose_crossover, ose_exact, wse_exact)",
    caption="Accuracy of averaged weights less that of averaged outputs, in points of 1 %, over"
    " the numbers of shared invariant and spurious features; K = 3, p = .9, five invariant and 20"
    " spurious features a model. Left: exact; right: in the Gaussian limit. Line: n_vo*, where the"
    " limit has both equal; above it weights are better.",
    seconds={"quick": 15, "default": 15, "paper": 15},
)
def overlap_map(ctx: Context):
    """A_wse - A_ose over overlaps."""
    fig, axes = ctx.panels(1, 2, residuals=False)
    n_vo, n_so = np.arange(6), np.array([0, 1, 2, 3, 4, 5, 6])
    tables = overlaps(n_vo, n_so)
    top = 100 * max(abs(t).max() for t in tables)
    line = np.asarray(crossover(P, N_V, N_S, n_so))
    seen = line <= n_vo[-1] + 0.5
    for ax, table, name in zip(axes, tables, ("exact", "Gaussian limit"), strict=True):
        image = ax.pcolormesh(n_so, n_vo, 100 * table, cmap="RdBu_r", vmin=-top, vmax=top)
        for (i, j), value in np.ndenumerate(100 * table):
            tone = "w" if abs(value) > 0.6 * top else "k"
            ax.text(n_so[j], n_vo[i], f"{value:.1f}", ha="center", va="center", fontsize=6,
                    color=tone)  # fmt: skip
        ctx.theory(ax, n_so[seen], line[seen], label="$n_{vo}^*$", color="k")
        ax.set(xlabel="shared spurious features", ylabel="shared invariant features", title=name)
        ctx.legend(ax, loc="upper left")
        grid = np.meshgrid(n_so, n_vo)
        ctx.record(name, n_so=grid[0].ravel(), n_vo=grid[1].ravel(), gain=table.ravel())
    fig.colorbar(image, ax=list(axes), label="weights less outputs (%)")
    return fig


@figure(
    title="How good the Gaussian limit is",
    source="derived; the figure that the paper lacks (claims individual_gaussian,"
    " individual_gaussian_two_classes, edgeworth_rate)",
    caption="p = 1, sqrt(n) invariant features, so that x = 1: error against the exact accuracy,"
    " from sums over lattices. Solid: F_p, of order n^(-1/2) for K = 3 and 10, 1/n for K = 2."
    " Dashed: with the Edgeworth term, of order 1/n. Points: F_p less a simulated accuracy.",
    seconds={"quick": 10, "default": 15, "paper": 60},
)
def errors_of_the_limit(ctx: Context):
    """|F_p - A| against n on logarithmic axes."""
    fig, ax = ctx.panels()
    sizes = np.array([16, 36, 64, 144, 256])
    trials = ctx.pick(quick=16_384, default=65_536, paper=2**20)
    for classes in (2, 3, 10):
        color, label = ctx.next_colour(ax), f"K = {classes}"
        flat = float(limit_accuracy(1.0, 1.0, classes))
        exact = np.array(
            [float(summed(1.0, classes, n**0.5, (int(n), 0), (512, 1), 1.0, 0.0)) for n in sizes]
        )
        gap = flat - exact
        ctx.theory(ax, sizes, gap, label=label, color=color)
        if classes > 2:
            term = np.asarray(limit_correction(1.0, 1.0, classes, sizes**-0.5))
            ctx.theory(ax, sizes, gap + term, label=f"{label}, Edgeworth", color=color,
                       linestyle="--")  # fmt: skip
        few = slice(0, 1) if classes < 10 else slice(0, 2)
        runs = [
            ctx.simulate(SETTING, pair(round(n**0.5), int(n), classes=classes, p=1.0),
                         trials=trials)
            for n in sizes[few]
        ]  # fmt: skip
        samples = flat - np.stack([run["first"] for run in runs], axis=1)
        mean, error = samples.mean(axis=0), samples.std(axis=0) / trials**0.5
        ctx.points(ax, sizes[few], mean=mean, standard_error=error, theory=gap[few], label=label,
                   color=color)  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="spurious features $n$", ylabel="error of the limit")
    ctx.legend(ax, fontsize=6, loc="lower left")
    return fig


@figure(
    title="One over-confident member spoils the ensemble; networks in kind",
    source="derived; the figure that the paper lacks (claims imbalance_lambda,"
    " below_the_threshold); right: the authors' coloured digits, in small",
    caption="Left: error of the example's ensemble (two invariant and three spurious features a"
    " model, p = 1) against the over-confidence lambda^2 of the second; one member alone: 5/27."
    " Points: simulated weight ensembles. Right: networks trained on digits with 16"
    " coloured patches, five classes: mean accuracy of one network and of an ensemble of two, and"
    " their shares of images that both get wrong and the ensemble right. Line: exact accuracy of"
    " ten equal votes and no invariant feature, for comparison.",
    seconds={"quick": 10, "default": 25, "paper": 200},
)
def confidence_and_networks(ctx: Context):
    """Error against lambda^2; accuracies against p."""
    fig, (left, right) = ctx.panels(1, 2)
    scale = np.linspace(1, 6.5, 400)
    few = np.array([1.0, 1.5, 2.5, 3.5, 4.5, 6.0])
    line, at = (1 - np.asarray(staircase(s, 1.0)) for s in (scale, few))
    ctx.theory(left, scale, line, label="ensemble", drawstyle="steps-mid")
    trials = ctx.pick(quick=65_536, default=131_072, paper=2**20)
    runs = [ctx.simulate(SETTING, EXAMPLE.but(p=1.0, scale=float(s)), trials=trials) for s in few]
    ctx.points(left, few, samples=np.stack([1 - run["wse"] for run in runs], axis=1), theory=at,
               label="ensemble")  # fmt: skip
    left.set(xlabel=r"over-confidence $\lambda^2$", ylabel="error", ylim=(0.04, 0.1))
    alone = 1 - float(example_member(1.0))
    left.set_title(f"one member alone: {alone:.3f}", fontsize=8)
    shifts = np.array([0.5, 0.7, 0.9])
    count = ctx.pick(quick=16, default=64, paper=512)
    nets = [ctx.simulate(SETTING, MANY.but(p=float(p)), mode="colours", trials=count)
            for p in shifts]  # fmt: skip
    for name, label in (("nets", "ensemble of two"), ("net", "one network"),
                        ("fft_nets", "both wrong, ensemble right")):  # fmt: skip
        ctx.points(right, shifts, samples=np.stack([run[name] for run in nets], axis=1),
                   label=label)  # fmt: skip
    p = np.linspace(0.4, 1, 60)
    ctx.theory(right, p, vote_accuracy(p, 5, 0.0, 10), label="ten votes, exact")
    right.set(xlabel="shift $p$", ylabel="accuracy, or share", ylim=(0, 1))
    ctx.legend(right, fontsize=6)
    return fig


@figure(
    title="How unequal members should be weighted",
    source="derived (claims unequal_outputs, no_scale_beats_it, no_scale_beats_the_sampled_one);"
    " not in the paper",
    caption="Left: exact accuracy of an ensemble of members (n_v, n_s) = (3, 4) and (1, 16), p ="
    " .9, three classes, against the weight t of the second's output; points simulated; dotted: the"
    " first alone; dashed: the best weight of the Gaussian limit, 13/68. Equal weights, t = 1, lose"
    " what the second brings, and more. Right: that weight for two classes where weights are means"
    " of N samples a class, for three sizes of noise: fewer samples shrink the larger member.",
    seconds={"quick": 10, "default": 15, "paper": 60},
)
def unequal_members(ctx: Context):
    """Accuracy against the second member's weight; its best weight against samples."""
    fig, (left, right) = ctx.panels(1, 2)
    t, few = np.geomspace(0.02, 2, 120), np.array([0.05, 0.19, 0.5, 1.0, 2.0])
    line, at = (np.array([float(unequal_outputs(UNEQUAL, scale=x)) for x in xs]) for xs in (t, few))
    ctx.theory(left, t, line, label="ensemble", drawstyle="steps-mid")
    trials = ctx.pick(quick=65_536, default=131_072, paper=2**20)
    runs = [ctx.simulate(SETTING, UNEQUAL.but(scale=float(x)), trials=trials) for x in few]
    ctx.points(left, few, samples=np.stack([run["ose"] for run in runs], axis=1), theory=at,
               label="ensemble")  # fmt: skip
    alone = float(vote_accuracy(P, 3, 3.0, 4))
    ctx.theory(left, t, np.full(len(t), alone), label="the first alone", linestyle=":")
    left.axvline(float(best_scale(P, *UNEQUAL.members, 0)), color="0.5", linestyle="--")
    left.set(xscale="log", xlabel="weight $t$ of the second", ylabel="accuracy")
    ctx.legend(left, loc="lower left")
    samples = np.geomspace(1, 1000, 60)
    for sigma in (0.05, 0.1, 0.2):
        scale = np.asarray(sampled_scale(P, *UNEQUAL.members, sigma, samples))
        ctx.theory(right, samples, scale, label=f"$\\sigma$ = {sigma}")
    right.set(xscale="log", xlabel="samples $N$ of a class", ylabel="best weight $t$")
    ctx.legend(right, loc="lower right")
    return fig
