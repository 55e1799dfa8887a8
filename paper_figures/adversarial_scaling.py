"""Errors that fall on one curve, prefactors that do not, and exponents away from 1."""

import numpy as np

from paper_figures import Context, figure
from theory.adversarial_scaling import (
    Params,
    bistable_from,
    gap_law,
    least_likely_error,
    local_exponent,
    pareto_error,
)
from theory.adversarial_scaling.linear import LINEAR
from theory.adversarial_scaling.penalty import drift


def shares(run, name, p, x):
    """Which trials' distance along an attack is at most each x/sqrt(n)."""
    return run[name][:, None] * p.n**0.5 <= x


@figure(
    title="One power for every attack; the prefactor is the attack's",
    source="the paper's error against eps; derived (claims data_collapse, attack_prefactor)",
    seconds={"quick": 6, "default": 8, "paper": 60},
    caption="Left: share of predictions that the best l_inf attack changes, random linear models"
    " of 100 and 400 dimensions, against eps sqrt n; lines F_C. Right: C = 10, the same for three"
    " one-step attacks: along the runner-up (FGSM of a confident net), FGSM of a near-uniform one,"
    " and the step to the least likely class, whose prefactor is one half.",
)
def power_laws(ctx: Context):
    """Error against attack size, by classes and by attack."""
    fig, (left, right) = ctx.panels(1, 2)
    grid, x = np.geomspace(3e-3, 4, 60), np.geomspace(0.02, 2, 7)
    trials = ctx.pick(quick=512, default=2048, paper=40_000)
    for c, n in ((2, 100), (10, 400), (100, 100)):
        p = Params(classes=c, n=n)
        run = ctx.simulate("adversarial_scaling", p, trials=trials)
        ctx.theory(left, grid, gap_law(2 * grid / np.pi**0.5, c), label=f"C = {c}")
        ctx.points(left, x, samples=shares(run, "linf", p, x), label=f"C = {c}")
    factor = (10 / 18) ** 0.5
    attacks = {
        "runner_up": lambda d: gap_law(d, 10),
        "uniform": lambda d: gap_law(factor * d, 10),
        "least_likely": lambda d: least_likely_error(d, 10),
    }
    run = ctx.simulate("adversarial_scaling", LINEAR, trials=trials)
    for name, law in attacks.items():
        label = name.replace("_", " ")
        ctx.theory(right, grid, law(2 * grid / np.pi**0.5), label=label)
        ctx.points(right, x, samples=shares(run, name, LINEAR, x), label=label)
    for ax in (left, right):
        ax.set(xlabel="eps sqrt n", ylabel="share of predictions changed", ylim=(2e-3, 1.3))
        ax.set(xscale="log", yscale="log")
    return fig


@figure(
    title="Exponents away from 1 without any new mechanism",
    source="derived (claims exponent_at_most_one, heavy_tail_takes_over); not in the paper",
    seconds={"quick": 3, "default": 3, "paper": 3},
    caption="Local exponent d ln err/d ln eps against the error itself: Gaussian logits of C"
    " classes (lines), and gaps uniform on (0, 1) with sensitivities of Pareto tail alpha"
    " (dashed). A fit over errors near a half, or sensitivities with heavy tails, shows an exponent"
    " below 1.",
)
def local_exponents(ctx: Context):
    """The exponent that a fit would find against the error where it is made."""
    fig, ax = ctx.panels()
    t = np.geomspace(1e-4, 6, 80)
    for c in (2, 10, 1000):
        ctx.theory(ax, gap_law(t, c), local_exponent(t, c), label=f"C = {c}")
    eps = np.geomspace(1e-8, 0.99, 80)
    for alpha in (0.6, 1.5):
        errors = np.asarray(pareto_error(eps, alpha))
        slopes = np.gradient(np.log(errors), np.log(eps))
        ctx.theory(ax, errors, slopes, label=f"alpha = {alpha}", linestyle="--")
    ax.set(xlabel="error", ylabel="local exponent", xscale="log", xlim=(1e-4, 1), ylim=(0, 1.1))
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
