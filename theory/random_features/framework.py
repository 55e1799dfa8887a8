"""The eigenframework's formulas, given the effective ridges: every evaluator takes them.

Notation: with L_i = lambda_i/(lambda_i + gamma) and multiplicities mu_i (1 unless given),

    z = sum mu_i L_i,  c = sum mu_i L_i (1 - L_i),  q = z - c,
    B1 = sum mu_i v_i^2 (1 - L_i)^2,  B2 = sum mu_i v_i^2 L_i (1 - L_i),
    a = n - z,  r = kappa/gamma = 1 - z/k.

The width enters as ``inv_k`` = 1/k, so that kernel ridge regression is ``inv_k = 0`` exactly. All
sums have positive terms only: nothing cancels.
"""

from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from theory import Ge, Le, Scalar, Single, Whole, closed_form, total
from theory.random_features.params import (
    Amount, Modes, PerFeature, Points, Real, Ridge, Share, Variance, Width,
)  # fmt: skip
from theory.random_features.spectrum import Spectrum

__all__ = [
    "ExactRisk", "MarginalValue", "Sums", "bias", "marginal_values", "overfitting_coefficient",
    "ridge_at", "ridgeless_below_n", "ridgeless_kernel", "slope_at_zero_ridge_below_n", "sums",
    "test_risk",
]  # fmt: skip


class Sums(NamedTuple):
    """The five sums over the spectrum at one gamma (see the module's notation)."""

    z: Scalar
    c: Scalar
    q: Scalar
    bias_squared: Scalar  # B1
    bias_mixed: Scalar  # B2


def shares(eigenvalues: Any, gamma: Any) -> tuple[Any, Any]:
    """(L_i, 1 - L_i)."""
    return eigenvalues / (eigenvalues + gamma), gamma / (eigenvalues + gamma)


One = Annotated[Ridge, Single]  # an array would be taken along the modes
_EXAMPLE = np.array([1.0, 0.25])
_SUMS = Sums(0.7, 0.4, 0.3, 0.5, 0.2)


@closed_form(example={"eigenvalues": _EXAMPLE, "eigcoeffs_sq": _EXAMPLE})
def sums(eigenvalues: Modes, eigcoeffs_sq: Real, gamma: One, multiplicities: Real = 1) -> Sums:
    """z, c, q, B1 and B2 at gamma > 0.

    Of lambda_i >= 0, v_i^2 >= 0 and mu_i (or 1) of shape (M,): also object arrays of exact values.
    """
    L, missed = shares(eigenvalues, gamma)
    mu, weight = multiplicities, multiplicities * eigcoeffs_sq
    z, c, q = total(mu * L), total(mu * L * missed), total(mu * L * L)
    return Sums(z, c, q, total(weight * missed * missed), total(weight * L * missed))


def sums_of(of: Spectrum, gamma: Any) -> Sums:
    """The sums of a spectrum, unchecked: inside programs."""
    return sums.__wrapped__(of.eigenvalues, of.eigcoeffs_sq, gamma, of.multiplicities)


@closed_form(
    example={"gamma": 0.1, "n": 10.0, "inv_k": 0.05, "z": 5.0},
    z=("is above n or k", lambda z, n, inv_k: (z <= n) & (z * inv_k <= 1)),
)
def ridge_at(gamma: Amount, n: Points, inv_k: PerFeature, z: Amount) -> Scalar:
    """The ridge whose effective ridge is gamma: delta = gamma (n - z)(1 - z/k). Increasing."""
    return gamma * (n - z) * (1 - z * inv_k)


@closed_form(r=("and c/k are both 0", lambda r, c, inv_k: r + c * inv_k > 0))
def overfitting_coefficient(n: Points, inv_k: PerFeature, a: Amount, r: Share, c: Amount) -> Scalar:
    """What multiplies noise: n (r + c/k)/(a r + c (a/k + r)), which is n/(n - q) for kernels.

    Equal to n (b + c)/(a b + c (a + b)) with b = k - z = k r, divided through by k; infinite at
    a = 0 where r or c is 0.
    """
    return n * (r + c * inv_k) / (a * r + c * (a * inv_k + r))


_WIDE = ("and 1/k are both 0", lambda r, inv_k: r + inv_k >= 1e-150)  # their squares stay above 0


@closed_form(example={"at": _SUMS}, r=_WIDE)
def bias(inv_k: PerFeature, r: Share, at: Sums) -> Scalar:
    """B1 + c/(b + c) B2, the target's part before amplification; b = k r."""
    return at.bias_squared + at.c * inv_k / (r + at.c * inv_k) * at.bias_mixed


@closed_form(example={"at": _SUMS}, r=_WIDE)
def test_risk(
    n: Points, inv_k: PerFeature, a: Amount, r: Share, at: Sums, noise: Variance
) -> Scalar:
    """E_te = n (b+c)/(ab + c(a+b)) [B1 + c/(b+c) B2 + sigma^2], the label noise included.

    The paper's test risk (Section 3) with every term positive: in its printed form differences
    cancel where z is near k or n (proofs_check: both_forms_of_the_risk).
    """
    error = bias.__wrapped__(inv_k, r, at) + noise
    return overfitting_coefficient.__wrapped__(n, inv_k, a, r, at.c) * error


def risk_of(at: Sums, n: Any, inv_k: Any, noise: Any) -> Any:
    """E_te at a given gamma, whatever ridge that takes; unchecked."""
    return test_risk.__wrapped__(n, inv_k, n - at.z, 1 - at.z * inv_k, at, noise)


def risk_at(of: Spectrum, n: Any, inv_k: Any, noise: Any, log_gamma: Any) -> Any:
    return risk_of(sums_of(of, jnp.exp(log_gamma)), n, inv_k, noise)


@closed_form(example={"n": 2.0, "k": 1.0}, k=("is not below n", lambda k, n: k < n))
def slope_at_zero_ridge_below_n(n: Points, k: Width, c: Amount) -> Scalar:
    """dlog E_te/dlog gamma at zero ridge for k < n (and more than k modes): -2 c/(n - k) < 0.

    So below n features zero ridge is never optimal, for any spectrum, target and noise. Derived:
    at zero ridge b = 0, and da = db = c dlog gamma; the prefactor contributes -2 c/a, while the
    target's part is stationary, because d(B1 + B2) = B2 dlog gamma and d[c/(b+c)] = -dlog gamma.
    """
    return -2 * c / (n - k)


class MarginalValue(NamedTuple):
    """dlog E_opt/dn and dlog E_opt/dk (against k, not 1/k); both negative."""

    sample: Scalar
    feature: Scalar


@closed_form(example={"n": 4.0, "k": 5.0, "at": _SUMS})
def marginal_values(n: Points, k: Width, gamma: Ridge, at: Sums, noise: Variance) -> MarginalValue:
    """What one more sample and one more feature are worth at the optimal ridge.

    dlog E/dn = -(q b + z c)/(n (ab + c(a+b))),
    dlog E/dk = -c^2/((b+c)(ab + c(a+b))) - c B2/((b+c)^2 bias).
    Derived by the envelope theorem: gamma is held at its optimum.
    """
    a, b = n - at.z, k - at.z
    spread = a * b + at.c * (a + b)
    target = at.bias_squared + at.c / (b + at.c) * at.bias_mixed + noise
    sample = -(at.q * b + at.z * at.c) / (n * spread)
    narrow = at.c * at.bias_mixed / ((b + at.c) ** 2 * target)
    return MarginalValue(sample, feature=-(at.c**2) / ((b + at.c) * spread) - narrow)


# Exact risks of Gaussian features at every n, which measure the eigenframework's own error. Derived
# from E (Z^T Z)^-1 = I/(n - k - 1) for an n x k Gaussian Z (inverse Wishart) and from the uniform
# law of a Gaussian matrix's row space. Isotropic spectra, no ridge.

Size = Annotated[Scalar, Ge(1), Le(1e15), Whole]


class ExactRisk(NamedTuple):
    """Mean test risk (noise included) and mean train risk over draws."""

    test_risk: Scalar
    train_risk: Scalar


_SIZES = {"n": 6, "k": 2, "modes": 8}
_FEW = ("is above the number of modes", lambda k, modes: k <= modes)


@closed_form(example=_SIZES, n=("is not above k + 1", lambda n, k: n >= k + 2), k=_FEW)
def ridgeless_below_n(n: Size, k: Size, modes: Size, target: Amount, noise: Variance) -> ExactRisk:
    """k <= n - 2 features of an isotropic kernel with ``modes`` >= k modes, no ridge.

    E_te = (n-1)/(n-k-1) s^2 and E_tr = (1 - k/n) s^2, s^2 = (1 - k/M) |v|^2 + sigma^2: given the
    features, the labels are linear in k Gaussians with independent residuals of variance s^2,
    and the features' row space is uniform. ``target`` is |v|^2.
    """
    left = (modes - k) * target / modes + noise
    return ExactRisk((n - 1) * left / (n - k - 1), (n - k) * left / n)


@closed_form(example=_SIZES, n=("is above M - 2", lambda n, modes: n <= modes - 2))
def ridgeless_kernel(n: Size, modes: Size, target: Amount, noise: Variance) -> Scalar:
    """E_te = (1 - n/M) |v|^2 + sigma^2 (M-1)/(M-n-1): kernel interpolation, n <= M - 2."""
    return (modes - n) * target / modes + noise * (modes - 1) / (modes - n - 1)
