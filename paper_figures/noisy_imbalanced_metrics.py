"""Metrics against imbalance and annotation noise, orders that turn, and what each metric sees."""

import numpy as np
from scipy.special import ndtr

from paper_figures import Context, figure
from theory.noisy_imbalanced_metrics import Params, annotated, variances
from theory.noisy_imbalanced_metrics.limits import after
from theory.noisy_imbalanced_metrics.metrics import metrics
from theory.noisy_imbalanced_metrics.sampling import CARDS, power

NAMES = {
    "precision": "precision", "npv": "NPV", "recall": "recall", "f1": "F1", "g_mean": "g-mean",
    "j": "J", "mcc": "MCC", "kappa": "kappa", "accuracy": "accuracy",
}  # fmt: skip
SHOWN = ("recall", "g_mean", "j", "precision", "f1", "mcc", "kappa", "accuracy")
NAME = "noisy_imbalanced_metrics"


@figure(
    title="What imbalance does to metrics, and what annotation noise adds",
    source="the paper's simulated comparison, in closed form (claims imbalance_exponents,"
    " noise_kills_minority_metrics, critical_noise)",
    caption="t = .8, f = .05. Left: clean labels against the imbalance r; recall, g-mean and J do"
    " not fall, MCC falls like r^(-1/2), precision, F1 and kappa like 1/r. Right: labels annotated"
    " with alpha = .1 and beta = b pi at pi = .00172, the prevalence of card fraud: recall, g-mean"
    " and J fall around b = 1, where false annotations are as many as positives. Points: means over"
    " simulated tables (N = 20 000 and 100 000).",
    seconds={"quick": 8, "default": 15, "paper": 200},
)
def imbalance_and_noise(ctx: Context):
    """Eight metrics against r, and against beta/pi."""
    fig, (left, right) = ctx.panels(1, 2, height=4.4)
    clean, base = Params(alpha=0.0, beta=0.0, n=20_000), CARDS.but(alpha=0.1)
    shares, noises = 1 / (1 + np.geomspace(1, 1e6, 61)), np.geomspace(1e-2, 1e2, 61) * base.pi
    against(ctx, left, 0, [clean.but(pi=x) for x in (0.3, 0.05)], lambda p: (1 - p.pi) / p.pi,
            (1 - shares) / shares, (shares, clean.t, clean.f, 0.0, 0.0))  # fmt: skip
    cases = [base.but(beta=base.pi * b) for b in (1 / 3, 3.0)]
    table = (*base.clean, base.alpha, noises)
    against(ctx, right, 1, cases, lambda p: p.beta / p.pi, noises / base.pi, table)
    left.set(xscale="log", yscale="log", ylim=(1e-5, 2), xlabel="imbalance r = (1 - pi)/pi",
             ylabel="metric, clean labels")  # fmt: skip
    right.set(xscale="log", ylim=(0, 1), xlabel="b = beta/pi", ylabel="metric, annotated labels")
    ctx.legend(left, ncols=2)
    ctx.legend(right, loc=None)
    return fig


def against(ctx, ax, label, cases, place, x, numbers):
    """Lines of all metrics, and the means of simulated tables at the cases."""
    lines = metrics(*annotated(*numbers))
    trials = ctx.pick(quick=512, default=2048, paper=65_536)
    runs = [ctx.simulate(NAME, p, trials=trials) for p in cases]
    at = [float(place(p)) for p in cases]
    for name in SHOWN:
        ctx.theory(ax, x, getattr(lines, name) + 0 * x, label=NAMES[name])
        if name in ("f1", "mcc", "recall", "precision"):
            stated = [float(after(name, p)) for p in cases]
            samples = np.stack([run[name][:, 0, label] for run in runs], axis=1)
            ctx.points(ax, at, samples=samples, theory=stated, label=NAMES[name])


def _gap(values):
    """The first classifier's less the second's."""
    return np.asarray(values[0] - values[1])


def random_rates(rng, size):
    """Rates of random classifiers: t uniform on (.2, 1), f log-uniform on (1e-4, .1)."""
    return 0.2 + 0.8 * rng.random(size), 10 ** (-4 + 3 * rng.random(size))


@figure(
    title="Noisy against clean: a curve keeps orders, a cloud does not",
    source="derived (claims rank_invariance, rank_reversed_f1, rank_reversed_g_mean)",
    caption="1000 random classifiers at pi = .002, alpha = .25, beta = .01; exact values. Precision"
    " (left), J and MCC (right) lie on increasing lines: the order of two classifiers is that on"
    " clean labels. F1, kappa (left) and g-mean, recall (right) are clouds.",
    seconds={"quick": 2, "default": 2, "paper": 3},
)
def curves_and_clouds(ctx: Context):
    """Each metric against annotated labels, over the same against clean labels."""
    fig, (left, right) = ctx.panels(1, 2, residuals=False)
    t, f = random_rates(np.random.default_rng(ctx.rng_seed), 1000)
    clean = metrics(0.002, t, f)
    noisy = metrics(*annotated(0.002, t, f, 0.25, 0.01))
    shown = ("f1", "kappa", "precision"), ("recall", "g_mean", "j", "mcc")
    for ax, names in zip((left, right), shown, strict=True):
        for i, name in enumerate(names):
            x, y = (np.asarray(getattr(m, name)) for m in (clean, noisy))
            ax.plot(x, y, ".", markersize=2.5, color=f"C{i}")
            ax.text(0.04, 0.93 - 0.08 * i, NAMES[name], color=f"C{i}", transform=ax.transAxes)
            ctx.record(name, clean=x, annotated=y)
        ax.set(xlabel="clean labels", ylabel="annotated labels")
    return fig


@figure(
    title="How often noise reorders two classifiers",
    source="not in the paper (claims rank_invariance, rank_reversed_f1, delta_variances)",
    caption="Share of pairs of random classifiers, pi = .00172, that F1 (left) and the g-mean"
    " (middle) order otherwise on annotated than on clean labels, with infinitely many items;"
    " precision, NPV, J, MCC and AUC: none. Right: the chance that annotated labels order a pair"
    " wrongly at N = 284 807 (lines) and at N = infinity (dotted), along alpha = .2 (normal"
    " approximation, as if the two were counted on separate sets): sampling errors come on top.",
    seconds={"quick": 4, "default": 6, "paper": 20},
)
def reordered_pairs(ctx: Context):
    """Shares of reordered pairs over (alpha, beta/pi), and with sampling."""
    fig, axes = ctx.panels(1, 3, residuals=False, width=10.0, height=3.4)
    rng = np.random.default_rng(ctx.rng_seed)
    size = ctx.pick(quick=4000, default=20_000, paper=100_000)
    pi, ratio, missed = 0.00172, np.geomspace(0.03, 30, 25), np.linspace(0, 0.6, 13)
    pairs = random_rates(rng, (2, size))
    clean = metrics(pi, *pairs)

    def wrong(alpha, beta, n=np.inf):
        """For each metric, the mean chance that the annotated order is not the clean one."""
        table = annotated(pi, *pairs, alpha, beta)
        found, spread = metrics(*table), variances(*table, min(n, 1e15))
        shares = {}
        for name in NAMES:
            lead = _gap(getattr(clean, name))
            seen_lead = np.sign(lead) * _gap(getattr(found, name))
            error = np.sqrt(np.asarray(getattr(spread, name)).sum(0))
            shares[name] = ndtr(-seen_lead / error).mean()
        return shares

    def turned(beta):
        """F1's and the g-mean's shares of reordered pairs, for every alpha."""
        found = metrics(*annotated(pi, *(x[..., None] for x in pairs), missed, beta))
        return [
            np.mean(np.sign(_gap(getattr(clean, m)))[:, None] * _gap(getattr(found, m)) < 0, 0)
            for m in ("f1", "g_mean")
        ]

    shares = np.array([turned(b * pi) for b in ratio])
    for i, name in enumerate(("f1", "g_mean")):
        ax = axes[i]
        ctx.heatmap(ax, missed, ratio, shares[:, i], label=f"share reordered by {NAMES[name]}")
        ax.set(xlabel="alpha", ylabel="beta/pi", yscale="log")
    lines = [(wrong(0.2, b * pi), wrong(0.2, b * pi, 284_807)) for b in ratio]
    for name in ("mcc", "f1", "g_mean", "precision"):
        color = ctx.next_colour(axes[2])
        ctx.theory(axes[2], ratio, [x[1][name] for x in lines], label=NAMES[name], color=color)
        ctx.theory(axes[2], ratio, [x[0][name] for x in lines], color=color, linestyle=":")
    axes[2].set(xscale="log", xlabel="beta/pi (alpha = .2)", ylabel="chance of a wrong order")
    ctx.legend(axes[2], loc="upper left")
    return fig


@figure(
    title="How far metrics scatter, and which small changes they see",
    source="derived (claims delta_variances, complementary_power)",
    caption="Left: relative standard deviation of a metric on clean labels against the expected"
    " number of positives, t = .8, f = .05, r = 580 (delta method, to order 1/(n pi)); points from"
    " simulated data sets. Right: what one positive tells of a small change of t or of f,"
    " (dm/dt)^2/(n pi Var m), at the same classifier. The g-mean and J see misses best, F1 and"
    " precision false positives; recall sees none of these.",
    seconds={"quick": 4, "default": 6, "paper": 30},
)
def scatter_and_power(ctx: Context):
    """Relative deviations against n pi, and detectabilities."""
    fig, (left, right) = ctx.panels(1, 2, height=4.0)
    base = CARDS.but(f2=0.05)
    positives = np.geomspace(10, 1e4, 40)
    at = metrics(*base.clean)
    trials = ctx.pick(quick=512, default=4096, paper=65_536)
    cases = [base.but(n=n) for n in (100_000, 300_000, 1_000_000)]
    runs = [ctx.simulate(NAME, p, trials=trials) for p in cases]
    for name in ("recall", "precision", "f1", "g_mean", "mcc"):
        value = float(getattr(at, name))

        def relative(x, name=name, value=value):
            return np.asarray(getattr(variances(*base.clean, x / base.pi), name)) / value**2

        ctx.theory(left, positives, np.sqrt(relative(positives)), label=NAMES[name])
        seen = np.stack([run[name][:, 0, 0] for run in runs], axis=1)
        found = seen.std(axis=0, ddof=1) / value
        spread = found * np.sqrt((_kurtosis(seen) - 1) / (4 * trials))
        x = np.array([p.n * p.pi for p in cases])
        ctx.points(left, x, mean=found, standard_error=spread, theory=np.sqrt(relative(x)),
                   label=NAMES[name])  # fmt: skip
    left.set(xscale="log", yscale="log", xlabel="expected positives, n pi",
             ylabel="standard deviation/value")  # fmt: skip
    shown = ("recall", "g_mean", "j", "precision", "f1", "mcc")
    for shift, rate, color, word in (
        (-0.2, "t", "C0", "a change of t (misses)"),
        (0.2, "f", "#9ecae1", "a change of f (false positives)"),
    ):
        heights = np.array([float(power(base, name, rate)) for name in shown])
        right.bar(np.arange(len(shown)) + shift, heights, 0.4, color=color, label=word)
        ctx.record(f"change of {rate}", metric=np.arange(len(shown)), power=heights)
    right.set_xticks(range(len(shown)), [NAMES[name] for name in shown])
    right.set(yscale="log", ylim=(0.5, 1e3), ylabel="seen by one positive")
    right.legend(loc="upper left")
    return fig


def _kurtosis(values):
    """E (x - mean)^4/Var^2, of each column."""
    centred = values - values.mean(axis=0)
    return (centred**4).mean(axis=0) / (centred**2).mean(axis=0) ** 2
