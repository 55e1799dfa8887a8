"""Two sweet spots, where learner and mix meet, what training labels cost, the best of K heads."""

import jax
import numpy as np

from paper_figures import Context, figure
from theory.ood_diversification import (
    Params, best_of_diverse, dbat_confidence, dbat_mean, divdis_confidence, divdis_mean,
    divdis_population, learner_accuracy, learner_spurious_chance, sweet_spot, sweet_spot_start,
)  # fmt: skip

MIXES = np.linspace(0, 0.995, 100)


@figure(
    title="Two sweet spots that do not overlap",
    source="the paper's accuracy against the unlabelled mix, in this model (claims"
    " divdis_mean_exact, dbat_mean_exact, sweet_spot_is_finite_sample)",
    caption="Mean accuracy of the second hypothesis on s != t against r = P(s = t), first head"
    " spurious, n unlabelled points; lines exact, points simulated. Left: DivDis; dotted: the"
    " population, flat from r = 1/2; crosses: the sweet spots r*, above 1/2. Right: D-BAT, best"
    " at r = 0.",
    seconds={"quick": 4, "default": 6, "paper": 60},
)
def sweet_spots(ctx: Context):
    """E delta_2 against r for three sizes."""
    fig, (left, right) = ctx.panels(1, 2, sharey=True)
    few, trials = MIXES[10:95:20], ctx.pick(quick=128, default=1024, paper=16_384)
    sizes = np.array([20.0, 100.0, 400.0])
    runs = {n: [ctx.simulate("ood_diversification", Params(n=n, r=r), trials=trials) for r in few]
            for n in (20, 100)}  # fmt: skip
    best = np.asarray(jax.jit(jax.vmap(sweet_spot))(sizes))
    mixes = np.column_stack([np.tile(MIXES, (3, 1)), best])
    for ax, mean, name in ((left, divdis_mean, "divdis"), (right, dbat_mean, "dbat")):
        table = np.asarray(jax.jit(mean)(sizes[:, None], mixes))
        for n, line, top in zip((20, 100, 400), table, best, strict=True):
            label, color = f"n = {n}", ctx.next_colour(ax)
            ctx.theory(ax, MIXES, line[:-1], label=label, color=color)
            if n in runs:
                samples = np.stack([run[name] for run in runs[n]], axis=1)
                ctx.points(ax, few, samples=samples, theory=line[10:95:20], label=label,
                           color=color)  # fmt: skip
            if ax is left:
                ax.plot([top], line[-1:], "x", color=color)
    ctx.theory(left, MIXES, divdis_population(MIXES), label="population", color="0.5",
               linestyle=":")  # fmt: skip
    for ax, name in ((left, "DivDis"), (right, "D-BAT")):
        ax.set(xlabel="unlabelled mix, r = P(s = t)", title=name)
        ctx.legend(ax, loc="lower center" if ax is left else "lower left")
    left.set(ylabel="E delta_2", ylim=(0, 1.05))
    return fig


@figure(
    title="Learner and unlabelled data depend on each other",
    source="derived (claims divdis_selects, codependence_sweet_spot, codependence_dbat); not in the"
    " paper",
    caption="The learner is the mean classifier on (kappa x1, x2), kappa < 1 spurious. Left:"
    " DivDis's delta_2 in the population; the line r_c(kappa), from which it is the semantic cue"
    " (kappa < 1) or, beyond kappa = 1, the spurious one. Right: chance that D-BAT ends at the"
    " semantic cue, n training points; points simulated.",
    seconds={"quick": 4, "default": 6, "paper": 60},
)
def learner_and_mix(ctx: Context):
    """delta_2 over (kappa, r); D-BAT's chance over kappa."""
    fig, (left, right) = ctx.panels(1, 2)
    kappa = np.geomspace(0.2, 5, 160)  # an even number: kappa = 1, a tie, is between two
    first = np.asarray(learner_accuracy(kappa))
    table = np.asarray(divdis_population(MIXES[:, None], first[None]))
    mesh = left.pcolormesh(kappa, MIXES, table, cmap="viridis", vmin=0, vmax=1, rasterized=True)
    fig.colorbar(mesh, ax=left, label="delta_2 of DivDis", location="top")
    start = np.asarray(sweet_spot_start(np.minimum(first, 1 - first)))
    ctx.theory(left, kappa, start, color="white", label="r_c")
    left.set(xscale="log", xlabel="kappa, the learner's semantic scale", ylabel="r = P(s = t)")
    ctx.legend(left, loc="upper right")
    near = np.geomspace(0.75, 1 / 0.75, 80)
    for n, at in ((100, (0.85, 0.95, 1.0, 1.1)), (1000, ())):
        ctx.sweep(right, Params(n=n), "kappa", near,
                  lambda p: learner_spurious_chance(p.kappa, 1.0 * p.n), "dbat_semantic",
                  at=at, mode="learner", label=f"n = {n}")  # fmt: skip
    right.set(xlabel="kappa", ylabel="P(D-BAT ends semantic)", ylim=(-0.05, 1.05))
    ctx.legend(right)
    return fig


@figure(
    title="What the diversity term does to training labels",
    source="derived (claims soft_dbat_confidence, soft_divdis_never_inverts, best_of_k)",
    caption="Left: the soft second head's confidence on training labels against the weight of its"
    " diversity term, D-BAT (solid), below 1/2 for alpha r > 1, and DivDis (dashed), never below"
    " 1/(2 r). Right: mean accuracy of the best of K heads on N = 63 free cells, a diverse set"
    " and unrelated ones: normal limits, and simulation.",
    seconds={"quick": 5, "default": 8, "paper": 60},
)
def labels_and_heads(ctx: Context):
    """Confidence against weight; the best of K."""
    fig, (left, right) = ctx.panels(1, 2)
    weight = np.geomspace(0.05, 50, 120)
    for r in (0.5, 0.8, 0.95):
        color = ctx.next_colour(left)
        ctx.theory(left, weight, dbat_confidence(weight, r), label=f"r = {r:g}", color=color)
        ctx.theory(left, weight, divdis_confidence(weight, r), color=color, linestyle="--")
    left.axhline(0.5, color="0.5", linestyle=":", linewidth=0.8)
    left.set(xscale="log", xlabel="weight alpha or lambda", ylabel="confidence on training labels",
             ylim=(0, 1.05))  # fmt: skip
    ctx.legend(left, loc="lower left")
    heads, seen = 2.0 * np.arange(1, 17), np.array([2, 4, 8])
    trials = ctx.pick(quick=512, default=4096, paper=65_536)
    runs = [ctx.simulate("ood_diversification", Params(heads=int(K), cues=7), mode="tables",
                         trials=trials) for K in seen]  # fmt: skip
    diverse = np.asarray(jax.jit(best_of_diverse)(heads, 63.0))
    unrelated = 0.5 + (diverse - 0.5) * np.sqrt(1 - 1 / heads)
    for label, line, name in (
        ("diverse", diverse, "best_diverse"),
        ("unrelated", unrelated, "best_unrelated"),
    ):
        ctx.theory(right, heads, line, label=label)
        samples = np.stack([run[name] for run in runs], axis=1)
        limit = line[[K // 2 - 1 for K in seen]]
        ctx.points(right, seen, samples=samples, theory=limit, tolerance=0.003, label=label)
    right.set(xlabel="heads K", ylabel="mean accuracy of the best")
    ctx.legend(right, loc="lower right")
    return fig
