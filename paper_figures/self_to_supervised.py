"""Movement against accuracy, when own answers start to pay, and what the loop does to diversity."""

import numpy as np

from paper_figures import Context, figure
from theory.self_to_supervised import (
    Params, even_prompts, gradient_squares, half_life, kl_of_target, movement, online_diversity,
    paying_prompts, sft_half_life,
)  # fmt: skip
from theory.self_to_supervised.forgetting import changes
from theory.self_to_supervised.forms import judged, s3ft
from theory.self_to_supervised.online import spread_of
from theory.self_to_supervised.params import DRIFT, EXAMPLE, RARE

JUDGES = (
    ("S3FT", 0.0, 0.0), ("judge f = .2", 0.2, 0.0), ("f = .5", 0.5, 0.0), ("m = .3", 0.0, 0.3),
    ("f = .2, m = .3", 0.2, 0.3), ("SFT (m = 1)", 0.0, 1.0),
)  # fmt: skip


@figure(
    title="S3FT is the least move for its accuracy, and more tries the nearest in KL too",
    source="the paper compares scores; the plane is derived (claims judge_errors, least_move,"
    " more_tries, greedy_answer)",
    caption="Running example, P = .6, p_g = .02. Left: total variation between policy and target,"
    " and the target's accuracy. Line: no target lies left of it. Points: sampled targets of"
    " judges that accept wrong answers (f) or reject valid ones (m); the star is a greedy own"
    " answer. Right: KL(q_k||p) + ln P, above the nearest accurate policy, against the number of"
    " tries: it falls like (1 - P)^(2k), the sooner the likelier the gold answer.",
    seconds={"quick": 4, "default": 6, "paper": 12},
)
def least_moves(ctx: Context):
    """The plane of movement and accuracy; KL against tries."""
    fig, (left, right) = ctx.panels(1, 2)
    f = np.linspace(0, 1, 41)
    P, gold = float(EXAMPLE.P), float(EXAMPLE.p_g)
    ctx.theory(left, np.asarray(movement(P, gold, f)), 1 - f * (1 - P), label="least move")
    trials = ctx.pick(quick=1024, default=4096, paper=65_536)
    for label, accepts, rejects in JUDGES:
        p = Params(accepts=accepts, rejects=rejects)
        said = ctx.simulate("self_to_supervised", p, trials=trials)["answer"]
        ctx.points(
            left, [float(movement(P, gold, accepts, rejects))],
            samples=1.0 * (said < p.valid)[:, None], label=label,
            theory=[float(np.asarray(judged(p))[: p.valid].sum())],
        )  # fmt: skip
    left.plot([0.7], [1.0], "*", color="0.2")
    left.annotate("greedy", (0.7, 1.0), (0, -12), textcoords="offset points", ha="center")
    left.set(xlabel="movement TV(q, p)", ylabel="accuracy of the target", ylim=(0.55, 1.04))
    ctx.legend(left, loc="lower right")
    k = np.arange(1, 11)
    for p_g in (0.02, 0.1, 0.3):
        above = np.asarray(kl_of_target(P, p_g, k)) + np.log(P)
        ctx.theory(right, k, above, label=f"p_g = {p_g:g}", marker=".")
    right.set(xlabel="tries k", ylabel="KL(q||p) + ln P, nats", yscale="log")
    ctx.legend(right)
    return fig


@figure(
    title="From how many prompts on own answers forget less than gold ones",
    source="derived (claims forgetting_split, own_answers_pay, gradient_norm_order); not in the"
    " paper",
    caption="Squared change of the logits at another prompt after one step on N prompts, over"
    " eta^2; overlaps of mean .3 and variance 1. Left: gold is rare, p_g = .02: sampled own"
    " answers (S3FT) change less than SFT at every N, soft targets less still. Right: gold is the"
    " policy's favourite, p_g = .45: own answers pay only from 10 prompts on (dashed), because"
    " their sampling noise does not shrink with W. Dotted: N*, where the mean gradient and the"
    " sampling of S3FT's change weigh the same.",
    seconds={"quick": 6, "default": 8, "paper": 15},
)
def when_own_answers_pay(ctx: Context):
    """Change at the probe against N, two policies."""
    fig, panels = ctx.panels(1, 2)
    trials = ctx.pick(quick=512, default=2048, paper=32_768)
    N, few = np.geomspace(1, 1000, 61), (2, 10, 100)
    for ax, policy in zip(panels, ({}, RARE), strict=True):
        cases = [Params(prompts=n, **policy) for n in few]
        runs = [ctx.simulate("self_to_supervised", p, mode="probe", trials=trials) for p in cases]
        lines = [np.broadcast_to(np.asarray(y), N.shape) for y in changes(cases[0], N)]
        at = [np.asarray(y) for y in changes(cases[0], np.array(few, float))]
        names = (("own", "S3FT"), ("gold", "SFT"), ("soft", "S3FT, soft targets"))
        for (name, label), line, y in zip(names, lines, at, strict=True):
            ctx.theory(ax, N, line, label=label)
            samples = np.stack([run[name] for run in runs], axis=1)
            ctx.points(ax, np.array(few, float), samples=samples, theory=y, label=label)
        p = cases[0]
        mean, own, _ = gradient_squares(p.policy, p.valid)
        ax.axvline(float(even_prompts(mean, own, p.mu, p.sigma)), color="0.5", linestyle=":")
        pays = float(paying_prompts(p.policy, p.valid, p.mu, p.sigma))
        if pays > 1:
            ax.axvline(pays, color="0.5", linestyle="--", linewidth=0.8)
        ax.set(xlabel="prompts N", ylabel="squared change/eta^2", xscale="log", yscale="log")
    ctx.legend(panels[0])
    return fig


@figure(
    title="The online loop keeps its mean and loses its diversity",
    source="derived (claims diversity_law, diversity_half_life, neutral_drift_winner); not in the"
    " paper",
    caption="Left: chance that two answers differ, or one is wrong, 1 - sum_C pi^2, against rounds"
    " of training on own answers: policy without wrong answers (P = 1) and running example"
    " (P = .6). Right: rounds in which half of the diversity is gone, against the step eta: own"
    " answers ln 2/eta^2, SFT ln 2/eta.",
    seconds={"quick": 4, "default": 6, "paper": 20},
)
def diversity(ctx: Context):
    """Diversity against rounds; half-lives against the step."""
    fig, (left, right) = ctx.panels(1, 2)
    rounds, at = np.arange(1, 201, 3), (10, 50, 120)
    cases = (
        (DRIFT, "P = 1, eta = .1"), (EXAMPLE, "P = .6, eta = .1"),
        (EXAMPLE.but(eta=0.05), "P = .6, eta = .05"),
    )  # fmt: skip
    trials = ctx.pick(quick=128, default=1024, paper=16_384)
    for p, label in cases:
        gold = float(p.p_g + p.W)
        whole = float(spread_of(s3ft(p))), gold, float(p.W), p.eta
        ctx.theory(left, rounds, np.asarray(online_diversity(*whole, rounds)), label=label)
        runs = [ctx.simulate("self_to_supervised", p.but(rounds=R), mode="online", trials=trials)
                for R in at]  # fmt: skip
        valid = [run["policy"][:, : p.valid] for run in runs]
        samples = np.stack([1 - (x**2).sum(axis=1) for x in valid], axis=1)
        expected = np.asarray(online_diversity(*whole, np.array(at)))
        ctx.points(left, at, samples=samples, theory=expected, label=label)
    left.set(xlabel="rounds R", ylabel="diversity", ylim=(0, 1))
    ctx.legend(left)
    eta = np.geomspace(0.003, 0.5, 40)
    ctx.theory(right, eta, np.asarray(half_life(eta)), label="own answers")
    ctx.theory(right, eta, np.asarray(sft_half_life(eta)), label="SFT")
    right.set(xlabel="step eta", ylabel="half-life, rounds", xscale="log", yscale="log")
    ctx.legend(right)
    return fig
