"""Claims on the optimal rules of the Gaussian model and on the duality of their margins."""

from typing import Any

import jax.numpy as jnp

from theory import (
    Claim,
    Equals,
    Identity,
    Inequality,
    Twin,
    planned,
)
from theory.gaussian_robustness import _claimed as st
from theory.gaussian_robustness import _domains as domains
from theory.gaussian_robustness._gaussian import (
    optimal_offset,
    population_error,
)

BOTH = ("jax", "mpmath")
EXACT = "the law is exact; the tolerance is the resolution asked of the test"
ARRAYS = "float64 array code: solves and sums of six terms, condition of Sigma below 100"


def _simulated(**fields: Any) -> Equals:
    # 50 points a trial. On [0, 1] a betting test cannot decide before about 30/tolerance trials,
    # however small the variance: more points a trial would be wasted.
    tolerance = fields["tolerance"]
    return Equals(
        cases=domains.GAUSSIAN_CASES,
        tolerance_reason=EXACT,
        support=(0.0, 1.0),
        planned_trials=planned(0.2 / 50, tolerance),
        **fields,
    )


OPTIMA: tuple[Claim, ...] = (
    _simulated(
        name="gaussian_optimal_standard",
        source="derived: linear discriminant analysis",
        statement="w = 2 Sigma^{-1} mu, b = log R: minority accuracy Phi(s - log(R)/(2s))",
        observable="standard[1]",
        prediction=st.standard_minority,
        tolerance=0.004,
        twin=Twin("b = (1/2) log R with the same w", prediction=st.standard_half_offset),
    ),
    _simulated(
        name="gaussian_optimal_standard_majority",
        source="derived: linear discriminant analysis",
        statement="the same rule: majority accuracy Phi(s + log(R)/(2s))",
        observable="standard[0]",
        prediction=st.standard_majority,
        tolerance=0.004,
        twin=Twin("the classes' accuracies exchanged", prediction=st.standard_minority),
    ),
    Inequality(
        name="gaussian_optimal_standard_best",
        source="derived: P(error) falls in m at fixed h, and exp(2mh) = R is stationary",
        statement="no margin m <= s and offset h errs less than (s, log(R)/(2s))",
        smaller=lambda r: population_error(r.s, optimal_offset(r.s, r.R), r.R),
        larger=lambda r: population_error(r.m, r.h, r.R),
        domain=domains.RULES,
        evaluators=BOTH,
        twin=Twin(
            "the offset log(R)/s is the best",
            smaller=lambda r: population_error(r.s, 2 * optimal_offset(r.s, r.R), r.R),
        ),
    ),
    _simulated(
        name="gaussian_optimal_robust",
        source="derived; direction as in Dan, Wei and Ravikumar 2020",
        statement="w = 2 Sigma^{-1}(mu - z), b = log R, under the explicit attack: minority"
        " accuracy Phi(s_r - log(R)/(2 s_r))",
        observable="attacked[1]",
        prediction=st.attacked_minority,
        tolerance=0.004,
        twin=Twin("the standard offset h_s", prediction=st.attacked_minority_standard_offset),
    ),
    _simulated(
        name="gaussian_optimal_robust_majority",
        source="derived",
        statement="majority accuracy of the same rule under attack: Phi(s_r + log(R)/(2 s_r))",
        observable="attacked[0]",
        prediction=st.attacked_majority,
        tolerance=0.004,
        twin=Twin("the classes' accuracies exchanged", prediction=st.attacked_minority),
    ),
    _simulated(
        name="gaussian_optimal_robust_natural",
        source="derived",
        statement="natural minority accuracy of the robust rule: Phi(k - log(R)/(2 s_r))",
        observable="robust[1]",
        prediction=st.robust_rule_minority,
        tolerance=0.004,
        twin=Twin("natural margin taken for the robust one", prediction=st.attacked_minority),
    ),
    Identity(
        name="gaussian_optimal_robust_soft_threshold",
        source="derived: separable projection",
        statement="l_inf, diagonal Sigma: the soft-thresholded direction attains s_r",
        lhs=st.soft_margin,
        rhs=lambda params: st.spread_margins(params)[2],
        domain=domains.SPREAD_MEANS,
        evaluators=BOTH,
        twin=Twin("hard threshold mu_j 1{|mu_j| > eps}", lhs=st.hard_margin),
    ),
    Inequality(
        name="gaussian_optimal_robust_best",
        source="derived: weak duality",
        statement="no direction w has a robust margin above s_r (l_1, l_2, l_inf; full Sigma)",
        smaller=lambda probe: st.probe_margin(probe, jnp.asarray(probe.w)),
        larger=lambda probe: st.probe_margin(probe, st.probe_direction(probe)),
        domain=domains.PROBES,
        points=96,
        rounding=1e-11,
        twin=Twin(
            "z = eps mu/|mu|_2 whatever the norm",
            smaller=lambda probe: st.probe_margin(probe, st.probe_direction(probe)),
            larger=st.euclidean_direction_distance,
        ),
    ),
    Identity(
        name="robust_margin_duality",
        source="derived: minimax",
        statement="max_w m(w) = min over |z|_p <= eps of |mu - z| in Sigma^{-1}",
        lhs=lambda probe: st.probe_margin(probe, st.probe_direction(probe)),
        rhs=lambda probe: st.probe_distance(probe, st.probe_attack(probe)),
        domain=domains.PROBES,
        tolerance=1e-11,
        tolerance_reason="the certificate's relative gap is driven below 1e-12, plus rounding",
        twin=Twin(
            "|w|_p in place of the dual norm |w|_q",
            lhs=lambda probe: st.probe_margin(probe, st.probe_direction(probe), probe.p),
        ),
    ),
    Inequality(
        name="robust_margin_certificate",
        source="derived: Hoelder and Cauchy-Schwarz",
        statement="m(w) <= |mu - z| in Sigma^{-1} for every w and every feasible z",
        smaller=lambda probe: st.probe_margin(probe, jnp.asarray(probe.w)),
        larger=lambda probe: st.probe_distance(probe, st.feasible_attack(probe)),
        domain=domains.PROBES,
        points=96,
        twin=Twin(
            "the bound holds without paying eps |w|_q",
            smaller=lambda probe: st.natural_margin(probe, jnp.asarray(probe.mu)),
        ),
    ),
)
