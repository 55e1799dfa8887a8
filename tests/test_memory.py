"""The memory budget counts all that is held; what is larger goes to files."""

import subprocess
import sys
import textwrap

import jax
import numpy as np
import pytest

from sims import Run, Simulation, simulate
from sims._memory import budget
from sims._moments import moments
from tests.test_engine import Params

MIB = 2**20


def vector(key, params):
    return {"x": jax.random.normal(key, (1000,)), "n": params.n}


SIMULATION = Simulation(vector, width=16)


def test_results_over_the_budget_are_the_same_numbers_in_files(tmp_path):
    usual = simulate(SIMULATION, Params(), trials=2000, store=False)
    small = simulate(SIMULATION, Params(), trials=2000, store=False, memory=8 * MIB)
    assert not isinstance(usual["x"], np.memmap)
    assert isinstance(small["x"], np.memmap)
    for name, values in usual.items():
        np.testing.assert_array_equal(small[name], values)
    small["x"][0] = 0.0  # a caller may write; nobody else sees it
    assert not list(tmp_path.iterdir())


def test_what_trials_share_counts():
    heavy = Simulation(
        lambda key, params, shared: {"x": jax.random.normal(key) + shared[0]},
        shared=lambda key, params: jax.random.normal(key, (4 * MIB,)),
    )
    with pytest.raises(MemoryError, match="what all trials share takes 32 MiB"):
        simulate(heavy, Params(), trials=1, store=False, memory=16 * MIB)
    assert simulate(heavy, Params(), trials=1, store=False, memory=256 * MIB)


def test_two_blocks_are_queued_where_two_fit():
    needs = {"working": 40 * MIB, "result": MIB, "shared": 10 * MIB, "devices": 1, "in_flight": 2}
    assert budget("x", 100 * MIB, **needs).in_flight == 2
    assert budget("x", 60 * MIB, **needs).in_flight == 1
    with pytest.raises(MemoryError, match="x needs 41 MiB beside 10 MiB that all trials share"):
        budget("x", 50 * MIB, **needs)
    wide = budget("x", 1000 * MIB, **needs)
    assert wide.chunk_blocks == 64
    # blocks in flight, what is shared, a chunk in four copies and what is kept make the budget
    tight = budget("x", 200 * MIB, **needs)
    used = 2 * 41 + 10 + 4 * tight.chunk_blocks + tight.kept / MIB
    assert 190 < used <= 200


def test_pieces_change_no_bit_of_the_moments():
    whole = Run(SIMULATION, Params()).extend(700)
    want = list(moments([whole], 650, 16))
    for size in (16, 48, 320):
        pieces = [{k: v[i : i + size] for k, v in whole.items()} for i in range(0, 704, size)]
        assert list(moments(pieces, 650, 16)) == want
    x = whole["x"][:650]
    assert len(want) == 1001
    for got in (m for m in want if m.name in ("x[0]", "x[999]")):
        column = x[:, int(got.name[2:-1])]
        assert got.mean == pytest.approx(column.mean(), rel=1e-12, abs=1e-14)
        assert got.sd == pytest.approx(column.std(ddof=1), rel=1e-12)
        assert (got.least, got.most) == (column.min(), column.max())


PEAK = """
    import resource, sys
    from pathlib import Path
    import jax
    from sims import Run, Simulation
    from sims._moments import moments
    from tests.test_engine import Params
    def trial(key, params):
        return {"x": jax.random.normal(key, (20_000,))}
    run = Run(Simulation(trial, width=16), Params(), memory=2**26)
    run.compile()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    list(moments(run.pieces(3000), 3000, 16))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_seven_times_the_budget_passes_through_it():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PEAK)], capture_output=True, text=True, timeout=200,
        check=True,
    )  # fmt: skip
    assert int(done.stdout) * 1024 < 1.2 * 2**26
