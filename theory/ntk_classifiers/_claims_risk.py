"""Claims about the accuracy of singular-kernel votes: alpha = d, alpha > d, alpha < d."""

import numpy as np

from theory import AtMost, Equals, Twin
from theory.ntk_classifiers._laws import (
    CIRCLE_KAPPA,
    SPHERE_KAPPA,
    bump_moments,
    circle_c0,
    squared_weights_at_dimension,
    vote_accuracy,
    vote_accuracy_at_dimension,
)
from theory.ntk_classifiers._params import Params


def circle_accuracy(params) -> float:
    """P(vote = +1), uniform on the circle with constant eta, at alpha = d = 1 and finite n."""
    delta = 2 * params.eta - 1
    kappa = float(CIRCLE_KAPPA)
    return float(vote_accuracy_at_dimension(delta, kappa, params.n, delta * float(circle_c0())))


def circle_squared_weights(params) -> float:
    """E sum w_i^2 in the same problem."""
    return float(squared_weights_at_dimension(float(CIRCLE_KAPPA), params.n, float(circle_c0())))


def sphere_accuracy(params) -> float:
    """P(vote = +1), uniform on the sphere S^2 with constant eta, at alpha = d = 2 and finite n."""
    delta = 2 * params.eta - 1
    kappa = float(SPHERE_KAPPA)
    return float(vote_accuracy_at_dimension(delta, kappa, params.n, delta * float(circle_c0())))


def sphere_squared_weights(params) -> float:
    """E sum w_i^2 in the same problem: M = ln n + 1 - gE."""
    return float(squared_weights_at_dimension(float(SPHERE_KAPPA), params.n, float(circle_c0())))


def _lamperti(params) -> float:
    return float(vote_accuracy(params.eta, params.d / params.alpha))


def _three_nearest(params) -> float:
    """P(majority of three independent labels = +1)."""
    return params.eta**2 * (3 - 2 * params.eta)


CONSISTENT = (
    Equals(
        name="consistency_at_alpha_equals_d",
        source="Theorem on consistency (alpha = d), with the finite-n law derived in "
        "vote_accuracy_at_dimension",
        statement="P(vote = +1) = 1/2 + (1/pi) int e^{-pi v/2} sin(v (B - delta ln v)) dv/v",
        observable="plus",
        prediction=circle_accuracy,
        tolerance=0.005,
        tolerance_reason="the stable law's error was under .005 at n = 30 and falls with n",
        support=(0.0, 1.0),
        mode="circle_vote",
        cases=(Params(alpha=1.0, eta=0.8, n=1000), Params(alpha=1.0, eta=0.95, n=100)),
        planned_trials=60_000,
        twin=Twin("alpha = d + 1, the ambient dimension", prediction=lambda p:
                  float(vote_accuracy(p.eta, 0.5))),
    ),
    Equals(
        name="weights_at_alpha_equals_d",
        source="derived: see squared_weights_at_dimension",
        statement="E sum w_i^2 = int_0^{e^(M-1)} e^{-v (M - ln v)} dv",
        observable="squared_weights",
        prediction=circle_squared_weights,
        tolerance=0.006,
        tolerance_reason="relative error of order 1/n and ln n/n of the stable law, 5 % at n = 100",
        support=(0.0, 1.0),
        mode="circle_vote",
        cases=(Params(alpha=1.0, eta=0.8, n=1000),),
        planned_trials=60_000,
        twin=Twin("1/ln n, the leading order alone", prediction=lambda p: 1 / float(np.log(p.n))),
    ),
    Equals(
        name="risk_when_alpha_exceeds_d",
        source="derived: see vote_accuracy",
        statement="alpha > d: P(vote = +1) -> 1 - [atan((z + cos pi r)/sin pi r) - (pi/2 - pi r)]"
        "/(pi r)",
        observable="plus",
        prediction=_lamperti,
        tolerance=0.008,
        tolerance_reason="finite n: the rest of the weights is of order n^(1 - alpha/d) = 1/300",
        support=(0.0, 1.0),
        mode="circle_vote",
        cases=(Params(alpha=2.0, eta=0.8, n=300), Params(alpha=3.0, eta=0.6, n=300)),
        planned_trials=90_000,
        twin=Twin("3-nearest-neighbour accuracy", prediction=_three_nearest),
    ),
    Equals(
        name="weights_when_alpha_exceeds_d",
        source="derived: see vote_accuracy",
        statement="alpha > d: E sum w_i^2 -> 1 - d/alpha",
        observable="squared_weights",
        prediction=lambda p: 1 - p.d / p.alpha,
        tolerance=0.008,
        tolerance_reason="finite n, of order 1/300 at r = 1/2",
        support=(0.0, 1.0),
        mode="circle_vote",
        cases=(Params(alpha=3.0, eta=0.6, n=300),),
        planned_trials=60_000,
        twin=Twin("E sum w_i^2 -> d/alpha", prediction=lambda p: p.d / p.alpha),
    ),
    Equals(
        name="consistency_on_the_sphere",
        source="Theorem on consistency (alpha = d), with the finite-n law derived in "
        "vote_accuracy_at_dimension",
        statement="S^2, alpha = d = 2: the index-1 stable law with kappa = 1/4, C0 = ln 4",
        observable="plus",
        prediction=sphere_accuracy,
        tolerance=0.005,
        tolerance_reason="W is exactly Pareto on S^2, so that the law errs by less than on the "
        "circle, where it erred by under .005 at n = 30",
        support=(0.0, 1.0),
        mode="sphere_vote",
        cases=(
            Params(d=2, alpha=2.0, eta=0.8, n=1000), Params(d=2, alpha=2.0, eta=0.95, n=100),
        ),
        planned_trials=60_000,
        twin=Twin("alpha = d + 1, the ambient dimension", prediction=lambda p:
                  float(vote_accuracy(p.eta, p.d / (p.d + 1)))),
    ),
    Equals(
        name="weights_on_the_sphere",
        source="derived: see squared_weights_at_dimension",
        statement="S^2, alpha = 2: E sum w_i^2 = int_0^{e^(M-1)} e^{-v (M - ln v)} dv, "
        "M = ln n + 1 - gE",
        observable="squared_weights",
        prediction=sphere_squared_weights,
        tolerance=0.004,
        tolerance_reason="relative error of order ln n/n of the stable law, under 3 % here",
        support=(0.0, 1.0),
        mode="sphere_vote",
        cases=(Params(d=2, alpha=2.0, eta=0.8, n=1000),),
        planned_trials=60_000,
        twin=Twin("1/ln n, the leading order alone", prediction=lambda p: 1 / float(np.log(p.n))),
    ),
    Equals(
        name="risk_on_the_sphere_when_alpha_exceeds_d",
        source="derived: see vote_accuracy",
        statement="S^2, alpha > d = 2: the law of the ratio of two r-stable sums, r = 2/alpha",
        observable="plus",
        prediction=_lamperti,
        tolerance=0.008,
        tolerance_reason="finite n: the rest of the weights, n^(1 - alpha/d) of the total, votes "
        "2 eta - 1: .0063 at alpha = 3, .002 at alpha = 4",
        support=(0.0, 1.0),
        mode="sphere_vote",
        cases=(Params(d=2, alpha=4.0, eta=0.8, n=300), Params(d=2, alpha=3.0, eta=0.6, n=1000)),
        planned_trials=30_000,
        twin=Twin("1-NN accuracy", prediction=lambda p: p.eta),
    ),
    AtMost(
        name="inconsistency_when_alpha_below_d",
        source="derived: see bump_moments",
        statement="alpha = .3 < d = 1: the vote's sign is wrong with probability > .95, n = 3000",
        observable="vote",
        bound=0.0,
        delta=0.05,
        mode="bump_vote",
        cases=(Params(alpha=0.3, n=3000),),
        planned_trials=1500,
        twin=Twin("every singular kernel is consistent", observable="negated_vote"),
    ),
    Equals(
        name="smoothing_when_alpha_below_d",
        source="derived: see bump_moments",
        statement="alpha < d: f_n/n -> int (2 eta(z) - 1) g(z) G(x.z) dz",
        observable="vote",
        prediction=lambda p: bump_moments(p.alpha)[0],
        tolerance=0.004,
        tolerance_reason="exact mean at every n; 6 % asked for",
        skewness=lambda p: bump_moments(p.alpha)[1] / p.n**0.5,
        mode="bump_vote",
        cases=(Params(alpha=0.3, n=3000),),
        planned_trials=2000,
        twin=Twin("the limit is Bayes' 2 eta - 1", prediction=0.7),
    ),
)  # fmt: skip
