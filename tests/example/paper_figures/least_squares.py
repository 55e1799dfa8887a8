"""Training error against the number of points."""

import numpy as np
from theory.least_squares import Params, training_error_mean

from paper_figures import figure


@figure(
    title="Training error flatters",
    source="derived",
    seconds={"quick": 2, "default": 4, "paper": 30},
    caption="Line: s^2 (1 - d/n); points: simulation with 95 % intervals.",
)
def training_error_against_n(ctx):
    """Theory and simulation over n."""
    fig, ax = ctx.panels()
    n = np.arange(12, 101)
    ctx.sweep(ax, Params(), "n", n, training_error_mean, "training_error", at=(20, 40, 80))
    ax.set(xlabel="training points n", ylabel="training error")
    return fig
