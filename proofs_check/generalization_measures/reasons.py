"""Series, two-valued losses, orthogonal functions, and a lemma repaired."""

from fractions import Fraction
from math import factorial

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import exp, rational
from theory.generalization_measures import two_or_three

item = Proofs()
p, lam = sympy.symbols("p lambda", positive=True)


@item("theta_limits", "theta_limits_wide", "tradeoff_line_end")
def limits_are_theta_series():
    """(x)_inf sum x^(k^2+k)/(x)_k^2 = sum (-1)^k x^(k(k+1)/2) (Heine), x = 1/q, to order x^40."""
    order = 41

    def times(a, b):
        return [sum(a[i] * b[n - i] for i in range(n + 1)) for n in range(order)]

    def over(a, k):  # a/(1 - x^k)
        a = list(a)
        for n in range(k, order):
            a[n] += a[n - k]
        return a

    def check():
        one = [1] + [0] * (order - 1)
        total, inverse, product = [0] * order, one, one
        for k in range(order):
            inverse = over(over(inverse, k), k) if k else inverse
            shifted = [0] * min(k * k + k, order) + inverse
            total = [a + b for a, b in zip(total, shifted[:order], strict=True)]
            if k:
                product = times(product, [1 if n == 0 else -(n == k) for n in range(order)])
        series = [0] * order
        for k in range(9):
            if k * (k + 1) // 2 < order:
                series[k * (k + 1) // 2] = (-1) ** k
        return times(product, total) == series

    return exact(check, "integer coefficients of both power series")


@item("subspace_exact", "boundary_precision", "orthogonal_lemma")
def two_values_two_guesses():
    """A loss of two values, one with chance x: no estimate, drawn or not, fails below min(x, 1-x).

    derived: the two open intervals are disjoint for eps below half the gap
    """
    x, guess = reals("x guess")
    fails = guess * x + (1 - guess) * (1 - x)
    given = [x >= 0, x <= 1, guess >= 0, guess <= 1]
    return all_of(
        polynomial(2 * fails >= 1 - (2 * x - 1), assumptions=[*given, 2 * x >= 1]),
        polynomial(fails >= x, assumptions=[*given, 2 * x <= 1]),
    )


# --------------------------------------------------------------------------------------------
# Few consistent functions


@item("orthogonal_lemma")
def three_orthogonal_functions_agree_a_quarter():
    """Three eps-orthogonal functions to +-1 agree on at most 1/4 + 3 eps/4 of the inputs."""
    a, b, c, d, eps = reals("all f g h eps")
    near = [b + a - c - d <= eps, c + a - b - d <= eps, d + a - b - c <= eps]
    given = [a >= 0, b >= 0, c >= 0, d >= 0, a + b + c + d == 1]
    return polynomial(4 * a <= 1 + 3 * eps, assumptions=[*given, *near])


@item("random_class_exact", "random_class_exact_limit")
def mean_of_one_over_the_consistent():
    """E[1{k >= 2}/k]: k - 1 ~ Binomial(N, p) for N <= 6, and the Poisson series."""
    parts = []
    for N in range(1, 7):
        terms = sum(sympy.binomial(N, k) * p**k * (1 - p) ** (N - k) / (k + 1)
                    for k in range(1, N + 1))  # fmt: skip
        closed = (1 - (1 - p) ** (N + 1)) / ((N + 1) * p) - (1 - p) ** N
        parts.append(identity(sympy.cancel(terms - closed), 0))
    k = sympy.symbols("k", integer=True, nonnegative=True)
    series = sympy.summation(lam**k / sympy.factorial(k + 1), (k, 1, sympy.oo)).doit()
    limit = (1 - sympy.exp(-lam) * (1 + lam)) / lam
    return all_of(*parts, identity(sympy.simplify(series * sympy.exp(-lam) - limit), 0))


@item("near_orthogonal_lemma")
def mass_at_two_and_three():
    """(z - 2)(z - 3) >= 2 for z <= 1 and z >= 4, and 0 at 2 and 3: Markov's inequality.

    derived: E(Z - 2)(Z - 3) = v + (mu - 2)(mu - 3)
    """
    z, mu, v = reals("z mu v")
    return all_of(
        polynomial((z - 2) * (z - 3) >= 2, assumptions=[(z - 1) * (z - 4) >= 0]),
        polynomial(v + mu * mu - 5 * mu + 6 == v + (mu - 2) * (mu - 3)),
    )


@item("near_orthogonal")
def repaired_theorem_keeps_its_constant():
    """.99 (1 - (v + (mu - 2)(mu - 3))/2)/3 > .16 at E Z^2 = 1 + 3 (mu - 1) + e^(3/1000)."""

    def gap(mu):
        second = 1 + 3 * (mu - 1) + exp(rational(3, 1000))
        return rational(99, 300) * two_or_three(mu, second - mu * mu) - rational(16, 100)

    return inequality(gap, {"mu": ("1.992", "2")}, strict=True)


@item(source="Gastpar et al. (2025), proof of Theorem 3.2", repaired_by="near_orthogonal_lemma")
def printed_lemma_below_its_range():
    """Mean 1.998 and variance 1.02 leave at least .49 on {2, 3}."""

    def check():
        law = {1: Fraction(504334, 10**6), 3: Fraction(488998, 10**6), 4: Fraction(6668, 10**6)}
        mean = sum(z * c for z, c in law.items())
        spread = sum(z * z * c for z, c in law.items()) - mean**2
        assert (sum(law.values()), mean, spread) == (1, Fraction(1998, 1000), Fraction(102, 100))
        return law[3] >= Fraction(49, 100)

    return exact(check, "one law on {1, 3, 4}")


@item(source="Gastpar et al. (2025), Lemma I.1", repaired_by="near_orthogonal_lemma")
def printed_dual_vector_below_two():
    """a (2 - mu) <= (2 - mu)^2/2, a = 1/(mu - 1) - (mu - 1)/2, for mu in (1.9, 2) too."""
    mu = reals("mu")[0]
    given = [10 * mu > 19, mu < 2]
    left = (2 - (mu - 1) * (mu - 1)) * (2 - mu)
    return polynomial(left <= (2 - mu) * (2 - mu) * (mu - 1), assumptions=given)


@item("examples_support_size")
def few_collisions():
    """prod_{i<m} (1 - i/d) >= exp(-m^2/d), m <= d/2: against 1/(sum of e^y's first terms)."""

    def check():
        for d in range(2, 41):
            unlike = Fraction(1)
            for m in range(1, d // 2 + 1):
                unlike *= 1 - Fraction(m - 1, d)
                y = Fraction(m * m, d)
                if unlike * sum(y**j / factorial(j) for j in range(12)) < 1:
                    return False
        return True

    return exact(check, "all m <= d/2, d <= 40, twelve terms of the exponential")
