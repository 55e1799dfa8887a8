"""Population steps: signal and residual, the flow, the cubic map, geometric and constant steps."""

import sympy
import z3

from proofs_check import Proofs, all_of, identity, polynomial, reals
from theory.sign_rip import cubic_map, logistic_growth, null_decay

item = Proofs()

# d = 4, r = r' = 2, every entry a symbol: U = (S; E) in the basis (V, V_perp), and Delta
SIGNAL = sympy.Matrix(2, 2, sympy.symbols("s:4", real=True))
RESIDUAL = sympy.Matrix(2, 2, sympy.symbols("e:4", real=True))
SIGMA = sympy.diag(*sympy.symbols("sigma:2", positive=True))
U = sympy.Matrix.vstack(SIGNAL, RESIDUAL)
DELTA = U * U.T - sympy.diag(SIGMA, sympy.zeros(2))


@item("signal_residual_recursion")
def signal_residual_split():
    """S+ = (I + 2e Sigma) S - 2e S U^T U, E+ = E (I - 2e U^T U).

    arXiv:2202.08788, signal and residual; d = 4, r = r' = 2, every entry a symbol
    """
    step, gram = sympy.Symbol("step", positive=True), U.T * U
    signal = (sympy.eye(2) + 2 * step * SIGMA) * SIGNAL - 2 * step * SIGNAL * gram
    residual = RESIDUAL * (sympy.eye(2) - 2 * step * gram)
    return identity(U - 2 * step * DELTA * U, sympy.Matrix.vstack(signal, residual))


@item("error_pythagoras")
def error_splits_orthogonally():
    """|Delta|^2 = |Sigma - S S^T|^2 + 2 |S E^T|^2 + |E E^T|^2.

    derived; d = 4, r = r' = 2, every entry a symbol
    """

    def energy(x):
        return sum(v**2 for v in x)

    signal, cross = energy(SIGMA - SIGNAL * SIGNAL.T), energy(SIGNAL * RESIDUAL.T)
    split = signal + 2 * cross + energy(RESIDUAL * RESIDUAL.T)
    return identity(sympy.expand(energy(DELTA)), sympy.expand(split))


@item("riccati_flow")
def riccati_equation():
    """dX/dtau = 2(X* X + X X*) - 4 X^2, X(0) = U_0 U_0^T."""
    # the scalar flows of theory, and the matrix flow for r' = 1, d = 2 with a null direction
    tau, sigma, x0, a, b = sympy.symbols("tau sigma x0 a b", positive=True)
    logistic, null = logistic_growth(sigma, x0, tau), null_decay(x0, tau)
    integral = (sympy.exp(4 * sigma * tau) - 1) / (4 * sigma)
    grown, start = sympy.Matrix([sympy.exp(2 * sigma * tau) * a, b]), sympy.Matrix([a, b])
    x = grown * grown.T / (1 + 4 * (a**2 * integral + b**2 * tau))
    truth = sympy.diag(sigma, 0)
    return all_of(
        identity(sympy.diff(logistic, tau), 4 * sigma * logistic - 4 * logistic**2),
        identity(logistic.subs(tau, 0), x0),
        identity(sympy.diff(null, tau), -4 * null**2),
        identity(null.subs(tau, 0), x0),
        lambda: identity(sympy.diff(x, tau), 2 * (truth * x + x * truth) - 4 * x * x),
        identity(x.subs(tau, 0), start * start.T),
    )


@item("cubic_map_ideal_step", "cubic_map_of_matrices")
def cubic_step():
    """v+^2 - 1 = (v^2-1)(1 - 2a v^2 + a^2 v^2 (v^2-1)); 4(1+a)^3 = 27(2+a) only at a = 2."""
    v, a = sympy.symbols("v a", positive=True)
    x = v**2 - 1
    return all_of(
        identity(cubic_map(v, a) ** 2 - 1, x * (1 - 2 * a * v**2 + a**2 * v**2 * x)),
        # largest value v+ = (2/3)(1+a) sqrt((1+a)/(3a)) against the outer fixed cycle sqrt((2+a)/a)
        identity(4 * (1 + a) ** 3 - 27 * (2 + a), (a - 2) * (2 * a + 5) ** 2),
    )


@item("cubic_map_ideal_step")
def cubic_no_overshoot():
    """v <= v+ <= 1 for 0 < a <= 1/2, 0 < v <= 1."""
    v, a = reals("v a")
    new = cubic_map(v, a)
    inside = (a > 0, 2 * a <= 1, v > 0, v <= 1)
    return all_of(
        polynomial(new >= v, assumptions=inside), polynomial(new <= 1, assumptions=inside)
    )


@item("geometric_tracking", "geometric_tracking_slope", "geometric_tracking_ceiling")
def tracking_interval():
    """[0, c/rho] is invariant under z -> |z - c|/rho iff rho >= 1/2."""
    z, c, rho = reals("z c rho")
    distance = z3.If(z >= c, z - c, c - z)
    inside = (c > 0, rho > 0, rho <= 1, z >= 0, z * rho <= c)
    leaves = z3.And(c > 0, rho > 0, 2 * rho < 1, z * rho == c)
    return all_of(
        polynomial(distance <= c, assumptions=(*inside, 2 * rho >= 1)),
        polynomial(z3.Implies(leaves, distance > c)),
    )


@item("geometric_tracking")
def tracking_entropy():
    """int_0^1 log|1 - s/u| du = s log s + (1-s) log(1-s)."""
    # by its antiderivative on both sides of u = s, where both vanish
    u, s = sympy.symbols("u s", positive=True)
    log = sympy.log
    right = (u - s) * log(u - s) - u * log(u)
    left = (u - s) * log(s - u) - u * log(u)
    return all_of(
        identity(sympy.diff(right, u), log(u - s) - log(u)),
        identity(sympy.diff(left, u), log(s - u) - log(u)),
        # values at 1 minus at 0
        identity(right.subs(u, 1) + s * log(s), s * log(s) + (1 - s) * log(1 - s)),
    )


@item("geometric_budget", "geometric_budget_empirical")
def budget_bounds():
    """b/(1-rho) - b^2/(2(1-rho^2)) <= sum_t log(1 + b rho^t) <= b/(1-rho)."""
    # x - x^2/2 <= log(1+x) <= x: equal at 0, and ordered slopes; then the geometric sums, of which
    # S = b + rho S is the sum of b rho^t, and Q = b^2 + rho^2 Q that of (b rho^t)^2
    x, b, rho = sympy.symbols("x b rho", positive=True)
    (z,) = reals("z")
    growth = sympy.log(1 + x)
    return all_of(
        identity(sympy.diff(x - growth, x), x / (1 + x)),
        identity(sympy.diff(growth - x + x**2 / 2, x), x**2 / (1 + x)),
        polynomial(z3.And(z / (1 + z) >= 0, z * z / (1 + z) >= 0), assumptions=(z >= 0,)),
        identity(b + rho * b / (1 - rho), b / (1 - rho)),
        identity(b**2 + rho**2 * b**2 / (1 - rho**2), b**2 / (1 - rho**2)),
    )


@item("constant_step_cycle")
def log_lattice():
    """(1-x)(1+x) = 1 - x^2: a step up and a step down drift towards 0."""
    x = sympy.Symbol("x", positive=True)
    return identity((1 - x) * (1 + x), 1 - x**2)
