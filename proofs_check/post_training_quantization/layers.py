"""Cells and thresholds of quantisers, the threshold of overfitting, innovations, statistics."""

from fractions import Fraction

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import normal_cdf, normal_pdf, relu_mean
from theory.post_training_quantization import (
    affine_error, ball_constant, best_few, bias_threshold, bias_tuned_error, calibration_threshold,
    few_samples_threshold, interpolation_risk, least_squares_risk, matching_error, noise_floor,
    removable, split_mse, split_mse_laplace,
)  # fmt: skip

item = Proofs()
x, q, a, t, u = sympy.symbols("x q alpha t u", real=True)
D, K, B, T, m, s = sympy.symbols("D K B T m s", positive=True)


@item("uniform_mse_exact", "uniform_mse_exact_laplace", "sum_over_cells")
def integrals_of_a_cell():
    """The antiderivatives of (x - q)^2 phi(x) and of (x - q)^2 exp(-x)/2; E (x - t)_+ and its."""
    normal = (1 + q**2) * normal_cdf(x) - x * normal_pdf(x) + 2 * q * normal_pdf(x)
    laplace = -sympy.exp(-x) * ((x - q) ** 2 + 2 * (x - q) + 2) / 2
    return all_of(
        identity(sympy.diff(normal, x), (x - q) ** 2 * normal_pdf(x)),
        identity(sympy.diff(laplace, x), (x - q) ** 2 * sympy.exp(-x) / 2),
        identity(sympy.diff(relu_mean(-t), t), -normal_cdf(-t)),
    )


@item("uniform_mse_exact", "uniform_mse_exact_laplace", "high_resolution_split")
def one_more_threshold():
    """(x - q)^2 - (x - q - D)^2 = 2 D (x - t) at the midpoint t = q + D/2: -2 D E (x - t)_+ each.

    derived

    Summed, D = E (x - q_0)^2 - 2 D sum_t E (x - t)_+; thresholds without end leave the periodic
    error, which Poisson's sum gives.
    """
    return identity((x - q) ** 2 - (x - q - D) ** 2, 2 * D * (x - (q + D / 2)))


@item("uniform_mse_exact_laplace")
def laplace_at_one_bit():
    """2 + D^2/4 - D coth(D/2) + 2 D exp(-D)/(1 - exp(-D)) at D = alpha is 2 - alpha + alpha^2/4."""
    e = sympy.exp(-D)
    coth = (1 + e) / (1 - e)
    return all_of(
        identity(2 + D**2 / 4 - D * coth + 2 * D * e / (1 - e), 2 - D + D**2 / 4),
        identity(sympy.diff(2 - D + D**2 / 4, D).subs(D, 2), sympy.Integer(0)),
    )


@item("optimal_clip_orthogonality", "optimal_clip_covariance", "quantised_input_calibration")
def only_the_levels_move():
    """4 levels c alpha, thresholds midpoints: alpha dD/dalpha = 2 (E Q^2 - E xQ), D = 4 cells."""
    levels = [a * c for c in (sympy.Rational(1, 4), sympy.Rational(3, 4))]
    middle = a / 2
    cut = [(sympy.Integer(0), middle), (middle, sympy.oo)]

    def moment(power, low, high):
        """int x^power phi over [low, high]."""
        ends = {0: normal_cdf(x), 1: -normal_pdf(x), 2: normal_cdf(x) - x * normal_pdf(x)}[power]
        top = {0: 1, 1: 0, 2: 1}[power] if high == sympy.oo else ends.subs(x, high)
        return top - ends.subs(x, low)

    mse = along = square = 0
    for level, (low, high) in zip(levels, cut, strict=True):
        m0, m1, m2 = (moment(k, low, high) for k in (0, 1, 2))
        mse += 2 * (m2 - 2 * level * m1 + level**2 * m0)
        along += 2 * level * m1
        square += 2 * level**2 * m0
    return identity(a * sympy.diff(mse, a), 2 * (square - along))


@item("high_resolution_split", "high_resolution_corrected")
def clipping_is_the_integral_of_the_thresholds():
    """d/dalpha of clipping is -4 E (x - alpha)_+, falling and convex: a left sum is above."""
    clipping = 2 * ((1 + a**2) * normal_cdf(-a) - a * normal_pdf(a))
    whole = split_mse(2 * a / D, a) - D**2 / 12
    return all_of(
        identity(whole, clipping),
        identity(sympy.diff(clipping, a), -4 * relu_mean(-a)),
        identity(sympy.diff(relu_mean(-a), a, 2), normal_pdf(a)),
        inequality(lambda t: normal_cdf(-t), {"t": (0, 8)}, strict=True),
    )


@item("laplace_split", "laplace_asymptotics")
def laplace_split_is_stationary():
    """alpha^2/(3N^2) + 2 exp(-alpha) is stationary at alpha exp(alpha) = 3 N^2; its value."""
    n = sympy.sqrt(a * sympy.exp(a) / 3)
    levels = sympy.symbols("N", positive=True)
    slope = sympy.diff(split_mse_laplace(levels, a), a)
    return all_of(
        identity(slope.subs(levels, n), sympy.Integer(0)),
        identity(split_mse_laplace(n, a), (a**2 + 2 * a) / (3 * n**2)),
    )


@item("calibration_risk_of_least_squares", "law_of_the_risk", "calibration_risk")
def means_of_ratios():
    """E 1/chi^2_m = 1/(m - 2); at m = B - K + 1, K of them K/(B - K - 1); below the peak B."""
    half = m / 2
    mean = 2 ** (half - 1) * sympy.gamma(half - 1) / (2**half * sympy.gamma(half))
    short = 1 / (m - 2)
    fitted = noise_floor(T) * (1 + K * short.subs(m, B - K + 1))
    below = noise_floor(T) * (1 + B * short.subs(m, K - B + 1)) + removable(T) * (1 - B / K)
    return all_of(
        identity(sympy.gammasimp(mean), short),
        identity(fitted, least_squares_risk(B, K, T)),
        identity(below, interpolation_risk(B, K, T)),
        identity(noise_floor(T) + removable(T), T),
    )


@item("overfitting_threshold", "few_samples_overfit", "enough_samples_help")
def where_least_squares_pays():
    """s2 (1 + K/(B - K - 1)) < t2 if and only if B > K + 1 + K/t2; equal there."""
    b, k, t2 = reals("B K t2")
    inside = [k > 0, t2 > 0, b > k + 1]
    below = t2 * (b - 1) < t2 * (1 + t2) * (b - k - 1)
    return all_of(
        identity(least_squares_risk(calibration_threshold(K, T), K, T), T),
        polynomial(below == (t2 * (b - k - 1) > k), assumptions=inside),
    )


@item("few_samples_break_even", "best_number_of_few")
def where_interpolation_pays():
    """-r2 B/K + s2 B/(K - B - 1) < 0 if and only if K - B - 1 > K/t2; stationary at best_few."""
    b, k, t2 = reals("B K t2")
    inside = [t2 > 0, b > 0, k > b + 1]
    gains = k * t2 < t2 * t2 * (k - b - 1)
    slope = sympy.diff(interpolation_risk(B, K, T), B)
    bent = sympy.diff(noise_floor(T) * B / (K - B - 1), B, 2)
    return all_of(
        identity(interpolation_risk(few_samples_threshold(K, T), K, T), T),
        polynomial(gains == (t2 * (k - b - 1) > k), assumptions=inside),
        identity(slope.subs(B, best_few(K, T)), sympy.Integer(0)),
        identity(bent, 2 * noise_floor(T) * (K - 1) / (K - B - 1) ** 3),
    )


@item("ridge_calibration", "ridge_at_the_best_penalty", "best_penalty_is_best")
def ridge_from_marchenko_and_pastur():
    """g l m^2 + (1 - g + l) m = 1: m2 = -dm/dl; at l = g/t2 the risk is s2 (1 + g m), and t2 above.

    derived

    Over l the excess s2 g (m - l m2) + r2 l^2 m2 has the slope 2 (r2 l - s2 g) (m2 - l m3), m3 =
    E 1/(s + l)^3: it changes sign at l = g/t2 only. m <= 1/l gives s2 (1 + t2) = t2.
    """
    g, lam, value = sympy.symbols("g l m", positive=True)
    law = g * lam * value**2 + (1 - g + lam) * value - 1
    fall = sympy.diff(law, lam) / sympy.diff(law, value)  # -dm/dl
    turn = 1 - g + lam + 2 * g * lam * value
    m2, m3 = sympy.symbols("m2 m3", positive=True)
    s2, r2 = noise_floor(T), removable(T)
    slope = s2 * g * (-m2 - m2 + 2 * lam * m3) + 2 * r2 * lam * m2 - 2 * r2 * lam**2 * m3
    best = s2 * g * (value - lam * m2) + r2 * lam**2 * m2
    return all_of(
        identity(fall, value * (1 + g * value) / turn),
        identity(slope, 2 * (r2 * lam - s2 * g) * (m2 - lam * m3)),
        identity(best.subs(lam, g / T), s2 * g * value),
        identity(s2 * (1 + g * T / g), T),
    )


@item("patch_equations", "effective_samples_of_images", "patches_are_worth_less", "few_unknowns")
def shares_of_the_rows():
    """h_i = c x/(1 + c x) sum to K: sum h^2 >= K^2/n, h < 1 so n_eff > K; equal c give n.

    derived

    The excess K A q^2/(1 - K A q^2), K q = x, A q^2 = sum h^2/K^2 = 1/n_eff, is K/(n_eff - K).
    """
    n, k = sympy.symbols("n k", positive=True)
    p, r, w = reals("p r w")
    share = k / n
    return all_of(
        identity(k**2 / (n * share**2), n),
        identity((k / n) / (1 - k / n), k / (n - k)),
        polynomial(3 * (p * p + r * r + w * w) >= (p + r + w) * (p + r + w)),
        polynomial(p * p <= p, assumptions=[p >= 0, p <= 1]),
    )


@item("rounding_error_gram", "sequential_rounding", "sequential_is_below_nearest")
def innovations_are_below_the_diagonal():
    """S = R'R with K = 3: tr S - sum R_jj^2 is the sum of squares above the diagonal; D^2/12."""
    names = sympy.symbols("r11 r12 r13 r22 r23 r33", real=True)
    r11, r12, r13, r22, r23, r33 = names
    R = sympy.Matrix([[r11, r12, r13], [0, r22, r23], [0, 0, r33]])
    rest = (R.T * R).trace() - r11**2 - r22**2 - r33**2
    uniform = sympy.integrate(x**2, (x, -D / 2, D / 2)) / D
    return all_of(identity(rest, r12**2 + r13**2 + r23**2), identity(uniform, D**2 / 12))


@item("sequential_is_above_the_determinant", "no_rounding_beats_the_ball")
def arithmetic_and_geometric_mean():
    """u^3 + v^3 + w^3 >= 3 u v w for u, v, w >= 0; 12 G_K <= 1 at K = 1 ... 12, in balls."""
    p, r, w = reals("u v w")
    inside = [p >= 0, r >= 0, w >= 0]
    square = (p - r) * (p - r) + (r - w) * (r - w) + (w - p) * (w - p)
    cubes = p * p * p + r * r * r + w * w * w - 3 * p * r * w
    ball = [
        inequality(lambda k, c=c: 1 / (12 + 0 * k) - ball_constant(c + 0 * k), {"k": (0, 1)})
        for c in range(2, 13)
    ]
    return all_of(
        polynomial(2 * cubes == (p + r + w) * square),
        polynomial((p + r + w) * square >= 0, assumptions=inside),
        identity(ball_constant(sympy.Integer(1)), sympy.Rational(1, 12)),
        *ball,
    )


@item("calibrated_rounding", "rounding_error_on_the_samples", "joint_rounding")
def what_a_sample_adds_to_a_step():
    """1 + (j - 1)/(B - j) = (B - 1)/(B - j): E tr of an inverse Wishart of j - 1, B rows, and 1."""
    j = sympy.symbols("j", positive=True)
    trace = least_squares_risk(B, j - 1, T) / noise_floor(T) - 1
    seen = [sum(Fraction(30 - i + 1) for i in range(1, k + 1)) for k in range(1, 20)]
    closed = [Fraction(k * 30) - Fraction(k * (k - 1), 2) for k in range(1, 20)]
    return all_of(
        identity(1 + trace, (B - 1) / (B - j)),
        exact(seen == closed, "sum_j (B - j + 1) = KB - K(K - 1)/2, B = 30, K < 20"),
    )


@item("statistics_tuning", "best_affine_map", "shift_left_in", "bias_tuning")
def matched_and_shrunk():
    """2 (1 - rho) - (1 - rho^2) = (1 - rho)^2; V (1 + 1/B) = V + m^2 at B = V/m^2."""
    rho, v, shift = sympy.symbols("rho V m", positive=True)
    scale = sympy.symbols("c", real=True)
    error = 1 - 2 * scale * rho + scale**2
    return all_of(
        identity(matching_error(rho) - affine_error(rho), (1 - rho) ** 2),
        identity(error, affine_error(rho) + (scale - rho) ** 2),
        identity(error.subs(scale, 1), matching_error(rho)),
        identity(bias_tuned_error(v, bias_threshold(v, shift)), v + shift**2),
    )


@item("matching_hurts_at_the_best_range")
def matching_at_the_best_range():
    """rho^2 = (E xQ)^2/E Q^2 = 1 - D, and 2 (1 - rho) >= 1 - rho^2 for rho <= 1."""
    rho, error = reals("rho D")
    inside = [rho >= 0, rho <= 1, rho * rho == 1 - error]
    return polynomial(2 * (1 - rho) >= error, assumptions=inside)


@item("reestimated_statistics", "many_samples_match")
def moments_of_a_deviation():
    """E 1/s^2 = (B - 1)/(B - 3) for (B - 1) s^2 ~ chi^2_(B - 1), independent of the mean."""
    half = m / 2
    inverse = 2 ** (half - 1) * sympy.gamma(half - 1) / (2**half * sympy.gamma(half))
    return identity(sympy.gammasimp(inverse.subs(m, B - 1) * (B - 1)), (B - 1) / (B - 3))
