"""Rocq's kernel on certificates: real items pass, wrong twins and empty truths do not."""

from fractions import Fraction

import pytest
import sympy

from proofs_check import inequality
from proofs_check._polynomial import reals
from proofs_check._rocq import certificate_of, check, find_coqc, lemma_of, run_certified
from proofs_check._rocq._certificates import Certificate, Outcome, Part
from proofs_check._rocq._coqc import write_libraries
from proofs_check._statements import Equal, Polynomial, Positive
from theory import exp, log, normal_cdf, sqrt

pytestmark = pytest.mark.skipif(
    find_coqc() is None, reason="Rocq (coq, libcoq-interval) is not installed"
)
p, q = sympy.symbols("p q", positive=True)
x = sympy.Symbol("x", real=True)
UNIT = {"t": (Fraction(0), Fraction(1))}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rocq")
    write_libraries(folder, compiled=True)
    return folder


def outcomes(compiled, *statements) -> list[Outcome]:
    parts = tuple(Part(s.engine, lemma_of(s), Outcome.WRITTEN) for s in statements)
    return [part.outcome for part in check(Certificate(parts), compiled, 10).parts]


a, b = reals("a b")
RIGHT = (
    Equal((p + q) ** 2, p**2 + 2 * p * q + q**2),
    Equal(sympy.sqrt(p**2 + p * q), sympy.sqrt(p) * sympy.sqrt(p + q)),
    Equal(sympy.log(p / q), sympy.log(p) - sympy.log(q)),
    Equal(1 / (1 + sympy.exp(-x)), sympy.exp(x) / (1 + sympy.exp(x))),
    Equal(p**x * p ** (1 - x), p),
    Positive(lambda t: exp(t) - t, UNIT, strict=True),
    Polynomial(a * a + b * b >= 2 * a * b, ()),
    Polynomial(a * b > b, (a > 1, b > 0)),
)
WRONG = (
    Equal((p + q) ** 2, p**2 - 2 * p * q + q**2),
    Equal(sympy.log(p / q), sympy.log(p) + sympy.log(q)),
    Equal(p**x * p ** (1 + x), p),
    Positive(lambda t: exp(t) - t - 1, UNIT, strict=True),
    Positive(lambda t: t * (1 - t) - Fraction(1, 8), UNIT, strict=False),
    Polynomial(a * a + b * b > 2 * a * b, ()),
)


def test_right_statements_pass_and_each_wrong_twin_fails(compiled):
    assert set(outcomes(compiled, *RIGHT)) == {Outcome.CHECKED}
    assert [outcomes(compiled, twin) for twin in WRONG] == [[Outcome.UNDECIDED]] * len(WRONG)


def test_what_is_right_hides_nothing_wrong_beside_it(compiled):
    found = outcomes(compiled, RIGHT[0], WRONG[0], RIGHT[-1])
    assert found == [Outcome.CHECKED, Outcome.UNDECIDED, Outcome.CHECKED]


ITEMS = {
    "smote": ("gap_moments", "entropy_density", "tower", "averages_know_no_more",
              "pooled_covariance", "shift_falls_with_odds"),
    "weight_compander": ("slope_of_psi", "where_the_gain_is_one", "potential_scales_with_b",
                         "penalty_of_decay", "compander_is_concave"),
}  # fmt: skip


@pytest.mark.parametrize("setting", ITEMS)
def test_real_items_are_certified(setting, compiled):
    for name in ITEMS[setting]:
        result, certificate = run_certified(
            lambda *_: None, setting, name, folder=compiled, seconds=10
        )
        assert certificate is not None
        assert (name, result.kernel) == (name, "kernel-checked")
        text = (compiled / setting / f"{name}.v").read_text()
        assert text.count("\nQed.") == len(certificate.parts)


def test_total_functions_prove_nothing_that_is_undefined(compiled):
    """1/0 = 0 and sqrt(-1) = 0 in Rocq, where the formulas are undefined."""
    statements = (
        Positive(lambda t: 1 / t, UNIT, False),
        Positive(lambda t: sqrt(t - 1), UNIT, False),
        Positive(lambda t: 1 - log(t), UNIT, False),
    )
    assert outcomes(compiled, *statements) == [Outcome.UNDECIDED] * 3
    # and where Rocq's value and the field's differ at one point only, that point is excluded
    assert outcomes(compiled, Equal(x / x + 0 * p, sympy.Integer(1))) == [Outcome.CHECKED]


def test_the_normal_law_on_a_box_is_an_integral(compiled):
    box = {"t": ("1/2", 1)}
    result = inequality(lambda t: normal_cdf(t) - Fraction(69, 100), box, strict=True)
    certificate = certificate_of(result)
    assert certificate is not None
    assert check(certificate, compiled, 20).outcome is Outcome.CHECKED
