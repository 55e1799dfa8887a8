"""The engine: same key, same bits, whatever chunk, device or interruption; clear errors."""

import dataclasses
import subprocess
import sys
import textwrap
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from sims import NonFiniteObservable, Run, Simulation, fitting, simulate
from sims._keys import run_key
from sims._run import looks
from theory import Ge, Le, Static, fields_of, load, parameters


@parameters("engine_demo")
class Params:
    """A size that sets a shape and a number that does not."""

    n: Annotated[int, Ge(1), Le(1000), Static] = 12
    shift: Annotated[float, Ge(-10), Le(10)] = 0.5


def trial(key, params):
    x = jax.random.normal(key, (params.n, params.n)) + params.shift
    return {"largest": jnp.linalg.eigvalsh(x @ x.T)[-1], "row": x[0, :3], "key": x[0, 0]}


SIMULATION = Simulation(trial, width=8)
TRIALS = 8 * 70


@pytest.fixture(scope="module")
def reference():
    return Run(SIMULATION, Params(), chunk_blocks=64).extend(TRIALS)


@pytest.mark.parametrize("chunk_blocks", [1, 7, None])
def test_chunk_size_changes_no_bit(reference, chunk_blocks):
    got = Run(SIMULATION, Params(), chunk_blocks=chunk_blocks).extend(TRIALS)
    for name in reference:
        np.testing.assert_array_equal(got[name], reference[name])


def test_a_run_extended_in_steps_equals_one_made_at_once(reference):
    run = Run(SIMULATION, Params())
    pieces = [run.extend(n) for n in (1, 100, 101, TRIALS)]
    joined = np.concatenate([p["largest"] for p in pieces if p])
    np.testing.assert_array_equal(joined, reference["largest"])
    assert run.extend(TRIALS) == {}


@pytest.mark.parametrize(
    ("setting", "mode", "size"),
    [
        ("gaussian_robustness", "projection", {}),
        ("ntk_classifiers", "circle_vote", {"n": 20}),
        ("random_features", "features", {"n": 10, "k": 8, "modes": 20}),
        ("sign_rip", "scalar", {"d": 4, "m": 20}),
        ("xor_cluster", "patterns", {"n": 20, "m": 5}),
    ],
)
def test_fifty_parameter_sets_of_one_size_are_one_program(setting, mode, size, tmp_path):
    """Traced, lowered and compiled once, also where the store asks for the program's text."""
    stages = ("jaxpr_trace_duration", "jaxpr_to_mlir_module_duration", "backend_compile_duration")
    work = []

    def listen(event, seconds, **about):
        if event.endswith(stages):
            work.append((event, about.get("fun_name", "")))

    default = load("theory", setting).Params(**size)
    rng = np.random.default_rng(0)

    def drawn():
        """The default with every real field moved by up to 1 % within its range."""
        moved = {}
        for name, field in fields_of(default).items():
            value = getattr(default, name)
            if field.kind == "real" and not field.static:
                new = value * (1 + 0.01 * rng.uniform(-1, 1))
                moved[name] = new if field.admits(new) else value
        return dataclasses.replace(default, **moved)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        simulate(setting, drawn(), mode=mode, trials=1, store=tmp_path)
        first = len(work)
        results = [
            simulate(setting, drawn(), mode=mode, trials=1, store=tmp_path) for _ in range(50)
        ]
        assert first >= 3
        assert work[first:] == []
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    some = next(iter(results[0]))
    assert len({np.asarray(r[some]).tobytes() for r in results}) > 1


def test_two_devices_give_the_bits_of_one(reference):
    # A subprocess, because the number of host devices is fixed when JAX starts. NPROC: XLA's
    # thread pool must have more threads than devices, or LAPACK calls inside a block deadlock.
    code = """
        import os
        os.environ["XLA_FLAGS"] += " --xla_force_host_platform_device_count=2"
        os.environ["NPROC"] = "4"
        import jax, numpy as np, sys
        from tests.test_engine import SIMULATION, TRIALS, Params
        from sims import Run
        assert jax.device_count() == 2
        for chunk in (1, 7, 64):
            run = Run(SIMULATION, Params(), devices=jax.devices(), chunk_blocks=chunk)
            got = run.extend(TRIALS)
            sys.stdout.write(got["largest"].tobytes().hex() + got["row"].tobytes().hex() + "\\n")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    expected = reference["largest"].tobytes().hex() + reference["row"].tobytes().hex()
    assert done.stdout.split() == [expected] * 3


def test_different_params_share_no_random_numbers_unless_a_stream_asks_for_it():
    sizes = [Params(n=12, shift=0.0), Params(n=12, shift=1.0)]
    apart = [simulate(SIMULATION, p, trials=4)["key"] - p.shift for p in sizes]
    assert not np.intersect1d(np.round(apart[0], 9), np.round(apart[1], 9)).size
    together = [simulate(SIMULATION, p, trials=4, stream="paired")["key"] - p.shift for p in sizes]
    np.testing.assert_allclose(together[0], together[1], rtol=0, atol=1e-15)


def test_modes_seeds_and_settings_have_keys_of_their_own():
    p = Params()
    keys = [
        run_key("a", "default", p), run_key("a", "other", p), run_key("b", "default", p),
        run_key("a", "default", p, seed=1), run_key("a", "default", Params(shift=0.25)),
        run_key("a", "default", p, stream="s"),
    ]  # fmt: skip
    assert len({tuple(np.asarray(jax.random.key_data(k))) for k in keys}) == len(keys)


def test_a_nan_stops_the_run_and_its_key_replays_the_trial():
    def sometimes(key, params):
        x = jax.random.normal(key)
        return {"fine": x, "bad": jnp.where(x > 2.0, jnp.nan, x)}

    with pytest.raises(NonFiniteObservable, match=r"engine_demo: observable 'bad' of trial \d+"):
        simulate(Simulation(sometimes), Params(), trials=1000)
    with pytest.raises(NonFiniteObservable) as caught:
        simulate(Simulation(sometimes), Params(), trials=1000)
    replayed = sometimes(jax.random.wrap_key_data(jnp.asarray(caught.value.key_data)), Params())
    assert np.isnan(replayed["bad"])
    assert replayed["fine"] > 2.0
    fine = simulate(Simulation(lambda k, p: {"fine": sometimes(k, p)["fine"]}), Params(),
                    trials=caught.value.index + 1)["fine"]  # fmt: skip
    assert (fine[:-1] <= 2.0).all()
    assert fine[-1] > 2.0, "the named trial is the first bad one"


def test_a_block_over_the_memory_budget_says_so():
    def heavy(key, params):
        x = jax.random.normal(key, (512, 512))
        return {"x": jnp.linalg.norm(x @ x @ x)}

    with pytest.raises(MemoryError, match=r"engine_demo/default: one block of 64 trials needs"):
        simulate(Simulation(heavy, width=64), Params(), trials=1, memory=2**20)


def test_shared_draws_are_made_once_per_run():
    simulation = Simulation(
        lambda key, params, shared: {"shared": shared, "own": jax.random.normal(key)},
        shared=lambda key, params: jax.random.normal(key), width=4,
    )  # fmt: skip
    got = simulate(simulation, Params(), trials=12)
    assert len(np.unique(got["shared"])) == 1
    assert len(np.unique(got["own"])) == 12
    assert got["shared"][0] not in got["own"]


@pytest.mark.parametrize("trials", [0, -3])
def test_trials_must_be_positive(trials):
    with pytest.raises(ValueError, match=r"trials = .* is outside \[1, inf\)"):
        simulate(SIMULATION, Params(), trials=trials)


def test_looks_depend_on_the_width_alone_and_end_past_the_budget():
    long, short = list(looks(16, 100_000)), list(looks(16, 1000))
    assert short[:-1] == [n for n in long if n < 1000]
    assert short[-1] >= 1000 > short[-2]
    assert all(n % 16 == 0 for n in long)
    assert len(long) < 70


def test_drawing_new_numbers_compiles_once():
    traces = []

    def counted(key, params):
        traces.append(params.n)  # runs only while tracing
        return {"x": params.shift + jax.random.normal(key)}

    simulation = Simulation(counted, width=4)
    for shift in np.linspace(-1, 1, 20):
        simulate(simulation, Params(shift=float(shift)), trials=4)
    assert len(traces) == 1
    simulate(simulation, Params(n=13), trials=4)
    assert len(traces) == 2, "a static field is a new shape"


def test_a_width_may_follow_the_sizes_and_changes_no_trial():
    width = fitting(lambda p: p.n * p.n, most=16)
    assert [width(Params(n=n)) for n in (1, 181, 182, 1000)] == [16, 16, 8, 1]
    wide, narrow = (dataclasses.replace(SIMULATION, width=w) for w in (width, lambda p: 2))
    run = Run(wide, Params())
    assert run.width == 16
    drawn = run.extend(32)["key"]
    np.testing.assert_array_equal(drawn, Run(narrow, Params()).extend(32)["key"])
    np.testing.assert_array_equal(drawn, simulate(wide, Params(), trials=32, width=5)["key"])
    for refused in ({"width": -1}, {"simulation": dataclasses.replace(wide, width=lambda p: 0)}):
        with pytest.raises(ValueError, match="at least one trial"):
            Run(**{"simulation": SIMULATION, "params": Params(), **refused})


def test_small_lapack_calls_get_one_thread_each_and_the_setting_comes_back():
    def threads():
        return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]

    seen = []

    def watched(key, params):
        jax.debug.callback(lambda: seen.append(threads()))
        return trial(key, params)

    before = threads()
    Run(Simulation(watched, width=2, small_lapack=True), Params()).extend(2)
    assert seen
    assert all(count == 1 for counts in seen for count in counts)
    assert threads() == before
