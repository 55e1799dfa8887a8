"""An activation from text: an expression in x, or ``module:function``; nothing is ever eval'ed."""

import importlib
import math
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from theory.ntk_classifiers._activations import ActivationError

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
_TWO_ARGUMENTS = frozenset({"min", "max"})
_CONSTANTS = {"pi": math.pi, "e": math.e}
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"\s*(?:({_NUMBER})|([A-Za-z_]\w*)|(.))")
_LONGEST = 1000


class _Parser:
    """Recursive descent: sums of products of signed powers of numbers, x, calls, parentheses."""

    def __init__(self, text: str):
        if len(text) > _LONGEST:
            raise ActivationError(f"activation expression is longer than {_LONGEST} characters")
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        for number, name, other in _TOKEN.findall(text):
            if number:
                self.tokens.append(("number", number))
            elif name:
                self.tokens.append(("name", name))
            elif other.strip():
                self.tokens.append(("sign", other))
        # ** is written as two signs
        joined: list[tuple[str, str]] = []
        for token in self.tokens:
            if token == ("sign", "*") and joined and joined[-1] == ("sign", "*"):
                joined[-1] = ("sign", "**")
            else:
                joined.append(("sign", "**") if token == ("sign", "^") else token)
        self.tokens, self.at = joined, 0

    def error(self, what: str) -> ActivationError:
        known = ", ".join(sorted(_FUNCTIONS))
        return ActivationError(
            f"activation {self.text!r}: {what}. Allowed: numbers, x, pi, e, + - * / **,"
            f" parentheses and {known}"
        )

    def next(self, sign: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == ("sign", sign):
            self.at += 1
            return True
        return False

    def whole(self) -> Callable[[Any], Any]:
        result = self.sum()
        if self.at < len(self.tokens):
            raise self.error(f"did not expect {self.tokens[self.at][1]!r}")
        return result

    def sum(self) -> Callable[[Any], Any]:
        result = self.product()
        while True:
            if self.next("+"):
                result = _combine(np.add, result, self.product())
            elif self.next("-"):
                result = _combine(np.subtract, result, self.product())
            else:
                return result

    def product(self) -> Callable[[Any], Any]:
        result = self.signed()
        while True:
            if self.next("*"):
                result = _combine(np.multiply, result, self.signed())
            elif self.next("/"):
                result = _combine(np.divide, result, self.signed())
            else:
                return result

    def signed(self) -> Callable[[Any], Any]:
        if self.next("-"):
            inner = self.signed()
            return lambda x: -inner(x)
        if self.next("+"):
            return self.signed()
        base = self.atom()
        if self.next("**"):
            return _combine(_power, base, self.signed())
        return base

    def atom(self) -> Callable[[Any], Any]:
        if self.at >= len(self.tokens):
            raise self.error("ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            value = float(text)
            return lambda x: value
        if kind == "sign" and text == "(":
            inner = self.sum()
            if not self.next(")"):
                raise self.error("a parenthesis is not closed")
            return inner
        if kind == "name" and text == "x":
            return lambda x: x
        if kind == "name" and text in _CONSTANTS:
            constant = _CONSTANTS[text]
            return lambda x: constant
        if kind == "name" and text in _FUNCTIONS:
            return self.call(text)
        raise self.error(f"does not know {text!r}")

    def call(self, name: str) -> Callable[[Any], Any]:
        function = _FUNCTIONS[name]
        if not self.next("("):
            raise self.error(f"{name} needs parentheses")
        first = self.sum()
        if name in _TWO_ARGUMENTS:
            if not self.next(","):
                raise self.error(f"{name} takes two arguments")
            result = _combine(function, first, self.sum())
        else:
            result = lambda x: function(first(x))  # noqa: E731  (as the other branches do)
        if not self.next(")"):
            raise self.error(f"{name}(...) is not closed")
        return result


def _combine(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Callable[[Any], Any]:
    return lambda x: operation(left(x), right(x))


def _power(base: Any, exponent: Any) -> Any:
    return np.asarray(base, dtype=np.float64) ** exponent


def parse_expression(text: str) -> Callable[[Any], Any]:
    """A function of x from text such as ``"tanh(x)"`` or ``"max(x, 0.1*x)"``.

    Raises ActivationError, with what is allowed, for anything else.
    """
    try:
        return _Parser(text).whole()
    except RecursionError:
        raise ActivationError("activation expression is nested too deeply") from None


def activation_named(text: str) -> Callable[[Any], Any]:
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
