"""Errors by method, the trade against the weight, the cost's peak, exchange, the useless weight."""

import jax
import numpy as np

from paper_figures import Context, figure
from theory import plugin_errors
from theory.imbalanced_adversarial import Params, average_exchange, class_errors
from theory.imbalanced_adversarial.adversary import adversarial_exchange, natural, natural_exchange
from theory.imbalanced_adversarial.border import BORDER, separable_below
from theory.imbalanced_adversarial.costs import cost
from theory.imbalanced_adversarial.samples import SMALL, equalising_weight, useful_imbalance

NAME = "imbalanced_adversarial"
SECONDS = {"quick": 3, "default": 8, "paper": 60}
METHODS = {
    "plain": "adversarial, no weight",
    "reweighted": "adversarial, rho = K",
    "separated": "separation-aware, rho = K",
}


def four_errors(p):
    """Natural and robust errors of adversarial training, minority and majority."""
    return np.array([*natural(p, p.t), *class_errors(p.s_r, p.t)], dtype=float)


@figure(
    title="Reweighting moves errors from class to class; separation lowers them all",
    source="derived (claims adversarial_optimum, separation_aware_minority); not in the paper",
    seconds=SECONDS,
    caption="Natural and robust error of either class after adversarial training (l_inf, eps half"
    " of the largest mean, s = 1.5, K = 10): without a weight, with rho = K, and with rho = K on"
    " features whose classes stand 1.3 times as far apart. Bars: theory; points: simulated rules"
    " on attacked points, with their intervals.",
)
def three_methods(ctx: Context):
    """Class-wise natural and robust errors of three trainings."""
    fig, ax = ctx.panels(residuals=False, width=6.0)
    base = Params(s=1.5, spread=0.4, attack=0.5)
    full = base.but(rho=base.K, gain=1.3)
    run = ctx.simulate(NAME, full, trials=ctx.pick(quick=64, default=256, paper=4096))
    shown = {"plain": base, "reweighted": full.but(gain=1.0), "separated": full}
    for i, (name, p) in enumerate(shown.items()):
        x, errors = np.arange(4) + 0.27 * (i - 1), four_errors(p)
        colour = ctx.next_colour(ax)
        ax.bar(x, errors, width=0.25, color=colour, alpha=0.35)
        ctx.theory(ax, x, errors, label=METHODS[name], color=colour, linestyle="none", marker="_")
        ctx.points(ax, x, samples=run[name], theory=errors, label=METHODS[name], color=colour)
    ax.set_xticks(range(4), [f"{kind},\n{which}" for kind in ("natural", "robust")
                             for which in ("minority", "majority")])  # fmt: skip
    ax.set(ylabel="class error", ylim=(0, 1))
    return fig


@figure(
    title="The trade that a weight offers, by separability and training",
    source="derived (claims optimal_weighted_rule, adversarial_optimum)",
    seconds=SECONDS,
    caption="Class errors against the weight rho from 1 to K = 100. Left: standard training at s ="
    " 2 and 1. Right: adversarial training of the same mixtures (l_inf, eps 0.4 of each mean, so"
    " s_r = 0.6 s), robust errors. All pairs meet at rho = K; the less separable ones start further"
    " apart and end higher.",
)
def weight_sweep(ctx: Context):
    """Both errors against the weight."""
    fig, panels = ctx.panels(1, 2, sharey=True)
    weights, at = np.geomspace(1, 100, 61), (1.0, 5.0, 25.0, 100.0)
    trials = ctx.pick(quick=32, default=128, paper=2048)
    for ax, left in zip(panels, (1.0, 0.6), strict=True):
        for s in (2.0, 1.0):
            base = Params(s=s, K=100.0, attack=0.4)
            runs = [ctx.simulate(NAME, base.but(rho=rho), trials=trials)
                    for rho in at]  # fmt: skip
            for k, which in enumerate(("minority", "majority")):

                def errors(rho, k=k, s=s, left=left):
                    return class_errors(left * s, np.log(100 / np.asarray(rho)))[k]

                label = f"s = {s:g}, {which}"
                name, entry = ("standard", k) if left == 1 else ("reweighted", k + 2)
                seen = np.stack([run[name][:, entry] for run in runs], axis=1)
                ctx.theory(ax, weights, errors(weights), label=label)
                ctx.points(ax, at, samples=seen, theory=errors(at), label=label)
        ax.set(xlabel="weight rho", xscale="log", ylim=(0, 1))
    panels[0].set(ylabel="class error")
    return fig


@figure(
    title="Full reweighting costs less where classes separate; a partial weight need not",
    source="derived (claims cost, cost_ordering_domain_peak); not in the paper",
    seconds=SECONDS,
    caption="What a weight costs the majority, C = err_maj(rho) - err_maj(1), against separability"
    " at K = 10. It falls throughout for rho >= K; below it peaks at s*, left of the dotted line of"
    " its colour at sqrt(log(K/rho)/2), where half of the minority is lost.",
)
def cost_of_weights(ctx: Context):
    """The cost against separability for five weights."""
    fig, ax = ctx.panels(width=5.0)
    weights = {"2": 2.0, "sqrt K": 10**0.5, "K/2": 5.0, "K": 10.0, "K^2": 100.0}
    trials = ctx.pick(quick=64, default=512, paper=8192)
    for name, rho in weights.items():
        colour, label = ctx.next_colour(ax), f"rho = {name}"

        def formula(s, rho=rho):
            return cost(Params(s=np.asarray(s), rho=rho))

        grid = np.linspace(0.05, 3, 90)
        ctx.theory(ax, grid, formula(grid), label=label, color=colour)
        if rho in (2.0, 10.0):
            at = np.array([0.5, 1.0, 2.0])
            runs = [ctx.simulate(NAME, Params(s=s, rho=rho), trials=trials) for s in at]
            seen = [run["standard"][:, 1] - run["standard_plain"][:, 1] for run in runs]
            ctx.points(ax, at, samples=np.stack(seen, axis=1), theory=formula(at), label=label,
                       color=colour)  # fmt: skip
        if rho < 10:
            ax.axvline(np.sqrt(np.log(10 / rho) / 2), color=colour, linestyle=":", linewidth=0.9)
    ax.set(xlabel="separability s", ylabel="cost to the majority")
    return fig


@figure(
    title="What the majority pays for a unit of the minority's gain",
    source="derived (claims average_exchange_rate, exchange_floor, natural_exchange); new here",
    seconds=SECONDS,
    caption="Left: the exchange r of full reweighting against separability, with its floors"
    " K^(-1/2) dotted. Right: r at s = 1.5, K = 10 against the attack's share of the mean (l_2):"
    " adversarial training worsens the exchange of robust errors, improves that of natural ones.",
)
def exchange(ctx: Context):
    """The exchange against separability and against the attack."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    grid = np.linspace(0.05, 4, 80)
    for K in (3, 10, 100, 1000):
        colour = ctx.next_colour(left)
        r = average_exchange(grid, np.log(K) / (2 * grid))
        ctx.theory(left, grid, r, label=f"K = {K}", color=colour)
        left.axhline(K**-0.5, color=colour, linestyle=":", linewidth=0.9)
    left.set(xlabel="separability s", ylabel="exchange r", ylim=(0, 1))
    base, shares = Params(s=1.5, norm="l2"), np.linspace(0, 0.95, 60)
    for label, formula in (("robust errors", adversarial_exchange),
                           ("natural errors", natural_exchange)):  # fmt: skip
        ctx.theory(right, shares, formula(base.but(attack=shares)), label=label)
    right.set(xlabel="attack eps/|mu|", ylabel="exchange r", ylim=(0, 1))
    return fig


@figure(
    title="The imbalance at which reweighting stops helping",
    source="derived (claims reweighting_stops_helping, equalising_weight_exceeds_imbalance); new",
    seconds=SECONDS,
    caption="Minority error of the rule with estimated means (n = 550 points, d = 10, s = 1)"
    " against the imbalance: without a weight, with rho = K, and with the weight"
    " K exp((d/2)(1/n_min - 1/n_maj)) that makes both classes' errors equal to leading order."
    " Dotted: K* = x + sqrt(1 + x^2), x = 2 s^2 n/d, where rho = K leaves the minority at chance;"
    " with more data that imbalance grows in proportion.",
)
def useless_weight(ctx: Context):
    """Minority error against the imbalance for three weights."""
    fig, ax = ctx.panels(width=5.0)
    at, K = np.array([3.0, 30.0, 220.0]), np.geomspace(2, 500, 50)
    K = np.append(K, at)
    sizes = SMALL.n / (1 + K), SMALL.n * K / (1 + K)
    left = {  # log(K/rho)
        "no weight": np.log(K),
        "rho = K": 0 * K,
        "equalising weight": np.log(K / np.asarray(equalising_weight(SMALL.d, *sizes))),
    }
    errors = jax.jit(plugin_errors)(SMALL.s, SMALL.d, *sizes, np.stack(list(left.values())))[0]
    runs = [ctx.simulate(NAME, SMALL.but(K=k, rho=k), mode="plugin", trials=ctx.pick(
        quick=128, default=1024, paper=16_384)) for k in at]  # fmt: skip
    seen = {"no weight": "plugin_plain", "rho = K": "plugin"}
    for label, y in zip(left, np.asarray(errors), strict=True):
        ctx.theory(ax, K[:50], y[:50], label=label)
        if label in seen:
            samples = np.stack([run[seen[label]][:, 0] for run in runs], axis=1)
            ctx.points(ax, at, samples=samples, theory=y[50:], label=label)
    ax.axvline(float(useful_imbalance(1.0, SMALL.d, SMALL.n)), color="0.4", linestyle=":")
    ax.axhline(0.5, color="0.7", linewidth=0.8)
    ax.set(xlabel="imbalance K", ylabel="minority error", xscale="log", ylim=(0, 1))
    return fig


@figure(
    title="The boundary leaves the majority by sigma^2, and by more under attack",
    source="after the paper's scatter with optimal boundaries; derived (claims"
    " optimal_weighted_rule, adversarial_optimum)",
    seconds={"quick": 2, "default": 2, "paper": 2},
    caption="300 points of N(+-mu, sigma^2 I), K = 10 of the majority (left of 0) to one of the"
    " minority, |mu| = 1. Without a weight the best boundary stands at sigma^2 log(K)/2, with rho ="
    " K at 0; adversarial training (l_2, eps = .4) without a weight puts it at"
    " sigma^2 log(K)/(2 (1 - eps)). At sigma = 1 that is beyond the minority's mean.",
)
def boundaries(ctx: Context):
    """Points of both classes and three boundaries, for a small and a large sigma."""
    fig, panels = ctx.panels(1, 2, residuals=False, sharey=True)
    rng, K, n, eps = np.random.default_rng(1), 10.0, 300, 0.4
    y = np.where(np.arange(n) < round(n / (1 + K)), 1, -1)
    z = rng.standard_normal((n, 2))
    for ax, sigma in zip(panels, (0.5, 1.0), strict=True):
        x = sigma * z + np.outer(y, [1.0, 0.0])
        for which, name, mark in ((-1, "majority", "o"), (1, "minority", "s")):
            ax.plot(*x[y == which].T, mark, markersize=3, alpha=0.7)
            ctx.record(f"{name}, sigma = {sigma:g}", x=x[y == which, 0], y=x[y == which, 1])
        plain = Params(s=1 / sigma, K=K, attack=eps, norm="l2")
        for label, t, kept, look in (
            ("no weight", plain.t_1, plain.s, "-"),
            ("rho = K", 0.0, plain.s, "--"),
            ("adversarial, no weight", plain.t_1, plain.s_r, ":"),
        ):
            at = float(t / (2 * kept * plain.s))  # w.x = t, w = 2 (mu - z)/sigma^2
            ctx.theory(ax, [at, at], [-3, 3.2], label=label, linestyle=look, color="0.15")
        ax.plot([-1, 1], [0, 0], "x", color="0.15", markersize=7)
        ax.set(title=f"sigma = {sigma:g}", xlabel="along mu, in units of |mu|")
        ax.set(xlim=(-4, 4), ylim=(-3, 5))
        ctx.legend(ax, loc="upper left")
    panels[0].set(ylabel="across mu")
    return fig


@figure(
    title="How many points a weight needs: a phase diagram",
    source="derived (claims sample_is_separable, separable_weights_vanish,"
    " reweighting_stops_helping); not in the paper",
    seconds={"quick": 4, "default": 6, "paper": 30},
    caption="Points a dimension against separability, for three imbalances. Below the full line of"
    " a K the sample separates: fitted to the end, no weight has an effect. Below its dashed line,"
    " (K - 1/K)/(4 s^2), the rule with estimated means leaves the minority below chance at rho ="
    " K. Above both a weight moves errors and helps the minority. Right: share of separable samples"
    " of 72 points in 16 dimensions, K = 3; dotted: where its threshold says the line is crossed.",
)
def phase_diagram(ctx: Context):
    """Thresholds in n/d against separability; the separable share across one of them."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    grid = np.linspace(0.05, 2.5, 26)
    border = jax.vmap(separable_below, (0, None))
    for K in (1.0, 10.0, 100.0):
        colour = ctx.next_colour(left)
        ctx.theory(left, grid, border(grid, K), label=f"K = {K:g}", color=colour)
        if K > 1:
            left.plot(grid, (K - 1 / K) / (4 * grid**2), color=colour, linestyle="--")
    left.set(xlabel="separability s", ylabel="points a dimension, n/d", yscale="log", ylim=(1, 300))
    at = np.array([0.1, 0.5, 0.8, 1.0, 1.2, 1.4, 1.6])
    runs = [ctx.simulate(NAME, BORDER.but(s=s), mode="border", trials=ctx.pick(
        quick=32, default=96, paper=4096)) for s in at]  # fmt: skip
    ctx.points(right, at, samples=np.stack([run["separable"] for run in runs], axis=1))
    crossed = np.interp(BORDER.n / BORDER.d, np.asarray(border(grid, BORDER.K)), grid)
    right.axvline(crossed, color="0.4", linestyle=":")
    right.set(xlabel="separability s", ylabel="share of separable samples", ylim=(-0.03, 1.03))
    return fig
