"""Why the thresholds stand where they do, why wide noise locks, and projected noise does not."""

from fractions import Fraction

import sympy
import z3

from proofs_check import Proofs, all_of, identity, polynomial, reals
from theory.catastrophic_overfitting import arrest, clock_time, effective_time
from theory.catastrophic_overfitting.noise import change_square, projected_within, push_within

item = Proofs()
q, u, k, b, c, n, kappa, tau = sympy.symbols("q u k b c n kappa tau", positive=True)
s, x, m = sympy.symbols("s x m", real=True)


@item("three_thresholds", "three_thresholds_seen")
def branches_meet():
    """-1 + q = -(2/3) u at q = 1/3 (with one slope), -(2/3) u = 1 - q at 4/3; u = 1/sqrt(3 q)."""
    inside = -2 / (3 * sympy.sqrt(3 * q))
    third, far = sympy.Rational(1, 3), sympy.Rational(4, 3)
    return all_of(
        identity(inside.subs(q, third), third - 1),
        identity(sympy.diff(inside, q).subs(q, third), 1),
        identity(inside.subs(q, far), 1 - far),
    )


@item("three_thresholds")
def worst_place():
    """On [-1, 1]: x - q x^3 >= q - 1 for q <= 1/3, >= -(2/3) u up to 4/3, >= 1 - q beyond."""
    y, r, v = reals("x q u")
    inside, g = [y >= -1, y <= 1], y - r * y * y * y
    turn = [3 * r * v * v == 1, v > 0]
    return all_of(
        polynomial(g >= r - 1, assumptions=[*inside, r >= 0, 3 * r <= 1]),
        polynomial(3 * g >= -2 * v, assumptions=[*inside, *turn, 3 * r >= 1, 3 * r <= 4]),
        polynomial(g >= 1 - r, assumptions=[*inside, 3 * r >= 4]),
    )


@item("kinked_thresholds")
def kinked_order():
    """The kinked landscape is linear between -1, -theta, theta, 1: the least of four values."""
    r, t = reals("r theta")
    ends = [(1 - t) * r - 1, -t, t, 1 - (1 - t) * r]
    least = lambda f: z3.And(*(f <= end for end in ends))  # noqa: E731
    given = [r >= 0, t >= 0, t < 1]
    return all_of(
        polynomial(least(ends[0]), assumptions=[*given, r <= 1]),
        polynomial(least(ends[1]), assumptions=[*given, r >= 1, (1 - t) * r <= 1 + t]),
        polynomial(least(ends[3]), assumptions=[*given, (1 - t) * r >= 1 + t]),
    )


@item("straight_line", "straight_line_margin")
def one_corner():
    """The margin's gradient in (b, c) at x = -+1 is x (1, -1): d(c + kappa b) = 0 for any loss."""
    g = b * x - c * x**3
    db, dc = sympy.diff(g, b), kappa * sympy.diff(g, c)
    return all_of(*(identity((dc + kappa * db).subs(x, side), 0) for side in (-1, 1)))


@item("clock")
def clock_integral():
    """(c + kappa n tau)/(b - n tau) = Q at tau_Q; dt/dtau = 1 + e^(m + C tau)."""
    Q, C = sympy.symbols("Q C", positive=True)
    at = effective_time(b, c, kappa, n, Q)
    t = clock_time(tau, m, C)
    return all_of(
        identity((c + kappa * n * at) / (b - n * at), Q),
        identity(sympy.diff(t, tau), 1 + sympy.exp(m + C * tau)),
    )


@item("end_state", "recovery")
def sliding():
    """At b = 0 the mix of both corners that keeps b keeps c; M' = 2 a^2/(1/w_+ + 1/w_-)."""
    up, down, a = sympy.symbols("w_plus w_minus a", positive=True)  # at x = -1 and x = 1
    share = down / (up + down)  # of the time in x = -1
    d, M = sympy.symbols("d M", real=True)
    slow = 2 + sympy.exp(M + d) + sympy.exp(M - d)
    total = 2 * (d - M) + sympy.exp(2 * d) + 1 - sympy.exp(M + d) - sympy.exp(M - d)
    return all_of(
        identity(-n * share * up + n * (1 - share) * down, 0),
        identity(kappa * n * (share * up - (1 - share) * down), 0),
        identity(a**2 * (share * up + (1 - share) * down), 2 * a**2 / (1 / up + 1 / down)),
        identity(sympy.diff(total, M), -slow),
        identity(total.subs(M, d), 0),
    )


@item("critical_radius_seen", "critical_radius_scaling")
def raw_units():
    """b = eps B, c = eps^3 D, kappa = eps^4, (a/eps)^2 for a^2: M_0 + a^2 B/(n eps) - n c_end."""
    B, D, eps, a, M = sympy.symbols("B D eps a M", positive=True)
    end = eps**3 * D + eps**4 * (eps * B)
    worst = M + (a / eps) ** 2 * eps * B / n - n * end
    return identity(worst, M + a**2 * B / (n * eps) - n * eps**3 * (D + eps**2 * B))


@item("abnormal_share_seen", "abnormal_change_seen", "onset_early")
def abnormal_ends():
    """The change is q (3 s^2 - 3s + 1) - 1 below u; its roots; they pass -k and k at the ends."""
    g = lambda y: y - q * y**3  # noqa: E731
    root = sympy.sqrt(4 * u**2 - sympy.Rational(1, 3))
    change = sympy.expand(g(s - 1) - g(s))
    ratio = {q: 1 / (3 * u**2)}
    at = lambda y: (3 * y**2 - 3 * y + 1) / 3  # u^2 where y is a root  # noqa: E731
    return all_of(
        identity(change, q * (3 * s**2 - 3 * s + 1) - 1),
        identity(change.subs(ratio).subs(s, (1 - root) / 2), 0),
        identity(change.subs(ratio).subs(s, (1 + root) / 2), 0),
        identity(1 / (3 * at(-k)), 1 / (1 + 3 * k + 3 * k**2)),
        identity(1 / (3 * at(k)), 1 / (1 - 3 * k + 3 * k**2)),
    )


@item("abnormal_share_seen")
def pieces_are_one_interval():
    """For u >= 1/3 the lower root lies in [-u, u] and the upper one above u: one interval."""
    v, y = reals("u x")
    is_root = 3 * y * y - 3 * y + 1 == 3 * v * v
    given = [3 * v >= 1, is_root]
    return all_of(
        polynomial(z3.And(y >= -v, y <= v), assumptions=[*given, 2 * y <= 1]),
        polynomial(y >= v, assumptions=[*given, 2 * y >= 1]),
    )


@item("noise_push_slope", "noise_push_curvature", "mean_change_seen", "crowd_share")
def push_moments():
    """The integrals of x and -x^3 over [-k, k], and of the change and its square."""
    parts = ((-k, -u, 1), (-u, u, -1), (u, k, 1))

    def mean(f):
        integrals = [
            sympy.integrate(sympy.expand(f(s + step)), (s, low, high)) for low, high, step in parts
        ]
        return sum(integrals) / (2 * k)

    on_b, on_c = push_within(u, k)
    closed = 1 - 4 * u / (3 * k) + 2 / (3 * k * u) - q * (k**2 + 1)
    A = 1 - q
    square = (A - 3 * q * s**2) ** 2 + 9 * q**2 * s**2
    return all_of(
        identity(mean(lambda y: y), on_b),
        identity(mean(lambda y: -(y**3)), on_c),
        identity((on_b + q * on_c).subs(q, 1 / (3 * u**2)), closed.subs(q, 1 / (3 * u**2))),
        identity(sympy.integrate(sympy.expand(square), (s, -k, k)) / (2 * k), change_square(q, k)),
    )


@item("projected_push_slope", "projected_push_curvature")
def projected_moments():
    """The same where the step's end is clipped to [-1, 1], k <= 1, u <= k."""
    pieces = ((s + 1, -k, -u), (-1, -u, 0), (s - 1, 0, u), (1, u, k))

    def mean(power):
        integrals = [
            sympy.integrate(sympy.expand(sympy.sympify(y) ** power), (s, low, high))
            for y, low, high in pieces
        ]
        return sum(integrals) / (2 * k)

    on_b, on_c = projected_within(u, k)
    return all_of(identity(mean(1), on_b), identity(-mean(3), on_c))


@item("noise_lock")
def one_lock():
    """kappa P_c - q P_b grows with u on (0, k); P_c < 0 < P_b below k/2: one root, in (k/2, k)."""
    on_b, on_c = push_within(u, k)
    balance = k * (kappa * on_c - on_b / (3 * u**2))
    slope = kappa * (6 * u**2 + 2) + 2 * (k - u) / (3 * u**3)
    v, w = reals("u k")
    return all_of(
        identity(sympy.diff(balance, u), slope),
        identity(balance.subs(u, k), kappa * (k**3 + k) + 1 / (3 * k)),
        polynomial(2 * (v**3 + v) < w**3 + w, assumptions=[v > 0, 2 * v <= w]),
    )


@item("noise_prevents", "lock_at_the_least_width")
def least_width():
    """At u = 1/2 and k = 1 the balance is negative for every kappa; at k^3 + k <= 5/4 positive."""
    v, w, kap = reals("u k kappa")
    balance = kap * (2 * (v**3 + v) - w**3 - w) * 3 - 4 * (w - 2 * v)
    given = [kap > 0, v == Fraction(1, 2)]
    return all_of(
        polynomial(balance < 0, assumptions=[*given, w >= 1]),
        polynomial(balance > 0, assumptions=[*given, w > 0, w**3 + w <= Fraction(5, 4)]),
    )


@item("wide_noise_normal")
def no_abnormal_mean():
    """For k >= .7371 and every u the mean change is negative, in both of its branches."""
    v, w = reals("u k")
    given = [v > 0, w >= Fraction(7371, 10_000)]
    return all_of(
        polynomial(3 * w * v**2 - 4 * v**3 + 2 * v < w**3 + w, assumptions=[*given, v <= w]),
        polynomial(1 + w**2 < 3 * v**2, assumptions=[*given, v >= w]),
    )


@item("projected_noise_fails")
def projected_noise_runs_away():
    """P_b < 0 < P_c for u >= 1/2, k <= 1: q passes 4/3 whatever kappa."""
    v, w = reals("u k")
    given = [w > 0, w <= 1, 2 * v >= 1, v <= w]
    on_b, on_c = projected_within(v, w)
    end_b, end_c = projected_within(w, w)  # for u >= k
    narrow = [w > 0, w <= 1]
    return all_of(
        polynomial(z3.And(on_b < 0, on_c > 0), assumptions=given),
        polynomial(z3.And(end_b < 0, end_c > 0), assumptions=narrow),
    )


@item("aaer_arrest")
def arrest_point():
    """b = c = (c_0 + kappa b_0)/(1 + kappa) has c + kappa b of the start, and q = 1."""
    stop = arrest(b, c, kappa)
    return identity(stop + kappa * stop, c + kappa * b)


@item("pgd_value")
def descended_mean():
    """Weights (1 - u)/2 at g = 1 - q and (1 + u)/2 at g(-u) = -(2/3) u, with 3 q u^2 = 1."""
    g = lambda y: y - y**3 / (3 * u**2)  # noqa: E731
    mean = (1 - u) / 2 * g(1) + (1 + u) / 2 * g(-u)
    return identity(mean, (1 - u) * (1 - 1 / (3 * u**2)) / 2 - (1 + u) * u / 3)
