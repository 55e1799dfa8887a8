"""Sweeps: jobs are independent and resumable; shards together make the whole table."""

import csv

import numpy as np
import pytest

from sims.__main__ import main
from sims._sweep import grid, read_grid, shard_of, sweep


@pytest.fixture
def command(example_setting, tmp_path):
    def run(*arguments: str) -> int:
        return main(["sweep", example_setting, "--store", str(tmp_path / "store"), "--out",
                     str(tmp_path), "--trials", "64", *arguments])  # fmt: skip

    return run


def table(path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_shards_share_a_store_and_collect_into_one_table(command, tmp_path, capsys):
    axes = ("--n", "20", "30", "40", "--noise", "0.5", "1.0")
    assert command(*axes, "--shard", "1/2") == 0
    assert command(*axes, "--collect") == 1
    assert "3 of 6 jobs are not in the store yet" in capsys.readouterr().err
    assert command(*axes, "--shard", "2/2") == 0
    assert command(*axes, "--collect") == 0
    rows = table(tmp_path / "sweep-least_squares-default.csv")
    assert [(r["n"], r["noise"]) for r in rows] == [
        (n, s) for n in ("20", "30", "40") for s in ("0.5", "1.0")
    ]
    for row in rows:  # s^2 (1 - d/n), d = 10, within 6 standard errors
        expected = float(row["noise"]) ** 2 * (1 - 10 / float(row["n"]))
        error = abs(float(row["training_error"]) - expected)
        assert error < 6 * float(row["training_error se"])


def test_a_finished_job_is_read_not_run(example_setting, tmp_path):
    import theory

    jobs = grid(theory.load("theory", example_setting).Params, {"n": [20, 30]})
    once = sweep(example_setting, jobs, trials=64, store=tmp_path)
    stored = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    again = sweep(example_setting, jobs, trials=64, store=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")} == stored
    for a, b in zip(once, again, strict=True):
        np.testing.assert_array_equal(a.observables["training_error"],
                                      b.observables["training_error"])  # fmt: skip


def test_a_toml_file_gives_the_axes_and_flags_replace_them(command, tmp_path):
    grid_file = tmp_path / "grid.toml"
    grid_file.write_text("n = [20, 30]\nnoise = 0.5\n")
    assert command("--grid", str(grid_file), "--n", "25") == 0
    (row,) = table(tmp_path / "sweep-least_squares-default.csv")
    assert (row["n"], row["noise"]) == ("25", "0.5")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--n", "20", "5"), "d = 10 is not below n = 5"), (("--shard", "3/2"), "is not i/N"),
     (("--shard", "x"), "is not i/N"), (("--mode", "other"), "no mode 'other'"),
     (("--grid", "/no/such/file"), "is not a TOML grid")],
)  # fmt: skip
def test_bad_sweeps_stop_before_anything_runs(command, tmp_path, capsys, arguments, message):
    assert command(*arguments) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_unknown_axes_are_named(example_setting, tmp_path):
    import theory

    params = theory.load("theory", example_setting).Params
    with pytest.raises(ValueError, match="no field 'm' to sweep over"):
        grid(params, {"m": [1]})
    with pytest.raises(ValueError, match="axis n is empty"):
        grid(params, {"n": []})
    bad = tmp_path / "bad.toml"
    bad.write_text("n = [")
    with pytest.raises(ValueError, match="not a TOML grid"):
        read_grid(bad)


def test_shards_part_the_jobs():
    jobs = list(range(11))
    parts = [shard_of(jobs, f"{i}/4") for i in (1, 2, 3, 4)]
    assert sorted(job for part in parts for job in part) == jobs
