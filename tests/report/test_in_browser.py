"""The pages in a browser, from disk: they sort, filter, search, fit, and load nothing."""

import re
import subprocess

from tests.report.browser import browse, needs_chromium
from tests.report.coins import index, page
from tests.report.test_contrast import schemes

PAGE = """
const block = document.querySelector('#ledger').closest('section').querySelector('.sortable');
said.paper = shown(block);
said.sorted = sort(block);
choose(block, 'select.order', '-1'); said.again = shown(block);
said.filtered = {};
for (const verdict of ['HOLDS', 'REFUTED', 'UNDECIDED', 'unexpected', '']) {
  choose(block, 'select[data-filter]', verdict); said.filtered[verdict] = shown(block);
}
choose(block, 'input', 'SECTION 4 apple'); said.found = shown(block);
said.count = block.querySelector('output').textContent;
window.location.hash = '#claim-coins-zebra';
window.dispatchEvent(new Event('hashchange'));
said.revealed = shown(block);
said.images = [...document.images].map((i) => [i.complete, i.naturalWidth, i.alt.length]);
said.formulas = [...document.querySelectorAll('math')].map((m) => m.getBoundingClientRect().height);
said.injected = typeof window.injected;
"""

INDEX = """
const block = document.querySelector('#settings').closest('section').querySelector('.sortable');
said.sorted = sort(block);
said.topics = {};
for (const topic of ['bounds', 'noise', '']) {
  choose(block, 'select[data-filter=topics]', topic); said.topics[topic] = shown(block).length;
}
said.states = [...block.querySelectorAll('select[data-filter=state] option')].map((o) => o.value);
choose(block, 'input', 'A. Author'); said.found = shown(block).length;
choose(block, 'input', 'B. Author'); said.lost = shown(block).length;
choose(block, 'input', '');
const next = loaded();
document.querySelector('#attention').closest('section').querySelector('a').click();
await next;
const there = frame.contentWindow;
said.title = there.document.querySelector('h1').textContent;
said.target = there.document.querySelector('tr:target .name').textContent;
"""


def written(out):
    page(out)
    return out / "report" / "coins.html"


@needs_chromium
def test_a_settings_page_sorts_filters_and_shows_every_figure_without_errors(coins, out):
    said, console = browse(written(out), PAGE, out)
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
        "unexpected": [], "": order,
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


@needs_chromium
def test_the_first_page_finds_settings_and_leads_to_what_is_not_as_expected(coins, out):
    index(out)
    said, console = browse(out / "report.html", INDEX, out)
    assert len(console) == 1, console
    assert [head for head, *_ in said["sorted"]] == [
        "Setting", "State", "Claims", "Proof items", "Figures"
    ]  # fmt: skip
    assert said["topics"] == {"bounds": 1, "noise": 1, "": 1}
    assert said["states"] == ["", "undecided"]
    assert (said["found"], said["lost"]) == (1, 0)
    assert said["title"] == "Coins that remember"
    assert said["target"] == "mango"
    assert said["width"] == [1280, 1280]
    assert max(said["beyond"]) <= 0


@needs_chromium
def test_a_script_that_slipped_into_the_page_does_not_run(coins, out):
    evil = """<script>window.injected = 1</script><img src="x" onerror="window.injected = 2"/>"""
    path = written(out)
    path.write_text(page(out).replace("<main", f"{evil}<main"), encoding="utf-8")
    said, console = browse(path, PAGE, out)
    assert said["injected"] == "undefined"
    assert any("Content Security Policy" in line for line in console)


@needs_chromium
def test_on_a_telephone_in_the_dark_the_pages_fit_and_are_dark(coins, out):
    dark = "--blink-settings=preferredColorScheme=0"
    for path, script in ((written(out), PAGE), (out / "report.html", INDEX)):
        said, console = browse(path, script, out, dark, width=400)
        assert len(console) == 1, console
        width, content = said["width"]
        assert width == 400
        assert content <= width  # nothing but its own box scrolls sideways
        ground = "#" + "".join(f"{int(c):02x}" for c in re.findall(r"\d+", said["ground"]))
        assert ground == schemes()["dark"]["ground"]


@needs_chromium
def test_a_page_prints_with_its_figures(coins, out):
    printed = out / "printed.pdf"
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--user-data-dir={out / 'profile'}", f"--print-to-pdf={printed}", written(out).as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    content = printed.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Subtype /Image") == 2
