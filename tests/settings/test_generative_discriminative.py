"""Errors by scipy's laws and Monte Carlo, rules by scikit-learn."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from sims import fitted_gaussian, linear_discriminant, newton_logistic, simulate
from theory import ArgumentError, ParameterError
from theory import generative_discriminative as gd
from theory.generative_discriminative.naive import class_errors
from theory.generative_discriminative.samples import exact_samples

Params = gd.Params
# --------------------------------------------------------------------------------------------
# Naive Bayes


@pytest.mark.parametrize(
    ("information", "n", "m", "known"),
    [(4, 5, 10, 0.216101), (4, 50, 100, 0.208052), (9, 200, 100, 0.138877), (4, 1, 10, 0.170694)],
)
def test_the_exact_error_by_scipy_s_noncentral_chi_squares(information, n, m, known):
    s_u, s_v = np.sqrt(4 / m), np.sqrt(1 + 1 / m)
    less, more = (information * (1 / s_u + s / (2 * s_v)) ** 2 / 2 for s in (-1, 1))
    first, second = stats.ncx2(n, less), stats.ncx2(n, more)
    ends = first.ppf(1e-13), first.ppf(1 - 1e-13)
    points = first.ppf([0.01, 0.5, 0.99])
    by_scipy = integrate.quad(
        lambda x: first.pdf(x) * second.cdf(x), *ends, points=points, epsabs=1e-10, limit=200
    )[0]
    found = float(gd.nb_error(information, n, m))
    assert found == pytest.approx(by_scipy, abs=1e-8)
    assert found == pytest.approx(known, abs=5e-7)


def test_errors_with_unequal_samples_by_monte_carlo_of_u_and_v():
    rng, trials = np.random.default_rng(0), 200_000
    m0, m1, dims = 3, 9, (2, 3)
    e, signal, h = np.array([0.5, 1.7]), np.array([2.0, 1.0]), 0.4
    axis_e = np.repeat(e, dims)
    delta = np.repeat(np.sqrt(signal / dims), dims)
    x0 = -delta / 2 + rng.normal(size=(trials, 5)) * np.sqrt(axis_e / m0)
    x1 = delta / 2 + rng.normal(size=(trials, 5)) * np.sqrt(axis_e / m1)
    x = -delta / 2 + rng.normal(size=(trials, 5)) * np.sqrt(axis_e)
    seen = np.mean(np.sum((x1 - x0) * (x - (x0 + x1) / 2), axis=1) > h)
    found = float(gd.nb_class_error(h, e, np.array(dims, float), signal, m0, m1))
    assert found == pytest.approx(seen, abs=5 * 0.5 / trials**0.5)


def test_the_general_error_is_the_simple_one_for_equal_samples():
    one = np.array([1.0])
    general = gd.nb_class_error(0.0, one, 40 * one, 4 * one, 14, 14)
    assert float(general) == pytest.approx(float(gd.nb_error(4, 40, 28)), rel=1e-9)


def test_the_central_limit_and_its_estimated_variances():
    few = [float(gd.nb_few(4, n, m)) for n, m in ((50, 20), (5, 10))]
    assert few == pytest.approx([0.30219, 0.22485], abs=1e-5)
    cases = (2000, 10, 160), (2000, 20, 160), (20_000, 24, 160), (20_000, 60, 100), (500, 100, 9)
    found = [float(gd.nb_estimated(i, i * i / n, n, m)) for n, m, i in cases]
    assert found == pytest.approx([0.02307, 0.00109, 0.10438, 0.09931, 0.20568], abs=5e-6)
    # delta_i^4 by a sample of terms u v/s^2: variance over mean^2
    rng, m, delta = np.random.default_rng(1), 40, 1.5
    u = delta + rng.normal(size=2_000_000) * np.sqrt(4 / m)
    v = -delta / 2 + rng.normal(size=2_000_000) * np.sqrt(1 + 1 / m)
    terms = u * v / (rng.chisquare(m - 2, size=2_000_000) / m)
    z = stats.norm.ppf(float(gd.nb_estimated(delta**2, delta**4, 1, m)))
    assert z == pytest.approx(terms.mean() / terms.std(), rel=0.01)


def test_limits_from_sigma_and_the_bound_by_its_worst_direction():
    rng = np.random.default_rng(2)
    root = rng.normal(size=(4, 4))
    sigma, d = root @ root.T + 0.3 * np.eye(4), rng.normal(size=4)
    D = np.diag(sigma)
    w = d / D
    z = (w @ d / 2) / np.sqrt(w @ sigma @ w)
    assert float(gd.nb_limit(w @ d, w @ sigma @ w)) == pytest.approx(stats.norm.cdf(-z), rel=1e-12)
    C = sigma / np.sqrt(D[:, None] * D)
    values, vectors = np.linalg.eigh(C)

    def lost(e):  # z over Delta, for a direction in the plane of the extreme eigenvectors
        x = np.cos(e) * vectors[:, 0] + np.sin(e) * vectors[:, -1]
        return (x @ x) / np.sqrt(x @ C @ x * (x @ np.linalg.solve(C, x))) / 2

    worst = optimize.minimize_scalar(lost, bounds=(0, np.pi / 2), method="bounded").fun
    bound = float(gd.kantorovich_error(3.0, values[-1] / values[0]))
    assert bound == pytest.approx(stats.norm.cdf(-3 * worst), rel=1e-6)
    kappa = float(gd.nb_limit(4.0, 5.0, 0.3, 1.2))
    assert kappa == pytest.approx(stats.norm.cdf(-2 / np.sqrt(5 + 4 * 0.3 * 1.2)), rel=1e-12)


def test_two_and_three_classes_by_the_bivariate_normal():
    assert float(gd.nb_multiclass(4.0, 50.0, np.array([10.0, 10.0]))) == pytest.approx(
        float(gd.nb_few(4.0, 50.0, 20.0)), rel=1e-12
    )
    n, d2, counts = 100.0, 8.0, np.array([10.0, 20.0, 40.0])
    errors = []
    for k in range(3):
        others = [j for j in range(3) if j != k]
        mean = np.array([d2 / 2 + n / 2 * (1 / counts[j] - 1 / counts[k]) for j in others])
        c = np.ones((2, 2)) + np.diag(1 / counts[others])
        inner = np.where(np.eye(2) == 1, d2, d2 / 2)
        cov = n / 2 * (c**2 - 2 + (1 + 1 / counts[k]) ** 2) + c * inner
        errors.append(1 - stats.multivariate_normal(-mean, cov).cdf(np.zeros(2)))
    found = float(gd.nb_multiclass(d2, n, counts))
    assert found == pytest.approx(np.mean(errors), abs=1e-5)


# --------------------------------------------------------------------------------------------
# Samples


def test_deviations_and_the_samples_for_them():
    assert float(gd.deviation_chance(0.7, 10, 100)) == pytest.approx(
        (2 * stats.norm.cdf(0.7 * 10**0.5) - 1) ** 100, rel=1e-12
    )
    m = float(gd.deviation_samples(0.7, 0.05, 100))
    assert float(gd.deviation_chance(0.7, m, 100)) == pytest.approx(0.95, rel=1e-12)


def test_samples_for_an_error():
    found = [float(exact_samples(0.01, 30.0, n)) for n in (50, 200, 800)]
    assert found == pytest.approx([20.9, 72.9, 280.3], abs=0.05)
    assert float(gd.nb_samples(0.01, 30.0, 1.0)) == pytest.approx(0.34557, abs=5e-6)


def test_unseen_values_by_all_counts():
    rare, m, n = 0.3, 4, 3
    counts = np.arange(m + 1)
    chance = stats.binom(m, rare).pmf(counts)
    missing = np.where(counts == 0, rare, 0) + np.where(counts == m, 1 - rare, 0)
    by_counts = 1 - np.prod([np.sum(chance * (1 - missing))] * n)
    assert float(gd.unseen_chance(rare, m, n)) == pytest.approx(by_counts, rel=1e-12)
    assert float(gd.samples_to_see(0.2, 1000)) == pytest.approx(
        np.log(200 / np.log(2)) / -np.log(0.8), rel=1e-12
    )


def test_margins_by_the_log_ratio():
    ratio = stats.norm(101, 202**0.5)  # the paper's model at n = 100
    assert float(gd.margin_chance(0.5, 202, 100)) == pytest.approx(
        ratio.cdf(50) - ratio.cdf(-50), rel=1e-9
    )
    assert float(gd.margin_bound(0.5, 202, 100)) == pytest.approx(0.078, abs=5e-4)


# --------------------------------------------------------------------------------------------
# The fitted rules


def data(n=6, counts=(30, 40)):
    """Two classes."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], counts)
    return rng.normal(size=(sum(counts), n)) * np.arange(1, n + 1) + 0.8 * labels[:, None], labels


def test_rules_agree_with_scikit_learn():
    x, y = data()
    fit = fitted_gaussian(jnp.asarray(x), jnp.asarray(y), 2)
    priors = fit.counts / len(x)
    ours = np.asarray(linear_discriminant(fit.means, fit.pooled, priors)(jnp.asarray(x)))
    theirs = LinearDiscriminantAnalysis(solver="lsqr").fit(x, y)
    assert ours[:, 1] - ours[:, 0] == pytest.approx(theirs.decision_function(x), rel=1e-8, abs=1e-8)
    variances = jnp.diag(fit.pooled)
    ours = np.asarray(linear_discriminant(fit.means, jnp.diag(variances), priors)(jnp.asarray(x)))
    naive = GaussianNB().fit(x, y)
    naive.var_ = np.tile(np.asarray(variances), (2, 1))  # shared by the classes
    log_p = naive.predict_log_proba(x)
    gap = log_p[:, 1] - log_p[:, 0]
    assert ours[:, 1] - ours[:, 0] == pytest.approx(gap, rel=1e-8, abs=1e-8)
    signs = 2.0 * y - 1
    ones = np.column_stack([x, np.ones(len(x))])
    for C, rows, ridge in ((1.0, ones, [1.0] * 6 + [0.0]), (np.inf, x, 0.0)):
        w = newton_logistic(jnp.asarray(rows), jnp.asarray(signs), ridge=jnp.asarray(ridge)).theta
        model = LogisticRegression(C=C, fit_intercept=C == 1, tol=1e-10, max_iter=10_000)
        model.fit(x, y)
        theirs = np.append(model.coef_[0], model.intercept_ if C == 1 else [])
        assert np.asarray(w) == pytest.approx(theirs, abs=1e-5)


def test_naive_bayes_drawn_by_its_estimates_is_that_of_points():
    p = Params(n=8, m0=6, m1=10, information=4.0, correlation=0.6, signals=2)
    drawn = simulate("generative_discriminative", p, trials=4096)
    rng = np.random.default_rng(4)
    C = np.kron(np.array([[1, 0.6], [0.6, 1]]), np.eye(4))
    d = np.append(np.sqrt([2.0, 2.0]), np.zeros(6))
    root = np.linalg.cholesky(C)
    seen = []
    for _ in range(4096):
        x = rng.normal(size=(16, 8)) @ root.T
        y = np.repeat([0, 1], [6, 10])
        x += (y[:, None] - 0.5) * d
        means = np.stack([x[y == k].mean(axis=0) for k in (0, 1)])
        found = []
        for variances in (np.ones(8), ((x - means[y]) ** 2).mean(axis=0)):
            w = (means[1] - means[0]) / variances
            offset = np.log(10 / 6) - w @ means.mean(axis=0)
            spread = np.sqrt(w @ C @ w)
            found += [stats.norm.cdf((offset - w @ d / 2) / spread),
                      stats.norm.cdf(-(offset + w @ d / 2) / spread)]  # fmt: skip
        seen.append([found[0], found[1], (found[2] + found[3]) / 2])
    names = ("error_0", "error_1", "estimated")
    ours = np.stack([drawn[name] for name in names], axis=1)
    apart = (ours.mean(axis=0) - np.mean(seen, axis=0)) / np.sqrt(
        (ours.var(axis=0) + np.var(seen, axis=0)) / 4096
    )
    assert np.abs(apart).max() < 5
    errors = [float(x) for x in class_errors(p)]
    # the signals of this design are on two of the four pairs: half of |d|^2 on either eigenvalue
    assert ours[:, :2].mean(axis=0) == pytest.approx(errors, abs=0.01)


def test_the_paper_s_design_has_its_errors():
    run = simulate("generative_discriminative", Params(n=100, signals=1), mode="design",
                   trials=2048)  # fmt: skip
    for name, known in (("first", 0.088), ("five", 0.028)):
        standard = run[name].std() / 2048**0.5
        assert run[name].mean() == pytest.approx(known, abs=5 * standard)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gd.nb_estimated(4.0, 1.0, 100, 6), "m = 6 is outside"),
        (lambda: gd.lr_error(1.0, 0.3), "the data are linearly separable in the limit"),
        (lambda: gd.max_margin_error(1.0, 0.2), "is not above kappa"),
        (lambda: gd.lda_error(2.0, 1.0), "kappa = 1 is outside"),
        (lambda: gd.consistency(1.1), "t = 1.1 is outside"),
        (lambda: gd.nb_samples(0.01, 20.0, 100), "is not above 4 z"),
        (lambda: gd.margin_bound(0.5, 1.0, 10), "the bound is void"),
        (lambda: gd.crossover(1.0, 1.0, 1.36, 1.25), "does not cross"),
        (lambda: gd.samples_to_see(0.6, 100), "is not below 1/2"),
        (lambda: gd.least_regret(0.3, 0.4), "is not the largest"),
        (lambda: gd.ridge_lr_state(10.0, -1.0, [1.0], [2.0], [1.0]), "ridge = -1 is outside"),
        (lambda: gd.nb_multiclass(4.0, 50.0, [10.0, 0.0]), "counts"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"n": 51}, "is odd"),
        ({"signals": 26}, "is above n/2"),
        ({"m0": 0}, "m0 = 0 is outside"),
        ({"classes": 1}, "classes = 1 is outside"),
        ({"ridge": -1.0}, "ridge = -1"),
        ({"correlation": 1.0}, "correlation = 1"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
