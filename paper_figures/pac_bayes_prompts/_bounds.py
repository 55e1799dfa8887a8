"""What the bounds are worth: the ladder of add-ons, and how much of delta each prompt uses."""

import numpy as np
from scipy import special

import theory.pac_bayes_prompts as pac
from paper_figures import Context, figure

_LADDER = ("occam_binomial", "occam_kl", "exact_xi_kl", "coin_betting", "quadratic",
           "occam_hoeffding", "mcallester", "empirical_bernstein")  # fmt: skip
_COVERED = ("occam_binomial", "occam_kl", "exact_xi_kl", "occam_hoeffding", "mcallester")


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
    for key in _LADDER:
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
    params = pac.Params(n=200, delta=0.1)
    tokens = pac.all_prompts(params)
    nats = -np.asarray(pac.log_prior(tokens, params))
    risk = pac.all_template_risks(params)
    floor = 1e-9
    for i, key in enumerate(_COVERED):
        complexity = nats - np.log(params.delta)
        failure = np.asarray(pac.violation_probabilities(key, risk, complexity, params.n))
        used = failure * np.exp(complexity)
        shown = np.maximum(used, floor)
        ax.plot(nats + 0.09 * (i - 2), shown, ".", markersize=2.2, alpha=0.55, label=key)
        ctx.record(key, prompt=np.arange(len(nats)), nats=nats, risk=np.asarray(risk),
                   failure_probability=failure, share_of_budget=used)  # fmt: skip
    ax.axhline(1, color="0.2", linewidth=0.9, linestyle="--")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=4)
    ax.set(yscale="log", ylim=(floor / 2, 3), xlabel="ln 1/P(prompt) in nats",
           ylabel="failure probability / (delta P)")  # fmt: skip
    return fig
