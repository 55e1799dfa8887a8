"""A setting's ledger and proof items as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from paper_figures._evidence import in_tolerances, number
from paper_figures._formulas import note, tex_html
from paper_figures._html import (
    bar, cell, esc, estimate_text, identifier, inline, link, name_text, number_text, options,
    outcome, point_text, prediction_text, row_verdict, source_text, table, twin_text, verdict_text,
    whole_text,
)  # fmt: skip
from paper_figures._setting_evidence import SettingEvidence

_LEDGER_HEADS = (
    ("Claim", ""), ("Source", ""), ("Kind", ""), ("Prediction", "n"), ("Estimate", "n"),
    ("Against the band", ""), ("Verdict", ""), ("Trials", "n"), ("Wrong twin", ""),
    ("Seconds", "n"),
)  # fmt: skip
_PROOF_HEADS = (
    ("Item", ""), ("Source", ""), ("Status", ""), ("Method", ""), ("Supports", ""),
    ("Seconds", "n"),
)  # fmt: skip
_KERNEL_HEAD = ("Rocq's kernel", "")
_VERDICTS = ("HOLDS", "REFUTED", "UNDECIDED")
_STATUSES = ("PROVED", "REFUTED", "NUMERIC", "UNDECIDED")


def ledger_table(shown: SettingEvidence, written: str) -> str:
    """The ledger's rows, to be sorted and searched; after them the claims that have not run."""
    parts = [note(shown.formulas)]
    if shown.claims:
        heads = [text for text, _ in _LEDGER_HEADS]
        rows, seen = [], set()
        for row in shown.claims:
            first = row["claim"] not in seen
            seen.add(row["claim"])
            rows.append(_ledger_row(row, shown, heads, first))
        caption = f"{len(rows)} rows, one a claim and case. Run {written}."
        label = f"Filter the ledger of {shown.setting}"
        tools = _tools(label, "Verdict", _VERDICTS, _LEDGER_HEADS)
        parts.append(f'<div class="sortable">{tools}{table(caption, _LEDGER_HEADS, rows)}</div>')
    if waiting := shown.claims_to_run:
        rows = [
            _stated_row(
                "claim", shown.setting, c["claim"], c, c["kind"], shown.formulas.of(c["claim"])
            )
            for c in waiting
        ]
        parts.append(_behind_a_click("claims", len(waiting), "Kind", rows, open=not shown.claims))
    return "".join(parts)


def _stated_row(
    kind: str, setting: str, name: str, stated: Mapping[str, Any], more: str, formula: str = ""
) -> str:
    """A statement that has not run."""
    statement = f'<span class="statement">{inline(str(stated.get("statement", "")))}</span>'
    return (
        f'<tr role="row" id="{identifier(kind, setting, name)}"><th scope="row" role="rowheader">'
        f"{name_text(name)}{statement}{formula}</th>{cell(source_text(stated), 'Source', 'source')}"
        f"{cell(more or '–', 'Kind' if kind == 'claim' else 'Supports')}</tr>"
    )


def _behind_a_click(what: str, count: int, last: str, rows: Sequence[str], open: bool) -> str:
    """The statements that have not run: in sight where there is nothing else."""
    heads = (("Claim" if what == "claims" else "Item", ""), ("Source", ""), (last, ""))
    shown = table("As the setting's files state them", heads, rows)
    state = ' open="open"' if open else ""
    return f"<details{state}><summary>{count} {what} still to run</summary>{shown}</details>"


def _ledger_row(
    row: Mapping[str, Any], shown: SettingEvidence, heads: list[str], first: bool
) -> str:
    target = f' id="{identifier("claim", shown.setting, row["claim"])}"' if first else ""
    more = [esc(row["detail"])] if row.get("detail") else []
    if row.get("twin_mistake"):
        more.append(f"Wrong twin: {esc(row['twin_mistake'])}")
    if row.get("repaired_by"):
        more.append(f"Repaired by {_named(shown, row['repaired_by'])}")
    if row.get("at_whole"):
        more.append(f"All parameters: {esc(row['at_whole'])}")
    places = (row.get("at"), row.get("remark"))
    at = "".join(f'<span class="small">{esc(place)}</span>' for place in places if place)
    claim = (
        f'<th scope="row" role="rowheader" data-sort="{esc(row["claim"])}">'
        f"{name_text(row['claim'])}"
        f'<span class="statement">{inline(str(row.get("statement", "")))}</span>'
        f"{shown.formulas.of(row['claim']) if first else ''}"
        f"{at}{_support(row, shown)}{_details(more)}</th>"
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


def _support(row: Mapping[str, Any], shown: SettingEvidence) -> str:
    """The proof items that stand behind a claim, with their status where they have run."""
    by_name = {proof["name"]: proof for proof in (*shown.proofs, *shown.proofs_to_run)}
    lines = []
    for name, proof in by_name.items():
        if row["claim"] not in (proof.get("supports") or ()):
            continue
        line = link("proof", shown.setting, name)
        if status := str(proof.get("status") or ""):
            expected = str(proof.get("expected") or "PROVED")
            wrong = status not in (expected, "UNDECIDED")
            line += f" {verdict_text(status, expected if wrong else '', wrong)}"
        lines.append(line)
    return "".join(f'<span class="small">Proof: {line}</span>' for line in lines)


def _tools(label: str, what: str, words: Sequence[str], heads: Sequence[tuple[str, str]]) -> str:
    """The filter of one table; it is shown by the script, without which it could do nothing."""
    orders = '<option value="-1">the paper</option>' + "".join(
        f'<option value="{i}">{esc(text)}</option>' for i, (text, _) in enumerate(heads)
    )
    return (
        f'<div class="tools" role="group" aria-label="{esc(label)}"'
        ' hidden="hidden"><label>Search <input type="search" autocomplete="off"/></label>'
        f'<label>{what} <select data-filter="outcome">'
        f"{options(words, unexpected='not as expected')}</select></label>"
        f'<label>Order by <select class="order">{orders}</select></label>'
        '<output aria-live="polite"></output></div>'
    )


def _details(lines: Sequence[str]) -> str:
    """Further lines, ready as HTML, behind a click; nothing where there is none."""
    if not lines:
        return ""
    inner = "".join(f'<span class="small">{text}</span>' for text in lines)
    return f"<details><summary>Details</summary>{inner}</details>"


def _named(shown: SettingEvidence, name: Any) -> str:
    """A name, as a link where the page has a row for such a claim or proof item."""
    if any(row["claim"] == name for row in (*shown.claims, *shown.claims_to_run)):
        return link("claim", shown.setting, name)
    if any(proof["name"] == name for proof in (*shown.proofs, *shown.proofs_to_run)):
        return link("proof", shown.setting, name)
    return f"<code>{esc(name)}</code>"


def proof_table(shown: SettingEvidence, written: str) -> str:
    """The proof items, to be sorted and searched; after them those that have not run."""
    parts = []
    if shown.proofs:
        # a column of its own once a kernel was asked (python -m proofs_check --rocq)
        kernel = any(proof.get("kernel") for proof in shown.proofs)
        heads = _PROOF_HEADS + (_KERNEL_HEAD,) * kernel
        rows = [_proof_row(proof, shown, kernel) for proof in shown.proofs]
        label = f"Filter the proof items of {shown.setting}"
        tools = _tools(label, "Status", _STATUSES, heads)
        caption = f"{len(rows)} items. Run {written}."
        parts.append(f'<div class="sortable">{tools}{table(caption, heads, rows)}</div>')
    if waiting := shown.proofs_to_run:
        rows = [
            _stated_row("proof", shown.setting, i["name"], i,
                        ", ".join(_named(shown, name) for name in i["supports"]))
            for i in waiting
        ]  # fmt: skip
        parts.append(
            _behind_a_click("proof items", len(waiting), "Supports", rows, open=not shown.proofs)
        )
    return "".join(parts)


def _asked(proof: Mapping[str, Any]) -> str:
    """What its engines were asked, as formulas; beyond two behind a click."""
    found = [tex_html(str(tex)) for tex in proof.get("formulas") or ()]
    rest = "".join(found[2:])
    more = f"<details><summary>{len(found) - 2} more</summary>{rest}</details>" if rest else ""
    return "".join(found[:2]) + more


def _proof_row(proof: Mapping[str, Any], shown: SettingEvidence, kernel: bool) -> str:
    heads = [text for text, _ in _PROOF_HEADS]
    status, expected = str(proof["status"]), str(proof.get("expected") or "PROVED")
    wrong = status not in (expected, "UNDECIDED")
    more = [esc(proof["detail"])] if proof.get("detail") else []
    if isinstance(box := proof.get("unresolved"), Mapping):
        ends = ", ".join(f"{name} in {sides}" for name, sides in box.items())
        more.append(f"Undecided box: <code>{esc(ends)}</code>")
    if proof.get("repaired_by"):
        more.append(f"Repaired by {_named(shown, proof['repaired_by'])}")
    supports = ", ".join(_named(shown, name) for name in proof.get("supports") or ())
    seconds = number(proof, "seconds")
    words = f"{status} unexpected" if status != expected else status
    point = point_text(proof)
    if point:
        point = f'<span class="small">Counterexample: <code>{esc(point)}</code></span>'
    name = (
        f'<th scope="row" role="rowheader" data-sort="{esc(proof["name"])}">'
        f"{name_text(proof['name'])}"
        f'<span class="statement">{inline(str(proof.get("statement", "")))}</span>'
        f"{_asked(proof)}{point}{_details(more)}</th>"
    )
    cells = [
        cell(source_text(proof), heads[1], "source"),
        cell(verdict_text(status, expected, wrong), heads[2], "", status),
        cell(esc(proof.get("method") or "–"), heads[3], "method"),
        cell(supports or "–", heads[4]),
        cell(number_text(seconds), heads[5], "n", "" if seconds is None else seconds),
    ]
    if kernel:
        cells.append(cell(esc(proof.get("kernel") or "–"), _KERNEL_HEAD[0], "method"))
    target = identifier("proof", shown.setting, proof["name"])
    return f'<tr role="row" id="{target}" data-outcome="{esc(words)}">{name}{"".join(cells)}</tr>'
