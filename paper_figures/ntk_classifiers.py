"""Figures of the setting ntk_classifiers: the three classes, and accuracy against n and depth."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from paper_figures import Context, figure
from sims.ntk_classifiers import NNGP_STEPS, NTK_STEPS, SIZE_STEPS
from theory import ntk_classifiers as ntk

SETTING = "ntk_classifiers"
CLASSES = {
    "1-NN: centred cosine": lambda: ntk.centred_cosine(3.0),
    "singular: $\\phi_1$": lambda: ntk.optimal(1),
    "majority: ReLU": lambda: ntk.leaky_relu(0.0),
}
"""One activation of each class."""


def votes_on_the_quarter_circle(activation, depth, angles, y, test):
    """Scores of the NTK classifier at depth L, scaled to 1 at most."""
    x, z = (jnp.stack([jnp.cos(a), jnp.sin(a)], axis=1) for a in (angles, test))
    # the layers run on 1800 numbers in place of 12,000 pairs; s down to 1e-12, t down to 1e-5
    table = ntk.kernel_tables(activation, depth, 32, 40, 16)[1]
    log_top = jnp.log(ntk.ntk_diagonal(activation, depth))
    matrix = jnp.exp(table.at(*ntk.pair_coordinates(x, x)) - log_top)
    matrix = jnp.where(jnp.eye(len(y), dtype=bool), 1.0, matrix)
    log_kernel = table.at(*ntk.pair_coordinates(x, z))
    top = jnp.max(log_kernel, axis=0)
    scores = jnp.linalg.solve(matrix, y) @ jnp.exp(log_kernel - top)
    return scores / jnp.maximum(jnp.abs(scores).max(), 1e-300)


@figure(
    title="One classifier of each class",
    source="Overview figure",
    caption="The sign of the deep network's output on the quarter circle (d = 1), for one "
    "activation per class: nearest neighbour, singular-kernel vote and majority vote (dots: 15 "
    "training points, 9 of them +1, drawn so that the first two differ). The NTK of "
    "$\\phi_1$ needs more than n^2 layers; the spikes of ReLU narrow as 1/L.",
    seconds={"quick": 3, "default": 8, "paper": 8},
)
def decision_regions(ctx: Context):
    """F1."""
    rng = np.random.default_rng(203)
    angles = np.sort(rng.uniform(0.02, np.pi / 2 - 0.02, 15))
    y = np.where(rng.permutation(15) < 9, 1.0, -1.0)
    test = jnp.linspace(0.01, np.pi / 2 - 0.01, ctx.pick(quick=101, default=801, paper=801))
    depths = ctx.pick(quick=(9, 300, 1000), default=(9, 3000, 20_000), paper=(9, 3000, 50_000))
    fig, axes = ctx.panels(1, 3, residuals=False, sharey=True)
    for ax, (name, activation), depth in zip(axes, CLASSES.items(), depths, strict=True):
        scores = jax.jit(functools.partial(votes_on_the_quarter_circle, activation()))
        ctx.theory(ax, test, np.sign(scores(depth, angles, y, test)), label="predicted")
        for label, colour in ((1, "black"), (-1, "0.6")):
            ax.plot(angles[y == label], y[y == label] * 1.15, "o", ms=3, color=colour)
        ctx.legend(ax, loc=None)
        ax.set(title=f"{name}, L = {depth}", xlabel="angle", ylim=(-1.4, 1.4), yticks=(-1, 1))
    axes[0].set(ylabel="predicted label")
    ctx.record("training points", angle=angles, label=y)
    return fig


@figure(
    title="Kernels with depth",
    source="derived",
    caption="t_L (lines) and Theta_L/Theta_L(1) (dashed) against t for L = 1, 3, 10, 30, 100, one "
    "activation per class. Lines: recursion in the variable 1 - t. Dots: the dense recursion in "
    "t, the independent route.",
    seconds={"quick": 3, "default": 4, "paper": 4},
)
def kernels_with_depth(ctx: Context):
    """F2."""
    t, few = np.linspace(0.001, 0.999, 400), np.linspace(0.05, 0.95, 10)
    fig, axes = ctx.panels(1, 3, residuals=False, sharey=True)
    for ax, (name, make) in zip(axes, CLASSES.items(), strict=True):
        f = make()
        deep = jax.jit(lambda t, depth, f=f: ntk.deepen(f, ntk.similarity(t), depth))
        dense = jax.jit(lambda t, depth, f=f: ntk.dense_kernels(f, t, depth), static_argnums=1)
        for i, depth in enumerate((1, 3, 10, 30, 100)):
            k, top = deep(t, depth), float(ntk.ntk_diagonal(f, depth))
            ctx.theory(ax, t, np.exp(k.log_nngp), label=f"L = {depth}", color=f"C{i}")
            ctx.theory(ax, t, np.exp(k.log_ntk) / top, ls="--", color=f"C{i}")
            ax.plot(few, dense(jnp.asarray(few), depth)[0], ".", ms=3, color=f"C{i}")
        ax.set(title=name, xlabel="t = x.z")
        ctx.legend(ax, loc=None)
    # the first panel has room for the common legend
    ctx.legend(axes[0], loc="upper left", fontsize=6)
    axes[0].set(ylabel="kernel")
    return fig


@figure(
    title="Phase diagram: accuracy against alpha/d",
    source="derived: risk when alpha exceeds d",
    caption="Probability that the singular-kernel vote is +1 against d/alpha for three eta, from "
    "1-NN (0) to Bayes (1). Points: circle (d = 1), n = 1000; near d/alpha = 1 the finite-n bias "
    "n^(1 - alpha/d), drawn as the tolerance in the residuals, is seen.",
    seconds={"quick": 3, "default": 4, "paper": 120},
)
def phase_diagram(ctx: Context):
    """F3."""
    n = ctx.pick(quick=100, default=1000, paper=10_000)
    trials = ctx.pick(quick=256, default=4096, paper=65_536)
    fig, ax = ctx.panels()
    r, shares = np.linspace(1 / 64, 0.995, 200), np.array([0.2, 0.35, 0.5, 2 / 3])
    for eta in (0.6, 0.8, 0.95):
        ctx.sweep(
            ax, ntk.Params(eta=eta, n=n), "alpha", 1 / r,
            lambda p: ntk.vote_accuracy(p.eta, p.d / p.alpha), "plus", at=list(1 / shares),
            mode="circle_vote", trials=trials, x=lambda p: p.d / p.alpha,
            tolerance=lambda p: p.n ** (1 - p.alpha / p.d), label=f"$\\eta$ = {eta:g}",
        )  # fmt: skip
    ax.set(xlabel="r = d/alpha", ylabel="P(vote = +1)")
    return fig


SERIES = {
    "network": "$\\phi_d$, solved", "sine": "sine, solved", "hilbert": "Hilbert",
    "nearest": "1-NN", "majority": "majority",
}  # fmt: skip


@figure(
    title="Accuracy against n on the Dirichlet problems",
    source="Dirichlet experiments, d = 1, 2, 4, 8",
    caption="Test accuracy of the NNGP with alpha = d (the explicit activation, and the sine with "
    "alpha = d; at d = 1, where no sine has it, squared frequency 1 and alpha = 1.19), each from "
    "the Cholesky solution of its n x n kernel, beside the Hilbert estimate, 1-NN, majority vote "
    "and Bayes; 100 layers, as in the authors' experiments. One draw a seed serves all n (the "
    "first n of its points) and all rules; markers stand side by side.",
    seconds={"quick": 12, "default": 20, "paper": 600},
)
def dirichlet_accuracy(ctx: Context):
    """Accuracy against n for d = 1, 2, 4, 8."""
    dimensions = ctx.pick(quick=(1, 4), default=(1, 2, 4, 8), paper=(1, 2, 4, 8))
    fig, axes = ctx.panels(len(dimensions) // 2, 2, residuals=False)
    axes = np.ravel(axes)
    largest = ctx.pick(quick=(100,), default=(1000,), paper=(1000, 10_000))
    tests = ctx.pick(quick=50, default=1000, paper=10_000)
    for d, ax in zip(dimensions, axes, strict=True):
        for position, n in enumerate(largest):
            trials = ctx.pick(quick=8, default=12, paper=20 if n <= 1000 else 1)
            p = ntk.Params(d=d, n=n, tests=tests, depth=100)
            run = ctx.simulate(SETTING, p, mode="size_ladder", trials=trials)
            rungs = slice(min(position, 1), None)  # a second ladder starts where the first ends
            sizes = np.array([round(n * step) for step in SIZE_STEPS])[rungs]
            for i, (name, label) in enumerate(SERIES.items()):
                at = sizes * 1.06 ** (i - 1.5)  # side by side: several rules nearly agree
                style = {"color": f"C{i}", "linestyle": "-", "linewidth": 0.7}
                seen = run[name][:, rungs]
                error = np.sqrt(seen[0] * (1 - seen[0]) / tests)
                one = {"mean": seen[0], "standard_error": error}
                numbers = {"samples": seen} if trials > 1 else one
                ctx.points(ax, at, label=label, **numbers, **style)
        ends = [round(largest[0] * SIZE_STEPS[0]), largest[-1]]
        best = ntk.bayes_accuracy() if d == 1 else float(run["bayes"].mean())
        ctx.theory(ax, ends, [best, best], label="Bayes", ls=":", color="black")
        ax.set(title=f"d = {d}", xlabel="training points n", ylabel="accuracy", xscale="log")
        ctx.legend(ax, loc=None)
    low, high = axes[0].get_ylim()
    axes[0].set_ylim(low, high + 0.35 * (high - low))
    ctx.legend(axes[0], loc="upper left", fontsize=6, ncols=3)
    return fig


@figure(
    title="Accuracy against n, without simulation",
    source="derived: deep_accuracy (Dirichlet problem, d = 1)",
    caption="Accuracy of the infinitely deep network with alpha = d = 1. Line: the stable law at "
    "every test point, integrated over the density; no simulation enters. Points: simulation. "
    "1-NN and the Bayes accuracy for comparison: optimality is reached as 1/log n only.",
    seconds={"quick": 4, "default": 6, "paper": 600},
)
def accuracy_against_n(ctx: Context):
    """F4."""
    sizes = ctx.pick(quick=2, default=4, paper=6)
    ladder = np.array([30, 100, 300, 1000, 3000, 10_000])[:sizes]
    trials = ctx.pick(quick=128, default=256, paper=1024)
    fig, ax = ctx.panels()
    grid = np.geomspace(ladder[0], ladder[-1], ctx.pick(quick=5, default=25, paper=40))
    ctx.theory(ax, grid, ntk.deep_accuracy(grid), label="deep network")
    ctx.theory(ax, grid, np.full(len(grid), ntk.bayes_accuracy()), label="Bayes", ls=":")
    cases = [ntk.Params(d=1, n=int(n), tests=50, depth=1000) for n in ladder]
    runs = [ctx.simulate(SETTING, p, mode="deep_votes", trials=trials) for p in cases]
    exact = {"theory": ntk.deep_accuracy(ladder), "tolerance": 0.004}
    for name, label, more in (("limit", "deep network", exact), ("nearest", "1-NN", {})):
        seen = np.stack([run[f"accuracy_{name}"] for run in runs], axis=1)
        ctx.points(ax, ladder, samples=seen, label=label, **more)
    ax.set(xlabel="training points n", ylabel="accuracy", xscale="log")
    return fig


@figure(
    title="Accuracy against depth: two collapses",
    source="derived: koenigs (depth gap between NNGP and NTK)",
    caption="Dirichlet problem, d = 1 = alpha. Above: accuracy of the NNGP (left, solved) and of "
    "the NTK (right) against depth; dotted: the infinite-depth classifier at each n; dashed: "
    "1-NN. Beneath: agreement with the infinite-depth classifier against L - log2 n (left) and "
    "L/n^2 (right). In these units the curves of different n fall together: the NNGP needs "
    "logarithmic depth, the NTK n^(2/d) layers.",
    seconds={"quick": 6, "default": 14, "paper": 500},
)
def accuracy_against_depth(ctx: Context):
    """F5."""
    fig, axes = ctx.panels(2, 2, residuals=False, height=5.0)
    sizes = ctx.pick(quick=(25, 100), default=(100, 300, 900), paper=(100, 400, 1600))
    for i, n in enumerate(sizes):
        trials = ctx.pick(quick=16, default=max(8, 9600 // n), paper=max(200, 40_000 // n))
        p = ntk.Params(d=1, n=n, tests=400, depth=round(np.log2(n)))
        run = ctx.simulate(SETTING, p, mode="depth_ladder", trials=trials)
        layers = p.depth + np.array(NNGP_STEPS)
        full = n**2 * np.array(NTK_STEPS)
        style = {"label": f"n = {n}", "color": f"C{i}", "linestyle": "-", "linewidth": 0.7}
        depths = {"nngp": (layers, layers - np.log2(n)), "ntk": (full, full / n**2)}
        for (above, below), (kernel, (depth, unit)) in zip(axes.T, depths.items(), strict=True):
            ctx.points(above, depth, samples=run[f"accuracy_{kernel}"], **style)
            ctx.points(below, unit, samples=run[f"agreement_{kernel}"], **style)
            for name, dash in (("limit", ":"), ("nearest", "--")):
                level = float(run[f"accuracy_{name}"].mean())
                above.axhline(level, ls=dash, lw=0.8, color=f"C{i}")
                ctx.record(f"{name}, n = {n}", accuracy=level)
    looks = (("NNGP", "L - log2 n", "linear"), ("NTK", "L/n^2", "log"))
    for (above, below), (title, unit, scale) in zip(axes.T, looks, strict=True):
        above.set(title=title, xlabel="depth L", ylabel="accuracy", xscale=scale)
        below.set(xlabel=unit, ylabel="agreement with L = infinity", xscale=scale)
    return fig


@figure(
    title="The log-periodic factor of the singular kernel",
    source="derived: modulation",
    caption="D(u)/D0 - 1 over two periods for the sines that are optimal at d = 2, 4, 8, divided "
    "by its largest value (given in the legend): the function R of the theorem does not converge "
    "near the diagonal. Dots: G(1-s) s^gamma at s = u b^-20.",
    seconds={"quick": 3, "default": 4, "paper": 4},
)
def modulation_of_the_singular_kernel(ctx: Context):
    """F6."""
    fig, ax = ctx.panels(residuals=False)
    periods = np.linspace(0, 2, 129)
    few = np.linspace(0, 2, 17)
    for i, d in enumerate((2, 4, 8)):
        activation = ntk.sine(ntk.sine_root(d))
        log_b = float(jnp.log(activation.slope_at_one))
        gamma = float(ntk.gamma_exponent(activation))
        level = float(ntk.modulation_mean(activation)[0])
        ripple = np.asarray(ntk.modulation(activation, periods * log_b)) / level - 1
        size = np.abs(ripple).max()
        log_s = (few - 20) * log_b
        pair = ntk.Similarity(jnp.exp(log_s), jnp.log1p(-jnp.exp(log_s)))
        direct = np.exp(ntk.koenigs(activation, pair).log_g + gamma * log_s) / level - 1
        label = f"d = {d}, amplitude {size:.1e}"
        ctx.theory(ax, periods, ripple / size, label=label, color=f"C{i}")
        ax.plot(few, direct / size, ".", ms=4, color=f"C{i}")
        ctx.record(f"direct d = {d}", period=few, ripple=direct / size)
    ax.set(xlabel="log u/log b", ylabel="(D(u)/D0 - 1)/amplitude", ylim=(-1.2, 2.1))
    return fig
