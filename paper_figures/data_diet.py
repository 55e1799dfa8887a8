"""Scores in time and over starts, the pruned perceptron, its phases, a probe's angle, windows."""

import jax
import numpy as np

from paper_figures import Context, figure
from theory.data_diet import (
    Params, averaged_cosine, flow_auc, hard_beats_easy, hard_beats_random, kept_for_error,
    noise_auc, one_step_cosine, probe_overlaps, window_error,
)  # fmt: skip
from theory.data_diet.mixture import MANY, STEP
from theory.data_diet.params import TWICE
from theory.data_diet.windows import NOISY

NAME = "data_diet"


TIMES = np.geomspace(0.02, 8, 60)
SEEN = (10, 27, 40, 53)  # of which the simulation takes these
FLIPS = np.array([0.1, 0.2, 0.3, 0.4])


@figure(
    title="When a score tells flipped labels, and over how many networks to average it",
    source="the paper's score epochs and averages, in this model (claims one_step_auc,"
    " in_sample_auc_of_flow, first_step_is_best, averaged_score_auc, blind_auc_at_init)",
    caption="Noisy mixture, SNR 1.5, d = 60, n = 120. Left: AUC of training residuals for flipped"
    " labels along the gradient flow of least squares, from 0; squares on the left edge are one"
    " small step. It only falls, as flipped labels are learned by heart; at time 0 exactly it is"
    " 1/2. Right: one logistic step of rate .2 from random weights of length s0, flip rate .3, mean"
    " EL2N of M networks; dotted from weights 0. Points are the simulation; theory is that of many"
    " dimensions, off by terms of order 1/n.",
    seconds={"quick": 6, "default": 12, "paper": 60},
)
def scores_in_time(ctx: Context):
    """AUC over time for flip rates; over M for starts."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=64, default=128, paper=4096)
    few = TIMES[list(SEEN)]
    lines = np.asarray(flow_auc(TIMES, STEP.snr, STEP.aspect, FLIPS[:, None]))
    for rho, line in zip(FLIPS, lines, strict=True):
        color, label = ctx.next_colour(left), f"rho = {rho:g}"
        ctx.theory(left, TIMES, line, label=label, color=color)
        runs = [
            ctx.simulate(NAME, STEP.but(rho=float(rho), time=float(t)), mode="mixture",
                         trials=trials)
            for t in few
        ]  # fmt: skip
        seen = np.stack([run["flow_auc"] for run in runs], 1)
        ctx.points(left, few, samples=seen, theory=line[list(SEEN)], tolerance=3 / STEP.n,
                   label=label, color=color)  # fmt: skip
        first = noise_auc(STEP.snr, one_step_cosine(STEP.snr, STEP.d, STEP.n, float(rho)))
        left.plot(TIMES[:1], [float(first)], "s", mfc="none", mec=color, ms=8)
    networks, some = np.geomspace(1, 1000, 60), np.array([4, 16])
    for scale in (0.1, 0.3, 1.0):
        color, label = ctx.next_colour(right), f"s0 = {scale:g}"

        def auc(count, scale=scale):
            p = MANY
            cosine = averaged_cosine(p.snr, p.d, p.n, p.rho, p.eta, scale, count)
            return np.asarray(noise_auc(p.snr, cosine))

        ctx.theory(right, networks, auc(networks), label=label, color=color)
        runs = [ctx.simulate(NAME, MANY.but(runs=int(m), scale=scale), mode="mixture",
                             trials=trials) for m in some]  # fmt: skip
        ctx.points(right, some, samples=np.stack([run["mean_auc"] for run in runs], 1),
                   theory=auc(some), tolerance=0.02, label=label, color=color)  # fmt: skip
    top = float(noise_auc(MANY.snr, one_step_cosine(MANY.snr, MANY.d, MANY.n, MANY.rho)))
    ctx.theory(right, np.array([1.0, 1000.0]), np.full(2, top), color="0.4", linestyle=":")
    left.set(xscale="log", xlabel="time t of the flow", ylabel="AUC for flipped labels",
             ylim=(0.48, 1.01))  # fmt: skip
    right.set(xscale="log", xlabel="networks M", ylabel="AUC for flipped labels", ylim=(0.48, 1.01))
    ctx.legend(left, loc="lower left")
    ctx.legend(right, loc="lower right")
    return fig


def crossovers(shares):
    """Of hard examples with easy and with random ones."""
    return hard_beats_easy(shares), hard_beats_random(shares)


KINDS = (("hard", lambda f: 0.0), ("easy", lambda f: 1 - f), ("random", None))


@figure(
    title="Keep hard examples when there are many, easy ones when there are few",
    source="arXiv:2206.14486's model, equations derived again (claims pruned_perceptron_error,"
    " keep_hard_vs_easy_crossover, keep_hard_vs_random_crossover, hard_limit_cover_transition)",
    caption="Teacher perceptron, student of largest margin. Left: test error against examples a"
    " dimension before pruning, share f = 1/2 (full lines) and 1/5 (dashed) kept; points are the"
    " simulation at f = 1/2, d = 20 and 40. Right: hard examples teach more than easy ones right of"
    " the full line, more than as many random ones right of the dashed line; easy ones beat random"
    " ones on either side. Left of the dotted line the kept are fewer than 2 a dimension.",
    seconds={"quick": 6, "default": 15, "paper": 60},
)
def pruned_curves(ctx: Context):
    """eps over alpha_tot; the crossovers over f."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=32, default=128, paper=2048)
    errors = np.geomspace(0.02, 0.49, 48)
    needed, crossings = jax.jit(kept_for_error), jax.jit(crossovers)
    cases = [Params(d=40, n=40, kept=20), TWICE, Params(d=20, n=240, kept=120)]
    runs = [ctx.simulate(NAME, p, mode="pruned", trials=trials) for p in cases]
    few = np.array([p.total for p in cases])
    for kind, start in KINDS:
        color = ctx.next_colour(left)
        for f, style in ((0.5, "-"), (0.2, "--")):
            window = (1.0, 0.0) if start is None else (f, start(f))
            total = np.asarray(needed(errors, *window)) / f
            label = kind if f == 0.5 else None
            ctx.theory(left, total, errors, label=label, color=color, linestyle=style)
        ctx.points(left, few, samples=np.stack([run[kind] for run in runs], 1), label=kind,
                   color=color)  # fmt: skip
    shares = np.linspace(0.04, 0.96, 47)
    easy, random = map(np.asarray, crossings(shares))
    ctx.theory(right, easy, shares, label="hard = easy", color="k")
    ctx.theory(right, random, shares, label="hard = random",
               color="k", linestyle="--")  # fmt: skip
    ctx.theory(right, 2 / shares, shares, label="2 kept a dimension", color="0.4", linestyle=":")
    for x, y, text in ((20, 0.6, "hard"), (1.5, 0.3, "easy")):
        right.text(x, y, text, ha="center")
    left.set(xscale="log", yscale="log", xlabel="examples a dimension before pruning",
             ylabel="test error", xlim=(0.4, 40), ylim=(0.02, 0.5))  # fmt: skip
    right.set(xscale="log", xlabel="examples a dimension before pruning", ylabel="share kept f",
              xlim=(0.5, 60), ylim=(0, 1.35), yticks=(0, 0.25, 0.5, 0.75, 1))  # fmt: skip
    ctx.legend(left, loc="lower left")
    ctx.legend(right, loc="upper left")
    return fig


@figure(
    title="Flipped labels move the best window inside",
    source="the paper's sliding windows, in this model (claims sliding_window_error,"
    " interior_window_is_best, hardest_beats_easiest_without_noise, dropping_the_flipped_pays)",
    caption="Least squares on 40 % of 400 examples in 40 dimensions: those whose noisy margins come"
    " next after the lowest ones, of the share on the axis, which are dropped. Without flipped"
    " labels the hardest are as good as any; with a share rho of them the hardest windows fail and"
    " the best starts a little above rho. Lines are theory in many dimensions, points the"
    " simulation, rings the best; the steep parts smear at 40 dimensions.",
    seconds={"quick": 3, "default": 5, "paper": 30},
)
def sliding_windows(ctx: Context):
    """Error over the share dropped, for flip rates."""
    fig, ax = ctx.panels()
    trials = ctx.pick(quick=64, default=256, paper=4096)
    line, few = np.linspace(0, 0.6, 121), np.array([0, 20, 40, 80, 120, 180, 240])
    error = jax.jit(lambda start, rho: window_error(NOISY.total, NOISY.share, start, rho))
    for rho in (0.0, 0.1, 0.2, 0.3):
        color, label = ctx.next_colour(ax), f"rho = {rho:g}"
        curve = np.asarray(error(line, rho))
        ctx.theory(ax, line, curve, label=label, color=color)
        runs = [ctx.simulate(NAME, NOISY.but(rho=rho, first=int(i)), mode="windows", trials=trials)
                for i in few]  # fmt: skip
        ctx.points(ax, few / NOISY.n, samples=np.stack([run["window"] for run in runs], 1),
                   label=label, color=color)  # fmt: skip
        best = int(np.argmin(curve))
        ax.plot(line[best], curve[best], "o", mfc="none", mec=color, ms=11)
    ax.set(yscale="log", xlabel="share of lowest margins dropped", ylabel="test error",
           ylim=(0.025, 1))  # fmt: skip
    ctx.legend(ax, loc="upper right")
    return fig


@figure(
    title="A worse probe undoes both",
    source="arXiv:2206.14486's imperfect probe, derived again (claims imperfect_probe,"
    " imperfect_probe_turns, perfect_probe, probe_at_a_right_angle)",
    caption="Half of 4 examples a dimension kept, ranked by a probe at angle theta to the teacher."
    " Left: test error; at a right angle hard and easy are as random ones (dotted), but from about"
    " .45 on both are worse than these. Right: the"
    " student's overlap with the probe's own error E. Hard examples turn it away from the probe,"
    " easy ones toward it. Lines are theory, points the simulation at d = 40.",
    seconds={"quick": 4, "default": 8, "paper": 40},
)
def probe_angle(ctx: Context):
    """Error and overlap over the angle."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=32, default=128, paper=2048)
    angles, some = np.linspace(0, np.pi / 2, 17), [0, 4, 8, 12, 16]
    starts = np.array([0.0, 0.5])
    A, B = map(np.asarray, jax.jit(probe_overlaps)(4.0, 0.5, starts[:, None], angles))
    error = np.arccos(A) / np.pi
    for i, kind in enumerate(("hard", "easy")):
        color, first = ctx.next_colour(left), int(starts[i] * TWICE.n)
        runs = [
            ctx.simulate(NAME, TWICE.but(first=first, angle=float(a)), mode="pruned", trials=trials)
            for a in angles[some]
        ]
        for ax, lines, name in ((left, error, kind), (right, B, "across")):
            ctx.theory(ax, angles, lines[i], label=kind, color=color)
            ctx.points(ax, angles[some], samples=np.stack([run[name] for run in runs], 1),
                       theory=lines[i, some], label=kind, color=color)  # fmt: skip
    ctx.theory(left, angles[[0, -1]], error[0, [-1, -1]], label="random", color="0.4",
               linestyle=":")  # fmt: skip
    left.set(xlabel="angle of probe and teacher", ylabel="test error", ylim=(0.1, 0.235))
    right.set(xlabel="angle of probe and teacher", ylabel="overlap B with E", ylim=(-0.3, 0.45))
    ctx.legend(left, loc="lower right")
    ctx.legend(right, loc="upper right")
    return fig
