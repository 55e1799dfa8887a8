"""Every public formula declares its domain, or says why it keeps to it by itself."""

import inspect
import types
import typing

import jax
import numpy as np
import pytest

import theory
from tests.settings import SETTINGS

NUMERIC = {int, float, typing.Any, np.ndarray, jax.Array}


def public_functions(name):
    """The functions of a setting's own that it exports."""
    module = theory.load("theory", name)
    for word in getattr(module, "__all__", vars(module)):
        value = getattr(module, word)
        own = f"{getattr(value, '__module__', '')}.".startswith(f"theory.{name}.")
        if (
            own
            and not word.startswith("_")
            and isinstance(value, types.FunctionType | theory.Formula)
        ):
            yield value


def numeric(annotation):
    """Whether an argument takes numbers or arrays; Params, functions and names are none."""
    if typing.get_origin(annotation) is typing.Annotated:
        return True
    parts = typing.get_args(annotation) if typing.get_origin(annotation) in (
        typing.Union, types.UnionType) else (annotation,)  # fmt: skip
    return any(part in NUMERIC or getattr(part, "dim_str", None) is not None for part in parts)


def unchecked(function):
    """The arguments that a closed form would check.

    Keywords with defaults are a formula's own twins; what has no annotation is a setting's helper.
    """
    inner = inspect.unwrap(function)
    hints = typing.get_type_hints(inner, include_extras=True)
    return [
        name
        for name, parameter in inspect.signature(inner).parameters.items()
        if name not in ("p", "params", "arguments")
        and (parameter.kind is not parameter.KEYWORD_ONLY or parameter.default is parameter.empty)
        and numeric(hints.get(name, parameter.empty))
    ]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_public_function_of_numbers_declares_its_domain(name):
    """By ``closed_form``, or by ``own_checks`` with the reason."""
    bare = {
        function.__name__: unchecked(function)
        for function in public_functions(name)
        if not (hasattr(function, "domains") or hasattr(function, "own_checks"))
    }
    assert not {function: names for function, names in bare.items() if names}
