"""``python -m theory random_features``: predictions for your own kernel, in tables."""

import argparse
import itertools
import math
import warnings
from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.table import Column, Table

from theory import ParameterError
from theory._command_line import Parser, between, number, parsed, path
from theory._read_numbers import RULE, read_columns, read_matrix, read_vector
from theory.random_features.data import (
    extrapolated, from_kernel, measured_exponents, price_of_fitting_less,
)  # fmt: skip
from theory.random_features.optimum import optimal_ridge
from theory.random_features.params import refuse
from theory.random_features.predict import FEW, left_out, predict
from theory.random_features.spectrum import Spectrum, infinite_powerlaw, modes_of, spectrum

__all__ = ["command"]

_EXAMPLES = f"""examples:
  --spectrum task.csv --n 100 1000 --k 50 inf --ridge 0 0.1 --noise 0.1
      task.csv: columns eigenvalue, squared coefficient [, multiplicity]
  --spectrum eigenvalues.npy --target squared_coefficients.npy --n 100
      two vectors; with --points N if they come from a kernel matrix of N points
  --kernel K.npy --labels y.npy --n 50 200
      an N x N matrix and N labels
  --powerlaw 1.5 1.8 --n 100 --k 300 inf

files: {RULE}.
"""

_FIT = 0.01  # the fitting ratio whose price is printed
_COUNT = between(1, math.inf)  # of points or features
_REQUIRED = {
    "eigenvalue": {"eigenvalues", "lambda"},
    "squared coefficient": {"squared coefficients", "eigcoeffs sq", "v^2"},
}
_OPTIONAL = {"multiplicity": {"multiplicities"}}


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m theory random_features",
        description="Test and train error of (random-feature) ridge regression for your kernel.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--spectrum", type=path, metavar="FILE", help=".npy or .csv, see below")
    task.add_argument("--kernel", type=path, metavar="FILE", help="kernel matrix, with --labels")
    task.add_argument(
        "--powerlaw", type=number, nargs=2, metavar=("ALPHA", "BETA"),
        help="infinitely many modes i^-ALPHA with squared coefficients i^-BETA, 1 < ALPHA <= 6",
    )  # fmt: skip
    add = parser.add_argument
    add("--target", type=path, metavar="FILE", help="squared coefficients")
    add("--labels", type=path, metavar="FILE", help="labels of the kernel's points")
    add("--points", type=number, metavar="N", help="of the kernel matrix behind --spectrum")
    add("--extrapolate", action="store_true",
        help="continue the spectrum of N points beyond mode N/20 by its fitted powerlaw",
    )  # fmt: skip
    add("--n", type=_COUNT, nargs="+", required=True, help="training points")
    add("--k", type=_COUNT, nargs="+", default=[math.inf], help="features, or inf")
    add("--ridge", type=number, nargs="+", default=[0.0, 0.1],
        help="delta >= 0, added to the kernel matrix: scikit-learn's alpha",
    )  # fmt: skip
    add("--noise", type=number, default=0.0, help="variance of the label noise")
    return parser


def _task(given: argparse.Namespace) -> Spectrum:
    for flag, of in (("labels", "kernel"), ("target", "spectrum"), ("points", "spectrum")):
        if (value := getattr(given, flag)) is not None and getattr(given, of) is None:
            raise refuse(flag, value, f"goes with --{of}")
    if given.powerlaw:
        if given.extrapolate:
            raise refuse("extrapolate", True, "is for a sample's spectrum; a powerlaw has its tail")
        return infinite_powerlaw(*given.powerlaw)
    if given.kernel is not None:
        if given.labels is None:
            raise refuse("labels", None, "is missing: --kernel needs --labels FILE")
        return from_kernel(read_matrix(given.kernel), read_vector(given.labels))
    if given.target is not None:
        arrays = read_vector(given.spectrum), read_vector(given.target)
        return spectrum(*arrays, points=given.points)
    try:
        columns = read_columns(given.spectrum, _REQUIRED, _OPTIONAL)
    except ParameterError as error:
        raise ParameterError(f"{error}, or eigenvalues alone with --target FILE") from None
    return spectrum(*(columns.get(name) for name in (*_REQUIRED, *_OPTIONAL)), points=given.points)


def _table(title: str, *names: str) -> Table:
    return Table(*(Column(x, justify="right", overflow="fold") for x in names), title=title)


def _risks(of: Spectrum, given: argparse.Namespace) -> Table:
    table = _table(
        "predicted errors (label noise included)", "n", "k", "ridge", "test error", "train error",
        "fitting ratio", "kappa", "gamma", "df", *([] if of.points is None else ["left out"]),
    )  # fmt: skip
    for n, k, ridge in itertools.product(given.n, given.k, given.ridge):
        at = {"n": n, "ridge": ridge, "noise": given.noise}
        p = predict(of, k=k, **at)
        ratio = p.fitting_ratio_root**2
        numbers = [p.test_risk, p.train_risk, ratio, p.kappa, p.gamma, p.degrees_of_freedom]
        if of.points is not None:
            numbers.append(left_out(of, **at).test_risk if math.isinf(k) else math.nan)
        shown = ("-" if math.isnan(x) else f"{x:.4g}" for x in map(float, numbers))
        table.add_row(f"{n:g}", f"{k:g}", f"{ridge:g}", *shown)
    return table


def _optima(of: Spectrum, given: argparse.Namespace) -> Table:
    table = _table(
        "at the optimal ridge", "n", "k", "optimal ridge", "test error", "fitting ratio",
        "overfitting", f"price of R = {_FIT:g}",
    )  # fmt: skip
    for n, k in itertools.product(given.n, given.k):
        best = optimal_ridge(of, n=n, k=k, noise=given.noise)
        price = price_of_fitting_less(of, n, k, given.noise, _FIT)
        # zero ridge is the minimum over all ridges: whoever wants the least test error must
        # interpolate, and pays the price in the last column for stopping at R = 0.01
        verdict = "obligatory" if float(best.ridge) == 0 and k > n else "not optimal"
        if of.points is not None and n > FEW * float(of.points):
            verdict = "open: n > N/10"
        table.add_row(
            f"{n:g}", f"{k:g}", f"{float(best.ridge):.5g}", f"{float(best.test_risk):.5g}",
            f"{float(best.fitting_ratio_root) ** 2:.4g}", verdict,
            f"{100 * (price - 1):+.2f} %" if math.isfinite(price) else "-",
        )  # fmt: skip
    return table


def _notes(of: Spectrum, given: argparse.Namespace) -> Iterator[str]:
    """What a reader of the tables has to know of a sample's spectrum."""
    values = np.asarray(of.eigenvalues)
    cut = int((values == 0).sum())
    if given.kernel is not None and cut:
        yield (
            f"{cut} of {len(values)} modes lie within the rounding of the matrix's type of 0 and"
            " were cut: what they hold of the labels counts as noise"
        )
    worst = max(given.n)
    if worst <= FEW * (len(values) if of.points is None else float(of.points)):
        return
    if of.points is not None:
        at = {"n": worst, "ridge": min(given.ridge), "noise": given.noise}
        yield (
            f"warning: n = {worst:g} of the N = {of.points:g} points. The test error is that of the"
            f" N points as the whole population, {float(predict(of, **at).test_risk):.4g}; on the"
            f" points left out it is {float(left_out(of, **at).test_risk):.4g} (kernel, ridge"
            f" {at['ridge']:g}). --extrapolate continues the spectrum"
        )
    elif given.spectrum is not None and not given.extrapolate:
        yield (
            f"if this spectrum of {len(values)} entries comes from a kernel matrix of N points, say"
            " --points N: n should then be far below N"
        )


def command(arguments: list[str]) -> int:
    """Prints the tables for the user's own task; 0, or a usage error's exit status 2.

    Raises ParameterError (a ValueError) for numbers or files that do not fit.
    """
    given = parsed(_parser(), arguments)
    if isinstance(given, int):
        return given
    of = _task(given)
    console = Console(width=None if Console().is_terminal else 110)
    with warnings.catch_warnings():  # of single predictions: the notes say them for all
        warnings.filterwarnings("ignore", r"random_features: n = .* points that the spectrum")
        if given.extrapolate:
            of, fit, first = extrapolated(of)
            console.print(
                f"EXTRAPOLATED: modes from {first} on are i^-{fit.alpha:.3f}, their squared"
                f" coefficients i^-{fit.beta:.3f}, as measured between n = {fit.first:g} and"
                f" {fit.last:g}: an assumption"
            )
        console.print(_risks(of, given), _optima(of, given), *_notes(of, given), sep="\n")
        last = min(modes_of(of) / 4, 1000.0)
        if last >= 16:
            fit = measured_exponents(of, last / 8, last)
            console.print(
                f"exponents between n = {fit.first:.4g} and {fit.last:.4g}: kappa_n ~"
                f" n^-{fit.alpha:.3f} (alpha), noise-free interpolation error ~"
                f" n^{1 - fit.beta:.3f} (beta = {fit.beta:.3f})"
            )
    return 0
