"""Chi-squares of naive Bayes, union and Chebyshev steps, existence of LR, consistency."""

import sympy
import z3

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import exp, rational, relu_mean, relu_square
from theory.generative_discriminative import (
    consistency, deviation_chance, least_regret, margin_bound, margin_chance,
)  # fmt: skip

item = Proofs()
t, u, v, a, b, c, e, r, lam = sympy.symbols("t u v a b c e r lambda", positive=True)
n, m, D2 = sympy.symbols("n m D2", positive=True)


# --------------------------------------------------------------------------------------------
# Naive Bayes


@item("nb_exact_error", "nb_exact_unequal", "nb_exact_unequal_other")
def product_as_squares():
    """u v = (s_u s_v/2)((1 + rho) A^2 - (1 - rho) B^2), A, B = (u/s_u +- v/s_v)/sqrt(2 (1 +- rho)).

    rho = 0 for equal samples; L+ + L- = Delta^2 (1/s_u^2 + 1/(4 s_v^2)).
    """
    rho = sympy.symbols("rho", real=True)
    A2 = (u / a + v / b) ** 2 / (2 * (1 + rho))
    B2 = (u / a - v / b) ** 2 / (2 * (1 - rho))
    shifts = [D2 * (1 / a + s / (2 * b)) ** 2 / 2 for s in (-1, 1)]
    return all_of(
        identity(a * b / 2 * ((1 + rho) * A2 - (1 - rho) * B2), u * v),
        identity(sum(shifts), D2 * (1 / a**2 + 1 / (4 * b**2))),
    )


@item("nb_exact_unequal", "nb_exact_unequal_other")
def covariance_of_difference_and_middle():
    """u = x1 - x0, v = x - (x0 + x1)/2: Cov = (1/m0 - 1/m1)/2, 0 for equal samples."""
    m0, m1 = sympy.symbols("m0 m1", positive=True)
    first, second = sympy.Matrix([-1, 1, 0]), sympy.Matrix([-sympy.S.Half, -sympy.S.Half, 1])
    law = sympy.diag(1 / m0, 1 / m1, 1)
    return all_of(
        identity((first.T * law * second)[0], (1 / m0 - 1 / m1) / 2),
        identity((first.T * law * first)[0], 1 / m0 + 1 / m1),
        identity((second.T * law * second)[0], 1 + (1 / m0 + 1 / m1) / 4),
    )


@item("nb_any_m", "nb_estimated_variances")
def variance_of_the_product():
    """Var(u v) = s_u^2 s_v^2 + s_u^2 b^2 + s_v^2 a^2; of u v/s^2 over (E s^-2)^2 it is R times the
    square less a^2 b^2, so R Var + (R - 1) a^2 b^2 with a = delta, b = -delta/2: delta^4/4.
    """
    R, delta = sympy.symbols("R delta", positive=True)
    second = (u**2 + a**2) * (v**2 + b**2)  # E u^2 v^2, with spreads u and v about a and b
    variance = second - a**2 * b**2
    return all_of(
        identity(variance, u**2 * v**2 + u**2 * b**2 + v**2 * a**2),
        identity(R * second - a**2 * b**2, R * variance + (R - 1) * a**2 * b**2),
        identity((a**2 * b**2).subs({a: delta, b: delta / 2}), delta**4 / 4),
    )


@item("nb_estimated_variances")
def ratio_of_inverse_moments():
    """E s^-4/(E s^-2)^2 = (nu - 2)/(nu - 4) for a chi-square s^2 of nu degrees."""
    nu, x = sympy.symbols("nu x", positive=True)

    def moment(k):
        # Gamma(nu/2 - k)/(2^k Gamma(nu/2)), by Gamma(z + 1) = z Gamma(z)
        value = sympy.S.One
        for j in range(1, k + 1):
            value /= 2 * (nu / 2 - j)
        return value

    density = x ** (6 - 1) * sympy.exp(-x / 2)  # 12 degrees
    total = sympy.integrate(density, (x, 0, sympy.oo))
    seen = [sympy.integrate(density / x**k, (x, 0, sympy.oo)) / total for k in (1, 2)]
    return all_of(
        identity(moment(2) / moment(1) ** 2, (nu - 2) / (nu - 4)),
        identity(seen[0], moment(1).subs(nu, 12)),
        identity(seen[1], moment(2).subs(nu, 12)),
    )


@item("nb_estimated_variances")
def estimating_costs():
    """R V + (R - 1) F >= V for R = (m - 4)/(m - 6), m > 6: never better than known variances."""
    M, V, F = reals("M V F")
    return polynomial((M - 4) * V + 2 * F >= (M - 6) * V, assumptions=[M > 6, V >= 0, F >= 0])


@item("nb_fixed_information", "nb_growing_information", "nb_upper_log_n")
def samples_by_inversion():
    """m = 16 n z^2/(Delta^2 (Delta^2 - 4 z^2)) solves (Delta^2/2)/sqrt(Delta^2 + 4 n/m) = z."""
    z = sympy.symbols("z", positive=True)
    samples = 16 * n * z**2 / (D2 * (D2 - 4 * z**2))
    return identity(D2**2 / 4 / (D2 + 4 * n / samples), z**2)


@item("nb_uniform_deviation", "nb_union_bound")
def union_bound_is_above():
    """1 - (2 Phi(x) - 1)^N <= 2 N exp(-x^2/2) for N = 100, x = eps sqrt(m) <= 6, in balls."""

    def slack(x):
        return 200 * exp(-(x**2) / 2) - 1 + deviation_chance(x, 1, 100)

    return inequality(slack, {"x": ("0.1", 6)})


@item("nb_log_n_tight_unsmoothed")
def laplace_smoothing():
    """(c + 1)/(m + 2) - p = (m/(m + 2))(c/m - p) + (1 - 2 p)/(m + 2)."""
    p = sympy.symbols("p", real=True)
    return identity((c + 1) / (m + 2) - p, m / (m + 2) * (c / m - p) + (1 - 2 * p) / (m + 2))


@item("margin_function")
def chebyshev_step():
    """G(tau) <= alpha/((beta - tau)^2 n), n = 100, tau = 1/4, Delta^2 in [60, 400], in balls."""
    return inequality(
        lambda information: (
            margin_bound(rational(1, 4), information, 100)
            - margin_chance(rational(1, 4), information, 100)
        ),
        {"information": (60, 400)},
    )


@item("nb_paper_model", "nb_first_grid_point_fails")
def no_class_in_the_middle_of_two_others():
    """2 x_c = x_a + x_b has no solution in distinct means of -1, 1, 2, 4, .., 2^29; one in 0, 1, 2.

    the paper's assumption on separation fails where a mean is in the middle of two others
    """

    def free(means):
        found = set(means)
        return not any(
            2 * x == first + second
            for i, first in enumerate(means)
            for second in means[:i]
            for x in found - {first, second}
        )

    return exact(
        lambda: free([-1] + [2**k for k in range(30)]) and not free([0, 1, 2]),
        "all triples of 31 means",
    )


@item("kantorovich_nb_loss", "kantorovich_is_attained", "lr_asymptote_not_worse")
def kantorovich_in_two_dimensions():
    """(x'x)^2 >= (1 - c^2) x'C x x'C^-1 x, and 4 k/(1 + k)^2 = 1 - c^2 for k = (1 + c)/(1 - c)."""
    x, y, rho = reals("x y rho")
    quadratic = x * x + y * y + 2 * rho * x * y
    inverse = x * x + y * y - 2 * rho * x * y  # over 1 - rho^2
    square = (x * x + y * y) * (x * x + y * y)
    cs = sympy.symbols("cs", positive=True)
    k = (1 + cs) / (1 - cs)
    return all_of(
        polynomial(
            z3.And(
                square >= quadratic * inverse, z3.Implies(y == 0, square == quadratic * inverse)
            ),
            assumptions=[rho > -1, rho < 1],
        ),
        identity(4 * k / (1 + k) ** 2, 1 - cs**2),
    )


@item("kantorovich_nb_loss", "lr_asymptote_not_worse")
def kantorovich_rises():
    """sqrt(k)/(1 + k) is 1/2 at k = 1 and falls: its slope is (1 - k)/(2 sqrt(k) (1 + k)^2)."""
    k = sympy.symbols("k", positive=True)
    share = sympy.sqrt(k) / (1 + k)
    return all_of(
        identity(share.subs(k, 1), sympy.S.Half),
        identity(share.diff(k), (1 - k) / (2 * sympy.sqrt(k) * (1 + k) ** 2)),
    )


# --------------------------------------------------------------------------------------------
# Logistic regression


@item("lr_mle_asymptotics", "ridge_lr_anisotropic")
def slopes_of_the_prox():
    """P - lambda s(P) = v, s = sigmoid(-P): dv = (1 + lambda s (1 - s)) dP > 0, so one root, and
    ds/dv = -s (1 - s)/(1 + lambda s (1 - s)).
    """
    P = sympy.symbols("P", real=True)
    s = 1 / (1 + sympy.exp(P))
    value = P - lam * s
    S, L = reals("S L")
    return all_of(
        identity(value.diff(P), 1 + lam * s * (1 - s)),
        identity(s.diff(P) / value.diff(P), -s * (1 - s) / (1 + lam * s * (1 - s))),
        polynomial(1 + L * S * (1 - S) >= 1, assumptions=[L > 0, S > 0, S < 1]),
    )


@item("lr_existence_threshold", "max_margin_asymptotics")
def moments_of_the_half_line():
    """E (Z - x)_+^2 = (1 + x^2) Phi(-x) - x phi(x); its slope -2 E (Z - x)_+ gives the least s."""
    x, s = sympy.symbols("x s", positive=True)
    phi = sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
    below = sympy.erfc(x / sympy.sqrt(2)) / 2
    square, mean = (1 + x**2) * below - x * phi, phi - x * below
    bracket = square.subs(x, s * r) / (1 - s**2)
    stationary = s * square.subs(x, s * r) - r * (1 - s**2) * mean.subs(x, s * r)
    return all_of(
        identity(square.diff(x), -2 * mean),
        identity(bracket.diff(s) * (1 - s**2) ** 2 / 2, stationary),
    )


@item("threshold_is_an_error")
def the_threshold_is_its_own_error():
    """E(Z + x)_+^2 = Phi + x E(Z + x)_+ at x = -s r: at the least s, Phi(-s r) = kappa*."""
    s, F, M = sympy.symbols("s F M", positive=True)  # Phi(x), E(Z + x)_+
    square = F - s * r * M
    mean = sympy.solve(s * square - r * (1 - s**2) * M, M)[0]
    x = sympy.symbols("x", real=True)
    phi = sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
    below = sympy.erfc(-x / sympy.sqrt(2)) / 2
    return all_of(
        identity(square.subs(M, mean) / (1 - s**2), F),
        identity((1 + x**2) * below + x * phi, below + x * (phi + x * below)),
    )


@item("lr_existence_threshold")
def cover_is_the_largest():
    """E (Z - x)_+^2 falls in x, from 1/2 at 0: so kappa*(r) <= 1/2, its value at s = 0."""
    return all_of(
        inequality(lambda x: relu_mean(-x), {"x": (0, 8)}, strict=True),
        inequality(lambda x: rational(1, 2) - relu_square(-x), {"x": (0, 8)}),
    )


@item("relative_efficiency", "lda_proportional")
def first_order_slopes():
    """d/dkappa of the two z's at 0: -2/Delta for NB, -(2/Delta + Delta/2) for LDA, times phi/2."""
    kappa, delta = sympy.symbols("kappa delta", positive=True)
    naive = delta**2 / (2 * sympy.sqrt(delta**2 + 4 * kappa))
    lda = naive * sympy.sqrt(1 - kappa)
    return all_of(
        identity(naive.diff(kappa).subs(kappa, 0), -1 / delta),
        identity(lda.diff(kappa).subs(kappa, 0), -(1 / delta + delta / 4)),
    )


@item("relative_efficiency")
def symmetric_form_of_the_information():
    """sig(v) sig(-v) N(v; D^2/2, D^2) = exp(-D^2/8) e^(v/2)/(4 cosh^2(v/2)) N(v; 0, D^2)."""
    x, delta = sympy.symbols("x delta", positive=True)
    logistic = 1 / ((1 + sympy.exp(-x)) * (1 + sympy.exp(x)))
    left = logistic * sympy.exp(-((x - delta**2 / 2) ** 2) / (2 * delta**2))
    right = sympy.exp(-(delta**2) / 8 + x / 2 - x**2 / (2 * delta**2)) / (
        2 + sympy.exp(x) + sympy.exp(-x)
    )
    return all_of(
        identity(left, right),
        identity((sympy.exp(x / 2) + sympy.exp(-x / 2)) ** 2, 2 + sympy.exp(x) + sympy.exp(-x)),
    )


# --------------------------------------------------------------------------------------------
# The consistency of the logistic loss


@item("h_consistency_logistic", "h_consistency_sharp", "bounded_scores")
def quadratic_below():
    """T'' = 1/(1 - t^2) >= 1 and T(0) = T'(0) = 0: T(t) >= t^2/2; on theory's T, in balls."""
    T = (1 + t) / 2 * sympy.log(1 + t) + (1 - t) / 2 * sympy.log(1 - t)
    return all_of(
        identity(T.diff(t, 2), 1 / (1 - t**2)),
        identity(T.subs(t, 0), sympy.S.Zero),
        identity(T.diff(t).subs(t, 0), sympy.S.Zero),
        inequality(lambda x: consistency(x) - x**2 / 2, {"x": ("0.01", "0.999")}),
    )


@item("h_consistency_of_a_pair", "h_consistency_sharp")
def smaller_pairs_cost_more():
    """d/dc of c T(t/c) is (1/2) ln(1 - (t/c)^2) <= 0: so c T(t/c) >= T(t)."""
    x = sympy.symbols("x", positive=True)  # t/c

    def T(y):
        return (1 + y) / 2 * sympy.log(1 + y) + (1 - y) / 2 * sympy.log(1 - y)

    return all_of(
        identity((T(x) - x * T(x).diff(x)), (sympy.log(1 - x) + sympy.log(1 + x)) / 2),
        inequality(
            lambda largest, gap: least_regret(largest, largest - gap) - consistency(gap),
            {"largest": ("0.3", "0.45"), "gap": ("0.05", "0.25")},
        ),
    )


@item("h_consistency_of_a_pair")
def the_tie_is_least():
    """-p ln s - q ln(c - s), q < p: its slope in s is not positive up to the tie s = c/2.

    So with s_max <= s_j the least is at the tie, where the regret is p ln(2 p/c) + q ln(2 q/c) =
    c T(t/c).
    """
    s, p, q = sympy.symbols("s p q", positive=True)
    loss = -p * sympy.log(s) - q * sympy.log(p + q - s)
    P, Q, S = reals("P Q S")
    return all_of(
        identity(loss.diff(s), -p / s + q / (p + q - s)),
        # times s (c - s): q s - p (c - s) < 0 for s <= c/2
        polynomial(
            Q * S - P * (P + Q - S) <= 0, assumptions=[Q > 0, P >= Q, S > 0, 2 * S <= P + Q]
        ),
        identity(
            p * sympy.log(2 * p / (p + q)) + q * sympy.log(2 * q / (p + q)),
            p * sympy.log(1 + (p - q) / (p + q)) + q * sympy.log(1 - (p - q) / (p + q)),
        ),
    )


@item("bounded_scores", "bounded_scores_attained")
def best_bounded_score():
    """d/du of the two-class loss is (tanh(u/2) - t)/2: its least is at u = 2 artanh t, or at L."""
    x = sympy.symbols("x", real=True)
    loss = (1 + t) / 2 * sympy.log(1 + sympy.exp(-x)) + (1 - t) / 2 * sympy.log(1 + sympy.exp(x))
    half = (sympy.exp(x) - 1) / (sympy.exp(x) + 1)  # tanh(x/2)
    return identity(loss.diff(x), (half - t) / 2)


@item("three_classes_lr", "three_classes_lr_paper")
def gauge_and_bend_of_softmax():
    """u, v = w_0 - w_1, w_2 - w_1: sum w_k^2 = u^2 + v^2 - (u + v)^2/3; and ds = diag(s) - s s'."""
    p, q, w, x = sympy.symbols("p q w x", real=True)
    first, last, whole = 2 * w + x, w + 2 * x, 1 + exp(p) + exp(q)  # w_1 = -w - x
    s = sympy.Matrix([exp(p), exp(q)]) / whole
    bend = sympy.diag(*s) - s * s.T
    size = first**2 + last**2 - (first + last) ** 2 / 3
    slopes = s.jacobian([p, q])
    return all_of(identity(w**2 + x**2 + (w + x) ** 2, size),
                  *(identity(slopes[i], bend[i]) for i in range(4)))  # fmt: skip
