"""Limit H: omega/alpha -> 0, flat sigmoid, P = p/M2 >> n, rho = M2/sqrt(p) >= ~6 sqrt(n).

There the first step decides everything: gradient descent becomes a finite table of activations,
and every observable a function of counts. All of it is derived for this package; the docstrings
say what it sharpens. Letters, for one axis with centers +mu and -mu: c_plus, c_minus clean and
n_plus, n_minus noisy counts of the two clusters; A1 = C_+ and N_-, A2 = C_- and N_+;
D = (active in A1) - (active in A2) at time 0; sigma = sign(D). A neuron's *own* axis is the one
whose label is the sign of its second-layer weight.

Time t counts steps. Valid until about min(8 P/(n(1-eta)), P/|n_+ - n_-|) steps.
"""

import jax.numpy as jnp
from jax.scipy.special import ndtri

from theory import Scalar, normal_cdf, normal_pdf, pi, rational, sqrt, where
from theory.xor_cluster.first_step import difference_pmf
from theory.xor_cluster.params import check_time


def activation_table(t: int, own, clean, leading, initially_active):
    """Is a training point active on a neuron at time t >= 1? (JAX, booleans that broadcast.)

    Sharpens Lemmas A.6, A.7 and Corollary A.5. Args: t (Python int); whether the point lies on
    the neuron's own axis; whether its label is clean; whether it lies in the cluster sigma; and
    its activation at time 0. Neurons with D != 0 only.
    """
    b = initially_active
    if t == 1:
        on_own = jnp.where(clean, leading | b, leading & ~b)
        on_other = jnp.where(clean, ~leading & ~b, ~leading | b)
    else:
        on_own = clean & (leading | b)
        on_other = ~clean | (leading & ~b) if t == 2 else ~clean
    return jnp.where(own, on_own, on_other)


def own_projection(t: int, D, c_plus, c_minus, n_plus, n_minus, b_c_minus, b_n_plus) -> Scalar:
    """V(t) = 2 n sqrt(m) <w(t), mu>/(alpha M2) on the neuron's own axis, sigma = +, t >= 1.

    V(1) = D; V(t) = D + c_+ - n_+ + b(N_+) - b(C_-) + (t-2)(c_+ - b(C_-)), where b(S) counts the
    points of S active at time 0. For sigma = - exchange + and - (D -> -D) and negate.
    """
    if t == 1:
        return D
    return D + c_plus - n_plus + b_n_plus - b_c_minus + (t - 2) * (c_plus - b_c_minus)


def other_projection(
    t: int, D, c_plus, c_minus, n_plus, n_minus, b_c_plus, b_n_plus, b_n_minus
) -> Scalar:
    """V(t) on the other axis, sigma = +, t >= 1; see :func:`own_projection`.

    V(1) = -D; V(2) = -[b(C_+) - 2 b(N_+) + b(N_-) - c_- + n_-];
    V(t) = -[c_+ - c_- - n_+ + 2 n_- + b(N_-) - 2 b(N_+) + (t-3)(n_- - n_+)] from t = 3.
    """
    if t == 1:
        return -D
    if t == 2:
        return -(b_c_plus - 2 * b_n_plus + b_n_minus - c_minus + n_minus)
    start = c_plus - c_minus - n_plus + 2 * n_minus + b_n_minus - 2 * b_n_plus
    return -(start + (t - 3) * (n_minus - n_plus))


def other_projection_as_printed(
    t: int, D, c_plus, c_minus, n_plus, n_minus, b_c_plus, b_n_plus, b_n_minus
) -> Scalar:
    """The display after (A.56): 3 n_- where :func:`other_projection` has 2 n_- + b(N_-). False."""
    if t <= 2:
        return other_projection(
            t, D, c_plus, c_minus, n_plus, n_minus, b_c_plus, b_n_plus, b_n_minus
        )
    start = c_plus - c_minus - n_plus + 3 * n_minus - 2 * b_n_plus
    return -(start + (t - 3) * (n_minus - n_plus))


# --------------------------------------------------------------------------------------------
# Test accuracy


def two_step_drift(z: Scalar) -> Scalar:
    """phi(z) + 2 z Phi(z): f(+mu) at t = 2 over sqrt(n/8), z ~ N(0, 1) over training sets.

    f(+mu) is proportional to E[(D + e) 1{D > 0}], D = e + sqrt(n/8) g and e = sqrt(n/8) z: the
    leading terms of positive and negative neurons cancel exactly. Independent of eta.
    """
    return normal_pdf(z) + 2 * z * normal_cdf(z)


def two_step_threshold() -> Scalar:
    """z0 > 0 with two_step_drift(-z0) = 0, by Newton (JAX); 0.6120031810."""
    z = 0.6
    for _ in range(6):  # converges quadratically: the last step is below 1e-30
        value = normal_pdf(z) - 2 * z * (1 - normal_cdf(z))
        z = z - value / (z * normal_pdf(z) - 2 * (1 - normal_cdf(z)))
    return z


def two_step_accuracy() -> Scalar:
    """Mean clean accuracy at t = 2: Phi(z0) = 0.729732 (limit H, then m >> n -> inf) (JAX).

    A training set scores 1/2, 3/4 or 1: each axis has both clusters right iff |z| < z0, else one.
    """
    return normal_cdf(two_step_threshold())


def two_step_correction(n: Scalar) -> Scalar:
    """First finite-n term of the count model's mean accuracy at t = 2 (JAX); .2805/sqrt(n).

    The count model drops neurons with D = 0: -z phi(z)/2 beside the drift times sqrt(n/8), which
    moves the threshold -z0 down and the accuracy up.
    """
    z0 = two_step_threshold()
    slope = 2 * normal_cdf(-z0) - z0 * normal_pdf(z0)  # of the drift, at -z0
    return jnp.sqrt(8 / n) * z0 * normal_pdf(z0) ** 2 / (2 * slope)


def two_step_accuracy_finite_width(n: Scalar, m: Scalar, eta: Scalar) -> Scalar:
    """Mean clean accuracy at t = 2 with m neurons, m/n fixed (JAX; 512-node quadrature).

    E_z Phi( sqrt(8 m/n) (phi(z) + 2 z Phi(z)) / ((1 - 2 eta) sqrt(Phi(z))) ): the signs of the
    second layer leave a term of order n(1-2 eta)/8 sqrt(Phi/m) beside the drift.
    """
    # midpoint rule on (-10, 10): spectrally accurate, as the integrand dies at both ends
    z = (jnp.arange(512) + 0.5) * (20 / 512) - 10
    ratio = jnp.sqrt(8 * m / n) * two_step_drift(z) / ((1 - 2 * eta) * jnp.sqrt(normal_cdf(z)))
    return jnp.sum(normal_pdf(z) * normal_cdf(ratio)) * (20 / 512)


def later_step_accuracy(eta: Scalar, t: Scalar) -> Scalar:
    """Mean clean accuracy at fixed t >= 3, m = inf, n -> inf: 1 - eta/((1 - eta)(t - 1)).

    A cluster is right iff U[(1 - 2 eta) + (t-2)(1 - eta)] > (1 - U) eta, U = P(D > 0 | data)
    uniform: own-axis neurons that lead it against other-axis neurons that follow its noise.
    """
    return 1 - eta / ((1 - eta) * (t - 1))


def mean_accuracy(n: Scalar, eta: Scalar, t: Scalar) -> Scalar:
    """Mean clean accuracy of limit H at time t, m = inf, with its first finite-n term (JAX).

    1/2 at t = 0 and 1; :func:`two_step_accuracy`; then :func:`later_step_accuracy`. At eta = 0 and
    t >= 3, where the first term vanishes, :func:`later_step_accuracy_without_noise`. Raises
    ParameterError unless t is a whole number of steps.
    """
    t = check_time(t)
    if t <= 1:
        return rational(1, 2)
    if t == 2:
        return two_step_accuracy() + two_step_correction(n)
    eta = jnp.asarray(eta, float)
    noisy = jnp.where(eta > 0, eta, 0.1)  # the untaken branch must stay finite
    late = later_step_accuracy(noisy, t) + later_step_correction(n, noisy, t)
    return jnp.where(eta > 0, late, later_step_accuracy_without_noise(n, t))


def later_step_accuracy_as_printed(eta: Scalar, t: Scalar) -> Scalar:
    """What the display after (A.56) would give: 1 - 2 eta/(2 - eta + (t-3)(1 - eta)). False."""
    return 1 - 2 * eta / (2 - eta + (t - 3) * (1 - eta))


def later_step_accuracy_without_noise(n: Scalar, t: Scalar) -> Scalar:
    """Mean clean accuracy at eta = 0, t >= 3, finite n (JAX; 60 bisections).

    A cluster is wrong iff z < -x, Phi(-x) = 16 x/(sqrt(8 n)(t - 1)): with all labels clean the
    other axis holds the constant |c_+ - c_-| = sqrt(n/2)|z| against the own axis's growth.
    """
    low, high = jnp.zeros_like(jnp.asarray(n, float)), 40.0 + 0 * jnp.asarray(n, float)
    for _ in range(60):
        x = (low + high) / 2
        wrong = normal_cdf(-x) < 16 * x / (jnp.sqrt(8.0 * n) * (t - 1))
        low, high = jnp.where(wrong, low, x), jnp.where(wrong, x, high)
    return normal_cdf((low + high) / 2)


def later_step_correction(n: Scalar, eta: Scalar, t: Scalar) -> Scalar:
    """First finite-n term of the mean accuracy at t >= 3: -sqrt(8/n) |C|/(a + eta) (JAX).

    With a = (1 - 2 eta) + (t-2)(1 - eta), U* = eta/(a + eta), z = Phi^-1(U*) and the means of
    c_+ - c_- and n_+ - n_- given e = sqrt(n/8) z, the terms of order sqrt(n) in y f(+mu) are
    sqrt(n/8) C with
    C = U z [1 + (3/2)(t-1)(1-eta) + eta/2] + phi [1 + (t-1)(1-eta)/2 - eta/2]
      + (1-U) z [2(1-eta) + 2 eta (t - 3/4)] - (3/2) eta phi - phi (a - eta)/2,
    the last term for the neurons with D = 0 that the count model leaves out. They move the
    threshold of U to U* - sqrt(8/n) C/(a + eta); what is left is O(1/n) up to logarithms.
    """
    a = (1 - 2 * eta) + (t - 2) * (1 - eta)
    U = eta / (a + eta)
    z = ndtri(U)
    density = normal_pdf(z)
    own = U * z * (1 + 1.5 * (t - 1) * (1 - eta) + eta / 2)
    own += density * (1 + (t - 1) * (1 - eta) / 2 - eta / 2)
    other = (1 - U) * z * (2 * (1 - eta) + 2 * eta * (t - 0.75)) - 1.5 * eta * density
    return jnp.sqrt(8 / n) * (own + other - density * (a - eta) / 2) / (a + eta)


# --------------------------------------------------------------------------------------------
# Features, margins, norms


def feature_growth(n: Scalar, eta: Scalar) -> Scalar:
    """Mean over positive neurons of |V(t+1) - V(t)|, t >= 2: (1 - eta)(n/8 + sqrt(n/(2 pi))).

    Up to O(1); sharp form of Lemma 4.7. <w, mu> grows by alpha M2/(2 n sqrt(m)) times this.
    """
    return (1 - eta) * (rational(1, 8) * n + sqrt(n / (2 * pi)))


def feature_growth_typical(n: Scalar, eta: Scalar) -> Scalar:
    """The median over data: (1 - eta)(n/8 + sqrt(n/8) g(|z|)) at the median |z| (JAX).

    Given z the second term is g(z) = (3/2) z (2 Phi(z) - 1) + phi(z), even and increasing in |z|;
    its mean is 2/sqrt(pi), which gives the sqrt(n/(2 pi)) of :func:`feature_growth`.
    """
    z = ndtri(0.75)
    return (1 - eta) * (n / 8 + jnp.sqrt(n / 8) * (0.75 * z + normal_pdf(z)))


def feature_growth_exact(n: int, eta: Scalar) -> Scalar:
    """The same mean over neurons with D != 0, as a quotient of exact expectations (JAX).

    n (1-eta)/4 (1 - P(D' >= 2))/P(D != 0), with D' of n - 1 points: of n exchangeable points,
    one clean in C_sigma adds 1, one clean and active in C_{-sigma} takes 1 away.
    """
    fewer, all_points = difference_pmf(n - 1), difference_pmf(n)
    at_least_two = (1 - fewer[0]) / 2 - fewer[1]
    return n * (1 - eta) / 4 * (1 - at_least_two) / (1 - all_points[0])


def growth_per_step(n: Scalar, eta: Scalar, P: Scalar) -> Scalar:
    """|dV|/n per step against P/n: :func:`feature_growth` above (1-eta)/8, (1-eta)/4 below.

    Clean points of the opposite cluster stay active iff P > n (1 - eta)/8; if they fall silent
    nothing is subtracted from the leading cluster's (1 - eta)/4. Leading order below.
    """
    return where(n * (1 - eta) / 8 < P, feature_growth(n, eta) / n, (1 - eta) / 4 + 0 * n)


def clean_margin(t: Scalar) -> Scalar:
    """y f of a clean training point in units alpha p/(2 n), t >= 1: 1/4 + (3/8)(t - 1)."""
    return rational(1, 4) + rational(3, 8) * (t - 1)


def noisy_margin(t: Scalar) -> Scalar:
    """y f of a noisy training point in units alpha p/(2 n), t >= 2: 5/8 + (t - 2)/2 (1/4 at t=1).

    In the end 4/3 of :func:`clean_margin`: all other-axis neurons hold a noisy point, three
    quarters of the own-axis neurons a clean one.
    """
    return rational(5, 8) + rational(1, 2) * (t - 2)


def clean_sigmoid_gap(t: Scalar) -> Scalar:
    """|g - 1/2| of a clean training point over alpha p/n, t >= 1: (3 t - 1)/64.

    g' = 1/4 at 0, times the margin; Lemma A.3 has 2 (t + 2).
    """
    return clean_margin(t) / 8


def noisy_sigmoid_gap(t: Scalar) -> Scalar:
    """|g - 1/2| of a noisy training point over alpha p/n, t >= 2: (5/8 + (t - 2)/2)/8."""
    return noisy_margin(t) / 8


def weight_norm_squared(eta: Scalar, t: Scalar) -> Scalar:
    """‖W(t)‖_F^2 over alpha^2 p/(4 n), t >= 3, the mean at m, n -> inf.

    The mean over neurons and points of the squared number of steps at which the point was active:
    (1-eta)/4 [(t^2 + (t-1)^2)/2 + t^2/2] + (1-eta)/2 + (3/8) eta
    + eta/4 [(t^2 + (t-2)^2)/2 + (t^2 + (t-1)^2)/2].
    """
    lead, follow, late = t**2, (t - 1) ** 2, (t - 2) ** 2
    clean = (1 - eta) * (2 * lead + follow) / 8 + (1 - eta) / 2
    return clean + 3 * eta / 8 + eta * (2 * lead + late + follow) / 8


def weight_norm(n: Scalar, p: Scalar, eta: Scalar, alpha: Scalar, t: Scalar) -> Scalar:
    """‖W‖_F -> (alpha t/2) sqrt(p (3 + eta)/(8 n)), t >> 1; (A.68): <= 3 alpha t sqrt(p/n)."""
    return alpha * t * sqrt(p * (3 + eta) / (8 * n)) / 2


def normalized_margin(n: Scalar, rho: Scalar, eta: Scalar) -> Scalar:
    """Mean over centers of y f(nu)/‖W‖_F, t >> 1, minus O(1/t).

    sqrt(n) rho [(1 - eta)(1/8 + 1/sqrt(2 pi n)) - sqrt(eta/(pi n))]/sqrt(2 (3 + eta)); leading
    term 0.0510 sqrt(n) rho at eta = 0, and a cluster's own margin is 2 U times it. The last term in
    brackets is the other axis's growth |n_+ - n_-| per step.
    """
    growth = (1 - eta) * (rational(1, 8) + 1 / sqrt(2 * pi * n)) - sqrt(eta / (pi * n))
    return sqrt(n) * rho * growth / sqrt(2 * (3 + eta))
