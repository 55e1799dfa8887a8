"""What one sees: the papers' theory figures, drawn with the simulations over them, and the report.

A setting's figures stand in ``paper_figures/<setting>.py``::

    from paper_figures import Context, figure

    @figure(
        title="Figure 1, left",
        source="Figure 1 (left)",
        caption="Test error falls as n^-1; simulation agrees within two standard errors.",
        seconds={"quick": 2, "default": 5, "paper": 400},
    )
    def figure_1_left(ctx: Context):
        fig, ax = ctx.panels()
        n = np.geomspace(50, 800, 33).round()
        ctx.sweep(ax, Params(), "n", n, risk, "risk", at=(100, 200, 400), label="ridge")
        ax.set(xlabel="training points n", ylabel="test risk", xscale="log")
        return fig

``ctx.sweep`` draws a formula over a field of Params and its simulation beside it, ``ctx.heatmap``
a map over two, ``ctx.ladder`` a claim's rungs; ``ctx.theory``, ``ctx.points``, ``ctx.simulate`` and
``ctx.record`` are what they are made of.

``python -m paper_figures`` draws them all and writes the report.
"""

# first: from its first line on, Ctrl-C ends a command that is starting quietly
import theory
from paper_figures._context import Context
from paper_figures._figure import FigureSpec, figure, figures_in
from paper_figures._params_grids import params_over, values_at, values_over
from paper_figures._scales import SCALES
from paper_figures._show import show
from theory._discovery import register

__all__ = [
    "SCALES", "Context", "FigureSpec", "figure", "figures_in", "params_over", "show",
    "values_at", "values_over",
]  # fmt: skip

register(__name__, __path__)
