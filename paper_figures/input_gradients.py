"""What gradients show: inputs and gradients side by side, the leak's end, and DiffROAR."""

import numpy as np

from paper_figures import Context, figure, params_over, values_at
from theory.input_gradients import Params, certificate, diffroar, leak_threshold
from theory.input_gradients.leak import leaky_max_margin, subset_family
from theory.input_gradients.masking import NOTEBOOK, PLAIN


@figure(
    title="Gradients of three rules on the block data",
    source="the paper's synthetic figure; simulated",
    seconds={"quick": 3, "default": 4, "paper": 5},
    caption="Ten inputs y e_j, one a row, and what |gradient| of three rules says of each: the"
    " linear rule and a net trained as usual mark all five coordinates that ever hold the signal,"
    " a net trained against attacks of .35 marks the one that does. Each row is divided by its"
    " largest entry.",
)
def gradients_of_three_rules(ctx: Context):
    """Inputs, and the gradients of a linear, a trained and a robust rule."""
    fig, axes = ctx.panels(2, 2, height=4.6)
    p = Params()
    shown = np.concatenate([np.eye(p.k, p.d)] * 2)
    maps = {"inputs, |x|": shown, "linear rule": np.tile(np.arange(p.d) < p.k, (2 * p.k, 1)) * 1.0}
    for name, eps in (("standard training", 0.0), ("adversarial training", 0.35)):
        run = ctx.simulate("input_gradients", p.but(eps=eps), mode="trained", trials=4)
        maps[name] = np.abs(run["slopes"][0].reshape(2 * p.k, p.d))
    for ax, (name, table) in zip(axes.flat, maps.items(), strict=True):
        table = table / table.max(axis=1, keepdims=True)
        rows, columns = np.arange(2 * p.k) + 1, np.arange(p.d) + 1
        ctx.heatmap(ax, columns, rows, table, label="share of largest", vmin=0, vmax=1)
        ax.set(
            xlabel="coordinate", ylabel="input", xticks=[1, 5, 10], yticks=[1, 5, 10], title=name
        )
        ax.invert_yaxis()
    return fig


@figure(
    title="The leak ends at eps_c(k), not before",
    source="derived (claims leak_survives_small_eps, subset_family); not in the paper",
    seconds={"quick": 6, "default": 12, "paper": 60},
    caption="Left: leakage of nets trained against attacks, the budget in units of the threshold"
    " (eps_c(k) for l_inf, sqrt(k) eps_c(k) for l_2); the line is the max-margin net's, which is"
    " known up to 1; close to it many nets have nearly its margin, and trained ones scatter. Right:"
    " the robust margin for k = 5 lies between the best known net and the certificate, which agree"
    " up to eps_c(5) (dotted); points are trained nets, whose margin is lower by an amount of the"
    " order of their step.",
)
def end_of_the_leak(ctx: Context):
    """Leakage against the budget, and the bracket on the robust margin."""
    fig, (left, right) = ctx.panels(1, 2)
    ctx.theory(left, np.array([0.0, 1.0]), np.ones(2), label="max-margin net", color="0.2")
    left.axvline(1.0, color="0.5", linestyle=":", linewidth=0.8)
    shares = ctx.pick(quick=(0.8, 1.4), default=(0.5, 0.9, 1.05, 1.2, 1.35), paper=np.r_[2:15] / 10)
    names = {"linf": "l_inf", "l2": "l_2"}
    for k, attack in ((3, "linf"), (5, "linf"), (5, "l2")):
        unit = float(leak_threshold(k)) * (k**0.5 if attack == "l2" else 1)
        p = Params(k=k, d=2 * k, width=100, time=40.0, attack=attack)
        cases = [p.but(eps=share * unit) for share in shares]
        runs = [ctx.simulate("input_gradients", q, mode="trained", trials=4) for q in cases]
        leaks = np.stack([run["leakage"] for run in runs], axis=1)
        ctx.points(left, np.array(shares), samples=leaks, label=f"k = {k}, {names[attack]}")
        if k == 5 and attack == "linf":
            margins = np.stack([run["margin"] for run in runs], axis=1)
            ctx.points(right, [q.eps for q in cases], samples=margins, label="trained nets")
    left.set(xlabel="budget/threshold", ylabel="leakage L", ylim=(-0.1, 1.35))
    grid = params_over(Params(), eps=np.linspace(0, 0.49, 99))
    nets = [values_at(leaky_max_margin, grid)]
    nets += [values_at(subset_family, [q.but(subset=m) for q in grid]) for m in (1, 2)]
    eps = np.array([q.eps for q in grid])
    ctx.theory(right, eps, np.max(nets, axis=0), label="best known net")
    upper = values_at(lambda q: certificate(q.k, q.eps), grid)
    upper = np.minimum.accumulate(upper)  # the optimum falls in eps
    ctx.theory(right, eps, upper, label="no net above", linestyle="--")
    right.axvline(float(leak_threshold(5)), color="0.5", linestyle=":", linewidth=0.8)
    right.set(xlabel="l_inf budget", ylabel="robust margin")
    return fig


@figure(
    title="DiffROAR of robust, leaky and inverted gradients",
    source="the paper's DiffROAR figure on its synthetic data; derived (claims diffroar_toy)",
    seconds={"quick": 3, "default": 3, "paper": 10},
    caption="Accuracy after retraining with the K coordinates of largest gradient shown minus that"
    " with the K of smallest: on the paper's data (5 of 10 coordinates hold the signal) and on its"
    " notebook's (10 of 10), where leaky gradients score as random ones do.",
)
def diffroar_of_three_orders(ctx: Context):
    """DiffROAR against the number of coordinates shown."""
    fig, axes = ctx.panels(1, 2, sharey=True)
    for ax, p in zip(axes, (PLAIN, NOTEBOOK), strict=True):
        orders = {"robust": (1, 1), "leaky": (1, p.k), "inverted": (p.k, p.k)}
        for name, (first, last) in orders.items():
            ctx.sweep(
                ax, p, "shown", np.arange(1, p.d + 1),
                lambda p, first=first, last=last: diffroar(p.d, first, last, p.shown),
                name, at=(2, 5, 8), mode="masked", label=name,
            )  # fmt: skip
        if p is NOTEBOOK:
            ctx.legend(ax, loc=None)  # as in the left panel
        ax.set(xlabel=f"coordinates shown K of {p.d}, signal in {p.k}", ylabel="DiffROAR")
    return fig
