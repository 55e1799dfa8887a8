"""Claims that need no random number: held to quadrature-free identities and population runs."""

import dataclasses
import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import Domain, Identity, Inequality, Limit, Twin, fields_of
from theory.sign_rip import floors as floors
from theory.sign_rip.budget import population_critical_rho, scalar_critical_rho
from theory.sign_rip.landscape import CriticalPoint, admitted_norm, cosine_bound, norm_bound
from theory.sign_rip.measured import (
    count_cubic_iterations,
    measured_critical_rho,
    measured_cycle,
    measured_escape_time,
    measured_local_rate,
)
from theory.sign_rip.noise import c0, expected_loss, scaling_function
from theory.sign_rip.params import GENTLE, Params, eigenvalues
from theory.sign_rip.population import (
    constant_step_cycle,
    cubic_iterations,
    escape_times,
    gaussian_local_rate,
)


def _domain(**narrowed: Any) -> Domain:
    """The declared domain in the named fields, every other field at its default."""
    rest = {name: getattr(GENTLE, name) for name in fields_of(Params) if name not in narrowed}
    return Domain.of(Params, **rest, **narrowed)


ALL_LAWS = {"constant", "gaussian", "uniform", "laplace", "cauchy", "infinite"}
"""Laws with a closed form on every evaluator (student is an integral, on JAX only)."""
FINITE_LOSS = ALL_LAWS - {"cauchy", "infinite"}


def _smallest(params: Any) -> Any:
    return params.scale / params.condition


def _monotone_lower(params: Any, at_zero: Any = None) -> Any:
    """(c0 (1-p), phi(sigma_r), phi(sigma_1)): each is at most the next of the upper triple."""
    floor = c0 * (1 - params.p) if at_zero is None else at_zero * (1 + 0 * params.p)
    return _vector(
        floor, scaling_function(params, _smallest(params)), scaling_function(params, params.scale)
    )


def _monotone_upper(params: Any) -> Any:
    small, large = (scaling_function(params, s) for s in (_smallest(params), params.scale))
    return _vector(small, large, c0 * (1 + 0 * params.p))


def _vector(*values: Any) -> Any:
    if any(isinstance(v, (jax.Array, float, int)) for v in values):
        return jnp.stack([jnp.asarray(v, dtype=jnp.float64) for v in values])
    return np.array(values, dtype=object)


@jax.jit
def _loss_slope(params: Any) -> jax.Array:
    return jax.grad(lambda norm: expected_loss(params, norm))(jnp.asarray(params.scale))


_ACCURACY = 1e-8


def _cubic_low(params: Any, growth: float = 1.0) -> jax.Array:
    a = 2 * params.eta * params.scale
    planned = cubic_iterations(a, params.alpha ** jnp.float64(growth), jnp.float64(_ACCURACY))
    return jnp.stack([planned, _count(params)])


def _cubic_high(params: Any, growth: float = 1.0) -> jax.Array:
    planned = _cubic_low(params, growth)[0]
    return jnp.stack([_count(params), planned + 2])


@functools.lru_cache(maxsize=1024)
def _counted(a: float, v0: float) -> int:
    return int(jax.jit(count_cubic_iterations, static_argnums=2)(a, v0, _ACCURACY))


def _count(params: Any) -> jax.Array:
    return jnp.float64(_counted(2 * params.eta * params.scale, params.alpha))


_ESCAPE_STEPS = 120_000


@functools.lru_cache(maxsize=64)
def _escape_ratio(params: Any) -> float:
    measured = jax.jit(measured_escape_time, static_argnums=1)(params, _ESCAPE_STEPS)
    return float(measured / escape_times(params, params.alpha**2)[-1])


def _without_restaging(params: Any) -> float:
    """The escape time as if phi and the error's norm stayed what they were at the start."""
    sigma = eigenvalues(params)
    size = jnp.linalg.norm(sigma)
    tau = jnp.log(sigma[-1] / params.alpha**2) / (4 * sigma[-1])
    guess = tau * size / (params.eta * scaling_function(params, size))
    right = escape_times(params, params.alpha**2)[-1]
    return _escape_ratio(params) * float(right / guess)


_measured_rho = jax.jit(measured_critical_rho, static_argnames=("steps", "rounds"))
_measured_cycle = jax.jit(measured_cycle)
_measured_rate = jax.jit(measured_local_rate)


def _scalar_rho(params: Any, factor: float = 1.0) -> Any:
    return scalar_critical_rho(dataclasses.replace(params, eta=params.eta * factor))


_SCALAR = {"d": 1, "rank": 1, "search_rank": 1, "m": 800}
_PAIR = {"d": 2, "rank": 2, "search_rank": 2, "m": 800}
_CYCLE = {"d": 8, "rank": 2, "search_rank": 2, "m": 800}
_RUNG = GENTLE.but(**_PAIR, condition=2.0, eta=0.001)

EXACT_CLAIMS = (
    Inequality(
        name="scaling_function_monotone",
        source="arXiv:2202.08788, definition of phi; derived",
        statement="c0 (1-p) <= phi(X) <= c0, phi nondecreasing in norm(X)_F (outlier model)",
        smaller=_monotone_lower,
        larger=_monotone_upper,
        domain=_domain(
            p=(0.0, 0.999), law=ALL_LAWS, outlier_size=(1e-3, 1e3), outlier_mean=(-1e3, 1e3),
            scale=(1e-3, 1e3), condition=(1.0, 1e3),
        ),
        evaluators=("jax", "mpmath", "arb"),
        supported_by=("decay_between_zero_and_one", "decay_increases"),
        twin=Twin("phi(0+) = c0 whatever p", smaller=lambda p: _monotone_lower(p, c0)),
    ),
    Identity(
        name="expected_loss_radial",
        source="derived: see expected_loss",
        statement="E f depends on norm(Delta)_F alone, and its slope is phi",
        lhs=_loss_slope,
        rhs=lambda p: scaling_function(p, p.scale),
        domain=_domain(
            p=(0.0, 0.99), law=FINITE_LOSS, outlier_size=(1e-2, 1e2), outlier_mean=(-10.0, 10.0),
            scale=(1e-2, 1e2), nu=(0.0, 10.0),
        ),
        tolerance=1e-9,
        tolerance_reason="rounding: L is a sum of terms up to size/norm = 1e4 times its slope",
        supported_by=("loss_slope_is_phi",),
        twin=Twin(
            "L = c0 (1-p) sg + const", rhs=lambda p: float(c0) * (1 - p.p) * (1 + 0 * p.scale)
        ),
    ),
    Inequality(
        name="cubic_map_ideal_step",
        source="derived: see cubic_map",
        statement="ideal steps: iterations to |v^2-1| <= 1e-8 in log(1/v0)/log(1+a) + ... + [0, 2]",
        smaller=_cubic_low,
        larger=_cubic_high,
        domain=_domain(eta=(0.025, 0.15), alpha=(1e-12, 1e-2)),
        supported_by=("cubic_no_overshoot", "cubic_step"),
        twin=Twin(
            "growth of u^2 mistaken for growth of u: log(1/v0^2)",
            smaller=lambda p: _cubic_low(p, 2.0),
            larger=lambda p: _cubic_high(p, 2.0),
        ),
    ),
    Limit(
        name="population_escape_time",
        source="derived: see escape_times",
        statement="T_r ~ sum_i (tau_i - tau_{i-1}) rho_i/(eta phi(rho_i)); gap ~ 1/log(1/x0)",
        value=_escape_ratio,
        limit=1.0,
        rungs=tuple(
            dataclasses.replace(_RUNG, alpha=10.0**-k) for k in (3, 6, 12, 24)
        ),
        size=lambda p: math.log(1 / p.alpha**2),
        exponent=-1.0,
        tolerance=0.1,
        tolerance_reason="next order 1/log^2, and 2 eta/log from the discrete steps",
        last_gap=0.01,
        twin=Twin("no restaging: T_r = tau_r rho_1/(eta phi(rho_1))", value=_without_restaging),
    ),
    Identity(
        name="geometric_budget",
        source="derived: see scalar_critical_rho",
        statement="d = 1: X* is reached iff prod_t (1 + 2 phi eta_0 rho^t) >= sqrt(sigma)/u_0",
        lhs=lambda p: 1 - _measured_rho(p),
        rhs=lambda p: 1 - _scalar_rho(p),
        domain=_domain(
            **_SCALAR, p=(0.0, 0.5), eta=(0.1, 0.3), alpha=(1e-8, 1e-2), scale=(0.1, 10.0)
        ),
        points=8,
        tolerance=2e-6,
        tolerance_reason="the search stops at 1e-8; 8000 steps leave < 1e-7 of the budget",
        supported_by=("budget_bounds",),
        twin=Twin("growth 1 + phi eta a step", rhs=lambda p: 1 - _scalar_rho(p, 0.5)),
    ),
    Identity(
        name="geometric_budget_general",
        source="derived: see population_critical_rho",
        statement="critical rho = 1 - eta_0/S, S = sum_i (tau_i - tau_{i-1}) rho_i/phi(rho_i)",
        lhs=lambda p: 1 - _measured_rho(p, rounds=3),
        rhs=lambda p: 1 - population_critical_rho(p, p.alpha**2),
        domain=_domain(
            **_PAIR, condition=(1.5, 4.0), p=(0.0, 0.3), eta=(0.02, 0.05), alpha=(1e-8, 1e-4)
        ),
        points=6,
        tolerance=0.03,
        tolerance_reason="first order in eta_0 (phi eta_0 = 0.04 a step) and in 1/log(1/x0)",
        twin=Twin(
            "x0 = alpha mistaken for alpha^2",
            rhs=lambda p: 1 - population_critical_rho(p, p.alpha),
        ),
    ),
    Identity(
        name="constant_step_cycle",
        source="derived: see constant_step_cycle",
        statement="norm(Delta_t) + norm(Delta_{t+1}) = 4 phi(0+) sigma_1 eta (1 + O(eta)), r' = r",
        lhs=_measured_cycle,
        rhs=constant_step_cycle,
        domain=_domain(**_CYCLE, condition=(1.0, 3.0), p=(0.0, 0.4), eta=(0.001, 0.004)),
        points=6,
        tolerance=0.02,
        tolerance_reason="relative correction O(eta), at most 5 eta",
        supported_by=("log_lattice",),
        twin=Twin("2 phi sigma_1 eta", rhs=lambda p: constant_step_cycle(p) / 2),
    ),
    Identity(
        name="gaussian_local_rate",
        source="derived: see gaussian_local_rate",
        statement="Gaussian noise, r' = r: the error contracts by 1 - 2 eta c0 sigma_r/nu per step",
        lhs=_measured_rate,
        rhs=gaussian_local_rate,
        domain=_domain(**_CYCLE, condition=(1.5, 2.0), nu=(0.5, 1.0), eta=(0.02, 0.05)),
        points=6,
        tolerance=1e-6,
        tolerance_reason="faster modes are e^-6 of the slowest, at right angles; rounding 2e-7",
        twin=Twin(
            "the signal block's 4 for the slowest mode",
            rhs=lambda p: 2 * gaussian_local_rate(p) - 1,
        ),
    ),
    Identity(
        name="recovery_ratio_two_routes",
        source="derived: G(kappa_c, p) = 1, and the statistical dimension of a descent cone",
        statement="kappa_c = 1 - min_t [p(1+t^2) + 2(1-p)((1+t^2) Phi(-t) - t pdf(t))]",
        lhs=lambda p: floors.critical_ratio(p.p),
        rhs=lambda p: 1 - floors.cone_width(floors.critical_level(p.p), p.p),
        domain=_domain(p=(0.01, 0.99)),
        tolerance=1e-12,
        tolerance_reason="rounding; kappa_c is near (2/pi)(1-p)^2 = 6e-5 at p = .99",
        scale=1.0,
        supported_by=("two_routes_to_kappa",),
        twin=Twin("half of the outliers' part", rhs=lambda p: 1 - floors.cone_width(
            floors.critical_level(p.p), p.p / 2)),
    ),
    Inequality(
        name="rank1_critical_points",
        source="arXiv:2102.02969 (critical points are near X* or small); constants derived",
        statement="Sign-RIP(2, delta), sigma = 1: u u^T = X*, or |u|^2 <= delta/sqrt(1 - delta^2)",
        smaller=lambda p: _vector(admitted_norm(p), p.share * cosine_bound(p.delta)),
        larger=lambda p: _vector(norm_bound(p.delta), cosine_bound(p.delta)),
        domain=Domain.of(CriticalPoint),
        evaluators=("jax", "mpmath", "arb"),
        supported_by=("critical_point_energies", "critical_point_norm"),
        twin=Twin(
            "|u|^2 <= sigma delta^2",
            larger=lambda p: _vector(p.delta**2, cosine_bound(p.delta)),
        ),
    ),
)  # fmt: skip
