"""One pass against many: loss curves, repeated data, and what fresh data save."""

import numpy as np

from paper_figures import Context, figure
from theory.one_epoch import (
    Params, best_stop, curve_exponent, epoch_speedup, fresh_risk, repeated_limit, repeated_risk,
    repeated_train, source_term,
)  # fmt: skip
from theory.one_epoch.power_laws import EASY, HARD, curve

SETTING = "one_epoch"


@figure(
    title="Loss curves of models of several sizes, and the best size for a budget",
    source="derived (claims finite_size_plateau, power_law_loss_curve, compute_optimal_size,"
    " compute_optimal_risk, noise_limited_slope)",
    caption="One pass, B = 1, eta = .3, no label noise, excess risk by the exact recursion. Left:"
    " a = 1.5, s = 1.75, sizes N against compute C = N t; dashed: slope -(s - 1)/(1 + a) = -.3 of"
    " the lower envelope. Large models lose on small budgets, small ones reach their plateau."
    " Right: infinitely many coordinates; dashed the slopes -p = -.5 (a = 1.5, s = 1.75) and"
    " -(2 - 1/a) = -1.23 (a = 1.3, s = 3.9: SGD's own noise sets it); dotted -p = -2.23.",
    seconds={"quick": 3, "default": 3, "paper": 3},
)
def loss_curves(ctx: Context):
    """R against C for sizes, and against t for two spectra."""
    fig, (left, right) = ctx.panels(1, 2)
    t = np.geomspace(1, 1e6, 200)
    for size in (10, 30, 100, 300, 1000):
        risk = np.asarray(curve(EASY.a, EASY.s, EASY.eta, 1, t, float(size)))
        ctx.theory(left, size * t, risk, label=f"N = {size}")
    C = np.geomspace(1e3, 1e8, 50)
    ctx.theory(left, C, 1.1 * C**-0.3, color="0.3", linestyle="--", label="slope -.3")
    left.set(xscale="log", yscale="log", xlabel="compute $C = N t$", ylabel="excess risk $R_t$",
             xlim=(10, 1e8), ylim=(3e-3, 3))  # fmt: skip
    for p, name in ((EASY, "p = .5"), (HARD, "p = 2.23")):
        risk = np.asarray(curve(p.a, p.s, p.eta, 1, t, unlearnt=0.0))
        colour = ctx.next_colour(right)
        ctx.theory(right, t, risk, label=name, color=colour)
        late = t[t > 30]
        slope = -float(curve_exponent(p.a, p.s))
        end = risk[-1] * (late / late[-1]) ** slope
        ctx.theory(right, late, 0.6 * end, color=colour, linestyle="--", label=f"slope {slope:.2f}")
    steep = t[(t > 20) & (t < 3e3)]
    source = np.asarray(source_term(HARD.a, HARD.s, 2 * HARD.eta * steep))
    ctx.theory(right, steep, source, color="0.4", linestyle=":", label="F alone, slope -2.23")
    right.set(xscale="log", yscale="log", xlabel="step $t$", ylabel="excess risk $R_t$",
              ylim=(1e-9, 3))  # fmt: skip
    ctx.legend(left)
    ctx.legend(right)
    return fig


@figure(
    title="Repeated data against fresh data at equal compute",
    source="derived (claims repeated_flow, repeat_is_worse, first_epochs_free, train_test_gap)",
    caption="Isotropic regression, r2 = 1, s2 = .5, gradient flow. Left: excess risk against time"
    " tau = eta n E/B on n samples, g = d/n, and on fresh data; points: simulated flows, d = 40,"
    " n = 80. Right: g = .5, mean square error on the n samples and on new ones (with their"
    " noise): they split; on fresh data both are the dashed line.",
    seconds={"quick": 4, "default": 8, "paper": 60},
)
def repeated_against_fresh(ctx: Context):
    """R against tau; train and test."""
    fig, (left, right) = ctx.panels(1, 2)
    tau, noise = np.geomspace(0.05, 50, 160), 0.5
    few = np.array([0.5, 2.0, 10.0])
    trials = ctx.pick(quick=128, default=512, paper=8192)
    cases = [Params(s2=noise, tau=t) for t in few]
    runs = [ctx.simulate(SETTING, p, mode="repeated", trials=trials) for p in cases]
    seen = {name: np.stack([run[name] for run in runs], axis=1) for name in ("test", "train")}
    for g in (0.1, 0.5, 2.0):
        colour = ctx.next_colour(left)
        line = lambda t, g=g: np.asarray(repeated_risk(t, g, 1.0, noise))  # noqa: E731
        ctx.theory(left, tau, line(tau), label=f"g = {g:g}", color=colour)
        if g == 0.5:
            ctx.points(left, few, samples=seen["test"], theory=line(few), label="g = 0.5",
                       color=colour)  # fmt: skip
    fresh = np.asarray(fresh_risk(tau, 1.0))
    ctx.theory(left, tau, fresh, color="0.3", linestyle="--", label="fresh")
    left.set(xscale="log", xlabel=r"time $\tau$", ylabel="excess risk", ylim=(0, 1.15))
    lines = {
        "test": lambda t: np.asarray(repeated_risk(t, 0.5, 1.0, noise)) + noise,
        "train": lambda t: np.asarray(repeated_train(t, 0.5, 1.0, noise)),
    }
    for name, line in lines.items():
        colour, label = ctx.next_colour(right), {"test": "new samples", "train": "the n samples"}
        ctx.theory(right, tau, line(tau), label=label[name], color=colour)
        shift = noise if name == "test" else 0.0
        ctx.points(right, few, samples=seen[name] + shift, theory=line(few), label=label[name],
                   color=colour)  # fmt: skip
    ctx.theory(right, tau, fresh + noise, color="0.3", linestyle="--", label="fresh, both")
    right.set(xscale="log", xlabel=r"time $\tau$", ylabel="mean square error", ylim=(0, 1.6))
    ctx.legend(left)
    ctx.legend(right, loc="lower left")
    return fig


@figure(
    title="How long to repeat, and what fresh data would save",
    source="derived; the figure that the paper lacks (claims early_stopping, speedup_above_one,"
    " epoch_speedup_limit, overfit_iff_noise)",
    caption="Isotropic regression. Left: S(tau), compute on n samples over compute on fresh data"
    " at equal loss, s2/r2 = .5, up to the best time tau* (dots); dashed: no noise, g = .5, which"
    " tends to 1/(1 - sqrt g)^2 = 11.7. Middle: the best time tau* (epochs are tau* B/(eta n)) as"
    " colour, over g = d/n and noise s2/r2. Right: S at tau*. Contours carry their values.",
    seconds={"quick": 4, "default": 4, "paper": 6},
)
def when_to_stop(ctx: Context):
    """S(tau), and maps of tau* and S(tau*)."""
    fig, (left, middle, right) = ctx.panels(1, 3)
    for g in (0.1, 0.5, 2.0):
        end = float(best_stop(g, 0.5))
        tau, colour = np.geomspace(0.02, end, 100), ctx.next_colour(left)
        line = np.asarray(epoch_speedup(tau, g, 0.5))
        ctx.theory(left, tau, line, label=f"g = {g:g}", color=colour)
        left.plot(tau[-1:], line[-1:], "o", color=colour)
    tau = np.geomspace(0.02, 60, 100)
    ctx.theory(left, tau, np.asarray(epoch_speedup(tau, 0.5, 0.0)), color="0.4",
               linestyle="--", label="g = 0.5, no noise")  # fmt: skip
    left.set(xscale="log", xlabel=r"time $\tau$", ylabel="speed-up $S$ by fresh data", ylim=(1, 9))
    g, noise = np.geomspace(0.1, 10, 40), np.geomspace(0.1, 10, 40)
    stop = np.asarray(best_stop(g, noise[:, None]))
    save = np.asarray(epoch_speedup(stop, np.broadcast_to(g, stop.shape), noise[:, None]))
    for ax, values, name, levels in (
        (middle, stop, r"best time $\tau^*$", [0.1, 0.2, 0.5, 1, 2, 4]),
        (right, save, r"speed-up at $\tau^*$", [2, 3, 4, 6, 8]),
    ):
        mesh = ax.pcolormesh(g, noise, np.log10(values), shading="gouraud", rasterized=True)
        lines = ax.contour(g, noise, values, levels=levels, colors="white")
        ax.clabel(lines, fmt="%g")
        fig.colorbar(mesh, ax=ax, label=f"log10 of {name}")
        ax.set(xscale="log", yscale="log", xlabel="$g = d/n$", ylabel="noise $s_2/r_2$",
               title=name)  # fmt: skip
    ctx.legend(left)
    return fig


@figure(
    title="Repetition overfits where there is noise",
    source="derived (claims no_noise_no_overfitting, repetition_overfits, overfit_iff_noise)",
    caption="Isotropic regression, g = .5, r2 = 1: excess risk against time on n samples for"
    " several noise levels s2; dashed: their limits s2 g/(1 - g). Without noise no number of"
    " epochs overfits. Dots: the best time to stop.",
    seconds={"quick": 2, "default": 2, "paper": 2},
)
def overfitting_and_noise(ctx: Context):
    """R against tau for several s2."""
    fig, ax = ctx.panels()
    tau = np.geomspace(0.05, 200, 200)
    for s2 in (0.0, 0.2, 0.5, 1.0):
        colour = ctx.next_colour(ax)
        line = np.asarray(repeated_risk(tau, 0.5, 1.0, s2))
        ctx.theory(ax, tau, line, label=f"s2 = {s2:g}", color=colour)
        if s2:
            end = float(repeated_limit(0.5, 1.0, s2))
            ctx.theory(ax, tau[[120, -1]], np.full(2, end), color=colour, linestyle="--")
            best = float(best_stop(0.5, s2))
            ax.plot([best], [float(repeated_risk(best, 0.5, 1.0, s2))], "o", color=colour)
    ax.set(xscale="log", xlabel=r"time $\tau$", ylabel="excess risk", ylim=(0, 1.1))
    ctx.legend(ax)
    return fig
