"""Activations of any form, their classes, the command; finite-n laws of votes by other routes."""

import itertools
import math

import jax
import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

from sims.ntk_classifiers import dirichlet_points
from theory import ntk_classifiers as ntk
from theory.__main__ import main as theory_main


@pytest.mark.parametrize(
    "phi",
    [np.sign, np.floor, lambda x: 1e-9 * np.sign(x), lambda x: np.tanh(x) + 1e-4 * (x > 0.3),
     lambda x: x > 0, lambda x: np.sqrt(np.abs(x)), lambda x: np.tanh(x) + (x > 5.1)],
)  # fmt: skip
def test_jumps_and_sharp_cusps_have_no_square_integrable_slope(phi):
    result = ntk.taxonomy(phi)
    assert result.mean_square_slope == math.inf
    with pytest.raises(ntk.ActivationError, match="not square integrable"):
        ntk.activation_from(phi)
    if result.kind == "singular_kernel":
        with pytest.raises(ntk.ActivationError, match="not square integrable"):
            result.exponent()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "linear"), ("2*x + 1", "linear"), ("3", "constant"), ("0*x", "second moment"),
        ("exp(x**2)", "second moment"), ("1/x", "second moment"), ("x +", "invalid syntax"),
        ("__import__('os')", "does not know '__import__'"), ("x.real", "did not expect"),
        ("x(2)", "does not know 'x'"), ("1(x)", "did not expect"), ("min(x)", "two arguments"),
        ("sin", "needs parentheses"), ("9" * 400, "too large"), ("-" * 900 + "x", "too deeply"),
        ("no_such_module_here:f", "no_such_module_here"), ("math:no_function", "no_function"),
    ],
)  # fmt: skip
def test_bad_activations_are_refused_with_the_reason(text, message):
    with pytest.raises(ntk.ActivationError, match=message):
        ntk.taxonomy(ntk.activation_named(text))


def test_expressions_have_pythons_precedence():
    for text in ("-x**2", "2**-x", "1 - x - 2", "8/x/2", "max(x, .1*x) - 2*-x", "(x + 1)*x"):
        assert ntk.parse_expression(text)(0.5) == eval(text, {"x": 0.5, "max": max})
    assert ntk.parse_expression("x^2 +\n pi*e")(3.0) == 9 + math.pi * math.e


def test_a_path_is_no_expression(tmp_path):
    (tmp_path / "mine.py").write_text("def f(x):\n    return x\n")
    for text in (str(tmp_path / "mine.py"), "mine.py", "mine.py:f", f"{tmp_path}/mine.py:f"):
        with pytest.raises(ntk.ActivationError, match="module:function"):
            ntk.activation_named(text)


# Classes


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("sin(x)", ntk.sine(1.0)), ("erf(x)", ntk.error_function(1.0)),
        ("max(x, 0)", ntk.leaky_relu(0.0)), ("exp(-0.7*x**2)", ntk.gaussian(0.7)),
        ("cos(sqrt(3)*x) - exp(-3/2)", ntk.centred_cosine(3.0)),
    ],
)  # fmt: skip
def test_the_taxonomy_of_a_users_function_is_that_of_the_closed_form(text, closed):
    mine, theirs = ntk.taxonomy(ntk.activation_named(text)), ntk.taxonomy(closed)
    assert (mine.kind, mine.branch) == (theirs.kind, theirs.branch)
    assert mine.mean_square_slope == pytest.approx(theirs.mean_square_slope, rel=1e-12)
    assert abs(mine.mean_slope) == pytest.approx(theirs.mean_slope, abs=1e-12)
    if theirs.alpha is not None:
        assert mine.alpha == pytest.approx(theirs.alpha, rel=1e-11)
        return
    with pytest.raises(ntk.ActivationError, match=r"1-NN class|not a singular-kernel"):
        mine.exponent()


@pytest.mark.parametrize("d", [1, 2, 3, 8])
def test_the_explicit_activation_is_found_optimal_for_its_dimension(d):
    result = ntk.taxonomy(ntk.optimal(d).phi)
    assert result.optimal_dimension == d
    assert result.verdict_in(d).startswith("optimal")
    assert "inconsistent" in result.verdict_in(d + 1)


def test_the_command_prints_the_taxonomy(capsys):
    line = "ntk_classifiers --activation tanh(x) --activation sin(1.6358710*x) --eta .5"
    assert theory_main(line.split()) == 0
    shown = capsys.readouterr().out
    for said in ("singular kernel", "0.8807036308", "0.5000 (eta = 1/2)"):
        assert said in shown


# Votes


@pytest.mark.parametrize(("eta", "r"), [(0.8, 0.5), (0.6, 2 / 3), (0.95, 0.2)])
def test_vote_accuracy_integrates_the_ratio_density(eta, r):
    z = (1 - eta) / eta
    tail = integrate.quad(lambda x: float(ntk.lamperti_density(x, r)), z, np.inf, epsabs=1e-12)[0]
    assert float(ntk.vote_accuracy(eta, r)) == pytest.approx(tail, abs=1e-9)


@pytest.mark.parametrize("r", [0.0, 1e-12, 0.3, 0.5, 0.9, 1 - 1e-9])
def test_votes_keep_their_digits_to_the_ends(r):
    def exact(eta):  # holds on both sides of 0 and 1
        x = mpmath.pi * (mpmath.mpf(r) or mpmath.mpf("1e-30"))
        return mpmath.atan2(eta * mpmath.sin(x), 1 - eta + eta * mpmath.cos(x)) / x

    for eta in (0.0, 1e-9, 0.3, 0.5, 0.8, 1.0):
        with mpmath.workdps(40):
            want, rise = exact(mpmath.mpf(eta)), mpmath.diff(exact, mpmath.mpf(eta))
        value, slope = jax.value_and_grad(ntk.vote_accuracy)(eta, r)
        assert float(value) == pytest.approx(float(want), rel=1e-13, abs=1e-300)
        assert float(slope) == pytest.approx(float(rise), rel=1e-11)


def test_the_stable_law_of_the_vote_is_scipys_stable_distribution():
    # sum_i y_i W_i with one-sided index-1 tails: its law is 1-stable with skewness delta
    delta, kappa, n, asymmetry = 0.6, 1 / math.pi, 500, 0.6 * math.log(4)
    got = float(ntk.vote_accuracy_at_dimension(delta, kappa, n, asymmetry))
    centre = delta * (math.log(kappa * n) + 1 - np.euler_gamma) + asymmetry
    # characteristic function exp(-(pi/2)|v| (1 + i delta (2/pi) sign v log|v|)): scipy's cdf at
    # scale pi/2 (its generic sf forgets the shift by log scale that its cdf makes)
    want = 1 - stats.levy_stable(1.0, delta, scale=math.pi / 2).cdf(-centre)
    assert got == pytest.approx(want, abs=2e-6)


@pytest.mark.parametrize(
    ("kappa", "n", "c0"),  # M = 1.01, 2, 5.2, 8, 40, 772
    [(1.0, 1.0, 0.59), (0.2, 5.0, 1.58), (0.3, 100.0, 1.4), (1.0, 1.0, 7.6), (2.0, 0.5, 39.6),
     (1e-100, 4.905631233871705, 999.9999996573528)],
)  # fmt: skip
def test_squared_weights_and_their_slopes_agree_with_quadrature(kappa, n, c0):
    m = math.log(kappa * n) + c0 + 1 - np.euler_gamma
    end = min(math.exp(min(m - 1, 9)), 100 / m)  # beyond 100/m nothing is left
    edges = sorted({min(x / m, end) for x in (0, 1e-3, 0.5, 5, 30, 100)})

    def moment(k):
        def part(low, high):
            return integrate.quad(
                lambda v: v**k * math.exp(-v * (m - math.log(v))), low, high, epsabs=0, limit=300
            )[0]

        return sum(part(*ends) for ends in itertools.pairwise(edges))

    value, slopes = jax.value_and_grad(ntk.squared_weights_at_dimension, (0, 1, 2))(kappa, n, c0)
    assert float(value) == pytest.approx(moment(0), rel=1e-11)
    by_mass = end * math.exp(-end * (m - math.log(end))) - moment(1)
    assert np.asarray(slopes) * [kappa, n, 1] == pytest.approx(by_mass, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.3, 0.333])
def test_the_bumps_moments_agree_with_quadrature(alpha):
    def moment(reach):
        return integrate.quad(
            lambda x: (2 * math.sin(x / 2) / x) ** -alpha if x else 1.0, 0, reach,
            weight="alg", wvar=(-alpha, 0), epsabs=1e-13,
        )[0]  # fmt: skip

    near, whole = moment(math.pi / 20), moment(math.pi / 4)
    want = (0.7 * near - 0.4 * (whole - near)) * 4 / math.pi
    assert float(ntk.bump_moments(alpha)[0]) == pytest.approx(want, rel=1e-11)


# The Dirichlet problems


def test_dirichlet_points_have_the_declared_mixture():
    x, y, eta = jax.jit(lambda k: dirichlet_points(k, 20_000, 1))(jax.random.key(3))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1.0, atol=1e-12)
    p = x[:, 0] / x.sum(axis=1)
    # Beta(1, 2) and Beta(2, 1) have means 1/3 and 2/3
    assert float(p[y > 0].mean()) == pytest.approx(1 / 3, abs=0.01)
    assert float(p[y < 0].mean()) == pytest.approx(2 / 3, abs=0.01)
    assert float((y > 0).mean()) == pytest.approx(0.4, abs=0.015)
    np.testing.assert_allclose(eta, 0.4 * (1 - p) / (0.4 * (1 - p) + 0.6 * p), rtol=1e-9)


def test_the_predicted_accuracy_rises_with_n_towards_bayes_and_the_hilbert_estimates_is_near():
    values = [float(v) for v in ntk.deep_accuracy(np.array([30.0, 100.0, 300.0, 30_000.0]))]
    assert values == sorted(values)
    assert 0.70 < values[0] < values[-1] < ntk.bayes_accuracy() == pytest.approx(0.76)
    assert 0 < values[1] - float(ntk.hilbert_accuracy(100)) < 0.002


def test_the_limits_depth_is_logarithmic_in_n():
    assert (ntk.limit_depth(1, 1024), ntk.limit_depth(4, 1024)) == (18, 13)
    assert ntk.limit_depth(2, 2 * 1024) - ntk.limit_depth(2, 1024) == 1
