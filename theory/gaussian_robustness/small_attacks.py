"""Small attacks, Sigma = I and l_inf, eps <= min |mu_j|: exact and leading terms; l1 = |mu|_1."""

from typing import Annotated

from theory import (
    Claims, Domain, Ge, Scalar, Twin, Whole, absolute, closed_form, log, normal_cdf, normal_pdf,
    sqrt, total,
)  # fmt: skip
from theory.gaussian_robustness.gaussian import disparity_gap, optimal_offset
from theory.gaussian_robustness.margins import diagonal_margins, gaussian_margins
from theory.gaussian_robustness.params import Margin, Params, Radius, Ratio, mean

__all__ = ["balanced_loss_leading", "disparity_gap_leading", "squared_margin_loss"]

claim = Claims()
Dimension = Annotated[Scalar, Ge(1), Whole]
EXAMPLE = {"s": 1.0, "l1": 1.5, "d": 3, "eps": 0.1, "R": 2.0}
NORMS = ("is no l_1 norm beside s = |mu|_2: |mu|_2 <= |mu|_1 <= sqrt(d) |mu|_2",
         lambda l1, s, d: (l1 >= s * (1 - 1e-9)) & (l1 <= d**0.5 * s * (1 + 1e-9)))  # fmt: skip
SMALL = ("is above every |mu_j|, since it reaches l1/d", lambda eps, l1, d: eps * d < l1)


@closed_form(example=EXAMPLE, l1=NORMS, eps=SMALL)
def squared_margin_loss(s: Margin, l1: Margin, d: Dimension, eps: Radius) -> Scalar:
    """s^2 - k^2 = eps^2 (d s^2 - l1^2)/|mu - eps sgn(mu)|_2^2, exactly."""
    return eps**2 * (d * s**2 - l1**2) / (s**2 - 2 * eps * l1 + d * eps**2)


@closed_form(example=EXAMPLE, l1=NORMS)
def balanced_loss_leading(s: Margin, l1: Margin, d: Dimension, eps: Radius) -> Scalar:
    """eps^2 phi(s)(d - (l1/s)^2)/(2 s): leading term of the loss of balanced accuracy."""
    return eps**2 * normal_pdf(s) * (d - (l1 / s) ** 2) / (2 * s)


@closed_form(example=EXAMPLE, l1=("is below s", lambda l1, s: l1 >= s * (1 - 1e-9)))
def disparity_gap_leading(s: Margin, l1: Margin, R: Ratio, eps: Radius) -> Scalar:
    """eps [phi(s + h) + phi(s - h)] log(R) (l1/s)/(2 s^2): leading term of the disparity gap."""
    h = optimal_offset(s, R)
    return eps * (normal_pdf(s + h) + normal_pdf(s - h)) * log(R) * (l1 / s) / (2 * s**2)


def norms(p):
    """(s, l1) at Sigma = I."""
    mu = mean(p)
    return sqrt(total(mu * mu)), total(absolute(mu))


@claim.identity(
    lambda p: diagonal_margins(p)[1] ** 2,
    over=Domain.around(Params(d=5), mu_low=(0.3, 0.6), mu_high=(0.7, 1.2), eps=(1e-3, 0.29)),
    twin=Twin("|mu|^2 in the denominator", shifted=False),
)
def small_eps_scaling(p, *, shifted=True):
    """Sigma = I, l_inf, eps <= min|mu_j|: s^2 - k^2 = eps^2 (d s^2 - |mu|_1^2)/|mu - eps sgn mu|^2.

    derived: Lagrange's identity
    """
    s, l1 = norms(p)
    if not shifted:
        return s**2 - p.eps**2 * (p.d * s**2 - l1**2) / s**2
    return s**2 - squared_margin_loss(s, l1, p.d, p.eps)


small = claim.given(along=[Params(eps=0.016 / 2**i) for i in range(5)], size=lambda p: 1 / p.eps)


@small.scaling(
    -2.0, within=0.05, twin=Twin("of order eps", exponent=-1.0),
    why="the next term is O(eps) relative: 2 eps|mu|_1/s^2 = 0.1 at eps = 0.016",
)  # fmt: skip
def small_eps_balanced_loss(p):
    """the loss of balanced accuracy is of order eps^2."""
    s, k, _ = gaussian_margins(p)
    return normal_cdf(s) - normal_cdf(k)


tends = small.given(
    rate=-1.0, last_gap=0.02, within=0.1,
    why="the O(eps^2) term moves the fitted exponent by less than 0.1",
)  # fmt: skip


@tends.limit(1.0, twin=Twin("the constant is twice as large", limit=2.0))
def small_eps_balanced_constant(p):
    """balanced loss/(eps^2 phi(s)(d - D1^2)/(2s)) -> 1, error O(eps)."""
    s, l1 = norms(p)
    return small_eps_balanced_loss(p) / balanced_loss_leading(s, l1, p.d, p.eps)


@tends.limit(1.0, twin=Twin("the gap is of order eps^2: the ratio tends to 0", limit=0.0))
def small_eps_disparity_gap(p):
    """disparity gap/(eps [phi(s+h)+phi(s-h)] log(R) D1/(2 s^2)) -> 1, error O(eps)."""
    s, l1 = norms(p)
    gap = disparity_gap(*gaussian_margins(p), p.R)
    return gap / disparity_gap_leading(s, l1, p.R, p.eps)
