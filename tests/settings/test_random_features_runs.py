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


def same_means(one, other):
    """Of two runs, within five standard errors."""
    error = np.hypot(one.std() / np.sqrt(len(one)), other.std() / np.sqrt(len(other)))
    assert abs(one.mean() - other.mean()) < 5 * error


@pytest.mark.parametrize(("n", "k"), [(14, 9), (9, 14)])
def test_closed_risks_average_those_of_explicit_least_squares_over_the_noise(n, k):
    design = simulation.draw(KEY, SMALL.but(n=n, k=k))
    risks = simulation.ridge_risks(design, 0.05, SMALL.noise)
    H, means, variance, gram, overlap, target = map(np.asarray, design)
    # risks are quadratic in the labels: antipodal noise along each axis averages exactly
    noise = np.sqrt(n * variance) * np.eye(n)
    labels = means[:, None] + np.hstack([noise, -noise])
    stacked = np.vstack([H, np.sqrt(0.05) * np.eye(k)])
    theta = np.linalg.lstsq(stacked, np.vstack([labels, np.zeros((k, 2 * n))]), rcond=None)[0]
    tests = target + SMALL.noise - 2 * overlap @ theta + ((gram @ theta) * theta).sum(0)
    np.testing.assert_allclose(risks.test_risk, tests.mean(), rtol=1e-10)
    np.testing.assert_allclose(risks.train_risk, ((labels - H @ theta) ** 2).mean(), rtol=1e-9)


def test_the_quadratic_test_risk_is_the_error_on_a_large_test_set():
    key, test_key = jax.random.split(KEY)
    V, gram, overlap = simulation.draw_features(key, SMALL)
    theta = jnp.arange(1.0, SMALL.k + 1) / SMALL.k
    v = jnp.sqrt(rf.spectrum_of(SMALL).eigcoeffs_sq)
    X = jax.random.normal(test_key, (200_000, SMALL.modes))
    measured = float(jnp.mean((X @ v - X @ (V.T @ theta)) ** 2))
    exact = float(v @ v - 2 * theta @ overlap + theta @ gram @ theta)
    assert abs(measured / exact - 1) < 5 * np.sqrt(2 / 200_000)


def test_the_reduced_draw_has_the_law_of_the_direct_one():
    reduced = simulate("random_features", SMALL, trials=2048)
    direct = simulate("random_features", SMALL, mode="direct", trials=2048)
    for name in ("test_risk", "train_risk", "kappa", "degrees_of_freedom"):
        same_means(reduced[name], direct[name])


PATH = simulation.PathParams(fixed=14, smallest=6, largest=60, count=3, modes=40, noise=0.3)


each_path = pytest.mark.parametrize(
    ("vary", "n", "k"), [("features", 14, 60), ("samples", 60, 14)]
)  # fmt: skip


@each_path
def test_a_path_of_sizes_agrees_with_the_eigenframework_and_its_end_with_the_direct_draw(
    vary, n, k
):
    path, ridge = PATH.but(vary=vary), 15
    runs = simulate(simulation.sizes_trial, path, mode="sizes", trials=1024)
    params = SMALL.but(n=n, k=k, ridge=float(simulation.RIDGES[ridge]))
    direct = simulate("random_features", params, mode="direct", trials=1024)
    for name in ("test", "train"):
        same_means(runs[name][:, -1, ridge], direct[f"{name}_risk"])
    sizes = path.sizes().astype(float)[:, None]
    at = {"n": 14.0, "k": sizes} if vary == "features" else {"n": sizes, "k": 14.0}
    of, risks = rf.finite_powerlaw(1.5, 1.5, 40), runs["test"][:, :, ridge:]
    theory = np.asarray(rf.predict(of, **at, ridge=simulation.RIDGES[ridge:], noise=0.3).test_risk)
    # finite-size error: at most 4/n of the smaller size (measured 0.7/n), and five errors
    error = 5 * risks.std(0) / 32 + 4 / np.minimum(sizes, 14.0) * 0.25 * theory
    assert (abs(risks.mean(0) - theory) < error).all()


@each_path
def test_a_relu_path_is_the_largest_design_cut_to_its_sizes(vary, n, k):
    path = PATH.but(vary=vary, features="relu", noise=0.1)
    design = simulation.sphere_design(KEY, rf.Params(n=n, k=k, noise=0.1))
    H, means, _, gram, overlap, _ = design
    found = simulation.sizes_trial(KEY, path)
    for size, test, train in zip(path.sizes(), found["test"], found["train"], strict=True):
        cut = {"features": H[:size], "means": means[:size]}
        if vary == "features":  # each over the root of their own number
            scale = np.sqrt(k / size)
            cut = {"features": scale * H[:, :size], "overlap": scale * overlap[:size],
                   "gram": scale**2 * gram[:size, :size]}  # fmt: skip
        risks = simulation.ridge_risks(design._replace(**cut), simulation.RIDGES, 0.1)
        np.testing.assert_allclose(test, risks.test_risk, rtol=1e-7)
        np.testing.assert_allclose(train, risks.train_risk, rtol=1e-7)


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
    tests, trains = simulation.grid_draw(np.random.default_rng(2), of, sizes, ridges, 0.3)
    rng = np.random.default_rng(2)
    V = rng.standard_normal((12, 30)) * np.sqrt(of.eigenvalues)
    X = rng.standard_normal((12, 30))
    v = np.sqrt(of.eigcoeffs_sq)
    y = X @ v + np.sqrt(0.3) * rng.standard_normal(12)
    for r, i, j in np.ndindex(tests.shape):
        n, k = sizes[i], sizes[j]
        features = V[:k] / np.sqrt(k)
        H = X[:n] @ features.T
        theta = np.linalg.solve(H.T @ H + ridges[r] * np.eye(k), H.T @ y[:n])
        test, train = ((v - features.T @ theta) ** 2).sum() + 0.3, ((y[:n] - H @ theta) ** 2).mean()
        np.testing.assert_allclose(tests[r, i, j], test, rtol=1e-10)
        np.testing.assert_allclose(trains[r, i, j], train, rtol=1e-8)


def test_the_ridges_of_the_fitting_path_reach_their_fitting_ratios():
    params = rf.Params(n=32, k=1, modes=2048, beta=2.0)
    run = simulate("random_features", params, mode="fitting", trials=256)
    r = np.asarray(simulation.FITTING_ROOTS)
    _, e0, amplification = rf.zero_ridge(1.5, 2.0, 32)
    exact = np.asarray(rf.relative_risk_at(1.5, 2.0, 0.0, 32, r) * e0)
    error = run["noise_free"].std(0) / 16
    assert (abs(run["noise_free"].mean(0) - exact) < 5 * error + 2 / 32 * exact).all()
    amplified = run["amplification"].mean(0)
    np.testing.assert_allclose(amplified[0], float(amplification), rtol=0.06)
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
