"""verify: every kind of claim on known truth; claims share runs; the ledger and the commands."""

import csv
import dataclasses
import json
import math
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

import theory
from proofs_check._record import read_record
from sims import Row, SupportError, decisions, plan, verify
from sims.__main__ import main
from sims._ledger import exit_status, read_ledger, write_ledger
from sims._outcome import Outcome
from sims._row import row_of
from theory import (
    AtLeast, AtMost, Equals, Ge, Law, Le, Ordering, PerTrial, Twin, Verdict, parameters,
)  # fmt: skip


@parameters("known_truth")
class Params:
    """A uniform observable on [0, width]."""

    width: Annotated[float, Ge(0.1), Le(4.0)] = 1.0


def trial(key, params):
    u = params.width * jax.random.uniform(key, (2,))
    return {"u": u[0], "pair": u, "largest": u.max(), "residual": u[0] + u[1] - u.sum()}


BASE = {"source": "known", "statement": "known", "cases": (Params(),), "planned_trials": 400}
KNOWN = (
    Equals(name="mean", observable="u", prediction=lambda p: p.width / 2, tolerance=0.05,
           tolerance_reason="asked for", support=(0.0, lambda p: p.width),
           twin=Twin("the end, not the middle", prediction=lambda p: p.width), **BASE),
    Equals(name="mean_of_second", observable="pair[1]", prediction=0.5, tolerance=0.05,
           tolerance_reason="asked for", support=(0.0, 1.0),
           twin=Twin("largest of two", observable="largest"), **BASE),
    Equals(name="asymptotic_mean", observable="u", prediction=0.5, tolerance=0.06,
           tolerance_reason="asked for", skewness=0.0, twin=Twin("2/3", prediction=2 / 3), **BASE),
    Equals(name="median", observable="largest", prediction=0.5**0.5, tolerance=0.06,
           tolerance_reason="asked for", statistic="median",
           twin=Twin("1/2", prediction=0.5), **BASE),
    AtMost(name="at_most", observable="largest", bound=0.99, delta=0.05,
           twin=Twin("bound 0.9", bound=0.9), **BASE),
    AtLeast(name="at_least", observable="largest", bound=0.1, delta=0.05,
            twin=Twin("bound 1/2", bound=0.5), **BASE),
    Law(name="law", observable="largest", cdf=lambda p, x: (x / p.width) ** 2, width=0.08,
        width_reason="asked for", twin=Twin("law of one", cdf=lambda p, x: x / p.width),
        **BASE | {"planned_trials": 3000}),
    Ordering(name="ordering", observable="largest", below="u", support=(-1.0, 1.0),
             twin=Twin("reversed", observable="u", below="largest"), **BASE),
    PerTrial(name="per_trial", observable="residual", bound=1e-15,
             twin=Twin("the sum is at most 1", observable="largest"), **BASE),
    Equals(name="false_statement", observable="u", prediction=0.7, tolerance=0.05,
           tolerance_reason="asked for", support=(0.0, 1.0), twin=None, expected=Verdict.REFUTED,
           repaired_by="mean", **BASE),
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def known_truth():
    """A setting made of two modules in memory, as an installed package would bring it."""
    modules = {
        f"{kind}.known_truth": ModuleType(f"{kind}.known_truth") for kind in ("theory", "sims")
    }
    modules["theory.known_truth"].__dict__.update(Params=Params, CLAIMS=KNOWN)
    modules["sims.known_truth"].__dict__.update(trial=trial)
    sys.modules.update(modules)
    patch = pytest.MonkeyPatch()
    settings = theory.settings
    patch.setattr("theory._discovery.settings", lambda: [*settings(), "known_truth"])
    yield
    patch.undo()
    for name in modules:
        del sys.modules[name]


@pytest.fixture(scope="module")
def ledger(known_truth) -> list[Row]:
    return verify("known_truth")


def test_every_kind_of_claim_comes_out_as_it_should(ledger):
    assert [(r.claim, r.verdict) for r in ledger if not r.ok] == []
    assert {r.kind for r in ledger} >= {"Equals", "AtMost", "AtLeast", "Law", "Ordering"}


def test_estimates_lie_in_their_intervals_and_intervals_hold_the_truth(ledger):
    truth = {"mean": 0.5, "mean_of_second": 0.5, "asymptotic_mean": 0.5, "median": 0.5**0.5,
             "at_most": 1 - 0.99**2, "at_least": 0.01, "ordering": 2 / 3 - 1 / 2}  # fmt: skip
    for row in ledger:
        if row.claim in truth:
            low, high = row.interval
            assert low <= row.estimate <= high
            assert low <= truth[row.claim] <= high, row.claim


def test_a_verdict_depends_on_nothing_else_that_runs(ledger):
    alone = verify("known_truth", ["mean"], chunk_blocks=1)[0]
    together = next(r for r in ledger if r.claim == "mean")
    assert dataclasses.replace(alone, seconds=0.0) == dataclasses.replace(together, seconds=0.0)
    other_seed = verify("known_truth", ["mean"], seed=1)[0]
    assert other_seed.estimate != alone.estimate


def test_a_true_statement_expected_to_fail_is_not_ok():
    claim = dataclasses.replace(KNOWN[0], expected=Verdict.REFUTED)
    row = row_of(claim, "s", 0, "", Outcome(Verdict.HOLDS), None, 0.0)
    assert not row.ok
    assert exit_status([row]) == 1


def test_too_small_a_budget_is_undecided_not_passed(monkeypatch):
    starved = dataclasses.replace(KNOWN[0], tolerance=1e-4, max_trials=128)
    monkeypatch.setattr(sys.modules["theory.known_truth"], "CLAIMS", (starved,))
    (row,) = verify("known_truth")
    assert (row.verdict, row.ok) == ("UNDECIDED", False)
    assert exit_status([row]) == 3


def test_a_wrong_support_stops_with_the_claims_name(monkeypatch):
    wrong = dataclasses.replace(KNOWN[0], support=(0.0, 0.5))
    monkeypatch.setattr(sys.modules["theory.known_truth"], "CLAIMS", (wrong,))
    with pytest.raises(SupportError, match=r"mean at width=1: observation \d+ is 0\.\d+, outside"):
        verify("known_truth")


@pytest.mark.parametrize(
    ("observable", "message"),
    [("nothing", "returns no observable 'nothing'"), ("pair", "has shape"),
     ("pair[7]", "outside shape")],
)  # fmt: skip
def test_an_observable_that_is_not_there_is_named(monkeypatch, observable, message):
    wrong = dataclasses.replace(KNOWN[0], observable=observable)
    monkeypatch.setattr(sys.modules["theory.known_truth"], "CLAIMS", (wrong,))
    with pytest.raises(ValueError, match=message):
        verify("known_truth")


def test_unknown_claims_and_settings_are_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no claim 'men' \(known: mean,"):
        verify("known_truth", ["men"])
    with pytest.raises(ValueError, match="did you mean known_truth"):
        verify("known_truht")


def test_the_plan_says_what_is_shared_and_runs_nothing():
    plans = plan("known_truth")
    assert len(plans) == 1, "all claims share one run"
    assert set(plans[0].claims) == {c.name for c in KNOWN}
    assert plans[0].trials == 3000


def test_a_twin_with_cases_of_its_own_is_tested_there(monkeypatch):
    """Half the width is the mean at every width: stated at another case, the twin is true."""
    true_there = Twin("at another width", cases=(Params(width=2.0),), prediction=lambda p: 1.0)
    false_there = Twin("at another width", cases=(Params(width=2.0),), prediction=lambda p: 0.5)
    for twin, verdict in ((true_there, "HOLDS"), (false_there, "REFUTED")):
        claim = dataclasses.replace(KNOWN[0], twin=twin, support=(0.0, 4.0), max_trials=2**16)
        monkeypatch.setattr(sys.modules["theory.known_truth"], "CLAIMS", (claim,))
        (row,) = verify("known_truth")
        assert (row.verdict, row.twin_verdict) == ("HOLDS", verdict)
        assert row.ok == (verdict == "REFUTED")


def test_a_reading_of_the_run_is_judged_like_an_observable(monkeypatch):
    read = dataclasses.replace(KNOWN[0], observable=lambda run, p: run["pair"][:, 0])
    assert np.array_equal(
        [r.estimate for r in verify("known_truth", ["mean"])],
        [r.estimate for r in _only(monkeypatch, read)],
    )
    for wrong, text in (
        (lambda run, p: run["pair"], "not one number a trial"),
        (lambda run, p: run["u"] * 1j, "is complex"),
        (lambda run, p: run["other"], "returns no observable 'other'"),
    ):
        with pytest.raises(ValueError, match=text):
            _only(monkeypatch, dataclasses.replace(KNOWN[0], observable=wrong))


def _only(monkeypatch, claim):
    monkeypatch.setattr(sys.modules["theory.known_truth"], "CLAIMS", (claim,))
    return verify("known_truth")


@pytest.mark.parametrize("name", ["prediction", "tolerance"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_is_not_finite_at_a_case_decides_nothing(monkeypatch, name, value):
    (row,) = _only(monkeypatch, dataclasses.replace(KNOWN[0], **{name: lambda p: value}))
    assert (row.verdict, row.twin_verdict, row.ok) == ("UNDECIDED", row.twin_verdict, False)
    assert f"{name} is {value} at width=1" in row.detail


def test_a_setting_without_claims_is_refused(monkeypatch):
    monkeypatch.setattr(sys.modules["theory.known_truth"], "CLAIMS", ())
    with pytest.raises(ValueError, match="known_truth has no claims"):
        verify("known_truth")


def test_the_ledger_keeps_other_settings_and_is_valid_json(ledger, tmp_path):
    other = [dataclasses.replace(ledger[0], setting="aaa")]
    write_ledger(other, tmp_path)
    write_ledger(ledger, tmp_path)
    stored = read_ledger(tmp_path / "ledger.json")
    assert {r["setting"] for r in stored} == {"aaa", "known_truth"}
    assert len(stored) == len(ledger) + 1
    needed = {"claim", "setting", "kind", "source", "verdict", "expected", "twin_verdict",
              "estimate", "interval", "prediction", "trials", "seconds"}  # fmt: skip
    assert all(needed <= r.keys() for r in stored)
    with (tmp_path / "ledger.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(stored)
    json.loads((tmp_path / "ledger.json").read_text(), parse_constant=pytest.fail)


def test_a_foreign_file_is_not_overwritten(ledger, tmp_path):
    path = tmp_path / "ledger.json"
    path.write_text("my notes")
    with pytest.raises(ValueError, match="is not a ledger"):
        write_ledger(ledger, tmp_path)
    assert path.read_text() == "my notes"


@pytest.mark.parametrize("read", [read_ledger, read_record])
def test_a_table_that_is_no_file_is_refused_and_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "table.json")
    with pytest.raises(ValueError, match="no regular file"):
        read(tmp_path / "table.json")


def test_decisions_count_claims_and_twins(ledger):
    simulated = sum(1 for c in KNOWN)
    twins = sum(1 for c in KNOWN if c.twin)
    assert decisions(ledger) == simulated + twins


def test_commands_answer_with_their_exit_status(example_setting, tmp_path, capsys):
    out = str(tmp_path)
    assert main(["list"]) == 0
    assert example_setting in capsys.readouterr().out
    assert main(["verify", example_setting, "--out", out]) == 0
    assert "3 of 3 rows as expected" in capsys.readouterr().out
    assert (tmp_path / "ledger.json").exists()
    assert main(["verify", example_setting, "--plan"]) == 0
    assert main(["verify", "no_such_setting"]) == 2
    assert "there is no setting 'no_such_setting'" in capsys.readouterr().err


def test_run_takes_flags_from_the_params_and_checks_their_ranges(example_setting, tmp_path, capsys):
    saved = tmp_path / "x.npz"
    assert main(["run", example_setting, "--n", "20", "--d", "5", "--trials", "50", "--save",
                 str(saved)]) == 0  # fmt: skip
    assert "training_error" in capsys.readouterr().out
    assert np.load(saved)["training_error"].shape == (50,)
    assert main(["run", example_setting, "--noise", "-1"]) == 2
    assert "least_squares: noise = -1.0 is outside [0.01, 10]" in capsys.readouterr().err
    assert main(["run", example_setting, "--n", "5", "--d", "9"]) == 2
    assert "d = 9 is not below n = 5" in capsys.readouterr().err
    assert main(["run", example_setting, "--mode", "other"]) == 2
    again = tmp_path / "again.npz"
    assert main(["run", example_setting, "--n", "20", "--d", "5", "--trials", "50", "--block", "7",
                 "--no-store", "--save", str(again)]) == 0  # fmt: skip
    np.testing.assert_allclose(*(np.load(path)["training_error"] for path in (saved, again)))
    assert main(["run", example_setting, "--block", "0"]) == 2
    assert "argument --block: '0' is outside 1 to" in capsys.readouterr().err


def test_the_readme_shows_a_claim_of_the_example_that_the_tests_run():
    readme = Path(__file__).parents[1].joinpath("README.md").read_text()
    shown = readme.partition("```py\n")[2].partition("```")[0]
    path = Path(__file__).parent / "example" / "theory" / "least_squares.py"
    assert len(shown) > 400
    assert shown.strip() in path.read_text(), f"{path.name} differs from the README"


def test_jnp_and_scipy_agree_on_the_example_prediction(example_setting):
    module = theory.load("theory", example_setting)
    p = module.Params(n=100, d=30, noise=2.0)
    # chi-square with 70 degrees of freedom, by its own mean
    mean = 2 * special.gamma(36.0) / special.gamma(35.0)
    assert float(jnp.asarray(module.training_error_mean(p))) == pytest.approx(4.0 * mean / 100)
