"""README's table of settings, made from what the settings say of themselves.

``python -m paper_figures._settings_table README.md`` rewrites it (``make readme``).
"""

import sys
from pathlib import Path

import theory
from paper_figures._figure import figures_in
from proofs_check import proofs_of
from sims import claims_of
from theory._discovery import load, settings, summary
from theory._files import write_atomically
from theory._paper import Paper

BEGIN, END = "<!-- settings: made by `make readme` -->", "<!-- end of settings -->"


def settings_table() -> str:
    """A Markdown table of the package's own settings."""
    folder = Path(theory.__file__).parent
    own = [s for s in settings() if any((folder / f).exists() for f in (s, f"{s}.py"))]
    heads = ("setting", "paper", "what it is", "topics", "holds")
    rows = [heads, ("---",) * len(heads), *map(_row, own)]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |\n" for row in rows
    )


def _row(setting: str) -> tuple[str, ...]:
    paper: Paper = vars(load("theory", setting))["PAPER"]
    claims = claims_of(setting)
    deep = sum(claim.deep for claim in claims)
    counts = [
        (len(claims), "claim"), (len(proofs_of(setting)), "proof item"),
        (len(figures_in(load("paper_figures", setting))), "figure"),
    ]  # fmt: skip
    holds = ", ".join(f"{n} {what}{'s' if n != 1 else ''}" for n, what in counts)
    return (
        f"`{setting}`",
        f"{paper.authors}. *{paper.title}*. {paper.venue}."
        + (f" [{paper.arxiv}]({paper.url})" if paper.url else ""),
        summary(setting).rstrip("."),
        ", ".join(paper.topics),
        holds + (f"; {deep} of the claims under `make deep` only" if deep else ""),
    )


def rewritten(text: str) -> str:
    """The README with a fresh table. Raises ValueError where its two marks are not there."""
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the marks {BEGIN} and {END} are not there")
    return before + begin + settings_table() + end + after


def main(path: Path) -> int:
    """Rewrites the file."""
    write_atomically(path, rewritten(path.read_text(encoding="utf-8")).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
