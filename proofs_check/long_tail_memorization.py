"""Counts and their masses, the key lemma and its failure, bounds on tau_1, privacy, noise."""

import itertools
from fractions import Fraction
from math import comb, factorial
from typing import Any

import sympy
import z3

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import exp, log1p, rational
from theory.long_tail_memorization.bounds import tail_end, tau_ceiling, tau_floor
from theory.long_tail_memorization.memory import private_accuracy
from theory.long_tail_memorization.noise import singleton_margin

item = Proofs()
a, kappa, k, eps, delta = sympy.symbols("a kappa k eps delta", positive=True)


def chance(times, n, a):
    """C(n, l) a^l (1 - a)^(n-l)."""
    return comb(n, times) * a**times * (1 - a) ** (n - times)


@item("mass_of_singletons", "share_of_singletons")
def counts_add_up():
    """sum_l l P(c = l) = n a and sum_l a P(c = l) = a: E|X_l| and E M_l add up to n and 1, n <= 6.

    derived: point by point, so for any frequencies that add up to 1
    """
    parts = []
    for n in range(1, 7):
        each = [(times, chance(times, n, a)) for times in range(n + 1)]
        parts += [
            identity(sum(t * q for t, q in each), n * a),
            identity(sum(q for _, q in each), 1),
        ]
    return all_of(*parts)


@item("good_turing_exact", "price_is_unbiased")
def one_more_sample():
    """(l + 1)/(n + 1) P(c = l + 1 of n + 1) = a P(c = l of n), for every a; n <= 6."""
    return all_of(*(
        identity(Fraction(t + 1, n + 1) * chance(t + 1, n + 1, a), a * chance(t, n, a))
        for n in range(1, 7) for t in range(n + 1)
    ))  # fmt: skip


def posteriors(weights, N, n):
    """(P(S with these counts), E[D | S]) by enumeration of all lists and counts."""
    for counts in itertools.product(range(n + 1), repeat=N):
        if sum(counts) != n:
            continue
        total, means = Fraction(0), [Fraction(0)] * N
        for drawn in itertools.product(weights, repeat=N):
            likelihood = Fraction(1)
            for w, c in zip(drawn, counts, strict=True):
                likelihood *= w**c
            likelihood /= sum(drawn) ** n
            total += likelihood
            means = [m + likelihood * w / sum(drawn) for m, w in zip(means, drawn, strict=True)]
        ways = factorial(n)
        for c in counts:
            ways //= factorial(c)
        yield counts, ways * total / len(weights) ** N, [m / total for m in means]


def disagreements(weights, N, n):
    """Samples in which E[D(x) | S] is not tau_c(x), the mean over the samples with that count."""
    found = list(posteriors([Fraction(w) for w in weights], N, n))
    for times in range(n + 1):
        having = [(q, means[0]) for counts, q, means in found if counts[0] == times]
        tau = sum(q * m for q, m in having) / sum(q for q, _ in having)
        for counts, _, means in found:
            if counts[0] == times and means[0] != tau:
                yield counts


@item("cost_of_not_fitting", source="recalled as the paper's key lemma",
      repaired_by="frequency_of_the_whole_sample")  # fmt: skip
def tau_for_every_sample():
    """E[D(x) | S] = tau_c(x) for every S, weights 2 and 1 drawn independently, N = n = 3."""
    return exact(lambda: not list(disagreements((2, 1), 3, 3)), "all counts, all 2^3 lists")


@item("tau_given_every_sample", "distinct_points_are_alike", "frequency_of_the_whole_sample")
def tau_for_two_points():
    """It is for N = 2, n <= 4, where c(x) tells S; and for N = 5, weights 1, .001 it says 5/5 > 1.

    derived: five points all distinct have frequencies of mean 1/5, but 5 tau_1 = 1.516
    """

    def five():
        found = list(posteriors([Fraction(1), Fraction(1, 1000)], 5, 5))
        having = [(q, m[0]) for c, q, m in found if c[0] == 1]
        tau = sum(q * m for q, m in having) / sum(q for q, _ in having)
        alike = next(m for c, _, m in found if c == (1,) * 5)
        return alike == [Fraction(1, 5)] * 5 and Fraction(3032, 2000) < 5 * tau < Fraction(
            3034, 2000
        )

    two = (not list(disagreements((3, 1), 2, n)) for n in range(1, 5))
    return all_of(
        exact(all(two), "all counts and lists, N = 2"), exact(five, "all counts and lists, N = 5")
    )


@item("mass_of_singletons_dirichlet")
def dirichlet_is_neutral():
    """E[D(x) | S] = (c + alpha)/(n + N alpha): a ratio of Dirichlet integrals of any counts."""
    c, n, N, alpha = sympy.symbols("c n N alpha", positive=True)

    def integral(c, n):
        """Of D(x)^c times what the other counts give, but for a factor free of both."""
        return sympy.gamma(c + alpha) / sympy.gamma(n + N * alpha)

    ratio = sympy.gammasimp(integral(c + 1, n + 1) / integral(c, n))
    return identity(ratio, (c + alpha) / (n + N * alpha))


@item("tau1_lower_bound", "tau1_lower_bound_sharp")
def floor_is_above_a_fifth():
    """a (1 - a)^(n-1) rises to a = 1/n and falls, so is least at an end; c_n > 1/5 for n >= 3.

    derived: Arb to n = 20; beyond, log(1 - y) >= -y/(1 - y) at y = 1/(3n) and 2/n
    """
    n = sympy.Symbol("n", positive=True)
    m = reals("n")[0]
    return all_of(
        identity(
            sympy.diff(sympy.log(a) + (n - 1) * sympy.log(1 - a), a), (1 - n * a) / (a - a**2)
        ),
        inequality(lambda n: tau_floor(n) - rational(1, 5), {"n": (3, 20)}, strict=True),
        polynomial(3 * (m - 1) <= 3 * m - 1),  # (n-1) y/(1-y) <= 1/3 at y = 1/(3n)
        polynomial(18 * (m - 1) <= 19 * (m - 2), assumptions=[m >= 20]),
        inequality(lambda x: exp(-x) / 3 - rational(1, 5), {"x": (0, Fraction(1, 3))}),
        inequality(lambda x: 2 * exp(-x) - rational(1, 5), {"x": (0, Fraction(19, 9))}),
    )


@item("tau1_lower_bound", "no_tail_no_cost")
def logarithms_from_below():
    """(1 - y) log(1 - y) + y is 0 at 0 and rises on [0, 1/2]; so (1 - th)^(n-1) >= e^(-1/2)."""
    y, n = sympy.Symbol("y", positive=True), reals("n")[0]
    half = {"y": (0, Fraction(1, 2))}
    return all_of(
        identity(sympy.diff((1 - y) * sympy.log(1 - y) + y, y), -sympy.log(1 - y)),
        inequality(lambda y: -log1p(-y), half),
        polynomial(2 * (n - 1) <= 2 * n - 1),  # (n-1) y/(1-y) <= 1/2 at y = 1/(2n)
    )


@item("no_tail_no_cost", "no_tail_no_cost_sharp")
def ceiling_is_below_twice():
    """tau_ceiling = theta (1 + u e^(u - 3/2) (1 - beta)), u = t/n <= 1, and u e^(u - 3/2) <= 1."""
    theta, beta, n = sympy.symbols("theta beta n", positive=True)
    t = tail_end.__wrapped__(theta, beta, n)
    bound = tau_ceiling.__wrapped__(theta, beta, n)
    form = theta * (1 + t / n * sympy.exp(t / n - sympy.Rational(3, 2)) * (1 - beta))
    return all_of(
        identity(bound, form), inequality(lambda u: 1 - u * exp(u - rational(3, 2)), {"u": (0, 1)})
    )


@item("memorization_equals_gap", "unseen_labels_are_guessed")
def gap_by_enumeration():
    """N = n = k = 2, D = (2/3, 1/3), fitting 3/5: E mem = E err(S') - E empirical; by all samples.

    derived: pair i and a new pair are exchangeable given the others
    """
    D, fit = (Fraction(2, 3), Fraction(1, 3)), Fraction(3, 5)
    pairs = list(itertools.product(range(2), repeat=2))

    def right(sample, x, y):
        """P(h(x) = y) of a learner that fits the plurality."""
        labels = [label for point, label in sample if point == x]
        top = [z for z in range(2) if labels.count(z) == max(map(labels.count, range(2)))]
        return fit * Fraction(y in top, len(top)) + (1 - fit) / 2

    def check():
        mem = gap = Fraction(0)
        for f in itertools.product(range(2), repeat=2):
            for points in itertools.product(range(2), repeat=2):
                weight = D[points[0]] * D[points[1]] / 4
                sample = [(x, f[x]) for x in points]
                for i in range(2):
                    rest = sample[:i] + sample[i + 1 :]
                    mem += weight * (right(sample, *sample[i]) - right(rest, *sample[i])) / 2
                    gap -= weight * (1 - right(sample, *sample[i])) / 2
                gap += weight * sum(D[x] * (1 - right(sample[:1], x, f[x])) for x in range(2))
        return mem == gap and mem > 0

    return exact(check, f"{4 * len(pairs)} labelled samples")


def least(x: Any, y: Any) -> Any:
    """Z3's minimum."""
    return z3.If(x < y, x, y)


@item("limited_learner", "limited_memorization_cost_sharp")
def one_copy_adds_gamma():
    """min(1, x + gamma) - min(1, x) <= gamma, and nothing less does: each copy is worth gamma."""
    x, g = reals("x gamma")
    return polynomial(least(1, x + g) - least(1, x) <= g, assumptions=[g >= 0])


@item("dp_cost", "dp_cost_sharp")
def averaged_privacy():
    """k = 3: e^eps-private answers are right with mean chance at most A; randomised response is.

    derived: a_y' + e^-eps sum_{y != y'} (a_y - delta) <= 1, a_y = P(h = y | y), averaged over y'
    """
    E, d = reals("E delta")
    rows = [reals(f"p{y}0 p{y}1 p{y}2") for y in range(3)]  # answers' chances given the label y
    simplex = [c for row in rows for c in (*(v >= 0 for v in row), sum(row) == 1)]
    private = [
        rows[y][y] <= E * rows[z][y] + d for y in range(3) for z in range(3) if y != z
    ]  # fmt: skip
    right = sum(rows[y][y] for y in range(3))
    A = private_accuracy.__wrapped__(eps, delta, k)
    spread = sympy.exp(eps) + k - 1
    return all_of(
        polynomial(right * (E + 2) <= 3 * (E + 2 * d), assumptions=[E >= 1, *simplex, *private]),
        identity(A, delta + (1 - delta) * sympy.exp(eps) / spread),
    )


@item("copies_lose_privacy")
def geometric_sum():
    """(E^l - 1)/(E - 1) = 1 + E + ... + E^(l-1) <= l E^(l-1) for E >= 1; l <= 5."""
    E, e = reals("E")[0], sympy.Symbol("E", positive=True)
    return all_of(*(
        part for m in range(1, 6) for part in (
            identity((e - 1) * sum(e**j for j in range(m)), e**m - 1),
            polynomial(sum(E**j for j in range(m)) <= m * E ** (m - 1), assumptions=[E >= 1]),
        )
    ))  # fmt: skip


@item("noisy_singletons_still_fitted", "noisy_singletons_denied", "fitting_noise_pays")
def margin_of_noise():
    """P(true = observed) - P(true = another) = kappa; less a guess's 1/k: kappa (1 - 1/k)."""
    own, other = kappa + (1 - kappa) / k, (1 - kappa) / k
    guess, wrong = singleton_margin.__wrapped__(kappa, k)
    return all_of(identity(own - other, wrong), identity(own - 1 / k, guess))


@item("two_copies_are_useless_binary", "binary_optimum")
def even_copies():
    """e_{2j} = e_{2j-1} as polynomials in the chance of a flip, j <= 6."""
    r = sympy.Symbol("r", positive=True)

    def error(n):
        lost = sum(comb(n, i) * (1 - r) ** i * r ** (n - i) for i in range((n + 1) // 2))
        tie = comb(n, n // 2) * (r * (1 - r)) ** (n // 2) / 2 if n % 2 == 0 else 0
        return sympy.expand(lost + tie)

    return all_of(*(identity(error(2 * j), error(2 * j - 1)) for j in range(1, 7)))


@item("zipf_recurrence", "zipf_closed_form")
def gamma_by_parts():
    """-(t^v e^-t)' = t^v e^-t - v t^(v-1) e^-t: Gamma(v + 1, a) = v Gamma(v, a) + a^v e^-a."""
    t, v = sympy.symbols("t v", positive=True)
    kernel = t**v * sympy.exp(-t)
    return identity(-kernel.diff(t), kernel - v * t ** (v - 1) * sympy.exp(-t))


@item("power_law_closed_form", "zipf_cost_is_log", "deep_tail")
def ranks_as_an_integral():
    """With t = n pi_x, pi_x ~ x^-s: dx = -(N/s) a^(1/s) t^(-1/s - 1) dt, and t = a at x = N.

    derived: so sum_i pi_i P(Poisson(n pi_i) = l) -> (N/n) a^(1/s) Gamma(l + 1 - 1/s, a)/(s l!)
    """
    t, s, N = sympy.symbols("t s N", positive=True)
    x = N * (t / a) ** (-1 / s)
    return all_of(
        identity(x.diff(t), -N / s * a ** (1 / s) * t ** (-1 / s - 1)), identity(x.subs(t, a), N)
    )
