"""Zero ridge at finite width: how wide to be to overfit."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import Claims, Scalar, Twin, absolute, closed_form, root, sqrt, where
from theory.random_features.framework import shares
from theory.random_features.kernel_limit import at_each, interpolated, rise_of_bias, zero_ridge
from theory.random_features.params import (
    UNSATURATED, Alpha, Amount, Beta, Features, Points, SummedAlpha, Variance, refuse, rungs,
)  # fmt: skip
from theory.random_features.predict import predict
from theory.random_features.spectrum import (
    EXAMPLE, Spectrum, check_spectrum, infinite_powerlaw, modes_of, over_numbers, traced,
)  # fmt: skip

__all__ = [
    "finite_width_threshold", "needed_width", "width_quadratic", "width_threshold",
    "zero_ridge_amplification", "zero_ridge_slope",
]  # fmt: skip

claim = Claims()


@closed_form
def zero_ridge_amplification(alpha: Alpha, width_ratio: Features) -> Scalar:
    """What label noise is multiplied with at zero ridge and width k = width_ratio n, n -> infinity.

    alpha + 1/(k/n - 1) for k > n and 1/(1 - k/n) for k < n. Derived: c/z -> 1/alpha there.
    """
    return where(width_ratio > 1, alpha, 0) + 1 / absolute(width_ratio - 1)


def gaps(alpha: Scalar, beta: Scalar, noise: Scalar) -> tuple[Scalar, Scalar]:
    """g = beta - alpha and g' = g - alpha (alpha-1) noise."""
    return beta - alpha, beta - alpha - alpha * (alpha - 1) * noise


@closed_form(beta=UNSATURATED)
def width_quadratic(alpha: Alpha, beta: Beta, noise: Variance, tau: Amount) -> Scalar:
    """(1-g) g' tau^2 - 2 (1-g)(1 + alpha noise) tau - 2 (1 + (1-g) noise), tau = k/n - 1.

    With g = beta - alpha and g' = g - alpha (alpha-1) noise: zero ridge is optimal at width
    k = (1 + tau) n iff this is >= 0 (0 < g < 1, n -> infinity).
    """
    g, effective = gaps(alpha, beta, noise)
    linear = 2 * (1 - g) * (1 + alpha * noise) * tau
    return (1 - g) * effective * tau**2 - linear - 2 * (1 + (1 - g) * noise)


@closed_form(
    example={"alpha": 1.5, "beta": 2.0, "noise": 0.1},
    beta=("- alpha is outside (0, 1)", lambda alpha, beta: (beta > alpha) & (beta < alpha + 1)),
    noise=("leaves no width: g = beta - alpha <= alpha (alpha - 1) noise",
           lambda alpha, beta, noise: beta - alpha > alpha * (alpha - 1) * noise),
)  # fmt: skip
def width_threshold(alpha: Alpha, beta: Beta, noise: Variance) -> Scalar:
    """The width k/n from which on zero ridge is optimal: 1 + tau*, the root of the quadratic.

    tau* = [(1 + alpha s) + sqrt((1 + alpha s)^2 + 2 g' (1 + (1-g) s)/(1-g))]/g' with relative noise
    s, for 0 < g = beta - alpha < 1 and g' = g - alpha (alpha-1) s > 0 (elsewhere no width is
    enough; see :func:`needed_width`). Without noise 1 + (1 + sqrt((1+g)/(1-g)))/g, smallest
    (3 + 2 sqrt 2) at g = 1/sqrt 2. Derived; it tends to Corollary 1 as k/n grows.
    """
    g, effective = gaps(alpha, beta, noise)
    half = 1 + alpha * noise
    return 1 + (half + sqrt(half**2 + 2 * effective * (1 + (1 - g) * noise) / (1 - g))) / effective


@closed_form(beta=UNSATURATED)
def needed_width(alpha: Alpha, beta: Beta, noise: Variance) -> Scalar:
    """:func:`width_threshold`, and +inf where no finite width makes zero ridge optimal."""
    g, effective = gaps(alpha, beta, noise)
    possible = (g > 0) & (g < 1) & (effective > 0)
    inside = where(possible, beta, alpha + 0.5)  # any point at which the root is real
    threshold = width_threshold.__wrapped__(alpha, inside, where(possible, noise, 0.0))
    return where(possible, threshold, float("inf"))


@closed_form(example=EXAMPLE | {"n": 1.0, "k": 2.0}, k=("is not above n", lambda k, n: k > n))
def zero_ridge_slope(of: Spectrum, n: Points, k: Features, noise: Variance) -> Array:
    """dlog E_te/dlog gamma at zero ridge, n < k <= inf; its sign says whether to overfit.

    -(c + c') b/(c (b+c)) - 2 c/b + (dbias/dlog gamma)/bias, divided through by k where b stands,
    with c' = sum mu lambda gamma (lambda - gamma)/(lambda + gamma)^3. Derived; for spectra of more
    than n modes.
    """
    check_spectrum(of)
    if not traced(*of, n) and np.any(np.asarray(n, float) >= modes_of(of)):
        raise refuse("n", n, f"is not below the {modes_of(of):g} modes of the spectrum")
    return over_numbers(of, slope_of, n, k, noise)


@jax.jit
def slope_of(of: Spectrum, n: Array, k: Array, noise: Array) -> Array:
    gamma, at = interpolated(of, n)
    captured, missed = shares(of.eigenvalues, gamma)
    c_slope = (of.multiplicities * captured * missed * (captured - missed)).sum()
    rise = rise_of_bias(of, gamma)
    r = 1 - n / k  # b/k
    x = at.c / k
    share = x / (r + x)  # c/(b + c)
    share_slope = (c_slope / k * r - x * x) / (r + x) ** 2
    bias = at.bias_squared + share * at.bias_mixed + noise
    bias_slope = rise + share * (at.bias_mixed - rise) + share_slope * at.bias_mixed
    return -(at.c + c_slope) * r / (at.c * (r + x)) - 2 * x / r + bias_slope / bias


@closed_form
@at_each
def finite_width_threshold(alpha: SummedAlpha, beta: Beta, noise: Variance, n: Points) -> Array:
    """The width ratio k/n from which zero ridge is locally optimal at finite n; noise relative.

    The root of :func:`zero_ridge_slope` in log(k/n - 1), between -30 and 40; +inf where zero ridge
    is not locally optimal at any width. The noise is ``noise`` times E_0 of the kernel limit at
    this n. Differentiable.
    """
    of = infinite_powerlaw.__wrapped__(alpha, beta)
    e0 = zero_ridge.__wrapped__(alpha, beta, n)[1]

    def slope(log_excess: Array) -> Array:
        return slope_of(of, n, n * (1 + jnp.exp(log_excess)), noise * e0)

    reached = slope(jnp.asarray(40.0)) >= 0
    excess = root(lambda x: jnp.where(reached, slope(x), x), -30.0, 40.0)
    return jnp.where(reached, 1 + jnp.exp(excess), jnp.inf)


claim.limit(
    lambda p: width_threshold(p.alpha, p.beta, p.noise), name="width_threshold",
    says="zero ridge is optimal from k/n = 1 + tau* on, tau* in closed form; n^-(1-g)",
    source="derived: see width_threshold",
    formula=lambda p: finite_width_threshold(p.alpha, p.beta, p.noise, p.n),
    size=lambda p: p.n, along=rungs(1e4, 1e5, 1e6, 1e7, beta=2.0), rate=-0.5, last_gap=1e-3,
    within=0.03, why="g = 1/2: corrections n^-1/2, the next of relative order n^-1/2",
    twin=Twin("the threshold is 1 + 2/g", limit=lambda p: 1 + 2 / (p.beta - p.alpha)),
)  # fmt: skip
claim.limit(
    lambda p: zero_ridge_amplification(p.alpha, p.width), name="zero_ridge_amplification",
    says="noise amplification without ridge -> alpha + 1/(k/n - 1) (k > n)",
    source="derived: c/z -> 1/alpha at z = min(n, k)",
    formula=lambda p: predict(
        infinite_powerlaw(p.alpha, p.beta), n=p.n, k=p.width * p.n, ridge=0.0
    ).overfitting_coefficient,
    size=lambda p: p.n, along=rungs(1e1, 1e2, 1e3, 1e4, alpha=1.8, width=3.0), rate=-1.0,
    last_gap=1e-3, within=0.05, why="corrections O(1/n)",
    twin=Twin("alpha, as for the kernel", limit=lambda p: p.alpha),
)  # fmt: skip
