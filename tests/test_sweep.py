"""Sweeps: jobs are independent and resumable; shards together make the whole table."""

import csv

import pytest

import theory
from sims.__main__ import main
from sims._sweep import Grid, read_grid, shard_of, sweep


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
    jobs = Grid(theory.load("theory", example_setting).Params, {"n": [20, 30]})
    once = list(sweep(example_setting, jobs, trials=64, store=tmp_path))
    stored = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    again = list(sweep(example_setting, jobs, trials=64, store=tmp_path))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")} == stored
    assert [job.moments for job in once] == [job.moments for job in again]


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
    params = theory.load("theory", example_setting).Params
    with pytest.raises(ValueError, match="no field 'm' to sweep over"):
        Grid(params, {"m": [1]})
    with pytest.raises(ValueError, match="axis n is empty"):
        Grid(params, {"n": []})
    bad = tmp_path / "bad.toml"
    bad.write_text("n = [")
    with pytest.raises(ValueError, match="not a TOML grid"):
        read_grid(bad)


def test_shards_part_the_jobs(example_setting):
    params = theory.load("theory", example_setting).Params
    jobs = Grid(params, {"n": list(range(20, 31)), "noise": [0.5, 1.0]})
    assert [(p.n, p.noise) for p in jobs][:3] == [(20, 0.5), (20, 1.0), (21, 0.5)]
    parts = [shard_of(jobs, f"{i}/4") for i in (1, 2, 3, 4)]
    assert [part.count for part in parts] == [len(list(part)) for part in parts] == [6, 6, 5, 5]
    together = sorted((p.n, p.noise) for part in parts for p in part)
    assert together == sorted((p.n, p.noise) for p in jobs)


def test_a_shard_of_a_huge_grid_is_made_without_the_others(example_setting):
    params = theory.load("theory", example_setting).Params
    noises = [1 + i / 400 for i in range(400)]
    jobs = Grid(params, {"n": range(100, 500), "d": [*range(1, 99)] * 4, "noise": noises})
    assert jobs.count == 400 * 392 * 400
    with pytest.raises(ValueError, match=r"part them with --shard i/N, N at least 7"):
        jobs.check()
    part = shard_of(jobs, f"1/{10 * 392 * 400}")
    assert part.count == 40
    part.check()
    first, second = part[0], part[1]
    assert (first.n, first.d, first.noise, second.n) == (100, 1, 1, 110)


@pytest.mark.parametrize(
    "value", ["2020-01-01", "true", "'many'", "{a = 1}", "[[20]]", "nan", "-5"]
)
def test_what_is_no_number_of_the_axis_is_refused(command, tmp_path, capsys, value):
    grid_file = tmp_path / "grid.toml"
    grid_file.write_text(f"n = [{value}]\n")
    assert command("--grid", str(grid_file)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
