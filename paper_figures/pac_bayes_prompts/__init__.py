"""Figures of the prompt bounds: the paper's six on the fixtures, the ladder and the coverage.

``python -m paper_figures.pac_bayes_prompts.real_text`` is an example on real text beside them.
"""

import numpy as np
from scipy import special, stats

import theory.pac_bayes_prompts as pac
from paper_figures import Context, figure
from theory.pac_bayes_prompts.coverage import complexities, laws_of_prompts

SETTING = "pac_bayes_prompts"

# All prompts of fixture T on one sample


def _sample(ctx: Context, n: int) -> dict[str, np.ndarray]:
    """Errors, risks, nats and certificates of every prompt on one sample of size n."""
    params = pac.TEMPLATE.but(n=n, delta=0.05)
    errors = ctx.simulate(SETTING, params, trials=1)["errors"][0]
    log_mass, risk = laws_of_prompts(params)
    bounds = pac.certificates(
        errors, n, -log_mass, params.delta, uniform_nats=pac.log_class_size(params)
    )
    return bounds | {"training_error": errors / n, "risk": risk, "nats": -log_mass}


@figure(
    title="Test error against bound",
    source="the paper's scatter of test error against bound",
    caption="300 prompts of fixture T drawn from the prior, one sample, delta = 0.05; test errors"
    " are exact. Every point lies right of the diagonal: with probability 0.95 all bounds hold at"
    " once. The exact binomial tail comes closest.",
    seconds={"quick": 5, "default": 8, "paper": 8},
)
def error_against_bound(ctx: Context):
    """Risk (y) against four bounds (x) at two sample sizes."""
    sizes = ctx.pick(quick=(200,), default=(200, 2000), paper=(200, 2000))
    fig, axes = ctx.panels(1, len(sizes), residuals=False, height=3.2)
    for ax, n in zip(np.atleast_1d(axes), sizes, strict=True):
        values = _sample(ctx, n)
        mass = np.exp(-values["nats"])
        rng = np.random.default_rng(ctx.rng_seed)
        chosen = rng.choice(len(mass), size=300, p=mass / mass.sum())
        for key in ("occam_binomial", "occam_kl", "mcallester", "uniform_convergence"):
            ax.plot(values[key][chosen], values["risk"][chosen], ".", markersize=3, alpha=0.6,
                    label=key)  # fmt: skip
            ctx.record(f"{key}, n = {n}", bound=values[key][chosen], risk=values["risk"][chosen],
                       nats=values["nats"][chosen])  # fmt: skip
        line = np.array([0.05, 0.6])
        ctx.theory(ax, line, line, color="0.2", linestyle="--", linewidth=0.9)
        ax.legend(loc="lower right", markerscale=2.5)
        ax.set(title=f"n = {n}", xlabel="bound", ylabel="test error R (exact)",
               xlim=(0.05, 0.6), ylim=(0.05, 0.4))  # fmt: skip
    return fig


@figure(
    title="Model selection by training error and by bound",
    source="Figure 3 (selection by bound)",
    caption="All 1728 prompts of fixture T on one sample of 200 points. Both the training error and"
    " the bound order the prompts by their true error (Kendall's tau on top); the bound does not"
    " order them better.",
    seconds={"quick": 3, "default": 3, "paper": 3},
)
def selection_by_bound(ctx: Context):
    """Risk against training error and against occam_binomial."""
    fig, axes = ctx.panels(1, 2, residuals=False, sharey=True, height=3.0)
    values = _sample(ctx, 200)
    for ax, key in zip(axes, ("training_error", "occam_binomial"), strict=True):
        tau, _ = stats.kendalltau(values[key], values["risk"])
        name = key if key in pac.CATALOGUE else "training error"
        ax.plot(values[key], values["risk"], ".", markersize=2.2, alpha=0.5)
        ctx.record(name, x=values[key], risk=values["risk"], kendall_tau=tau)
        ctx.theory(ax, [0.05, 0.35], [0.05, 0.35], color="0.2", linestyle="--", linewidth=0.9)
        ax.set(title=f"Kendall's tau {tau:.2f}", xlabel=name, ylabel="test error R (exact)")
    return fig


# Greedy searches on fixture B

_COLUMNS = (
    ("training_error", "training error"),
    ("risk", "test error"),
    ("occam_binomial", "occam_binomial"),
    ("mcallester", "mcallester"),
    ("uniform_convergence", "uniform"),
)


def _code(params: pac.Params) -> float:
    """ln|H| of one prompt for each class."""
    return params.classes * pac.log_class_size(params)


def _greedy(ctx: Context, trials: int, **changes) -> dict[str, np.ndarray]:
    """What ``trials`` searches find, and its certificates; srm_bound is the best prefix's."""
    params = pac.BLOCK.but(**changes)
    run = ctx.simulate(SETTING, params, mode="block", trials=trials)
    errors, nats, n = run["errors"][:, -1], run["nats"][:, -1], params.n
    found = pac.certificates(errors, n, nats, params.delta, uniform_nats=_code(params))
    prefixes = pac.occam_kl(run["errors"], n, run["nats"] + params.confidence)
    best = np.asarray(prefixes).min(axis=1)
    return found | {"training_error": errors / n, "risk": run["risk"], "nats": nats,
                    "srm_bound": best}  # fmt: skip


def _samples(runs: list[dict[str, np.ndarray]], key: str) -> np.ndarray:
    return np.stack([run[key] for run in runs], axis=1)


@figure(
    title="The language model in the search",
    source="Figure 4 (structural risk minimisation)",
    caption="Greedy search of one prompt per class on fixture B (n = 500) as the reward beta for"
    " ln P grows: training error rises, ln 1/P falls, and the bound has its minimum in between,"
    " under the best of the uniform prior (dashed: its code length 16 ln 16). Bars: 95 % intervals"
    " of the mean.",
    seconds={"quick": 5, "default": 8, "paper": 40},
)
def language_model_reward(ctx: Context):
    """Errors and bounds (left), nats (right) against the reward."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False, height=3.2)
    rewards = ctx.pick(
        quick=(0.0, 0.01, 0.3),
        default=(0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        paper=(0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0),
    )
    trials = ctx.pick(quick=8, default=40, paper=400)
    runs = [_greedy(ctx, trials, reward=b) for b in rewards]
    x = np.maximum(rewards, 3e-4)  # beta = 0 stands at the left edge of the logarithmic axis
    for key, name in (*_COLUMNS[:3], ("srm_bound", "occam_kl, best prefix"), _COLUMNS[4]):
        ctx.points(left, x, samples=_samples(runs, key), label=name)
    ctx.points(right, x, samples=_samples(runs, "nats"), label="found prompts")
    code = _code(pac.BLOCK)
    ctx.theory(right, [x[0], x[-1]], [code, code], label="uniform code length", linestyle="--")
    for ax in (left, right):
        ax.set(xscale="log", xlabel="reward beta (left edge: 0)")
    left.set(ylabel="error, bound", ylim=(0, 0.8))
    right.set(ylabel="ln 1/P in nats")
    return fig


@figure(
    title="Random labels",
    source="Figure 6 (randomised labels)",
    caption="Greedy search on fixture B (n = 500) when a share eta of the labels is redrawn at"
    " random: training and test error rise together; even at eta = 1 no prompt memorises. Dashed:"
    " (1 - eta) R + eta (K - 1)/K for the prompts found without noise; dotted: floor of the"
    " expected smallest training error over all 16^16 prompts at eta = 1.",
    seconds={"quick": 4, "default": 4, "paper": 30},
)
def random_labels(ctx: Context):
    """Training error and clean test error against the share of random labels."""
    from sims.pac_bayes_prompts import NOISE_LEVELS

    fig, ax = ctx.panels(residuals=False, width=4.6, height=3.4)
    run = ctx.simulate(SETTING, pac.BLOCK, mode="noise",
                       trials=ctx.pick(quick=8, default=40, paper=400))  # fmt: skip
    eta = np.array(NOISE_LEVELS)
    ctx.points(ax, eta, samples=run["training_error"], label="training error (noisy labels)")
    ctx.points(ax, eta, samples=run["clean_risk"], label="test error (clean labels)")
    clean = run["clean_risk"][:, 0].mean()
    ctx.theory(ax, eta, pac.noisy_risk(clean, eta, 4), label="noisy risk of the clean prompts",
               linestyle="--")  # fmt: skip
    floor = float(pac.random_label_floor(pac.BLOCK.n, 0.75, _code(pac.BLOCK)))
    ctx.theory(ax, [0.5, 1.0], [floor, floor], label="floor at eta = 1", linestyle=":")
    ctx.legend(ax, loc="upper left")
    ax.set(xlabel="share of random labels eta", ylabel="error", ylim=(0, 1.05))
    return fig


@figure(
    title="Small samples",
    source="the paper's figure on few labels a class",
    caption="Greedy search on fixture B with reward 0.01 against n: test error and bounds,"
    " delta = 0.05. The dashed line is chance, 1 - 1/K: above it a bound is vacuous.",
    seconds={"quick": 4, "default": 9, "paper": 60},
)
def small_samples(ctx: Context):
    """Errors and bounds against n."""
    fig, ax = ctx.panels(residuals=False, width=4.8, height=3.4)
    sizes = ctx.pick(quick=(100, 500), default=(10, 50, 200, 500, 2000),
                     paper=(10, 20, 50, 100, 200, 500, 1000, 2000, 5000))  # fmt: skip
    trials = ctx.pick(quick=8, default=24, paper=200)
    runs = [_greedy(ctx, trials, reward=0.01, n=n) for n in sizes]
    for key, name in _COLUMNS:
        ctx.points(ax, sizes, samples=_samples(runs, key), label=name)
    ctx.theory(ax, [sizes[0], sizes[-1]], [0.75, 0.75], label="chance 1 - 1/K", linestyle="--")
    ctx.legend(ax, loc="upper right", ncols=2)
    ax.set(xscale="log", xlabel="training points n", ylabel="error, bound", ylim=(0, 2.0))
    return fig


@figure(
    title="Training error, test error and bounds",
    source="the paper's tables of errors and bounds",
    caption="Rows: fixture B with plain and with regularised greedy search at two sample sizes,"
    " mean over samples (delta = 0.05). Plain greedy search pays more nats than the uniform"
    " prior asks (62 against 44): even the exact tail then only matches the uniform square-root"
    " bound at n = 500. The reward turns this round.",
    seconds={"quick": 4, "default": 6, "paper": 40},
)
def table_of_bounds(ctx: Context):
    """The tables of the paper as a dot plot; the numbers are in its CSV."""
    fig, ax = ctx.panels(residuals=False, width=7.2, height=2.6)
    large = ctx.pick(quick=(), default=(2000,), paper=(5000,))
    cases = [(n, beta) for n in (500, *large) for beta in (0.0, 0.01)]
    trials = ctx.pick(quick=8, default=24, paper=100)
    runs = [_greedy(ctx, trials, n=n, reward=b) for n, b in cases]
    rows = np.arange(len(cases))
    columns = (*_COLUMNS[:3], ("occam_kl", "occam_kl"), *_COLUMNS[3:])
    for (key, name), marker in zip(columns, "osD^vP", strict=True):
        means = np.array([r[key].mean() for r in runs])
        ax.plot(means, rows, marker, label=name, markersize=5)
        ctx.record(name, n=[n for n, _ in cases], reward=[b for _, b in cases], mean=means,
                   standard_error=[r[key].std(ddof=1) / np.sqrt(trials) for r in runs])  # fmt: skip
    ax.set_yticks(rows, [f"n = {n}, beta = {b:g}" for n, b in cases])
    ax.invert_yaxis()
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    ax.set(xlabel="error, bound", xlim=(0.08, 0.46))
    return fig


# What the bounds are worth


@figure(
    title="The ladder of bounds",
    source="derived",
    caption="Add-on to the training error times sqrt(n), at r = 0.05 and c = 50 nats. Chernoff-type"
    " bounds fall to sqrt(2 r (1 - r) c) and the exact tail to the normal quantile at e^-c just"
    " under it (dotted), while square-root bounds stay at sqrt(c/2): a factor 2 sqrt(r (1 - r))"
    " = 0.44 between them.",
    seconds={"quick": 4, "default": 4, "paper": 4},
)
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
    title="How much of delta each prompt uses",
    source="derived",
    caption="Exact probability that a bound fails at a prompt, over the share delta P(prompt) that"
    " the union bound sets aside for it, for all 1728 prompts of fixture T (n = 200, delta = 0.1)."
    " The exact binomial tail uses up to all of it, what integers allow; Chernoff's bound a tenth,"
    " the paper's square-root form almost nothing. The dashed line is the whole budget;"
    " values under 1e-9 are drawn there.",
    seconds={"quick": 5, "default": 5, "paper": 5},
)
def coverage_atlas(ctx: Context):
    """Exact violation probabilities against the prompts' log-prior, no simulation."""
    fig, ax = ctx.panels(residuals=False, width=6.6, height=3.6)
    params = pac.TEMPLATE.but(n=200, delta=0.1)
    log_mass, risk = laws_of_prompts(params)
    complexity, floor = np.asarray(complexities(params)), 1e-9
    for i, key in enumerate(
        ("occam_binomial", "occam_kl", "exact_xi_kl", "occam_hoeffding", "mcallester")
    ):
        failure = np.asarray(pac.violation_probabilities(key, risk, complexity, params.n))
        used = failure * np.exp(complexity)
        shown = np.maximum(used, floor)
        ax.plot(0.09 * (i - 2) - log_mass, shown, ".", markersize=2.2, alpha=0.55, label=key)
        ctx.record(key, prompt=np.arange(len(risk)), nats=-log_mass, risk=risk,
                   failure_probability=failure, share_of_budget=used)  # fmt: skip
    ax.axhline(1, color="0.2", linewidth=0.9, linestyle="--")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=4)
    ax.set(yscale="log", ylim=(floor / 2, 3), xlabel="ln 1/P(prompt) in nats",
           ylabel="failure probability / (delta P)")  # fmt: skip
    return fig
