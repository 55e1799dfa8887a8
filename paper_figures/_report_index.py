"""The report's first page: every setting with its topics, counts and state."""

from collections.abc import Sequence

from paper_figures._evidence import StoredRows, as_expected, proof_as_expected
from paper_figures._html import (
    cell, esc, identifier, inline, link, options, row_verdict, table, topic_list, verdict_text,
)  # fmt: skip
from paper_figures._page import page
from paper_figures._setting_evidence import SettingEvidence

_HEADS = (
    ("Setting", ""), ("State", ""), ("Claims", "n"), ("Proof items", "n"), ("Figures", "n"),
)  # fmt: skip
_STATES = {
    "as expected": "✓", "as expected so far": "✓", "undecided": "?", "not as expected": "✗",
}  # fmt: skip


def page_of(setting: str) -> str:
    """The name of a setting's page, beside the first page."""
    return f"report/{identifier(setting)}.html"


def index_page(shown: Sequence[SettingEvidence], ledger: StoredRows, proofs: StoredRows) -> str:
    """The whole page."""
    trouble = [text for text in (ledger.trouble, proofs.trouble) if text]
    body = f"""<header>
<h1>Theory and simulation</h1>
<p class="muted">Models of papers, their claims held against simulation and proof.</p>
{_counts(shown)}
{"".join(f'<p class="trouble">{esc(text)}</p>' for text in trouble)}
{_to_run(shown)}
</header>
<main id="main">
{_attention(shown)}
<section aria-labelledby="settings"><h2 id="settings">Settings</h2>
{_overview(shown)}
</section>
</main>"""
    run = [("Ledger", ledger.written), ("Proof items", proofs.written)]
    footer = "".join(f"<p>{what} of {esc(when)}.</p>" for what, when in run if when)
    return page("Theory and simulation: report", body, footer)


def _counts(shown: Sequence[SettingEvidence]) -> str:
    rows = [row for s in shown for row in s.claims]
    proofs = [proof for s in shown for proof in s.proofs]
    counts = [
        (str(len(shown)), "setting" if len(shown) == 1 else "settings"),
        (str(sum(len(s.figures) for s in shown)), "figures"),
    ]
    if rows:
        counts.append((f"{sum(map(as_expected, rows))} of {len(rows)}", "ledger rows as expected"))
    if proofs:
        well = sum(map(proof_as_expected, proofs))
        counts.append((f"{well} of {len(proofs)}", "proof items as expected"))
    listed = "".join(f"<li><b>{esc(n)}</b><span>{esc(what)}</span></li>" for n, what in counts)
    return f'<ul class="counts">{listed}</ul>'


def _to_run(shown: Sequence[SettingEvidence]) -> str:
    """How many settings wait for what, once, with the command."""
    waiting = [
        (sum(any(not c["deep"] for c in s.claims_to_run) for s in shown), "claims",
         "python -m sims verify"),
        (sum(bool(s.proofs_to_run) for s in shown), "proof items", "python -m proofs_check"),
        (sum(bool(s.missing) for s in shown), "figures", "python -m paper_figures"),
    ]  # fmt: skip
    lines = [
        f"<li>{what} of {n} setting{'s' * (n > 1)}: <code>{run}</code></li>"
        for n, what, run in waiting if n
    ]  # fmt: skip
    if not lines:
        return ""
    return f'<div class="note to-run"><p>Not run yet:</p><ul>{"".join(lines)}</ul></div>'


def _overview(shown: Sequence[SettingEvidence]) -> str:
    rows = [_row(s) for s in shown]
    topics = sorted({topic for s in shown for topic in s.topics})
    states = [state for state in _STATES if any(s.state == state for s in shown)]
    tools = (
        '<div class="tools" role="group" aria-label="Filter the settings" hidden="hidden">'
        '<label>Search <input type="search" autocomplete="off"/></label>'
        f'<label>Topic <select data-filter="topics">{options(topics)}</select></label>'
        f'<label>State <select data-filter="state">{options(states)}</select></label>'
        '<output aria-live="polite"></output></div>'
    )
    caption = f"{len(rows)} setting{'s' * (len(rows) != 1)}"
    return f'<div class="sortable">{tools}{table(caption, _HEADS, rows, "cards settings")}</div>'


def _row(s: SettingEvidence) -> str:
    heads = [text for text, _ in _HEADS]
    paper = f"{s.paper.authors}. {s.paper.title}. {s.paper.venue}" if s.paper else ""
    name = (
        f'<th scope="row" role="rowheader" data-sort="{esc(s.setting)}">'
        f'<a class="name" href="{page_of(s.setting)}">{inline(s.title)}</a>'
        f'<span class="small"><code>{esc(s.setting)}</code>{" · " * bool(paper)}{esc(paper)}</span>'
        f"{topic_list(s.topics)}</th>"
    )
    sign = _STATES.get(s.state, "")
    look = s.state.replace(" ", "-")
    state = f'<span class="verdict {look}">{sign} {esc(s.state)}</span>' if s.state else "–"
    well, proved = sum(map(as_expected, s.claims)), sum(map(proof_as_expected, s.proofs))
    order = list(reversed(_STATES)).index(s.state) if s.state else ""
    cells = [
        cell(state, heads[1], "", order),
        cell(_share(well, len(s.claims), len(s.claims_to_run)), heads[2], "n", well),
        cell(_share(proved, len(s.proofs), len(s.proofs_to_run)), heads[3], "n", proved),
        cell(str(len(s.figures)) if s.figures else "–", heads[4], "n", len(s.figures)),
    ]
    words = f'data-topics="{esc(" ".join(s.topics))}" data-state="{esc(s.state)}"'
    return f'<tr role="row" {words}>{name}{"".join(cells)}</tr>'


def _share(well: int, run: int, waiting: int) -> str:
    """How many of the rows that have run are as expected, how many wait; grey where none has."""
    if not run:
        return f'<span class="muted">{waiting}</span>' if waiting else "–"
    more = f'<span class="small">{waiting} to run</span>' if waiting else ""
    return (f"{well}" if well == run else f"{well} of {run}") + more


def _attention(shown: Sequence[SettingEvidence]) -> str:
    """Everything that did not come out as expected, in one place; nothing where all did."""
    lines = []
    for s in shown:
        for row in (*s.unexpected, *s.undecided):
            twin = str(row.get("twin_verdict") or "")
            why = f"; its twin: {esc(twin)}" if twin not in ("", "REFUTED") else ""
            name = link("claim", s.setting, row["claim"], page_of(s.setting))
            lines.append(f"<li>{esc(s.setting)}: {name} {row_verdict(row)}{why}</li>")
        for proof in s.unproved:
            name = link("proof", s.setting, proof["name"], page_of(s.setting))
            expected = str(proof.get("expected") or "PROVED")
            shown_verdict = verdict_text(str(proof["status"]), expected, wrong=True)
            lines.append(f"<li>{esc(s.setting)}: {name} {shown_verdict}</li>")
    if not lines:
        return ""
    return (
        '<section aria-labelledby="attention"><h2 id="attention">Not as expected</h2>'
        f"<ul>{''.join(lines)}</ul></section>"
    )
