"""Figures of robust matrix recovery: escape, plateaus, floors, Sign-RIP, phase diagram.

The paper's own figures could not be consulted; these cover the theory that it announces.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from paper_figures import Context, figure
from sims.sign_rip.escape import SIZES, sample_times, search_ranks, waiting_time
from theory import sign_rip as theory
from theory import spiked_eigenvalue
from theory.sign_rip import claims_ends, claims_fixed, claims_runs, population

ESCAPE = claims_runs.RANKS.but(
    d=20, search_rank=20, m=800, p=0.0, alpha=1e-24, steps="geometric", iterations=2400
)


def simulate(ctx: Context, params: Any, mode: str, quick: int, default: int, paper: int) -> Any:
    """The run of a mode, with as many trials as the scale says."""
    trials = ctx.pick(quick=quick, default=default, paper=paper)
    return ctx.simulate("sign_rip", params, mode=mode, trials=trials)


def draw_paths(ctx: Context, ax: Any, params: Any, trials: Any, labels: dict[int, str]) -> Any:
    """Trajectories at some of the search ranks, means in log scale, as dots; returns the times."""
    errors = np.maximum(simulate(ctx, params, "trajectory", *trials)["error"], 1e-300)
    times = np.asarray(sample_times(params), dtype=float)
    for rank, label in labels.items():
        mean = np.exp(np.log(errors[:, :, rank]).mean(axis=0))
        ctx.points(ax, times, mean=mean, standard_error=0 * times, label=label, markersize=2)
    ax.set(xlabel="iteration t", yscale="log")
    return times


def draw_tracking(ctx: Context, ax: Any, params: Any, times: Any, **style: Any) -> None:
    """2 phi(0+) sigma_1 eta_t, from when the steps fall on."""
    wait = float(waiting_time(params))
    after = times[times > 1.1 * wait] - wait
    level = float(theory.geometric_tracking(params)) * params.eta
    ctx.theory(ax, after + wait, level * params.rho**after, **style)


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
    # an odd stride between samples: even ones would see one side of the constant-step cycle
    iterations = ctx.pick(quick=2480, default=3680, paper=4080)
    for p in (0.0, 0.3) if ctx.scale == "quick" else (0.0, 0.1, 0.3, 0.5):
        params, label = ESCAPE.but(p=p, iterations=iterations), f"p = {p:g}"
        times = draw_paths(ctx, ax, params, (1, 2, 10), {-1: label})
        draw_tracking(ctx, ax, params, times, label=label)
    ax.set(ylabel="error norm(Delta)")
    return fig


@figure(
    title="F2: the search rank costs nothing when the start is tiny",
    source="derived (the paper: m and iterations independent of r')",
    caption="One data set, search ranks r, 2r, 5r and d. Left, alpha = 1e-12: the curves coincide"
    " up to a shift of the escape. Right, alpha = 1e-3: over-parameterised runs stop at norm(E)^2."
    " Line: 2 phi(0+) sigma_1 eta_t.",
    seconds={"quick": 8, "default": 10, "paper": 60},
)
def search_rank_paths(ctx: Context):
    """F2."""
    fig, axes = ctx.panels(1, 2, residuals=False, sharey=True)
    for ax, alpha in zip(axes, (1e-12, 1e-3), strict=True):
        params = claims_runs.RANKS.but(alpha=alpha, steps="geometric", iterations=2000)
        labels = {i: f"r' = {rank}" for i, rank in enumerate(search_ranks(params))}
        times = draw_paths(ctx, ax, params, (1, 3, 20), labels)
        draw_tracking(ctx, ax, params, times, label="predicted", color="0.4", linewidth=0.8)
        ax.set(title=f"alpha = {alpha:g}")
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
    params = claims_runs.RESIDUAL
    alphas = params.alpha * SIZES
    run = simulate(ctx, params, "residual", 2, 8, 50)
    logs, power = np.log(run["errors"]), 2 * claims_runs.predicted_exponent(run, params).mean()
    mean, error = logs.mean(axis=0), logs.std(axis=0) / len(logs) ** 0.5
    label = f"alpha^{power:.2f}"
    ctx.theory(left, alphas, np.exp(mean[0]) * (alphas / alphas[0]) ** power, label=label)
    ctx.points(
        left, alphas, mean=np.exp(mean), standard_error=np.exp(mean) * error,
        low=np.exp(mean - 2 * error), high=np.exp(mean + 2 * error), label=label,
    )  # fmt: skip
    left.set(xlabel="alpha", ylabel="final error", xscale="log", yscale="log")
    params = claims_runs.SLOPE
    run = simulate(ctx, params, "slope", 8, 16, 64)
    x, times = -np.log(params.alpha * SIZES), run["times"].mean(axis=0)
    slope = float(theory.escape_time(np.exp(-1.0), run["top"].mean(), params.eta))
    ctx.theory(right, x, times[0] + slope * (x - x[0]), label=f"slope {slope:.1f}")
    ctx.points(right, x, samples=run["times"], label=f"slope {slope:.1f}")
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
        base = claims_runs.WINDOW.but(nu=nu, iterations=4000)
        times = draw_paths(ctx, ax, base, (1, 2, 10), {0: "r' = 1", -1: "r' = 20"})
        for label, dof in (("r' = 1", claims_ends.tangent), ("r' = 20", claims_ends.cone)):
            floor = float(theory.error_floor(base, dof(base))) ** 0.5
            ctx.theory(ax, times, floor, label=label, linewidth=0.8)
        top = float(spiked_eigenvalue(*claims_fixed.theta_and_width(base)))
        escape = float(theory.escape_time(base.alpha, top, base.eta))
        for time in (escape, escape * float(claims_runs.window(base))):
            ax.axvline(time, color="0.6", linewidth=0.7)
        ax.set(title=f"nu = {nu:g}")
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
    sizes = np.asarray(ctx.pick(
        quick=(0.02, 0.1), default=(0.01, 0.03, 0.1, 0.2), paper=(0.01, 0.02, 0.05, 0.1, 0.2)
    ))  # fmt: skip
    cases = [claims_ends.CONTAMINATED.but(outlier_size=float(s)) for s in sizes]
    runs = [simulate(ctx, case, "contaminated", 4, 24, 200) for case in cases]
    floor = [float(theory.l2_error_floor(c, theory.noise_second_moment(c))) ** 0.5 for c in cases]
    ctx.theory(ax, sizes, floor, label="l2")
    # the root of the mean square is what the floor predicts
    squares = np.stack([run["l2"] ** 2 for run in runs], axis=1)
    rms = np.sqrt(squares.mean(axis=0))
    error = squares.std(axis=0) / len(squares) ** 0.5 / (2 * rms)
    ctx.points(ax, sizes, mean=rms, standard_error=error, theory=floor, label="l2")
    ctx.points(ax, sizes, samples=np.stack([run["l1"] for run in runs], axis=1), label="l1")
    ax.set(xlabel="size of the outliers", ylabel="final error", xscale="log", yscale="log")
    return fig


def population_path(params: Any, start: Any, truth: Any, steps: int) -> tuple[Any, Any]:
    """tau and U U^T along population steps."""

    def advance(carry, _):
        u, tau = carry
        e = population.relative_step(params, theory.error_norm(u, truth), params.eta)
        return (theory.population_step(params, u, truth, params.eta), tau + e), (tau, u @ u.T)

    return jax.lax.scan(advance, (start, jnp.float64(0.0)), None, length=steps)[1]


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
    params = theory.GENTLE.but(d=6, rank=2, search_rank=6, condition=2.0, eta=0.01)
    truth = jnp.diag(jnp.pad(theory.eigenvalues(params), (0, 4)))
    start = 0.01 * jax.random.normal(jax.random.key(ctx.rng_seed), (6, 6)) / jnp.sqrt(6.0)
    # up to convergence: a constant step then cycles (claim constant_step_cycle)
    taus, x = (np.asarray(v) for v in population_path(params, start, truth, 460))
    values, delta = np.linalg.eigvalsh(x)[:, -3:], x - np.asarray(truth)
    for name, part in (("signal", delta[:, :2, :2]), ("cross", delta[:, :2, 2:]),
                       ("residual", delta[:, 2:, 2:])):  # fmt: skip
        ctx.theory(left, np.arange(460), np.linalg.norm(part, axis=(1, 2)), label=name)
    left.set(xlabel="iteration t", ylabel="norm", yscale="log")
    # once converged, tau runs away (e stays of order one) and the flow overflows
    shown = int(np.searchsorted(taus, 8.0))
    grid, thin = np.linspace(0, taus[shown - 1], 60), np.linspace(0, shown - 1, 20).astype(int)
    flow = jax.vmap(lambda tau: theory.riccati_flow(start, truth, tau))(jnp.asarray(grid))
    flow = np.linalg.eigvalsh(flow)[:, -3:]
    for i, name in ((2, "first"), (1, "second"), (0, "third")):
        ctx.theory(right, grid, flow[:, i], label=name)
        ctx.points(right, taus[thin], mean=values[thin, i], standard_error=np.zeros(20), label=name)
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
    by_m = claims_fixed.SUPREMA
    by_m = ctx.pick(quick=by_m[:3:2], default=by_m[::2], paper=by_m)
    shares = ctx.pick(quick=(0.0, 0.5), default=(0.0, 0.5, 0.75), paper=(0, 0.25, 0.5, 0.75, 0.875))
    by_p = [by_m[-1].but(p=p) for p in shares]
    for ax, cases, x in ((left, by_m, [c.m for c in by_m]),
                         (right, by_p, [1 / (1 - p) for p in shares])):  # fmt: skip
        runs = [simulate(ctx, case, "adversarial", 4, 12, 100) for case in cases]
        fixed = [float(theory.sign_rip_pointwise(c, 1, 1.0)) for c in cases]
        ctx.theory(ax, x, fixed, label="fixed X")
        for name, label in (("fixed", "fixed X"), ("found", "worst X found")):
            ctx.points(ax, x, samples=np.stack([run[name] for run in runs], axis=1), label=label)
        ax.set(xscale="log", yscale="log")
    left.set(xlabel="measurements m", ylabel="delta_1")
    right.set(xlabel="1/(1 - p)")
    return fig


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
    base, d = claims_ends.SMALL_START.but(iterations=2600), claims_ends.SMALL_START.d
    for name, curve in (
        ("spectral start", theory.spectral_threshold),
        ("recovery, r' = r", theory.recovery_threshold),
        ("the same by its limit p to 1",
         lambda p: np.pi / 2 * claims_ends.tangent(p) / (1 - p.p) ** 2),
        ("global minimiser, r' = d", theory.optimality_threshold),
    ):  # fmt: skip
        # infinite outliers: the spectral threshold for outliers much larger than X*
        ctx.sweep(ax, base.but(law="infinite"), "p", np.linspace(0.02, 0.8, 60),
                  lambda p, curve=curve: curve(p) / d, label=name)  # fmt: skip
    shares, ms = ctx.pick(
        quick=((0.1, 0.4), (60,)), default=((0.1, 0.25, 0.4, 0.55), (30, 60, 120, 240)),
        paper=((0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7), (30, 45, 60, 90, 135, 180, 270)),
    )  # fmt: skip
    cases = [base.but(m=m, p=p) for m in ms for p in shares]
    runs = [simulate(ctx, case, "small_start", 2, 5, 20) for case in cases]
    at = [case.p for case in cases], [case.m / d for case in cases]
    small = [1 - claims_ends.missed(0)(run, base).mean() for run in runs]
    large = np.array([1 - (run["gain"] > claims_ends.BEATEN).mean() for run in runs])
    ctx.record("success", p=at[0], ratio=at[1], small=small, large=large)
    dots = ax.scatter(*at, c=small, vmin=0, vmax=1, s=40, zorder=3, edgecolor="none")
    rings = dots.to_rgba(large)
    ax.scatter(*at, facecolor="none", s=130, zorder=3, edgecolor=rings, linewidth=2)
    fig.colorbar(dots, ax=ax, label="share of runs (dots: X* found; rings: X* not beaten)")
    ax.set(xlabel="outlier probability p", ylabel="m/d", yscale="log", ylim=(0.7, 60))
    ctx.legend(ax, loc="lower right")
    return fig
