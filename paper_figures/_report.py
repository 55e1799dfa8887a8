"""``report.html``: one page with every figure, the last ledger and the last proof table.

It loads nothing: styles, script and images stand inside it, and its content security policy
forbids the rest. It opens from disk, and can be sent to a colleague as it is.
"""

import datetime
import importlib.resources
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paper_figures._evidence import (
    Stored,
    number,
    proof_as_expected,
    read_ledger,
    read_proofs,
    undecided,
)
from paper_figures._html import (
    NOT_RUN,
    cell,
    content_policy,
    esc,
    estimate_text,
    identifier,
    inline,
    link,
    point_text,
    prediction_text,
    row_verdict,
    table,
    verdict_text,
)
from paper_figures._provenance import surroundings
from paper_figures._setting_section import Section, gather, render
from theory._discovery import settings
from theory._files import write_atomically

_OVERVIEW = (
    ("Setting", ""), ("Figures", "n"), ("Claims", "n"), ("As expected", "n"),
    ("Not as expected", "n"), ("Undecided", "n"), ("Not run", "n"), ("Proof items", ""),
)  # fmt: skip


def write_report(
    out: Path,
    names: Iterable[str] | None = None,
    failed: Mapping[tuple[str, str], str] | None = None,
) -> Path:
    """Writes ``out/report.html`` from what stands in ``out``; returns its path.

    Args:
        out: holds ``figures/SETTING/NAME.{png,csv,json}``, ``ledger.json``, ``proofs.json``.
        names: the settings to show; default all that are known or that ``out`` speaks of.
        failed: by (setting, figure), what went wrong in this run.
    """
    ledger, proofs = read_ledger(out), read_proofs(out)
    figures = out / "figures"
    if names is None:
        found = {path.name for path in figures.glob("*/") if any(path.glob("*.json"))}
        stored = {row["setting"] for row in (*ledger.rows, *proofs.rows)}
        names = sorted(set(settings()) | found | stored)
    failures: dict[str, dict[str, str]] = {}
    for (setting, figure), text in (failed or {}).items():
        failures.setdefault(setting, {})[figure] = text
    sections = [gather(n, figures, ledger, proofs, failures.get(n, {})) for n in names]
    path = out / "report.html"
    write_atomically(path, _page(sections, ledger, proofs).encode())
    return path


def _page(sections: Sequence[Section], ledger: Stored, proofs: Stored) -> str:
    style = importlib.resources.files("paper_figures").joinpath("_report.css").read_text("utf-8")
    script = importlib.resources.files("paper_figures").joinpath("_report.js").read_text("utf-8")
    script = f"\n{script}"  # with the line break after its tag: the policy knows it by its hash
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    commit = ((surroundings()["git"] or {}).get("commit") or "")[:12]
    version = surroundings()["versions"]["overfit-theory"]
    about = f"overfit-theory {version}" + (f", commit {commit}" if commit else "")
    trouble = [text for text in (ledger.trouble, proofs.trouble) if text]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="{content_policy(script)}"/>
<meta name="color-scheme" content="light dark"/>
<title>Theory and simulation: report</title>
<link rel="icon" href="data:,"/>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the settings</a>
<div class="page">
<header>
<h1>Theory and simulation</h1>
<p class="muted">Written {esc(now)} by {esc(about)}.</p>
{_counts(sections)}
{"".join(f'<p class="trouble">{esc(text)}</p>' for text in trouble)}
</header>
<nav id="settings" aria-label="Settings">
{_overview(sections)}
</nav>
<main id="main">
{_reading()}
{_attention(sections)}
{_mending(sections)}
{"".join(render(section, ledger.written, proofs.written) for section in sections)}
</main>
<footer><p>Ledger: {esc(ledger.written or NOT_RUN)}. Proof items: {esc(proofs.written or NOT_RUN)}.
Figures and their data stand beside this page in <code>figures/</code>.</p></footer>
</div>
<script>{script}</script>
</body>
</html>
"""


def _counts(sections: Sequence[Section]) -> str:
    run = [row for s in sections for row in s.has_run]
    wrong = sum(len(s.unexpected) for s in sections)
    proofs = [proof for s in sections for proof in s.proofs]
    well = sum(map(proof_as_expected, proofs))
    pending = sum(undecided(row) for row in run)
    counts = [
        (str(len(sections)), "settings"),
        (str(sum(len(s.figures) for s in sections)), "figures"),
        (f"{len(run) - wrong - pending} of {len(run)}" if run else NOT_RUN,
         "ledger rows as expected"),
        (f"{well} of {len(proofs)}" if proofs else NOT_RUN, "proof items as expected"),
    ]  # fmt: skip
    listed = "".join(f"<li><b>{esc(n)}</b><span>{esc(what)}</span></li>" for n, what in counts)
    return f'<ul class="counts">{listed}</ul>'


def _overview(sections: Sequence[Section]) -> str:
    heads = [text for text, _ in _OVERVIEW]
    rows = []
    for s in sections:
        pending, wrong = sum(undecided(row) for row in s.has_run), len(s.unexpected)
        numbers = (
            len(s.figures), len(s.claims), len(s.has_run) - pending - wrong, wrong, pending,
            len(s.claims) - len(s.has_run),
        )  # fmt: skip
        proved = sum(p["status"] == "PROVED" for p in s.proofs)
        link = f'<a href="#{identifier(s.setting)}">{inline(s.title)}</a>'
        cells = [cell(str(n), head, "n") for n, head in zip(numbers, heads[1:], strict=False)]
        rows.append(
            f'<tr role="row"><th scope="row" role="rowheader">{link}'
            f'<span class="small">{esc(s.setting)}</span></th>{"".join(cells)}'
            f"{cell(_proof_counts(s), heads[-1], '', proved)}</tr>"
        )
    return f'<div class="sortable">{table("Settings", _OVERVIEW, rows, "cards compact")}</div>'


def _proof_counts(section: Section) -> str:
    """How many items are proved, refuted as they should be, and neither."""
    if not section.proofs:
        return NOT_RUN
    well = [proof for proof in section.proofs if proof_as_expected(proof)]
    refuted = sum(proof["status"] == "REFUTED" for proof in well)
    other = len(section.proofs) - len(well)
    notes = [f"{refuted} refuted as expected"] if refuted else []
    notes += [f"{other} not as expected"] if other else []
    proved = f"{len(well) - refuted} proved"
    return proved + "".join(f'<span class="small">{note}</span>' for note in notes)


def _reading() -> str:
    return """<section aria-labelledby="reading"><h2 id="reading">How to read this page</h2>
<div class="model"><p>A claim <strong>HOLDS</strong> when a sequential test, which errs with
probability at most 1e-6, puts the estimate inside the prediction's tolerance: the error that the
theory itself admits. It says so of the parameters shown in its row, and of no others. Identities
and inequalities hold at every point tried; only an item marked <strong>PROVED</strong> is a proof.
</p><p>Each claim has a <em>wrong twin</em>, a plausible wrong statement put to the same test. A
claim that cannot be told from its twin is <strong>UNDECIDED</strong>, never passed. The bars show
estimate and interval in units of the tolerance, or of the bound; the shaded band is where the
statement holds.</p></div></section>"""


def _attention(sections: Sequence[Section]) -> str:
    """Everything that did not come out as expected, in one place; nothing where all did."""
    lines = []
    for s in sections:
        for row in s.claims:
            pending = row["verdict"] != NOT_RUN and undecided(row)
            if pending or row in s.unexpected:
                twin = str(row.get("twin_verdict") or "")
                why = f"; its twin: {esc(twin)}" if twin not in ("", "REFUTED") else ""
                name = link("claim", s.setting, row["claim"])
                lines.append(f"<li>{esc(s.setting)}: {name} {row_verdict(row)}{why}</li>")
        for proof in s.proofs:
            if not proof_as_expected(proof):
                name = link("proof", s.setting, proof["name"])
                status = verdict_text(
                    str(proof["status"]), str(proof.get("expected") or "PROVED"), wrong=True
                )
                lines.append(f"<li>{esc(s.setting)}: {name} {status}</li>")
    if not lines:
        return ""
    return (
        '<section aria-labelledby="attention"><h2 id="attention">Not as expected</h2>'
        f"<ul>{''.join(lines)}</ul></section>"
    )


def _mending(sections: Sequence[Section]) -> str:
    """The papers' statements that fail as written, each with its repaired form."""
    cards = []
    for s in sections:
        failing = [row for row in s.claims if row.get("expected") == "REFUTED"]
        cards += [_mended_claim(s, row) for row in failing]
        cards += [
            _mended_step(s, proof)
            for proof in s.proofs
            if _printed(proof) and not any(_behind(proof, row) for row in failing)
        ]
    if not cards:
        return ""
    return (
        '<section aria-labelledby="mending"><h2 id="mending">Where the papers need mending</h2>'
        '<p class="model">Statements that fail as written, with the evidence and the form that'
        f" holds.</p>{''.join(cards)}</section>"
    )


def _printed(proof: Mapping[str, Any]) -> bool:
    """Whether an item is a paper's statement that is known to fail, not a wrong one of our own."""
    source = str(proof.get("source") or "")
    return proof.get("expected") == "REFUTED" and not source.lower().startswith("derived")


def _behind(proof: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether an item is evidence against a failing claim: named by either, or of one source."""
    return (
        proof["name"] in (row.get("supported_by") or ())
        or row["claim"] in (proof.get("supports") or ())
        or proof["name"] == row["claim"]
        or (_printed(proof) and proof.get("source") == row.get("source"))
    )


def _mended_claim(section: Section, row: Mapping[str, Any]) -> str:
    s = section
    entries = [
        ("As written", inline(str(row.get("statement", "")))),
        ("Where", _where(s, row)),
        ("Verdict", f"{row_verdict(row)} {_evidence(row)}"),
    ]
    for proof in s.proofs:
        point = point_text(proof)
        if point and _behind(proof, row):
            name = link("proof", s.setting, proof["name"])
            entries.append(("Counterexample", f"<code>{esc(point)}</code> ({name})"))
    entries.append(("Repaired", _repaired(s, row.get("repaired_by"))))
    return _card(f"{esc(s.setting)}: {link('claim', s.setting, row['claim'])}", entries)


def _mended_step(section: Section, proof: Mapping[str, Any]) -> str:
    """A step of a paper's proof that fails as printed."""
    status = str(proof["status"])
    shown = verdict_text(status, "REFUTED", wrong=status == "PROVED")
    entries = [
        ("As written", inline(str(proof.get("statement", "")))),
        ("Where", _where(section, proof)),
        ("Verdict", f'{shown} <span class="small">{esc(proof.get("method") or "")}</span>'),
    ]
    if point := point_text(proof):
        found = f'<span class="small">{esc(proof["detail"])}</span>' if proof.get("detail") else ""
        entries.append(("Counterexample", f"<code>{esc(point)}</code>{found}"))
    entries.append(("Repaired", _repaired(section, proof.get("repaired_by"))))
    heading = f"{esc(section.setting)}: {link('proof', section.setting, proof['name'])}"
    return _card(heading, entries)


def _where(section: Section, stated: Mapping[str, Any]) -> str:
    paper = section.paper
    work = f"{paper.authors}. {paper.title}. {paper.venue}" if paper else section.title
    return f"{esc(stated.get('source') or '–')} · {esc(work)}"


def _card(heading: str, entries: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in entries)
    return f'<article class="mend"><h3>{heading}</h3><dl>{listed}</dl></article>'


def _words(fragment: str) -> str:
    """A cell's text in one line."""
    return re.sub(r"<[^>]+>", " ", fragment).strip()


def _evidence(row: Mapping[str, Any]) -> str:
    if row["verdict"] == NOT_RUN:
        return ""
    parts = [esc(row["detail"])] if row.get("detail") else []
    prediction = number(row, "prediction")
    if prediction is not None and number(row, "estimate") is not None:
        parts.insert(
            0, f"claimed {_words(prediction_text(row))}, found {_words(estimate_text(row))}"
        )
    where = f"{esc(row['at'])}: " if row.get("at") else ""
    return f'<span class="small">{where}{"; ".join(parts)}</span>' if parts else ""


def _repaired(section: Section, name: Any) -> str:
    """The form that holds: a claim of the ledger, or a proof item."""
    if not name:
        return "no repaired form is known"
    found = [row for row in section.claims if row["claim"] == name]
    if found:
        named = link("claim", section.setting, name)
        verdicts = {str(row["verdict"]) for row in found}
        row = found[0] if len(verdicts) == 1 else next(r for r in found if r["verdict"] != "HOLDS")
        return f"{inline(str(row.get('statement', '')))} ({named}) {row_verdict(row)}"
    for proof in section.proofs:
        if proof["name"] == name:
            named = link("proof", section.setting, name)
            shown = verdict_text(str(proof["status"]))
            return f"{inline(str(proof.get('statement', '')))} ({named}) {shown}"
    return f"<code>{esc(name)}</code> {verdict_text(NOT_RUN)}"
