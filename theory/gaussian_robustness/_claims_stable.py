"""Claims 14 to 21 of the setting: heavy tails."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import optimize

from theory import (
    Claim,
    Doc,
    Domain,
    Equals,
    Ge,
    Identity,
    Inequality,
    Law,
    Le,
    Limit,
    Logarithmic,
    Ordering,
    Scalar,
    Scaling,
    Twin,
    log,
    normal_cdf,
    planned,
    tanh,
)
from theory.gaussian_robustness._claims_gaussian import EXACT
from theory.gaussian_robustness._directions import nearest_attack_diagonal, soft_threshold_attack
from theory.gaussian_robustness._gaussian import minority_accuracy, optimal_offset
from theory.gaussian_robustness._logistic import stable_logistic_minimiser
from theory.gaussian_robustness._model import HeavyTail, Params, StableProbe
from theory.gaussian_robustness._rules import (
    accuracies,
    independent_direction,
    margins_of,
    robust_rule,
    standard_rule,
)
from theory.gaussian_robustness._stable import stable_cdf
from theory.gaussian_robustness._thresholds import (
    R_CROSSING,
    cauchy_disparity,
    cauchy_error,
    cauchy_large_margin,
    cauchy_larger_root,
    cauchy_offset,
    cauchy_threshold_residual,
    large_margin_threshold,
    linear_error,
    local_threshold,
    offset_growth,
    stationary_offset,
    trivial_threshold,
)

BOTH = ("jax", "mpmath")

# --------------------------------------------------------------------------------------------
# Domains


def _tail(m: float, fraction: float, alpha: float) -> HeavyTail:
    """R between 1 and R*(m), on a logarithmic scale."""
    R_star = float(local_threshold(m, alpha)[1])
    return HeavyTail(m=m, R=float(R_star**fraction), alpha=alpha)


TAILS = Domain.derived(
    {
        "m": Annotated[float, Ge(0.1), Le(8), Logarithmic, Doc("margin")],
        "fraction": Annotated[float, Ge(0.03), Le(0.97), Doc("log R/log R*(m)")],
        "alpha": Annotated[float, Ge(0.6), Le(1.9), Doc("stable index")],
    },
    _tail,
)
"""Imbalance from almost none to almost R*, for light and heavy tails."""

CAUCHY_TAILS = Domain.derived(
    {
        "m": Annotated[float, Ge(0.1), Le(100), Logarithmic, Doc("margin")],
        "fraction": Annotated[float, Ge(0.05), Le(0.9), Doc("log R/log R*(m)")],
    },
    lambda m, fraction: HeavyTail(m=m, R=float(np.exp(2 * np.arcsinh(m) * fraction))),
)


def cauchy_trivial_threshold(m: float) -> float:
    """R_c(m) for Cauchy noise as the one root of R F(-m-h(R)) = F(m-h(R)) in (1, R*)."""
    top = float(np.exp(2 * np.arcsinh(m)))
    root = optimize.root_scalar(
        lambda R: float(cauchy_threshold_residual(m, float(R))),
        bracket=(1 + 1e-9 * (top - 1), top * (1 - 1e-12)),
        method="brentq",
        xtol=1e-13,
    )
    return float(root.root)


def _beyond_crossing(m_robust: float, fraction: float, growth: float) -> HeavyTail:
    """R between R_x and R_c(m_robust), m = growth m_robust: both rules are non-trivial."""
    top = cauchy_trivial_threshold(m_robust)
    return HeavyTail(
        m=m_robust * growth, R=R_CROSSING * (top / R_CROSSING) ** fraction, m_robust=m_robust
    )


# R_c(1.4) = 4.99 > R_x, and R_c rises with m
CROSSED = Domain.derived(
    {
        "m_robust": Annotated[float, Ge(1.4), Le(10), Doc("margin after the attack")],
        "fraction": Annotated[float, Ge(0.01), Le(0.99), Doc("log(R/R_x)/log(R_c/R_x)")],
        "growth": Annotated[float, Ge(1.01), Le(4), Doc("m/m_robust")],
    },
    _beyond_crossing,
)

HOLTSMARK = Domain.derived(
    {
        "m": Annotated[float, Ge(0.5), Le(3)],
        "R": Annotated[float, Ge(1.3), Le(2.2)],
    },
    lambda m, R: HeavyTail(m=m, R=R, alpha=1.5),
)

STABLE_PROBES = Domain.of(StableProbe, reach=(0.05, 0.9), alpha=(1.1, 1.9))
HEAVIEST_PROBES = Domain.of(StableProbe, reach=(0.05, 0.9), alpha=(0.4, 1.0))

BALANCED = Domain.derived(
    {
        "mu_low": Annotated[float, Ge(0.05), Le(0.3)],
        "mu_high": Annotated[float, Ge(0.4), Le(1.2)],
        "alpha": Annotated[float, Ge(1.1), Le(1.9)],
        "reach": Annotated[float, Ge(0.05), Le(0.9)],
    },
    lambda mu_low, mu_high, alpha, reach: Params(
        d=6, mu_low=mu_low, mu_high=mu_high, alpha=alpha, eps=reach * mu_high, R=1,
        noise="independent",
    ),
)  # fmt: skip

INDEPENDENT = Params(
    d=20, mu_low=0.1, mu_high=0.9, eps=0.2, R=4, noise="independent", alpha=1.5, points=50
)
ELLIPTICAL = Params(
    d=20, mu_low=0.1, mu_high=0.9, eps=0.2, R=4, noise="elliptical", alpha=1.5, points=50
)
AXIS = Params(d=10, mu_low=0.5, mu_high=3, eps=0.5, R=2, noise="independent", alpha=0.8, points=50)
# |mu| = 5 in 20 dimensions, an l_2 attack of 2: margins 5 and 3
FLIP = Params(
    d=20, mu_low=float(np.sqrt(1.25)), mu_high=float(np.sqrt(1.25)), p="l2", eps=2, R=5,
    noise="elliptical", alpha=1, points=50,
)  # fmt: skip
# the same geometry with margins 2 and 1: R = 3.4 < R_c(1) = 3.50 < R_jump
BELOW_JUMP = Params(
    d=20, mu_low=float(np.sqrt(0.2)), mu_high=float(np.sqrt(0.2)), p="l2", eps=1, R=3.4,
    noise="elliptical", alpha=1, points=50,
)  # fmt: skip

# --------------------------------------------------------------------------------------------
# Formulas that only claims need


def _probe_direction(probe: StableProbe) -> Scalar:
    mu, sigma = jnp.asarray(probe.mu), jnp.asarray(probe.sigma)
    return independent_direction(mu, sigma, probe.eps, probe.alpha)


def _probe_margin(probe: StableProbe, w: Scalar) -> Scalar:
    size = jnp.abs(w) * jnp.asarray(probe.sigma)
    top = jnp.max(size)
    scale = top * jnp.sum((size / top) ** probe.alpha) ** (1 / probe.alpha)
    return (w @ jnp.asarray(probe.mu) - probe.eps * jnp.sum(jnp.abs(w))) / scale


def _dual_distance(probe: StableProbe) -> Scalar:
    """(sum_j ((|mu_j| - eps)_+/sigma_j)^{a'})^{1/a'}, a' = alpha/(alpha - 1)."""
    mu = jnp.asarray(probe.mu)
    v = (mu - soft_threshold_attack(mu, probe.eps)) / jnp.asarray(probe.sigma)
    conjugate = probe.alpha / (probe.alpha - 1)
    top = jnp.max(jnp.abs(v))
    return top * jnp.sum((jnp.abs(v) / top) ** conjugate) ** (1 / conjugate)


def _wrong_exponent(probe: StableProbe) -> Scalar:
    mu, sigma = jnp.asarray(probe.mu), jnp.asarray(probe.sigma)
    reach = jnp.maximum(jnp.abs(mu) - probe.eps, 0.0) / sigma
    return _probe_margin(probe, jnp.sign(mu) / sigma * reach ** (probe.alpha - 1))


def _euclidean_margin(probe: StableProbe) -> Scalar:
    mu, sigma = jnp.asarray(probe.mu), jnp.asarray(probe.sigma)
    z = nearest_attack_diagonal(mu, sigma, probe.eps, "linf")
    return _probe_margin(probe, (mu - z) / sigma**2)


def _balanced_accuracy(params: Params) -> Scalar:
    rule = robust_rule(params)
    return accuracies(rule.w, 0.0, params).majority


def _balanced_standard(params: Params) -> Scalar:
    return stable_cdf(standard_rule(params).margin, params.alpha)


def _balanced_attacked(params: Params) -> Scalar:
    return stable_cdf(robust_rule(params).margin, params.alpha)


@jax.jit
def _advantage(t: HeavyTail, threshold: Scalar) -> Scalar:
    """(threshold - R)(error of the constant rule - error of the stationary rule)."""
    h = stationary_offset(t.m, t.R, t.alpha)
    return (threshold - t.R) * (1 / (1 + t.R) - linear_error(t.m, h, t.R, t.alpha))


def _minority(params: Params) -> Scalar:
    rule = standard_rule(params)
    return accuracies(rule.w, rule.b, params).minority


def _attacked_minority(params: Params) -> Scalar:
    rule = robust_rule(params)
    return accuracies(rule.w, rule.b, params).robust_minority


def _attacked_minority_last_root(params: Params) -> Scalar:
    margin = margins_of(robust_rule(params).w, params).robust
    return stable_cdf(margin - local_threshold(margin, params.alpha)[0], params.alpha)


def _attacked_minority_gaussian_offset(params: Params) -> Scalar:
    margins = margins_of(robust_rule(params).w, params)
    return stable_cdf(margins.robust - optimal_offset(margins.robust, params.R), params.alpha)


def _normal_minority(params: Params) -> Scalar:
    s = standard_rule(params).margin
    return minority_accuracy(s, optimal_offset(s, params.R))


def _flip(t: HeavyTail) -> tuple[Scalar, Scalar]:
    """(AD of the robust rule, AD of the standard rule) at the common natural margin m."""
    return (
        cauchy_disparity(t.m, cauchy_offset(t.m_robust, t.R)),
        cauchy_disparity(t.m, cauchy_offset(t.m, t.R)),
    )


def _root_symmetries(t: HeavyTail) -> list[Scalar]:
    small, large = cauchy_offset(t.m, t.R), cauchy_larger_root(t.m, t.R)
    return [small * large, small + large]


def _offset_ratio(t: HeavyTail) -> Scalar:
    return stationary_offset(t.m, t.R, t.alpha) / t.m


def _logistic_offset(t: HeavyTail) -> Scalar:
    w, b = stable_logistic_minimiser(t.m, t.R, t.alpha)
    return b / w


def _margin(t: HeavyTail) -> float:
    return float(t.m)


_CHUNK = 1024  # points times quadrature nodes stay within a few megabytes


@jax.jit
def _chunked_cdf(x: Scalar, alpha: Scalar) -> Scalar:
    return jax.lax.map(lambda part: stable_cdf(part, alpha), x)


def _noise_cdf(params: Params, x: Any) -> Any:
    x = np.asarray(x, float)
    padded = np.zeros(-(-x.size // _CHUNK) * _CHUNK)
    padded[: x.size] = x
    values = _chunked_cdf(padded.reshape(-1, _CHUNK), params.alpha)
    return np.asarray(values).reshape(-1)[: x.size]


_LOSS_RUNGS = tuple(
    Params(d=1, mu_low=1, noise="independent", alpha=0.5, n=n, eps=0) for n in (64, 256, 1024, 4096)
)

CLAIMS: tuple[Claim, ...] = (
    Identity(
        name="stable_margin_duality",
        source="derived: minimax and Hoelder",
        statement="1 < alpha < 2, l_inf: max_w m(w) = (sum ((|mu_j|-eps)_+/sigma_j)^a')^(1/a'),"
        " a' = alpha/(alpha-1), at w_j ~ ((|mu_j|-eps)_+/sigma_j)^(1/(alpha-1))/sigma_j",
        lhs=lambda probe: _probe_margin(probe, _probe_direction(probe)),
        rhs=_dual_distance,
        domain=STABLE_PROBES,
        tolerance=1e-12,
        tolerance_reason="powers up to a' = 11 and sums of six terms in float64",
        twin=Twin("exponent alpha - 1 in place of 1/(alpha - 1)", lhs=_wrong_exponent),
    ),
    Inequality(
        name="stable_margin_best",
        source="derived: Hoelder",
        statement="1 < alpha < 2: no direction has a margin above the dual norm of mu - z",
        smaller=lambda probe: _probe_margin(probe, jnp.asarray(probe.w)),
        larger=_dual_distance,
        domain=STABLE_PROBES,
        points=96,
        twin=Twin(
            "the Gaussian direction attains it",
            smaller=_dual_distance,
            larger=_euclidean_margin,
        ),
    ),
    Inequality(
        name="stable_margin_axis",
        source="derived: gamma(w) >= sum_j sigma_j |w_j| for alpha <= 1",
        statement="alpha <= 1, l_inf: no direction beats the best single coordinate axis",
        smaller=lambda probe: _probe_margin(probe, jnp.asarray(probe.w)),
        larger=lambda probe: _probe_margin(probe, _probe_direction(probe)),
        domain=HEAVIEST_PROBES,
        points=96,
        rounding=1e-12,
        twin=Twin(
            "the Gaussian direction is better",
            smaller=lambda probe: _probe_margin(probe, _probe_direction(probe)),
            larger=_euclidean_margin,
        ),
    ),
    Inequality(
        name="stable_balanced_degradation",
        source="abstract: robustness degrades the balanced accuracy for stable noise too",
        statement="R = 1: F(k) <= F(m_std), and the best offset is 0",
        smaller=_balanced_accuracy,
        larger=_balanced_standard,
        domain=BALANCED,
        points=24,
        twin=Twin("down to the robust accuracy F(m_rob)", larger=_balanced_attacked),
    ),
    Inequality(
        name="stable_trivial_threshold",
        source="derived: see trivial_threshold",
        statement="the best rule is non-trivial iff R < R_c(m) = sup_x F(x+2m)/F(x)",
        smaller=lambda t: 0.0,
        larger=lambda t: _advantage(t, trivial_threshold(t.m, t.alpha).R),
        domain=TAILS,
        points=48,
        supported_by=("cauchy_half_margin_threshold",),
        twin=Twin(
            "iff R < R*(m) = max_h f(m-h)/f(m+h)",
            larger=lambda t: _advantage(t, local_threshold(t.m, t.alpha)[1]),
        ),
    ),
    Identity(
        name="stable_threshold_offset",
        source="derived: at the supremum, F(x+2m)/F(x) = f(x+2m)/f(x)",
        statement="the supremum R_c is attained at x = -m - h with h stationary for R = R_c",
        lhs=lambda t: stationary_offset(t.m, trivial_threshold(t.m, t.alpha).R, t.alpha),
        rhs=lambda t: trivial_threshold(t.m, t.alpha).h,
        domain=TAILS,
        points=24,
        tolerance=1e-7,
        tolerance_reason="the supremum is flat: h is known to sqrt(1e-14) at worst, R_c to 1e-13",
        twin=Twin(
            "attained where f(m-h)/f(m+h) is largest",
            rhs=lambda t: local_threshold(t.m, t.alpha)[0],
        ),
    ),
    Equals(
        name="stable_trivial_jump",
        source="derived: the transition is of first order",
        statement="just below R_c the minority accuracy of the attacked rule is still F(m - h)",
        observable="attacked[1]",
        cases=(BELOW_JUMP,),
        prediction=_attacked_minority,
        tolerance=0.01,
        tolerance_reason=EXACT,
        support=(0.0, 1.0),
        planned_trials=planned(0.25 / 50, 0.01),
        twin=Twin(
            "the offset at the transition is that of R*, sqrt(1 + m^2)",
            prediction=_attacked_minority_last_root,
        ),
    ),
    Equals(
        name="stable_class_accuracies",
        source="derived",
        statement="independent, elliptical and single-axis rules under attack: F(m_rob - h(m_rob))",
        observable="attacked[1]",
        cases=(INDEPENDENT, ELLIPTICAL, AXIS),
        prediction=_attacked_minority,
        tolerance=0.008,
        tolerance_reason=EXACT,
        support=(0.0, 1.0),
        planned_trials=planned(0.25 / 50, 0.008),
        twin=Twin("the Gaussian offset log(R)/(2m)", prediction=_attacked_minority_gaussian_offset),
    ),
    Equals(
        name="stable_class_accuracies_standard",
        source="derived",
        statement="the standard rule: minority accuracy F(m_std - h(m_std))",
        observable="standard[1]",
        cases=(INDEPENDENT, ELLIPTICAL, AXIS),
        prediction=_minority,
        tolerance=0.008,
        tolerance_reason=EXACT,
        support=(0.0, 1.0),
        planned_trials=planned(0.25 / 50, 0.008),
        twin=Twin("the Gaussian accuracy at the same margin", prediction=_normal_minority),
    ),
    Law(
        name="stable_projection_law",
        source="derived: w.xi = gamma(w) S",
        statement="a rule's score minus its mean, divided by gamma(w), has the law F",
        observable="projection",
        cases=(INDEPENDENT, ELLIPTICAL),
        cdf=_noise_cdf,
        width=0.06,
        width_reason=EXACT,
        planned_trials=5_000,
        mode="projection",
        twin=Twin("standard normal", cdf=lambda params, x: normal_cdf(jnp.asarray(x))),
    ),
    Identity(
        name="stable_optimal_offset",
        source="derived",
        statement="Cauchy: the best offset is [m(R+1) - sqrt(4Rm^2-(R-1)^2)]/(R-1)",
        lhs=lambda t: stationary_offset(t.m, t.R, 1.0),
        rhs=lambda t: cauchy_offset(t.m, t.R),
        domain=CAUCHY_TAILS,
        tolerance=1e-10,
        tolerance_reason="bisection on densities with 1e-14 relative error, R up to 0.9 of log R*",
        supported_by=("cauchy_stationarity",),
        twin=Twin("the larger root", rhs=lambda t: cauchy_larger_root(t.m, t.R)),
    ),
    Identity(
        name="stable_optimal_offset_roots",
        source="derived",
        statement="Cauchy: the two stationary offsets have product 1 + m^2 and sum 2m(R+1)/(R-1)",
        lhs=_root_symmetries,
        rhs=lambda t: [1 + t.m**2, 2 * t.m * (t.R + 1) / (t.R - 1)],
        domain=CAUCHY_TAILS,
        evaluators=BOTH,
        supported_by=("cauchy_stationarity",),
        twin=Twin("sum 2m/(R-1)", rhs=lambda t: [1 + t.m**2, 2 * t.m / (t.R - 1)]),
    ),
    Inequality(
        name="stable_optimal_offset_smaller_root",
        source="derived",
        statement="Cauchy: the smaller root errs less than the larger one",
        smaller=lambda t: cauchy_error(t.m, cauchy_offset(t.m, t.R), t.R),
        larger=lambda t: cauchy_error(t.m, cauchy_larger_root(t.m, t.R), t.R),
        domain=CAUCHY_TAILS,
        evaluators=BOTH,
        twin=Twin(
            "the larger root is the optimum",
            smaller=lambda t: cauchy_error(t.m, cauchy_larger_root(t.m, t.R), t.R),
            larger=lambda t: cauchy_error(t.m, cauchy_offset(t.m, t.R), t.R),
        ),
    ),
    Limit(
        name="heavy_tail_offset_growth",
        source="derived: f(x) ~ x^(-1-alpha)",
        statement="Cauchy, R = 5: h/m -> tanh(log R/4), error O(m^-2)",
        value=_offset_ratio,
        limit=lambda t: offset_growth(t.R, t.alpha),
        rungs=tuple(HeavyTail(m=float(2**i), R=5, alpha=1) for i in range(3, 9)),
        size=_margin,
        exponent=-2.0,
        last_gap=1e-4,
        tolerance=0.02,
        tolerance_reason="h/m is a function of m^-2: the next term is O(m^-4)",
        twin=Twin("tanh(log R/(2 alpha))", limit=lambda t: tanh(log(t.R) / (2 * t.alpha))),
    ),
    Limit(
        name="heavy_tail_offset_growth_holtsmark",
        source="derived: the density's second tail term is x^(-alpha) smaller",
        statement="Holtsmark, R = 5: h/m -> tanh(log R/5), error O(m^-3/2)",
        value=_offset_ratio,
        limit=lambda t: offset_growth(t.R, t.alpha),
        rungs=tuple(HeavyTail(m=50.0 * 2**i, R=5, alpha=1.5) for i in range(5)),
        size=_margin,
        exponent=-1.5,
        last_gap=1e-4,
        tolerance=0.02,
        tolerance_reason="the next term is O(m^-3)",
        twin=Twin("tanh(log R/(2 alpha))", limit=lambda t: tanh(log(t.R) / (2 * t.alpha))),
    ),
    Inequality(
        name="cauchy_disparity_sign_flip",
        source="derived",
        statement="elliptical Cauchy, l_2, R > R_x, both rules non-trivial: robustness REDUCES the"
        " disparity",
        smaller=lambda t: _flip(t)[0],
        larger=lambda t: _flip(t)[1],
        domain=CROSSED,
        points=100,
        evaluators=BOTH,
        supported_by=("cauchy_offset_rises_beyond_turning",),
        twin=Twin(
            "the gap is positive always",
            smaller=lambda t: _flip(t)[1],
            larger=lambda t: _flip(t)[0],
        ),
    ),
    Ordering(
        name="cauchy_disparity_sign_flip_simulated",
        source="derived",
        statement="m_std = 5, m_rob = 3, R = 5: the standard rule's disparity .0572 exceeds .0339",
        observable="disparity[0]",
        below="disparity[1]",
        cases=(FLIP,),
        support=(-2.0, 2.0),
        planned_trials=2000,
        twin=Twin("the gap is positive", observable="disparity[1]", below="disparity[0]"),
    ),
    Limit(
        name="cauchy_large_margin",
        source="derived",
        statement="Cauchy: R_c(m)/(sqrt(2 pi m) - 1)^2 -> 1, error O(m^-3/2)",
        value=lambda t: trivial_threshold(t.m, t.alpha).R / cauchy_large_margin(t.m),
        limit=1.0,
        rungs=tuple(HeavyTail(m=100.0 * 4**i, R=2, alpha=1) for i in range(5)),
        size=_margin,
        exponent=-1.5,
        last_gap=1e-6,
        tolerance=0.05,
        tolerance_reason="the next term is O(m^-1/2) relative",
        twin=Twin(
            "(sqrt(2 pi m) + 1)^2",
            value=lambda t: (
                trivial_threshold(t.m, t.alpha).R / (jnp.sqrt(2 * jnp.pi * t.m) + 1) ** 2
            ),
        ),
    ),
    Limit(
        name="large_margin_threshold",
        source="derived: F(-x) ~ C_alpha x^-alpha",
        statement="R_c(m) C_alpha/(2m)^alpha -> 1, error O(m^(-alpha/(1+alpha))), alpha = 3/2",
        value=lambda t: trivial_threshold(t.m, t.alpha).R / large_margin_threshold(t.m, t.alpha),
        limit=1.0,
        rungs=tuple(HeavyTail(m=100.0 * 8**i, R=2, alpha=1.5) for i in range(5)),
        size=_margin,
        exponent=-0.6,
        last_gap=1e-3,
        tolerance=0.02,
        tolerance_reason="the next term is O(m^-0.6) relative: 0.02 at m = 1000",
        twin=Twin(
            "twice that (Gamma(alpha) sin(pi alpha/2)/pi taken for the two-sided tail)",
            limit=0.5,
        ),
    ),
    Scaling(
        name="logistic_diverges_alpha_le_1",
        source="derived: E|w.xi| is infinite",
        statement="alpha = 1/2: the mean logistic loss of n points at a fixed w grows like"
        " n^(1/alpha - 1); its power alpha/4 has expectation ~ n^((1 - alpha)/4)",
        value="loss_power",
        rungs=_LOSS_RUNGS,
        size=lambda params: params.n,
        exponent=0.125,
        tolerance=0.02,
        tolerance_reason="the law of the rescaled mean settles like n^-1/2: 0.1 at the first rung",
        mode="heavy_loss",
        trials_per_rung=4096,
        twin=Twin("the mean loss converges", exponent=0.0),
    ),
    Inequality(
        name="logistic_overpredicts_majority",
        source="derived",
        statement="Holtsmark: the population logistic offset b/w exceeds the best 0-1 offset",
        smaller=lambda t: stationary_offset(t.m, t.R, t.alpha),
        larger=_logistic_offset,
        domain=HOLTSMARK,
        points=24,
        twin=Twin(
            "as for the Gaussian, logistic training finds an offset no larger than the best",
            smaller=_logistic_offset,
            larger=lambda t: stationary_offset(t.m, t.R, t.alpha),
        ),
    ),
)
