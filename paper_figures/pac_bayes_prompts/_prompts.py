"""All prompts of fixture T on one sample: bound against risk, and model selection."""

import numpy as np
from scipy import stats

import theory.pac_bayes_prompts as pac
from paper_figures import Context, figure

_SHOWN = ("occam_binomial", "occam_kl", "mcallester", "uniform_convergence")


def _sample(ctx: Context, n: int) -> dict[str, np.ndarray]:
    """Errors, risks, nats and certificates of every prompt on one sample of size n."""
    params = pac.Params(n=n, delta=0.05)
    run = ctx.simulate("pac_bayes_prompts", params, mode="every_prompt", trials=1)
    values = {key: column[0] for key, column in run.items()}
    bounds = pac.certificates(
        values["errors"], n, values["nats"], params.delta, uniform_nats=pac.log_class_size(params)
    )
    return values | bounds | {"training_error": values["errors"] / n}


def _drawn_from_prior(values: dict[str, np.ndarray], seed: int) -> np.ndarray:
    mass = np.exp(-values["nats"])
    rng = np.random.default_rng(seed)
    return rng.choice(len(mass), size=300, p=mass / mass.sum())


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
        chosen = _drawn_from_prior(values, ctx.rng_seed)
        for key in _SHOWN:
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
    for ax, key, name in zip(
        axes, ("training_error", "occam_binomial"), ("training error", "occam_binomial"),
        strict=True,
    ):  # fmt: skip
        tau, _ = stats.kendalltau(values[key], values["risk"])
        ax.plot(values[key], values["risk"], ".", markersize=2.2, alpha=0.5)
        ctx.record(name, x=values[key], risk=values["risk"], kendall_tau=tau)
        ctx.theory(ax, [0.05, 0.35], [0.05, 0.35], color="0.2", linestyle="--", linewidth=0.9)
        ax.set(title=f"Kendall's tau {tau:.2f}", xlabel=name, ylabel="test error R (exact)")
    return fig
