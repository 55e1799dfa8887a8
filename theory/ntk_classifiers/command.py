"""``python -m theory ntk_classifiers``: the taxonomy of any activation, and predictions for it.

An activation is text: an expression in x, or ``module:function``; nothing is ever eval'ed.
"""

import ast
import importlib
import math
import operator
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from scipy import special

from theory._command_line import Parser, between, whole
from theory._neural_kernels import ActivationError
from theory.ntk_classifiers.dirichlet import bayes_accuracy, deep_accuracy
from theory.ntk_classifiers.exponents import Taxonomy, sine_root, taxonomy
from theory.ntk_classifiers.votes import vote_accuracy

__all__ = ["activation_named", "command", "parse_expression"]

Function = Callable[[Any], Any]

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "asinh": np.arcsinh, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs,
    "sign": np.sign, "erf": special.erf, "erfc": special.erfc, "expit": special.expit,
    "sigmoid": special.expit, "floor": np.floor, "min": np.minimum, "max": np.maximum,
    "relu": lambda x: np.maximum(x, 0.0), "step": lambda x: np.where(x > 0, 1.0, 0.0),
    "softplus": lambda x: np.logaddexp(0.0, x), "gelu": lambda x: x * special.ndtr(x),
    "silu": lambda x: x * special.expit(x), "normal_cdf": special.ndtr,
}  # fmt: skip
_OPERATIONS: dict[type, Callable[..., Any]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide,
    ast.Pow: lambda base, power: np.asarray(base, dtype=np.float64) ** power,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_LONGEST = 1000


def _function(node: ast.AST) -> Function:
    """The function of x that a node of the syntax tree says; ValueError for any other node."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            constant = float(value)
            return lambda x: constant
        case ast.Name(id="x"):
            return lambda x: x
        case ast.Name(id="pi" | "e" as name):
            return lambda x: getattr(math, name)
        case ast.Name(id=name) if name in _FUNCTIONS:
            raise ValueError(f"{name} needs parentheses")
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATIONS:
            apply, parts = _OPERATIONS[type(op)], [operand]
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATIONS:
            apply, parts = _OPERATIONS[type(op)], [left, right]
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if name in _FUNCTIONS:
            apply, wanted = _FUNCTIONS[name], 2 if name in ("min", "max") else 1
            if len(parts) != wanted:
                raise ValueError(f"{name} takes {['one argument', 'two arguments'][wanted - 1]}")
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)) if name not in _FUNCTIONS:
            raise ValueError(f"does not know {name!r}")
        case _:
            raise ValueError(f"did not expect {ast.unparse(node)!r}")
    inner = [_function(part) for part in parts]
    return lambda x: apply(*(f(x) for f in inner))


def parse_expression(text: str) -> Function:
    """A function of x from text such as ``"tanh(x)"`` or ``"max(x, 0.1*x)"``; ^ is a power too.

    Raises ActivationError, with what is allowed, for anything else.
    """
    if len(text) > _LONGEST:
        raise ActivationError(f"activation expression is longer than {_LONGEST} characters")
    try:
        return _function(ast.parse(" ".join(text.replace("^", "**").split()), mode="eval").body)
    except (RecursionError, MemoryError):
        raise ActivationError("activation expression is nested too deeply") from None
    except (SyntaxError, ValueError, OverflowError) as error:
        why = getattr(error, "msg", str(error))  # also of a zero byte, a number too large
    raise ActivationError(
        f"activation {text!r}: {why}. Allowed: numbers, x, pi, e, + - * / **, parentheses and"
        f" {', '.join(sorted(_FUNCTIONS))}"
    )


def activation_named(text: str) -> Function:
    """The function that ``module:function`` names (the current folder counts), or the expression.

    Raises ActivationError where there is none.
    """
    match = re.fullmatch(r"\s*([A-Za-z_][\w.]*):([A-Za-z_]\w*)\s*", text)
    path = text.strip().partition(":")[0]
    if path.endswith(".py") or (os.sep in path and Path(path).exists()):
        raise ActivationError(
            f"activation {text!r} is a path to a file: name a function of it as module:function, in"
            " the file's folder"
        )
    if match is None:
        return parse_expression(text)
    module, name = match.groups()
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ActivationError(f"activation {text!r}: {error}") from None
    if not callable(function):
        raise ActivationError(f"activation {text!r}: {name} is not a function")
    return function


# The command

EXAMPLES = ("tanh(x)", "max(x, 0)", "gelu(x)", "cos(x) - exp(-1/2)", "sin(1.6358710*x)")


def _parser() -> Parser:
    parser = Parser(
        prog="python -m theory ntk_classifiers",
        description="What an infinitely wide and deep network with a given activation classifies "
        "with: its moments A, A', B', its class, the singular exponent alpha, and the dimensions "
        "for which it is optimal.",
    )
    add, natural = parser.add_argument, whole(1, 10**9)
    add(
        "--activation", metavar="EXPRESSION", action="append", default=[],
        help='an expression in x such as "tanh(x)", or module:function; may be repeated',
    )  # fmt: skip
    add("--dimension", type=natural, nargs="+", default=[1, 2, 4, 8], metavar="D")
    add("--eta", type=between(0, 1), default=0.8, help="P(y = +1 | x) for the accuracies")
    add(
        "--sine-root", type=natural, metavar="D",
        help="the squared frequency at which a sine has alpha = D",
    )  # fmt: skip
    add(
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
        said = "0.0000 (eta < 1/2)", "0.5000 (eta = 1/2)", "1.0000 (eta > 1/2)"
        return said[1 + int(np.sign(eta - 0.5))]
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
