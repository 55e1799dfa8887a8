"""``python -m theory sign_rip --d 40 --rank 2 --p 0.2 ...``: every prediction for one's own run."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from theory._command_line import Parser
from theory._field_flags import add_flags, to_params
from theory.sign_rip import budget as budget
from theory.sign_rip import floors as floors
from theory.sign_rip import noise as noise
from theory.sign_rip import population as population
from theory.sign_rip import spectrum as spectrum
from theory.sign_rip.params import Params, truth_norm


def predictions(params: Any) -> dict[str, tuple[float | None, str]]:
    """Every number the theory has for these params: {what: (value, unit or remark)}.

    None where the theory has no finite value; the remark says why.
    """
    size = float(truth_norm(params))
    d, m = params.d, params.m
    width = spectrum.noise_width(d, m)
    theta = spectrum.spike(params)
    # the weakest direction decides what can be seen and how long the escape lasts
    weakest = float(theta[-1])
    rows: dict[str, tuple[float | None, str]] = {
        "phi(X*)": (float(noise.scaling_function(params, size)), "scaling function"),
        "phi(0+)": (float(noise.scaling_at_zero(params)), "its limit at small errors"),
        "delta_r(X*)": (
            float(spectrum.sign_rip_pointwise(params, params.rank, size)),
            "pointwise Sign-RIP constant, k = r",
        ),
        "theta_r": (weakest, "weakest signal eigenvalue of C"),
        "2W": (2 * width, "edge of the noise in C"),
        "m spectral": (float(spectrum.spectral_threshold(params)), "measurements to see theta_r"),
        "overlap^2": (float(spectrum.squared_overlap(weakest, width)), "spectral start, weakest"),
    }
    if params.start != "near" and params.alpha**2 <= population.largest_start(params):
        times = population.escape_times(params, params.alpha**2)
        rows["T_escape"] = (float(times[-1]), "steps, population, constant eta")
        critical = float(budget.population_critical_rho(params, params.alpha**2))
        rows["rho critical"] = (critical, "smallest geometric ratio that reaches X*")
    if params.nu > 0:
        rows["window"] = (
            float(budget.overfit_window(weakest, width)) if weakest > width else None,
            "T_overfit/T_escape at least" if weakest > width else "the signal is below the noise",
        )
        for name, dof in (
            ("floor, r' = r", floors.degrees_of_freedom(d, params.rank)),
            ("floor, r' = d", floors.psd_dimension(d, params.rank)),
        ):
            value = float(floors.error_floor(params, dof)) ** 0.5
            finite = math.isfinite(value)
            remark = "norm(Delta)_F" if finite else "dof/m is above kappa_c: no finite floor"
            rows[name] = (value if finite else None, remark)
        if params.p == 0:
            rows["local rate"] = (float(population.gaussian_local_rate(params)), "per step, r' = r")
    elif params.p > 0:
        rows["m recovery"] = (float(floors.recovery_threshold(params)), "exact recovery, r' = r")
        rows["m optimality"] = (
            float(floors.optimality_threshold(params)),
            "X* is the global minimiser, r' = d",
        )
        rows["cycle"] = (
            float(population.constant_step_cycle(params)),
            "sum of two successive errors, constant eta",
        )
    return rows


def command(arguments: Sequence[str]) -> int:
    """Prints :func:`predictions` and :func:`advice` for the params given as flags.

    Raises ParameterError for a value outside its range.
    """
    parser = Parser(prog="python -m theory sign_rip", description=__doc__)
    add_flags(parser, Params)
    params = to_params(Params, parser.parse_args(list(arguments)))
    console = Console(width=None if Console().is_terminal else 110)
    table = Table(title="sign_rip: predictions", title_justify="left")
    table.add_column("quantity")
    table.add_column("value", justify="right")
    table.add_column("meaning")
    for name, (value, remark) in predictions(params).items():
        table.add_row(name, "-" if value is None else f"{np.float64(value):.6g}", remark)
    console.print(table)
    for note in budget.advice(params):
        console.print(f"note: {note}", markup=False, highlight=False)
    return 0
