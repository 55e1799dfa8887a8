"""Why left and right agree, what projecting keeps, and from where it pays."""

import sympy

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import rational
from theory.novel_class_discovery import known_classes_needed

item = Proofs()
L, g, n, d, r, p, h, f, S, N = sympy.symbols("l g n d r p h f S N", positive=True)
SEEN = (L**2 - g) / (L + g)


def seen(signal, dimensions):
    """S above the transition."""
    return SEEN.subs({L: signal, g: dimensions / n}, simultaneous=True)


@item("left_and_right_agree", "same_points_same_accuracy")
def left_and_right_ratios():
    """cos^2/(1 - cos^2) of the left vector and l cos^2 of the right one are (l^2 - g)/(l + g)."""
    left, right = (L**2 - g) / (L * (1 + L)), (L**2 - g) / (L * (L + g))
    return all_of(identity(left / (1 - left), SEEN), identity(L * right, SEEN))


@item("blind_below", "blind_excess")
def weight_at_the_edge():
    """g (1 + l)/(x |1 + (1 + l) m|^2), m = -1/(1 + sqrt g), x = 1/m^2: g (1 + l)/(sqrt g - l)^2."""
    root = sympy.symbols("s", positive=True)  # sqrt g
    m = -1 / (1 + root)
    weight = root**2 * (1 + L) * m**2 / (1 + (1 + L) * m) ** 2
    return identity(weight, root**2 * (1 + L) / (root - L) ** 2)


@item("projection_is_linear_in_p", "projected_accuracy")
def linear_in_the_number_of_directions():
    """S(l p/r, p/n) = (n l^2 p - r^2)/(r (n l + r)): its second derivative in p is 0."""
    line = (n * L**2 * p - r**2) / (r * (n * L + r))
    return all_of(
        identity(seen(L * p / r, p), line), identity(sympy.diff(line, p, 2), sympy.Integer(0))
    )


@item("how_many_known_classes", "above_the_number_projecting_helps", "fewest_known_classes")
def number_that_pays():
    """At p* = r - r (1 + l)(d - r)/(l (n l + d)) both S agree; at n l^2 = d it is r^2/d."""
    least = r - r * (1 + L) * (d - r) / (L * (n * L + d))
    return all_of(
        identity(seen(L * least / r, least), seen(L, d)),
        identity(least.subs(n, d / L**2), r**2 / d),
        identity(sympy.diff(least, n), r * (1 + L) * (d - r) / (n * L + d) ** 2),
    )


@item("fewest_known_classes")
def number_rises_with_points():
    """l = 3/2, d = 400, r = 80: p*(1.01 n) > p*(n) for n in [180, 5000], in balls."""

    def rise(points):
        least = [
            known_classes_needed(rational(3, 2), 400, m, 80)
            for m in (points, points * rational(101, 100))
        ]
        return least[1] - least[0]

    return inequality(rise, {"points": (180, 5000)}, strict=True)


@item("hidden_class_gap", "hidden_class_validation", "hidden_class_validation_unbiased")
def gap_is_constant():
    """S of p directions less S of p - h: n l^2 h/(r (n l + r)), without p."""
    left = p - h
    return identity(seen(L * p / r, p) - seen(L * left / r, left), n * L**2 * h / (r * (n * L + r)))


@item("captured_energy_noisy")
def captured_share():
    """f = (1 + x)/(1 + x + k), r f + (d - r)/(1 + k) = p: N (1 - f)(p - r f) = r (f d - p)."""
    x, k = N / r, sympy.symbols("k", positive=True)
    share = (1 + x) / (1 + x + k)
    rows = r * share + (d - r) / (1 + k)
    both = N * (1 - share) * (rows - r * share) - r * (share * d - rows)
    u, t = N / (r + N), r / (r + N)
    a = u * (p + r) + t * d
    P, R, D, U = reals("P R D U")
    inside = [U > 0, U < 1, P > 0, P < R, R < D]
    at_one = U * R - (U * (P + R) + (1 - U) * D) + P
    return all_of(
        identity(both, sympy.Integer(0)),
        identity((u * (p - r) + t * d) ** 2 + 4 * t * u * r * (d - p), a**2 - 4 * u * r * p),
        identity((r + N) * (u * r * f**2 - a * f + p), N * (1 - f) * (p - r * f) - r * (f * d - p)),
        polynomial(at_one < 0, assumptions=inside),  # the smaller root is below 1
    )


@item("labels_per_class_needed", "enough_labels_help", "too_few_labels_hurt")
def share_that_pays():
    """S(l f, p/n) = S at f = (S + sqrt(S^2 + 4 (1 + S) p/n))/(2 l)."""
    share = (S + sympy.sqrt(S**2 + 4 * (1 + S) * p / n)) / (2 * L)
    return identity(seen(L * share, p), S)


@item("spikes_place", "spikes_count_classes")
def simplex_means():
    """Points sqrt(K l)(e_k - 1/K): squared distances 2 K l, second moment l on K - 1 axes."""
    parts = []
    for K in (2, 3, 5):
        means = sympy.sqrt(K * L) * (sympy.eye(K) - sympy.ones(K, K) / K)
        moment = means.T * means / K
        apart = means.row(0) - means.row(1)
        parts += [
            identity((apart * apart.T)[0], 2 * K * L),
            identity(moment[0, 0], L * (1 - sympy.Rational(1, K))),
            identity(moment[0, 1], -L / K),
        ]
    return all_of(*parts)
