"""Scalar closed forms of the Gaussian model in (s, k, s_r, R), on every evaluator.

A linear rule sign(w.x + b) enters only through its natural margin k(w) = w.mu/gamma, its robust
margin m(w) = (w.mu - eps |w|_q)/gamma and its offset h = b/gamma, gamma = sqrt(w' Sigma w):

    natural accuracy  Phi(k + h) majority, Phi(k - h) minority; robust: m in place of k.

The best rule for margin m has exp(2 m h) = R, so h = log(R)/(2 m).
"""

from theory import Scalar, exp, log, normal_cdf, normal_pdf, sqrt


def optimal_offset(m: Scalar, R: Scalar) -> Scalar:
    """h = log(R)/(2 m), m > 0: the offset of least error at margin m (h_s at s, h_r at s_r)."""
    return log(R) / (2 * m)


def majority_accuracy(m: Scalar, h: Scalar) -> Scalar:
    """Phi(m + h): the majority's accuracy at margin m and offset h."""
    return normal_cdf(m + h)


def minority_accuracy(m: Scalar, h: Scalar) -> Scalar:
    """Phi(m - h): the minority's accuracy at margin m and offset h."""
    return normal_cdf(m - h)


def disparity(m: Scalar, h: Scalar) -> Scalar:
    """G(m, h) = Phi(m + h) - Phi(m - h), majority minus minority accuracy, as upper tails."""
    return normal_cdf(-(m - h)) - normal_cdf(-(m + h))


def population_accuracy(m: Scalar, h: Scalar, R: Scalar) -> Scalar:
    """[R Phi(m + h) + Phi(m - h)]/(1 + R): accuracy on the imbalanced population."""
    return (R * normal_cdf(m + h) + normal_cdf(m - h)) / (1 + R)


def population_error(m: Scalar, h: Scalar, R: Scalar) -> Scalar:
    """[R Phi(-(m + h)) + Phi(h - m)]/(1 + R) = 1 - :func:`population_accuracy`."""
    return (R * normal_cdf(-(m + h)) + normal_cdf(-(m - h))) / (1 + R)


def disparity_gap(s: Scalar, k: Scalar, s_r: Scalar, R: Scalar) -> Scalar:
    """AD(f_rob) - AD(f_std) = G(k, h_r) - G(s, h_s)."""
    return disparity(k, optimal_offset(s_r, R)) - disparity(s, optimal_offset(s, R))


def inherent_part(s: Scalar, k: Scalar, R: Scalar) -> Scalar:
    """G(k, h_s) - G(s, h_s) >= 0: what the loss of natural margin adds at a fixed offset."""
    h = optimal_offset(s, R)
    return disparity(k, h) - disparity(s, h)


def imbalance_part(s: Scalar, k: Scalar, s_r: Scalar, R: Scalar) -> Scalar:
    """G(k, h_r) - G(k, h_s) >= 0: what the larger offset adds at a fixed margin; 0 at R = 1."""
    return disparity(k, optimal_offset(s_r, R)) - disparity(k, optimal_offset(s, R))


def standard_accuracy_gap(s: Scalar, k: Scalar, s_r: Scalar, R: Scalar) -> Scalar:
    """acc(f_std) - acc(f_rob) on the imbalanced population, natural accuracies; never negative."""
    standard = population_error(s, optimal_offset(s, R), R)
    return population_error(k, optimal_offset(s_r, R), R) - standard


def optimal_disparity(s: Scalar, R: Scalar) -> Scalar:
    """AD of the best rule at margin s: G(s, log(R)/(2s))."""
    return disparity(s, optimal_offset(s, R))


def disparity_slope(s: Scalar, R: Scalar) -> Scalar:
    """d/ds of :func:`optimal_disparity`: -phi(s - h)[(1 - 1/R) + (1 + 1/R) log(R)/(2 s^2)]."""
    bracket = (1 - 1 / R) + (1 + 1 / R) * log(R) / (2 * s**2)
    return -normal_pdf(s - optimal_offset(s, R)) * bracket


def majority_gain_threshold(s: Scalar, k: Scalar, s_r: Scalar) -> Scalar:
    """R_maj = exp(2 s s_r (s - k)/(s - s_r)), s_r < s: above it f_rob helps the majority."""
    return exp(2 * s * s_r * (s - k) / (s - s_r))


def minority_half_threshold(k: Scalar, s_r: Scalar) -> Scalar:
    """exp(2 k s_r): the R above which the robust rule's minority accuracy is below 1/2."""
    return exp(2 * k * s_r)


# --------------------------------------------------------------------------------------------
# Small attacks (Sigma = I, l_inf, eps <= min |mu_j|); l1 = |mu|_1


def squared_margin_loss(s: Scalar, l1: Scalar, d: int, eps: Scalar) -> Scalar:
    """s^2 - k^2 = eps^2 (d s^2 - l1^2)/|mu - eps sgn(mu)|_2^2, exactly."""
    return eps**2 * (d * s**2 - l1**2) / (s**2 - 2 * eps * l1 + d * eps**2)


def balanced_loss_leading(s: Scalar, l1: Scalar, d: int, eps: Scalar) -> Scalar:
    """eps^2 phi(s)(d - (l1/s)^2)/(2 s): leading term of the loss of balanced accuracy."""
    return eps**2 * normal_pdf(s) * (d - (l1 / s) ** 2) / (2 * s)


def disparity_gap_leading(s: Scalar, l1: Scalar, R: Scalar, eps: Scalar) -> Scalar:
    """eps [phi(s + h) + phi(s - h)] log(R) (l1/s)/(2 s^2): leading term of the disparity gap."""
    h = optimal_offset(s, R)
    return eps * (normal_pdf(s + h) + normal_pdf(s - h)) * log(R) * (l1 / s) / (2 * s**2)


# --------------------------------------------------------------------------------------------
# Unequal variances


def unequal_variance_error(a: Scalar, K: Scalar, odds: Scalar, c: Scalar) -> Scalar:
    """[odds Phi(-(a + c)/K) + Phi(c - a)]/(1 + odds): error at offset c (in units of sigma)."""
    return (odds * normal_cdf(-(a + c) / K) + normal_cdf(c - a)) / (1 + odds)


def unequal_variance_errors(
    a: Scalar, K: Scalar, odds: Scalar, shift: Scalar
) -> tuple[Scalar, Scalar]:
    """Class errors (plus, minus) of the best linear rule along one axis when the class sds differ.

    Class + is N(+eta, (K sigma)^2), class - is N(-eta, sigma^2) per coordinate, K > 1 (Xu et al.
    2021: mu = (eta, .., eta), d coordinates, l_inf attack). ``a`` = sqrt(d)(eta - eps)/sigma is the
    margin for which the offset is chosen, ``odds`` = P(+)/P(-), ``shift`` = sqrt(d) eps/sigma is
    what natural points gain over attacked ones (0 for robust errors, or for eps = 0). With
    B = 2 a/(K^2 - 1) and q = 2 log(K/odds)/(K^2 - 1), defined where B^2 + q >= 0:

        err_+ = Phi(-K B + sqrt(B^2 + q) - shift/K),  err_- = Phi(B - K sqrt(B^2 + q) - shift).
    """
    B = 2 * a / (K**2 - 1)
    q = 2 * log(K / odds) / (K**2 - 1)
    root = sqrt(B**2 + q)
    return normal_cdf(-K * B + root - shift / K), normal_cdf(B - K * root - shift)
