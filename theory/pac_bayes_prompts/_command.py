"""``python -m theory pac_bayes_prompts --errors 37 --n 1000 --nats 42 --delta 0.05``."""

import argparse
import math

from rich.console import Console
from rich.table import Table

from theory import ParameterError
from theory.pac_bayes_prompts._bounds import CATALOGUE, hidden_nats
from theory.pac_bayes_prompts._certificates import certificates
from theory.pac_bayes_prompts._params import SETTING, Certificate


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m theory {SETTING}",
        description="Every bound on the true error of a prompt found by a search.",
    )
    parser.add_argument("--errors", type=int, required=True, help="training errors k")
    parser.add_argument("--n", type=int, required=True, help="training points")
    known = parser.add_mutually_exclusive_group(required=True)
    known.add_argument("--nats", type=float, help="ln 1/P(prompt), in nats")
    known.add_argument(
        "--mcallester", type=float, metavar="BOUND",
        help="a published McAllester bound, from which the nats are recovered",
    )  # fmt: skip
    parser.add_argument("--delta", type=float, default=0.05, help="failure probability [0.05]")
    parser.add_argument(
        "--uniform-nats", type=float, metavar="NATS",
        help="ln|H|, code length under the uniform prior, for uniform_convergence",
    )  # fmt: skip
    parser.add_argument(
        "--catoni", type=float, default=1.0, metavar="C", help="Catoni's C, fixed in advance [1]"
    )
    parser.add_argument(
        "--held-out", type=int, nargs=2, metavar=("ERRORS", "N"), help="counts on fresh points"
    )
    parser.add_argument(
        "--half-sample", type=float, nargs=3, metavar=("ERRORS", "N", "NATS"),
        help="counts on the points that a data-dependent prior was not fitted on, and its nats",
    )  # fmt: skip
    return parser


def _half_sample(values: list[float] | None) -> tuple[int, int, float] | None:
    if values is None:
        return None
    errors, n, nats = values
    if errors != int(errors) or n != int(n):
        raise ParameterError(f"{SETTING}: --half-sample: error count must be an integer in [0, n]")
    return int(errors), int(n), nats


def command(arguments: list[str]) -> int:
    """Prints the table of bounds for the numbers on the command line; 0, or 2 for bad input."""
    given = _parser().parse_args(arguments)
    nats, recovered = given.nats, ""
    if nats is None:
        Certificate(errors=given.errors, n=given.n, nats=0.0, delta=given.delta)
        nats = float(hidden_nats(given.mcallester, given.errors, given.n, given.delta))
        if nats < 0 or given.mcallester < given.errors / given.n:
            raise ParameterError(
                f"{SETTING}: a McAllester bound of {given.mcallester} is smaller than any prior"
                " gives here: prior probability above 1"
            )
        recovered = " (recovered from the McAllester bound)"
    certificate = Certificate(errors=given.errors, n=given.n, nats=nats, delta=given.delta)
    values = certificates(
        certificate.errors, certificate.n, certificate.nats, certificate.delta,
        uniform_nats=given.uniform_nats, catoni_parameter=given.catoni,
        held_out=tuple(given.held_out) if given.held_out else None,
        half_sample=_half_sample(given.half_sample),
    )  # fmt: skip
    rate = certificate.errors / certificate.n
    console = Console(width=None if Console().is_terminal else 110)
    shown = Table(
        title=f"k = {certificate.errors}, n = {certificate.n}, ln 1/P = {nats:.6g}{recovered},"
        f" delta = {certificate.delta:g}: training error {rate:.6g},"
        f" c = {nats - math.log(certificate.delta):.6g} nats",
        header_style="bold",
    )
    shown.add_column("bound")
    shown.add_column("R at most", justify="right")
    shown.add_column("add-on", justify="right")
    shown.add_column("valid for")
    shown.add_column("formula", overflow="fold")
    for key, value in sorted(values.items(), key=lambda item: float(item[1])):
        bound = float(value)
        shown.add_row(
            key, f"{bound:.6f}" if bound < 1 else "vacuous", f"{bound - rate:+.6f}",
            CATALOGUE[key].validity, CATALOGUE[key].formula,
        )  # fmt: skip
    console.print(shown)
    console.print(
        f"Each bound alone fails with probability at most {certificate.delta:g}; the best of"
        f" {len(values)} chosen after the fact, at most {len(values) * certificate.delta:g}."
    )
    return 0
