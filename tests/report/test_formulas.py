"""Models in formulas: MathML that browsers draw, and nothing else that TeX could bring."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_figures._mathml import mathml, statement
from tests.report.coins import MODEL, page, parsed, words
from theory import _discovery


def test_a_model_is_shown_as_mathml_with_its_tex_for_those_who_cannot_see_it(coins, out):
    root = parsed(page(out))
    section = root.find(".//main")
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
    names = _discovery.settings()
    models = {n: getattr(_discovery.load("theory", n), "MODEL", "") for n in names}
    assert any(models.values())
    for name, model in models.items():
        shown, trouble = statement(model)
        assert trouble == [], name
        assert not model or shown.count('display="block"') >= 2, name


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
