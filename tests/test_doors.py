"""A newcomer's commands: a setting from the template, a name's place, the kinds, one console."""

import io
import re
import sys

import pytest
from rich.console import Console

import theory
from paper_figures.__main__ import main as figures
from sims.__main__ import console
from sims.__main__ import main as sims_main
from theory.__main__ import main


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of one's own with a new setting; it stays known, so no page may use its name."""
    folder = tmp_path_factory.mktemp("mine")
    assert main(["new", "rough_mean", "--folder", str(folder)]) == 0
    theory.add_settings_folder(folder)
    return folder


def test_a_new_setting_has_three_kinds_of_claims_proofs_and_a_figure(made, tmp_path, capsys):
    assert len(list(made.rglob("*rough_mean.py"))) == 5
    known = ["rough_mean", "--settings", str(made), "--out", str(tmp_path)]
    assert sims_main(["verify", *known, "--no-store", "--claim", "risk"]) == 0
    shown = capsys.readouterr().out
    assert "1 of 1 rows as expected" in shown
    assert not [name for name in theory.settings() if name in shown and name != "rough_mean"]
    kinds = {claim.kind for claim in theory.claims_of("rough_mean")}
    assert kinds == {"Equals", "Identity", "Ordering"}
    assert figures([*known, "--list"]) == 0
    assert "errors_against_labels" in capsys.readouterr().out


def test_its_own_tests_pass(made):
    """Every claim holds, every twin falls, every step is proved; in the package the suite over all
    settings tests that too."""
    space: dict = {"__file__": str(made / "tests" / "test_rough_mean.py"), "__name__": "own"}
    exec((made / "tests" / "test_rough_mean.py").read_text(), space)
    for name in [name for name in space if name.startswith("test_")]:
        space[name]()


def test_a_new_setting_overwrites_nothing_and_takes_no_known_name(made, tmp_path, capsys):
    text = made / "theory" / "rough_mean.py"
    text.write_text(before := text.read_text() + "# mine\n")
    other = tmp_path / "other"
    for words, why in (
        (["rough_mean", "--folder", str(made)], "is taken"),
        (["xor_cluster", "--folder", str(other)], "'xor_cluster' is taken"),
        (["kinds", "--folder", str(other)], "'kinds' is taken"),
        (["My-Setting", "--folder", str(other)], "is not snake_case"),
        (["class", "--folder", str(other)], "is not snake_case"),
    ):
        assert main(["new", *words]) == 2
        assert why in capsys.readouterr().err
    assert text.read_text() == before
    assert not other.exists()
    for name in ("sims", "tests"):  # a file of another's that would be in the way
        (other / name).mkdir(parents=True)
    (other / "tests" / "test_fresh.py").write_text("mine")
    assert main(["new", "fresh", "--folder", str(other)]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert not (other / "theory").exists()


def test_a_name_is_found_where_it_stands(capsys):
    wanted = (
        ("head_error", "theory/off_the_shelf_features.py", "claim"),
        ("raw_wins_below_the_root", "theory/off_the_shelf_features.py", "claim"),
        ("variance_of_retrieval", "proofs_check/off_the_shelf_features.py", "proof"),
        ("learning_curves", "paper_figures/off_the_shelf_features.py", "figure"),
        ("raw_error", "sims/off_the_shelf_features.py", "observable"),
        ("normal_cdf", "theory/_", "word of theory"),
    )
    assert main(["where", *(name for name, _, _ in wanted)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, file, what in wanted:
        assert any(file in line and f"  {what}" in line for line in lines), name
    assert main(["where", "head_eror"]) == 2
    assert "the nearest: head_error" in capsys.readouterr().err


def test_the_ten_kinds_are_those_that_the_verdicts_know(capsys):
    assert main(["kinds"]) == 0
    shown = capsys.readouterr().out
    words = {line.split()[0] for line in shown.splitlines()}
    assert words == {kind.__name__ for kind in theory.KINDS_OF_CLAIM}
    assert len(words) == 10


@pytest.mark.parametrize(
    ("words", "status", "shown"),
    [
        (["theory", "kinds"], 0, "Identity"),
        (["sims", "list"], 0, "xor_cluster"),
        (["proofs", "--list", "off_the_shelf_features"], 0, "crossing_grows_in_rho"),
        (["figures", "--list", "off_the_shelf_features"], 0, "learning_curves"),
        (["--help"], 0, "theory"),
        ([], 2, "usage"),
        (["sim"], 2, "usage"),
    ],
)
def test_one_console_has_the_four_commands(words, status, shown, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["overfit-theory", *words])
    assert console() == status
    said = capsys.readouterr()
    assert shown in (said.err if status else said.out)


def test_the_report_is_made_in_one_go_under_one_bar_with_an_estimate(monkeypatch, tmp_path, capsys):
    from paper_figures import _everything
    from theory._task_progress import open_whole

    called, shares = [], []

    def stand_in(package, status):
        def run(words):
            called.append((package, words))
            whole = open_whole()
            shares.append((whole, whole.done / whole.total))
            return status

        return run

    for package, status in (("sims", 3), ("proofs_check", 0), ("paper_figures", 1)):
        monkeypatch.setattr(sys.modules[f"{package}.__main__"], "main", stand_in(package, status))
    words = ["off_the_shelf_features", "--out", str(tmp_path)]
    assert _everything.main(words) == 3
    assert called == [
        ("sims", ["verify", *words]), ("proofs_check", words),
        ("paper_figures", [*words, "--no-report"]), ("paper_figures", [*words, "--report"]),
    ]  # fmt: skip
    (whole,) = {whole for whole, _ in shares}  # one for all four
    assert [share for _, share in shares] == sorted(share for _, share in shares)
    assert shares[0][1] == 0
    assert whole.done == whole.total
    said = capsys.readouterr().out
    assert re.match(r"1 setting: about \d+ s on two cores", said)
    assert "\nproofs" in said
    assert open_whole() is None
    assert _everything.main(["off_the_shelf_featurs"]) == 2
    assert "did you mean off_the_shelf_features" in capsys.readouterr().err


def test_the_time_left_follows_the_pace_that_was_seen(monkeypatch, capsys):
    from theory import _task_progress
    from theory._task_progress import Whole, shown_tasks, spoken
    from theory._tasks import Task

    now = [0.0]
    monkeypatch.setattr(_task_progress.time, "monotonic", lambda: now[0])
    whole = Whole({"claims": 300.0, "figures": 100.0})
    assert whole.left() == 400  # what was expected

    def work(say, seconds):
        now[0] += seconds
        say("trials", 7, 8)

    tasks = [Task(name, name, (2 * s,), s) for name, s in (("a", 200.0), ("b", 100.0))]
    with whole.step("claims"):
        seen = [(whole.done, seconds) for _, seconds in shown_tasks(tasks, work, 1, "settings")]
    assert seen == [(200, 400), (300, 200)]  # a task counts what it was expected to take
    assert whole.left() == pytest.approx(100 * (60 + 600) / (60 + 300))  # all took twice as long
    said = capsys.readouterr().err.splitlines()
    # what runs counts as on time until it should have ended
    assert said[0] == "[50%, 7 min, about 3 min left] a: trials 7 of 8"
    assert said[1] == "[75%, 10 min, about 3 min left] b: trials 7 of 8"
    with whole.step("figures"):
        pass
    assert whole.left() == 0
    assert [spoken(s) for s in (9, 119, 121, 7300)] == ["9 s", "119 s", "2 min", "2.0 h"]


def test_what_is_printed_between_two_displays_of_the_bars_stays():
    from theory._task_progress import Whole

    shown = io.StringIO()
    whole = Whole({"claims": 3.0}, Console(file=shown, force_terminal=True, width=80))
    with whole.step("claims"), whole.bars:
        for name in ("a", "b", "c"):
            whole.begin(name, name, 1.0)
        whole.bars.refresh()
        with whole.aside():
            shown.write("a table")
        whole.bars.refresh()
    first = shown.getvalue().partition("a table")[2].partition("about")[0]
    assert "\x1b[1A" not in first  # no line is climbed to and erased before the bars stand again
