"""Claims about majority vote, its exceptions, and what balanced labels make of it."""

import jax
import jax.numpy as jnp

from theory import Domain, Equals, Identity, PerTrial, Twin, Verdict
from theory.ntk_classifiers._depth import Similarity, deepen
from theory.ntk_classifiers._limits import relu_ntk_share, relu_rho
from theory.ntk_classifiers._params import Params, activation_of


def _pair(params) -> Similarity:
    return Similarity(params.s, jnp.log1p(-params.s))


_SUPER = Params(activation="cosine", shape=2.0, d=2, n=30, tests=20, votes=4, depth=60)
_RELU = Params(activation="leaky_relu", shape=0.0, d=2, n=5, tests=10, votes=1, depth=10_000)
_SUB = Params(
    activation="cosine", shape=0.8, d=4, n=6, tests=10, votes=2, depth=60, ridge=0.5
)  # fmt: skip


@jax.jit
def _relu_share(params):
    log_ntk = deepen(activation_of(params), _pair(params), params.depth).log_ntk
    return jnp.exp(log_ntk) / (params.depth + 1.0)


@jax.jit
def _relu_rho_at(params):
    deep = deepen(activation_of(params), _pair(params), params.depth)
    return relu_rho(deep.pair.s, params.depth * 1.0)


def _relu_expansion(params):
    return relu_ntk_share(params.depth * 1.0, _relu_rho_at(params))


def _relu_expansion_smooth(params):
    return _relu_expansion(params) + 1 / 3 - 1 / 4


MAJORITY = (
    PerTrial(
        name="majority_vote_supercritical",
        source="Theorem on majority vote (A != 0), NTK at B' > 1",
        statement="A != 0, B' > 1: f_L Theta_L(1) -> S c/(1 - lambda), c = F(c), lambda = F'(c)",
        observable="ntk_error",
        bound=0.05,  # L lambda^L kappa: kappa ~ s^-1.52 of the closest pair, s down to 1e-8
        mode="supercritical",
        cases=(_SUPER,),
        planned_trials=512,
        twin=Twin("S c, the NNGP's constant", observable="ntk_error_if_nngp_constant"),
    ),
    PerTrial(
        name="majority_vote_supercritical_nngp",
        source="Theorem on majority vote (A != 0), NNGP at B' > 1",
        statement="A != 0, B' > 1: f_L -> c S/(1 - c + n c) for the NNGP",
        observable="error",
        bound=1e-4,  # as above, without the factor L
        mode="supercritical",
        cases=(_SUPER,),
        planned_trials=512,
        twin=Twin("the NTK's limit", observable="ntk_error_if_nngp_constant"),
    ),
    PerTrial(
        name="majority_vote_relu",
        source="Theorem on majority vote (A != 0), ReLU (B' = 1)",
        statement="ReLU: |f_L - S/(n+3)| <= 2.5 (max rho + 1.5 ln L)/L",
        observable="excess",
        # (1-q)I + qJ has the inverse (4/3)(I - J/(n+3)): at n = 5 entries off by e move f by
        # at most 9.75 e, and e = (rho + 1.5 ln L)/(4 L)
        bound=2.5,
        mode="critical",
        cases=(_RELU,),
        planned_trials=256,
        twin=Twin("share 1/3: f -> S/(n+2)", observable="excess_if_smooth"),
    ),
    Identity(
        name="majority_vote_relu_expansion",
        source="derived: see relu_ntk_share",
        statement="Theta_L/(L+1) = 1/4 + ((3/8) ln L + rho/4 - 3/8)/L + o(1/L)",
        lhs=_relu_share,
        rhs=_relu_expansion,
        domain=Domain.of(
            Params, activation="leaky_relu", shape=0.0, s=(0.05, 1.0), depth=(2000, 20_000), d=1,
            n=1, tests=1, votes=0, width=1, ridge=0.0, eta=0.5, alpha=1.0,
        ),
        points=12,
        scale=lambda p: (jnp.log(p.depth * 1.0) / p.depth) ** 2,
        tolerance=1.0,
        tolerance_reason="the next order is (ln L/L)^2",
        twin=Twin("limit 1/3, as for smooth critical phi", rhs=_relu_expansion_smooth),
    ),
    PerTrial(
        name="majority_vote_smooth_critical",
        source="derived: see majority_value",
        statement="exp(x) (B' = 1, F''(1) finite): Theta_L/(L+1) -> 1/3, f_L -> S/(n+2)",
        observable="value_error",
        # shares differ from 1/3 by (ln L + 3 rho)/(3 L) < 1e-3 for pairs with s > 1e-2; n = 5
        bound=0.01,
        mode="smooth_critical",
        cases=(
            Params(activation="exponential", shape=1.0, d=8, n=5, tests=4, votes=1, depth=4000),
        ),
        planned_trials=32,
        twin=Twin("share 1/4, as for ReLU", observable="value_error_if_relu"),
    ),
    PerTrial(
        name="majority_vote_subcritical",
        source="Theorem on majority vote (A != 0), B' < 1 with a fixed ridge",
        statement="f_L -> kappa S/(ridge + n kappa), kappa = 1/(1 - B') for the NTK",
        observable="ridge_error_ntk",
        bound=1e-10,  # B'^60 = 4e-17, times L; the rest is rounding
        mode="subcritical",
        cases=(_SUB,),
        planned_trials=256,
        twin=Twin("majority vote without ridge too", observable="majority_error"),
    ),
    PerTrial(
        name="majority_vote_without_ridge",
        source="Theorem on majority vote (A != 0), read without ridge at B' < 1",
        statement="f_L -> S/n without ridge at B' < 1 (false)",
        observable="majority_error",
        bound=0.1,
        mode="subcritical",
        cases=(_SUB,),
        planned_trials=256,
        expected=Verdict.REFUTED,
        repaired_by="flat_limit_without_ridge",
        twin=None,
    ),
    PerTrial(
        name="flat_limit_without_ridge",
        source="derived: see sigma",
        statement="A != 0, B' < 1, no ridge: f_L -> interpolant with kernel -sigma and a constant",
        observable="flat_error",
        bound=1e-6,  # B'^60 and rounding, times the condition of sigma(X, X) (1e4 to 1e9 here)
        mode="subcritical",
        cases=(_SUB,),
        planned_trials=256,
        twin=Twin("majority vote", observable="majority_error"),
    ),
)  # fmt: skip


TIES = (
    PerTrial(
        name="balanced_tie_break",
        source="derived: see kappa",
        statement="S = 0, B' > 1: f_L/lambda^L -> centred singular vote with kernel kappa",
        observable="tie_error",
        # relative to n lambda^L kappa^2 of the closest pair, with the constants 1/(1-c)^2 = 2.2 of
        # the inverse and F''(c)/(2 lambda (1-lambda)) = 2.8 of t_L's own second order
        bound=20.0,
        mode="supercritical",
        cases=(Params(activation="cosine", shape=2.0, d=2, n=8, tests=20, votes=0, depth=20),),
        planned_trials=256,
        twin=Twin("without the centring term", observable="tie_error_if_uncentred"),
    ),
    Equals(
        name="balanced_tie_break_relu",
        source="derived: see relu_rho",
        statement="S = 0, ReLU: 3 L f_L -> sum y rho - (1/(n+3)) sum_i y_i sum_j rho_ij",
        observable="agreement",
        prediction=1.0,
        tolerance=0.01,
        tolerance_reason="signs within (ln L + max rho)/L of a tie may differ: 0.4 % at L = 1e4",
        support=(0.0, 1.0),
        mode="critical",
        cases=(
            Params(activation="leaky_relu", shape=0.0, d=2, n=20, tests=20, votes=0, depth=10_000),
        ),
        planned_trials=4096,
        twin=Twin("without the centring term", observable="agreement_if_uncentred"),
    ),
)  # fmt: skip
