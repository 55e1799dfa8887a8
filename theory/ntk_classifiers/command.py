"""``python -m theory ntk_classifiers``: the taxonomy of any activation, and predictions for it."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from theory._command_line import Parser, between, whole
from theory.ntk_classifiers.dirichlet import bayes_accuracy, deep_accuracy
from theory.ntk_classifiers.exponents import sine_root
from theory.ntk_classifiers.expressions import activation_named
from theory.ntk_classifiers.taxonomy import Taxonomy, taxonomy
from theory.ntk_classifiers.votes import vote_accuracy

__all__ = ["command"]

EXAMPLES = ("tanh(x)", "max(x, 0)", "gelu(x)", "cos(x) - exp(-1/2)", "sin(1.6358710*x)")


def _parser() -> Parser:
    parser = Parser(
        prog="python -m theory ntk_classifiers",
        description="What an infinitely wide and deep network with a given activation classifies "
        "with: its moments A, A', B', its class, the singular exponent alpha, and the dimensions "
        "for which it is optimal.",
    )
    parser.add_argument(
        "--activation", metavar="EXPRESSION", action="append", default=[],
        help='an expression in x such as "tanh(x)", or module:function; may be repeated',
    )  # fmt: skip
    parser.add_argument(
        "--dimension", type=whole(1, 10**9), nargs="+", default=[1, 2, 4, 8], metavar="D"
    )
    parser.add_argument(
        "--eta", type=between(0, 1), default=0.8, help="P(y = +1 | x) for the accuracies"
    )
    parser.add_argument(
        "--sine-root", type=whole(1, 10**9), metavar="D",
        help="the squared frequency at which a sine has alpha = D",
    )  # fmt: skip
    parser.add_argument(
        "--accuracy", type=whole(10, 10**9), nargs="+", metavar="N",
        help="accuracy of the deep network with alpha = d = 1 on the Dirichlet problem, for N"
        " training points",
    )  # fmt: skip
    return parser


def _rows(result: Taxonomy) -> list[tuple[str, str]]:
    rows = [
        ("E phi(Z)^2, before normalisation", f"{result.second_moment:.12g}"),
        ("A  = E phi(Z)", f"{result.mean:.12g}"),
        ("A' = E phi'(Z)", f"{result.mean_slope:.12g}"),
        ("B' = E phi'(Z)^2", f"{result.mean_square_slope:.12g}"),
        ("class", result.kind.replace("_", " ") + (f", {result.branch}" if result.branch else "")),
    ]
    if result.alpha is not None:
        rows.append(("alpha = -4 log|A'|/log B'", f"{result.alpha:.12g}"))
        best = result.optimal_dimension
        rows.append(("optimal for", f"d = {best}" if best else "no dimension"))
    return rows


def _taxonomy_of(text: str) -> Taxonomy:
    """Raises ValueError naming the activation, also for what somebody's own function raises."""
    try:
        return taxonomy(activation_named(text))
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"activation {text!r}: {type(error).__name__}: {error}") from error


def _accuracy_in(result: Taxonomy, d: int, eta: float) -> str:
    """The limiting P(vote = +1) where the theory gives one number."""
    if result.kind == "one_nearest_neighbour":
        return f"{eta:.4f}"
    if result.alpha is not None and result.alpha > d * (1 + 1e-6):
        return f"{float(vote_accuracy(eta, d / result.alpha)):.4f}"
    if result.optimal_dimension == d:
        return "1.0000 (eta > 1/2)" if eta > 0.5 else "0.0000 (eta < 1/2)"
    return "depends on the density"


def command(arguments: Sequence[str]) -> int:
    """Prints the taxonomy of each activation given; exit status 2 for bad usage or activations."""
    options = _parser().parse_args(list(arguments))
    console = Console(width=None if Console().is_terminal else 110)
    texts = options.activation
    if not texts and options.sine_root is None and options.accuracy is None:
        texts = list(EXAMPLES)
    for text in texts:
        result = _taxonomy_of(text)
        table = Table(title=escape(text), title_justify="left", show_header=False)
        for row in _rows(result):
            table.add_row(*row)
        console.print(table)
        verdicts = Table("d", "as n -> infinity", f"P(vote = +1) at eta = {options.eta:g}")
        for d in options.dimension:
            verdicts.add_row(str(d), result.verdict_in(d), _accuracy_in(result, d, options.eta))
        console.print(verdicts)
    if options.sine_root is not None:
        w = float(sine_root(options.sine_root))
        console.print(f"sin(omega x) has alpha = {options.sine_root} at omega^2 = {w:.12g},"
                      f" omega = {w**0.5:.12g}")  # fmt: skip
    if options.accuracy is not None:
        table = Table("n", "accuracy of the deep network", "Bayes")
        for n in options.accuracy:
            table.add_row(str(n), f"{deep_accuracy(n):.4f}", f"{bayes_accuracy():.4f}")
        console.print(table)
    return 0
