"""Series, intervals and panels: what is drawn is what was found."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from paper_figures import Context, figure
from paper_figures._series import summarise
from paper_figures._style import house_style


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


def test_theory_at_single_places_has_its_marker_in_the_legend():
    with house_style():
        ctx = Context()
        fig, ax = ctx.panels()
        look = {"linestyle": "", "marker": "s", "fillstyle": "none"}
        ctx.theory(ax, [0, 1], [1, 2], label="here", **look)
        ctx.finish(fig)
        (entry,) = ax.get_legend().legend_handles
        assert entry.get_marker() == "s"
        assert entry.get_markeredgewidth() > 0


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
