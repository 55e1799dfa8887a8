"""Population steps: signal and residual, the flow, the cubic map, geometric and constant steps."""

from typing import Any

import sympy
import z3

from proofs_check import Proof, Result, all_of, identity, polynomial
from theory import sign_rip as t


def _reals(names: str) -> list[Any]:
    """Z3's real variables; its own annotation admits every kind of term."""
    return list(z3.Reals(names))


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


PROOFS = (
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
        "log_lattice",
        "derived: see constant_step_cycle",
        "(1-x)(1+x) = 1 - x^2: a step up and a step down drift towards 0",
        _log_lattice,
        supports=("constant_step_cycle",),
    ),
)
