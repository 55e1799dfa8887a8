"""Thresholds of recovery, Sign-RIP from the l1/l2 property, and rank-1 critical points."""

from typing import Any

import sympy
import z3

from proofs_check import Proof, Result, all_of, identity, polynomial
from theory import sign_rip as t


def _reals(names: str) -> list[Any]:
    """Z3's real variables; its own annotation admits every kind of term."""
    return list(z3.Reals(names))


def _two_routes() -> Result:
    q, p = sympy.symbols("q p", positive=True)
    balance = t.threshold_equation(q, p)
    kappa = t.kappa_at(q, p)
    return all_of(
        identity((1 - t.gain(q, p)) * kappa, q * balance),
        identity(sympy.diff(t.cone_width(q, p), q), -2 * balance),
        identity(1 - t.cone_width(q, p) - kappa, q * balance),
    )


def _dense_outliers() -> Result:
    """The equation is linear in p, so the curve (p, kappa_c) is explicit in q: q -> 0 is p -> 1,
    and q -> infinity is p -> 0."""
    q, p = sympy.symbols("q p", positive=True)
    (share,) = sympy.solve(t.threshold_equation(q, p), p)
    ratio = t.kappa_at(q, share) / (1 - share) ** 2
    return all_of(
        identity(t.threshold_equation(q, share), 0),
        identity(sympy.limit(share, q, 0), 1),
        identity(sympy.limit(ratio, q, 0), 2 / sympy.pi),
        identity(sympy.limit(share, q, sympy.oo), 0),
        identity(sympy.limit(ratio, q, sympy.oo), 1),
    )


def _sign_rip_from_l1_l2() -> Result:
    eps, step, cosine = sympy.symbols("eps step cosine", positive=True)
    best = 2 * sympy.sqrt(eps / (1 + eps))
    least = eps * cosine + 2 * sympy.sqrt(eps * (1 + eps))
    (z,) = _reals("z")
    return all_of(
        polynomial((1 + z / 2) * (1 + z / 2) >= 1 + z),
        identity(
            t.convexity_bound(eps, step, cosine) - least,
            (1 + eps) / (2 * step) * (step - best) ** 2,
        ),
        identity(least.subs(cosine, 1), t.l1_l2_to_sign_rip(eps)),
    )


def _critical_energies() -> Result:
    """u in the plane of u and u*; the condition, multiplied out."""
    x, y, q, c, delta = sympy.symbols("x y q c delta", positive=True)
    u = sympy.Matrix([x, y])
    error = u * u.T - sympy.diag(1, 0)
    size = x**2 + y**2
    cosine = x**2 / size
    residual = error * u
    condition = (q - c) ** 2 - c**2 + (c - delta**2) / (1 - delta**2)
    return all_of(
        identity(residual.dot(residual), t.residual_energy(size, cosine)),
        identity(sum(v**2 for v in error), t.error_energy(size, cosine)),
        identity(
            t.residual_energy(q, c) - delta**2 * q * t.error_energy(q, c),
            q * (1 - delta**2) * condition,
        ),
    )


def _critical_norm() -> Result:
    """With b = delta/sqrt(1-delta^2) the condition reads (q-c)^2 <= (1-c)(b^2-c)."""
    q, c, b = _reals("q c b")
    c_, delta = sympy.symbols("c delta", positive=True)
    bound2 = t.norm_bound(delta) ** 2
    condition = (q - c) * (q - c) <= (1 - c) * (b * b - c)
    domain = (q > 0, c >= 0, c <= 1, b > 0, b <= 1)
    truth = z3.And(c == 1, q == 1)
    small = z3.And(q <= b, c <= b * b)
    return all_of(
        identity(c_**2 - (c_ - delta**2) / (1 - delta**2), (1 - c_) * (bound2 - c_)),
        identity(bound2, t.cosine_bound(delta)),
        polynomial(z3.Or(truth, small), assumptions=(*domain, condition)),
    )


PROOFS = (
    Proof(
        "critical_point_energies",
        "arXiv:2102.02969, rank-1 critical points; constants derived",
        "|Delta u|^2 <= delta^2 |Delta|^2 |u|^2 iff (q-c)^2 <= c^2 - (c-delta^2)/(1-delta^2)",
        _critical_energies,
        supports=("rank1_critical_points",),
    ),
    Proof(
        "critical_point_norm",
        "arXiv:2102.02969, rank-1 critical points; constants derived",
        "then u u^T = X*, or |u|^2 <= delta/sqrt(1-delta^2) and cos^2 <= delta^2/(1-delta^2)",
        _critical_norm,
        supports=("rank1_critical_points",),
    ),
    Proof(
        "sign_rip_from_l1_l2",
        "derived: see l1_l2_to_sign_rip",
        "min_t eps r + (1+eps) t/2 + 2 eps/t = eps r + 2 sqrt(eps (1+eps))",
        _sign_rip_from_l1_l2,
        supports=("l1l2_implies_sign_rip",),
    ),
    Proof(
        "two_routes_to_kappa",
        "derived: state evolution against the statistical dimension of a descent cone",
        "G = 1 and the minimum of the cone width are one equation, and give one kappa_c",
        _two_routes,
        supports=("recovery_ratio_two_routes", "exact_recovery_threshold"),
    ),
    Proof(
        "dense_outlier_limit",
        "derived: see critical_ratio",
        "kappa_c/(1-p)^2 -> 2/pi as p -> 1, and -> 1 as p -> 0",
        _dense_outliers,
        supports=("exact_recovery_at_small_p", "exact_recovery_at_small_p_at_scale"),
    ),
)
