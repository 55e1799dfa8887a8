"""Every setting's claims: the formula that is shown is the one that runs, and what words say."""

import collections

import mpmath
import numpy as np
import pytest
import sympy

from paper_figures._formulas import formula_html
from sims._evaluate import evaluate
from tests.settings import SETTINGS
from theory import VOCABULARY, Law, Scaling, claims_of
from theory._typeset import has_formula, places, sides, typeset
from theory._wording import Wording, wording

WORDS = {n: (lambda *v, f=f: f(*map(mpmath.mpf, v))) for n, f in VOCABULARY.items()}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_statement_says_the_formula_that_runs(setting):
    found = collections.Counter()
    for claim in claims_of(setting):
        answer = wording(claim)
        assert answer is not Wording.ANOTHER, f"{claim.name}: {claim.statement}"
        found[answer] += 1
    print(setting, dict(found))  # pytest -rP shows how many could be compared


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_formula_that_is_shown_can_be_drawn_and_has_the_value_of_the_one_that_runs(setting):
    for claim in claims_of(setting):
        shown = typeset(claim)
        assert all("<code>" not in formula_html(one) for one in shown), claim.name
        # a domain's centre may cost a root, and a law has an argument
        if not shown or isinstance(claim, (Law, Scaling)) or hasattr(claim, "domain"):
            continue
        params = places(claim)[0]
        for formula, expression in zip(sides(claim), (shown[0].left, shown[0].right), strict=True):
            if callable(formula) and not isinstance(expression, str):
                runs = float(np.asarray(evaluate(formula, params)))
                assert _value(expression, params) == pytest.approx(runs, rel=1e-7, abs=1e-300), (
                    claim.name
                )


def _value(expression, params):
    symbols = sorted(expression.free_symbols, key=str)
    function = sympy.lambdify(symbols, expression, [WORDS, "mpmath"])
    return float(mpmath.re(function(*(mpmath.mpf(getattr(params, s.name)) for s in symbols))))


def test_most_settings_have_formulas_to_show():
    """Else the suite above would be green for want of any."""
    claims = [claim for name in SETTINGS[:2] for claim in claims_of(name)]
    assert any(map(has_formula, claims))
    assert any(typeset(claim) for claim in claims)
