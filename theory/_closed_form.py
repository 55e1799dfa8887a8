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
``Gt(0)`` alone admits infinity, ``Gt(0), Lt(math.inf)`` does not. A scalar argument is judged entry
by entry, as it broadcasts. An array argument has one domain for the entries on its named axes:
with ``Float[Array, "n d"]`` an entry outside makes the whole result NaN, with ``"... d"`` (or, on
arguments of any evaluator, the marker ``Row``) its row of the result.

An argument marked ``Static`` sets shapes: a traced value is refused. XLA reads subnormal numbers
(below 2.3e-308) as 0. So concrete ones count as 0, or as the smallest normal number where the range
leaves 0 out; traced ones are outside there.
"""

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from jax.core import Tracer

from theory._concrete import ArgumentError, as_numbers, concrete, is_integer, known_number, normal
from theory._fields import Because, Doc, Field, Ge, Gt, Le, Lt, ParameterError, Static
from theory._masks import masked, over_rows
from theory._one_program import OneProgram
from theory._precision import require_64_bit

__all__ = ["ArgumentError", "Row", "Single", "Whole", "closed_form", "own_checks"]

Relation = tuple[str, Callable[..., Any]]
"""What is wrong in words (``"is above n"``), and the condition that should hold."""


class Whole:
    """Marks an argument that is a whole number."""


class Single:
    """Marks an argument that is one number, where others may be arrays: no array is taken."""


class Row:
    """Marks an argument that is a vector along its last axis, whatever stands before."""


def _base(annotation: Any) -> Any:
    """The type without its marks."""
    annotated = typing.get_origin(annotation) is typing.Annotated
    return typing.get_args(annotation)[0] if annotated else annotation


def _is_float_array(base: Any) -> bool:
    """Whether an annotation asks for a JAX array of floats, as Float[Array, "n d"] does."""
    return getattr(base, "array_type", None) is jax.Array and "float64" in base.dtypes


_ALL = 99
"""More axes than an array has: its entries are judged together."""


def _limits(name: str, annotation: Any) -> tuple[Field, int] | None:
    """The range on an argument, and on how many last axes it is one for all; None without one."""
    base, marks = _base(annotation), typing.get_args(annotation)[1:]
    if base is annotation:
        marks = ()
    given: dict[str, Any] = {"kind": "real"}
    row = 0
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
            case _ if mark is Static:
                given["static"] = True
            case _ if mark is Row:
                row = 1
            case _ if mark is Single:
                pass
            case _:
                raise TypeError(f"argument {name}: unknown marker {mark!r}")
    axes = getattr(base, "dim_str", "").split()
    named = [axis for axis in axes if not axis.startswith(("...", "*"))]
    together = row if not axes else len(named) if len(named) < len(axes) else _ALL
    of_any_type = base in (int, float, inspect.Parameter.empty, Any)
    numeric = marks or axes or (of_any_type and name not in ("p", "params"))  # these are Params
    return (Field(name=name, **given), together) if numeric else None


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

    The result has ``domains`` (a Field by argument), ``example``, and ``in_one_program``: whether
    its arrays, and its loops over single numbers, run as one program (see ``theory._one_program``);
    ``__wrapped__`` is the bare formula, for inner calls whose arguments are known to be inside.
    """
    if function is None:
        return functools.partial(closed_form, example=example, **relations)
    name = function.__name__
    signature = inspect.signature(function)
    hints = typing.get_type_hints(function, include_extras=True)
    domains: dict[str, Field] = {}
    together: dict[str, int] = {}
    for argument, parameter in signature.parameters.items():
        found = _limits(argument, hints.get(argument, parameter.empty))
        if found is not None:
            domains[argument], together[argument] = found
    conditions = {
        a: (w, t, tuple(inspect.signature(t).parameters)) for a, (w, t) in relations.items()
    }
    for argument, (_, _, used) in conditions.items():
        unknown = ({argument} | set(used)) - set(signature.parameters)
        if unknown:
            raise TypeError(f"{name}: a relation names unknown arguments {sorted(unknown)}")

    results = getattr(hints.get("return"), "dim_str", "").split()
    single = {a for a, hint in hints.items() if Single in typing.get_args(hint)[1:]}
    single |= {a for a, f in domains.items() if f.static}
    arrays = {a for a, h in hints.items() if _is_float_array(_base(h))}
    in_float = {
        a for a, f in domains.items()
        if not f.static and a not in arrays and _base(hints.get(a)) is not int
    }  # fmt: skip
    named = sum(not axis.startswith(("...", "*")) for axis in results)
    row_result = named if named < len(results) else 0  # axes that a row of the result has

    matrices = any(getattr(_base(hints.get(a)), "dim_str", "") for a in signature.parameters)
    run = OneProgram(function, signature, () if matrices else in_float)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        require_64_bit()
        bound = signature.bind(*args, **kwargs)
        try:
            return evaluated(bound)
        except (IndexError, TypeError, ValueError) as error:
            for argument, value in bound.arguments.items():
                number = as_numbers(value) if together.get(argument) else None
                if number is not None and not number.ndim and not isinstance(error, ParameterError):
                    raise ArgumentError(f"{name}: {argument} = {value} is no list") from error
            raise

    def evaluated(bound: inspect.BoundArguments) -> Any:
        values = bound.arguments
        masks = []
        for argument, field in domains.items():
            value = values.get(argument)
            if value is None:
                continue
            value = values[argument] = concrete(name, argument, value, argument in arrays)
            if argument in single and np.ndim(value):
                raise ArgumentError(f"{name}: {argument} has shape {np.shape(value)}: not a number")
            traced, number = isinstance(value, Tracer), as_numbers(value)
            if traced and field.static:
                raise ArgumentError(
                    f"{name}: {argument} sets an array's shape: give a plain number, not a traced"
                    " one (static_argnames of jax.jit)"
                )
            if traced:
                good = _good(field, value)
            elif number is not None:
                # an mpmath number is judged as it is: its float may lie on an end
                exact = isinstance(value, mpmath.mpf) and field.kind != "int"
                good = np.asarray(bool(field.inside(value))) if exact else _good(field, number)
                _refuse(name, field, number, good)
                if field.static and np.isnan(number):  # some size, for a result that is all NaN
                    values[argument] = (example or {}).get(argument, field.whole_low)
                else:
                    values[argument] = normal(field, value, number)
                if good.all():
                    continue  # no NaN: nothing to pass on
            else:
                continue
            good = over_rows(good, together[argument])
            masks.append(good[(..., *[None] * row_result)] if row_result and good.ndim else good)
        for argument, (wrong, holds, used) in conditions.items():
            given = {a: values.get(a, signature.parameters[a].default) for a in used}
            if any(isinstance(v, Tracer) for v in jax.tree.leaves(given)):
                masks.append(jnp.asarray(holds(**given)))
                continue
            known = {a: known_number(v) for a, v in given.items()}
            if all(k is not None for k in known.values()):
                with jax.ensure_compile_time_eval():  # also where a jitted function calls
                    fine = np.asarray(holds(**known))
                nan = (
                    ~over_rows(~np.isnan(k), together.get(a, 0))
                    for a, k in known.items() if isinstance(k, np.ndarray)
                )  # fmt: skip
                if not functools.reduce(np.logical_or, nan, fine).all():
                    shown = (
                        "" if hasattr(given[argument], "__fields__") else f" = {given[argument]!r}"
                    )
                    raise ArgumentError(f"{name}: {argument}{shown} {wrong}")
        for argument in in_float & values.keys():
            if is_integer(values[argument]):
                values[argument] = values[argument].astype(np.float64)  # n^2 may pass 2^63
        try:
            result = run(bound)
        except (ZeroDivisionError, OverflowError):
            # Python's own numbers at a pole: as arrays they give infinity or NaN
            plain = {a: v for a, v in values.items() if isinstance(v, (int, float))}
            again = {a: jnp.asarray(v, float) for a, v in plain.items() if a in in_float}
            if not again or any(isinstance(v, mpmath.mpf) for v in values.values()):
                raise
            values |= again
            result = run(bound)
        return masked(result, masks) if masks else result

    shared = example or {}
    form: Any = checked
    form.domains = domains
    form.in_one_program = bool(in_float) and not matrices
    form.example = {a: shared[a] for a in signature.parameters if a in shared}
    return form


def own_checks(reason: str) -> Callable[[Callable[..., Any]], Any]:
    """Says why a public function of numbers is no :func:`closed_form`: it checks them itself."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.own_checks = reason  # type: ignore[attr-defined]
        return function

    return mark
