"""Fragments of the report: prose, numbers, verdicts, bars, tables. Everything is escaped here."""

import base64
import hashlib
import html
import inspect
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from paper_figures._evidence import as_expected, in_tolerances, interval, number, undecided
from sims._kinds import kind_named, unit_of

_BAR_WIDTH, _BAR_HEIGHT, _BAR_REACH = 132, 20, 2.0  # pixels, pixels, tolerances to either side
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# `code`, after a Sphinx role that names its target's kind, or **strong**
_MARKED = re.compile(r"(?::\w+:(?=`))?(`{1,2})([^`]+)\1|\*\*([^*]+)\*\*")
_LIST_ITEM = re.compile(r"(?:[-*+]|\(?\d+[.)])\s+")


def esc(value: Any) -> str:
    """Text that is safe inside an element and inside a quoted attribute."""
    return html.escape(_CONTROL.sub("\ufffd", str(value)), quote=True)


def content_policy(*scripts: str) -> str:
    """The page's Content-Security-Policy: nothing is loaded, and no script runs but these, each
    known by its hash. Were markup to slip through, a script in it would not run."""
    digests = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    known = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline';"
        f" script-src {known}; base-uri 'none'; form-action 'none'"
    )


def inline(text: str) -> str:
    """One paragraph: escaped, with ``code`` and **strong** as their elements."""

    def marked(found: re.Match[str]) -> str:
        if found[2] is not None:
            return f"<code>{found[2]}</code>"
        return f"<strong>{_MARKED.sub(marked, found[3])}</strong>"

    return _MARKED.sub(marked, esc(text))


def prose(docstring: str) -> str:
    """A docstring's body as paragraphs, lists and displayed formulas (indented blocks)."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(docstring).strip("\n"))
    parts: list[str] = []
    for block in blocks:
        lines = [line.rstrip() for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        heading = re.fullmatch(r"([=\-~])\1{2,}", lines[-1].strip())
        if heading and len(lines) == 2:
            parts.append(f"<h4>{inline(lines[0].strip())}</h4>")
            continue
        parts += _block(lines)
    return "\n".join(parts)


def _block(lines: Sequence[str]) -> list[str]:
    """One block: a paragraph, then perhaps a list; or a displayed formula."""
    if all(line.startswith("    ") for line in lines) and not _LIST_ITEM.match(lines[0].strip()):
        return [f"<pre>{esc(inspect.cleandoc(chr(10).join(lines)))}</pre>"]
    paragraph: list[str] = []
    items: list[list[str]] = []
    for line in lines:
        text = line.strip()
        if marker := _LIST_ITEM.match(text):
            items.append([text[marker.end() :]])
        else:
            (items[-1] if items else paragraph).append(text)
    parts = [f"<p>{inline(' '.join(paragraph))}</p>"] if paragraph else []
    if items:
        inner = "".join(f"<li>{inline(' '.join(item))}</li>" for item in items)
        parts.append(f"<ul>{inner}</ul>")
    return parts


def number_text(value: float | None) -> str:
    """Four significant digits; an en dash for nothing."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.4g}".replace("-", "−")


def whole_text(value: Any) -> str:
    """A count with thin spaces between thousands; an en dash for nothing."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value:
        return "–"
    return f"{int(value):,}".replace(",", "\u2009")


def verdict_text(verdict: str, expected: str = "", wrong: bool = False) -> str:
    """A verdict with a sign of its own, so that colour is never all there is."""
    sign = {"HOLDS": "✓", "PROVED": "✓", "REFUTED": "✗"}.get(verdict, "?")
    kind = re.sub(r"[^A-Za-z]+", "-", verdict)
    note = ""
    if wrong and expected:
        note = f'<span class="small wrong">expected {esc(expected)}</span>'
    elif verdict == "REFUTED" and expected == "REFUTED":
        note = '<span class="small">as expected</span>'
    look = "wrong" if wrong else kind
    return f'<span class="verdict {look}">{sign} {esc(verdict)}</span>{note}'


def bar(row: Mapping[str, Any]) -> str:
    """The estimate and its interval against the tolerance band, as a small SVG."""
    scaled = in_tolerances(row)
    if scaled is None:
        return "–"
    at, low, high = scaled
    left, right = kind_named(row.get("kind")).band

    def x(value: float) -> float:
        clipped = min(max(value, -_BAR_REACH), _BAR_REACH)
        return round(_BAR_WIDTH * (0.5 + 0.46 * clipped / _BAR_REACH), 2)

    middle = _BAR_HEIGHT / 2
    if at > _BAR_REACH or at < -_BAR_REACH:  # an arrowhead says that the estimate lies beyond
        tip, base = x(at) + math.copysign(4, at), x(at) - math.copysign(4, at)
        mark = f'<path class="at" d="M{tip} {middle}L{base} {middle - 5}V{middle + 5}Z"/>'
    else:
        mark = f'<circle class="at" cx="{x(at)}" cy="{middle}" r="3.5"/>'
    label = (
        f"estimate at {number_text(at)} tolerances from the prediction,"
        f" interval {number_text(low)} to {number_text(high)},"
        f" band {number_text(left)} to {number_text(right)}"
    )
    return (
        f'<svg class="bar" viewBox="0 0 {_BAR_WIDTH} {_BAR_HEIGHT}" role="img"'
        f' aria-label="{esc(label)}"><title>{esc(label)}</title>'
        f'<rect class="band" x="{x(left)}" y="2" width="{round(x(right) - x(left), 2)}"'
        f' height="{_BAR_HEIGHT - 4}"/>'
        f'<line class="zero" x1="{x(0)}" x2="{x(0)}" y1="2" y2="{_BAR_HEIGHT - 2}"/>'
        f'<line class="reach" x1="{x(low)}" x2="{x(high)}" y1="{middle}" y2="{middle}"/>'
        f"{mark}</svg>"
    )


def estimate_text(row: Mapping[str, Any]) -> str:
    """The estimate with its interval."""
    ends = interval(row)
    reach = (
        f'<span class="small interval">[{number_text(ends[0])}, {number_text(ends[1])}]</span>'
        if ends
        else ""
    )
    return number_text(number(row, "estimate")) + reach


_SIGNS = {"<=": "≤", ">=": "≥", ">": "&gt;"}


def prediction_text(row: Mapping[str, Any]) -> str:
    """What the claim says of the estimate: a value with its tolerance, or a one-sided bound."""
    prediction, tolerance = number(row, "prediction"), number(row, "tolerance")
    kind = kind_named(row.get("kind"))
    if kind.sign != "±":
        value = number(row, kind.of) if kind.of else 0.0
        if value is None or number(row, "estimate") is None:
            return "–"
        unit = unit_of(row.get("kind"), tolerance)
        return f'{_SIGNS[kind.sign]} {number_text(value)}<span class="small">{esc(unit)}</span>'
    if prediction is None and tolerance is None:
        return "–"
    reach = f'<span class="small">± {number_text(tolerance)}</span>' if tolerance else ""
    return number_text(prediction) + reach


def row_verdict(row: Mapping[str, Any]) -> str:
    """The verdict of a ledger row, marked where it is not the expected one."""
    verdict, expected = str(row["verdict"]), str(row.get("expected", "HOLDS"))
    wrong = verdict not in (expected, "UNDECIDED")
    return verdict_text(verdict, expected, wrong)


def twin_text(row: Mapping[str, Any]) -> str:
    """Where the wrong twin fell."""
    verdict = row.get("twin_verdict")
    if not verdict:
        return "–"
    if verdict == "REFUTED":
        trials = whole_text(row.get("twin_trials"))
        where = f'<span class="small">at {trials}</span>' if trials != "–" else ""
        return f'<span class="twin">✗ refuted</span>{where}'
    return verdict_text(str(verdict), "REFUTED", wrong=verdict != "UNDECIDED")


def point_text(proof: Mapping[str, Any]) -> str:
    """The counterexample of a proof item, as a point that anyone can evaluate."""
    point = proof.get("counterexample") or ""
    if isinstance(point, Mapping):
        return ", ".join(f"{name} = {value}" for name, value in point.items())
    return str(point)


def outcome(row: Mapping[str, Any]) -> str:
    """The words that the ledger's verdict filter looks for."""
    verdict = str(row["verdict"])
    words = [verdict]
    if not as_expected(row) and not undecided(row):
        words.append("unexpected")
    return " ".join(words)


def table(
    caption: str, heads: Sequence[tuple[str, str]], rows: Sequence[str], layout: str = "cards"
) -> str:
    """A table; ``heads`` are (text, class) pairs, rows come ready, ``layout`` is its class.

    The roles stand in the markup because the narrow layout shows rows as cards, and a browser
    drops a table's meaning once its parts are no longer displayed as one.
    """
    head = "".join(
        f'<th scope="col" role="columnheader"{_class(kind)}>{esc(text)}</th>'
        for text, kind in heads
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{esc(caption)}">'
        f'<table role="table"{_class(layout)}><caption>{esc(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(rows)}</tbody></table></div>'
    )


def cell(content: str, label: str, kind: str = "", sort: Any = None) -> str:
    """One cell; ``content`` is HTML already, ``label`` heads it in the narrow layout."""
    key = "" if sort is None else f' data-sort="{esc(sort)}"'
    kind = f"{kind} empty".strip() if content == "–" else kind  # the narrow layout leaves it out
    return (
        f'<td role="cell" data-label="{esc(label)}"{_class(kind)}{key}><span>{content}</span></td>'
    )


def _class(kind: str) -> str:
    return f' class="{esc(kind)}"' if kind else ""


def name_text(name: Any) -> str:
    """A snake_case name that may break after an underscore, and nowhere else."""
    return f'<code class="name">{esc(name).replace("_", "_<wbr/>")}</code>'


def options(words: Sequence[str], **more: str) -> str:
    """The options of a filter: all, the words, and ``more`` by value."""
    listed = {"": "all", **{word: word for word in words}, **more}
    return "".join(f'<option value="{esc(v)}">{esc(text)}</option>' for v, text in listed.items())


def topic_list(topics: Sequence[str]) -> str:
    """Topics as a row of labels."""
    listed = "".join(f"<li>{esc(topic)}</li>" for topic in topics)
    return f'<ul class="topics" aria-label="Topics">{listed}</ul>' if topics else ""


def source_text(stated: Mapping[str, Any]) -> str:
    """Where a statement is from; long names in it may break after an underscore."""
    return inline(str(stated.get("source") or "–")).replace("_", "_<wbr/>")


def identifier(*parts: str) -> str:
    """An id for a link's target."""
    return "-".join(re.sub(r"[^A-Za-z0-9_]+", "_", part) for part in parts)


def link(kind: str, setting: str, name: Any, page: str = "") -> str:
    """A link to a claim's or a proof item's row on a page, by default the one it stands on."""
    shown = esc(name).replace("_", "_<wbr/>")
    target = f"{page}#{identifier(kind, setting, str(name))}"
    return f'<a href="{target}"><code>{shown}</code></a>'
