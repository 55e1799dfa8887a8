"""Where randomness is claimed and there is none, or all trials share a draw, the ledger says so."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims import Run, Simulation, _observe, _tested
from sims._observe import Apart
from tests.traps import honest
from tests.traps.params import Params


def trial(key, params):
    """A uniform number beside constants: such that no key touches, and such as only look random."""
    u = jax.random.uniform(key)
    return {
        "u": u,
        "fixed": 0.51 * params.x,
        "inner": 0.51 + 0 * u,
        "half": 0.5 + 0 * u,
        "never": jnp.where(u > 2, 1.0, 0.0),
        "always": jnp.where(u < 2, 1.0, 0.0),
    }


def remark(claim, simulation=None, trials=256):
    run = Run(simulation or Simulation(trial), Params())
    tested = _tested.Tested.of(claim, Params())
    tested.update(run.extend(trials))
    return tested.outcome(run).remark


def pair(run, params):
    """A reading of one number."""
    return 0 * run["u"] + 0.51


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (lambda: honest.equals(observable="fixed"), "fixed does not depend on a trial's key"),
        (lambda: honest.median(observable="fixed"), "fixed does not depend on a trial's key"),
        (lambda: honest.at_most(observable="fixed"), "fixed does not depend on a trial's key"),
        (lambda: honest.law(observable="fixed"), "fixed does not depend on a trial's key"),
        (lambda: honest.equals(observable="inner"), "all 256 trials gave 0.51"),
        (lambda: honest.equals(observable=pair), "all 256 trials gave 0.51"),
        (lambda: honest.variance(observable="half"), "all 256 trials gave 0.5"),
        (lambda: honest.law(observable="inner"), "all 256 trials gave 0.51"),
        (lambda: honest.bounded_ordering(observable="half", below="never"),
         "all 256 trials gave 0.5"),
    ],
)  # fmt: skip
def test_a_constant_is_said_where_randomness_is_claimed(claim, said):
    assert remark(claim()) == said


@pytest.mark.parametrize(
    "claim",
    [
        lambda: honest.equals(),
        lambda: honest.per_trial(observable="fixed"),  # holds in every trial by its kind
        lambda: honest.equals(observable="half"),  # is the prediction in every trial
        lambda: honest.equals(observable="always", prediction=0.99),  # nothing rare has come
        lambda: honest.equals(observable="never", prediction=0.01),
        lambda: honest.at_most(observable="never"),
    ],
)
def test_identities_in_every_trial_and_events_that_never_came_are_no_matter(claim):
    assert remark(claim()) == ""


def test_a_draw_that_all_trials_share_is_said():
    def shifted(key, params, shared):
        return {"u": (jax.random.uniform(key) + shared) / 2}

    drawn = Simulation(shifted, shared=lambda key, params: jax.random.uniform(key))
    assert remark(honest.equals(), drawn) == "given one draw of what all trials share"
    tables = Simulation(shifted, shared=lambda key, params: jnp.float64(0.5))
    assert remark(honest.equals(), tables) == ""


@pytest.mark.parametrize("looks", [[1, 1, 2], [1, 5], [2], [3], [64]])
@pytest.mark.parametrize(
    "mixing", [lambda x: x - x.mean() + 0.5, lambda x: 0 * x + x.mean(), lambda x: x / x.max()]
)
def test_a_reading_that_mixes_trials_is_refused_however_few_come(looks, mixing):
    x = jax.device_get(jax.random.uniform(jax.random.key(0), (sum(looks),)))

    def feed(reading):
        apart, start = Apart(lambda run, p: reading(run["x"]), None, "claim c"), 0
        for n in looks:
            piece = {"x": x[start : start + n]}
            apart.check(piece, reading(piece["x"]))
            start += n

    feed(lambda x: x**2)
    with pytest.raises(ValueError, match="claim c: reading gives a trial another number in the"):
        feed(mixing)


def test_a_reading_is_asked_of_few_numbers_of_trials(monkeypatch):
    """JAX compiles its operations for each: 7 up to 64 trials; runs that fill memory stay whole."""
    shapes = []

    def reading(run, params):
        shapes.append(run["x"].shape)
        return run["x"][:, 1] + params

    for trials in range(1, 65):
        x = np.random.default_rng(trials).normal(size=(trials, 2))
        seen = _observe.observe({"x": x}, reading, 1.0, "claim c")
        np.testing.assert_array_equal(seen, x[:, 1] + 1.0)
    assert set(shapes) == {(2**k, 2) for k in range(7)}
    with pytest.raises(ValueError, match=r"of shape \(7, 2\) for 7 trials, not one number a trial"):
        _observe.observe({"x": np.zeros((7, 2))}, lambda run, p: run["x"], None, "claim c")
    monkeypatch.setattr(_observe, "_MOST_PADDED", 100)
    _observe.observe({"x": np.zeros((7, 2))}, reading, 1.0, "claim c")
    assert shapes[-1] == (7, 2)
