"""The proof's steps of the XOR cluster paper, in its order, on theory's own formulas."""

import itertools
from fractions import Fraction
from typing import Any

import sympy as sp
import z3

from proofs_check import Proof, Result, Status, all_of, exact, identity, inequality, polynomial
from theory import exp, log, normal_cdf, normal_pdf, pi, rational, sqrt
from theory.xor_cluster import (
    activation_covariance,
    aligned_fraction_variance,
    aligned_sets_share,
    axis_deviation_probability,
    bayes_error,
    bayes_error_by_erf,
    bayes_net_bound,
    clean_margin,
    clean_sigmoid_gap,
    cluster_accuracy_variance,
    cluster_size_gap,
    cluster_size_spread,
    good_run_threshold,
    later_step_accuracy,
    later_step_accuracy_as_printed,
    margin_variance,
    noisy_margin,
    opposite_net_error,
    other_projection,
    other_projection_as_printed,
    own_projection,
    two_step_drift,
    weight_norm_squared,
)

Z3: Any = z3  # its stubs give every expression a union of sorts that type checkers refuse

FIRST_SIZES = 100
"""The least n for which the numeric inequalities of the appendix are asked for here."""


def _real(names: str):
    return sp.symbols(names, real=True)


def _positive(names: str):
    return sp.symbols(names, positive=True)


# --------------------------------------------------------------------------------------------
# Section 4 and Lemma A.14: the second layer's signs


def _relu_parts() -> Result:
    x, relu = Z3.Real("x"), lambda u: Z3.If(u > 0, u, 0)
    absolute = Z3.If(x >= 0, x, -x)
    a, b = relu(x), relu(-x)
    return all_of(
        lambda: polynomial(Z3.And(a - b == x, 2 * a == x + absolute)),
        lambda: polynomial(a * a + b * b == x * x),
        lambda: polynomial(a * a * a + b * b * b == absolute * x * x),
    )


def _rademacher_moments() -> Result:
    """E[a relu(a g)] over a = ±1, and its square, as moments of g: exact for every value of g."""
    g, relu = Z3.Real("g"), lambda u: Z3.If(u > 0, u, 0)
    mean = (relu(g) - relu(-g)) / 2
    square = (relu(g) * relu(g) + relu(-g) * relu(-g)) / 2
    v, e = Z3.Reals("v e")  # Var g and (E g)^2
    variance = v / 2 + e / 4
    larger = Z3.If(v > e / 2, v, e / 2)
    lower = Z3.If(v / 2 > e / 4, v / 2, e / 4)
    positive = (v >= 0, e >= 0)
    return all_of(
        lambda: polynomial(Z3.And(2 * mean == g, 2 * square == g * g)),
        # Var = E[g^2]/2 - (E g)^2/4 = Var(g)/2 + (E g)^2/4
        lambda: polynomial((v + e) / 2 - e / 4 == variance),
        lambda: polynomial(Z3.And(lower <= variance, variance <= larger), assumptions=positive),
    )


def _two_activations() -> Result:
    """sum of both signs of a neuron with pre-activation b: the linear classifier's half."""
    h, s = Z3.Reals("h s")
    relu = lambda u: Z3.If(u > 0, u, 0)  # noqa: E731
    return polynomial(
        2 * s * relu(s * h) == h + s * Z3.If(h >= 0, h, -h), assumptions=(Z3.Or(s == 1, s == -1),)
    )


# --------------------------------------------------------------------------------------------
# Tails and orthants


def _gaussian_tail() -> Result:
    """phi(t)/t is above the upper tail, which is below exp(-t^2/2)/2, on 1 <= t <= 12."""
    box = {"t": (1, 12)}
    upper = lambda t: normal_cdf(-t)  # noqa: E731
    return all_of(
        # scaled by exp(t^2/2): the tails themselves vanish
        lambda: inequality(lambda t: exp(t**2 / 2) * (normal_pdf(t) / t - upper(t)), box),
        lambda: inequality(lambda t: 1 - 2 * exp(t**2 / 2) * upper(t), box),
        lambda: inequality(
            lambda t: exp(t**2 / 2) * (2 * upper(t) - normal_pdf(t) / t), {"t": (1, 12)}
        ),
    )


def _logistic_slope() -> Result:
    """z/2 - (1/2 - 1/(1+e^z)) >= 0 for z >= 0, and with the sharp constant 1/4."""
    gap = lambda z: rational(1, 2) - 1 / (1 + exp(z))  # noqa: E731
    # the gap's derivative e^z/(1+e^z)^2 is at most 1/4: integrate from 0
    u = Z3.Real("u")
    return all_of(
        lambda: polynomial(4 * u <= (1 + u) * (1 + u), assumptions=(u > 0,)),
        lambda: inequality(lambda z: z / 2 - gap(z), {"z": (Fraction(1, 100), 40)}),
        lambda: inequality(lambda z: z / 4 - gap(z), {"z": (Fraction(1, 100), 40)}),
    )


def _orthant_two() -> Result:
    """Sheppard: d/dR of P(z1, z2 > 0) is the density at 0, and R = 0 gives 1/4."""
    R = sp.symbols("R", real=True)
    probability = sp.Rational(1, 4) + activation_covariance(R)
    density = 1 / (2 * sp.pi * sp.sqrt(1 - R**2))
    inside = {R: ("-9/10", "9/10")}
    return all_of(
        lambda: identity(sp.diff(probability, R), density, ranges=inside),
        lambda: identity(probability.subs(R, 0), sp.Rational(1, 4)),
        lambda: identity(probability.subs(R, 1), sp.Rational(1, 2)),
    )


def _orthant_last_step() -> Result:
    """Last step of Lemma A.16 at its own n: 2 sqrt(2)/(nC sqrt(pi)) + exp(-n) <= 2/(C n).

    True where n C exp(-n) <= 2 - 2 sqrt(2/pi) = 0.404, e.g. n >= 20 and C <= 1e6.
    """
    box = {"n": (20, 10**4), "C": (1, 10**6)}
    return inequality(lambda n, C: 2 - 2 * sqrt(2 / pi) - n * C * exp(-n), box)


# --------------------------------------------------------------------------------------------
# The appendix's numeric inequalities


def _a35(n, C, u):
    """(A.35) minus 1/4 with q = u/C, u in [0, 1], at its worst exponent n^-0.01 <= 1."""
    q = u / C
    spread = 10 * sqrt(log(n))
    power = exp(-log(n) * rational(3, 2))
    slow = exp(-log(n) / 100)
    return (1 - q / n) / 2 - 4 * power * (1 + spread * slow * q / (3 * C)) - rational(1, 4)


def _aligned_margin() -> Result:
    """n(1-2 eta)/8 < n(1-5 eta)/4 - sqrt n, the typical d against min c - 2 n_nu - sqrt n.

    With r = sqrt(n): r (1 - 8 eta)/8 > 1, so n > 64/(1 - 8 eta)^2.
    """
    r, eta = Z3.Reals("r eta")
    holds = r * r * (1 - 2 * eta) / 8 < r * r * (1 - 5 * eta) / 4 - r
    domain = (r > 0, eta >= 0, 2 * eta < 1)
    return all_of(
        lambda: polynomial(holds == (r * (1 - 8 * eta) > 8), assumptions=domain),
        lambda: polynomial(Z3.Implies(holds, 8 * eta < 1), assumptions=domain),
    )


def _trichotomy_moments() -> tuple[Fraction, Fraction]:
    """E|1_nu - 1_-nu|^l and its variance, from the four equally likely clusters."""
    values = [Fraction(1), Fraction(-1), Fraction(0), Fraction(0)]
    zero = Fraction(0)
    return sum((abs(v) for v in values), zero) / 4, sum((v * v for v in values), zero) / 4


def _lemma_a15(n: int, C: int) -> bool:
    return (1 - Fraction(4, C * n)) ** n >= 1 - Fraction(4, C * n)


def _lemma_a15_repaired() -> bool:
    return all(
        (1 - Fraction(4, C * n)) ** n >= 1 - Fraction(4, C) >= Fraction(1, 2)
        for n in range(1, 60)
        for C in range(8, 40)
    )


def _average_over_aligned(neurons: list[tuple[int, int]]) -> bool:
    """(D4)'s proof: aligned neurons (d_nu > d_-nu) have an average d_-nu at most everyone's."""
    aligned = [d for c, d in neurons if c > d]
    everyone = [d for _, d in neurons]
    return Fraction(sum(aligned), len(aligned)) <= Fraction(sum(everyone), len(everyone))


def _average_in_expectation() -> bool:
    """In expectation it holds: d_nu, d_-nu iid on any law of three points; two laws enumerated."""
    for weights in ((1, 1, 1), (1, 4, 2)):
        values = (0, 3, 7)
        joint = {
            (a, b): Fraction(weights[i] * weights[j], sum(weights) ** 2)
            for (i, a), (j, b) in itertools.product(enumerate(values), repeat=2)
        }
        aligned = {k: p for k, p in joint.items() if k[0] > k[1]}
        given = sum(p * b for (_, b), p in aligned.items()) / sum(aligned.values())
        if given > sum(p * b for (_, b), p in joint.items()):
            return False
    return True


# --------------------------------------------------------------------------------------------
# Limit H: the projections from the table


def _sums_of_table(t: int, own: bool):
    """V(t) summed step by step from the activation table, with b(S) and sizes as symbols.

    At each step a neuron adds s y_i y_nu/... = +1 for each active point that its cluster's clean
    label pulls along: on +mu, C_+ and N_- count +1 and C_-, N_+ count -1 on the own axis, and
    the reverse on the other. For sigma = +; rows as in ``activation_table``.
    """
    cp, cm, np_, nm = _real("c_plus c_minus n_plus n_minus")
    bcp, bcm, bnp, bnm = _real("b_c_plus b_c_minus b_n_plus b_n_minus")

    def active(time: int):
        if time == 0:
            return bcp, bcm, bnp, bnm
        if own:
            return (cp, bcm, np_ - bnp, 0) if time == 1 else (cp, bcm, 0, 0)
        if time == 1:
            return 0, cm - bcm, bnp, nm
        return (cp - bcp, 0, np_, nm) if time == 2 else (0, 0, np_, nm)

    total = 0
    for time in range(t):
        a_cp, a_cm, a_np, a_nm = active(time)
        total += a_cp + a_nm - a_cm - a_np
    D = bcp + bnm - bcm - bnp
    sizes = (cp, cm, np_, nm)
    if own:
        return total, own_projection(t, D, *sizes, bcm, bnp)
    return -total, (D, sizes, (bcp, bnp, bnm))


def _projections() -> Result:
    parts = []
    for t in range(1, 7):
        own_sum, own_formula = _sums_of_table(t, own=True)
        parts.append(identity(own_sum, own_formula))
        other_sum, (D, sizes, bs) = _sums_of_table(t, own=False)
        parts.append(identity(other_sum, other_projection(t, D, *sizes, *bs)))
    return all_of(*parts)


def _printed_projection() -> Result:
    other_sum, (D, sizes, bs) = _sums_of_table(3, own=False)
    return identity(other_sum, other_projection_as_printed(3, D, *sizes, *bs))


def _printed_lower_bound() -> Result:
    """-V(3) >= c_+ - c_- - 3 n_+ + 3 n_- with 0 <= b(S) <= |S|."""
    cp, cm, np_, nm, bnp, bnm = Z3.Reals("c_plus c_minus n_plus n_minus b_n_plus b_n_minus")
    value = cp - cm - np_ + 2 * nm + bnm - 2 * bnp
    sizes = (cp >= 0, cm >= 0, np_ >= 0, nm >= 0, bnp >= 0, bnp <= np_, bnm >= 0, bnm <= nm)
    return polynomial(value >= cp - cm - 3 * np_ + 3 * nm, assumptions=sizes)


def _true_lower_bound() -> Result:
    cp, cm, np_, nm, bnp, bnm = Z3.Reals("c_plus c_minus n_plus n_minus b_n_plus b_n_minus")
    value = cp - cm - np_ + 2 * nm + bnm - 2 * bnp
    sizes = (np_ >= 0, nm >= 0, bnp >= 0, bnp <= np_, bnm >= 0, bnm <= nm)
    return polynomial(value >= cp - cm - 3 * np_ + 2 * nm, assumptions=sizes)


def _two_step_cancellation() -> Result:
    """V_own(2) - V_other(2) = 2 (D + e) for sigma = +: the leading terms cancel."""
    _, own = _sums_of_table(2, own=True)
    _, (D, sizes, bs) = _sums_of_table(2, own=False)
    cp, cm, np_, nm = sizes
    e = (cp - np_ - cm + nm) / 2
    return identity(own - other_projection(2, D, *sizes, *bs), 2 * (D + e))


def _two_step_threshold() -> Result:
    """A sign change of the drift at -z0, in an interval of length 1e-9, and only one on [-8, 0]."""
    z0 = Fraction(6120031810, 10**10)
    low, high = -z0 - Fraction(1, 10**9), -z0 + Fraction(1, 10**9)
    # far left the drift vanishes like phi, so it is divided by phi there
    return all_of(
        lambda: inequality(lambda z: -two_step_drift(z), {"z": (low, low)}, strict=True),
        lambda: inequality(lambda z: two_step_drift(z), {"z": (high, high)}, strict=True),
        lambda: inequality(lambda z: two_step_drift(z), {"z": (high, 3)}, strict=True),
        lambda: inequality(
            lambda z: -two_step_drift(z) / normal_pdf(z), {"z": (-8, low)}, strict=True
        ),
    )


def _later_step() -> Result:
    """U a = (1-U) eta at U = eta/(a + eta), a = (1-2 eta) + (t-2)(1-eta); 1 - U is the accuracy."""
    eta, t = _positive("eta t")
    a = (1 - 2 * eta) + (t - 2) * (1 - eta)
    return identity(1 - eta / (a + eta), later_step_accuracy(eta, t))


def _later_step_printed() -> Result:
    eta, t = _positive("eta t")
    return identity(later_step_accuracy(eta, t), later_step_accuracy_as_printed(eta, t))


def _norm_limit() -> Result:
    t = sp.symbols("t", positive=True)
    eta = sp.symbols("eta", nonnegative=True)
    limit = sp.limit(sp.expand(weight_norm_squared(eta, t) / t**2), t, sp.oo)
    ratio = sp.limit(noisy_margin(t) / clean_margin(t), t, sp.oo)
    return all_of(
        lambda: identity(limit, (3 + eta) / 8), lambda: identity(ratio, sp.Rational(4, 3))
    )


def _good_run_empty() -> Result:
    """n^-eps - 2 sqrt(eps log n) > 0 for 10 <= n <= 1e300, 0 < eps <= 2.5e-4, on u = eps log n."""
    n, eps = (10, 10**6), (Fraction(1, 10**6), Fraction(1, 4000))
    return all_of(
        lambda: inequality(
            lambda n, epsilon: cluster_size_gap(n, epsilon) - cluster_size_spread(n, epsilon),
            {"n": n, "epsilon": eps}, strict=True,
        ),
        # log n below the threshold W(1/2)/(2 eps): the same with u up to 0.1758
        lambda: inequality(
            lambda u: exp(-u) - 2 * sqrt(u), {"u": (0, Fraction(1758, 10**4))}, strict=True
        ),
        # and it changes sign at good_run_threshold: u = 0.175866855...
        lambda: inequality(
            lambda d: 2 * sqrt(good_run_threshold(1) + d) - exp(-good_run_threshold(1) - d),
            {"d": (Fraction(1, 10**10), 1)}, strict=True,
        ),
        # log(10^305) = 305 log(10) is below the threshold at eps = 2.5e-4
        lambda: inequality(lambda e: good_run_threshold(e) - 305 * log(rational(10)) + 0 * e,
                           {"e": (Fraction(1, 10**6), Fraction(1, 4000))}, strict=True),
    )  # fmt: skip


def _cluster_laws() -> Result:
    kappa, rho = _positive("kappa rho")
    return all_of(
        lambda: identity(aligned_fraction_variance(sp.Integer(0)), sp.Rational(1, 12)),
        lambda: identity(sp.limit(cluster_accuracy_variance(rho), rho, sp.oo), sp.Rational(1, 4)),
        lambda: identity(
            aligned_fraction_variance(kappa), cluster_accuracy_variance(sp.sqrt(2 / (1 + kappa)))
        ),
    )


def _margin_moments() -> Result:
    """Var y_k<v, x_k> for n = 2 by exact moments: p coordinates, means ±sqrt(M2) e_1 or e_2."""
    p, M2, n = _positive("p M2 n")
    # <x_1, x_2> with means u, w: E<x,x'>^2 = <u,w>^2 + |u|^2 + |w|^2 + p
    values = [M2 * c for c in (1, -1, 0, 0)]
    cross = sum(value**2 + 2 * M2 + p for value in values) / 4
    own = 2 * p + 4 * M2  # ‖x‖^2 is noncentral chi-square
    return identity(own + (n - 1) * cross, margin_variance(n, p, M2))


def _sigmoid_gap() -> Result:
    t = sp.symbols("t", positive=True)
    return identity(clean_sigmoid_gap(t), (3 * t - 1) / 64)


PROOFS: tuple[Proof, ...] = (
    Proof(
        name="relu_is_linear_plus_even",
        source="before (4.3)",
        statement="relu(x) - relu(-x) = x, relu(x)^2 + relu(-x)^2 = x^2, cubes sum to |x|^3",
        check=_relu_parts,
        supports=("linear_plus_even_decomposition",),
    ),
    Proof(
        name="rademacher_relu_mean",
        source="Lemma 4.6, Lemma A.14",
        statement="E[a relu(a g)] = E g/2, Var = Var(g)/2 + (E g)^2/4 and its two bounds",
        check=_rademacher_moments,
        supports=("one_step_form",),
    ),
    Proof(
        name="one_step_neuron",
        source="(4.3)",
        statement="s relu(s h) = (h + s|h|)/2",
        check=_two_activations,
        supports=("one_step_form",),
    ),
    Proof(
        name="bayes_error_forms",
        source="derived: see bayes_error",
        statement="2q(1-q) = (1 - erf(‖mu‖/2)^2)/2",
        check=lambda: identity(
            bayes_error(sp.symbols("M2", positive=True)),
            bayes_error_by_erf(sp.symbols("M2", positive=True)),
        ),
        supports=("bayes_error", "bayes_error_forms"),
    ),
    Proof(
        name="one_step_margin_variance",
        source="derived: see margin_variance",
        statement="Var y_k<v,x_k> = 2p + 4M2 + (n-1)(M2^2/2 + 2M2 + p)",
        check=_margin_moments,
        supports=("one_step_training_margin",),
    ),
    Proof(
        name="cluster_accuracy_variances",
        source="derived: see aligned_fraction_variance",
        statement="arcsin(1/2)/(2 pi) = 1/12; both accuracy laws are one family; 1/4 as rho -> inf",
        check=_cluster_laws,
        supports=("aligned_fraction_uniform", "one_step_cluster_accuracy_law"),
    ),
    Proof(
        name="deviation_probability_bound",
        source="Theorem 3.1(ii), the O(m^-1/2)",
        statement="(2/pi) arctan(1/sqrt m) <= (2/pi)/sqrt m: arctan(x) <= x on (0, 1]",
        check=lambda: inequality(
            lambda m: 1 - axis_deviation_probability(m) * sqrt(m) * pi / 2, {"m": (1, 10**4)}
        ),
        supports=("one_step_deviation_probability", "theorem_one_step_error"),
    ),
    Proof(
        name="logistic_slope",
        source="Lemma A.3",
        statement="|1/(1+e^z) - 1/2| <= |z|/2; the sharp constant is 1/4",
        check=_logistic_slope,
        supports=("sigmoid_flatness_bound",),
    ),
    Proof(
        name="sigmoid_gap_form",
        source="derived: see clean_sigmoid_gap",
        statement="(1/4)(1/4 + (3/8)(t-1))/2 = (3t-1)/64",
        check=_sigmoid_gap,
        supports=("sigmoid_flatness",),
    ),
    Proof(
        name="gaussian_tails",
        source="appendix, Gaussian tails",
        statement="phi(t)/t <= 2 Q(t) <= exp(-t^2/2), Q(t) <= phi(t)/t for 1 <= t <= 12",
        check=_gaussian_tail,
    ),
    Proof(
        name="orthant_of_two",
        source="appendix, orthant probabilities",
        statement="P(z1 > 0, z2 > 0) = 1/4 + arcsin(R)/(2 pi)",
        check=_orthant_two,
        supports=("activation_covariance",),
    ),
    Proof(
        name="lipschitz_bound_of_the_bayes_network",
        source="Lemma A.9, corrected",
        statement="2q(1-q) <= exp(-(E f)^2/(2 ‖W‖_op^2)) for the Bayes network, M2 in [0.01, 400]",
        check=lambda: inequality(
            lambda M2: (bayes_net_bound(M2) - bayes_error(M2)) * exp(M2 / 16),
            {"M2": (Fraction(1, 100), 400)},
        ),
        supports=("lipschitz_concentration",),
    ),
    Proof(
        name="lipschitz_bound_as_printed",
        source="Lemma A.9 as printed",
        statement="the same bound for minus the Bayes network (no positivity condition)",
        check=lambda: inequality(
            lambda M2: bayes_net_bound(M2) - opposite_net_error(M2), {"M2": (Fraction(1, 100), 400)}
        ),
        expected=Status.REFUTED,
        repaired_by="lipschitz_bound_of_the_bayes_network",
    ),
    Proof(
        name="difference_moment_as_printed",
        source="before (A.11)",
        statement="E|1_nu - 1_-nu|^l = 1/4",
        check=lambda: exact(
            lambda: _trichotomy_moments()[0] == Fraction(1, 4), "the four clusters enumerated"
        ),
        expected=Status.REFUTED,
        repaired_by="difference_moment",
    ),
    Proof(
        name="difference_moment",
        source="before (A.11), corrected",
        statement="E|1_nu - 1_-nu|^l = 1/2, so rho3/sigma^3 = sqrt(2)",
        check=lambda: all_of(
            exact(
                lambda: _trichotomy_moments() == (Fraction(1, 2), Fraction(1, 2)),
                "the four clusters enumerated",
            ),
            lambda: identity(sp.Rational(1, 2) / sp.sqrt(sp.Rational(1, 2)) ** 3, sp.sqrt(2)),
        ),
    ),
    Proof(
        name="product_bound_as_printed",
        source="Lemma A.15",
        statement="(1 - 4/(Cn))^n >= 1 - 4/(Cn)",
        check=lambda: exact(lambda: _lemma_a15(10, 9), "n = 10, C = 9: 0.635 against 0.956"),
        expected=Status.REFUTED,
        repaired_by="product_bound",
    ),
    Proof(
        name="product_bound",
        source="Lemma A.15, corrected",
        statement="(1 - 4/(Cn))^n >= 1 - 4/C >= 1/2 for C >= 8 (n < 60, C < 40)",
        check=lambda: exact(_lemma_a15_repaired, "Fractions, n < 60, 8 <= C < 40"),
    ),
    Proof(
        name="orthant_last_step",
        source="Lemma A.16, last step",
        statement="2 sqrt(2)/(nC sqrt(pi)) + e^-n <= 2/(Cn) for 20 <= n <= 1e4, 1 <= C <= 1e6",
        check=_orthant_last_step,
    ),
    Proof(
        name="activation_share",
        source="(A.35)",
        statement="(1-q/n)/2 - 4 n^-1.5 (1 + 10 sqrt(log n) n^-.01 q/(3C)) >= 1/4, n >= 100",
        check=lambda: inequality(_a35, {"n": (FIRST_SIZES, 10**6), "C": (1, 100), "u": (0, 1)}),
    ),
    Proof(
        name="activation_share_at_small_n",
        source="(A.35)",
        statement="the same from n = 10",
        check=lambda: inequality(_a35, {"n": (10, 20), "C": (1, 2), "u": (0, 1)}),
        expected=Status.REFUTED,
        repaired_by="activation_share",
    ),
    Proof(
        name="aligned_condition_needs_small_noise",
        source="definition of (nu, kappa)-aligned, second condition",
        statement="typical neurons meet it iff n > 64/(1-8 eta)^2 and eta < 1/8",
        check=_aligned_margin,
    ),
    Proof(
        name="good_run_event_is_empty",
        source="(B3), (B4)",
        statement="2 sqrt(eps log n) < n^-eps unless eps log n >= .1758: n > 10^305",
        check=_good_run_empty,
        supports=("good_run_event_is_empty",),
    ),
    Proof(
        name="good_run_event_as_printed",
        source="(B3), (B4)",
        statement="n^-eps <= 2 sqrt(eps log n) for n <= 1e6, eps <= 2.5e-4",
        check=lambda: inequality(
            lambda n, epsilon: cluster_size_spread(n, epsilon) - cluster_size_gap(n, epsilon),
            {"n": (10, 10**6), "epsilon": (Fraction(1, 10**6), Fraction(1, 4000))},
        ),
        expected=Status.REFUTED,
        repaired_by="good_run_event_is_empty",
    ),
    Proof(
        name="aligned_sets_fit_as_printed",
        source="(D2)",
        statement="two disjoint sets of m n^(-10 eps) neurons among 2m/3",
        check=lambda: inequality(
            lambda n, epsilon: rational(2, 3) - aligned_sets_share(n, epsilon),
            {"n": (10, 10**6), "epsilon": (Fraction(1, 10**6), Fraction(1, 4000))},
        ),
        expected=Status.REFUTED,
        repaired_by="aligned_fraction_uniform",
    ),
    Proof(
        name="aligned_average_as_printed",
        source="proof of (D4)",
        statement="with probability 1 aligned neurons' average d_-nu is at most everyone's",
        check=lambda: exact(
            lambda: _average_over_aligned([(20, 10), (0, 0), (0, 0)]),
            "three neurons with (d_nu, d_-nu) = (20, 10), (0, 0), (0, 0): 10 against 10/3",
        ),
        expected=Status.REFUTED,
        repaired_by="aligned_average",
    ),
    Proof(
        name="aligned_average",
        source="proof of (D4), corrected",
        statement="in expectation it holds (iid d_nu, d_-nu on three points)",
        check=lambda: exact(_average_in_expectation, "two laws on {0, 3, 7} enumerated"),
    ),
    Proof(
        name="projection_telescopes",
        source="derived: see own_projection, other_projection",
        statement="the table's steps sum to the projections V(t), t = 1..6",
        check=_projections,
        supports=("projection_formulas", "outputs_from_counts"),
    ),
    Proof(
        name="projection_as_printed",
        source="display after (A.56)",
        statement="V(3) on the other axis has 3 n_-",
        check=_printed_projection,
        expected=Status.REFUTED,
        repaired_by="projection_telescopes",
    ),
    Proof(
        name="projection_lower_bound_as_printed",
        source="after (A.56)",
        statement="-V(3) >= c_+ - c_- - 3 n_+ + 3 n_-",
        check=_printed_lower_bound,
        expected=Status.REFUTED,
        repaired_by="projection_lower_bound",
    ),
    Proof(
        name="projection_lower_bound",
        source="after (A.56), corrected",
        statement="-V(3) >= c_+ - c_- - 3 n_+ + 2 n_-",
        check=_true_lower_bound,
        supports=("projection_formulas",),
    ),
    Proof(
        name="two_step_cancellation",
        source="derived: see two_step_drift",
        statement="V_own(2) - V_other(2) = 2 (D + e)",
        check=_two_step_cancellation,
        supports=("two_step_accuracy",),
    ),
    Proof(
        name="two_step_threshold",
        source="derived: see two_step_threshold",
        statement="phi(z) + 2 z Phi(z) changes sign once on [-8, 3], within 1e-9 of -0.6120031810",
        check=_two_step_threshold,
        supports=("two_step_accuracy",),
    ),
    Proof(
        name="later_step_threshold",
        source="derived: see later_step_accuracy",
        statement="U* = eta/(a + eta), a = (1-2 eta) + (t-2)(1-eta), gives 1 - eta/((1-eta)(t-1))",
        check=_later_step,
        supports=("later_step_accuracy",),
    ),
    Proof(
        name="later_step_as_printed",
        source="display after (A.56)",
        statement="the accuracy that the printed display gives",
        check=_later_step_printed,
        expected=Status.REFUTED,
        repaired_by="later_step_threshold",
    ),
    Proof(
        name="long_run_ratios",
        source="derived: see weight_norm_squared, noisy_margin",
        statement="‖W‖^2 ~ alpha^2 t^2 p (3+eta)/(32 n); noisy over clean margin -> 4/3",
        check=_norm_limit,
        supports=("weight_norm", "noisy_margin_growth"),
    ),
)
