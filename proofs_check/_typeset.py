"""A proof item's statements as LaTeX, made from what its engines were asked."""

from collections.abc import Iterable
from typing import Any

import sympy

from proofs_check._statements import Equal, Positive, Statement
from theory._latex import latex
from theory._letters import letter
from theory._symbolic import NotSymbolic, Symbolic, expression

__all__ = ["formulas"]

_LONGEST = 1200  # characters: beyond it nobody's formula
_OPERATIONS = 400


def formulas(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Each different statement that has a form of its own; what is enumerated has none."""
    found = [text for s in statements if (text := _of(s)) and len(text) <= _LONGEST]
    return tuple(dict.fromkeys(found))


def _of(statement: Statement) -> str:
    if isinstance(statement, Equal):
        left, right = map(sympy.sympify, (statement.left, statement.right))
        same = left == right  # as SymPy forms them: nothing would be said
        return "" if same or _long(left) or _long(right) else f"{_tex(left)} = {_tex(right)}"
    if isinstance(statement, Positive):
        try:
            symbols = {name: Symbolic(sympy.Symbol(name)) for name in statement.box}
            value = expression(statement.f(**symbols))
        except (NotSymbolic, TypeError, AttributeError):  # a programme: loops, enclosures
            return ""
        box = r",\; ".join(rf"{_name(n)} \in [{_end(a)}, {_end(b)}]"
                           for n, (a, b) in statement.box.items())  # fmt: skip
        sign = ">" if statement.strict else r"\ge"
        return "" if _long(value) else rf"{_tex(value)} {sign} 0,\quad {box}"
    return ""


def _long(value: Any) -> bool:
    return not isinstance(value, sympy.Expr) or value.count_ops() > _OPERATIONS


def _name(name: str) -> str:
    return letter(name) or r"\mathrm{" + name.replace("_", r"\_") + "}"


def _end(end: Any) -> str:
    text = f"{float(end):.6g}"
    mantissa, _, power = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else text


def _tex(value: Any) -> str:
    return latex(value, {s.name: _name(s.name) for s in value.free_symbols})
