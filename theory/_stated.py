"""Formulas that a statement says in words' company, as expressions in a setting's symbols.

``stated("Minority recall Phi(Delta/2 - ln(rho)/Delta)", fields)`` reads the parts of a text that
are mathematics in the fields' letters (``Delta`` for a field ``gap`` whose text begins so), so that
they can be held against the formula that runs. What cannot be read is left out, never guessed: a
formula in unknown letters is none, unless the text says what they are (``q = Phi(-x)``).
"""

import dataclasses
import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from theory._evaluators import sympy_module
from theory._fields import Field
from theory._letters import GREEK, spelled
from theory._symbolic import symbol_of, word

__all__ = ["Said", "stated"]

_TOKEN = re.compile(
    r"\s+|(?P<number>\d*\.?\d+(?:e-?\d+)?)|(?P<name>[A-Za-z][A-Za-z]*(?:_\{?[A-Za-z0-9]+\}?|\d+)?[*']?(?![A-Za-z]))"
    r"|(?P<sign><=|>=|->|=|<|>|~)|(?P<op>\*\*|[-+*/^(),\[\]|])|(?P<other>.)"
)
_WORDS = {
    "Phi": "normal_cdf", "PhiInv": "normal_quantile", "erf": "erf", "erfc": "erfc",
    "Gamma": "gamma", "lnGamma": "loggamma", "W": "lambert_w",
}  # fmt: skip
_PLAIN = {
    "exp": "exp", "ln": "log", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos",
    "tan": "tan", "tanh": "tanh", "arctan": "atan", "arcsin": "asin", "arccos": "acos",
    "sinh": "sinh", "cosh": "cosh", "min": "Min", "max": "Max", "sign": "sign",
    "arcsinh": "asinh", "arsinh": "asinh", "atan": "atan",
}  # fmt: skip


class Token(NamedTuple):
    """A piece of text: number, name, sign, op or other; ``close``: no space stands before it."""

    kind: str
    text: str
    close: bool


_END = Token("end", "", False)


class _Unreadable(Exception):
    """This is no formula in the known letters."""


class _Reader:
    """Recursive descent over one side of a relation: + - then * / and what stands side by side,
    then signs, powers, functions and brackets."""

    def __init__(self, tokens: list[Token], known: Mapping[str, Any]):
        self.tokens, self.known, self.place = tokens, known, 0

    def _next(self) -> Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else _END

    def _take(self, *texts: str) -> str:
        token = self._next()
        if token.kind == "op" and token.text in texts:
            self.place += 1
            return token.text
        return ""

    def whole(self) -> Any:
        value = self.sum()
        if self._next() is not _END:
            raise _Unreadable
        return value

    def sum(self) -> Any:
        value = self.product()
        while sign := self._take("+", "-"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.signed()
        while True:
            if sign := self._take("*", "/"):
                value = value * self.signed() if sign == "*" else value / self.signed()
            elif self._next().kind in ("number", "name") or self._next().text in ("(", "["):
                value = value * self.power()
            else:
                return value

    def signed(self) -> Any:
        if self._take("-"):
            return -self.signed()
        self._take("+")
        return self.power()

    def power(self) -> Any:
        base = self.atom()
        if self._take("^", "**"):
            return base ** self.signed()
        return base

    def atom(self) -> Any:
        s = sympy_module()
        kind, text, _ = self._next()
        self.place += 1
        if kind == "number":
            value = s.Rational(text)
            after = self._next()  # "x/4s" is x/(4s)
            return value * self.power() if after.kind == "name" and after.close else value
        if kind == "op" and text in "([":
            value = self.sum()
            if not self._take(")" if text == "(" else "]"):
                raise _Unreadable
            return value
        if kind == "op" and text == "|":
            value = self.sum()
            if not self._take("|"):
                raise _Unreadable
            return s.Abs(value)
        if kind != "name":
            raise _Unreadable
        if text in self.known:
            return self.known[text]
        density = text == "phi" and self._next().text == "("
        if density or text in _WORDS or text in _PLAIN:
            made = _function(text)
            power = self.signed() if self._take("^") else 1
            if self._take("("):
                given = [self.sum()]
                while self._take(","):
                    given.append(self.sum())
                if not self._take(")"):
                    raise _Unreadable
                return made(*given) ** power
            if text in _PLAIN and text not in ("min", "max"):  # "ln rho", "sqrt 2"
                return made(self.power()) ** power
        raise _Unreadable


def _function(text: str) -> Any:
    s = sympy_module()
    if text == "phi":  # the density; as a letter it may stand for anything
        return lambda x: s.exp(-(x**2) / 2) / s.sqrt(2 * s.pi)
    return word(_WORDS[text]) if text in _WORDS else getattr(s, _PLAIN[text])


def _tokens(text: str) -> list[Token]:
    return [
        Token(str(found.lastgroup), found[0], text[: found.start()][-1:] not in ("", " "))
        for found in _TOKEN.finditer(text)
        if found.lastgroup is not None
    ]


def _clauses(text: str) -> list[str]:
    """The text cut at commas, colons and semicolons outside brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if depth == 0 and c in ",;:" and text[i + 1 : i + 2] in (" ", ""):
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


def _sides(clause: str) -> list[tuple[str, list[Token]]]:
    """The sides of a chain of relations, each after the sign that stands before it."""
    sides: list[tuple[str, list[Token]]] = [("", [])]
    for token in _tokens(clause):
        if token.kind == "sign":
            sides.append((token.text, []))
        else:
            sides[-1][1].append(token)
    return sides


def _known(fields: Mapping[str, Field]) -> dict[str, Any]:
    s = sympy_module()
    known: dict[str, Any] = {"pi": s.pi, "e": s.E}
    known |= {name: symbol_of(f) for name, f in fields.items() if f.kind in ("real", "int")}
    known |= {text: symbol_of(fields[name]) for name, text in spelled(fields).items()
              if fields[name].kind in ("real", "int")}  # fmt: skip
    return known


@dataclasses.dataclass(frozen=True)
class Said:
    """One side of a relation that a text says.

    Attributes:
        expression: what it is; where the text says ``X - 1/2 = ...``, that of X.
        sign: what stands before it: "=", "<=", ... or nothing.
        square: whether the text says it of a square: of ``W^2``, an eigenvalue, a variance.
    """

    expression: Any
    square: bool
    sign: str


def stated(text: str, fields: Mapping[str, Field]) -> list[Said]:
    """The expressions that the text says, in its order; whole sides of relations only."""
    own = _known(fields)
    known = dict(own)
    clauses = [_sides(clause) for clause in _clauses(text.rstrip(". "))]
    for _ in range(3):  # definitions may stand after their use, and rest on each other
        for sides in clauses:
            for (_, left), (sign, right) in itertools.pairwise(sides):
                name = left[-1].text if left and left[-1].kind == "name" else ""
                if sign == "=" and name and name not in known | _WORDS | _PLAIN:
                    found = _formula(right, known)
                    if found is not None:
                        known[name] = found
    said: list[Said] = []
    for sides in clauses:
        for i, (sign, side) in enumerate(sides):
            found = _formula(side, known)
            before = sides[i - 1][1] if i else []
            last = side[-1] if side and i + 1 < len(sides) else _END
            defined = last.kind == "name" and last.text not in own
            if found is None or defined or _is_condition(before):
                continue
            moved, squared = _of_left_side(before if sign == "=" else [])
            said.append(Said(moved(found), squared or bool(_SQUARES.search(text)), sign))
    return said


def _is_condition(before: list[Token]) -> bool:
    """Whether a relation's left side begins a condition: "at p* = ..." """
    return len(before) > 1 and before[-2].text.lower() in _CONDITIONS and before[-1].kind == "name"


_CONDITIONS = ("at", "for", "if", "iff", "where", "with", "as", "when")
_SQUARES = re.compile(r"\b(?:eigenvalues?|variance|squared?|squares)\b|\bVar\b")


def _formula(side: list[Token], known: dict[str, Any]) -> Any:
    """The formula in a side: words may stand before it and after it, nothing else."""
    reserved = known | _WORDS | _PLAIN

    def is_word(i: int) -> bool:  # "recall", but neither "n_max" nor "x" nor "h(x)"
        kind, text, _ = side[i]
        called = i + 1 < len(side) and side[i + 1].text == "(" and side[i + 1].close
        plain = kind == "name" and text.isalpha() and len(text) > 1 and text not in GREEK
        return plain and not called and text not in reserved

    for start in range(len(side)):
        if is_word(start) or (start and not is_word(start - 1)):
            continue
        words = (i for i in range(start, len(side)) if is_word(i))
        try:
            return _Reader(side[start : next(words, len(side))], known).whole()
        except _Unreadable:
            continue
    return None


def _of_left_side(side: list[Token]) -> tuple[Callable[[Any], Any], bool]:
    """What ``X - 1/2 = R`` or ``1 - X = R`` says of X, and whether it is ``X^2 =``."""
    text = "".join(token.text for token in side)
    if text.endswith("^2"):
        return lambda right: right, True
    number = sympy_module().Rational
    if found := re.search(r"(?<=[^-+*/(^])([-+])(\d+(?:/\d+)?)$", text):
        moved = number(found[2]) if found[1] == "-" else -number(found[2])
        return lambda right: right + moved, False
    if found := re.fullmatch(r"(\d+(?:/\d+)?)-\w+", text):
        return lambda right: number(found[1]) - right, False
    return lambda right: right, False
