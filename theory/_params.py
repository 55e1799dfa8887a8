"""One declared domain, four uses.

A setting's parameters are one class with annotated fields::

    @parameters("ridge_demo")
    class Params:
        '''Parameters of the demo.'''

        n: Annotated[int, Ge(1), Le(10**6), Static, Doc("training points")] = 200
        noise: Annotated[float, Ge(0), Lt(0.5), Because("label noise must be below 1/2")] = 0.1
        attack: Annotated[Literal["l1", "l2", "linf"], Doc("norm of the attack")] = "l2"

:func:`parameters` makes it a frozen dataclass, a JAX pytree, and checks every value at the door.
The same annotations give the Hypothesis strategy (:meth:`Domain.strategy`), the box over which an
inequality is proved (:meth:`Domain.box`) and the command-line flags.
"""

import dataclasses
import functools
import importlib
import itertools
import math
import typing
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import annotated_types
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from annotated_types import Ge, Gt, Le, Lt
from jax.core import Tracer

from theory._formula import Ball

__all__ = [
    "ArrayOf", "Because", "Doc", "Domain", "Field", "Ge", "Gt", "Le", "Logarithmic", "Lt",
    "ParameterError", "Static", "fields_of", "lift", "parameters", "setting_of",
]  # fmt: skip


class ParameterError(ValueError):
    """A parameter outside its declared range. The text names setting, field, value and range."""


@dataclasses.dataclass(frozen=True)
class Doc:
    """What a field is, in a few words (units too); shown by ``--help``."""

    text: str


@dataclasses.dataclass(frozen=True)
class Because:
    """Why the range is what it is, and what to do; shown in the error."""

    text: str


@dataclasses.dataclass(frozen=True)
class ArrayOf:
    """An array field. ``generate(rng)`` draws an example from a numpy Generator.

    ``ndim`` is checked at the door; bounds (Ge, Le, ...) apply to every entry.
    """

    generate: Callable[[np.random.Generator], np.ndarray]
    ndim: int = 1


class Static:
    """Marks a field that sets an array's shape: a new value means a new compilation."""


class Logarithmic:
    """Marks a positive field that is drawn on a logarithmic scale."""


@dataclasses.dataclass(frozen=True)
class Field:
    """One coordinate of a domain. Bounded reals and ints always have finite ends."""

    name: str
    kind: Literal["real", "int", "choice", "array"]
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    logarithmic: bool = False
    static: bool = False
    choices: tuple[Any, ...] = ()
    array: ArrayOf | None = None
    doc: str = ""
    because: str = ""

    @property
    def range_text(self) -> str:
        """The allowed values, as shown in errors and help: ``[0, 0.5)``, ``{l1, l2}``."""
        if self.kind == "choice":
            return "{" + ", ".join(map(str, self.choices)) + "}"
        left, right = "[("[self.open_low], "])"[self.open_high]
        return f"{left}{_number_text(self.low)}, {_number_text(self.high)}{right}"

    @property
    def whole_low(self) -> int:
        """The smallest admitted int."""
        return math.floor(self.low) + 1 if self.open_low else math.ceil(self.low)

    @property
    def whole_high(self) -> int:
        """The largest admitted int."""
        return math.ceil(self.high) - 1 if self.open_high else math.floor(self.high)

    def admits(self, value: Any) -> bool:
        """True if every entry of the value lies in the range (NaN never does)."""
        if self.kind == "choice":
            return any(_same(value, choice) for choice in self.choices)
        return bool(np.all(self.inside(np.asarray(value))))

    def inside(self, a: Any) -> Any:
        """Which entries lie in the range."""
        above = a > self.low if self.open_low else a >= self.low
        below = a < self.high if self.open_high else a <= self.high
        return above & below

    def at(self, u: float) -> Any:
        """The value at the fraction u in [0, 1] of the range, on the declared scale."""
        if self.kind == "choice":
            return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]
        low, high = float(self.low), float(self.high)
        if self.logarithmic:
            value = math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
        else:
            value = low + u * (high - low)
        value = min(max(value, low), high)
        if self.kind == "int":
            return min(max(round(value), self.whole_low), self.whole_high)
        # an open end is replaced by the point a millionth of the range inside it
        if self.open_low and value <= low:
            value = max(low + 1e-6 * (high - low), math.nextafter(low, high))
        if self.open_high and value >= high:
            value = min(high - 1e-6 * (high - low), math.nextafter(high, low))
        return value


def _number_text(x: float) -> str:
    short = f"{x:g}"
    return short if float(short) == x else repr(x)


def _same(value: Any, choice: Any) -> bool:
    # 1 == True == 1.0 in Python, but jit's cache and a person tell them apart
    return (
        isinstance(value, type(choice))
        and isinstance(choice, bool) == isinstance(value, bool)
        and value == choice
    )


def _field(name: str, annotation: Any) -> Field:
    """The Field that an annotation declares."""
    metadata: tuple[Any, ...] = ()
    base = annotation
    if typing.get_origin(annotation) is typing.Annotated:
        base, *rest = typing.get_args(annotation)
        metadata = tuple(rest)
    flat: list[Any] = []
    for item in metadata:
        flat.extend(item if isinstance(item, annotated_types.GroupedMetadata) else [item])
    given: dict[str, Any] = {"name": name}
    ends = [type(item) for item in flat if isinstance(item, (Ge, Gt, Le, Lt))]
    if {Ge, Gt} <= set(ends) or {Le, Lt} <= set(ends) or len(set(ends)) < len(ends):
        raise TypeError(f"field {name}: two bounds at one end")
    for item in flat:
        match item:
            case Ge(ge):
                given["low"] = ge
            case Gt(gt):
                given["low"], given["open_low"] = gt, True
            case Le(le):
                given["high"] = le
            case Lt(lt):
                given["high"], given["open_high"] = lt, True
            case Doc(text):
                given["doc"] = text
            case Because(text):
                given["because"] = text
            case ArrayOf():
                given["array"] = item
            case _ if item is Static:
                given["static"] = True
            case _ if item is Logarithmic:
                given["logarithmic"] = True
            case _:
                raise TypeError(f"field {name}: unknown marker {item!r}")
    if "array" in given:
        given["kind"] = "array"
    elif typing.get_origin(base) is Literal:
        given["kind"], given["choices"] = "choice", typing.get_args(base)
    elif base in (int, float):
        given["kind"] = "int" if base is int else "real"
    else:
        raise TypeError(f"field {name}: {base!r} is not int, float, Literal[...] or an ArrayOf")
    field = Field(**given)
    if field.kind in ("int", "real"):
        if not (math.isfinite(field.low) and math.isfinite(field.high)):
            raise TypeError(f"field {name}: a bounded number needs two finite ends")
        no_number = not field.low <= field.high
        no_real = field.low == field.high and (field.open_low or field.open_high)
        if no_number or no_real or (field.kind == "int" and field.whole_low > field.whole_high):
            raise TypeError(f"field {name}: empty range {field.range_text}")
        if field.logarithmic and field.low <= 0:
            raise TypeError(f"field {name}: a logarithmic range starts above 0")
    if field.kind == "choice" and (ends or field.logarithmic):
        raise TypeError(f"field {name}: a choice has no bounds and no scale")
    return field


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}... ({type(value).__name__})"


def _refusal(setting: str, field: Field, value: Any, what: str) -> ParameterError:
    why = f": {field.because}" if field.because else ""
    return ParameterError(f"{setting}: {field.name} = {_shown(value)} {what}{why}")


def _checked(setting: str, field: Field, value: Any) -> Any:
    """The value if the field admits it.

    Looks at concrete values only: tracers, None, ShapeDtypeStructs and the values of the other
    evaluators (Arb, SymPy, mpmath) pass.
    """

    # a module-level function: the tests' type checker decorates a nested one anew at every call
    refuse = functools.partial(_refusal, setting, field, value)
    if field.kind == "choice":
        for choice in field.choices:
            if _same(value, choice):
                return choice
        raise refuse(f"is not one of {field.range_text}")
    if isinstance(value, Fraction):
        value = float(value)
    if field.kind == "array":
        if isinstance(value, (list, tuple)):
            try:
                value = np.asarray(value)
            except ValueError:
                raise refuse("is ragged") from None
            refuse = functools.partial(_refusal, setting, field, value)
        if isinstance(value, (str, bytes, bool, int, float, complex, np.generic)):
            assert field.array is not None
            raise refuse(f"is not an array of {field.array.ndim} axes")
    elif isinstance(value, _NOT_NUMBERS):
        raise refuse(f"is not a number in {field.range_text}")
    if isinstance(value, (np.ndarray, jax.Array)) and not isinstance(value, Tracer):
        return _checked_array(field, value, refuse)
    if field.kind == "array" or not isinstance(value, (int, float, np.number)):
        return value
    if not field.admits(value):
        raise refuse(f"is outside {field.range_text}")
    if field.kind == "int":
        if value != int(value):
            raise refuse("is not a whole number")
        return int(value)
    return float(value)


_NOT_NUMBERS = (
    bool, np.bool_, str, bytes, complex, np.complexfloating, Decimal, list, tuple, dict, set,
)  # fmt: skip


def _checked_array(field: Field, value: Any, refuse: Callable[[str], ParameterError]) -> Any:
    """A concrete array given for an array field, or for a number (a batch of it)."""
    if value.dtype == object:
        return value  # values of another evaluator
    if jnp.issubdtype(value.dtype, jax.dtypes.extended):
        return value  # a key stands in for nothing that a person would give
    if not jnp.issubdtype(value.dtype, np.integer) and not jnp.issubdtype(value.dtype, np.floating):
        raise refuse("is not numeric" if value.ndim else f"is not a number in {field.range_text}")
    if field.array is not None:
        if value.ndim != field.array.ndim:
            raise refuse(f"has {value.ndim} axes, not {field.array.ndim}")
        if value.size == 0:
            raise refuse("is empty")
    elif field.static and value.ndim:
        raise refuse("is an array; a field that sets a shape is one number")
    entries = np.asarray(value)
    if not np.all(np.isfinite(entries) & field.inside(entries)):
        if not value.ndim:
            raise refuse(f"is outside {field.range_text}")
        first = tuple(np.argwhere(~(np.isfinite(entries) & field.inside(entries)))[0].tolist())
        place = ", ".join(map(str, first))
        raise refuse(f"has entry [{place}] = {entries[first]:g} outside {field.range_text}")
    if field.kind == "int" and not np.all(entries == np.round(entries)):
        raise refuse("is not whole")
    if (isinstance(value, np.ndarray) and not value.ndim) or field.static:
        return int(value) if field.kind == "int" else float(value)
    return value


def parameters(setting: str) -> Callable[[type], type]:
    """Class decorator: a frozen, validated dataclass and JAX pytree from annotated fields.

    Fields marked Static and choices are pytree metadata (they key jit's cache); all others are
    traced. A method ``check(self)``, if there is one, relates fields and raises through
    ``self.refuse(field, what)``; it runs when all fields are concrete. Raises TypeError for an
    annotation that declares no usable range, ParameterError for a bad value.
    """

    def decorate(cls: type) -> type:
        hints = typing.get_type_hints(cls, include_extras=True)
        fields = {name: _field(name, hint) for name, hint in hints.items()}
        check = cls.__dict__.get("check")

        def validate(self) -> None:
            for name, field in fields.items():
                object.__setattr__(self, name, _checked(setting, field, getattr(self, name)))
            if check is not None and _is_concrete(self):
                check(self)

        def refuse(self, field: str, what: str) -> ParameterError:
            """The error that names setting, field and value; for ``check``."""
            return ParameterError(f"{setting}: {field} = {_shown(getattr(self, field))} {what}")

        cls.__post_init__ = validate  # type: ignore[attr-defined]
        cls.refuse = refuse  # type: ignore[attr-defined]
        cls.__setting__ = setting  # type: ignore[attr-defined]
        cls.__fields__ = fields  # type: ignore[attr-defined]
        has_arrays = any(f.kind == "array" for f in fields.values())
        # Arrays have no usable ==; two Params with arrays are the same object or different.
        made = dataclasses.dataclass(frozen=True, eq=not has_arrays)(cls)
        # The annotations declare domains, not types: a real field also holds tracers, balls and
        # mpmath numbers. Run-time type checkers read __init__ and must find nothing to narrow.
        made.__init__.__annotations__ = {}
        meta = [n for n, f in fields.items() if f.static or f.kind == "choice"]
        data = [n for n in fields if n not in meta]
        _register(made, data, meta)
        return made

    return decorate


def _register(cls: type, data: list[str], meta: list[str]) -> None:
    """Makes the class a pytree.

    Putting a pytree together again does not validate: its leaves may be gradients, which are in
    no range, and ``jax.tree_util.register_dataclass`` would send them through the constructor.
    """
    keys = [jax.tree_util.GetAttrKey(name) for name in data]

    def flatten(params: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        leaves = tuple(getattr(params, name) for name in data)
        return leaves, tuple(getattr(params, name) for name in meta)

    def flatten_with_keys(params: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        leaves, static = flatten(params)
        return tuple(zip(keys, leaves, strict=True)), static

    def unflatten(static: tuple[Any, ...], leaves: Iterable[Any]) -> Any:
        params = object.__new__(cls)
        for name, value in (*zip(data, leaves, strict=True), *zip(meta, static, strict=True)):
            object.__setattr__(params, name, value)
        return params

    jax.tree_util.register_pytree_with_keys(cls, flatten_with_keys, unflatten, flatten)


def _is_concrete(params: Any) -> bool:
    for field in params.__fields__.values():
        value = getattr(params, field.name)
        if field.kind == "choice":
            continue
        if isinstance(value, Tracer):
            return False
        if isinstance(value, (np.ndarray, jax.Array)):
            numeric = jnp.issubdtype(value.dtype, np.number)
            if not numeric or (field.kind != "array" and value.ndim):
                return False
        elif not isinstance(value, (int, float, np.number)):
            return False
    return True


def fields_of(params: Any) -> dict[str, Field]:
    """The declared fields of a Params class or value, by name."""
    return params.__fields__


def setting_of(params: Any) -> str:
    """The name of the setting that a Params class or value belongs to."""
    return params.__setting__


def lift(params: Any, evaluator: str) -> Any:
    """The same params with real fields as exact values of ``"mpmath"``, ``"arb"`` or ``"sympy"``.

    A float64 is a binary fraction, so all conversions are exact. Ints, choices and Static fields
    stay; arrays become numpy object arrays. Raises ValueError for another evaluator.
    """
    if evaluator == "jax":
        return params
    makers: dict[str, Callable[[Any], Any]] = {  # SymPy is slow to import, and seldom asked for
        "mpmath": lambda v: mpmath.mpf(float(v)),
        "arb": lambda v: Ball(float(v)),
        "sympy": lambda v: importlib.import_module("sympy").Rational(*float(v).as_integer_ratio()),
    }
    if evaluator not in makers:
        raise ValueError(f"{evaluator!r} is not an evaluator (jax, {', '.join(makers)})")
    make = makers[evaluator]
    changes: dict[str, Any] = {}
    for name, field in fields_of(params).items():
        value = getattr(params, name)
        if field.kind == "real":
            changes[name] = make(value)
        elif field.kind == "int":
            changes[name] = int(value)  # a JAX int would not go with exact values
        elif field.kind == "array":
            changes[name] = np.frompyfunc(make, 1, 1)(np.asarray(value))
    return dataclasses.replace(params, **changes)


@dataclasses.dataclass(frozen=True)
class Domain:
    """A box of coordinates with a map to Params.

    ``Domain.of(Params, eta=(0, 0.4), n=100)`` narrows or fixes the declared fields;
    ``Domain.derived({"rho": Annotated[float, Ge(6), Le(100)]}, build)`` declares a regime in
    coordinates of its own, so that nothing is drawn by rejection.
    """

    coordinates: Mapping[str, Field]
    build: Callable[..., Any]

    @classmethod
    def of(cls, params: type, **narrowed: Any) -> "Domain":
        """The declared domain of a Params class, narrowed.

        A pair narrows a number's range, a set leaves some values of it (or some choices), any
        other value fixes the field. Fields that are not named keep their declared range. Raises
        ParameterError for what the declared range does not hold, or for an unknown field.
        """
        coordinates = dict(fields_of(params))
        fixed: dict[str, Any] = {}
        for name, value in narrowed.items():
            if name not in coordinates:
                known = ", ".join(fields_of(params))
                raise ParameterError(f"{setting_of(params)}: no field {name} (fields: {known})")
            field = coordinates.pop(name)
            if isinstance(value, tuple) and field.kind in ("int", "real"):
                low, high = (_checked(setting_of(params), field, end) for end in value)
                if not low <= high:
                    raise ParameterError(f"{setting_of(params)}: {name} in {value} is empty")
                coordinates[name] = dataclasses.replace(
                    field, low=low, high=high, open_low=False, open_high=False
                )
            elif isinstance(value, (set, frozenset)):
                if not value:
                    raise ParameterError(f"{setting_of(params)}: {name} has no value left")
                left = tuple(_checked(setting_of(params), field, v) for v in sorted(value))
                coordinates[name] = dataclasses.replace(field, kind="choice", choices=left)
            else:
                fixed[name] = _checked(setting_of(params), field, value)
        return cls(coordinates, functools.partial(params, **fixed))

    @classmethod
    def derived(cls, coordinates: Mapping[str, Any], build: Callable[..., Any]) -> "Domain":
        """A domain from annotations by name and a map from the coordinates to Params."""
        return cls({name: _field(name, hint) for name, hint in coordinates.items()}, build)

    def box(self) -> dict[str, tuple[float, float]]:
        """The closed range of every numeric coordinate, for the prover."""
        return {
            name: (f.low, f.high)
            for name, f in self.coordinates.items()
            if f.kind in ("real", "int")
        }

    def points(self, count: int, seed: int = 0) -> list[Any]:
        """``count`` Params: first corners and the centre (at most half), then random points."""
        rng = np.random.default_rng(seed)

        def place(us: tuple[float, ...]) -> Any:
            values = {}
            for (name, field), u in zip(self.coordinates.items(), us, strict=True):
                values[name] = field.array.generate(rng) if field.array else field.at(u)
            return self.build(**values)

        k = len(self.coordinates)
        corners: list[tuple[float, ...]] = [(0.5,) * k]
        if 2**k <= count // 2:
            corners += list(itertools.product((0.0, 1.0), repeat=k))
        else:
            while len(corners) < count // 2:
                corners.append(tuple(rng.integers(0, 2, k).astype(float)))
        randoms = [tuple(rng.random(k)) for _ in range(max(0, count - len(corners)))]
        return [place(us) for us in (corners + randoms)[:count]]

    def strategy(self) -> Any:
        """The Hypothesis strategy that draws Params from this domain (needs hypothesis)."""
        from hypothesis import strategies as st

        def one(field: Field) -> Any:
            if field.kind == "choice":
                return st.sampled_from(field.choices)
            if field.array is not None:
                generate = field.array.generate
                return st.integers(0, 2**32 - 1).map(lambda s: generate(np.random.default_rng(s)))
            if field.kind == "int" and not field.logarithmic:
                return st.integers(field.whole_low, field.whole_high)
            if field.logarithmic:
                return st.floats(0, 1).map(field.at)
            return st.floats(
                float(field.low),
                float(field.high),
                exclude_min=field.open_low,
                exclude_max=field.open_high,
                allow_subnormal=False,
            )

        return st.fixed_dictionaries({n: one(f) for n, f in self.coordinates.items()}).map(
            lambda values: self.build(**values)
        )
