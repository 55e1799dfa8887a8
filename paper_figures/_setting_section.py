"""One setting's part of the report: model, figures, ledger, proofs."""

import base64
import dataclasses
import inspect
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from paper_figures._evidence import Drawn, Stored, as_expected, number, read_figures, undecided
from paper_figures._figure import figures_in
from paper_figures._html import (
    NOT_RUN,
    esc,
    identifier,
    inline,
    number_text,
    prose,
    whole_text,
)
from paper_figures._mathml import statement
from paper_figures._tables import ledger_table, proof_table
from sims._keys import describe
from theory._discovery import load, settings

_PIXELS_PER_CSS_PIXEL = 1.5  # a 3.6 inch panel at 200 dpi is shown 480 CSS pixels wide
_WIDE = 600  # CSS pixels; broader figures have more than one panel across
_LARGEST_EMBEDDED_CSV = 200_000  # bytes; longer data stay in the folder
_PARAMETER = re.compile(r", (?=\w+=)")
_PLACES = {"domain": "Over the declared domain", "ladder": "Along a ladder of sizes"}


@dataclasses.dataclass(frozen=True)
class Section:
    """What the report knows of a setting.

    Attributes:
        setting: its name.
        title: the first line of its docstring.
        body: the rest of it.
        model: its ``MODEL`` as HTML, or "".
        paper: its ``PAPER``, or None.
        claims: ledger rows; claims that no stored row speaks of stand with verdict "not run".
        proofs: stored proof rows.
        figures: what the out folder holds, in the order of the setting's figure module.
        missing: figures that are declared and not drawn.
        trouble: what could not be loaded or read, in words.
    """

    setting: str
    title: str
    body: str
    model: str
    paper: Any
    claims: Sequence[Mapping[str, Any]]
    proofs: Sequence[Mapping[str, Any]]
    figures: Sequence[Drawn]
    missing: Sequence[str]
    trouble: Sequence[str]

    @property
    def has_run(self) -> list[Mapping[str, Any]]:
        """The ledger rows that a run decided or left undecided."""
        return [row for row in self.claims if row["verdict"] != NOT_RUN]

    @property
    def unexpected(self) -> list[Mapping[str, Any]]:
        """Rows whose claim or twin came out wrong."""
        return [row for row in self.has_run if not as_expected(row) and not undecided(row)]


def gather(
    setting: str, figures: Path, ledger: Stored, proofs: Stored, failed: Mapping[str, str]
) -> Section:
    """Collects a setting's section; ``failed`` maps figures of this run to what went wrong."""
    trouble = [f"Figure {name} failed in the last run: {text}" for name, text in failed.items()]

    def module(kind: str) -> Any:
        if setting not in settings():
            return None  # drawn or verified earlier, from a folder that is not given now
        try:
            return load(kind, setting)
        except Exception as error:  # one setting that cannot be imported must not end the report
            trouble.append(f"{kind}/{setting} cannot be loaded: {type(error).__name__}: {error}")
            return None

    theory = module("theory")
    declared = [spec.name for spec in figures_in(module("paper_figures"))]
    drawn, unreadable = read_figures(figures / setting)
    order = {name: place for place, name in enumerate(declared)}
    drawn.sort(key=lambda f: (order.get(f.name, len(order)), f.name == "ledger", f.name))
    doc = inspect.cleandoc(getattr(theory, "__doc__", None) or "")
    title, _, body = doc.partition("\n")
    model, errors = statement(str(getattr(theory, "MODEL", "")))
    trouble += [f"theory/{setting}: MODEL, {error}" for error in errors]
    present = {figure.name for figure in drawn}
    return Section(
        setting, title.strip().rstrip(".") or setting, body, model, getattr(theory, "PAPER", None),
        [row | _place(str(row.get("at") or ""), _defaults(theory))
         for row in _claims(setting, getattr(theory, "CLAIMS", ()), ledger)],
        proofs.of(setting), drawn,
        [name for name in declared if name not in present], trouble + unreadable,
    )  # fmt: skip


def _defaults(theory: Any) -> frozenset[str]:
    """The setting's default parameters as the ledger writes them, "n=200" each."""
    try:
        return frozenset(_PARAMETER.split(describe(theory.Params())))
    except Exception:  # no such class, or no defaults: rows then show all parameters
        return frozenset()


def _place(at: str, defaults: frozenset[str]) -> dict[str, str]:
    """Where a row was tested: ``at`` names the parameters that are not at their defaults, and
    ``at_whole`` all of them where that leaves some out."""
    if at in _PLACES or not at:
        return {"at": _PLACES.get(at, "")}
    given = _PARAMETER.split(at)
    # an array is written as its shape, which says nothing of its values
    own = [word for word in given if word not in defaults or "=<" in word]
    if len(own) == len(given):
        return {"at": f"At {at}"}
    rest = f"{', '.join(own)}, else the defaults" if own else "the default parameters"
    return {"at": f"At {rest}", "at_whole": at}


def _claims(setting: str, claims: Sequence[Any], ledger: Stored) -> list[dict[str, Any]]:
    """The stored rows in the order of CLAIMS, and a row "not run" for each other claim."""
    stored = ledger.of(setting)
    rows: list[dict[str, Any]] = []
    for claim in claims:
        own = [row for row in stored if row["claim"] == claim.name]
        rows += own or [
            {
                "setting": setting, "claim": claim.name, "kind": claim.kind,
                "source": claim.source, "statement": claim.statement, "verdict": NOT_RUN,
                "expected": str(claim.expected), "repaired_by": claim.repaired_by,
                "supported_by": claim.supported_by,
                "detail": "needs the long checks" if claim.deep else "",
            }
        ]  # fmt: skip
    named = {claim.name for claim in claims}
    return rows + [row for row in stored if row["claim"] not in named]


def render(section: Section, ledger_written: str, proofs_written: str) -> str:
    """The section as HTML."""
    s = section
    parts = [
        f'<section id="{identifier(s.setting)}" aria-labelledby="{identifier("h", s.setting)}">',
        f'<h2 id="{identifier("h", s.setting)}">{inline(s.title)}</h2>',
        f'<p class="muted"><code>{esc(s.setting)}</code>{_paper(s.paper)}</p>',
        *(f'<p class="trouble">{esc(text)}</p>' for text in s.trouble),
        _model(s),
        "<h3>Figures</h3>",
        f'<div class="figures">{"".join(_figure(f, s.setting) for f in s.figures)}</div>',
    ]
    if s.missing:
        names = ", ".join(f"<code>{esc(name)}</code>" for name in s.missing)
        parts.append(f'<p class="note">Not drawn yet: {names}.</p>')
    elif not s.figures:
        parts.append('<p class="note">None yet.</p>')
    parts += ["<h3>Ledger</h3>", ledger_table(s, ledger_written)]
    parts += ["<h3>Proof items</h3>", proof_table(s, proofs_written)]
    parts += ['<p class="note up"><a href="#settings">Back to the settings</a></p>', "</section>"]
    return "\n".join(parts)


def _model(section: Section) -> str:
    """The model in formulas, and the module's notes behind a click; without MODEL the notes."""
    notes = prose(section.body)
    if not section.model:
        return f'<div class="model">{notes}</div>' if notes else ""
    if notes:
        notes = f"<details><summary>Notes: conventions, claims replaced</summary>{notes}</details>"
    return f'<div class="model">{section.model}{notes}</div>'


def _paper(paper: Any) -> str:
    if paper is None:
        return ""
    text = f" · {esc(paper.authors)}. <cite>{esc(paper.title)}</cite>. {esc(paper.venue)}."
    if re.fullmatch(r"[\w.\-/]+", str(paper.arxiv)):
        text += f' <a href="{esc(paper.url)}">arXiv:{esc(paper.arxiv)}</a>'
    return text


# --------------------------------------------------------------------------------------------
# Figures


def _figure(figure: Drawn, setting: str) -> str:
    told = figure.provenance
    title = str(told.get("title") or figure.name)
    width, height = (round(side / _PIXELS_PER_CSS_PIXEL) for side in figure.pixels)
    image = base64.b64encode(figure.png).decode()
    alt = f"{title}. {told.get('description') or told.get('caption') or ''}"
    reading = f'<p class="note">{esc(told["reading"])}</p>' if told.get("reading") else ""
    return (
        f'<figure id="{identifier("figure", setting, figure.name)}"'
        f' style="flex: 0 1 {width + 26}px">{_frame(width, title)}'
        f'<img src="data:image/png;base64,{image}" width="{width}" height="{height}"'
        f' alt="{esc(alt)}"/></div>'
        f"<figcaption><p><strong>{esc(title)}.</strong> {esc(told.get('caption', ''))}</p>"
        f'{reading}<p class="note">Source: {esc(told.get("source", "–"))}</p>'
        f"{_provenance(figure, setting)}</figcaption></figure>"
    )


def _frame(width: int, title: str) -> str:
    """Opens the frame of an image: on a narrow screen a wide one scrolls, to stay readable."""
    if width <= _WIDE:
        return "<div>"
    return f'<div class="wide" tabindex="0" role="group" aria-label="{esc(title)}">'


def _provenance(figure: Drawn, setting: str) -> str:
    told = figure.provenance
    versions = ", ".join(f"{k} {v}" for k, v in (told.get("versions") or {}).items() if v)
    git = told.get("git") or {}
    commit = str(git.get("commit", "–"))[:12]
    if git.get("uncommitted_changes"):
        commit += " with uncommitted changes"
    runs = told.get("simulations") or []
    entries = [
        ("Scale", f"{told.get('scale', '–')}, seed {told.get('seed', '–')}"),
        ("Simulation", f"{len(runs)} runs, {whole_text(told.get('trials'))} trials"
         if runs else "none"),
        ("Drawn", f"{told.get('drawn', '–')} in {number_text(number(told, 'seconds'))} s"),
        ("Versions", versions or "–"),
        ("Machine", str((told.get("platform") or {}).get("system", "–"))),
        ("Commit", commit),
        ("Files", f"figures/{setting}/{figure.name}.pdf, .png, .csv, .json"),
    ]  # fmt: skip
    listed = "".join(f"<dt>{esc(name)}</dt><dd>{esc(text)}</dd>" for name, text in entries)
    data = ""
    if len(figure.data) <= _LARGEST_EMBEDDED_CSV:
        href = "data:text/csv;base64," + base64.b64encode(figure.data).decode()
        file = f"{setting}_{figure.name}.csv"
        data = f'<p class="note"><a download="{esc(file)}" href="{href}">Data (CSV)</a></p>'
    return f"<details><summary>Provenance</summary><dl>{listed}</dl>{data}</details>"
