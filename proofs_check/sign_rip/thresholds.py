"""Thresholds of recovery, Sign-RIP from the l1/l2 property, and rank-1 critical points."""

import sympy
import z3

from proofs_check import Proofs, all_of, identity, polynomial, reals
from theory.sign_rip import (
    cone_width, convexity_bound, cosine_bound, error_energy, gain, kappa_at, l1_l2_to_sign_rip,
    norm_bound, residual_energy, threshold_equation,
)  # fmt: skip

item = Proofs()
q, p, c, delta = sympy.symbols("q p c delta", positive=True)
CRITICAL = "arXiv:2102.02969, rank-1 critical points; constants derived"
SMALL_P = ("exact_recovery_at_small_p", "exact_recovery_at_small_p_at_scale")


@item("rank1_critical_points", source=CRITICAL)
def critical_point_energies():
    """|Delta u|^2 <= delta^2 |Delta|^2 |u|^2 iff (q-c)^2 <= c^2 - (c-delta^2)/(1-delta^2)."""
    x, y = sympy.symbols("x y", positive=True)  # u in the plane of u and u*
    u = sympy.Matrix([x, y])
    error, size = u * u.T - sympy.diag(1, 0), x**2 + y**2
    residual, cosine = error * u, x**2 / size
    condition = (q - c) ** 2 - c**2 + (c - delta**2) / (1 - delta**2)
    return all_of(
        identity(residual.dot(residual), residual_energy(size, cosine)),
        identity(sum(v**2 for v in error), error_energy(size, cosine)),
        identity(residual_energy(q, c) - delta**2 * q * error_energy(q, c),
                 q * (1 - delta**2) * condition),
    )  # fmt: skip


@item("rank1_critical_points", source=CRITICAL)
def critical_point_norm():
    """Then u u^T = X*, or |u|^2 <= delta/sqrt(1-delta^2) and cos^2 <= delta^2/(1-delta^2)."""
    # with b = delta/sqrt(1-delta^2) the condition reads (q-c)^2 <= (1-c)(b^2-c)
    size, cos2, b = reals("q c b")
    bound2 = norm_bound(delta) ** 2
    condition = (size - cos2) * (size - cos2) <= (1 - cos2) * (b * b - cos2)
    domain = (size > 0, cos2 >= 0, cos2 <= 1, b > 0, b <= 1)
    truth, small = z3.And(cos2 == 1, size == 1), z3.And(size <= b, cos2 <= b * b)
    return all_of(
        identity(c**2 - (c - delta**2) / (1 - delta**2), (1 - c) * (bound2 - c)),
        identity(bound2, cosine_bound(delta)),
        polynomial(z3.Or(truth, small), assumptions=(*domain, condition)),
    )


@item("l1l2_implies_sign_rip")
def sign_rip_from_l1_l2():
    """min_t eps r + (1+eps) t/2 + 2 eps/t = eps r + 2 sqrt(eps (1+eps))."""
    eps, step, cosine = sympy.symbols("eps step cosine", positive=True)
    best = 2 * sympy.sqrt(eps / (1 + eps))
    least = eps * cosine + 2 * sympy.sqrt(eps * (1 + eps))
    (z,) = reals("z")
    return all_of(
        polynomial((1 + z / 2) * (1 + z / 2) >= 1 + z),
        identity(convexity_bound(eps, step, cosine) - least,
                 (1 + eps) / (2 * step) * (step - best) ** 2),
        identity(least.subs(cosine, 1), l1_l2_to_sign_rip(eps)),
    )  # fmt: skip


@item("recovery_ratio_two_routes", "exact_recovery_threshold", *SMALL_P)
def two_routes_to_kappa():
    """G = 1 and the minimum of the cone width are one equation, and give one kappa_c.

    derived: state evolution against the statistical dimension of a descent cone
    """
    balance, kappa = threshold_equation(q, p), kappa_at(q, p)
    return all_of(
        identity((1 - gain(q, p)) * kappa, q * balance),
        identity(sympy.diff(cone_width(q, p), q), -2 * balance),
        identity(1 - cone_width(q, p) - kappa, q * balance),
    )


@item(*SMALL_P)
def dense_outlier_limit():
    """kappa_c/(1-p)^2 -> 2/pi as p -> 1, and -> 1 as p -> 0."""
    # the equation is linear in p, so the curve (p, kappa_c) is explicit in q: q -> 0 is p -> 1
    (share,) = sympy.solve(threshold_equation(q, p), p)
    ratio = kappa_at(q, share) / (1 - share) ** 2
    return all_of(
        identity(threshold_equation(q, share), 0),
        identity(sympy.limit(share, q, 0), 1),
        identity(sympy.limit(ratio, q, 0), 2 / sympy.pi),
        identity(sympy.limit(share, q, sympy.oo), 0),
        identity(sympy.limit(ratio, q, sympy.oo), 1),
    )
