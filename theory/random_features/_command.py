"""``python -m theory random_features``: predictions for your own kernel, in tables."""

import argparse
import math
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from theory import ParameterError
from theory.random_features._data import (
    measured_exponents,
    price_of_fitting_less,
    spectrum_of_kernel_matrix,
)
from theory.random_features._predict import check_spectrum, optimal_ridge, predict, refuse
from theory.random_features._spectra import Spectrum, infinite_powerlaw, spectrum

_EXAMPLES = """examples:
  --spectrum task.csv --n 100 1000 --k 50 inf --ridge 0 0.1 --noise 0.1
      task.csv: columns eigenvalue, squared coefficient [, multiplicity]
  --spectrum eigenvalues.npy --target squared_coefficients.npy --n 100
  --kernel K.npy --labels y.npy --n 50 200
  --powerlaw 1.5 1.8 --n 100 --k 300 inf
"""

_FIT = 0.01  # the fitting ratio whose price is printed


def read(path: Path, columns: bool = False) -> np.ndarray:
    """An array from .npy, or from .csv (commas; one header line is allowed).

    Raises ParameterError naming the file.
    """
    try:
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False).astype(float)
        text = path.read_text(encoding="utf-8").splitlines()
        skip = 1 if text and any(c.isalpha() and c not in "eE" for c in text[0]) else 0
        return np.loadtxt(text[skip:], delimiter=",", ndmin=2 if columns else 1)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is not a .npy or .csv array: {error}") from None


def read_task(spectrum_file: Path, target_file: Path | None) -> Spectrum:
    """The spectrum and target from one file of columns, or from two files of vectors."""
    table = read(spectrum_file, columns=target_file is None)
    if target_file is not None:
        of = spectrum(np.ravel(table), np.ravel(read(target_file)))
    elif table.ndim == 2 and table.shape[1] in (2, 3):
        of = spectrum(*table.T)
    else:
        raise refuse(
            "spectrum", spectrum_file,
            "has no target: give columns eigenvalue, squared coefficient [, multiplicity], or"
            " --target FILE",
        )  # fmt: skip
    check_spectrum(of)
    return of


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m theory random_features",
        description="Test and train error of (random-feature) ridge regression for your kernel.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--spectrum", type=Path, metavar="FILE", help=".npy or .csv, see below")
    task.add_argument("--kernel", type=Path, metavar="FILE", help="kernel matrix, with --labels")
    task.add_argument(
        "--powerlaw", type=float, nargs=2, metavar=("ALPHA", "BETA"), help="infinitely many modes"
    )
    parser.add_argument("--target", type=Path, metavar="FILE", help="squared coefficients")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="labels of the kernel's points")
    parser.add_argument("--n", type=float, nargs="+", required=True, help="training points")
    parser.add_argument("--k", type=float, nargs="+", default=[math.inf], help="features, or inf")
    parser.add_argument("--ridge", type=float, nargs="+", default=[0.0, 0.1], help="delta >= 0")
    parser.add_argument("--noise", type=float, default=0.0, help="variance of the label noise")
    return parser


def _task(arguments: argparse.Namespace) -> Spectrum:
    if arguments.powerlaw:
        alpha, beta = arguments.powerlaw
        if not alpha > 1:
            raise refuse("alpha", alpha, "is not allowed: the trace of the kernel diverges")
        if not beta > 1:
            raise refuse("beta", beta, "is not allowed: the target has infinite norm")
        return infinite_powerlaw(alpha, beta)
    if arguments.kernel is not None:
        if arguments.labels is None:
            raise refuse("labels", None, "is missing: --kernel needs --labels FILE")
        matrix = read(arguments.kernel, columns=True)
        return spectrum_of_kernel_matrix(matrix, np.ravel(read(arguments.labels)))
    return read_task(arguments.spectrum, arguments.target)


def _risks(of: Spectrum, arguments: argparse.Namespace) -> Table:
    table = Table(title="predicted errors (label noise included)")
    for name in ("n", "k", "ridge", "test error", "train error", "fitting ratio", "kappa", "gamma",
                 "df"):  # fmt: skip
        table.add_column(name, justify="right", overflow="fold")
    for n in arguments.n:
        for k in arguments.k:
            for ridge in arguments.ridge:
                p = predict(of, n=n, k=k, ridge=ridge, noise=arguments.noise)
                ratio = float(p.fitting_ratio_root) ** 2
                numbers = (p.test_risk, p.train_risk, ratio, p.kappa, p.gamma, p.degrees_of_freedom)
                table.add_row(f"{n:g}", f"{k:g}", f"{ridge:g}", *(f"{x:.4g}" for x in numbers))
    return table


def _optima(of: Spectrum, arguments: argparse.Namespace) -> Table:
    table = Table(title="at the optimal ridge")
    for name in ("n", "k", "optimal ridge", "test error", "fitting ratio", "overfitting",
                 f"price of R = {_FIT:g}"):  # fmt: skip
        table.add_column(name, justify="right", overflow="fold")
    for n in arguments.n:
        for k in arguments.k:
            best = optimal_ridge(of, n=n, k=k, noise=arguments.noise)
            zero = float(best.ridge) == 0
            price = price_of_fitting_less(of, n, k, arguments.noise, _FIT)
            # zero ridge is the minimum over all ridges: whoever wants the least test error must
            # interpolate, and pays the price in the last column for stopping at R = 0.01
            verdict = "obligatory" if zero and k > n else "not optimal"
            table.add_row(
                f"{n:g}", f"{k:g}", f"{float(best.ridge):.5g}", f"{float(best.test_risk):.5g}",
                f"{float(best.fitting_ratio_root) ** 2:.4g}", verdict,
                f"{100 * (price - 1):+.2f} %" if math.isfinite(price) else "-",
            )  # fmt: skip
    return table


def command(arguments: list[str]) -> int:
    """Prints the tables for the user's own task; 0, or a usage error's exit status 2.

    Raises ParameterError (a ValueError) for numbers or files that do not fit.
    """
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    of = _task(given)
    console = Console(width=None if Console().is_terminal else 110)
    console.print(_risks(of, given))
    console.print(_optima(of, given))
    modes = float(np.asarray(of.multiplicities)[np.asarray(of.eigenvalues) > 0].sum())
    last = min(modes / 4, 1000.0)
    if last >= 16:
        fit = measured_exponents(of, last / 8, last)
        console.print(
            f"exponents between n = {fit.first:g} and {fit.last:g}: kappa_n ~ n^-{fit.alpha:.3f}"
            f" (alpha), noise-free interpolation error ~ n^{1 - fit.beta:.3f}"
            f" (beta = {fit.beta:.3f})"
        )
    return 0
