"""A setting's ledger and proof items as tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from paper_figures._evidence import in_tolerances, number
from paper_figures._html import (
    NOT_RUN,
    bar,
    cell,
    esc,
    estimate_text,
    identifier,
    inline,
    link,
    name_text,
    number_text,
    outcome,
    point_text,
    prediction_text,
    row_verdict,
    source_text,
    table,
    twin_text,
    verdict_text,
    whole_text,
)

_LEDGER_HEADS = (
    ("Claim", ""), ("Source", ""), ("Kind", ""), ("Prediction", "n"), ("Estimate", "n"),
    ("Against the band", ""), ("Verdict", ""), ("Trials", "n"), ("Wrong twin", ""),
    ("Seconds", "n"),
)  # fmt: skip
_PROOF_HEADS = (
    ("Item", ""), ("Source", ""), ("Status", ""), ("Method", ""), ("Supports", ""),
    ("Seconds", "n"),
)  # fmt: skip
_VERDICTS = ("HOLDS", "REFUTED", "UNDECIDED")
_STATUSES = ("PROVED", "REFUTED", "NUMERIC", "UNDECIDED")


class Record(Protocol):
    """What the tables ask of a setting's section."""

    @property
    def setting(self) -> str:
        """The setting's name."""
        ...

    @property
    def claims(self) -> Sequence[Mapping[str, Any]]:
        """The ledger's rows."""
        ...

    @property
    def proofs(self) -> Sequence[Mapping[str, Any]]:
        """The proof table's rows."""
        ...

    @property
    def has_run(self) -> Sequence[Mapping[str, Any]]:
        """The rows that have a verdict."""
        ...


def ledger_table(section: Record, written: str) -> str:
    if not section.claims:
        return f'<p class="note">{NOT_RUN.capitalize()}.</p>'
    run = section.has_run
    when = f"Run {written}." if run else f"{NOT_RUN.capitalize()}."
    caption = f"{len(section.claims)} rows of {section.setting}. {when}"
    heads = [text for text, _ in _LEDGER_HEADS]
    rows, seen = [], set()
    for row in section.claims:
        first = row["claim"] not in seen
        seen.add(row["claim"])
        rows.append(_ledger_row(row, section, heads, first))
    whole = table(caption, _LEDGER_HEADS, rows)
    tools = _tools(f"Filter the ledger of {section.setting}", "Verdict", _VERDICTS, _LEDGER_HEADS)
    return f'<div class="sortable">{tools}{whole}</div>'


def _ledger_row(row: Mapping[str, Any], section: Record, heads: list[str], first: bool) -> str:
    target = f' id="{identifier("claim", section.setting, row["claim"])}"' if first else ""
    more = [esc(row["detail"])] if row.get("detail") else []
    if row.get("twin_mistake"):
        more.append(f"Wrong twin: {esc(row['twin_mistake'])}")
    if row.get("repaired_by"):
        more.append(f"Repaired by {_named(section, row['repaired_by'])}")
    if row.get("at_whole"):
        more.append(f"All parameters: {esc(row['at_whole'])}")
    at = f'<span class="small">{esc(row["at"])}</span>' if row.get("at") else ""
    claim = (
        f'<th scope="row" role="rowheader" data-sort="{esc(row["claim"])}">'
        f"{name_text(row['claim'])}"
        f'<span class="statement">{inline(str(row.get("statement", "")))}</span>'
        f"{at}{_support(row, section)}{_details(more)}</th>"
    )
    estimate, prediction = number(row, "estimate"), number(row, "prediction")
    seconds = number(row, "seconds")
    cells = [
        cell(source_text(row), heads[1], "source"),
        cell(esc(row.get("kind", "–")), heads[2]),
        cell(prediction_text(row), heads[3], "n", "" if prediction is None else prediction),
        cell(estimate_text(row), heads[4], "n", "" if estimate is None else estimate),
        cell(bar(row), heads[5], "", _distance(row)),
        cell(row_verdict(row), heads[6], "", row["verdict"]),
        cell(whole_text(row.get("trials")), heads[7], "n", row.get("trials") or ""),
        cell(twin_text(row), heads[8], "", row.get("twin_trials") or ""),
        cell(number_text(seconds), heads[9], "n", "" if seconds is None else seconds),
    ]
    return f'<tr role="row"{target} data-outcome="{outcome(row)}">{claim}{"".join(cells)}</tr>'


def _distance(row: Mapping[str, Any]) -> Any:
    scaled = in_tolerances(row)
    return "" if scaled is None else scaled[0]


def _support(row: Mapping[str, Any], section: Record) -> str:
    """The proof items that stand behind a claim, with their status."""
    by_name = {proof["name"]: proof for proof in section.proofs}
    names = dict.fromkeys(row.get("supported_by") or ())
    names |= dict.fromkeys(
        name for name, proof in by_name.items() if row["claim"] in (proof.get("supports") or ())
    )
    lines = []
    for name in names:
        if name in by_name:
            status = str(by_name[name]["status"])
            expected = str(by_name[name].get("expected") or "PROVED")
            wrong = status not in (expected, "UNDECIDED")
            shown = verdict_text(status, expected if wrong else "", wrong)
            lines.append(f"{link('proof', section.setting, name)} {shown}")
        else:
            lines.append(f"<code>{esc(name)}</code> {verdict_text(NOT_RUN)}")
    return "".join(f'<span class="small">Proof: {line}</span>' for line in lines)


def _tools(label: str, what: str, words: Sequence[str], heads: Sequence[tuple[str, str]]) -> str:
    """The filter of one table; it is shown by the script, without which it could do nothing."""
    verdicts = [("", "all"), *((word, word) for word in words), ("unexpected", "not as expected")]
    if what == "Verdict":
        verdicts.append(("not-run", NOT_RUN))
    options = "".join(f'<option value="{value}">{text}</option>' for value, text in verdicts)
    orders = '<option value="-1">the paper</option>' + "".join(
        f'<option value="{i}">{esc(text)}</option>' for i, (text, _) in enumerate(heads)
    )
    return (
        f'<div class="tools" role="group" aria-label="{esc(label)}"'
        ' hidden="hidden"><label>Search <input type="search" autocomplete="off"/></label>'
        f'<label>{what} <select class="verdicts">{options}</select></label>'
        f'<label>Order by <select class="order">{orders}</select></label>'
        '<output aria-live="polite"></output></div>'
    )


def _details(lines: Sequence[str]) -> str:
    """Further lines, ready as HTML, behind a click; nothing where there is none."""
    if not lines:
        return ""
    inner = "".join(f'<span class="small">{text}</span>' for text in lines)
    return f"<details><summary>Details</summary>{inner}</details>"


def _named(section: Record, name: Any) -> str:
    """A name, as a link where the ledger has such a claim or the proof table such an item."""
    if any(row["claim"] == name for row in section.claims):
        return link("claim", section.setting, name)
    if any(proof["name"] == name for proof in section.proofs):
        return link("proof", section.setting, name)
    return f"<code>{esc(name)}</code>"


def proof_table(section: Record, written: str) -> str:
    if not section.proofs:
        return f'<p class="note">{NOT_RUN.capitalize()}.</p>'
    rows = [_proof_row(proof, section) for proof in section.proofs]
    caption = f"{len(rows)} items of {section.setting}. Run {written}."
    tools = _tools(
        f"Filter the proof items of {section.setting}", "Status", _STATUSES, _PROOF_HEADS
    )
    return f'<div class="sortable">{tools}{table(caption, _PROOF_HEADS, rows)}</div>'


def _proof_row(proof: Mapping[str, Any], section: Record) -> str:
    heads = [text for text, _ in _PROOF_HEADS]
    status, expected = str(proof["status"]), str(proof.get("expected") or "PROVED")
    wrong = status not in (expected, "UNDECIDED")
    more = [esc(proof["detail"])] if proof.get("detail") else []
    if isinstance(box := proof.get("unresolved"), Mapping):
        ends = ", ".join(f"{name} in {sides}" for name, sides in box.items())
        more.append(f"Undecided box: <code>{esc(ends)}</code>")
    if proof.get("repaired_by"):
        more.append(f"Repaired by {_named(section, proof['repaired_by'])}")
    supports = ", ".join(_named(section, name) for name in proof.get("supports") or ())
    seconds = number(proof, "seconds")
    words = f"{status} unexpected" if status != expected else status
    point = point_text(proof)
    if point:
        point = f'<span class="small">Counterexample: <code>{esc(point)}</code></span>'
    name = (
        f'<th scope="row" role="rowheader" data-sort="{esc(proof["name"])}">'
        f"{name_text(proof['name'])}"
        f'<span class="statement">{inline(str(proof.get("statement", "")))}</span>'
        f"{point}{_details(more)}</th>"
    )
    cells = [
        cell(source_text(proof), heads[1], "source"),
        cell(verdict_text(status, expected, wrong), heads[2], "", status),
        cell(esc(proof.get("method") or "–"), heads[3], "method"),
        cell(supports or "–", heads[4]),
        cell(number_text(seconds), heads[5], "n", "" if seconds is None else seconds),
    ]
    target = identifier("proof", section.setting, proof["name"])
    return f'<tr role="row" id="{target}" data-outcome="{esc(words)}">{name}{"".join(cells)}</tr>'
