"""Proof items of robust matrix recovery: the steps behind theory's own formulas."""

import sympy
import z3

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import Ball
from theory.sign_rip import (
    c0, cone_width, convexity_bound, cosine_bound, cubic_map, error_energy, gain, kappa_at,
    l1_l2_to_sign_rip, logistic_growth, norm_bound, null_decay, outlier_decay, outlier_loss,
    residual_energy, threshold_equation,
)  # fmt: skip

item = Proofs()
a, b, c, delta, p, q, rho, v, x, y = sympy.symbols("a b c delta p q rho v x y", positive=True)

# The scaling function: E Q, its decay for each law of outliers, and the expected loss

norm, size = sympy.symbols("norm size", positive=True)
mean, s = sympy.symbols("mean s", real=True)
FINITE = ("constant", "gaussian", "uniform", "laplace")
OF_Q = ("scaling_function_outlier", "scaling_function_gaussian")


@item(*OF_Q)
def scaling_function_by_integration():
    """E[sign(sg g - s) g] = c0 exp(-s^2/(2 sg^2)).

    arXiv:2202.08788, definition of phi; derived
    """
    g = sympy.Symbol("g", real=True)
    pdf = sympy.exp(-(g**2) / 2) / sympy.sqrt(2 * sympy.pi)
    above = sympy.integrate(g * pdf, (g, s / norm, sympy.oo))
    below = sympy.integrate(g * pdf, (g, -sympy.oo, s / norm))
    return identity(above - below, c0 * outlier_decay("constant", s, mean, norm))


@item(*OF_Q)
def decay_of_each_law():
    """E exp(-S^2/(2 sg^2)) for gaussian, uniform and Laplace outliers."""
    kernel = sympy.exp(-(s**2) / (2 * norm**2))
    uniform = sympy.integrate(kernel, (s, 0, size)) / size
    tail = sympy.exp(-(x**2) / (2 * norm**2) - x / size) / size
    # gaussian: by completing the square; what is left integrates to sqrt(2 pi spread)
    width2 = norm**2 + size**2
    centre, spread = mean * norm**2 / width2, norm**2 * size**2 / width2
    exponent = s**2 / (2 * norm**2) + (s - mean) ** 2 / (2 * size**2)
    square = (s - centre) ** 2 / (2 * spread) + mean**2 / (2 * width2)
    left = sympy.sqrt(spread) / size * sympy.exp(-(mean**2) / (2 * width2))
    return all_of(
        identity(uniform, outlier_decay("uniform", size, mean, norm)),
        identity(sympy.integrate(tail, (x, 0, sympy.oo)),
                 outlier_decay("laplace", size, mean, norm)),
        identity(exponent, square),
        identity(left, outlier_decay("gaussian", size, mean, norm)),
    )  # fmt: skip


@item("expected_loss_radial")
def loss_slope_is_phi():
    """dL_P/dsg = c0 R(sg) for every law with a finite expected loss."""
    return all_of(*(
        lambda law=law: identity(sympy.diff(outlier_loss(law, size, mean, norm), norm),
                                 c0 * outlier_decay(law, size, mean, norm))
        for law in FINITE
    ))  # fmt: skip


@item("scaling_function_monotone")
def decay_between_zero_and_one():
    """0 <= R <= 1 for norm/size in [1/50, 50], every law."""
    ratio = {"norm": ("1/50", 50)}  # every law depends on size/norm alone: size = 1

    def within(law):
        def decay(norm):
            return outlier_decay(law, Ball(1), Ball(0), norm)

        return all_of(inequality(decay, ratio), inequality(lambda norm: 1 - decay(norm), ratio))

    return all_of(*(lambda law=law: within(law) for law in (*FINITE, "cauchy")))


@item("scaling_function_monotone")
def decay_increases():
    """d/dsg exp(-s^2/(2 sg^2)) = s^2/sg^3 exp(-s^2/(2 sg^2)) >= 0, hence R increases."""
    # a mixture over s keeps the sign
    one_noise = outlier_decay("constant", s, mean, norm)
    return identity(sympy.diff(one_noise, norm), s**2 / norm**3 * one_noise)


# Population steps: signal and residual, the flow, the cubic map, geometric and constant steps

# d = 4, r = r' = 2, every entry a symbol: U = (S; E) in the basis (V, V_perp), and Delta
S = sympy.Matrix(2, 2, sympy.symbols("s:4", real=True))
E = sympy.Matrix(2, 2, sympy.symbols("e:4", real=True))
SIGMA = sympy.diag(*sympy.symbols("sigma:2", positive=True))
U = sympy.Matrix.vstack(S, E)
DELTA = U * U.T - sympy.diag(SIGMA, sympy.zeros(2))


@item("signal_residual_recursion")
def signal_residual_split():
    """S+ = (I + 2e Sigma) S - 2e S U^T U, E+ = E (I - 2e U^T U).

    arXiv:2202.08788, signal and residual; d = 4, r = r' = 2, every entry a symbol
    """
    step, gram = sympy.Symbol("step", positive=True), U.T * U
    signal = (sympy.eye(2) + 2 * step * SIGMA) * S - 2 * step * S * gram
    residual = E * (sympy.eye(2) - 2 * step * gram)
    return identity(U - 2 * step * DELTA * U, sympy.Matrix.vstack(signal, residual))


@item("error_pythagoras")
def error_splits_orthogonally():
    """|Delta|^2 = |Sigma - S S^T|^2 + 2 |S E^T|^2 + |E E^T|^2.

    derived; d = 4, r = r' = 2, every entry a symbol
    """
    parts = SIGMA - S * S.T, S * E.T, E * E.T, DELTA
    signal, cross, residual, error = (sympy.expand(sum(v**2 for v in part)) for part in parts)
    return identity(error, signal + 2 * cross + residual)


@item("riccati_flow")
def riccati_equation():
    """dX/dtau = 2(X* X + X X*) - 4 X^2, X(0) = U_0 U_0^T."""
    # the scalar flows of theory, and the matrix flow for r' = 1, d = 2 with a null direction
    tau, sigma, x0 = sympy.symbols("tau sigma x0", positive=True)
    logistic, null = logistic_growth(sigma, x0, tau), null_decay(x0, tau)
    integral = (sympy.exp(4 * sigma * tau) - 1) / (4 * sigma)
    grown, start = sympy.Matrix([sympy.exp(2 * sigma * tau) * a, b]), sympy.Matrix([a, b])
    flow = grown * grown.T / (1 + 4 * (a**2 * integral + b**2 * tau))
    truth = sympy.diag(sigma, 0)
    return all_of(
        identity(sympy.diff(logistic, tau), 4 * sigma * logistic - 4 * logistic**2),
        identity(logistic.subs(tau, 0), x0),
        identity(sympy.diff(null, tau), -4 * null**2),
        identity(null.subs(tau, 0), x0),
        lambda: identity(sympy.diff(flow, tau), 2 * (truth * flow + flow * truth) - 4 * flow**2),
        identity(flow.subs(tau, 0), start * start.T),
    )


@item("cubic_map_ideal_step", "cubic_map_of_matrices")
def cubic_step():
    """v+^2 - 1 = (v^2-1)(1 - 2a v^2 + a^2 v^2 (v^2-1)); 4(1+a)^3 = 27(2+a) only at a = 2."""
    off = v**2 - 1
    return all_of(
        identity(cubic_map(v, a) ** 2 - 1, off * (1 - 2 * a * v**2 + a**2 * v**2 * off)),
        # largest value v+ = (2/3)(1+a) sqrt((1+a)/(3a)) against the outer fixed cycle sqrt((2+a)/a)
        identity(4 * (1 + a) ** 3 - 27 * (2 + a), (a - 2) * (2 * a + 5) ** 2),
    )


@item("cubic_map_ideal_step")
def cubic_no_overshoot():
    """v <= v+ <= 1 for 0 < a <= 1/2, 0 < v <= 1."""
    v, a = reals("v a")
    new = cubic_map(v, a)
    inside = (a > 0, 2 * a <= 1, v > 0, v <= 1)
    return polynomial(z3.And(new >= v, new <= 1), assumptions=inside)


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
    return identity((1 - x) * (1 + x), 1 - x**2)


# Thresholds of recovery, Sign-RIP from the l1/l2 property, and rank-1 critical points

CRITICAL = "arXiv:2102.02969, rank-1 critical points; constants derived"
SMALL_P = ("exact_recovery_at_small_p", "exact_recovery_at_small_p_at_scale")


@item("rank1_critical_points", source=CRITICAL)
def critical_point_energies():
    """|Delta u|^2 <= delta^2 |Delta|^2 |u|^2 iff (q-c)^2 <= c^2 - (c-delta^2)/(1-delta^2)."""
    u = sympy.Matrix([x, y])  # in the plane of u and u*
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
