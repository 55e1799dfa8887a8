"""Closed forms for powerlaw tasks lambda_i = i^-alpha, v_i^2 = i^-beta.

Domain: alpha > 1 and 1 < beta < 2 alpha + 1, unless a docstring says otherwise.

All are the large-n limits of kernel ridge regression unless they name k. The fitting variable is
r = a/n = 1 - z/n in [0, 1), the square root of the fitting ratio R = E_tr/E_te; zero ridge is
r = 0. ``noise`` below is *relative*: sigma^2/E_0, with E_0 the test risk without ridge and noise.
"""

from typing import Annotated

from theory import (
    Gt,
    Le,
    Scalar,
    absolute,
    closed_form,
    evaluator_of,
    gamma,
    log1p,
    maximum,
    pi,
    power,
    sin,
    sqrt,
    where,
)
from theory.random_features._domains import (
    REGULAR,
    UNSATURATED,
    Alpha,
    Amount,
    Beta,
    Features,
    Points,
    Root,
    Share,
    Variance,
)


def _decay(alpha: Scalar, beta: Scalar) -> Scalar:
    """p = (beta - 1)/alpha, the exponent of the bias in kappa; in (0, 2)."""
    return (beta - 1) / alpha


def _sine(alpha: Scalar, beta: Scalar) -> Scalar:
    """sin(pi p), with its digits next to p = 0, 1 and 2."""
    p = _decay(alpha, beta)
    if evaluator_of(alpha, beta) == "sympy":
        return sin(pi * p)
    b = beta - 1  # exact, and so are the next two differences where they are small
    below, above = (alpha - b) / alpha, (2 * alpha - b) / alpha  # 1 - p, 2 - p
    near_one = where(absolute(below) < 0.5, sin(pi * below), -sin(pi * above))
    return where(p < 0.5, sin(pi * p), near_one)


@closed_form
def occupation_constant(alpha: Alpha) -> Scalar:
    """C1 = pi/(alpha sin(pi/alpha)): z = C1 kappa^(-1/alpha) + O(1). Source: appendix.

    As Gamma(1 - 1/alpha) Gamma(1 + 1/alpha), which keeps its digits next to alpha = 1.
    """
    if evaluator_of(alpha) == "sympy":
        return pi / (alpha * sin(pi / alpha))
    return gamma((alpha - 1) / alpha) * gamma(1 + 1 / alpha)


@closed_form(beta=UNSATURATED)
def bias_constant(alpha: Alpha, beta: Beta) -> Scalar:
    """C2 = pi (alpha - beta + 1)/(alpha^2 sin(pi p)): B1 = C2 kappa^p + O(kappa^2).

    As Gamma(1 + p) Gamma(2 - p)/(beta - 1), which has no 0/0 at beta = alpha + 1 and keeps its
    digits at both ends.
    """
    left = (2 * alpha - (beta - 1)) / alpha
    return gamma(1 + _decay(alpha, beta)) * gamma(left) / (beta - 1)


@closed_form(beta=REGULAR)
def printed_bias_constant(alpha: Alpha, beta: Beta) -> Scalar:
    """C2 as printed: pi (alpha - beta + 1)/(alpha^2 sin(pi (beta - 1)/alpha))."""
    return pi * (alpha - (beta - 1)) / (alpha**2 * _sine(alpha, beta))


@closed_form(beta=REGULAR)
def unsquared_bias_constant(alpha: Alpha, beta: Beta) -> Scalar:
    """C4 = pi/(alpha sin(pi p)): B1 + B2 = C4 kappa^p + O(kappa); negative for beta > alpha + 1."""
    return pi / (alpha * _sine(alpha, beta))


@closed_form
def zero_ridge_gamma(alpha: Alpha, n: Points) -> Scalar:
    """kappa of kernel interpolation, (C1/n)^alpha to leading order.

    Infinite where it leaves the floats, as at n = 1e-6 and alpha > 50.
    """
    return power(occupation_constant(alpha) / n, alpha)


@closed_form(beta=UNSATURATED)
def zero_ridge_risk(alpha: Alpha, beta: Beta, n: Points) -> Scalar:
    """E_0 = alpha C2 (C1/n)^(beta-1), the test risk without ridge and noise, n -> infinity."""
    return alpha * bias_constant(alpha, beta) * power(occupation_constant(alpha) / n, beta - 1)


@closed_form(beta=UNSATURATED)
def relative_risk(alpha: Alpha, beta: Beta, noise: Variance, r: Root) -> Scalar:
    """E_te(r)/E_0 = [(1-r)^(1-beta) + alpha noise]/[1 + (alpha-1) r]. Source: Section 5.

    Infinite where (1-r)^(1-beta) leaves the floats.
    """
    return (power(1 - r, 1 - beta) + alpha * noise) / (1 + (alpha - 1) * r)


@closed_form(beta=REGULAR)
def printed_risk_curve(alpha: Alpha, beta: Beta, noise: Variance, r: Root, n: Points) -> Scalar:
    """The risk curve as printed with the paper's figures:

    [pi^beta (alpha-beta+1) sin(pi/alpha)/sin(pi p)] (1 - r + alpha noise (1-r)^beta)
    /(1 + (alpha-1) r) (alpha sin(pi/alpha)(1-r))^-beta n^-(beta-1).

    The three powers are taken as one, which has no 0 times infinity: 0 or infinite where it leaves
    the floats, as from beta = 22 on at n = 1e15.
    """
    s = pi / (alpha * occupation_constant.__wrapped__(alpha))  # sin(pi/alpha)
    front = (alpha - (beta - 1)) * s / _sine(alpha, beta)
    middle = (1 - r + alpha * noise * power(1 - r, beta)) / (1 + (alpha - 1) * r)
    return front * middle * n * power(pi / (alpha * s * (1 - r) * n), beta)


@closed_form
def powerlaw_overfitting_coefficient(alpha: Alpha, r: Share) -> Scalar:
    """n/(n - q) = alpha/(1 + (alpha-1) r): label noise is multiplied by alpha at zero ridge."""
    return alpha / (1 + (alpha - 1) * r)


@closed_form(beta=UNSATURATED)
def stationarity(alpha: Alpha, beta: Beta, noise: Variance, r: Share) -> Scalar:
    """alpha - beta - (alpha-1) beta r + alpha (alpha-1) (1-r)^beta noise. Source: Theorem 2.

    Strictly decreasing in r on [0, 1]; the optimal r is its root, or 0 where it has none. It is
    -(1 + (alpha-1) r)^2 (1-r)^beta times the derivative of :func:`relative_risk`.
    """
    return (
        alpha - beta - (alpha - 1) * beta * r
        + alpha * (alpha - 1) * power(1 - r, beta) * noise
    )  # fmt: skip


@closed_form(beta=UNSATURATED)
def noiseless_optimal_r(alpha: Alpha, beta: Beta) -> Scalar:
    """r* = max(0, (alpha-beta)/((alpha-1) beta)), the optimum without noise."""
    return maximum(0, (alpha - beta) / ((alpha - 1) * beta))


@closed_form(beta=UNSATURATED)
def noise_threshold(alpha: Alpha, beta: Beta) -> Scalar:
    """(beta-alpha)/(alpha (alpha-1)): zero ridge is optimal iff the relative noise is at most this.

    Source: Corollary 1. Negative (never optimal) for beta < alpha.
    """
    return (beta - alpha) / (alpha * (alpha - 1))


@closed_form
def overfitting_penalty(alpha: Alpha, beta: Beta, r: Root) -> Scalar:
    """E_te(r)/E_te(0) = (1-r)^(1-beta)/(1 + (alpha-1) r), the noise-free price of a ridge.

    Infinite where it leaves the floats.
    """
    return power(1 - r, 1 - beta) / (1 + (alpha - 1) * r)


@closed_form
def log_overfitting_penalty(alpha: Alpha, beta: Beta, r: Root) -> Scalar:
    """log of :func:`overfitting_penalty`: convex in r, with slope beta - alpha at r = 0."""
    return -(beta - 1) * log1p(-r) - log1p((alpha - 1) * r)


@closed_form
def penalty_lower_bound(alpha: Alpha, beta: Beta, r: Root) -> Scalar:
    """1 + (beta - alpha) r, below the penalty for every r in [0, 1) (tangent of a log-convex)."""
    return 1 + (beta - alpha) * r


@closed_form(example={"alpha": 1.5}, beta=("is not above alpha", lambda alpha, beta: beta > alpha))
def largest_fitting_ratio(alpha: Alpha, beta: Beta, excess: Amount) -> Scalar:
    """(excess/(beta-alpha))^2: a predictor within 1 + excess of the best fits at least this well.

    R <= this; derived from :func:`penalty_lower_bound`; noise-free, beta > alpha.
    """
    return (excess / (beta - alpha)) ** 2


# --------------------------------------------------------------------------------------------
# Finite width: the package's own closed forms


@closed_form
def zero_ridge_amplification(alpha: Alpha, width_ratio: Features) -> Scalar:
    """What label noise is multiplied with at zero ridge and width k = width_ratio n, n -> infinity.

    alpha + 1/(k/n - 1) for k > n and 1/(1 - k/n) for k < n. Derived: c/z -> 1/alpha there.
    """
    over = width_ratio > 1
    apart = where(over, width_ratio - 1, 1 - width_ratio)
    return where(over, alpha + 1 / apart, 1 / apart)


@closed_form(beta=UNSATURATED)
def width_quadratic(alpha: Alpha, beta: Beta, noise: Variance, tau: Amount) -> Scalar:
    """(1-g) g' tau^2 - 2 (1-g)(1 + alpha noise) tau - 2 (1 + (1-g) noise), tau = k/n - 1.

    With g = beta - alpha and g' = g - alpha (alpha-1) noise: zero ridge is optimal at width
    k = (1 + tau) n iff this is >= 0 (0 < g < 1, n -> infinity). Derived: minus alpha^2 times the
    numerator of d E_te/d(z/n) at z = n (proofs_check: width_threshold_derivative).
    """
    g = beta - alpha
    effective = g - alpha * (alpha - 1) * noise
    return (
        (1 - g) * effective * tau**2
        - 2 * (1 - g) * (1 + alpha * noise) * tau
        - 2 * (1 + (1 - g) * noise)
    )


@closed_form(
    example={"alpha": 1.5, "beta": 2.0, "noise": 0.1},
    beta=("- alpha is outside (0, 1)", lambda alpha, beta: (beta > alpha) & (beta < alpha + 1)),
    noise=(
        "leaves no width: g = beta - alpha <= alpha (alpha - 1) noise",
        lambda alpha, beta, noise: beta - alpha > alpha * (alpha - 1) * noise,
    ),
)
def width_threshold(alpha: Alpha, beta: Beta, noise: Variance) -> Scalar:
    """The width k/n from which on zero ridge is optimal: 1 + tau*, the root of the quadratic.

    tau* = [(1 + alpha s) + sqrt((1 + alpha s)^2 + 2 g' (1 + (1-g) s)/(1-g))]/g' with relative noise
    s, for 0 < g = beta - alpha < 1 and g' = g - alpha (alpha-1) s > 0 (elsewhere no width is
    enough; see :func:`needed_width`). Without noise 1 + (1 + sqrt((1+g)/(1-g)))/g, smallest
    (3 + 2 sqrt 2) at g = 1/sqrt 2. Derived; it tends to Corollary 1 as k/n grows.
    """
    g = beta - alpha
    effective = g - alpha * (alpha - 1) * noise
    half = 1 + alpha * noise
    return 1 + (half + sqrt(half**2 + 2 * effective * (1 + (1 - g) * noise) / (1 - g))) / effective


@closed_form(beta=UNSATURATED)
def needed_width(alpha: Alpha, beta: Beta, noise: Variance) -> Scalar:
    """:func:`width_threshold`, and +inf where no finite width makes zero ridge optimal."""
    g = beta - alpha
    possible = (g > 0) & (g < 1) & (g > alpha * (alpha - 1) * noise)
    inside = where(possible, beta, alpha + 0.5)  # any point at which the root is real
    threshold = width_threshold.__wrapped__(alpha, inside, where(possible, noise, 0.0))
    return where(possible, threshold, float("inf"))


@closed_form(
    beta=("is not below alpha + 1", lambda alpha, beta: beta < alpha + 1),
    s=("is not below the width ratio", lambda s, width_ratio: s < width_ratio),
)
def limiting_risk_shape(
    alpha: Alpha,
    beta: Beta,
    noise: Variance,
    s: Annotated[Scalar, Gt(0), Le(1)],
    width_ratio: Points,
) -> Scalar:
    """E_te up to a constant at z = s n, k = width_ratio n, n -> infinity; p = (beta-1)/alpha < 1.

    {s^(1-beta) [(1-p)(t-s) + s/alpha] + alpha (1-p) noise (t - s + s/alpha)}
    / [(1-s)(t-s) + (s/alpha)(1 + t - 2 s)], from c/z -> 1/alpha, B1 -> C2 kappa^p and
    B2 -> p C4 kappa^p. Infinite where s^(1-beta) leaves the floats.
    """
    t, p = width_ratio, _decay(alpha, beta)
    target = power(s, 1 - beta) * ((1 - p) * (t - s) + s / alpha)
    label = alpha * (1 - p) * noise * (t - s + s / alpha)
    return (target + label) / ((1 - s) * (t - s) + s / alpha * (1 + t - 2 * s))
