"""Figures of the prompt bounds: the paper's six on the fixtures, the ladder and the coverage.

``python -m paper_figures.pac_bayes_prompts.real_text`` is an example on real text beside them.
"""

from typing import Any

import numpy as np
from scipy import special, stats

import theory.pac_bayes_prompts as pac
from paper_figures import Context, figure
from theory.pac_bayes_prompts.coverage import complexities, laws_of_prompts

SETTING = "pac_bayes_prompts"
_DASHED: Any = {"color": "0.2", "linestyle": "--", "linewidth": 0.9}


def _sample(ctx: Context, n: int) -> dict[str, np.ndarray]:
    """Errors, risks, nats and certificates of every prompt on one sample of size n."""
    params = pac.TEMPLATE.but(n=n, delta=0.05)
    errors = ctx.simulate(SETTING, params, trials=1)["errors"][0]
    log_mass, risk = laws_of_prompts(params)
    code = pac.log_class_size(params)
    bounds = pac.certificates(errors, n, -log_mass, params.delta, uniform_nats=code)
    return bounds | {"training error": errors / n, "risk": risk, "nats": -log_mass}


@figure(
    title="Test error against bound", source="the paper's scatter of test error against bound",
    caption="300 prompts of fixture T drawn from the prior, one sample, delta = 0.05; test errors"
    " are exact. Every point lies right of the diagonal: with probability 0.95 all bounds hold at"
    " once. The exact binomial tail comes closest.",
    seconds={"quick": 5, "default": 8, "paper": 8},
)  # fmt: skip
def error_against_bound(ctx: Context):
    """Risk (y) against four bounds (x) at two sample sizes."""
    sizes = ctx.pick(quick=(200,), default=(200, 2000), paper=(200, 2000))
    fig, axes = ctx.panels(1, len(sizes), residuals=False, height=3.2)
    for ax, n in zip(np.atleast_1d(axes), sizes, strict=True):
        values = _sample(ctx, n)
        mass = np.exp(-values["nats"])
        chosen = np.random.default_rng(ctx.rng_seed).choice(len(mass), 300, p=mass / mass.sum())
        drawn = {key: value[chosen] for key, value in values.items()}
        risk, nats = drawn["risk"], drawn["nats"]
        for key in ("occam_binomial", "occam_kl", "mcallester", "uniform_convergence"):
            ax.plot(drawn[key], risk, ".", markersize=3, alpha=0.6, label=key)
            ctx.record(f"{key}, n = {n}", bound=drawn[key], risk=risk, nats=nats)
        ctx.theory(ax, [0.05, 0.6], [0.05, 0.6], **_DASHED)
        ax.legend(loc="lower right", markerscale=2.5)
        ax.set(title=f"n = {n}", xlabel="bound", ylabel="test error R (exact)",
               xlim=(0.05, 0.6), ylim=(0.05, 0.4))  # fmt: skip
    return fig


@figure(
    title="Model selection by training error and by bound", source="Figure 3 (selection by bound)",
    caption="All 1728 prompts of fixture T on one sample of 200 points. Both the training error and"
    " the bound order the prompts by their true error (Kendall's tau on top); the bound does not"
    " order them better.",
    seconds={"quick": 3, "default": 3, "paper": 3},
)  # fmt: skip
def selection_by_bound(ctx: Context):
    """Risk against training error and against occam_binomial."""
    fig, axes = ctx.panels(1, 2, residuals=False, sharey=True, height=3.0)
    values = _sample(ctx, 200)
    for ax, name in zip(axes, ("training error", "occam_binomial"), strict=True):
        x, risk = values[name], values["risk"]
        tau, _ = stats.kendalltau(x, risk)
        ax.plot(x, risk, ".", markersize=2.2, alpha=0.5)
        ctx.record(name, x=x, risk=risk, kendall_tau=tau)
        ctx.theory(ax, [0.05, 0.35], [0.05, 0.35], **_DASHED)
        ax.set(title=f"Kendall's tau {tau:.2f}", xlabel=name, ylabel="test error R (exact)")
    return fig


ERRORS = ("training error", "test error")
CODE = pac.BLOCK.classes * pac.log_class_size(pac.BLOCK)  # ln|H| of one prompt for each class


def _greedy(ctx: Context, trials: int, cases: list[tuple[int, float]]) -> dict[str, np.ndarray]:
    """What searches find at each (n, reward), and its certificates: arrays (trials, cases)."""
    runs = []
    for n, reward in cases:
        params = pac.BLOCK.but(n=n, reward=reward)
        run = ctx.simulate(SETTING, params, mode="block", trials=trials)
        errors, nats = run["errors"][:, -1], run["nats"][:, -1]
        bounds = pac.certificates(errors, n, nats, params.delta, uniform_nats=CODE)
        prefixes = pac.occam_kl(run["errors"], n, run["nats"] + params.confidence)
        runs.append(bounds | {
            "training error": errors / n, "test error": run["risk"], "nats": nats,
            "uniform": bounds["uniform_convergence"],
            "occam_kl, best prefix": np.asarray(prefixes).min(axis=1),
        })  # fmt: skip
    return {name: np.stack([run[name] for run in runs], axis=1) for name in runs[0]}


@figure(
    title="The language model in the search", source="Figure 4 (structural risk minimisation)",
    caption="Greedy search of one prompt per class on fixture B (n = 500) as the reward beta for"
    " ln P grows: training error rises, ln 1/P falls, and the bound has its minimum in between,"
    " under the best of the uniform prior (dashed: its code length 16 ln 16). Bars: 95 % intervals"
    " of the mean.",
    seconds={"quick": 5, "default": 8, "paper": 40},
)  # fmt: skip
def language_model_reward(ctx: Context):
    """Errors and bounds (left), nats (right) against the reward."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False, height=3.2)
    rewards = ctx.pick(
        quick=(0.0, 0.01, 0.3),
        default=(0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        paper=(0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0),
    )
    trials = ctx.pick(quick=8, default=40, paper=400)
    found = _greedy(ctx, trials, [(pac.BLOCK.n, beta) for beta in rewards])
    x = np.maximum(rewards, 3e-4)  # beta = 0 stands at the left edge of the logarithmic axis
    for name in (*ERRORS, "occam_binomial", "occam_kl, best prefix", "uniform"):
        ctx.points(left, x, samples=found[name], label=name)
    ctx.points(right, x, samples=found["nats"], label="found prompts")
    ctx.theory(right, [x[0], x[-1]], [CODE, CODE], label="uniform code length", linestyle="--")
    for ax, drawn in ((left, "error, bound"), (right, "ln 1/P in nats")):
        ax.set(xscale="log", xlabel="reward beta (left edge: 0)", ylabel=drawn)
    left.set_ylim(0, 0.8)
    return fig


@figure(
    title="Random labels", source="Figure 6 (randomised labels)",
    caption="Greedy search on fixture B (n = 500) when a share eta of the labels is redrawn at"
    " random: training and test error rise together; even at eta = 1 no prompt memorises. Dashed:"
    " (1 - eta) R + eta (K - 1)/K for the prompts found without noise; dotted: floor of the"
    " expected smallest training error over all 16^16 prompts at eta = 1.",
    seconds={"quick": 4, "default": 4, "paper": 30},
)  # fmt: skip
def random_labels(ctx: Context):
    """Training error and clean test error against the share of random labels."""
    from sims.pac_bayes_prompts import NOISE_LEVELS

    fig, ax = ctx.panels(residuals=False, width=4.6, height=3.4)
    trials, eta = ctx.pick(quick=8, default=40, paper=400), np.array(NOISE_LEVELS)
    run = ctx.simulate(SETTING, pac.BLOCK, mode="noise", trials=trials)
    ctx.points(ax, eta, samples=run["training_error"], label="training error (noisy labels)")
    ctx.points(ax, eta, samples=run["clean_risk"], label="test error (clean labels)")
    clean = run["clean_risk"][:, 0].mean()
    noisy = pac.noisy_risk(clean, eta, 4)
    ctx.theory(ax, eta, noisy, label="noisy risk of the clean prompts", linestyle="--")
    floor = float(pac.random_label_floor(pac.BLOCK.n, 0.75, CODE))
    ctx.theory(ax, [0.5, 1.0], [floor, floor], label="floor at eta = 1", linestyle=":")
    ctx.legend(ax, loc="upper left")
    ax.set(xlabel="share of random labels eta", ylabel="error", ylim=(0, 1.05))
    return fig


@figure(
    title="Small samples", source="the paper's figure on few labels a class",
    caption="Greedy search on fixture B with reward 0.01 against n: test error and bounds,"
    " delta = 0.05. The dashed line is chance, 1 - 1/K: above it a bound is vacuous.",
    seconds={"quick": 4, "default": 9, "paper": 60},
)  # fmt: skip
def small_samples(ctx: Context):
    """Errors and bounds against n."""
    fig, ax = ctx.panels(residuals=False, width=4.8, height=3.4)
    sizes = ctx.pick(quick=(100, 500), default=(10, 50, 200, 500, 2000),
                     paper=(10, 20, 50, 100, 200, 500, 1000, 2000, 5000))  # fmt: skip
    trials = ctx.pick(quick=8, default=24, paper=200)
    found = _greedy(ctx, trials, [(n, 0.01) for n in sizes])
    for name in (*ERRORS, "occam_binomial", "mcallester", "uniform"):
        ctx.points(ax, sizes, samples=found[name], label=name)
    ctx.theory(ax, [sizes[0], sizes[-1]], [0.75, 0.75], label="chance 1 - 1/K", linestyle="--")
    ctx.legend(ax, loc="upper right", ncols=2)
    ax.set(xscale="log", xlabel="training points n", ylabel="error, bound", ylim=(0, 2.0))
    return fig


@figure(
    title="Training error, test error and bounds", source="the paper's tables of errors and bounds",
    caption="Rows: fixture B with plain and with regularised greedy search at two sample sizes,"
    " mean over samples (delta = 0.05). Plain greedy search pays more nats than the uniform"
    " prior asks (62 against 44): even the exact tail then only matches the uniform square-root"
    " bound at n = 500. The reward turns this round.",
    seconds={"quick": 4, "default": 6, "paper": 40},
)  # fmt: skip
def table_of_bounds(ctx: Context):
    """The tables of the paper as a dot plot; the numbers are in its CSV."""
    fig, ax = ctx.panels(residuals=False, width=7.2, height=2.6)
    large = ctx.pick(quick=(), default=(2000,), paper=(5000,))
    cases = [(n, beta) for n in (500, *large) for beta in (0.0, 0.01)]
    trials = ctx.pick(quick=8, default=24, paper=100)
    found = _greedy(ctx, trials, cases)
    rows, (n, reward) = np.arange(len(cases)), zip(*cases, strict=True)
    names = (*ERRORS, "occam_binomial", "occam_kl", "mcallester", "uniform")
    for name, marker in zip(names, "osD^vP", strict=True):
        means, deviations = found[name].mean(axis=0), found[name].std(axis=0, ddof=1)
        ax.plot(means, rows, marker, label=name, markersize=5)
        ctx.record(name, n=n, reward=reward, mean=means,
                   standard_error=deviations / np.sqrt(trials))  # fmt: skip
    ax.set_yticks(rows, [f"n = {n}, beta = {beta:g}" for n, beta in cases])
    ax.invert_yaxis()
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    ax.set(xlabel="error, bound", xlim=(0.08, 0.46))
    return fig


@figure(
    title="The ladder of bounds", source="derived",
    caption="Add-on to the training error times sqrt(n), at r = 0.05 and c = 50 nats. Chernoff-type"
    " bounds fall to sqrt(2 r (1 - r) c) and the exact tail to the normal quantile at e^-c just"
    " under it (dotted), while square-root bounds stay at sqrt(c/2): a factor 2 sqrt(r (1 - r))"
    " = 0.44 between them.",
    seconds={"quick": 4, "default": 4, "paper": 4},
)  # fmt: skip
def ladder_of_bounds(ctx: Context):
    """Exact bounds against n, no simulation."""
    fig, ax = ctx.panels(residuals=False, width=5.0, height=3.6)
    rate, complexity = 0.05, 50.0
    n = np.round(np.geomspace(100, 10**6, 49) / 20) * 20  # r n is an integer
    bounds = pac.all_bounds(rate * n, n, complexity)
    for key in ("occam_binomial", "occam_kl", "exact_xi_kl", "coin_betting", "quadratic",
                "occam_hoeffding", "mcallester", "empirical_bernstein"):  # fmt: skip
        ctx.theory(ax, n, (np.asarray(bounds[key]) - rate) * np.sqrt(n), label=key)
    normal = -special.ndtri_exp(-complexity) * np.sqrt(rate * (1 - rate))
    for level in (normal, np.sqrt(2 * rate * (1 - rate) * complexity), np.sqrt(complexity / 2)):
        ax.axhline(level, color="0.35", linewidth=0.8, linestyle=":")
    ctx.legend(ax, ncols=2, loc="upper right")
    ax.set(xscale="log", yscale="log", xlabel="training points n",
           ylabel=r"(bound $-$ r) $\sqrt{n}$", ylim=(1.8, 40))  # fmt: skip
    return fig


@figure(
    title="How much of delta each prompt uses", source="derived",
    caption="Exact probability that a bound fails at a prompt, over the share delta P(prompt) that"
    " the union bound sets aside for it, for all 1728 prompts of fixture T (n = 200, delta = 0.1)."
    " The exact binomial tail uses up to all of it, what integers allow; Chernoff's bound a tenth,"
    " the paper's square-root form almost nothing. The dashed line is the whole budget;"
    " values under 1e-9 are drawn there.",
    seconds={"quick": 5, "default": 5, "paper": 5},
)  # fmt: skip
def coverage_atlas(ctx: Context):
    """Exact violation probabilities against the prompts' log-prior, no simulation."""
    fig, ax = ctx.panels(residuals=False, width=6.6, height=3.6)
    params = pac.TEMPLATE.but(n=200, delta=0.1)
    log_mass, risk = laws_of_prompts(params)
    complexity, floor = np.asarray(complexities(params)), 1e-9
    keys = ("occam_binomial", "occam_kl", "exact_xi_kl", "occam_hoeffding", "mcallester")
    for i, key in enumerate(keys):
        failure = np.asarray(pac.violation_probabilities(key, risk, complexity, params.n))
        used = failure * np.exp(complexity)
        ax.plot(0.09 * (i - 2) - log_mass, np.maximum(used, floor), ".", markersize=2.2,
                alpha=0.55, label=key)  # fmt: skip
        ctx.record(key, prompt=np.arange(len(risk)), nats=-log_mass, risk=risk,
                   failure_probability=failure, share_of_budget=used)  # fmt: skip
    ax.axhline(1, **_DASHED)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=4)
    ax.set(yscale="log", ylim=(floor / 2, 3), xlabel="ln 1/P(prompt) in nats",
           ylabel="failure probability / (delta P)")  # fmt: skip
    return fig
