"""Figures in few words: curves, maps and ladders over Params, with their simulations."""

import importlib
import json

import numpy as np
import pytest

from paper_figures import Context, values_over
from paper_figures._provenance import told
from paper_figures._style import house_style
from theory import Limit, ParameterError, Scaling, Twin


@pytest.fixture
def model(example_setting):
    return importlib.import_module(f"theory.{example_setting}")


@pytest.fixture
def ctx():
    with house_style():
        yield Context("quick")


def drawn(ctx, kind):
    return np.array([(row["x"], row["y"]) for row in ctx.rows if row["kind"] == kind])


def test_a_sweep_draws_the_formula_and_the_simulated_means_beside_it(ctx, model):
    fig, ax = ctx.panels()
    noises = np.linspace(0.1, 2, 5)
    ctx.sweep(
        ax, model.Params(), "noise", noises, model.training_error_mean, "training_error",
        at=(0.5, model.Params(noise=1.5)), trials=64, label="error",
    )  # fmt: skip
    line = drawn(ctx, "theory")
    assert line[:, 0] == pytest.approx(noises)
    assert line[:, 1] == pytest.approx([s**2 * 30 / 40 for s in noises], rel=1e-12)
    points = drawn(ctx, "simulation")
    assert points[:, 0].tolist() == [0.5, 1.5]
    for x, y in points:
        run = ctx.simulate("least_squares", model.Params(noise=x), trials=64)
        assert y == pytest.approx(run["training_error"].mean(), rel=1e-12)
    assert len(ctx.runs) == 2  # what the test asked for again was there
    assert "Beneath: residuals" in ctx.finish(fig)


def test_two_panels_that_ask_for_one_run_share_it(ctx, model):
    _, axes = ctx.panels(1, 2)
    for ax, reading in zip(
        axes, ("training_error", lambda run, p: run["training_error"] / p.noise**2), strict=True
    ):
        formula = model.training_error_mean
        if callable(reading):
            formula = lambda p: model.training_error_mean(p) / p.noise**2  # noqa: E731
        ctx.sweep(ax, model.Params(), "noise", [0.5, 1], formula, reading, at=[0.5], trials=32)
    line, bars = axes[0].lines[0], axes[0].containers[0]
    assert line.get_color() == bars.lines[0].get_color()  # of one series, label or not
    (run,) = ctx.runs
    json.dumps(told(run))
    y = drawn(ctx, "simulation")[:, 1]
    assert y[1] == pytest.approx(4 * y[0], rel=1e-12)


def test_a_field_that_sets_a_shape_can_be_swept_and_another_axis_shown(ctx, model):
    _, ax = ctx.panels()
    ctx.sweep(ax, model.Params(), "n", np.array([20, 40, 80]), model.training_error_mean,
              x=lambda p: p.d / p.n)  # fmt: skip
    assert drawn(ctx, "theory") == pytest.approx(
        np.array([(0.5, 0.125), (0.25, 0.1875), (0.125, 0.21875)]), rel=1e-12
    )


def test_a_sweep_outside_the_domain_or_over_no_field_is_refused_by_name(ctx, model):
    _, ax = ctx.panels()
    with pytest.raises(ParameterError, match="noise"):
        ctx.sweep(ax, model.Params(), "noise", [-1.0], model.training_error_mean)
    with pytest.raises(ParameterError, match="no field nose"):
        ctx.sweep(ax, model.Params(), "nose", [1.0], model.training_error_mean)


def test_values_over_a_grid_have_an_axis_a_field_in_the_given_order(model):
    table = values_over(
        model.training_error_mean, model.Params(), n=(20, 40), noise=(1.0, 2.0, 3.0)
    )
    wanted = [[s**2 * (n - 10) / n for s in (1, 2, 3)] for n in (20, 40)]
    assert table == pytest.approx(np.array(wanted), rel=1e-12)


def test_a_heatmap_marks_where_its_values_part_and_records_them(ctx):
    fig, ax = ctx.panels(residuals=False)
    values = np.array([[-1.0, 2.0, np.nan], [3.0, -4.0, 5.0]])
    ctx.heatmap(ax, [1, 2, 3], [10, 20], values, zero=0.5, label="gain")
    mesh = ax.collections[0]
    assert mesh.norm.vcenter == 0.5
    assert mesh.norm(0.5) == pytest.approx(0.5)
    assert fig.axes[-1].get_ylabel() == "gain"
    rows = [(r["x"], r["y"], r["value"]) for r in ctx.rows]
    assert rows[3:] == [(1, 10 + 10, 3.0), (2, 20, -4.0), (3, 20, 5.0)]
    with pytest.raises(ValueError, match="shapes do not fit"):
        ctx.heatmap(ax, [1, 2], [10, 20], values)


def test_a_ladder_shows_gaps_to_the_limit_and_the_stated_power(ctx, model):
    def relative(p):
        return model.training_error_mean(p) / p.noise**2

    shared = dict(
        name="flattery", source="derived", statement="1 - d/n -> 1", value=relative,
        rungs=tuple(model.Params(n=20 * 2**i) for i in range(5)), size=lambda p: p.n,
        tolerance=0.01, tolerance_reason="exact",
    )  # fmt: skip
    limit = Limit(**shared, limit=1.0, exponent=-1.0, last_gap=0.1, twin=Twin("2", limit=2.0))
    _, ax = ctx.panels()
    ctx.ladder(ax, limit)
    gaps = np.array([(n, 10 / n) for n in (20, 40, 80, 160, 320)])
    assert drawn(ctx, "simulation") == pytest.approx(gaps, rel=1e-9)
    assert drawn(ctx, "theory") == pytest.approx(gaps, rel=1e-9)  # exactly of order 1/n
    assert ax.get_xscale() == ax.get_yscale() == "log"
    simulated = Scaling(**(shared | dict(value="training_error", exponent=0.2)),
                        trials_per_rung=64, twin=Twin("1", exponent=1.0))  # fmt: skip
    ctx.ladder(ax, simulated, trials=16)
    assert [run.trials for run in ctx.runs] == [16] * 5
