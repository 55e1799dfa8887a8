"""Why rounds are powers, how near they stay, what mixing reaches, and how many rounds there are."""

from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import Ball, ball_precision, exp, log, log1p, rational, sqrt
from theory.self_distillation import best_round, removed, round_filter, tuned_filter, zeta
from theory.self_distillation.risk import slope_and_curve

item = Proofs()
s2, lam, t, tau, alpha = sympy.symbols("s2 lambda t tau alpha", positive=True)
a, b, g, h, n, sigma = sympy.symbols("a b g h n sigma", positive=True)
SHARE = s2 / (s2 + lam)


@item("round_filter", "fixed_penalty_ratio", "removed_by_round")
def one_more_round():
    """g^(t+2) = g g^(t+1), with g the minimiser of (s w - y)^2/2 + lambda w^2/2 over y/s."""
    w, y = sympy.symbols("w y", real=True)
    s = sympy.sqrt(s2)
    slope = sympy.diff((s * w - y) ** 2 / 2 + lam * w**2 / 2, w)
    return all_of(
        identity(slope.subs(w, SHARE * y / s), 0),
        identity(round_filter(s2, lam, 0), SHARE),
        *(identity(round_filter(s2, lam, k), SHARE ** (k + 1)) for k in range(1, 5)),
        *(identity(removed(s2, lam, k), SHARE**k - SHARE ** (k + 1)) for k in range(4)),
    )


@item("universal_distance_bound", "every_direction_bounded", "bound_is_attained")
def largest_at():
    """d/ds2 of log(g^(t+1)/s) is (lambda (2t + 1) - s2)/(2 s2 (s2 + lambda)): one maximum."""
    log_share = (t + sympy.Rational(1, 2)) * sympy.log(s2) - (t + 1) * sympy.log(s2 + lam)
    return all_of(
        identity(sympy.diff(log_share, s2), (lam * (2 * t + 1) - s2) / (2 * s2 * (s2 + lam))),
        *(
            identity(
                round_filter((2 * k + 1) * lam, lam, k) / sympy.sqrt(2 * k + 1),
                zeta(sympy.Integer(k)),
            )
            for k in range(5)
        ),
    )


@item("distance_strictly_decreases", "generalisation_bound", "zeta_scaling")
def zeta_falls():
    """d/dt log zeta = log((2t + 1)/(2t + 2)) < 0: the other terms cancel."""
    log_zeta = (t + sympy.Rational(1, 2)) * sympy.log(2 * t + 1) - (t + 1) * sympy.log(2 * t + 2)
    return identity(sympy.diff(log_zeta, t), sympy.log(2 * t + 1) - sympy.log(2 * t + 2))


@item("zeta_constant", "zeta_scaling")
def zeta_above_its_limit():
    """zeta(t)^2 2e (t + 1) > 1: (1 - u) log(1 - u) + u >= u^2/2, u = 1/(2t + 2) in [1e-4, 1/2]."""

    def gap(u):
        return (1 - u) * log1p(-u) + u - u**2 / 2

    return all_of(
        inequality(gap, {"u": ("0.0001", "0.5")}),
        inequality(
            lambda t: zeta(t) * sqrt(2 * (t + 1)) * exp(rational(1, 2)) - 1,
            {"t": (0, 200)},
            strict=True,
        ),
    )


@item("finetuning_keeps_the_order", "finetuned_distance", "same_signs_are_enough")
def fine_tuning_keeps_the_order():
    """e g^(t+2) + 1 - e < e g^(t+1) + 1 - e, 0 < e < 1, 0 < g < 1; the flow has that solution."""
    e, G, power = reals("e g power")
    y = sympy.symbols("y", real=True)
    s = sympy.sqrt(s2)
    path = tuned_filter(s2, lam, 2, tau) * y / s
    return all_of(
        polynomial(
            e * power * G + 1 - e < e * power + 1 - e,
            assumptions=[e > 0, e < 1, G > 0, G < 1, power > 0],
        ),
        identity(sympy.diff(path, tau), -s * (s * path - y)),
        identity(path.subs(tau, 0), round_filter(s2, lam, 2) * y / s),
    )


@item("finetune_other_labels_not_monotone")
def other_labels_counterexample():
    """s = lambda = 1, tau = 1/2, a = 1, a' = -1: |coefficient| at t = 1 above that at t = 0."""
    e = sympy.exp(-sympy.Rational(1, 2))
    first = e / 2 - (1 - e)
    second = e / 4 - (1 - e)
    return exact(lambda: bool(sympy.Abs(second) > sympy.Abs(first)), "exp(-1/2) by digits")


@item("isotropic_best_round")
def best_of_equal_values():
    """A (1 - h)^2 + B h^2 is least at h = A/(A + B), with AB/(A + B); g^(t*+1) is that h."""
    risk = a * (1 - h) ** 2 + b * h**2
    best = a / (a + b)
    return all_of(
        identity(sympy.diff(risk, h).subs(h, best), 0),
        identity(risk.subs(h, best), a * b / (a + b)),
        identity((best_round(a, b, g) + 1) * sympy.log(g), sympy.log(a / (a + b))),
    )


@item("optimal_mixing_and_sign_rule", "gain_by_the_slope", "best_ridge_gains_nothing")
def slope_in_the_penalty():
    """dg/dlambda = -g (1 - g)/lambda."""
    return identity(sympy.diff(SHARE, lam), -SHARE * (1 - SHARE) / lam)


@item("optimal_mixing_and_sign_rule", "optimal_mixing_gain", "gain_by_the_slope")
def mixing_quadratic():
    """Two directions: R at h = g - xi q is least at xi* = slope/curve and gains slope^2/(n curve);
    by dg/dlambda = -q/lambda the slope is -(n lambda/2) R'(lambda)."""
    xi = sympy.symbols("xi", real=True)
    shares, power = (np.array(sympy.symbols(f"{x}_1:3", positive=True)) for x in ("g", "P"))
    q = shares * (1 - shares)

    def risk(filters):
        return sum(power * (1 - filters) ** 2 + sigma**2 * filters**2) / n

    slope, curve = slope_and_curve(shares, 1 - shares, power, sigma**2)
    mixed, best = risk(shares - xi * q), slope / curve
    in_lambda = sum(sympy.diff(risk(shares), x) * -y / lam for x, y in zip(shares, q, strict=True))
    return all_of(
        identity(sympy.diff(mixed, xi).subs(xi, best), 0),
        identity(risk(shares) - mixed.subs(xi, best), slope**2 / (n * curve)),
        identity(slope, -n * lam / 2 * in_lambda),
    )


@item("mixed_fixed_point", "mixed_filter_exact", "mixed_round")
def fixed_point_of_a_constant_weight():
    """h = alpha g/(1 - (1 - alpha) g) = s2/(s2 + lambda/alpha), and h_{t+1} = alpha g + (1 -
    alpha) g h_t takes the gap to it down by (1 - alpha) g."""
    fixed = alpha * SHARE / (1 - (1 - alpha) * SHARE)
    step = alpha * SHARE + (1 - alpha) * SHARE * h
    return all_of(
        identity(fixed, s2 / (s2 + lam / alpha)),
        identity(step - fixed, (1 - alpha) * SHARE * (h - fixed)),
        identity(SHARE - fixed, (1 - alpha) * SHARE * lam / (alpha * s2 + lam)),
    )


@item("r_rounds_reach_best_shrinkage", "three_rounds_on_three_values")
def interpolation_is_possible():
    """det (g_i^(j+1) - g_i), i, j = 1 .. r, is prod g_i (g_i - 1) times Vandermonde's: r <= 3."""
    parts = []
    for r in range(1, 4):
        values = [sympy.Symbol(f"g_{k}", positive=True) for k in range(r)]
        matrix = sympy.Matrix(r, r, lambda i, j: values[i] ** (j + 2) - values[i])  # noqa: B023
        product: Any = sympy.prod(v * (v - 1) for v in values)
        for i in range(r):
            product *= sympy.prod(values[j] - values[i] for j in range(i + 1, r))
        parts.append(identity(sympy.expand(matrix.det() - product), 0))
    return all_of(*parts)


@item("three_rounds_on_three_values")
def polynomial_of_three_rounds():
    """h_k = (1 - xi_k) g + xi_k g h_{k-1}: coefficients sum to 1, and xi_3 = 1 - c_1."""
    xi = sympy.symbols("xi_1:4", real=True)
    filters = g
    for x in xi:
        filters = sympy.expand((1 - x) * g + x * g * filters)
    c: list[Any] = [filters.coeff(g, k) for k in range(1, 5)]
    return all_of(
        identity(sum(c), 1),
        identity(1 - c[0], xi[2]),
        identity((1 - c[0] - c[1]), xi[2] * xi[1]),
        identity(c[3], xi[2] * xi[1] * xi[0]),
    )


@item("mixed_rounds_reach_bayes")
def pole_of_the_target():
    """(h* - g)/(g (1 - g)) = 1/(g - c), c = l/(l - lambda), h* = x/(x + l), g = x/(x + lambda)."""
    x, best = sympy.symbols("x l", positive=True)
    share = x / (x + lam)
    target = (x / (x + best) - share) / (share * (1 - share))
    return identity(target, 1 / (share - best / (best - lam)))


@item("constrained_rounds_at_most")
def energy_of_a_round():
    """<D z/(c+D), c z/(c+D)> > 0, so |z|^2 > |D z/(c+D)|^2 + |c z/(c+D)|^2: two modes."""
    c, D1, D2, z1, z2 = reals("c D_1 D_2 z_1 z_2")
    given = [c > 0, D1 > 0, D2 > 0, z1 * z1 + z2 * z2 > 0]
    f1, f2 = D1 * (c + D2), D2 * (c + D1)
    e1, e2 = c * (c + D2), c * (c + D1)
    whole = (c + D1) * (c + D2)
    left = (f1 * z1) * (f1 * z1) + (f2 * z2) * (f2 * z2)
    taken = (e1 * z1) * (e1 * z1) + (e2 * z2) * (e2 * z2)
    return polynomial(whole * whole * (z1 * z1 + z2 * z2) > left + taken, assumptions=given)


@item("constrained_rounds", "equal_eigenvalues_exact", "multiplier_bracket")
def equal_eigenvalues():
    """All D equal: |z| falls by exactly sqrt eps, and c = D sqrt eps/(|z| - sqrt eps)."""
    D, z, root = sympy.symbols("D z e", positive=True)
    c = D * root / (z - root)
    return all_of(identity(c / (c + D) * z, root), identity(D / (c + D) * z, z - root))


@item("basis_sparsification")
def later_rounds_separate_more():
    """(1 + c/D_k)/(1 + c/D_j) rises in c for D_j > D_k."""
    c, high, low = sympy.symbols("c D_j D_k", positive=True)
    ratio = (1 + c / low) / (1 + c / high)
    return identity(sympy.diff(ratio, c), (high - low) * high / (low * (high + c) ** 2))


def certified(D, rho_square, halvings=120):
    """(T, whether every comparison was certain) for targets 1: rational eigenvalues, in balls."""
    z2 = [Ball(1) for _ in D]
    eps = Ball(len(D)) / Ball(int(rho_square.numerator)) * Ball(int(rho_square.denominator))
    for count in range(1000):
        size = sum(z2[1:], z2[0])
        if (size > eps).truth is not True:
            return count, (size <= eps).truth is True
        low, high = Fraction(1, 10**12), Fraction(10**12)
        for _ in range(halvings):
            middle = (low + high) / 2 if high < 4 * low else _geometric(low, high)
            c = _ball(middle)
            error = sum((z * (c / (c + d)) ** 2 for z, d in zip(z2, D, strict=True)), Ball(0))
            if (error < eps).truth is True:
                low = middle
            elif (error > eps).truth is True:
                high = middle
            else:
                break
        c = Ball.hull(_ball(low), _ball(high))
        z2 = [z * (d / (c + d)) ** 2 for z, d in zip(z2, D, strict=True)]
    return 1000, False


def _ball(x):
    return Ball(x.numerator) / Ball(x.denominator)


def _geometric(low, high):
    """A rational near the geometric mean: bits of both averaged."""
    return Fraction(2) ** round(
        (
            low.numerator.bit_length()
            - low.denominator.bit_length()
            + high.numerator.bit_length()
            - high.denominator.bit_length()
        )
        / 2
    )


@item("constrained_rounds", "constrained_rounds_at_most", "rounds_by_the_spectrum")
def certified_numbers_of_rounds():
    """rho = 6.3, targets 1, 30 modes D_i = kappa^(-(i-1)/29): T = 6 at kappa = 1 and 12 at 1e8, in
    balls, between ceil(rho) - 1 = 6 and ceil(rho^2) - 1 = 39."""

    def count(decades):
        with ball_precision(256):
            step = log(Ball(10)) * Ball(-decades) / Ball(29)
            return certified([exp(Ball(i) * step) for i in range(30)], Fraction(3969, 100))

    return all_of(
        exact(lambda: count(0) == (6, True), "halving in balls"),
        exact(lambda: count(8) == (12, True), "halving in balls"),
    )
