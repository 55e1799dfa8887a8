"""The softmax identity, label noise, the AUROC series, pre-processing, Euclid, updates."""

from fractions import Fraction
from math import comb
from types import SimpleNamespace

import sympy

from proofs_check import Proofs, exact, identity, inequality, polynomial, reals
from theory import rational
from theory.mahalanobis_detection import softmax_blind, stepped_moments

item = Proofs()
a, b, u, v, f, g = sympy.symbols("a b u v f g", real=True)
e, k = sympy.symbols("e k", positive=True)
# any positive definite matrix of two rows, but for its scale
SIGMA = sympy.Matrix([[1 + a**2, a * b], [a * b, 1 + b**2]])
W, F = sympy.Matrix([u, v]), sympy.Matrix([f, g])
INVERSE = SIGMA.inv()


def square(x):
    """x' Sigma^-1 x."""
    return (x.T * INVERSE * x)[0]


@item("gda_is_softmax")
def posterior_is_linear():
    """-(f - mu)'Sigma^-1 (f - mu)/2 = w'f - mu'w/2 - f'Sigma^-1 f/2, w = Sigma^-1 mu."""
    w = INVERSE * W
    return identity(-square(F - W) / 2, (w.T * F - W.T * w / 2)[0] - square(F) / 2)


@item("gda_is_softmax_converse")
def any_weights_are_a_posterior():
    """mu = Sigma (w + v): mu'Sigma^-1 mu/2 - (f - mu)'Sigma^-1 (f - mu)/2 = w'f + common terms."""
    shift = sympy.Matrix(sympy.symbols("v1 v2", real=True))
    mu = SIGMA * (W + shift)
    common = (shift.T * F)[0] - square(F) / 2
    return identity(square(mu) / 2 - square(F - mu) / 2, (W.T * F)[0] + common)


@item("label_noise_invariance")
def rank_one_change_keeps_the_direction():
    """(Sigma + k m m')^-1 m is parallel to Sigma^-1 m (Sherman and Morrison)."""
    x, y = (SIGMA + k * W * W.T).inv() * W, INVERSE * W
    return identity(x[0] * y[1], x[1] * y[0])


@item("label_noise_covariance", "label_noise_detection_score")
def total_covariance_is_kept():
    """Sigma~ + (1 - eta)^2 Sigma_B = Sigma + Sigma_B: eta (2 - eta) + (1 - eta)^2 = 1."""
    return identity(k * (2 - k) + (1 - k) ** 2, 1)


PAIRS, TRIED = [(m, n) for m in range(1, 25) for n in range(m, m + 25)], "m < 25, n - m < 25"


def half(m, n):
    """I_{1/2}(m, n) = P(Binomial(m + n - 1, 1/2) >= m)."""
    trials = m + n - 1
    return Fraction(sum(comb(trials, i) for i in range(m, trials + 1)), 2**trials)


@item("auroc_shift", "auroc_scale")
def halves_rise():
    """I_{1/2}(m, m) = 1/2 and I_{1/2}(m, n + 1) > I_{1/2}(m, n): AUROC rises in lambda."""
    return exact(
        lambda: all(half(m, n + 1) > half(m, n) and 2 * half(m, m) == 1 for m, n in PAIRS), TRIED
    )


@item("auroc_shift", "dimension_dilution")
def halves_fall_in_the_dimension():
    """I_{1/2}(m + 1, n + 1) < I_{1/2}(m, n) for n > m: AUROC falls in d at fixed lambda."""
    return exact(lambda: all(half(m + 1, n + 1) < half(m, n) for m, n in PAIRS if n > m), TRIED)


@item("softmax_blind")
def outward_shifts_are_below_half():
    """Max softmax: AUROC < 1/2 for every s in [.1, 6], Delta in [.1, 8]."""

    def below(s, separation):
        return rational(1, 2) - softmax_blind(SimpleNamespace(length=s, separation=separation))

    return inequality(below, {"s": (0.1, 6), "separation": (0.1, 8)}, strict=True)


@item("preprocess_identity")
def variance_in_distribution():
    """v(e) = v_min + 4 (1 - c^2) (e - e_min)^2, c = sqrt(2/pi): 2 - 4 c e + 4 (1 - c^2) e^2.

    derived: e_min = c/(2 (1 - c^2)) = 1.0979, v_min = 2 - c^2/(1 - c^2) = .2481 > 0
    """
    c = sympy.sqrt(2 / sympy.pi)
    e_min, v_min = c / (2 * (1 - c**2)), 2 - c**2 / (1 - c**2)
    variance = stepped_moments(sympy.Integer(0), e)[1]
    return identity(variance, v_min + 4 * (1 - c**2) * (e - e_min) ** 2)


@item("preprocess_helps_iff_aligned_isotropic")
def variance_is_positive():
    """Var (|t| - e)^2 > 0, t ~ N(delta, 1), for delta in [0, 2], e in [0, 2]."""
    box = {"delta": (0, 2), "e": (0, 2)}
    return inequality(lambda delta, e: stepped_moments(delta, e)[1], box, strict=True)


@item("euclid_can_win")
def euclid_wins_small_shifts():
    """L sqrt(d) > sqrt(L^2 + d - 1) for all L > 1, d > 1: more mean a unit of sd."""
    top, d = reals("L d")
    return polynomial(top**2 * d > top**2 + d - 1, assumptions=[top > 1, d > 1])


@item("incremental_update_average")
def update_is_pooled_at_equal_counts():
    """The weights C/(C + 1) and N/(N + n) agree if and only if n = N/C."""
    C, N, n = reals("C N n")
    same = C * (N + n) == N * (C + 1)
    return polynomial(same == (n == N / C), assumptions=[C > 0, N > 0, n > 0])
