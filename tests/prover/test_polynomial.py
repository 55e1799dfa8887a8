"""Z3 on polynomials, exact truth values, and results that are joined."""

import itertools
import time
from fractions import Fraction

import pytest
import z3

from proofs_check import Result, Status, all_of, exact, polynomial
from tests.prover.symbols import PROVED, a, b, c, fractions_of, hang, x


def test_z3_proves_over_all_reals():
    assert polynomial(a * a + b * b + c * c >= a * b + b * c + c * a).status is Status.PROVED
    simplex = [a >= 0, b >= 0, a + b == 1]
    assert polynomial(a * b <= z3.Q(1, 4), assumptions=simplex).status is Status.PROVED
    kantorovich = polynomial(
        a + b * c / a <= b + c, assumptions=[b > 0, b <= a, a <= c]
    )  # x + lL/x <= l + L on [l, L]
    assert kantorovich.status is Status.PROVED


def test_z3s_counterexample_can_be_checked():
    result = polynomial(a * a + b >= a, assumptions=[b >= 0, a <= 3])
    point = fractions_of(result)
    assert point["b"] >= 0
    assert point["a"] ** 2 + point["b"] < point["a"]


def test_an_irrational_counterexample_names_its_polynomial():
    result = polynomial(a * a != 2, assumptions=[a > 0])
    assert result.status is Status.REFUTED
    assert result.counterexample["a"].startswith("1.41421356237309504880")
    assert "(^ x 2)" in result.counterexample["a"]


def test_a_division_by_zero_is_no_counterexample():
    result = polynomial(a / b * b == a)
    assert result.status is Status.UNDECIDED
    assert "b = 0" in result.detail
    assert polynomial(a / b * b == a, assumptions=[b != 0]).status is Status.PROVED


def test_z3_gives_up_in_time():
    many = z3.Reals(" ".join(f"v{i}" for i in range(14)))
    motzkin_like = sum(u**4 * v**2 for u, v in itertools.pairwise(many))
    claim = motzkin_like + sum(many) ** 6 + 1 >= 3 * z3.Product(many[:4]) * sum(many[4:])
    start = time.process_time()
    result = polynomial(claim, time_limit=0.5)
    assert time.process_time() - start < 6
    assert result.status in (Status.UNDECIDED, Status.REFUTED, Status.PROVED)


def test_polynomial_refuses_what_it_does_not_speak_of():
    with pytest.raises(TypeError, match="not a Z3 statement"):
        polynomial(True)
    with pytest.raises(TypeError, match="integer"):
        polynomial(z3.Int("n") >= 0)


def test_exact_takes_truth_values_only():
    squares = exact(lambda: all(n * n >= n for n in range(100)), "enumeration of 100 integers")
    assert (squares.status, squares.method) == (Status.PROVED, "exact: enumeration of 100 integers")
    assert exact(Fraction(1, 3) + Fraction(1, 6) == Fraction(1, 3), "sum").status is Status.REFUTED
    for value in (1, 0.0, "yes", None, x > 0):
        with pytest.raises(TypeError, match="True"):
            exact(value, "no truth value")
    assert exact(hang, "loop", time_limit=0.2).status is Status.UNDECIDED


REFUTED = Result(Status.REFUTED, "point", {"x": "1"})
NUMERIC = Result(Status.NUMERIC, "digits")
UNDECIDED = Result(Status.UNDECIDED, "boxes", unresolved={"x": ("0", "1")}, detail="limit")


def test_all_of_is_only_as_good_as_its_worst_part():
    assert all_of(PROVED, PROVED).status is Status.PROVED
    assert all_of(PROVED, PROVED).method == "2 x by hand"
    assert all_of(PROVED, lambda: NUMERIC).status is Status.NUMERIC
    undecided = all_of(NUMERIC, UNDECIDED, PROVED)
    assert undecided.status is Status.UNDECIDED
    assert undecided.unresolved == UNDECIDED.unresolved
    assert undecided.detail == "part 2 of 3: limit"
    refuted = all_of(UNDECIDED, PROVED, lambda: REFUTED)
    assert (refuted.status, refuted.counterexample) == (Status.REFUTED, {"x": "1"})
    with pytest.raises(TypeError):
        all_of()


def test_a_result_is_not_a_truth_value():
    with pytest.raises(TypeError, match="status"):
        assert PROVED
