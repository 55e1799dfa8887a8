"""Collapse at a critical weight, its valley, crowded tails, and errors of rules on the features."""

import numpy as np

from paper_figures import Context, figure, values_at
from theory.subclass_contrastive import (
    Params, across, across_error, class_error, critical_weight, optimum, subclass_error,
    weakest_temperature,
)  # fmt: skip
from theory.subclass_contrastive.collapse import CRITICAL
from theory.subclass_contrastive.family import AUTHORS
from theory.subclass_contrastive.long_tail import tailed

NAME = "subclass_contrastive"
FEW = (0.1, 0.4, 1.0, 2.0, 3.0, 3.7, 4.3)


def ended(ctx: Context, weights):
    """The descents at the weights, one random start each."""
    return [ctx.simulate(NAME, Params(beta=beta), trials=1) for beta in weights]


def descents(ctx: Context, ax, x, ends, label, colour):
    """Ends of descents, which have no spread."""
    ends = np.array(ends, float)
    ctx.points(ax, x, mean=ends, low=ends, high=ends, label=label, color=colour)


@figure(
    title="Subclasses collapse at a finite weight of the class term",
    source="derived (claims descent_finds_the_root, collapse, linear_onset, critical,"
    " weakest_class_term)",
    caption="Left: C = m = 3, n = 2, tau1 = tau2 = .5. Similarity a across the subclasses of a"
    " class and b across classes against beta; lines theory, points descents of free features from"
    " random starts; dashed vertical line beta_c = 3.919. Right: beta_c against tau2 for C = m"
    " = 3 and for the authors' C = 100, m = 5, n = 20, tau1 = .1: a valley"
    " with its floor at weakest_temperature (dots); the authors' weight .175 lies far below.",
    seconds={"quick": 3, "default": 4, "paper": 5},
)
def collapse_and_valley(ctx: Context):
    """a and b against beta; beta_c against tau2."""
    fig, (left, right) = ctx.panels(1, 2)
    p = Params()
    beta = np.linspace(0, 4.6, 200)
    a = np.asarray(optimum(*p.losses, beta))
    runs = ended(ctx, FEW)
    for label, line, seen in (
        ("a, same class", a, "a"),
        ("b, across classes", np.asarray(across(a, 3, 3)), "across"),
    ):
        colour = ctx.next_colour(left)
        ctx.theory(left, beta, line, label=label, color=colour)
        descents(ctx, left, FEW, [run[seen][0] for run in runs], label, colour)
    left.axvline(CRITICAL, linestyle="--", color="grey")
    left.set(xlabel="weight beta of the class term", ylabel="similarity")
    ctx.legend(left)
    tau = np.geomspace(0.08, 4, 200)
    for label, case in (("C = m = 3, n = 2", p), ("C = 100, m = 5, n = 20", AUTHORS)):
        colour = ctx.next_colour(right)
        ctx.theory(right, tau, critical_weight(*case.sizes, case.tau1, tau), label=label,
                   color=colour)  # fmt: skip
        least = weakest_temperature(case.classes, case.parts)
        right.plot(least, critical_weight(*case.sizes, case.tau1, least), "o", color=colour)
    right.axhline(AUTHORS.beta, linestyle="--", color="grey")
    right.text(0.5, AUTHORS.beta * 1.2, "authors' weight .175")
    right.set(xscale="log", yscale="log", xlabel="temperature tau2 of the class term",
              ylabel="critical weight beta_c", ylim=(0.1, 1e5))  # fmt: skip
    ctx.legend(right)
    return fig


@figure(
    title="The class term and the tail: balance is not kept",
    source="derived (claims four_similarities, class_term_crowds_tail, own_view_term_moves_tails);"
    " missing from the paper",
    caption="Two head classes of three subclasses, three tail classes, two points a subclass, tau ="
    " .5: the similarity tt of two tail classes against beta. The plain class term, which tails"
    " do not have, draws tails past SupCon on class labels (dashed); the code's, in which tails"
    " repel, holds them near it. Balance is -1/8 (dotted). Lines: convex programme; points:"
    " descents.",
    seconds={"quick": 4, "default": 5, "paper": 6},
)
def crowded_tails(ctx: Context):
    """tt against beta."""
    fig, ax = ctx.panels()
    cases = [Params(beta=float(b)) for b in np.linspace(0, 3, 31)]
    beta, few = [p.beta for p in cases], (0.1, 0.4, 1.0, 2.0, 3.0)
    runs = ended(ctx, few)
    for label, own, seen in (
        ("plain class term", 0.0, "tail"),
        ("code's class term", 1.0, "own_tail"),
    ):
        colour = ctx.next_colour(ax)
        line = values_at(lambda p, own=own: tailed(p, own, heads=2, tails=3)[3], cases)
        ctx.theory(ax, beta, line, label=label, color=colour)
        descents(ctx, ax, few, [run[seen][0, 3] for run in runs], label, colour)
    ax.axhline(float(runs[0]["class_tail"][0, 3]), linestyle="--", color="grey",
               label="SupCon on class labels")  # fmt: skip
    ax.axhline(-1 / 8, linestyle=":", color="grey", label="balance, -1/8")
    ax.set(xlabel="weight beta of the class term", ylabel="similarity tt of two tail classes")
    ctx.legend(ax)
    return fig


@figure(
    title="What the class term does to rules on noisy features",
    source="derived (claims error_between_subclasses, error_across_classes,"
    " error_between_class_means)",
    caption="C = m = 3, n = 2, tau = .5, noise sigma = .4: errors between two subclasses of a"
    " class, two subclasses of different classes, and two class means, against beta up to"
    " beta_c. Lines"
    " theory, points shares of noisy draws. Class means separate at the price of subclasses; a"
    " nearest-subclass rule across classes hardly gains.",
    seconds={"quick": 2, "default": 4, "paper": 20},
)
def errors_against_weight(ctx: Context):
    """Three errors against beta."""
    fig, ax = ctx.panels()
    p = Params()
    beta, few = np.linspace(0, 4.3, 120), np.array([0.3919, 1.0, 2.0, 3.0, 4.2])
    every = np.maximum(np.asarray(optimum(*p.losses, np.append(beta, few))), 0)
    shown = np.asarray(optimum(*p.losses, beta)) >= 0
    trials = ctx.pick(quick=4096, default=32_768, paper=262_144)
    runs = [ctx.simulate(NAME, p.but(a=float(a)), mode="downstream", trials=trials)
            for a in every[len(beta) :]]  # fmt: skip
    for label, seen, line in (
        ("subclasses of a class", "subclass", subclass_error(every, p.sigma)),
        ("subclasses across classes", "across", across_error(every, 3, 3, p.sigma)),
        ("class means", "class", class_error(every, 3, 3, p.sigma)),
    ):
        colour, line = ctx.next_colour(ax), np.asarray(line)
        ctx.theory(ax, beta[shown], line[: len(beta)][shown], label=label, color=colour)
        ctx.points(ax, few, samples=np.stack([run[seen] for run in runs], axis=1),
                   theory=line[len(beta) :], label=label, color=colour)  # fmt: skip
    ax.axvline(CRITICAL, linestyle="--", color="grey")
    ax.set(xlabel="weight beta of the class term", ylabel="error", yscale="log")
    ctx.legend(ax)
    return fig
