"""Claims about the data, the initial activations and the first step."""

from theory import AtMost, Equals, Law, Twin, arcsin, normal_cdf, pi, sqrt
from theory.xor_cluster.accuracy import two_step_accuracy_finite_width
from theory.xor_cluster.first_step import (
    aligned_fraction_variance,
    aligned_probability,
    aligned_probability_gaussian,
    alignment_kappa,
    axis_deviation_probability,
    cluster_accuracy_variance,
    lazy_train_accuracy,
    margin_mean,
    misfit_fraction,
)
from theory.xor_cluster.params import Params, from_scales

NEURONS = Params(n=400, p=10**8, squared_norm=1e4, m=100, eta=0.05, steps=2, sampling="limit")
"""rho = 1, where one-step accuracies are spread over (0, 1); 100 neurons."""

COUNTS = Params(n=1000, p=10**9, squared_norm=1e4, eta=0.05, steps=2, sampling="limit")

CORRELATED = from_scales(50, 50.0, 8.0, m=200, eta=0.05, steps=0)
"""P = 8 at n = 50: kappa = 1.43, near the 1.56 of the paper's experiments."""

MISFIT = Params(n=100, p=1000, squared_norm=100.0, m=2, eta=0.05, steps=0)

LAZY = Params(n=100, p=20_000, squared_norm=1250.0, m=100, alpha=2e-16, steps=10, test_points=1)
"""The paper's small step on a smaller network: q0 = 320."""


def _lazy(params: Params, omega_factor: float):
    return lazy_train_accuracy(
        params.n,
        params.p,
        params.squared_norm,
        params.alpha,
        omega_factor * params.omega,
        params.steps,
    )  # fmt: skip


ONE_STEP_CLAIMS = (
    AtMost(
        name="theorem_one_step_error",
        source="Theorem 3.1(ii), A.13",
        statement="|clean error at t=1 - 1/2| <= n^-eps/2 with probability 1 - (4/pi)/sqrt(m)",
        observable="one_step_error_deviation",
        cases=(NEURONS,),
        mode="neurons",
        planned_trials=400,
        bound=lambda q: q.n**-q.epsilon / 2,
        # the paper's O(m^-1/2) with the constant of one_step_deviation_probability, two axes
        delta=lambda q: 4 / (pi * sqrt(1.0 * q.m)),
        twin=Twin(
            "a real interval (exponent 1/4) with failure probability 1/m",
            bound=lambda q: q.n**-0.25 / 2,
            delta=lambda q: 1 / q.m,
        ),
    ),
    Equals(
        name="one_step_deviation_probability",
        source="derived: see axis_deviation_probability",
        statement="a pair of clusters misses mean error 1/2 with chance (2/pi) arctan(1/sqrt m)",
        observable="deviates",
        cases=(NEURONS,),
        mode="neurons",
        planned_trials=14_000,
        prediction=lambda q: axis_deviation_probability(q.m),
        tolerance=0.008,
        tolerance_reason="relative O(1/m) of the limit and O(n^-1/2) ties D = 0: .1 x .063 + .0013",
        support=(0.0, 1.0),
        evaluators=("jax", "mpmath", "arb", "sympy"),
        twin=Twin("half of it", prediction=lambda q: axis_deviation_probability(q.m) / 2),
    ),
    Equals(
        name="one_step_cluster_accuracy_law",
        source="derived: see cluster_accuracy_variance",
        statement="Var of the one-step cluster accuracy = arcsin(rho^2/(2+rho^2))/(2 pi), m = inf",
        observable="cluster_accuracy_square",
        cases=(NEURONS,),
        mode="neurons",
        planned_trials=5000,
        prediction=lambda q: cluster_accuracy_variance(q.rho),
        tolerance=0.003,
        tolerance_reason="relative O(1/n + 1/M2 + M2/p) = 3e-3, and E is a lattice variable",
        support=(0.0, 0.25),
        evaluators=("jax", "mpmath", "arb", "sympy"),
        twin=Twin(
            "arcsin(rho^2/(1+rho^2))/(2 pi)",
            prediction=lambda q: arcsin(q.rho**2 / (1 + q.rho**2)) / (2 * pi),
        ),
    ),
    Equals(
        name="two_step_accuracy_finite_width",
        source="derived: see two_step_accuracy_finite_width",
        statement="mean accuracy at t=2 with m neurons: E_z Phi(sqrt(8m/n) drift(z)/...)",
        observable="center_accuracy",
        cases=(NEURONS,),
        mode="neurons",
        planned_trials=4000,
        prediction=lambda q: two_step_accuracy_finite_width(q.n, q.m, q.eta),
        tolerance=0.02,
        tolerance_reason="O(n^-1/2): the share .8/sqrt(n) = .04 of neurons with D = 0, halved",
        support=(0.0, 1.0),
        twin=Twin("the network is right on every cluster", prediction=1.0),
    ),
    Equals(
        name="one_step_training_margin",
        source="derived: see misfit_fraction",
        statement="the linear classifier misses Phi(-(p+M2)/S) of its labels,"
        " S^2 = 2p + 4M2 + (n-1)(M2^2/2 + 2M2 + p)",
        observable="linear_misfit",
        cases=(MISFIT,),
        mode="patterns",
        planned_trials=2000,
        prediction=lambda q: misfit_fraction(q.n, q.p, q.squared_norm),
        tolerance=0.012,
        tolerance_reason="the cluster sum is a trinomial of 100 points: Edgeworth error ~ 1/n",
        support=(0.0, 1.0),
        evaluators=("jax", "mpmath", "arb", "sympy"),
        twin=Twin(
            "S without M2^2/2",
            prediction=lambda q: normal_cdf(
                -margin_mean(q.p, q.squared_norm)
                / sqrt(2 * q.p + 4 * q.squared_norm + (q.n - 1) * (2 * q.squared_norm + q.p))
            ),
        ),
    ),
    Equals(
        name="lazy_phase_train_accuracy",
        source="derived: see lazy_train_accuracy",
        statement="small step: train accuracy at t=10 is that of a Gaussian margin with init noise",
        observable="train_accuracy[10]",
        cases=(LAZY,),
        planned_trials=600,
        prediction=lambda q: _lazy(q, 1.0),
        tolerance=0.02,
        tolerance_reason="O(1/sqrt(n m)) of a Gaussian margin; 2 % of activations have changed",
        support=(0.0, 1.0),
        evaluators=("jax", "mpmath", "arb", "sympy"),
        twin=Twin("initial variance omega^2 p", prediction=lambda q: _lazy(q, 2**0.5)),
    ),
    Law(
        name="aligned_fraction_uniform",
        source="derived: see aligned_fraction_variance",
        statement="F = P(D > 0 | data) is uniform on (0, 1) when kappa -> 0",
        observable="aligned_fraction",
        cases=(COUNTS,),
        mode="counts",
        planned_trials=10_000,
        cdf=lambda q, x: x,
        width=0.04,
        width_reason="half an atom of e, 1/(2 sqrt(pi n)) = .0089, and the DKW resolution",
        twin=Twin("F = 1/2", cdf=lambda q, x: (x >= 0.5) * 1.0),
    ),
    Equals(
        name="aligned_fraction_correlated",
        source="derived: see aligned_fraction_variance",
        statement="Var F = arcsin(1/(2+kappa))/(2 pi), kappa = n(1-2eta)^2/(pi(P+1))",
        observable="aligned_product",
        cases=(CORRELATED,),
        mode="patterns",
        planned_trials=1400,
        prediction=lambda q: aligned_fraction_variance(alignment_kappa(q.n, q.eta, q.P)),
        tolerance=0.006,
        tolerance_reason="O(1/n): e and D are lattice sums of 50 points",
        support=(-0.25, 0.25),
        evaluators=("jax", "mpmath", "arb", "sympy"),
        twin=Twin("kappa ignored", prediction=1 / 12),
    ),
    Equals(
        name="activation_covariance",
        source="derived: see activation_covariance; Lemma A.11 has n/24 <= Var <= n/2",
        statement="Var(D|X) = sum zeta zeta' arcsin(cos)/(2 pi): mean of (D-e)^2 minus it is 0",
        observable="difference_excess",
        cases=(CORRELATED,),
        mode="patterns",
        planned_trials=7500,
        prediction=0.0,
        tolerance=0.05,
        tolerance_reason="exact; the resolution asked for (independence is off by .18)",
        support=(lambda q: -q.n / 4, lambda q: q.n / 4),  # |D - e| <= n/2
        twin=Twin("independent activations: N/4", observable="difference_excess_independent"),
    ),
    Equals(
        name="aligned_probability",
        source="derived: see aligned_probability",
        statement="P(D > n^(1/2-kappa)) is a trinomial tail, any eta; mean of P(Bin > |A2| + tau)",
        observable="aligned_tail",
        cases=(COUNTS,),
        mode="counts",
        planned_trials=7000,
        prediction=lambda q: aligned_probability(q.n, q.n ** (0.5 - q.kappa)),
        tolerance=0.003,
        tolerance_reason="exact; the resolution asked for, 13 % of the probability",
        support=(0.0, 1.0),
        twin=Twin(
            "Phi(-sqrt(8) n^-kappa): forgets the variance of e",
            prediction=lambda q: aligned_probability_gaussian(q.n, q.kappa) ** 1.5,
        ),
    ),
)
