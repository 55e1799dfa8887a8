"""Claims on powerlaw tasks: limits of exactly computed quantities, and inequalities."""

from typing import Annotated, Any

import jax

from theory import (
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
from theory.random_features._framework import sums
from theory.random_features._kernel_limit import (
    finite_noise_threshold,
    finite_width_threshold,
    optimal_fitting_root,
    relative_risk_at,
    zero_ridge,
)
from theory.random_features._powerlaw import (
    bias_constant,
    noise_threshold,
    occupation_constant,
    overfitting_penalty,
    penalty_lower_bound,
    printed_risk_curve,
    relative_risk,
    unsquared_bias_constant,
    width_threshold,
    zero_ridge_amplification,
    zero_ridge_risk,
)
from theory.random_features._predict import optimal_ridge, predict
from theory.random_features._spectra import infinite_powerlaw


@parameters("random_features")
class Powerlaw:
    """A powerlaw task and a size."""

    alpha: Annotated[float, Ge(1.05), Le(6), Doc("lambda_i = i^-alpha")] = 1.5
    beta: Annotated[float, Ge(1.02), Le(12), Doc("v_i^2 = i^-beta")] = 1.5
    noise: Annotated[float, Ge(0), Le(100), Doc("sigma^2 over E_0")] = 0.0
    r: Annotated[float, Ge(0), Le(0.99), Doc("square root of the fitting ratio")] = 0.0
    n: Annotated[float, Ge(1), Le(1e12), Logarithmic, Doc("samples, or 1/kappa")] = 100.0
    width: Annotated[float, Ge(0.01), Le(100), Doc("k/n")] = 2.0


def _rungs(*sizes: float, **task: float) -> tuple[Powerlaw, ...]:
    return tuple(Powerlaw(n=n, **task) for n in sizes)


def _size(p: Any) -> float:
    return p.n


@jax.jit
def _at_kappa(alpha: Any, beta: Any, kappa: Any) -> Any:
    of = infinite_powerlaw(alpha, beta)
    return sums(of.eigenvalues, of.eigcoeffs_sq, kappa, of.multiplicities)


def _scaled_bias(p: Any) -> Any:
    """B1/kappa^p at kappa = 1/n."""
    return _at_kappa(p.alpha, p.beta, 1 / p.n).bias_squared * p.n ** ((p.beta - 1) / p.alpha)


def _missing_half(p: Any) -> Any:
    """C1 kappa^(-1/alpha) - z at kappa = 1/n."""
    integral = occupation_constant(p.alpha) * p.n ** (1 / p.alpha)
    return integral - _at_kappa(p.alpha, p.beta, 1 / p.n).z


def _risk_over_formula(p: Any) -> Any:
    exact = relative_risk_at(p.alpha, p.beta, p.noise, p.n, p.r)
    return exact / relative_risk(p.alpha, p.beta, p.noise, p.r)


def _risk_over_wrong_formula(p: Any) -> Any:
    exact = relative_risk_at(p.alpha, p.beta, p.noise, p.n, p.r)
    return exact / relative_risk(p.alpha, p.beta, p.noise / p.alpha, p.r)


def _best_root(p: Any) -> Any:
    """The optimal r at finite n, from the infinite spectrum."""
    e0 = zero_ridge(p.alpha, p.beta, p.n)[1]
    of = infinite_powerlaw(p.alpha, p.beta)
    return optimal_ridge(of, n=p.n, noise=p.noise * e0).fitting_ratio_root


def _amplification(p: Any) -> Any:
    of = infinite_powerlaw(p.alpha, p.beta)
    return predict(of, n=p.n, k=p.width * p.n, ridge=0.0).overfitting_coefficient


def _fixed_noise_excess(p: Any) -> Any:
    """E_te - sigma^2 at the optimal ridge, sigma^2 = 1."""
    of = infinite_powerlaw(p.alpha, p.beta)
    return optimal_ridge(of, n=p.n, noise=1.0).test_risk - 1.0


def _task(alpha: float, decay: float, noise: float, r: float, n: float) -> Powerlaw:
    """beta from p = (beta - 1)/alpha, off the printed formula's 0/0 at p = 1."""
    return Powerlaw(alpha=alpha, beta=1 + decay * alpha, noise=noise, r=r, n=n)


def _obligatory(alpha: float, gap: float, r: float) -> Powerlaw:
    return Powerlaw(alpha=alpha, beta=alpha + gap, r=r)


CLAIMS: tuple[Claim, ...] = (
    Limit(
        name="powerlaw_sums",
        source="Appendix (powerlaw lemmas); rate derived: zeta(beta - 2 alpha) kappa^(2 - p)",
        statement="B1/kappa^p -> C2 = pi (alpha-beta+1)/(alpha^2 sin(pi p)), p = (beta-1)/alpha",
        value=_scaled_bias,
        rungs=_rungs(1e2, 1e3, 1e4, 1e5),
        size=_size,
        limit=lambda p: bias_constant(p.alpha, p.beta),
        last_gap=1e-6,
        exponent=-5 / 3,
        tolerance=0.01,
        tolerance_reason="the next term is kappa times smaller",
        twin=Twin(
            "the constant of B1 + B2, without the factor (alpha - beta + 1)/alpha",
            limit=lambda p: unsquared_bias_constant(p.alpha, p.beta),
        ),
    ),
    Limit(
        name="powerlaw_occupation",
        source="Appendix (z up to O(1)); constant derived: Euler-Maclaurin",
        statement="C1 kappa^(-1/alpha) - z -> 1/2",
        value=_missing_half,
        rungs=_rungs(1e1, 1e2, 1e3, 1e4),
        size=_size,
        limit=0.5,
        last_gap=1e-4,
        exponent=-1.0,
        tolerance=0.05,
        tolerance_reason="the next term, zeta(-2 alpha) kappa^2, is under 0.1 of it at 1/kappa=10",
        twin=Twin("the sum is its integral", limit=0.0),
    ),
    Identity(
        name="printed_risk_prefactor",
        source="Section 5 (powerlaw risk curve)",
        statement="alpha C2 (C1/n)^(beta-1) times the relative risk is the printed curve",
        lhs=lambda p: (
            zero_ridge_risk(p.alpha, p.beta, p.n) * relative_risk(p.alpha, p.beta, p.noise, p.r)
        ),
        rhs=lambda p: printed_risk_curve(p.alpha, p.beta, p.noise, p.r, p.n),
        domain=Domain.derived(
            {
                "alpha": Annotated[float, Ge(1.2), Le(4)],
                "decay": Annotated[float, Ge(0.1), Le(0.9)],
                "noise": Annotated[float, Ge(0), Le(10)],
                "r": Annotated[float, Ge(0), Le(0.9)],
                "n": Annotated[float, Ge(10), Le(1e6), Logarithmic],
            },
            _task,
        ),
        points=24,
        evaluators=("jax", "mpmath"),
        twin=Twin(
            "E_0 without the overfitting coefficient alpha",
            lhs=lambda p: (
                zero_ridge_risk(p.alpha, p.beta, p.n)
                * relative_risk(p.alpha, p.beta, p.noise, p.r)
                / p.alpha
            ),
        ),
    ),
    Limit(
        name="interpolation_error_rate",
        source="Section 6 (how beta is measured); constant from Section 5",
        statement="no ridge, no noise: E_te n^(beta-1) -> alpha C2 C1^(beta-1)",
        value=lambda p: zero_ridge(p.alpha, p.beta, p.n)[1] / zero_ridge_risk(p.alpha, p.beta, p.n),
        rungs=_rungs(1e2, 1e3, 1e4, 1e5),
        size=_size,
        limit=1.0,
        last_gap=1e-5,
        exponent=-1.0,
        tolerance=0.02,
        tolerance_reason="the relative gap is beta/(2n) up to O(1/n^2)",
        twin=Twin("without the overfitting coefficient alpha", limit=lambda p: 1 / p.alpha),
    ),
    Limit(
        name="powerlaw_risk_curve",
        source="Section 5 (powerlaw risk curve); rate O(n^-min(1, 2 alpha + 1 - beta))",
        statement="E_te/E_0 -> [(1-r)^(1-beta) + alpha sigma2_rel]/[1 + (alpha-1) r] at fixed r",
        value=_risk_over_formula,
        rungs=_rungs(1e2, 1e3, 1e4, 1e5, noise=0.5, r=0.3),
        size=_size,
        limit=1.0,
        last_gap=1e-5,
        exponent=-1.0,
        tolerance=0.05,
        tolerance_reason="relative corrections O(1/n)",
        twin=Twin("sigma2_rel for alpha sigma2_rel", value=_risk_over_wrong_formula),
    ),
    Limit(
        name="powerlaw_risk_curve_steep_target",
        source="Section 5; the slow rate n^-(2 alpha + 1 - beta)",
        statement="at beta = 3.5 > 2 alpha the curve is reached as n^-1/2 only (alpha = 1.5)",
        value=_risk_over_formula,
        rungs=_rungs(1e5, 1e6, 1e7, 1e8, beta=3.5, noise=5.0, r=0.1),
        size=_size,
        limit=1.0,
        last_gap=3e-3,
        exponent=-0.5,
        tolerance=0.03,
        tolerance_reason="relative corrections O(n^-1/2) of the leading gap",
        twin=Twin("the rate is 1/n for every target", exponent=-1.0),
    ),
    Limit(
        name="optimal_fitting_ratio",
        source="Theorem 2",
        statement="optimal r -> root of alpha-beta-(alpha-1) beta r+alpha(alpha-1)(1-r)^beta noise",
        value=_best_root,
        rungs=_rungs(1e2, 3e2, 1e3, 3e3, noise=0.5),
        size=_size,
        limit=lambda p: optimal_fitting_root(p.alpha, p.beta, p.noise),
        last_gap=1e-4,
        exponent=-1.0,
        tolerance=0.02,
        tolerance_reason="n (r_n - r*) is constant to 0.3 % on these rungs",
        twin=Twin(
            "the coefficient alpha - 1 for alpha (alpha - 1)",
            limit=lambda p: optimal_fitting_root(p.alpha, p.beta, p.noise / p.alpha),
        ),
    ),
    Limit(
        name="zero_ridge_iff",
        source="Corollary 1; finite n derived: see finite_noise_threshold",
        statement="zero ridge is optimal iff sigma2_rel <= (beta-alpha)/(alpha (alpha-1))",
        value=lambda p: finite_noise_threshold(p.alpha, p.beta, p.n),
        rungs=_rungs(1e2, 1e3, 1e4, 1e5, beta=2.0),
        size=_size,
        limit=lambda p: noise_threshold(p.alpha, p.beta),
        last_gap=1e-5,
        exponent=-1.0,
        tolerance=0.03,
        tolerance_reason="the relative gap is 1/(2n) up to O(1/n^2)",
        twin=Twin(
            "(beta - alpha)/(alpha - 1)",
            limit=lambda p: p.alpha * noise_threshold(p.alpha, p.beta),
        ),
    ),
    Inequality(
        name="obligatory_overfitting",
        source="Section 5; constant derived: see penalty_lower_bound",
        statement="noise-free, beta >= alpha: E_te(R)/E_te(0) >= 1 + (beta - alpha) sqrt(R)",
        smaller=lambda p: penalty_lower_bound(p.alpha, p.beta, p.r),
        larger=lambda p: overfitting_penalty(p.alpha, p.beta, p.r),
        domain=Domain.derived(
            {
                "alpha": Annotated[float, Ge(1.05), Le(6)],
                "gap": Annotated[float, Ge(0), Le(5)],
                "r": Annotated[float, Ge(0), Le(0.99)],
            },
            _obligatory,
        ),
        evaluators=("jax", "mpmath"),
        twin=Twin("slope beta - 1", smaller=lambda p: 1 + (p.beta - 1) * p.r),
    ),
    Limit(
        name="width_threshold",
        source="derived: see width_threshold",
        statement="zero ridge is optimal from k/n = 1 + tau* on, tau* in closed form; n^-(1-g)",
        value=lambda p: finite_width_threshold(p.alpha, p.beta, p.noise, p.n),
        rungs=_rungs(1e4, 1e5, 1e6, 1e7, beta=2.0),
        size=_size,
        limit=lambda p: width_threshold(p.alpha, p.beta, p.noise),
        last_gap=1e-3,
        exponent=-0.5,
        tolerance=0.03,
        tolerance_reason="g = 1/2: corrections n^-1/2, the next of relative order n^-1/2",
        twin=Twin("the threshold is 1 + 2/g", limit=lambda p: 1 + 2 / (p.beta - p.alpha)),
    ),
    Limit(
        name="zero_ridge_amplification",
        source="derived: c/z -> 1/alpha at z = min(n, k)",
        statement="noise amplification without ridge -> alpha + 1/(k/n - 1) (k > n)",
        value=_amplification,
        rungs=_rungs(1e1, 1e2, 1e3, 1e4, alpha=1.8, width=3.0),
        size=_size,
        limit=lambda p: zero_ridge_amplification(p.alpha, p.width),
        last_gap=1e-3,
        exponent=-1.0,
        tolerance=0.05,
        tolerance_reason="corrections O(1/n)",
        twin=Twin("alpha, as for the kernel", limit=lambda p: p.alpha),
    ),
    Scaling(
        name="fixed_noise_rate",
        source="derived: balance of bias and variance at fixed noise",
        statement="at fixed noise the optimal excess risk falls as n^-(beta-1)/beta",
        value=_fixed_noise_excess,
        rungs=_rungs(1e8, 1e9, 1e10, 1e11, alpha=2.0, beta=2.0),
        size=_size,
        exponent=-0.5,
        tolerance=0.01,
        tolerance_reason="relative corrections n^-1/2",
        twin=Twin("the noise-free rate n^-(beta-1)", exponent=-1.0),
    ),
)
