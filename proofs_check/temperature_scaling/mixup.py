"""What Mixup's weights are, on the line and in the plane."""

import itertools

import sympy

from proofs_check import Proofs, all_of, exact, identity, polynomial, reals
from theory import exp

item = Proofs()
s = sympy.symbols("s", positive=True)
u, v, t = sympy.symbols("u v t", positive=True)


@item("mixup_pair_kl_share", "mixup_pair_kl_bounded")
def integrals_of_the_boxes():
    """G(s) = s log s has G'' = 1/s; d^2/(du dv) of u log(u + v) is v/(u + v)^2; both add up."""
    both = (u + v) * sympy.log(u + v)
    first = u * sympy.log(u + v)
    return all_of(
        identity(sympy.diff(both, u, v), 1 / (u + v)),
        identity(sympy.diff(first, u, v), v / (u + v) ** 2),
        identity(sympy.diff(both - first, u, v), u / (u + v) ** 2),
    )


@item("mixup_beta2_share", "mixup_beta2_costs_more")
def integrals_of_the_boxes_for_beta_2():
    """d^2/(du dv): uv/(u + v) to 2 uv/(u + v)^3, uv (u + 2 v)/(u + v)^2 to 6 uv^2/(u + v)^4."""
    s = u + v
    return all_of(
        identity(sympy.diff(u * v / s, u, v), 2 * u * v / s**3),
        identity(sympy.diff(u * v * (u + 2 * v) / s**2, u, v), 6 * u * v**2 / s**4),
    )


@item("mixup_half_share", "beta_two_by_incomplete_betas", "weights_at_the_ends_cost_less")
def integrals_of_the_boxes_for_any_beta():
    """(u + v) phi(v/(u + v)) has d^2/(du dv) = -lambda (1 - lambda) phi''/(u + v); both phi.

    derived: phi'' = -F'/(lambda (1 - lambda)) and -F'/(1 - lambda), F = I_lambda(a, a)
    """
    a, x = sympy.symbols("a lambda", positive=True)
    phi, F = sympy.Function("phi"), sympy.Function("F")(x)
    peak: sympy.Expr = exp(a * sympy.log(x) + a * sympy.log(1 - x))
    slope = peak / (x * (1 - x))  # F', up to 1/B(a, a)

    def curved(f):
        first = sympy.diff(f, x).subs(sympy.diff(F, x), slope)
        return sympy.diff(first, x).subs(sympy.diff(F, x), slope) / slope

    both = (2 * peak + (1 - 2 * a) * (1 - 2 * x) * F) / (1 - a)
    left = (peak - (a + (1 - 2 * a) * x) * F) / (1 - a)
    cubic = (u + v) * (phi(x).subs(phi(x), x**3)).subs(x, v / (u + v))  # phi = lambda^3, say
    stated = -x * (1 - x) * 6 * x
    return all_of(
        identity(sympy.diff(cubic, u, v), stated.subs(x, v / (u + v)) / (u + v)),
        identity(sympy.simplify(curved(both)), -1 / (x * (1 - x))),
        identity(sympy.simplify(curved(left)), -1 / (1 - x)),
    )


@item("mixup_minimiser", "mixup_minimiser_plane", "mixup_pair_kl_share")
def weights_are_one_over_volume():
    """lambda -> z has the Jacobian d! volume: |x_1 - x_0|, and twice a triangle's area.

    derived: Gibbs' inequality, at z the loss -sum c_y log p_y is least at p = c/sum c.
    """
    a, b = sympy.symbols("a b", positive=True)
    x0, x1, x2, y0, y1, y2 = sympy.symbols("x0 x1 x2 y0 y1 y2", real=True)
    place = sympy.Matrix([a * x0 + b * x1 + (1 - a - b) * x2, a * y0 + b * y1 + (1 - a - b) * y2])
    twice = (x0 - x2) * (y1 - y2) - (x1 - x2) * (y0 - y2)
    c, d = sympy.symbols("c d", positive=True)
    loss = -c * sympy.log(a) - d * sympy.log(1 - a)
    return all_of(
        identity(place.jacobian([a, b]).det(), twice),
        identity(sympy.diff(a * x0 + (1 - a) * x1, a), x0 - x1),
        identity(sympy.diff(loss, a).subs(a, c / (c + d)), 0),
    )


@item("mixup_hull")
def hull_misses_two_parts_in_n_plus_one():
    """E of the mass below n places is int n t (1 - t)^(n - 1) = 1/(n + 1), for n up to 12."""

    def moment(size):
        x = sympy.symbols("x")
        return sympy.integrate(sympy.expand(size * x * (1 - x) ** (size - 1)), (x, 0, 1))

    def holds():
        return all(moment(size) == sympy.Rational(1, size + 1) for size in range(1, 13))

    return exact(holds, "integrals of polynomials, n = 1 .. 12")


@item("mixup_triangle_share", "mixup_plane_share")
def sums_of_uniform_numbers():
    """prod (1 - e^(-s l_i))/(s l_i) = sum_T (-1)^|T| e^(-s l_T)/(s^m prod l), m = 2 and 3.

    derived: int e^(-s t) (t - a)_+^(m-1)/(m-1)! dt = e^(-a s)/s^m
    """
    weights = sympy.symbols("l1:4", positive=True)
    parts = []
    for m in (2, 3):
        given = weights[:m]
        of_each = sympy.prod([(1 - sympy.exp(-s * w)) / (s * w) for w in given])
        corners = sum(
            (-1) ** len(subset) * sympy.exp(-s * sum(subset))
            for size in range(m + 1)
            for subset in itertools.combinations(given, size)
        )
        ramp = sympy.integrate(sympy.exp(-s * t) * t ** (m - 1), (t, 0, sympy.oo))
        parts += [
            identity(sympy.expand(of_each), sympy.expand(corners / (s**m * sympy.prod(given)))),
            identity(ramp, sympy.factorial(m - 1) / s**m),
        ]
    return all_of(*parts)


@item("mixup_top_error", "whole_predictions_are_nearer_with_mixup")
def errors_of_two_classes():
    """|p - y| = |(1 - p) - (1 - y)|: (p, 1 - p) is 2 |p - y| from (y, 1 - y)."""
    p, y = reals("p y")
    return polynomial((p - y) ** 2 == ((1 - p) - (1 - y)) ** 2)
