"""One call for a user's own numbers: every bound of the catalogue. And the command:

``python -m theory pac_bayes_prompts --errors 37 --n 1000 --nats 42 --delta 0.05``; with
``--mcallester BOUND`` in place of ``--nats``, the upgrade of a published certificate.
"""

import argparse
import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from theory import ParameterError, Scalar, closed_form, log, maximum, own_checks
from theory._command_line import Parser, between, real, whole
from theory.pac_bayes_prompts.bounds import CATALOGUE, all_bounds, catoni
from theory.pac_bayes_prompts.params import (
    COUNT, SETTING, WITHIN, Amount, Certificate, Count, Delta, Errors, Nats, Size,
)  # fmt: skip

__all__ = ["certificates", "command", "hidden_nats"]


@closed_form(errors=(f"is above n: {COUNT.text}", WITHIN[1]))
def complexity(errors: Count, n: Size, nats: Nats, delta: Delta) -> Scalar:
    """ln 1/P + ln(1/delta), of the numbers of a certificate."""
    return nats - log(delta)


def _complexity(errors, n, nats, delta) -> np.ndarray:
    """The same; NaN is refused too."""
    c = np.asarray(complexity(errors, n, nats, delta))
    if np.isnan(c).any():
        raise ParameterError(f"{SETTING}: NaN among the errors, n, nats or delta of a certificate")
    return c


@own_checks("a user's numbers, on the host: refused in one line each")
def certificates(
    errors,
    n,
    nats,
    delta=0.05,
    *,
    uniform_nats=None,
    catoni_parameter: float = 1,
    held_out: Sequence[float] | None = None,
    half_sample: Sequence[float] | None = None,
) -> dict[str, np.ndarray]:
    """The bounds on a prompt's true error from its training errors: {key: bound}.

    Args:
        errors: error counts k, integers in [0, n] (a number or an array; all arrays broadcast).
        n: training points.
        nats: ln 1/P(prompt) under a prior fixed before the data; infinity is allowed.
        delta: each bound fails with probability at most delta. The best of B bounds is a bound at
            level B delta.
        uniform_nats: ln|H|, for ``uniform_convergence``; without it that bound is left out.
        catoni_parameter: C > 0, fixed in advance.
        held_out: (errors, n) on fresh points, for ``held_out``.
        half_sample: (errors on the rest, size of the rest, nats under the prior fitted on the
            first part), for ``half_sample_prior``.

    Returns the catalogue's bounds in its order. Values above 1 are vacuous. ``empirical_bernstein``
    is left out at n = 1, where it divides by zero. Raises ParameterError for bad input.
    """
    if not (catoni_parameter > 0 and math.isfinite(catoni_parameter)):
        raise ParameterError(f"{SETTING}: catoni_parameter = {catoni_parameter} is not above 0")
    c = _complexity(errors, n, nats, delta)
    values = dict(all_bounds.__wrapped__(errors, n, c))
    values["catoni"] = catoni(errors, n, c, catoni_parameter)
    if np.any(np.asarray(n) < 2):
        del values["empirical_bernstein"]
    for key, own in (
        ("uniform_convergence", None if uniform_nats is None else (errors, n, uniform_nats)),
        ("held_out", None if held_out is None else (*held_out, 0.0)),
        ("half_sample_prior", half_sample),
    ):
        del values[key]
        if own is not None:
            k, size, kl = own
            values[key] = CATALOGUE[key].function(k, size, _complexity(k, size, kl, delta))
    return {key: np.asarray(values[key]) for key in CATALOGUE if key in values}


def _kl_term(bound: Scalar, errors: Scalar, n: Scalar, delta: Scalar) -> Scalar:
    return (bound - errors / n) ** 2 * (2 * n - 1) - log(n) - 2 + log(delta)


def _has_a_prior(bound: Scalar, errors: Scalar, n: Scalar, delta: Scalar) -> Any:
    # the bound that a certain prompt (KL = 0) gives may be rounded: 1e-9 of what is subtracted
    some = _kl_term(bound, errors, n, delta) > -1e-9 * (2 + log(n))
    return (bound >= errors / n) & some


@closed_form(
    errors=WITHIN,
    bound=("is smaller than any prior gives here (prior probability above 1)", _has_a_prior),
    example={"bound": 0.5, "errors": 10, "n": 100, "delta": 0.05},
)
def hidden_nats(bound: Amount, errors: Errors, n: Size, delta: Delta = 0.05) -> Scalar:
    """The KL term (ln 1/P of one prompt) behind a published McAllester bound, in nats.

    max(0, (bound - r)^2 (2 n - 1) - ln n - 2 - ln(1/delta)). :func:`certificates` of it are an
    upgrade of the published bound: ``occam_binomial`` and ``occam_kl`` then hold for the published
    prompt at the same delta, ``beta_mixture_evalue`` and ``coin_betting`` at all n at once. A
    published number has few digits: round it up, since a smaller one hides fewer nats.
    """
    return maximum(0, _kl_term(bound, errors, n, delta))


# The command

_EXAMPLES = f"""examples:
  your own search (37 of 1000 wrong, the prompt costs 42 nats):
    python -m theory {SETTING} --errors 37 --n 1000 --nats 42
  upgrade a published certificate (training error 3.7 %, McAllester bound 0.2012, delta 0.05):
    python -m theory {SETTING} --training-error 0.037 --n 1000 --mcallester 0.2012
"""
_FLAGS = {"uniform_convergence": "--uniform-nats", "held_out": "--held-out",
          "half_sample_prior": "--half-sample"}  # fmt: skip


def _parser() -> Parser:
    parser = Parser(
        prog=f"python -m theory {SETTING}", epilog=_EXAMPLES,
        description="Every bound on the true error of a prompt found by a search.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    errors, known = (parser.add_mutually_exclusive_group(required=True) for _ in range(2))
    add = parser.add_argument
    errors.add_argument("--errors", type=whole(0), metavar="K", help="training errors k")
    errors.add_argument(
        "--training-error", metavar="R",
        help="r = k/n as published, with the digits that were published: of all k whose k/n rounds"
        " to it, nats come from the smallest and bounds from the largest (0 and 1 are exact)",
    )  # fmt: skip
    add("--n", type=whole(1), required=True, help="training points")
    known.add_argument("--nats", type=real, help="ln 1/P(prompt), in nats")
    known.add_argument(
        "--mcallester", type=between(0, 100), metavar="BOUND",
        help="upgrade a published McAllester bound, rounded up: its nats buy every bound",
    )  # fmt: skip
    add("--delta", type=real, default=0.05, help="failure probability [0.05]")
    add("--uniform-nats", type=real, metavar="NATS",
        help="ln|H|, code length under the uniform prior")  # fmt: skip
    add("--catoni", type=real, default=1.0, metavar="C", help="Catoni's C, fixed in advance [1]")
    add("--held-out", type=whole(0), nargs=2, metavar=("ERRORS", "N"),
        help="counts on fresh points")  # fmt: skip
    add(
        "--half-sample", type=real, nargs=3, metavar=("ERRORS", "N", "NATS"),
        help="counts on the points that a data-dependent prior was not fitted on, and its nats",
    )  # fmt: skip
    return parser


def _counts(printed: str, n: int) -> tuple[int, int]:
    """The smallest and the largest k whose k/n rounds to the printed training error."""
    refused = f"{SETTING}: training error = {printed}"
    try:
        rate = Decimal(printed)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not (rate.is_finite() and 0 <= rate <= 1):
        raise ParameterError(f"{refused} is outside [0, 1]")
    exponent = int(rate.as_tuple().exponent)
    if exponent < -30:
        raise ParameterError(f"{refused}: 30 decimal places at most")
    half = Decimal(0) if exponent == 0 else Decimal(5).scaleb(exponent - 1)
    smallest = max(0, math.ceil(Fraction(rate - half) * n))
    largest = min(n, math.floor(Fraction(rate + half) * n))
    if smallest > largest:
        raise ParameterError(f"{refused}: no k/n with n = {n} rounds to it")
    return smallest, largest


def command(arguments: list[str]) -> int:
    """Prints the table of bounds for the numbers on the command line; 0, or 2 for bad input."""
    given = _parser().parse_args(arguments)
    n, delta, nats, published = given.n, given.delta, given.nats, given.mcallester
    smallest = count = given.errors
    if count is None:
        Certificate(errors=0, n=n, nats=0.0, delta=delta)
        smallest, count = _counts(given.training_error, n)
    recovered = " (recovered from the McAllester bound)" if nats is None else ""
    if nats is None:  # fewer errors leave more of the published bound to the prior
        nats = float(hidden_nats(published, smallest, n, delta))
    Certificate(errors=count, n=n, nats=nats, delta=delta)
    values = certificates(
        count, n, nats, delta, uniform_nats=given.uniform_nats, catoni_parameter=given.catoni,
        held_out=given.held_out, half_sample=given.half_sample,
    )  # fmt: skip
    bounds, rate = {key: float(value) for key, value in values.items()}, count / n
    console = Console(width=None if Console().is_terminal else 110)
    counts = f"k = {count}" if smallest == count else f"k = {smallest} to {count}"
    table = Table(
        title=f"{counts}, n = {n}, ln 1/P = {nats:.6g}{recovered}, delta = {delta:g}: training"
        f" error {rate:.6g}, c = {nats - math.log(delta):.6g} nats",
        header_style="bold",
    )
    for column in ("bound", "R at most", "add-on", "valid for", "formula"):
        table.add_column(column, justify="right" if column in ("R at most", "add-on") else "left",
                         overflow="fold" if column == "formula" else "ellipsis")  # fmt: skip
    for key, bound in sorted(bounds.items(), key=lambda item: item[1]):
        shown, (formula, validity, _) = f"{bound:.6f}" if bound < 1 else "vacuous", CATALOGUE[key]
        table.add_row(key, shown, f"{bound - rate:+.6f}", validity, formula)
    console.print(table)
    if published is not None:
        console.print(
            f"The published {published:g} becomes {bounds['occam_binomial']:.6g} (exact tail) or"
            f" {bounds['occam_kl']:.6g} (kl), and {bounds['beta_mixture_evalue']:.6g} at all n at"
            " once, with the same prior and the same delta."
        )
    console.print(
        f"Each bound alone fails with probability at most {delta:g}; the best of {len(bounds)}"
        f" chosen after the fact, at most {len(bounds) * delta:g}."
    )
    if left := [key for key in CATALOGUE if key not in bounds]:
        how = (f"{k} with {_FLAGS[k]}" if k in _FLAGS else f"{k} from n = 2 on" for k in left)
        console.print(f"{len(bounds)} of {len(CATALOGUE)} bounds. Also: {', '.join(how)}.")
    return 0
