"""Figures are drawn with their evidence, and the report shows it all without loading anything."""

import csv
import importlib
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import sims
from paper_figures import Context, figure
from paper_figures._data import csv_bytes
from paper_figures._html import bar, esc, inline, prose
from paper_figures._report import write_report
from paper_figures._series import summarise
from paper_figures._style import house_style
from theory import _discovery
from theory._spreadsheet import cell

THEORY = '''"""A bent coin: <b>one</b> & many throws.

Heads come with probability p, and the share of heads among n throws has

    E share = p,   Var share = p (1 - p)/n

Dropped: "Theorem 9" has no constants.
"""

from typing import Annotated

from theory import Equals, Ge, Le, Paper, Twin, Verdict, parameters

PAPER = Paper(title="Coins & <dice>", authors="A. Author", venue="Venue 2020", arxiv="2001.00001")


@parameters("{name}")
class Params:
    p: Annotated[float, Ge(0), Le(1)] = 0.5


def share(params):
    return params.p


CLAIMS = (
    Equals(
        name="share_is_p", source="Theorem 1", statement="E share = p", observable="share",
        cases=(Params(p=0.25), Params(p=0.5)), planned_trials=2000, prediction=share,
        tolerance=0.05, tolerance_reason="an example", support=(0, 1),
        twin=Twin("the other side", prediction=lambda params: 1 - params.p),
    ),
    Equals(
        name="share_is_half", source="Corollary 2", statement="E share = 1/2 <script>",
        observable="share", cases=(Params(p=0.25),), planned_trials=500, prediction=0.5,
        tolerance=0.05, tolerance_reason="an example", support=(0, 1), twin=None,
        expected=Verdict.REFUTED, repaired_by="share_is_p",
    ),
)
'''

SIMS = '''"""Throws the coin."""
import jax

from sims import Simulation


def trial(key, params):
    heads = (jax.random.uniform(key, (8,)) < params.p) * 1.0
    return {"first": heads[0], "share": heads.mean()}


SIMULATIONS = {"default": Simulation(trial, width=64, doc="eight throws")}
'''

FIGURES = '''"""Figures of the coin."""
import numpy as np

from paper_figures import figure
from theory.bent_coin import Params

SECONDS = {"quick": 1, "default": 2, "paper": 300}
P = np.array([0.25, 0.5, 0.75])


@figure(title="Figure 1", source="Figure 1 (left)", caption="Shares <agree>.", seconds=SECONDS)
def figure_1(ctx):
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=64, default=128, paper=10**6)
    runs = [ctx.simulate("bent_coin", Params(p=p), trials=trials) for p in P]
    for ax, what in ((left, "share"), (right, "first")):
        ctx.theory(ax, P, P, label="coin")
        samples = np.stack([run[what] for run in runs], axis=1)
        ctx.points(ax, P, samples=samples, theory=lambda p: p, label="coin")
        ax.set(xlabel="p", ylabel=what)
    ctx.record("notes", word=["a", "b"], value=1.5)
    return fig


@figure(title="Figure 2", source="Figure 2", caption="Fails at one scale.", seconds=SECONDS)
def figure_2(ctx):
    fig, ax = ctx.panels()
    if ctx.scale == "default":
        raise RuntimeError("no <ink>")
    ctx.theory(ax, P, P)
    return fig
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two settings, one of them without figures; forgotten at the end."""
    root = tmp_path_factory.mktemp("settings")
    for kind in ("theory", "sims", "paper_figures"):
        (root / kind).mkdir()
    for name in ("bent_coin", "plain_coin"):
        (root / "theory" / f"{name}.py").write_text(THEORY.replace("{name}", name))
        (root / "sims" / f"{name}.py").write_text(SIMS)
    (root / "paper_figures" / "bent_coin.py").write_text(FIGURES)
    paths = {kind: list(importlib.import_module(kind).__path__) for kind in _discovery.KINDS}
    yield root
    for kind, path in paths.items():
        importlib.import_module(kind).__path__[:] = path
        for name in ("bent_coin", "plain_coin"):
            sys.modules.pop(f"{kind}.{name}", None)
    if root.resolve() in _discovery._added:
        _discovery._added.remove(root.resolve())


@pytest.fixture(scope="module")
def command(folder):
    """The command line, with the folder given."""
    main = importlib.import_module("paper_figures.__main__").main
    return lambda *words: main([*map(str, words), "--jobs", "1", "--settings", str(folder)])


@pytest.fixture(scope="module")
def out(command, tmp_path_factory):
    """A folder in which both settings have been drawn at the quick scale."""
    place = tmp_path_factory.mktemp("out")
    assert command("bent_coin", "plain_coin", "--scale", "quick", "--pdf", "--out", place) == 0
    return place


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def page(out: Path, setting: str = "bent_coin") -> str:
    return (out / "report" / f"{setting}.html").read_text(encoding="utf-8")


def parsed(text: str) -> ET.Element:
    """The page as XML, its script apart (where < and & are not markup)."""
    return ET.fromstring(re.sub(r"<script>.*?</script>", "", text, flags=re.S))


# --------------------------------------------------------------------------------------------
# Files


def test_each_figure_leaves_four_whole_files_and_nothing_else(out):
    names = {p.name for p in (out / "figures" / "bent_coin").iterdir()}
    endings = (".pdf", ".png", ".csv", ".json")
    assert names == {f"{stem}{end}" for stem in ("figure_1", "figure_2") for end in endings}
    pdf = (out / "figures/bent_coin/figure_1.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/FontFile2" in pdf  # TrueType outlines are embedded
    assert b"CreationDate" not in pdf
    png = (out / "figures/bent_coin/figure_1.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert png.endswith(b"IEND\xaeB`\x82")


def test_data_hold_theory_and_simulation_with_intervals_and_residuals(out):
    params = importlib.import_module("theory.bent_coin").Params
    rows = rows_of(out / "figures/bent_coin/figure_1.csv")
    for panel, what in (("a", "share"), ("b", "first")):
        own = [r for r in rows if r["panel"] == panel]
        lines = [(float(r["x"]), float(r["y"])) for r in own if r["kind"] == "theory"]
        assert lines == [(0.25, 0.25), (0.5, 0.5), (0.75, 0.75)]
        points = [r for r in own if r["kind"] == "simulation"]
        assert [float(r["x"]) for r in points] == [0.25, 0.5, 0.75]
        for r in points:
            p = float(r["x"])
            x = sims.simulate("bent_coin", params(p=p), trials=64)[what]
            assert float(r["y"]) == pytest.approx(x.mean(), rel=1e-12)
            if what == "share":
                error = stats.sem(x)
                low, high = stats.t.interval(0.95, 63, x.mean(), error)
            else:  # zeros and ones
                error = math.sqrt(p * (1 - p) / 64)
                ci = stats.binomtest(int(x.sum()), 64).proportion_ci(0.95, method="wilson")
                low, high = ci.low, ci.high
            assert float(r["standard_error"]) == pytest.approx(error, rel=1e-9)
            assert (float(r["low"]), float(r["high"])) == pytest.approx((low, high), rel=1e-9)
            assert float(r["residual"]) == pytest.approx((x.mean() - p) / error, rel=1e-9)
    tables = [(r["series"], r["word"], r["value"]) for r in rows if r["kind"] == "table"]
    assert tables == [("notes", "a", "1.5"), ("notes", "b", "1.5")]


def test_provenance_is_complete_and_enough_to_simulate_again(out):
    told = json.loads((out / "figures/bent_coin/figure_1.json").read_text())
    assert told["setting"] == "bent_coin"
    assert told["figure"] == "figure_1"
    assert told["source"] == "Figure 1 (left)"
    assert told["caption"] == "Shares <agree>."
    assert (told["scale"], told["seed"], told["trials"]) == ("quick", 0, 3 * 64)
    assert told["seconds"] > 0
    for name in ("python", "overfit-theory", "jax", "jaxlib", "numpy", "matplotlib"):
        assert told["versions"][name]
    assert told["platform"]["backend"]
    if (Path(sims.__file__).parent.parent / ".git").exists():
        assert re.fullmatch(r"[0-9a-f]{40}", told["git"]["commit"])
    drawn = [float(r["y"]) for r in rows_of(out / "figures/bent_coin/figure_1.csv")
             if r["panel"] == "a" and r["kind"] == "simulation"]  # fmt: skip
    params = importlib.import_module("theory.bent_coin").Params
    for run, y in zip(told["simulations"], drawn, strict=True):
        assert len(run["key"]) == 2
        how = {word: run[word] for word in ("mode", "trials", "seed", "stream")}
        again = sims.simulate(run["setting"], params(**run["params"]), **how)
        assert again["share"].mean() == pytest.approx(y, rel=1e-12)


def test_the_same_inputs_give_the_same_bytes_in_other_processes(folder, out, tmp_path):
    command = [sys.executable, "-m", "paper_figures", "bent_coin", "--jobs", "2", "--pdf",
               "--scale", "quick", "--out", str(tmp_path), "--settings", str(folder)]  # fmt: skip
    # another hash seed: sets of strings come in another order, and must not show
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "about 2 s" in done.stdout  # the cost is said beforehand
    for figure_ in ("figure_1", "figure_2"):
        for ending in (".png", ".csv", ".pdf"):
            name = f"figures/bent_coin/{figure_}{ending}"
            assert (tmp_path / name).read_bytes() == (out / name).read_bytes(), name


def test_another_seed_gives_other_numbers(command, out, tmp_path):
    words = ("bent_coin", "--figure", "figure_1", "--scale", "quick", "--seed", "5")
    shutil.copytree(out / "figures", tmp_path / "figures")
    assert command(*words, "--out", tmp_path) == 0
    assert not (tmp_path / "figures/bent_coin/figure_1.pdf").exists()  # it would be the old one
    name = "figures/bent_coin/figure_1.csv"
    assert (tmp_path / name).read_bytes() != (out / name).read_bytes()


def test_a_failing_figure_loses_neither_the_others_nor_its_earlier_files(
    command, out, tmp_path, capsys
):
    shutil.copytree(out, tmp_path / "out")
    place = tmp_path / "out"
    before = (place / "figures/bent_coin/figure_2.png").read_bytes()
    (place / "figures/bent_coin/figure_1.json").unlink()
    assert command("bent_coin", "--out", place) == 1  # figure_2 fails at the default scale
    assert "bent_coin/figure_2: RuntimeError: no <ink>" in capsys.readouterr().out
    assert json.loads((place / "figures/bent_coin/figure_1.json").read_text())["scale"] == "default"
    assert (place / "figures/bent_coin/figure_2.png").read_bytes() == before
    assert "failed in the last run: RuntimeError: no &lt;ink&gt;" in page(place)
    parsed(page(place))


def test_a_setting_of_two_files_is_verified_and_drawn_without_a_figure_file(out):
    told = json.loads((out / "figures/plain_coin/ledger.json").read_text())
    assert "tolerance" in told["caption"]
    rows = rows_of(out / "figures/plain_coin/ledger.csv")
    assert [r["claim"] for r in rows] == ["share_is_p", "share_is_p", "share_is_half"]
    assert [r["verdict"] for r in rows] == ["HOLDS", "HOLDS", "REFUTED"]
    for r in rows:
        scaled = (float(r["estimate"]) - float(r["prediction"])) / 0.05
        assert float(r["y"]) == pytest.approx(scaled, rel=1e-9)
    assert all(-1 <= float(r["low"]) <= float(r["high"]) <= 1 for r in rows[:2])
    assert float(rows[2]["high"]) < -1  # 1/4 lies under 1/2, by five tolerances
    stored = json.loads((out / "ledger.json").read_text())
    assert {row["setting"] for row in stored} == {"plain_coin"}


# --------------------------------------------------------------------------------------------
# The command line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("bend_coin",), "did you mean bent_coin"),
        (("bent_coin", "--figure", "figure_7"), "known: figure_1, figure_2"),
        (("bent_coin", "--scale", "huge"), "invalid choice"),
        (("--frobnicate",), "unrecognized"),
        (("--settings", "/nowhere/at/all"), "there is no folder"),
    ],
)
def test_wrong_words_on_the_command_line_are_usage_errors(command, words, says, capsys, tmp_path):
    assert command(*words, "--out", tmp_path) == 2
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_listing_names_figures_and_costs_and_draws_nothing(command, tmp_path, capsys):
    assert command("bent_coin", "--list", "--out", tmp_path) == 0
    shown = capsys.readouterr().out
    assert "figure_2" in shown
    assert "300" in shown
    assert not list(tmp_path.iterdir())


def test_the_page_alone_can_be_written_anew(command, out, tmp_path):
    shutil.copytree(out / "figures", tmp_path / "figures")
    assert command("bent_coin", "--report", "--out", tmp_path) == 0
    assert page(tmp_path).count("<figure ") == page(out).count("<figure ")


# --------------------------------------------------------------------------------------------
# The report


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
    assert text.count("<script>") == 1
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


# --------------------------------------------------------------------------------------------
# Series and panels


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_residuals_do_not_depend_on_the_unit_of_the_observable(seed, scale, shift):
    rng = np.random.default_rng(seed)
    x, samples, theory = np.arange(3.0), rng.normal(2, 1, (40, 3)), rng.normal(2, 0.3, 3)
    one = summarise(x, samples, theory=theory)
    other = summarise(x, scale * samples + shift, theory=scale * theory + shift)
    assert np.allclose(one.residual, other.residual, rtol=1e-6, atol=1e-6)
    assert np.allclose(scale * one.low + shift, other.low, rtol=1e-6, atol=1e-6)
    assert np.all((one.low < one.y) & (one.y < one.high))


def test_about_95_of_100_intervals_cover_the_truth():
    x = np.arange(400.0)
    rng = np.random.default_rng(3)
    for samples, truth in ((rng.normal(1, 2, (12, 400)), 1), (rng.random((60, 400)) < 0.1, 0.1)):
        s = summarise(x, samples)
        covered = int(np.sum((s.low <= truth) & (truth <= s.high)))
        # at 0.95 exactly, 400 intervals cover at least 360 but for one case in 10^4
        assert stats.binom.cdf(covered, 400, 0.95) > 1e-4


def test_an_observable_without_randomness_agrees_exactly_or_is_an_arrow():
    x = np.arange(3.0)
    samples = np.full((5, 3), 0.3)
    residual = summarise(x, samples, theory=np.array([0.3, 0.3 + 1e-14, 0.4])).residual
    assert residual[:2].tolist() == [0, 0]
    assert residual[2] == -math.inf
    with house_style():
        ctx = Context("quick")
        fig, ax = ctx.panels()
        ctx.points(ax, x, samples=samples, theory=0.4)
        assert "Arrows: residuals beyond 4 standard errors." in ctx.finish(fig)
        arrows = [line.get_marker() for line in ctx.residual_panel(ax).lines]
        assert "v" in arrows


def test_the_error_that_the_theory_admits_is_drawn_and_recorded():
    with house_style():
        ctx = Context()
        fig, ax = ctx.panels()
        ctx.points(
            ax, [1, 2], mean=[1.0, 1.0], standard_error=0.1, theory=[1.6, 2.0], tolerance=0.8
        )
        reading = ctx.finish(fig)
        assert "Light bars: the error that the theory itself admits." in reading
        # both lie beyond 4 standard errors; the first is within the tolerance
        lines = ctx.residual_panel(ax).lines
        arrows = {x: str(line.get_markerfacecolor()) for line in lines for x in line.get_xdata()
                  if line.get_marker() == "v"}  # fmt: skip
        assert arrows[1] == "white"
        assert arrows[2] != "white"
    assert [row["tolerance"] for row in ctx.rows] == [0.8, 0.8]
    with pytest.raises(ValueError, match="tolerance needs a theory"):
        summarise(np.arange(2.0), mean=1, tolerance=0.1)


def test_quantile_bars_are_quantiles_and_are_named_so():
    samples = np.random.default_rng(0).exponential(size=(101, 2))
    with house_style():
        ctx = Context()
        fig, ax = ctx.panels()
        series = ctx.points(ax, [1, 2], samples=samples, quantiles=(0.1, 0.9))
        assert "10 % to 90 % quantiles" in ctx.finish(fig)
    assert np.allclose(series.low, np.sort(samples, axis=0)[10])
    assert np.allclose(series.high, np.sort(samples, axis=0)[90])


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({}, "either samples or mean"),
        ({"samples": np.ones((4, 2)), "mean": 1}, "either samples or mean"),
        ({"samples": np.ones((4, 3))}, "samples have shape"),
        ({"samples": np.ones((1, 2))}, "at least 2 trials"),
        ({"samples": np.full((4, 2), np.nan)}, "not finite"),
        ({"mean": [1, 2, 3]}, "mean has shape"),
        ({"mean": [1, 2], "standard_error": -1}, "negative"),
        ({"mean": [1, 2], "theory": 1}, "need samples or a standard_error"),
        ({"mean": [1, 2], "low": 0}, "come together"),
        ({"mean": [1, 2], "quantiles": (0.1, 0.9)}, "quantiles need samples"),
    ],
)
def test_points_that_do_not_fit_together_are_refused_by_name(given_, says):
    with house_style():
        ctx = Context()
        _, ax = ctx.panels()
        with pytest.raises(ValueError, match=r"points 'risk'.*" + re.escape(says)):
            ctx.points(ax, [1, 2], label="risk", **given_)


def test_theory_and_points_of_one_label_share_colour_and_legend_entry():
    with house_style():
        ctx = Context()
        fig, axes = ctx.panels(1, 2)
        for k in (1, 2):
            ctx.theory(axes[0], [0, 1], [k, k], label=f"n = {k}")
            ctx.points(axes[0], [0, 1], mean=k, standard_error=0.1, label=f"n = {k}", theory=k)
        axes[0].set_xlabel("size")
        ctx.finish(fig)
        texts = [t.get_text() for t in axes[0].get_legend().get_texts()]
        assert texts == ["n = 1", "n = 2"]
        colours = [h.get_color() for h in axes[0].get_legend().legend_handles]
        assert len(set(colours)) == 2
        # the x label stands under the residuals; the empty residual panel is gone
        assert ctx.residual_panel(axes[0]).get_xlabel() == "size"
        assert ctx.residual_panel(axes[1]) not in fig.axes
        assert "Panel a" in ctx.describe()


def test_a_figure_declares_its_scales_and_its_texts():
    whole = {"title": "T", "source": "S", "caption": "C",
             "seconds": {"quick": 1, "default": 2, "paper": 3}}  # fmt: skip
    with pytest.raises(TypeError, match="quick, default, paper"):
        figure(**{**whole, "seconds": {"quick": 1}})
    with pytest.raises(ValueError, match="caption is empty"):
        figure(**{**whole, "caption": " "})
    with pytest.raises(ValueError, match="not 'ledger'"):
        figure(**whole)(type("ledger", (), {}))
    with pytest.raises(ValueError, match="scale 'big'"):
        Context("big")
    with house_style(), pytest.raises(ValueError, match="different shapes"):
        Context().record("t", a=[1, 2], b=[1, 2, 3])


# --------------------------------------------------------------------------------------------
# Text


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
