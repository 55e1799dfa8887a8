"""Distance and gap by round, the collapse of Mobahi's sine, and the floor that mixing reaches."""

import jax.numpy as jnp
import numpy as np

from paper_figures import Context, figure
from theory.self_distillation import (
    Params, bayes_risk, best_mixed_risk, best_shrinkage_risk, design_risk, design_risk_term,
    distance_bound, mixed_design_risk, multiplier, round_filter, round_risk, rounds_before_collapse,
    zeta,
)  # fmt: skip
from theory.self_distillation.bound import HERE as SAMPLED
from theory.self_distillation.design import TALL, WIDE

SETTING = "self_distillation"


@figure(
    title="Rounds stay near the start, whatever the labels",
    source="theory's side of the paper's distance and gap against rounds (claims"
    " universal_distance_bound, distance_strictly_decreases, generalisation_bound)",
    caption="Left: |w_t - w_init| over |rho_y|/sqrt(lambda) for residuals along one direction, by"
    " s^2/lambda (lines), under zeta(t) (dashed), which the line of s^2/lambda = 2t + 1 touches at"
    " t = 0, 1, 4; points: mean over simulated designs, s^2 = (4, 2, 4/3), lambda = .4. Right:"
    " mean loss on the population less that on n = 20 points, simulated, and how far each round"
    " moved: both fall with t.",
    seconds={"quick": 4, "default": 6, "paper": 20},
)
def distance_and_gap(ctx: Context):
    """Distances against t, and the simulated generalisation gap."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    trials = ctx.pick(quick=128, default=512, paper=4096)
    t = np.arange(12)
    for ratio in (1.0, 3.0, 9.0, 30.0):
        line = np.asarray(round_filter(ratio, 1.0, t)) / np.sqrt(ratio)
        ctx.theory(left, t, line, label=rf"$s^2/\lambda$ = {ratio:g}")
    ctx.theory(left, t, np.asarray(zeta(t)), label=r"$\zeta(t)$", color="0.2", linestyle="--")
    p = Params(ridge=0.4)
    run = ctx.simulate(SETTING, p, trials=trials)
    bound = np.asarray(distance_bound(run["residual"][:, None], p.ridge, t))
    scaled = run["distance"] / bound * np.asarray(zeta(t))
    ctx.points(left, t, samples=scaled, label="simulated", color="0.2", marker="o")
    left.set(xlabel="round $t$", ylabel=r"distance / ($|\rho_y|/\sqrt{\lambda}$)", ylim=(0, 0.52))
    few = SAMPLED.but(rounds=5)
    seen = ctx.simulate(SETTING, few, mode="sampled", trials=4 * trials)
    t = np.arange(6)
    ctx.points(right, t, samples=seen["gap"], label="loss: population less sample", marker="o")
    ctx.points(right, t, samples=seen["distance"] / 10, label="distance / 10", marker="s")
    right.set(xlabel="round $t$", ylabel="gap of the loss; distance / 10", ylim=(0, None))
    ctx.legend(left)
    ctx.legend(right)
    return fig


def sine():
    """Eleven noisy points of a sine, and the Gram matrix of a Gaussian kernel: eigenvalues too."""
    x = np.linspace(0, 1, 11)
    y = np.sin(2 * np.pi * x) + 0.3 * np.random.default_rng(4).normal(size=11)
    D, V = np.linalg.eigh(np.exp(-80 * (x[:, None] - x) ** 2))
    return x, y, np.maximum(D, 1e-12), V


@figure(
    title="A fixed error: each round is sparser, and the last is zero",
    source="after Mobahi, Farajtabar & Bartlett's toy regression (claims rounds_by_the_spectrum,"
    " basis_sparsification, constrained_rounds)",
    caption="Eleven points of sin(2 pi x) with noise .3, kernel exp(-80 (x - x')^2), |z_0|/sqrt eps"
    " = 4.5. Left: fits f_t after rounds 1, 3 and the last that can be solved, through the kernel"
    " between the points; then all is zero. Right: what is left of each eigenvector, the diagonal"
    " of the product of filters.",
    seconds={"quick": 2, "default": 2, "paper": 2},
)
def collapse(ctx: Context):
    """Curves of f_t and diagonals of B_t."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    x, y, D, V = sine()
    fine = np.linspace(0, 1, 201)
    kernel = np.exp(-80 * (fine[:, None] - x) ** 2)
    z = V.T @ y
    eps = float(np.sum(z**2)) / 4.5**2
    last = int(rounds_before_collapse(D, z, eps))
    product = np.ones(11)
    left.plot(x, y, "x", color="0.2", label="labels")
    ctx.record("labels", x=x, y=y)
    for t in range(1, last + 1):
        c = float(multiplier(D, z, eps))
        if t in (1, 3, last):
            ctx.theory(left, fine, kernel @ (V @ (z / (c + D))), label=f"round {t}")
        product *= D / (c + D)
        z = D / (c + D) * z
        if t in (1, 3, last):
            ctx.theory(
                right, np.arange(1, 12), product[::-1], label=f"round {t}", marker=".")  # fmt: skip
    ctx.theory(left, fine, 0 * fine, label=f"round {last + 1}", color="0.6")
    left.set(xlabel="x", ylabel="label, fit")
    right.set(xlabel="eigenvector, by eigenvalue", ylabel="share left", ylim=(0, 1),
              xticks=[1, 3, 5, 7, 9, 11])  # fmt: skip
    ctx.legend(left)
    ctx.legend(right)
    return fig


@figure(
    title="Pure rounds trade bias for variance; mixed rounds reach the floor",
    source="derived; the figure that the paper lacks (claims risk_of_rounds,"
    " r_rounds_reach_best_shrinkage)",
    caption="n = 20, s^2 = (4, 2, 4/3), beta^2 = (1, 1/2, 1/3), sigma = 1. Left: risk R_t of pure"
    " rounds by lambda (lines; points: simulated) and its bias at lambda = .2 (dotted). Right: the"
    " least risk of t mixed rounds over all real weights, less the floor R_min of all diagonal"
    " shrinkers (t = 0: no distillation; nothing is left of it at t = r = 3, drawn at 1e-6).",
    seconds={"quick": 4, "default": 8, "paper": 60},
)
def risk_by_round(ctx: Context):
    """R_t by lambda; mixed risk above the floor."""
    fig, (left, right) = ctx.panels(1, 2)
    base = Params(sigma=1.0, slope=1.0)
    trials = ctx.pick(quick=512, default=2048, paper=65_536)
    t = np.arange(base.rounds + 1)
    few = np.array([0, 1, 2, 4, 7, 11])
    floor = float(best_shrinkage_risk(base.squares, base.signals, base.sigma, base.n))
    for ridge in (0.05, 0.2, 1.0):
        p, label = base.but(ridge=ridge), rf"$\lambda$ = {ridge:g}"
        parts = round_risk(p.squares, p.signals, ridge, p.sigma, p.n, t)
        whole = np.asarray(parts[0] + parts[1])
        colour = ctx.next_colour(left)
        ctx.theory(left, t, whole, label=label, color=colour)
        if ridge == 0.2:
            ctx.theory(left, t, np.asarray(parts[0]), color=colour, linestyle=":")
        run = ctx.simulate(SETTING, p, trials=trials)
        ctx.points(
            left, few, samples=run["loss"][:, few], theory=whole[few], label=label, color=colour
        )
        mixed = [
            float(best_mixed_risk(p.squares, p.signals, ridge, p.sigma, p.n, k)) - floor
            for k in range(5)
        ]
        ctx.theory(
            right, np.arange(5), np.maximum(mixed, 1e-6), label=label, color=colour, marker="o"
        )
    ctx.theory(left, t, np.full(len(t), floor), label=r"$R_{\min}$", color="0.4", linestyle="--")
    left.set(xlabel="round $t$", ylabel="risk")
    right.set(xlabel="mixed rounds $t$", ylabel=r"least risk less $R_{\min}$", yscale="log",
              xticks=range(5), ylim=(5e-7, 0.3))  # fmt: skip
    ctx.legend(left)
    ctx.legend(right)
    return fig


@figure(
    title="Random designs: a wrong penalty is repaired by mixing, not always by rounds",
    source="derived (claims random_design_limit, mixed_rounds_reach_bayes)",
    caption="Rows N(0, I_d), alpha^2 = 1, sigma^2 = 1/2. Left: E|w_t - w*|^2 against rounds in the"
    " limit (lines) and simulated at d = 20 (points; residuals from the limit with its 1/d term)."
    " At gamma = 2, lambda = .2 is too small and three rounds help; at gamma = 1/2, lambda = .3 is"
    " above the best .25 and every round hurts. Right: against lambda for gamma = 2, no round, one"
    " pure round, and one or two mixed ones at their best weights; dashed: the Bayes risk.",
    seconds={"quick": 6, "default": 10, "paper": 60},
)
def random_designs(ctx: Context):
    """Risk against t, and against lambda with the best mixed rounds."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=128, default=512, paper=8192)
    t = np.arange(6)
    for case in (TALL, WIDE):
        p = case.but(rounds=5)
        label = rf"$\gamma$ = {p.gamma:g}, $\lambda$ = {p.ridge:g}"
        line = np.asarray(design_risk(p.gamma, p.ridge, p.signal, p.sigma, t))
        ctx.theory(left, t, line, label=label)
        run = ctx.simulate(SETTING, p, mode="design", trials=trials)
        term = np.asarray(design_risk_term(p.gamma, p.ridge, p.signal, p.sigma, t))
        ctx.points(
            left, t, samples=run["error"], theory=line + term / p.d, tolerance=p.d**-2, label=label
        )
    left.set(xlabel="round $t$", ylabel=r"$E|w_t - w^*|^2$", xticks=t)
    ridges = np.geomspace(0.03, 10, 80)
    gamma, sigma = 2.0, 0.5**0.5
    for rounds, name in ((0, "no round"), (1, "one round")):
        ctx.theory(
            right, ridges, np.asarray(design_risk(gamma, ridges, 1.0, sigma, rounds)), label=name
        )
    for rounds, name in ((1, "one mixed"), (2, "two mixed")):
        line = np.asarray(mixed_design_risk(gamma, jnp.asarray(ridges), 1.0, sigma, rounds))
        ctx.theory(right, ridges, line, label=name)
    least = float(bayes_risk(gamma, 1.0, sigma))
    ctx.theory(
        right, ridges[[0, -1]], np.full(2, least), color="0.4", linestyle="--", label="Bayes"
    )
    right.set(xlabel=r"$\lambda$", ylabel=r"$E|w - w^*|^2$", xscale="log", ylim=(0.68, 1.0))
    ctx.legend(left)
    ctx.legend(right)
    return fig
