"""Certificates of the mixture, and accuracy against robustness as the weight moves."""

import jax
import numpy as np

from paper_figures import Context, figure
from theory import normal_cdf, normal_pdf
from theory.adaptive_smoothing import (
    Params, certified_by_slope, certified_by_smoothing, certified_tightly, clean_accuracy,
    lipschitz_radius, robust_accuracy, smoothing_radius, tight_radius,
)  # fmt: skip
from theory.adaptive_smoothing.accuracy import model, printed_slope, width
from theory.adaptive_smoothing.certificates import PRINTED

WEIGHTS = (0.55, 0.7, 0.85, 1.0)


def two_classes(radius, *more):
    """A radius of (alpha, h_y) at sigma = 1, all of 1 - h_y in the runner-up."""
    return jax.jit(jax.vmap(lambda alpha, top: radius(alpha, top, 1 - top, *more), (None, 0)))


@figure(
    title="Certified radii: what the mixture's weight costs, and what the proof loses",
    source="derived (claims rs_radius, tight_rs_radius, certificate_ordering, certificate_caps)",
    caption="Two classes, sigma = 1. Left: the tight radius r* (lines), the paper's smoothed radius"
    " (dashed, capped at PhiInv(alpha)) and its Lipschitz radius (dotted) against h_y. At alpha = 1"
    " line and dashes agree. Right: the paper's radius over r*: 1 at alpha = 1, small where h is"
    " sure.",
    seconds={"quick": 2, "default": 3, "paper": 4},
)
def radii_against_confidence(ctx: Context):
    """r*, r_RS and r_Lip against h_y, and the ratio."""
    fig, (left, right) = ctx.panels(1, 2)
    distance = np.linspace(0.02, 3.7, 120)
    top = np.asarray(normal_cdf(distance))
    tight, smoothed = two_classes(tight_radius, 1.0), two_classes(smoothing_radius, 1.0)
    sloped = two_classes(lipschitz_radius, float(PRINTED.resolve("jax")))
    for alpha in WEIGHTS:
        color = ctx.next_colour(left)
        best, paper = np.asarray(tight(alpha, top)), np.asarray(smoothed(alpha, top))
        ctx.theory(left, distance, best, label=f"alpha = {alpha:g}", color=color)
        if alpha < 1:
            ctx.theory(left, distance, paper, color=color, linestyle="--")
        ctx.theory(left, distance, sloped(alpha, top), color=color, linestyle=":")
        sound = best > 1e-3
        ctx.theory(right, distance[sound], (paper / np.where(sound, best, 1))[sound],
                   label=f"alpha = {alpha:g}", color=color)  # fmt: skip
    left.set(xlabel="PhiInv(h_y), the distance to h's boundary", ylabel="certified l_2 radius")
    right.set(xlabel="PhiInv(h_y)", ylabel="r_RS / r*", ylim=(0, 1.05))
    ctx.legend(left)
    ctx.legend(right)
    return fig


@figure(
    title="Certified accuracy of the mixture, by three radii",
    source="the paper's certified curves, in the Gaussian model (claim certified_accuracy_curves)",
    caption="Smoothed half-space, m_h = 1, s_h = 1, sigma = 1. The mixture with alpha = .76: the"
    " paper's radius r_RS, which ends at its cap .706, its Lipschitz radius and the tight radius;"
    " they agree at rho = 0. Points: shares of simulated points whose radius reaches rho. h alone"
    " (alpha = 1) is certified further: what g adds to clean accuracy is not certified.",
    seconds={"quick": 3, "default": 5, "paper": 60},
)
def certified_curves(ctx: Context):
    """Certified accuracy against the radius."""
    fig, ax = ctx.panels()
    p = Params(alpha=0.76)
    rho, few = np.linspace(0, 1.2, 121), np.array([0.0, 0.3, 0.6, 0.9])
    z = ctx.simulate("adaptive_smoothing", p, trials=ctx.pick(
        quick=4096, default=16_384, paper=262_144))["z_h"]  # fmt: skip
    mixed, alone = (1.0, 1.0, 0.76, 1.0), (1.0, 1.0, 1.0, 1.0)
    top = np.asarray(normal_cdf(np.abs(z)))
    at = (0.76, top, 1 - top, 1.0)
    curves = (
        ("mixture, tight r*", mixed, certified_tightly, tight_radius(*at)),
        ("mixture, the paper's r_RS", mixed, certified_by_smoothing, smoothing_radius(*at)),
        ("mixture, the paper's r_Lip", mixed,
         lambda *a: certified_by_slope(*a, float(printed_slope(p))),
         lipschitz_radius(*at[:3], float(PRINTED.resolve("jax")))),
        ("h alone", alone, certified_by_smoothing, np.abs(z)),
    )  # fmt: skip
    for label, numbers, curve, radius in curves:
        line = np.asarray(curve(*numbers, np.append(rho, few)))
        ctx.theory(ax, rho, line[: len(rho)], label=label)
        reaches = ((z > 0) & (radius > 0))[:, None] & (np.asarray(radius)[:, None] >= few)
        ctx.points(ax, few, samples=reaches, theory=line[len(rho) :], label=label)
    ax.set(xlabel="radius rho", ylabel="certified accuracy", ylim=(0, 1))
    ctx.legend(ax)
    return fig


@figure(
    title="Accuracy against robustness, and the free gain",
    source="the paper's trade-off curve, in the Gaussian model (claims gaussian_clean_accuracy,"
    " gaussian_robust_accuracy, robust_gain_first_order)",
    caption="m_h = s_h = 1, m_g = .3, s_g = .12, beta = 2. Left: clean against attacked accuracy as"
    " alpha runs from .501 (g, right) to 1 (h, left), theory and attacked points. Right: attacked"
    " accuracy near t = 0 (alpha = 1) minus that of h alone, with the first-order line"
    " f_h(eps)(2 A_g - 1) t: some of g makes the mixture more robust than h.",
    seconds={"quick": 3, "default": 6, "paper": 60},
)
def accuracy_against_robustness(ctx: Context):
    """The trade-off curves and their start."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=2048, default=8192, paper=131_072)
    t = np.concatenate([np.linspace(0, 1, 60), np.linspace(1.05, 3.1, 30)])
    near = np.linspace(0, 0.2, 60)
    for eps in (0.1, 0.2, 0.4, 0.6):
        p, color, label = Params(eps=eps), ctx.next_colour(left), f"eps = {eps:g}"
        clean = np.asarray(clean_accuracy(*model(p), t))
        robust = np.asarray(robust_accuracy(*model(p), t, eps))
        ctx.theory(left, clean, robust, label=label, color=color)
        cases = [p.but(alpha=alpha) for alpha in (0.55, 0.7, 0.9)]
        runs = [ctx.simulate("adaptive_smoothing", case, trials=trials) for case in cases]
        bands = np.array([float(width(case)) for case in cases])
        ctx.points(
            left,
            np.asarray(clean_accuracy(*model(p), bands)),
            samples=np.stack([run["robust"] for run in runs], axis=1),
            theory=np.asarray(robust_accuracy(*model(p), bands, eps)),
            label=label,
            color=color,
        )
        gain = robust_accuracy(*model(p), near, eps) - robust_accuracy(*model(p), 0.0, eps)
        ctx.theory(right, near, np.asarray(gain), label=label, color=color)
        slope = float(normal_pdf(eps - p.m_h) * (2 * normal_cdf(p.m_g / p.s_g) - 1))
        ctx.theory(right, near, slope * near, color=color, linestyle=":")
    left.set(xlabel="clean accuracy", ylabel="accuracy under attack")
    right.set(xlabel="band t, from h alone at 0", ylabel="gain in attacked accuracy",
              ylim=(-0.02, 0.075))  # fmt: skip
    ctx.legend(left)
    ctx.legend(right)
    return fig
