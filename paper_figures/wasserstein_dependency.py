"""Where InfoNCE saturates, what further factors add, and which critic measures which of both."""

import numpy as np

from paper_figures import Context, figure
from theory.wasserstein_dependency import (
    Params, gaussian_gap, hit_deficit, information, lipschitz_deficit, w1_lower, w1_upper,
    w2_distance, wdm_euclidean,
)  # fmt: skip

NAME = "wasserstein_dependency"


def infonce(K, M):
    """J*_K of the symbols."""
    return np.log(K) - np.asarray(hit_deficit(K, M))


@figure(
    title="InfoNCE stops at ln K, the dependency does not stop",
    source="derived; in place of the paper's figures over the task's information (claims"
    " infonce_discrete_exact, wdm_deterministic_code, wdm_of_one_hot_codes)",
    caption="g factors of l = 20 symbols, I = g ln 20 nats. Left: the best InfoNCE value against"
    " the information, for four numbers of candidates K; points: simulated sets with the best"
    " critic; dashed: the information. Right: W under the Hamming metric, linear, and under the"
    " Euclidean one, a root.",
    seconds={"quick": 8, "default": 15, "paper": 60},
)
def saturation(ctx: Context):
    """Values against the information."""
    fig, (left, right) = ctx.panels(1, 2)
    g = np.arange(1, 13)
    nats = g * np.log(20)
    for K in (16, 64, 256, 1024):
        color = ctx.next_colour(left)
        ctx.theory(left, nats, infonce(K, 20.0**g), label=f"K = {K}", color=color)
        if K != 64:
            continue
        few = np.array([1, 2])
        trials = ctx.pick(quick=256, default=1024, paper=16_384)
        runs = [
            ctx.simulate(NAME, Params(alphabet=20, g=int(k), K=K), mode="symbols", trials=trials)
            for k in few
        ]
        seen = np.stack([np.log(K / run["count"]) for run in runs], axis=1)
        ctx.points(left, nats[few - 1], samples=seen, theory=infonce(K, 20.0**few), color=color)
    ctx.theory(left, nats[:3], nats[:3], color="0.4", linestyle="--", label="I")
    ctx.theory(right, nats, g * 0.95, label="Hamming")
    ctx.theory(right, nats, np.asarray(wdm_euclidean(20, g)), label="Euclidean, one-hot")
    left.set(xlabel="information I (nats)", ylabel="InfoNCE J*_K (nats)", ylim=(0, 9))
    right.set(xlabel="information I (nats)", ylabel="dependency W")
    ctx.legend(left)
    ctx.legend(right)
    return fig


@figure(
    title="How many candidates an information needs: e^(2 I) or e^I",
    source="derived (claims gaussian_infonce, infonce_discrete_exact, infonce_one_over_k)",
    caption="InfoNCE with the best critic, over the information, against the number of candidates."
    " Lines: d = 2 pairs of normals, exact by quadrature; dashed lines of the same colour: symbols"
    " of the same information, M = 2, 3, 7. At small information both lack chi^2/(2K), where"
    " chi^2 + 1 is e^(2 I) for normals and e^I for symbols. Points: simulated normals.",
    seconds={"quick": 12, "default": 25, "paper": 90},
)
def candidates_needed(ctx: Context):
    """J*_K/I against K."""
    fig, ax = ctx.panels()
    K = np.array([2.0, 4.0, 12.0, 40.0, 200.0, 2000.0, 1e5])
    trials = ctx.pick(quick=256, default=1024, paper=16_384)
    for nats in (0.5, 1.0, 2.0):
        rho = float(np.sqrt(1 - np.exp(-nats)))
        color = ctx.next_colour(ax)
        values = [1 - float(gaussian_gap(rho, 2, k)) / nats for k in K]
        ctx.theory(ax, K, np.array(values), label=f"I = {nats:g}", color=color)
        M = max(2.0, float(np.round(np.exp(nats))))
        ctx.theory(ax, K, infonce(K, M) / np.log(M), color=color, linestyle="--")
        if nats == 1.0:
            run = ctx.simulate(NAME, Params(rho=rho, d=2, K=4), mode="normal", trials=trials)
            seen = 1 - run["gap"].mean(axis=1) / float(information(rho, 2))
            at = np.array(values[1:2])
            ctx.points(ax, K[1:2], samples=seen[:, None], theory=at, color=color)
    ax.set(xscale="log", xlabel="candidates K", ylabel="J*_K / I", ylim=(0, 1.03))
    ctx.legend(ax, loc="lower right")
    return fig


@figure(
    title="What the next factor adds",
    source="derived (claims gains_fall_exponentially, wpc_discrete_exact,"
    " hamming_gains_are_constant)",
    caption="The gain of the k-th factor of l = 10 symbols, K = 128 candidates, over the first:"
    " InfoNCE with any critic falls like l^-k once l^k >> K; with a kappa-Lipschitz critic"
    " (Hamming) it stays until kappa k nears ln K, so that a wide bound, kappa = 5, falls as early;"
    " W under Hamming never falls, under the Euclidean metric like k^(-1/2).",
    seconds={"quick": 4, "default": 6, "paper": 6},
)
def gains(ctx: Context):
    """Gains over k."""
    fig, ax = ctx.panels()
    k = np.arange(1, 13)

    def line(values, **words):
        steps = np.diff(values, prepend=0.0)
        shown = steps > 1e-9
        ctx.theory(ax, k[shown], steps[shown] / steps[0], **words)

    line(np.ones(12).cumsum(), label="W, Hamming")
    line(np.asarray(wdm_euclidean(10, k)), label="W, Euclidean")
    for kappa in (0.05, 0.5, 5.0):
        value = np.log(128) - np.asarray(lipschitz_deficit(kappa, 128, 10, k))
        line(value, label=f"kappa = {kappa:g}")
    line(infonce(128, 10.0**k), label="any critic (InfoNCE)", color="0.2", linestyle="--")
    ax.set(yscale="log", xlabel="factor k", ylabel="gain / gain of the first", ylim=(1e-9, 3))
    ctx.legend(ax, loc="lower left")
    return fig


@figure(
    title="Normal pairs: W is finite where the information is not",
    source="derived (claims w1_gaussian_sandwich, w2_gaussian, w2_stays_finite)",
    caption="Against the correlation: W1 lies in the band between the radial critic's value and"
    " the way of the plan that is best for W2, and under W2 (all over sqrt d); both sides meet as"
    " d grows. Points: simulated value of the critic at d = 1. Dashed: sqrt(I/d), which W2 follows"
    " at weak correlation and which has no end at 1.",
    seconds={"quick": 5, "default": 8, "paper": 30},
)
def distances(ctx: Context):
    """Bands over rho."""
    fig, ax = ctx.panels()
    rho = np.linspace(0.01, 0.995, 120)
    for d in (1, 8):
        color = ctx.next_colour(ax)
        low, high = (np.asarray(f(rho, d)) / d**0.5 for f in (w1_lower, w1_upper))
        ctx.theory(ax, rho, low, label=f"W1, d = {d}: from below", color=color)
        ctx.theory(ax, rho, high, label=f"W1, d = {d}: from above", color=color, linestyle=":")
        ax.fill_between(rho, low, high, color=color, alpha=0.15, linewidth=0)
        if d == 1:
            few = np.array([0.3, 0.7, 0.95])
            trials = ctx.pick(quick=256, default=1024, paper=16_384)
            runs = [
                ctx.simulate(NAME, Params(rho=r, d=1, n=50), mode="critic", trials=trials)
                for r in few
            ]
            seen = np.stack([run["radial"] for run in runs], axis=1)
            ctx.points(ax, few, samples=seen, theory=np.asarray(w1_lower(few, 1)), color=color)
    ctx.theory(ax, rho, np.asarray(w2_distance(rho, 1)), label="W2, any d")
    ctx.theory(
        ax, rho, np.sqrt(np.asarray(information(rho, 1))), label="sqrt I", color="0.4",
        linestyle="--",
    )  # fmt: skip
    ax.set(xlabel="correlation rho", ylabel="distance / sqrt d", ylim=(0, 1.4))
    ctx.legend(ax, loc="upper left")
    return fig


@figure(
    title="Which of both a Lipschitz critic measures",
    source="derived; the figure that the paper lacks (claims wpc_sandwich,"
    " weak_critic_measures_the_wdm, strong_critic_is_infonce)",
    caption="Eight factors of ten symbols, Hamming: W = 7.2, I = 18.4. Each line: InfoNCE of the"
    " best kappa-Lipschitz critic over min(ln K, (1 - 1/K) kappa W), at one K. At 1 on the left it"
    " measures W; at 1 on the right it is saturated at ln K and measures nothing; the dip at"
    " kappa W = ln K is the change. A larger K moves it to the right like ln K only."
    " At K = 1e8 = e^I the best InfoNCE itself stays below both caps.",
    seconds={"quick": 4, "default": 5, "paper": 5},
)
def phases(ctx: Context):
    """The value over its caps."""
    fig, ax = ctx.panels()
    kappa = np.geomspace(0.01, 30, 90)
    for K in (8, 128, 10_000, 10**8):
        value = np.log(K) - np.asarray(lipschitz_deficit(kappa, K, 10, 8))
        cap = np.minimum(np.log(K), (1 - 1 / K) * kappa * 7.2)
        ctx.theory(ax, kappa, value / cap, label=f"K = {K:g}")
    ax.set(xscale="log", xlabel="Lipschitz constant kappa", ylabel="J_K(kappa) / its cap")
    ctx.legend(ax, loc="lower right")
    return fig
