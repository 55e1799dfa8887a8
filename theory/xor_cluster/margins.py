"""What grows in limit H: features, training margins, norms, and with them the accuracy on clean
data. Times and counts as in :mod:`theory.xor_cluster.counts`."""

from typing import Annotated, Any

import numpy as np

from theory import (
    Claims, Ge, Le, Scalar, Static, Twin, Whole, closed_form, normal_pdf, normal_quantile, pi,
    rational, sqrt, where,
)  # fmt: skip
from theory.xor_cluster.alignment import difference_pmf
from theory.xor_cluster.params import (
    COUNTS, GROWTH, REF_T, Late, Noise, Params, Ratio, Size, Time, Unit,
)  # fmt: skip

__all__ = [
    "clean_margin", "clean_sigmoid_gap", "feature_growth", "feature_growth_exact",
    "feature_growth_typical", "growth_per_step", "noisy_margin", "normalized_margin", "weight_norm",
    "weight_norm_squared",
]  # fmt: skip

Points = Annotated[Scalar, Ge(1), Le(1e6), Whole, Static]

claim = Claims()
median = claim.given(statistic="median", trials=100)


@closed_form
def feature_growth(n: Size, eta: Noise) -> Scalar:
    """Mean over positive neurons of |V(t+1) - V(t)|, t >= 2: (1 - eta)(n/8 + sqrt(n/(2 pi))), up to
    O(1). Sharp form of Lemma 4.7; <w, mu> grows by alpha M2/(2 n sqrt(m)) times this."""
    return (1 - eta) * (rational(1, 8) * n + sqrt(n / (2 * pi)))


@claim.equals(
    "growth", mode="counts", at=COUNTS, within=0.003, trials=9000,
    source="Lemma 4.7, sharp; derived: see feature_growth",
    why="O(1/n) of the expansion; half of the second term, which the twin drops",
    twin=Twin("(1-eta) n/8 alone", second=0),
)  # fmt: skip
def feature_growth_rate(p, *, second=1):
    """mean |V(t+1) - V(t)|/n of positive neurons -> (1-eta)(1/8 + 1/sqrt(2 pi n))."""
    return feature_growth(1.0 * p.n, p.eta) / p.n if second else (1 - p.eta) / 8


@closed_form
def feature_growth_typical(n: Size, eta: Noise) -> Scalar:
    """The growth of data with the median |z|: (1 - eta)(n/8 + sqrt(n/8) g(|z|)) (JAX).

    Given z the second term is g(z) = (3/2) z (2 Phi(z) - 1) + phi(z), even and increasing in |z|;
    its mean is 2/sqrt(pi), which gives the sqrt(n/(2 pi)) of :func:`feature_growth`. The median
    over data is .03 sqrt(n) larger: at one z the sizes of clusters spread the growth too.
    """
    z = normal_quantile(0.75)
    return (1 - eta) * (n / 8 + sqrt(n / 8) * (0.75 * z + normal_pdf(z)))


median.equals(
    lambda run, p: run["projection_1"][:, 5] - run["projection_1"][:, 4],
    at=GROWTH, name="feature_growth_trained", source="Lemma 4.7, sharp", trials=250,
    says="median run trained in limit H: (1-eta)(n/8 + sqrt(n/8)(.75z + phi(z))), z=.6745",
    formula=lambda p: feature_growth_typical(1.0 * p.n, p.eta), within=lambda p: 0.08 * p.n / 8,
    why="D = 0 neurons, .8/sqrt(n) = 6 % of all, may grow by half; 60 neurons",
    twin=Twin("(1 - 2 eta)/8 per step", prediction=lambda p: (1 - 2 * p.eta) * p.n / 8),
)  # fmt: skip


@closed_form
def feature_growth_exact(n: Points, eta: Noise) -> Scalar:
    """The same mean over neurons with D != 0, as a quotient of exact expectations (JAX).

    n (1-eta)/4 (1 - P(D' >= 2))/P(D != 0), with D' of n - 1 points: of n exchangeable points,
    one clean in C_sigma adds 1, one clean and active in C_{-sigma} takes 1 away.
    """
    at_least_two = difference_pmf(n - 1)[2:].sum()
    return n * (1 - eta) / 4 * (1 - at_least_two) / (1 - difference_pmf(n)[0])


@closed_form
def growth_per_step(n: Size, eta: Noise, P: Ratio) -> Scalar:
    """|dV|/n per step against P/n: :func:`feature_growth` above (1-eta)/8, (1-eta)/4 below.

    Clean points of the opposite cluster stay active iff P > n (1 - eta)/8; if they fall silent
    nothing is subtracted from the leading cluster's (1 - eta)/4. Leading order below.
    """
    return where(n * (1 - eta) / 8 < P, feature_growth(n, eta) / n, (1 - eta) / 4 + 0 * n)


claim.ordering(
    "retention_transition",
    "growth per step at P < n(1-eta)/8 exceeds that above it by half of (1-eta)/8",
    "growth_scarce", lambda run, p: run["growth_ample"] + (1 - p.eta) / 16,
    source="derived: see growth_per_step", mode="retention", trials=1000, twin="no transition",
    support=(-1.1, 1.0),  # each growth is a share of n
    # P = 100 = n/2, well above n(1-eta)/8 = 24; rho = 316
    at=Params(n=200, p=10**9, squared_norm=1e7, m=100, eta=0.05, steps=8, sampling="limit"),
)  # fmt: skip


@closed_form
def clean_margin(t: Time) -> Scalar:
    """y f of a clean training point in units alpha p/(2 n), t >= 1: 1/4 + (3/8)(t - 1)."""
    return rational(1, 4) + rational(3, 8) * (t - 1)


@closed_form
def noisy_margin(t: Annotated[Scalar, Ge(2), Le(1e18)]) -> Scalar:
    """y f of a noisy training point in units alpha p/(2 n), t >= 2: 5/8 + (t - 2)/2 (1/4 at t=1).

    In the end 4/3 of :func:`clean_margin`: all other-axis neurons hold a noisy point, three
    quarters of the own-axis neurons a clean one.
    """
    return rational(5, 8) + rational(1, 2) * (t - 2)


margins = median.given(at=GROWTH.but(n=600, steps=6))
"""n = 600, so that other-axis neurons that never turn (share Phi(-3.8)) do not count."""


@margins.equals("clean_margin[6]", within=0.06, source="derived: see clean_margin",
    why="O(n^-1/2) relative: activations favour their sign(D), .8/sqrt(n) = 3 %",
    twin=Twin("noisy points grow alike: 5/8 + (t-2)/2", form=noisy_margin),
)  # fmt: skip
def training_margin_growth(p, *, form=clean_margin):
    """clean y f = 1/4 + (3/8)(t-1) in units alpha p/(2n), at t = 6."""
    return form(1.0 * p.steps)


@margins.equals("noisy_margin[6]", within=0.08, why="O(n^-1/2) relative, 3 %",
    source="derived: see noisy_margin",
    twin=Twin("clean and noisy margins are equal", form=clean_margin),
)  # fmt: skip
def noisy_margin_growth(p, *, form=noisy_margin):
    """noisy y f = 5/8 + (t-2)/2 in units alpha p/(2n), t = 6: 4/3 of clean in the end."""
    return form(1.0 * p.steps)


claim.at_least(
    lambda run, p: np.min(run["train_accuracy"][:, 1:], axis=1), name="training_fit_window",
    says="all labels, the noisy ones too, are fitted at every t = 1..10, w.p. .9 at least",
    source="Theorem 3.1(i), Theorem A.8", at=REF_T, delta=0.1, formula=1.0, trials=160,
    twin=Twin("noisy labels stay unfitted: accuracy 1 - eta", bound=0.5,
              observable=lambda run, p: 1 - run["noisy_fitted"][:, -1]),
)  # fmt: skip


@closed_form
def clean_sigmoid_gap(t: Time) -> Scalar:
    """|g - 1/2| of a clean training point over alpha p/n, t >= 1: (3 t - 1)/64, that is g' = 1/4 at
    0 times the margin; Lemma A.3 has 2 (t + 2)."""
    return clean_margin(t) / 8


FLAT = Params(n=400, p=10**10, squared_norm=1e6, m=60, alpha=1e-10, omega=1e-16, steps=5,
              test_points=1)  # fmt: skip
"""alpha p/n = 2.5e-3: the sigmoid bends, but little; P = 25 n, rho = 10."""

median.equals(
    "clean_sigmoid_gap[5]", at=FLAT, name="sigmoid_flatness", within=0.06 * 14 / 64,
    says="|g - 1/2| = (alpha p/n)(3t-1)/64 on clean points, t = 5",
    source="Lemma A.3, sharp; derived: see clean_sigmoid_gap",
    formula=lambda p: clean_sigmoid_gap(1.0 * p.steps),
    why="n/P = 4 % from other points' push, and the n^-1/2 of the margins",
    twin=Twin("slope 1/8 per step", prediction=lambda p: p.steps / 8),
)  # fmt: skip


@claim.every_trial("worst_sigmoid_gap[5]", at=FLAT, trials=100, source="Lemma A.3",
    twin=Twin("a hundredth of it", share=0.01),
)  # fmt: skip
def sigmoid_flatness_bound(p, *, share=1):
    """|g_i - 1/2| <= 2 (alpha p/n)(t + 2) for every point."""
    return share * 2.0 * (p.steps + 2)


@closed_form
def weight_norm_squared(eta: Noise, t: Late) -> Scalar:
    """‖W(t)‖_F^2 over alpha^2 p/(4 n), t >= 3, the mean at m, n -> inf.

    The mean over neurons and points of the squared number of steps at which the point was active:
    (1-eta)/4 [(t^2 + (t-1)^2)/2 + t^2/2] + (1-eta)/2 + (3/8) eta
    + eta/4 [(t^2 + (t-2)^2)/2 + (t^2 + (t-1)^2)/2].
    """
    lead, follow, late = t**2, (t - 1) ** 2, (t - 2) ** 2
    clean = (1 - eta) * (2 * lead + follow) / 8 + (1 - eta) / 2
    return clean + 3 * eta / 8 + eta * (2 * lead + late + follow) / 8


@closed_form
def weight_norm(n: Size, p: Size, eta: Noise, alpha: Unit, t: Time) -> Scalar:
    """‖W‖_F -> (alpha t/2) sqrt(p (3 + eta)/(8 n)), t >> 1; (A.68): <= 3 alpha t sqrt(p/n)."""
    return alpha * t * sqrt(p * (3 + eta) / (8 * n)) / 2


@closed_form
def normalized_margin(n: Size, rho: Ratio, eta: Noise) -> Scalar:
    """Mean over centers of y f(nu)/‖W‖_F, t >> 1, minus O(1/t).

    sqrt(n) rho [(1 - eta)(1/8 + 1/sqrt(2 pi n)) - sqrt(eta/(pi n))]/sqrt(2 (3 + eta)); leading
    term 0.0510 sqrt(n) rho at eta = 0, and a cluster's own margin is 2 U times it. The last term in
    brackets is the other axis's growth |n_+ - n_-| per step; its slope in eta is infinite at 0.
    """
    growth = (1 - eta) * (rational(1, 8) + 1 / sqrt(2 * pi * n)) - sqrt(eta) / sqrt(pi * n)
    return sqrt(n) * rho * growth / sqrt(2 * (3 + eta))


LONG = GROWTH.but(n=400, eta=0.05, steps=20)
median.equals(
    "displacement[20]", at=LONG, name="weight_norm",
    says="‖W‖_F at t = 20, exact in t; (alpha t/2) sqrt(p(3+eta)/(8n)) for large t",
    source="(A.68), sharp; derived: see weight_norm_squared",
    formula=lambda p: weight_norm_squared(p.eta, 1.0 * p.steps) ** 0.5,
    within=lambda p: 0.03 * p.steps * (3 / 8) ** 0.5,
    why="O(n^-1/2) relative .8/sqrt(400) = 4 % on a third of the activations",
    twin=Twin("the paper's 3 alpha t sqrt(p/n)", prediction=lambda p: 6.0 * p.steps),
)  # fmt: skip


@median.equals("center_margin[20]", at=LONG, trials=150,
    source="derived: see normalized_margin; the paper has >= r/(240 n^(10 eps))",
    within=lambda p: 0.08 * sqrt(1.0 * p.n) * p.rho / 20,
    why="O(1/t) of the numerator beyond the first step, 5 %; median against mean",
    twin=Twin("r/32", prediction=lambda p: p.n**0.5 * p.rho / 32),
)  # fmt: skip
def weight_norm_and_normalized_margin(p):
    """mean y f(nu)/‖W‖_F, t=20: see normalized_margin, less O(1/t)."""
    # V(2) = V_own(2) - V_other(2) = 2 (D + e) ~ n^(1/2) only: t - 2 steps of growth, plus
    # (1 - eta) n/4 U - eta n/8 ... = one more step to leading order; the norm is exact
    norm = weight_norm_squared(p.eta, 1.0 * p.steps) ** 0.5 / ((3 + p.eta) / 8) ** 0.5
    return normalized_margin(1.0 * p.n, p.rho, p.eta) * (p.steps - 1) / norm


WINDOW: Any = Params(n=100, p=10**14, squared_norm=1e9, m=100, test_points=32, sampling="limit")
"""p is the same on all rungs: rho, 100 here, moves by ‖mu‖ alone."""
windows = claim.given(
    within=0.25, trials_per_rung=48, source="Theorem 3.1(iii), Theorem 4.8",
    observable=lambda run, p: np.mean(run["z_score"][:, 10], axis=1),  # over clusters, t = 10
)  # fmt: skip
windows.scaling(
    1.0, name="test_error_window", size=lambda p: p.rho,
    says="-log(test error) grows like z^2/2, z = y E f/sd f per cluster: z ~ rho^1",
    along=tuple(WINDOW.but(squared_norm=rho * 1e7) for rho in (25.0, 50.0, 100.0, 200.0)),
    why="c = .153 at rho = 25 rises to .159 at 100: .03 on the exponent; the rest"
    " is the interval of 48 runs a rung", twin=Twin("z ~ rho^(1/2)", exponent=0.5),
)  # fmt: skip
windows.scaling(
    0.5, name="test_error_window_in_n", size=lambda p: p.n,
    says="z = y E f/sd f per cluster: z ~ n^(1/2)",
    along=tuple(WINDOW.but(n=n) for n in (40, 80, 160, 320)),
    why="factor 1 + 8/sqrt(2 pi n) of feature_growth against whole wrong clusters:"
    " .1 on the exponent; the rest is the interval of 48 runs a rung",
    twin=Twin("z ~ n", exponent=1.0),
)  # fmt: skip
