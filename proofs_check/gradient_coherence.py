"""Coherence as algebra, the recursion behind the bound and its repair, the toy, medians."""

import itertools
from fractions import Fraction

import numpy as np
import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import expm1, log
from theory.gradient_coherence import (
    coherence_estimate, convex_gap_bound, difference_bound, first_order_gap, gap_bound, m3_variance,
    mean_estimation_gap, minibatch_coherence, mixture_coherence, private_power,
    regression_coherence, robust_test_residual, sample_coherence, spectral_coherence,
    tanh_smoothness, toy_coherence, toy_test_residual, toy_train_loss,
)  # fmt: skip

item = Proofs()
a, A, b, B, p, k, m, x, y = sympy.symbols("a A b B p k m x y", positive=True)
eta, beta, c, s, d, n = sympy.symbols("eta beta c s d n", positive=True)


@item("minibatch", "alpha_bounds")
def means_cohere_more():
    """E|W|^2 = (A + (k - 1) a)/k, |E W|^2 = a; the excess over alpha is not negative."""
    alpha = a / A
    excess = (k - 1) * x * (1 - x) / (1 + (k - 1) * x)
    X, K = reals("X K")
    return all_of(
        identity(minibatch_coherence(alpha, k), a / ((A + (k - 1) * a) / k)),
        identity(minibatch_coherence(x, k) - x, excess),
        polynomial((K - 1) * X * (1 - X) >= 0, assumptions=[X >= 0, X <= 1, K >= 1]),
    )


@item("orthogonal_mixture", "mixture_deficit", "zero_vectors")
def mixtures_cohere_less():
    """The deficit of a mixture is p q (alpha_U B + alpha_V A)/(p A + q B); V = 0: p alpha_U."""
    q = 1 - p
    deficit = p * x + q * y - mixture_coherence(p, x, A, y, B)
    alone = sympy.limit(mixture_coherence(p, x, A, y, B), B, 0)
    return all_of(
        identity(deficit, p * q * (x * B + y * A) / (p * A + q * B)), identity(alone, p * x)
    )


@item("decomposition", "expected_squared_difference", "expected_difference", "nearly_attained")
def parts_and_differences():
    """alpha = sum f_i alpha_i; E|v - v'|^2 = 2 (A - a), of which E|v - v'| <= the root (Jensen).

    N orthonormal vectors: alpha = 1/N, E|v - v'| = sqrt 2 (1 - 1/N).
    """
    whole = A + B
    seen = sympy.sqrt(2) * (1 - 1 / n)
    return all_of(
        identity(A / whole * (a / A) + B / whole * (b / B), (a + b) / whole),
        identity(difference_bound(a / A, A) ** 2, 2 * (A - a)),
        identity((seen / difference_bound(1 / n, 1)) ** 2, 1 - 1 / n),
    )


@item("unbiased_estimate", "sample_coherence_mean", "random_labels_start", "network_random_start")
def pairs_of_gradients():
    """E|sum g|^2 = m A + m (m - 1) a; the plug-in's ratio of means solved for alpha."""
    together = m * A + m * (m - 1) * a
    return all_of(
        identity(together / (m * A), sample_coherence(a / A, m)),
        identity(coherence_estimate(sample_coherence(x, m) / m, m), x),
    )


# --------------------------------------------------------------------------------------------
# The bound


@item("coherence_gap_bound", "coherence_gap_bound_clean", "network_bound", "network_bound_clean")
def recursion_unrolls():
    """d_t = (1 + eta beta (1 + 1/m)) d_{t-1} + (eta/m) L s_t, times L, is the bound; T = 1 .. 5."""
    L = sympy.symbols("L", positive=True)
    spread = sympy.symbols("s1:6", positive=True)
    results, far, near = [], sympy.Integer(0), sympy.Integer(0)
    for t in range(5):
        far = (1 + eta * beta * (1 + 1 / m)) * far + eta / m * L * spread[t]
        near = (1 + 2 * eta * beta / m) * near + eta / m * L * spread[t]
        row = np.array(spread[: t + 1], dtype=object)
        results.append(identity(L * far, gap_bound(row, eta, beta, m, L)))
        results.append(identity(L * near, convex_gap_bound(row, eta, beta, m, L)))
    return all_of(*results)


@item("coherence_gap_bound", "network_bound", "convex_bound")
def repaired_factor():
    """The replaced example costs 2 beta d, the others beta d, in the batch with chance b/m."""
    whole = 1 + eta * beta * (1 - 1 / m) + 2 * eta * beta / m
    inside = 1 + eta * beta * (b - 1) / b + 2 * eta * beta / b
    batch = (1 - b / m) * (1 + eta * beta) + b / m * inside
    factor = 1 + eta * beta * (1 + 1 / m)
    return all_of(identity(whole, factor), identity(batch, factor))


@item("decaying_steps", "fixed_steps")
def products_and_exponentials():
    """e^x - 1 - x rises from 0 for 0 <= x <= 8, and 1/k < log(k/(k - 1)) for k in [2, 200]."""
    slope = sympy.diff(sympy.exp(x) - 1 - x, x)
    return all_of(
        identity(slope, sympy.exp(x) - 1),
        inequality(lambda x: expm1(x), {"x": (0, 8)}),
        inequality(lambda k: log(k / (k - 1)) - 1 / k, {"k": (2, 200)}, strict=True),
    )


@item("linear_loss_gap", "mean_estimation", "one_step_gap", "path_sum_above_gap")
def exact_gaps():
    """One step of mean estimation, and T = 2, 5 below eta T; (1 - alpha) E|g|^2 of regression."""
    power = (d + 2) * s + d * n
    room = [
        inequality(
            lambda rate, steps=steps: (
                first_order_gap(steps * rate, 0, 1, 8) - mean_estimation_gap(rate, steps, 1, 8)
            ),
            {"rate": (Fraction(1, 1000), 1)},
        )
        for steps in (2, 5)
    ]
    return all_of(
        identity(mean_estimation_gap(eta, 1, A - a, m), first_order_gap(eta, a / A, A, m)),
        identity(private_power(s, n, d), (1 - regression_coherence(s, n, d)) * power),
        *room,
    )


@item("bound_above_linear_gap")
def bound_over_gap():
    """Losses linear in w, |z| = L = 1: bound/exact = sqrt(2/(1 - alpha)) >= sqrt 2, here T = 3."""
    row = np.array([difference_bound(x, 1)] * 3, dtype=object)
    ratio = gap_bound(row, eta, 0, m) / first_order_gap(3 * eta, x, 1, m)
    return identity(ratio**2, 2 / (1 - x))


@item("network_bound", "network_bound_clean", "network_one_step_gap")
def curvature_of_the_network():
    """|tanh''| = 2 t (1 - t^2) <= 4/(3 sqrt 3) for t in [0, 1]; beta = 1/4 + that/sqrt h."""
    (t,) = reals("t")
    return all_of(
        polynomial(27 * t * t * (1 - t * t) * (1 - t * t) <= 4, assumptions=[t >= 0, t <= 1]),
        identity(tanh_smoothness(n), rational_half() + 4 / (3 * sympy.sqrt(3)) / sympy.sqrt(n)),
    )


def rational_half():
    """1/4, the curvature of log(1 + exp(-f))."""
    f = sympy.symbols("f")
    return sympy.diff(sympy.log(1 + sympy.exp(-f)), f, 2).subs(f, 0)


# --------------------------------------------------------------------------------------------
# Linear regression and labels


@item("alpha_any_covariance", "alpha_linear_regression", "gradient_power")
def fourth_moments():
    """E (x.u)^2 |x|^2 by Gaussian moments, d = 3: u'Su tr S + 2 u'S^2 u."""
    u, scales = sympy.symbols("u1:4"), sympy.symbols("l1:4", positive=True)
    z = sympy.symbols("z1:4")
    inputs = [sympy.sqrt(scale) * w for scale, w in zip(scales, z, strict=True)]
    along = sum(v * w for v, w in zip(u, inputs, strict=True))
    square = sum(w**2 for w in inputs)
    moments = {0: 1, 1: 0, 2: 1, 3: 0, 4: 3}

    def mean(expression):
        terms = sympy.Poly(sympy.expand(expression), *z).terms()
        return sum(value * sympy.prod([moments[e] for e in powers]) for powers, value in terms)

    whole = mean((along**2 + n) * square)
    first = sum(mean(along * w) ** 2 for w in inputs)
    signal = np.array([v**2 for v in u], dtype=object)
    flat = np.array([x] * 3, dtype=object)
    ones = np.array([sympy.Integer(1)] * 3, dtype=object)
    return all_of(
        identity(first / whole, spectral_coherence(signal, np.array(scales, dtype=object), n)),
        identity(spectral_coherence(flat, ones, n), regression_coherence(3 * x, n, 3)),
    )


@item("label_noise_start", "logistic_clean_coheres")
def majority_and_noise():
    """Flipped with chance r: E z is 1 - 2 r times the clean one; that counted, d = 3, 5, 7."""
    r = sympy.symbols("r")

    def counted():
        for size in (3, 5, 7):
            rows = list(itertools.product((-1, 1), repeat=size))
            sums = [sum(row[j] * (1 if sum(row) > 0 else -1) for row in rows) for j in range(size)]
            squared = sum(Fraction(v, len(rows)) ** 2 / size for v in sums)
            middle = sympy.binomial(size - 1, (size - 1) // 2)
            if squared != Fraction(int(middle), 2 ** (size - 1)) ** 2:
                return False
        return True

    return all_of(
        identity(((1 - r) * x - r * x) ** 2, (1 - 2 * r) ** 2 * x**2),
        exact(counted, "all sign patterns"),
    )


# --------------------------------------------------------------------------------------------
# The toy and the medians


@item("toy_dynamics", "toy_fit", "toy_coherence_path", "toy_limit", "rates_of_learning")
def toy_by_iteration():
    """m = 4, one flip, c = 1/2, eta = 1/3: five exact steps of descent, in fractions."""

    def iterated():
        size, strength, rate = 4, Fraction(1, 2), Fraction(1, 3)
        labels = [-1, 1, 1, 1]
        own, shared = [Fraction(0)] * size, Fraction(0)
        label = sympy.Rational(1, 2)
        at = (sympy.Integer(size), sympy.Rational(1, 2), sympy.Rational(1, 3), label)
        for t in range(6):
            left = [labels[i] - own[i] - strength * shared for i in range(size)]
            squares = sum(r * r for r in left)
            together = squares + strength**2 * sum(left) ** 2
            ratio = together / (squares * (1 + strength**2))
            seen = (1 - strength * shared, squares / size, ratio)
            said = (toy_test_residual(t, *at), toy_train_loss(t, *at), toy_coherence(t, *at))
            for found, formula in zip(seen, said, strict=True):
                if sympy.simplify(formula - sympy.Rational(str(found))):
                    return False
            own = [own[i] + rate * left[i] / size for i in range(size)]
            shared += rate * strength * sum(left) / size
        return True

    return exact(iterated, "five steps, three formulas")


@item("strong_first", "rates_of_learning")
def toy_eigenvalues():
    """The Gram matrix I + c^2 J has eigenvalues 1 + m c^2 once and 1; m = 2 .. 5."""
    parts = []
    for size in (2, 3, 4, 5):
        gram = sympy.eye(size) + c**2 * sympy.ones(size, size)
        shared, difference = sympy.ones(size, 1), sympy.zeros(size, 1)
        difference[0], difference[1] = 1, -1
        parts += [
            identity((gram * shared)[0], 1 + size * c**2),
            identity((gram * difference)[0], sympy.Integer(1)),
        ]
    return all_of(*parts)


@item("robust_average_kills_private", "m3_kills_private")
def robust_step():
    """Medians leave w_i = 0: 1 - c a falls by eta c^2 (s - c a) a step."""
    t = sympy.symbols("t", integer=True, nonnegative=True)
    now, later = (robust_test_residual(at, c, eta, s) for at in (t, t + 1))
    return identity(sympy.expand_power_base(now - later), eta * c**2 * (s - (1 - now)))


@item("m3_sparse_suppression", "median_phase")
def sparse_medians():
    """At least half of B batches, counted; below p iff p < 1/2 for B = 3, 5, 7."""
    (P,) = reals("P")
    parts = [identity(3 * p**2 - 2 * p**3, survivors(3, p))]
    for batches in (3, 5, 7):
        inside = [P > 0, P * 2 < 1]
        parts.append(polynomial(survivors(batches, P) < P, assumptions=inside))
    return all_of(*parts)


def survivors(batches, chance):
    """P(more than half of the batches hold it), over all patterns."""
    whole = 0
    for pattern in itertools.product((0, 1), repeat=batches):
        if 2 * sum(pattern) > batches:
            term = 1
            for one in pattern:
                term = term * (chance if one else 1 - chance)
            whole = whole + term
    return whole


@item("m3_gaussian_noise", "m3_adds_noise")
def median_of_three_normals():
    """6 x^2 phi Phi (1 - Phi): 3/2 - 6 E Z^2 h, h = (Phi - 1/2)^2, E Z^2 h = E h + E h'' (Stein).

    E h = 1/12; E h'' = 2 int phi^3 - 2 int x phi^2 (Phi - 1/2) = int phi^3, by parts.
    """
    z = sympy.symbols("z", real=True)
    phi = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    cube = sympy.integrate(phi**3, (z, -sympy.oo, sympy.oo))
    spread = sympy.integrate((x - sympy.Rational(1, 2)) ** 2, (x, 0, 1))
    slope = identity(sympy.diff(phi**2, z), -2 * z * phi**2)
    value = sympy.Rational(3, 2) - 6 * (spread + 2 * cube - cube)
    return all_of(slope, identity(value * n, m3_variance(n)))
