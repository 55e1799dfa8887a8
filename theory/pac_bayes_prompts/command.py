"""``python -m theory pac_bayes_prompts --errors 37 --n 1000 --nats 42 --delta 0.05``.

With ``--mcallester BOUND`` in place of ``--nats``, the upgrade of a published certificate.
"""

import argparse
import math
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from rich.console import Console
from rich.table import Table

from theory import ParameterError
from theory._command_line import Parser, between, real, whole
from theory.pac_bayes_prompts.bounds import CATALOGUE
from theory.pac_bayes_prompts.certificates import certificates, hidden_nats
from theory.pac_bayes_prompts.params import SETTING, Certificate

__all__ = ["command"]

_EXAMPLES = f"""examples:
  your own search (37 of 1000 wrong, the prompt costs 42 nats):
    python -m theory {SETTING} --errors 37 --n 1000 --nats 42
  upgrade a published certificate (training error 3.7 %, McAllester bound 0.2012, delta 0.05):
    python -m theory {SETTING} --training-error 0.037 --n 1000 --mcallester 0.2012
"""


def _parser() -> Parser:
    parser = Parser(
        prog=f"python -m theory {SETTING}",
        description="Every bound on the true error of a prompt found by a search.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    errors = parser.add_mutually_exclusive_group(required=True)
    errors.add_argument("--errors", type=whole(0), metavar="K", help="training errors k")
    errors.add_argument(
        "--training-error", metavar="R",
        help="r = k/n as published, with the digits that were published: of all k whose k/n rounds"
        " to it, nats come from the smallest and bounds from the largest (0 and 1 are exact)",
    )  # fmt: skip
    parser.add_argument("--n", type=whole(1), required=True, help="training points")
    known = parser.add_mutually_exclusive_group(required=True)
    known.add_argument("--nats", type=real, help="ln 1/P(prompt), in nats")
    known.add_argument(
        "--mcallester", type=between(0, 100), metavar="BOUND",
        help="upgrade a published McAllester bound, rounded up: its nats are recovered, and buy"
        " every bound",
    )  # fmt: skip
    parser.add_argument("--delta", type=real, default=0.05, help="failure probability [0.05]")
    parser.add_argument(
        "--uniform-nats", type=real, metavar="NATS",
        help="ln|H|, code length under the uniform prior, for uniform_convergence",
    )  # fmt: skip
    parser.add_argument(
        "--catoni", type=real, default=1.0, metavar="C", help="Catoni's C, fixed in advance [1]"
    )
    parser.add_argument(
        "--held-out", type=whole(0), nargs=2, metavar=("ERRORS", "N"), help="counts on fresh points"
    )
    parser.add_argument(
        "--half-sample", type=real, nargs=3, metavar=("ERRORS", "N", "NATS"),
        help="counts on the points that a data-dependent prior was not fitted on, and its nats",
    )  # fmt: skip
    return parser


def _counts(printed: str, n: int) -> tuple[int, int]:
    """The smallest and the largest k whose k/n rounds to the printed training error."""
    try:
        rate = Decimal(printed)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not (rate.is_finite() and 0 <= rate <= 1):
        raise ParameterError(f"{SETTING}: training error = {printed} is outside [0, 1]")
    exponent = int(rate.as_tuple().exponent)
    if exponent < -30:
        raise ParameterError(f"{SETTING}: training error = {printed}: 30 decimal places at most")
    half = Decimal(0) if exponent == 0 else Decimal(5).scaleb(exponent - 1)
    low, high = Fraction(rate - half) * n, Fraction(rate + half) * n
    smallest, largest = max(0, math.ceil(low)), min(n, math.floor(high))
    if smallest > largest:
        raise ParameterError(
            f"{SETTING}: training error = {printed}: no k/n with n = {n} rounds to it"
        )
    return smallest, largest


_FLAGS = {
    "uniform_convergence": "--uniform-nats",
    "held_out": "--held-out",
    "half_sample_prior": "--half-sample",
}


def _missing(shown: Iterable[str]) -> str:
    """Which bounds of the catalogue are not in the table, and what brings them."""
    left = [key for key in CATALOGUE if key not in set(shown)]
    how = [f"{key} with {_FLAGS[key]}" if key in _FLAGS else f"{key} from n = 2 on" for key in left]
    return f"{len(CATALOGUE) - len(left)} of {len(CATALOGUE)} bounds. Also: {', '.join(how)}."


def command(arguments: list[str]) -> int:
    """Prints the table of bounds for the numbers on the command line; 0, or 2 for bad input."""
    given = _parser().parse_args(arguments)
    n, delta, nats, published = given.n, given.delta, given.nats, given.mcallester
    smallest = count = given.errors
    if count is None:
        Certificate(errors=0, n=n, nats=0.0, delta=delta)
        smallest, count = _counts(given.training_error, n)
    recovered = ""
    if nats is None:
        # fewer errors leave more of the published bound to the prior
        nats = float(hidden_nats(published, smallest, n, delta))
        recovered = " (recovered from the McAllester bound)"
    Certificate(errors=count, n=n, nats=nats, delta=delta)
    values = certificates(
        count, n, nats, delta, uniform_nats=given.uniform_nats, catoni_parameter=given.catoni,
        held_out=given.held_out, half_sample=given.half_sample,
    )  # fmt: skip
    rate = count / n
    console = Console(width=None if Console().is_terminal else 110)
    counts = f"k = {count}" if smallest == count else f"k = {smallest} to {count}"
    shown = Table(
        title=f"{counts}, n = {n}, ln 1/P = {nats:.6g}{recovered}, delta = {delta:g}: training"
        f" error {rate:.6g}, c = {nats - math.log(delta):.6g} nats",
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
    if published is not None:
        exact, chernoff, always = (
            float(values[key]) for key in ("occam_binomial", "occam_kl", "beta_mixture_evalue")
        )
        console.print(
            f"The published {published:g} becomes {exact:.6g} (exact tail) or {chernoff:.6g} (kl),"
            f" and {always:.6g} at all n at once, with the same prior and the same delta."
        )
    console.print(
        f"Each bound alone fails with probability at most {delta:g}; the best of {len(values)}"
        f" chosen after the fact, at most {len(values) * delta:g}."
    )
    if len(values) < len(CATALOGUE):
        console.print(_missing(values))
    return 0
