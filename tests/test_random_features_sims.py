"""random_features in simulation: the reduction, the path of ridges, the ledger, the proofs."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory.random_features as rf
from proofs_check import Status
from proofs_check._prover import run_proofs
from sims import random_features as simulation
from sims import simulate, verify

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
    params = dataclasses.replace(SMALL, n=n, k=k)
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
    np.testing.assert_allclose(float(risks.test[0]), np.mean(tests), rtol=1e-10)
    np.testing.assert_allclose(float(risks.train[0]), np.mean(trains), rtol=1e-9)


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


@pytest.mark.parametrize("sizes", [(20, 12), (9, 28)])
def test_masking_points_and_features_is_cutting_the_arrays(sizes):
    used_n, used_k = sizes
    params = simulation.MapParams(used_n=used_n, used_k=used_k, n=20, k=28, modes=60)
    whole = simulation.draw_direct(KEY, rf.Params(n=20, k=28, modes=60))
    scale = np.sqrt(28 / used_k)
    cut = simulation.Design(
        whole.features[:used_n, :used_k] * scale, whole.means[:used_n], whole.variance,
        whole.gram[:used_k, :used_k] * scale**2, whole.overlap[:used_k] * scale, whole.target,
    )  # fmt: skip
    risks = simulation.ridge_risks(cut, jnp.asarray(simulation.RIDGES), params.noise)
    masked = simulation.map_trial(KEY, params)
    np.testing.assert_allclose(masked["test"], risks.test, rtol=1e-8)
    np.testing.assert_allclose(masked["train"], risks.train, rtol=1e-6)


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


def test_arc_cosine_eigenvalues_have_their_known_values():
    eigenvalues = rf.arc_cosine_eigenvalues(8)
    np.testing.assert_allclose(eigenvalues[1], 1 / 16, rtol=1e-13)
    np.testing.assert_allclose(eigenvalues[[0, 2, 4]], [0.33878, 4.1825e-3, 3.4566e-5], rtol=2e-5)
    assert rf.multiplicity(8, 2) == 35


# --------------------------------------------------------------------------------------------
# The ledger and the proofs

QUICK = (
    "rf_fixed_point", "df_symmetry", "powerlaw_sums", "powerlaw_occupation",
    "printed_risk_prefactor", "obligatory_overfitting", "exact_finite_size_train",
)  # fmt: skip


@pytest.mark.parametrize("name", QUICK)
def test_claims_hold_and_their_twins_are_refuted(name):
    for row in verify("random_features", claims=[name]):
        assert row.ok, row


def test_every_numbered_claim_is_there_under_its_name():
    names = {claim.name for claim in rf.CLAIMS}
    assert names >= {
        "rf_fixed_point", "rf_test_risk", "rf_train_risk", "trace_and_df", "mean_predictor",
        "krr_limit", "more_is_better", "powerlaw_sums", "powerlaw_risk_curve",
        "optimal_fitting_ratio", "zero_ridge_iff", "obligatory_overfitting",
        "exponent_measurement", "relu_universality", "width_threshold",
        "zero_ridge_never_optimal_below_n",
    }  # fmt: skip


def test_the_quick_proof_items_are_proved():
    names = [
        "elimination_of_kappa", "positive_form_of_the_bias", "moving_sums", "captured_shares",
        "slope_below_n", "stationarity_of_the_risk", "stationarity_is_decreasing",
        "penalty_is_log_convex", "width_threshold_derivative",
    ]  # fmt: skip
    for proof, result in run_proofs("random_features", names):
        assert result.status is Status.PROVED, (proof.name, result)
