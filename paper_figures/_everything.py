"""``make report``: verifies, proves and draws in one go, then writes the report."""

import sys
from collections.abc import Sequence
from pathlib import Path

import paper_figures.__main__
import proofs_check.__main__
import sims.__main__
from paper_figures._evidence import read_ledger
from paper_figures._setting_figures import figures_of
from theory._command_line import INTERRUPTED, USAGE, Parser, parsed, path
from theory._discovery import settings

NEW, PROOFS = 45.0, 5.0
"""Seconds that a setting's first verification, and its proofs, may take on two cores."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the three commands with the same words; the exit status is the first that is not 0."""
    parser = Parser(prog="python -m paper_figures._everything", description=__doc__)
    parser.add_argument("setting", nargs="*", help="default: all")
    parser.add_argument("--out", type=path, default=Path("out"), metavar="DIR")
    parser.add_argument("--jobs", default=None, metavar="N")
    given = parsed(parser, arguments)
    if isinstance(given, int):
        return given
    names = given.setting or settings()
    words = [
        *given.setting,
        "--out",
        str(given.out),
        *(["--jobs", given.jobs] if given.jobs else []),
    ]
    known = {row["setting"] for row in read_ledger(given.out).rows}
    figures = sum(f.spec.seconds["default"] for n in names for f in figures_of(n, given.out))
    seconds = figures + PROOFS * len(names) + NEW * len(set(names) - known)
    print(f"{len(names)} setting{'s' * (len(names) > 1)}: about {max(1, round(seconds / 60))} min"
          " on two cores, less where trials are stored")  # fmt: skip
    statuses = []
    for step, (what, command) in enumerate((
        ("claims against simulation", lambda: sims.__main__.main(["verify", *words])),
        ("proofs", lambda: proofs_check.__main__.main(words)),
        ("figures and the report", lambda: paper_figures.__main__.main(words)),
    ), 1):  # fmt: skip
        print(f"\n{step} of 3: {what}", flush=True)
        statuses.append(command())
        if statuses[-1] in (INTERRUPTED, USAGE):
            break
    return next((status for status in statuses if status), 0)


if __name__ == "__main__":
    sys.exit(main())
