"""Classes of unequal variances along one axis: the best offset and its errors."""

from typing import Annotated, Any

import numpy as np

from theory import (
    Claims, Doc, Domain, Ge, Gt, Le, Logarithmic, Scalar, Twin, closed_form, log, minimum,
    normal_cdf, parameters, sqrt,
)  # fmt: skip
from theory.gaussian_robustness.gaussian import BOTH
from theory.gaussian_robustness.params import SETTING, Margin, PositiveMargin, Radius

__all__ = ["UnequalVariances", "unequal_variance_error", "unequal_variance_errors"]

claim = Claims()
Odds = Annotated[Scalar, Ge(1e-70), Le(1e70)]
Spread = Annotated[Scalar, Ge(1), Le(1e70)]


def crossing(a: Scalar, K: Scalar, odds: Scalar) -> Scalar:
    """(K^2 - 1)^2 (B^2 + q): not negative where the two densities cross."""
    return 4 * a**2 + 2 * log(K / odds) * (K - 1) * (K + 1)


@closed_form
def unequal_variance_error(a: Scalar, K: Odds, odds: Odds, c: Scalar) -> Scalar:
    """[odds Phi(-(a + c)/K) + Phi(c - a)]/(1 + odds): error at offset c (in units of sigma)."""
    return (odds * normal_cdf(-(a + c) / K) + normal_cdf(c - a)) / (1 + odds)


@closed_form(
    example={"a": 1.0, "K": 2.0, "odds": 1.0, "shift": 0.1},
    odds=("is so large that the densities do not cross",
          lambda odds, a, K: crossing(a, K, odds) >= 0),
)  # fmt: skip
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
    root = sqrt(crossing(a, K, odds))  # (K^2 - 1) sqrt(B^2 + q)
    plus = (2 * log_ratio - 4 * a**2) / (root + 2 * a * K)
    minus = -(4 * a**2 + 2 * K**2 * log_ratio) / (2 * a + K * root)
    return normal_cdf(plus - shift / K), normal_cdf(minus - shift)


@parameters(SETTING)
class UnequalVariances:
    """Along one axis: class + at +a with sd K, class - at -a with sd 1, P(+)/P(-) = odds."""

    a: Annotated[PositiveMargin, Doc("margin in units of the smaller sd")]
    K: Annotated[float, Gt(1), Le(100), Doc("ratio of the class standard deviations")]
    odds: Annotated[float, Ge(1e-6), Le(1e6), Logarithmic, Doc("P(+)/P(-)")] = 1.0
    c: Annotated[float, Ge(-100), Le(100), Doc("an offset to try")] = 0.0

    def check(self: Any) -> None:
        """The two densities must cross."""
        B, q = 2 * self.a / (self.K**2 - 1), 2 * np.log(self.K / self.odds) / (self.K**2 - 1)
        if not B**2 + q >= 0:
            outside = f"B^2 + q = {B**2 + q:g} is outside [0, inf)"
            raise self.refuse("odds", f"lets the majority win everywhere: {outside}")


UNEQUAL = Domain.derived(
    lambda a, K, share, c: UnequalVariances(a=a, K=K, odds=share * K, c=c),
    a=(0.2, 4, "margin"), K=(1.1, 5, "sd ratio"),
    share=(0.1, 1, "odds/K: below 1 the densities cross"), c=(-5, 5, "an offset to try"),
)  # fmt: skip


def least_error(u):
    """The error of the closed form, or of the constant + rule where that is less."""
    plus, minus = unequal_variance_errors(u.a, u.K, u.odds, 0)
    return minimum((u.odds * plus + minus) / (1 + u.odds), 1 / (1 + u.odds))


claim.never_below(
    least_error, name="unequal_variance_optimum", over=UNEQUAL, evaluators=BOTH,
    says="class sds K and 1: errors Phi(-KB + sqrt(B^2+q)), Phi(B - K sqrt(B^2+q)), or the constant"
    " rule, are the least of any offset", source="Xu et al. 2021, with priors; derived",
    formula=lambda u: unequal_variance_error(u.a, u.K, u.odds, u.c),
    twin=Twin("the offset of the equal-variance rule", larger=least_error,
              smaller=lambda u: unequal_variance_error(u.a, u.K, u.odds, log(u.odds) / (2 * u.a))),
)  # fmt: skip
