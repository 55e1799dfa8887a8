"""What Sign-RIP says of rank-1 critical points, and how it follows from the l1/l2 property."""

from typing import Annotated, Any

from theory import Doc, Ge, Le, Scalar, closed_form, parameters, sqrt
from theory.sign_rip.params import SETTING, Amount, Size

__all__ = [
    "CriticalPoint", "admitted_norm", "convexity_bound", "cosine_bound", "error_energy",
    "l1_l2_to_sign_rip", "norm_bound", "residual_energy",
]  # fmt: skip

Delta = Annotated[Scalar, Ge(0), Le(0.7071067811865475)]
"""A Sign-RIP constant up to 1/sqrt 2, where the bounds reach 1."""
Cosine2 = Annotated[Scalar, Ge(0), Le(1)]


@parameters(SETTING)
class CriticalPoint:
    """A critical point u of the rank-1 loss (sigma = 1) under Sign-RIP(2, delta)."""

    delta: Annotated[float, Ge(0.001), Le(0.7071067811865475), Doc("Sign-RIP constant")] = 0.3
    share: Annotated[
        float, Ge(0), Le(1), Doc("cos^2(u, u*) as a share of delta^2/(1 - delta^2)")
    ] = 0.5


@closed_form
def cosine_bound(delta: Delta) -> Scalar:
    """delta^2/(1 - delta^2): cos^2(u, u*) of a spurious rank-1 critical point is at most this."""
    return delta**2 / (1 - delta**2)


@closed_form
def norm_bound(delta: Delta) -> Scalar:
    """delta/sqrt(1 - delta^2): norm(u)^2 of a spurious rank-1 critical point is at most this."""
    return delta / sqrt(1 - delta**2)


@closed_form
def residual_energy(q: Amount, c: Cosine2) -> Scalar:
    """norm(Delta u)^2 = q^3 + c q (1 - 2q), q = norm(u)^2, c = cos^2(u, u*), sigma = 1."""
    return q**3 + c * q * (1 - 2 * q)


@closed_form
def error_energy(q: Amount, c: Cosine2) -> Scalar:
    """norm(Delta)_F^2 = q^2 + 1 - 2 c q."""
    return q**2 + 1 - 2 * c * q


def admitted_norm(p: Any) -> Scalar:
    """Largest q with norm(Delta u) <= delta norm(Delta)_F norm(u), the condition that Q u = 0 and
    Sign-RIP leave: q = c + sqrt(c^2 - (c - delta^2)/(1 - delta^2)), c = share * cosine_bound."""
    # the radicand as (1-c)(delta^2 - c(1-delta^2))/(1-delta^2): the difference loses its digits
    c = p.share * cosine_bound(p.delta)
    return c + norm_bound(p.delta) * sqrt((1 - c) * (1 - p.share))


@closed_form
def l1_l2_to_sign_rip(eps: Amount) -> Scalar:
    """delta = eps + 2 sqrt(eps (1 + eps)): Sign-RIP(k, delta) from |F/norm - c0| <= eps c0 on
    rank <= 2k, noiseless. This route's sample size is delta^-4; the truth is delta^-2.
    The slope is infinite at eps = 0."""
    return eps + 2 * sqrt(eps) * sqrt(1 + eps)


@closed_form
def convexity_bound(eps: Amount, t: Size, cosine: Annotated[Scalar, Ge(-1), Le(1)]) -> Scalar:
    """eps r + (1 + eps) t/2 + 2 eps/t, r = <Xhat, Y>: what convexity of F gives at the step t."""
    return eps * cosine + (1 + eps) * t / 2 + 2 * eps / t
