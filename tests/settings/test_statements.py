"""Every setting names its paper, its parameters, its claims and what they rest on."""

import dataclasses

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import theory
from paper_figures._formulas import LONG
from paper_figures._mathml import statement
from proofs_check import proofs_of
from sims import simulations_of
from sims._arguments import reserved_flags
from tests.settings import SETTINGS
from theory import Claim, ParameterError, claims_of, fields_of
from theory._command_line import Parser
from theory._field_flags import add_flags, to_params
from theory._ladders import Ladder
from theory._simulated import Law, Simulated
from theory._typeset import typeset


@pytest.fixture(params=SETTINGS)
def setting(request):
    return theory.setting(request.param)


def test_it_names_its_paper_and_topics(setting):
    assert setting.paper is not None
    assert setting.paper.arxiv
    assert setting.paper.topics
    assert 10 < len(setting.summary) < 100


def test_its_pages_have_a_typeset_formula(setting):
    """Of its claims; where they are computed by programmes, in the text of its model."""
    model = getattr(setting.module, "MODEL", "")
    assert "$" in model or any(len(f.tex) <= LONG for c in setting.claims for f in typeset(c))


def test_its_parameters_are_flags_of_their_own(setting):
    assert setting.params is not None
    assert not set(fields_of(setting.params)) & reserved_flags(), "a flag would be hidden"
    parser = Parser()
    add_flags(parser, setting.params)
    flags = parser.parse_args([])
    assert type(to_params(setting.params, flags)) is setting.params


def test_claims_name_modes_that_exist(setting):
    modes = simulations_of(setting.name)
    for claim in setting.claims:
        if isinstance(claim, (Simulated, Ladder)):
            assert claim.mode in modes or not getattr(claim, "simulated", True), claim.name


def test_a_law_rises_from_0_to_1(setting):
    """On the whole line: a reader draws it there, whatever the trials can see."""
    ends = np.geomspace(1e-6, 1e12, 300)
    line = np.concatenate([-ends[::-1], [0.0], ends])
    for claim in setting.claims:
        for p in claim.cases if isinstance(claim, Law) else ():
            shares = np.asarray(claim.cdf(p, line), float)
            assert (shares > -1e-12).all(), claim.name
            assert (shares < 1 + 1e-12).all(), claim.name
            assert (np.diff(shares) > -1e-9).all(), claim.name
            assert shares[0] < 0.01 < 0.99 < shares[-1], claim.name


def test_sizes_of_ladders_are_plain_numbers(setting):
    """They are read when the claim is made, on import, which must not start JAX."""
    for claim in setting.claims:
        if isinstance(claim, Ladder):
            assert not isinstance(claim.size(claim.rungs[0]), jax.Array), claim.name


def test_proof_items_support_claims_that_exist(setting):
    names = {claim.name for claim in setting.claims}
    proofs = proofs_of(setting.name)
    for proof in proofs:
        unknown = set(proof.supports) - names
        assert not unknown, f"proof {proof.name} supports unknown claims {unknown}"
        if proof.repaired_by is not None:
            assert proof.repaired_by in names | {p.name for p in proofs}, proof.name


def test_statements_known_to_fail_have_their_repaired_form_beside_them(setting):
    for claim in setting.claims:
        if claim.expected == "REFUTED":
            assert claim.repaired_by is not None, claim.name


def test_statements_are_one_line_and_differ(setting):
    def words(claim: Claim) -> str:
        return " ".join(claim.statement.split())

    seen: dict[str, str] = {}
    for claim in setting.claims:
        assert "\n" not in claim.statement, claim.name
        assert seen.setdefault(words(claim), claim.name) == claim.name, "said twice"


def test_the_model_is_text_that_renders(setting):
    text = getattr(setting.module, "MODEL", None) or setting.module.__doc__
    html, trouble = statement(text)
    assert html
    assert not trouble


@pytest.mark.parametrize("name", SETTINGS)
def test_numbers_outside_their_range_are_refused_by_name(name):
    params = theory.load("theory", name).Params
    numbers = [f for f in fields_of(params).values() if f.kind in ("real", "int")]
    assert numbers

    @given(st.data())
    def check(data):
        field = data.draw(st.sampled_from(numbers))
        span = max(1.0, abs(field.high - field.low))
        outside = data.draw(st.one_of(
            st.floats(field.high + 1e-3 * span, field.high + 1e3 * span, exclude_min=True),
            st.floats(field.low - 1e3 * span, field.low - 1e-3 * span, exclude_max=True),
            st.just(float("nan")),
        ))  # fmt: skip
        with pytest.raises(ParameterError) as caught:
            params(**{field.name: outside})
        for part in (name, field.name, field.range_text):
            assert part in str(caught.value)

    check()


def test_choices_outside_the_list_are_refused(setting):
    for field in fields_of(setting.params).values():
        if field.kind == "choice":
            with pytest.raises(ParameterError, match="is not one of"):
                setting.params(**{field.name: "no_such_choice"})


def test_a_claim_without_its_twin_is_refused(setting):
    """The machinery's promise, on the setting's own claims: none stands without a wrong twin."""
    for claim in claims_of(setting.name):
        if claim.expected != "REFUTED":
            with pytest.raises(ValueError, match="needs a wrong twin"):
                dataclasses.replace(claim, twin=None)
