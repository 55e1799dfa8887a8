"""Claims on the eigenframework itself, decided without simulation."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    ArrayOf,
    Claim,
    Doc,
    Domain,
    Ge,
    Identity,
    Inequality,
    Le,
    Limit,
    Logarithmic,
    Scaling,
    Twin,
    parameters,
)
from theory.random_features._compress import compressed
from theory.random_features._framework import (
    marginal_values,
    slope_at_zero_ridge_below_n,
    sums,
)
from theory.random_features._kernel_limit import gamma_at_occupation
from theory.random_features._predict import Prediction, optimal_ridge, predict, risk_at
from theory.random_features._spectrum import Spectrum, spectrum

MODES = 48


def _values(rng: np.random.Generator) -> np.ndarray:
    """A powerlaw, log-normal or exponential spectrum."""
    i = np.arange(1.0, MODES + 1)
    kind = rng.integers(3)
    if kind == 0:
        return i ** -rng.uniform(1.05, 4)
    if kind == 1:
        return np.exp(rng.normal(0, rng.uniform(0.1, 4), MODES))
    return np.exp(-rng.uniform(0.01, 1) * i)


def _target(rng: np.random.Generator) -> np.ndarray:
    return np.exp(rng.normal(0, 2, MODES))


_DEFAULT: Any = tuple(i**-1.5 for i in range(1, MODES + 1))


@parameters("random_features")
class Point:
    """One eigenframework problem with an arbitrary spectrum."""

    n: Annotated[float, Ge(1e-1), Le(1e8), Logarithmic, Doc("training points, any real")] = 50.0
    k: Annotated[float, Ge(1e-1), Le(1e8), Logarithmic, Doc("features, any real")] = 80.0
    ridge: Annotated[float, Ge(1e-14), Le(1e10), Logarithmic] = 0.1
    noise: Annotated[float, Ge(0), Le(10)] = 0.3
    values: Annotated[np.ndarray, ArrayOf(_values), Ge(0), Doc("eigenvalues")] = _DEFAULT
    target: Annotated[np.ndarray, ArrayOf(_target), Ge(0), Doc("v_i^2")] = _DEFAULT
    more_samples: Annotated[float, Ge(1), Le(4), Doc("n'/n")] = 1.0
    more_features: Annotated[float, Ge(1), Le(4), Doc("k'/k")] = 1.0


def _spectrum(p: Any) -> Spectrum:
    return spectrum(p.values, p.target)


@jax.jit
def _solved(p: Any) -> Prediction:
    return predict(_spectrum(p), n=p.n, k=p.k, ridge=p.ridge, noise=p.noise)


def _equations(p: Any) -> Any:
    s = _solved(p)
    first = s.degrees_of_freedom + p.ridge / s.kappa
    return jnp.stack([first / p.n, (s.degrees_of_freedom + p.k * s.kappa / s.gamma) / p.k])


def _wrong_equations(p: Any) -> Any:
    s = _solved(p)
    first = s.degrees_of_freedom + p.ridge / s.kappa
    return jnp.stack([first / p.n, (s.degrees_of_freedom + p.k * s.gamma / s.kappa) / p.k])


def _many_values(rng: np.random.Generator) -> np.ndarray:
    """600 eigenvalues within a few decades, so that blocks are full."""
    return np.exp(rng.normal(0, rng.uniform(0.05, 3), 600))


def _many_targets(rng: np.random.Generator) -> np.ndarray:
    return np.exp(rng.normal(0, 2, 600))


def _five(of: Spectrum, gamma: Any) -> Any:
    values, target, counts = (np.asarray(x) for x in of)  # no program for each number of nodes
    return np.stack(sums(values, target, gamma, counts))


def _sums_of_the_long_spectrum(p: Any) -> Any:
    return _five(_spectrum(p), p.ridge)


def _sums_of_the_short_spectrum(p: Any) -> Any:
    return _five(compressed(_spectrum(p)), p.ridge)


def _sums_of_half_the_spectrum(p: Any) -> Any:
    half = Spectrum(*(jnp.sort(x)[::2] for x in _spectrum(p)))
    return _five(half._replace(multiplicities=2 * half.multiplicities), p.ridge)


def _mirrored(p: Any) -> Any:
    """z with samples and features exchanged, at ridge k delta/n."""
    of = _spectrum(p)
    return predict(of, n=p.k, k=p.n, ridge=p.k * p.ridge / p.n).degrees_of_freedom


def _optimum(p: Any, n: Any, k: Any) -> Any:
    return optimal_ridge(_spectrum(p), n=n, k=k, noise=p.noise).test_risk


def _fixed(p: Any, n: Any, k: Any) -> Any:
    return predict(_spectrum(p), n=n, k=k, ridge=p.ridge, noise=p.noise).test_risk


@jax.jit
def _slope_below_n(p: Any) -> Any:
    """dlog E_te/dlog gamma at zero ridge, by differentiating the risk."""
    of = _spectrum(p)
    u = jnp.log(gamma_at_occupation(of, p.k))
    return jax.grad(lambda w: jnp.log(risk_at(of, p.n, 1 / p.k, p.noise, w)))(u)


@jax.jit
def _predicted_slope(p: Any) -> Any:
    of = _spectrum(p)
    at = sums(of.eigenvalues, of.eigcoeffs_sq, gamma_at_occupation(of, p.k))
    return slope_at_zero_ridge_below_n(p.n, p.k, at.c)


def _below_n(k: float, ratio: float, noise: float, values: Any, target: Any) -> Point:
    """k below n and below the number of modes."""
    return Point(k=k, n=k * ratio, noise=noise, values=values, target=target)


@jax.jit
def _slopes_of_optimum(p: Any) -> Any:
    """(dlog E_opt/dlog n, dlog E_opt/dlog k), through the optimiser."""

    def risk(log_n: Any, log_k: Any) -> Any:
        return jnp.log(_optimum(p, jnp.exp(log_n), jnp.exp(log_k)))

    return jnp.stack(jax.grad(risk, (0, 1))(jnp.log(p.n), jnp.log(p.k)))


def _marginal(p: Any, factor: float) -> Any:
    of = _spectrum(p)
    gamma = optimal_ridge(of, n=p.n, k=p.k, noise=p.noise).gamma
    at = sums(of.eigenvalues, of.eigcoeffs_sq, gamma)
    value = marginal_values(p.n, p.k, gamma, at, p.noise)
    return jnp.stack([p.n * value.sample, factor * p.k * value.feature])


# a power law that the kernel limit's rates are tested on; of numpy: importing starts no device
_MODES: Any = np.arange(1.0, 2001.0)
_TASK = Spectrum(_MODES**-1.5, _MODES**-1.5, 1.0 + 0.0 * _MODES)
_TASK_N, _TASK_NOISE = 64.0, 0.3


@jax.jit
def _excess_of_finite_width(k: Any) -> Any:
    """E_opt(n, k) - E_opt(n, infinity) on the fixed task."""
    both = optimal_ridge(_TASK, n=_TASK_N, k=jnp.stack([k, jnp.inf]), noise=_TASK_NOISE).test_risk
    return both[0] - both[1]


def _width_price(mixed: float) -> float:
    """Limit of k (E_opt(n, k) - E_opt(n, inf)): n/(a+c) [c^2/(a+c) (B1 + sigma^2) + mixed c B2]."""
    best = optimal_ridge(_TASK, n=_TASK_N, noise=_TASK_NOISE)
    at = sums(_TASK.eigenvalues, _TASK.eigcoeffs_sq, best.gamma)
    a, c = _TASK_N - at.z, at.c
    bracket = c**2 / (a + c) * (at.bias_squared + _TASK_NOISE) + mixed * c * at.bias_mixed
    return float(_TASK_N / (a + c) * bracket)


_WIDTHS = tuple(Point(k=k) for k in (1e3, 3e3, 1e4, 3e4))

CLAIMS: tuple[Claim, ...] = (
    Identity(
        name="rf_fixed_point",
        source="Section 3 (eigenframework); derived: see theory/random_features/_solver.py",
        statement="n = z(gamma) + delta/kappa and k = z(gamma) + k kappa/gamma at the solution",
        lhs=_equations,
        rhs=lambda p: jnp.ones(2),
        domain=Domain.of(Point),
        points=192,
        tolerance=4e-13,
        tolerance_reason="log gamma is known to eps (1 + |log gamma|), |log gamma| < 100, times 10",
        twin=Twin("gamma/kappa for kappa/gamma in the second equation", lhs=_wrong_equations),
    ),
    Inequality(
        name="effective_ridges_are_ordered",
        source="derived: the right sides of the two equations are positive",
        statement="delta/n <= kappa <= gamma",
        smaller=lambda p: jnp.stack([p.ridge / p.n, _solved(p).kappa]),
        larger=lambda p: jnp.stack([_solved(p).kappa, _solved(p).gamma]),
        domain=Domain.of(Point),
        rounding=1e-12,
        twin=Twin(
            "the random features lower the effective ridge: gamma <= kappa",
            smaller=lambda p: _solved(p).gamma,
            larger=lambda p: _solved(p).kappa,
        ),
    ),
    Identity(
        name="short_spectrum",
        source="derived: see theory/random_features/_compress.py",
        statement="interpolation at Chebyshev nodes keeps z, c, q, B1, B2 at every gamma",
        lhs=_sums_of_the_short_spectrum,
        rhs=_sums_of_the_long_spectrum,
        domain=Domain.derived(
            {
                "ridge": Annotated[float, Ge(1e-14), Le(1e10), Logarithmic],
                "values": Annotated[np.ndarray, ArrayOf(_many_values), Ge(0)],
                "target": Annotated[np.ndarray, ArrayOf(_many_targets), Ge(0)],
            },
            lambda **at: Point(**at),
        ),
        points=48,
        tolerance=2e-14,
        tolerance_reason="2/3^38 by interpolation; rounding of 600 products and their weights",
        twin=Twin("every second mode, counted twice", lhs=_sums_of_half_the_spectrum),
    ),
    Identity(
        name="df_symmetry",
        source="derived: gamma (n - z)(k - z) = k delta",
        statement="degrees of freedom z(n, k, delta) = z(k, n, k delta/n)",
        lhs=lambda p: _solved(p).degrees_of_freedom,
        rhs=_mirrored,
        domain=Domain.of(Point),
        tolerance=4e-13,
        tolerance_reason="as rf_fixed_point",
        twin=Twin(
            "exchanging n and k alone",
            rhs=lambda p: predict(_spectrum(p), n=p.k, k=p.n, ridge=p.ridge).degrees_of_freedom,
        ),
    ),
    Scaling(
        name="krr_limit",
        source="Section 3 (k to infinity); rate derived: see krr_limit_coefficient",
        statement="E_opt(n, k) - E_opt(n, inf) ~ 1/k at the optimal ridge",
        value=lambda p: _excess_of_finite_width(p.k),
        rungs=_WIDTHS,
        size=lambda p: p.k,
        exponent=-1.0,
        tolerance=0.02,
        tolerance_reason="the next term is of relative size z/k < 0.06 at the first rung",
        twin=Twin("the gap closes as 1/k^2", exponent=-2.0),
    ),
    Limit(
        name="krr_limit_coefficient",
        source="derived: first order of the risk in 1/k at fixed gamma (envelope theorem)",
        statement="k (E_opt(n,k) - E_opt(n,inf)) -> n/(a+c) [c^2/(a+c) (B1 + sigma^2) + c B2]",
        value=lambda p: p.k * _excess_of_finite_width(p.k),
        rungs=_WIDTHS,
        size=lambda p: p.k,
        limit=lambda p: _width_price(1.0),
        last_gap=0.05,
        exponent=-1.0,
        tolerance=0.05,
        tolerance_reason="second order in 1/k",
        twin=Twin("without the term c B2", limit=lambda p: _width_price(0.0)),
    ),
    Inequality(
        name="more_is_better",
        source="Theorem 1",
        statement="min_delta E_te(n', k') <= min_delta E_te(n, k) for n' >= n, k' >= k",
        smaller=lambda p: _optimum(p, p.n * p.more_samples, p.k * p.more_features),
        larger=lambda p: _optimum(p, p.n, p.k),
        domain=Domain.of(Point, n=(1.0, 150.0), k=(1.0, 150.0), ridge=1e-3),
        points=128,
        rounding=1e-12,
        twin=Twin(
            "more is better at a fixed ridge too",
            smaller=lambda p: _fixed(p, p.n * p.more_samples, p.k * p.more_features),
            larger=lambda p: _fixed(p, p.n, p.k),
        ),
    ),
    Identity(
        name="zero_ridge_never_optimal_below_n",
        source="derived: see slope_at_zero_ridge_below_n",
        statement="for k < n, dlog E_te/dlog gamma = -2 c/(n - k) < 0 at zero ridge, for any task",
        lhs=_slope_below_n,
        rhs=_predicted_slope,
        domain=Domain.derived(
            {
                "k": Annotated[float, Ge(1), Le(30)],
                "ratio": Annotated[float, Ge(1.05), Le(50)],
                "noise": Annotated[float, Ge(0), Le(10)],
                "values": Annotated[np.ndarray, ArrayOf(_values), Ge(0)],
                "target": Annotated[np.ndarray, ArrayOf(_target), Ge(0)],
            },
            _below_n,
        ),
        tolerance=1e-9,
        tolerance_reason="n - z and k - z lose up to 6 digits by subtraction on the left side",
        scale=lambda p: 1 + jnp.abs(_predicted_slope(p)),
        twin=Twin("the slope is -c/(n - k)", rhs=lambda p: _predicted_slope(p) / 2),
    ),
    Identity(
        name="marginal_values",
        source="derived: envelope theorem, see marginal_values",
        statement="dlog E_opt/dlog n and dlog E_opt/dlog k in closed form at the optimal ridge",
        lhs=_slopes_of_optimum,
        rhs=lambda p: _marginal(p, 1.0),
        domain=Domain.of(
            Point,
            n=(2.0, 40.0),
            k=(60.0, 150.0),
            noise=(0.5, 10.0),
            ridge=1e-3,
            more_samples=1.0,
            more_features=1.0,
        ),
        points=24,
        tolerance=1e-6,
        tolerance_reason="the optimum is known to 1e-8 in log gamma where the risk is flat",
        scale=1.0,
        twin=Twin("features count twice", rhs=lambda p: _marginal(p, 2.0)),
    ),
)
