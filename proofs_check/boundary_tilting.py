"""Reflections, the parabola of tilts, Kantorovich's bound, ridge's slope, thresholds and limits."""

from typing import Any

import sympy
import z3

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import relu_mean, relu_square
from theory.boundary_tilting import ridge_budget, tilt_limit, tilted_error

item = Proofs()
bb, uu, distance, ridge, gamma, m = sympy.symbols("s_bb s_uu D lambda gamma m", positive=True)
bu, t, a, theta = sympy.symbols("s_bu t a theta", real=True)


def absolute(x) -> Any:
    """|x| in Z3."""
    return z3.If(x >= 0, x, -x)


@item("mirror_geometry", "mirror_class")
def reflection():
    """H = I - 2 c c'/|c|^2 is symmetric and its own inverse, and c.Hx = -c.x."""
    c = sympy.Matrix(sympy.symbols("c1:4", positive=True))
    x = sympy.Matrix(sympy.symbols("x1:4", real=True))
    H = sympy.eye(3) - 2 * c * c.T / (c.T * c)[0]
    return all_of(identity(H, H.T), identity(H * H, sympy.eye(3)), identity(c.T * H * x, -c.T * x))


@item("strength_is_secant")
def distances_add_where_separated():
    """For d(j) > d(i): |d(i)| + |d(j)| = d(j) - d(i) = D cos(delta) iff d(i) <= 0 <= d(j)."""
    i, j = reals("d_i d_j")
    adds = absolute(i) + absolute(j) == j - i
    return polynomial(adds == z3.And(i <= 0, j >= 0), assumptions=[j > i])


@item("strength_one_sided", repaired_by="strength_is_secant")
def one_side_is_enough():
    """2 |d(i)| = d(j) - d(i) wherever d(i) <= 0 <= d(j)."""
    i, j = reals("d_i d_j")
    return polynomial(2 * absolute(i) == j - i, assumptions=[i <= 0, j >= 0, j > i])


@item("free_tilting_angle", repaired_by="free_tilting_angle")
def cosines_multiply():
    """(cos(theta) c + sin(theta) z).b = cos(theta) c.b for z orthogonal to c alone."""
    along, off = sympy.symbols("c_b z_b", real=True)
    return identity(sympy.cos(theta) * along + sympy.sin(theta) * off, sympy.cos(theta) * along)


@item("tilt_symmetric", "gaussian_tilt_parabola")
def parabola_is_symmetric():
    """er(t* + a) = er(t* - a), of theory's own formula."""
    at = [tilted_error(-bu / uu + sign * a, distance, bb, bu, uu) for sign in (1, -1)]
    return identity(*at)


@item("best_tilt", "best_tilt_error", "tilt_beats_centroid", "taxonomy")
def parabola_is_least_at_its_vertex():
    """s_uu Q(t) >= s_bb s_uu - s_bu^2; Q(t) < Q(0) in (0, 2 t*); Q falls to t*, grows after."""
    s, v, w, x, y = reals("s_bb s_bu s_uu t u")

    def Q(x):
        return s + 2 * x * v + x * x * w

    moves = z3.And(absolute(w * x + v) < absolute(w * y + v))  # nearer to t*
    return all_of(
        polynomial(w * Q(x) >= s * w - v * v, assumptions=[w > 0]),
        polynomial(Q(x) < Q(0), assumptions=[w > 0, x > 0, w * x < -2 * v]),
        polynomial(z3.Implies(moves, Q(x) < Q(y)), assumptions=[w > 0]),
    )


@item("lda_strength", "lda_strength_attained", "ridge_tilt_bound")
def kantorovich():
    """y in [k, K] has y^2 <= (k + K) y - k K, and ((k + K) e - k K)/e^2 <= (k + K)^2/(4 k K).

    derived: s^2 = E[y^2]/(E[y])^2 for y = 1/eigenvalue under the weights b_i^2, e = E[y]
    """
    low, high, y, e = reals("k K y e")
    ordered = [low > 0, low <= y, y <= high]
    return all_of(
        polynomial(y * y <= (low + high) * y - low * high, assumptions=ordered),
        polynomial(
            4 * low * high * ((low + high) * e - low * high) <= ((low + high) * e) ** 2,
            assumptions=[low > 0, high > 0, e > 0],
        ),
    )


@item("ridge_tilt_monotone", "ridge_cosine")
def slope_of_the_cosine():
    """d log(cos^2)/d lambda = 2 (f_1 f_3 - f_2^2)/(f_1 f_2), and f_1 f_3 - f_2^2 is Lagrange's sum.

    derived: sum_{k<n} w_k w_n (1/x_k - 1/x_n)^2, w_k = v_k^2/x_k, x_k = a_k + lambda; 3 eigenvalues
    """
    v, x = sympy.symbols("v1:4", positive=True), sympy.symbols("x1:4", positive=True)

    def f(r, shift=0) -> Any:
        return sum(vk**2 / (xk + shift) ** r for vk, xk in zip(v, x, strict=True))

    slope = sympy.diff(sympy.log(f(1, ridge) ** 2 / f(2, ridge)), ridge).subs(ridge, 0)
    lagrange = sum(
        v[k] ** 2 / x[k] * v[n] ** 2 / x[n] * (1 / x[k] - 1 / x[n]) ** 2
        for k in range(3)
        for n in range(k + 1, 3)
    )
    return identity(slope * f(1) * f(2) / 2, lagrange)


@item("hinge_exactly_nearest_centroid", "hinge_tilts_below")
def a_bias_keeps_all_margins_below_one():
    """Some w0 has max_J w.x + w0 <= 1 and -min_I w.x - w0 <= 1 iff their difference is <= 2.

    derived: then every subgradient is 1, and 2 lambda w = mean(y x) = (j - i)/2 for
    balanced classes
    """
    high, low, w0 = reals("max_J min_I w0")
    some = z3.Exists([w0], z3.And(high + w0 <= 1, -low - w0 <= 1))
    return polynomial(some == (high - low <= 2))


@item("logistic_tilt_decay")
def softplus_to_second_order():
    """|ln(1 + e^-z) - ln 2 + z/2| <= z^2/8: the second derivative is q/(1 + q)^2 in [0, 1/4].

    derived: q = e^-z; value and slope at 0 are ln 2 and -1/2
    """
    z = sympy.symbols("z", real=True)
    f = sympy.log(1 + sympy.exp(-z))
    q = sympy.exp(-z)
    (x,) = reals("q")
    return all_of(
        identity(sympy.diff(f, z, 2), q / (1 + q) ** 2),
        identity([f.subs(z, 0), sympy.diff(f, z).subs(z, 0)],
                 [sympy.log(2), -sympy.Rational(1, 2)]),
        polynomial(z3.And(4 * x <= (1 + x) ** 2, x >= 0), assumptions=[x > 0]),
    )  # fmt: skip


@item("logistic_tilt_decay")
def eight_lambda():
    """-w.v/2 + w'Cw/8 + lambda |w|^2 is least at w = 2 (C + 8 lambda I)^-1 v."""
    c1, c12, c2, v1, v2, w1, w2 = sympy.symbols("c1 c12 c2 v1 v2 w1 w2", positive=True)
    C, v, w = sympy.Matrix([[c1, c12], [c12, c2]]), sympy.Matrix([v1, v2]), sympy.Matrix([w1, w2])
    value = (-w.T * v / 2 + w.T * C * w / 8 + ridge * w.T * w)[0]
    least = 2 * (C + 8 * ridge * sympy.eye(2)).inv() * v
    slope = [sympy.diff(value, x).subs({w1: least[0], w2: least[1]}) for x in (w1, w2)]
    return identity(slope, [0, 0])


@item("robust_optimum_is_ridge", "robust_tilt", "ridge_budget_grows")
def robust_stationarity():
    """((D/2) - eps sqrt(1 + t^2))/sqrt(Q(t)) is stationary at t = -s_bu/(s_uu + lambda).

    derived: a positive concave function over a positive convex one is quasi-concave, so this is
    the maximum; eps is theory's ridge_budget at lambda
    """
    best = -bu / (uu + ridge)
    eps = ridge_budget(ridge, distance, bb, bu, uu)
    over, under = distance / 2 - eps * sympy.sqrt(1 + t**2), bb + 2 * t * bu + t**2 * uu
    # the derivative of over/sqrt(under) times under^(3/2)
    slope = sympy.diff(over, t) * under - over * sympy.diff(under, t) / 2
    return identity(slope.subs(t, best), 0)


@item("ridge_tilt_limit", "ridge_tilt_limit_error")
def average_over_the_spectrum():
    """cos^2 = m^2/m', with m the root of its equation and m' = -dm/dlambda; without ridge
    1 - gamma below gamma = 1, 1 - 1/gamma above."""
    root = sympy.sqrt((1 - gamma) ** 2 + 2 * ridge * (1 + gamma) + ridge**2)
    root_m = 2 / (1 - gamma + ridge + root)
    equation = gamma * ridge * root_m**2 + (1 - gamma + ridge) * root_m - 1
    square = tilt_limit(ridge, gamma) ** 2
    below, above = (square.subs({ridge: 0, gamma: g}) for g in (m / (1 + m), 1 + m))  # m > 0
    return all_of(
        identity(equation, 0),
        identity(square * -sympy.diff(root_m, ridge), root_m**2),
        identity([below, above], [1 - m / (1 + m), 1 - 1 / (1 + m)]),
    )


@item("margin_tilt", "largest_margin")
def largest_margin_stationary():
    """h' = 2 m: s cos + t, with h(t) = (1 - cos^2)/alpha, is stationary at cos = s alpha m."""
    return identity(sympy.diff(relu_square(t), t), 2 * relu_mean(t))


@item("margin_tilts_more_than_the_means")
def square_of_a_mean():
    """h(t) >= m(t)^2, Jensen's inequality, by balls for |t| <= 5."""
    return inequality(lambda t: relu_square(t) - relu_mean(t) ** 2, {"t": (-5, 5)})
