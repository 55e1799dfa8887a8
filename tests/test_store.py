"""The store: nothing is computed twice, nothing finished is lost, damage is seen."""

import errno
import os
import tempfile
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims import Run, Simulation, simulate
from sims import _store as store_module
from sims._blocks import Blocks
from sims._store import (
    DamagedFileWarning, EarlierFormatWarning, ReadOnlyStoreWarning, StoreError, clear, runs,
)  # fmt: skip
from tests.test_engine import Params
from theory._files import PathError, write_atomically

WIDTH = 8


def helper(x):
    return jnp.sin(x)


def trial(key, params):
    # a comment here may change; the program may not
    return {"value": helper(jax.random.normal(key, (params.n,)).sum() + params.shift)}


SIMULATION = Simulation(trial, width=WIDTH)
TRIALS = 40 * WIDTH


def make(store: Path, simulation=SIMULATION, **options) -> Run:
    return Run(simulation, Params(), store=store, **{"chunk_blocks": 4} | options)


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    return Run(SIMULATION, Params()).extend(TRIALS)["value"]


def chunks(store: Path) -> list[Path]:
    return sorted(store.rglob("*.npz"))


def test_a_second_run_reads_and_does_not_compute(tmp_path, reference):
    make(tmp_path).extend(TRIALS)
    again = make(tmp_path)
    np.testing.assert_array_equal(again.extend(TRIALS)["value"], reference)
    assert again.seconds == 0.0
    assert again.lower().budget is None, "nothing was compiled either"


@pytest.mark.parametrize("chunk_blocks", [1, 3, 64])
def test_a_run_goes_on_with_another_chunk_size(tmp_path, reference, chunk_blocks):
    make(tmp_path).extend(10 * WIDTH)
    longer = make(tmp_path, chunk_blocks=chunk_blocks)
    np.testing.assert_array_equal(longer.extend(TRIALS)["value"], reference)


def test_users_open_a_chunk_with_numpy_alone(tmp_path, reference):
    make(tmp_path).extend(TRIALS)
    values = np.concatenate([np.load(path)["value"] for path in chunks(tmp_path)])
    np.testing.assert_array_equal(values, reference)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_a_damaged_file_is_named_and_made_again(tmp_path, reference, damage):
    make(tmp_path).extend(TRIALS)
    victim = chunks(tmp_path)[3]
    data = bytearray(victim.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    victim.write_bytes({"truncate": data[:-7], "flip": data, "empty": b""}[damage])
    again = make(tmp_path)
    with pytest.warns(DamagedFileWarning, match=victim.name):
        got = again.extend(TRIALS)["value"]
    np.testing.assert_array_equal(got, reference)
    assert again.seconds > 0
    assert victim.exists(), "made again under the same name"
    clean = make(tmp_path)
    np.testing.assert_array_equal(clean.extend(TRIALS)["value"], reference)
    assert clean.seconds == 0.0


@pytest.mark.parametrize("make_it", [os.mkfifo, os.mkdir, lambda path: path.symlink_to(path)])
def test_what_is_no_file_is_put_aside_and_not_waited_for(tmp_path, reference, make_it):
    make(tmp_path).extend(TRIALS)
    victim = chunks(tmp_path)[2]
    victim.unlink()
    make_it(victim)
    with pytest.warns(DamagedFileWarning, match=victim.name):
        got = make(tmp_path).extend(TRIALS)["value"]
    np.testing.assert_array_equal(got, reference)


def test_a_chunk_out_of_its_place_is_made_again(tmp_path, reference):
    make(tmp_path).extend(TRIALS)
    first, second, *_, last = chunks(tmp_path)
    data = first.read_bytes()
    other = make(tmp_path / "other", seed=1)
    other.extend(TRIALS)
    foreign = next(p for p in chunks(tmp_path / "other") if p.name[:21] == last.name[:21])
    swapped = first.with_name(second.name[:22] + first.name[22:])
    second.unlink()
    swapped.write_bytes(data)  # renamed to another range
    last.unlink()
    last.with_name(foreign.name).write_bytes(foreign.read_bytes())  # of another run
    again = make(tmp_path)
    with pytest.warns(DamagedFileWarning) as warned:
        got = again.extend(TRIALS)["value"]
    np.testing.assert_array_equal(got, reference)
    assert len(warned) == 2
    assert all("in this place" in str(w.message) for w in warned)
    assert len(list(tmp_path.rglob("*.damaged"))) == 2


@pytest.mark.parametrize(
    ("what", "wrong"),
    [("float32", {"value": np.zeros(32, np.float32)}),
     ("not finite", {"value": np.full(32, np.nan)}),
     ("shape", {"value": np.zeros((32, 2))}),
     ("it holds other", {"other": np.zeros(32)}),
     ("it holds", {"value": np.zeros(32), "more": np.zeros(32)})],
)  # fmt: skip
def test_a_chunk_that_no_trial_could_have_made_is_made_again(tmp_path, reference, what, wrong):
    forged = make(tmp_path)
    forged.lower()
    forged._folder.save(0, 4, wrong)
    with pytest.warns(DamagedFileWarning, match=what):
        got = make(tmp_path).extend(TRIALS)["value"]
    np.testing.assert_array_equal(got, reference)


def test_chunks_of_an_earlier_version_are_put_aside(tmp_path, reference):
    make(tmp_path).extend(TRIALS)
    for path in chunks(tmp_path):
        path.rename(path.with_name(path.name[:22] + "0123456789abcdef.npz"))
    with pytest.warns(EarlierFormatWarning, match="10 chunks were written by an earlier version"):
        got = make(tmp_path).extend(TRIALS)["value"]
    np.testing.assert_array_equal(got, reference)
    assert len(list(tmp_path.rglob("*.earlier"))) == 10
    clear(tmp_path)
    assert not list(tmp_path.rglob("*"))


def test_any_name_of_an_observable_is_stored(tmp_path):
    def named(key, params):
        return {name: jax.random.normal(key) for name in ("file", "arr_0", "allow_pickle", "a/b")}

    first = make(tmp_path, Simulation(named, width=WIDTH)).extend(WIDTH)
    again = make(tmp_path, Simulation(named, width=WIDTH))
    for name, values in again.extend(WIDTH).items():
        np.testing.assert_array_equal(values, first[name])
    assert again.seconds == 0.0


def test_clearing_removes_what_the_store_wrote_and_nothing_else(tmp_path):
    make(tmp_path).extend(TRIALS)
    (run,) = {path.parent for path in chunks(tmp_path)}
    (run / "thesis.tex").write_text("years of work")
    for place in ("a/b/c", f"a/b/{run.name}"):  # a run.json alone makes no run
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "run.json").write_text('{"setting": "x", "mode": "y", "width": "8"}')
    clear(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {
        str((run / "thesis.tex").relative_to(tmp_path)), "a/b/c/run.json",
        f"a/b/{run.name}/run.json",
    }  # fmt: skip


def test_a_store_that_cannot_be_is_refused_before_anything_is_computed(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="store is empty"):
        simulate(SIMULATION, Params(), trials=1, store="")
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ValueError, match="is not a folder"):
        simulate(SIMULATION, Params(), trials=1, store=file)
    run = Run(SIMULATION, Params(), store=file / "below")
    with pytest.raises(ValueError, match=r"the store .*file/below"):
        run.extend(WIDTH)
    assert run.seconds == 0.0
    monkeypatch.setenv("OVERFIT_THEORY_STORE", "~nobody-of-that-name/store")
    with pytest.raises(ValueError, match="OVERFIT_THEORY_STORE"):
        simulate(SIMULATION, Params(), trials=1)


@pytest.fixture
def read_only(monkeypatch):
    """Makes a folder refuse files as a disk does that is mounted read-only (root may write all)."""

    def refuse(folder):
        real, made = tempfile.TemporaryFile, tempfile.mkstemp

        def anywhere_else(make):
            def call(*args, dir=None, **words):
                if dir is not None and Path(dir).resolve().is_relative_to(folder.resolve()):
                    raise OSError(errno.EROFS, "Read-only file system")
                return make(*args, dir=dir, **words)

            return call

        monkeypatch.setattr(tempfile, "TemporaryFile", anywhere_else(real))
        monkeypatch.setattr(tempfile, "mkstemp", anywhere_else(made))

    return refuse


def test_a_read_only_store_is_read_and_what_is_new_is_not_kept(tmp_path, reference, read_only):
    make(tmp_path).extend(TRIALS // 2)
    before = chunks(tmp_path)
    read_only(tmp_path)
    run = make(tmp_path)
    with pytest.warns(ReadOnlyStoreWarning, match="is read-only: what it has is read"):
        got = run.extend(TRIALS)["value"]
    np.testing.assert_array_equal(got, reference)
    assert chunks(tmp_path) == before
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(tmp_path).extend(TRIALS // 2)  # all is there: nothing to say


def test_simulate_keeps_trials_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("OVERFIT_THEORY_STORE", str(tmp_path / "store"))
    simulate(SIMULATION, Params(), trials=1, store=False)
    assert not chunks(tmp_path)
    simulate(SIMULATION, Params(), trials=1)
    assert len(chunks(tmp_path)) == 1
    monkeypatch.delenv("OVERFIT_THEORY_STORE")
    simulate(SIMULATION, Params(), trials=TRIALS)
    assert len(chunks(tmp_path)) == 1


def test_a_device_is_not_replaced_by_a_file(tmp_path):
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    for path in (Path("/dev/null"), link, tmp_path):
        with pytest.raises(PathError, match=r"not a regular file|is a folder"):
            write_atomically(path, b"data")
    assert Path("/dev/null").is_char_device()
    target = tmp_path / "target"
    target.write_text("old")
    (tmp_path / "link").symlink_to(target)
    write_atomically(tmp_path / "link", b"new")
    assert target.read_text() == "new"
    assert (tmp_path / "link").is_symlink()


def test_long_blocks_are_kept_in_small_pieces(tmp_path, monkeypatch):
    """Blocks that take 4 s of a clock of our own make chunks of at most 20 s."""
    now = [0.0]

    def four_seconds_a_block(self, first, end):
        now[0] += 4.0 * (end - first)
        return computed(self, first, end)

    computed = Blocks.compute
    monkeypatch.setattr(Blocks, "compute", four_seconds_a_block)
    monkeypatch.setattr("sims._run.time.perf_counter", lambda: now[0])
    make(tmp_path, chunk_blocks=None).extend(TRIALS)
    sizes = [int(p.name[11:21]) - int(p.name[:10]) for p in chunks(tmp_path)]
    assert sum(sizes) == 40
    assert max(sizes) * 4.0 <= 20.0
    assert max(sizes) > 1


def test_a_changed_helper_counts_and_a_changed_comment_does_not(tmp_path, monkeypatch):
    make(tmp_path).extend(WIDTH)

    def trial_with_other_comments(key, params):
        # another comment, other names, the same program
        draws = jax.random.normal(key, (params.n,))
        return {"value": helper(draws.sum() + params.shift)}

    same = make(tmp_path, Simulation(trial_with_other_comments, width=WIDTH))
    same.extend(WIDTH)
    assert same.seconds == 0.0
    monkeypatch.setitem(globals(), "helper", jnp.cos)
    changed = make(tmp_path, Simulation(lambda key, params: trial(key, params), width=WIDTH))
    changed.extend(WIDTH)
    assert changed.seconds > 0.0


@pytest.mark.parametrize(
    "options",
    [{"seed": 1}, {"mode": "other"}, {"stream": "s"},
     {"simulation": Simulation(trial, width=2 * WIDTH)}],
)  # fmt: skip
def test_another_key_or_width_is_another_run(tmp_path, options):
    make(tmp_path).extend(WIDTH)
    other = make(tmp_path, **options)
    other.extend(WIDTH)
    assert other.seconds > 0.0
    assert len(list(runs(tmp_path))) == 2


def test_a_full_disk_stops_the_run_and_leaves_earlier_chunks_whole(
    tmp_path, reference, monkeypatch
):
    real, written = store_module.write_atomically, []

    def full(path, data):
        if len(written) > 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        real(path, data)

    monkeypatch.setattr(store_module, "write_atomically", full)
    with pytest.raises(StoreError, match="No space left on device") as caught:
        make(tmp_path).extend(TRIALS)
    assert "run again to go on" in str(caught.value)
    monkeypatch.setattr(store_module, "write_atomically", real)
    again = make(tmp_path)
    np.testing.assert_array_equal(again.extend(TRIALS)["value"], reference)
    assert len(chunks(tmp_path)) == 10
