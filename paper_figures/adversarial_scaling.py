"""Errors that fall on one curve, prefactors that do not, and exponents away from 1."""

import jax
import numpy as np

from paper_figures import Context, figure
from theory.adversarial_scaling import (
    Params, bistable_from, curved_pareto_error, gap_density, gap_law, gap_slope, least_likely_error,
    local_exponent, pareto_error,
)  # fmt: skip
from theory.adversarial_scaling.finite import THREE, noise_of_three
from theory.adversarial_scaling.gaps import share_of_ties
from theory.adversarial_scaling.linear import LINEAR
from theory.adversarial_scaling.penalty import drift


def shares(run, name, p, x):
    """Which trials' distance along an attack is at most each x/sqrt(n)."""
    return run[name][:, None] * p.n**0.5 <= x


@figure(
    title="One curve a number of classes, whatever the dimension",
    source="the paper's error against eps; derived (claim data_collapse)",
    seconds={"quick": 4, "default": 6, "paper": 60},
    caption="Share of predictions that the best l_inf attack changes, random linear models of 100"
    " and 400 dimensions, against eps sqrt n; lines F_C(2 eps sqrt(n/pi)).",
)
def power_laws(ctx: Context):
    """Error against attack size, by classes."""
    fig, ax = ctx.panels(width=5.0)
    grid, x = np.geomspace(3e-3, 4, 60), np.geomspace(0.02, 2, 7)
    trials = ctx.pick(quick=512, default=2048, paper=40_000)
    for c, n in ((2, 100), (10, 400), (100, 100)):
        p = Params(classes=c, n=n)
        run = ctx.simulate("adversarial_scaling", p, trials=trials)
        ctx.theory(ax, grid, gap_law(2 * grid / np.pi**0.5, c), label=f"C = {c}")
        ctx.points(ax, x, samples=shares(run, "linf", p, x), label=f"C = {c}")
    ax.set(xlabel="eps sqrt n", ylabel="share of predictions changed", ylim=(2e-3, 1.3))
    ax.set(xscale="log", yscale="log")
    return fig


@figure(
    title="One power for every attack and for noise; the prefactor is what differs",
    source="derived (claims attack_prefactor, random_noise_is_linear_too, random_noise_of_three)",
    seconds={"quick": 6, "default": 8, "paper": 60},
    caption="Random linear models of 100 dimensions, three classes (left) and ten (right): share of"
    " predictions changed by l_inf steps along the runner-up (FGSM of a confident net), by FGSM of"
    " a near-uniform one, by the step to the least likely class, and by Gaussian noise of standard"
    " deviation eps a coordinate (dotted: its first order alone). In brackets the"
    " prefactors at small eps, in units of m_C 2 sqrt(n/pi): noise is 2 sqrt n times"
    " weaker than the runner-up's step.",
)
def attacks_and_noise(ctx: Context):
    """Error against attack size for three attacks and noise."""
    fig, panels = ctx.panels(1, 2, sharey=True)
    trials = ctx.pick(quick=1024, default=8192, paper=40_000)
    for ax, p in zip(panels, (THREE, LINEAR), strict=True):
        c = p.classes
        factor = (c / (2 * (c - 1))) ** 0.5
        unit = 2 * (p.n / np.pi) ** 0.5
        attacks = {
            "runner_up": ("runner-up (1)", lambda e, c=c: gap_law(e, c)),
            "uniform": (f"uniform ({factor:.3f})", lambda e, c=c, f=factor: gap_law(f * e, c)),
            "least_likely": ("least likely (1/2)", lambda e, c=c: least_likely_error(e, c)),
        }
        grid, x = np.geomspace(1e-3, 0.25, 50), np.geomspace(0.01, 0.2, 5)
        run = ctx.simulate("adversarial_scaling", p, trials=trials)
        for name, (label, law) in attacks.items():
            ctx.theory(ax, grid, law(unit * grid), label=label)
            ctx.points(ax, x, samples=run[name][:, None] <= x, label=label)
        grid, x = np.geomspace(4e-3, 5, 50), np.geomspace(0.05, 3, 5)
        label = f"noise (1/{2 * p.n**0.5:.0f})"
        if c == 3:
            ctx.theory(ax, grid, noise_of_three(grid), label=label)
        else:
            first = gap_slope(c) * grid / np.pi**0.5
            ctx.theory(ax, grid[first < 1], first[first < 1], label=label, linestyle=":")
        ctx.points(ax, x, samples=run["noise"][:, None] <= x, label=label)
        ax.set(xlabel="eps", xscale="log", yscale="log", ylim=(2e-3, 1.3), title=f"C = {c}")
        ctx.legend(ax, loc="lower right")
    panels[0].set(ylabel="share of predictions changed")
    return fig


@figure(
    title="Gaps at zero: only the top one has a density there",
    source="the paper's densities of logit differences; derived (claims"
    " gap_density_is_expected_max, gap_to_third_cdf, rank_exponent)",
    seconds={"quick": 4, "default": 5, "paper": 20},
    caption="Densities of the gaps from the largest of ten standard normal logits to the second,"
    " third and last; dots: histograms. The cross is m_10 = 1.54, the expected maximum; the gap to"
    " the k-th vanishes at zero as its power k - 2, so that a class leaves the top k by eps^k.",
)
def gap_densities(ctx: Context):
    """Densities of Delta_12, Delta_13 and Delta_1C."""
    fig, ax = ctx.panels(width=5.0)
    t, edges = np.linspace(0, 6, 121), np.linspace(0, 2.8, 8)
    run = ctx.simulate("adversarial_scaling", LINEAR, mode="gaps",
                       trials=ctx.pick(quick=512, default=4096, paper=100_000))  # fmt: skip
    density_at = jax.jit(gap_density)
    seen = {2: ("Delta_12", "gap"), 3: ("Delta_13", "third"), 10: ("Delta_1C", None)}
    for rank, (label, name) in seen.items():
        density = np.asarray(density_at(t, 10.0, float(rank)))
        ctx.theory(ax, t, density, label=label)
        if name:
            inside = (run[name][:, None] >= edges[:-1]) & (run[name][:, None] < edges[1:])
            width = edges[1] - edges[0]
            exact = [np.trapezoid(density[8 * i : 8 * i + 9], t[8 * i : 8 * i + 9]) / width
                     for i in range(7)]  # fmt: skip
            ctx.points(ax, (edges[1:] + edges[:-1]) / 2, samples=inside / width, label=label,
                       theory=exact)  # fmt: skip
    ax.plot([0], [float(gap_slope(10))], "x", color="0.2", clip_on=False)
    ax.set(xlabel="gap, in standard deviations of a logit", ylabel="density", xlim=(0, 6))
    return fig


@figure(
    title="Fooling rate and entropy fall together as logits grow",
    source="the paper's entropy against robustness; derived (claims entropy_error_law,"
    " scale_invariance)",
    seconds={"quick": 4, "default": 5, "paper": 20},
    caption="Mean entropy of the softmax of Gaussian logits against the share of predictions"
    " changed per unit shift of a gap, p(0) = m_C/s, as their scale s runs from 1 to 100 (right to"
    " left). Line: (pi^2/6) p(0); curve: exact for C = 2. An attack's rate grows with s as well, so"
    " along this line no error at fixed eps changes.",
)
def entropy_and_error(ctx: Context):
    """Mean entropy against the density of gaps at zero."""
    fig, ax = ctx.panels(width=5.0)
    rates = np.geomspace(4e-3, 2, 60)
    ctx.theory(ax, rates, np.pi**2 / 6 * rates, label="(pi^2/6) p(0)", color="0.4", linestyle="--")
    scales = np.geomspace(1, 100, 5)
    fine = np.geomspace(1, 100, 41)
    exact = jax.vmap(share_of_ties)(fine)
    rate = float(gap_slope(2)) / fine
    ctx.theory(ax, rate, np.pi**2 / 6 * rate * exact, label="C = 2")
    trials = ctx.pick(quick=128, default=512, paper=8192)
    for c in (2, 10):
        runs = [ctx.simulate("adversarial_scaling", Params(classes=c, s=s), mode="gaps",
                             trials=trials)["entropy"] for s in scales]  # fmt: skip
        ctx.points(ax, float(gap_slope(c)) / scales, samples=np.stack(runs, axis=1),
                   label=f"C = {c}")  # fmt: skip
    ax.set(xlabel="fooling rate per unit logit shift, p(0)", ylabel="mean entropy, nats")
    ax.set(xscale="log", yscale="log")
    return fig


@figure(
    title="Exponents away from 1 without any new mechanism",
    source="derived (claims exponent_at_most_one, heavy_tail_takes_over, curvature_correction,"
    " curvature_takes_over); not in the paper",
    seconds={"quick": 3, "default": 3, "paper": 3},
    caption="Local exponent d ln err/d ln eps. Left, against the error: Gaussian logits of C"
    " classes (lines), and uniform gaps with sensitivities of Pareto tail alpha (dashed). A fit"
    " over errors near a half, or heavy tails, shows an exponent below 1. Right, against eps:"
    " uniform gaps closed as g eps + k eps^2. Of curvatures with a mean (alpha = 3) it rises from 1"
    " towards 2, where the gradient vanishes it is 2; of heavy-tailed ones (alpha = .3) it is .6.",
)
def local_exponents(ctx: Context):
    """The exponent that a fit would find against the error where it is made."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    t = np.geomspace(1e-4, 6, 80)
    curve = jax.jit(lambda t, c: (gap_law(t, c), local_exponent(t, c)))
    for c in (2, 10, 1000):
        ctx.theory(left, *curve(t, float(c)), label=f"C = {c}")
    eps = np.geomspace(1e-8, 0.99, 80)
    for alpha in (0.6, 1.5):
        errors = np.asarray(pareto_error(eps, alpha))
        slopes = np.gradient(np.log(errors), np.log(eps))
        ctx.theory(left, errors, slopes, label=f"alpha = {alpha}", linestyle="--")
    left.set(xlabel="error", ylabel="local exponent", xscale="log", xlim=(1e-4, 1), ylim=(0, 1.1))
    eps = np.geomspace(1e-6, 0.6, 80)
    for rate, alpha in ((0.01, 3.0), (0.0, 3.0), (0.01, 0.3)):
        errors = np.asarray(curved_pareto_error(eps, rate, alpha))
        slopes = np.gradient(np.log(errors), np.log(eps))
        ctx.theory(right, eps, slopes, label=f"g = {rate:g}, alpha = {alpha:g}")
    right.set(xlabel="eps", ylabel="local exponent", xscale="log", ylim=(0, 2.2))
    return fig


@figure(
    title="A penalty on entropy raises right margins and traps wrong ones",
    source="derived (claims entropy_penalty_gradient, bistability_threshold); not in the paper",
    seconds={"quick": 3, "default": 3, "paper": 3},
    caption="Speed dD/dt of a margin D under cross-entropy plus lambda times entropy: above"
    " lambda_c = 3.59 it is negative between two equilibria, and margins below the upper one sink"
    " to the lower one, on the wrong side.",
)
def margins_under_the_penalty(ctx: Context):
    """Speed of a margin against the margin."""
    fig, ax = ctx.panels()
    d = np.linspace(-6, 4, 201)
    for penalty in (0.0, 1.0, float(bistable_from()), 8.0):
        ctx.theory(ax, d, drift(d, penalty), label=f"lambda = {penalty:.3g}")
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.set(xlabel="margin D", ylabel="speed dD/dt")
    return fig
