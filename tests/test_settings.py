"""What every setting keeps: names that fit, domains that can be drawn, errors that speak."""

import jax
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax.extend.core import jaxprs_in_params

import theory
from proofs_check import proofs_of
from sims import claims_of, simulations_of
from sims._arguments import reserved_flags
from sims._flags import add_flags, to_params
from theory import Domain, ParameterError, fields_of
from theory._command_line import Parser
from theory._ladders import Ladder
from theory._simulated import Simulated

SETTINGS = ("gaussian_robustness", "ntk_classifiers", "pac_bayes_prompts", "random_features",
            "sign_rip", "xor_cluster")  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_names_its_paper_model_and_parameters(setting):
    assert setting in theory.settings()
    module = theory.load("theory", setting)
    assert module.PAPER.arxiv
    assert len(module.__doc__.split("\n")[0]) < 100
    assert not set(fields_of(module.Params)) & reserved_flags(), "a flag would be hidden"
    parser = Parser()
    add_flags(parser, module.Params)
    assert type(to_params(module.Params, parser.parse_args([]))) is module.Params


@pytest.mark.parametrize("setting", SETTINGS)
def test_claims_name_modes_and_proofs_that_exist(setting):
    claims, modes = claims_of(setting), simulations_of(setting)
    proofs = {proof.name for proof in proofs_of(setting)}
    names = {claim.name for claim in claims}
    for claim in claims:
        if isinstance(claim, (Simulated, Ladder)):
            assert claim.mode in modes, claim.name
        unproved = set(claim.supported_by) - proofs
        assert not unproved, f"{claim.name} rests on unknown proof items {unproved}"
    for proof in proofs_of(setting):
        unknown = set(proof.supports) - names
        assert not unknown, f"proof {proof.name} supports unknown claims {unknown}"


@pytest.mark.parametrize("setting", SETTINGS)
def test_statements_known_to_fail_have_their_repaired_form_beside_them(setting):
    for claim in claims_of(setting):
        if claim.expected == "REFUTED":
            assert claim.repaired_by is not None, claim.name


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_number_outside_its_range_is_refused_by_name(setting):
    params = theory.load("theory", setting).Params
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
        for part in (setting, field.name, field.range_text):
            assert part in str(caught.value)

    check()


@pytest.mark.parametrize("setting", SETTINGS)
def test_choices_outside_the_list_are_refused(setting):
    params = theory.load("theory", setting).Params
    for field in fields_of(params).values():
        if field.kind == "choice":
            with pytest.raises(ParameterError, match="is not one of"):
                params(**{field.name: "no_such_choice"})


@pytest.mark.parametrize("setting", SETTINGS)
def test_points_of_claims_domains_can_be_drawn(setting):
    for claim in claims_of(setting):
        domain = getattr(claim, "domain", None)
        if isinstance(domain, Domain):
            assert len(domain.points(8)) == 8, claim.name


def equations(jaxpr):
    """All equations of a program, those of its loops and branches too."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from equations(inner)


@pytest.mark.parametrize("setting", SETTINGS)
def test_float32_products_are_float32_on_every_device(setting):
    cases = {
        claim.mode: claim.cases[0]
        for claim in claims_of(setting)
        if isinstance(claim, Simulated) and claim.cases and not claim.deep
    }
    assert cases
    key = jax.random.key(0)
    for mode, simulation in simulations_of(setting).items():
        params = cases.get(mode, theory.load("theory", setting).Params())
        common = simulation.shared
        shared = () if common is None else (jax.eval_shape(common, key, params),)
        # as the engine runs it: a batch of trials may take other branches than one
        whole = jax.vmap(simulation.trial, (0, None, *(None for _ in shared)))
        keys = jax.random.split(key, 2)
        for equation in equations(jax.make_jaxpr(whole)(keys, params, *shared).jaxpr):
            if equation.primitive.name == "dot_general":
                types = {str(v.aval.dtype) for v in equation.invars}
                exact = equation.params["precision"] == (jax.lax.Precision.HIGHEST,) * 2
                assert exact or "float32" not in types, (mode, str(equation.source_info.traceback))
