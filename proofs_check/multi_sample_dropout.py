"""Moments over masks and features, the path's closed form, noise scales, and what masks buy."""

from fractions import Fraction
from itertools import product
from typing import Any

import sympy

from proofs_check import Proofs, all_of, exact, identity, polynomial, reals
from theory.multi_sample_dropout import (
    best_masks, best_rate, best_step, ensemble_loss, expected_loss, gain_share, gradient_noise,
    largest_step, least_cost, mask_cumulants, noise_parts, noise_scale, relative_cost, speed,
    stationary_distance, stream_step, time_to_forget,
)  # fmt: skip

item = Proofs()
q, k, s2, n0, d, B, M, eta, phi, rho = sympy.symbols("q k s2 n0 d B M eta phi rho", positive=True)
a, b, y = sympy.symbols("a b y", real=True)
Vd, Vm, z = sympy.symbols("V_d V_m z", positive=True)
p, c = 1 - q, (1 - q) / q


def over_masks(f, units, copies=1, coupling=0):
    """E f(masks), a mask a list over units; ``coupling`` is the correlation of two copies."""
    total = 0
    for bits in product(product((0, 1), repeat=copies), repeat=units):
        chance = 1
        for unit in bits:
            if copies == 2:
                own = [q if bit else p for bit in unit]
                sign = 1 if unit[0] == unit[1] else -1
                chance *= own[0] * own[1] + sign * coupling * p * q
            else:
                chance *= q if unit[0] else p
        masks = [[unit[m] / q for unit in bits] for m in range(copies)]
        total += chance * f(*masks)
    return total


def over_features(f, xs, noise):
    """E of a polynomial: odd moments 0, E x^2 = 1, E x^4 = k; E eps^2 = s2."""
    moments = {0: 1, 1: 0, 2: 1, 3: 0, 4: k}
    total = 0
    for powers, factor in sympy.Poly(sympy.expand(f), *xs, noise).terms():
        value = {0: 1, 1: 0, 2: s2}[powers[-1]]
        for power in powers[:-1]:
            value *= moments[power]
        total += factor * value
    return total


def gradient(mask, w, h, y):
    """-(y - w.(b o h)) b o h."""
    kept = [m * x for m, x in zip(mask, h, strict=True)]
    error = y - sum(x * v for x, v in zip(kept, w, strict=True))
    return [-error * x for x in kept]


@item("mean_gradient_linear", "second_moment_linear", "mask_covariance_linear")
def moments_over_masks():
    """E g, E|g|^2 and E g_1 g_2 of three units, over 8 masks, in symbols."""
    w, h = sympy.symbols("w1:4"), sympy.symbols("h1:4")
    t = [u * v for u, v in zip(w, h, strict=True)]
    r, Q = y - sum(t), sum(v**2 for v in t)
    mean = [over_masks(lambda m, j=j: gradient(m, w, h, y)[j], 3) for j in range(3)]
    square = over_masks(lambda m: sum(g**2 for g in gradient(m, w, h, y)), 3)
    known = sum(h[j] ** 2 * ((r - c * t[j]) ** 2 + c * (Q - t[j] ** 2)) for j in range(3)) / q
    both = over_masks(lambda m: gradient(m, w, h, y)[0] * gradient(m, w, h, y)[1], 3)
    cross = h[0] * h[1] * ((r - c * t[0] - c * t[1]) ** 2 + c * (Q - t[0] ** 2 - t[1] ** 2))
    parts = [identity(mean[j], -r * h[j] + c * h[j] ** 2 * w[j]) for j in range(3)]
    return all_of(*parts, identity(square, known), identity(both, cross))


@item("objective_independent_of_m", "averaged_predictions_lose_the_penalty", "fixed_design_ridge",
      "averaged_predictions_ridge")  # fmt: skip
def penalties():
    """E (y - w.(b o h))^2 = r^2 + c Q, and c/2 for c where two copies' predictions are averaged."""
    w, h = sympy.symbols("w1:3"), sympy.symbols("h1:3")
    t = [u * v for u, v in zip(w, h, strict=True)]
    r, Q = y - sum(t), sum(v**2 for v in t)

    def error(*copies):
        out = [sum(m * v for m, v in zip(mask, t, strict=True)) for mask in copies]
        return (y - sum(out) / len(out)) ** 2 / 2

    two = over_masks(lambda m, n: (error(m) + error(n)) / 2, 2, copies=2)
    return all_of(
        identity(over_masks(error, 2), expected_loss(r, Q, q)),
        identity(two, expected_loss(r, Q, q)),
        identity(over_masks(error, 2, copies=2), ensemble_loss(r, Q, q, sympy.Integer(2))),
    )


@item("gradient_covariance_split")
def law_of_total_covariance():
    """Three rows of one unit, B = 2 with replacement, M = 2: 144 outcomes in Fractions."""
    rows, w, keep = [(1, 1), (-1, -2), (3, 4)], [Fraction(1, 2)], Fraction(3, 5)

    def mean(values):
        return sum(chance * value for value, chance in values)

    def variance(values):
        return mean([((value - mean(values)) ** 2, chance) for value, chance in values])

    def holds():
        each = [
            [(gradient([bit / keep], w, [h], y)[0], keep if bit else 1 - keep) for bit in (0, 1)]
            for h, y in rows
        ]
        third = Fraction(1, 3)
        data = variance([(mean(row), third) for row in each])
        mask = mean([(variance(row), third) for row in each])
        example = [((f + g) / 2, third * u * v) for row in each for (f, u), (g, v) in
                   product(row, repeat=2)]  # fmt: skip
        batch = [((f + g) / 2, u * v) for (f, u), (g, v) in product(example, repeat=2)]
        return variance(batch) == gradient_noise(data, mask, 2, 2)

    return exact(holds, "144 outcomes in Fractions")


@item("stream_step_exact", "stream_second_moment", "stream_mean_dynamics", "equal_variances")
def moments_of_a_step():
    """E g and E|g|^2 over masks, features and noise, two units: the three parts of noise_parts."""
    w, w0, x = sympy.symbols("w1:3"), sympy.symbols("v1:3"), sympy.symbols("x1:3")
    eps = sympy.symbols("e")
    label = sum(u * v for u, v in zip(w0, x, strict=True)) + eps
    square = over_masks(lambda m: sum(g**2 for g in gradient(m, w, x, label)), 2)
    mean = [over_masks(lambda m, j=j: gradient(m, w, x, label)[j], 2) for j in range(2)]
    size, along = w[0] ** 2 + w[1] ** 2, w[0] * w0[0] + w[1] * w0[1]
    parts = noise_parts(size, along, w0[0] ** 2 + w0[1] ** 2, sympy.Integer(2), q, s2, k)
    given = over_features(sum(g**2 for g in mean), x, eps)
    first = [over_features(g, x, eps) for g in mean]
    return all_of(
        identity(over_features(square, x, eps), sum(parts)),
        identity(given, parts[0] + parts[1]),
        *(identity(g, w[j] / q - w0[j]) for j, g in enumerate(first)),
    )


@item("balanced_masks_variance", "complementary_masks", "most_opposed_is_not_best")
def copies_with_coupled_masks():
    """E g.g' = (1 + rho c)(|E g|^2 + rho c R), two units; least where its slope in rho is 0."""
    w, h = sympy.symbols("w1:3"), sympy.symbols("h1:3")
    r0 = sympy.symbols("r0")
    t = [u * v for u, v in zip(w, h, strict=True)]
    r = y - sum(t)
    drift = sum(h[j] ** 2 * (r - c * t[j]) ** 2 for j in range(2))
    rest = h[0] ** 2 * t[1] ** 2 + h[1] ** 2 * t[0] ** 2

    def cross(m, n):
        return sum(f * g for f, g in zip(gradient(m, w, h, y), gradient(n, w, h, y), strict=True))

    G, R = sympy.symbols("G R", positive=True)
    covariance = r0 * c * (G + (1 + r0 * c) * R)
    (best,) = sympy.solve(sympy.diff(covariance, r0), r0)
    return all_of(
        identity(over_masks(cross, 2, 2, rho), (1 + rho * c) * (drift + rho * c * rest)),
        identity(best, -(G + R) / (2 * c * R)),
        identity(covariance.subs({q: sympy.Rational(1, 2), r0: -1}), -G),
    )


@item("curvature_of_noise", "stability_and_rate", "best_rate_of_steps", "no_step_is_faster")
def one_noise_scale():
    """d E|w'|^2/d E|w|^2 = 1 - 2 eta/q + eta^2 (1 + N/B)/q^2, coupled masks and any kurtosis."""
    new, along = stream_step(a, b, eta, d, q, B, M, n0, s2, k, rho)
    N = noise_scale(d, q, M, k, rho)
    top, best = largest_step(q, B, N), best_step(q, B, N)
    rate = sympy.diff(new, a)
    return all_of(
        identity(rate, 1 - 2 * eta / q + eta**2 * (1 + N / B) / q**2),
        identity(sympy.diff(along, b), 1 - eta / q),
        identity(rate.subs(eta, top), sympy.Integer(1)),
        identity(rate.subs(eta, best), best_rate(B, N)),
        identity(1 - best / q, best_rate(B, N)),
        identity(sympy.diff(rate, eta).subs(eta, best), sympy.Integer(0)),
        identity(sympy.exp(-speed(B, z)), best_rate(B, z)),
    )


@item("path_by_squaring", "stream_second_moment", "floor", "bias_of_small_steps")
def path_solves_the_recursion():
    """In v = w - q w0 a step is m' = g m + eta^2 (V + L x), x' = f x, V being its noise at q w0.

    derived

    m = E|v|^2, x = E v.w0. Then g^t m0 + (1 - g^t) end + eta^2 L x0 (f^t - g^t)/(f - g) goes on to
    t + 1, and p^2 n0 + end is the theory's floor, whose limit at eta = 0 is p^2 n0.
    """
    m, x, f, g, F, G, V, L = sympy.symbols("m x f g F G V L")
    size = m + 2 * q * x + q**2 * n0
    new, along = stream_step(size, q * n0 + x, eta, d, q, B, M, n0, s2, k)
    later = sympy.expand(new - 2 * q * along + q**2 * n0)
    bend = 1 - 2 * eta / q + eta**2 * (1 + noise_scale(d, q, M, k) / B) / q**2
    slope = -2 * p * (d - 1) * (1 - 1 / M) / B
    noise = later.subs({m: 0, x: 0}) / eta**2
    floor = stationary_distance(eta, d, q, B, M, n0, s2, k)
    end = eta**2 * V / (1 - g)

    def path(F, G):
        return G * m + (1 - G) * end + eta**2 * L * x * (F - G) / (f - g)

    return all_of(
        identity(sympy.diff(later, m), bend),
        identity(sympy.diff(later, x), eta**2 * slope),
        identity(along - q * n0, (1 - eta / q) * x),
        identity(g * path(F, G) + eta**2 * (V + L * F * x), path(f * F, g * G)),
        identity(floor, p**2 * n0 + eta**2 * noise / (1 - bend)),
        identity(sympy.limit(floor, eta, 0), p**2 * n0),
    )


@item("floor_falls_with_masks", "stream_second_moment", "more_masks_help_every_convex_measure")
def parts_are_positive():
    """|w/q - w0|^2, |w - w0|^2 >= 0 where b^2 <= a n0; a mean of 4 is the mean of means of 3."""
    A, along, size, keep = reals("A b n q")
    given = [A >= 0, size >= 0, along * along <= A * size, keep > 0]
    xs = sympy.symbols("x1:5")
    left_out = sum((sum(xs) - x) / 3 for x in xs) / 4
    return all_of(
        polynomial(A - 2 * along * keep + size * keep * keep >= 0, assumptions=given),
        polynomial(A - 2 * along + size >= 0, assumptions=given),
        identity(left_out, sum(xs) / 4),
    )


@item("speedup_saturates", "speedup_of_many_features", "speedup_saturates_for_signs")
def largest_speedup():
    """1 + c + c/q = 1/q^2; q^2 N(1) <= N(inf) iff k >= 1 + q; log(1 + q^2 z) >= q^2 log(1 + z).

    derived

    The last has the same value at z = 0 and the larger slope.
    """
    one, most = (noise_scale(d, q, m, k) for m in (sympy.Integer(1), sympy.oo))
    rise = sympy.diff(sympy.log(1 + q**2 * z) - q**2 * sympy.log(1 + z), z)
    K, keep = reals("k q")
    inside, gap = [keep > 0, keep < 1], (1 - keep) * (K - 1 - keep)
    return all_of(
        identity(1 + c + c / q, 1 / q**2),
        identity(most - q**2 * one, (1 - q) * (k - 1 - q)),
        polynomial(gap >= 0, assumptions=[*inside, K - 1 - keep >= 0]),
        polynomial(gap < 0, assumptions=[*inside, K - 1 - keep < 0]),
        identity(rise, q**2 * z * (1 - q**2) / ((1 + z) * (1 + q**2 * z))),
        identity(sympy.limit(one / most, d, sympy.oo), 1 / q**2),
    )


@item("gains_flatten", "speedup_of_many_masks")
def share_of_the_gain():
    """(N(1)/N(M) - 1)/(N(1)/N(inf) - 1) tends to (M - 1)/(M + 1/q^2 - 1) as d -> inf."""
    one, many, most = (noise_scale(d, q, m, k) for m in (sympy.Integer(1), M, sympy.oo))
    share = sympy.simplify((one / many - 1) / (one / most - 1))
    return identity(sympy.limit(share, d, sympy.oo), gain_share(M, q))


@item("worth_of_a_complementary_pair", "worth_of_many_balanced_masks")
def worth_of_opposed_masks():
    """q = 1/2: 3 + 12/(d - 1); rho = -1/(M - 1): (1 + q)/(1 - q) a mask, d and M large."""
    half, two, three = sympy.Rational(1, 2), sympy.Integer(2), sympy.Integer(3)

    def worth(keep, m, coupling):
        one, most = (noise_scale(d, keep, x, three) for x in (sympy.Integer(1), sympy.oo))
        return (one - most) / (noise_scale(d, keep, m, three, coupling) - most)

    each = sympy.limit(sympy.simplify(worth(q, M, -1 / (M - 1)) / M), d, sympy.oo)
    return all_of(
        identity(worth(half, two, sympy.Integer(-1)), 3 + 12 / (d - 1)),
        identity(sympy.limit(each, M, sympy.oo), (1 + q) / (1 - q)),
    )


@item("compute_optimal_masks", "best_masks_attain", "best_whole_number", "helps_from_twice",
      "helps_from_once")  # fmt: skip
def arithmetic_and_geometric_mean():
    """cost(M) - least is a square; cost(1) - cost(M) and cost(M + 1) - cost(M) in factors."""
    m, f = sympy.symbols("m f", positive=True)
    share = 1 / (1 + f)  # any phi in (0, 1)
    gap = (sympy.sqrt(share * Vd * m) - sympy.sqrt((1 - share) * Vm / m)) ** 2
    cost = relative_cost(m, phi, Vd, Vm)
    return all_of(
        identity(relative_cost(m, share, Vd, Vm) - least_cost(share, Vd, Vm), gap),
        identity(best_masks(share, Vd, Vm) ** 2, f * Vm / Vd),
        identity(cost.subs(m, 1) - cost, (1 - 1 / m) * ((1 - phi) * Vm - m * phi * Vd)),
        identity(cost.subs(m, m + 1) - cost, phi * Vd - (1 - phi) * Vm / (m * (m + 1))),
    )


@item("joint_optimum", "best_batch_attains")
def best_batch_is_stationary():
    """k/(s N) = exp(u)(u - 1) + 1, B = N (exp(u) - 1): slope 0 and time s N exp(u), rising in s N.

    derived

    The slope of x exp(u) in x = s N at fixed k is (exp(u) - 1)/u > 0: the envelope's B/N/log.
    """
    u, s, N, batch = sympy.symbols("u s N B", positive=True)
    k0 = s * N * (sympy.exp(u) * (u - 1) + 1)
    time = time_to_forget(batch, sympy.symbols("k0"), s, N)
    slope = sympy.diff(time, batch).subs(sympy.symbols("k0"), k0)
    at = {batch: N * (sympy.exp(u) - 1)}
    x = 1 / (sympy.exp(u) * (u - 1) + 1)  # s N for k = 1
    rise = sympy.diff(x * sympy.exp(u), u) / sympy.diff(x, u)
    return all_of(
        identity(slope.subs(at), sympy.Integer(0)),
        identity(time.subs(sympy.symbols("k0"), k0).subs(at), s * N * sympy.exp(u)),
        identity(rise, (sympy.exp(u) - 1) / u),
    )


@item("cumulants_of_a_mask", "glm_quadratic", "glm_fourth_order", "quadratic_misses_order_p")
def cumulants_of_a_scaled_coin():
    """k2, k3, k4 of b; and E X^3 = k3 S3, E X^4 = k4 S4 + 3 c^2 Q^2 of X = sum t_j (b_j - 1)."""
    t = sympy.symbols("t1:4")
    second, third, fourth = mask_cumulants(q)

    def moment(power):
        return over_masks(lambda m: sum(v * (x - 1) for v, x in zip(t, m, strict=True)) ** power, 3)

    Q = sum(v**2 for v in t)
    return all_of(
        identity(moment(2), second * Q),
        identity(moment(3), third * sum(v**3 for v in t)),
        identity(moment(4), fourth * sum(v**4 for v in t) + 3 * second**2 * Q**2),
    )


@item("rare_dropout", "quadratic_misses_order_p")
def first_order_in_p():
    """The slope at p = 0 of E A(s + X) is sum_j A(s - t_j) - A(s) + A'(s) t_j: two units, any A."""
    t1, t2, s, x = sympy.symbols("t1 t2 s x")
    A = sympy.Function("A")
    mean = over_masks(lambda m: A(s + t1 * (m[0] - 1) + t2 * (m[1] - 1)), 2)
    slope: Any = sympy.diff(mean, q).subs(q, 1).doit()
    known = sum(A(s - t) - A(s) + sympy.diff(A(x), x).subs(x, s) * t for t in (t1, t2))
    return identity(sympy.simplify(slope + known), sympy.Integer(0))
