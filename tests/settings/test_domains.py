"""Every public formula declares its domain, and has values and slopes to the ends of it."""

import contextlib
import inspect
import math
import re
import types
import typing

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory
from tests.settings import SETTINGS
from tests.settings.test_formulas import FORMS, arguments, call
from tests.settings.test_simulations import equations
from theory import ArgumentError, ParameterError

NUMERIC = {int, float, complex, typing.Any, inspect.Parameter.empty, np.ndarray, jax.Array}


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
    """The arguments that a closed form would check; keywords alone are a formula's own twins."""
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


def at_ends(field):
    """The ends of a range, or the next number inside; XLA reads smaller than ``tiny`` as 0."""
    tiny = np.finfo(float).tiny
    low, high = np.nextafter(field.low, math.inf), np.nextafter(field.high, -math.inf)
    low, high = (
        max(low, tiny) if field.low == 0 else low,
        min(high, -tiny) if field.high == 0 else high,
    )
    return {
        float(low if field.open_low else field.low),
        float(high if field.open_high else field.high),
    }


def real(form):
    """Arguments, and the names of those that are one real number."""
    given = arguments(form)
    names = [
        a for a, f in form.domains.items() if f.kind == "real" and isinstance(given.get(a), float)
    ]
    return given, names


REALS = [form for form in FORMS if real(form.values[0])[1]]
BATCH = 8  # points of a program's call


def with_slopes(form, given, names):
    """A function of a point: every floating number of the result, and its slopes, in reverse."""

    def leaves(values):
        result = call(form, given | dict(zip(names, values, strict=True)))
        kinds = [(x, jnp.result_type(x)) for x in jax.tree.leaves(result)]
        return [jnp.sum(x) for x, kind in kinds if jnp.issubdtype(kind, jnp.floating)]

    def both(values):
        value, back = jax.vjp(leaves, values)
        return value, [back(list(row))[0] for row in jnp.eye(len(value))]

    return both


def end_points(form, given, names):
    """One argument at an end, the others in the middle; where no relation excludes it."""
    points = []
    for name in names:
        for end in at_ends(form.domains[name]):
            point = given | {name: end}
            try:
                jax.eval_shape(lambda point=point: call(form, point))
            except ArgumentError:
                continue
            points.append([point[name] for name in names])
    return points + points[-1:] * (-len(points) % BATCH)


def searches(jaxpr):
    """Whether a program has a loop of its own."""
    return any(e.primitive.name in ("while", "scan") for e in equations(jaxpr))


def judged(form, *, searching):
    """Values and slopes at the ends: none is NaN, infinite ones are in the docstring."""
    given, names = real(form)
    points = end_points(form, given, names)
    if not points:
        return
    points = jnp.asarray(points)
    program = jax.jit(jax.vmap(with_slopes(form, given, names))).trace(points)
    if searches(program.jaxpr.jaxpr) != searching:
        return
    for leaf in jax.tree.leaves(program.lower().compile()(points)):
        wrong = np.isnan(leaf).reshape(len(points), -1).any(axis=1)
        assert not wrong.any(), dict(zip(names, map(float, points[wrong][0]), strict=True))
        assert np.isfinite(leaf).all() or re.search(r"infinit|inf\b", form.__doc__)


@pytest.mark.parametrize("form", REALS)
def test_values_and_slopes_at_the_ends_of_every_range(form):
    """Of formulas; those that search, at five times the compilation, are in the next test."""
    judged(form, searching=False)


@pytest.mark.deep
@pytest.mark.parametrize("form", REALS)
def test_values_and_slopes_of_searches_at_the_ends_of_every_range(form):
    judged(form, searching=True)


@pytest.mark.parametrize("form", REALS)
def test_a_list_for_a_number_is_taken_or_refused_by_name(form):
    given, names = real(form)
    for name in names:
        point = given | {name: [given[name]] * 2}

        def arrays(point=point):
            return [x for x in jax.tree.leaves(call(form, point)) if isinstance(x, jax.Array)]

        with contextlib.suppress(ParameterError), np.errstate(all="ignore"):
            jax.eval_shape(arrays)
