"""What holds in every trial of a small network, and what the exact-in-law reduction keeps."""

import numpy as np

from theory import Claims, Twin
from theory.xor_cluster.params import NETWORK, Params

claim = Claims()
network = claim.given(mode="network", at=NETWORK, trials=200)

network.every_trial(
    lambda run, p: run["split_gap"] + np.abs(run["error"] - run["even_error"]), within=1e-12,
    name="linear_plus_even_decomposition", source="derived: relu(u) = (u + |u|)/2",
    says="f = <v,x>/2 + E(x)/2, E even; clean error 1/2 - E[y sgn(E) 1{|E|>|<v,x>|}]/2",
    # 1e-12: sums of 16 neurons in float64, relative to the largest output
    twin=Twin("no even part: the error is 1/2", observable=lambda run, p: np.abs(
        run["error"] - 0.5)),
)  # fmt: skip


def linear_gap(run, p, factor):
    """The outputs averaged over reversed signs and initial weights against the linear classifier,
    <sum_i y_i x_i, x> times a factor of alpha/n."""
    linear = factor * p.rate / p.n * run["linear"]
    return np.max(np.abs(run["averaged"] - linear), axis=1) / np.max(np.abs(linear), axis=1)


network.every_trial(
    lambda run, p: np.maximum(run["one_step_gap"], linear_gap(run, p, 1 / 8)),
    name="one_step_form", source="(4.3), Lemma 4.6; derived at finite m",
    says="f(x; W1-W0) = alpha/(2nm) sum_j h_j + s_j|h_j|; averaged over reversed signs and"
    " initial weights it is alpha/(8n) <sum_i y_i x_i, x> at every m",
    # g = 1/2 to 1e-12 in the flat runs; differences W1 - W0 lose up to 1e4 roundings
    within=1e-10,
    twin=Twin("alpha/(4n): forgets that half of the neurons are active",
              observable=lambda run, p: linear_gap(run, p, 1 / 4)),
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

reduction = claim.given(
    mode="reduction", formula=0.5, within=0.03, trials=8100, source="derived: Bartlett's"
    " decomposition",
    # p = n + 2, the smallest that reduced sampling takes: the last chi has one degree of freedom
    at=Params(n=8, p=10, squared_norm=4.0, m=6, eta=0.1, alpha=0.3, omega=0.05, steps=3,
              test_points=5),
)  # fmt: skip


def order(name, shift=lambda p: 0.0):
    """How often the reduced statistic is the larger, ties half."""
    return lambda run, p: (1 + np.sign(run[name][:, 0] + shift(p) - run[name][:, 1])) / 2


wrong_degrees = Twin(
    # a chi-square of k + 2 degrees of freedom has a logarithm larger by 2/k on average
    "chi degrees p - i",
    observable=order("log_determinant", lambda p: np.sum(2 / (p.p - 2 - np.arange(p.n)))),
)
reduction.equals(
    order("log_determinant"), name="reduced_sampling", twin=wrong_degrees,
    says="P(reduced log-determinant of the noise Gram matrix > direct one) = 1/2",
    why="exact; the resolution asked for (two extra degrees of freedom give 0.9)",
)  # fmt: skip
reduction.equals(
    order("worst_margin"), name="reduced_sampling_trains_alike", twin=wrong_degrees,
    says="P(smallest training margin after 3 steps, reduced > direct) = 1/2",
    why="exact; the resolution asked for",
)  # fmt: skip

BIG_STEP = Params(
    n=50, p=10**12, squared_norm=5e7, m=100, eta=0.05, alpha=5e-22, omega=1e-33, steps=6
)
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
