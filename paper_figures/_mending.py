"""Where a paper needs mending: its statements that fail as written, with the form that holds."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from paper_figures._evidence import number
from paper_figures._html import (
    esc, estimate_text, inline, link, point_text, prediction_text, row_verdict, verdict_text,
)  # fmt: skip
from paper_figures._setting_evidence import SettingEvidence


def mending(shown: SettingEvidence) -> str:
    """A card for each statement that is known to fail; "" where there is none."""
    claims = [*shown.claims, *shown.claims_to_run]
    failing = [row for row in claims if row.get("expected") == "REFUTED"]
    first = {row["claim"]: row for row in reversed(failing)}  # of several cases the first
    cards = [_mended_claim(shown, row) for row in failing if first[row["claim"]] is row]
    cards += [
        _mended_step(shown, proof)
        for proof in (*shown.proofs, *shown.proofs_to_run)
        if _printed(proof) and not any(_behind(proof, row) for row in failing)
    ]
    return "".join(cards)


def _printed(proof: Mapping[str, Any]) -> bool:
    """Whether an item is a paper's statement that is known to fail, not a wrong one of our own."""
    source = str(proof.get("source") or "")
    return proof.get("expected") == "REFUTED" and not source.lower().startswith("derived")


def _behind(proof: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether an item is evidence against a failing claim: named by either, or of one source."""
    return (
        row["claim"] in (proof.get("supports") or ())
        or proof["name"] == row["claim"]
        or (_printed(proof) and proof.get("source") == row.get("source"))
    )


def _mended_claim(shown: SettingEvidence, row: Mapping[str, Any]) -> str:
    entries = [
        ("As written", inline(str(row.get("statement", "")))),
        ("Where", esc(row.get("source") or "–")),
    ]
    if "verdict" in row:
        entries.append(("Verdict", f"{row_verdict(row)} {_evidence(row)}"))
    for proof in shown.proofs:
        point = point_text(proof)
        if point and _behind(proof, row):
            name = link("proof", shown.setting, proof["name"])
            entries.append(("Counterexample", f"<code>{esc(point)}</code> ({name})"))
    entries.append(("Repaired", _repaired(shown, row.get("repaired_by"))))
    return _card(link("claim", shown.setting, row["claim"]), entries)


def _mended_step(shown: SettingEvidence, proof: Mapping[str, Any]) -> str:
    """A step of a paper's proof that fails as printed."""
    entries = [
        ("As written", inline(str(proof.get("statement", "")))),
        ("Where", esc(proof.get("source") or "–")),
    ]
    if "status" in proof:
        status = str(proof["status"])
        verdict = verdict_text(status, "REFUTED", wrong=status == "PROVED")
        method = f'<span class="small">{esc(proof.get("method") or "")}</span>'
        entries.append(("Verdict", f"{verdict} {method}"))
    if point := point_text(proof):
        found = f'<span class="small">{esc(proof["detail"])}</span>' if proof.get("detail") else ""
        entries.append(("Counterexample", f"<code>{esc(point)}</code>{found}"))
    entries.append(("Repaired", _repaired(shown, proof.get("repaired_by"))))
    return _card(link("proof", shown.setting, proof["name"]), entries)


def _card(heading: str, entries: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in entries)
    return f'<article class="mend"><h3>{heading}</h3><dl>{listed}</dl></article>'


def _words(fragment: str) -> str:
    """A cell's text in one line."""
    return re.sub(r"<[^>]+>", " ", fragment).strip()


def _evidence(row: Mapping[str, Any]) -> str:
    parts = [esc(row["detail"])] if row.get("detail") else []
    prediction = number(row, "prediction")
    if prediction is not None and number(row, "estimate") is not None:
        parts.insert(
            0, f"claimed {_words(prediction_text(row))}, found {_words(estimate_text(row))}"
        )
    where = f"{esc(row['at'])}: " if row.get("at") else ""
    return f'<span class="small">{where}{"; ".join(parts)}</span>' if parts else ""


def _repaired(shown: SettingEvidence, name: Any) -> str:
    """The form that holds: a claim of the ledger, or a proof item."""
    if not name:
        return "no repaired form is known"
    found = [row for row in (*shown.claims, *shown.claims_to_run) if row["claim"] == name]
    if found:
        named = link("claim", shown.setting, name)
        worst = next((row for row in found if row.get("verdict") != "HOLDS"), found[0])
        verdict = f" {row_verdict(worst)}" if "verdict" in worst else ""
        return f"{inline(str(worst.get('statement', '')))} ({named}){verdict}"
    for proof in (*shown.proofs, *shown.proofs_to_run):
        if proof["name"] == name:
            named = link("proof", shown.setting, name)
            verdict = f" {verdict_text(str(proof['status']))}" if "status" in proof else ""
            return f"{inline(str(proof.get('statement', '')))} ({named}){verdict}"
    return f"<code>{esc(name)}</code>"
