"""Claims about trained networks: activations, features, margins, norms, test error."""

import dataclasses
from typing import Any

from theory import Equals, Ordering, PerTrial, Scaling, Twin, sqrt
from theory.xor_cluster.limit import (
    clean_margin,
    clean_sigmoid_gap,
    feature_growth_typical,
    noisy_margin,
    normalized_margin,
    weight_norm_squared,
)
from theory.xor_cluster.params import REF_T, Params, from_scales

GROWTH = from_scales(200, 300.0, 1e5, m=60, eta=0.1, steps=5, test_points=1, sampling="limit")

STEPS = dataclasses.replace(REF_T, m=100, steps=8)

MARGINS = from_scales(
    600, 300.0, 1e5, m=60, eta=0.1, steps=6, test_points=1, sampling="limit"
)  # fmt: skip
"""n = 600, so that other-axis neurons that never turn (share Phi(-3.8)) do not count."""

LONG = from_scales(400, 300.0, 1e5, m=60, eta=0.05, steps=20, test_points=1, sampling="limit")

FLAT = Params(
    n=400, p=10**10, squared_norm=1e6, m=60, eta=0.05, alpha=1e-10, omega=1e-16, steps=5,
    test_points=1,
)  # fmt: skip
"""alpha p/n = 2.5e-3: the sigmoid bends, but little; P = 25 n, rho = 10."""

RETENTION = Params(
    n=200, p=10**9, squared_norm=1e7, m=100, eta=0.05, steps=8, sampling="limit"
)  # fmt: skip
"""P = 100 = n/2, well above n(1-eta)/8 = 24; rho = 316."""


def _window(n: int, rho: float) -> Params:
    # p is the same on all rungs: rho moves by ‖mu‖ alone
    return Params(
        n=n, p=10**14, squared_norm=rho * 1e7, m=100, eta=0.05, steps=10, test_points=32,
        sampling="limit",
    )  # fmt: skip


def _normalized(params: Params) -> Any:
    """normalized_margin with the O(1/t) terms of numerator and norm at t = steps.

    V grows from V(2) = V_own(2) - V_other(2) = 2 (D + e) ~ n^(1/2) only: t - 2 steps of growth,
    plus (1 - eta) n/4 U - eta n/8 ... = one more step to leading order; the norm is exact.
    """
    t = params.steps
    norm = weight_norm_squared(params.eta, 1.0 * t) ** 0.5 / (t * ((3 + params.eta) / 8) ** 0.5)
    return normalized_margin(1.0 * params.n, params.rho, params.eta) * (t - 1) / t / norm


TRAINING_CLAIMS = (
    PerTrial(
        name="activation_memory",
        source="Corollary A.5 (E1)-(E3)",
        statement="a_j y_k > 0: once active, always; a_j y_k < 0: active at t, silent at t + 1",
        observable="forgotten",
        cases=(STEPS,),
        mode="increments",
        planned_trials=100,
        bound=0.0,
        twin=Twin("the signs exchanged", observable="forgotten_twin"),
    ),
    PerTrial(
        name="center_increments",
        source="(A.29)",
        statement="|<dw_j,nu> - (alpha a_j/2n) y_nu D_nu,j M2| <= 5 alpha M2/(n^(3/2) sqrt m)",
        observable="center_increment",
        cases=(STEPS,),
        mode="increments",
        planned_trials=100,
        bound=1.0,
        twin=Twin("a thousandth of the error term", bound=1e-3),
    ),
    PerTrial(
        name="point_increments",
        source="(A.28)",
        statement="<dw_j,x_k> = (alpha a_j/2n)[y_k b p + y_nu D M2] up to"
        " (4 alpha/(n^(5/2) sqrt m))[b p + C_n n^1.99 M2/(3C)], C = 2",
        observable="point_increment",
        cases=(STEPS,),
        mode="increments",
        planned_trials=100,
        bound=1.0,
        twin=Twin("a thousandth of the error term", bound=1e-3),
    ),
    Equals(
        name="feature_growth_trained",
        source="Lemma 4.7, sharp",
        statement="median run trained in limit H: (1-eta)(n/8 + sqrt(n/8)(.75z + phi(z))), z=.6745",
        observable="feature_growth[5]",
        cases=(GROWTH,),
        planned_trials=250,
        prediction=lambda q: feature_growth_typical(1.0 * q.n, q.eta),
        tolerance=lambda q: 0.08 * q.n / 8,
        tolerance_reason="D = 0 neurons, .8/sqrt(n) = 6 % of all, may grow by half; 60 neurons",
        statistic="median",
        twin=Twin("(1 - 2 eta)/8 per step", prediction=lambda q: (1 - 2 * q.eta) * q.n / 8),
    ),
    Equals(
        name="training_margin_growth",
        source="derived: see clean_margin",
        statement="clean y f = 1/4 + (3/8)(t-1) in units alpha p/(2n), at t = 6",
        observable="clean_margin[6]",
        cases=(MARGINS,),
        planned_trials=100,
        prediction=lambda q: clean_margin(q.steps),
        tolerance=0.06,
        tolerance_reason="O(n^-1/2) relative: activations favour their sign(D), .8/sqrt(n) = 3 %",
        statistic="median",
        twin=Twin("noisy points grow alike: 5/8 + (t-2)/2", prediction=lambda q: noisy_margin(6.0)),
    ),
    Equals(
        name="noisy_margin_growth",
        source="derived: see noisy_margin",
        statement="noisy y f = 5/8 + (t-2)/2 in units alpha p/(2n), t = 6: 4/3 of clean in the end",
        observable="noisy_margin[6]",
        cases=(MARGINS,),
        planned_trials=100,
        prediction=lambda q: noisy_margin(q.steps),
        tolerance=0.08,
        tolerance_reason="O(n^-1/2) relative, 3 %",
        statistic="median",
        twin=Twin("clean and noisy margins are equal", prediction=lambda q: clean_margin(6.0)),
    ),
    Equals(
        name="weight_norm",
        source="(A.68), sharp; derived: see weight_norm_squared",
        statement="‖W‖_F at t = 20, exact in t; (alpha t/2) sqrt(p(3+eta)/(8n)) for large t",
        observable="displacement[20]",
        cases=(LONG,),
        planned_trials=100,
        prediction=lambda q: weight_norm_squared(q.eta, 20.0) ** 0.5,
        tolerance=lambda q: 0.03 * 20 * (3 / 8) ** 0.5,
        tolerance_reason="O(n^-1/2) relative .8/sqrt(400) = 4 % on a third of the activations",
        statistic="median",
        twin=Twin("the paper's 3 alpha t sqrt(p/n)", prediction=6.0 * 20),
    ),
    Equals(
        name="weight_norm_and_normalized_margin",
        source="derived: see normalized_margin; the paper has >= r/(240 n^(10 eps))",
        statement="mean y f(nu)/‖W‖_F, t=20: see normalized_margin, less O(1/t)",
        observable="center_margin[20]",
        cases=(LONG,),
        planned_trials=150,
        prediction=_normalized,
        tolerance=lambda q: 0.08 * sqrt(1.0 * q.n) * q.rho / 20,
        tolerance_reason="O(1/t) of the numerator beyond the first step, 5 %; median against mean",
        statistic="median",
        twin=Twin("r/32", prediction=lambda q: q.n**0.5 * q.rho / 32),
    ),
    Equals(
        name="sigmoid_flatness",
        source="Lemma A.3, sharp; derived: see clean_sigmoid_gap",
        statement="|g - 1/2| = (alpha p/n)(3t-1)/64 on clean points, t = 5",
        observable="clean_sigmoid_gap[5]",
        cases=(FLAT,),
        planned_trials=100,
        prediction=lambda q: clean_sigmoid_gap(5.0),
        tolerance=0.06 * 14 / 64,
        tolerance_reason="n/P = 4 % from other points' push, and the n^-1/2 of the margins",
        statistic="median",
        twin=Twin("slope 1/8 per step", prediction=5 / 8),
    ),
    PerTrial(
        name="sigmoid_flatness_bound",
        source="Lemma A.3",
        statement="|g_i - 1/2| <= 2 (alpha p/n)(t + 2) for every point",
        observable="worst_sigmoid_gap[5]",
        cases=(FLAT,),
        planned_trials=100,
        bound=2 * 7.0,
        twin=Twin("a hundredth of it", bound=2 * 7.0 / 100),
    ),
    Scaling(
        name="test_error_window",
        source="Theorem 3.1(iii), Theorem 4.8",
        statement="-log(test error) grows like z^2/2, z = y E f/sd f per cluster: z ~ rho^1",
        value="mean_z_score[10]",
        rungs=tuple(_window(100, rho) for rho in (25.0, 50.0, 100.0, 200.0)),
        size=lambda q: q.rho,
        exponent=1.0,
        tolerance=0.25,
        tolerance_reason="c = .153 at rho = 25 rises to .159 at 100: .03 on the exponent; the rest"
        " is the interval of 48 runs a rung",
        trials_per_rung=48,
        twin=Twin("z ~ rho^(1/2)", exponent=0.5),
    ),
    Scaling(
        name="test_error_window_in_n",
        source="Theorem 3.1(iii), Theorem 4.8",
        statement="z = y E f/sd f per cluster: z ~ n^(1/2)",
        value="mean_z_score[10]",
        rungs=tuple(_window(n, 100.0) for n in (40, 80, 160, 320)),
        size=lambda q: q.n,
        exponent=0.5,
        tolerance=0.25,
        tolerance_reason="factor 1 + 8/sqrt(2 pi n) of feature_growth against whole wrong clusters:"
        " .1 on the exponent; the rest is the interval of 48 runs a rung",
        trials_per_rung=48,
        twin=Twin("z ~ n", exponent=1.0),
    ),
    Ordering(
        name="retention_transition",
        source="derived: see growth_per_step",
        statement="growth per step at P < n(1-eta)/8 exceeds that above it by half of (1-eta)/8",
        observable="growth_scarce",
        below="growth_ample_and_half_jump",
        cases=(RETENTION,),
        mode="retention",
        planned_trials=1000,
        support=(-1.0, 1.0),
        twin=Twin(
            "no transition",
            observable="growth_ample_and_half_jump",
            below="growth_scarce",
        ),
    ),
)
