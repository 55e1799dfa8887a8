"""Why the law is a chi-square's, why R is I's rate, and why the fallback is bounded."""

from typing import Any

import sympy
import z3

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import exp, log, sqrt
from theory.inductive_bias.linear import price, rate, saddle

item = Proofs()
a, nu, u, k, t, tau = sympy.symbols("a nu u k t tau", positive=True)


@item("linear_exact", "linear_exact_law", "reparametrisation")
def fitting_fixes_the_span_and_leaves_the_rest():
    """theta ~ N(0, tau^2 I_3) given x . theta = y has mean (x/|x|^2) y, covariance tau^2 P.

    derived: P = I - x x'/|x|^2, P^2 = P, P x = 0: off the span nothing changes
    """
    x = sympy.Matrix(sympy.symbols("x1:4", positive=True))
    y = sympy.symbols("y", real=True)
    prior = tau**2 * sympy.eye(3)
    gain = prior * x / (x.T * prior * x)[0]
    covariance = prior - gain * x.T * prior
    P = sympy.eye(3) - x * x.T / (x.T * x)[0]
    zeros = [
        *(covariance - tau**2 * P), *(P * P - P), *(P * x),
        *(gain * y - x * y / (x.T * x)[0]),
    ]  # fmt: skip
    return all_of(*(identity(z, sympy.Integer(0)) for z in zeros))


@item("kernel_exact", "kernel_bias")
def a_learnt_point_has_no_variance():
    """The Schur complement k(x, x) - k(x, X) K^-1 k(X, x) is 0 where x is a training point.

    derived: two training points of correlation c; at a third it is a quotient of determinants.
    """
    c, p, q = sympy.symbols("c p q", real=True)
    K: Any = sympy.Matrix([[1, c], [c, 1]])
    cross = sympy.Matrix([p, q])
    left = 1 - (cross.T * K.inv() * cross)[0]
    whole: Any = sympy.Matrix([[1, c, p], [c, 1, q], [p, q, 1]])
    return all_of(
        identity(left.subs({p: 1, q: c}), sympy.Integer(0)), identity(left * K.det(), whole.det())
    )


@item("dimension_scaling", "dimension_scaling_exponent", "deep_tail_form")
def saddle_is_stationary():
    """K(t) - t a, K = -log(1 + 2t)/2 - nu t/(1 + 2t), is stationary where a u^2 - u - nu = 0.

    derived: u = 1 + 2t = 1/w; minus its value is R, and w = 2a/(1 + sqrt(1 + 4 a nu)) is the root.
    """
    cumulant = log(1 + 2 * t) / 2 + nu * t / (1 + 2 * t)
    slope = sympy.diff(cumulant, t).subs(t, (u - 1) / 2)
    w = 2 * a / (1 + sqrt(1 + 4 * a * nu))
    s = sympy.symbols("s", positive=True)  # w, and a = nu s^2 + s
    value = (cumulant - t * (nu * s**2 + s)).subs(t, (1 / s - 1) / 2)
    R = (nu * (1 - s) ** 2 + s - 1 - log(s)) / 2
    return all_of(
        identity(slope, (u + nu) / u**2),
        identity(sympy.simplify(nu * w**2 + w), a),
        identity(sympy.expand_log(value, force=True), R),
    )


@item("dimension_scaling", "phase_transition", "price_of_an_example")
def rate_is_convex_and_the_price_its_tangent():
    """dR/da = -(1/w - 1)/2 <= 0, d^2R/da^2 >= 0, R - a dR/da = [nu (1 - w) - log w]/2.

    derived: in w in (0, 1), a = nu w^2 + w: R = R' = 0 at w = 1, where a = 1 + nu.
    """
    w = sympy.symbols("w", positive=True)
    R, at = (nu * (1 - w) ** 2 + w - 1 - log(w)) / 2, nu * w**2 + w
    first = sympy.diff(R, w) / sympy.diff(at, w)
    second = sympy.diff(first, w) / sympy.diff(at, w)
    return all_of(
        identity(first, -(1 / w - 1) / 2),
        identity(second, 1 / (2 * w**2 * (1 + 2 * nu * w))),
        identity(R - at * first, (nu * (1 - w) - log(w)) / 2),
        identity(R.subs(w, 1), sympy.Integer(0)),
    )


@item("dimension_scaling", "price_of_an_example", "monotone")
def rate_and_price_are_positive_below_the_mean():
    """R(a, nu) > 0 and R + its slope's part > 0 on [1/100, 19/20] x [0, 4], in balls."""
    box = {"a": ("0.01", "0.95"), "nu": ("0", "4")}
    return all_of(
        inequality(lambda a, nu: rate(a, nu), box, strict=True, time_limit=20),
        inequality(lambda a, nu: price(a, nu), box, strict=True, time_limit=20),
        inequality(lambda a, nu: 1 - saddle(a, nu), box, strict=True, time_limit=20),
    )


@item("one_layer_is_even_but_for_a_line")
def the_odd_part_of_one_layer_is_half_a_line():
    """K(theta) - K(pi - theta) = cos theta, K = (sin + (pi - theta) cos)/pi; of the NTK/2 too."""
    angle = sympy.symbols("theta", positive=True)

    def plain(x):
        return (sympy.sin(x) + (sympy.pi - x) * sympy.cos(x)) / sympy.pi

    def tangent(x):
        return (sympy.cos(x) * (1 - x / sympy.pi) + plain(x)) / 2

    line = sympy.cos(angle)
    return all_of(*(identity(f(angle) - f(sympy.pi - angle), line) for f in (plain, tangent)))


@item("shape_of_a_deep_kernel", "shape_of_a_deep_tangent_kernel")
def a_layer_adds_one_to_three_pi_over_the_angle():
    """3 pi/theta' = 3 pi/theta + 1 + O(theta); a layer of the NTK is (1 - 3/n) = ((n - 1)/n)^3.

    derived: up to n^-2; so Theta/L tends to int s^3 ds = 1/4 off the diagonal, with slope 1/L
    """
    x, c, n = sympy.symbols("x c n", positive=True)
    new = x - x**2 / (3 * sympy.pi) + c * x**3
    gap = sympy.cos(new) - sympy.cos(x) - (sympy.sin(x) - x * sympy.cos(x)) / sympy.pi
    infinity: Any = sympy.oo
    lost = sympy.series(sympy.log(1 - 3 / n) - 3 * sympy.log(1 - 1 / n), n, infinity, 2)
    return all_of(
        identity(sympy.series(gap, x, 0, 4).removeO(), sympy.Integer(0)),
        identity(sympy.limit(3 * sympy.pi * (1 / new - 1 / x), x, 0), sympy.Integer(1)),
        identity(lost.removeO(), sympy.Integer(0)),
    )


@item("small_eps_slope", "small_eps_error")
def small_errors_are_a_density_times_a_volume():
    """(2 pi)^(-r/2) pi^(r/2)/Gamma(r/2 + 1) = 2^(-r/2)/Gamma(r/2 + 1), and r = 1, 2 directly.

    derived: a ball of radius R has volume pi^(r/2) R^r/Gamma(r/2 + 1); E w_j^2 = R^2/(r + 2)
    """
    r, R, x = sympy.symbols("r R x", positive=True)
    volume = sympy.pi ** (r / 2) * R**r / sympy.gamma(r / 2 + 1)
    spread = sympy.integrate(x ** (r + 1), (x, 0, R)) / sympy.integrate(x ** (r - 1), (x, 0, R)) / r
    return all_of(
        identity(volume.subs(r, 1), 2 * R),
        identity(volume.subs(r, 2), sympy.integrate(2 * sympy.pi * x, (x, 0, R))),
        identity(sympy.simplify(spread), R**2 / (r + 2)),
        identity((2 * sympy.pi) ** (-r / 2) * volume.subs(R, 1) * sympy.gamma(r / 2 + 1),
                 2 ** (-r / 2)),
    )  # fmt: skip


@item("matched_degrees_are_too_few", "fit_underestimates_without_limit")
def matched_degrees_by_cauchy_schwarz():
    """(x + y + z)^2 <= 3 (x^2 + y^2 + z^2), with equality only at x = y = z."""
    x, y, z = reals("x y z")
    first, second = x + y + z, x * x + y * y + z * z
    return all_of(
        polynomial(first * first <= 3 * second),
        polynomial(z3.And(x == y, y == z), assumptions=[first * first == 3 * second]),
    )


@item("scaled_chi2_is_exact_iff_flat")
def two_eigenvalues_are_no_scaled_chi_square():
    """Central, r = 2: cumulants sum lam^q, q = 1, 2, 3, are those of s chi^2_df iff lam_1 = lam_2.

    derived: s^q df = sum lam^q, q = 1, 2, 3, needs (sum lam)(sum lam^3) = (sum lam^2)^2
    """
    x, y = sympy.symbols("x y", positive=True)
    gap = (x + y) * (x**3 + y**3) - (x**2 + y**2) ** 2
    p, q = reals("p q")
    same = (p + q) * (p * p * p + q * q * q) == (p * p + q * q) * (p * p + q * q)
    return all_of(
        identity(gap, x * y * (x - y) ** 2), polynomial(p == q, assumptions=[p > 0, q > 0, same])
    )


@item("published_fallback_is_wrong", "fallback_is_bounded")
def sankaran_exponent_is_between_a_third_and_a_half():
    """1/3 <= h < 1/2, h = 1 - (2/3)(df + nc)(df + 3 nc)/(df + 2 nc)^2, df > 0, nc >= 0.

    derived: so (eps/s)^h -> 0 and z tends to -centre/width: the fallback has a limit
    """
    df, nc = reals("df nc")
    double = (df + 2 * nc) * (df + 2 * nc)
    product = (df + nc) * (df + 3 * nc)
    inside = [df > 0, nc >= 0]
    return all_of(
        polynomial(2 * double >= 2 * product, assumptions=inside),  # h >= 1/3
        polynomial(3 * double < 4 * product, assumptions=inside),  # h < 1/2
    )


@item("finite_sample_error_bound")
def elasticity_falls():
    """g = x f/F has x g'/g = k/2 - x/2 - g, and g -> k/2: it falls from there.

    derived: at 0 it falls, and where x g'/g = 0 its slope is -1/2: it is never 0 again
    """
    x = sympy.symbols("x", positive=True)
    F = sympy.Function("F")(x)
    density = x ** (k / 2 - 1) * exp(-x / 2)
    g = x * density / F
    slope = (x * sympy.diff(g, x) / g).subs(sympy.Derivative(F, x), density)
    return identity(sympy.simplify(slope), k / 2 - x / 2 - g)


@item("annealed_over_teachers")
def two_independent_normals_add():
    """theta, theta* ~ N(0, tau^2): theta - theta* ~ N(0, 2 tau^2), by characteristic functions."""
    s = sympy.symbols("s", real=True)
    one: Any = exp(-(tau**2) * s**2 / 2)
    return identity(one * one, exp(-(2 * tau**2) * s**2 / 2))


@item("annealed_jensen")
def minus_log_is_convex():
    """-log(x + y)/2 <= -(log x + log y)/2 for two tasks: x y <= ((x + y)/2)^2."""
    x, y = reals("x y")
    return polynomial(4 * x * y <= (x + y) * (x + y))


@item("boolean_exact", "boolean_exact_floor")
def functions_counted_one_by_one():
    """Of the k^m functions on m unseen points, C(m, j) (k - 1)^j are wrong on j: enumerated.

    derived: m = 4, k = 3 and m = 6, k = 2
    """
    return exact(lambda: all(_counted(m, c) for m, c in ((4, 3), (6, 2))), "all functions listed")


def _counted(m: int, c: int) -> bool:
    import itertools
    import math

    seen = [0] * (m + 1)
    for values in itertools.product(range(c), repeat=m):
        seen[sum(v > 0 for v in values)] += 1
    return seen == [math.comb(m, j) * (c - 1) ** j for j in range(m + 1)]


@item("counting_error", "counting_is_impossible")
def a_count_is_binomial():
    """Var(h/(S q)) = (1/q - 1)/S for h ~ Bin(S, q)."""
    S, q = sympy.symbols("S q", positive=True)
    return identity(S * q * (1 - q) / (S * q) ** 2, (1 / q - 1) / S)
