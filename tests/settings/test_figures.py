"""Every figure is drawn at its quick scale, from trials that were made up.

A stand-in gives each observable its own shape, type and number of trials, traced from the
simulation that the figure names, so that nothing is compiled but the figure's theory. What the
simulations give is held against the claims in ``test_simulations``.
"""

import inspect

import jax
import matplotlib.pyplot as plt
import numpy as np
import pytest

from paper_figures._context import Context
from paper_figures._figure import figures_in
from paper_figures._style import house_style
from sims import simulations_of
from tests.settings import SETTINGS
from theory._discovery import load

FIGURES = [
    pytest.param(name, spec, id=f"{name}-{spec.name}")
    for name in SETTINGS
    for spec in figures_in(load("paper_figures", name))
]


def made_up(setting, params, *, mode="default", trials, seed=0, stream=None, **others):
    """Numbers between 0 and 1 of the shapes that the mode's trials return, two trials alike."""
    simulation = simulations_of(setting)[mode] if isinstance(setting, str) else setting
    key = jax.random.key(0)
    shared = () if simulation.shared is None else (jax.eval_shape(simulation.shared, key, params),)
    shapes = jax.eval_shape(simulation.trial, key, params, *shared)
    rng = np.random.default_rng(seed)
    return {
        name: (rng.random((trials, *s.shape)) + (s.dtype.kind in "iu")).astype(s.dtype)
        for name, s in shapes.items()
    }


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_has_a_figure_of_its_own(setting):
    figures = figures_in(load("paper_figures", setting))
    assert figures
    assert len({spec.name for spec in figures}) == len(figures)


@pytest.mark.parametrize(("setting", "spec"), FIGURES)
def test_a_figure_draws_what_it_says(setting, spec):
    context = Context("quick", simulate=made_up)
    with house_style():
        figure = spec.draw(context)
        context.finish(figure)
        figure.canvas.draw()
    labelled = [ax for ax in figure.axes if ax.get_xlabel() or ax.get_ylabel()]
    plt.close(figure)
    assert labelled, "no axis says what it shows"
    kinds = {row["kind"] for row in context.rows}
    assert kinds, "nothing was drawn through the context"
    if context.runs:
        assert kinds & {"theory", "table"}, "trials are held against nothing"
    assert all(run.setting == setting for run in context.runs)
    assert spec.caption.endswith(".")
    assert len(spec.caption.split()) > 7
    assert inspect.getmodule(inspect.unwrap(spec.draw)).__name__.startswith("paper_figures.")
