"""``python -m theory temperature_scaling LOGITS --labels LABELS``: what a temperature can do."""

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from theory._command_line import Parser, parsed, path
from theory._read_numbers import RULE, read_matrix, read_vector
from theory.temperature_scaling.measured import measured


def _parser() -> Parser:
    parser = Parser(prog="python -m theory temperature_scaling", description=__doc__)
    parser.add_argument("logits", type=path, help=f"N x k logits, before softmax ({RULE})")
    parser.add_argument("--labels", type=path, required=True, help="N labels, 0 to k - 1")
    return parser


def command(arguments: Sequence[str]) -> int:
    """Prints the best temperature, errors and the floor; 0, or 2 for bad usage or numbers."""
    given = parsed(_parser(), arguments)
    if isinstance(given, int):
        return given
    logits = read_matrix(given.logits)
    found = measured(logits, read_vector(given.labels))
    console = Console(width=None if Console().is_terminal else 110)
    table = Table("", "T = 1", f"T = {found.temperature:.4g}, the best")
    table.add_row("log loss", f"{found.loss_at_1:.4f}", f"{found.loss:.4f}")
    table.add_row("calibration error (top class, 15 bins)",
                  *(f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]" for e in (
                      found.error_at_1, found.error)))  # fmt: skip
    console.print(table)
    console.print(
        f"T in [{found.low:.4g}, {found.high:.4g}] (95 %); accuracy {found.accuracy:.4f}. No other"
        " T has less log loss, which is convex in 1/T; at the best one it is at most log k ="
        f" {math.log(logits.shape[1]):.4f}."
    )
    low = found.floor - 1.959964 * found.floor_error
    if found.temperature == 0:
        console.print(
            "every label is on top: any T does better the smaller it is; no error is left"
        )
    elif low > 0:
        console.print(
            f"No temperature calibrates these logits: each leaves a KL of {found.floor:.4f} nats at"
            f" least (above {low:.4f} at 97.5 %), which a reweighting by the top class removes."
        )
    else:
        console.print(
            f"Nothing against one temperature: a reweighting by the top class gains"
            f" {found.floor:.4f} +- {1.959964 * found.floor_error:.4f} nats on fresh labels."
        )
    return 0
