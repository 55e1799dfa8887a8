"""A drawn figure leaves its data, its provenance and nothing else; the command line speaks."""

import importlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scipy import stats

import sims
from tests.figures.coins import page, parsed, rows_of


def test_each_figure_leaves_four_whole_files_and_nothing_else(out):
    names = {p.name for p in (out / "figures" / "bent_coin").iterdir()}
    endings = (".pdf", ".png", ".csv", ".json")
    assert names == {f"{stem}{end}" for stem in ("figure_1", "figure_2") for end in endings}
    pdf = (out / "figures/bent_coin/figure_1.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/FontFile2" in pdf  # TrueType outlines are embedded
    assert b"CreationDate" not in pdf
    png = (out / "figures/bent_coin/figure_1.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert png.endswith(b"IEND\xaeB`\x82")


def test_data_hold_theory_and_simulation_with_intervals_and_residuals(out):
    params = importlib.import_module("theory.bent_coin").Params
    rows = rows_of(out / "figures/bent_coin/figure_1.csv")
    for panel, what in (("a", "share"), ("b", "first")):
        own = [r for r in rows if r["panel"] == panel]
        lines = [(float(r["x"]), float(r["y"])) for r in own if r["kind"] == "theory"]
        assert lines == [(0.25, 0.25), (0.5, 0.5), (0.75, 0.75)]
        points = [r for r in own if r["kind"] == "simulation"]
        assert [float(r["x"]) for r in points] == [0.25, 0.5, 0.75]
        for r in points:
            p = float(r["x"])
            x = sims.simulate("bent_coin", params(p=p), trials=64)[what]
            assert float(r["y"]) == pytest.approx(x.mean(), rel=1e-12)
            if what == "share":
                error = stats.sem(x)
                low, high = stats.t.interval(0.95, 63, x.mean(), error)
            else:  # zeros and ones
                error = math.sqrt(p * (1 - p) / 64)
                ci = stats.binomtest(int(x.sum()), 64).proportion_ci(0.95, method="wilson")
                low, high = ci.low, ci.high
            assert float(r["standard_error"]) == pytest.approx(error, rel=1e-9)
            assert (float(r["low"]), float(r["high"])) == pytest.approx((low, high), rel=1e-9)
            assert float(r["residual"]) == pytest.approx((x.mean() - p) / error, rel=1e-9)
    tables = [(r["series"], r["word"], r["value"]) for r in rows if r["kind"] == "table"]
    assert tables == [("notes", "a", "1.5"), ("notes", "b", "1.5")]


def test_provenance_is_complete_and_enough_to_simulate_again(out):
    told = json.loads((out / "figures/bent_coin/figure_1.json").read_text())
    assert told["setting"] == "bent_coin"
    assert told["figure"] == "figure_1"
    assert told["source"] == "Figure 1 (left)"
    assert told["caption"] == "Shares <agree>."
    assert (told["scale"], told["seed"], told["trials"]) == ("quick", 0, 3 * 64)
    assert told["seconds"] > 0
    for name in ("python", "overfit-theory", "jax", "jaxlib", "numpy", "matplotlib"):
        assert told["versions"][name]
    assert told["platform"]["backend"]
    if (Path(sims.__file__).parent.parent / ".git").exists():
        assert re.fullmatch(r"[0-9a-f]{40}", told["git"]["commit"])
    drawn = [float(r["y"]) for r in rows_of(out / "figures/bent_coin/figure_1.csv")
             if r["panel"] == "a" and r["kind"] == "simulation"]  # fmt: skip
    params = importlib.import_module("theory.bent_coin").Params
    for run, y in zip(told["simulations"], drawn, strict=True):
        assert len(run["key"]) == 2
        how = {word: run[word] for word in ("mode", "trials", "seed", "stream")}
        again = sims.simulate(run["setting"], params(**run["params"]), **how)
        assert again["share"].mean() == pytest.approx(y, rel=1e-12)


def test_the_same_inputs_give_the_same_bytes_in_other_processes(folder, out, tmp_path):
    command = [sys.executable, "-m", "paper_figures", "bent_coin", "--jobs", "2", "--pdf",
               "--scale", "quick", "--out", str(tmp_path), "--settings", str(folder)]  # fmt: skip
    # another hash seed: sets of strings come in another order, and must not show
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "about 2 s" in done.stdout  # the cost is said beforehand
    for figure_ in ("figure_1", "figure_2"):
        for ending in (".png", ".csv", ".pdf"):
            name = f"figures/bent_coin/{figure_}{ending}"
            assert (tmp_path / name).read_bytes() == (out / name).read_bytes(), name


def test_another_seed_gives_other_numbers(command, out, tmp_path):
    words = ("bent_coin", "--figure", "figure_1", "--scale", "quick", "--seed", "5")
    shutil.copytree(out / "figures", tmp_path / "figures")
    assert command(*words, "--out", tmp_path) == 0
    assert not (tmp_path / "figures/bent_coin/figure_1.pdf").exists()  # it would be the old one
    name = "figures/bent_coin/figure_1.csv"
    assert (tmp_path / name).read_bytes() != (out / name).read_bytes()


def test_a_failing_figure_loses_neither_the_others_nor_its_earlier_files(
    command, out, tmp_path, capsys
):
    shutil.copytree(out, tmp_path / "out")
    place = tmp_path / "out"
    before = (place / "figures/bent_coin/figure_2.png").read_bytes()
    (place / "figures/bent_coin/figure_1.json").unlink()
    assert command("bent_coin", "--out", place) == 1  # figure_2 fails at the default scale
    assert "bent_coin/figure_2: RuntimeError: no <ink>" in capsys.readouterr().out
    assert json.loads((place / "figures/bent_coin/figure_1.json").read_text())["scale"] == "default"
    assert (place / "figures/bent_coin/figure_2.png").read_bytes() == before
    assert "failed in the last run: RuntimeError: no &lt;ink&gt;" in page(place)
    parsed(page(place))


def test_a_setting_of_two_files_is_verified_and_drawn_without_a_figure_file(out):
    told = json.loads((out / "figures/plain_coin/ledger.json").read_text())
    assert "tolerance" in told["caption"]
    rows = rows_of(out / "figures/plain_coin/ledger.csv")
    assert [r["claim"] for r in rows] == ["share_is_p", "share_is_p", "share_is_half"]
    assert [r["verdict"] for r in rows] == ["HOLDS", "HOLDS", "REFUTED"]
    for r in rows:
        scaled = (float(r["estimate"]) - float(r["prediction"])) / 0.05
        assert float(r["y"]) == pytest.approx(scaled, rel=1e-9)
    assert all(-1 <= float(r["low"]) <= float(r["high"]) <= 1 for r in rows[:2])
    assert float(rows[2]["high"]) < -1  # 1/4 lies under 1/2, by five tolerances
    stored = json.loads((out / "ledger.json").read_text())
    assert {row["setting"] for row in stored} == {"plain_coin"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("bend_coin",), "did you mean bent_coin"),
        (("bent_coin", "--figure", "figure_7"), "known: figure_1, figure_2"),
        (("bent_coin", "--scale", "huge"), "invalid choice"),
        (("--frobnicate",), "unrecognized"),
        (("--settings", "/nowhere/at/all"), "there is no folder"),
    ],
)
def test_wrong_words_on_the_command_line_are_usage_errors(command, words, says, capsys, tmp_path):
    assert command(*words, "--out", tmp_path) == 2
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_listing_names_figures_and_costs_and_draws_nothing(command, tmp_path, capsys):
    assert command("bent_coin", "--list", "--out", tmp_path) == 0
    shown = capsys.readouterr().out
    assert "figure_2" in shown
    assert "300" in shown
    assert not list(tmp_path.iterdir())


def test_the_page_alone_can_be_written_anew(command, out, tmp_path):
    shutil.copytree(out / "figures", tmp_path / "figures")
    assert command("bent_coin", "--report", "--out", tmp_path) == 0
    assert page(tmp_path).count("<figure ") == page(out).count("<figure ")
