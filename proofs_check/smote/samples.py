"""A uniform minority's rational moments; hulls of ROC curves by enumeration of rank orders."""

from fractions import Fraction
from itertools import combinations, pairwise
from math import comb

import sympy

from proofs_check import Proofs, all_of, exact, identity
from theory.smote import uniform_drift, uniform_gap

item = Proofs()
N, K = sympy.symbols("N K", positive=True)
x, q, t = sympy.symbols("x q t", positive=True)
HALF = sympy.Rational(1, 2)


def density(f):
    """int f(x, y, middle) over pairs of equal q: inside [0, 1], and where the ball is cut.

    The ball about x reaches y, and has this middle once it is cut at 0 or 1.
    """
    inside = sum(
        sympy.integrate(sympy.expand(f(x, x + way * t, x)), (x, t, 1 - t)).subs(t, q / 2) / 2
        for way in (1, -1)
    )
    low, high = f(q - t, q, q / 2), f(1 - q + t, 1 - q, 1 - q / 2)
    ends = sympy.integrate(sympy.expand(low + high), (t, q / 2, q))
    return sympy.expand(inside + ends)


def mean(polynomial):
    """int polynomial(q) w(q) dq by M_m = (K+1)...(K+m)/((m+1) N(N+1)...(N+m-1))."""
    whole = sympy.Integer(0)
    for (m,), c in sympy.Poly(polynomial, q).terms():
        ways = sympy.prod([K + i for i in range(1, m + 1)])
        whole += c * ways / ((m + 1) * sympy.prod([N + i for i in range(m)]))
    return sympy.simplify(whole)


@item(
    "uniform_square",
    "uniform_variance_by_quadrature",
    "uniform_reach",
    "drift_of_a_slight_tilt",
    "contraction_is_strongest_before_all",
)
def uniform_moments():
    """Moments of the pair law over the inside and the ends of [0, 1], rational in N and K.

    derived: a tilt changes q by tilt q (1/2 - middle), and int q g w' = -int (q g)' w
    """
    gap = mean(density(lambda x, y, _: (y - x) ** 2))
    product = mean(density(lambda x, y, _: x * y))
    own = mean(density(lambda x, y, _: (x + y - 1) ** 2 / 2))
    pull = density(lambda x, y, middle: (x + y - 1) / 2 * (middle - HALF))
    moved = mean(-sympy.diff(sympy.expand(q * pull), q))
    lost = (K + 1) * (K + 2) * (7 * N - 5 * K - 1) / (72 * N * (N + 1) * (N + 2))
    return all_of(
        identity(mean(density(lambda x, y, _: 1 + 0 * x)), sympy.Integer(1)),
        identity(gap, uniform_gap(N, K)),
        identity(sympy.simplify(product + gap / 3 - HALF**2), sympy.Rational(1, 12) - lost),
        identity(sympy.simplify(-own - moved), uniform_drift(N, K) - sympy.Rational(1, 12)),
    )


def hull(ones, total):
    """Twice the area, in steps, under the hull of the order with the minority at these places."""
    kept, y = [(0, 0)], 0
    for place in range(total):
        y += place in ones
        point = (place + 1 - y, y)
        while len(kept) > 1:
            (a, b), (c, d) = kept[-2:]
            if (c - a) * (point[1] - b) < (d - b) * (point[0] - a):
                break
            kept.pop()
        kept.append(point)
    return sum((c - a) * (b + d) for (a, b), (c, d) in pairwise(kept))


@item("null_hull", "null_hull_limit", "undersampling_lifts_the_hull", "hull_area")
def hulls_enumerated():
    """The sum over pairs of cycles is the mean over all orders, n0 and n1 up to 5."""

    def by_cycles(n, m):
        total, whole = n + m, Fraction(0)
        for j in range(1, total):
            for k in range(1, total - j + 1):
                for a in range(max(0, j - m), min(j, n) + 1):
                    for b in range(max(0, k - (m - j + a)), min(k, n - a) + 1):
                        ways = comb(j, a) * comb(k, b) * comb(total - j - k, n - a - b)
                        whole += Fraction(ways * abs(j * b - k * a), j * k)
        return Fraction(1, 2) + whole / comb(total, n) / (4 * n * m)

    def holds():
        for n in range(1, 6):
            for m in range(1, 6):
                orders = list(combinations(range(n + m), n))
                area = Fraction(sum(hull(ones, n + m) for ones in orders), 2 * n * m * len(orders))
                if area != by_cycles(n, m):
                    return False
        return True

    return exact(holds, "enumeration with rational numbers")


@item("null_hull")
def mean_deviation_of_a_draw():
    """De Moivre: E|A - E A| = 2 m (l - s - j + m)/l P(A = m), A hypergeometric, l up to 9."""

    def holds():
        for size in range(2, 10):
            for ones in range(1, size):
                for drawn in range(1, size):
                    low, high = max(0, drawn - (size - ones)), min(drawn, ones)
                    ways = {
                        a: Fraction(comb(ones, a) * comb(size - ones, drawn - a), comb(size, drawn))
                        for a in range(low, high + 1)
                    }
                    mean = Fraction(ones * drawn, size)
                    apart = sum(abs(a - mean) * w for a, w in ways.items())
                    m = ones * drawn // size + 1
                    stated = Fraction(2 * m * (size - ones - drawn + m), size) * ways.get(m, 0)
                    if apart != stated:
                        return False
        return True

    return exact(holds, "enumeration with rational numbers")


@item("hull_area_law", "hull_area", "hull_vertices")
def chances_of_orders():
    """n1! n0! theta^n1/prod (a + theta b) sums to 1 over all orders, theta = 3 and 1/2."""

    def holds():
        for n in range(1, 5):
            for m in range(1, 5):
                for theta in (Fraction(3), Fraction(1, 2)):
                    whole = Fraction(0)
                    for ones in combinations(range(n + m), n):
                        chance, a, b = Fraction(1), m, n
                        for place in range(n + m):
                            mine = place in ones
                            chance *= (theta * b if mine else a) / (a + theta * b)
                            a, b = a - (not mine), b - mine
                        whole += chance
                    if whole != 1:
                        return False
        return True

    return exact(holds, "enumeration with rational numbers")
