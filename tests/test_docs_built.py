"""The built pages: no warning, no link that leads nowhere, nothing wrong in a browser."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.build import build
from paper_figures._figure import figures_in
from tests.report.browser import browse, needs_chromium
from theory import load

SETTING = "off_the_shelf_features"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The folder of pages, with one setting and a picture for each of its figures."""
    out = tmp_path_factory.mktemp("docs")
    folder = out / "figures" / SETTING
    folder.mkdir(parents=True)
    for figure in figures_in(load("paper_figures", SETTING)):
        shutil.copy(Path(__file__).parents[1] / "docs/figure.png", folder / f"{figure.name}.png")
    return build(out, [SETTING]).parent


class Page(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    def __init__(self, path: Path):
        super().__init__()
        self.targets: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.places |= {known[key] for key in ("id", "name") if known.get(key)}
        self.targets += [known[key] for key in ("href", "src") if known.get(key)]


def test_the_pages_say_what_stands_in_the_modules(pages):
    assert "One claim, read aloud" in (pages / "index.html").read_text(encoding="utf-8")
    assert "<math" in (pages / "verdicts.html").read_text(encoding="utf-8")
    setting = (pages / "reference" / f"{SETTING}.html").read_text(encoding="utf-8")
    for word in ("head_error", "the raw signal", "crossing_of_leading_orders", "Learning"):
        assert word.lower() in setting.lower(), word
    for folder, words in (
        ("theory", ("Claims.limit", "Gt", "closed_form")), ("paper_figures", ("Context.sweep",)),
        ("sims", ("normals", "Ledger.to_pandas")), ("proofs_check", ("identity",)),
    ):  # fmt: skip
        heads = re.findall(r"<h[23]>([^<]+)", (pages / "reference" / f"{folder}.html").read_text())
        assert set(words) <= set(heads), folder


def test_every_link_and_picture_is_there_and_nothing_is_loaded_from_elsewhere(pages):
    read = {path.resolve(): Page(path) for path in pages.rglob("*.html")}
    assert len(read) > 15
    for path, page in read.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme in ("http", "https", "data", "mailto"):
                assert not re.search(r"\.(js|css|woff2?|png|svg)$", parts.path), (path, target)
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert there.is_file(), f"{path.name} refers to {target}, which is not there"
            if parts.fragment and there in read:
                known = read[there].places
                assert unquote(parts.fragment) in known, f"{path.name}: {target} leads to no place"


SEEN = """
said.pages = {};
for (const width of [1280, 400]) {
  frame.width = width;
  for (const page of PAGES) {
    const next = loaded();
    frame.src = page;
    await next;
    const there = frame.contentWindow, text = there.document;
    const style = (e) => there.getComputedStyle(e);
    const scrolls = (e) => e.tagName !== 'ARTICLE'
      && (/auto|scroll/.test(style(e).overflowX) || scrolls(e.parentElement));
    const cut = [...text.querySelectorAll('article *')].filter((e) =>
      e.getBoundingClientRect().right > there.innerWidth + 1 && !scrolls(e));
    said.pages[`${page.split('/').slice(-2).join('/')} ${width}`] = {
      beyond: text.documentElement.scrollWidth - there.innerWidth,
      cut: cut.map((e) => e.outerHTML.slice(0, 200)),
      images: [...text.images].map((i) => i.naturalWidth > 0 || i.src),
      formulas: [...text.querySelectorAll('math')].map((m) => m.getBoundingClientRect().height),
      ground: style(text.body).backgroundColor, ink: style(text.querySelector('article')).color,
    };
  }
}
"""


def brightness(colour: str) -> float:
    """Of "rgb(r, g, b)", from 0 to 1."""
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 765


@needs_chromium
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_in_a_browser_the_pages_fit_show_all_and_complain_of_nothing(pages, dark, tmp_path):
    shown = sorted(pages.rglob("*.html"))
    listed = "[" + ", ".join(f"'{page.as_uri()}'" for page in shown) + "]"
    flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
    said, console = browse(
        pages / "index.html", SEEN.replace("PAGES", listed), tmp_path, *flags,
        "--virtual-time-budget=60000",
    )  # fmt: skip
    assert len(said["pages"]) == 2 * len(shown)
    for name, page in said["pages"].items():
        assert page["beyond"] <= 0, f"{name} scrolls sideways by {page['beyond']} px"
        assert not page["cut"], (name, page["cut"])
        assert all(image is True for image in page["images"]), (name, page["images"])
        assert min(page["formulas"], default=9) > 5, name
        ground, ink = brightness(page["ground"]), brightness(page["ink"])
        assert (ground < 0.2 and ink > 0.7) if dark else (ground > 0.9 and ink < 0.3), name
    assert len(console) == 1, console  # our own line, so errors would be heard, and no other


@needs_chromium
def test_search_works_from_disk_without_a_complaint(pages, tmp_path):
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", f"--user-data-dir={tmp_path}", "--dump-dom",
        "--enable-logging=stderr", "--virtual-time-budget=10000",
        (pages / "search.html").as_uri() + "?q=supermartingale",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    (results,) = re.findall(r'<ul [^>]*class="search">(.*?)</ul>', done.stdout, re.S)
    assert "verdicts.html" in results
    assert not [line for line in done.stderr.splitlines() if "CONSOLE" in line]
