"""Command-line flags made from a setting's Params, by tyro."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tyro

from theory import ParameterError, fields_of


def read_array(path: Path, ndim: int) -> np.ndarray:
    """An array from a ``.npy`` or ``.csv`` file. Raises ParameterError naming the file."""
    try:
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False)
        return np.loadtxt(path, delimiter=",", ndmin=1 if ndim == 1 else 2)
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path} is not a .npy or .csv array: {error}") from None


def axes_class(params: type) -> type:
    """A dataclass with one flag for each number or choice of Params, taking several values."""
    entries = []
    for name, field in fields_of(params).items():
        kind: Any = {"real": float, "int": int, "choice": str}.get(field.kind)
        if kind is not None:
            hint = Annotated[
                tuple[kind, ...], tyro.conf.arg(help=f"{field.doc} {field.range_text}")
            ]
            entries.append((name, hint, dataclasses.field(default=())))
    return dataclasses.make_dataclass("Axes", entries)


def flags_class(params: type, defaults: Any) -> type:
    """A dataclass with one flag for each field of Params; arrays are given as files."""
    entries = []
    for name, field in fields_of(params).items():
        help_text = f"{field.doc}, in {field.range_text}" if field.doc else f"in {field.range_text}"
        default: Any = getattr(defaults, name)
        kind: Any = {"real": float, "int": int}.get(field.kind)
        if field.kind == "choice":
            kind = Literal[field.choices]  # type: ignore[valid-type]  # built at run time
        elif field.kind == "array":
            kind, default = Path | None, None
            help_text = f"{field.doc} (.npy or .csv file), entries in {field.range_text}"
        hint = Annotated[kind, tyro.conf.arg(help=help_text)]
        entries.append((name, hint, dataclasses.field(default=default)))
    return dataclasses.make_dataclass("Flags", entries)


def to_params(params: type, flags: Any) -> Any:
    """The Params that the flags name. Raises ParameterError for a value outside its range."""
    values = {}
    for name, field in fields_of(params).items():
        value = getattr(flags, name)
        if field.kind == "array":
            if value is None:
                continue
            assert field.array is not None
            value = read_array(value, field.array.ndim)
        values[name] = value
    return params(**values)
