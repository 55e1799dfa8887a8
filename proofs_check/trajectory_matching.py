"""Why a student's way has a low rank, why points equal experts, and what time and noise do."""

import sympy

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import exp, rational

item = Proofs()
x, eta, b, S, s, k = sympy.symbols("x eta B S s k", positive=True)


@item("rank_floor", "rank_floor_attained", "points_equal_experts")
def way_of_a_student():
    """Two steps on one row: the way is K (theta - theta*) + c, K of rank 1, c along the row."""
    row, start, target = (sympy.Matrix(sympy.symbols(f"{n}:2", real=True)) for n in "rat")
    label = sympy.symbols("l", real=True)
    theta = start
    for _ in range(2):
        theta = theta - eta * row * (row.dot(theta) - label)
    shrink = sympy.eye(2) - eta * row * row.T
    K = sympy.eye(2) - shrink**2
    c = K * row * (row.dot(target) - label) / row.dot(row)
    gap = (start - theta) - K * (start - target) - c
    return all_of(
        *(identity(entry, 0) for entry in gap),
        identity(K.det(), 0),
        identity(c[0] * row[1] - c[1] * row[0], 0),
    )


@item("rank_floor")
def best_of_rank_one():
    """Two directions, w_1 >= w_2 >= 0: no matrix of rank 1 is nearer to diag(w) than w_2."""
    a, c, d, e, big, small = reals("a c d e w_1 w_2")
    given = [a * e == c * d, big >= small, small >= 0]
    loss = (big - a) * (big - a) + c * c + d * d + (small - e) * (small - e)
    return polynomial(loss >= small * small, assumptions=given)


@item("rank_floor")
def attained_only_where_the_maps_agree():
    """K = v v'B is symmetric only for v on an axis, or B_1 = B_2: else no set attains it."""
    angle, other = sympy.symbols("phi B_2", positive=True)
    v = sympy.Matrix([sympy.cos(angle), sympy.sin(angle)])
    K = v * v.T * sympy.diag(b, other)
    return identity(K[0, 1] - K[1, 0], (other - b) * sympy.sin(2 * angle) / 2)


@item("points_equal_experts", "matcher_below_expert")
def matcher_of_the_experts():
    """K = B U (U'B U)^-1 U'B: K U = B U (d = 3, E = 2), and x'K x <= x'B x (E = 1, d = 2)."""
    U = sympy.Matrix(3, 2, sympy.symbols("u:6", real=True))
    B = sympy.diag(*sympy.symbols("B:3", positive=True))
    K = B * U * (U.T * B * U).inv() * U.T * B
    p, q, u, w, first, second = reals("p q u w B_1 B_2")
    below = (p * first * u + q * second * w) * (p * first * u + q * second * w)
    above = (first * p * p + second * q * q) * (first * u * u + second * w * w)
    return all_of(
        *(identity(sympy.cancel(entry), 0) for entry in K * U - B * U),
        polynomial(below <= above, assumptions=[first > 0, second > 0]),
    )


@item("fresh_start_isotropic")
def equal_directions():
    """kappa = s (d - E)/E solves the fixed point; the loss over d B^2 S is (d - E)/d."""
    d, E = sympy.symbols("d E", positive=True)
    total = b * S
    kappa = total * (d - E) / E
    loss = kappa**2 * d * b * total / (total + kappa) ** 2
    second = d * (total / (total + kappa)) ** 2
    return all_of(
        identity(d * total / (total + kappa), E),
        identity(loss / (1 - second / E) / (d * b**2 * S), (d - E) / d),
    )


@item("longer_is_harder")
def soft_directions_gain():
    """(1 - x^(M+1))/(1 - x^M) = 1 + 1/sum_{j=1}^M x^-j, which grows with x = 1 - eta h: M <= 8."""
    return all_of(
        *(
            identity((1 - x ** (m + 1)) / (1 - x**m), 1 + 1 / sum(x**-j for j in range(1, m + 1)))
            for m in range(1, 9)
        )
    )


@item("longer_is_harder")
def tail_gains_on_head():
    """If each tail weight grows by a factor g >= the head's f >= 1, tail/(tail + head) grows."""
    tail, head, f, g = reals("tail head f g")
    given = [tail >= 0, head > 0, f >= 1, g >= f]
    return polynomial(tail * (g * tail + f * head) <= g * tail * (tail + head), assumptions=given)


@item("step_ratio", "step_size_nearly_neutral")
def step_against_flow():
    """1 - (1 - x)^M <= (1 + .6/M)(1 - e^(-M x)) on [1/100, 1], M = 1, 2, 3, 5, 10, in balls."""

    def gap(m):
        return lambda x: (1 + rational(6, 10 * m)) * (1 - exp(-m * x)) - (1 - (1 - x) ** m)

    return all_of(*(inequality(gap(m), {"x": ("0.01", 1)}) for m in (1, 2, 3, 5, 10)))


@item("noise_floor", "noise_is_first_order")
def noise_of_all_steps():
    """sum_{j<M} (1 - x)^(2j) = (1 - (1 - x)^(2M))/(1 - (1 - x)^2), 1 - (1 - x)^2 = x (2 - x)."""
    left = (1 - x) ** 2
    return all_of(
        *(
            identity(sum(left**j for j in range(m)), (1 - left**m) / (1 - left))
            for m in range(1, 7)
        ),
        identity(1 - left, x * (2 - x)),
    )


@item("perturbed_weights", "perturbed_weights_end")
def best_shares():
    """(B - k)^2 S + k^2 s^2 and (B - k)^2 S + (1 - k)^2 s^2: their least k, and the gain over 0."""
    way = (b - k) ** 2 * S + k**2 * s**2
    end = (b - k) ** 2 * S + (1 - k) ** 2 * s**2
    shrunk, pulled = b * S / (S + s**2), (b * S + s**2) / (S + s**2)
    return all_of(
        identity(sympy.diff(way, k).subs(k, shrunk), 0),
        identity(way.subs(k, 0) - way.subs(k, shrunk), b**2 * S**2 / (S + s**2)),
        identity(sympy.diff(end, k).subs(k, pulled), 0),
        identity(end.subs(k, 0) - end.subs(k, pulled), (b * S + s**2) ** 2 / (S + s**2)),
    )


@item("noise_is_no_gradient")
def one_square_a_pair():
    """min over k of (k l_j - t)^2 + (k l_i - r)^2 is (l_i t - l_j r)^2/(l_i^2 + l_j^2)."""
    i, j = sympy.symbols("l_i l_j", positive=True)
    t, r = sympy.symbols("t r", real=True)
    least = (j * t + i * r) / (i**2 + j**2)
    loss = (k * j - t) ** 2 + (k * i - r) ** 2
    return all_of(
        identity(sympy.diff(loss, k).subs(k, least), 0),
        identity(loss.subs(k, least), (i * t - j * r) ** 2 / (i**2 + j**2)),
    )


@item("clipping_is_a_clock")
def step_of_the_clock():
    """0 <= e^-a - (1 - a) <= a^2/2 on [1/100, 1], in balls, and a e^-a is largest at a = 1."""
    box = {"a": ("0.01", 1)}
    return all_of(
        inequality(lambda a: exp(-a) - (1 - a), box),
        inequality(lambda a: a**2 / 2 - exp(-a) + 1 - a, box),
        identity(sympy.diff(x * sympy.exp(-x), x), (1 - x) * sympy.exp(-x)),
    )


@item("power_law")
def tail_of_a_power():
    """int_n^inf t^(-2 a) dt = n^(1 - 2 a)/(2 a - 1), a > 1/2: the tail of h_i^2."""
    n, extra, t = sympy.symbols("n delta t", positive=True)
    tail = sympy.integrate(t ** (-1 - extra), (t, n, sympy.oo))
    return identity(tail, n**-extra / extra)
