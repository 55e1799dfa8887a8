"""Every mode of every setting runs at the Params that ``python -m sims run`` makes for it."""

import contextlib

import jax
import pytest

from sims import simulations_of
from sims._arguments import params_class_of
from tests.settings import SETTINGS
from theory import claims_of
from theory._ladders import Ladder
from theory._simulated import Simulated


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_mode_runs_at_the_params_that_the_command_makes_for_it(setting):
    """Or refuses them in words: never an AttributeError, as of fields that another class has."""
    stated = [c for c in claims_of(setting) if isinstance(c, (Simulated, Ladder))]
    for mode, simulation in simulations_of(setting).items():
        params_class = params_class_of(setting, mode)
        for claim in stated:
            if claim.mode == mode and getattr(claim, "simulated", True):
                of_claim = getattr(claim, "rungs", None) or claim.cases
                assert {type(p) for p in of_claim} == {params_class}, (mode, claim.name)
        key, shared = jax.random.key(0), ()
        with contextlib.suppress(ValueError):
            params = params_class()
            if simulation.shared is not None:
                shared = (jax.eval_shape(simulation.shared, key, params),)
            assert jax.eval_shape(simulation.trial, key, params, *shared), mode
