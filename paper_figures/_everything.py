"""``make report``: verifies, proves and draws in one go, then writes the report."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import paper_figures.__main__
import proofs_check.__main__
import sims.__main__
from paper_figures._evidence import read_ledger
from paper_figures._report import PAGE_SECONDS
from paper_figures._setting_figures import figures_of
from proofs_check import proofs_of
from proofs_check.__main__ import PROOF_SECONDS
from sims._verify_settings import VERIFY_SECONDS
from theory._command_line import (
    EXPECTED_ERRORS, INTERRUPTED, USAGE, Parser, begin, complain, parsed, path, without_exit,
)  # fmt: skip
from theory._discovery import require, settings
from theory._task_progress import Whole, spoken

PROGRAM = "python -m paper_figures._everything"
AGAIN = 15.0
"""Seconds that a setting's verification takes where its trials are stored: it compiles."""


STEPS = "claims", "proofs", "figures", "pages"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the three commands with the same words; the exit status is the first that is not 0."""
    parser = Parser(prog=PROGRAM, description=__doc__)
    parser.add_argument("setting", nargs="*", help="default: all")
    parser.add_argument("--out", type=path, default=Path("out"), metavar="DIR")
    parser.add_argument("--jobs", default=None, metavar="N")
    given = parsed(parser, arguments)
    if isinstance(given, int):
        return given
    try:
        begin()
        with without_exit():
            return _run(given)
    except EXPECTED_ERRORS as error:
        return complain(PROGRAM, error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(given: argparse.Namespace) -> int:
    for name in given.setting:
        require(name)
    names = list(dict.fromkeys(given.setting)) or settings()
    words = [*given.setting, "--out", str(given.out)]
    words += ["--jobs", given.jobs] if given.jobs else []
    whole = Whole(_expected(names, given.out))
    count = f"{len(names)} setting{'s' * (len(names) > 1)}"
    print(f"{count}: about {spoken(whole.left())} on two cores, less where trials are stored")
    statuses = []
    for step in STEPS:
        print(f"\n{step}", flush=True)
        with whole.step(step):
            statuses.append(_command(step, words))
        if statuses[-1] in (INTERRUPTED, USAGE):
            break
    return next((status for status in statuses if status), 0)


def _command(step: str, words: list[str]) -> int:
    if step == "claims":
        return sims.__main__.main(["verify", *words])
    if step == "proofs":
        return proofs_check.__main__.main(words)
    only = "--no-report" if step == "figures" else "--report"
    return paper_figures.__main__.main([*words, only])


def _expected(names: Sequence[str], out: Path) -> dict[str, float]:
    """The seconds that each step will take on two cores."""
    known = {row["setting"] for row in read_ledger(out).rows}
    items = sum(len(proofs_of(name)) for name in names)
    figures = [figure for name in names for figure in figures_of(name, out)]
    seconds = (
        sum(AGAIN if name in known else VERIFY_SECONDS for name in names),
        PROOF_SECONDS * items,
        sum(figure.spec.seconds["default"] for figure in figures),
        PAGE_SECONDS * len(names),
    )
    return dict(zip(STEPS, seconds, strict=True))


if __name__ == "__main__":
    sys.exit(main())
