"""A kernel matrix of N points: what is rounding, what its spectrum says, and up to which n."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory.random_features as rf
from theory import ParameterError
from theory.__main__ import main


def linear_kernel(points, rank, dtype=float, seed=0):
    x = np.random.default_rng(seed).normal(size=(points, rank))
    return (x @ x.T).astype(dtype), x[:, 0]


def quietly(function, *arguments, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return function(*arguments, **named)


# --------------------------------------------------------------------------------------------
# Rounding


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("points", "rank", "n"), [(200, 10, 50), (8, 1, 2), (40, 3, 4)])
def test_a_linear_kernel_of_low_rank_is_least_squares_on_so_many_features(points, rank, n, dtype):
    of = rf.spectrum_of_kernel_matrix(*linear_kernel(points, rank, dtype))
    assert int((np.asarray(of.eigenvalues) > 0).sum()) == rank
    at = quietly(rf.predict, of, n=n, ridge=0.0, noise=0.1)
    # the labels are linear in the features: only noise is left, s^2 n/(n - d) and s^2 (1 - d/n)
    assert float(at.test_risk) == pytest.approx(0.1 * n / (n - rank), rel=1e-6)
    assert float(at.train_risk) == pytest.approx(0.1 * (1 - rank / n), rel=1e-6)


def test_rounding_is_judged_by_the_files_own_type_on_both_sides():
    kernel, labels = linear_kernel(60, 5)
    noise = np.random.default_rng(1).normal(size=(60, 60)) * 1e-9 * np.abs(kernel).max()
    rough = kernel + noise + noise.T  # rounding of a float32 file, in float64 clearly negative
    with pytest.raises(ParameterError, match="rounding explains"):
        rf.spectrum_of_kernel_matrix(rough, labels)
    of = rf.spectrum_of_kernel_matrix(rough.astype(np.float32), labels)
    assert int((np.asarray(of.eigenvalues) > 0).sum()) == 5
    with pytest.raises(ParameterError, match="symmetric"):
        rf.spectrum_of_kernel_matrix(kernel + np.triu(noise), labels)
    rf.spectrum_of_kernel_matrix((kernel + 0.1 * np.triu(noise)).astype(np.float32), labels)
    for bad, says in ((np.zeros((3, 3)), "matrix of zeros"), (np.eye(3) + 0j, "real numbers"),
                      (np.array([["a"] * 3] * 3), "real numbers"), (np.ones((2, 3)), "must be"),
                      (np.full((3, 3), np.nan), "finite")):  # fmt: skip
        with pytest.raises(ParameterError, match=says):
            rf.spectrum_of_kernel_matrix(bad, np.ones(3))
    lists = rf.spectrum_of_kernel_matrix([[2, 0], [0, 1]], [1, 0])
    assert list(np.asarray(lists.eigenvalues)) == [1.0, 0.5]


def test_the_command_says_how_many_modes_were_cut(tmp_path, capsys):
    kernel, labels = linear_kernel(200, 10)
    np.save(tmp_path / "K.npy", kernel)
    np.save(tmp_path / "y.npy", labels)
    arguments = ["--kernel", str(tmp_path / "K.npy"), "--labels", str(tmp_path / "y.npy")]
    assert main(["random_features", *arguments, "--n", "19", "--noise", "0.1"]) == 0
    assert "190 of 200 modes" in " ".join(capsys.readouterr().out.split())
    assert main(["random_features", *arguments, "--n", "200"]) == 2
    assert "n = 200 is not below the N = 200 points" in capsys.readouterr().err


def test_as_many_modes_as_samples_and_no_ridge_is_infinite_with_noise_and_zero_without():
    flat = rf.isotropic(12)
    with pytest.warns(UserWarning, match="or modes, as samples"):
        at = rf.predict(flat, n=12, ridge=0.0, noise=0.1)
    assert np.isposinf(float(at.test_risk))
    assert float(at.train_risk) == 0
    assert float(rf.predict(flat, n=12, ridge=0.0).test_risk) == 0


def test_the_slope_at_ridge_zero_is_there_with_fewer_modes_than_samples():
    of = rf.spectrum([1.0, 0.5], [1.0, 2.0])

    def risk(ridge):
        return rf.predict(of, n=5.0, ridge=ridge, noise=0.1).test_risk

    slope = float(jax.grad(risk)(0.0))
    measured = (-3 * risk(0.0) + 4 * risk(1e-5) - risk(2e-5)) / 2e-5
    assert slope == pytest.approx(float(measured), rel=1e-6)


def test_the_steepest_powerlaw_that_is_allowed_is_summed():
    i = np.arange(1.0, 20_001)
    of = rf.spectrum(i**-6.0, i**-2.0)
    for n in (3.0, 100.0):
        whole = rf.predict(of, n=n, ridge=0.0).test_risk
        tail = rf.predict(rf.infinite_powerlaw(6, 2), n=n, ridge=0.0).test_risk
        assert float(tail) == pytest.approx(float(whole), rel=1e-2 if n > 50 else 1e-3)
    assert float(rf.predict(rf.infinite_powerlaw(6, 2), n=100, ridge=0.0).test_risk) == (
        pytest.approx(0.0542869, abs=1e-7)
    )
    with pytest.raises(ParameterError, match=r"alpha = 6.5 is outside \(1, 6\]"):
        rf.infinite_powerlaw(6.5, 2.0)
    with pytest.raises(ParameterError, match="alpha = 1 is outside"):
        rf.infinite_powerlaw(1, 2)


# --------------------------------------------------------------------------------------------
# N points


def rotated(points, rng):
    """A kernel matrix with random eigenvectors, and labels of a powerlaw target."""
    u = np.linalg.qr(rng.normal(size=(points, points)))[0]
    i = np.arange(1.0, points + 1)
    signs = rng.choice([-1.0, 1.0], points)
    return points * (u * i**-1.5) @ u.T, np.sqrt(points) * u @ (signs * i**-0.9)


def measured(kernel, labels, n, ridge, noise, trials, rng):
    """(errors on the points left out, on the points drawn), each with its standard error."""
    runs = []
    for _ in range(trials):
        order = rng.permutation(len(labels))
        drawn, apart = order[:n], order[n:]
        y = labels[drawn] + np.sqrt(noise) * rng.normal(size=n)
        alpha = np.linalg.solve(kernel[np.ix_(drawn, drawn)] + ridge * np.eye(n), y)
        test = noise + np.mean((kernel[np.ix_(apart, drawn)] @ alpha - labels[apart]) ** 2)
        runs.append((test, np.mean((kernel[np.ix_(drawn, drawn)] @ alpha - y) ** 2)))
    return np.mean(runs, axis=0), np.std(runs, axis=0) / np.sqrt(trials)


@pytest.mark.parametrize(
    ("share", "ridge", "noise"),
    [(0.1, 0.1, 0.2), (0.5, 1e-9, 0.0), (0.5, 0.1, 0.2), (0.8, 0.02, 0.3)],
)
def test_the_points_left_out_have_the_error_that_free_compression_gives(share, ridge, noise):
    rng = np.random.default_rng(2)
    points = 300
    kernel, labels = rotated(points, rng)
    n = int(share * points)
    of = rf.spectrum_of_kernel_matrix(kernel, labels)
    at = rf.left_out(of, n=n, ridge=ridge, noise=noise)
    mean, error = measured(kernel, labels, n, ridge, noise, 60, rng)
    # 1/n of relative finite-size error besides the simulation's
    assert abs(float(at.test_risk) - mean[0]) < 4 * error[0] + 2 / n * mean[0]
    assert abs(float(at.train_risk) - mean[1]) < 4 * error[1] + 4 / n * mean[1]


def test_the_points_left_out_of_a_flat_spectrum_learn_nothing():
    # K = c I: the prediction elsewhere is 0, so the error is the target's; and train = 0 by hand
    of = rf.spectrum(np.full(40, 1 / 40), np.full(40, 1 / 40), points=40)
    at = rf.left_out(of, n=[4, 20, 39], ridge=0.0, noise=0.3)
    np.testing.assert_allclose(at.test_risk, 1.3, rtol=1e-12)
    np.testing.assert_allclose(at.train_risk, 0.0, atol=1e-20)
    # with a ridge: residuals delta/(1 + delta) of the labels
    at = rf.left_out(of, n=20, ridge=0.5, noise=0.3)
    np.testing.assert_allclose(at.train_risk, (0.5 / 1.5) ** 2 * 1.3, rtol=1e-12)
    np.testing.assert_allclose(at.test_risk, 1.3, rtol=1e-12)


def test_far_below_n_the_points_left_out_are_the_population():
    rng = np.random.default_rng(3)
    i = np.arange(1.0, 100_001)
    of = rf.spectrum(i**-1.5, i**-1.8 * rng.uniform(0.5, 1.5, len(i)), points=len(i))
    for ridge in (0.0, 0.1):
        at = rf.left_out(of, n=50, ridge=ridge, noise=0.2)
        framework = rf.predict(of, n=50, ridge=ridge, noise=0.2)
        assert float(at.test_risk) == pytest.approx(float(framework.test_risk), rel=2e-3)
        assert float(at.train_risk) == pytest.approx(float(framework.train_risk), rel=2e-3)


def test_predictions_near_and_beyond_the_number_of_points_warn_or_are_refused():
    rng = np.random.default_rng(4)
    of = rf.spectrum_of_kernel_matrix(*rotated(300, rng))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rf.predict(of, n=30, ridge=0.1)
    apart = float(rf.left_out(of, n=150, ridge=0.0).test_risk)
    for function in (rf.predict, rf.predict_map):
        with pytest.warns(UserWarning, match=f"on the points left out {apart:.3g}"):
            function(of, n=[20.0, 150.0], ridge=0.0)
        with pytest.raises(ParameterError, match="n = 300 is not below the N = 300 points"):
            function(of, n=300, ridge=0.1)
    for function in (rf.optimal_ridge, rf.optimal_risk_map):
        with pytest.raises(ParameterError, match="beyond them it says nothing"):
            function(of, n=5000)
    for call, says in (
        (lambda: rf.left_out(rf.isotropic(9), n=3, ridge=0.0), "give points=N"),
        (lambda: rf.left_out(of, n=300, ridge=0.0), r"outside \(0, N = 300\)"),
        (lambda: rf.left_out(of, n=3, ridge=-1.0), "ridge = -1.0 is outside"),
    ):
        with pytest.raises(ParameterError, match=says):
            call()
    assert np.isnan(rf.left_out(of, n=3, ridge=[np.nan, 0.1]).test_risk).tolist() == [True, False]
    traced = jax.jit(lambda n: rf.predict(of, n=n, ridge=0.1).test_risk)
    assert np.isfinite(float(traced(20.0)))


def test_an_extrapolated_spectrum_keeps_trace_norm_and_first_modes_and_allows_any_n():
    i = np.arange(1.0, 801)
    of = rf.spectrum(i**-1.6, i**-1.9, points=800)
    new, fit, first = rf.extrapolated(of)
    assert first == 41
    assert new.points is None
    weights = np.asarray(new.multiplicities)
    np.testing.assert_allclose(weights @ np.asarray(new.eigenvalues), (i**-1.6).sum(), rtol=1e-12)
    np.testing.assert_allclose(weights @ np.asarray(new.eigcoeffs_sq), (i**-1.9).sum(), rtol=1e-12)
    np.testing.assert_array_equal(np.asarray(new.eigenvalues)[:40], i[:40] ** -1.6)
    assert fit.alpha == pytest.approx(1.6, abs=0.1)
    assert fit.beta == pytest.approx(1.9, abs=0.1)
    for bad, says in ((rf.spectrum(i, i), "at least 200"),
                      (rf.spectrum(i[:50], i[:50], points=50), "at least 200"),
                      (rf.spectrum(i[:9], i[:9], points=900), "single modes")):  # fmt: skip
        with pytest.raises(ParameterError, match=says):
            rf.extrapolated(bad)


def test_a_samples_spectrum_tells_the_populations_error_by_the_points_left_out():
    # 400 points with Gaussian modes; what the population's own spectrum predicts is the truth
    rng = np.random.default_rng(1)
    i = np.arange(1.0, 4001)
    modes = rng.normal(size=(400, len(i)))
    target = i**-0.95 * rng.choice([-1.0, 1.0], len(i))
    of = rf.spectrum_of_kernel_matrix((modes * i**-1.6) @ modes.T, modes @ target)
    n = np.array([50.0, 150.0, 390.0])
    truth = np.asarray(rf.predict_map(rf.spectrum(i**-1.6, target**2), n=n, ridge=0.0).test_risk)
    np.testing.assert_allclose(rf.left_out(of, n=n, ridge=0.0).test_risk, truth, rtol=0.1)
    continued = rf.extrapolated(of).spectrum
    guess = rf.predict_map(continued, n=n, ridge=0.0).test_risk
    np.testing.assert_allclose(guess, truth, rtol=1 / 3)
    whole = quietly(rf.predict_map, of, n=n, ridge=0.0).test_risk
    assert float(whole[2]) < 0.1 * truth[2]  # the N points as the whole population


def test_the_command_shows_the_points_left_out_and_extrapolates_when_asked(tmp_path, capsys):
    i = np.arange(1.0, 401)
    np.save(tmp_path / "v.npy", i**-1.6)
    np.save(tmp_path / "t.npy", i**-1.9)
    arguments = ["random_features", "--spectrum", str(tmp_path / "v.npy"),
                 "--target", str(tmp_path / "t.npy"), "--ridge", "0"]  # fmt: skip

    def shown(*more):
        assert main([*arguments, *more]) == 0
        return " ".join(capsys.readouterr().out.split())

    apart = float(rf.left_out(rf.spectrum(i**-1.6, i**-1.9, points=400), n=100, ridge=0).test_risk)
    text = shown("--n", "100", "--points", "400")
    assert f"on the points left out it is {apart:.4g}" in text
    assert "open: n > N/10" in text
    assert "say --points N" in shown("--n", "100")
    text = shown("--n", "1000", "--points", "400", "--extrapolate")
    assert "EXTRAPOLATED: modes from 21 on" in text
    assert "warning" not in text
    for more, says in ((["--n", "3", "--labels", "x.npy"], "goes with --kernel"),
                       (["--n", "3", "--extrapolate"], "at least 200 are needed"),
                       (["--n", "nan"], "not a number")):  # fmt: skip
        assert main([*arguments, *more]) == 2
        assert says in capsys.readouterr().err


def test_a_spectrum_of_points_is_a_spectrum_to_jax():
    of = rf.spectrum([1.0, 0.5], [1.0, 1.0], points=50)
    assert isinstance(jax.tree.map(jnp.asarray, of), rf.Spectrum)
    assert of._replace(points=None).points is None
    assert len(of) == 3
