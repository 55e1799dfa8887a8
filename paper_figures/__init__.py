"""What one sees: the papers' theory figures, drawn with the simulations over them, and the report.

A setting's figures stand in ``paper_figures/<setting>.py``::

    from paper_figures import Context, figure

    @figure(
        title="Figure 1, left",
        source="Figure 1 (left)",
        caption="Test error falls as n^-1; simulation agrees within two standard errors.",
        seconds={"quick": 2, "default": 15, "paper": 400},
    )
    def figure_1_left(ctx: Context):
        fig, ax = ctx.panels()
        n = np.array([100, 200, 400])
        ctx.theory(ax, n, risk(n), label="ridge")
        runs = [ctx.simulate("ridge", Params(n=k), trials=ctx.pick(quick=20, default=400,
                paper=4000))["risk"] for k in n]
        ctx.points(ax, n, samples=np.stack(runs, axis=1), label="ridge", theory=risk)
        ax.set(xlabel="training points n", ylabel="test risk", xscale="log")
        return fig

``python -m paper_figures`` draws them all and writes ``out/report.html``.
"""

# first: from its first line on, Ctrl-C ends a command that is starting quietly
import theory
from paper_figures._context import Context
from paper_figures._figure import FigureSpec, figure, figures_in
from paper_figures._params_grids import params_over, values_at, values_over
from paper_figures._scales import SCALES

__all__ = [
    "SCALES", "Context", "FigureSpec", "figure", "figures_in", "params_over", "values_at",
    "values_over",
]  # fmt: skip
