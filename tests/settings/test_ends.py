"""Formulas have values and slopes to the ends of every range, and take or refuse a list."""

import contextlib
import functools
import itertools
import math
import re
import typing

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.settings.test_formulas import FORMS, arguments, call
from tests.settings.test_simulations import equations
from theory import ArgumentError, ParameterError

FAR = (20.0, 35.0, 1e4)
"""For an infinite end: where normal tails are small, where they leave the floats, beyond."""


def at_ends(field):
    """The ends of a range, or the next numbers inside; XLA reads below ``tiny`` as 0."""
    tiny = float(np.finfo(float).tiny)
    ends = []
    if math.isfinite(field.low):
        inside = np.nextafter(field.low, math.inf) if field.open_low else field.low
        ends.append(max(inside, tiny) if field.open_low and field.low == 0 else inside)
    if math.isfinite(field.high):
        inside = np.nextafter(field.high, -math.inf) if field.open_high else field.high
        ends.append(min(inside, -tiny) if field.open_high and field.high == 0 else inside)
    far = [x for x in FAR if not math.isfinite(field.high)]
    far += [-x for x in FAR if not math.isfinite(field.low)]
    return [float(end) for end in (*ends, *far) if field.inside(end)]


def real(form):
    """Arguments, and the names of those that are one real number."""
    given = arguments(form)
    names = [
        a for a, f in form.domains.items() if f.kind == "real" and isinstance(given.get(a), float)
    ]
    return given, names


REALS = [form for form in FORMS if real(form.values[0])[1]]
BATCH = 8  # points of a program's call


def with_slopes(form, given, names, only=slice(None), *, reverse=True):
    """A function of a point: every floating number of the result, and its slopes."""

    def leaves(values):
        result = call(form, given | dict(zip(names, values, strict=True)))
        kinds = [(x, jnp.result_type(x)) for x in jax.tree.leaves(result)]
        return [jnp.sum(x) for x, kind in kinds if jnp.issubdtype(kind, jnp.floating)][only]

    def both(values):
        if not reverse:
            return leaves(values), jax.jacfwd(leaves)(values)
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


HOST_ONLY = (ParameterError, jax.errors.ConcretizationTypeError, TypeError, OverflowError)
"""What tracing a function of the host raises: its own sentence, or mpmath's."""


def judged(form, *, searching):
    """Values and slopes at the ends: none is NaN, infinite ones are in the docstring."""
    given, names = real(form)

    def traced(points, *, reverse):
        return jax.jit(jax.vmap(with_slopes(form, given, names, reverse=reverse))).trace(points)

    try:
        points = jnp.asarray(end_points(form, given, names))
        program = traced(points, reverse=True)
    except HOST_ONLY:
        return
    except ValueError as error:  # a loop that ends when it has settled
        if "Reverse-mode differentiation does not work" not in str(error):
            raise
        program = traced(points, reverse=False)
    if searches(program.jaxpr.jaxpr) != searching:
        return
    values, slopes = program.lower().compile()(points)
    for k in range(len(slopes) * (len(slopes) > 1)):
        if np.isnan(slopes[k]).any():  # of an explicit 0 times an infinite slope of another number?
            alone = jax.jit(jax.vmap(with_slopes(form, given, names, slice(k, k + 1))))
            slopes[k] = alone(points)[1][0]
    # where a value has left the floats its slope is nobody's
    far = sum(np.isinf(v).reshape(len(points), -1).any(axis=1) for v in values) > 0
    for kind, found, free in (("value", values, far & False), ("slope", slopes, far)):
        for leaf in map(np.asarray, jax.tree.leaves(found)):
            row = leaf.reshape(len(points), -1)
            wrong = np.isnan(row).any(axis=1) & ~free
            point = [dict(zip(names, map(float, x), strict=True)) for x in points[wrong][:1]]
            assert not wrong.any(), (kind, point)
            infinite = np.isinf(row).any(axis=1) & ~free
            assert not infinite.any() or re.search(r"infinit|inf\b", form.__doc__, re.I), kind


@pytest.mark.parametrize("form", REALS)
def test_values_and_slopes_at_the_ends_of_every_range(form):
    """Of formulas; those that search, at five times the compilation, are in the next test."""
    judged(form, searching=False)


def corners(form, given, names, most=32):
    """Every argument at an end, in all combinations; infinite ends stand at the middle."""
    ends = [at_ends(form.domains[name]) or [given[name]] for name in names]
    return list(itertools.islice(itertools.product(*ends), most))


@pytest.mark.deep
@pytest.mark.parametrize("form", REALS)
def test_values_at_the_corners_of_the_ranges(form):
    """None is NaN, but where a relation between arguments refuses the corner by name."""
    given, names = real(form)
    for corner in corners(form, given, names):
        try:
            result = call(form, given | dict(zip(names, corner, strict=True)))
        except ParameterError:
            continue
        for leaf in jax.tree.leaves(result):
            kind = getattr(leaf, "dtype", np.dtype(type(leaf)))
            if np.issubdtype(kind, np.floating):
                said = re.search(r"\bNaN\b", form.__doc__)  # why, in its docstring
                assert said or not np.isnan(leaf).any(), dict(zip(names, corner, strict=True))


@pytest.mark.deep
@pytest.mark.parametrize("form", REALS)
def test_values_and_slopes_of_searches_at_the_ends_of_every_range(form):
    judged(form, searching=True)


def has_typed_arrays(form):
    """Whether it says the shapes of vectors or matrices that it takes."""
    return any(hasattr(hint, "dim_str") for hint in typing.get_type_hints(form).values())


@pytest.mark.parametrize("form", REALS)
def test_a_list_for_a_number_is_taken_or_refused_by_name(form):
    """Every second number a list, the others plain; where one refuses its list, each alone.

    Of five numbers: a length that no example's vectors have, so that none is taken for theirs.
    """
    given, names = real(form)

    def taken(*chosen):
        point = given | {name: [given[name]] * 5 for name in chosen}

        def arrays():
            return [x for x in jax.tree.leaves(call(form, point)) if isinstance(x, jax.Array)]

        with np.errstate(all="ignore"):
            jax.eval_shape(arrays)

    def allowed(error):
        """A refusal by name; or beside arrays that go entry by entry: five do not go with two."""
        apart = "broadcast" in str(error) and not has_typed_arrays(form)
        return isinstance(error, ParameterError) or apart

    for half in (names[::2], names[1::2]):
        try:
            taken(*half)
        except (TypeError, ValueError):
            for name in half:
                try:
                    taken(name)
                except (TypeError, ValueError) as error:
                    if not allowed(error):
                        raise


def arrays_of(form):
    """Those of its arguments that are vectors or matrices."""
    given = arguments(form).items()
    arrays = {n: v for n, v in given if isinstance(v, np.ndarray | jax.Array) and v.ndim}
    return {n: v for n, v in arrays.items() if jnp.issubdtype(v.dtype, jnp.floating)}


@pytest.mark.parametrize("form", FORMS)
def test_a_number_for_an_array_is_taken_or_refused_by_name(form):
    given = arguments(form)
    for name in form.domains.keys() & given.keys():
        if not isinstance(value := given[name], np.ndarray | jax.Array | tuple | list):
            continue
        point = given | {name: float(np.ravel(value)[0])}
        with contextlib.suppress(ParameterError), np.errstate(all="ignore"):
            jax.eval_shape(functools.partial(call, form, point))


@pytest.mark.parametrize("form", [form for form in FORMS if arrays_of(form.values[0])])
def test_a_list_does_for_an_array(form):
    given, arrays = arguments(form), arrays_of(form)

    def shapes(point):
        return [np.shape(x) for x in jax.tree.leaves(jax.eval_shape(lambda: call(form, point)))]

    lists = {name: np.asarray(value).tolist() for name, value in arrays.items()}
    assert shapes(given | lists) == shapes(given)
