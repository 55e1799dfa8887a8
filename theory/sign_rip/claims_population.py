"""Claims about steps on the expected loss: identities that hold in every single trial, to rounding;
formulas against runs of the steps; and bounds that need no random number."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Scalar, Twin, absolute, closed_form, log
from theory.sign_rip.floors import cone_width, critical_level, critical_ratio
from theory.sign_rip.noise import c0, expected_loss, scaling_at_zero, scaling_function
from theory.sign_rip.params import GENTLE, Params, eigenvalues, truth_norm
from theory.sign_rip.population import (
    count_cubic_iterations, cubic_iterations, cubic_map, escape_times, measured_critical_rho,
    measured_cycle, measured_escape_time, measured_local_rate, population_critical_rho,
    riccati_flow, scalar_critical_rho,
)  # fmt: skip
from theory.sign_rip.spectrum import CriticalPoint, admitted_norm, cosine_bound, norm_bound

__all__ = ["constant_step_cycle", "gaussian_local_rate"]

claim = Claims()

# Steps from a random U, read in a basis in which X* = diag(sigma)

POPULATION = GENTLE.but(
    d=6, rank=2, search_rank=4, m=40, condition=2.0, p=0.2, law="laplace", outlier_size=1.0
)
population = claim.given(mode="population", at=POPULATION, trials=64, within=1e-9)
closed_flow = jax.jit(riccati_flow)


def largest(x):
    """The largest entry of each trial."""
    return np.abs(x).reshape(len(x), -1).max(axis=1)


def blocks(run, p):
    """Sigma, and the rows S and E of U along and across X*."""
    return np.diag(eigenvalues(p)), run["u"][:, : p.rank], run["u"][:, p.rank :]


def recursion(run, p, *, residual_too=True):
    """How far a step is from its formula; without the residual's part of U^T U as a twin."""
    sigma, s, e = blocks(run, p)
    step, gram, own = 2 * run["step"][:, None, None], run["u"].mT @ run["u"], s.mT @ s
    signal = s + step * (sigma @ s - s @ gram)
    residual = e - step * e @ (gram if residual_too else own)
    return largest(run["new"] - np.concatenate([signal, residual], axis=1))


def pythagoras(run, p, *, cross=2):
    """norm(Delta)^2 less the squares of its parts, relative."""
    sigma, s, e = blocks(run, p)
    parts = sigma - s @ s.mT, s @ e.mT, e @ e.mT
    signal, mixed, residual = ((part**2).sum(axis=(1, 2)) for part in parts)
    return np.abs(1 - (signal + cross * mixed + residual) / run["size"] ** 2)


def flow(run, p, *, four=4):
    """The closed form against the flow by small steps; 2 for 4: the start by sqrt 2 smaller."""
    truth, shrink = np.diag(np.r_[eigenvalues(p), np.zeros(p.d - p.rank)]), np.sqrt(four / 4)
    closed = [closed_flow(shrink * u, truth, 1.0) / shrink**2 for u in run["u"]]
    return largest(np.array(closed) - run["flow"])


def cubic(run, p, *, factor=2):
    """Matrix steps with the oracle rule against the scalar map with a = factor eta sigma."""
    v, worst, sigma = run["path"][:, 0], run["off_path"], np.asarray(eigenvalues(p))
    for after in np.swapaxes(run["path"], 0, 1)[1:]:
        v = cubic_map(v, factor * p.eta * sigma)
        worst = np.maximum(worst, largest(np.sqrt(sigma) * (after - v)))
    return worst


population.every_trial(
    recursion, name="signal_residual_recursion",
    says="population: S+ = (I + 2e Sigma) S - 2e S U^T U, E+ = E (I - 2e U^T U)",
    source="arXiv:2202.08788, signal and residual terms of the proof", within=1e-13,
    at=(POPULATION, POPULATION.but(d=5, rank=4, search_rank=5, nu=0.5)),
    twin=Twin("E+ = E - 2e E S^T S", observable=partial(recursion, residual_too=False)),
)  # fmt: skip
population.every_trial(
    pythagoras, name="error_pythagoras",
    says="|Delta|^2 = |Sigma - S S^T|^2 + 2 |S E^T|^2 + |E E^T|^2",
    source="arXiv:2202.08788 has the triangle inequality; derived", within=1e-13,
    twin=Twin("coefficient 1 for the cross term", observable=partial(pythagoras, cross=1)),
)  # fmt: skip
population.every_trial(
    flow, name="riccati_flow",
    says="X(tau) = e^{2 tau X*} U_0 [I + 4 U_0^T J U_0]^{-1} U_0^T e^{2 tau X*}",
    twin=Twin("2 in place of 4 before J", observable=partial(flow, four=2)),
)  # fmt: skip
population.every_trial(
    cubic, name="cubic_map_of_matrices",
    says="ideal steps from a commuting start: each v = u/sqrt(sigma) follows v(1+a-a v^2)",
    twin=Twin("a = eta sigma, the factor 2 lost", observable=partial(cubic, factor=1)),
)  # fmt: skip

# Formulas of the expected loss, and runs of its steps

ALL_LAWS = {"constant", "gaussian", "uniform", "laplace", "cauchy", "infinite"}
"""Laws with a closed form on every evaluator (student is an integral, on JAX only)."""
FINITE_LOSS = ALL_LAWS - {"cauchy", "infinite"}
SCALAR = GENTLE.but(d=1, rank=1, search_rank=1)
PAIR = GENTLE.but(d=2, rank=2, search_rank=2)
CYCLE = GENTLE.but(d=8, rank=2, search_rank=2)


def vector(*values):
    """The values side by side, of any evaluator."""
    if any(isinstance(v, (jax.Array, float, int)) for v in values):
        return jnp.stack([jnp.asarray(v, dtype=jnp.float64) for v in values])
    return np.array(values, dtype=object)


def phi_small_and_large(p):
    """phi at the smallest and at the largest eigenvalue of the truth."""
    return tuple(scaling_function(p, size) for size in (p.scale / p.condition, p.scale))


@claim.never_above(
    lambda p: vector(*phi_small_and_large(p), c0 * (1 + 0 * p.p)),
    over=Domain.around(GENTLE, p=(0.0, 0.999), law=ALL_LAWS, outlier_size=(1e-3, 1e3),
                       outlier_mean=(-1e3, 1e3), scale=(1e-3, 1e3), condition=(1.0, 1e3)),
    evaluators=("jax", "mpmath", "arb"), twin=Twin("phi(0+) = c0 whatever p", lost=0),
)  # fmt: skip
def scaling_function_monotone(p, *, lost=1):
    """c0 (1-p) <= phi(X) <= c0, phi nondecreasing in norm(X)_F (outlier model).

    arXiv:2202.08788, definition of phi; derived
    """
    return vector(c0 * (1 - lost * p.p), *phi_small_and_large(p))


@claim.identity(
    lambda p: jax.grad(lambda norm: expected_loss(p, norm))(jnp.asarray(p.scale)),
    over=Domain.around(GENTLE, p=(0.0, 0.99), law=FINITE_LOSS, outlier_size=(1e-2, 1e2),
                       outlier_mean=(-10.0, 10.0), scale=(1e-2, 1e2), nu=(0.0, 10.0)),
    within=1e-9, why="rounding: L is a sum of terms up to size/norm = 1e4 times its slope",
    twin=Twin("L = c0 (1-p) sg + const", outliers=False),
)  # fmt: skip
def expected_loss_radial(p, *, outliers=True):
    """E f depends on norm(Delta)_F alone, and its slope is phi."""
    return scaling_function(p, p.scale) if outliers else float(c0) * (1 - p.p) * (1 + 0 * p.scale)


@claim.never_above(
    1.0, over=Domain.around(GENTLE, eta=(0.025, 0.15), alpha=(1e-12, 1e-2)),
    twin=Twin("growth of u^2 mistaken for growth of u: log(1/v0^2)", growth=2),
)  # fmt: skip
def cubic_map_ideal_step(p, *, growth=1):
    """Ideal steps: iterations to |v^2-1| <= 1e-8 in log(1/v0)/log(1+a) + ... + [0, 2]."""
    a = 2 * p.eta * p.scale
    planned = cubic_iterations(a, p.alpha**growth, 1e-8)
    return absolute(count_cubic_iterations(a, p.alpha, 1e-8) - planned - 1)


@claim.limit(
    1.0, along=tuple(PAIR.but(condition=2.0, eta=0.001, alpha=10.0**-k) for k in (3, 6, 12, 24)),
    size=lambda p: math.log(1 / p.alpha**2), rate=-1.0, within=0.1, last_gap=0.01,
    why="next order 1/log^2, and 2 eta/log from the discrete steps",
    twin=Twin("no restaging: T_r = tau_r rho_1/(eta phi(rho_1))", restaged=False),
)  # fmt: skip
def population_escape_time(p, *, restaged=True):
    """T_r ~ sum_i (tau_i - tau_{i-1}) rho_i/(eta phi(rho_i)); gap ~ 1/log(1/x0)."""
    predicted = escape_times(p, p.alpha**2)[-1]
    if not restaged:  # as if phi and the error's norm stayed what they were
        least, size = eigenvalues(p)[-1], truth_norm(p)
        tau = log(least / p.alpha**2) / (4 * least)
        predicted = tau * size / (p.eta * scaling_function(p, size))
    return measured_escape_time(p, 120_000) / predicted


@claim.identity(
    lambda p: 1 - measured_critical_rho(p),
    over=Domain.around(SCALAR, p=(0.0, 0.5), eta=(0.1, 0.3), alpha=(1e-8, 1e-2),
                       scale=(0.1, 10.0)),
    points=8, within=2e-6, why="the search stops at 1e-8; 8000 steps leave < 1e-7 of the budget",
    twin=Twin("growth 1 + phi eta a step", growth=1),
)  # fmt: skip
def geometric_budget(p, *, growth=2):
    """d = 1: X* is reached iff prod_t (1 + 2 phi eta_0 rho^t) >= sqrt(sigma)/u_0."""
    return 1 - scalar_critical_rho(p.but(eta=p.eta * growth / 2))


@claim.identity(
    lambda p: 1 - measured_critical_rho(p, rounds=3),
    over=Domain.around(PAIR, condition=(1.5, 4.0), p=(0.0, 0.3), eta=(0.02, 0.05),
                       alpha=(1e-8, 1e-4)),
    points=6, within=0.03, why="first order in eta_0 (phi eta_0 = 0.04 a step) and in 1/log(1/x0)",
    twin=Twin("x0 = alpha mistaken for alpha^2", power=1),
)  # fmt: skip
def geometric_budget_general(p, *, power=2):
    """Critical rho = 1 - eta_0/S, S = sum_i (tau_i - tau_{i-1}) rho_i/phi(rho_i)."""
    return 1 - population_critical_rho(p, p.alpha**power)


@claim.identity(
    measured_cycle, points=6, within=0.02, why="relative correction O(eta), at most 5 eta",
    over=Domain.around(CYCLE, condition=(1.0, 3.0), p=(0.0, 0.4), eta=(0.001, 0.004)),
    twin=Twin("2 phi sigma_1 eta", both=2),
)  # fmt: skip
def constant_step_cycle(params, *, both=4):
    """norm(Delta_t) + norm(Delta_{t+1}) = 4 phi(0+) sigma_1 eta (1 + O(eta)), r' = r.

    derived: a step up and a step down in log u, which drift towards 0

    A constant step never converges where the noise has no density at 0 (nu = 0).
    """
    return both * scaling_at_zero(params) * params.scale * params.eta


@closed_form(
    example={"params": Params(nu=0.1)},
    params=("needs nu > 0 and p = 0", lambda params: (params.nu > 0) & (params.p == 0)),
)
def gaussian_local_rate(params: Params, *, slowest: float = 2) -> Scalar:
    """Gaussian noise, r' = r: the error contracts by 1 - 2 eta c0 sigma_r/nu per step.

    derived: the Hessian of the expected loss at the truth

    For p = 0, nu > 0 and constant eta; the signal block alone has 4.
    """
    return 1 - slowest * params.eta * c0 * params.scale / (params.condition * params.nu)


claim.identity(
    lambda p: measured_local_rate(p, gaussian_local_rate(p)), formula=gaussian_local_rate,
    over=Domain.around(CYCLE, condition=(1.5, 2.0), nu=(0.5, 1.0), eta=(0.02, 0.05)), points=6,
    within=1e-6, why="faster modes are e^-6 of the slowest, at right angles; rounding 2e-7",
    twin=Twin("the signal block's 4 for the slowest mode", slowest=4),
)  # fmt: skip


@claim.identity(
    lambda p: 1 - cone_width(critical_level(p.p), p.p), over=Domain.around(GENTLE, p=(0.01, 0.99)),
    within=1e-12, why="rounding; kappa_c is near (2/pi)(1-p)^2 = 6e-5 at p = .99", scale=1.0,
    twin=Twin("half of the outliers' part", half=0.5),
    known=tuple((GENTLE.but(p=p), digits) for p, digits in (
        (0.05, ".7961"), (0.1, ".6712"), (0.3, ".3544"), (0.7, ".05844"))),
)  # fmt: skip
def recovery_ratio_two_routes(p, *, half=1.0):
    """kappa_c = 1 - min_t [p(1+t^2) + 2(1-p)((1+t^2) Phi(-t) - t pdf(t))].

    derived: G(kappa_c, p) = 1, and the statistical dimension of a descent cone
    """
    if half < 1:
        return 1 - cone_width(critical_level(p.p), p.p * half)
    return critical_ratio(p.p)


@claim.never_above(
    lambda p: vector(norm_bound(p.delta), cosine_bound(p.delta)), over=Domain.of(CriticalPoint),
    evaluators=("jax", "mpmath", "arb"),
    twin=Twin("|u|^2 <= sigma delta^2",
              larger=lambda p: vector(p.delta**2, cosine_bound(p.delta))),
)  # fmt: skip
def rank1_critical_points(p):
    """Sign-RIP(2, delta), sigma = 1: u u^T = X*, or |u|^2 <= delta/sqrt(1 - delta^2).

    arXiv:2102.02969 (critical points are near X* or small); constants derived
    """
    return vector(admitted_norm(p), p.share * cosine_bound(p.delta))
