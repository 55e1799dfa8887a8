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
    number_text,
    outcome,
    prediction_text,
    row_verdict,
    table,
    twin_text,
    verdict_text,
    whole_text,
)

_LEDGER_HEADS = (
    ("Claim", ""), ("Kind", ""), ("Prediction", "n"), ("Estimate", "n"), ("Against the band", ""),
    ("Verdict", ""), ("Trials", "n"), ("Wrong twin", ""), ("Seconds", "n"),
)  # fmt: skip
_PROOF_HEADS = (("Item", ""), ("Status", ""), ("Method", ""), ("Supports", ""), ("Seconds", "n"))


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
    return f'<div class="sortable">{_tools(section.setting)}{whole}</div>'


def _ledger_row(row: Mapping[str, Any], section: Record, heads: list[str], first: bool) -> str:
    target = f' id="{identifier("claim", section.setting, row["claim"])}"' if first else ""
    about = " · ".join(str(row[k]) for k in ("source", "at") if row.get(k))
    more = [esc(row["detail"])] if row.get("detail") else []
    if row.get("twin_mistake"):
        more.append(f"Wrong twin: {esc(row['twin_mistake'])}")
    if row.get("repaired_by"):
        more.append(f"Repaired by {link('claim', section.setting, row['repaired_by'])}")
    details = ""
    if more:
        inner = "".join(f'<span class="small">{text}</span>' for text in more)
        details = f"<details><summary>Details</summary>{inner}</details>"
    claim = (
        f'<th scope="row" role="rowheader" data-sort="{esc(row["claim"])}">'
        f'<code class="name">{esc(row["claim"])}</code>'
        f'<span class="statement">{inline(str(row.get("statement", "")))}</span>'
        f'<span class="small">{esc(about)}</span>{_support(row, section)}{details}</th>'
    )
    estimate, prediction = number(row, "estimate"), number(row, "prediction")
    seconds = number(row, "seconds")
    cells = [
        cell(esc(row.get("kind", "–")), heads[1]),
        cell(prediction_text(row), heads[2], "n", "" if prediction is None else prediction),
        cell(estimate_text(row), heads[3], "n", "" if estimate is None else estimate),
        cell(bar(row), heads[4], "", _distance(row)),
        cell(row_verdict(row), heads[5], "", row["verdict"]),
        cell(whole_text(row.get("trials")), heads[6], "n", row.get("trials") or ""),
        cell(twin_text(row), heads[7], "", row.get("twin_trials") or ""),
        cell(number_text(seconds), heads[8], "n", "" if seconds is None else seconds),
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


def _tools(setting: str) -> str:
    """The filter of one ledger; it is shown by the script, without which it could do nothing."""
    verdicts = (
        ("", "all"), ("HOLDS", "HOLDS"), ("REFUTED", "REFUTED"), ("UNDECIDED", "UNDECIDED"),
        ("unexpected", "not as expected"), ("not-run", NOT_RUN),
    )  # fmt: skip
    options = "".join(f'<option value="{value}">{text}</option>' for value, text in verdicts)
    orders = '<option value="-1">the paper</option>' + "".join(
        f'<option value="{i}">{esc(text)}</option>' for i, (text, _) in enumerate(_LEDGER_HEADS)
    )
    return (
        f'<div class="tools" role="group" aria-label="Filter the ledger of {esc(setting)}"'
        ' hidden="hidden"><label>Search <input type="search" autocomplete="off"/></label>'
        f'<label>Verdict <select class="verdicts">{options}</select></label>'
        f'<label>Order by <select class="order">{orders}</select></label>'
        '<output aria-live="polite"></output></div>'
    )


def proof_table(section: Record, written: str) -> str:
    if not section.proofs:
        return f'<p class="note">{NOT_RUN.capitalize()}.</p>'
    heads = [text for text, _ in _PROOF_HEADS]
    rows = []
    for proof in section.proofs:
        status, expected = str(proof["status"]), str(proof.get("expected") or "PROVED")
        more = _point(proof.get("counterexample"))
        supports = [link("claim", section.setting, c) for c in proof.get("supports") or ()]
        seconds = number(proof, "seconds")
        target = identifier("proof", section.setting, proof["name"])
        rows.append(
            f'<tr role="row" id="{target}"><th scope="row" role="rowheader">'
            f'<code class="name">{esc(proof["name"])}</code>'
            f'<span class="statement">{inline(str(proof.get("statement", "")))}</span>'
            f'<span class="small">{esc(proof.get("source", ""))}</span>{more}</th>'
            + cell(
                verdict_text(status, expected, wrong=status not in (expected, "UNDECIDED")),
                heads[1],
                "",
                status,
            )
            + cell(esc(proof.get("method") or "–"), heads[2])
            + cell(", ".join(supports) or "–", heads[3])
            + cell(number_text(seconds), heads[4], "n", "" if seconds is None else seconds)
            + "</tr>"
        )
    caption = f"{len(rows)} items of {section.setting}. Run {written}."
    return f'<div class="sortable">{table(caption, _PROOF_HEADS, rows)}</div>'


def _point(counterexample: Any) -> str:
    """A counterexample, as a point that anyone can evaluate."""
    if not counterexample:
        return ""
    if isinstance(counterexample, Mapping):
        counterexample = ", ".join(f"{name} = {value}" for name, value in counterexample.items())
    return f'<span class="small">Counterexample: <code>{esc(counterexample)}</code></span>'
