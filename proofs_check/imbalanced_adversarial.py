"""Slopes and signs behind the orderings, the peak's uniqueness, exchange, separation, samples."""

import sympy

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import exp, normal_cdf, normal_pdf
from theory.imbalanced_adversarial.adversary import majority_slope
from theory.imbalanced_adversarial.costs import cost, cost_slope, gain, tilt
from theory.imbalanced_adversarial.exchange import balanced
from theory.imbalanced_adversarial.model import Params
from theory.imbalanced_adversarial.weights import gap, gap_slope

item = Proofs()
s, s_r, kappa, t, h, K, rho, a, x, v = sympy.symbols("s s_r kappa t h K rho a x v", positive=True)


def at(**values):
    """Params whose numbers are symbols."""
    params = object.__new__(Params)
    for name, value in ({"s": s, "K": K, "rho": rho} | values).items():
        object.__setattr__(params, name, value)
    return params


@item("optimal_weighted_rule", "optimal_weighted_rule_majority", "local_exchange_rate")
def risk_is_stationary_at_the_rule():
    """rho phi(s - h) = K phi(s + h) at h = log(K/rho)/2s."""
    shift = sympy.log(K / rho) / (2 * s)
    return identity(rho * normal_pdf(s - shift), K * normal_pdf(s + shift))


@item("gap_slope")
def slope_of_the_gap():
    """d gap/ds is the formula of the claim."""
    return identity(sympy.diff(gap(at()), s), gap_slope(at()))


@item("gap_shrinks_with_separability")
def gap_slope_is_negative():
    """(1 - e^-t) + (1 + e^-t) t/2s^2 > 0 for t > 0."""
    return inequality(
        lambda s, t: 1 - exp(-t) + (1 + exp(-t)) * t / (2 * s**2),
        {"s": ("0.05", 10), "t": ("0.001", 20)},
        strict=True,
    )


@item("cost_slope", "cost_falls_for_every_weight")
def slope_of_the_cost():
    """dC/ds = phi(s) [E(t_1) - E(t)]."""
    return identity(sympy.diff(cost(at()), s), cost_slope(at()))


@item("cost_of_full_reweighting_shrinks")
def cost_slope_is_negative_at_full_weight():
    """E(t) < 1 = E(0) for t > 0."""
    return inequality(
        lambda s, t: 1 - tilt(s, t), {"s": ("0.05", 10), "t": ("0.001", 20)}, strict=True
    )


@item("cost_ordering_domain", "cost_ordering_domain_peak")
def tilt_falls_to_its_zero():
    """E'(u) = -exp(-u/2 - u^2/8s^2) [1/2 + 1/2s^2 - u^2/8s^4], whose bracket is >= 1/2s^2 there."""
    bracket = sympy.Rational(1, 2) + 1 / (2 * s**2) - t**2 / (8 * s**4)
    u, square = reals("u square")
    return all_of(
        identity(sympy.diff(tilt(s, t), t), -exp(-t / 2 - t**2 / (8 * s**2)) * bracket),
        polynomial(4 * square**2 - u**2 >= 0, assumptions=[u >= 0, square > 0, u <= 2 * square]),
    )


@item("cost_ordering_domain")
def over_weighting_within_the_fourth_power():
    """4 s^2 >= a - t_1 iff (a + t_1)/2 >= (a^2 - t_1^2)/8s^2: then E(-a) >= E(t_1)."""
    over, whole, square = reals("a t_1 square")
    left, right = 4 * square >= over - whole, (over + whole) * 4 * square >= over**2 - whole**2
    return polynomial(left == right, assumptions=[over + whole > 0, square > 0])


@item("cost_ordering_domain_peak")
def the_peak_is_unique():
    """log((t_1 x - 1)/(t x - 1)) - (t_1^2 - t^2) x/4 falls strictly, for t_1 > t, x > 1/t."""
    balance = sympy.log((a * x - 1) / (t * x - 1)) - (a**2 - t**2) * x / 4
    slope = -(a - t) / ((a * x - 1) * (t * x - 1)) - (a**2 - t**2) / 4
    whole, left, at_x = reals("t_1 t x")
    negative = (whole - left) * (
        4 + (whole + left) * (whole * at_x - 1) * (left * at_x - 1)
    ) > 0  # fmt: skip
    return all_of(
        identity(sympy.diff(balance, x), slope),
        polynomial(negative, assumptions=[whole > left, left > 0, left * at_x > 1]),
    )


@item("weight_limit_is_sharp")
def the_highest_point_of_the_balance():
    """v = (a - 1 + sqrt((a + 1)^2 - 16a/((a - 1) t)))/2a is stationary."""
    place = (a - 1 + sympy.sqrt((a + 1) ** 2 - 16 * a / ((a - 1) * t))) / (2 * a)
    balance = (a**2 - 1) * t * v / 4 + sympy.log(1 - v) - sympy.log(1 + a * v)
    slope = sympy.numer(sympy.together(sympy.diff(balance, v)))
    return identity(sympy.expand(slope).subs(v, place), 0)


@item("minority_gain_not_monotone", "minority_gain_falls")
def slope_of_the_gain():
    """The minority's gain has slope phi(s) (1 - E(-t_1))."""
    slope = normal_pdf(s) * (1 - tilt(s, -sympy.log(K)))
    return identity(sympy.diff(gain(at()), s), slope)


@item("average_exchange_rate", "exchange_floor")
def densities_of_the_exchange():
    """phi(s + v h) = phi(s) exp(-h^2 v^2/2 - v t_1/2) at h = t_1/2s."""
    shift = t / (2 * s)
    tilted = normal_pdf(s) * exp(-(shift**2) * v**2 / 2 - v * t / 2)
    return identity(normal_pdf(s + v * shift), tilted)


@item("exchange_falls_with_separability")
def exchange_rises_in_the_tilt():
    """d log r/dl = E_+[v^2] - E_-[v^2] >= 0, the means under e^(-l v^2 +- v t_1/2) on [0, 1].

    derived: Chebyshev's inequality

    E_+[f] - E_-[f] has the sign of the double integral of (f(x) - f(y)) (e^(t_1 x) - e^(t_1 y)),
    and l = t_1^2/8s^2 falls in s.
    """
    first, second, grown, grown_2 = reals("x y X Y")
    return polynomial(
        (first**2 - second**2) * (grown - grown_2) >= 0,
        assumptions=[first >= 0, second >= 0, (first - second) * (grown - grown_2) >= 0,
                     (grown == grown_2) == (first == second)],
    )  # fmt: skip


@item("natural_exchange", "adversarial_exchange")
def exchange_falls_in_the_shift():
    """d log r/dh <= 0 at fixed m: I_+/I_- >= e^(-2 m h), a mean of e^(-2 m u) over u <= h.

    derived: by parts

    The slope is phi(m + h)/I_+ - phi(m - h)/I_-, I_+- the integrals of phi(m +- u).
    """
    m, u, end = reals("m u h")
    return all_of(
        identity(normal_pdf(a + v), exp(-2 * a * v) * normal_pdf(a - v)),
        polynomial(-2 * m * u >= -2 * m * end, assumptions=[m > 0, u >= 0, u <= end]),
    )


@item("balanced_error_curvature", "weights_have_a_window")
def curvature_of_the_balanced_error():
    """d^2 B/dt^2 = phi(s)/4s at t = 0; kappa phi(kappa)/4s_r^2 in natural adversarial errors."""
    natural = (normal_cdf(-kappa + t / (2 * s_r)) + normal_cdf(-kappa - t / (2 * s_r))) / 2
    return all_of(
        identity(sympy.diff(balanced(at(), t), t, 2).subs(t, 0), normal_pdf(s) / (4 * s)),
        identity(sympy.diff(natural, t, 2).subs(t, 0), kappa * normal_pdf(kappa) / (4 * s_r**2)),
    )


@item("adversarial_gap_larger", "adversarial_robust_gap_larger", "adversarial_majority_cost_larger")
def separabilities_are_ordered():
    """s_r^2 <= kappa s_r and (kappa s_r)^2 <= s^2 s_r^2, for z_j between 0 and mu_j, d = 2."""
    first, second, z, z_2 = reals("mu_1 mu_2 z_1 z_2")
    r, r_2 = first - z, second - z_2
    shared = first * r + second * r_2
    inside = [z >= 0, z <= first, z_2 >= 0, z_2 <= second]
    return all_of(
        polynomial(r**2 + r_2**2 <= shared, assumptions=inside),
        polynomial(shared**2 <= (first**2 + second**2) * (r**2 + r_2**2), assumptions=inside),
    )


@item("separation_loss_idle")
def an_attack_costs_at_least_its_nearest_point():
    """w.mu - eps (|w_1| + |w_2|) <= w.(mu - z) for |z_j| <= eps."""
    w, w_2, z, z_2, eps, size, size_2 = reals("w_1 w_2 z_1 z_2 eps a_1 a_2")
    bounds = [-eps <= z, z <= eps, -eps <= z_2, z_2 <= eps, eps >= 0]
    sizes = [size >= w, size >= -w, size_2 >= w_2, size_2 >= -w_2]
    return polynomial(w * z + w_2 * z_2 <= eps * (size + size_2), assumptions=bounds + sizes)


@item("separation_instead_of_weights", "separation_instead_of_weights_majority")
def the_separability_that_a_weight_is_worth():
    """u = (s + sqrt(s^2 + 2t))/2: u - t/2u = s and u + t/2u = sqrt(s^2 + 2t)."""
    root = sympy.sqrt(s**2 + 2 * t)
    u = (s + root) / 2
    return all_of(identity(u - t / (2 * u), s), identity(u + t / (2 * u), root))


@item("separation_helps_both_classes", "separation_helps_both_classes_at_every_weight")
def slope_of_the_majority_error():
    """d Phi(-s - t/2s)/ds = -phi(s + t/2s) (1 - t/2s^2)."""
    error = normal_cdf(-s - sympy.log(K / rho) / (2 * s))
    return identity(sympy.diff(error, s), -majority_slope(at()))


@item("weighted_logistic_consistency")
def weighted_posterior_is_logistic():
    """rho phi(x - s)/(K phi(x + s)) = exp(2 s x - t)."""
    odds = rho * normal_pdf(x - s) / (K * normal_pdf(x + s))
    return identity(odds, exp(2 * s * x - sympy.log(K / rho)))


@item("plugin_minority_error", "plugin_majority_error")
def law_of_the_plugin_rule():
    """Roots of w^2 - (b - a) w = a + b + ab, noncentrality 4s^2/(w (1 - (1 + b - w)^2))."""
    b, w = sympy.symbols("b w", positive=True)
    covariance, form = sympy.Matrix([[1 + a, 1], [1, 1 + b]]), sympy.diag(-1, 1)
    determinant = (covariance * form - w * sympy.eye(2)).det()
    vector, mean = sympy.Matrix([1 + b - w, 1]), sympy.Matrix([0, 2 * s])
    share = (vector.T * form * mean)[0] ** 2 / (w * (vector.T * form * vector)[0])
    return all_of(
        identity(determinant, w**2 - (b - a) * w - (a + b + a * b)),
        identity(share, 4 * s**2 / (w * (1 - (1 + b - w) ** 2))),
    )


@item("reweighting_stops_helping", "equalising_weight_exceeds_imbalance")
def the_shift_of_estimated_means():
    """(d/2)(1/n_min - 1/n_maj) = (d/2n)(K - 1/K), which is 2 s^2 at K = y + sqrt(1 + y^2)."""
    d, n = sympy.symbols("d n", positive=True)
    minority, majority = n / (1 + K), n * K / (1 + K)
    y = 2 * s**2 * n / d
    shift = d / (2 * n) * (K - 1 / K)
    return all_of(
        identity(d * (1 / minority - 1 / majority) / 2, shift),
        identity(shift.subs(K, y + sympy.sqrt(1 + y**2)), 2 * s**2),
    )
