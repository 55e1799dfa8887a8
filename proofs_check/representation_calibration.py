"""Priors and moments of polluted classes, both rules, correction, transfer, the exact recall."""

import sympy

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import mixing, normal_cdf, normal_pdf, rational
from theory.representation_calibration import (
    best_weight, borrows_below, centroid_recalls, corrected_error, covariance_error,
    discriminant_recalls, inflation, joint_calibration, naive_error, nearest_recall, pays_from,
    purity, resampled_error, transfer_error, trimmed_bias,
)  # fmt: skip

item = Proofs()
D, t, eta, n, M, T, Q, V, H, b, w, r, nu = sympy.symbols(
    "Delta p_t eta n M T Q V H b w r nu", positive=True
)
FIRST = sympy.symbols("p1 p2", positive=True)
PRIORS = (*FIRST, 1 - sum(FIRST))
MEANS = sympy.symbols("m1:4", real=True)
MIDDLE = sum(q * m for q, m in zip(PRIORS, MEANS, strict=True))
BETWEEN = sum(q * (m - MIDDLE) ** 2 for q, m in zip(PRIORS, MEANS, strict=True))


def joint(j, k):
    """P(y = j, y~ = k) under assumption 3.1."""
    return PRIORS[j] * (eta * PRIORS[k] if j != k else 1 - eta * (1 - PRIORS[k]))


@item("noisy_prior_preserved", "noisy_purity")
def labels_keep_the_prior():
    """sum_j pi_j P(y~ = k | y = j) = pi_k, K = 3; of it the share 1 - eta (1 - pi_k) is pure."""
    return all_of(
        *(identity(sum(joint(j, k) for j in range(3)), PRIORS[k]) for k in range(3)),
        *(identity(joint(k, k) / PRIORS[k], purity(PRIORS[k], eta)) for k in range(3)),
    )


@item("polluted_moments_exact", "polluted_covariance", "bias_before")
def moments_of_the_mixture():
    """Mean and variance of the points labelled 1, K = 3, on one axis."""
    share = [joint(j, 0) / PRIORS[0] for j in range(3)]
    mean = sum(s * m for s, m in zip(share, MEANS, strict=True))
    spread = sum(s * (m - mean) ** 2 for s, m in zip(share, MEANS, strict=True))
    a = MEANS[0] - MIDDLE
    return all_of(
        identity(mean, (1 - eta) * MEANS[0] + eta * MIDDLE),
        identity(spread, eta * BETWEEN + eta * (1 - eta) * a**2),
    )


@item("pooled_within")
def pooled_over_the_labels():
    """sum_k pi_k (eta Sigma_B + eta (1 - eta) (mu_k - mubar)^2) = eta (2 - eta) Sigma_B, K = 3."""
    each = [eta * BETWEEN + eta * (1 - eta) * (m - MIDDLE) ** 2 for m in MEANS]
    pooled = sum(q * v for q, v in zip(PRIORS, each, strict=True))
    return identity(pooled, eta * (2 - eta) * BETWEEN)


# Both rules on the axis, the head at 0 and the tail at Delta
TAIL, HEAD = (1 - eta) * D + eta * t * D, eta * t * D


@item("centroid_error_two_class", "centroid_error_two_class_head")
def middle_of_polluted_means():
    """Recalls Phi(Delta - m), Phi(m) at the middle m of both polluted means."""
    middle = (TAIL + HEAD) / 2
    tail, head = centroid_recalls(D, t, eta)
    return all_of(identity(tail, normal_cdf(D - middle)), identity(head, normal_cdf(middle)))


@item("lda_noise_inflates_prior_shift", "lda_noise_inflates_prior_shift_head")
def offset_of_the_discriminant():
    """The offset ln(p_h/p_t) within/(gap) of polluted classes, over that of clean ones."""
    within = 1 + eta * (2 - eta) * t * (1 - t) * D**2
    threshold = (TAIL + HEAD) / 2 + (sympy.log(1 - t) - sympy.log(t)) * within / (TAIL - HEAD)
    _, head = discriminant_recalls(D, t, eta)
    return all_of(
        identity(within / (TAIL - HEAD) * D, inflation(D, t, eta)),
        identity(head, normal_cdf(threshold)),
    )


@item("noise_helps_the_tail", "noise_hurts_the_tail")
def push_of_the_boundary():
    """d recall/d eta of the tail is phi(...) Delta (p_h - p_t)/2: positive for p_t < 1/2."""
    tail = centroid_recalls(D, t, eta)[0]
    slope = normal_pdf(D / 2 * (1 + eta * (1 - 2 * t))) * D * (1 - 2 * t) / 2
    return identity(sympy.diff(tail, eta), slope)


@item("noise_costs_balanced_accuracy")
def balanced_accuracy_falls_with_the_push():
    """d/dx of (Phi(a (1 + x)) + Phi(a (1 - x)))/2 has the sign of (1 - x)^2 - (1 + x)^2 = -4 x."""
    x = sympy.symbols("x", positive=True)
    both = centroid_recalls(D, t, eta)
    mean = ((both[0] + both[1]) / 2).subs(eta, x / (1 - 2 * t))
    slope = D / 4 * (normal_pdf(D / 2 * (1 + x)) - normal_pdf(D / 2 * (1 - x)))
    y, _ = reals("y z")
    return all_of(
        identity(sympy.diff(mean, x), slope),
        identity(mean.subs(x, 0), normal_cdf(D / 2)),
        polynomial((1 + y) ** 2 > (1 - y) ** 2, assumptions=[y > 0]),
    )


@item("noise_costs_balanced_accuracy")
def balanced_accuracy_on_a_box():
    """Phi(Delta/2) above the mean of both recalls, Delta in [1, 3], in balls."""

    def lead(gap, tail, noise):
        both = centroid_recalls(gap, tail, noise)
        return normal_cdf(gap / 2) - (both[0] + both[1]) / 2

    box = {"gap": ("1", "3"), "tail": ("0.05", "0.25"), "noise": ("0.4", "0.9")}
    return inequality(lead, box, strict=True)


@item("trimming_redescends")
def mean_of_what_is_kept():
    """The numerator is e int_{-r}^{r} x phi(x - D) dx: its derivative in r, and 0 at r = 0."""
    e = sympy.symbols("e", positive=True)
    kept = normal_cdf(r - D) - normal_cdf(-r - D)
    moved = D * kept - normal_pdf(r - D) + normal_pdf(r + D)
    whole = (1 - e) * sympy.erf(r / sympy.sqrt(2)) + e * kept
    return all_of(
        identity(trimmed_bias(D, e, r) * whole, e * moved),
        identity(sympy.simplify(sympy.diff(moved, r)), r * (normal_pdf(r - D) - normal_pdf(r + D))),
    )


@item("trimming_bias_rises", "trimming_bias_falls", "trimming_bias_monotone")
def trimming_rises_then_falls():
    """e = .3, r = 2.5: the bias at 1.5 is above that at 1/2, and that at 4 below, in balls."""

    def lead(share, radius, sign):
        near, mid, far = (
            trimmed_bias(d, share, radius) for d in (rational(1, 2), rational(3, 2), rational(4))
        )
        return mid - (near if sign else far)

    box = {"share": ("0.29", "0.31"), "radius": ("2.4", "2.6")}
    return all_of(
        inequality(lambda share, radius: lead(share, radius, True), box, strict=True),
        inequality(lambda share, radius: lead(share, radius, False), box, strict=True),
    )


@item("mean_bias_unbounded_median_bounded", "median_bias_below_its_limit")
def median_rises_with_distance():
    """F = (1 - e) Phi(m) + e Phi(m - D): F_m > 0 > F_D, so m rises; F - (1 - e) Phi(m) > 0."""
    e, m = sympy.symbols("e m", positive=True)
    whole = (1 - e) * normal_cdf(m) + e * normal_cdf(m - D)
    return all_of(
        identity(sympy.diff(whole, D), -e * normal_pdf(m - D)),
        identity(sympy.diff(whole, m), (1 - e) * normal_pdf(m) + e * normal_pdf(m - D)),
    )


@item("sample_size_at_which_it_pays", "debias_or_not", "debias_or_not_corrected")
def equal_errors_at_the_crossover():
    """naive - corrected = eta^2 |mubar - mu|^2 (1 - n*/n), and n* > 0."""
    lead = naive_error(eta, b, T, n) - corrected_error(eta, T, n)
    start = pays_from(eta, b, T)
    x, _ = reals("x y")
    return all_of(
        identity(lead, eta**2 * b * (1 - start / n)),
        identity(start, T * (1 / (1 - eta) ** 2 - 1) / (eta**2 * b)),
        polynomial((1 - x) * (1 - x) < 1, assumptions=[x > 0, x < 1]),
    )


@item("best_transfer", "no_weight_is_better", "transfer_helps_below_twice", "any_transfer_helps")
def completing_the_square():
    """error(w) = error* + (V + H + b)(w - w*)^2; V - error(w) = w (V + H + b)(2 w* - w)."""
    at, least, whole = best_weight(V, H, b), mixing(V, H + b), V + H + b
    v, h = reals("v h")
    smaller = v * h < v * (v + h), v * h < h * (v + h)
    return all_of(
        identity(transfer_error(w, V, H, b), least + whole * (w - at) ** 2),
        identity(transfer_error(at, V, H, b), least),
        identity(V - transfer_error(w, V, H, b), w * whole * (2 * at - w)),
        *(polynomial(c, assumptions=[v > 0, h > 0]) for c in smaller),
    )


@item("transfer_recall", "transfer_recall_head", "raw_recall")
def recall_from_squared_errors():
    """Clean labels: R = Delta^2 + d/n_0, O = |b|^2 w^2 + d s, B = G + d/n_0 + d s."""
    m0, s, G = sympy.symbols("m0 s G", positive=True)
    found = nearest_recall(D**2 + m0, w**2 * b + s, G + m0 + s)
    stated = (D**2 + m0 - w**2 * b - s) / (2 * sympy.sqrt(G + m0 + s))
    return identity(found, normal_cdf(stated))


@item("transfer_recall_exact", "transfer_recall_exact_head")
def two_independent_chi_squares():
    """|x - m_0|^2 - |x - m_1|^2 in the independent u = a - c b and v = c a - b, where
    a = x - m_0 and b = x - m_1: a coordinate has variances 1 + t, 1 + s and covariance 1.
    """
    c, a, x, s_0 = sympy.symbols("c a x t", positive=True)
    s = c + 1 / c - 2 - s_0  # c^2 - 2 (1 + (s + t)/2) c + 1 = 0
    lead, trail = 1 + s_0 - c, 1 + s - c
    rival, own, both = a**2, x**2, (a - x) ** 2
    return all_of(
        identity(((a - c * x) ** 2 - (c * a - x) ** 2) / (1 - c**2), a**2 - x**2),
        identity((1 + s_0) - 2 * c + c**2 * (1 + s), lead * (1 - c**2)),
        identity(c**2 * (1 + s_0) - 2 * c + (1 + s), trail * (1 - c**2)),
        identity(c * (1 + s_0) - 1 - c**2 + c * (1 + s), sympy.Integer(0)),
        identity((a - c * x) ** 2, (1 - c) * rival - c * (1 - c) * own + c * both),
        identity((c * a - x) ** 2, (1 - c) * own - c * (1 - c) * rival + c * both),
    )


@item("multiclass_boundaries")
def boundaries_of_polluted_centroids():
    """On one axis, K = 3: scores (1 - eta)((z - mubar) a - (1 - eta) a^2/2), to a constant."""
    z = sympy.symbols("z", real=True)

    def score(k):
        moved = (1 - eta) * MEANS[k] + eta * MIDDLE
        return z * moved - moved**2 / 2

    def stated(k):
        a = MEANS[k] - MIDDLE
        return (1 - eta) * ((z - MIDDLE) * a - (1 - eta) * a**2 / 2)

    return all_of(*(identity(score(k) - score(0), stated(k) - stated(0)) for k in (1, 2)))


@item("best_covariance_weight", "pooled_covariance", "covariance_transfer")
def pooling_covariances():
    """R_t R_h/(R_t + R_h) is the error of nu_t + nu_h degrees of freedom; beta* = nu_h/(...)."""
    own, lent = covariance_error(T, Q, n), covariance_error(T, Q, nu)
    return all_of(
        identity(mixing(own, lent), covariance_error(T, Q, n + nu)),
        identity(best_weight(own, lent, sympy.Integer(0)), nu / (n + nu)),
    )


@item("resampling_adds_noise", "resampled_alone", "resampled_with_real_points",
      "resampling_brings_nothing")  # fmt: skip
def sampled_points_and_the_plug_in_rule():
    """Without real points: tr Sigma'/M more than the plug-in rule, which is the limit M -> inf."""
    plug = transfer_error(w, V, H, b)
    alone = resampled_error(w, V, H, b, T, sympy.Integer(0), M)
    kept = resampled_error(w, V, H, b, T, n, M)
    return all_of(
        identity(alone - plug, T / M),
        identity(sympy.limit(kept, M, sympy.oo), plug),
        identity(kept.subs(M, n), transfer_error(w / 2, V, H, b) + T / (4 * n)),
    )


@item(
    "joint_error",
    "no_pair_of_weights_is_better",
    "correct_less_than_all",
    "unknown_noise_is_not_averaged",
    "never_worse_than_the_middle",
)
def least_joint_error():
    """The error less the least is a quadratic form in the weights' deviations, positive definite.

    derived: the middle's own error A is that of x = y = 0
    """
    A, C, own, lent, kept, doubt, x, y = sympy.symbols("A C N_t N_h M v x y", positive=True)
    area = sympy.symbols("G", positive=True)  # A H - C^2
    rows = (A, C, (C * C + area) / A, own, lent, kept, doubt)
    best = [sympy.simplify(value) for value in joint_calibration(*rows)]
    top, _, other = rows[:3]
    square = kept**2 + doubt

    def error(x, y):
        fixed = square * (x * x * top + 2 * x * y * C + y * y * other)
        return top - 2 * kept * (x * top + y * C) + fixed + x * x * own + y * y * lent

    u, w = x - best[0], y - best[1]
    form = (square * top + own) * u * u + 2 * square * C * u * w
    form += (square * other + lent) * w * w
    many = best[2].subs({own: 0, lent: 0})
    return all_of(
        identity(sympy.simplify(error(x, y) - best[2] - form), sympy.Integer(0)),
        identity(
            sympy.simplify(
                (square * top + own) * (square * other + lent)
                - square**2 * C * C
                - square**2 * area
            ),
            square * (top * lent + other * own) + own * lent,
        ),
        identity(sympy.simplify(many), doubt * top / square),
    )


@item("minimax_weight_is_safe", "no_weight_is_safer", "worst_donor", "worst_recall_is_worst")
def worst_donors():
    """b = (x, y), |b| <= delta: error and v^2 rise to those of (delta, 0)."""
    x, y, far = sympy.symbols("x y delta", positive=True)
    short = far**2 - x**2 - y**2
    return all_of(
        identity(transfer_error(w, V, H, far**2) - transfer_error(w, V, H, b), w**2 * (far**2 - b)),
        identity(
            (D + w * far) ** 2 - (D + w * x) ** 2 - (w * y) ** 2,
            2 * D * w * (far - x) + w**2 * short,
        ),
        identity(
            (D - w * far) ** 2 - (D + w * x) ** 2 - (w * y) ** 2,
            -2 * D * w * (far + x) + w**2 * short,
        ),
    )


@item("borrowing_stops", "nothing_is_borrowed", "cautious_weight_is_best")
def no_slope_at_no_weight():
    """2 a (A + a) = (Delta delta - a)(A - a) at a = d/n*, A = Delta^2 + d/n_0."""
    far, m0 = sympy.symbols("delta n_0", positive=True)
    own = D**2 + n / m0
    a = sympy.simplify(n / borrows_below(D, far, n, m0))
    return identity(sympy.expand(2 * a * (own + a)), sympy.expand((D * far - a) * (own - a)))


@item("pooled_is_marchenko_pastur", "direction_loss", "estimated_covariance_costs")
def pooled_resolvent():
    """k = 1/(alpha + 1/(1 + c k)) is Marchenko-Pastur's quadratic; g k^2 = -dk/d alpha; alpha = 0.

    derived: (1 - beta) c_t = beta c_h = c at pooled weights: the two parts of e are one
    """
    c, k, ridge = sympy.symbols("c k alpha", positive=True)
    e = 1 / (1 + c * k)
    quadratic = c * ridge * k**2 + (1 - c + ridge) * k - 1
    gain = 1 / (1 - k**2 * c / (1 + c * k) ** 2)
    slope = -sympy.diff(quadratic, ridge) / sympy.diff(quadratic, k)
    at = (1 - k * (1 - c)) / (k * (1 + c * k))  # alpha of k
    return all_of(
        identity(k * (ridge + e) - 1, quadratic / (1 + c * k)),
        identity(sympy.simplify((gain * k**2 + slope).subs(ridge, at)), sympy.Integer(0)),
        identity(1 / gain.subs(k, 1 / (1 - c)), 1 - c),
    )
