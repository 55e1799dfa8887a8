"""The report of a drawn setting: well formed, escaped, and its text safe."""

import csv
import io
import json
import re
import shutil
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_figures._data import csv_bytes
from paper_figures._html import bar, esc, inline, prose
from paper_figures._report import write_report
from tests.figures.coins import page, parsed
from theory import _discovery
from theory._spreadsheet import cell


def test_the_report_loads_nothing_and_is_well_formed(out):
    first = (out / "report.html").read_text(encoding="utf-8")
    own = {"../report.html", "report/bent_coin.html", "report/plain_coin.html"}
    for text in (first, page(out), page(out, "plain_coin")):
        root = parsed(text)
        for element in root.iter():
            for name in ("src", "href"):
                target = element.get(name, "")
                inside = target.partition("#")[0] in own and name == "href"
                away = ("data:", "#", "https://arxiv.org/abs/")
                assert inside or target.startswith(away) or not target
        assert "url(" not in text
        assert "@import" not in text
        assert "default-src 'none'" in text
        identifiers = [e.get("id") for e in root.iter() if e.get("id")]
        assert len(identifiers) == len(set(identifiers))
        local = {e.get("href") for e in root.iter("a") if e.get("href", "").startswith("#")}
        assert {target[1:] for target in local if target} <= set(identifiers)


def test_the_report_shows_figures_with_alt_text_and_escapes_everything(out):
    text = page(out)
    root = parsed(text)
    images = list(root.iter("img"))
    assert len(images) == 2
    assert len(list(parsed(page(out, "plain_coin")).iter("img"))) == 1  # its ledger
    assert all(len(image.get("alt", "")) > 20 for image in images)
    assert "within 2 standard errors of theory" in text
    assert "Shares &lt;agree&gt;." in text
    assert "A bent coin: &lt;b&gt;one&lt;/b&gt; &amp; many throws" in text
    assert "Coins &amp; &lt;dice&gt;" in text
    assert "https://arxiv.org/abs/2001.00001" in text
    assert "<pre>E share = p,   Var share = p (1 - p)/n</pre>" in text
    assert text.count("<script>") == 2  # the page's, and its explorer's
    assert all(th.get("scope") in ("row", "col") for th in root.iter("th"))


def test_the_report_shows_verdicts_where_there_is_a_ledger(out, folder, tmp_path):
    _discovery.add_settings_folder(folder)
    write_report(tmp_path, ["bent_coin"])
    bare = page(tmp_path)
    assert "HOLDS</span>" not in bare
    assert "Where the paper needs mending" in bare  # it is known to fail, run or not

    shutil.copy(out / "ledger.json", tmp_path / "ledger.json")
    proofs = [{"setting": "plain_coin", "name": "odds", "source": "Lemma 1", "statement": "x < y",
               "status": "REFUTED", "expected": "REFUTED", "method": "Arb <fast>",
               "counterexample": {"p": "1/4"}, "supports": ["share_is_half"],
               "seconds": 0.5}]  # fmt: skip
    (tmp_path / "proofs.json").write_text(json.dumps(proofs))
    write_report(tmp_path, ["plain_coin"])
    root = parsed(page(tmp_path, "plain_coin"))
    shown = ["".join(e.itertext()) for e in root.iter("tr") if e.get("data-outcome")]
    assert len(shown) == 4
    assert "odds" in shown.pop()  # the proof item stands in a table of its own
    assert all("✓ HOLDS" in text for text in shown[:2])
    assert "✗ REFUTED" in shown[2]
    mended = "".join(next(e for e in root.iter("article")).itertext())
    for words in ("E share = 1/2 <script>", "Corollary 2", "p = 1/4", "E share = p", "✓ HOLDS"):
        assert words in mended
    labels = [e.get("aria-label") for e in root.iter() if e.get("class") == "bar"]
    assert len(labels) == 3
    assert all("tolerances from the prediction" in label for label in labels)


@pytest.mark.parametrize("content", ["{", '{"rows": []}', '[{"setting": 3}]', "[1]"])
def test_a_damaged_ledger_is_named_and_does_not_lose_the_report(content, tmp_path):
    (tmp_path / "ledger.json").write_text(content)
    first = write_report(tmp_path, []).read_text(encoding="utf-8")
    assert "ledger.json" in "".join(
        "".join(e.itertext()) for e in parsed(first).iter("p") if e.get("class")
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=4), st.text(max_size=8))
def test_data_read_back_give_the_same_floats_and_texts(values, word):
    word = re.sub(r"[\r\n\0\ud800-\udfff]", "", word)
    raw = csv_bytes({"kind": "table", "x": v, "word": word} for v in values).decode()
    rows = list(csv.DictReader(io.StringIO(raw, newline="")))
    assert [float(r["x"]) for r in rows] == values
    assert all(r["word"] == cell(word) for r in rows)  # see theory/_spreadsheet.py


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_no_text_can_break_out_of_the_page(text):
    for made in (f'<a title="{esc(text)}">{esc(text)}</a>', f"<p>{inline(text)}</p>",
                 f"<div>{prose(text)}</div>"):  # fmt: skip
        tags = {e.tag for e in ET.fromstring(made).iter()}
        assert tags <= {"a", "p", "div", "code", "strong", "ul", "li", "pre", "h4"}


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1e-9, 1e6), st.one_of(
        st.none(), st.tuples(st.floats(), st.floats()), st.just((None, 1.0))
    ),
)  # fmt: skip
def test_bars_stay_inside_their_frame_whatever_the_numbers(estimate, prediction, tolerance, ends):
    row = {"estimate": estimate, "prediction": prediction, "tolerance": tolerance,
           "interval": ends}  # fmt: skip
    svg = ET.fromstring(bar(row))
    width = float(svg.get("viewBox").split()[2])
    for element in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, 0)) <= width
