"""Proof items of robust matrix recovery: the steps behind theory's own formulas."""

from typing import Any

import sympy
import z3

from proofs_check import Proof, Result, all_of, identity, inequality, polynomial
from theory import Ball
from theory import sign_rip as t

_norm, _size = sympy.symbols("norm size", positive=True)
_mean = sympy.Symbol("mean", real=True)
_FINITE = ("constant", "gaussian", "uniform", "laplace")


def _reals(names: str) -> list[Any]:
    """Z3's real variables; its own annotation admits every kind of term."""
    return list(z3.Reals(names))


def _pdf(x):
    return sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)


# --------------------------------------------------------------------------------------------
# The scaling function


def _signal_by_integration() -> Result:
    """int g pdf(g) over g > s/sg minus over g < s/sg, with both tails by SymPy."""
    g, s = sympy.Symbol("g", real=True), sympy.Symbol("s", real=True)
    edge = s / _norm
    above = sympy.integrate(g * _pdf(g), (g, edge, sympy.oo))
    below = sympy.integrate(g * _pdf(g), (g, -sympy.oo, edge))
    decay = t.outlier_decay("constant", s, _mean, _norm)
    return identity(above - below, t.c0 * decay)


def _decay_of_laws() -> Result:
    """E_P exp(-S^2/(2 sg^2)) integrated for the laws with an elementary integral."""
    s = sympy.Symbol("s", real=True)
    kernel = sympy.exp(-(s**2) / (2 * _norm**2))
    uniform = sympy.integrate(kernel, (s, 0, _size)) / _size
    positive = sympy.Symbol("s", positive=True)
    tail = sympy.exp(-(positive**2) / (2 * _norm**2) - positive / _size) / _size
    laplace = sympy.integrate(tail, (positive, 0, sympy.oo))
    # gaussian: by completing the square
    width2 = _norm**2 + _size**2
    centre = _mean * _norm**2 / width2
    spread = _norm**2 * _size**2 / width2
    exponent = s**2 / (2 * _norm**2) + (s - _mean) ** 2 / (2 * _size**2)
    square = (s - centre) ** 2 / (2 * spread) + _mean**2 / (2 * width2)
    # the Gaussian that is left integrates to sqrt(2 pi spread)
    left = sympy.sqrt(spread) / _size * sympy.exp(-(_mean**2) / (2 * width2))
    return all_of(
        identity(uniform, t.outlier_decay("uniform", _size, _mean, _norm)),
        identity(laplace, t.outlier_decay("laplace", _size, _mean, _norm)),
        identity(exponent, square),
        identity(left, t.outlier_decay("gaussian", _size, _mean, _norm)),
    )


def _loss_slope() -> Result:
    return all_of(
        *(
            lambda law=law: identity(
                sympy.diff(t.outlier_loss(law, _size, _mean, _norm), _norm),
                t.c0 * t.outlier_decay(law, _size, _mean, _norm),
            )
            for law in _FINITE
        )
    )


_RATIO = {"norm": ("1/50", 50)}  # every law depends on size/norm alone: size = 1


def _decay_bounds(law: str) -> Result:
    one, nothing = Ball(1), Ball(0)
    return all_of(
        inequality(lambda norm: t.outlier_decay(law, one, nothing, norm), _RATIO),
        inequality(lambda norm: 1 - t.outlier_decay(law, one, nothing, norm), _RATIO),
    )


def _decay_increases() -> Result:
    """For one s it is s^2/sg^3 exp(...) >= 0; a mixture over s keeps the sign."""
    s = sympy.Symbol("s", real=True)
    one_noise = t.outlier_decay("constant", s, _mean, _norm)
    return identity(sympy.diff(one_noise, _norm), s**2 / _norm**3 * one_noise)


# --------------------------------------------------------------------------------------------
# Population dynamics


def _blocks(d: int, r: int, k: int):
    """U = (S; E) of symbols, Sigma, X* in the basis (V, V_perp), and Delta."""
    s = sympy.Matrix(r, k, sympy.symbols(f"s:{r * k}", real=True))
    e = sympy.Matrix(d - r, k, sympy.symbols(f"e:{(d - r) * k}", real=True))
    sigma = sympy.diag(*sympy.symbols(f"sigma:{r}", positive=True))
    truth = sympy.diag(sigma, sympy.zeros(d - r))
    u = sympy.Matrix.vstack(s, e)
    return s, e, sigma, u, u * u.T - truth


def _recursion() -> Result:
    s, e, sigma, u, delta = _blocks(4, 2, 2)
    step = sympy.Symbol("step", positive=True)
    new = u - 2 * step * delta * u
    gram = u.T * u
    signal = (sympy.eye(2) + 2 * step * sigma) * s - 2 * step * s * gram
    residual = e * (sympy.eye(2) - 2 * step * gram)
    return identity(new, sympy.Matrix.vstack(signal, residual))


def _pythagoras() -> Result:
    s, e, sigma, _, delta = _blocks(4, 2, 2)

    def energy(x):
        return sum(v**2 for v in x)

    split = energy(sigma - s * s.T) + 2 * energy(s * e.T) + energy(e * e.T)
    return identity(sympy.expand(energy(delta)), sympy.expand(split))


def _riccati() -> Result:
    """The scalar flows of theory, and the matrix flow for r' = 1, d = 2 with a null direction."""
    tau, sigma, x0 = sympy.symbols("tau sigma x0", positive=True)
    a, b = sympy.symbols("a b", positive=True)
    logistic = t.logistic_growth(sigma, x0, tau)
    null = t.null_decay(x0, tau)
    integral = (sympy.exp(4 * sigma * tau) - 1) / (4 * sigma)
    grown = sympy.Matrix([sympy.exp(2 * sigma * tau) * a, b])
    x = grown * grown.T / (1 + 4 * (a**2 * integral + b**2 * tau))
    truth = sympy.diag(sigma, 0)
    start = sympy.Matrix([a, b])
    return all_of(
        identity(sympy.diff(logistic, tau), 4 * sigma * logistic - 4 * logistic**2),
        identity(logistic.subs(tau, 0), x0),
        identity(sympy.diff(null, tau), -4 * null**2),
        identity(null.subs(tau, 0), x0),
        lambda: identity(sympy.diff(x, tau), 2 * (truth * x + x * truth) - 4 * x * x),
        identity(x.subs(tau, 0), start * start.T),
    )


def _cubic_step() -> Result:
    v, a = sympy.symbols("v a", positive=True)
    new = t.cubic_map(v, a)
    x = v**2 - 1
    return all_of(
        identity(new**2 - 1, x * (1 - 2 * a * v**2 + a**2 * v**2 * x)),
        # largest value v+ = (2/3)(1+a) sqrt((1+a)/(3a)) against the outer fixed cycle sqrt((2+a)/a)
        identity(4 * (1 + a) ** 3 - 27 * (2 + a), (a - 2) * (2 * a + 5) ** 2),
    )


def _cubic_no_overshoot() -> Result:
    v, a = _reals("v a")
    new = v * (1 + a - a * v * v)
    inside = (a > 0, a <= z3.RealVal("1/2"), v > 0, v <= 1)
    return all_of(
        polynomial(new >= v, assumptions=inside),
        polynomial(new <= 1, assumptions=inside),
    )


def _budget_bounds() -> Result:
    """x - x^2/2 <= log(1+x) <= x: equal at 0, and ordered slopes; then the geometric sums."""
    x, b, rho = sympy.symbols("x b rho", positive=True)
    (z,) = _reals("z")
    growth = sympy.log(1 + x)
    return all_of(
        identity(sympy.diff(x - growth, x), x / (1 + x)),
        identity(sympy.diff(growth - x + x**2 / 2, x), x**2 / (1 + x)),
        polynomial(z3.And(z / (1 + z) >= 0, z * z / (1 + z) >= 0), assumptions=(z >= 0,)),
        # S = b + rho S is the sum of b rho^t, and Q = b^2 + rho^2 Q that of (b rho^t)^2
        identity(b + rho * b / (1 - rho), b / (1 - rho)),
        identity(b**2 + rho**2 * b**2 / (1 - rho**2), b**2 / (1 - rho**2)),
    )


def _tracking_interval() -> Result:
    z, c, rho = _reals("z c rho")
    distance = z3.If(z >= c, z - c, c - z)
    inside = (c > 0, rho > 0, rho <= 1, z >= 0, z * rho <= c)
    half = z3.RealVal("1/2")
    leaves = z3.And(c > 0, rho > 0, rho < half, z * rho == c)
    return all_of(
        polynomial(distance <= c, assumptions=(*inside, rho >= half)),
        polynomial(z3.Implies(leaves, distance > c)),
    )


def _tracking_entropy() -> Result:
    """int_0^1 log|1 - s/u| du = s log s + (1-s) log(1-s), by its antiderivative on both sides."""
    u, s = sympy.symbols("u s", positive=True)
    right = (u - s) * sympy.log(u - s) - u * sympy.log(u)
    left = (u - s) * sympy.log(s - u) - u * sympy.log(u)
    return all_of(
        identity(sympy.diff(right, u), sympy.log(u - s) - sympy.log(u)),
        identity(sympy.diff(left, u), sympy.log(s - u) - sympy.log(u)),
        # values at 1 minus at 0; both vanish at u = s
        identity(right.subs(u, 1) - (-s * sympy.log(s)),
                 s * sympy.log(s) + (1 - s) * sympy.log(1 - s)),
    )  # fmt: skip


def _log_lattice() -> Result:
    x = sympy.Symbol("x", positive=True)
    return identity((1 - x) * (1 + x), 1 - x**2)


# --------------------------------------------------------------------------------------------
# Thresholds and landscape


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
        "scaling_function_by_integration",
        "arXiv:2202.08788, definition of phi; derived",
        "E[sign(sg g - s) g] = c0 exp(-s^2/(2 sg^2))",
        _signal_by_integration,
        supports=("scaling_function_outlier", "scaling_function_gaussian"),
    ),
    Proof(
        "decay_of_each_law",
        "derived: see outlier_decay",
        "E exp(-S^2/(2 sg^2)) for gaussian, uniform and Laplace outliers",
        _decay_of_laws,
        supports=("scaling_function_outlier", "scaling_function_gaussian"),
    ),
    Proof(
        "loss_slope_is_phi",
        "derived: see expected_loss",
        "dL_P/dsg = c0 R(sg) for every law with a finite expected loss",
        _loss_slope,
        supports=("expected_loss_radial",),
    ),
    Proof(
        "decay_between_zero_and_one",
        "derived: see outlier_decay",
        "0 <= R <= 1 for norm/size in [1/50, 50], every law",
        lambda: all_of(*(lambda law=law: _decay_bounds(law) for law in (*_FINITE, "cauchy"))),
        supports=("scaling_function_monotone",),
    ),
    Proof(
        "decay_increases",
        "derived: see outlier_decay",
        "d/dsg exp(-s^2/(2 sg^2)) = s^2/sg^3 exp(-s^2/(2 sg^2)) >= 0, hence R increases",
        _decay_increases,
        supports=("scaling_function_monotone",),
    ),
    Proof(
        "signal_residual_split",
        "arXiv:2202.08788, signal and residual; d = 4, r = r' = 2, every entry a symbol",
        "S+ = (I + 2e Sigma) S - 2e S U^T U, E+ = E (I - 2e U^T U)",
        _recursion,
        supports=("signal_residual_recursion",),
    ),
    Proof(
        "error_splits_orthogonally",
        "derived; d = 4, r = r' = 2, every entry a symbol",
        "|Delta|^2 = |Sigma - S S^T|^2 + 2 |S E^T|^2 + |E E^T|^2",
        _pythagoras,
        supports=("error_pythagoras",),
    ),
    Proof(
        "riccati_equation",
        "derived: see riccati_flow",
        "dX/dtau = 2(X* X + X X*) - 4 X^2, X(0) = U_0 U_0^T",
        _riccati,
        supports=("riccati_flow",),
    ),
    Proof(
        "cubic_step",
        "derived: see cubic_map",
        "v+^2 - 1 = (v^2-1)(1 - 2a v^2 + a^2 v^2 (v^2-1)); 4(1+a)^3 = 27(2+a) only at a = 2",
        _cubic_step,
        supports=("cubic_map_ideal_step", "cubic_map_of_matrices"),
    ),
    Proof(
        "cubic_no_overshoot",
        "derived: see cubic_map",
        "v <= v+ <= 1 for 0 < a <= 1/2, 0 < v <= 1",
        _cubic_no_overshoot,
        supports=("cubic_map_ideal_step",),
    ),
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
        "tracking_interval",
        "derived: see tracking_map",
        "[0, c/rho] is invariant under z -> |z - c|/rho iff rho >= 1/2",
        _tracking_interval,
        supports=("geometric_tracking", "geometric_tracking_ceiling"),
    ),
    Proof(
        "tracking_entropy",
        "derived: see tracking_ratio_limit",
        "int_0^1 log|1 - s/u| du = s log s + (1-s) log(1-s)",
        _tracking_entropy,
        supports=("geometric_tracking",),
    ),
    Proof(
        "budget_bounds",
        "derived: see log_growth",
        "b/(1-rho) - b^2/(2(1-rho^2)) <= sum_t log(1 + b rho^t) <= b/(1-rho)",
        _budget_bounds,
        supports=("geometric_budget", "geometric_budget_empirical"),
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
    Proof(
        "log_lattice",
        "derived: see constant_step_cycle",
        "(1-x)(1+x) = 1 - x^2: a step up and a step down drift towards 0",
        _log_lattice,
        supports=("constant_step_cycle",),
    ),
)
