"""Why one pass closes on second moments, when it is stable, and why fresh data win."""

import itertools
from fractions import Fraction

import numpy as np
import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import exp, expm1, rational
from theory.one_epoch import (
    adjustment_penalty, adjustment_speedup, best_size, crossing_compute, curve_kernel,
    decayed_error, fresh_risk, mode_stop, source_term,
)  # fmt: skip
from theory.one_epoch.one_pass import advance, factor

item = Proofs()
lam, eta, B, s, g, r2, s2, tau, om, N = sympy.symbols(
    "lam eta B s g r2 s2 tau omega N", positive=True
)


def wick(values):
    """E x_a x_b x_c x_e of independent coordinates with variances ``values``."""
    return lambda a, b, c, e: (
        values[a] * values[c] * ((a == b) * (c == e))
        + values[a] * values[b] * ((a == c) * (b == e) + (a == e) * (b == c))
    )


@item("one_pass_recursion")
def fourth_moments():
    """E x x'M x x' = 2 L M L + tr(L M) L, d = 2, 3, M symmetric; fourth moments by pairings."""
    parts = []
    for d in (2, 3):
        values = sympy.symbols(f"l:{d}", positive=True)
        moment = wick(values)
        M = sympy.Matrix(d, d, lambda i, j: sympy.Symbol(f"m{min(i, j)}{max(i, j)}"))
        L = sympy.diag(*values)
        right = 2 * L * M * L + (L * M).trace() * L
        for i, j in itertools.product(range(d), repeat=2):
            left = sum(moment(i, a, b, j) * M[a, b] for a in range(d) for b in range(d))
            parts.append(identity(left, right[i, j]))
    return all_of(*parts)


def enumerated(values, truth, rate, batch, steps):
    """E (w_j - beta_j)^2 lam_j after steps, by all draws of three-point coordinates, exactly.

    A coordinate is sqrt(lam) k, k in {-1, 0, 1} sqrt 3: in units where sqrt(3 lam_j) = size_j.
    """
    kinds = [(-1, Fraction(1, 6)), (0, Fraction(2, 3)), (1, Fraction(1, 6))]
    d = len(truth)
    states = {tuple([Fraction(0)] * (d - 1)): Fraction(1)}
    for _ in range(steps):
        after: dict[tuple[Fraction, ...], Fraction] = {}
        for w, chance in states.items():
            for draws in itertools.product(kinds, repeat=batch * d):
                slope, share = [Fraction(0)] * (d - 1), chance
                for b in range(batch):
                    x = [
                        v * k for v, (k, _) in zip(values, draws[b * d : (b + 1) * d], strict=True)
                    ]
                    gap = sum(x[j] * (w[j] - truth[j]) for j in range(d - 1)) - x[-1] * truth[-1]
                    slope = [a + gap * x[j] for j, a in enumerate(slope)]
                for _, c in draws:
                    share *= c
                w2 = tuple(a - rate * e / batch for a, e in zip(w, slope, strict=True))
                after[w2] = after.get(w2, Fraction(0)) + share
        states = after
    var = [v * v / 3 for v in values]
    return [
        var[j] * sum(c * (w[j] - truth[j]) ** 2 for w, c in states.items()) for j in range(d - 1)
    ]


@item("one_pass_recursion", "untrained_part_is_noise")
def recursion_by_enumeration():
    """Two trained and one untrained coordinate, all draws: the recursion, in fractions."""

    def agree():
        truth, rate = [Fraction(1), Fraction(-2), Fraction(1, 2)], Fraction(1, 5)
        values = [Fraction(3, 2), Fraction(1), Fraction(1, 2)]
        var = np.array([v * v / 3 for v in values], object)
        tail = var[2] * truth[2] ** 2
        for batch, steps in ((1, 2), (2, 1)):
            parts = np.array([var[j] * truth[j] ** 2 for j in range(2)], object)
            for _ in range(steps):
                parts = advance(parts, var[:2], rate, batch, tail)
            if list(parts) != enumerated(values, truth, rate, batch, steps):
                return False
        return True

    return exact(agree, "enumeration of all draws of three-point coordinates, B = 1 and 2")


@item("ms_stability", "volterra_form")
def mass_of_the_kernel():
    """1 - rho = eta lam (2 - eta lam (1 + 1/B)); (eta^2/B) lam^2/(1 - rho) is kappa's term."""
    rho = factor(lam, eta, B)
    return all_of(
        identity(1 - rho, eta * lam * (2 - eta * lam * (1 + 1 / B))),
        identity(eta**2 / B * lam**2 / (1 - rho), eta / B * lam / (2 - eta * lam * (1 + 1 / B))),
    )


@item("ms_stability", "critical_step_at_least", "critical_step_at_most")
def critical_step_by_ratios():
    """eta = 2 B theta/(lam_1 (B + 1)): kappa has terms theta q/((1 - theta q)(B + 1)); bounds."""
    q, theta, d = sympy.symbols("q theta d", positive=True)
    top = sympy.symbols("lam_1", positive=True)
    step = 2 * B * theta / (top * (B + 1))
    x = q * top
    term = step / B * x / (2 - step * x * (1 + 1 / B))
    most, least = (B + 1) / (B + 2), (B + 1) / (B + 1 + d)
    Q, D, b = reals("q d B")
    inside = [Q > 0, Q <= 1, D >= 1, b >= 1]
    return all_of(
        identity(term, theta * q / ((1 - theta * q) * (B + 1))),
        identity(most / (1 - most), B + 1),
        identity(d * least / (1 - least), B + 1),
        # at the lower end every term is at most that of q = 1
        polynomial(Q * (b + 1 + D - (b + 1)) <= b + 1 + D - (b + 1) * Q, assumptions=inside),
    )


@item("stationary_excess", "finite_size_plateau", "plateau_is_reached")
def geometric_feedback():
    """R = tail + kappa (R + s2) has the solution (tail + kappa s2)/(1 - kappa)."""
    tail, kappa = sympy.symbols("tail kappa", positive=True)
    R = (tail + kappa * s2) / (1 - kappa)
    return all_of(
        identity(R, tail + kappa * (R + s2)), identity(R, tail + kappa * (s2 + tail) / (1 - kappa))
    )


@item("power_law_loss_curve", "noise_limited_curve")
def laplace_integrals():
    """int_0^inf j^-s e^(-T j^-a) dj = Gamma(p) T^-p/a, a = 2, s = 3, 4, and the kernel's."""
    j, T = sympy.symbols("j T", positive=True)
    parts = []
    for a, power in ((2, 3), (2, 4)):
        left = sympy.integrate(j**-power * sympy.exp(-T * j**-a), (j, 0, sympy.oo))
        parts.append(identity(left, source_term(sympy.Integer(a), sympy.Integer(power), T)))
    t = T / (2 * eta)
    left = eta**2 / B * sympy.integrate(j**-4 * sympy.exp(-T * j**-2), (j, 0, sympy.oo))
    return all_of(*parts, identity(left, curve_kernel(sympy.Integer(2), eta, B, t)))


@item(
    "adjustment_penalty_of_size",
    "size_adjustment_speedup",
    "compute_optimal_size",
    "compute_optimal_risk",
)
def lagrange():
    """u A N^-u = p D T^-p at N*; k N* costs (p k^-u + u k^p)/(p + u); p = u/a: C^(1/(1 + a))."""
    A, D, C, u, p, k, a = sympy.symbols("A D C u p k a", positive=True)
    best = best_size(C, A, D, u, p)
    first, second = A * best**-u, D * (C / best) ** -p
    left = lambda x: sympy.log(x).expand(force=True)  # noqa: E731
    factor_of_k = (p * k**-u + u * k**p) / (p + u)
    return all_of(
        identity(sympy.expand_log(left(u * first) - left(p * second), force=True), 0),
        identity((first * k**-u + first * u / p * k**p) / (first + first * u / p), factor_of_k),
        identity(adjustment_penalty(k, u, p), factor_of_k),
        identity(
            sympy.log(adjustment_speedup(k, u, p)), sympy.log(factor_of_k) * (u + p) / (u * p)
        ),
        identity((p / (u + p)).subs(p, u / a), 1 / (1 + a)),
        identity((u * p / (u + p)).subs(p, u / a), u / (1 + a)),
    )


@item("tokens_per_parameter", "fixed_ratio")
def ratio_of_exponents():
    """a/(1 + a) - 1/(1 + a) = (a - 1)/(a + 1), 0 at a = 1 only."""
    (a,) = reals("a")
    x = sympy.symbols("a", positive=True)
    return all_of(
        identity(x / (1 + x) - 1 / (1 + x), (x - 1) / (x + 1)),
        polynomial(a - 1 != 0, assumptions=[a > 1]),
    )


@item("sizes_cross")
def crossing_of_two_sizes():
    """u = 2, p = 1, k = 3: both losses agree at the crossing."""
    A, D, size = sympy.symbols("A D N", positive=True)
    C = crossing_compute(size, sympy.Integer(3), A, D, sympy.Integer(2), sympy.Integer(1))
    loss = lambda n: A / n**2 + D * n / C  # noqa: E731
    return identity(loss(size), loss(3 * size))


@item("repeat_is_worse", "first_epochs_free")
def moments_of_the_law():
    """int s dmu = 1, Var_mu s = g (g < 1, by angles), and the second order g (2 r2 + s2)."""
    th, root = sympy.symbols("theta h", positive=True)  # h = sqrt g
    at = 1 + root**2 + 2 * root * sympy.cos(th)
    mean = lambda f: sympy.integrate(  # noqa: E731
        sympy.expand(2 / sympy.pi * sympy.sin(th) ** 2 * f), (th, 0, sympy.pi)
    )
    gap = (
        r2 * (sympy.exp(-2 * tau * s) - fresh_risk(tau, 1))
        + s2 * g * (1 - sympy.exp(-tau * s)) ** 2 / s
    )
    order = sympy.series(gap, tau, 0, 3).removeO()
    m1, m2 = sympy.Integer(1), 1 + g
    order = sympy.expand(order)
    averaged = sum(order.coeff(s, k) * m for k, m in enumerate((1, m1, m2)))
    return all_of(
        identity(mean(sympy.Integer(1)), 1),  # int s dmu: the density has 1/s
        identity(mean(at), 1 + root**2),  # int s^2 dmu
        identity(averaged, g * tau**2 * (2 * r2 + s2)),
    )


@item("repeat_is_worse")
def tangent():
    """e^(-2 tau s) >= e^(-2 tau) (1 - 2 tau (s - 1)), s in [0, 6], tau in [1/100, 2], in balls."""
    tangent_gap = lambda s, tau: exp(-2 * tau * s) - fresh_risk(tau, 1) * (1 - 2 * tau * (s - 1))  # noqa: E731
    x = sympy.symbols("x", real=True)
    return all_of(
        inequality(lambda s, tau: tangent_gap(s, tau), {"s": (2, 6), "tau": ("1/10", 2)}),
        inequality(lambda s, tau: tangent_gap(s, tau), {"s": (0, "1/2"), "tau": ("1/10", 2)}),
        identity(sympy.diff(sympy.exp(-x), x, 2), sympy.exp(-x)),
    )


@item("direction_overfits_after", "stopping_after_the_fastest", "overfit_iff_noise")
def best_time_of_a_direction():
    """r2 e^(-2 tau s) + s2 g (1 - e^(-tau s))^2/s turns at e^(tau s) = 1 + s r2/(s2 g)."""
    risk = r2 * sympy.exp(-2 * tau * s) + s2 * g * (1 - sympy.exp(-tau * s)) ** 2 / s
    x = sympy.symbols("x", positive=True)
    slope = (
        sympy.diff(risk, tau).subs(sympy.exp(-tau * s), 1 / x).subs(sympy.exp(-2 * tau * s), x**-2)
    )
    return all_of(
        identity(sympy.simplify(slope), 2 * (s2 * g * (x - 1) - r2 * s) / x**2),
        inequality(
            lambda s: (
                mode_stop(s, rational(1, 2), rational(1, 2))
                - mode_stop(s + rational(1, 10), rational(1, 2), rational(1, 2))
            ),
            {"s": ("1/10", 3)},
        ),
    )


@item("many_epochs_few_dimensions", "many_epochs_many_dimensions")
def inverse_moment():
    """int 1/s dmu = 1/(1 - g): g m^2 r + (1 - g + r) m = 1 at r = 0; g > 1 by the companion law."""
    m = 1 / (1 - g)
    companion = 1 / (1 - 1 / g)  # of XX'/d, aspect n/d = 1/g
    return all_of(
        identity((1 - g) * m, 1),
        # s of X'X/n is g times that of XX'/d; the share 1/g of directions has s > 0
        identity(s2 * g * (1 / g) * companion / g, s2 / (g - 1)),
    )


@item("regularisation_only_slows", "more_decay_is_slower", "decayed_flow")
def decay_slows():
    """(1 - e^(-x tau))/x falls in x, in balls; the error solves its equation."""
    falls = lambda x, tau: -(exp(-x * tau) * x * tau + expm1(-x * tau))  # noqa: E731
    error = decayed_error(lam, om, tau)
    w = 1 - error
    return all_of(
        inequality(falls, {"x": ("1/10", 3), "tau": ("1/10", 20)}),
        identity(sympy.diff(w, tau), lam * (1 - w) - om * w),
        identity(error.subs(om, 0), sympy.exp(-lam * tau)),
    )
