"""A field of a setting's parameters: its kind, its range, and the markers that declare them."""

import dataclasses
import math
import typing
from collections.abc import Callable
from typing import Any, Literal

import annotated_types
import numpy as np
from annotated_types import Ge, Gt, Le, Lt

__all__ = [
    "ArrayOf", "Because", "Doc", "Field", "Ge", "Gt", "Le", "Logarithmic", "Lt", "ParameterError",
    "Static",
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

    ``ndim`` (or one of several) is checked at the door; bounds (Ge, Le, ...) apply to every entry.
    """

    generate: Callable[[np.random.Generator], np.ndarray]
    ndim: int | tuple[int, ...] = 1

    @property
    def allowed_ndim(self) -> tuple[int, ...]:
        """The numbers of axes that the field admits."""
        return self.ndim if isinstance(self.ndim, tuple) else (self.ndim,)

    @property
    def ndim_text(self) -> str:
        """As errors show them: ``1``, ``1 or 2``."""
        return " or ".join(map(str, self.allowed_ndim))


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
            return any(same(value, choice) for choice in self.choices)
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


def same(value: Any, choice: Any) -> bool:
    # 1 == True == 1.0 in Python, but jit's cache and a person tell them apart
    return (
        isinstance(value, type(choice))
        and isinstance(choice, bool) == isinstance(value, bool)
        and value == choice
    )


def declared(name: str, annotation: Any) -> Field:
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
