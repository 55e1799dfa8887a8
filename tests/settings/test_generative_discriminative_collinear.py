"""Three classes on a line: the state by scipy's prox, errors by scipy's normals and by points."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import softmax

from sims.generative_discriminative import line_errors
from theory import ArgumentError
from theory import generative_discriminative as gd
from theory.generative_discriminative import collinear

PLACES = np.array([-1.0, 1.0, 2.0])
PAIRS = ([0.5, 1.5], [20.0, 20.0], [0.5, 0.5])
BLOCKS = ([100.0, 1.0], [50.0, 50.0], [50.0, 50.0])  # the paper's, n = 100


def prox(v, inverse, label):
    """argmin (P - v)' V^-1 (P - v)/2 - log softmax(P_0, 0, P_2)_label."""

    def slope(scores):
        s = softmax([scores[0], 0.0, scores[1]])[[0, 2]]
        return inverse @ (scores - v) - (label - s)

    def bend(scores):
        s = softmax([scores[0], 0.0, scores[1]])[[0, 2]]
        return inverse + np.diag(s) - np.outer(s, s)

    def value(scores):
        rival = np.log(np.exp(scores[0]) + 1 + np.exp(scores[1]))
        return (scores - v) @ inverse @ (scores - v) / 2 + rival - label @ scores

    start = optimize.minimize(value, v, jac=slope, hess=bend, method="trust-exact").x
    return optimize.root(slope, start, jac=bend, tol=1e-12).x


@pytest.mark.parametrize(("samples", "ridge", "design"), [(300.0, 0.1, PAIRS), (75.0, 1.0, BLOCKS)])
def test_the_state_solves_its_equations(samples, ridge, design):
    given = [jnp.asarray(x) for x in (PLACES, *design)]
    state = jax.jit(collinear.lr_state)(samples, ridge, *given)
    along, offsets, Q, V, m = map(np.asarray, collinear.parts(state))
    assert m == pytest.approx(samples, rel=1e-9)
    e, g, d2 = map(np.array, design)
    z = np.linspace(-5.5, 5.5, 36)
    points = np.stack(np.meshgrid(z, z)).reshape(2, -1)
    weights = np.exp(-np.sum(points**2, axis=0) / 2) * (z[1] - z[0]) ** 2 / (2 * np.pi)
    root, inverse = np.linalg.cholesky(Q), np.linalg.inv(V)
    labels = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    mean, square, curved = np.zeros((3, 2)), np.zeros((2, 2)), np.zeros((2, 2))
    for k in range(3):
        free = (offsets + (PLACES[k] - PLACES[1]) * along)[:, None] + root @ points
        for v, w in zip(free.T, weights, strict=True):
            if w < 1e-8:
                continue
            P = prox(v, inverse, labels[k])
            s = softmax([P[0], 0.0, P[1]])[[0, 2]]
            slope, bend = labels[k] - s, np.diag(s) - np.outer(s, s)
            mean[k] += w * slope
            square += w * np.outer(slope, slope) / 3
            curved += w * bend @ np.linalg.inv(np.eye(2) + V @ bend) / 3
    gauge = np.eye(2) - 1 / 3
    R = [np.linalg.inv(ridge * gauge + m * x * curved) for x in e]
    pulled = [r @ (m * PLACES @ mean / 3) for r in R]
    assert np.abs(mean.sum(axis=0)).max() < 1e-4
    assert sum(d * x for d, x in zip(d2, pulled, strict=True)) == pytest.approx(along, rel=1e-3)
    assert sum(a * b * r for a, b, r in zip(g, e, R, strict=True)) == pytest.approx(V, rel=2e-3)
    spread = sum(
        d * b * np.outer(x, x) + a * b**2 * r @ (m * square) @ r
        for a, b, d, r, x in zip(g, e, d2, R, pulled, strict=True)
    )
    assert spread == pytest.approx(Q, rel=2e-3)
    lost = [1 - stats.multivariate_normal(mean, cov).cdf(np.zeros(2)) for mean, cov in (
        (A @ (offsets + (PLACES[k] - PLACES[1]) * along), A @ Q @ A.T) for k, A in enumerate((
            np.array([[-1.0, 0.0], [-1.0, 1.0]]), np.eye(2), np.array([[0.0, -1.0], [1.0, -1.0]])
        )))]  # fmt: skip
    found = gd.collinear_lr_errors(samples, ridge, PLACES, *design)
    assert np.asarray(found) == pytest.approx(lost, abs=1e-5)


def test_slopes_of_the_state_are_its_differences():
    """In m and the ridge, of the largest of each: the last step is taken from a settled prox."""
    given = [jnp.asarray(x) for x in (PLACES, *BLOCKS)]
    state = jax.jit(lambda at: collinear.lr_state(*at, *given))
    at = np.array([75.0, 1.0])
    slopes = np.asarray(jax.jit(jax.jacfwd(state))(at))
    for k, column in enumerate(slopes.T):
        step = at[k] * 1e-4 * np.eye(2)[k]
        differences = np.asarray(state(at + step) - state(at - step)) / (2 * step[k])
        assert column == pytest.approx(differences, abs=1e-7 * np.abs(column).max())


def test_naive_bayes_errors_by_scipy_s_normals():
    m, n, signal, c = 90.0, 40, 1.0, 0.5
    each, trace = m / 3, n * (1 + c * c)
    errors = []
    for k in range(3):
        near = PLACES[k] - PLACES[[j for j in range(3) if j != k]]
        chances = 1 + np.eye(2) / each
        covariance = trace / 2 * (chances**2 - 2 + (1 + 1 / each) ** 2)
        covariance += chances * np.outer(near, near) * signal
        errors.append(1 - stats.multivariate_normal(-(near**2) / 2, covariance).cdf(np.zeros(2)))
    found = np.asarray(gd.collinear_nb_errors(m, PLACES, *PAIRS))
    assert found == pytest.approx(errors, abs=1e-5)


def test_errors_of_three_scores_by_points():
    rng = np.random.default_rng(0)
    weights, offsets = rng.normal(size=(3, 4)), rng.normal(size=3)
    d, scale = np.array([1.0, 0.5, 0.0, 0.0]), np.array([1.0, 2.0, 1.0, 0.5])
    wrong = []
    for k in range(3):
        x = rng.normal(size=(200_000, 4)) * scale + PLACES[k] * d
        wrong.append(np.mean(np.argmax(x @ weights.T + offsets, axis=1) != k))
    found = line_errors(jnp.asarray(weights), jnp.asarray(offsets), jnp.asarray(d),
                        lambda w: w * scale)  # fmt: skip
    assert float(found) == pytest.approx(np.mean(wrong), abs=0.004)


def test_where_softmax_regression_overtakes_naive_bayes():
    signal = jnp.asarray(PAIRS[2])

    def place(signal):
        return gd.collinear_overtaking(1.0, PLACES, *PAIRS[:2], signal)

    def lead(m):
        naive = gd.collinear_nb_errors(m, PLACES, *PAIRS)
        return float(jnp.mean(gd.collinear_lr_errors(m, 1.0, PLACES, *PAIRS) - naive))

    found, slope = jax.jit(jax.value_and_grad(place))(signal)
    assert lead(float(found) * 0.99) > 0 > lead(float(found) * 1.01)
    assert abs(lead(float(found))) < 1e-9
    step = np.array([1e-4, 0.0])
    ahead, behind = (float(place(signal + s * step)) for s in (1, -1))
    assert float(slope[0]) == pytest.approx((ahead - behind) / 2e-4, rel=1e-6)


def test_samples_in_the_paper_s_design():
    n = 100.0
    apart = 2 * np.sqrt((n + 1) / 2), np.sqrt((n + 1) / 2)  # means -1, 1 and 2, whitened
    bayes = 2 / 3 * sum(stats.norm.cdf(-x / 2) for x in apart)
    m = float(gd.three_class_samples(0.01, n))
    errors = gd.collinear_lr_errors(m, 1.0, PLACES, *BLOCKS)
    assert float(jnp.mean(errors)) == pytest.approx(bayes + 0.01, rel=1e-7)


def test_samples_of_naive_bayes_by_its_spectrum():
    information, dims = np.array([9.0, 0.5, 0.0]), np.array([2.0, 20.0, 100.0])
    m = float(gd.nb_spectrum_samples(0.05, information, dims))
    fourth = float(dims @ information**2)
    error = gd.nb_estimated(float(dims @ information), fourth, 122.0, m)
    assert float(error) == pytest.approx(0.05, rel=1e-9)
    with pytest.raises(ArgumentError, match="is not above 4 z"):
        gd.nb_spectrum_samples(0.01, [1.0], [10.0])


def test_three_places_are_asked_for():
    with pytest.raises(ArgumentError, match="three"):
        gd.collinear_nb_errors(90.0, [0.0, 1.0], *PAIRS)
