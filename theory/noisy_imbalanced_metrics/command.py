"""``python -m theory noisy_imbalanced_metrics COUNTS --noise ALPHA BETA``: your clean metrics."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from theory._command_line import Parser, between, parsed, path, real
from theory._read_numbers import read_array
from theory.noisy_imbalanced_metrics.correction import corrected
from theory.noisy_imbalanced_metrics.metrics import KEPT

NAMES = {"npv": "NPV", "f1": "F1", "g_mean": "g-mean", "j": "Youden's J", "mcc": "MCC"}


def _parser() -> Parser:
    parser = Parser(prog="python -m theory noisy_imbalanced_metrics", description=__doc__)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "counts", type=path, nargs="?",
        help="a .npy or .csv file without header: 2 x 2 counts, rows the annotated class 0, 1,"
        " columns the prediction 0, 1, as scikit-learn's confusion_matrix; or TP, FN, FP, TN",
    )  # fmt: skip
    given.add_argument("--counts", dest="four", type=real, nargs=4,
                       metavar=("TP", "FN", "FP", "TN"), help="the counts themselves")  # fmt: skip
    rate = between(0.0, 1.0)
    parser.add_argument("--noise", type=rate, nargs=2, required=True, metavar=("ALPHA", "BETA"),
                        help="share of positives annotated 0, of negatives 1")  # fmt: skip
    parser.add_argument("--noise-errors", type=rate, nargs=2, default=(0.0, 0.0),
                        metavar=("SE", "SE"), help="their standard errors")  # fmt: skip
    parser.add_argument("--level", type=rate, default=0.95, help="of the intervals (%(default)s)")
    return parser


def command(arguments: Sequence[str]) -> int:
    """Prints annotated and clean metrics with intervals; 0, or 2 for bad usage or numbers."""
    given = parsed(_parser(), arguments)
    if isinstance(given, int):
        return given
    counts = given.four if given.four else read_array(given.counts, (1, 2))
    found = corrected(counts, *given.noise, errors=given.noise_errors, level=given.level)
    console = Console(width=None if Console().is_terminal else 110)
    console.print(
        f"clean prevalence {found.prevalence:.4g}; {found.purity:.1%} of the annotated positives"
        " are positive"
    )
    table = Table("metric", "annotated", "clean", f"{given.level:.4g} interval", "order kept")
    for name in found.clean._fields:
        low, high = getattr(found.low, name), getattr(found.high, name)
        table.add_row(
            NAMES.get(name, name), f"{getattr(found.annotated, name):.4f}",
            f"{getattr(found.clean, name):.4f}", f"{low:.4f} to {high:.4f}",
            "yes" if name in KEPT else "",
        )  # fmt: skip
    console.print(table)
    console.print(
        "order kept: two classifiers stand in the same order on annotated and on clean labels"
    )
    return 0
