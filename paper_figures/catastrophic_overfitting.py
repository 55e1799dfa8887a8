"""How single-step training overfits, who is abnormal, and what noise and AAER do about it."""

import jax
import numpy as np

from paper_figures import Context, figure
from theory import normal_cdf
from theory.catastrophic_overfitting import (
    Params, abnormal_change, abnormal_share, clock_time, effective_time, locked_ratio, worst_value,
)  # fmt: skip
from theory.catastrophic_overfitting.landscape import pgd_overrates
from theory.catastrophic_overfitting.locks import locking
from theory.catastrophic_overfitting.noise import noisy
from theory.catastrophic_overfitting.training import corner

NAME = "catastrophic_overfitting"
MARKS = ((1 / 3, "q = 1/3"), (1.0, "q = 1"), (4 / 3, "q = 4/3"))


def along(p, tau):
    """The landscape at effective time tau of FGSM training."""
    return p.but(
        b=p.b - p.n * tau, c=p.c + p.kappa * p.n * tau, margin=p.margin + p.a**2 * tau, spread=0.8
    )


def mark(ax, xs, height=0.02):
    """Dotted lines at the three thresholds, with names from a height of the panel."""
    low, high = ax.get_ylim()
    for x, (_, label) in zip(xs, MARKS, strict=True):
        ax.axvline(x, color="0.5", linestyle=":", linewidth=0.8)
        ax.text(x, low + height * (high - low), label, rotation=90, fontsize=6)


@figure(
    title="FGSM training: FGSM's accuracy rises, the worst case falls",
    source="the paper's training curves, in the model (claims clock, straight_line, end_state,"
    " fgsm_accuracy, worst_accuracy, pgd_overrates)",
    caption="b = 1, c = .1, M = 2, kappa = .5, a = .6, n = 4. Left: slope b and curvature c against"
    " time under the logistic loss, theory and one simulated run. Right: accuracies of samples with"
    " margins N(M, .8^2) at the landscapes passed, against effective time tau; points are attacks"
    " on drawn samples (PGD: signed descent from one uniform start). FGSM is exact up to q = 1/3,"
    " abnormal from q = 1, and the far corner is worst from q = 4/3. The run ends at b = 0 here;"
    " for a > 0 the margin M goes on growing, and the worst case recovers much later.",
    seconds={"quick": 4, "default": 5, "paper": 30},
)
def training_curves(ctx: Context):
    """Paths in time, accuracies along them."""
    fig, (left, right) = ctx.panels(1, 2)
    p = Params()
    run = ctx.simulate(NAME, p, mode="training", trials=4)
    taus = np.linspace(0, p.b / p.n, 100)
    times = np.asarray(clock_time(taus, *map(float, corner(p))))
    ctx.theory(left, times, p.b - p.n * taus, label="b")
    ctx.theory(left, times, p.c + p.kappa * p.n * taus, label="c")
    seen = slice(100, 4600, 450)
    for name in ("b", "c"):
        path, at = run[name][0, seen], run["time"][0, seen]
        left.plot(at, path, "o", markersize=3, color=f"C{'bc'.index(name)}", label=f"{name}, run")
    crossed = np.array([float(effective_time(p.b, p.c, p.kappa, p.n, q)) for q, _ in MARKS])
    mark(left, clock_time(crossed, *map(float, corner(p))))
    left.set(xlabel="time t", ylabel="b, c", xlim=(0, 4.3))
    inner = taus[:-1]
    b, c, M = (np.array([getattr(along(p, t), x) for t in inner]) for x in ("b", "c", "margin"))
    descended = jax.jit(jax.vmap(lambda b, c, M: pgd_overrates(
        Params(b=b, c=c, margin=M, n=p.n, spread=0.8))))  # fmt: skip
    curves = {
        "FGSM": ("fgsm_right", normal_cdf((M - p.n * (b - c)) / 0.8)),
        "PGD, one start": ("descended_right", np.where(3 * c > b, descended(b, c, M), np.nan)),
        "worst case": ("worst_right", normal_cdf((M + p.n * b * worst_value(c / b)) / 0.8)),
    }
    few = np.array([5, 35, 50, 65, 80, 95])
    trials = ctx.pick(quick=2048, default=8192, paper=65_536)
    runs = [ctx.simulate(NAME, along(p, inner[i]), trials=trials) for i in few]
    for label, (name, line) in curves.items():
        line = np.asarray(line)
        ok = np.isfinite(line)
        ctx.theory(right, inner[ok], line[ok], label=label)
        shown = [j for j, i in enumerate(few) if ok[i]]
        ctx.points(
            right,
            inner[few][shown],
            samples=np.stack([runs[j][name] for j in shown], axis=1),
            theory=line[few][shown],
            label=label,
        )
    right.set(xlabel="effective time tau", ylabel="accuracy", ylim=(0, 1.02))
    mark(right, crossed)
    ctx.legend(left)
    ctx.legend(right)
    return fig


@figure(
    title="Abnormal examples: their share saturates, their outputs' change rises",
    source="the paper's counts of abnormal examples, in the model (claims abnormal_share_seen,"
    " abnormal_change_seen, onset_early, share_monotone)",
    caption="One nuisance coordinate, start noise U[-k, k]: the share of abnormal examples and"
    " their outputs' change E (loss before - loss after)_+ over b, linear loss, against the"
    " distortion q = c/b; exact lines and simulated steps. Wide noise shows abnormal examples long"
    " before FGSM ceases to be exact (q = 1/3); their share is not monotone in q.",
    seconds={"quick": 3, "default": 4, "paper": 20},
)
def abnormal_examples(ctx: Context):
    """Share and change against q."""
    fig, (left, right) = ctx.panels(1, 2)
    q, few = np.geomspace(0.03, 20, 200), np.array([0.05, 0.15, 0.6, 2.0, 5.0, 12.0])
    trials = ctx.pick(quick=2048, default=8192, paper=65_536)
    for k in (0.5, 1.0, 2.0):
        runs = [ctx.simulate(NAME, noisy(float(x), k), trials=trials) for x in few]
        panels = ((left, "abnormal", abnormal_share), (right, "abnormal_change", abnormal_change))
        for ax, name, formula in panels:
            ctx.theory(ax, q, formula(q, k), label=f"k = {k:g}")
            ctx.points(ax, few, samples=np.stack([run[name] for run in runs], axis=1),
                       theory=np.asarray(formula(few, k)), label=f"k = {k:g}")  # fmt: skip
    left.set(xlabel="q = c/b", ylabel="share of abnormal examples", xscale="log", ylim=(0, 1))
    right.set(xlabel="q = c/b", ylabel="change of outputs / b", xscale="log", ylim=(0, 5))
    mark(left, [x for x, _ in MARKS], 0.84)
    ctx.legend(left)
    ctx.legend(right)
    return fig


@figure(
    title="Where training with noise locks the distortion",
    source="missing in the paper: the phase plane (claims noise_lock, noise_prevents, aaer_lock)",
    caption="The ratio q* = c/b to which training tends from below for a linear loss, against the"
    " noise's half-width k. Left: noise alone, three speeds kappa of c; noise above the crossing"
    " with 4/3 keeps the far corner from winning, noise above that with 1/3 keeps FGSM exact. q"
    " rises below a line and falls above it; c is pushed down in the grey region, and b up in the"
    " red. Right: AAER's lambda = lambda1 lambda2 at kappa = 1. Points: trained runs.",
    seconds={"quick": 5, "default": 6, "paper": 10},
)
def phase_plane(ctx: Context):
    """q*(k) for noise and AAER."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False, sharey=True)
    k = np.linspace(0.25, 2.5, 80)
    for kappa in (0.1, 1.0, 10.0):
        ctx.theory(left, k, locked_ratio(k, kappa, 0.0), label=f"kappa = {kappa:g}")
    u = np.linspace(0.1, 2.5, 200)
    down = np.array([np.real(x[np.isreal(x)][0]) for x in (
        np.roots([1, 0, 1, -2 * (v**3 + v)]) for v in u)])  # fmt: skip
    left.fill_between(down, 1 / (3 * u**2), 100, color="0.5", alpha=0.15, label="c pushed down")
    left.fill_between(k, 4 / (3 * k**2), 100, color="C3", alpha=0.15, label="b pushed up")
    for lam in (0.0, 2.0, 4.0):
        ctx.theory(right, k, locked_ratio(k, 1.0, lam), label=f"lambda = {lam:g}")
    for ax, places in (
        (left, [(k, kappa, 0.0) for kappa in (0.1, 1.0) for k in (0.5, 1.0, 2.0)]),
        (right, [(k, 1.0, lam) for lam in (0.0, 2.0, 4.0) for k in (0.5, 1.0)]),
    ):
        for at in places:
            run = ctx.simulate(NAME, locking(*at), mode="training", trials=4)
            last = np.mean(run["c"][:, -1] / run["b"][:, -1])
            ax.plot(at[0], last, "ko", markersize=3, label="run" if at is places[0] else None)
        for level, label in ((4 / 3, "4/3: far corner"), (1 / 3, "1/3: FGSM exact")):
            ax.axhline(level, color="0.5", linestyle=":", linewidth=0.8)
            ax.text(2.5, level * 1.04, label, fontsize=6, ha="right")
        ax.set(xlabel="half-width k of the noise / ball's radius", yscale="log", ylim=(0.05, 20))
        ax.set(xlim=(0.25, 2.5))
        ctx.legend(ax)
    left.set(ylabel="q* = c/b")
    return fig
