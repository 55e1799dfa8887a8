"""Exact risks of Gaussian features at finite sizes, where integration over the draws closes.

They hold at every n, not only for large ones, and so measure the eigenframework's own error. All
three are derived here from E (Z^T Z)^-1 = I/(n - k - 1) for an n x k Gaussian Z (inverse Wishart)
and from the uniform law of a Gaussian matrix's row space. Isotropic spectra, no ridge.
"""

from typing import Annotated, NamedTuple

from theory import Ge, Le, Scalar, Whole, closed_form
from theory.random_features._domains import Amount, Points, Variance

Size = Annotated[Scalar, Ge(1), Le(1e15), Whole]


class ExactRisk(NamedTuple):
    """Mean test risk (noise included) and mean train risk over draws."""

    test_risk: Scalar
    train_risk: Scalar


_EXAMPLE, _KERNEL = {"n": 6, "k": 2, "modes": 4}, {"n": 2, "modes": 5}
_FEW = ("is above the number of modes", lambda k, modes: k <= modes)


@closed_form(example=_EXAMPLE, n=("is not above k + 1", lambda n, k: n >= k + 2), k=_FEW)
def ridgeless_below_n(n: Size, k: Size, modes: Size, target: Amount, noise: Variance) -> ExactRisk:
    """k <= n - 2 features of an isotropic kernel with ``modes`` >= k modes, no ridge.

    E_te = (n-1)/(n-k-1) s^2 and E_tr = (1 - k/n) s^2, s^2 = (1 - k/M) |v|^2 + sigma^2: given the
    features, the labels are linear in k Gaussians with independent residuals of variance s^2,
    and the features' row space is uniform. ``target`` is |v|^2.
    """
    left = (modes - k) * target / modes + noise
    return ExactRisk((n - 1) * left / (n - k - 1), (n - k) * left / n)


@closed_form(example=_KERNEL, n=("is above M - 2", lambda n, modes: n <= modes - 2))
def ridgeless_kernel(n: Size, modes: Size, target: Amount, noise: Variance) -> Scalar:
    """E_te of kernel interpolation with n <= M - 2 samples and an isotropic kernel.

    (1 - n/M) |v|^2 + sigma^2 (M-1)/(M-n-1).
    """
    return (modes - n) * target / modes + noise * (modes - 1) / (modes - n - 1)


@closed_form(example=_EXAMPLE, n=("is not above k", lambda n, k: n > k), k=_FEW)
def framework_below_n(
    n: Points, k: Points, modes: Points, target: Amount, noise: Variance
) -> Scalar:
    """The eigenframework's value for :func:`ridgeless_below_n`: n/(n-k) for (n-1)/(n-k-1)."""
    return n * ((modes - k) * target / modes + noise) / (n - k)


@closed_form(example=_KERNEL, n=("is not below M", lambda n, modes: n < modes))
def framework_kernel(n: Points, modes: Points, target: Amount, noise: Variance) -> Scalar:
    """The eigenframework's value for :func:`ridgeless_kernel`: M/(M-n) for (M-1)/(M-n-1)."""
    return (modes - n) * target / modes + noise * modes / (modes - n)
