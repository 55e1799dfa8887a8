"""Trials whose numbers could not be trusted are refused by name, before anything is compiled."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory
from sims import Run, Simulation, simulate
from sims._traced import TrialError
from tests.test_engine import Params

RNG = np.random.default_rng(0)


def normal(key, params):
    return {"x": jax.random.normal(key)}


def called_back(key, params):
    out = jax.ShapeDtypeStruct((), jnp.float64)
    x = jax.random.normal(key)
    return {"x": jax.pure_callback(np.sin, out, x, vmap_method="sequential")}


def called_back_in_a_loop(key, params):
    def body(i, x):
        out = jax.ShapeDtypeStruct((), jnp.float64)
        return jax.experimental.io_callback(lambda y: y, out, x)

    return {"x": jax.lax.fori_loop(0, 3, body, jax.random.normal(key))}


def uses_only_what_is_shared(key, params, shared):
    return {"x": shared}


@pytest.mark.parametrize(
    ("trial", "words"),
    [(lambda key, params: {"x": jnp.asarray(RNG.random())}, "does not use its key"),
     (lambda key, params: {"x": params.shift}, "does not use its key"),
     (lambda key, params: {"x": 0 * params.shift, "y": jnp.zeros(3)}, "does not use its key"),
     (lambda key, params: {"x": jax.random.normal(key) + 1j}, "'x' is complex"),
     (lambda key, params: {"x": key}, "not a number"),
     (lambda key, params: {"x": {"y": jax.random.normal(key)}}, "not one array"),
     (lambda key, params: jax.random.normal(key), "a dict of named observables"),
     (lambda key, params: {}, "a dict of named observables"),
     (lambda key, params: None, "a dict of named observables"),
     (lambda key, p: foreign(key, p), "calls a function outside JAX \\(ffi_call\\)"),
     (called_back, "calls a function outside JAX \\(pure_callback\\)"),
     (called_back_in_a_loop, "calls a function outside JAX \\(io_callback\\)")],
)  # fmt: skip
def test_a_trial_that_could_not_be_trusted_is_refused(trial, words):
    with pytest.raises(TrialError, match=words) as caught:
        simulate(Simulation(trial), Params(), trials=4)
    assert str(caught.value).startswith("engine_demo/default: ")


def test_what_is_shared_is_no_key_of_a_trial():
    simulation = Simulation(uses_only_what_is_shared, shared=lambda k, p: jax.random.normal(k))
    with pytest.raises(TrialError, match="does not use its key"):
        simulate(simulation, Params(), trials=4)
    beside = Simulation(
        lambda key, params, shared: {"x": jax.random.normal(key) + shared},
        shared=lambda key, params: jnp.zeros(()),  # shared things need no randomness
    )
    assert len(simulate(beside, Params(), trials=4)["x"]) == 4


def test_what_is_shared_calls_nothing_outside_jax():
    def shared(key, params):
        return jax.pure_callback(lambda: np.ones(()), jax.ShapeDtypeStruct((), jnp.float64))

    simulation = Simulation(lambda key, p, shared: {"x": jax.random.normal(key)}, shared=shared)
    with pytest.raises(TrialError, match=r"shared: .* outside JAX \(pure_callback\)"):
        simulate(simulation, Params(), trials=4)


def foreign(key, params):
    call = jax.ffi.ffi_call(
        "of_a_library", jax.ShapeDtypeStruct((), jnp.float64), vmap_method="sequential"
    )
    return {"x": call(jax.random.normal(key))}


def test_observables_without_randomness_are_known():
    def trial(key, params):
        return {"drawn": jax.random.normal(key), "size": params.n, "shift": params.shift}

    assert Run(Simulation(trial), Params()).fixed == {"size", "shift"}


@pytest.mark.parametrize("side", [10**7, 10**9, 10**12])
def test_an_array_beyond_the_address_space_is_a_sentence(side):
    def trial(key, params):
        return {"x": jax.random.normal(key, (side, side)).sum()}

    with pytest.raises(MemoryError, match=r"engine_demo/default: .*(TiB|2 \*\* 64)"):
        simulate(Simulation(trial), Params(), trials=1)


def test_params_of_another_setting_are_refused(example_setting):
    with pytest.raises(ValueError, match="least_squares: these are params of engine_demo"):
        simulate(example_setting, Params(), trials=1)
    with pytest.raises(ValueError, match="not the Params of a setting"):
        simulate(example_setting, {"n": 3}, trials=1)
    params = theory.load("theory", example_setting).Params()
    assert simulate(example_setting, params, trials=1)


@pytest.mark.parametrize("seed", [2**63, -(2**63) - 1, 2**80])
def test_a_seed_is_a_whole_number_of_64_bit(seed):
    with pytest.raises(ValueError, match=r"seed = .* is not a whole number in"):
        simulate(Simulation(normal), Params(), trials=1, seed=seed)


def test_trials_beyond_32_bit_would_repeat_keys():
    with pytest.raises(ValueError, match="trials = 4294967297 is over 4294967296"):
        next(Run(Simulation(normal), Params()).pieces(2**32 + 1))


def test_simulations_need_64_bit():
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(ValueError, match="64 bit was switched off"):
            simulate(Simulation(normal), Params(), trials=1)
    finally:
        jax.config.update("jax_enable_x64", True)
