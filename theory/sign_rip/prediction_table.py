"""``python -m theory sign_rip --d 40 --rank 2 --p 0.2 ...``: every prediction for one's own run."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from theory import spiked_overlap
from theory._command_line import Parser
from theory._field_flags import add_flags, to_params
from theory.sign_rip import floors, noise, population, spectrum
from theory.sign_rip.claims_population import constant_step_cycle, gaussian_local_rate
from theory.sign_rip.params import Params, truth_norm


def predictions(params: Any) -> dict[str, tuple[float | None, str]]:
    """Every number the theory has for these params: {what: (value, unit or remark)}.

    None where the theory has no finite value; the remark says why.
    """
    size, d, m, r, x0 = truth_norm(params), params.d, params.m, params.rank, params.alpha**2
    width = spectrum.noise_width(d, m)
    theta = spectrum.spike(params)[-1]  # the weakest direction decides what can be seen
    delta = spectrum.sign_rip_pointwise(params, r, size)
    rows: dict[str, tuple[Any, str]] = {
        "phi(X*)": (noise.scaling_function(params, size), "scaling function"),
        "phi(0+)": (noise.scaling_at_zero(params), "its limit at small errors"),
        "delta_r(X*)": (delta, "pointwise Sign-RIP constant, k = r"),
        "theta_r": (theta, "weakest signal eigenvalue of C"),
        "2W": (2 * width, "edge of the noise in C"),
        "m spectral": (spectrum.spectral_threshold(params), "measurements to see theta_r"),
        "overlap^2": (spiked_overlap(theta, width), "spectral start, weakest"),
    }
    if params.start != "near" and x0 <= population.largest_start(params):
        escape = population.escape_times(params, x0)[-1]
        rows["T_escape"] = escape, "steps, population, constant eta"
        critical = population.population_critical_rho(params, x0)
        rows["rho critical"] = critical, "smallest geometric ratio that reaches X*"
    if params.nu > 0:
        rows["window"] = None, "the signal is below the noise"
        if theta > width:
            rows["window"] = population.overfit_window(theta, width), "T_overfit/T_escape at least"
        for columns, dimension in (("r", floors.degrees_of_freedom), ("d", floors.psd_dimension)):
            floor, what = float(floors.error_floor(params, dimension(d, r))) ** 0.5, "norm(Delta)_F"
            if not math.isfinite(floor):
                floor, what = None, "dof/m is above kappa_c: no finite floor"
            rows[f"floor, r' = {columns}"] = floor, what
        if params.p == 0:
            rows["local rate"] = gaussian_local_rate(params), "per step, r' = r"
    elif params.p > 0:
        rows["m recovery"] = floors.recovery_threshold(params), "exact recovery, r' = r"
        least = floors.optimality_threshold(params)
        rows["m optimality"] = least, "X* is the global minimiser, r' = d"
        rows["cycle"] = constant_step_cycle(params), "sum of two successive errors, constant eta"
    return {name: (None if v is None else float(v), what) for name, (v, what) in rows.items()}


def advice(params: Any) -> tuple[str, ...]:
    """What a run at these params cannot do, in sentences; empty where nothing stands against it."""
    rho, x0, a = params.rho, params.alpha**2, 2 * params.eta * params.scale
    small_start, geometric = params.start != "near", params.steps == "geometric"
    limit = float(population.tracking_ratio_limit(params.condition))
    needed, least = 0.0, float(spectrum.spectral_threshold(params))
    if geometric and small_start and params.nu == 0 and x0 <= population.largest_start(params):
        needed = float(population.population_critical_rho(params, x0))
    unseen = float(spectrum.spike(params)[-1]) <= spectrum.noise_width(params.d, params.m)
    notes = (
        (geometric and rho < 0.5,
         f"rho = {rho:g} < 1/2: the error cannot follow steps that shrink so fast"),
        (geometric and 0.5 <= rho <= limit,
         f"rho = {rho:g}: the slowest of modes with kappa = {params.condition:g} needs rho >"
         f" {limit:.3f}"),
        (rho < needed,
         f"steps decay too fast: the iterate will freeze near 0; need rho >= {needed:.5f}"),
        (params.steps == "ideal" and a > 1,
         f"a = 2 eta sigma_1 = {a:g} > 1: the truth is an unstable fixed point of ideal steps"),
        (params.steps == "constant" and params.nu == 0,
         "without dense noise a constant step never converges: expect a cycle"),
        (small_start and unseen,
         f"m = {params.m} is below the spectral threshold {least:.0f}: the escape phase cannot see"
         " the weakest direction"),
        (float(truth_norm(params)) < x0,
         "the start is larger than the truth: small-start theory does not speak of it"),
    )  # fmt: skip
    return tuple(note for holds, note in notes if holds)


def command(arguments: Sequence[str]) -> int:
    """Prints :func:`predictions` and :func:`advice` for the params given as flags.

    Raises ParameterError for a value outside its range.
    """
    parser = Parser(prog="python -m theory sign_rip", description=__doc__)
    add_flags(parser, Params)
    params = to_params(Params, parser.parse_args(list(arguments)))
    console = Console(width=None if Console().is_terminal else 110)
    table = Table("quantity", "value", "meaning", title="sign_rip: predictions")
    table.title_justify, table.columns[1].justify = "left", "right"
    for name, (value, remark) in predictions(params).items():
        table.add_row(name, "-" if value is None else f"{np.float64(value):.6g}", remark)
    console.print(table)
    for note in advice(params):
        console.print(f"note: {note}", markup=False, highlight=False)
    return 0
