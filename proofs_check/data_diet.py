"""Norms of residuals, the removal bound, the wedge integral, the spectrum seen from the labels."""

import sympy

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import normal_cdf, normal_pdf, relu_mean, relu_square
from theory.data_diet import auc_of_error, averaged_cosine, el2n_range, noise_auc, one_step_cosine

item = Proofs()
a, b, z, k, t, x, y, w = sympy.symbols("a b z k t x y w", real=True)
s, S, g, c, n, d, al = sympy.symbols("s S g c n d alpha", positive=True)
ROOT2 = sympy.sqrt(2)


@item("grand_removal_bound", "removal_bound_is_attained")
def cauchy_and_schwarz():
    """|u|^2 |v|^2 - (u.v)^2 = sum_{i<j} (u_i v_j - u_j v_i)^2, so |<g*, g_j>| <= |g*| |g_j|."""
    u, v = sympy.symbols("u:3", real=True), sympy.symbols("v:3", real=True)
    dot = sum(p * q for p, q in zip(u, v, strict=True))
    lost = sum(p * p for p in u) * sum(q * q for q in v) - dot**2
    squares = sum((u[i] * v[j] - u[j] * v[i]) ** 2 for i in range(3) for j in range(i))
    return identity(lost, squares)


@item("grand_softmax_identity", "grand_softmax_identity_with_bias", "grand_by_the_kernel")
def norm_of_an_outer_product():
    """|r x'|^2 + |r|^2 = |r|^2 (|x|^2 + 1), r = p - y; and Theta = (|x|^2 + 1) I gives the same."""
    r, v = sympy.symbols("r:3", real=True), sympy.symbols("v:2", real=True)
    outer = sum((p * q) ** 2 for p in r for q in v) + sum(p * p for p in r)
    return identity(outer, sum(p * p for p in r) * (1 + sum(q * q for q in v)))


@item("el2n_range", "absolute_score", "summed_margin")
def residuals_of_chances():
    """e^2 K/(K - 1) <= e^2 + sum_k!=y p_k^2 <= 2 e^2, the wrong chances' sum e; K = 3, 4."""
    parts = []
    for names in ("q r", "q r u"):
        wrong = reals(names)
        least = [v >= 0 for v in wrong]
        error, squares = sum(wrong), sum(v * v for v in wrong)
        count = len(wrong)
        parts += [
            polynomial(count * squares >= error**2, assumptions=least),
            polynomial(squares <= error**2, assumptions=least),
        ]
        low, high = el2n_range(s, sympy.Integer(count + 1))
        parts += [identity(low**2, s**2 + s**2 / count), identity(high**2, 2 * s**2)]
    q = sympy.symbols("q:3", positive=True)
    own = 1 - sum(q)
    return all_of(
        *parts,
        identity(1 - own + sum(q), 2 * (1 - own)),
        identity(sum(v - own for v in q), 1 - 4 * own),
    )


@item("el2n_square_at_init", "blind_square_from_above")
def mean_over_labels():
    """The mean over labels of |p - y|^2 is 1 - 2/K + |p|^2; |p|^2 rises with the logits' scale.

    derived

    d|p|^2/ds = 2 sum_k p_k^2 (z_k - p.z) = 2 sum_{j<k} p_j p_k (p_k - p_j)(z_k - z_j), p =
    softmax(s z): both differences have one sign.
    """
    zs = sympy.symbols("z:3", real=True)
    weights = [sympy.exp(s * v) for v in zs]
    p = [v / sum(weights) for v in weights]
    q = sympy.symbols("q:3", positive=True)
    over = sum(sum((q[i] - int(i == j)) ** 2 for i in range(3)) for j in range(3)) / 3
    norm = sum(v * v for v in q)
    slope = sympy.diff(sum(v * v for v in p), s)
    spread = sum(v * v * (m - sum(i * j for i, j in zip(p, zs, strict=True)))
                 for v, m in zip(p, zs, strict=True))  # fmt: skip
    pairs = sum(p[i] * p[j] * (p[j] - p[i]) * (zs[j] - zs[i]) for j in range(3) for i in range(j))
    return all_of(
        identity(over, 1 - 2 * sum(q) / 3 + norm),
        identity(slope, 2 * spread),
        identity(spread, pairs),
    )


@item("el2n_blind_at_init", "blind_auc_at_init")
def symmetric_logits():
    """expit(x) + expit(-x) = 1, so that E expit = 1/2 for any symmetric law."""
    expit = 1 / (1 + sympy.exp(-x))
    return identity(expit + expit.subs(x, -x), 1 + 0 * x)


@item("noise_auc_identity", "auc_by_the_error")
def difference_of_two_margins():
    """Flipped less clean margins are N(-2 mu.w, 2 |w|^2): AUC = Phi(2 mu.w/(sqrt(2) |w|))."""
    return all_of(
        identity(noise_auc(s, a), normal_cdf(2 * s * a / ROOT2)),
        identity(noise_auc(s, 0), sympy.Rational(1, 2)),
        identity(auc_of_error(sympy.Rational(1, 2)), sympy.Rational(1, 2)),
    )


@item("one_step_auc", "one_step_fresh_auc", "averaging_inits", "averaged_score_auc")
def cosines_after_one_step():
    """Without random starts every learning rate gives one cosine; per-coordinate noise 1/n."""
    rho = (1 - c) / 2
    none = averaged_cosine(s, d, n, rho, a, 0, 3)
    noise = (d + 4 * rho * (1 - rho) * s**2) / n
    return all_of(
        identity(none.subs(a, t**2), c * s / sympy.sqrt(c**2 * s**2 + d / n)),
        identity(one_step_cosine(s, d, n, rho) ** 2, c**2 * s**2 / (c**2 * s**2 + noise)),
    )


@item("el2n_gap_one_step")
def slope_of_the_score():
    """d/dm sqrt(2) expit(-m) = -sqrt(2)/4 at 0; margins differ by 2 (eta/2) c |mu|^2."""
    score = ROOT2 / (1 + sympy.exp(x))
    return all_of(
        identity(score.diff(x).subs(x, 0), -ROOT2 / 4),
        identity(2 * (a / 2) * c * s**2 * ROOT2 / 4, ROOT2 * a * c * s**2 / 4),
    )


@item("in_sample_auc_of_flow")
def spectrum_seen_from_the_labels():
    """Q = -1/(z (1 + A m)), A = S + g: the density's square |1 + A m|^2, and where the spike is.

    derived

    m solves g z m^2 + (z + g - 1) m + 1 = 0; on the bulk its real part is -(x + g - 1)/(2 g x) and
    |m|^2 = 1/(g x). S = |mu|^2.
    """
    A = S + g
    v = sympy.symbols("v", positive=True)
    real, square = -(v + g - 1) / (2 * g * v), 1 / (g * v)
    imaginary2 = (4 * g * v - (v + g - 1) ** 2) / (2 * g * v) ** 2
    spike = A * (1 + S) / S
    m = -1 / A
    return all_of(
        identity(real**2 + imaginary2, square),
        identity(1 + 2 * A * real + A**2 * square, (A * (1 + S) - S * v) / (g * v)),
        identity(g * spike * m**2 + (spike + g - 1) * m + 1, 0 * S),
        identity(A / spike, S / (1 + S)),
    )


@item("pruned_perceptron_error", "keep_easy_error", "random_error", "imperfect_probe")
def wedge_integral():
    """S2(k, s) = s^2 E(k/s + Z)_+^2: dS2/dk = 2 (k Phi + s phi), dS2/ds = 2 s Phi(k/s)."""
    square = s**2 * relu_square(k / s)
    return all_of(
        identity(square, (k**2 + s**2) * normal_cdf(k / s) + k * s * normal_pdf(k / s)),
        identity(sympy.diff(square, k), 2 * (k * normal_cdf(k / s) + s * normal_pdf(k / s))),
        identity(sympy.diff(square, s), 2 * s * normal_cdf(k / s)),
    )


@item("pruned_perceptron_error", "lossless_pruning", "load_of_an_error")
def harder_with_the_margin():
    """The load's mean square grows with the margin: d relu_square = 2 relu_mean > 0, |x| <= 6."""
    return all_of(
        identity(sympy.diff(relu_square(x), x), 2 * relu_mean(x)),
        inequality(relu_mean, {"mu": (-6, 6)}, strict=True),
    )


@item("pruned_perceptron_error", "imperfect_probe", "imperfect_probe_turns")
def stationary_direction():
    """d(kappa/sqrt(1 + t^2)) = 0 along E S2 = const: (1 + t^2) E z m = kappa t E m."""
    kappa, zm, m = sympy.symbols("kappa zm m", positive=True)
    rise = zm / m  # d kappa/dt at a constant load
    slope = sympy.diff(kappa / sympy.sqrt(1 + t**2), t) + rise / sympy.sqrt(1 + t**2)
    return identity(slope * m * (1 + t**2) ** sympy.Rational(3, 2), (1 + t**2) * zm - kappa * t * m)


@item("many_hard_examples", "many_easy_examples", "half_is_enough")
def law_of_many_examples():
    """C = E(k + Z)_+^3/3 has slope E(k + Z)_+^2; C = k C' at k^3 Phi = (1 - k^2) phi, then C =
    phi + k Phi. That k lies in [.638833215803, .638833215804]."""
    cube = ((k**3 + 3 * k) * normal_cdf(k) + (k**2 + 2) * normal_pdf(k)) / 3
    gap = (1 - k**2) * normal_pdf(k) - k**3 * normal_cdf(k)

    def sign(k):
        return (1 - k**2) * normal_pdf(k) - k**3 * normal_cdf(k)

    return all_of(
        identity(sympy.diff(cube, k), relu_square(k)),
        identity(3 * (cube - k * relu_square(k)), 2 * gap),
        identity(k * relu_square(k) - relu_mean(k), -gap),
        inequality(sign, {"k": ("0.3", "0.638833215803")}, strict=True),
        inequality(lambda k: -sign(k), {"k": ("0.638833215804", 1)}, strict=True),
    )


@item("sliding_window_error", "dropping_the_flipped_pays")
def least_squares_on_a_window():
    """w_T = E m/E m^2, |w_perp|^2 = (1 - (E m)^2/E m^2)/(alpha - 1)."""
    first, second = sympy.symbols("first second", positive=True)
    along = first / second
    beside = (1 - first**2 / second) / (al - 1)
    return identity(along**2 / beside, first**2 * (al - 1) / (second * (second - first**2)))
