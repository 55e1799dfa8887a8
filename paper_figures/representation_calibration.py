"""Rules under noise, robust centres, when to correct and to borrow, and the four pipelines."""

import numpy as np

from paper_figures import Context, figure, values_over
from theory.representation_calibration import (
    Params, best_weight, centroid_recalls, corrected_error, discriminant_recalls, median_bias,
    naive_error, pays_from, transfer_error, trimmed_bias,
)  # fmt: skip
from theory.representation_calibration.covariance import recalls
from theory.representation_calibration.recall import PIPELINES, recall

NAME = "representation_calibration"


@figure(
    title="Bias of class means before and after, and the sample size at which correcting pays",
    source="derived (claims bias_before, bias_after, debias_or_not, sample_size_at_which_it_pays)",
    caption="Tail at distance 3 from the head in d = 20 dimensions, priors .05, .25, .7. Left:"
    " mean squared error of the tail's mean against n points labelled tail, eta = .3; lines are"
    " theory, points the simulation. The polluted mean keeps its bias (dashed: eta^2"
    " |mubar - mu|^2), the corrected one has more variance: they cross at n* = 29.9 (dotted)."
    " Right: n* against eta, for three dimensions; above a line correcting pays.",
    seconds={"quick": 5, "default": 8, "paper": 40},
)
def correcting(ctx: Context):
    """Both errors against n, and n* against eta."""
    fig, (left, right) = ctx.panels(1, 2)
    p = Params(gap=3.0, along=-3.0, across=3.0, tail=0.05, donor=0.25, eta=0.3, d=20)
    n, few = np.geomspace(3, 1000, 200), np.array([5, 15, 60, 240])
    trials = ctx.pick(quick=512, default=4096, paper=65536)
    runs = [ctx.simulate(NAME, p.but(few=int(k)), trials=trials) for k in few]
    for row, (name, error) in enumerate(
        (
            ("polluted mean", lambda k: naive_error(p.eta, p.apart(0), p.trace(0), k)),
            ("corrected mean", lambda k: corrected_error(p.eta, p.trace(0), k)),
        )
    ):
        color = ctx.next_colour(left)
        ctx.theory(left, n, np.asarray(error(n)), label=name, color=color)
        seen = np.stack([run["error"][:, row] for run in runs], axis=1)
        there = np.asarray(error(1.0 * few))
        ctx.points(left, 1.0 * few, samples=seen, theory=there, label=name, color=color)
    start = float(pays_from(p.eta, p.apart(0), p.trace(0)))
    ctx.theory(left, np.full(2, start), np.array([0.05, 20.0]), color="0.4", linestyle=":")
    bias = np.full(2, p.eta**2 * p.apart(0))
    ctx.theory(left, n[[0, -1]], bias, color="0.4", linestyle="--", label="squared bias")
    left.set(xscale="log", yscale="log", xlabel="n, points labelled tail",
             ylabel="mean squared error of the mean", ylim=(0.03, 20))  # fmt: skip
    etas = np.linspace(0.02, 0.8, 200)
    for d in (20, 100, 500):
        q = p.but(d=d)
        trace = np.array([q.trace(0, eta) for eta in etas])
        ctx.theory(right, etas, np.asarray(pays_from(etas, q.apart(0), trace)), label=f"d = {d}")
    right.set(yscale="log", xlabel="noise eta", ylabel="n*, points labelled tail")
    ctx.legend(left, loc="upper right")
    ctx.legend(right)
    return fig


@figure(
    title="Noise moves the boundary: for the tail by centroids, against it with priors",
    source="derived (claims centroid_error_two_class, lda_noise_inflates_prior_shift)",
    caption="Two classes at Delta = 2.5: recall of the tail (full) and of the head (dashed) against"
    " noise eta, for three priors of the tail; points: rules fitted to 1001 noisy labels, p_t = .2."
    " Left: nearest centroid, where noise helps the tail. Right: the linear discriminant, whose"
    " log-prior offset noise multiplies.",
    seconds={"quick": 5, "default": 8, "paper": 30},
)
def rules(ctx: Context):
    """Recalls against eta."""
    fig, axes = ctx.panels(1, 2)
    trials = ctx.pick(quick=128, default=512, paper=8192)
    etas, few = np.linspace(0.0, 0.9, 181), np.array([0.0, 0.2, 0.4, 0.6])
    p = Params(points=1001)
    runs = [ctx.simulate(NAME, p.but(eta=eta), mode="axis", trials=trials) for eta in few]
    kinds = (("nearest centroid", "centroid", centroid_recalls),
             ("linear discriminant", "discriminant", discriminant_recalls))  # fmt: skip
    for ax, (title, which, formula) in zip(axes, kinds, strict=True):
        for tail in (0.5, 0.2, 0.05):
            color = ctx.next_colour(ax)
            for k, style in ((0, "-"), (1, "--")):
                line = np.asarray(formula(p.gap, tail, etas)[k])
                label = f"p_t = {tail:g}" if k == 0 else None
                ctx.theory(ax, etas, line, label=label, color=color, linestyle=style)
                if tail == p.tail:
                    seen = np.stack([run[which][:, k] for run in runs], axis=1)
                    there = np.asarray(formula(p.gap, tail, few)[k])
                    ctx.points(ax, few, samples=seen, theory=there, color=color)
        ax.set(xlabel="noise eta", ylabel="recall", ylim=(0, 1.02))
        ax.set_title(title)
    ctx.legend(axes[1], loc="lower left")
    return fig


@figure(
    title="Outlier removal works for classes that are far apart",
    source="derived (claims mean_bias_unbounded_median_bounded, trimming_redescends)",
    caption="Bias of a centre of the points labelled tail towards the head at distance D, a share"
    " e = .3 of them the head's; lines theory, points the simulation with 1001 points. The mean is"
    " off by e D, the median by at most .566 (dashed), and the mean of what lies within 2.5 of"
    " the class's own centre by less and less once D is above about 1.9.",
    seconds={"quick": 4, "default": 6, "paper": 30},
)
def centres(ctx: Context):
    """Biases against D."""
    fig, ax = ctx.panels()
    trials = ctx.pick(quick=128, default=512, paper=8192)
    d, few, e = np.linspace(0.02, 6, 200), np.array([0.5, 1.0, 2.0, 4.0]), 0.3
    p = Params(tail=0.2, eta=0.375, points=1001)
    runs = [ctx.simulate(NAME, p.but(gap=x), mode="axis", trials=trials) for x in few]
    forms = (("mean", lambda x: e * x), ("median", lambda x: median_bias(x, e)),
             ("trimmed at 2.5", lambda x: trimmed_bias(x, e, p.radius)))  # fmt: skip
    for k, (name, form) in enumerate(forms):
        color = ctx.next_colour(ax)
        ctx.theory(ax, d, np.asarray(form(d)), label=name, color=color)
        seen = np.stack([run["centres"][:, k] for run in runs], axis=1)
        ctx.points(ax, few, samples=seen, theory=np.asarray(form(few)), label=name, color=color)
    end = np.full(2, float(median_bias(1e3, e)))
    ctx.theory(ax, d[[0, -1]], end, color="0.4", linestyle="--")
    ax.set(xlabel="distance D of the pollution", ylabel="bias towards it", ylim=(0, 1.25))
    ctx.legend(ax, loc="upper left")
    return fig


@figure(
    title="How much to borrow: error of the mean, and recall",
    source="derived (claims transfer_mse, best_transfer, transfer_recall)",
    caption="Clean labels, Delta = 2.5, d = 400, donors off by |b| = 1, 2000 points of donors and"
    " head. Left: mean squared error of the calibrated mean against the donors' weight beta, for"
    " three numbers of tail points; triangles: beta*. Right: the tail's recall; lines are the limit"
    " of many dimensions, points the simulation.",
    seconds={"quick": 5, "default": 8, "paper": 40},
)
def borrowing(ctx: Context):
    """Error and recall against beta."""
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=256, default=2048, paper=32768)
    beta, few = np.linspace(0, 1, 101), np.array([0.0, 0.3, 0.6, 0.9])
    for count in (20, 40, 400):
        p = Params(eta=0.0, d=400, few=count, lent=2000, many=2000)
        color = ctx.next_colour(left)
        own, lent = p.d / p.few, p.d / p.lent
        at = float(best_weight(own, lent, p.bias))
        runs = [ctx.simulate(NAME, p.but(beta=x), trials=trials) for x in few]
        for ax, which, form in (
            (left, "error", lambda x, o=own, h=lent, q=p: transfer_error(x, o, h, q.bias)),
            (right, "recall", lambda x, q=p: values_over(
                lambda v: recall(v, "transferred"), q, beta=x)),
        ):  # fmt: skip
            ctx.theory(ax, beta, np.asarray(form(beta)), label=f"n_t = {count}", color=color)
            seen = np.stack([run[which][:, 2] for run in runs], axis=1)
            ctx.points(ax, few, samples=seen, theory=np.asarray(form(few)), color=color)
            ax.plot([at], np.asarray(form(np.array([at]))), "^", color=color, ms=9, mec="k")
    left.set(yscale="log", xlabel="donors' weight beta", ylabel="mean squared error of the mean")
    right.set(xlabel="donors' weight beta", ylabel="tail's recall")
    ctx.legend(left, loc="upper right")
    return fig


@figure(
    title="Raw, corrected, transferred, both",
    source="derived; the figure that the paper lacks (claims raw_recall, debiased_recall,"
    " transferred_recall, combined_recall)",
    caption="Tail's recall of the nearest of calibrated means, Delta = 2.5, d = 200, donor off by"
    " 1, beta = 1/2, priors .05, .25, .7; 400 points labelled donor, 800 head. Left: against noise"
    " eta at n = 40 points labelled tail; right: against n at eta = .4. Lines are the limit of"
    " many dimensions, points the simulation. Up to n = 640 correcting lowers the tail's recall:"
    " it adds variance, and polluted means push the boundary into the head's region.",
    seconds={"quick": 6, "default": 10, "paper": 60},
)
def pipelines(ctx: Context):
    """Recall against eta and n."""
    fig, axes = ctx.panels(1, 2)
    trials = ctx.pick(quick=256, default=1024, paper=16384)
    p = Params(eta=0.4, tail=0.05, donor=0.25, d=200, few=40, lent=400, many=800)
    counts = np.unique(np.geomspace(5, 2000, 81).astype(int))
    grids = (
        ("eta", np.linspace(0, 0.8, 81), np.array([0.1, 0.4, 0.7])),
        ("few", counts, np.array([10, 40, 160, 640])),
    )
    for ax, (field, line, few) in zip(axes, grids, strict=True):
        cases = [p.but(**{field: x}) for x in few.tolist()]
        runs = [ctx.simulate(NAME, case, trials=trials) for case in cases]
        for row, method in enumerate(PIPELINES):
            color = ctx.next_colour(ax)

            def form(at, method=method, field=field):
                return values_over(lambda v: recall(v, method), p, **{field: at.tolist()})

            ctx.theory(ax, 1.0 * line, form(line), label=method, color=color)
            seen = np.stack([run["recall"][:, row] for run in runs], axis=1)
            ctx.points(ax, 1.0 * few, samples=seen, theory=form(few), label=method, color=color)
        ax.set(ylabel="tail's recall", ylim=(0, 1))
    axes[0].set(xlabel="noise eta")
    axes[1].set(xscale="log", xlabel="n, points labelled tail")
    ctx.legend(axes[1], loc="lower right")
    return fig


@figure(
    title="An estimated covariance wants donors and a ridge",
    source="derived (claims regularised_recall, covariance_pays, ridge_pays)",
    caption="Tail recall of the discriminant with covariance (1 - beta) S_t + beta S_h + alpha I"
    " against alpha, d = 100 with 100 tail and 300 donor points, of three beta; lines: many"
    " dimensions; points: the simulation. Left: variances 1 and 4, where nearest means (alpha"
    " large) lose; right: all 1, where more ridge is better. Dashed: Sigma known, beta = .5.",
    seconds={"quick": 10, "default": 15, "paper": 60},
)
def ridges(ctx: Context):
    """Recall against alpha."""
    fig, axes = ctx.panels(1, 2)
    alphas, few = np.geomspace(1e-3, 100, 60), np.array([0.003, 0.1, 1.0, 30.0])
    trials = ctx.pick(quick=64, default=256, paper=2048)
    for ax, spread in zip(axes, (4.0, 1.0), strict=True):
        for beta in (0.0, 0.5, 0.9):
            p = Params(side=100, few=100, lent=300, many=300, spread=spread, beta=beta)
            color = ctx.next_colour(ax)
            line, there = (
                np.array([recalls(p.but(ridge=float(a)))[0] for a in at]) for at in (alphas, few)
            )
            ctx.theory(ax, alphas, line, label=f"beta = {beta:g}", color=color)
            runs = [
                ctx.simulate(NAME, p.but(ridge=a), mode="regularised", trials=trials) for a in few
            ]
            seen = np.stack([run["recall"] for run in runs], axis=1)
            ctx.points(ax, few, samples=seen, theory=there, color=color)
            if beta == 0.5:
                known = [recalls(p.but(ridge=float(a)), known=True)[0] for a in alphas]
                ctx.theory(ax, alphas, np.array(known), color="0.4", linestyle="--")
        ax.set(xscale="log", xlabel="ridge alpha", ylabel="recall of the tail", ylim=(0.6, 0.95))
        ax.set_title(f"variances 1 and {spread:g}")
    ctx.legend(axes[0], loc="lower right")
    return fig
