"""Points needed, what a fresh start loses, which segments teach, and when smoothness helps."""

import jax.numpy as jnp
import numpy as np

from paper_figures import Context, figure, values_at
from theory.trajectory_matching import Params, fresh_loss, motion, progress, residual, step_noise
from theory.trajectory_matching.fresh import HEAVY
from theory.trajectory_matching.segments import they_teach_soft_directions_only

SETTING = "trajectory_matching"


def relative(run, p):
    """The loss over the mean square way."""
    return run["loss"] / float(jnp.sum(motion(p.x, p.S, p.steps, p.start)))


def sampled(ctx, cases):
    """The relative losses of simulated students at each of the cases."""
    trials = ctx.pick(quick=256, default=1024, paper=16_384)
    runs = [ctx.simulate(SETTING, p, trials=trials) for p in cases]
    return np.stack([relative(run, p) for run, p in zip(runs, cases, strict=True)], axis=1)


@figure(
    title="Longer trajectories need more synthetic points",
    source="derived (claims rank_floor_attained, longer_is_harder)",
    caption="h_i = 2 i^-1.2 in d = 30, S = 1, eta = .4. The least matching loss over the mean"
    " square of the expert's way, against the number of synthetic points, for experts of M steps;"
    " points: students that are run on the best set. No choice of images can do better.",
    seconds={"quick": 3, "default": 5, "paper": 20},
)
def residual_against_points(ctx: Context):
    """R against n_s for several M."""
    fig, ax = ctx.panels()
    points, few = np.arange(1, 30), np.array([2, 5, 10, 20])
    for steps in (1, 10, 100):
        p, label = Params(steps=steps), f"M = {steps}"
        weights = motion(p.x, p.S, steps)
        ctx.theory(ax, points, residual(weights, points), label=label)
        if steps > 1:
            found = sampled(ctx, [p.but(points=int(n)) for n in few])
            ctx.points(ax, few, samples=found, theory=residual(weights, few), label=label)
    ax.set(xlabel="synthetic points $n_s$", ylabel="residual $R$", ylim=(0, 1))
    ctx.legend(ax)
    return fig


@figure(
    title="A matching loss of 0 says nothing of the next expert",
    source="derived (claims points_equal_experts, fresh_start, fresh_start_above_floor)",
    caption="h_i = 2/i in d = 40, S = 1, M = 10, eta = .4. E points match E experts exactly (loss"
    " 0). On a start that was not used they lose what ridgeless regression with E samples does"
    " (line; points: simulated sets), well above the least that as many points could reach with"
    " infinitely many experts (dashed).",
    seconds={"quick": 5, "default": 10, "paper": 60},
)
def fresh_start_against_experts(ctx: Context):
    """The loss on a fresh start against E, and the rank floor."""
    fig, ax = ctx.panels()
    p = HEAVY[0]
    B, weights = progress(p.x, p.steps), motion(p.x, p.S, p.steps)
    total = float(jnp.sum(weights))
    count, few = np.arange(1, 40), np.array([case.experts for case in HEAVY[1:]])
    trials = ctx.pick(quick=128, default=256, paper=4096)
    runs = [ctx.simulate(SETTING, case, mode="experts", trials=trials) for case in HEAVY[1:]]
    label = "fresh start"
    line = np.asarray(fresh_loss(B, p.S, count)) / total
    ctx.theory(ax, count, line, label=label)
    ctx.points(
        ax, few, samples=np.stack([run["fresh"] for run in runs], axis=1) / total,
        theory=line[few - 1], tolerance=0.015 * line[few - 1], label=label,
    )  # fmt: skip
    ctx.theory(ax, count, residual(weights, count), label="rank floor, $n_s = E$", linestyle="--")
    ctx.theory(ax, count, 0 * count, label="experts used", linestyle=":")
    ax.set(xlabel="experts used = synthetic points, $E$", ylabel="loss / mean square way")
    ctx.legend(ax)
    return fig


@figure(
    title="Late segments teach soft directions, and noise makes smooth experts easier",
    source="derived (claims late_segments, they_teach_soft_directions_only, noise_floor,"
    " step_size_nearly_neutral)",
    caption="h_i = 2 i^-1.2 in d = 30, S = 1, 5 points. Left: segments of 10 steps of size .4 from"
    " step t_0: the residual (line; points: students that are run) and the share of the student's"
    " risk that is never learnt (dashed): the easiest segments are the least useful. Right: the"
    " least loss over the mean square way with its noise, in the time eta M = 4, against eta:"
    " without gradient noise the step size hardly matters. Points: students that are run.",
    seconds={"quick": 3, "default": 6, "paper": 30},
)
def segments_and_smoothness(ctx: Context):
    """R and never-learnt risk against t_0; R against eta at fixed time."""
    fig, (left, right) = ctx.panels(1, 2)
    p = Params()
    start = np.unique(np.geomspace(1, 400, 60).astype(int))
    few = np.array([1, 5, 20, 100, 300])
    curve = lambda t: np.asarray(residual(motion(p.x, p.S, p.steps, t), p.points))  # noqa: E731
    ctx.theory(left, start, curve(start), label="residual $R$")
    cases = [p.but(start=int(t)) for t in few]
    ctx.points(left, few, samples=sampled(ctx, cases), theory=curve(few), label="residual $R$")
    late = [p.but(start=int(t), rounds=10**5) for t in start]
    lost = values_at(they_teach_soft_directions_only, late)
    ctx.theory(left, start, lost, label="risk never learnt", linestyle="--")
    left.set(xlabel="first step $t_0$", ylabel="share", xscale="log", ylim=(0, 1.05))
    steps = np.unique([*np.geomspace(8, 400, 40).astype(int), 10, 100])
    rate = 4 / steps
    h = np.asarray(p.h)
    x = rate[:, None] * h
    for sigma in (0.0, 0.3, 1.0):
        way = np.asarray(motion(x, 1.0, steps))
        noise = np.asarray(step_noise(x, rate, steps, sigma)).sum(-1)
        floor = (np.asarray(residual(way, 5)) * way.sum(-1) + noise) / (way.sum(-1) + noise)
        label = rf"$\sigma$ = {sigma:g}"
        ctx.theory(right, rate, floor, label=label)
        cases = [p.but(sigma=sigma, steps=m, rate=4 / m, speed=8 / m) for m in (10, 100)]
        at = [int(np.argmin(abs(steps - case.steps))) for case in cases]
        whole = (way.sum(-1) + noise)[at] / way.sum(-1)[at]
        ctx.points(
            right, rate[at], samples=sampled(ctx, cases) / whole, theory=floor[at], label=label
        )
    right.set(xlabel=r"step size $\eta$ at $\eta M = 4$", ylabel="residual with noise",
              xscale="log", ylim=(0, 1))  # fmt: skip
    ctx.legend(left)
    ctx.legend(right)
    return fig
