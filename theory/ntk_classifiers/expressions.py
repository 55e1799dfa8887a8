"""An activation from text: an expression in x, or ``module:function``; nothing is ever eval'ed."""

import ast
import importlib
import math
import operator
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from theory._neural_kernels import ActivationError

__all__ = ["activation_named", "parse_expression"]

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
_CONSTANTS = {"pi": math.pi, "e": math.e}
_OPERATIONS: dict[type, Callable[..., Any]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide,
    ast.Pow: lambda base, power: np.asarray(base, dtype=np.float64) ** power,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_LONGEST = 1000


class _Refused(Exception):
    """What is wrong with an expression."""


def _function(node: ast.AST) -> Function:
    """The function of x that a node of the syntax tree says. Raises _Refused for any other node."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            constant = float(value)
            return lambda x: constant
        case ast.Name(id="x"):
            return lambda x: x
        case ast.Name(id=name) if name in _CONSTANTS:
            return lambda x: _CONSTANTS[name]
        case ast.Name(id=name) if name in _FUNCTIONS:
            raise _Refused(f"{name} needs parentheses")
        case ast.Name(id=name):
            raise _Refused(f"does not know {name!r}")
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATIONS:
            apply, parts = _OPERATIONS[type(op)], [operand]
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATIONS:
            apply, parts = _OPERATIONS[type(op)], [left, right]
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if name in _FUNCTIONS:
            apply, wanted = _FUNCTIONS[name], 2 if name in ("min", "max") else 1
            if len(parts) != wanted:
                raise _Refused(f"{name} takes {'two arguments' if wanted == 2 else 'one argument'}")
        case ast.Call(func=ast.Name(id=name)) if name not in _FUNCTIONS:
            raise _Refused(f"does not know {name!r}")
        case _:
            raise _Refused(f"did not expect {ast.unparse(node)!r}")
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
    except SyntaxError as error:
        why = error.msg
    except (ValueError, OverflowError, _Refused) as error:  # a zero byte, a number too large
        why = str(error)
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
