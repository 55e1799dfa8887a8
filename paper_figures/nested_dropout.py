"""Bias and variance against the number of features, the gap of small losses, order in time."""

import numpy as np

from paper_figures import Context, figure
from theory.nested_dropout import (
    Params, cut_chances, dropout_share, effective_dimension, kept_noise, loss_gap, nested_share,
    noisy_error, survival, unit_strength,
)  # fmt: skip

N = 64
FLIPS = (0.0, 0.1, 0.2, 0.3, 0.4)
KEPT = np.arange(1, N + 1)


def energies(decay=1.0):
    """E_k for k = 1 .. n."""
    return np.minimum(np.cumsum(np.asarray(Params(decay=decay).energies)), N)


@figure(
    title="Few features do better the noisier the labels",
    source="derived (claims label_noise_bias_variance, feature_pays): the paper's accuracy against"
    " the number of kept channels, in this model",
    caption="n = 64 labels +-1, flipped with chance eta; least squares on the first k of 64"
    " orthonormal features, whose energies fall like 1/j. Left: mean square error on the clean"
    " labels; lines are theory, points the simulation, rings the best k. Right: its parts at"
    " eta = .2: what is missed falls with k, the noise that is let in rises in a line.",
    seconds={"quick": 5, "default": 8, "paper": 40},
)
def bias_and_variance(ctx: Context):
    """Error against k, and its two parts."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=128, default=512, paper=8192)
    few, energy = np.array([4, 16, 32, 64]), energies()
    for eta in FLIPS:
        color, label = ctx.next_colour(left), f"eta = {eta:g}"
        line = np.asarray(noisy_error(energy, KEPT, N, eta))
        ctx.theory(left, KEPT, line, label=label, color=color)
        runs = [
            ctx.simulate("nested_dropout", Params(kept=int(k), eta=eta), mode="noise",
                         trials=trials)
            for k in few
        ]  # fmt: skip
        ctx.points(left, few, samples=np.stack([r["error"] for r in runs], 1),
                   theory=line[few - 1], label=label, color=color)  # fmt: skip
        best = int(np.argmin(line))
        left.plot(KEPT[best], line[best], "o", mfc="none", mec=color, ms=11)
    bias = 1 - (1 - 4 * 0.2**2) * energy / N
    ctx.theory(right, KEPT, bias, label="bias^2: 1 - (1 - 4 eta^2) E_k/n")
    ctx.theory(right, KEPT, 4 * 0.2 * 0.8 * KEPT / N, label="variance: 4 eta (1 - eta) k/n")
    ctx.theory(right, KEPT, np.asarray(noisy_error(energy, KEPT, N, 0.2)), color="0.3",
               linestyle="--", label="sum")  # fmt: skip
    left.set(
        xlabel="kept features k", ylabel="mean square error on clean labels", ylim=(-0.05, 1.95)
    )
    right.set(xlabel="kept features k", ylabel="part of the error", ylim=(0, 1.15))
    ctx.legend(left, ncols=2, loc="upper left")
    ctx.legend(right, loc="upper left")
    return fig


@figure(
    title="Compression and exchange fight the same term",
    source="derived; the figure that the paper lacks (claims small_loss_gap, peer_gap,"
    " coteaching_advantage, selected_noise_rate)",
    caption="n = 64, energies like 1/j, eta = .3. Left: how far the margins of clean labels lie"
    " above those of flipped ones, in one's own fit and in a peer's whose flips are its own or"
    " half shared. At k = n one's own losses say nothing. Right: the noise rate among the"
    " 70 % of labels with largest margins. Points are the simulation; lines take margins for"
    " normals of equal spread (claim selected_noise_rate), which they are not quite.",
    seconds={"quick": 5, "default": 8, "paper": 40},
)
def small_losses(ctx: Context):
    """Gap and kept noise against k."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=128, default=512, paper=8192)
    few, energy, eta = np.array([4, 16, 32, 48, 64]), energies(), 0.3
    runs = {
        shared: [
            ctx.simulate("nested_dropout", Params(kept=int(k), eta=eta, shared=shared),
                         mode="noise", trials=trials)
            for k in few
        ]
        for shared in (0.0, 0.5)
    }  # fmt: skip
    cases = ((1.0, 0.0, "own", "one's own fit"), (0.5, 0.5, "peer", "peer, half shared"),
             (0.0, 0.0, "peer", "peer, independent"))  # fmt: skip
    for share, run, who, label in cases:
        color = ctx.next_colour(left)
        line = np.asarray(loss_gap(energy, KEPT, N, eta, share))
        ctx.theory(left, KEPT, line, label=label, color=color)
        ctx.points(left, few, samples=np.stack([r[f"{who}_gap"] for r in runs[run]], 1),
                   theory=line[few - 1], label=label, color=color)  # fmt: skip
        if share == 0.5:
            continue
        part, touch = energy / N, KEPT / N
        noise = touch * (1 - touch) if share else touch
        spread = (1 - 2 * eta) ** 2 * part * (1 - part) + 4 * eta * (1 - eta) * noise
        reach = np.minimum(line / 2 / np.sqrt(np.maximum(spread, 1e-12)), 6.0)
        reach = np.where(line < 1e-9, 0.0, reach)
        ctx.theory(right, KEPT, np.asarray(kept_noise(eta, reach, 0.7)), label=label, color=color)
        seen = np.stack([r[f"kept_{who}"] for r in runs[run]], 1)
        ctx.points(right, few, samples=seen, color=color, marker="o")
    ctx.theory(right, KEPT[[0, -1]], np.full(2, eta), color="0.4", linestyle=":", label="eta")
    left.set(xlabel="kept features k", ylabel="gap of margins, clean - flipped", ylim=(-0.4, 0.86))
    right.set(xlabel="kept features k", ylabel="noise rate of the selected", ylim=(0.1, 0.36))
    ctx.legend(left, loc="lower left")
    ctx.legend(right, loc="upper left")
    return fig


@figure(
    title="Nested dropout learns features in order, dropout makes them equal",
    source="derived (claims ordered_learning_speed, units_grow_one_by_one, mean_number_kept,"
    " dimension_grows_like_the_root_of_log_time)",
    caption="Left: units of a nested linear autoencoder in time, strength over singular value"
    " (sigma = 3, K_max = 3, singular values 2, 1.33, .89, start .01); points are a gradient flow"
    " of both layers. Right: the effective dimension of stopping at t, sum_j g_j^2 of 64 equal"
    " features: nested dropout of three widths, whose growth is sigma sqrt(log t) in the end,"
    " and dropout with p = .5, which jumps to p^2 D = 16.",
    seconds={"quick": 8, "default": 8, "paper": 15},
)
def order_in_time(ctx: Context):
    """Units in time, and effective dimensions."""
    fig, (left, right) = ctx.panels(1, 2)
    base = Params(n=4, d=4, kept=1, units=3, steps=3000, keep=0.2)
    sv, q = np.asarray(base.singular)[:3], np.asarray(survival(base.unit_chances))
    times, few = np.linspace(0, 20, 200), np.array([1.0, 3.0, 6.0, 9.0, 14.0])
    runs = [ctx.simulate("nested_dropout", base.but(time=t), mode="units", trials=32) for t in few]
    for j in range(3):
        color, label = ctx.next_colour(left), f"unit {j + 1}, q = {q[j]:.2f}"
        ctx.theory(left, times, np.asarray(unit_strength(times, sv[j], q[j], 0.01)) / sv[j],
                   label=label, color=color)  # fmt: skip
        seen = np.stack([r["strength"][:, j] / sv[j] for r in runs], 1)
        left.plot(few, seen.mean(0), "o", color=color, ms=4)
    left.set(xlabel="time t of gradient flow", ylabel="strength of a unit / singular value")
    line = np.geomspace(0.1, 1e6, 200)
    for sigma in (3.0, 10.0, 30.0):
        alive = np.asarray(survival(cut_chances(sigma, N)))
        shares = np.asarray(nested_share(alive, 1.0, line[:, None]))
        ctx.theory(right, line, np.asarray(effective_dimension(shares)), label=f"sigma = {sigma:g}")
    shares = np.asarray(dropout_share(0.5, 1.0, line[:, None])) * np.ones(N)
    ctx.theory(right, line, np.asarray(effective_dimension(shares)), color="0.3", linestyle="--",
               label="dropout, p = .5")  # fmt: skip
    right.set(xscale="log", yscale="log", xlabel="time t of gradient flow",
              ylabel="effective dimension", ylim=(0.05, 90))  # fmt: skip
    ctx.legend(left, loc="lower right")
    ctx.legend(right, loc="lower right")
    return fig
