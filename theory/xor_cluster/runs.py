"""Runs held against the table, its projections and outputs, for neurons whose axis turns,
sigma V(2) > 0; what holds in every small network."""

import itertools
from functools import partial

import numpy as np

from theory import Claims, Twin
from theory.xor_cluster.counts import AxisCounts, activation_table, projection
from theory.xor_cluster.params import NETWORK, REF_T, TABLE, Params

claim = Claims()
table = claim.given(mode="table", at=TABLE, trials=200)

CELLS = tuple(np.array(list(itertools.product((False, True), repeat=4))).T)
"""own axis, clean label, cluster sigma, active at time 0: these four truths decide a point's
activations, so a run counts points cell by cell, in this order."""


def violations(run, p, *, silent=False):
    """How many (neuron, point, time) differ from the table; ``silent``: with own-axis noisy points
    of cluster sigma silent at t = 1."""
    own, clean, leading, _ = CELLS
    active = np.array([activation_table(t, *CELLS) for t in range(1, p.steps + 1)])
    active[0] &= ~(own & ~clean & leading & silent)
    seen = run["active"]
    return np.sum(np.where(active, run["cells"][:, None] - seen, seen), axis=(1, 2))


table.every_trial(
    violations, name="activation_table", within=0.0,
    says="in limit H, where an axis turns (sigma V(2) > 0), every activation at t >= 1"
    " follows from the initial ones and sigma = sign(D)",
    source="Lemmas A.6, A.7, Corollary A.5, sharpened; derived: see activation_table",
    twin=Twin("own-axis noisy points of cluster sigma fall silent at t = 1",
              observable=partial(violations, silent=True)),
)  # fmt: skip


def projected(run, p, *, printed=False):
    """V, what the counts make of it, and whether the axis turns: (trial, time, axis, neuron)."""
    counts = AxisCounts(*np.moveaxis(run["counts"], 1, 0)[..., None])
    hits, own = AxisCounts(*np.moveaxis(1.0 * run["hits"], 1, 0)), run["own"]
    times = range(1, p.steps + 1)
    found = [projection(t, counts, hits, own, printed=printed) for t in times]
    formula = np.stack(found, axis=1)
    # V(1) is D on the own axis and -D on the other; printed or not, V(1) and V(2) are the same
    sigma = np.where(own > 0, 1, -1) * np.sign(formula[:, 0])
    return run["V"], formula, (sigma * formula[:, 1] > 0)[:, None]


def farthest(values, shown):
    """The largest value of a trial where it is shown."""
    return np.max(np.where(shown, values, -np.inf), axis=tuple(range(1, values.ndim)), initial=-1e9)


def gap(run, p, *, printed=False):
    """The largest |V - formula|."""
    V, formula, turned = projected(run, p, printed=printed)
    return farthest(np.abs(V - formula), turned)


def shortfall(run, p):
    """By how much -V on the other axis falls short of the paper's bound (positive: it fails)."""
    V, formula, turned = projected(run, p)
    c_plus, c_minus, n_plus, n_minus = np.moveaxis(run["counts"], 1, 0)[:, :, None, :, None]
    t = np.arange(3, p.steps + 1)[:, None, None]
    bounds = c_plus - c_minus + t * (n_minus - n_plus)
    # on the other axis V(1) = -D, so sigma = + where it is negative
    shown = turned & (formula[:, :1] < 0) & (run["own"] == 0)[:, None]
    return farthest(bounds + V[:, 2:], shown)


def output_gap(run, p, *, printed=False):
    """f at the centers against the mean over neurons of the formula's s relu(±V), in units of V."""
    V, formula, turned = projected(run, p, printed=printed)
    known = np.where(turned, formula, V)  # the formulas speak of turned neurons only
    signs = 2 * run["own"][:, None, :1] - 1  # label +1 on the first axis
    sums = [np.mean(signs * np.maximum(side * known, 0), axis=-1) for side in (1, -1)]
    seen = run["outputs"].reshape(*V.shape[:3], 2)  # (trial, time, axis, side)
    return np.max(np.abs(seen - np.stack(sums, axis=-1)), axis=(1, 2, 3))


def rounding(p):
    """Each point counts y (1 + N(0, 1)/‖mu‖) at each step: 8 standard deviations."""
    return 8 * p.steps * (p.n / p.squared_norm) ** 0.5


projections = table.given(formula=rounding, twin=None)
projections.every_trial(
    gap, name="projection_formulas", source="derived: see own_projection, other_projection",
    says="<w(t), mu> = alpha M2/(2 n sqrt m) V(t), V an affine function of counts",
    twin=Twin("the display after (A.56)", observable=partial(gap, printed=True)),
)  # fmt: skip
projections.every_trial(
    partial(gap, printed=True), name="projection_formulas_as_printed",
    source="display after (A.56)", repaired_by="projection_formulas",
    says="V(t) on the other axis has 3 n_- where the truth has 2 n_- + b(N_-)",
)  # fmt: skip
projections.every_trial(
    shortfall, name="projection_lower_bound_as_printed", source="after (A.56)",
    says="-V(t) >= c_+ - c_- - 3 n_+ + 3 n_- + (t-3)(n_- - n_+) on the other axis",
    repaired_by="projection_formulas",
)  # fmt: skip
projections.every_trial(
    output_gap, name="outputs_from_counts",
    source="derived: f(±mu) = alpha M2/(2nm) sum_j s_j relu(±V_j)",
    says="outputs at the centers of a trained network are functions of counts",
    twin=Twin("outputs from V as printed", observable=partial(output_gap, printed=True)),
)  # fmt: skip

steps = claim.given(mode="increments", at=REF_T.but(m=100, steps=8), trials=100)
# full runs, in units alpha/(n sqrt m); kept: [pulled, pushed] x [still active, silent]
steps.every_trial(
    lambda run, p: run["kept"][:, 0, 1] + run["kept"][:, 1, 0], name="activation_memory",
    says="a_j y_k > 0: once active, always; a_j y_k < 0: active at t, silent at t + 1",
    source="Corollary A.5 (E1)-(E3)", within=0.0,
    twin=Twin("the signs exchanged",
              observable=lambda run, p: run["kept"][:, 0, 0] + run["kept"][:, 1, 1]),
)  # fmt: skip


@steps.every_trial("center_gap", source="(A.29)", twin=Twin(
    "a thousandth of the error term", share=1e-3))  # fmt: skip
def center_increments(p, *, share=1):
    """|<dw_j,nu> - (alpha a_j/2n) y_nu D_nu,j M2| <= 5 alpha M2/(n^(3/2) sqrt m)."""
    return share * 5 * p.squared_norm / p.n**0.5


def point_ratio(run, p):
    """The error of a step at active points and at silent ones, over what (A.28) allows each."""
    spread = 10 * np.sqrt(np.log(p.n)) * p.n**1.99 / 6  # C_n n^1.99/(3 C)
    allowed = 4 * p.n**-1.5 * (np.array([p.p, 0.0]) + spread * p.squared_norm)
    return np.max(run["point_gap"] / allowed, axis=1)


@steps.every_trial(point_ratio, source="(A.28)", twin=Twin(
    "a thousandth of the error term", share=1e-3))  # fmt: skip
def point_increments(p, *, share=1):
    """<dw_j,x_k> = (alpha a_j/2n)[y_k b p + y_nu D M2] up to (4 alpha/(n^(5/2) sqrt m))[b p +
    C_n n^1.99 M2/(3C)], C = 2."""
    return 1.0 * share


network = claim.given(mode="network", at=NETWORK, trials=200)
network.every_trial(
    lambda run, p: run["split_gap"] + np.abs(run["error"] - run["even_error"]), within=1e-12,
    name="linear_plus_even_decomposition", source="derived: relu(u) = (u + |u|)/2",
    says="f = <v,x>/2 + E(x)/2, E even; clean error 1/2 - E[y sgn(E) 1{|E|>|<v,x>|}]/2",
    # 1e-12: sums of 16 neurons in float64, relative to the largest output
    twin=Twin("no even part: the error is 1/2", observable=lambda run, p: np.abs(
        run["error"] - 0.5)),
)  # fmt: skip


def one_step_gap(run, p, *, factor=1 / 8):
    """Of the step's form, and of the outputs averaged over reversed signs and initial weights from
    the linear classifier, <sum_i y_i x_i, x> times a factor of alpha/n."""
    linear = factor * p.rate / p.n * run["linear"]
    gap = np.max(np.abs(run["averaged"] - linear), axis=1) / np.max(np.abs(linear), axis=1)
    return np.maximum(run["one_step_gap"], gap)


network.every_trial(
    one_step_gap, name="one_step_form", source="(4.3), Lemma 4.6; derived at finite m",
    says="f(x; W1-W0) = alpha/(2nm) sum_j h_j + s_j|h_j|; averaged over reversed signs and"
    " initial weights it is alpha/(8n) <sum_i y_i x_i, x> at every m",
    # g = 1/2 to 1e-12 in the flat runs; differences W1 - W0 lose up to 1e4 roundings
    within=1e-10,
    twin=Twin("alpha/(4n): forgets that half of the neurons are active",
              observable=partial(one_step_gap, factor=1 / 4)),
)  # fmt: skip
network.every_trial(
    lambda run, p: np.abs(np.sum(run["first_errors"], axis=1) - 1), within=1e-12,
    name="one_step_mean_error_half", source="derived: reversing the second layer's signs",
    says="after one step, error(s) + error(-s) = 1 on test pairs {x, -x}",
    twin=Twin("the error of each network is 1/2",
              observable=lambda run, p: np.abs(run["first_errors"][:, 0] - 0.5)),
)  # fmt: skip
network.every_trial(
    lambda run, p: np.max(run["symmetries"], axis=1), name="invariances",
    source="derived: gradient descent sees inner products only",
    says="rotations, (y, a) -> (-y, -a), permutations; (alpha, omega) -> l(alpha, omega)"
    " scales f by l where the sigmoid is flat",
    within=1e-9,  # 8 steps at rounding 1e-16, condition below 1e6 (measured residuals 2e-12)
    twin=Twin("alpha alone is rescaled", observable="omega_fixed"),
)  # fmt: skip
network.every_trial(
    "span_gap", name="span_iteration", within=1e-9,
    source="derived: the weights move in the span of the data",
    says="the Gram-matrix iteration and dense gradient descent give the same outputs",
    twin=Twin("residuals frozen at 1/2", observable="flat_span_gap"),
)  # fmt: skip


def order(run, p, *, name="log_determinant", shift=0):
    """How often the reduced statistic is the larger, ties half; ``shift``: with a chi-square of so
    many more degrees of freedom, whose logarithm is larger by shift/k on average."""
    more = np.sum(shift / (p.p - 2 - np.arange(p.n)))
    return (1 + np.sign(run[name][:, 0] + more - run[name][:, 1])) / 2


reduction = claim.given(
    mode="reduction", formula=0.5, within=0.03, trials=8100,
    source="derived: Bartlett's decomposition",
    # p = n + 2, the smallest that reduced sampling takes: the last chi has one degree of freedom
    at=Params(n=8, p=10, squared_norm=4.0, m=6, eta=0.1, alpha=0.3, omega=0.05, steps=3,
              test_points=5),
    twin=Twin("chi degrees p - i", observable=partial(order, shift=2)),
)  # fmt: skip
reduction.equals(
    order, name="reduced_sampling",
    says="P(reduced log-determinant of the noise Gram matrix > direct one) = 1/2",
    why="exact; the resolution asked for (two extra degrees of freedom give 0.9)",
)  # fmt: skip
reduction.equals(
    partial(order, name="worst_margin"), name="reduced_sampling_trains_alike",
    says="P(smallest training margin after 3 steps, reduced > direct) = 1/2",
    why="exact; the resolution asked for",
)  # fmt: skip

BIG_STEP = Params(n=50, p=10**12, squared_norm=5e7, m=100, alpha=5e-22, omega=1e-33, steps=6)
"""omega/alpha and alpha p/n so small that fewer than 1e-5 trials have a pre-activation that
changes sign between the full dynamics and limit H: q0 = 1e-12."""
claim.every_trial(
    "limit_gap", name="limit_h", mode="limit", at=BIG_STEP, trials=100,
    says="pre-activations of the full dynamics are those of limit H, to alpha p t/n",
    source="derived: (A1), (A2), (A5) read qualitatively",
    # the sigmoid bends by at most (alpha p/n)(3t-1)/64; omega adds q0 = 1e-10 of one push
    within=lambda p: p.alpha * p.p * p.steps / p.n + 1e-9,
    twin=Twin("also when omega is 1e14 times larger", cases=(BIG_STEP.but(omega=1e-19),)),
)  # fmt: skip
