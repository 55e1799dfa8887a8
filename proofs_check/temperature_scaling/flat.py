"""Why flat logits lose log k, why a margin is not enough, and what votes gain."""

from types import SimpleNamespace
from typing import Any

import sympy

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import exp, log, log1p
from theory.temperature_scaling.flat import pair_kl
from theory.temperature_scaling.voting import votes_bound, with_edges

item = Proofs()
k, q, s = sympy.symbols("k q s", positive=True)
u, v, t, n = sympy.symbols("u v t n", positive=True)


@item("ts_fano_identity", "ts_fano_identity_temperature", "label_noise", "label_noise_clean")
def flat_loss_is_least_where_confidence_is_accuracy():
    """d/ds [log(e^s + k - 1) - q s] = p - q, p = e^s/(e^s + k - 1); d^2/ds^2 is p (1 - p) > 0.

    derived: at p = q, s = log(q (k - 1)/(1 - q)), the value is h(q) + (1 - q) log(k - 1).
    """
    loss = sympy.log(sympy.exp(s) + k - 1) - q * s
    p = sympy.exp(s) / (sympy.exp(s) + k - 1)
    a, b = sympy.symbols("a b", positive=True)  # k - 1 and the odds q/(1 - q)
    chance = b / (1 + b)
    least = sympy.log(b * a + a) - chance * sympy.log(b * a)
    fano = -chance * sympy.log(chance) - sympy.log(1 / (1 + b)) / (1 + b) + sympy.log(a) / (1 + b)
    return all_of(
        identity(sympy.diff(loss, s), p - q),
        identity(sympy.diff(loss, s, 2), p * (1 - p)),
        identity(sympy.expand_log(least - fano, force=True), 0),
    )


@item("ts_lower_bound_many")
def equally_likely_classes():
    """h(1/m) + (1 - 1/m) log(k - 1) - log m = (1 - 1/m) log((k - 1)/(m - 1))."""
    a, b = sympy.symbols("a b", positive=True)  # k - 1, m - 1
    h = sympy.log(1 + b) / (1 + b) + b / (1 + b) * (sympy.log(1 + b) - sympy.log(b))
    left = h + b / (1 + b) * sympy.log(a) - sympy.log(1 + b)
    return identity(left, b / (1 + b) * (sympy.log(a) - sympy.log(b)))


@item("ts_lower_bound")
def non_top_shares_are_alike():
    """T >= 1: a share is at most e^rho times each other one below the top: p <= e^rho rest/(k - 1).

    derived: here k = 4, p_2, p_3, p_4 >= p_s/e, e = e^rho, sum to 1 - p_top. T < 1: p_s <= p_top/k.
    """
    e, top, p2, p3, p4, power, classes = reals("e top p2 p3 p4 power k")
    given = [e >= 1, p2 > 0, p3 > 0, p4 > 0, p2 <= e * p3, p2 <= e * p4, top + p2 + p3 + p4 == 1]
    return all_of(
        polynomial(3 * p2 <= e * (1 - top), assumptions=given),
        polynomial(
            p2 * classes <= top,  # e^(-m/T) <= 1/k as m >= log k
            assumptions=[p2 <= top * power, power * classes <= 1, classes >= 2, top > 0],
        ),
    )


@item("ts_lower_bound")
def warm_logits_lose_half_of_log_k():
    """T >= 1: p_s <= e^rho (1 - p)/(k - 1), p (1 - p) <= 1/4, KL = -log 2 - (1/2) log(p p_s).

    derived; so KL >= (log(k - 1) - rho)/2. Here a = k - 1 and b = e^rho
    """
    a, b = sympy.symbols("a b", positive=True)
    p = reals("p")[0]
    least = -sympy.log(2) - sympy.log(b / (4 * a)) / 2
    return all_of(
        polynomial(4 * p * (1 - p) <= 1),
        identity(sympy.expand_log(least, force=True), (sympy.log(a) - sympy.log(b)) / 2),
    )


@item("ts_lower_bound")
def cold_logits_lose_no_less():
    """T < 1, A^2 = k^(1/T), C = 1 + (k - 2) e^(-rho/T): p p_s <= (A/(A^2 + C))^2.

    derived: (A^2 + C)/A >= 2 g, g^2 = (k - 1) e^-rho, is (A - g)^2 + C - g^2 >= 0. At T = 1 C - g^2
    = 1 - e^-rho; from there it grows with 1/T, as A (A - g) log k >= k (1 - e^(-rho/2)) log k >=
    k log(k) (rho/2) e^(-rho/2) >= (k - 2) rho e^(-rho/T), where k log(k)/2 >= k - 2
    """
    top, second, power, others = reals("p_top p_s power C")
    k_, y, x = reals("k y x")
    given = [top > 0, second > 0, others >= 1, power >= others, second * power <= top,
             top + others * second <= 1]  # fmt: skip
    return all_of(
        polynomial(top * second * (power + others) ** 2 <= power, assumptions=given),
        # sqrt(k) - sqrt(k - 1) y >= sqrt(k)(1 - y), squared; y = e^(-rho/2)
        polynomial((k_ - 1) * y**2 <= k_ * y**2, assumptions=[k_ >= 3, y > 0]),
        inequality(lambda x: exp(x) - 1 - x, {"x": ("0.01", "4")}),
        inequality(lambda k: k * log(k) / 2 - k + 2, {"k": (2, 8)}, strict=True),
        polynomial(k_ * x / 2 > k_ - 2, assumptions=[k_ > 0, x >= 2]),  # x = log k, k > e^2
    )


@item("overlap_monotonicity")
def overlap_derivative():
    """dKL/dw = (1/2) log((2 - w)(k - 1)/w) - log 2; it is > 0 iff (2 - w)(k - 1) > 4 w.

    derived; so on all of w < 1 iff k >= 5
    """
    a, x = sympy.symbols("a x", positive=True)  # k - 1, and w = 2/(1 + x)
    half = 1 / (1 + x)
    value = pair_kl.__wrapped__(a + 1, 1 - 2 * half)
    slope = sympy.diff(value, x) / sympy.diff(2 * half, x)
    stated = (sympy.log(x) + sympy.log(a)) / 2 - sympy.log(2)
    classes, mass = reals("k w")
    return all_of(
        identity(sympy.expand_log(sympy.simplify(slope), force=True), stated),
        polynomial(
            (2 - mass) * (classes - 1) > 4 * mass, assumptions=[mass > 0, mass < 1, classes >= 5]
        ),
        polynomial(
            ((2 - mass) * (classes - 1) > 4 * mass) == (mass * (classes + 3) < 2 * (classes - 1))
        ),
    )


@item("pointwise_temperature_useless")
def flat_overlap_costs_half_of_log_k():
    """log(e^s + k - 1) - s/2 - log 2 >= (1/2) log(k - 1): (e^s + a)^2 >= 4 a e^s, a = k - 1.

    derived; on the formula itself in balls, for 5 <= k <= 1000 and s <= 1
    """
    x, a = reals("x a")

    def gap(classes, s):
        return s / 2 + log1p((classes - 1) * exp(-s)) - log(2) - log(classes - 1) / 2

    return all_of(
        polynomial((x + a) ** 2 >= 4 * a * x, assumptions=[x > 0, a > 0]),
        inequality(gap, {"classes": (5, 1000), "s": ("0", "1")}, strict=True),
    )


@item("margin_only_counterexample")
def two_classes_alone_have_no_log_k():
    """T = M/log((2 - w)/w): log(e^s + 1) - (1 - w/2) s = h(w/2), which is KL_TS at k = 2."""
    b = sympy.symbols("b", positive=True)  # (2 - w)/w
    chance = b / (1 + b)
    h = -chance * (sympy.log(b) - sympy.log(1 + b)) + sympy.log(1 + b) / (1 + b)
    return identity(sympy.log(b + 1) - chance * sympy.log(b), h)


@item("nn_edge_error")
def nearest_neighbours_across_an_edge():
    """int_t (n/2)(1 - 3r/2 + t/2)^(n-1) dr = (1 - t)^n/3, and two edges of density 1/2 give
    1/(3 (n + 1)).

    derived: the ball of radius r >= t round a place t before the edge has mass 3r/2 - t/2.
    """
    r = sympy.symbols("r", positive=True)
    inside = 1 - 3 * r / 2 + t / 2
    return all_of(
        identity(sympy.diff(-(inside**n) / 3, r), n / 2 * inside ** (n - 1)),
        identity((inside**n / 3).subs(r, t), (1 - t) ** n / 3),
        identity(sympy.diff(-((1 - t) ** (n + 1)) / (3 * (n + 1)), t), (1 - t) ** n / 3),
    )


@item("votes_kl", "stray_votes")
def votes_near_an_edge():
    """int n P(Poisson(n x) = i) dx = 1 for i < 6; rates 1/2 of a, then 1 with half of b: a third.

    derived: so m - i votes, of which a third go astray: sum_{i<m} (m - i)/3 = m (m + 1)/6
    """
    x, m = sympy.symbols("x m", positive=True)
    i = sympy.symbols("i", integer=True)
    half = sympy.Rational(1, 2)
    near = [
        sympy.integrate(exp(-x) * x**j / sympy.factorial(j), (x, 0, sympy.oo)) for j in range(6)
    ]
    stray = sympy.summation((m - i) / 3, (i, 0, m - 1))
    return all_of(
        *(identity(mass, sympy.Integer(1)) for mass in near),
        identity(half / (half + 1), sympy.Rational(1, 3)),
        identity(sympy.factor(stray), m * (m + 1) / 6),
    )


@item("more_votes_help")
def leaving_one_vote_out():
    """j of m + 1 votes: (j/(m+1)) (j-1)/m + (1 - j/(m+1)) j/m = j/(m+1), the share of votes.

    derived: given j a vote left out is one of them with chance j/(m+1); Jensen, convex log-losses
    """
    j, m = sympy.symbols("j m", positive=True)
    share = j / (m + 1)
    return identity(sympy.cancel(share * (j - 1) / m + (1 - share) * j / m), share)


@item("log_k_votes_are_enough")
def hyperbolic_cosines_of_votes():
    """log(cosh x + c) <= x^2/2 + c: tanh x <= x and cosh x >= 1, E (j - m/2)^2 = m/4.

    derived: b = s/m: E x^2/2 = s^2/(8 m), at s = 2 log(k m) it is log^2(k m)/(2 m)
    """
    x, c, k, m = sympy.symbols("x c k m", positive=True)
    rest = (1 + c / sympy.cosh(x)) * sympy.cosh(x)
    own = sympy.log(k * m)
    return all_of(
        identity(rest, sympy.cosh(x) + c),
        identity(sympy.diff(x - sympy.tanh(x), x), sympy.tanh(x) ** 2),
        identity((2 * own / m) ** 2 / 2 * m / 4, own**2 / (2 * m)),
    )


@item("canonical_error", "canonical_error_kl")
def what_the_whole_prediction_hides():
    """|(q, 1 - q, 0, ...) - (q, r, r, ...)|_1, r = (1 - q)/(k - 1), is 2 (1 - q)(k - 2)/(k - 1)."""
    a = sympy.symbols("a", positive=True)  # k - 2
    r = (1 - q) / (a + 1)
    return identity(((1 - q) - r) + a * r, 2 * (1 - q) * a / (a + 1))


@item("linear_ts", "linear_ts_temperature")
def a_scaled_linear_rule_is_calibrated():
    """log N(z; s/2, 1)/N(z; -s/2, 1) = s z: u.x of separation s = r D has the posterior s u.x."""
    z = sympy.symbols("z", real=True)
    return identity(-((z - s / 2) ** 2) / 2 + (z + s / 2) ** 2 / 2, s * z)


@item("root_n_votes_are_enough")
def strays_across_an_edge():
    """A vote astray costs at most 2/T outside the overlap, 1/T away from the middle inside it.

    derived: A = e^((m - j)/T), B = e^(j/T), c = k - 2: slopes (1 +- (B - A)/(A + B + c))/T; of
    strays there are sum_{i<m} (m - i)/3 and, on average, (m - i)/6 inside
    """
    a, b, c = reals("a b c")
    m = sympy.symbols("m", positive=True)
    i = sympy.symbols("i", integer=True)
    given = [a > 0, b > 0, c >= 0]
    strays: Any = sympy.summation(m - i, (i, 0, m - 1))
    outside, inside = strays / 3, strays / 6
    at = SimpleNamespace(k=k, neighbours=m, alpha=t, n=n)
    more = with_edges(at, s) - votes_bound(at, s)
    lost = (2 * outside + inside) / m + sympy.sqrt(m) / 2
    return all_of(
        polynomial(a + b + c + (b - a) <= 2 * (a + b + c), assumptions=given),
        polynomial((b - a) ** 2 <= (a + b + c) ** 2, assumptions=given),
        identity(sympy.expand(more - 2 * sympy.log(k * m) * lost / n), 0),
    )
