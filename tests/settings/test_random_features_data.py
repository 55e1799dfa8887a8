"""A kernel matrix of N points: what is rounding, what it says and up to which n; the command."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory.random_features as rf
from theory import ParameterError
from theory.__main__ import main

approx = pytest.approx
pytestmark = pytest.mark.filterwarnings("ignore:random_features")  # n near the number of points


def linear_kernel(points, rank, dtype=float):
    x = np.random.default_rng(0).normal(size=(points, rank))
    return (x @ x.T).astype(dtype), x[:, 0]


def powerlaw(modes, points=None):
    i = np.arange(1.0, modes + 1)
    return rf.spectrum(i**-1.6, i**-1.9, points=points)


# Rounding


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("points", "rank", "n"), [(200, 10, 50), (8, 1, 2), (40, 3, 4)])
def test_a_linear_kernel_of_low_rank_is_least_squares_on_so_many_features(points, rank, n, dtype):
    of = rf.from_kernel(*linear_kernel(points, rank, dtype))
    assert int((np.asarray(of.eigenvalues) > 0).sum()) == rank
    at = rf.predict(of, n=n, ridge=0.0, noise=0.1)
    # the labels are linear in the features: only noise is left, s^2 n/(n - d) and s^2 (1 - d/n)
    assert float(at.test_risk) == approx(0.1 * n / (n - rank), rel=1e-6)
    assert float(at.train_risk) == approx(0.1 * (1 - rank / n), rel=1e-6)


def test_rounding_is_judged_by_the_files_own_type_on_both_sides():
    kernel, labels = linear_kernel(60, 5)
    noise = np.random.default_rng(1).normal(size=(60, 60)) * 1e-9 * np.abs(kernel).max()
    rough = kernel + noise + noise.T  # rounding of a float32 file, in float64 clearly negative
    of = rf.from_kernel(rough.astype(np.float32), labels)
    assert int((np.asarray(of.eigenvalues) > 0).sum()) == 5
    rf.from_kernel((kernel + 0.1 * np.triu(noise)).astype(np.float32), labels)
    for bad, says in ((rough, "rounding explains"), (kernel + np.triu(noise), "symmetric")):
        with pytest.raises(ParameterError, match=says):
            rf.from_kernel(bad, labels)


def test_a_kernel_gives_its_spectrum_and_bad_matrices_are_named():
    lists = rf.from_kernel([[2, 0], [0, 1]], [1, 0])
    assert list(np.asarray(lists.eigenvalues)) == [1.0, 0.5]
    X = np.random.default_rng(0).normal(size=(40, 3))
    of = rf.from_kernel(np.exp(-((X[:, None] - X[None]) ** 2).sum(-1) / 2), X[:, 0])
    assert float(of.eigenvalues.sum()) == approx(1.0, rel=1e-12)
    assert float(of.eigcoeffs_sq.sum()) == approx((X[:, 0] ** 2).mean(), rel=1e-12)
    for bad, says in ((np.zeros((3, 3)), "matrix of zeros"), (np.eye(3) + 0j, "real numbers"),
                      (np.array([["a"] * 3] * 3), "real numbers"), (np.ones((2, 3)), "must be"),
                      (np.full((3, 3), np.nan), "finite")):  # fmt: skip
        with pytest.raises(ParameterError, match=says):
            rf.from_kernel(bad, np.ones(3))


# N points


def rotated(points, rng):
    """A kernel matrix with random eigenvectors, and labels of a powerlaw target."""
    u = np.linalg.qr(rng.normal(size=(points, points)))[0]
    i = np.arange(1.0, points + 1)
    signs = rng.choice([-1.0, 1.0], points)
    return points * (u * i**-1.5) @ u.T, np.sqrt(points) * u @ (signs * i**-0.9)


def measured(kernel, labels, n, ridge, noise, rng):
    """(error on the points left out, on the points drawn) of one draw."""
    order = rng.permutation(len(labels))
    drawn, apart = order[:n], order[n:]
    y = labels[drawn] + np.sqrt(noise) * rng.normal(size=n)
    K = kernel[:, drawn]
    alpha = np.linalg.solve(K[drawn] + ridge * np.eye(n), y)
    test = noise + np.mean((K[apart] @ alpha - labels[apart]) ** 2)
    return test, np.mean((K[drawn] @ alpha - y) ** 2)


@pytest.mark.parametrize(
    ("share", "ridge", "noise"),
    [(0.1, 0.1, 0.2), (0.5, 1e-9, 0.0), (0.5, 0.1, 0.2), (0.8, 0.02, 0.3)],
)
def test_the_points_left_out_have_the_error_that_free_compression_gives(share, ridge, noise):
    rng = np.random.default_rng(2)
    points = 300
    kernel, labels = rotated(points, rng)
    n = int(share * points)
    at = rf.left_out(rf.from_kernel(kernel, labels), n=n, ridge=ridge, noise=noise)
    runs = [measured(kernel, labels, n, ridge, noise, rng) for _ in range(60)]
    mean, error = np.mean(runs, axis=0), np.std(runs, axis=0) / np.sqrt(60)
    # 1/n of relative finite-size error besides the simulation's
    assert (abs(np.array(at[:2]) - mean) < 4 * error + np.array([2, 4]) / n * mean).all()


def test_the_points_left_out_of_a_flat_spectrum_learn_nothing():
    # K = c I: the prediction elsewhere is 0, so the error is the target's; residuals on the drawn
    # are delta/(1 + delta) of the labels
    of = rf.spectrum(np.full(40, 1 / 40), np.full(40, 1 / 40), points=40)
    for ridge in (0.0, 0.5):
        at = rf.left_out(of, n=[4, 20, 39], ridge=ridge, noise=0.3)
        np.testing.assert_allclose(at.test_risk, 1.3, rtol=1e-12)
        drawn = (ridge / (1 + ridge)) ** 2 * 1.3
        np.testing.assert_allclose(at.train_risk, drawn, rtol=1e-12, atol=1e-20)


@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_far_below_n_the_points_left_out_are_the_population(ridge):
    i = np.arange(1.0, 100_001)
    rng = np.random.default_rng(3)
    of = rf.spectrum(i**-1.5, i**-1.8 * rng.uniform(0.5, 1.5, len(i)), points=len(i))
    at = rf.left_out(of, n=50, ridge=ridge, noise=0.2)
    framework = rf.predict(of, n=50, ridge=ridge, noise=0.2)
    np.testing.assert_allclose(at[:2], framework[:2], rtol=2e-3, atol=1e-12)


def test_predictions_near_and_beyond_the_number_of_points_warn_or_are_refused():
    of = rf.from_kernel(*rotated(300, np.random.default_rng(4)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rf.predict(of, n=30, ridge=0.1)
    apart = float(rf.left_out(of, n=150, ridge=0.0).test_risk)
    for function in (rf.predict, rf.predict_map):
        with pytest.warns(UserWarning, match=f"on the points left out {apart:.3g}"):
            function(of, n=[20.0, 150.0], ridge=0.0)
    for call, says in (
        (lambda: rf.predict(of, n=300, ridge=0.1), "n = 300 is not below the N = 300 points"),
        (lambda: rf.predict_map(of, n=300, ridge=0.1), "n = 300 is not below the N = 300 points"),
        (lambda: rf.optimal_ridge(of, n=5000), "beyond them it says nothing"),
        (lambda: rf.optimal_risk_map(of, n=5000), "beyond them it says nothing"),
        (lambda: rf.left_out(rf.isotropic(9), n=3, ridge=0.0), "give points=N"),
        (lambda: rf.left_out(of, n=300, ridge=0.0), r"outside \(0, N = 300\)"),
        (lambda: rf.left_out(of, n=3, ridge=-1.0), "ridge = -1 is outside"),
    ):
        with pytest.raises(ParameterError, match=says):
            call()
    assert np.isnan(rf.left_out(of, n=3, ridge=[np.nan, 0.1]).test_risk).tolist() == [True, False]
    traced = jax.jit(lambda n: rf.predict(of, n=n, ridge=0.1).test_risk)
    assert np.isfinite(float(traced(20.0)))


def test_a_spectrum_of_points_is_a_spectrum_to_jax():
    of = rf.spectrum([1.0, 0.5], [1.0, 1.0], points=50)
    assert isinstance(jax.tree.map(jnp.asarray, of), rf.Spectrum)
    assert of._replace(points=None).points is None
    assert len(of) == 3


def test_measured_exponents_are_those_of_the_task():
    fit = rf.measured_exponents(rf.infinite_powerlaw(1.5, 1.8), 200, 2000)
    assert (fit.alpha, fit.beta) == (approx(1.5, abs=0.01), approx(1.8, abs=0.01))


def test_an_extrapolated_spectrum_keeps_trace_norm_and_first_modes_and_allows_any_n():
    of = powerlaw(800, points=800)
    new, fit, first = rf.extrapolated(of)
    assert (first, new.points) == (41, None)
    weights = np.asarray(new.multiplicities)
    for found, sample in zip(new[:2], of[:2], strict=True):
        assert weights @ np.asarray(found) == approx(float(sample.sum()), rel=1e-12)
    np.testing.assert_array_equal(new.eigenvalues[:40], of.eigenvalues[:40])
    assert (fit.alpha, fit.beta) == (approx(1.6, abs=0.1), approx(1.9, abs=0.1))
    for bad, says in ((powerlaw(800), "at least 200"), (powerlaw(50, points=50), "at least 200"),
                      (powerlaw(9, points=900), "single modes")):  # fmt: skip
        with pytest.raises(ParameterError, match=says):
            rf.extrapolated(bad)


def test_a_samples_spectrum_tells_the_populations_error_by_the_points_left_out():
    # 400 points with Gaussian modes; what the population's own spectrum predicts is the truth
    rng = np.random.default_rng(1)
    i = np.arange(1.0, 4001)
    modes = rng.normal(size=(400, len(i)))
    target = i**-0.95 * rng.choice([-1.0, 1.0], len(i))
    of = rf.from_kernel((modes * i**-1.6) @ modes.T, modes @ target)
    n = np.array([50.0, 150.0, 390.0])
    truth = np.asarray(rf.predict_map(rf.spectrum(i**-1.6, target**2), n=n, ridge=0.0).test_risk)
    np.testing.assert_allclose(rf.left_out(of, n=n, ridge=0.0).test_risk, truth, rtol=0.1)
    guess = rf.predict_map(rf.extrapolated(of).spectrum, n=n, ridge=0.0).test_risk
    np.testing.assert_allclose(guess, truth, rtol=1 / 3)
    whole = rf.predict_map(of, n=n, ridge=0.0).test_risk
    assert float(whole[2]) < 0.1 * truth[2]  # the N points as the whole population


# The command


@pytest.fixture
def shown(tmp_path, monkeypatch, capsys):
    """What the command prints, its status 0, with files of 400 modes in the current folder."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    v, t, _ = map(np.asarray, powerlaw(400))
    K, y = linear_kernel(200, 10)
    columns = np.stack([v, t], axis=1)
    for name, array in {"v": v, "t": t, "columns": columns, "K": K, "y": y}.items():
        np.save(f"{name}.npy", array)
    head = {"header": "eigenvalue,squared coefficient", "comments": ""}
    np.savetxt("task.csv", columns, "%.17g", ",", **head)
    (tmp_path / "bad.csv").write_text("1.0,1.0\n-0.5,1.0\n")

    def run(line, status=0):
        assert main(["random_features", *line.split()]) == status
        captured = capsys.readouterr()
        return " ".join((captured.err if status else captured.out).split())

    return run


def test_the_table_holds_the_predictions_of_the_library_from_any_form_of_file(shown):
    rest = "--n 20 --k 30 inf --ridge 0.1 --noise 0.2"
    text = shown(f"--spectrum task.csv {rest}")
    p = rf.predict(powerlaw(400), n=20, k=[30, np.inf], ridge=0.1, noise=0.2)
    for value in (*p.test_risk, *p.train_risk, *p.kappa):
        assert f"{float(value):.4g}" in text
    assert "at the optimal ridge" in text
    assert "exponents between" in text
    for files in ("--spectrum v.npy --target t.npy", "--spectrum columns.npy"):
        assert shown(f"{files} {rest}") == text


@pytest.mark.parametrize(
    ("line", "obligatory"),
    [("1.5 2.0 --n 50", True), ("1.5 1.4 --n 50", False), ("1.5 2.0 --n 50 --k 100", False)],
)
def test_overfitting_is_called_obligatory_where_zero_ridge_is_optimal(line, obligatory, shown):
    assert ("obligatory" in shown(f"--powerlaw {line}")) == obligatory


def test_the_command_says_what_was_cut_and_left_out_and_extrapolates_when_asked(shown):
    assert "190 of 200 modes" in shown("--kernel K.npy --labels y.npy --n 19 --noise 0.1")
    files = "--spectrum v.npy --target t.npy --ridge 0"
    apart = float(rf.left_out(powerlaw(400, points=400), n=100, ridge=0).test_risk)
    text = shown(f"{files} --n 100 --points 400")
    assert f"on the points left out it is {apart:.4g}" in text
    assert "open: n > N/10" in text
    assert "say --points N" in shown(f"{files} --n 100")
    text = shown(f"{files} --n 1000 --points 400 --extrapolate")
    assert "EXTRAPOLATED: modes from 21 on" in text
    assert "warning" not in text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--spectrum missing.csv --n 3", "missing.csv"),
        ("--powerlaw 1.0 2.0 --n 3", "trace of the kernel diverges"),
        ("--powerlaw 1.5 1.0 --n 3", "target has infinite norm"),
        ("--powerlaw 1.5 2.0 --n 0", "argument --n: '0' is outside"),
        ("--powerlaw 1.5 2.0 --n 3 --ridge -1", "ridge must be >= 0"),
        ("--powerlaw 1.5 2.0 --n 3 --noise -1", "noise variance"),
        ("--powerlaw 1.5 2.0", "--n"),
        ("--kernel K.npy --n 3", "needs --labels"),
        ("--kernel K.npy --labels y.npy --n 200", "n = 200 is not below the N = 200 points"),
        ("--spectrum t.npy --n 3 --labels x.npy", "goes with --kernel"),
        ("--spectrum v.npy --target t.npy --n 3 --extrapolate", "at least 200 are needed"),
        ("--powerlaw 1.5 2.0 --n nan", "not a number"),
        ("--spectrum v.npy --n 3", "eigenvalues alone with --target"),
        ("--spectrum bad.csv --n 3", "nonnegative"),
    ],
)
def test_bad_arguments_end_with_status_2_and_say_why(line, says, shown):
    assert says in shown(line, status=2)
