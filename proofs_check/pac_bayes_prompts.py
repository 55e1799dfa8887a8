"""Why the prompt bounds hold: moments, tails, inverses and martingales, on theory's formulas.

Rates in (0, 1) are written as odds, q = a/(1 + a) with a > 0, so that SymPy knows every sign.
"""

from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import binary_kl, erf, exp, pi, rational, sqrt
from theory.pac_bayes_prompts import (
    beta_mixture_wealth, catoni_functional, catoni_minimiser, fast_rate_expansion, xi_exact,
    xi_ramanujan,
)  # fmt: skip

item = Proofs()

a, b, n, k, x, C = sympy.symbols("a b n k x C", positive=True)
q, p = a / (1 + a), b / (1 + b)
rate, risk = sympy.symbols("q p", positive=True)
UNIT = ("1/20", "19/20")
KL: Any = binary_kl(rate, risk).replace(sympy.Piecewise, lambda first, *_: first[0])  # 0 < q < 1
_P, _Q, _C, _N, _LOG_N = reals("p q c n log_n")
TENTH = {"s": (0, Fraction(1, 10))}  # s = 1/sqrt n beyond n = 100


def _same(*sides):
    """Their identity, with logarithms of products of positive symbols taken apart."""
    factored = (s.replace(sympy.log, lambda u: sympy.log(sympy.factor(u))) for s in sides)
    return identity(*(sympy.expand(sympy.expand_log(side)) for side in factored))


def _up_to_100(holds, what):
    return exact(lambda: all(map(holds, range(1, 101))), f"{what} in Fractions for n <= 100")


@item("xi_identity", source="Maurer 2004; derived: the factor R^k (1-R)^(n-k) cancels")
def kl_moment_is_free_of_the_risk():
    """P(K = k) e^{n kl(k/n||R)} = C(n,k) (k/n)^k (1-k/n)^(n-k), whatever R is.

    Every term of E e^{n kl(k/n||R)}: the powers of R cancel.
    """
    log_term = n * (q * sympy.log(p) + (1 - q) * sympy.log(1 - p) + binary_kl(q, p))
    return _same(log_term, n * (q * sympy.log(q) + (1 - q) * sympy.log(1 - q)))


@item("xi_identity", source="derived: Abel's sum")
def xi_is_ramanujans():
    """sum_k C(n,k) (k/n)^k (1-k/n)^(n-k) = 1 + Q(n), n <= 100."""
    return _up_to_100(lambda m: xi_exact(m) == xi_ramanujan(m), "both sums")


@item("xi_between_roots", "bound_ordering", source="Maurer 2004, Theorem 1")
def xi_under_two_roots():
    """xi(n) <= 2 sqrt n for every n >= 1.

    n <= 100 exactly; beyond, t_j = prod_{i<j} (1 - i/n) <= e^{-j(j-1)/(2n)} gives
    xi <= 1 + e^{1/(8n)} (1 + sqrt(pi n/2)), compared with 2 sqrt n in s = 1/sqrt n.
    """
    return all_of(
        _up_to_100(lambda m: xi_ramanujan(m) ** 2 <= 4 * m, "xi(n)^2 <= 4 n"),
        inequality(lambda s: 2 - s - exp(s**2 / 8) * (s + sqrt(pi / 2)), TENTH, strict=True),
    )


@item("xi_between_roots", source="Maurer 2004, Theorem 1")
def xi_over_one_root():
    """sqrt n <= xi(n) for every n >= 1.

    n <= 100 exactly; beyond, ln(1 - x) >= -x - x^2 on [0, 1/2] gives
    xi >= sqrt n int_0^2 e^{-u^2/2} (1 - s u^3/3) du, s = 1/sqrt n <= 1/10.
    """
    u = sympy.Symbol("u", positive=True)
    third = sympy.integrate(u**3 * sympy.exp(-(u**2) / 2), (u, 0, 2))

    def excess(s):
        return sqrt(pi / 2) * erf(sqrt(rational(2))) - s * (2 - 6 * exp(rational(-2))) / 3 - 1

    return all_of(
        _up_to_100(lambda m: xi_ramanujan(m) ** 2 >= m, "xi(n)^2 >= n"),
        identity(third, 2 - 6 * sympy.exp(-2)),
        inequality(excess, TENTH),
    )


@item("bound_ordering", "occam_kl_validity", source="Chernoff")
def chernoff_tail():
    """P(Bin(n, p) <= k) <= e^{-n kl(k/n||p)} for k/n <= p.

    Markov's inequality for x^K at x = k (1-p)/(p (n-k)) <= 1, then the value of its bound.
    """
    at = q * (1 - p) / (p * (1 - q))
    generating = -q * sympy.log(at) + sympy.log(sympy.factor(1 - p + p * at))

    def law(size, j, p):
        return comb(size, j) * p**j * (1 - p) ** (size - j)

    def holds(size, k, p):
        tail = sum(law(size, j, p) for j in range(k + 1))
        return tail <= law(size, k, p) / law(size, k, Fraction(k, size))

    cases = product(range(1, 61, 7), range(60), range(1, 12))
    tails = [(n, k, Fraction(m, 12)) for n, k, m in cases if 12 * k <= m * n]
    return all_of(
        _same(generating, -binary_kl(q, p)),
        exact(lambda: all(holds(*tail) for tail in tails),
              "tail <= e^(-n kl) in Fractions, n <= 60, p in twelfths"),
    )  # fmt: skip


def _on_unit(lhs, rhs):
    return identity(lhs, rhs, ranges={s: UNIT for s in (rate, risk) if s in lhs.free_symbols})


def _slope_of_kl():
    return _on_unit(sympy.diff(KL, risk), (risk - rate) / (risk * (1 - risk)))


@item("bound_ordering_square_roots", source="Pinsker")
def pinsker():
    """kl(q||p) >= 2 (p - q)^2 on (0,1)^2, equality only at p = q.

    Both sides vanish at p = q; compare derivatives in p, with the common factor p - q out.
    """
    return all_of(_slope_of_kl(), polynomial(1 - 4 * _P * (1 - _P) >= 0))


@item("bound_ordering_fast_rates", source="derived: see refined_pinsker")
def refined_pinsker():
    """kl(q||p) >= (p - q)^2/(2 p) for q <= p."""
    slope = sympy.diff((risk - rate) ** 2 / (2 * risk), risk)
    return all_of(
        _slope_of_kl(),
        identity(slope, (risk - rate) * (risk + rate) / (2 * risk**2)),
        polynomial(2 * _P >= (_P + _Q) * (1 - _P), assumptions=[_Q >= 0, _Q <= _P, _P <= 1]),
    )


@item(
    "catoni_kl_duality", "catoni_minimiser_is_closed", "expected_kl_gap",
    "bound_ordering_fast_rates", source="Germain et al. 2009",
)  # fmt: skip
def catoni_supremum_is_kl():
    """sup_C {-ln(1 - p (1 - e^-C)) - C q} = kl(q||p) for p > q.

    Stationary at C = ln[p (1-q)/(q (1-p))], concave in C, and worth kl(q||p) there.
    """
    best, value = sympy.log(b) - sympy.log(a), catoni_functional(q, p, C)
    negative = -p * (1 - p) * sympy.exp(-C) / (1 - p + p * sympy.exp(-C)) ** 2
    return all_of(
        _same(catoni_minimiser(q, p), best),
        identity(sympy.simplify(sympy.diff(value, C).subs(C, sympy.log(b / a))), 0),
        identity(sympy.diff(value, C, 2), negative),
        _same(value.subs(C, best).subs(sympy.exp(-best), a / b), binary_kl(q, p)),
    )


@item(
    "mixture_martingale", "anytime_evalue", "anytime_evalue_simulated",
    "anytime_evalue_all_prompts", source="Ville; derived: recursion of the Beta integral",
)  # fmt: skip
def beta_mixture_one_step():
    """E[M(K_{n+1}, n+1) | K_n = k] = M(k, n), M = B(k+1/2, n-k+1/2)/(pi p^k (1-p)^(n-k)).

    p M(k+1, n+1) + (1-p) M(k, n+1) = M(k, n): the Beta integral's recursion.
    """
    after = p * beta_mixture_wealth(k + 1, n + 1, p) + (1 - p) * beta_mixture_wealth(k, n + 1, p)
    ratio = sympy.gammasimp(sympy.powsimp(sympy.simplify(after / beta_mixture_wealth(k, n, p))))
    return identity(ratio, 1, ranges={k: (1, 3), n: (4, 6)})


@item("bound_ordering_all_times", source="Krichevsky and Trofimov")
def redundancy_is_largest_at_the_ends():
    """1 <= (k/n)^k (1-k/n)^(n-k) pi/B(k+1/2, n-k+1/2) <= reg_n, n <= 500.

    pi/B(k+1/2, n-k+1/2) = 4^n C(n,k)/(C(2k,k) C(2n-2k,n-k)): all integers, crosswise.
    """
    central, powers = [comb(2 * m, m) for m in range(501)], [m**m for m in range(501)]

    def largest_at_the_ends(n, k):
        value = (comb(n, k) * powers[k] * powers[n - k]) << (2 * n)
        least = central[k] * central[n - k] * powers[n]
        return least <= value and value * central[n] <= least << (2 * n)  # reg_n = 4^n/C(2n, n)

    # k and n - k play the same part
    counts = [(n, k) for n in range(1, 501) for k in range(n // 2 + 1)]
    return exact(lambda: all(largest_at_the_ends(n, k) for n, k in counts),
                 "1 <= e^redundancy <= reg_n in integers for n <= 500")  # fmt: skip


@item("expected_kl_gap", source="derived: Hessian of kl(q||p)")
def kl_is_convex():
    """kl is convex in (q, p) and increasing in p for p >= q.

    Second derivatives: q and p positive, and a determinant that is a square over a square.
    """
    by_q, by_p, mixed = (sympy.diff(KL, *v) for v in ((rate, 2), (risk, 2), (rate, risk)))
    square = (risk - rate) ** 2 / (rate * (1 - rate) * (risk * (1 - risk)) ** 2)
    return all_of(
        _on_unit(by_q, 1 / (rate * (1 - rate))),
        _on_unit(by_p, rate / risk**2 + (1 - rate) / (1 - risk) ** 2),
        _on_unit(sympy.simplify(by_q * by_p - mixed**2), square),
        _slope_of_kl(),
    )


@item("fast_rate_ratio", "fast_rate_second_order", source="derived: series inversion")
def second_order_of_the_inverse():
    """kl(r||r + sqrt(2 r (1-r)) s + (2/3)(1-2r) s^2) = s^2 + O(s^4).

    With c/n = s^2, kl(r||expansion) = s^2 + O(s^4).
    """
    s = sympy.Symbol("s", positive=True)
    gap = fast_rate_expansion(q, 1, s**2) - q
    cubic = gap**2 / (2 * q * (1 - q)) + (2 * q - 1) * gap**3 / (6 * q**2 * (1 - q) ** 2) * 2
    second, third = (sympy.simplify(sympy.diff(KL, risk, m).subs(risk, rate)) for m in (2, 3))
    series: Any = sympy.expand(sympy.simplify(cubic))
    return all_of(
        _on_unit(second, 1 / (rate * (1 - rate))),
        _on_unit(third, 2 * (2 * rate - 1) / (rate * (1 - rate)) ** 2),
        identity(sympy.simplify(series.coeff(s, 2)), 1),
        identity(sympy.simplify(series.coeff(s, 3)), 0),
    )


@item("bound_ordering_square_roots", source="derived: for one prompt")
def mcallester_is_weaker_than_occam():
    """(c + ln n + 2)/(2 n - 1) >= c/(2 n)."""
    return polynomial(
        2 * _N * (_C + _LOG_N + 2) >= _C * (2 * _N - 1), assumptions=[_C >= 0, _N >= 1, _LOG_N >= 0]
    )
