"""A statement's lemma says what the statement says: strictness, ends, domain."""

from fractions import Fraction

import pytest
import sympy

from proofs_check import exact, identity, inequality, polynomial, reals
from proofs_check._results import Proof
from proofs_check._rocq import certificate_of, lemma_of
from proofs_check._rocq._certificates import Certificate, Outcome, Part, file_text
from proofs_check._rocq._expressions import NotExpressible
from proofs_check._statements import Equal, Positive
from theory import exp, log, rational

x, y = sympy.symbols("x y", real=True)
p = sympy.Symbol("p", positive=True)
n = sympy.Symbol("n", integer=True, positive=True)


def said(result) -> str:
    (statement,) = result.statements
    return " ".join(lemma_of(statement).statement.split())


def test_an_inequality_keeps_its_ends_and_its_strictness():
    box = {"s": ("0.1", 0.5)}
    weak, strict = (inequality(lambda s: s * s + 1, box, strict=b) for b in (False, True))
    assert said(weak) == "forall (s : R), (1 / 10) <= s <= (1 / 2) -> 0 <= ((s ^ 2) + 1)"
    assert said(strict) == said(weak).replace("0 <= (", "0 < (")


def test_an_inequality_proves_that_its_formula_is_defined():
    result = inequality(lambda s: rational(1, 3) - log(s) / s, {"s": (1, 2)})
    assert said(result).endswith("-> s <> 0 /\\ 0 < s /\\ 0 <= ((1 / 3) - ((ln s) / s))")


def test_a_coordinate_carries_no_sign_that_the_box_does_not_give():
    result = inequality(lambda t: exp(t) * t * t, {"t": (-1, 1)})
    assert said(result) == "forall (t : R), (-1) <= t <= 1 -> 0 <= ((t ^ 2) * (exp t))"


def test_an_identity_assumes_what_its_symbols_assume_and_no_more():
    assert said(identity(p * n * x / p, n * x)) == "forall (n x : R), 1 <= n -> (n * x) = (n * x)"
    text = said(identity(sympy.exp(-p) * (x + 1), x * sympy.exp(-p) + sympy.exp(-p)))
    assert text.startswith("forall (p x : R), 0 < p -> (")


def test_what_the_assumptions_do_not_settle_is_a_hypothesis_and_the_rest_is_proved():
    text = said(identity((x**2 - 1) / ((x - 1) * p), (x + 1) / p))
    assert text.startswith("forall (p x : R), 0 < p -> (x - 1) <> 0 -> p <> 0 /\\ ")


def test_a_lemma_without_a_point_is_none():
    # Rocq's ln of a negative number is 0, its square root too: the lemmas would hold
    for left in (sympy.log(-p - 1), sympy.sqrt(-p - 1)):
        with pytest.raises(NotExpressible, match="not real"):
            lemma_of(Equal(left, sympy.Integer(0)))


def test_polynomials_in_z3s_words():
    a, b = reals("a b")
    result = polynomial(a / b >= b / 2, assumptions=[b > 0, a >= b * b])
    text = "forall b a : R, (b > 0) -> (a >= (b * b)) -> b <> 0 -> ((a / b) >= (b / 2))"
    assert said(result) == text


def test_results_keep_what_they_were_asked_and_enumerations_are_not_expressible():
    certificate = certificate_of(exact(True, "all 8 patterns"))
    assert certificate is not None
    assert certificate.text == "not expressible (an enumeration)"
    (matrix,) = {len(identity([x, y], [x, y]).statements)}
    assert matrix == 2


def test_a_formula_that_is_no_sympy_formula_is_not_expressible():
    box = {"t": (Fraction(0), Fraction(1))}
    with pytest.raises(NotExpressible, match="SymPy does not take"):
        lemma_of(Positive(lambda t: t.lower, box, strict=False))


def test_a_file_keeps_what_was_not_proved_as_a_comment():
    lemma = lemma_of(Equal(p - p / 2, p / 2))
    parts = (
        Part("identity", lemma, Outcome.CHECKED),
        Part("identity", lemma, Outcome.UNDECIDED, 'no "proof" (*'),
        Part("exact", None, Outcome.INEXPRESSIBLE, "an enumeration"),
    )
    proof = Proof("halves", "P (1*)", "p - p/2", lambda: identity(p, p))
    certificate = Certificate(parts)
    text = file_text(certificate, "any", proof)
    assert text.count("(*") == text.count("*)") == 3
    assert text.index("Lemma part_1") < text.index("(* undecided") < text.index("Lemma part_2")
    assert certificate.text == ('1 of 3 kernel-checked: undecided (no "proof" (*; an enumeration)')
