"""A command-line flag for each field of a setting's Params."""

import argparse
import dataclasses
from typing import Any

from theory._command_line import number, path, whole
from theory._params import fields_of
from theory._read_numbers import read_array

_KINDS: dict[str, Any] = {"real": number, "int": whole()}


def _help(field: Any, default: Any) -> str:
    text = f"{field.doc}, in {field.range_text}" if field.doc else f"in {field.range_text}"
    if default is not None and field.kind != "array":
        text += f" (default: {default})"
    return text.replace("%", "%%")


def _add(group: Any, field: Any, options: dict[str, Any], default: Any = None) -> None:
    flag = f"--{field.name.replace('_', '-')}"
    if field.kind == "choice":
        choices = {str(choice): choice for choice in field.choices}
        options |= {"type": _one_of(choices), "metavar": "|".join(choices)}
    elif field.kind == "array":
        options |= {"type": path, "metavar": "FILE"}
    else:
        options |= {"type": _KINDS[field.kind], "metavar": field.kind.upper()}
    try:
        group.add_argument(flag, dest=f"field {field.name}", help=_help(field, default), **options)
    except argparse.ArgumentError:
        raise ValueError(
            f"the setting's field {field.name!r} has the name of a flag of this command; rename it"
        ) from None


def add_flags(parser: argparse.ArgumentParser, params: type) -> None:
    """Adds one flag for each field; arrays are given as files."""
    group = parser.add_argument_group("parameters")
    missing = dataclasses.MISSING
    defaults = {f.name: (f.default, f.default_factory) for f in dataclasses.fields(params)}
    for name, field in fields_of(params).items():
        value, factory = defaults[name]
        required = value is missing and factory is missing
        _add(group, field, {"required": required}, None if value is missing else value)


def add_axes(parser: argparse.ArgumentParser, params: type) -> None:
    """Adds one flag for each number or choice, which takes several values."""
    group = parser.add_argument_group("axes")
    for field in fields_of(params).values():
        if field.kind != "array":
            _add(group, field, {"nargs": "+"})


def _one_of(choices: dict[str, Any]) -> Any:
    def parse(text: str) -> Any:
        if text not in choices:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(choices)}")
        return choices[text]

    return parse


def given_axes(arguments: argparse.Namespace) -> dict[str, list[Any]]:
    """The axes that were given, by field."""
    return {
        name.removeprefix("field "): values
        for name, values in vars(arguments).items()
        if name.startswith("field ") and values is not None
    }


def to_params(params: type, arguments: argparse.Namespace) -> Any:
    """The Params that the flags name. Raises ParameterError for a value outside its range."""
    values = {}
    for name, field in fields_of(params).items():
        value = getattr(arguments, f"field {name}")
        if field.kind == "array" and value is not None:
            assert field.array is not None
            value = read_array(value, field.array.ndim)
        if value is not None:
            values[name] = value
    return params(**values)
