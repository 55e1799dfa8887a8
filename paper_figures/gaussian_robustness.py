"""Disparity and accuracy gaps of robust linear rules: the paper's main figure, and the theory's.

The paper's synthetic mu and Sigma are not published; the ones here are chosen and stated in each
caption.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np

import theory.gaussian_robustness as gr
from paper_figures import Context, figure, params_over, values_over
from theory import stable_cdf

SETTING = "gaussian_robustness"
COLORS = ("#0b6fa4", "#c8553d", "#4d8f3a")
RATIOS = (1, 2, 5, 10)

GAUSSIAN = gr.Params(points=200)  # d = 100, mu_j = .05 + .35 j/99, Sigma = I: s = 2.47
# d = 20, mu_j = .6 + .8 j/19, elliptical with Sigma = I: margin 4.6
CAUCHY = gr.Params(d=20, mu_low=0.6, mu_high=1.4, noise="elliptical", alpha=1.0, points=200)


def gaps_of_rules(p):
    """Disparity gap, and acc(f_std) - acc(f_rob) on the imbalanced population, of exact rules."""
    robust, standard = gr.optima.accuracies_of_rules(p)
    lost = p.R * (standard.majority - robust.majority) + standard.minority - robust.minority
    return jnp.stack([robust.disparity - standard.disparity, lost / (1 + p.R)])


def seen_gaps(ctx, cases, trials):
    """The same of test points, (2, trials, cases)."""
    seen = []
    for p in cases:
        run = ctx.simulate(SETTING, p, trials=trials)
        majority, minority = (run["standard"] - run["robust"]).T
        seen.append([minority - majority, (p.R * majority + minority) / (1 + p.R)])
    return np.moveaxis(np.array(seen), 0, -1)


@figure(
    title="Figure 1: disparity gap and standard-accuracy gap against imbalance",
    source="Main experimental figure (layout of the published runs)",
    caption="Gap of the robust over the standard optimum, l_inf attack. Gaussian: d = 100, Sigma ="
    " I, mu_j = .05 + .35 j/99, eps = .15, .1125, .075. Cauchy and Holtsmark: elliptical, d = 20,"
    " Sigma = I, mu_j = .6 + .8 j/19, eps = .3, .225, .15. Gaussian: 0 at R = 1, rising with R and"
    " eps. Stable noise at these margins (3.3 and more): the gap is negative, robustness reduces"
    " the disparity. The standard-accuracy gap is never negative.",
    seconds={"quick": 9, "default": 15, "paper": 120},
)
def figure_1(ctx: Context):
    """The paper's layout: a column per noise law, theory as lines."""
    trials = ctx.pick(quick=100, default=200, paper=4000)
    fig, axes = ctx.panels(2, 3, height=6.4)
    holtsmark = CAUCHY.but(alpha=1.5)
    laws = (("Gaussian", GAUSSIAN, 0.15), ("Cauchy", CAUCHY, 0.3), ("Holtsmark", holtsmark, 0.3))
    for column, (name, base, largest) in zip(axes.T, laws, strict=True):
        for factor, color in zip((1, 0.75, 0.5), COLORS, strict=True):
            base = base.but(eps=factor * largest)
            look: Any = {"label": f"eps = {factor * largest:g}", "color": color}
            exact = values_over(gaps_of_rules, base, R=RATIOS).T
            seen = seen_gaps(ctx, params_over(base, R=RATIOS), trials)
            for ax, line, samples in zip(column, exact, seen, strict=True):
                ctx.theory(ax, RATIOS, line, **look)
                ctx.points(ax, RATIOS, samples=samples, theory=line, **look)
        for ax in column:
            ax.axhline(0, color="0.6", linewidth=0.6, zorder=0)
            ax.set(xlabel="imbalance ratio R", xscale="log", xticks=RATIOS)
            ax.set_xticks(RATIOS, labels=[str(R) for R in RATIOS])
            ax.minorticks_off()
        column[0].set_title(name, fontsize=8)
        ctx.legend(column[1], loc=None)
    axes[0, 0].set_ylabel("disparity gap")
    axes[1, 0].set_ylabel("standard-accuracy gap")
    return fig


M_STANDARD, M_ROBUST = 1.5, 1.0
# d = 5, |mu| = 1.5, an l_2 attack of radius 1/2: margins 1.5 and 1, natural margin 1.5
ISOTROPIC = gr.Params(
    d=5, mu_low=M_STANDARD / 5**0.5, mu_high=M_STANDARD / 5**0.5, p="l2", eps=0.5, points=100
)


@jax.jit
def stable_gap(R: np.ndarray, alpha: float) -> jax.Array:
    """Disparity gap for elliptical noise at the two margins, R an array."""
    m = jnp.array([[M_ROBUST], [M_STANDARD]])
    h = gr.stationary_offset(m, R, alpha)
    majority, minority = stable_cdf(jnp.stack([M_STANDARD + h, M_STANDARD - h]), alpha)
    disparity = jnp.where(gr.trivial_threshold(m, alpha).R < R, 1.0, majority - minority)
    return disparity[0] - disparity[1]


@figure(
    title="Figure 2: the disparity gap at every imbalance",
    source="Derived (claims large_r_rate and stable_trivial_threshold)",
    caption="Isotropic noise, l_2 attack: margins 3/2 (standard) and 1 (robust). Gaussian: one"
    " smooth hump, positive at every R > 1. Stable noise: the robust rule becomes constant at"
    " R_c(1), where the gap jumps up, the standard one at R_c(3/2), where it drops to exactly 0.",
    seconds={"quick": 8, "default": 10, "paper": 40},
)
def figure_2(ctx: Context):
    """Gaussian hump against the first-order transitions of heavy tails."""
    trials = ctx.pick(quick=64, default=256, paper=10_000)
    fig, ax = ctx.panels()
    R = np.logspace(0, 6, ctx.pick(quick=49, default=181, paper=721))
    for (name, alpha), color in zip(
        (("Gaussian", None), ("Holtsmark", 1.5), ("Cauchy", 1.0)), COLORS, strict=True
    ):
        if alpha is None:
            exact, grid = functools.partial(gr.disparity_gap, M_STANDARD, M_STANDARD, M_ROBUST), R
            chosen, base = np.array([2.0, 1e1, 1e2, 1e3, 1e4, 1e5]), ISOTROPIC
        else:
            exact = functools.partial(stable_gap, alpha=alpha)
            low, high = np.asarray(gr.trivial_threshold([M_ROBUST, M_STANDARD], alpha).R)
            # both sides of each jump are on the grid, so that it is drawn upright
            grid = np.sort(np.append(R, np.outer([low, high], [1 - 1e-9, 1 + 1e-9])))
            chosen = np.array([1.5, 0.8 * low, np.sqrt(low * high), 1.3 * high, 300.0])
            base = ISOTROPIC.but(noise="elliptical", alpha=alpha)
        # one program for the line and the points
        line, predicted = np.split(np.asarray(exact(np.append(grid, chosen))), [len(grid)])
        ctx.theory(ax, grid, line, label=name, color=color)
        samples, _ = seen_gaps(ctx, params_over(base, R=chosen), trials)
        ctx.points(ax, chosen, samples=samples, theory=predicted, label=name, color=color)
    ax.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    ax.set(xlabel="imbalance ratio R", ylabel="disparity gap", xscale="log")
    return fig


@figure(
    title="Figure 3: inherent and imbalance parts of the disparity gap",
    source="Derived (claim effect_decomposition)",
    caption="R = 5, d = 100, Sigma = I, l_inf. Left: mu_j spread from .05 to .40. Right: all mu_j"
    " equal with the same |mu|_2, where the inherent part is exactly 0. Areas: theory, stacked;"
    " points: simulated gap of the two optimal rules on common test points.",
    seconds={"quick": 4, "default": 7, "paper": 50},
)
def figure_3(ctx: Context):
    """Stacked parts against eps."""
    trials = ctx.pick(quick=40, default=300, paper=4000)
    level = float(gr.gaussian_margins(GAUSSIAN).s) / 10  # |mu|_2 = 10 level at d = 100
    bases = (
        ("mu spread out", GAUSSIAN),
        ("mu constant: inherent part 0", GAUSSIAN.but(mu_low=level, mu_high=level)),
    )
    fig, axes = ctx.panels(1, 2, sharey=True)
    for ax, (name, base) in zip(axes, bases, strict=True):
        eps = np.linspace(0.0, 0.75 * base.mu_high, 41)
        s, k, s_r = values_over(lambda p: jnp.stack(gr.gaussian_margins(p)), base, eps=eps).T
        inherent = np.asarray(gr.inherent_part(s, k, base.R))
        imbalance = np.asarray(gr.imbalance_part(s, k, s_r, base.R))
        whole = inherent + imbalance
        ax.fill_between(eps, 0, inherent, color=COLORS[1], alpha=0.5, linewidth=0)
        ax.fill_between(eps, inherent, whole, color=COLORS[2], alpha=0.35, linewidth=0)
        top = 36
        marks = [("imbalance part", inherent[top] + imbalance[top] / 2, 0.55, COLORS[2])]
        if inherent[top] > 1e-9:
            marks.append(("inherent part", inherent[top] / 2, 0.3, COLORS[1]))
        for text, y, height, color in marks:
            ax.annotate(
                text, (eps[top], y), xytext=(0.3, height), textcoords="axes fraction",
                color=color, fontsize=7, arrowprops={"arrowstyle": "-", "color": color},
            )  # fmt: skip
        ctx.record(f"parts, {name}", eps=eps, inherent=inherent, imbalance=imbalance)
        look: Any = {"label": "disparity gap", "color": COLORS[0]}
        ctx.theory(ax, eps, whole, **look)
        samples, _ = seen_gaps(ctx, params_over(base, eps=eps[5::7]), trials)
        ctx.points(ax, eps[5::7], samples=samples, theory=whole[5::7], **look)
        ax.set(xlabel="attack radius eps", title=name)
        ax.title.set_fontsize(8)
    axes[0].set_ylabel("disparity gap at R = 5")
    ctx.legend(axes[1], loc=None)
    return fig


@jax.jit
def last_rule(m: float, alpha: float) -> tuple[jax.Array, jax.Array]:
    """R_c(m), and F(m - h_c), the minority accuracy that is lost there."""
    R, h = gr.trivial_threshold(m, alpha)
    return R, stable_cdf(m - h, alpha)


def last_rules(m: np.ndarray, alpha: float) -> np.ndarray:
    """The same at each margin, two rows; one by one, since the arrays of one fill a cache."""
    return np.array([last_rule(v, alpha) for v in m]).T


@figure(
    title="Figure 4: phase diagram of heavy-tailed noise",
    source="Derived (claims stable_trivial_threshold and cauchy_disparity_sign_flip); not in the"
    " paper",
    caption="Left: above R_c(m) the best rule of margin m is constant (Gaussian: never). Dashed,"
    " alpha = 1 and 1.5: dh/dm = 0, for Cauchy m = cosh(log(R)/2), meeting R_c at R_x = 4.6006;"
    " right of it robustness reduces the disparity. Right: minority accuracy of the best rule"
    " just below R_c; above it is 0, so the transition is of first order.",
    seconds={"quick": 8, "default": 13, "paper": 40},
)
def figure_4(ctx: Context):
    """R_c(m) for several alpha, the sign-flip curve, and the size of the jump."""
    trials = ctx.pick(quick=64, default=256, paper=10_000)
    fig, axes = ctx.panels(1, 2)
    m = np.geomspace(0.1, 10, ctx.pick(quick=13, default=33, paper=97))
    chosen = np.array([0.2, 0.5, 1.0, 2.0, 5.0])
    turns = {
        alpha: np.linspace(0.02, highest, ctx.pick(quick=16, default=40, paper=80))
        for alpha, highest in ((1.0, 1.9), (1.5, 5.0))
    }
    alphas = (1.0, 1.25, 1.5, 1.75, 1.9, 1.99)
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(alphas)))
    for alpha, color in zip(alphas, shades, strict=True):
        look: Any = {"label": f"alpha = {alpha:g}", "color": color}
        limits, jumps = last_rules(m, alpha)
        ctx.theory(axes[0], m, limits, **look)
        if alpha in turns:
            turning = np.array([gr.turning_margin(h, alpha) for h in turns[alpha]]).T
            inside = turning[1] < last_rules(turning[0], alpha)[0]
            ctx.theory(axes[0], *turning[:, inside], color=color, linestyle="--")
        if alpha in (1.0, 1.5, 1.9):
            ctx.theory(axes[1], m, jumps, **look)
            limits, jumps = last_rules(chosen, alpha)
            # no attack, margin m in two dimensions, R a millionth below R_c(m)
            plane = CAUCHY.but(d=2, p="l2", eps=0, alpha=alpha)
            places = zip(chosen / 2**0.5, limits * (1 - 1e-6), strict=True)
            cases = [plane.but(mu_low=each, mu_high=each, R=R) for each, R in places]
            samples = [ctx.simulate(SETTING, p, trials=trials)["standard"][:, 1] for p in cases]
            ctx.points(axes[1], chosen, samples=np.stack(samples, axis=1), theory=jumps, **look)
    axes[0].plot(
        gr.cauchy_turning_margin(gr.R_CROSSING), gr.R_CROSSING, "o", color=shades[0], markersize=3
    )
    axes[0].set(xlabel="margin m", ylabel="imbalance ratio R", xscale="log", yscale="log")
    axes[0].set_ylim(1, 1e4)
    axes[0].text(5.2, 1.5, "robustness reduces\nthe disparity", fontsize=6, ha="center")
    axes[1].set(xlabel="margin m", ylabel="minority accuracy at R_c", xscale="log", ylim=(0, 1))
    return fig
