"""The eigenframework by scipy's brentq, nested; the optimal ridge by scipy's bounded minimiser."""

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from serve import serve

EXACT = {"xtol": 1e-13, "rtol": 1e-14}


def test_risk(values, target, n, k, ridge, noise):
    """Test risk in the published form; the unknowns are log gamma (inner) and log kappa (outer)."""

    def z(gamma):
        return (values / (values + gamma)).sum()

    def gamma_of(kappa):
        # gamma >= kappa, and k kappa/gamma >= 0 bounds it above
        return np.exp(brentq(
            lambda u: k - z(np.exp(u)) - k * kappa * np.exp(-u),
            np.log(kappa), np.log(kappa + values.sum() / k) + 1e-9, **EXACT,
        ))  # fmt: skip

    kappa = np.exp(brentq(
        lambda u: n - z(gamma_of(np.exp(u))) - ridge * np.exp(-u),
        np.log(ridge / n), np.log((ridge + values.sum()) / n) + 1e-9, **EXACT,
    ))  # fmt: skip
    gamma = gamma_of(kappa)
    captured = values / (values + gamma)
    modes, q = captured.sum(), (captured**2).sum()
    bias = gamma / (values + gamma) - kappa * captured / (values + gamma) * k / (k - q)
    return (bias @ target + noise) / (1 - (q * (k - 2 * modes) + modes**2) / (n * (k - q)))


def setup(inputs):
    """inputs: values, target (M,), noise, points (P, 3): n, k, ridge; or (P, 2): best ridge."""
    values, target, points = inputs["values"], inputs["target"], inputs["points"]
    noise = inputs["noise"].item()

    def best(n, k):
        found = minimize_scalar(
            lambda u: test_risk(values, target, n, k, np.exp(u), noise),
            bounds=(np.log(1e-9), np.log(1e5)), method="bounded", options={"xatol": 1e-6},
        )  # fmt: skip
        return found.fun

    def work():
        if points.shape[1] == 2:
            return {"risk": np.array([best(*point) for point in points])}
        return {"risk": np.array([test_risk(values, target, *p, noise) for p in points])}

    return work


if __name__ == "__main__":
    serve(setup)
