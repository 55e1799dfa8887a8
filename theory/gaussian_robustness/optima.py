"""The optimal rules of the Gaussian model on points: class accuracies and their disparity."""

import functools

from theory import Claims, Domain, Logarithmic, Twin, planned
from theory.gaussian_robustness.gaussian import (
    disparity, imbalance_part, inherent_part, majority_accuracy, minority_accuracy,
    optimal_disparity, optimal_offset,
)  # fmt: skip
from theory.gaussian_robustness.margins import gaussian_margins, reached
from theory.gaussian_robustness.params import Norm, Params
from theory.gaussian_robustness.rules import accuracies, best_rules

claim = Claims()

# The first case tells the twins apart best: s = 2.47, k = 2.32, s_r = 1.23
# On [0, 1] a betting test cannot decide before about 30/tolerance trials, however small the
# variance: more points a trial would be wasted.
FEW = Params(points=50)
CASES = (
    FEW.but(eps=0.15, R=10),
    FEW.but(d=20, mu_low=0.1, mu_high=0.5, sigma_low=0.8, sigma_high=1.3, p="l2", eps=0.5),
    FEW.but(
        d=10, mu_low=-0.3, mu_high=0.9, covariance="ar1", correlation=0.4, p="l1", eps=0.8, R=3
    ),
)
seen = claim.given(at=CASES, within=0.004, trials=planned(0.2 / 50, 0.004))


@seen.equals(
    "standard[1]", twin=Twin("b = (1/2) log R with the same w", share=0.5),
    known=((CASES[0], ".9774984"),),
)  # fmt: skip
def gaussian_optimal_standard(p, *, share=1.0):
    """w = 2 Sigma^{-1} mu, b = log R: minority accuracy Phi(s - log(R)/(2s)).

    derived: linear discriminant analysis
    """
    s = gaussian_margins(p).s
    return minority_accuracy(s, share * optimal_offset(s, p.R))


@seen.equals(
    "standard[0]",
    twin=Twin("the classes' accuracies exchanged", prediction=gaussian_optimal_standard),
    known=((CASES[0], ".9983409"),),
)
def gaussian_optimal_standard_majority(p):
    """the same rule: majority accuracy Phi(s + log(R)/(2s)).

    derived: linear discriminant analysis
    """
    s = gaussian_margins(p).s
    return majority_accuracy(s, optimal_offset(s, p.R))


@seen.equals(
    "attacked[1]", twin=Twin("the standard offset h_s", calibrated=False),
    known=((CASES[0], ".6133425"),),
)  # fmt: skip
def gaussian_optimal_robust(p, *, calibrated=True):
    """w = 2 Sigma^{-1}(mu - z), b = log R, under the explicit attack: minority accuracy
    Phi(s_r - log(R)/(2 s_r)).

    derived; direction as in Dan, Wei and Ravikumar 2020
    """
    s, _, s_r = gaussian_margins(p)
    return minority_accuracy(s_r, optimal_offset(s_r if calibrated else s, p.R))


@seen.equals(
    "attacked[0]",
    twin=Twin("the classes' accuracies exchanged", prediction=gaussian_optimal_robust),
    known=((CASES[0], ".9848142"),),
)
def gaussian_optimal_robust_majority(p):
    """majority accuracy of the same rule under attack: Phi(s_r + log(R)/(2 s_r))."""
    s_r = gaussian_margins(p).s_r
    return majority_accuracy(s_r, optimal_offset(s_r, p.R))


@seen.equals(
    "robust[1]",
    twin=Twin("natural margin taken for the robust one", prediction=gaussian_optimal_robust),
    known=((CASES[0], ".9168664"),),
)
def gaussian_optimal_robust_natural(p):
    """natural minority accuracy of the robust rule: Phi(k - log(R)/(2 s_r))."""
    _, k, s_r = gaussian_margins(p)
    return minority_accuracy(k, optimal_offset(s_r, p.R))


def class_gap(name):
    """Majority minus minority accuracy, of a rule on clean points."""
    return lambda run, p: run[name][:, 0] - run[name][:, 1]


@claim.equals(
    class_gap("standard"), at=CASES[1:], within=0.01, support=(-1.0, 1.0),
    trials=planned(0.3 / 50, 0.01), twin=Twin("offset log(R)/s", times=2.0),
    known=((CASES[1], ".2309301"),),
)  # fmt: skip
def disparity_value(p, *, times=1.0):
    """AD(f_std) = Phi(s + log(R)/(2s)) - Phi(s - log(R)/(2s))."""
    s = gaussian_margins(p).s
    return optimal_disparity(s, p.R) if times == 1 else disparity(s, times * optimal_offset(s, p.R))


claim.ordering(
    "disparity_gap_positive_simulated",
    "the robust rule's disparity exceeds the standard rule's on the same points",
    class_gap("robust"), class_gap("standard"), at=CASES, support=(-2.0, 2.0), trials=2000,
    source="abstract: imbalance increases the disparity",
)  # fmt: skip

# six dimensions, correlated coordinates, every norm: the array code against the scalar theory
MODELS = Domain.derived(
    functools.partial(reached, covariance="ar1"), mu_low=(-0.3, 0.3), mu_high=(0.4, 1.2),
    sigma_low=(0.5, 2, Logarithmic), sigma_high=(0.5, 2, Logarithmic), correlation=(-0.8, 0.8),
    reach=(0.02, 0.9), R=(1, 50, Logarithmic), p=Norm,
)  # fmt: skip


def accuracies_of_rules(p):
    """The exact accuracies of the robust and of the standard rule."""
    return [accuracies(rule.w, rule.b, p) for rule in best_rules(p, True, False)]


def disparity_gap_of_rules(p):
    """AD(f_rob) - AD(f_std) from the rules' own accuracies."""
    robust, standard = accuracies_of_rules(p)
    return robust.disparity - standard.disparity


@claim.identity(
    disparity_gap_of_rules, over=MODELS, within=1e-10, scale=1.0, points=40,
    why="float64 array code: solves and sums of six terms, condition of Sigma below 100; both"
    " sides are differences of accuracies",
    twin=Twin("the first bracket at h_r too", at_new=True),
)  # fmt: skip
def effect_decomposition(p, *, at_new=False):
    """disparity gap = [G(k,h_s) - G(s,h_s)] + [G(k,h_r) - G(k,h_s)]."""
    s, k, s_r = gaussian_margins(p)
    h = optimal_offset(s_r, p.R)
    inherent = disparity(k, h) - disparity(s, h) if at_new else inherent_part(s, k, p.R)
    return inherent + imbalance_part(s, k, s_r, p.R)
