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
from theory.sign_rip import budget, claims_population, floors, noise, population, spectrum
from theory.sign_rip.params import Params, truth_norm


def predictions(params: Any) -> dict[str, tuple[float | None, str]]:
    """Every number the theory has for these params: {what: (value, unit or remark)}.

    None where the theory has no finite value; the remark says why.
    """
    size, d, m, r, x0 = truth_norm(params), params.d, params.m, params.rank, params.alpha**2
    width = spectrum.noise_width(d, m)
    theta = spectrum.spike(params)[-1]  # the weakest direction decides what can be seen
    rows: dict[str, tuple[Any, str]] = {
        "phi(X*)": (noise.scaling_function(params, size), "scaling function"),
        "phi(0+)": (noise.scaling_at_zero(params), "its limit at small errors"),
        "delta_r(X*)": (
            spectrum.sign_rip_pointwise(params, r, size), "pointwise Sign-RIP constant, k = r"
        ),
        "theta_r": (theta, "weakest signal eigenvalue of C"),
        "2W": (2 * width, "edge of the noise in C"),
        "m spectral": (spectrum.spectral_threshold(params), "measurements to see theta_r"),
        "overlap^2": (spiked_overlap(theta, width), "spectral start, weakest"),
    }  # fmt: skip
    if params.start != "near" and x0 <= population.largest_start(params):
        escape = population.escape_times(params, x0)[-1]
        rows["T_escape"] = (escape, "steps, population, constant eta")
        critical = budget.population_critical_rho(params, x0)
        rows["rho critical"] = (critical, "smallest geometric ratio that reaches X*")
    if params.nu > 0:
        rows["window"] = (None, "the signal is below the noise")
        if theta > width:
            least = budget.overfit_window(theta, width)
            rows["window"] = (least, "T_overfit/T_escape at least")
        for columns, dof in (
            ("r", floors.degrees_of_freedom(d, r)), ("d", floors.psd_dimension(d, r)),
        ):  # fmt: skip
            floor = float(floors.error_floor(params, dof)) ** 0.5
            rows[f"floor, r' = {columns}"] = (
                (floor, "norm(Delta)_F") if math.isfinite(floor)
                else (None, "dof/m is above kappa_c: no finite floor")
            )  # fmt: skip
        if params.p == 0:
            rate = claims_population.gaussian_local_rate(params)
            rows["local rate"] = (rate, "per step, r' = r")
    elif params.p > 0:
        rows["m recovery"] = (floors.recovery_threshold(params), "exact recovery, r' = r")
        rows["m optimality"] = (
            floors.optimality_threshold(params), "X* is the global minimiser, r' = d"
        )  # fmt: skip
        cycle = claims_population.constant_step_cycle(params)
        rows["cycle"] = (cycle, "sum of two successive errors, constant eta")
    return {name: (None if v is None else float(v), what) for name, (v, what) in rows.items()}


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
    for note in budget.advice(params):
        console.print(f"note: {note}", markup=False, highlight=False)
    return 0
