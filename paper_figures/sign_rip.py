"""Figures of robust matrix recovery: escape, plateaus, floors, Sign-RIP, phase diagram.

The paper's own figures could not be consulted; these cover the theory that it announces.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from paper_figures import Context, figure
from sims.sign_rip.escape import DECADES, search_ranks
from sims.sign_rip.pictures import sample_times, waiting_time
from theory import sign_rip as t
from theory.sign_rip import GENTLE

SETTING = "sign_rip"


def _path(ctx: Context, params: Any, trials: int, mode: str = "trajectory") -> dict[str, Any]:
    run = ctx.simulate(SETTING, params, mode=mode, trials=trials)
    return {"t": np.asarray(sample_times(params), dtype=float), **run}


def _log_mean(values: Any) -> np.ndarray:
    return np.exp(np.log(np.maximum(values, 1e-300)).mean(axis=0))


def _draw_path(ctx: Context, ax: Any, times: Any, values: Any, label: str) -> None:
    """A trajectory averaged over trials in log scale, as a line of its own (not theory)."""
    mean = _log_mean(values)
    ax.plot(times, mean, ".", markersize=2.5, label=label)
    ctx.record(label, t=times, log_mean=mean)


_ESCAPE = GENTLE.but(
    d=20, rank=2, search_rank=20, m=800, law="gaussian", outlier_size=10.0, alpha=1e-24,
    steps="geometric", rho=0.985, iterations=2400,
)  # fmt: skip


@figure(
    title="F1: escape, then a straight line, whatever the outliers",
    source="derived (the paper's Theorem on outliers and geometric steps)",
    caption="Error against iterations with d = r' = 20, r = 2, m = 800, N(0, 100) outliers and a"
    " start of 1e-24; steps fall after 1.25 escape times. Lines: 2 phi(0+) sigma_1 eta_t, the"
    " predicted time average once converged. A curve that leaves its line has met norm(E)^2, the"
    " residual that grew while the steps were still constant, or the rounding of float64.",
    seconds={"quick": 8, "default": 12, "paper": 60},
)
def escape_and_tracking(ctx: Context):
    """F1."""
    fig, ax = ctx.panels(residuals=False)
    trials = ctx.pick(quick=1, default=2, paper=10)
    for p in ctx.pick(quick=(0.0, 0.3), default=(0.0, 0.1, 0.3, 0.5), paper=(0.0, 0.1, 0.3, 0.5)):
        params = dataclasses.replace(
            _ESCAPE, p=p, iterations=ctx.pick(quick=2480, default=3680, paper=4080)
        )
        path = _path(ctx, params, trials)
        label = f"p = {p:g}"
        # an odd stride between samples: even ones would see one side of the constant-step cycle
        wait = float(waiting_time(params))
        level = float(t.geometric_tracking(params)) * params.eta
        after = path["t"] > 1.1 * wait
        if after.any():
            ctx.theory(
                ax, path["t"][after], level * params.rho ** (path["t"][after] - wait), label=label
            )
        ctx.points(
            ax,
            path["t"],
            mean=_log_mean(path["error"]),
            standard_error=np.zeros(len(path["t"])),
            label=label,
            markersize=2,
        )
    ax.set(xlabel="iteration t", ylabel="error norm(Delta)", yscale="log")
    return fig


@figure(
    title="F2: the search rank costs nothing when the start is tiny",
    source="derived (the paper: m and iterations independent of r')",
    caption="One data set, search ranks r, 2r, 5r and d. Left, alpha = 1e-12: the curves coincide"
    " up to a shift of the escape. Right, alpha = 1e-3: over-parameterised runs stop at norm(E)^2.",
    seconds={"quick": 8, "default": 10, "paper": 60},
)
def search_rank_paths(ctx: Context):
    """F2."""
    fig, axes = ctx.panels(1, 2, residuals=False, sharey=True)
    for ax, alpha in zip(axes, (1e-12, 1e-3), strict=True):
        params = dataclasses.replace(
            _ESCAPE, d=12, search_rank=12, m=500, p=0.2, alpha=alpha, iterations=2000
        )
        path = _path(ctx, params, ctx.pick(quick=1, default=3, paper=20), "ranks_path")
        for i, rank in enumerate(search_ranks(params)):
            _draw_path(ctx, ax, path["t"], path["error"][:, :, i], f"r' = {rank}")
        ax.set(xlabel="iteration t", yscale="log", title=f"alpha = {alpha:g}")
        ax.legend()
    axes[0].set_ylabel("error norm(Delta)")
    return fig


@figure(
    title="F3, F4: error and escape time against the size of the start",
    source="derived: residual_exponent, escape_time",
    caption="Left: final error ~ alpha^(2g), g = 1 - log(1+2 eta lambda_2)/log(1+2 eta lambda_1)"
    " below 1 (the paper's alpha^(2 - small)). Right: escape time, slope"
    " 1/log(1 + 2 eta lambda_1(C)). Lines have the predicted slope through the first point.",
    seconds={"quick": 8, "default": 10, "paper": 60},
)
def start_size(ctx: Context):
    """F3 and F4."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    decades = np.asarray(DECADES)
    residual = GENTLE.but(
        d=20, rank=1, search_rank=20, m=400, alpha=1e-4, eta=0.15, steps="loss", iterations=400
    )
    run = ctx.simulate(
        SETTING, residual, mode="residual", trials=ctx.pick(quick=2, default=8, paper=50)
    )
    alphas = residual.alpha * 10.0**-decades
    logs = np.log(run["errors"])
    slope = 2 * run["predicted"].mean()
    ctx.theory(
        left,
        alphas,
        np.exp(logs[:, 0].mean()) * (alphas / alphas[0]) ** slope,
        label=f"alpha^{slope:.2f}",
    )
    mean, error = logs.mean(axis=0), logs.std(axis=0) / np.sqrt(len(logs))
    ctx.points(
        left,
        alphas,
        mean=np.exp(mean),
        standard_error=np.exp(mean) * error,
        low=np.exp(mean - 2 * error),
        high=np.exp(mean + 2 * error),
        label=f"alpha^{slope:.2f}",
    )
    left.set(xlabel="alpha", ylabel="final error", xscale="log", yscale="log")
    escape = GENTLE.but(d=20, rank=1, search_rank=20, m=128, alpha=1e-4, iterations=500)
    run = ctx.simulate(
        SETTING, escape, mode="slope", trials=ctx.pick(quick=8, default=16, paper=64)
    )
    x = np.log(1 / (escape.alpha * 10.0**-decades))
    times = run["times"].mean(axis=0)
    predicted = run["predicted_slope"].mean()
    ctx.theory(right, x, times[0] + predicted * (x - x[0]), label=f"slope {predicted:.1f}")
    ctx.points(right, x, samples=run["times"], label=f"slope {predicted:.1f}")
    right.set(xlabel="log(1/alpha)", ylabel="escape time")
    return fig


@figure(
    title="F5: dense noise: down to one floor, a plateau, up to another",
    source="derived: error_floor, overfit_window",
    caption="Constant steps, d = 20, r = 1, m = 400, alpha = 1e-8. r' = r stays at the lower floor;"
    " r' = d leaves it after the window (theta/W + W/theta)/2 and ends at the floor of the PSD"
    " cone (horizontal lines: both floors; vertical: escape and the earliest overfitting).",
    seconds={"quick": 8, "default": 12, "paper": 60},
)
def two_plateaus(ctx: Context):
    """F5."""
    fig, axes = ctx.panels(1, 2, residuals=False)
    for ax, nu in zip(axes, (0.1, 0.5), strict=True):
        base = GENTLE.but(d=20, rank=1, m=400, nu=nu, alpha=1e-8, eta=0.02, iterations=4000)
        times = np.asarray(sample_times(base), dtype=float)
        for rank, dof in ((1, t.degrees_of_freedom(20, 1)), (20, t.psd_dimension(20, 1))):
            params = dataclasses.replace(base, search_rank=rank)
            path = _path(ctx, params, ctx.pick(quick=1, default=2, paper=10))
            floor = float(t.error_floor(params, dof)) ** 0.5
            ctx.theory(ax, times, np.full_like(times, floor), label=f"r' = {rank}", linewidth=0.8)
            ctx.points(
                ax,
                times,
                mean=_log_mean(path["error"]),
                standard_error=np.zeros(len(times)),
                label=f"r' = {rank}",
                markersize=2,
            )
        theta, width = float(t.spike(base)[0]), t.noise_width(20, 400)
        top = float(t.outlier_eigenvalue(theta, width))
        escape = float(t.escape_time(base.alpha, top, base.eta))
        for time in (escape, escape * float(t.overfit_window(theta, width))):
            ax.axvline(time, color="0.6", linewidth=0.7)
        ax.set(xlabel="iteration t", yscale="log", title=f"nu = {nu:g}")
    axes[0].set_ylabel("error norm(Delta)")
    return fig


@figure(
    title="F6: the l1 loss does not feel the size of outliers",
    source="derived: l2_error_floor",
    caption="10 % gaussian outliers of growing size, r' = r, d = 12, m = 400: l1 recovers exactly,"
    " l2 ends at sqrt(dof E s^2/(m - dof - 1)).",
    seconds={"quick": 6, "default": 8, "paper": 60},
)
def l1_against_l2(ctx: Context):
    """F6."""
    fig, ax = ctx.panels()
    sizes = np.asarray(
        ctx.pick(
            quick=(0.02, 0.1), default=(0.01, 0.03, 0.1, 0.2), paper=(0.01, 0.02, 0.05, 0.1, 0.2)
        )
    )
    base = GENTLE.but(
        d=12, rank=1, search_rank=1, m=400, p=0.1, law="gaussian", start="near", alpha=0.01,
        steps="geometric", eta=0.01, rho=0.97, iterations=600,
    )  # fmt: skip
    cases = [dataclasses.replace(base, outlier_size=float(s)) for s in sizes]
    runs = [
        ctx.simulate(
            SETTING, c, mode="contaminated", trials=ctx.pick(quick=4, default=24, paper=200)
        )
        for c in cases
    ]
    floor = np.asarray([float(t.l2_error_floor(c, t.noise_second_moment(c))) ** 0.5 for c in cases])
    ctx.theory(ax, sizes, floor, label="l2")
    # the root of the mean square is what the floor predicts
    squares = np.stack([r["l2"] ** 2 for r in runs], axis=1)
    rms = np.sqrt(squares.mean(axis=0))
    error = squares.std(axis=0) / np.sqrt(len(squares)) / (2 * rms)
    ctx.points(ax, sizes, mean=rms, standard_error=error, theory=floor, label="l2")
    ctx.points(ax, sizes, samples=np.stack([r["l1"] for r in runs], axis=1), label="l1")
    ax.set(xlabel="size of the outliers", ylabel="final error", xscale="log", yscale="log")
    return fig


@figure(
    title="F7: signal, cross and residual; eigenvalues against the Riccati flow",
    source="derived: error_pythagoras, riccati_flow",
    caption="Population steps, d = 6, r = 2, r' = 6. Left: the three parts of the error, whose"
    " squares add up (with weight 2 for the cross term). Right: eigenvalues of U U^T (points)"
    " and of the closed-form flow (lines) against tau.",
    seconds={"quick": 5, "default": 5, "paper": 10},
)
def population_dynamics(ctx: Context):
    """F7."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    params = GENTLE.but(d=6, rank=2, search_rank=6, condition=2.0, eta=0.01)
    root = jnp.zeros((6, 2)).at[:2].set(jnp.diag(jnp.sqrt(t.eigenvalues(params))))
    truth = root @ root.T
    start = 0.01 * jax.random.normal(jax.random.key(ctx.rng_seed), (6, 6)) / jnp.sqrt(6.0)

    def advance(carry, _):
        u, tau = carry
        size = t.error_norm(u, truth)
        x = u @ u.T
        parts = jnp.stack(
            [
                jnp.linalg.norm(x[:2, :2] - truth[:2, :2]),
                jnp.linalg.norm(x[:2, 2:]),
                jnp.linalg.norm(x[2:, 2:]),
            ]
        )
        e = params.eta * t.scaling_function(params, size) / size
        new = t.population_step(params, u, truth, params.eta)
        return (new, tau + e), (tau, parts, jnp.linalg.eigvalsh(x)[-3:])

    _, (taus, parts, values) = jax.lax.scan(advance, (start, jnp.float64(0.0)), None, length=700)
    # up to convergence: a constant step then cycles (claim constant_step_cycle)
    steps = np.arange(460)
    for i, name in enumerate(("signal", "cross", "residual")):
        ctx.theory(left, steps, parts[: len(steps), i], label=name)
    left.set(xlabel="iteration t", ylabel="norm", yscale="log")
    # once converged, tau runs away (e stays of order one) and the flow overflows
    shown = int(np.searchsorted(np.asarray(taus), 8.0))
    grid = np.linspace(0, float(taus[shown - 1]), 60)
    flow = jax.vmap(lambda tau: jnp.linalg.eigvalsh(t.riccati_flow(start, truth, tau))[-3:])(
        jnp.asarray(grid)
    )
    thin = np.linspace(0, shown - 1, 20).astype(int)
    for i, name in ((2, "first"), (1, "second"), (0, "third")):
        ctx.theory(right, grid, flow[:, i], label=name)
        ctx.points(
            right,
            np.asarray(taus)[thin],
            mean=np.asarray(values)[thin, i],
            standard_error=np.zeros(20),
            label=name,
        )
    right.set(xlabel="tau", ylabel="eigenvalue of U U^T", yscale="log")
    return fig


@figure(
    title="F8: how far Sign-RIP is from holding exactly",
    source="derived: sign_rip_pointwise; arXiv:2202.08788 (m ~ delta^-2)",
    caption="delta_1(X), d = 8. Left against m: a fixed X follows its closed form, the worst X"
    " found keeps the slope -1/2. Right against 1/(1-p): both grow about like it.",
    seconds={"quick": 12, "default": 18, "paper": 120},
)
def sign_rip_constant(ctx: Context):
    """F8."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False, sharey=True)
    trials = ctx.pick(quick=4, default=12, paper=100)
    ms = ctx.pick(quick=(50, 200), default=(50, 200, 800), paper=(50, 100, 200, 400, 800))
    ps = ctx.pick(quick=(0.0, 0.5), default=(0.0, 0.5, 0.75), paper=(0.0, 0.25, 0.5, 0.75, 0.875))
    by_m = [GENTLE.but(d=8, rank=1, m=m) for m in ms]
    by_p = [GENTLE.but(d=8, rank=1, m=ms[-1], p=p) for p in ps]
    for ax, cases, x in ((left, by_m, ms), (right, by_p, [1 / (1 - p) for p in ps])):
        runs = [ctx.simulate(SETTING, c, mode="adversarial", trials=trials) for c in cases]
        ctx.theory(ax, x, [float(t.sign_rip_pointwise(c, 1, 1.0)) for c in cases], label="fixed X")
        for name, label in (("pointwise_cut", "fixed X"), ("adversarial", "worst X found")):
            ctx.points(ax, x, samples=np.stack([r[name] for r in runs], axis=1), label=label)
        ax.set(xscale="log", yscale="log")
    left.set(xlabel="measurements m", ylabel="delta_1")
    right.set(xlabel="1/(1 - p)")
    return fig


def _dense_law(params: Any) -> float:
    """(pi/2) dof/(1-p)^2: what the recovery threshold tends to as p -> 1."""
    return float(t.degrees_of_freedom(params.d, params.rank)) * np.pi / 2 / (1 - params.p) ** 2


@figure(
    title="F9: phase diagram in (p, m/d)",
    source="derived: spectral, recovery and optimality thresholds",
    caption="d = r' = 15, r = 1. Curves: measurements for the spectral start to see the truth, for"
    " exact recovery at r' = r (and its limit law (pi/2) dof/(1-p)^2, too strict at small p), and"
    " for X* to be the global minimiser at r' = d. Filled dots:"
    " share of runs from a start of 1e-24 that come within 1e-3 of X*; rings: share of runs from a"
    " start of 1/2 that find nothing better than X*. Between the upper curves small starts find X*"
    " although it is not the minimiser.",
    seconds={"quick": 12, "default": 25, "paper": 300},
)
def phase_diagram(ctx: Context):
    """F9."""
    fig, ax = ctx.panels(residuals=False, width=5.5, height=4.0)
    grid = np.linspace(0.02, 0.8, 60)
    base = GENTLE.but(
        d=15, rank=1, search_rank=15, m=100, law="gaussian", outlier_size=10.0, alpha=1e-24,
        steps="geometric", rho=0.985, iterations=2600,
    )  # fmt: skip
    # infinite outliers: the spectral threshold for outliers much larger than X*
    overwhelming = [dataclasses.replace(base, p=float(p), law="infinite") for p in grid]
    for name, curve in (
        ("spectral start", t.spectral_threshold),
        ("recovery, r' = r", t.recovery_threshold),
        ("the same by its limit p to 1", _dense_law),
        ("global minimiser, r' = d", t.optimality_threshold),
    ):
        ctx.theory(ax, grid, [float(curve(q)) / base.d for q in overwhelming], label=name)
    ms = ctx.pick(quick=(60,), default=(30, 60, 120, 240), paper=(30, 45, 60, 90, 135, 180, 270))
    ps = ctx.pick(
        quick=(0.1, 0.4),
        default=(0.1, 0.25, 0.4, 0.55),
        paper=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    )
    trials = ctx.pick(quick=2, default=5, paper=20)
    table: dict[str, list[float]] = {"p": [], "ratio": [], "small": [], "large": []}
    for m in ms:
        for p in ps:
            params = dataclasses.replace(base, m=m, p=p)
            run = ctx.simulate(SETTING, params, mode="small_start", trials=trials)
            for key, value in (
                ("p", p), ("ratio", m / base.d), ("small", 1 - run["small_missed"].mean()),
                ("large", 1 - run["large_beats_truth"].mean()),
            ):  # fmt: skip
                table[key].append(float(value))
    ctx.record("success", **table)
    dots = ax.scatter(
        table["p"],
        table["ratio"],
        c=table["small"],
        cmap="viridis",
        vmin=0,
        vmax=1,
        s=40,
        zorder=3,
        edgecolor="none",
    )
    ax.scatter(
        table["p"],
        table["ratio"],
        facecolor="none",
        s=130,
        zorder=3,
        edgecolor=dots.to_rgba(np.asarray(table["large"])),
        linewidth=2,
    )
    fig.colorbar(dots, ax=ax, label="share of runs (dots: X* found; rings: X* not beaten)")
    ax.set(xlabel="outlier probability p", ylabel="m/d", yscale="log", ylim=(0.7, 60))
    ctx.legend(ax, loc="lower right")
    return fig
