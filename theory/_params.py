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
import typing
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory._fields import Field, ParameterError, declared, same
from theory._precision import require_64_bit

__all__ = ["fields_of", "parameters", "setting_of"]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}... ({type(value).__name__})"


def _refusal(setting: str, field: Field, value: Any, what: str) -> ParameterError:
    why = f": {field.because}" if field.because else ""
    return ParameterError(f"{setting}: {field.name} = {_shown(value)} {what}{why}")


def checked(setting: str, field: Field, value: Any) -> Any:
    """The value if the field admits it.

    Looks at concrete values only: tracers, None, ShapeDtypeStructs and the values of the other
    evaluators (Arb, SymPy, mpmath) pass.
    """

    # a module-level function: the tests' type checker decorates a nested one anew at every call
    refuse = functools.partial(_refusal, setting, field, value)
    if field.kind == "choice":
        for choice in field.choices:
            if same(value, choice):
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
            raise refuse(f"is not an array of {field.array.ndim_text} axes")
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
        if value.ndim not in field.array.allowed_ndim:
            raise refuse(f"has {value.ndim} axes, not {field.array.ndim_text}")
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
        fields = {name: declared(name, hint) for name, hint in hints.items()}
        check = cls.__dict__.get("check")

        def validate(self) -> None:
            require_64_bit()
            for name, field in fields.items():
                object.__setattr__(self, name, checked(setting, field, getattr(self, name)))
            if check is not None and _is_concrete(self):
                check(self)

        def refuse(self, field: str, what: str) -> ParameterError:
            """The error that names setting, field and value; for ``check``."""
            return ParameterError(f"{setting}: {field} = {_shown(getattr(self, field))} {what}")

        def but(self, **changes: Any) -> Any:
            """The same params with some fields changed: ``params.but(n=100)``."""
            unknown = sorted(set(changes) - set(fields))
            if unknown:
                known = ", ".join(fields)
                raise ParameterError(f"{setting}: no field {unknown[0]} (fields: {known})")
            return dataclasses.replace(self, **changes)

        cls.__post_init__ = validate  # type: ignore[attr-defined]
        cls.but = but  # type: ignore[attr-defined]
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
