"""Public closed forms carry their domain on their arguments.

A decorated formula says in its annotations where it is stated::

    @closed_form
    def stable_cdf(x: Scalar, alpha: Annotated[Scalar, Gt(0), Le(2)]) -> Scalar:
        '''F(x) of the symmetric alpha-stable law.'''

    @closed_form(k=("is above n", lambda k, n: k <= n))
    def binomial_upper(k: Annotated[Scalar, Ge(0), Whole], n: Annotated[Scalar, Ge(1), Whole], ...)

and then keeps to it at every call:

* a concrete value outside is refused by name (:class:`ArgumentError`): Python and numpy numbers,
  concrete JAX arrays entry by entry, lists and tuples (which become arrays), mpmath numbers;
* a traced value outside gives NaN, with the other entries of a batch untouched;
* NaN in gives NaN out, traced or not, in every floating entry of the result that it reaches.

Values of SymPy and Arb, functions, Params and None pass as they are. Infinite ends are left out:
``Gt(0)`` alone admits infinity, ``Gt(0), Lt(math.inf)`` does not. An argument annotated as an array
with named axes (``Float[Array, "n d"]``) has one domain for all its entries: an entry outside
makes the whole result NaN. A scalar argument is judged entry by entry, as it broadcasts.
"""

import functools
import inspect
import math
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from jax.core import Tracer

from theory._fields import Because, Doc, Field, Ge, Gt, Le, Lt, ParameterError
from theory._precision import require_64_bit

__all__ = ["ArgumentError", "Whole", "closed_form"]

Relation = tuple[str, Callable[..., Any]]
"""What is wrong in words (``"is above n"``), and the condition that should hold."""


class Whole:
    """Marks an argument that is a whole number."""


class ArgumentError(ParameterError):
    """An argument outside the domain of a closed form. The text names both, and the range."""


def _limits(name: str, annotation: Any) -> tuple[Field, bool] | None:
    """The range on an argument, and whether it is one for all entries; None where there is none."""
    base, marks = annotation, ()
    if typing.get_origin(annotation) is typing.Annotated:
        base, *marks = typing.get_args(annotation)
    given: dict[str, Any] = {"kind": "real"}
    for mark in marks:
        match mark:
            case Ge(end):
                given["low"] = end
            case Gt(end):
                given["low"], given["open_low"] = end, True
            case Le(end):
                given["high"] = end
            case Lt(end):
                given["high"], given["open_high"] = end, True
            case Doc(text):
                given["doc"] = text
            case Because(text):
                given["because"] = text
            case _ if mark is Whole:
                given["kind"] = "int"
            case _:
                raise TypeError(f"argument {name}: unknown marker {mark!r}")
    axes = getattr(base, "dim_str", "").split()
    together = any(not axis.startswith(("...", "*")) for axis in axes)
    of_any_type = base in (int, float, inspect.Parameter.empty, Any)
    numeric = marks or axes or (of_any_type and name not in ("p", "params"))  # these are Params
    return (Field(name=name, **given), together) if numeric else None


_NOT_NUMBERS = (bool, np.bool_, str, bytes, complex, Decimal, dict, set)


def _may_be_numeric(dtype: Any) -> bool:
    """Reals and whole numbers; objects (values of another evaluator) and JAX's keys pass too."""
    if dtype in (None, np.dtype(object)) or jnp.issubdtype(dtype, jax.dtypes.extended):
        return True
    return jnp.issubdtype(dtype, np.floating) or jnp.issubdtype(dtype, np.integer)


def _concrete(name: str, argument: str, value: Any) -> Any:
    """The value as the formula gets it: lists become arrays, what is no number is refused."""
    if isinstance(value, (list, tuple)):
        try:
            value = np.asarray(value)
        except ValueError:
            raise ArgumentError(f"{name}: {argument} is a ragged list") from None
    if isinstance(value, _NOT_NUMBERS) or not _may_be_numeric(getattr(value, "dtype", None)):
        raise ArgumentError(f"{name}: {argument} = {value!r} is not a number")
    return value


def _good(field: Field, value: Any) -> Any:
    """Entrywise: inside the range, and whole where that is asked. False for NaN."""
    good = field.inside(value) & (value == value)
    if field.kind == "int":
        xp = jnp if isinstance(value, jax.Array) else np
        good &= xp.isinf(value) | (value == xp.round(value))
    return good


def _refuse(name: str, field: Field, values: np.ndarray, good: Any) -> None:
    bad = ~(good | np.isnan(values))
    if not bad.any():
        return
    shown = values[tuple(np.argwhere(bad)[0])]
    where = f"[{', '.join(map(str, np.argwhere(bad)[0]))}]" if values.ndim else ""
    if field.inside(shown):
        raise ArgumentError(f"{name}: {field.name}{where} = {shown:g} is not a whole number")
    because = f": {field.because}" if field.because else ""
    raise ArgumentError(
        f"{name}: {field.name}{where} = {shown:.10g} is outside {field.range_text}{because}"
    )


def closed_form(
    function: Callable[..., Any] | None = None,
    *,
    example: Mapping[str, Any] | None = None,
    **relations: Relation,
) -> Any:
    """Decorates a formula whose annotations declare its domain; see the module.

    Args:
        example: arguments inside the domain that the suite calls the formula with (functions,
            arrays); numbers that are not given are taken from the middle of their range. Several
            formulas may share one: of a name that is no argument nothing is made.
        relations: by the argument that the error names, a text and a condition on arguments of
            these names: ``k=("is above n", lambda k, n: k <= n)``. Params are arguments too.

    The result has ``domains`` (a Field by argument) and ``example``; ``__wrapped__`` is the bare
    formula, for inner calls whose arguments are known to be inside.
    """
    if function is None:
        return functools.partial(closed_form, example=example, **relations)
    name = function.__name__
    signature = inspect.signature(function)
    hints = typing.get_type_hints(function, include_extras=True)
    domains: dict[str, Field] = {}
    together: set[str] = set()
    for argument, parameter in signature.parameters.items():
        found = _limits(argument, hints.get(argument, parameter.empty))
        if found is not None:
            domains[argument] = found[0]
            together |= {argument} if found[1] else set()
    conditions = {
        a: (w, t, tuple(inspect.signature(t).parameters)) for a, (w, t) in relations.items()
    }
    for argument, (_, _, used) in conditions.items():
        unknown = ({argument} | set(used)) - set(signature.parameters)
        if unknown:
            raise TypeError(f"{name}: a relation names unknown arguments {sorted(unknown)}")

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        require_64_bit()
        bound = signature.bind(*args, **kwargs)
        values = bound.arguments
        masks = []
        for argument, field in domains.items():
            value = values.get(argument)
            if value is None:
                continue
            value = values[argument] = _concrete(name, argument, value)
            traced, number = isinstance(value, Tracer), _as_numbers(value)
            if traced:
                good = _good(field, value)
            elif number is not None:
                # an mpmath number is judged as it is: its float may lie on an end
                exact = isinstance(value, mpmath.mpf) and field.kind != "int"
                good = np.asarray(bool(field.inside(value))) if exact else _good(field, number)
                _refuse(name, field, number, good)
                if good.all():
                    continue  # no NaN: nothing to pass on
            else:
                continue
            masks.append(good.all() if argument in together else good)
        for argument, (wrong, holds, used) in conditions.items():
            given = {a: values.get(a, signature.parameters[a].default) for a in used}
            if any(isinstance(v, Tracer) for v in jax.tree.leaves(given)):
                masks.append(jnp.asarray(holds(**given)))
                continue
            known = {a: _known(v) for a, v in given.items()}
            if all(k is not None for k in known.values()):
                fine = np.asarray(holds(**known))
                nan = (
                    np.isnan(k).any() if a in together else np.isnan(k)
                    for a, k in known.items() if isinstance(k, np.ndarray)
                )  # fmt: skip
                if not functools.reduce(np.logical_or, nan, fine).all():
                    shown = (
                        "" if hasattr(given[argument], "__fields__") else f" = {given[argument]!r}"
                    )
                    raise ArgumentError(f"{name}: {argument}{shown} {wrong}")
        result = function(*bound.args, **bound.kwargs)
        return _masked(result, masks) if masks else result

    checked.domains = domains  # type: ignore[attr-defined]
    shared = example or {}
    checked.example = {a: shared[a] for a in signature.parameters if a in shared}  # type: ignore[attr-defined]
    return checked


def _known(value: Any) -> Any:
    """A concrete number as :func:`_as_numbers` has it, Params of plain numbers as they are."""
    if not hasattr(value, "__fields__"):
        return _as_numbers(value)
    leaves = jax.tree.leaves(value)
    return value if all(_as_numbers(leaf) is not None for leaf in leaves) else None


def _as_numbers(value: Any) -> np.ndarray | None:
    """A concrete number or array as float64 (integers stay whole), or None for anything else."""
    if isinstance(value, Tracer):
        return None
    if isinstance(value, (int, float, Fraction, mpmath.mpf)):
        try:
            return np.asarray(float(value))
        except OverflowError:
            return np.asarray(math.copysign(math.inf, value))
    if isinstance(value, (np.ndarray, np.number, jax.Array)) and value.dtype != object:
        if jnp.issubdtype(value.dtype, jax.dtypes.extended):
            return None
        return np.asarray(value, dtype=np.float64)
    return None


def _masked(result: Any, masks: list[Any]) -> Any:
    """NaN in every floating entry of the result that a bad entry reaches."""
    concrete = not any(isinstance(m, Tracer) for m in masks)

    def mask(leaf: Any) -> Any:
        if isinstance(leaf, mpmath.mpf):
            return mpmath.nan if concrete and not all(np.all(m) for m in masks) else leaf
        if isinstance(leaf, float):
            if concrete:
                return leaf if all(np.all(m) for m in masks) else math.nan
            leaf = jnp.asarray(leaf)
        if not jnp.issubdtype(getattr(leaf, "dtype", np.int64), np.inexact):
            return leaf
        xp: Any = np if concrete and isinstance(leaf, (np.ndarray, np.generic)) else jnp
        for good in masks:
            good = good if _fits(np.shape(good), np.shape(leaf)) else good.all()
            leaf = xp.where(good, leaf, math.nan)
        return leaf

    return jax.tree.map(mask, result)


def _fits(mask: tuple[int, ...], leaf: tuple[int, ...]) -> bool:
    """Whether the mask broadcasts to the leaf without enlarging it."""
    try:
        return np.broadcast_shapes(mask, leaf) == leaf
    except ValueError:
        return False
