"""I against sampling in a linear and a kernel space, its phase transition, the published error."""

import jax
import numpy as np

from paper_figures import Context, figure
from theory.inductive_bias import (
    Params, estimates, gaussian_bias, price, published_bias, rate, sphere_task,
)  # fmt: skip
from theory.inductive_bias.depth import CUBIC, task
from theory.inductive_bias.fallback import LOST
from theory.inductive_bias.kernel import here
from theory.inductive_bias.linear import at_numbers

EPS = np.geomspace(1e-4, 10, 60)


def in_nats(ctx, ax, eps, errors, exact, **style):
    """-log of the share of errors up to each eps, where 20 are expected on either side.

    Its standard error is that of the share in nats, sqrt((e^I - 1)/S).
    """
    seen = np.minimum(np.exp(-exact), -np.expm1(-exact)) * len(errors) >= 20
    nats = estimates(errors, eps[seen])[1]
    sd = np.sqrt(np.expm1(exact[seen]) / len(errors))
    ctx.points(ax, eps[seen], mean=nats, standard_error=sd, theory=exact[seen], **style)


@figure(
    title="Exact inductive bias against what sampling sees of it",
    source="the paper's bias against target error, in spaces where it is exact (claims"
    " linear_exact, kernel_exact, counting_is_impossible)",
    caption="Lines: exact I(eps), in nats. Points: -log of the share of sampled hypotheses with"
    " e <= eps, where 20 or more are expected; the dashed level is log S: above it nothing is"
    " counted. Dotted, right: the scaled chi-square fitted to the same S errors, which parts"
    " from I. Left: linear space, d - n = d/2 free dimensions, tau^2 = 1/d, |theta*| = 1. Right:"
    " RBF kernel of three length scales, six training and six test points of the plane.",
    seconds={"quick": 6, "default": 10, "paper": 60},
)
def exact_against_sampling(ctx: Context):
    """I(eps) exactly and by counting."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=4096, default=16_384, paper=262_144)
    few = np.geomspace(0.05, 4, 14)
    for d in (12, 48, 192):
        p = Params(d=d, n=d // 2, tau=d**-0.5, norm=1.0, missed=0.5)
        numbers = (1.0 * d, d / 2, d**-0.5, 0.5)
        label = f"d = {d}"
        color = ctx.next_colour(left)
        ctx.theory(left, EPS, at_numbers(EPS, *numbers), label=label, color=color)
        if d < 100:
            errors = ctx.simulate("inductive_bias", p, trials=trials)["error"]
            in_nats(ctx, left, few, errors, np.asarray(at_numbers(few, *numbers)),
                    label=label, color=color)  # fmt: skip
    law = jax.jit(gaussian_bias)
    few = np.geomspace(3e-3, 1, 14)
    for length in (0.5, 1.0, 1.5):
        p, label, color = Params(length=length), f"length {length:g}", ctx.next_colour(right)
        task = here(p)
        ctx.theory(right, EPS[:50], law(EPS[:50], *task), label=label, color=color)
        errors = ctx.simulate("inductive_bias", p, mode="kernel", trials=trials)["error"]
        in_nats(ctx, right, few, errors, np.asarray(law(few, *task)), label=label, color=color)
        fitted = estimates(errors, EPS[:50])[0]
        ctx.theory(right, EPS[:50], fitted, color=color, linestyle=":")
    for ax, top in ((left, 400), (right, 40)):
        ctx.theory(ax, EPS[[0, -1]], np.full(2, np.log(trials)), label="log S", color="0.5",
                   linestyle="--")  # fmt: skip
        ax.set(xscale="log", yscale="log", xlabel="target error eps", ylabel="I(eps), nats",
               ylim=(0.02, top))  # fmt: skip
        ctx.legend(ax, loc="lower left")
    return fig


@figure(
    title="What training examples save, and where nothing is left to be paid",
    source="derived (claims dimension_scaling, phase_transition, price_of_an_example)",
    caption="tau^2 = 1/d, |theta*| = 1, n = phi d. Left: I/d for d = 1000 (points, exact) and its"
    " limit (1 - phi) R(eps/(1 - phi), 1), which is 0 from phi = 1 - eps/2 on. Right: what one more"
    " example saves: exact differences at d = 1000 and the limit (1 - w - log w)/2.",
    seconds={"quick": 3, "default": 3, "paper": 3},
)
def price_of_examples(ctx: Context):
    """I/d and its slope against n/d."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    phi = np.linspace(0, 0.99, 100)
    d, few = 1000, np.arange(0, 1000, 75)

    def exact(n):
        return np.asarray(at_numbers(eps, 1.0 * d, 1.0 * n, d**-0.5, (d - n) / d))

    for eps in (0.25, 0.5, 1.0):
        label, color = f"eps = {eps:g}", ctx.next_colour(left)
        a = eps / (1 - phi)
        ctx.theory(left, phi, (1 - phi) * rate(a, 1.0), label=label, color=color)
        ctx.theory(right, phi, price(a, 1.0), label=label, color=color)
        style = {"linestyle": "none", "marker": "o", "markersize": 3, "color": color}
        ctx.theory(left, few / d, exact(few) / d, **style)
        ctx.theory(right, few / d, exact(few) - exact(few + 1), **style)
    left.set(xlabel="examples a dimension, n/d", ylabel="I/d, nats")
    right.set(xlabel="examples a dimension, n/d", ylabel="saved by one example, nats")
    ctx.legend(left)
    ctx.legend(right, loc=None)
    return fig


@figure(
    title="A deep ReLU kernel's inductive bias against its depth",
    source="derived (claims depth_exact, price_of_depth, a_best_depth); not in the paper",
    caption="Teachers of norm 1 and of degree 1, 2 or 3 on the sphere S^2. Left: I at eps = .25,"
    " error on degrees 0..4, against the hidden layers, of NNGP (solid) and tangent kernel"
    " (dashed): in the end it grows like depth cubed and like depth. One layer cannot learn degree"
    " 3; 4 (8) layers are best for it. Right: I(eps) of the NNGP kernel, degree 1, error on degrees"
    " 0..2, exact and by counting processes on 128 points.",
    seconds={"quick": 8, "default": 12, "paper": 40},
)
def bias_of_depth(ctx: Context):
    """I against depth and against eps."""
    fig, (left, right) = ctx.panels(1, 2)
    layers = np.array([1, 2, 3, 4, 5, 6, 8, 11, 16, 23, 32, 45, 64])
    law = jax.jit(gaussian_bias)
    for degree in (1, 2, 3):
        color = ctx.next_colour(left)
        for kernel, style in (("nngp", "-"), ("ntk", "--")):
            seen = layers[degree == 3 :]  # one layer has nothing of degree 3
            tasks = [sphere_task(np.eye(5)[degree], 3, int(n), kernel) for n in seen]
            nats = [float(law(0.25, *one)) for one in tasks]
            label = f"degree {degree}, {kernel}"
            ctx.theory(left, seen, nats, label=label, color=color, linestyle=style)
    left.set(xscale="log", yscale="log", xlabel="hidden layers", ylabel="I at eps = .25, nats",
             ylim=(4, 2000))  # fmt: skip
    trials = ctx.pick(quick=4096, default=16_384, paper=65_536)
    eps, few = np.geomspace(0.1, 6, 50), np.geomspace(0.3, 4, 10)
    for depth in (1, 4, 12):
        p, label, color = CUBIC.but(depth=depth, degree=1), f"depth {depth}", ctx.next_colour(right)
        found = task(p, 2)
        ctx.theory(right, eps, law(eps, *found), label=label, color=color)
        errors = ctx.simulate("inductive_bias", p, mode="sphere", trials=trials)["error"]
        in_nats(ctx, right, few, errors, np.asarray(law(few, *found)), label=label, color=color)
    right.set(xscale="log", yscale="log", xlabel="target error eps", ylabel="I(eps), nats",
              ylim=(0.02, 60))  # fmt: skip
    return fig


@figure(
    title="The published pipeline where the probability is 0 in float64",
    source="derived from the authors' public code (claims published_fallback_is_wrong,"
    " published_pipeline_is_monotone)",
    caption="e ~ chi'^2_df(df/2), as if the fit were perfect. Solid: exact I. Dashed: what the"
    " pipeline returns; beyond 744 nats (dotted level) it takes the normal fallback, which is"
    " bounded: a smaller error then needs less. Right: the ratio of the two.",
    seconds={"quick": 3, "default": 3, "paper": 3},
)
def published_fallback_fails(ctx: Context):
    """The pipeline and I over eps."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    pipeline = jax.jit(published_bias)
    for df in (50, 100, 200, 400):
        label, color = f"df = {df}", ctx.next_colour(left)
        eps = np.geomspace(1e-12, 1.4 * df, 300)
        exact = np.asarray(at_numbers(eps, 1.0 * df, 0.0, 1.0, df / 2))
        said = np.asarray(pipeline(eps, 1.0 * df, df / 2, 1.0))
        ctx.theory(left, eps / df, exact, label=label, color=color)
        ctx.theory(left, eps / df, said, color=color, linestyle="--")
        ctx.theory(right, eps / df, said / exact, label=label, color=color)
    ctx.theory(left, [1e-14, 1.5], [LOST, LOST], label="744 nats", color="0.5", linestyle=":")
    for ax in (left, right):
        ax.set(xscale="log", xlabel="target error, eps/(s df)")
    left.set(yscale="log", ylabel="I, nats", ylim=(1, 1e4))
    right.set(ylabel="published/exact", ylim=(0, 1.1))
    ctx.legend(left, loc="lower left")
    ctx.legend(right, loc=None)
    return fig
