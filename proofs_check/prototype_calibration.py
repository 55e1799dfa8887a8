"""The best weights, what moving a prototype does to either recall, and where cosines agree."""

import sympy

from proofs_check import Proofs, all_of, identity, polynomial, reals
from theory import mixing, normal_cdf, normal_pdf, sqrt
from theory.prototype_calibration import (
    anisotropic_recalls, balanced_recall, balanced_weight, best_weight, calibrated_mse,
    competing_recalls, critical_cosine_shots, critical_shots, donor_recalls, estimated_recalls,
    james_stein_bound, pair_auc, rival_recalls,
)  # fmt: skip

item = Proofs()
D, V, W, S, L, d, k, t, h = sympy.symbols("D V W S L d k t h", positive=True)
a, r, lam = sympy.symbols("a r lam", real=True)
E = D**2 + V


@item("calibrated_mse", "no_weight_does_better", "helps_up_to_twice_the_best")
def weight_of_least_error():
    """(1 - a)^2 V + a^2 S = V S/(V + S) + (V + S)(a - a*)^2: least at a*, V again at 0 and 2 a*."""
    best, error = best_weight(V, S), calibrated_mse(V, S, a)
    return all_of(
        identity(error, mixing(V, S) + (V + S) * (a - best) ** 2),
        identity(calibrated_mse(V, S, 2 * best), V),
    )


@item("bayes_alpha")
def posterior_mean():
    """The prior precision over the sum of both: the posterior mean of a normal mean."""
    spread = sympy.symbols("theta", positive=True)
    prior, data = 1 / spread**2, k
    return identity(best_weight(d / k, d * spread**2), prior / (prior + data))


@item("james_stein")
def inverse_of_a_shifted_chi_square():
    """E 1/chi^2_m = 1/(m - 2): the terms of the series, of m = d + 2j degrees."""
    x, m = sympy.symbols("x m", positive=True)
    density = x ** (m / 2 - 1) * sympy.exp(-x / 2) / (2 ** (m / 2) * sympy.gamma(m / 2))
    half = m / 2 - 1  # int x^(half - 1) e^(-x/2) dx = 2^half Gamma(half)
    mean = 2**half * sympy.gamma(half) / (2 ** (m / 2) * sympy.gamma(m / 2))
    rest = x ** (half - 1) * sympy.exp(-x / 2) / (2 ** (m / 2) * sympy.gamma(m / 2))
    return all_of(identity(density / x, rest), identity(sympy.gammasimp(mean), 1 / (m - 2)))


@item("james_stein_near_the_best")
def jensen():
    """E 1/(d - 2 + 2J) >= 1/(d - 2 + |b|^2/s2) by convexity; there the risk is the bound."""
    least = V * (d - (d - 2) ** 2 / (d - 2 + S / V))
    excess = james_stein_bound(d, V, S) - mixing(d * V, S)
    D_, v_, s_ = reals("D v s")
    inside = [D_ >= 3, v_ > 0, s_ >= 0]
    bound = (D_ - 2) * s_ * (D_ * v_ + s_) <= D_ * v_ * s_ * ((D_ - 2) * v_ + s_) / v_
    return all_of(
        identity(james_stein_bound(d, V, S), least),
        identity(excess - 2 * V, (d - 2) * S * V / ((d - 2) * V + S) - d * S * V / (d * V + S)),
        polynomial(bound, assumptions=inside),  # so that the excess is at most 2 s2
    )


@item("new_misread_as_base", "base_seldom_misread", "shots_that_halve")
def raw_recalls():
    """a = 0: arguments (D^2 - V)/(2 sqrt E) and sqrt(E)/2; the first is 0 at k = d/D^2."""
    new, base = rival_recalls(D, V, 0)
    at = rival_recalls(D, d / critical_shots(D, d), 0)[0]
    return all_of(
        identity(new, normal_cdf((D**2 - V) / (2 * sqrt(E)))),
        identity(base, normal_cdf(sqrt(E) / 2)),
        identity(at, sympy.Rational(1, 2)),
    )


@item("shift_toward_rival", "shift_costs_the_rival")
def slopes_in_the_weight():
    """d new/da = phi sqrt(E)/2 > 0, d base/da = -phi sqrt(E)/2 < 0."""
    new, base = rival_recalls(D, V, a)
    x = (2 * D**2 - (1 - a) * E) / (2 * sqrt(E))
    y = (1 - a) * sqrt(E) / 2
    return all_of(
        identity(sympy.diff(new, a), normal_pdf(x) * sqrt(E) / 2),
        identity(sympy.diff(base, a), -normal_pdf(y) * sqrt(E) / 2),
    )


@item("general_donors", "general_donors_base", "shift_toward_rival")
def rival_is_one_of_the_donors():
    """b = mu_j - mu, so |b| = D, led straight to the rival: the general form is the rival's."""
    some = sympy.symbols("u", positive=True)  # 1 - a
    pairs = zip(donor_recalls(D, V, 1 - some, D**2, -D), rival_recalls(D, V, 1 - some), strict=True)
    return all_of(*(identity(general, rival) for general, rival in pairs))


@item("balanced_optimum_is_mse_optimum", "no_weight_is_more_accurate", "gain_of_calibration")
def both_recalls_at_the_best_weight():
    """At a = V/(V + D^2) both are Phi(D^2/(2 sqrt E)); x + y = D^2/sqrt E for every a.

    derived

    Phi(x) + Phi(y) at a fixed sum x + y > 0 is largest at x = y: its slope along x - y has the sign
    of x^2 > y^2, that is of -(x - y).
    """
    new, base = rival_recalls(D, V, best_weight(V, D**2))
    x = (2 * D**2 - (1 - a) * E) / (2 * sqrt(E))
    y = (1 - a) * sqrt(E) / 2
    first, second = reals("first second")
    return all_of(
        identity(new, balanced_recall(D, V)),
        identity(base, balanced_recall(D, V)),
        identity(x + y, D**2 / sqrt(E)),
        identity(rival_recalls(D, V, a)[0], normal_cdf(x)),
        polynomial((first**2 > second**2) == (first > second), assumptions=[first + second > 0]),
    )


@item("threshold_only", "ranking_of_the_pair")
def direction_of_the_rule():
    """(1 - a) c + a m - m = (1 - a)(c - m), and w.(mu - mu_j) = D^2 at |w|^2 = E, var 2 E."""
    c, m = sympy.symbols("c m", real=True)
    return all_of(
        identity((1 - a) * c + a * m - m, (1 - a) * (c - m)),
        identity(pair_auc(D, V), normal_cdf(D**2 / sqrt(2 * E))),
    )


@item("estimated_rival", "estimated_rival_base", "balanced_weight_of_estimates")
def estimated_prototypes():
    """Margins (|mu - m_j|^2 - |mu - c'|^2)/(2 |c' - m_j|) ; equal at (V - W)/F."""
    left, F = 1 - a, D**2 + V + W
    new = (D**2 + W - left**2 * V - a**2 * (D**2 + W)) / (2 * left * sqrt(F))
    base = (left**2 * (D**2 + V) + a**2 * W - W) / (2 * left * sqrt(F))
    found = estimated_recalls(D, V, W, a)
    both = estimated_recalls(D, V, W, balanced_weight(D, V, W))
    return all_of(
        identity(found[0], normal_cdf(sympy.simplify(new))),
        identity(found[1], normal_cdf(sympy.simplify(base))),
        *(identity(x, normal_cdf(D**2 / (2 * sqrt(F)))) for x in both),
    )


@item("least_error_moves_too_far")
def less_than_least_error():
    """(V - W)/F = V/F - W/F."""
    return identity(balanced_weight(D, V, W), best_weight(V, D**2 + W) - W / (D**2 + V + W))


@item("new_classes_compete", "new_classes_compete_second", "equal_shots_are_not_parted")
def two_new_prototypes():
    """w.(mu_1 - middle)/|w|, means at +-D/2, w = (1 - a)(D + e): E e^2 counts V_1 - V_2 over 2."""
    b = sympy.symbols("b", real=True)
    left, v = sympy.symbols("left", positive=True), sympy.sqrt(D**2 + V + W)
    weight = 1 - left
    margin = left * (D * (D / 2 - weight * b) - left * (V - W) / 2) / (left * v)
    first, second = competing_recalls(D, V, W, weight, b)
    raw, estimated = competing_recalls(D, V, W, 0, b), estimated_recalls(D, V, W, 0)
    return all_of(
        identity(first, normal_cdf(sympy.simplify(margin))),
        identity(second, first.subs({V: W, W: V, b: -b}, simultaneous=True)),
        *(identity(x, y) for x, y in zip(raw, estimated, strict=True)),
    )


@item("uneven_features", "uneven_features_base", "uneven_optimum", "shots_counted_by_the_trace")
def uneven_spread():
    """S = I: the rival's recalls; at V/(V + D^2) both arguments are D^2/(2 v), for any v."""
    even = anisotropic_recalls(D, 1, V, V, a)
    new, base = anisotropic_recalls(D, S, V, W, best_weight(V, D**2))
    v = sqrt(D**2 * S + W)
    half = anisotropic_recalls(D, S, D**2, W, 0)[0]
    return all_of(
        *(identity(x, y) for x, y in zip(even, rival_recalls(D, V, a), strict=True)),
        *(identity(x, normal_cdf(D**2 / (2 * v))) for x in (new, base)),
        identity(half, sympy.Rational(1, 2)),
    )


N = sympy.symbols("n", positive=True)
SQUARE = (1 - a) ** 2 + a**2 + 2 * a * (1 - a) * h * r


@item("cosine_recall", "cosine_recall_base", "equal_recall_alpha")
def cosines_of_the_mixture():
    """n p and n q as dot products; without cancellation; p - r = 1 - q iff n = (1 - a) h + a."""
    p, q = ((1 - a) * h + a * r) / N, ((1 - a) * h * r + a) / N
    apart = (1 - a) ** 2 * (1 - h * r) * (1 + h * r)
    turned = (1 - a) * (h - r * ((1 - a) + 2 * a * h * r) / (a + N)) / N
    equal = (p - r - 1 + q) * N - (1 + r) * ((1 - a) * h + a - N)
    return all_of(
        identity((N * q) ** 2 + apart, SQUARE),
        identity(sympy.expand((p - r - turned) * N * (a + N)), r * (SQUARE - N**2)),
        identity(sympy.expand(equal), sympy.Integer(0)),
        identity(
            SQUARE - ((1 - a) * h + a) ** 2, (1 - a) * ((1 - a) * (1 - h**2) - 2 * a * h * (1 - r))
        ),
    )


@item("critical_shots_of_cosines", "norm_inflation")
def where_the_raw_cosine_halves():
    """h = r at k = d r^2/(rho^2 (1 - r^2)): rho^2/(rho^2 + d/k) = r^2."""
    s = sympy.symbols("s", positive=True)
    shots = critical_cosine_shots(L, d, s)
    return identity(L**2 / (L**2 + d / shots), s**2)


@item("tradeoff", "cosine_recall")
def new_recall_rises():
    """x = rho (h - r m)/sqrt(1 + m^2 - 2 h r m), m = (n - a)/(1 - a): it falls in m, m falls in a.

    derived

    n^2 = 1 + s^2 + 2 s h r at s = a/(1 - a) and n = s + m give s = (1 - m^2)/(2 (m - h r))
    """
    m = sympy.symbols("m", positive=True)
    s = (1 - m**2) / (2 * (m - h * r))
    square = 1 + m**2 - 2 * h * r * m
    slope = -(r * (1 - h**2) + m * h * (1 - r**2)) / square ** sympy.Rational(3, 2)
    turn = -square / (2 * (m - h * r) ** 2)
    one, half, cosine = reals("m h r")
    inside = [half > 0, half < 1, cosine >= 0, cosine < 1, one > half * cosine, one <= 1]
    return all_of(
        identity((s + m) ** 2, 1 + s**2 + 2 * s * h * r),
        identity(2 * (s + m) * (m - h * r), square),  # n^2 (2 - 2 q)
        identity(sympy.diff((h - r * m) / sympy.sqrt(square), m), slope),
        identity(sympy.diff(s, m), turn),
        polynomial(cosine * (1 - half**2) + one * half * (1 - cosine**2) > 0, assumptions=inside),
        polynomial(1 + one**2 - 2 * half * cosine * one > 0, assumptions=inside),
    )


@item("tradeoff", "cosine_recall_base")
def base_recall_falls():
    """q = (h r + s)/sqrt(1 + s^2 + 2 s h r) rises in s = a/(1 - a), and p, q are cosines."""
    s = sympy.symbols("s", positive=True)
    square = 1 + s**2 + 2 * s * h * r
    slope = (1 - h**2 * r**2) / square ** sympy.Rational(3, 2)
    left = (1 - a) ** 2 * (1 - h**2) + a**2 * (1 - r**2)
    return all_of(
        identity(sympy.diff((h * r + s) / sympy.sqrt(square), s), slope),
        identity(SQUARE - ((1 - a) * h + a * r) ** 2, left),
    )
