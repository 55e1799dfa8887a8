"""The frequency of a point that was seen l times, what not fitting it costs, and whom."""

import numpy as np

from paper_figures import Context, figure
from theory.long_tail_memorization import (
    Params, dirichlet_tau, frequencies, frequency_given_sample, group_singletons, limited_cost,
    mass_seen, power_law_tau, private_cost, tau,
)  # fmt: skip
from theory.long_tail_memorization.groups import TABLE, table_cost, zipf_disparity
from theory.long_tail_memorization.params import two_weights

SETTING = "long_tail_memorization"


MARKS = {"linestyle": "none", "marker": "D", "markersize": 3}
CROSS = {"color": "black", "marker": "x", "markersize": 7}


def law(N, s):
    """pi_i ~ i^-s, i = 1 .. N."""
    return np.asarray(frequencies(np.arange(1.0, N + 1) ** -s))


@figure(
    title="A point that was seen once is rarer than the sample says",
    source="derived (claims zipf_closed_form, good_turing_exact, mass_of_singletons); the paper's"
    " numerical example, drawn",
    seconds={"quick": 5, "default": 6, "paper": 20},
    caption="n tau_l, the mean frequency of a point seen l times in units of 1/n, for N = n = 60:"
    " Zipf's law and a Dirichlet prior (lines, and points n E M_l/E|X_l| from samples), the limit"
    " of a power law with s = 1.4, and the frequency in the sample, l (dashed).",
)
def frequency_of_a_count(ctx: Context):
    """n tau_l against l."""
    fig, ax = ctx.panels()
    p, seen = Params(), np.arange(1.0, 9)
    lines = {
        "Zipf": p.n * tau(seen, p.n, law(p.N, 1.0)),
        "Dirichlet, alpha = .3": p.n * dirichlet_tau(seen, p.n, p.N, p.alpha),
        "power 1.4, limit": power_law_tau(seen, p.n * law(p.N, 1.4)[-1], 1.4),
        "in the sample": seen,
    }
    run = ctx.simulate(SETTING, p, trials=ctx.pick(quick=512, default=4096, paper=40_000))
    for name, y in lines.items():
        ctx.theory(ax, seen, y, label=name, linestyle="--" if name == "in the sample" else "-")
    for row, name in ((0, "Zipf"), (2, "Dirichlet, alpha = .3")):
        mass, points = run["mass"][:, row, 1:], run["points"][:, row, 1:]
        ratio = mass.mean(axis=0) / points.mean(axis=0)
        error = (mass - ratio * points).std(axis=0) / len(mass) ** 0.5 / points.mean(axis=0)
        ctx.points(ax, seen[:3], mean=p.n * ratio, standard_error=p.n * error,
                   theory=lines[name][:3], label=name)  # fmt: skip
    ax.set(xlabel="times seen, l", ylabel="n tau_l")
    return fig


@figure(
    title="What a limit on memorization costs, at every sample size",
    source="derived (claims cost_of_not_fitting, limited_memorization_cost_sharp, dp_cost_sharp)",
    seconds={"quick": 9, "default": 10, "paper": 60},
    caption="Error of four learners against the number of samples, Zipf's law on N = 60 points, ten"
    " labels: the Bayes learner, which memorises; memorization limited to gamma = .3 a copy; labels"
    " that are private, eps = 3 and delta = .02; and a guess on everything seen once. Lines are"
    " exact sums, points are learners on samples.",
)
def errors_of_learners(ctx: Context):
    """Error against n."""
    fig, ax = ctx.panels()
    base = Params(k=10, gamma=0.3, eps=3.0)
    a, sizes = law(base.N, 1.0), np.unique(np.geomspace(10, 400, 24).astype(int))

    def errors(n):
        mass = np.asarray(mass_seen(np.arange(0.0, 9), n, a))
        opt = 0.9 * mass[0]
        return {
            "bayes": opt,
            "limited": opt + limited_cost(base.gamma, base.k, mass[1:]),
            "private": opt + private_cost(base.eps, base.delta, base.k, 1 - mass[0]),
            "guess": opt + 0.9 * mass[1],
        }

    cases = [base.but(n=n) for n in (20, 120)]
    trials = ctx.pick(quick=256, default=2048, paper=20_000)
    runs = [ctx.simulate(SETTING, p, mode="labels", trials=trials) for p in cases]
    lines, at = [errors(n) for n in sizes], [errors(p.n) for p in cases]
    for name in lines[0]:
        ctx.theory(ax, sizes, [float(line[name]) for line in lines], label=name)
        ctx.points(ax, [p.n for p in cases], samples=np.stack([r[name] for r in runs], axis=1),
                   theory=[float(line[name]) for line in at], label=name)  # fmt: skip
    ax.set(xlabel="samples n", ylabel="error", xscale="log", ylim=(0, None))
    return fig


@figure(
    title="The smaller of two groups pays more",
    source="section 4.4 of the paper in numbers (claims disparate_cost, smaller_groups_pay_more)",
    seconds={"quick": 4, "default": 5, "paper": 20},
    caption="Cost per head of guessing on singletons, k labels, over 1 - 1/k: the mass of a group's"
    " singletons over its own mass, for two groups with Zipf's law on 30 points each and 60"
    " samples together, against the first group's share. Points are samples.",
)
def cost_per_head(ctx: Context):
    """Mass of singletons per head against the share."""
    fig, ax = ctx.panels()
    p, shares = Params(), np.linspace(0.02, 0.98, 49)
    a = law(p.N // 2, 1.0)
    trials = ctx.pick(quick=512, default=2048, paper=20_000)
    at = np.array([0.1, 0.2, 0.35, 0.5])
    runs = [ctx.simulate(SETTING, p.but(w=float(w)), trials=trials)["group_singles"] for w in at]
    for group, name in enumerate(("group 1", "group 2")):
        own = (lambda w: w) if group == 0 else (lambda w: 1 - w)
        ctx.theory(ax, shares, group_singletons(own(shares), p.n, a), label=name)
        ctx.points(ax, at, samples=np.stack([r[:, group] for r in runs], axis=1),
                   theory=group_singletons(own(at), p.n, a), label=name)  # fmt: skip
    ax.set(xlabel="share of group 1", ylabel="E M_1 per head", ylim=(0, None))
    return fig


@figure(
    title="Disparate costs of a limit on memorization, as a table",
    source="section 4.4 of the paper, sizes and mixtures our own (claims disparate_cost,"
    " disparity_of_zipf)",
    seconds={"quick": 3, "default": 3, "paper": 6},
    caption="Ten labels, gamma = .5, two groups with Zipf's law on N/2 points each: what the limit"
    " adds to the error per head (exact: from gamma = .45 on only singletons cost) for three (N, n)"
    " and two mixtures, w the smaller group's mass. Above each pair the ratio; crosses: the larger"
    " group's cost times e^((1 - 2 w) n/(M H_M)), M = N/2. Points: samples, where N = 1000.",
)
def disparate_table(ctx: Context):
    """Cost per head of both groups, in six columns."""
    fig, ax = ctx.panels(residuals=False)
    at, costs = np.arange(len(TABLE)), np.array([[table_cost(p, g) for g in (0, 1)] for p in TABLE])
    for group, name in enumerate(("smaller group", "larger group")):
        places, color = at + 0.36 * group - 0.18, ctx.next_colour(ax)
        ax.bar(places, costs[:, group], 0.34, alpha=0.4, color=color)
        ctx.theory(ax, places, costs[:, group], label=name, color=color, **MARKS)
    stated = costs[:, 1] * [float(zipf_disparity(p)) for p in TABLE]
    ctx.theory(ax, at - 0.18, stated, label="by the ratio's form", **MARKS | CROSS)
    small = [p for p in TABLE if p.N == 1000]
    trials = ctx.pick(quick=256, default=512, paper=8192)
    for p, x, exact in zip(small, at, costs, strict=False):
        seen = ctx.simulate(SETTING, p, trials=trials)["group_singles"]
        places = x + np.array([-0.18, 0.18])
        ctx.points(ax, places, samples=0.4 * seen, theory=exact, label="samples", color="black")
    for x, pair in zip(at, costs, strict=True):
        ax.annotate(f"{pair[0] / pair[1]:.2f}", (x, pair.max() + 0.0025), ha="center")
    names = [f"N = {p.N}\nn = {p.n}\nw = {p.w:g}" for p in TABLE]
    ax.set_xticks(at, labels=names, fontsize=6)
    ax.set(ylabel="cost per head", ylim=(0, costs.max() * 1.35))
    ctx.legend(ax, loc="upper right", ncols=2)
    return fig


@figure(
    title="Where not memorising is free",
    source="derived (claims cost_of_not_fitting, mass_of_singletons); not in the paper",
    seconds={"quick": 3, "default": 4, "paper": 6},
    caption="Cost of not fitting singletons for frequencies i^-s on N = 1000 points, against N/n"
    " and s. Left: the mass E M_1, the cost over 1 - 1/k; left of the white line it is under one"
    " per cent, and not memorising is free. Right: the same over E M_0, the optimum's own error;"
    " left of the white line the cost exceeds the optimum, as there unseen points are rarer still.",
)
def price_of_not_memorising(ctx: Context):
    """Heat maps of E M_1 and of E M_1/E M_0."""
    fig, panels = ctx.panels(1, 2, residuals=False)
    size = ctx.pick(quick=21, default=41, paper=121)
    load, s = np.geomspace(0.02, 50, size), np.linspace(0, 3, size)
    n = np.round(1000 / load)
    laws = np.stack([law(1000, exponent) for exponent in s])[:, None]
    masses = [np.asarray(mass_seen(i, n, laws)) for i in (0, 1)]
    ratio = np.log10(masses[1] / np.maximum(masses[0], 1e-300))
    names = ("E M_1", "log10 of E M_1/E M_0")
    for ax, values, level, name in zip(panels, (masses[1], ratio), (0.01, 0.0), names, strict=True):
        ctx.heatmap(ax, load, s, values, label=name)
        ax.contour(load, s, values, levels=[level], colors="w", linewidths=1.2)
        ax.set(xscale="log", xlabel="points per sample, N/n", ylabel="exponent s")
    return fig


@figure(
    title="What a whole sample says of a singleton's frequency",
    source="derived (claims tau_given_every_sample, frequency_of_the_whole_sample)",
    seconds={"quick": 5, "default": 6, "paper": 20},
    caption="Weights 1 or .1 drawn independently, N = n: standard deviation over samples of"
    " E[D(x) | S]/tau_1 - 1 for a point x seen once: how far a bound per data set with tau_1 in"
    " the place of E[D(x) | S] is off. Bars are 95 % intervals; the line is a power -1/2 through"
    " the last point, the order at which a sample tells the sum of the weights.",
)
def frequency_given_a_sample(ctx: Context):
    """How far tau_1 is from the frequency of a singleton given the sample, against N."""
    fig, ax = ctx.panels(residuals=False)
    sizes, spread, error = np.array([8, 32, 128]), [], []
    trials = ctx.pick(quick=256, default=1024, paper=16_384)
    for N in sizes:
        p = Params(N=int(N), n=int(N), ratio=0.1)
        counts = ctx.simulate(SETTING, p, mode="iid", trials=trials)["counts"]
        counts = np.round(counts)
        single = (counts == 1).any(axis=1)
        first = (counts == 1).argmax(axis=1)
        rows = np.arange(len(counts))
        others = counts.copy()
        others[rows, first] = counts[rows, -1]
        given = frequency_given_sample(1.0, others[:, :-1], p.ratio)
        away = (np.asarray(given) / float(tau(1, p.n, *two_weights(p))) - 1)[single]
        spread.append(np.sqrt(np.mean(away**2)))
        error.append(np.std(away**2) / len(away) ** 0.5 / (2 * spread[-1]))
    ctx.theory(ax, sizes, spread[-1] * (sizes[-1] / sizes) ** 0.5, label="power -1/2")
    ctx.points(ax, sizes, mean=spread, standard_error=error, label="samples")
    ax.set(xlabel="points N", ylabel="relative distance of tau_1", xscale="log", yscale="log")
    return fig
