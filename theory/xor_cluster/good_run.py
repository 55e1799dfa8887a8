"""The paper's good-run event and its concentration lemma, as arithmetic that can be checked.

(B3) |c_nu + n_nu - n/4| <= sqrt(epsilon n log n) and (B4) |c_nu + n_nu - c_-nu - n_-nu| >=
n^(1/2 - epsilon) must hold together; epsilon is a free parameter here.
"""

from typing import Annotated

from theory import Ge, Le, Scalar, closed_form, erf, exp, expm1, log, pi, rational, sqrt
from theory.xor_cluster.first_step import bayes_error
from theory.xor_cluster.params import Signal, Size

Epsilon = Annotated[Scalar, Ge(1e-50), Le(1)]


@closed_form
def cluster_size_spread(n: Size, epsilon: Epsilon) -> Scalar:
    """The most by which (B3) lets two opposite clusters differ, over sqrt(n): 2 sqrt(eps log n).

    Its slope in n is infinite at n = 1.
    """
    return 2 * sqrt(epsilon) * sqrt(log(n))


@closed_form
def cluster_size_gap(n: Size, epsilon: Epsilon) -> Scalar:
    """The least by which (B4) makes them differ, over sqrt(n): n^-epsilon."""
    return exp(-epsilon * log(n))


@closed_form
def good_run_threshold(epsilon: Epsilon) -> Scalar:
    """log n from which (B3) and (B4) are compatible: W(1/2)/(2 epsilon) = 0.175867/epsilon.

    2 sqrt(u) >= exp(-u) for u = epsilon log n means 2 u exp(2 u) >= 1/2. W(1/2) to 12 digits.
    """
    return rational(351733711249, 10**12) / (2 * epsilon)


@closed_form
def aligned_sets_share(n: Size, epsilon: Epsilon) -> Scalar:
    """What (D2) asks of two disjoint sets of positive neurons, as a share of all: 2 n^(-10 eps)."""
    return 2 * exp(-10 * epsilon * log(n))


@closed_form
def bayes_net_mean(M2: Signal) -> Scalar:
    """E f over N(mu1, I) of the Bayes network f = (|<mu1, x>| - |<mu2, x>|)/2, over ‖mu‖.

    Half of E|r + g| - E|g| = r erf(r/sqrt(2)) - sqrt(2/pi) (1 - exp(-r^2/2)), r = ‖mu‖.
    """
    r = sqrt(M2)
    return (r * erf(r / sqrt(2)) - sqrt(2 / pi) * -expm1(-M2 / 2)) / 2


@closed_form
def bayes_net_bound(M2: Signal) -> Scalar:
    """exp(-(E f)^2/(2 ‖W‖_op^2)) of the Bayes network: ‖W‖_op^2 = 2 M2."""
    return exp(-(bayes_net_mean(M2) ** 2) / 4)


@closed_form
def opposite_net_error(M2: Signal) -> Scalar:
    """Clean error of minus the Bayes network; Lemma A.9 as printed gives it the same bound."""
    return 1 - bayes_error(M2)
