"""Claims that hold in every single trial, to rounding: identities, symmetries, linear phase."""

import jax
import numpy as np

from theory import Claims, Twin
from theory.sign_rip.params import GENTLE, eigenvalues
from theory.sign_rip.population import cubic_map, riccati_flow

claim = Claims()
ROUNDING = 1e-9
POPULATION = GENTLE.but(
    d=6, rank=2, search_rank=4, m=40, condition=2.0, p=0.2, law="laplace", outlier_size=1.0
)
LINEAR = GENTLE.but(
    d=8, rank=2, m=40, p=0.2, law="gaussian", alpha=1e-10, steps="geometric", eta=0.1, iterations=40
)
SHORT = GENTLE.but(d=6, rank=2, m=40, p=0.2, law="gaussian", alpha=0.1, iterations=20)

# Steps on the expected loss, read in a basis in which X* = diag(sigma)

population = claim.given(mode="population", at=POPULATION, trials=64)


def largest(x):
    """The largest entry of each trial."""
    return np.abs(x).reshape(len(x), -1).max(axis=1)


def blocks(run, p):
    """Sigma, and the rows S and E of U along and across X*."""
    return np.diag(eigenvalues(p)), run["u"][:, : p.rank], run["u"][:, p.rank :]


def recursion(residual_too):
    """How far a step is from its formula; without the residual's part of U^T U as a twin."""

    def gap(run, p):
        sigma, s, e = blocks(run, p)
        grams = np.swapaxes(s, 1, 2) @ s, np.swapaxes(run["u"], 1, 2) @ run["u"]
        step = 2 * run["step"][:, None, None]
        signal = s + step * (sigma @ s - s @ grams[1])
        residual = e - step * e @ grams[residual_too]
        return largest(run["new"] - np.concatenate([signal, residual], axis=1))

    return gap


def pythagoras(cross):
    """norm(Delta)^2 less the squares of its parts, relative."""

    def gap(run, p):
        sigma, s, e = blocks(run, p)
        parts = (sigma - s @ np.swapaxes(s, 1, 2), s @ np.swapaxes(e, 1, 2),
                 e @ np.swapaxes(e, 1, 2))  # fmt: skip
        signal, mixed, residual = ((part**2).sum(axis=(1, 2)) for part in parts)
        return np.abs(1 - (signal + cross * mixed + residual) / run["size"] ** 2)

    return gap


closed_flow = jax.jit(riccati_flow)


def flow(four):
    """The closed form against the flow by small steps; 2 for 4: the start by sqrt 2 smaller."""

    def gap(run, p):
        truth = np.diag(np.r_[eigenvalues(p), np.zeros(p.d - p.rank)])
        shrink = np.sqrt(four / 4)
        closed = [closed_flow(shrink * u, truth, 1.0) / shrink**2 for u in run["u"]]
        return largest(np.array(closed) - run["flow"])

    return gap


def cubic(factor):
    """Matrix steps with the oracle rule against the scalar map with a = factor eta sigma."""

    def gap(run, p):
        v, worst = run["path"][:, 0], run["off_path"]
        for after in np.swapaxes(run["path"], 0, 1)[1:]:
            v = cubic_map(v, factor * p.eta * np.asarray(eigenvalues(p)))
            worst = np.maximum(worst, largest(np.sqrt(eigenvalues(p)) * (after - v)))
        return worst

    return gap


population.every_trial(
    recursion(True), name="signal_residual_recursion",
    says="population: S+ = (I + 2e Sigma) S - 2e S U^T U, E+ = E (I - 2e U^T U)",
    source="arXiv:2202.08788, signal and residual terms of the proof", within=1e-13,
    at=(POPULATION, POPULATION.but(d=5, rank=4, search_rank=5, nu=0.5)),
    twin=Twin("E+ = E - 2e E S^T S", observable=recursion(False)),
)  # fmt: skip
population.every_trial(
    pythagoras(2), name="error_pythagoras",
    says="|Delta|^2 = |Sigma - S S^T|^2 + 2 |S E^T|^2 + |E E^T|^2",
    source="arXiv:2202.08788 has the triangle inequality; derived", within=1e-13,
    twin=Twin("coefficient 1 for the cross term", observable=pythagoras(1)),
)  # fmt: skip
population.every_trial(
    flow(4), name="riccati_flow",
    says="X(tau) = e^{2 tau X*} U_0 [I + 4 U_0^T J U_0]^{-1} U_0^T e^{2 tau X*}",
    within=ROUNDING,
    twin=Twin("2 in place of 4 before J", observable=flow(2)),
)  # fmt: skip
population.every_trial(
    cubic(2), name="cubic_map_of_matrices",
    says="ideal steps from a commuting start: each v = u/sqrt(sigma) follows v(1+a-a v^2)",
    within=ROUNDING,
    twin=Twin("a = eta sigma, the factor 2 lost", observable=cubic(1)),
)  # fmt: skip

# Runs on data

claim.every_trial(
    "gap", name="linear_phase_exact",
    says="U_t = prod_s (I + 2 eta_s C) U_0, C = (1/m) sum sign(y_i) S_i",
    source="derived: sign(<A, U U^T> - y) = -sign(y) while norm-inf(A(U U^T)) < min |y|",
    mode="linear", within=1e-11, at=(LINEAR, LINEAR.but(start="spectral", rho=1.0)), trials=64,
    twin=Twin("y_i in place of sign(y_i)", observable="gap_with_values"),
)  # fmt: skip
claim.every_trial(
    "l1_change", name="outlier_magnitude_invariance",
    says="outliers 1000 times as large leave every U_t bitwise the same",
    source="derived: only sign(s_i) of an overwhelming outlier is used", mode="magnitude",
    within=0.0, at=SHORT.but(law="constant", outlier_size=1e4, steps="geometric", iterations=40),
    trials=64, twin=Twin("as for l2: the error grows with them", observable="l2_change"),
)  # fmt: skip
claim.every_trial(
    "gap", name="symmetries",
    says="U_0 O and R(.)R^T change nothing; scaling by c keeps eta (it has no unit)",
    source="derived: rotations of U_0 and of space; (X*, s, U_0) -> (cX*, cs, sqrt(c) U_0)",
    mode="symmetry", within=ROUNDING, at=(SHORT, SHORT.but(p=0.4, law="laplace", nu=0.2)),
    trials=64, twin=Twin("eta -> eta/c", observable="gap_with_eta_over_c"),
)  # fmt: skip
