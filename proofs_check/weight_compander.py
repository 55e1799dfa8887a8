"""Why the compander is a mirror, what its potentials are, and what learned scales keep."""

import itertools

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality
from theory import rational
from theory.weight_compander import (
    compander, crossing_weight, decay_penalty, gain, largest_step, learned_reach, mirror_map,
    mirrored, mode_weight, potential, potential_of_variable, variable_of, weight_density,
)  # fmt: skip
from theory.weight_compander.density import log_density_slope

item = Proofs()
a, b, s, x, mu, curvature = sympy.symbols("a b s x mu lambda", positive=True)
v, t, u, z = sympy.symbols("v t u z", real=True)
W = a * sympy.atan(x)  # w with tan(w/a) = x


def along(f):
    """df/dw, w = a arctan x, of a function of x."""
    return sympy.diff(f, x) * (1 + x**2) / a


@item("gradient_gain", "slope_of_the_compander", "no_spurious_points", "scale_free")
def slope_of_psi():
    """psi' = (a/b)/(1 + v^2/b^2) > 0, psi'^2 = h(psi(v)), v psi_v + b psi_b = 0."""
    psi = compander(v, a, b)
    slope = sympy.diff(psi, v)
    return all_of(
        identity(slope, a / b / (1 + v**2 / b**2)),
        identity(slope.subs(v, b * x) ** 2, gain(W, a, b)),
        identity(v * slope + b * sympy.diff(psi, b), 0),
        identity(variable_of(W, a, b), b * x),
    )


@item("gain_crosses_one", "faster_below_the_crossing", "slower_everywhere")
def where_the_gain_is_one():
    """h(w_x) = 1, and h falls in |w|."""
    at = gain(crossing_weight(b * (1 + x**2), b), b * (1 + x**2), b)
    fall = sympy.diff(gain(W, a, b), x)
    return all_of(identity(at, 1), identity(fall, -4 * x * a**2 / (b**2 * (1 + x**2) ** 3)))


@item("mirror_potential", "slope_of_the_potential", "potential_in_both", "implicit_bias")
def potential_of_the_flow():
    """phi' = (b^2/a)(tan u + tan^3 u/3) and phi'' = 1/h; phi of w is phi of v."""
    by_variable = potential_of_variable(b * x, b)
    return all_of(
        identity(along(by_variable), mirror_map(W, a, b)),
        identity(along(mirror_map(W, a, b)), 1 / gain(W, a, b)),
        identity(potential(W, a, b), by_variable),
    )


@item("mirror_map_inverted", "convex_programme")
def root_of_the_cubic():
    """tau = 2 sinh q has tau + tau^3/3 = (2/3) sinh 3q."""
    q = sympy.symbols("q", real=True)
    tau = 2 * sympy.sinh(q)
    three = ((sympy.exp(3 * q) - sympy.exp(-3 * q)) / 2).rewrite(sympy.exp)
    cubic = sympy.expand((tau + tau**3 / 3).rewrite(sympy.exp))
    back = 2 * sympy.sinh(sympy.asinh(3 * z / 2) / 3)
    return all_of(
        identity(sympy.expand(cubic - sympy.Rational(2, 3) * three), 0),
        identity(mirrored(z * b**2 / a, a, b), a * sympy.atan(back)),
    )


@item("free_of_b")
def potential_scales_with_b():
    """phi is b^2 times a function of w and a."""
    return identity(potential(W, a, 2 * b), 4 * potential(W, a, b))


@item("weight_decay_penalty", "weight_decay_limit")
def penalty_of_decay():
    """(mu/2) v^2 = (mu b^2/2) tan^2 u, of second derivative mu (b/a)^2 (1 + x^2)(1 + 3 x^2) > 0."""
    penalty = decay_penalty(W, a, b, mu)
    convex = mu * (b / a) ** 2 * (1 + x**2) * (1 + 3 * x**2)
    return all_of(identity(penalty, mu / 2 * (b * x) ** 2), identity(along(along(penalty)), convex))


@item("potential_of_small_weights", "l2_limit")
def small_weights():
    """phi a^2/b^2 = w^2/2 + w^4/(6 a^2) + O(w^6)."""
    exact_form = potential(u * a, a, b) / b**2
    series = sympy.series(exact_form, u, 0, 6).removeO()
    return identity(series, u**2 / 2 + u**4 / 6)


@item("shrinkage_ratio", "magnified_up_to", "magnifies_below")
def compander_is_concave():
    """psi'' = -2 (a/b^2) x/(1 + x^2)^2 < 0 for v > 0."""
    second = sympy.diff(compander(v, a, b), v, 2).subs(v, b * x)
    return identity(second, -2 * a / b**2 * x / (1 + x**2) ** 2)


@item("weight_density_formula", "slope_of_the_log_density", "two_modes", "bimodal_from_a_threshold")
def modes_of_the_density():
    """a (log p)' = tan u (2 - (b^2/s^2) sec^2 u): 0 at cos u = b/(s sqrt 2)."""
    density = weight_density(W, a, b, s)
    slope = a * along(density) / density
    root_two = sympy.sqrt(2)
    top = sympy.tan(mode_weight(a, b, b * sympy.sqrt((1 + x**2) / 2)) / a)
    return all_of(
        identity(slope, log_density_slope(x, b, s)),
        identity(log_density_slope(x, b, b * sympy.sqrt(1 + x**2) / root_two), 0),
        identity(sympy.simplify(top), x),
    )


@item("sharpness", "large_weights_stand_larger_steps")
def hessian_at_a_minimum():
    """d^2/dv^2 of lambda (psi(v) - w)^2/2 where psi(v) = w is lambda h(w) = 2/eta_max."""
    loss = curvature / 2 * (compander(v, a, b) - W) ** 2
    hessian = sympy.diff(loss, v, 2).subs(v, b * x)
    return all_of(
        identity(hessian, curvature * gain(W, a, b)),
        identity(hessian * largest_step(W, a, b, curvature), 2),
    )


@item("second_invariant", "learned_reach_decides", "learning_reaches_further")
def two_layers_in_disguise():
    """v' = -g psi_v, b' = -g psi_b, a' = -g u: v^2 + b^2 and a^2 - (v^2 + b^2) u^2 stay."""
    w = compander(v, a, b)
    angle = w / a
    flow = {y: -sympy.diff(w, y) for y in (v, a, b)}

    def rate(f):
        return sympy.Add(*(sympy.diff(f, y) * flow[y] for y in flow))

    square = v**2 + b**2
    reach = learned_reach(b * x, a, b) ** 2
    last = sympy.pi / 2
    turned = a**2 + b**2 * (1 + x**2) * (last**2 - sympy.atan(x) ** 2)
    return all_of(
        identity(rate(square), 0),
        identity(rate(a**2 - square * angle**2), 0),
        identity(sympy.expand(reach), sympy.expand(last**2 * turned)),
    )


@item("mirror_potential", "weight_decay_penalty")
def potentials_are_convex():
    """In balls, a = b = 1: 2 phi(w) < phi(w - 1/4) + phi(w + 1/4) for |w| <= 1, and so tan^2."""
    one, step = rational(1), rational(1, 4)

    def bent(f):
        return lambda w: f(w - step) + f(w + step) - 2 * f(w)

    box = {"w": (-1, 1)}
    return all_of(
        inequality(bent(lambda w: potential(w, one, one)), box, strict=True),
        inequality(bent(lambda w: decay_penalty(w, one, one, one)), box, strict=True),
    )


@item("sign_vector_unique", "sign_vector_recovery")
def wendel_in_the_plane():
    """n = 2, d = 3: P(Bin(2, 1/2) < 2) = 3/4: a null vector of one sign has 2 of 8 patterns."""
    patterns = list(itertools.product((-1, 1), repeat=3))
    missed = sum(abs(sum(p)) != 3 for p in patterns)
    binomial = sum(sympy.binomial(2, k) for k in range(2))
    return exact(
        bool(sympy.Rational(missed, len(patterns)) == sympy.Rational(binomial, 4)), "all 8 patterns"
    )
