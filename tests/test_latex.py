"""Formulas traced to SymPy, typeset in the paper's letters, and read from statements."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

from theory import (
    VOCABULARY, Claims, Doc, Domain, Ge, Gt, Le, Lt, Static, Twin, exp, log, log1p, maximum,
    minimum, normal_cdf, parameters, rational, root, sqrt, where,
)  # fmt: skip
from theory import _show as show
from theory._latex import latex
from theory._letters import letter, letters
from theory._stated import stated
from theory._symbolic import NotSymbolic, Symbolic, expression, traced, word
from theory._typeset import has_formula, typeset
from theory._wording import Wording, wording

from typing import Annotated, Literal  # isort: skip


@parameters("toy_typeset")
class Params:
    """A toy."""

    n: Annotated[int, Ge(2), Le(100), Static, Doc("points")] = 10
    gap: Annotated[float, Gt(0), Le(10), Doc("Delta, distance of the means")] = 2.0
    rho: Annotated[float, Ge(1), Le(100), Doc("ratio")] = 4.0
    share: Annotated[float, Gt(0), Lt(1), Doc("h', the rival's, over 1 - h")] = 0.5
    growth: Annotated[float, Ge(0), Le(4), Doc("S_i = i^growth, variances")] = 1.0
    law: Annotated[Literal["normal", "flat"], Doc("of the noise")] = "normal"


FIELDS = Params.__fields__
before = jnp.log
claim = Claims()


def recall(p, *, half=2):
    """Recall Phi(Delta/2 - ln(rho)/Delta)."""
    return normal_cdf(p.gap / half - log(p.rho) / p.gap)


def of(formula, says, **more):
    words = {"at": Params(), "within": 0.1, "twin": Twin("wrong", prediction=0.3)} | more
    return claim.equals("x", name="toy", says=says, formula=formula, **words)


@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_every_word_is_traced_and_keeps_its_value(name):
    points = {"where": (True, 0.3, 0.7), "log_binomial": (7.0, 3.0), "gamma_cdf": (1.2, 2.5),
              "beta_cdf": (0.3, 1.5, 2.5), "deviance": (0.3, 0.7)}  # fmt: skip
    two = name in ("minimum", "maximum", "power")
    at = points.get(name, (0.3, 0.7) if two else (0.3,))
    x = sympy.symbols("a:3", positive=True)[: len(at)]
    if name == "where":
        x = (x[1] < x[2], *x[1:])
    found = VOCABULARY[name](*(Symbolic(v) for v in x)).expression
    words = {n: (lambda *v, f=f: f(*map(mpmath.mpf, v))) for n, f in VOCABULARY.items()}
    symbols = sorted(found.free_symbols, key=str)
    value = sympy.lambdify(symbols, found, [words, "mpmath"])(
        *(mpmath.mpf(v) for v in at[len(at) - len(symbols) :])
    )
    exact = VOCABULARY[name](*(v if isinstance(v, bool) else mpmath.mpf(v) for v in at))
    assert mpmath.almosteq(value, exact, 1e-14)


@pytest.mark.parametrize("short", ["2/3", "3/20", "1/7", "-5/6", "3", "1234567/1000000"])
def test_a_float_is_the_fraction_that_it_stands_for(short):
    shown = sympy.Rational(short)
    assert expression(float(shown)) == shown


def test_a_trace_keeps_words_and_decimals_and_computes_nothing():
    compiled = []
    listener = lambda event, *_, **__: compiled.append(event) if "compile" in event else None  # noqa: E731
    jax.monitoring.register_event_duration_secs_listener(listener)

    def formula(p):
        jnp.linalg.inv(jnp.eye(11) * 3.25)
        return 0.05 * log1p(p.gap) + rational(1, 3) * exp(-p.n)

    found = traced(formula, Params())
    assert not [e for e in compiled if "backend" in e]
    gap, n = sorted(found.free_symbols, key=str)
    assert found == sympy.Rational(1, 20) * word("log1p")(gap) + sympy.exp(-n) / 3
    assert latex(found, letters(FIELDS)) == (
        r"\frac{\log{\left(\Delta + 1 \right)}}{20} + \frac{e^{- n}}{3}"
    )


@pytest.mark.parametrize(
    ("formula", "plain"),
    [
        (lambda p: jnp.asarray(p.gap, float) ** 2, lambda p: p.gap**2),
        (lambda p: jnp.log(p.rho) + log(2.0), lambda p: log(p.rho) + log(2)),
        (lambda p: jnp.where(p.gap > 1, jnp.sqrt(p.rho), 0.0),
         lambda p: where(p.gap > 1, sqrt(p.rho), 0)),
        (lambda p: jnp.maximum(*jnp.broadcast_arrays(p.gap, p.rho)) * jnp.square(p.rho),
         lambda p: maximum(p.gap, p.rho) * p.rho**2),
        (lambda p: minimum(p.gap, 1.5) * (True if log(3.0) > 1 else p.rho),
         lambda p: minimum(p.gap, rational(3, 2))),
    ],
)  # fmt: skip
def test_functions_of_arrays_let_symbols_pass_as_words(formula, plain):
    assert traced(formula, Params()) == traced(plain, Params())
    assert np.isclose(formula(Params()), plain(Params()))
    assert jnp.log is before  # and only while a formula is traced
    with pytest.raises(TypeError):
        jnp.asarray(Symbolic(sympy.Symbol("x")), float)


def test_an_algorithm_of_the_machinery_is_no_formula():
    """A bisection, traced through, would print its steps."""
    with pytest.raises(NotSymbolic):
        traced(lambda p: root(lambda x: x**3 - p.gap, 0.0, 4.0), Params())


@pytest.mark.parametrize(
    "formula",
    [
        lambda p: sum(p.gap**i for i in range(p.n)),
        lambda p: p.gap if p.gap > 1 else 1.0,
        lambda p: jnp.sum(jnp.arange(p.n)),
        lambda p: jnp.ones(3) * p.gap,
        lambda p: float(p.gap),
        lambda p: None,
        lambda p: p.gap.real,
        lambda p: 1 / 0,
    ],
)
def test_what_is_computed_by_a_programme_is_said_and_is_no_error(formula):
    with pytest.raises(NotSymbolic):
        traced(formula, Params())
    one = of(formula, "something")
    assert has_formula(one)
    assert typeset(one) == []
    assert "computed by a programme" in show.shown(one)


def test_letters_are_the_papers_where_the_text_begins_with_one():
    assert letters(FIELDS) == {
        "n": "n", "gap": r"\Delta", "rho": r"\rho", "share": r"\mathrm{share}",
        "growth": r"\mathrm{growth}", "law": r"\mathrm{law}",
    }  # fmt: skip
    assert letter("theta_1") == r"\theta_{1}"
    assert letter("s^2") == "s^{2}"
    assert letter("w*") == "w^{*}"
    assert letter("n_max") == r"n_{\mathrm{max}}"
    assert letter("mean") is None


def test_a_claims_relation_is_typeset_by_its_kind():
    (one,) = typeset(of(recall, "x"))
    assert one.tex == (
        r"\text{mean} = \Phi\left(\frac{\Delta}{2} - \frac{\log{\left(\rho \right)}}{\Delta}\right)"
    )
    assert "Φ" in one.text
    bound = claim.identity(1, name="toy", says="x", formula=lambda p: p.rho / p.rho + 0 * p.gap,
                           over=Domain.of(Params), twin=Twin("w", rhs=2))  # fmt: skip
    assert [t.tex for t in typeset(bound)] == ["1 = 1"]
    least = claim.at_least("x", name="toy", says="x", formula=lambda p: where(p.gap > 1, p.rho, 0),
                           at=Params(), delta=0.1, twin=Twin("w", bound=9.0))  # fmt: skip
    assert typeset(least)[0].tex.startswith(r"\text{observable} \ge \begin{cases}")


def test_a_formula_that_depends_on_a_choice_is_shown_for_each():
    two = of(
        lambda p: sqrt(p.gap) if p.law == "flat" else p.gap,
        "x",
        at=(Params(), Params(law="flat"), Params(gap=3.0)),
    )
    assert [(t.when, t.tex) for t in typeset(two)] == [
        ("law = normal", r"\text{mean} = \Delta"),
        ("law = flat", r"\text{mean} = \sqrt{\Delta}"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "Recall Phi(Delta/2 - ln(rho)/Delta), at odds rho : 1",
            ["normal_cdf(gap/2 - log(rho)/gap)"],
        ),
        ("q = rho/n^2", ["rho/n**2"]),
        ("2q(1 - q) is it, q = exp(-Delta)", ["2*(1 - exp(-gap))*exp(-gap)", "exp(-gap)"]),
        ("E[accuracy] - 1/2 = rho/n", ["1/2 + rho/n"]),
        ("1 - A = rho Delta", ["-gap*rho + 1"]),
        ("Delta/4n times the rate", ["gap/(4*n)"]),
        ("At p* = rho - Delta the two are one", []),
        ("n_max rho/2 of an unknown", []),
        ("h(rho) + 1 of an unknown", []),
        ("sqrt rho, |Delta - 1|", ["sqrt(rho)", "Abs(gap - 1)"]),
    ],
)
def test_formulas_are_read_from_statements_and_never_guessed(text, says):
    found = [s.expression for s in stated(text, FIELDS)]
    assert [str(e) for e in found if e.count_ops()] == says


def test_a_statement_that_says_another_formula_than_the_code_is_seen():
    says = recall.__doc__
    assert wording(of(recall, says)) is Wording.SAME
    assert wording(of(lambda p: recall(p, half=4), says)) is Wording.ANOTHER
    assert wording(of(recall, "Recall falls with rho")) is Wording.NOTHING
    assert wording(of(recall, "Recall Phi(Delta/2)")) is Wording.NOTHING  # other symbols
    square = of(lambda p: sqrt(p.gap * (p.rho + 1)), "W^2 = Delta (rho + 1)")
    assert wording(square) is Wording.SAME
    root = of(lambda p: sqrt(p.gap * (p.rho + 1)), "W = Delta (rho + 1)")
    assert wording(root) is Wording.ANOTHER


def test_a_statement_may_say_one_case_of_the_code():
    says = "gap < 1: Delta + 1/rho, at most 3"
    capped = of(lambda p: minimum(p.gap + 1 / p.rho, 3), says)
    wrong = of(lambda p: minimum(p.gap - 1 / p.rho, 3), says)
    assert wording(capped) is Wording.SAME
    assert wording(wrong) is Wording.ANOTHER


def test_the_command_shows_words_and_formula(capsys):
    from sims.__main__ import main

    assert main(["show", "off_the_shelf_nothing"]) == 2
    assert main(["show", "head_error"]) == 0
    said = capsys.readouterr().out
    assert "off_the_shelf_features: head_error" in said
    assert "source:" in said
    assert main(["show", "--help"]) == 0
