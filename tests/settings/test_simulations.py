"""Every simulation runs at test size: nothing contradicts its claims, and their wrong twins fall.

A group is one mode at one Params: its claims share a run, which goes on until every twin has
fallen, for at most twice the trials that the claims plan with. A claim that these trials decide
must come out as expected, and one that they do not decide must lie within its tolerance and six
standard errors. What a twin's fall needs more trials for is said on the claim (``quick=``).
"""

import math

import jax
import numpy as np
import pytest
from jax.extend.core import jaxprs_in_params

from sims import Run, simulations_of
from sims._keys import params_text
from sims._observe import observe
from sims._run import looks
from sims._tested import Tested
from tests.settings import SETTINGS
from theory import Equals, claims_of
from theory._ladders import Ladder
from theory._simulated import Simulated

LEAST = 2  # blocks, however soon the twins fall
PATIENCE = 3.0  # seconds of trials, as long as a better program of theirs compiles
LEVEL = {"xla_backend_optimization_level": 1}  # blocks take a half to a quarter of level 0's time
NEARLY = 6.0  # standard errors


def groups(setting):
    """(mode, the claims and twins that share its run), at the claims' first cases."""
    found = {}
    for claim in claims_of(setting):
        if isinstance(claim, Simulated) and not claim.deep:
            for stated in (claim, claim.as_twin()) if claim.twin else (claim,):
                at = stated.mode, params_text(stated.cases[0])
                found.setdefault(at, []).append(stated)
    return [(mode, claims) for (mode, _), claims in found.items()]


GROUPS = [
    pytest.param(name, mode, claims, id=f"{name}-{mode}-{i}")
    for name in SETTINGS
    for i, (mode, claims) in enumerate(groups(name))
]


def off(test, pieces) -> str:
    """Why the mean that a claim speaks of is not where the claim says; empty where it may be."""
    claim = test.claim
    if not isinstance(claim, Equals) or claim.statistic != "mean" or test.planned is None:
        return ""
    seen = [observe(run, claim.observable, test.params, claim.name) for run in pieces]
    x = np.concatenate(seen)
    spread = x.std() / math.sqrt(len(x))
    gap = abs(x.mean() - test.planned.prediction)
    if gap <= test.planned.tolerance + NEARLY * spread + 1e-9:
        return ""
    return f"{x.mean()} +- {spread} is not {test.planned.prediction} +- {test.planned.tolerance}"


@pytest.mark.parametrize(("setting", "mode", "stated"), GROUPS)
def test_no_claim_is_contradicted_and_every_twin_falls(setting, mode, stated):
    params = stated[0].cases[0]
    run = Run(simulations_of(setting)[mode], params, setting=setting, mode=mode)
    tests = [Tested.of(claim, params) for claim in stated]
    twins = [test for test in tests if test.claim.twin is None]
    claims = [test for test in tests if test.claim.twin is not None]
    plans = [test.claim.planned_trials for test in tests]
    most = max(2 * max(plans), LEAST * run.width)
    pieces, patient = [], True
    for wanted in looks(run.width, most):
        if patient and run.seconds > PATIENCE:
            run.lower().compile_again(LEVEL)
            patient = False
        new = run.extend(wanted)
        pieces.append(new)
        for test in tests:
            test.update(new)
        if len(pieces) >= LEAST and all(test.decided for test in twins):
            break
    for test in claims:
        assert test.decided in (None, test.claim.expected), (test.claim.name, test.outcome())
        if test.claim.expected == "HOLDS":
            assert not off(test, pieces), test.claim.name
    for test in twins:
        if test.claim.quick:  # said on the claim: why this size is not enough
            assert test.decided in (None, "REFUTED"), (test.claim.name, test.outcome())
        else:
            assert test.decided == "REFUTED", (test.claim.name, test.outcome())


def equations(jaxpr):
    """All equations of a program, those of its loops and branches too."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from equations(inner)


def size_of(params):
    """What fixes a program's shapes: the static values and the shapes of the traced ones."""
    return jax.tree.structure(params), tuple(map(np.shape, jax.tree.leaves(params)))


def programs(setting):
    """(mode, params, program of a batch of trials, its observables), one for each size."""
    claims = [c for c in claims_of(setting) if isinstance(c, Simulated)]
    key, seen = jax.random.key(0), set()
    for mode, simulation in simulations_of(setting).items():
        cases = [p for c in claims if c.mode == mode for p in c.cases]
        ladders = [c for c in claims_of(setting) if isinstance(c, Ladder) and c.mode == mode]
        for params in cases or [p for c in ladders for p in c.rungs if c.simulated]:
            if (mode, size_of(params)) in seen:
                continue
            seen.add((mode, size_of(params)))
            made = simulation.shared
            shared = () if made is None else (jax.eval_shape(made, key, params),)
            # as the engine runs it: a batch of trials may take other branches than one
            whole = jax.vmap(simulation.trial, (0, None, *(None for _ in shared)))
            keys = jax.random.split(key, 2)
            program, shapes = jax.make_jaxpr(whole, return_shape=True)(keys, params, *shared)
            yield mode, params, program, shapes


@pytest.mark.parametrize("setting", SETTINGS)
def test_programs_keep_float64_and_give_what_the_claims_ask_for(setting):
    claims = [c for c in claims_of(setting) if isinstance(c, Simulated)]
    shapes_of = {}
    for mode, params, program, shapes in programs(setting):
        shapes_of[mode, size_of(params)] = shapes
        for name, shape in shapes.items():
            assert shape.dtype not in (np.float32, np.complex64, np.complex128), (mode, name)
        for equation in equations(program.jaxpr):
            if equation.primitive.name == "dot_general":
                types = {str(v.aval.dtype) for v in equation.invars}
                exact = equation.params["precision"] == (jax.lax.Precision.HIGHEST,) * 2
                assert exact or "float32" not in types, (mode, str(equation.source_info.traceback))
    for claim in claims:
        for params in claim.cases:
            shapes = shapes_of[claim.mode, size_of(params)]
            run = {name: np.ones((2, *s.shape[1:]), s.dtype) for name, s in shapes.items()}
            for observable in (claim.observable, getattr(claim, "below", claim.observable)):
                if isinstance(observable, str):
                    assert observe(run, observable, params, claim.name).shape == (2,)
