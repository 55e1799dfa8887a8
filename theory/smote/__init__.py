"""SMOTE: the exact law of synthetic minority points, and what they do to linear and 1-NN rules.

N minority points of density f are centres; one of a centre's K nearest minority points is drawn,
and a synthetic point Z = X + U (Y - X) set between them, U uniform, one a point. Centre and
neighbour have density f(x) f(y) w(q), q the share of f nearer to x than y is and
w = (N - 1)/K I_{1-q}(N - 1 - K, K); all is computed from it: mean, variance and density of Z with
one feature, its covariance for normal minorities of any dimension, its reach. With K = N - 1 (few
points, or many features) w = 1: E Z = mu, Cov Z = (2/3) Sigma, fresh points are nearer, (5/3) tr
Sigma, to synthetic than to real ones, and averages know no more of mu than the N points. With
two normal classes resampling moves the population discriminant along one ROC curve.

The paper is an algorithm with experiments and states no theorem. Here are exact laws of that
algorithm, with centres drawn independently unless a claim says otherwise. It does not say what
trees or networks gain: in this model nothing lifts the curve, and a finite test sample has a law
of its hull that resampling leaves alone. Laws for K < N - 1 are of one feature or of normal
minorities and mixtures of two of their scales; a uniform one's moments are rational. Nominal
features, by SMOTE-NC and SMOTE-N: their distances, and that modes of neighbours make rare values
rarer.
"""

from theory import Paper
from theory.smote.design import (
    conditional_box, conditional_shrinkage, excess, pooled_variance, stratified_excess,
)  # fmt: skip
from theory.smote.heavy import heavy_shrinkage
from theory.smote.hull import hull_moments, null_hull_area, null_hull_rate
from theory.smote.line import neighbour_gap, synthetic_density, synthetic_mean, synthetic_variance
from theory.smote.nominal import (
    majority_chance, mixed_square, nominal_kept, null_difference, value_difference,
)  # fmt: skip
from theory.smote.pairs import pair_cdf, pair_weight
from theory.smote.params import Params
from theory.smote.reach import nearest_drift, uniform_cdf, uniform_density
from theory.smote.rules import (
    curve_area, false_positives, majority_kept, minority_factor, null_miss, operating_shift,
    resampled_odds, trapezoid_area, trapezoid_loss, true_positives,
)  # fmt: skip
from theory.smote.space import gaussian_shrinkage, mixture_cdf, normal_density, torus_gap
from theory.smote.uniform import uniform_drift, uniform_gap, uniform_variance

PAPER = Paper(
    "SMOTE: Synthetic Minority Over-sampling Technique",
    "Nitesh V. Chawla, Kevin W. Bowyer, Lawrence O. Hall, W. Philip Kegelmeyer",
    "Journal of Artificial Intelligence Research, 2002",
    "1106.1813",
    topics=("imbalance", "sampling", "classification"),
)

__all__ = [
    "PAPER", "Params", "conditional_box", "conditional_shrinkage", "curve_area", "excess",
    "false_positives", "gaussian_shrinkage", "heavy_shrinkage", "hull_moments", "majority_chance",
    "majority_kept", "minority_factor", "mixed_square", "mixture_cdf", "nearest_drift",
    "neighbour_gap", "nominal_kept", "normal_density", "null_difference", "null_hull_area",
    "null_hull_rate", "null_miss", "operating_shift", "pair_cdf", "pair_weight", "pooled_variance",
    "resampled_odds", "stratified_excess", "synthetic_density", "synthetic_mean",
    "synthetic_variance", "torus_gap", "trapezoid_area", "trapezoid_loss", "true_positives",
    "uniform_cdf", "uniform_density", "uniform_drift", "uniform_gap", "uniform_variance",
    "value_difference",
]  # fmt: skip
