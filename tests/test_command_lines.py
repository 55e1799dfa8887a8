"""Bad command lines of every command end with status 2 and one line; good ones are answered."""

import contextlib
import io
from pathlib import Path

import pytest

import paper_figures.__main__
import proofs_check.__main__
import sims.__main__
import theory.__main__

MAINS = {
    "theory": theory.__main__.main,
    "sims": sims.__main__.main,
    "proofs_check": proofs_check.__main__.main,
    "paper_figures": paper_figures.__main__.main,
}


@pytest.fixture
def folder(example_setting, tmp_path, monkeypatch) -> Path:
    """A working folder with a file, a folder, and files that are not what they should be."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("text")
    (tmp_path / "empty.toml").write_text("")
    (tmp_path / "date.toml").write_text("n = [2020-01-01]\n")
    (tmp_path / "table.toml").write_text("[n]\na = 1\n")
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    (tmp_path / "directory").mkdir()
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "ledger.json").write_text('[{"claim": "a", "setting": "b", "verdict": "HOLDS"}]')
    (bad / "proofs.json").write_text('[{"setting": 1, "name": "b"}]')
    return tmp_path


def answer(words: list[str]) -> tuple[int, str, str]:
    """Status, standard output and standard error of a command line, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = MAINS[words[0]](words[1:])
    return status, out.getvalue(), err.getvalue()


def refused(words: list[str]) -> None:
    status, _, err = answer(words)
    assert status == 2, (words, status, err)
    assert len(err.splitlines()) == 1, (words, err)
    assert err.startswith(f"python -m {words[0]}"), (words, err)


RUN, SWEEP, VERIFY = "sims run least_squares", "sims sweep least_squares", "sims verify"
POWERLAW = "theory random_features --powerlaw 1.5 1.8"
COUNTS = "theory pac_bayes_prompts --errors 3 --n 100 --nats 5"

BAD = f"""
sims
sims no_such_command
sims list more
sims list --settings
sims list --settings ''
sims list --settings /no/such/folder
sims list --settings file
sims list --settings ~no_such_user/x
sims run
sims run no_such_setting
sims run least_square
sims run ''
{RUN} --no-such-flag
{RUN} --n
{RUN} --n x
{RUN} --n 1.5
{RUN} --n 1e2
{RUN} --n nan
{RUN} --n 0
{RUN} --n 5 --d 9
{RUN} --n {"9" * 5000}
{RUN} --noise nan
{RUN} --noise inf
{RUN} --noise -1e-5
{RUN} --noise 1e400
{RUN} --noise [/b]
{RUN} --mode other
{RUN} --mode ''
{RUN} --trials 0
{RUN} --trials -1
{RUN} --trials {2**32 + 1}
{RUN} --trials many
{RUN} --seed {2**63}
{RUN} --seed -{2**63 + 1}
{RUN} --seed 0.5
{RUN} --block 0
{RUN} --memory 0
{RUN} --memory nan
{RUN} --memory inf
{RUN} --memory 1e400G
{RUN} --memory 1e308T
{RUN} --memory -1G
{RUN} --memory 1X
{RUN} --memory G
{RUN} --memory 1
{RUN} --save ''
{RUN} --save directory
{RUN} --save /dev/null
{RUN} --save file/below.npz
{RUN} --save /proc/none.npz
{RUN} --store ''
{RUN} --store file
{RUN} --store file/below
{RUN} --store /proc/store
{RUN} 5
{SWEEP} --n
{SWEEP} --n 100 --d
{SWEEP} --n 5 20 --d 10
{SWEEP} --n 20 x
{SWEEP} --shard 0/2
{SWEEP} --shard 3/2
{SWEEP} --shard 1
{SWEEP} --shard a/b
{SWEEP} --shard ''
{SWEEP} --grid directory
{SWEEP} --grid no_such.toml
{SWEEP} --grid file
{SWEEP} --grid date.toml
{SWEEP} --grid table.toml
{SWEEP} --grid binary.toml
{SWEEP} --out file
{SWEEP} --out /dev/null
{SWEEP} --trials 0
{SWEEP} --mode other
{SWEEP} --no-store
{VERIFY} no_such_setting
{VERIFY} least_squares no_such_setting
{VERIFY} least_squares --claim no_such_claim
{VERIFY} least_squares --claim
{VERIFY} least_squares --out file
{VERIFY} least_squares --out file/below
{VERIFY} least_squares --out /dev/null
{VERIFY} least_squares --out bad
{VERIFY} least_squares --out ''
{VERIFY} least_squares --seed x
{VERIFY} least_squares --coordinator localhost:9911
{VERIFY} least_squares --processes 2
{VERIFY} least_squares --process-index 0
{VERIFY} least_squares --store file
sims cache --store file
sims cache --store ''
sims cache a b
proofs_check no_such_setting
proofs_check least_squares --no-such-flag
proofs_check least_squares --out file
proofs_check least_squares --out /dev/null
proofs_check least_squares --out bad
proofs_check least_squares --jobs 0
proofs_check --settings ''
paper_figures no_such_setting
paper_figures least_squares --scale huge
paper_figures least_squares --figure no_such_figure
paper_figures least_squares --seed {2**63}
paper_figures least_squares --seed x
paper_figures least_squares --out file
paper_figures least_squares --out /dev/null
paper_figures least_squares --out ''
paper_figures least_squares --report --out file
paper_figures least_squares --store file
paper_figures least_squares --jobs x
paper_figures --settings file
theory no_such_setting
theory least_squares
theory --no-such-flag
theory --settings '' xor_cluster
theory pac_bayes_prompts
theory pac_bayes_prompts --errors 3 --n 100
theory pac_bayes_prompts --errors 300 --n 100 --nats 5
theory pac_bayes_prompts --errors -1 --n 100 --nats 5
theory pac_bayes_prompts --errors 3 --n 0 --nats 5
theory pac_bayes_prompts --errors 3 --n {10**30} --nats 5
theory pac_bayes_prompts --errors 3 --n 100 --nats nan
theory pac_bayes_prompts --errors 3 --n 100 --nats -1
theory pac_bayes_prompts --errors 3 --n 100 --mcallester inf
theory pac_bayes_prompts --training-error 2 --n 100 --nats 5
theory pac_bayes_prompts --training-error nan --n 100 --nats 5
{COUNTS} --delta 0
{COUNTS} --delta 1.5
{COUNTS} --delta nan
{COUNTS} --catoni inf
{COUNTS} --catoni -1
{COUNTS} --half-sample inf 10 1
{COUNTS} --half-sample 1 10
{COUNTS} --half-sample 1.5 10 1
{COUNTS} --half-sample 20 10 1
{COUNTS} --held-out 20 10
{COUNTS} --uniform-nats nan
theory ntk_classifiers --eta 7
theory ntk_classifiers --eta nan
theory ntk_classifiers --dimension
theory ntk_classifiers --dimension 0
theory ntk_classifiers --dimension 1.5
theory ntk_classifiers --activation ''
theory ntk_classifiers --activation 'import os'
theory ntk_classifiers --activation 'os:system'
theory ntk_classifiers --activation '[/b]'
theory ntk_classifiers --activation no_such_module:f
theory ntk_classifiers --sine-root 0
theory ntk_classifiers --accuracy 5
theory random_features
{POWERLAW}
{POWERLAW} --n
{POWERLAW} --n x
{POWERLAW} --n nan
{POWERLAW} --n 0
{POWERLAW} --n -5
{POWERLAW} --n 1e-300
{POWERLAW} --n 10 --ridge -1
{POWERLAW} --n 10 --ridge nan
{POWERLAW} --n 10 --noise -1
{POWERLAW} --n 10 --noise inf
{POWERLAW} --n 10 --k 0
{POWERLAW} --n 10 --labels file
{POWERLAW} --n 10 --target file
theory random_features --powerlaw 1e9 1e9 --n 10
theory random_features --powerlaw 1 2 --n 10
theory random_features --powerlaw nan 2 --n 10
theory random_features --spectrum file --n 10
theory random_features --spectrum directory --n 10
theory random_features --spectrum no_such_file --n 10
theory random_features --kernel file --n 10
theory random_features --kernel file --labels file --n 10
theory sign_rip --no-such-flag
theory sign_rip --d 0
theory sign_rip --d 1.5
theory sign_rip --p nan
theory sign_rip --p 2
theory sign_rip --start nowhere
""".strip().splitlines()


def words_of(line: str) -> list[str]:
    return [word.strip("'") if word[:1] == "'" else word for word in _split(line)]


def _split(line: str) -> list[str]:
    """Words parted by blanks, quoted ones kept whole."""
    words, quoted = [], False
    for part in line.split(" "):
        if quoted:
            words[-1] += f" {part}"
        else:
            words.append(part)
        quoted = words[-1].count("'") % 2 == 1
    return words


@pytest.mark.parametrize("line", BAD, ids=lambda line: line[:70])
def test_a_bad_command_line_is_refused_in_one_line(folder, line):
    refused(words_of(line))
    left = {path.name for path in folder.iterdir()}
    assert not left & {"ledger.json", "report.html"}


# --------------------------------------------------------------------------------------------
# Every flag of every command with every kind of value

VALUES = (
    "", " ", "nan", "-nan", "inf", "-inf", "1e400", "-1e400", "0", "-0.0", "-1", "1e-300", "1e308",
    "9" * 400, "-" + "9" * 400, "1.5", "0x10", "\u0661", "\u0442\u0435\u0441\u0442", "[1]", "[/b]",
    "{}", "%s", "%(prog)s", "\x1b[31m", "a\nb", "--", "-", "/", "/dev/null", "/no/such/x",
    "directory", "file", "file/x", "a,b", "None", "True", "1,2", "2020-01-01", "\udcff",
    "\U0001f4a5", "x" * 5000, "../..", "~", "~no_such_user", "1/1", "1 2", "1e5", "+3", ".5", "1_0",
)  # fmt: skip
QUICK = "optimism_closes_the_gap"
BASES = {
    # what is right of the command, and flags whose values are tried
    "sims run least_squares --n 20 --d 5 --trials 8 --block 8 --no-store": (
        "--mode --trials --seed --memory --block --save --store --n --d --noise"),
    "sims sweep least_squares --n 20 --trials 8": (
        "--mode --trials --seed --memory --store --out --grid --shard --n --d --noise"),
    f"sims verify least_squares --claim {QUICK} --jobs 1": (
        "--claim --seed --memory --store --out --jobs --coordinator --processes --process-index"),
    "sims cache": "--store --settings",
    "sims list": "--settings --topic",
    f"sims show {QUICK}": "--settings",
    "proofs_check least_squares": "--out --jobs --settings",
    "paper_figures least_squares --list": "--seed --jobs --scale --figure --settings",
    "paper_figures least_squares --report": "--out",
    "theory pac_bayes_prompts --n 100 --errors 3 --nats 5": (
        "--n --errors --nats --delta --catoni --uniform-nats --held-out --half-sample"),
    "theory pac_bayes_prompts --n 100 --training-error .03 --mcallester .4": (
        "--n --training-error --mcallester --delta"),
    "theory random_features --powerlaw 1.5 1.8 --n 10": (
        "--n --k --ridge --noise --powerlaw --spectrum --kernel --labels --target --points"),
    "theory ntk_classifiers --activation tanh(x)": (
        "--activation --dimension --eta --sine-root --accuracy"),
}  # fmt: skip
POSITIONS = {
    "sims": ("run", "sweep", "verify", "cache"), "proofs_check": ("",), "paper_figures": ("",),
    "theory": ("",),
}  # fmt: skip


def sound(words: list[str]) -> int:
    """The status of a command line that is refused in one line, or answered without nonsense."""
    status, out, err = answer(words)
    assert status in (0, 1, 2, 3), (words, status, err)
    if status == 2:
        assert len(err.splitlines()) == 1, (words, err)
        assert err.startswith("python -m "), (words, err)
    else:
        assert "Traceback" not in err, (words, err)
        assert " nan " not in out, (words, out)
    return status


@pytest.mark.deep
@pytest.mark.parametrize(("base", "flags"), BASES.items(), ids=list(BASES))
def test_every_value_of_every_flag_is_refused_or_answered(folder, base, flags):
    statuses = [sound(base.split())]
    for flag in flags.split():
        for value in VALUES:
            statuses.append(sound([*base.split(), flag, value]))
            statuses.append(sound([*base.split(), f"{flag}={value}"]))
        statuses.append(sound([*base.split(), flag]))
        statuses.append(sound([*base.split(), flag, "1", "1", "1", "1"]))
    print(f"{base}: {len(statuses)} lines, {statuses.count(2)} refused")
    assert {0, 2} <= set(statuses)


@pytest.mark.deep
@pytest.mark.parametrize("command", list(POSITIONS))
def test_every_name_of_a_setting_is_refused_or_answered(folder, command):
    for subcommand in POSITIONS[command]:
        for value in VALUES:
            words = [command, *filter(None, [subcommand]), value]
            if (subcommand, value) == ("verify", "--") or value in ("", "--"):
                continue  # no name at all: all settings
            status = sound(words)
            assert status == 2 or subcommand == "cache", words
