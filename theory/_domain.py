"""Where a claim is stated: a box of coordinates, or arrays of every value."""

import dataclasses
import functools
import importlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

import jax
import mpmath
import numpy as np

from theory._fields import Doc, Field, Ge, Le, ParameterError, declared
from theory._formula import Ball
from theory._params import checked, fields_of, setting_of

__all__ = ["Domain", "Drawn", "Draws", "lift"]


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
    ``Domain.derived(build, rho=(6, 100, Logarithmic))`` declares a regime in coordinates of its
    own, so that nothing is drawn by rejection.
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
                low, high = (checked(setting_of(params), field, end) for end in value)
                if not low <= high:
                    raise ParameterError(f"{setting_of(params)}: {name} in {value} is empty")
                coordinates[name] = dataclasses.replace(
                    field, low=low, high=high, open_low=False, open_high=False
                )
            elif isinstance(value, (set, frozenset)):
                if not value:
                    raise ParameterError(f"{setting_of(params)}: {name} has no value left")
                left = tuple(checked(setting_of(params), field, v) for v in sorted(value))
                coordinates[name] = dataclasses.replace(field, kind="choice", choices=left)
            else:
                fixed[name] = checked(setting_of(params), field, value)
        return cls(coordinates, functools.partial(params, **fixed))

    @classmethod
    def around(cls, params: Any, **narrowed: Any) -> "Domain":
        """Every field as in ``params`` but for those named, which vary as in :meth:`of`."""
        fixed = {name: getattr(params, name) for name in fields_of(params)}
        return cls.of(type(params), **(fixed | narrowed))

    @classmethod
    def derived(cls, build: Callable[..., Any], /, **coordinates: Any) -> "Domain":
        """A map from coordinates to Params, and the coordinates' ranges.

        A range is (low, high) of reals or (int, low, high), both ends belonging to it, with marks
        that follow (``Logarithmic``, or a text for its ``Doc``); or an annotation, as a field has.
        """
        return cls({n: declared(n, _hint(range_)) for n, range_ in coordinates.items()}, build)

    def box(self) -> dict[str, tuple[float, float]]:
        """The closed range of every numeric coordinate, for the prover."""
        return {
            name: (f.low, f.high)
            for name, f in self.coordinates.items()
            if f.kind in ("real", "int")
        }

    def points(self, count: int, seed: int = 0) -> list[Any]:
        """``count`` Params: the centre, then corners and random points in turn.

        The first k of n points are the same for every n.
        """
        k = len(self.coordinates)
        corners = _corners(k, np.random.default_rng([seed, 1]))
        randoms, arrays = np.random.default_rng([seed, 2]), np.random.default_rng([seed, 3])

        def place(us: Iterable[float]) -> Any:
            values = {}
            for (name, field), u in zip(self.coordinates.items(), us, strict=True):
                values[name] = field.array.generate(arrays) if field.array else field.at(u)
            return self.build(**values)

        found = [place((0.5,) * k)]
        for i in range(1, count):
            corner = next(corners, None) if i % 2 else None
            found.append(place(randoms.random(k) if corner is None else corner))
        return found[:count]

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


def _hint(given: Any) -> Any:
    """The annotation of a range."""
    if not isinstance(given, tuple):
        return given
    kind, low, high, *marks = given if given[0] is int else (float, *given)
    said = (Doc(mark) if isinstance(mark, str) else mark for mark in marks)
    return Annotated[kind, Ge(low), Le(high), *said]


def _corners(k: int, rng: np.random.Generator) -> Iterator[tuple[float, ...]]:
    """The corners of the unit cube in a random order, each once while there are not too many."""
    if k <= _MOST_ENUMERATED:
        corners = list(itertools.product((0.0, 1.0), repeat=k))
        yield from (corners[i] for i in rng.permutation(len(corners)))
        return
    while True:
        yield tuple(rng.integers(0, 2, k).astype(float))


_MOST_ENUMERATED = 12


class Drawn(dict[str, Any]):
    """Arrays by name, read as attributes: ``z.means``; a JAX pytree."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"no array {name!r} was drawn (drawn: {', '.join(self)})"
            ) from None


jax.tree_util.register_pytree_node(
    Drawn,
    lambda drawn: (tuple(drawn.values()), tuple(drawn)),
    lambda names, arrays: Drawn(zip(names, arrays, strict=True)),
)


class Draws:
    """Where an identity of algebra is stated: arrays of standard normal entries.

    ``Draws(square=(3, 3), v=(3,))``: each point has arrays ``square`` and ``v`` of these shapes.
    """

    def __init__(self, **shapes: tuple[int, ...]):
        if not shapes:
            raise TypeError("no array is named")
        self.shapes = shapes

    def points(self, count: int, seed: int = 0) -> list[Drawn]:
        """``count`` independent draws; the first k of n are the same for every n."""
        rng = np.random.default_rng(seed)
        return [
            Drawn({name: rng.standard_normal(shape) for name, shape in self.shapes.items()})
            for _ in range(count)
        ]
