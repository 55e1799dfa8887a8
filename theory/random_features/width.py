"""How wide to be to overfit: finite width at zero ridge, in closed form and at finite n."""

import jax
import jax.numpy as jnp
from jax import Array

from theory import Claims, Scalar, Twin, closed_form, root, sqrt, where
from theory.random_features.kernel_limit import at_each, interpolated, shares, zero_ridge
from theory.random_features.params import (
    UNSATURATED,
    Alpha,
    Beta,
    Features,
    Points,
    SummedAlpha,
    Variance,
    rungs,
)
from theory.random_features.predict import predict
from theory.random_features.spectrum import Spectrum, infinite_powerlaw

__all__ = [
    "finite_width_threshold", "needed_width", "width_threshold", "zero_ridge_amplification",
]  # fmt: skip

claim = Claims()
along_n = claim.given(size=lambda p: p.n)


@closed_form
def zero_ridge_amplification(alpha: Alpha, width_ratio: Features) -> Scalar:
    """What label noise is multiplied with at zero ridge and width k = width_ratio n, n -> infinity.

    alpha + 1/(k/n - 1) for k > n and 1/(1 - k/n) for k < n. Derived: c/z -> 1/alpha there.
    """
    over = width_ratio > 1
    apart = where(over, width_ratio - 1, 1 - width_ratio)
    return where(over, alpha + 1 / apart, 1 / apart)


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


# At finite n, from the infinite spectrum


@jax.jit
def slope_of(of: Spectrum, n: Array, k: Array, noise: Array) -> Array:
    """dlog E_te/dlog gamma at zero ridge, n < k <= inf; its sign says whether to overfit.

    -(c + c') b/(c (b+c)) - 2 c/b + (dbias/dlog gamma)/bias, divided through by k where b stands,
    with c' = sum mu lambda gamma (lambda - gamma)/(lambda + gamma)^3. Derived; for spectra of more
    than n modes.
    """
    inv_k = 1 / k
    gamma, at = interpolated(of, n)
    captured, missed = shares(of, gamma)
    c_slope = (of.multiplicities * captured * missed * (captured - missed)).sum()
    rise = 2 * (of.multiplicities * of.eigcoeffs_sq * captured * missed**2).sum()
    r = 1 - n * inv_k  # b/k
    x = at.c * inv_k  # c/k
    share = x / (r + x)  # c/(b + c)
    share_slope = (c_slope * inv_k * r - x * x) / (r + x) ** 2
    bias = at.bias_squared + share * at.bias_mixed + noise
    bias_slope = rise + share * (at.bias_mixed - rise) + share_slope * at.bias_mixed
    return -(at.c + c_slope) * r / (at.c * (r + x)) - 2 * x / r + bias_slope / bias


@closed_form
@at_each
def finite_width_threshold(alpha: SummedAlpha, beta: Beta, noise: Variance, n: Points) -> Array:
    """The width ratio k/n from which zero ridge is locally optimal at finite n; noise relative.

    The root of :func:`slope_of` in log(k/n - 1), between -30 and 40; +inf where zero ridge
    is not locally optimal at any width. The noise is ``noise`` times E_0 of the kernel limit at
    this n. Differentiable.
    """
    of = infinite_powerlaw.__wrapped__(alpha, beta)
    e0 = zero_ridge.__wrapped__(alpha, beta, n)[1]

    def slope(log_excess: Array) -> Array:
        return slope_of(of, n, n * (1 + jnp.exp(log_excess)), noise * e0)

    most = 40.0
    reached = slope(jnp.asarray(most)) >= 0
    excess = root(lambda x: jnp.where(reached, slope(x), x), -30.0, most)
    return jnp.where(reached, 1 + jnp.exp(excess), jnp.inf)


along_n.limit(
    lambda p: width_threshold(p.alpha, p.beta, p.noise), name="width_threshold",
    says="zero ridge is optimal from k/n = 1 + tau* on, tau* in closed form; n^-(1-g)",
    source="derived: see width_threshold",
    formula=lambda p: finite_width_threshold(p.alpha, p.beta, p.noise, p.n),
    along=rungs(1e4, 1e5, 1e6, 1e7, beta=2.0), rate=-0.5, last_gap=1e-3, within=0.03,
    why="g = 1/2: corrections n^-1/2, the next of relative order n^-1/2",
    twin=Twin("the threshold is 1 + 2/g", limit=lambda p: 1 + 2 / (p.beta - p.alpha)),
)  # fmt: skip
along_n.limit(
    lambda p: zero_ridge_amplification(p.alpha, p.width), name="zero_ridge_amplification",
    says="noise amplification without ridge -> alpha + 1/(k/n - 1) (k > n)",
    source="derived: c/z -> 1/alpha at z = min(n, k)",
    formula=lambda p: predict(
        infinite_powerlaw(p.alpha, p.beta), n=p.n, k=p.width * p.n, ridge=0.0
    ).overfitting_coefficient,
    along=rungs(1e1, 1e2, 1e3, 1e4, alpha=1.8, width=3.0), rate=-1.0, last_gap=1e-3, within=0.05,
    why="corrections O(1/n)", twin=Twin("alpha, as for the kernel", limit=lambda p: p.alpha),
)  # fmt: skip
