"""Which evaluator a value belongs to, and the refusal to mix two.

A value is JAX's, SymPy's, mpmath's, a ball's, or exact: then it belongs to all.
"""

import sys
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

import jax
import mpmath
import numpy as np
from jax.core import Tracer

FLOAT_ADVICE = "write exact constants as ints, rational(p, q), pi, or words of these"


class MixedEvaluators(TypeError):
    """A formula was given values of two evaluators (or a float where only exact values may go)."""


TRACED: ContextVar[Any] = ContextVar("TRACED", default=None)
"""While a formula is traced (theory._symbolic) the class of its values, for which floats count as
exact; else None."""


def is_one_number(value: Any) -> bool:
    """A concrete number of Python, numpy or JAX; no array of several."""
    if isinstance(value, (jax.Array, np.ndarray)):
        return not isinstance(value, Tracer) and value.ndim == 0 and value.dtype != object
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


class Exact:
    """Marks a number that ``resolve(evaluator)`` turns into any evaluator's: see ``Constant``."""

    __slots__ = ()

    def resolve(self, evaluator: str) -> Any:
        """The number as a value of ``"jax"``, ``"sympy"``, ``"arb"`` or ``"mpmath"``."""
        raise NotImplementedError


class OfBalls:
    """Marks what Arb's evaluator computes with: balls, and the conditions between them."""

    __slots__ = ()


def sympy_module() -> Any:
    """SymPy, imported when a formula first meets it: it is slow to load."""
    import sympy

    return sympy


def kind_of(value: Any) -> str | None:
    """The evaluator that a value belongs to; None for exact numbers, which belong to all."""
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, (int, Fraction, Exact)):
        return None
    if hasattr(type(value), "__formula_word__"):
        return "foreign"
    if isinstance(value, OfBalls):
        return "arb"
    if isinstance(value, (float, np.number, jax.Array)):
        return "jax"
    if isinstance(value, (mpmath.mpf, mpmath.mpc)) or type(value).__name__ == "constant":
        return "mpmath"
    if isinstance(value, np.ndarray):
        return "object" if value.dtype == object else "jax"
    sympy = sys.modules.get("sympy")
    if sympy is not None and isinstance(value, (sympy.Basic, sympy.logic.boolalg.Boolean)):
        if value.atoms(sympy.Float):
            raise MixedEvaluators(f"a float stands in the expression {value}: {FLOAT_ADVICE}")
        return "sympy"
    raise TypeError(f"no evaluator takes {value!r} ({type(value).__name__})")


def evaluator_of(*values: Any) -> str | None:
    """``"jax"``, ``"sympy"``, ``"arb"``, ``"mpmath"`` or None (all exact); refuses mixtures.

    A class with a method ``__formula_word__(name, args)`` is an evaluator of its own
    (``"foreign"``): words hand themselves over to it. Balls may stand beside its values.
    """
    kinds = {kind_of(v) for v in values} - {None}
    if "object" in kinds:
        inner = {
            kind_of(x)
            for v in values
            if isinstance(v, np.ndarray) and v.dtype == object
            for x in v.flat
        }
        kinds = (kinds - {"object"}) | (inner - {None})
    if kinds == {"arb", "foreign"}:  # the prover's derivatives take balls for constants
        kinds = {"foreign"}
    if "jax" in kinds and TRACED.get() is not None and _are_symbolic(values):
        kinds = {"foreign"}
    if len(kinds) > 1:
        shown = ", ".join(sorted(str(k) for k in kinds))
        raise MixedEvaluators(f"one formula was given values of several evaluators: {shown}")
    return kinds.pop() if kinds else None


def _are_symbolic(values: tuple[Any, ...]) -> bool:
    """Whether all are traced values, exact, or single numbers, which are exact to them."""
    return all(
        is_one_number(v) or isinstance(v, TRACED.get()) or kind_of(v) is None for v in values
    )
