"""Masks' second moments, Eckart and Young at every cut, shrinkage, labels, and information."""

from fractions import Fraction
from itertools import product

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import log1p
from theory.nested_dropout import (
    class_noise_error, class_noise_gap, critical_price, dropout_share, loss_gap, mean_kept,
    nested_share, noisy_error, rescaled_error, sign_information, survival_smooth, unit_strength,
    unit_time, worth_keeping, worth_keeping_rescaled,
)  # fmt: skip

item = Proofs()
p, e, E, k, n, t, q, L, S, s0, f, c = sympy.symbols("p e E k n t q L S s0 f c", positive=True)
P, M = sympy.symbols("P M", positive=True)
D = sympy.symbols("D", real=True)


@item("dropout_is_adaptive_ridge", "nested_normal_equations", "dropout_without_scaling")
def second_moments_of_masks():
    """E m_i m_j is q_max(i,j) for prefixes, p^2 + p (1 - p) delta_ij for dropout; D = 4."""
    law = [Fraction(w, 10) for w in (4, 3, 2, 1)]
    keep = Fraction(3, 7)

    def holds():
        prefixes = [[int(j < cut) for j in range(4)] for cut in (1, 2, 3, 4)]
        alive = [sum(law[j:]) for j in range(4)]
        masks = list(product((0, 1), repeat=4))
        chance = [keep ** sum(m) * (1 - keep) ** (4 - sum(m)) for m in masks]
        pairs = list(product(range(4), repeat=2))
        nested = all(
            sum(w * m[i] * m[j] for w, m in zip(law, prefixes, strict=True)) == alive[max(i, j)]
            for i, j in pairs
        )
        free = all(
            sum(w * m[i] * m[j] for w, m in zip(chance, masks, strict=True))
            == keep**2 + keep * (1 - keep) * (i == j)
            for i, j in pairs
        )
        return nested and free

    return exact(holds, "4 prefixes and 16 masks, in Fractions")


@item("ordered_learning_speed", "stopped_nested_error", "dropout_effective_dimension")
def learned_shares_solve_the_flow():
    """g' = q l (1 - g) for nested dropout, g' = l (1 - g/p) for dropout; both 0 at t = 0."""
    nested, dropped = nested_share(q, L, t), dropout_share(p, L, t)
    return all_of(
        identity(sympy.diff(nested, t), q * L * (1 - nested)),
        identity(sympy.diff(dropped, t), L * (1 - dropped / p)),
        identity(nested.subs(t, 0), sympy.Integer(0)),
        identity(dropped.subs(t, 0), sympy.Integer(0)),
        identity(sympy.limit(dropped, t, sympy.oo), p),
    )


@item("mean_number_kept", "kept_beyond_the_width")
def mean_kept_expands():
    """(s^2 - 1/6 - 1/(60 s^2))/(s sqrt(pi) - 1) - s/sqrt(pi) tends to 1/pi."""
    rest = mean_kept(L) - L / sympy.sqrt(sympy.pi)
    return identity(sympy.limit(rest, L, sympy.oo), 1 / sympy.pi)


@item("survival_is_erfc")
def survival_falls():
    """sigma in [8, 30], D = 512: the smooth q_j falls from j to j + 1, 1 <= j <= 8, in balls."""
    return inequality(
        lambda j, sigma: survival_smooth(j, sigma, 512) - survival_smooth(j + 1, sigma, 512),
        {"j": (1, 8), "sigma": (8, 30)},
        strict=True,
    )


@item("nested_linear_autoencoder_is_ordered_pca", "ordered_value_attained")
def eckart_and_young_in_the_plane():
    """|diag(a, b) - x y'|^2 >= b^2 for a >= b >= 0 and any x, y of the plane; 0 is not below."""
    a, b, x, y, z, w = reals("a b x y z w")
    loss = (a - x * z) ** 2 + (b - y * w) ** 2 + (x * w) ** 2 + (y * z) ** 2
    # the least over (z, w) given (x, y): multiply by x^2 + y^2
    size = x * x + y * y
    least = (a * a + b * b) * size - (a * a * x * x + b * b * y * y)
    given = [a >= b, b >= 0, size > 0]
    gap = loss * size - least - ((size * z - a * x) ** 2 + (size * w - b * y) ** 2)
    return all_of(polynomial(gap == 0), polynomial(least >= b * b * size, assumptions=given))


@item("tails_weighted_by_the_cut", "ordered_value_attained")
def summation_by_parts():
    """sum_j (1 - q_j) v_j = sum_k pi_k sum_{j>k} v_j, for 5 values and 3 cuts."""
    v, w = sympy.symbols("v1:6"), sympy.symbols("w1:4")
    w = (*w[:2], 1 - w[0] - w[1])
    alive = [sum(w[j:]) for j in range(3)] + [0, 0]
    left = sum((1 - alive[j]) * v[j] for j in range(5))
    return identity(left, sum(w[k - 1] * sum(v[k:]) for k in (1, 2, 3)))


@item("units_grow_one_by_one", "convergence_time_of_a_unit")
def units_are_logistic():
    """s' = 2 q s (sv - s), s(0) the start; and the time at which s = f sv."""
    s = unit_strength(t, S, q, s0)
    when = sympy.symbols("w", positive=True)  # the logarithm's argument without f: sv/s0 - 1
    share = unit_strength(unit_time(f, S, q, S / (1 + when)), S, q, S / (1 + when))
    return all_of(
        identity(sympy.diff(s, t), 2 * q * s * (S - s)),
        identity(s.subs(t, 0), s0),
        identity(share.subs(f, 1 / (1 + L)), S / (1 + L)),
    )


@item("dropout_shrinks_singular_values", "dropout_factorisation_equalises", "equalised_loss")
def threshold_is_stationary():
    """alpha = (lam/r) rho (kappa - alpha): alpha = lam rho kappa/(r + lam rho); rho < 4."""
    lam, r, a = sympy.symbols("lam r alpha", positive=True)
    values = sympy.symbols("v1:4", positive=True)
    parts = []
    for rho in (1, 2, 3):
        top = values[:rho]
        loss = rho * a**2 + lam / r * sum(v - a for v in top) ** 2
        (root,) = sympy.solve(sympy.diff(loss, a), a)
        parts.append(identity(root, lam * sum(top) / (r + lam * rho)))
        shrunk = sum(top) - rho * root
        parts.append(identity(loss.subs(a, root), rho * root**2 + root * shrunk))
    return all_of(*parts)


@item("label_noise_bias_variance", "rescaled_bias_variance", "small_loss_gap")
def moments_of_a_flipped_label():
    """E f = 1 - 2 eta, Var f = 4 eta (1 - eta), (1 - 2 eta)^2 - 2 (1 - 2 eta) = -(1 - 4 eta^2)."""
    mean = (1 - e) - e
    error = (n - E + (1 - mean) ** 2 * E + (1 - mean**2) * k) / n
    scaled = (n - E + (1 - mean**2) / mean**2 * k) / n
    return all_of(
        identity(1 - mean**2, 4 * e * (1 - e)),
        identity(mean**2 - 2 * mean, -(1 - 4 * e**2)),
        identity(noisy_error(E, k, n, e), error),
        identity(rescaled_error(E, k, n, e), scaled),
        identity(noisy_error(n, n, n, e), 4 * e),
    )


@item("feature_pays", "feature_pays_rescaled")
def a_feature_at_the_threshold_changes_nothing():
    """One more feature of the threshold's energy leaves either error as it is."""
    parts = [
        identity(error(E + least(e), k + 1, n, e), error(E, k, n, e))
        for error, least in ((noisy_error, worth_keeping), (rescaled_error, worth_keeping_rescaled))
    ]
    return all_of(*parts)


@item("small_loss_gap", "peer_gap", "class_noise_small_loss_gap", "class_noise_bias_variance")
def gaps_by_enumeration():
    """n = 4, P = P_2 of a Hadamard basis: all 16 flips, gap and error of both kinds of noise."""
    H = [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
    half = Fraction(1, 2)  # h_ii
    U = [[Fraction(H[j][i], 2) for j in (0, 1)] for i in range(4)]
    P2 = [[sum(U[i][m] * U[j][m] for m in (0, 1)) for j in range(4)] for i in range(4)]
    y = [1, 1, 1, -1]
    apart = {1: Fraction(1, 10), -1: Fraction(3, 10)}

    def by_hand(rates):
        error = gap = Fraction(0)
        for flips in product((1, -1), repeat=4):
            chance = Fraction(1)
            for i, s in enumerate(flips):
                chance *= rates[y[i]] if s < 0 else 1 - rates[y[i]]
            fit = [sum(P2[i][j] * y[j] * flips[j] for j in range(4)) for i in range(4)]
            error += chance * sum((fit[i] - y[i]) ** 2 for i in range(4)) / 4
            for i, s in enumerate(flips):
                side = rates[y[i]] if s < 0 else 1 - rates[y[i]]
                gap += chance / side * s * (s * y[i] * fit[i]) / 4
        return error, gap

    def holds():
        fit = [sum(P2[i][j] * y[j] for j in range(4)) for i in range(4)]
        ones = [sum(P2[i]) for i in range(4)]
        sums = [sum(v * v for v in fit), sum(fit), sum(v * v for v in ones), 3 * half, half]
        energy, tilt, both, plus, minus = (sympy.Rational(v) for v in sums)
        four, two, one = (sympy.Integer(v) for v in (4, 2, 1))
        same = Fraction(1, 5)
        error, gap = by_hand({1: same, -1: same})
        eta = sympy.Rational(same)
        right = [noisy_error(energy, two, four, eta), loss_gap(energy, two, four, eta, one)]
        found = [error, gap, *by_hand(apart)]
        rates = [sympy.Rational(apart[s]) for s in (1, -1)]
        right += [
            class_noise_error(energy, tilt, both, plus, minus, four, *rates),
            class_noise_gap(energy, tilt, plus, minus, four, *rates, one),
        ]
        return all(sympy.Rational(a) == b for a, b in zip(found, right, strict=True))

    return exact(holds, "16 flips in Fractions")


@item("class_noise_bias_variance", "class_noise_small_loss_gap")
def class_noise_reduces_to_symmetric():
    """eta_+ = eta_-: the forms of symmetric noise, k = k_+ + k_-."""
    return all_of(
        identity(class_noise_error(E, D, S, P, M, n, e, e), noisy_error(E, P + M, n, e)),
        identity(class_noise_gap(E, D, P, M, n, e, e, c), loss_gap(E, P + M, n, e, c)),
    )


@item("kl_bias_variance", "kl_variance")
def kl_splits():
    """Two predictors of three classes: E KL(p || p_hat) = KL(p || p_bar) - log Z."""
    w = sympy.symbols("w", positive=True)
    target = sympy.symbols("p1:4", positive=True)
    target = (*target[:2], 1 - target[0] - target[1])
    first, second = sympy.symbols("a1:4", positive=True), sympy.symbols("b1:4", positive=True)
    logs = [w * sympy.log(x) + (1 - w) * sympy.log(y) for x, y in zip(first, second, strict=True)]
    norm = sympy.symbols("z", positive=True)  # sum exp(logs)
    entropy = sum(x * sympy.log(x) for x in target)
    whole = entropy - sum(x * g for x, g in zip(target, logs, strict=True))
    bias = entropy - sum(x * (g - sympy.log(norm)) for x, g in zip(target, logs, strict=True))
    return identity(whole, sympy.expand(bias - sympy.log(norm)))


@item("slope_of_the_information_curve", "gaussian_bottleneck_order")
def information_curve_has_slope_one_over_beta():
    """dI(T;Y)/dI(X;T) = 1/beta; a component tells nothing where it enters, beta = 1/(1 - lam)."""
    lam, beta = sympy.symbols("lam beta", positive=True)
    x = sympy.log((beta - 1) * (1 - lam) / lam) / 2
    y = x - sympy.log(beta * (1 - lam)) / 2
    return all_of(
        identity(sympy.diff(y, beta) / sympy.diff(x, beta), 1 / beta),
        identity(x.subs(beta, critical_price(lam)), sympy.Integer(0)),
        identity(y.subs(beta, critical_price(lam)), sympy.Integer(0)),
    )


@item("noise_contracts_information", "contraction_constant_is_sharp")
def information_over_its_square_rises():
    """u D'(u) > 2 D(u), D' = artanh: D(u)/u^2 rises, so D(c u) <= c^2 D(u); u in [.05, .45], .9."""

    def slack(u):
        return u * (log1p(u) - log1p(-u)) / 2 - 2 * sign_information(u)

    parts = [(Fraction(1, 20), Fraction(9, 20)), (Fraction(11, 20), Fraction(9, 10))]
    return all_of(*(inequality(slack, {"u": ends}, strict=True) for ends in parts))


@item("contraction_constant_is_sharp")
def information_of_a_weak_sign():
    """(1 + u) log(1 + u)/2 + (1 - u) log(1 - u)/2 = u^2/2 + u^4/12 + u^6/30 + ..."""
    u = sympy.symbols("u", positive=True)
    D = ((1 + u) * sympy.log(1 + u) + (1 - u) * sympy.log(1 - u)) / 2
    near = sympy.series(D, u, 0, 8).removeO()
    terms = sum(u ** (2 * m) / (2 * m * (2 * m - 1)) for m in (1, 2, 3))
    return identity(near, terms)
