"""Why InfoNCE is capped, its gap a divergence, and what transport and penalties come to."""

from fractions import Fraction
from itertools import product

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import exp, log, log1p, rational, sqrt
from theory.wasserstein_dependency import (
    chi_square, information, penalised_slope, penalised_value, unseen_chance, w2_distance,
)  # fmt: skip

item = Proofs()
rho, d, x, t, L, g = sympy.symbols("rho d x t lambda gap", positive=True)


@item("pathwise_log_cap", "infonce_below_both")
def sum_holds_the_positive():
    """f_1 - ln(e^(f_1) + s) <= 0 for s > 0: by a = e^(f_1), a <= a + s; equality at s = 0 alone."""
    a, s = reals("a s")
    return all_of(
        polynomial(a <= a + s, assumptions=[a > 0, s >= 0]),
        polynomial(a < a + s, assumptions=[a > 0, s > 0]),
    )


@item("infonce_gap_is_kl", "gap_from_negatives")
def gap_is_a_divergence():
    """M = 2, 3, K = 2 .. 4, by enumeration: the mean of h(rbar) over P is that of rbar h(rbar) over
    Q, for h each indicator: the mean of rbar ln rbar is that of ln rbar."""

    def holds():
        for M, K in product((2, 3), (2, 3, 4)):
            under_p, under_q = {}, {}
            for hits in product((0, 1), repeat=K):
                chance = Fraction(1)
                for hit in hits[1:]:
                    chance *= Fraction(1, M) if hit else Fraction(M - 1, M)
                first = Fraction(1, M) if hits[0] else Fraction(M - 1, M)
                rbar = Fraction(M * sum(hits), K)
                under_q[rbar] = under_q.get(rbar, 0) + first * chance * rbar
                if hits[0]:
                    under_p[rbar] = under_p.get(rbar, 0) + chance
            if any(under_p.get(r, 0) != under_q[r] for r in under_q):
                return False
        return True

    return exact(holds, "enumeration in fractions")


@item("gap_below_chi_square", "infonce_one_over_k", "gaussian_one_over_k")
def chi_square_of_normals():
    """chi^2 + 1 = (1 - rho^2)^-d = e^(2 I), d = 1, 3."""
    rest = 1 - rho**2
    return all_of(
        *(identity(chi_square(rho, sympy.Integer(k)) + 1, rest**-k) for k in (1, 3)),
        *(identity(sympy.exp(2 * information(rho, sympy.Integer(k))), rest**-k) for k in (1, 3)),
    )


@item("gaussian_infonce")
def logarithm_squared():
    """x ln^2 x <= (x - 1)^2: at x = e^(2 s) it is s^2 <= sinh^2 s, and sinh s - s has slope
    (e^(s/2) - e^(-s/2))^2/2 >= 0. So E_P ln^2 rbar = E_Q[rbar ln^2 rbar] <= chi^2/K."""
    s = sympy.symbols("s", real=True)
    sinh = (sympy.exp(s) - sympy.exp(-s)) / 2
    root = sympy.exp(s / 2) - sympy.exp(-s / 2)
    y = sympy.exp(2 * s)
    return all_of(
        identity(sympy.diff(sinh - s, s), root**2 / 2), identity((y - 1) ** 2, 4 * y * sinh**2)
    )


@item("gaussian_infonce", "random_coding_dispersion")
def log_ratio_completes_a_square():
    """ln r = I + s^2/2 - rho^2 |y - x/rho|^2/(2 (1 - rho^2)) of one pair."""
    y = sympy.symbols("y", real=True)
    rest = 1 - rho**2
    log_r = -((y - rho * x) ** 2) / (2 * rest) + y**2 / 2
    return identity(log_r, x**2 / 2 - rho**2 * (y - x / rho) ** 2 / (2 * rest))


@item("deficit_from_above", "deficit_from_below", "saturation_without_dispersion")
def bounds_of_a_logarithm():
    """ln(1 + n) > ln 2, and < ln 2 + (n - 1)/2, for n = 2 .. 100; both are equal at n = 1."""
    return all_of(
        inequality(lambda n: log1p(n) - log(2 + 0 * n), {"n": (2, 100)}, strict=True),
        inequality(lambda n: log(2 + 0 * n) + (n - 1) / 2 - log1p(n), {"n": (2, 100)}, strict=True),
    )


@item("mi_lower_bound_limit", "unseen_below_its_limit", "certificate_fails_above_log_n")
def unseen_rises():
    """(1 - 1/n)^n is 1/4 at 2, rises on [2, 10^4] and stays below 1/e."""
    return all_of(
        identity(sympy.simplify(unseen_chance(sympy.Integer(2))), sympy.Rational(1, 4)),
        inequality(
            lambda n: unseen_chance(n * rational(11, 10)) - unseen_chance(n),
            {"n": (2, 10_000)},
            strict=True,
        ),
        inequality(lambda n: exp(-1 + 0 * n) - unseen_chance(n), {"n": (2, 10_000)}, strict=True),
    )


@item("mixture_within_log_n", "mi_lower_bound_limit")
def ratio_to_a_mixture():
    """p <= n ((1 - 1/n) q + p/n): the log ratio is at most ln n at every point."""
    p, q, n = reals("p q n")
    return polynomial(p <= (n - 1) * q + p, assumptions=[p >= 0, q >= 0, n >= 1])


@item("w2_gaussian", "w2_stays_finite", "displacement_attains_w2")
def bures_of_commuting():
    """d (a^2 + b^2) = d (4 - 2 sqrt(1 + rho) - 2 sqrt(1 - rho))."""
    squared = w2_distance(rho, d) ** 2
    a, b = sympy.sqrt(1 + rho) - 1, 1 - sympy.sqrt(1 - rho)
    return all_of(
        identity(squared, d * (a**2 + b**2), ranges={rho: (0, 1), d: (1, 9)}),
        identity(d * (a**2 + b**2), d * (4 - 2 * sympy.sqrt(1 + rho) - 2 * sympy.sqrt(1 - rho))),
    )


@item("w2_stays_finite")
def w2_below_its_end():
    """4 - 2 sqrt 2 >= W2^2 at d = 1, rho in [-1, 1], in balls."""

    def slack(r):
        return sqrt(4 - 2 * sqrt(2 + 0 * r)) - w2_distance(r, 1)

    return inequality(slack, {"r": (Fraction(-99, 100), Fraction(99, 100))})


@item("radial_critic_is_lipschitz", "w1_gaussian_sandwich")
def radial_slope():
    """(a s - b t)^2 <= (a^2 + b^2)(s^2 + t^2), and u, v are a rotation of x, y."""
    a, b, s, r, p, q = reals("a b s r p q")
    return all_of(
        polynomial((a * s - b * r) ** 2 <= (a * a + b * b) * (s * s + r * r)),
        polynomial((p + q) ** 2 + (p - q) ** 2 == 2 * (p * p + q * q)),
    )


@item("w1_from_above", "w1_sides_in_order")
def plan_is_not_best_for_w1():
    """The direction (a u, -b v)/length of the plan has a curl unless a = b or u v = 0."""
    u, v, a, b = sympy.symbols("u v a b", positive=True)
    length = sympy.sqrt(a**2 * u**2 + b**2 * v**2)
    curl = sympy.diff(-b * v / length, u) - sympy.diff(a * u / length, v)
    return identity(curl, a * b * (a + b) * u * v / length**3 * sympy.Integer(1))


@item("wpc_sandwich", "weak_critic_measures_the_wdm")
def slope_at_a_weak_critic():
    """ln K - ln(1 + sum_{j >= 2} e^(-k n_j)) has slope sum n_j/K in k at 0: (1 - 1/K) E n."""
    k, m, n = sympy.symbols("k m n", positive=True)
    value = sympy.log(3) - sympy.log(1 + sympy.exp(-k * m) + sympy.exp(-k * n))
    return identity(sympy.diff(value, k).subs(k, 0), (m + n) / 3)


@item("gradient_penalty_linear", "penalty_overstates")
def best_penalised_slope():
    """w gap - lambda (w - 1)^2 = gap + gap^2/(4 lambda) - lambda (w - 1 - gap/(2 lambda))^2."""
    w = sympy.symbols("w", real=True)
    best = penalised_slope(g, L)
    return all_of(
        identity(w * g - L * (w - 1) ** 2, penalised_value(g, L) - L * (w - best) ** 2),
        identity(best * g, g + g**2 / (2 * L)),
    )


@item("additive_critic_is_blind")
def equal_marginals():
    """Every law on 2 x 2 points and the product of its marginals agree on alpha(x) + beta(y)."""
    p = sympy.symbols("p0:4", positive=True)
    p = [z / sum(p) for z in p]
    alpha, beta = sympy.symbols("a0 a1"), sympy.symbols("b0 b1")
    row, column = [p[0] + p[1], p[2] + p[3]], [p[0] + p[2], p[1] + p[3]]
    places = list(product((0, 1), repeat=2))
    under_p = sum(p[2 * i + j] * (alpha[i] + beta[j]) for i, j in places)
    under_q = sum(row[i] * column[j] * (alpha[i] + beta[j]) for i, j in places)
    return identity(sympy.sympify(under_p), sympy.sympify(under_q))
