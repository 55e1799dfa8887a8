"""The report: models in formulas, evidence beside claims, and a page that anyone can read."""

import base64
import csv
import hashlib
import io
import json
import re
import runpy
import shutil
import subprocess
import xml.etree.ElementTree as ET
from html import escape, unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import paper_figures
import theory
from paper_figures import _setting_section
from paper_figures._data import csv_bytes
from paper_figures._html import bar
from paper_figures._mathml import mathml, statement
from paper_figures._report import write_report
from proofs_check._record import record_csv
from sims._ledger import csv_text as ledger_csv
from theory import Paper
from theory._spreadsheet import csv_text

DOC = """Coins that remember.

Notes: **every** throw counts.
"""
MODEL = r"""
A coin shows heads with probability $p$, and costs \$5.

$$\hat{p}=\frac1n\sum_{i=1}^n x_i,\qquad \operatorname{E}\hat{p}=p.$$
"""
PAPER = Paper("Coins", "A. Author", "Venue 2020", "2001.00001")


def claim(name, verdict="HOLDS", **more):
    row = {
        "setting": "coins", "claim": name, "kind": "Equals", "source": "Theorem 1",
        "statement": f"E x = {name}", "at": "p=0.5, n=200", "verdict": verdict,
        "expected": "HOLDS", "twin_verdict": "REFUTED", "twin_mistake": "the other side",
        "estimate": 0.51, "interval": [0.5, 0.52], "prediction": 0.5, "tolerance": 0.05,
        "trials": 1200, "twin_trials": 64, "seconds": 1.5, "detail": "", "repaired_by": None,
        "supported_by": [],
    }  # fmt: skip
    return row | more


def proof(name, status="PROVED", **more):
    item = {
        "setting": "coins", "name": name, "source": "Lemma 2", "statement": f"step {name}",
        "status": status, "expected": "PROVED", "method": "SymPy", "counterexample": None,
        "unresolved": None, "detail": "", "supports": [], "repaired_by": None, "seconds": 0.1,
    }  # fmt: skip
    return item | more


LEDGER = [
    claim("zebra", trials=64, estimate=0.53, interval=[0.52, 0.54], supported_by=["solid"]),
    claim("mango", "UNDECIDED", kind="AtMost", estimate=None, interval=[None, None], trials=900),
    claim("apple", at="p=0.2, n=200",
          source="Section 4; derived: see theory/random_features/_solver.py", trials=12000,
          twin_trials=128),
    claim(
        "wrong_as_printed", "REFUTED", expected="REFUTED", source="Corollary 3", estimate=0.9,
        interval=[0.89, 0.91], repaired_by="zebra", twin_verdict="", twin_trials=0,
    ),
]  # fmt: skip
PROOFS = [
    proof("solid", supports=["zebra", "a_claim_that_is_gone"]),
    proof("counted", "REFUTED", expected="REFUTED", source="Corollary 3",
          counterexample={"p": "1/4"}),
    proof("printed_step", "REFUTED", expected="REFUTED", source="(A.11)",
          counterexample={"n": "15"}, detail="f < 0 there", repaired_by="solid"),
    proof("own_wrong_twin", "REFUTED", expected="REFUTED", source="derived"),
    proof("open_box", "UNDECIDED", unresolved={"p": ["0", "1/8"]}),
]  # fmt: skip


class Params:
    """Parameters with defaults, as the ledger's line of parameters has them."""


@pytest.fixture
def coins(monkeypatch):
    """A setting that only this test knows; its module may be changed."""
    module = SimpleNamespace(__doc__=DOC, MODEL=MODEL, PAPER=PAPER, CLAIMS=(), Params=Params)
    monkeypatch.setattr(_setting_section, "settings", lambda: ["coins"])
    known = {"theory": module}
    monkeypatch.setattr(_setting_section, "load", lambda kind, name: known.get(kind))
    monkeypatch.setattr(_setting_section, "describe", lambda params: "p=0.5, n=100")
    return module


@pytest.fixture
def out(tmp_path):
    """An out folder with a ledger, proof items and two figures."""
    (tmp_path / "ledger.json").write_text(json.dumps(LEDGER))
    (tmp_path / "proofs.json").write_text(json.dumps(PROOFS))
    folder = tmp_path / "figures" / "coins"
    folder.mkdir(parents=True)
    for name, size in (("figure_1", (720, 400)), ("figure_2", (1500, 500))):
        picture = io.BytesIO()
        Image.new("RGB", size, "navy").save(picture, "png")
        (folder / f"{name}.png").write_bytes(picture.getvalue())
        (folder / f"{name}.csv").write_text("x,y\n1,2\n")
        told = {"title": name, "caption": "Heads agree with theory.", "source": "Figure 1",
                "description": "Panel a: the share of heads against p."}  # fmt: skip
        (folder / f"{name}.json").write_text(json.dumps(told))
    return tmp_path


def page(folder: Path) -> str:
    return write_report(folder, ["coins"]).read_text(encoding="utf-8")


def parsed(text: str) -> ET.Element:
    """The page as XML, its script apart (where < and & are not markup)."""
    return ET.fromstring(re.sub(r"<script>.*?</script>", "", text, flags=re.S))


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


# --------------------------------------------------------------------------------------------
# Formulas


def test_a_model_is_shown_as_mathml_with_its_tex_for_those_who_cannot_see_it(coins, out):
    root = parsed(page(out))
    section = next(e for e in root.iter("section") if e.get("id") == "coins")
    formulas = list(section.iter("math"))
    assert [f.get("display") for f in formulas] == ["inline", "block", "block"]
    assert formulas[2].get("alttext") == r"\operatorname{E}\hat{p}=p."
    assert formulas[1].find(".//mfrac") is not None
    assert "costs $5" in words(section)
    # the module's own notes stay within reach
    notes = next(e for e in section.iter("details") if "Notes" in words(e.find("summary")))
    assert "every throw counts" in words(notes)


def test_without_a_model_the_docstring_is_shown(coins, out):
    del coins.MODEL
    text = page(out)
    assert "<math" not in text
    assert "Notes: <strong>every</strong> throw counts." in text


def test_a_wrong_formula_is_named_with_its_setting_and_loses_nothing_else(coins, out):
    coins.MODEL = MODEL + r"Here $\frac{1}{n$ and $\nonsense x$ are wrong, $y$ is right."
    root = parsed(page(out))
    trouble = [words(e) for e in root.iter("p") if e.get("class") == "trouble"]
    assert len(trouble) == 2
    assert all(text.startswith("theory/coins: MODEL, formula") for text in trouble)
    assert r"\frac{1}{n" in trouble[0]
    assert "brace is not closed" in trouble[0]
    assert r"unknown command \nonsense" in trouble[1]
    assert len(list(root.iter("math"))) == 4
    assert len([e for e in root.iter("figure")]) == 2


@pytest.mark.parametrize(
    ("tex", "says"),
    [
        (r"\sqrt{x", "not closed"),
        ("x}", "closed but not open"),
        ("a & b", "outside a table"),
        ("x^", "missing super"),
        (r"\left( x", "left"),
        (" ", "no available tokens"),
        (r"\foo{x}", r"unknown command \foo"),
    ],
)
def test_errors_in_tex_are_said_in_words(tex, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        mathml(tex)
    shown, trouble = statement(f"Let ${tex}$ be.")
    assert len(trouble) == 1
    assert tex.strip() in trouble[0].replace("\\\\", "\\")
    ET.fromstring(f"<div>{shown}</div>")


def test_a_lone_dollar_is_trouble_and_an_escaped_one_is_not():
    assert statement(r"It costs \$5 and \$6.") == ("<p>It costs $5 and $6.</p>", [])
    assert "lone $ near" in statement("It costs $5.")[1][0]


def test_signs_names_and_slashes_are_spaced_as_in_tex():
    def row(tex):
        return ET.fromstring(mathml(tex))

    negative = row("y=-1").find(".//mo[@form='prefix']")
    assert negative is not None
    assert negative.text == "−"
    assert row("a-1").find(".//mo[@form='prefix']") is None
    assert row(r"(a)-1").find(".//mo[@form='prefix']") is None
    log, space, r = row(r"\log R")[0]
    assert (log.tag, space.tag, r.text) == ("mi", "mspace", "R")
    assert row(r"\log(R)").find(".//mspace") is None
    assert row("1/p").find(".//mo").get("lspace") == "0"
    assert row(r"a\pm b").find(".//mo").text == "±"
    assert [e.tag for e in row(r"n\to\infty")[0]] == ["mi", "mo", "mi"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(
    ["$", "$$", "x", "<b>", "&", "{", "}", r"\frac", r"\left(", r"\right)", "^", "_", "\n\n",
     r"\text{a<b}", "`", "**", r"\qquad", r"\begin{cases}", r"\end{cases}", "\ue0000\ue001", '"']
), max_size=14))  # fmt: skip
def test_no_statement_breaks_the_page(parts):
    shown, _ = statement(" ".join(parts))
    tags = {e.tag for e in ET.fromstring(f"<div>{shown}</div>").iter()}
    assert all(
        re.fullmatch(r"div|p|span|code|strong|ul|li|pre|h4|math|m[a-z]+|semantics", t) for t in tags
    )


def test_every_setting_of_the_package_states_its_model_without_an_error():
    files = sorted(Path(theory.__file__).parent.glob("*/_statement.py"))
    assert files
    for path in files:
        shown, trouble = statement(runpy.run_path(str(path))["MODEL"])
        assert trouble == [], path.parent.name
        assert shown.count('display="block"') >= 2, path.parent.name
        lines = (path.parent / "__init__.py").read_text(encoding="utf-8")
        assert "import MODEL" in lines, path.parent.name


# --------------------------------------------------------------------------------------------
# Evidence


def test_the_ledger_has_every_column_and_a_bar_for_what_has_a_band(coins, out):
    root = parsed(page(out))
    table = next(t for t in root.iter("table") if "rows of coins" in words(t.find("caption")))
    heads = [words(th) for th in table.find("thead").iter("th")]
    assert heads == [
        "Claim", "Source", "Kind", "Prediction", "Estimate", "Against the band", "Verdict",
        "Trials", "Wrong twin", "Seconds",
    ]  # fmt: skip
    rows = {row.find("th").get("data-sort"): row for row in table.find("tbody").iter("tr")}
    cells = {td.get("data-label"): words(td) for td in rows["apple"].iter("td")}
    assert cells["Source"].startswith("Section 4; derived")
    assert cells["Prediction"] == "0.5± 0.05"
    assert cells["Estimate"] == "0.51[0.5, 0.52]"
    assert cells["Trials"].replace(" ", "") == "12000"
    assert cells["Wrong twin"] == "✗ refutedat 128"
    bars = {name: row.find(".//svg") for name, row in rows.items()}
    assert "0.2 tolerances" in bars["apple"].get("aria-label")
    assert bars["wrong_as_printed"].find("path") is not None  # 8 tolerances off: an arrowhead
    assert bars["mango"] is None


@pytest.mark.parametrize(
    ("kind", "estimate", "inside"),
    [
        ("Equals", 0.54, True), ("Equals", 0.44, False), ("PerTrial", -7.0, True),
        ("PerTrial", 0.051, False), ("AtMost", 0.01, True), ("AtMost", 0.06, False),
        ("Law", 0.049, True), ("Identity", 0.01, True), ("Identity", 0.06, False),
    ],
)  # fmt: skip
def test_the_mark_stands_on_the_band_exactly_where_the_statement_holds(kind, estimate, inside):
    prediction = {"Equals": 0.5, "PerTrial": 0.05, "Identity": None}.get(kind, 0.0)
    row = claim("x", kind=kind, estimate=estimate, interval=None, prediction=prediction)
    svg = ET.fromstring(bar(row))
    band, mark = svg.find("rect"), svg.find("circle")
    left, width = float(band.get("x")), float(band.get("width"))
    beyond = mark is None  # an arrowhead at the edge
    at = float(re.search(r"M([\d.]+)", svg.find("path").get("d"))[1]) if beyond else mark.get("cx")
    assert (left - 5 <= float(at) <= left + width) == inside


def test_rows_show_the_parameters_that_differ_from_the_defaults_and_keep_the_rest(coins, out):
    root = parsed(page(out))
    rows = {e.get("id"): words(e.find("th")) for e in root.iter("tr") if e.get("id")}
    assert "At n=200, else the defaults" in rows["claim-coins-zebra"]
    assert "All parameters: p=0.5, n=200" in rows["claim-coins-zebra"]
    assert "At p=0.2, n=200" in rows["claim-coins-apple"]
    assert "else the defaults" not in rows["claim-coins-apple"]


def test_proof_results_stand_beside_the_claims_they_support(coins, out):
    root = parsed(page(out))
    rows = {e.get("id"): e for e in root.iter("tr") if e.get("id")}
    assert "Proof: solid ✓ PROVED" in words(rows["claim-coins-zebra"])
    assert "Undecided box: p in ['0', '1/8']" in words(rows["proof-coins-open_box"])
    links = [a.get("href") for a in rows["proof-coins-solid"].iter("a")]
    assert links == ["#claim-coins-zebra"]  # the claim that is gone is named without a link
    assert "3 proved" not in words(root.find(".//nav"))
    assert "1 proved3 refuted as expected1 not as expected" in words(root.find(".//nav"))


def test_failing_statements_stand_with_counterexample_and_repaired_form(coins, out):
    root = parsed(page(out))
    cards = {words(e.find("h3")): words(e) for e in root.iter("article")}
    assert set(cards) == {"coins: wrong_as_printed", "coins: printed_step"}
    failing = cards["coins: wrong_as_printed"]
    for part in ("E x = wrong_as_printed", "Corollary 3", "p = 1/4", "E x = zebra", "✓ HOLDS"):
        assert part in failing
    step = cards["coins: printed_step"]
    for part in ("step printed_step", "(A.11)", "n = 15", "step solid", "✓ PROVED"):
        assert part in step


# --------------------------------------------------------------------------------------------
# Looks


def _schemes() -> dict[str, dict[str, str]]:
    """The colours of the light, the dark and the printed page."""
    sheet = (Path(paper_figures.__file__).parent / "_report.css").read_text(encoding="utf-8")
    light, dark, printed = (
        dict(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6})\b", block))
        for block in re.findall(r":root \{(.*?)\}", sheet, re.S)
    )
    return {"light": light, "dark": light | dark, "print": light | printed}


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
        channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_and_marks_have_the_contrast_that_wcag_asks_for(scheme):
    assert _contrast("#000", "#ffffff") == pytest.approx(21)
    colours = _schemes()[scheme]
    for ground in ("ground", "raised"):
        for text in ("ink", "muted", "link", "holds", "refuted", "wrong", "open"):
            ratio = _contrast(colours[text], colours[ground])
            assert ratio >= 4.5, f"{scheme}: {text} on {ground} {ratio:.2f}"
        for mark in ("mark", "focus", "muted"):
            ratio = _contrast(colours[mark], colours[ground])
            assert ratio >= 3, f"{scheme}: {mark} on {ground} {ratio:.2f}"
    for mark in ("mark", "muted"):
        ratio = _contrast(colours[mark], colours["band"])
        assert ratio >= 3, f"{scheme}: {mark} on the tolerance band {ratio:.2f}"


def test_every_text_colour_is_one_of_those_whose_contrast_is_checked():
    sheet = (Path(paper_figures.__file__).parent / "_report.css").read_text(encoding="utf-8")
    used = set(re.findall(r"[^-]color: ([^;]+);", sheet))
    checked = {f"var(--{n})" for n in ("ink", "muted", "link", "holds", "refuted", "wrong", "open")}
    assert used <= checked | {"inherit"}


# --------------------------------------------------------------------------------------------
# In a browser

ACT = """<script>
const said = {};
const block = document.querySelector('#coins .tools').closest('.sortable');
const claims = () => [...block.querySelectorAll('tbody tr')].filter((r) => !r.hidden)
  .map((r) => r.querySelector('.name').textContent);
const choose = (what, value) => {
  const box = block.querySelector(what);
  box.value = value;
  box.dispatchEvent(new Event(box.type === 'search' ? 'input' : 'change'));
};
said.paper = claims();
said.sorted = [...block.querySelectorAll('thead th')].map((th) => {
  const button = th.querySelector('button');
  button.focus(); button.click();
  const up = [document.activeElement === button, th.getAttribute('aria-sort'), claims()];
  button.click();
  return [th.textContent, ...up, th.getAttribute('aria-sort'), claims()];
});
choose('select.order', '-1'); said.again = claims();
said.filtered = {};
for (const verdict of ['HOLDS', 'REFUTED', 'UNDECIDED', 'unexpected', 'not-run', '']) {
  choose('select.verdicts', verdict); said.filtered[verdict] = claims();
}
choose('input', 'SECTION 4 apple'); said.found = claims();
said.count = block.querySelector('output').textContent;
location.hash = '#claim-coins-zebra';
dispatchEvent(new Event('hashchange'));
said.revealed = claims();
said.images = [...document.images].map((i) => [i.complete, i.naturalWidth, i.alt.length]);
said.formulas = [...document.querySelectorAll('math')].map((m) => m.getBoundingClientRect().height);
said.width = [innerWidth, document.documentElement.scrollWidth];
said.beyond = [...document.querySelectorAll('.scroll')].map((e) => e.scrollWidth - e.clientWidth);
said.injected = typeof window.injected;
said.ground = getComputedStyle(document.body).backgroundColor;
console.info('the page was heard');
parent.document.body.replaceChildren(JSON.stringify(said));
</script>"""


def browse(html: str, folder: Path, *flags: str, width: int = 1280) -> tuple[dict, list[str]]:
    """What the script said inside headless Chromium, and the lines of the browser's console.

    The page stands in a frame of the given width: a window has at least 500 pixels.
    """
    # the page's policy runs the page's own script alone, known by its hash: here this one too
    spoken = ACT.removeprefix("<script>").removesuffix("</script>")
    digest = base64.b64encode(hashlib.sha256(spoken.encode()).digest()).decode()
    allowed = html.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    assert allowed != html
    acting = escape(allowed.replace("</body>", f"{ACT}</body>"))
    frame = f'<iframe srcdoc="{acting}" style="border:0" width="{width}" height="900"></iframe>'
    (folder / "acted.html").write_text(
        f"<!DOCTYPE html><html><head><meta charset='utf-8'/><link rel='icon' href='data:,'/>"
        f"<meta name='color-scheme' content='light dark'/></head><body>{frame}</body></html>",
        encoding="utf-8",
    )
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
        "--window-size=1400,1000", "--hide-scrollbars", "--dump-dom", *flags,
        (folder / "acted.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    body = re.search(r"<body>(.*?)</body>", done.stdout, re.S)
    assert body, done.stderr[-2000:]
    said = json.loads(unescape(body[1]))
    return said, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium package")
def test_in_a_browser_the_page_sorts_filters_and_shows_every_figure_without_errors(coins, out):
    html = page(out)
    said, console = browse(html, out, width=1280)
    assert len(console) == 1, console  # our own line, so errors would be heard, and no other
    assert "the page was heard" in console[0]
    order = ["zebra", "mango", "apple", "wrong_as_printed"]
    assert said["paper"] == said["again"] == order
    columns = {head: (up, down) for head, _, _, up, _, down in said["sorted"]}
    assert len(columns) == 10
    assert all(row[1] is True for row in said["sorted"])  # headings take the keyboard's focus
    assert all((row[2], row[4]) == ("ascending", "descending") for row in said["sorted"])
    assert columns["Claim"][0] == sorted(order)
    assert columns["Claim"][1] == sorted(order, reverse=True)
    assert columns["Trials"][0] == ["zebra", "mango", "wrong_as_printed", "apple"]
    assert columns["Estimate"][1][:3] == ["wrong_as_printed", "zebra", "apple"]
    assert columns["Estimate"][0][-1] == columns["Estimate"][1][-1] == "mango"  # it has none
    assert said["filtered"] == {
        "HOLDS": ["zebra", "apple"], "REFUTED": ["wrong_as_printed"], "UNDECIDED": ["mango"],
        "unexpected": [], "not-run": [], "": order,
    }  # fmt: skip
    assert said["found"] == ["apple"]
    assert said["count"] == "1 of 4 rows"
    assert said["revealed"] == order  # a link to a row that a filter hides shows it
    assert [(done, width) for done, width, _ in said["images"]] == [(True, 720), (True, 1500)]
    assert all(length > 20 for _, _, length in said["images"])
    assert len(said["formulas"]) == 3
    assert all(height > 5 for height in said["formulas"])
    assert said["width"] == [1280, 1280]
    assert max(said["beyond"]) <= 0  # every column of every table is in sight


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium package")
def test_a_script_that_slipped_into_the_page_does_not_run(coins, out):
    evil = """<script>window.injected = 1</script><img src="x" onerror="window.injected = 2"/>"""
    said, console = browse(page(out).replace("<main", f"{evil}<main"), out)
    assert said["injected"] == "undefined"
    assert any("Content Security Policy" in line for line in console)


@pytest.mark.parametrize(
    "tex",
    [r"\href{javascript:alert(1)}{x}", r"\href{https://example.org}{x}", r"\style{color:red}{x}",
     r"\class{note}{x}", r"\text{<script>alert(1)</script>}", r"\text{<b onclick='a()'>x</b>}",
     r"\color{red;background:url(x)}{x}", r"\text{</math><script>alert(1)</script>}"],
)  # fmt: skip
def test_a_formula_holds_no_link_style_class_or_markup(tex):
    with pytest.raises(ValueError, match=r"a formula may not|&"):
        mathml(tex)
    shown, trouble = statement(f"A formula ${tex}$ in a text.")
    assert len(trouble) == 1
    assert ET.fromstring(f"<div>{shown}</div>").find(".//code").text == f"${tex}$"


def test_cells_that_a_spreadsheet_would_run_are_text():
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=", "-x"]
    plain = ["-0.5 0.25", "-0.5", "+3", "-inf nan", "a=b", "", "0"]
    text = csv_text(["=name", "value"], [[word, -1.5] for word in (*evil, *plain)])
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["'=name", "value"]
    want = [f"'{word}".replace("\r", "\n") for word in evil] + plain
    assert [row[0] for row in rows[1:]] == want
    assert {row[1] for row in rows[1:]} == {"-1.5"}
    # every table that is written goes that way
    assert "'=x" in ledger_csv([{"detail": "=x", "estimate": -1.0}])
    assert b"'=x" in csv_bytes([{"series": "=x", "x": -1.0}])
    assert "'=x" in record_csv([{"statement": "=x"}])


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium package")
def test_on_a_telephone_in_the_dark_the_page_fits_and_is_dark(coins, out):
    dark = "--blink-settings=preferredColorScheme=0"
    said, console = browse(page(out), out, dark, width=400)
    assert len(console) == 1, console
    width, content = said["width"]
    assert width == 400
    assert content <= width  # nothing but its own box scrolls sideways
    ground = "#" + "".join(f"{int(c):02x}" for c in re.findall(r"\d+", said["ground"]))
    assert ground == _schemes()["dark"]["ground"]
    assert said["filtered"]["HOLDS"] == ["zebra", "apple"]


def test_the_data_behind_a_figure_can_be_saved_from_the_page(coins, out):
    root = parsed(page(out))
    saved = [a for a in root.iter("a") if a.get("download")]
    assert [a.get("download") for a in saved] == ["coins_figure_1.csv", "coins_figure_2.csv"]
    data = base64.b64decode(saved[0].get("href").partition("base64,")[2])
    assert data == b"x,y\n1,2\n"
