"""Scalar closed forms of the Gaussian model in (s, k, s_r, R), on every evaluator.

A linear rule sign(w.x + b) enters only through its natural margin k(w) = w.mu/gamma, its robust
margin m(w) = (w.mu - eps |w|_q)/gamma and its offset h = b/gamma, gamma = sqrt(w' Sigma w):

    natural accuracy  Phi(k + h) majority, Phi(k - h) minority; robust: m in place of k.

The best rule for margin m has exp(2 m h) = R, so h = log(R)/(2 m).
"""

from typing import Annotated

from theory import (
    Ge,
    Le,
    Scalar,
    Whole,
    closed_form,
    evaluator_of,
    exp,
    log,
    minimum,
    normal_cdf,
    normal_pdf,
    sqrt,
    where,
)
from theory.gaussian_robustness._model import Margin, Radius, Ratio

Dimension = Annotated[Scalar, Ge(1), Whole]
Odds = Annotated[Scalar, Ge(1e-70), Le(1e70)]
Spread = Annotated[Scalar, Ge(1), Le(1e70)]


@closed_form
def optimal_offset(m: Margin, R: Ratio) -> Scalar:
    """h = log(R)/(2 m), m > 0: the offset of least error at margin m (h_s at s, h_r at s_r)."""
    return log(R) / (2 * m)


@closed_form
def majority_accuracy(m: Scalar, h: Scalar) -> Scalar:
    """Phi(m + h): the majority's accuracy at margin m and offset h."""
    return normal_cdf(m + h)


@closed_form
def minority_accuracy(m: Scalar, h: Scalar) -> Scalar:
    """Phi(m - h): the minority's accuracy at margin m and offset h."""
    return normal_cdf(m - h)


@closed_form
def disparity(m: Scalar, h: Scalar) -> Scalar:
    """G(m, h) = Phi(m + h) - Phi(m - h), majority minus minority accuracy, as upper tails."""
    return normal_cdf(-(m - h)) - normal_cdf(-(m + h))


@closed_form
def population_accuracy(m: Scalar, h: Scalar, R: Ratio) -> Scalar:
    """[R Phi(m + h) + Phi(m - h)]/(1 + R): accuracy on the imbalanced population."""
    return (R * normal_cdf(m + h) + normal_cdf(m - h)) / (1 + R)


@closed_form
def population_error(m: Scalar, h: Scalar, R: Ratio) -> Scalar:
    """[R Phi(-(m + h)) + Phi(h - m)]/(1 + R) = 1 - :func:`population_accuracy`."""
    return (R * normal_cdf(-(m + h)) + normal_cdf(-(m - h))) / (1 + R)


@closed_form
def disparity_gap(s: Margin, k: Margin, s_r: Margin, R: Ratio) -> Scalar:
    """AD(f_rob) - AD(f_std) = G(k, h_r) - G(s, h_s)."""
    return disparity(k, optimal_offset(s_r, R)) - disparity(s, optimal_offset(s, R))


@closed_form
def inherent_part(s: Margin, k: Margin, R: Ratio) -> Scalar:
    """G(k, h_s) - G(s, h_s) >= 0: what the loss of natural margin adds at a fixed offset."""
    h = optimal_offset(s, R)
    return disparity(k, h) - disparity(s, h)


@closed_form
def imbalance_part(s: Margin, k: Margin, s_r: Margin, R: Ratio) -> Scalar:
    """G(k, h_r) - G(k, h_s) >= 0: what the larger offset adds at a fixed margin; 0 at R = 1."""
    return disparity(k, optimal_offset(s_r, R)) - disparity(k, optimal_offset(s, R))


@closed_form
def standard_accuracy_gap(s: Margin, k: Margin, s_r: Margin, R: Ratio) -> Scalar:
    """acc(f_std) - acc(f_rob) on the imbalanced population, natural accuracies; never negative."""
    standard = population_error(s, optimal_offset(s, R), R)
    return population_error(k, optimal_offset(s_r, R), R) - standard


@closed_form
def optimal_disparity(s: Margin, R: Ratio) -> Scalar:
    """AD of the best rule at margin s: G(s, log(R)/(2s))."""
    return disparity(s, optimal_offset(s, R))


@closed_form
def disparity_slope(s: Margin, R: Ratio) -> Scalar:
    """d/ds of :func:`optimal_disparity`: -phi(s - h)[(1 - 1/R) + (1 + 1/R) log(R)/(2 s^2)]."""
    bracket = (1 - 1 / R) + (1 + 1 / R) * log(R) / (2 * s**2)
    return -normal_pdf(s - optimal_offset(s, R)) * bracket


def _exp_or_infinity(x: Scalar) -> Scalar:
    """exp(x) whose slope is 0 where it is infinite to JAX: infinity times a difference is NaN."""
    if evaluator_of(x) != "jax":
        return exp(x)
    return where(x < 709, exp(minimum(x, 709.0)), float("inf"))


@closed_form(
    example={"s": 2.0, "k": 1.5, "s_r": 1.0}, s_r=("is not below s", lambda s_r, s: s_r < s)
)
def majority_gain_threshold(s: Margin, k: Margin, s_r: Margin) -> Scalar:
    """R_maj = exp(2 s s_r (s - k)/(s - s_r)), s_r < s: above it f_rob helps the majority.

    Infinite where it leaves the floats.
    """
    return _exp_or_infinity(2 * s * s_r * (s - k) / (s - s_r))


@closed_form
def minority_half_threshold(k: Margin, s_r: Margin) -> Scalar:
    """exp(2 k s_r): the R above which the robust rule's minority accuracy is below 1/2.

    Infinite where it leaves the floats.
    """
    return _exp_or_infinity(2 * k * s_r)


# --------------------------------------------------------------------------------------------
# Small attacks (Sigma = I, l_inf, eps <= min |mu_j|); l1 = |mu|_1


_NORMS = ("is no l_1 norm beside s = |mu|_2: |mu|_2 <= |mu|_1 <= sqrt(d) |mu|_2",
          lambda l1, s, d: (l1 >= s * (1 - 1e-9)) & (l1 <= d**0.5 * s * (1 + 1e-9)))  # fmt: skip
_SMALL = ("is above every |mu_j|, since it reaches l1/d", lambda eps, l1, d: eps * d < l1)


@closed_form(example={"s": 1.0, "l1": 1.5, "d": 3, "eps": 0.1}, l1=_NORMS, eps=_SMALL)
def squared_margin_loss(s: Margin, l1: Margin, d: Dimension, eps: Radius) -> Scalar:
    """s^2 - k^2 = eps^2 (d s^2 - l1^2)/|mu - eps sgn(mu)|_2^2, exactly."""
    return eps**2 * (d * s**2 - l1**2) / (s**2 - 2 * eps * l1 + d * eps**2)


@closed_form(example={"s": 1.0, "l1": 1.5, "d": 3, "eps": 0.1}, l1=_NORMS)
def balanced_loss_leading(s: Margin, l1: Margin, d: Dimension, eps: Radius) -> Scalar:
    """eps^2 phi(s)(d - (l1/s)^2)/(2 s): leading term of the loss of balanced accuracy."""
    return eps**2 * normal_pdf(s) * (d - (l1 / s) ** 2) / (2 * s)


@closed_form(
    example={"s": 1.0, "l1": 1.5, "R": 2.0, "eps": 0.1},
    l1=("is below s", lambda l1, s: l1 >= s * (1 - 1e-9)),
)
def disparity_gap_leading(s: Margin, l1: Margin, R: Ratio, eps: Radius) -> Scalar:
    """eps [phi(s + h) + phi(s - h)] log(R) (l1/s)/(2 s^2): leading term of the disparity gap."""
    h = optimal_offset(s, R)
    return eps * (normal_pdf(s + h) + normal_pdf(s - h)) * log(R) * (l1 / s) / (2 * s**2)


# --------------------------------------------------------------------------------------------
# Unequal variances


@closed_form
def unequal_variance_error(a: Scalar, K: Odds, odds: Odds, c: Scalar) -> Scalar:
    """[odds Phi(-(a + c)/K) + Phi(c - a)]/(1 + odds): error at offset c (in units of sigma)."""
    return (odds * normal_cdf(-(a + c) / K) + normal_cdf(c - a)) / (1 + odds)


def _crossing(a: Scalar, K: Scalar, odds: Scalar) -> Scalar:
    """(K^2 - 1)^2 (B^2 + q): not negative where the two densities cross."""
    return 4 * a**2 + 2 * log(K / odds) * (K - 1) * (K + 1)


@closed_form(
    example={"a": 1.0, "K": 2.0, "odds": 1.0, "shift": 0.1},
    odds=(
        "is so large that the densities do not cross",
        lambda odds, a, K: _crossing(a, K, odds) >= 0,
    ),
)
def unequal_variance_errors(
    a: Margin, K: Spread, odds: Odds, shift: Radius
) -> tuple[Scalar, Scalar]:
    """Class errors (plus, minus) of the best linear rule along one axis when the class sds differ.

    Class + is N(+eta, (K sigma)^2), class - is N(-eta, sigma^2) per coordinate, K > 1 (Xu et al.
    2021: mu = (eta, .., eta), d coordinates, l_inf attack). ``a`` = sqrt(d)(eta - eps)/sigma is the
    margin for which the offset is chosen, ``odds`` = P(+)/P(-), ``shift`` = sqrt(d) eps/sigma is
    what natural points gain over attacked ones (0 for robust errors, or for eps = 0). With
    B = 2 a/(K^2 - 1) and q = 2 log(K/odds)/(K^2 - 1), defined where B^2 + q >= 0:

        err_+ = Phi(-K B + sqrt(B^2 + q) - shift/K),  err_- = Phi(B - K sqrt(B^2 + q) - shift),

    written so that nothing cancels as K -> 1; at K = 1 it is the common-variance rule.
    """
    log_ratio = log(K / odds)
    root = sqrt(_crossing(a, K, odds))  # (K^2 - 1) sqrt(B^2 + q)
    plus = (2 * log_ratio - 4 * a**2) / (root + 2 * a * K)
    minus = -(4 * a**2 + 2 * K**2 * log_ratio) / (2 * a + K * root)
    return normal_cdf(plus - shift / K), normal_cdf(minus - shift)
