"""Where features beat raw inputs: learning curves that cross, and the crossing against rho."""

import numpy as np

from paper_figures import Context, figure
from theory.off_the_shelf_features import Params, crossover, head_error, retrieval_accuracy


@figure(
    title="Features win with few labels, raw inputs with many",
    source="derived (claims head_error, crossover, retrieval_accuracy); not in the paper",
    seconds={"quick": 3, "default": 8, "paper": 60},
    caption="Left: exact error of the linear head, features (d = 20, share rho = .7 of the signal)"
    " and raw inputs (D = 300); the cross is retrieval's error at 8/3 labels, the dashed line the"
    " leading-order crossing n*. Right: n* against rho, 0 at sqrt(d/D), without bound at 1.",
)
def learning_curves(ctx: Context):
    """Error against labels; the crossing against the share of the signal."""
    fig, (left, right) = ctx.panels(1, 2)
    p, labels, at = Params(), np.geomspace(1, 1000, 41), (2.0, 10.0, 60.0, 400.0)
    for base, label in ((p, "features"), (p.but(kept=1.0, d=p.raw), "raw inputs")):
        ctx.sweep(left, base, "n", labels, head_error, "head_error", at=at, label=label)
    left.plot([8 / 3], [1 - float(retrieval_accuracy(p))], "x", color="0.2", label="retrieval")
    left.axvline(float(crossover(p)), color="0.5", linestyle="--", linewidth=0.8)
    left.set(xlabel="labelled points n", ylabel="error", xscale="log")
    ctx.legend(left)
    lowest = (p.d / p.raw) ** 0.5
    ctx.sweep(right, p, "kept", np.linspace(lowest, 0.99, 60), crossover, label="n*")
    right.axvline(lowest, color="0.5", linestyle=":", linewidth=0.8)
    right.set(xlabel="share of the signal kept, rho", ylabel="crossing n*", yscale="log")
    return fig
