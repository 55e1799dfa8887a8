"""Claims and a trial from a notebook's cell: verified without files, shown as a table, kept."""

import dataclasses
import sys
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import sims
from paper_figures import show
from sims import Ledger, simulation, verify
from sims._advice import advice
from sims._progress import showing_progress
from theory import Claims, Ge, Le, Static, Twin, parameters


@parameters("notebook_mean")
class Params:
    """Size."""

    n: Annotated[int, Ge(2), Le(100), Static] = 10


claim = Claims()
AT = Params()


@claim.equals("square", at=AT, within=0.03, variance=lambda p: 2 / p.n**2,
              twin=Twin("no factor 1/n", power=0))  # fmt: skip
def mean_square(p, *, power=1):
    """E[mean^2] = 1/n."""
    return 1 / p.n**power


@simulation(width=64)
def trial(key, p):
    """The mean of n normals."""
    return {"square": jnp.mean(jax.random.normal(key, (p.n,))) ** 2}


def test_claims_and_a_trial_verify_without_files():
    ledger = verify(claim, trial)
    assert isinstance(ledger, Ledger)
    assert ledger.ok
    assert [row.claim for row in ledger] == ["mean_square"]
    assert "1 of 1 rows as expected" in repr(ledger)
    table = ledger._repr_html_()
    assert table.count("<tr") == 2
    assert "HOLDS" in table
    plain = verify(mean_square, trial.trial)  # a formula and a bare function
    assert (plain[0].estimate, plain[0].trials) == (ledger[0].estimate, ledger[0].trials)


def test_what_is_given_amiss_is_said():
    with pytest.raises(ValueError, match="needs a trial of mode 'default' \\(none was given\\)"):
        verify(claim)
    with pytest.raises(TypeError, match="a setting's name or claims, not int"):
        verify([3])
    with pytest.raises(ValueError, match="there is no claim"):
        verify(Claims(), trial)


def test_a_wrong_claim_says_what_to_look_at():
    wrong = Claims()
    wrong.equals(
        "square", name="no_square", says="E[mean^2] = 1", formula=lambda p: 1.0, at=AT,
        within=0.03, variance=0.1, twin=Twin("1/n", prediction=lambda p: 1 / p.n),
    )  # fmt: skip
    (row,) = ledger = verify(wrong, trial, store=False)
    assert not ledger.ok
    text = advice(row)
    assert "tolerances apart (ratio 0.1" in text
    assert "its twin holds instead: 1/n" in text
    assert text in repr(ledger)
    assert "font-weight" in ledger._repr_html_()


def test_an_undecided_claim_says_how_many_trials_would_do():
    (row,) = verify(claim, trial)
    seen = dataclasses.replace(
        row, verdict="UNDECIDED", trials=1000, estimate=0.11, interval=(0.05, 0.17)
    )
    # the band of half-width .03 about .1 leaves .02 where the interval has .06
    assert "about 9e+03 would: trials=2250 allows 8 times that" in advice(seen)
    outside = dataclasses.replace(seen, estimate=0.14)
    assert "give it more (trials=)" in advice(outside)


def test_a_twin_that_came_nearer_is_named():
    wrong = Claims()
    wrong.equals(
        "square", name="half_square", says="E[mean^2] = 1/2", formula=lambda p: 0.5, at=AT,
        within=0.03, variance=0.1, twin=Twin("1/4", prediction=lambda p: 0.25),
    )  # fmt: skip
    (row,) = verify(wrong, trial, store=False)
    assert row.verdict == row.twin_verdict == "REFUTED"
    assert "its twin (1/4: 0.25) came nearer" in advice(row)


def test_an_interrupted_verification_gives_the_rows_so_far_and_goes_on(monkeypatch, tmp_path):
    more = Claims()
    for n in (10, 11):
        more.equals("square", name=f"square_{n}", says="E[mean^2] = 1/n", at=Params(n=n),
                    formula=lambda p: 1 / p.n, within=0.03, variance=lambda p: 2 / p.n**2,
                    twin=Twin("1", prediction=1.0))  # fmt: skip
    extend = sims.Run.extend
    pressed = []

    def stopped(run, trials):
        if run.params.n == 11 and not pressed:
            pressed.append(True)
            raise KeyboardInterrupt
        return extend(run, trials)

    monkeypatch.setattr(sims.Run, "extend", stopped)
    first = verify(more, trial, store=tmp_path)
    assert first.interrupted
    assert not first.ok
    assert [row.claim for row in first] == ["square_10"]
    assert "goes on where this one stopped" in repr(first)
    again = verify(more, trial, store=tmp_path)
    assert again.ok
    assert [row.claim for row in again] == ["square_10", "square_11"]
    assert again[0].estimate == first[0].estimate


def test_rows_become_a_data_frame_where_pandas_is(monkeypatch):
    ledger = verify(claim, trial)

    class Pandas:
        DataFrame = list

    monkeypatch.setitem(sys.modules, "pandas", Pandas)
    (record,) = ledger.to_pandas()
    assert record["claim"] == "mean_square"
    assert record["ok"]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match="pip install pandas"):
        ledger.to_pandas()


def test_in_a_notebook_one_line_of_progress_is_written_over(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    moments = iter(range(10))
    monkeypatch.setattr("sims._progress.time.monotonic", lambda: next(moments))
    with showing_progress() as say:
        say("toy", 64, 128)
        say("toy", 128, 128)
    first, second, third, rest = capsys.readouterr().err.split("\r")
    assert (first, second) == ("toy: 64 of 128 trials", "toy: 128 of 128 trials")
    assert third == " " * len(second)
    assert not rest


def test_a_figure_function_is_shown_with_the_cells_own_trial():
    def against_n(ctx):
        fig, ax = ctx.panels()
        ctx.sweep(ax, AT, "n", np.arange(2, 9), lambda p: 1 / p.n, "square", at=(2, 4))
        return fig

    picture = show(against_n, trial)
    assert picture._repr_png_()[:4] == b"\x89PNG"
    assert len(repr(picture)) < 80  # a notebook stores it beside the picture
