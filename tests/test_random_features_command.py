"""python -m theory random_features: a user's own spectrum, kernel or powerlaw."""

import numpy as np
import pytest

import theory.random_features as rf
from theory.__main__ import main


@pytest.fixture
def task(tmp_path, monkeypatch):
    """A spectrum of 200 modes in a .csv with a header, and the same in two .npy files."""
    monkeypatch.setenv("COLUMNS", "200")
    i = np.arange(1.0, 201)
    path = tmp_path / "task.csv"
    rows = [f"{a!r},{b!r}" for a, b in zip((i**-1.5).tolist(), (i**-2.0).tolist(), strict=True)]
    path.write_text("\n".join(["eigenvalue,squared coefficient", *rows]) + "\n")
    np.save(tmp_path / "values.npy", i**-1.5)
    np.save(tmp_path / "target.npy", i**-2.0)
    return tmp_path


def shown(capsys, *arguments):
    assert main(["random_features", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_the_table_holds_the_predictions_of_the_library(task, capsys):
    text = shown(
        capsys, "--spectrum", task / "task.csv", "--n", 20, "--k", 30, "inf", "--ridge", 0.1,
        "--noise", 0.2,
    )  # fmt: skip
    of = rf.finite_powerlaw(1.5, 2.0, 200)
    for k in (30, np.inf):
        p = rf.predict(of, n=20, k=k, ridge=0.1, noise=0.2)
        for value in (p.test_risk, p.train_risk, p.kappa):
            assert f"{float(value):.4g}" in text
    assert "at the optimal ridge" in text
    assert "exponents between" in text


def test_two_files_say_the_same_as_one(task, capsys):
    rest = ("--n", 20, "--ridge", 0.1)
    one = shown(capsys, "--spectrum", task / "task.csv", *rest)
    assert one == shown(
        capsys, "--spectrum", task / "values.npy", "--target", task / "target.npy", *rest
    )


def test_columns_in_one_npy_file_say_the_same_too(task, capsys):
    both = [np.load(task / name) for name in ("values.npy", "target.npy")]
    np.save(task / "columns.npy", np.stack(both, axis=1))
    rest = ("--n", 20, "--ridge", 0.1)
    one = shown(capsys, "--spectrum", task / "task.csv", *rest)
    assert one == shown(capsys, "--spectrum", task / "columns.npy", *rest)


def test_overfitting_is_called_obligatory_where_zero_ridge_is_optimal(capsys):
    assert "obligatory" in shown(capsys, "--powerlaw", 1.5, 2.0, "--n", 50)
    assert "obligatory" not in shown(capsys, "--powerlaw", 1.5, 1.4, "--n", 50)
    assert "obligatory" not in shown(capsys, "--powerlaw", 1.5, 2.0, "--n", 50, "--k", 100)


def test_a_kernel_matrix_and_labels_give_the_spectrum(task, capsys):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    np.save(task / "K.npy", np.exp(-((X[:, None] - X[None]) ** 2).sum(-1) / 2))
    np.save(task / "y.npy", X[:, 0])
    text = shown(capsys, "--kernel", task / "K.npy", "--labels", task / "y.npy", "--n", 10)
    assert "predicted errors" in text
    of = rf.spectrum_of_kernel_matrix(np.load(task / "K.npy"), np.load(task / "y.npy"))
    np.testing.assert_allclose(float(of.eigenvalues.sum()), 1.0, rtol=1e-12)
    np.testing.assert_allclose(float(of.eigcoeffs_sq.sum()), (X[:, 0] ** 2).mean(), rtol=1e-12)


def test_measured_exponents_are_those_of_the_task():
    fit = rf.measured_exponents(rf.infinite_powerlaw(1.5, 1.8), 200, 2000)
    assert abs(fit.alpha - 1.5) < 0.01
    assert abs(fit.beta - 1.8) < 0.01


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--spectrum", "missing.csv", "--n", "3"], "missing.csv"),
        (["--powerlaw", "1.0", "2.0", "--n", "3"], "trace of the kernel diverges"),
        (["--powerlaw", "1.5", "1.0", "--n", "3"], "target has infinite norm"),
        (["--powerlaw", "1.5", "2.0", "--n", "0"], "argument --n: '0' is outside"),
        (["--powerlaw", "1.5", "2.0", "--n", "3", "--ridge", "-1"], "ridge must be >= 0"),
        (["--powerlaw", "1.5", "2.0", "--n", "3", "--noise", "-1"], "noise variance"),
        (["--powerlaw", "1.5", "2.0"], "--n"),
        (["--kernel", "K.npy", "--n", "3"], "needs --labels"),
    ],
)
def test_bad_arguments_end_with_status_2_and_say_why(arguments, text, capsys):
    assert main(["random_features", *arguments]) == 2
    assert text in capsys.readouterr().err


def test_a_file_with_a_negative_eigenvalue_or_no_target_is_refused(task, capsys):
    (task / "bad.csv").write_text("1.0,1.0\n-0.5,1.0\n")
    (task / "one.csv").write_text("1.0\n0.5\n")
    assert main(["random_features", "--spectrum", str(task / "bad.csv"), "--n", "3"]) == 2
    assert "nonnegative" in capsys.readouterr().err
    assert main(["random_features", "--spectrum", str(task / "one.csv"), "--n", "3"]) == 2
    assert "eigenvalues alone with --target" in capsys.readouterr().err
