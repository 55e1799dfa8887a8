"""Evidence beside claims: rows, bars, proofs, mended statements, data."""

import base64
import csv
import io
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from paper_figures._data import csv_bytes
from paper_figures._html import bar
from paper_figures._report import write_report
from proofs_check._record import record_csv
from sims._ledger import csv_text as ledger_csv
from tests.report.coins import LEDGER, claim, declared, index, page, parsed, words
from theory._spreadsheet import csv_text


def test_the_ledger_has_every_column_and_a_bar_for_what_has_a_band(coins, out):
    root = parsed(page(out))
    table = next(t for t in root.iter("table") if "rows, one a claim" in words(t.find("caption")))
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
    assert "all 12000 trials gave 0.51" in rows["claim-coins-apple"].split("Details")[0]


def test_proof_results_stand_beside_the_claims_they_support(coins, out):
    root = parsed(page(out))
    rows = {e.get("id"): e for e in root.iter("tr") if e.get("id")}
    assert "Proof: solid ✓ PROVED" in words(rows["claim-coins-zebra"])
    assert "Undecided box: p in ['0', '1/8']" in words(rows["proof-coins-open_box"])
    links = [a.get("href") for a in rows["proof-coins-solid"].iter("a")]
    assert links == ["#claim-coins-zebra"]  # the claim that is gone is named without a link
    (row,) = (tr for tr in parsed(index(out)).iter("tr") if tr.get("data-state"))
    cells = {td.get("data-label"): words(td) for td in row.iter("td")}
    assert cells == {"State": "? undecided", "Claims": "3 of 4", "Proof items": "4 of 5",
                     "Figures": "2"}  # fmt: skip


def test_failing_statements_stand_with_counterexample_and_repaired_form(coins, out):
    root = parsed(page(out))
    cards = {words(e.find("h3")): words(e) for e in root.iter("article")}
    assert set(cards) == {"wrong_as_printed", "printed_step"}
    failing = cards["wrong_as_printed"]
    for part in ("E x = wrong_as_printed", "Corollary 3", "p = 1/4", "E x = zebra", "✓ HOLDS"):
        assert part in failing
    step = cards["printed_step"]
    for part in ("step printed_step", "(A.11)", "n = 15", "step solid", "✓ PROVED"):
        assert part in step


def test_cells_that_a_spreadsheet_would_run_are_text():
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=", "-x",
            "\uff1d1+1", "\uff0b1", "\uff20a", "\ufeff=1", "\u200b =1",
            "\xa0=1", "\x00=1"]  # fmt: skip
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


def test_the_data_behind_a_figure_can_be_saved_from_the_page(coins, out):
    root = parsed(page(out))
    saved = [a for a in root.iter("a") if a.get("download")]
    assert [a.get("download") for a in saved] == ["coins_figure_1.csv", "coins_figure_2.csv"]
    data = base64.b64decode(saved[0].get("href").partition("base64,")[2])
    assert data == b"x,y\n1,2\n"


# --------------------------------------------------------------------------------------------
# Pages


def test_what_has_not_run_is_said_once_with_the_command_that_runs_it(coins, out):
    coins.claims = [declared(n) for n in ("zebra", "mango", "apple", "wrong_as_printed", "later")]
    coins.claims += [declared("vast", deep=True), declared("known", expected="REFUTED")]
    coins.items = [declared(name, supports=("zebra",)) for name in ("solid", "lemma_9")]
    root = parsed(page(out))
    assert words(root).lower().count("not run") == 1
    (note,) = (e for e in root.iter("div") if "to-run" in e.get("class", ""))
    assert [words(li) for li in note.iter("li")] == [
        "2 claims: python -m sims verify coins",
        "1 claim with large budgets: python -m sims verify coins --deep",
        "1 proof item: python -m proofs_check coins",
    ]
    rows = {e.get("id"): words(e) for e in root.iter("tr") if e.get("id")}
    assert "E y = later" in rows["claim-coins-later"]  # what it will say is there to be read
    assert "Proof: lemma_9" in rows["claim-coins-zebra"]
    assert "E y = lemma_9" in rows["proof-coins-lemma_9"]
    assert "3 to run" in words(parsed(index(out)).find(".//tbody"))


def test_a_setting_of_which_nothing_has_run_is_shown_calmly(coins, tmp_path):
    coins.claims, coins.items = [declared("later")], [declared("lemma")]
    text = page(tmp_path)
    assert "HOLDS</span>" not in text
    assert "✗" not in text
    assert words(parsed(text)).lower().count("not run") == 1
    assert words(parsed(text)).count("still to run") == 2  # of the claims, and of the items
    (row,) = (tr for tr in parsed(index(tmp_path)).iter("tr") if tr.get("data-topics"))
    assert [words(td) for td in row.iter("td")] == ["–", "1", "1", "–"]


def test_a_report_of_named_settings_shows_those_only(coins, out):
    rows = [*LEDGER, claim("other") | {"setting": "dice"}]
    (out / "ledger.json").write_text(json.dumps(rows))
    assert "dice" not in index(out)
    assert not (out / "report" / "dice.html").exists()
    assert "report/dice.html" in write_report(out).read_text(encoding="utf-8")


def test_a_pages_name_stays_in_its_folder(coins, out):
    rows = [claim("other") | {"setting": "../../evil"}]
    (out / "ledger.json").write_text(json.dumps(rows))
    write_report(out)
    assert {p.name for p in (out / "report").iterdir()} == {"coins.html", "_evil.html"}


def test_a_page_stays_under_three_megabytes_however_large_its_figures(coins, out):
    noise = np.random.default_rng(0).integers(0, 255, (900, 900, 3), dtype=np.uint8)
    Image.fromarray(noise).save(out / "figures" / "coins" / "figure_1.png")
    for name in ("figure_1", "figure_2"):
        (out / "figures" / "coins" / f"{name}.csv").write_text("x\n" + "0.123456789\n" * 30_000)
    text = page(out)
    assert (out / "figures/coins/figure_1.png").stat().st_size > 2.4e6
    assert len(text.encode()) < 3e6
    first, _ = parsed(text).iter("img")
    content = base64.b64decode(first.get("src").partition("base64,")[2])
    assert Image.open(io.BytesIO(content)).size == (900, 900)
