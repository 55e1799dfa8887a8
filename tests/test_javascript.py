"""The explorer of a setting's page: its numbers are JAX's, its controls work, nothing complains."""

import json
from typing import Annotated

import mpmath
import numpy as np
import pytest
import sympy

from paper_figures._evidence import DrawnFigure
from paper_figures._explored_grids import grid_of
from paper_figures._explored_points import figure_points, value_of
from paper_figures._javascript import javascript
from paper_figures._params_grids import values_at
from sims._keys import describe
from tests.report.browser import browse, needs_chromium
from tests.report.coins import claim as row
from tests.report.coins import page, parsed, words
from tests.report.conftest import coins, out  # noqa: F401  (fixtures)
from tests.report.driven import on_a_telephone
from theory import (
    VOCABULARY, Claims, Doc, Domain, Ge, Gt, Le, Lt, Static, Twin, beta_cdf, deviance, erfc, erfcx,
    exp, expm1, gamma_cdf, lambert_w, log, log1p, log_binomial, log_normal_cdf, loggamma, maximum,
    normal_cdf, normal_quantile, parameters, rational, sqrt, where, xlogx,
)  # fmt: skip
from theory._fields import Logarithmic
from theory._symbolic import Symbolic, traced, word


@parameters("toy_explored")
class Params:
    """A toy."""

    gap: Annotated[float, Gt(0), Le(10), Doc("Delta, distance of the means")] = 2.0
    rho: Annotated[float, Ge(1), Le(100), Logarithmic, Doc("ratio")] = 4.0
    q: Annotated[float, Gt(0), Lt(1), Doc("a share")] = 0.3
    n: Annotated[int, Ge(2), Le(1000), Static, Doc("points")] = 10
    idle: Annotated[float, Ge(0), Le(1), Doc("that no formula knows")] = 0.5


FORMULAS = {
    "recall": lambda p: normal_cdf(p.gap / 2 - log(p.rho) / p.gap),
    "laws": lambda p: gamma_cdf(p.gap, p.rho) + beta_cdf(p.q, p.gap, p.rho),
    "tails": lambda p: where(p.q > rational(1, 2), erfc(p.gap), erfcx(p.q)) * loggamma(p.rho + 3),
    "logs": lambda p: log_normal_cdf(-p.rho) + xlogx(p.q) + deviance(p.gap, p.rho),
    "inverses": lambda p: normal_quantile(p.q) * lambert_w(p.gap) - maximum(p.gap, p.q),
    "counts": lambda p: log_binomial(p.n, p.q * p.n) / sqrt(p.n) + exp(-p.gap) * expm1(p.q),
    "small": lambda p: log1p(-p.q) * 0.05 / p.n**2,
}
NUMBERS = np.random.default_rng(0)


@pytest.fixture
def explored(coins, out):  # noqa: F811
    """The made-up setting with these claims, of which the ledger has seen one at two places."""
    claims = Claims()
    base = Params()
    for name, formula in FORMULAS.items():
        claims.equals(
            "x", name=name, says=f"{name} is it", formula=formula, at=(base, Params(gap=4.0)),
            within=0.01, support=(-1e9, 1e9), twin=Twin("wrong", prediction=0.3),
        )  # fmt: skip
    claims.equals(
        "x", name="programme", says="a sum", within=0.1, at=(base, Params(q=0.6)),
        formula=lambda p: sum(p.q**i for i in range(5)) if p.gap > 1 else 0.0,
        twin=Twin("wrong", prediction=0.3),
    )  # fmt: skip
    claims.identity(
        lambda p: (1 - p.q**5) / (1 - p.q) if p.gap > 1 else 0.0, name="closed", says="a sum",
        formula=lambda p: sum(p.q**i for i in range(5)) if p.gap > 1 else 0.0,
        over=Domain.around(base, q=(0.1, 0.9)), twin=Twin("wrong", lhs=0.3),
    )  # fmt: skip
    claims.at_most("x", name="bound", says="never above", formula=lambda p: p.gap / p.n,
                   at=base, delta=0.1, twin=Twin("wrong", bound=-9.0))  # fmt: skip
    coins.claims, coins.Params = list(claims.all), Params
    rows = [row("recall", at=describe(case), estimate=0.55, interval=[0.54, 0.56])
            for case in (base, Params(gap=4.0))]  # fmt: skip
    (out / "ledger.json").write_text(json.dumps(rows))
    return out


def written(folder):
    page(folder)
    return folder / "report" / "coins.html"


def drawn(count):
    fields = Params.__fields__
    return [Params(**{n: f.at(u) for (n, f), u in zip(fields.items(), us, strict=True)})
            for us in NUMBERS.random((count, len(fields)))]  # fmt: skip


ACT = """
const {claims, fields} = window.explorer, points = %s;
said.names = claims.map((c) => c.name);
said.values = claims.map((c) => c.grid ? [] : points.map((p) => String(c.f(p))));
said.uses = claims.map((c) => c.uses);
said.points = claims.map((c) => c.points.length);
said.grids = claims.filter((c) => c.grid).map((c) => c.grid);
const root = document.querySelector('.explorer');
const output = root.parentNode.querySelector('output');
const circles = () => root.querySelectorAll('.point').length;
said.first = [output.textContent, circles(), root.querySelector('.along').value];
const slider = (name) => root.querySelector(`[data-field=${name}]`);
const [bar, exact] = slider('gap').querySelectorAll('input');
bar.focus(); said.focus = document.activeElement === bar;
bar.value = '500'; bar.dispatchEvent(new Event('input'));
said.moved = [output.textContent, exact.value, bar.getAttribute('aria-valuetext')];
exact.value = '20'; exact.dispatchEvent(new Event('change'));
said.refused = [exact.getAttribute('aria-invalid'), output.textContent === said.moved[0]];
exact.value = '2.5'; exact.dispatchEvent(new Event('change'));
said.exact = output.textContent;
said.shownSliders = [...root.querySelectorAll('.slider')].filter((s) => !s.hidden)
  .map((s) => s.dataset.field);
said.each = [];
const select = root.querySelector('.claim');
for (let i = 0; i < claims.length; i++) {
  select.value = String(i); select.dispatchEvent(new Event('change'));
  for (const name of claims[i].uses) {
    const along = root.querySelector('.along');
    along.value = name; along.dispatchEvent(new Event('change'));
    const curve = root.querySelector('path.curve')?.getAttribute('d') ?? '';
    said.each.push([claims[i].name, name, curve.length, curve.includes('NaN'), output.textContent,
      ['.band', '.other'].map((c) => root.querySelectorAll(`path${c}`).length)]);
  }
}
said.label = root.querySelector('svg').getAttribute('aria-label');
"""


@needs_chromium
def test_the_pages_numbers_are_jaxs_at_random_points_and_its_controls_work(explored):
    points = drawn(200)
    plain = [{n: float(getattr(p, n)) for n in Params.__fields__} for p in points]
    said, console = browse(written(explored), ACT % json.dumps(plain), explored)
    assert len(console) == 1, console
    assert said["names"] == [*FORMULAS, "bound", "programme", "closed"]
    for name, values in zip(said["names"], said["values"], strict=True):
        if name in FORMULAS:
            expected = values_at(FORMULAS[name], points)
            got = np.array([float(v.replace("Infinity", "inf")) for v in values])
            assert np.allclose(got, expected, rtol=1e-9, atol=1e-300), (
                name, np.max(np.abs(got / expected - 1)))  # fmt: skip
    assert said["uses"][0] == ["gap", "rho"]
    assert said["points"][0] == 2
    assert said["first"][1:] == [2, "gap"]  # both cases differ in gap alone
    assert said["first"][0].startswith("At gap = 2 it is 0.62")
    assert said["focus"]
    assert said["moved"][1:] == ["5", "5"]
    assert "At gap = 5" in said["moved"][0]
    assert said["refused"] == ["true", True]
    assert "At gap = 2.5" in said["exact"]
    assert said["shownSliders"] == ["gap", "rho"]
    assert said["uses"][-2:] == [["q"], ["q"]]
    for grid in said["grids"]:
        assert grid["y"] == pytest.approx([sum(x**i for i in range(5)) for x in grid["x"]])
    programme, closed = said["grids"]
    assert programme["band"] == [0.1] * len(programme["x"])
    assert closed["other"] == pytest.approx(closed["y"])
    assert [closed["x"][0], closed["x"][-1]] == [0.1, 0.9]
    for name, along, length, broken, text, (bands, others) in said["each"]:
        assert length > 100, (name, along)
        assert not broken
        assert ("computed beforehand" in text) == (name in ("programme", "closed"))
        assert (bands, others) == (int(name != "closed"), int(name == "closed"))
    assert said["label"].startswith("closed against q.")
    assert said["width"] == [1280, 1280]


@needs_chromium
def test_on_a_telephone_in_the_dark_the_explorer_fits(explored):
    flags = ("--blink-settings=preferredColorScheme=0",)
    said, console = browse(written(explored), "", explored, *flags, width=400)
    assert len(console) == 1, console
    assert said["width"] == [400, 400]


def test_a_page_says_what_it_explores_without_a_script_and_stays_small(explored):
    text = page(explored)
    assert len(text.encode()) < 3_000_000
    root = parsed(text)
    section = next(e for e in root.iter("section") if e.get("aria-labelledby") == "explorer")
    assert "needs JavaScript" in words(section)
    assert [e.get("hidden") for e in section.iter("div") if e.get("class") == "explorer"] == [
        "hidden"
    ]
    assert "idle" not in {e.get("data-field") for e in section.iter("div")}
    assert text.count("'sha256-") == 2


SPECIAL = {
    "erf": [(x,) for x in (1e-12, 0.3, 0.7499, 0.7501, -2.0, 5.9)],
    "erfc": [(x,) for x in (-5.0, -0.1, 0.0, 1e-6, 1.0, 5.0, 26.0)],
    "erfcx": [(x,) for x in (-5.0, 0.0, 1e-5, 0.5, 30.0, 1e6, 1e12)],
    "normal_cdf": [(x,) for x in (-37.0, -9.0, -1.0, 0.0, 1.0, 8.0)],
    "log_normal_cdf": [(x,) for x in (-1e8, -40.0, -1.0, 0.0, 1.0, 8.0)],
    "normal_quantile": [(x,) for x in (1e-300, 1e-16, 0.399, 0.401, 0.5 + 1e-9, 1 - 1e-9)],
    "gamma": [(x,) for x in (1e-9, 0.4, 0.6, 1.0, 2.4, 19.0, 21.0, 170.0, -0.5, -3.2)],
    "loggamma": [(x,) for x in (1e-9, 0.5, 0.999999, 1.000001, 2.000001, 2.9, 9.9, 10.1, 1e9)],
    "gamma_cdf": [(1e-9, 0.01), (0.1, 0.5), (3.0, 2.0), (30.0, 2.0), (990.0, 1e3), (1.01e4, 1e4)],
    "beta_cdf": [(1e-9, 0.01, 2.0), (0.3, 0.5, 0.5), (0.9, 2.0, 30.0), (0.5, 1e3, 1.1e3)],
    "xlogx": [(x,) for x in (1e-300, 0.5, 1e9)],
    "deviance": [(1.0, 1.0 + 1e-9), (3.0, 2.9), (0.0, 2.0), (1e6, 1.0)],
    "log_binomial": [(10.0, 0.0), (10.0, 3.0), (1e6, 5e5), (7.5, 0.25)],
    "lambert_w": [(x,) for x in (-0.36, -0.2, 1e-12, 1.0, 100.0, 1e9)],
}  # fmt: skip
REACH = {"beta_cdf": 3e-12, "normal_cdf": 3e-13}
"""What is said at the head of the script."""


@needs_chromium
def test_the_special_functions_keep_twelve_digits_to_their_ends(explored):
    places = {name: javascript(word(name)(*sympy.symbols(f"a:{len(v[0])}")))
              for name, v in SPECIAL.items()}  # fmt: skip
    names = {
        n: text.removeprefix("return Special.").partition("(")[0] for n, text in places.items()
    }
    script = "".join(
        f"said[{name!r}] = {json.dumps(SPECIAL[name])}.map((a) =>"
        f" window.explorer.special.{names[name]}(...a));"
        for name in SPECIAL
    )
    said, _ = browse(written(explored), script, explored)
    with mpmath.workdps(50):
        for name, points in SPECIAL.items():
            for at, value in zip(points, said[name], strict=True):
                exact = VOCABULARY[name](*map(mpmath.mpf, at))
                scale = max(1, abs(exact)) if name == "log_binomial" else abs(exact)
                error = abs(mpmath.mpf(value) - exact)
                assert error <= REACH.get(name, 1e-12) * scale, (name, at, float(error / scale))


def test_every_word_has_its_javascript():
    for name in VOCABULARY:
        count = {"where": 3, "beta_cdf": 3}.get(name) or (
            2 if name in ("minimum", "maximum", "power", "deviance", "gamma_cdf", "log_binomial")
            else 1
        )  # fmt: skip
        x = list(sympy.symbols(f"a:{count}", real=True))
        if name == "where":
            x[0] = x[1] < x[2]
        assert javascript(VOCABULARY[name](*map(Symbolic, x)).expression).startswith("return ")
    with pytest.raises(ValueError, match="no JavaScript"):
        javascript(sympy.Function("unknown")(sympy.Symbol("x")))


def drawn_figure(formula, runs):
    """A figure that shows the formula along gap, .02 beside it, and another series."""
    lines = ["panel,series,kind,x,y,low,high,standard_error,residual"]
    for series, residual in (("own", 2.0), ("other", 1.0)):
        means = [(p.gap, float(formula(p)) + 0.02) for p in runs]
        lines += [f"a,{series},simulation,{x},{y},0.1,0.9,0.01,{residual}" for x, y in means]
    told = [{"params": {n: getattr(p, n) for n in Params.__fields__}} for p in runs]
    return DrawnFigure("curve", b"", "\n".join(lines).encode(), {"simulations": told})


def test_a_figures_points_are_the_claims_where_its_theory_is_the_claims_formula():
    runs = [Params(gap=1.0), Params(gap=2.0)]
    figure, uses = drawn_figure(FORMULAS["recall"], runs), ("gap", "rho")
    found = list(figure_points(value_of(traced(FORMULAS["recall"], Params())), uses, [figure]))
    assert [(p.params["gap"], p.params["rho"], p.along) for p in found] == [
        (1.0, 4.0, "gap"), (2.0, 4.0, "gap")
    ]  # fmt: skip
    assert [p.y for p in found] == [float(FORMULAS["recall"](p)) + 0.02 for p in runs]
    assert {p.figure for p in found} == {"curve"}
    wrong = value_of(traced(lambda p: FORMULAS["recall"](p) + 0.001, Params()))
    assert list(figure_points(wrong, uses, [figure])) == []


def test_a_computed_curve_goes_where_a_figure_has_simulated_it():
    def looped(p):
        return sum((p.gap / 10) ** i for i in range(4)) * p.rho / p.n

    claim = Claims().equals(
        "x", name="looped", says="a sum", within=0.1, formula=looped,
        at=(Params(), Params(q=0.6)), twin=Twin("w", prediction=0.3),
    )  # fmt: skip
    plain = grid_of(claim, [])
    assert plain is not None
    assert (plain.field.name, plain.seen) == ("q", [])  # in which the cases differ
    runs = [Params(gap=g, rho=9.0, n=20) for g in (1.0, 2.0, 4.0)]
    grid = grid_of(claim, [drawn_figure(looped, runs)])
    assert grid is not None
    assert (grid.field.name, len(grid.seen), grid.base.rho, grid.base.n) == ("gap", 3, 9.0, 20)
    assert grid.x[0] < 1.0
    assert grid.x[-1] > 4.0
    exact = [float(looped(grid.base.but(gap=x))) for x in grid.x]
    assert grid.y == pytest.approx(exact, rel=1e-12)
    other = drawn_figure(lambda p: looped(p) + 0.001, runs)
    assert grid_of(claim, [other]) == plain


THUMB = """(() => {
  const bar = document.querySelector('[data-field=gap] input[type=range]');
  bar.scrollIntoView({block: 'center', behavior: 'instant'});
  const {left, width, top, height} = bar.getBoundingClientRect();
  return [left, width, top + height / 2];
})()"""
GAP = "Number(document.querySelector('[data-field=gap] input[type=number]').value)"
SAID = "document.querySelector('.explorer').parentNode.querySelector('output').textContent"


@needs_chromium
def test_a_finger_moves_a_slider_and_the_curve_answers(explored):
    with on_a_telephone(written(explored), explored) as telephone:
        left, width, y = telephone.value(THUMB)
        assert width > 100
        telephone.drag((left + 0.3 * width, y))  # a tap
        tapped = telephone.value(GAP)
        assert 2.5 < tapped < 3.5
        telephone.drag(*((left + (0.3 + 0.05 * i) * width, y) for i in range(9)))
        assert 6.0 < telephone.value(GAP) < 8.0
        assert telephone.value(SAID).startswith(f"At gap = {telephone.value(GAP):.5g} it is ")
