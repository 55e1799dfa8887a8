"""Neural kernels keep what the suite asks of a setting's formulas: domains, NaN, ends, lists."""

import types

import pytest

from tests.settings import test_domains as domains
from tests.settings import test_ends as ends
from tests.settings import test_formulas as formulas
from theory import neural_kernels
from theory._where import where

WORDS = {name: value for name, value in vars(neural_kernels).items() if callable(value)}
FORMS = [
    pytest.param(value, id=name)
    for name, value in sorted(WORDS.items())
    if getattr(value, "domains", None)
]
REALS = [form for form in FORMS if ends.real(form.values[0])[1]]


@pytest.mark.parametrize("form", FORMS)
def test_domains_are_kept(form):
    formulas.test_a_value_just_outside_a_domain_is_refused_by_name(form)
    formulas.test_nan_goes_in_and_nan_comes_out(form)
    ends.test_a_number_for_an_array_is_taken_or_refused_by_name(form)
    if ends.arrays_of(form):
        ends.test_a_list_does_for_an_array(form)


@pytest.mark.parametrize("form", REALS)
def test_values_and_slopes_at_the_ends_of_every_range(form):
    ends.judged(form, searching=False)
    ends.test_a_list_for_a_number_is_taken_or_refused_by_name(form)


@pytest.mark.deep
@pytest.mark.parametrize("form", REALS)
def test_values_at_the_corners_and_of_loops_at_the_ends(form):
    ends.test_values_at_the_corners_of_the_ranges(form)
    ends.judged(form, searching=True)


def test_every_function_of_numbers_declares_its_domain():
    bare = {
        name: domains.unchecked(value)
        for name, value in WORDS.items()
        if isinstance(value, types.FunctionType)
        and not (hasattr(value, "domains") or hasattr(value, "own_checks"))
    }
    assert not {name: arguments for name, arguments in bare.items() if arguments}


def test_where_finds_them():
    (place,) = where("ntk_matrix")
    assert place.what == "word of theory"
    assert place.file.name == "tables.py"
