"""Simulated random features: the reduction, paths of sizes and of ridges, maps, ReLU features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory.random_features as rf
from sims import random_features as simulation
from sims import simulate

SMALL = rf.Params(n=14, k=9, modes=40, ridge=0.05, noise=0.3)
KEY = jax.random.key(3)


def by_least_squares(design, ridge, labels):
    """(theta, train risk) of an explicit augmented least-squares problem."""
    H = np.asarray(design.features)
    k = H.shape[1]
    stacked = np.vstack([H, np.sqrt(ridge) * np.eye(k)])
    theta = np.linalg.lstsq(stacked, np.concatenate([labels, np.zeros(k)]), rcond=None)[0]
    return theta, np.mean((labels - H @ theta) ** 2)


@pytest.mark.parametrize(("n", "k"), [(14, 9), (9, 14)])
def test_closed_risks_average_those_of_explicit_least_squares_over_the_noise(n, k):
    params = SMALL.but(n=n, k=k)
    design = simulation.draw(KEY, params)
    risks = simulation.ridge_risks(design, jnp.array([0.05]), params.noise)
    # risks are quadratic in the labels: antipodal label noise along each axis averages exactly
    tests, trains = [], []
    for i in range(n):
        for sign in (1, -1):
            labels = np.asarray(design.means).copy()
            labels[i] += sign * np.sqrt(n * float(design.variance))
            theta, train = by_least_squares(design, 0.05, labels)
            quadratic = theta @ np.asarray(design.gram) @ theta
            cross = 2 * theta @ np.asarray(design.overlap)
            tests.append(float(design.target) + params.noise - cross + quadratic)
            trains.append(train)
    np.testing.assert_allclose(float(risks.test_risk[0]), np.mean(tests), rtol=1e-10)
    np.testing.assert_allclose(float(risks.train_risk[0]), np.mean(trains), rtol=1e-9)


def test_the_quadratic_test_risk_is_the_error_on_a_large_test_set():
    key, test_key = jax.random.split(KEY)
    params = SMALL
    feature_key, _ = jax.random.split(key)
    V, gram, overlap = simulation.draw_features(feature_key, params)
    theta = jnp.arange(1.0, params.k + 1) / params.k
    v = jnp.sqrt(rf.spectrum_of(params).eigcoeffs_sq)
    X = jax.random.normal(test_key, (200_000, params.modes))
    measured = float(jnp.mean((X @ v - X @ (V.T @ theta)) ** 2))
    exact = float(v @ v - 2 * theta @ overlap + theta @ gram @ theta)
    assert abs(measured / exact - 1) < 5 * np.sqrt(2 / 200_000)


def test_the_reduced_draw_has_the_law_of_the_direct_one():
    reduced = simulate("random_features", SMALL, trials=2048)
    direct = simulate("random_features", SMALL, mode="direct", trials=2048)
    for name in ("test_risk", "train_risk", "kappa", "degrees_of_freedom"):
        gap = reduced[name].mean() - direct[name].mean()
        error = np.hypot(reduced[name].std(), direct[name].std()) / np.sqrt(2048)
        assert abs(gap) < 5 * error, name


PATH = simulation.PathParams(fixed=14, smallest=6, largest=60, count=3, modes=40, noise=0.3)


@pytest.mark.parametrize("vary", ["features", "samples"])
def test_the_end_of_a_path_of_sizes_has_the_law_of_the_direct_draw(vary):
    path = PATH.but(vary=vary)
    trials, ridge = 1024, 15
    risks = simulate(simulation.sizes_trial, path, mode="sizes", trials=trials)
    n, k = (14, 60) if vary == "features" else (60, 14)
    params = SMALL.but(n=n, k=k, ridge=float(simulation.RIDGES[ridge]))
    direct = simulate("random_features", params, mode="direct", trials=trials)
    for name in ("test", "train"):
        one, other = risks[name][:, -1, ridge], direct[f"{name}_risk"]
        error = np.hypot(one.std(), other.std()) / np.sqrt(trials)
        assert abs(one.mean() - other.mean()) < 5 * error, (name, n, k)


@pytest.mark.parametrize("vary", ["features", "samples"])
def test_each_size_of_a_path_agrees_with_the_eigenframework(vary):
    path = PATH.but(vary=vary)
    risks = simulate(simulation.sizes_trial, path, mode="sizes", trials=1024)["test"][:, :, 15:]
    sizes = path.sizes().astype(float)[:, None]
    n, k = (14.0, sizes) if vary == "features" else (sizes, 14.0)
    of = rf.finite_powerlaw(1.5, 1.5, 40)
    theory = rf.predict(of, n=n, k=k, ridge=simulation.RIDGES[15:], noise=0.3).test_risk
    # finite-size error: at most 4/n of the smaller size (measured 0.7/n), and five errors
    error = 5 * risks.std(0) / 32 + 4 / np.minimum(sizes, 14.0) * 0.25 * np.asarray(theory)
    assert (abs(risks.mean(0) - theory) < error).all()


@pytest.mark.parametrize("vary", ["features", "samples"])
def test_the_end_of_a_relu_path_is_the_design_of_that_size(vary):
    path = PATH.but(vary=vary, features="relu", noise=0.1)
    n, k = (14, 60) if vary == "features" else (60, 14)
    design = simulation.sphere_design(KEY, rf.Params(n=n, k=k, noise=0.1))
    whole = simulation.ridge_risks(design, jnp.asarray(simulation.RIDGES), 0.1)
    last = simulation.sizes_trial(KEY, path)
    np.testing.assert_allclose(last["test"][-1], whole.test_risk, rtol=1e-7)
    np.testing.assert_allclose(last["train"][-1], whole.train_risk, rtol=1e-7)


def test_a_growing_wishart_matrix_has_the_moments_of_independent_steps():
    keys, sizes = jax.random.split(KEY, 4000), np.array([3, 53, 57])
    drawn = np.asarray(jax.vmap(lambda key: simulation.growing_wishart(key, sizes, 5))(keys))
    steps = np.diff(drawn, axis=1, prepend=0.0)  # from rows, by Bartlett's factor, from rows
    for i, degrees in enumerate((3, 50, 4)):
        step = steps[:, i]
        np.testing.assert_allclose(step.mean(0), degrees * np.eye(5), atol=0.08 * degrees**0.5)
        trace = step.trace(axis1=1, axis2=2)  # chi-square with 5 degrees degrees
        np.testing.assert_allclose(trace.var(), 2 * 5 * degrees, rtol=0.15)
        np.testing.assert_allclose(step[:, 0, 1].var(), degrees, rtol=0.15)
    # P(|correlation| > 5/sqrt(4000)) is 6e-7 for each pair of independent steps
    correlations = np.corrcoef(steps[:, :, 0, 0].T)[np.triu_indices(3, 1)]
    assert (abs(correlations) < 5 / np.sqrt(4000)).all()


def test_a_map_from_one_draw_solves_the_ridge_problem_at_every_corner():
    of, sizes, ridges = rf.finite_powerlaw(1.5, 1.5, 30), np.array([4, 7, 12]), np.array([0.1, 1.0])
    risks = simulation.grid_draw(np.random.default_rng(2), of, sizes, ridges, 0.3)
    rng = np.random.default_rng(2)
    V = rng.standard_normal((12, 30)) * np.sqrt(of.eigenvalues)
    X = rng.standard_normal((12, 30))
    v = np.sqrt(of.eigcoeffs_sq)
    y = X @ v + np.sqrt(0.3) * rng.standard_normal(12)
    for i, n in enumerate(sizes):
        for j, k in enumerate(sizes):
            features = V[:k] / np.sqrt(k)
            H = X[:n] @ features.T
            for r, ridge in enumerate(ridges):
                theta = np.linalg.solve(H.T @ H + ridge * np.eye(k), H.T @ y[:n])
                test = ((v - features.T @ theta) ** 2).sum() + 0.3
                np.testing.assert_allclose(risks.test[r, i, j], test, rtol=1e-10)
                train = ((y[:n] - H @ theta) ** 2).mean()
                np.testing.assert_allclose(risks.train[r, i, j], train, rtol=1e-8)


def test_the_ridges_of_the_fitting_path_reach_their_fitting_ratios():
    params = rf.Params(n=32, k=1, modes=2048, beta=2.0)
    run = simulate("random_features", params, mode="fitting", trials=256)
    r = np.asarray(simulation.FITTING_ROOTS)
    e0 = float(rf.zero_ridge(1.5, 2.0, 32)[1])
    exact = [float(rf.relative_risk_at(1.5, 2.0, 0.0, 32, x)) * e0 for x in r]
    error = run["noise_free"].std(0) / 16
    assert (abs(run["noise_free"].mean(0) - exact) < 5 * error + 2 / 32 * np.asarray(exact)).all()
    amplified = run["amplification"].mean(0)
    np.testing.assert_allclose(amplified[0], float(rf.zero_ridge(1.5, 2.0, 32)[2]), rtol=0.06)
    assert (np.diff(amplified) < 0).all()


def test_relu_features_have_the_arc_cosine_moments():
    params = rf.Params(n=4, k=30, dimension=5)
    design = simulation.sphere_design(KEY, params)
    key, _ = jax.random.split(KEY)
    weights = np.asarray(jax.random.normal(key, (30, 5)))
    x = np.random.default_rng(0).normal(size=(400_000, 5))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    features = np.sqrt(2 / 30) * np.maximum(x @ weights.T, 0)
    target = np.sqrt(0.6 * 5) * x[:, 0] + np.sqrt(0.4 * 14) * (5 * x[:, 0] ** 2 - 1) / 4
    np.testing.assert_allclose(features.T @ features / len(x), design.gram, atol=2e-3)
    np.testing.assert_allclose(features.T @ target / len(x), design.overlap, atol=4e-3)
    np.testing.assert_allclose((target**2).mean(), 1.0, atol=0.01)


def test_relu_features_have_the_arc_cosine_kernels_spectrum():
    of = rf.sphere(8)
    np.testing.assert_allclose(of.eigenvalues[1], 1 / 16, rtol=1e-13)
    known = [0.33878, 4.1825e-3, 3.4566e-5, 1.8408e-6]  # degrees 0, 2, 4, 6: odd ones vanish
    np.testing.assert_allclose(np.asarray(of.eigenvalues)[[0, 2, 3, 4]], known, rtol=2e-5)
    np.testing.assert_allclose(float(of.multiplicities @ of.eigenvalues), 1, rtol=1e-13)
    np.testing.assert_allclose(
        of.eigcoeffs_sq * of.multiplicities, [0, 0.6, 0.4, *[0] * (len(of[0]) - 3)]
    )
