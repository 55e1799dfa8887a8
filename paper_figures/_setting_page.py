"""A setting's page of the report: model, figures, ledger, proofs."""

import base64
import dataclasses
import io
from typing import Any

from PIL import Image

from paper_figures._evidence import DrawnFigure, number
from paper_figures._explorer import explorer_parts
from paper_figures._html import esc, identifier, inline, number_text, prose, topic_list, whole_text
from paper_figures._mending import mending
from paper_figures._page import page
from paper_figures._setting_evidence import SettingEvidence
from paper_figures._tables import ledger_table, proof_table

_PIXELS_PER_CSS_PIXEL = 1.5  # a 3.6 inch panel at 200 dpi is shown 480 CSS pixels wide
_WIDE = 600  # CSS pixels; broader figures have more than one panel across
_EMBEDDED_CSV = 400_000  # bytes on one page; longer data stay in the folder
_EMBEDDED_PNG = 1_400_000  # bytes on one page; beyond, images are kept in 256 colours
_READING = """<details class="model"><summary>How to read verdicts, twins and bars</summary>
<p>A claim <strong>HOLDS</strong> when a sequential test, which errs with probability at most
1e-6, puts the estimate inside the prediction's tolerance: the error that the theory itself admits.
It says so of the parameters shown in its row, and of no others. Identities and inequalities hold at
every point tried; only an item marked <strong>PROVED</strong> is a proof.</p>
<p>Each claim has a <em>wrong twin</em>, a plausible wrong statement put to the same test. A claim
that cannot be told from its twin is <strong>UNDECIDED</strong>, never passed. The bars show
estimate and interval in units of the tolerance, or of the bound; the shaded band is where the
statement holds.</p></details>"""


def setting_page(shown: SettingEvidence, ledger_written: str, proofs_written: str) -> str:
    """The whole page."""
    figures = _figures(shown)
    mend = mending(shown)
    explorer, script = explorer_parts(shown)
    parts = [
        ("model", "Model", _model(shown)),
        ("figures", "Figures", f'<div class="figures">{figures}</div>' if figures else ""),
        ("explorer", "Explorer", explorer),
        ("mending", "Where the paper needs mending", mend),
        ("ledger", "Ledger", ledger_table(shown, ledger_written)),
        ("proofs", "Proof items", proof_table(shown, proofs_written)),
    ]
    present = [part for part in parts if part[2]]
    jumps = "".join(f'<li><a href="#{key}">{heading}</a></li>' for key, heading, _ in present)
    sections = [
        f'<section aria-labelledby="{key}"><h2 id="{key}">{heading}</h2>'
        f"{_READING if key == 'ledger' else ''}{content}</section>"
        for key, heading, content in present
    ]
    body = f"""<header>
<p class="note up"><a href="../report.html">All settings</a></p>
<h1>{inline(shown.title)}</h1>
<p class="muted"><code>{esc(shown.setting)}</code>{_paper(shown.paper)}</p>
{topic_list(shown.topics)}
{"".join(f'<p class="trouble">{esc(text)}</p>' for text in shown.trouble)}
{_to_run(shown)}
</header>
<nav aria-label="On this page"><ul class="jumps">{jumps}</ul></nav>
<main id="main">
{"".join(sections)}
</main>"""
    return page(f"{shown.setting}: theory and simulation", body, _footer(shown), script)


def _footer(shown: SettingEvidence) -> str:
    if not shown.figures:
        return ""
    return f"<p>Figures and their data stand in <code>figures/{esc(shown.setting)}/</code>.</p>"


def _to_run(shown: SettingEvidence) -> str:
    """What has not run, once, with the commands that run it."""
    s = shown
    deep = sum(bool(claim["deep"]) for claim in s.claims_to_run)
    usual = len(s.claims_to_run) - deep
    lines = []
    if usual:
        lines.append((f"{usual} claim{'s' * (usual > 1)}", f"python -m sims verify {s.setting}"))
    if deep:
        lines.append((f"{deep} claim{'s' * (deep > 1)} with large budgets",
                      f"python -m sims verify {s.setting} --deep"))  # fmt: skip
    if n := len(s.proofs_to_run):
        lines.append((f"{n} proof item{'s' * (n > 1)}", f"python -m proofs_check {s.setting}"))
    if s.missing:
        names = ", ".join(s.missing)
        lines.append((f"the figures {names}", f"python -m paper_figures {s.setting}"))
    if not lines:
        return ""
    listed = "".join(f"<li>{esc(what)}: <code>{esc(run)}</code></li>" for what, run in lines)
    return f'<div class="note to-run"><p>Not run yet:</p><ul>{listed}</ul></div>'


def _model(shown: SettingEvidence) -> str:
    """The model in formulas, and the module's notes behind a click; without MODEL the notes."""
    notes = prose(shown.body)
    if not shown.model:
        return f'<div class="model">{notes}</div>' if notes else ""
    if notes:
        notes = f"<details><summary>Notes: conventions, claims replaced</summary>{notes}</details>"
    return f'<div class="model">{shown.model}{notes}</div>'


def _paper(paper: Any) -> str:
    if paper is None:
        return ""
    text = f" · {esc(paper.authors)}. <cite>{esc(paper.title)}</cite>. {esc(paper.venue)}."
    if paper.url:
        text += f' <a href="{esc(paper.url)}">arXiv:{esc(paper.arxiv)}</a>'
    return text


def _figures(shown: SettingEvidence) -> str:
    """Every figure, with its data as far as a page has room for them."""
    parts, room = [], _EMBEDDED_CSV
    large = sum(len(figure.png) for figure in shown.figures) > _EMBEDDED_PNG
    for figure in shown.figures:
        fits = len(figure.data) <= room
        room -= len(figure.data) if fits else 0
        png = _in_palette(figure.png) if large else figure.png
        parts.append(_figure(dataclasses.replace(figure, png=png), shown.setting, fits))
    return "".join(parts)


def _in_palette(png: bytes) -> bytes:
    """The image in 256 colours, a third as long: lines and text look the same."""
    small = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256).save(small, "png", optimize=True)
    return small.getvalue()


def _figure(figure: DrawnFigure, setting: str, with_data: bool) -> str:
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
        f"{_provenance(figure, setting, with_data)}</figcaption></figure>"
    )


def _frame(width: int, title: str) -> str:
    """Opens the frame of an image: on a narrow screen a wide one scrolls, to stay readable."""
    if width <= _WIDE:
        return "<div>"
    return f'<div class="wide" tabindex="0" role="group" aria-label="{esc(title)}">'


def _provenance(figure: DrawnFigure, setting: str, with_data: bool) -> str:
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
        ("Files", f"figures/{setting}/{figure.name}.png, .csv, .json"),
    ]  # fmt: skip
    listed = "".join(f"<dt>{esc(name)}</dt><dd>{esc(text)}</dd>" for name, text in entries)
    data = ""
    if with_data:
        href = "data:text/csv;base64," + base64.b64encode(figure.data).decode()
        file = f"{setting}_{figure.name}.csv"
        data = f'<p class="note"><a download="{esc(file)}" href="{href}">Data (CSV)</a></p>'
    return f"<details><summary>Provenance</summary><dl>{listed}</dl>{data}</details>"
