"""Claims about random samples: coverage, selection, search, label noise, validity at all times."""

import dataclasses
import math

import jax
import jax.numpy as jnp

from theory import AtMost, Claim, Equals, Ordering, PerTrial, Twin, Verdict, normal_cdf, planned
from theory.pac_bayes_prompts._binomial import log_binomial_cdf
from theory.pac_bayes_prompts._block import FIXED_PROMPTS, block_risk
from theory.pac_bayes_prompts._params import BLOCK, TEMPLATE, Params
from theory.pac_bayes_prompts._prior import all_prompts, log_class_size, log_prior
from theory.pac_bayes_prompts._smallest import smallest_of_independent
from theory.pac_bayes_prompts._template import all_template_risks, noisy_risk, template_risk
from theory.pac_bayes_prompts._validity import (
    critical_counts,
    ever_broken,
    violation_probabilities,
)

COVERAGE_CASE = dataclasses.replace(TEMPLATE, n=200, delta=0.1)
RANDOM_LABELS = dataclasses.replace(TEMPLATE, n=200, delta=0.1, label_noise=1.0)
SMALL_SAMPLE = dataclasses.replace(TEMPLATE, n=20, delta=0.1)
CERTIFIED = dataclasses.replace(TEMPLATE, n=200, delta=0.05)


def expected_violations(params: Params, key: str = "occam_binomial", prior: bool = True) -> float:
    """sum_theta P(Bin(n, R_theta) <= k*_theta), the exact mean number of prompts that break.

    ``prior=False`` leaves ln 1/P(theta) out of the complexity.
    """
    risk = noisy_risk(all_template_risks(params), params.label_noise, params.classes)
    nats = -log_prior(all_prompts(params), params) if prior else jnp.zeros_like(risk)
    return float(violation_probabilities(key, risk, nats - math.log(params.delta), params.n).sum())


def expected_violations_normal(params: Params) -> float:
    """The same without prior, with normal tails and no continuity correction in place of exact."""
    risk = all_template_risks(params)
    k = critical_counts("occam_binomial", risk, -jnp.log(params.delta), params.n)
    scale = jnp.sqrt(params.n * risk * (1 - risk))
    return float(normal_cdf((k - params.n * risk) / scale).sum())


def _valid(name: str, key: str, source: str, statement: str, twin: Twin) -> AtMost:
    return AtMost(
        name=name, source=source, statement=statement, observable=f"prompts_breaking_{key}",
        bound=0.0, delta=lambda p: p.delta, cases=(COVERAGE_CASE,), planned_trials=320, twin=twin,
    )  # fmt: skip


_NO_PRIOR = Twin("the prior term is left out", observable="prompts_breaking_without_prior")
_SUMMARY = Twin(
    "r + (c + 2)/(2 n - 1), without the square root and ln n",
    observable="prompts_breaking_summary_formula",
)

VALIDITY: tuple[Claim, ...] = (
    _valid(
        "occam_union_validity", "occam_binomial", "derived: weighted union of exact tails",
        "P(some prompt has R > occam_binomial) <= sum_theta v_theta <= delta", _NO_PRIOR,
    ),
    _valid(
        "occam_kl_validity", "occam_kl", "derived: weighted union of Chernoff's bound",
        "P(some prompt has R > occam_kl) <= delta", _NO_PRIOR,
    ),
    _valid(
        "exact_xi_kl_validity", "exact_xi_kl", "Seeger 2002, Maurer 2004",
        "P(some prompt has R > exact_xi_kl) <= delta", _NO_PRIOR,
    ),
    _valid(
        "mcallester_validity", "mcallester", "the paper's bound (McAllester's form)",
        "P(some prompt has R > mcallester) <= delta", _SUMMARY,
    ),
    AtMost(
        name="summary_formula_validity",
        source="a public summary of the paper, as printed",
        statement="P(some prompt has R > r + (c + 2)/(2 n - 1)) <= delta",
        observable="prompts_breaking_summary_formula",
        bound=0.0,
        delta=lambda p: p.delta,
        cases=(COVERAGE_CASE,),
        planned_trials=320,
        expected=Verdict.REFUTED,
        repaired_by="mcallester_validity",
        twin=None,
    ),
    Equals(
        name="violation_count_expectation",
        source="derived: linearity, and k ~ Bin(n, R) for each prompt",
        statement="E #{prompts that break} = sum_theta P(Bin(n, R) <= k*): occam_binomial without"
        " its prior, where the count is large",
        observable="prompts_breaking_without_prior",
        prediction=lambda p: expected_violations(p, prior=False),
        tolerance=lambda p: 0.1 * expected_violations(p, prior=False),
        tolerance_reason="exact law; 10 % is a third of what one count more or less does",
        support=(0.0, lambda p: float(p.vocabulary**p.length)),
        cases=(COVERAGE_CASE,),
        planned_trials=4096,
        twin=Twin(
            "every threshold is one error higher",
            prediction=lambda p: _shifted_violations(p, 1),
        ),
    ),
    AtMost(
        name="srm_oracle",
        source="derived: two-sided Hoeffding and a union over prompts",
        statement="w.p. 1 - 2 delta: R(SRM) <= min_theta [R + 2 sqrt(c/(2 n))]",
        observable="srm_excess",
        bound=0.0,
        delta=lambda p: 2 * p.delta,
        cases=(COVERAGE_CASE,),
        planned_trials=160,
        twin=Twin("factor 0.1 in place of 2", observable="srm_excess_tenth"),
    ),
)  # fmt: skip


def _shifted_violations(params: Params, shift: int) -> float:
    risk = all_template_risks(params)
    k = critical_counts("occam_binomial", risk, -jnp.log(params.delta), params.n)
    return float(jnp.exp(log_binomial_cdf(k + shift, params.n, risk)).sum())


def _code(p: Params) -> float:
    return log_class_size(p) / p.n


def _functional_range(p: Params) -> float:
    return math.sqrt(8 * _code(p))  # the functional lies in [-C, C]


GAPS: tuple[Claim, ...] = (
    Ordering(
        name="expected_kl_gap",
        source="derived: Donsker-Varadhan with the Catoni functional",
        statement="E[-ln(1 - R(1-e^-C)) - C r] <= ln|H|/n at C = sqrt(8 ln|H|/n), hence"
        " kl(E r||E R) <= ln|H|/n: no extra logarithm",
        observable="code_length",
        below="kl_functional",
        support=(
            lambda p: _code(p) - _functional_range(p) - 1e-9,
            lambda p: _code(p) + _functional_range(p) + 1e-9,
        ),
        cases=(RANDOM_LABELS, SMALL_SAMPLE),
        planned_trials=512,
        twin=Twin(
            "E[R - r] <= ln|H|/(2 n): the square root is lost",
            observable="half_code_length",
            below="generalisation_gap",
            support=(lambda p: _code(p) / 2 - 1, lambda p: _code(p) / 2 + 1),
        ),
    ),
    Ordering(
        name="random_label_floor_of_the_fixture",
        source="derived: see random_label_floor",
        statement="random labels: E[min_theta r] >= inf{q : kl(q||1/2) <= ln|H|/n}",
        observable="smallest_training_error",
        below="random_label_floor",
        support=(-0.5, 0.6),  # the smallest of 1728 errors against a floor in [0, 1/2]
        cases=(RANDOM_LABELS,),
        planned_trials=512,
        twin=Twin("the floor 1/2 - sqrt(ln|H|/(16 n))", below="too_high_floor"),
    ),
    Equals(
        name="random_label_floor_independent",
        source="derived: see smallest_of_independent",
        statement="independent hypotheses: E[min r] = (1/n) sum_k P(Bin(n, p) > k)^|H|",
        observable="smallest_training_error",
        prediction=lambda p: smallest_of_independent(
            p.n, (p.classes - 1) / p.classes, float(p.vocabulary**p.length)
        ),
        tolerance=0.003,
        tolerance_reason="exact law; 0.003 is a tenth of the distance to the twin",
        support=(0.0, 1.0),
        mode="independent",
        cases=(dataclasses.replace(RANDOM_LABELS, vocabulary=6),),
        planned_trials=1024,
        twin=Twin(
            "the floor of ln|H|/(2 n) is attained",
            prediction=lambda p: 0.5 - jnp.sqrt(log_class_size(p) / (4 * p.n)),
        ),
    ),
)

MEASURED: tuple[Claim, ...] = (
    PerTrial(
        name="lagrangian_monotone",
        source="derived: exchange argument for minimisers of r + beta ln 1/P over all of H",
        statement="exhaustive search: as beta grows, r does not fall and ln 1/P does not rise",
        observable="exhaustive_disorder",
        bound=0.0,
        mode="lagrangian",
        cases=(dataclasses.replace(TEMPLATE, n=100, delta=0.05),),
        planned_trials=512,
        twin=Twin("greedy search is monotone too", observable="greedy_disorder"),
    ),
    AtMost(
        name="point_mass_vs_gibbs",
        source="derived: exact_xi_kl holds for all posteriors at once",
        statement="P(some Gibbs posterior, lam/n in 0.1..4, has E_Q R > exact_xi_kl) <= delta",
        observable="gibbs_excess",
        bound=0.0,
        delta=lambda p: p.delta,
        mode="gibbs",
        cases=(CERTIFIED,),
        planned_trials=512,
        twin=Twin(
            "r + (KL + ln(1/delta) + 2)/(2 n - 1) holds for them",
            observable="gibbs_excess_of_printed_formula",
        ),
    ),
    Ordering(
        name="point_mass_beats_gibbs",
        source="measured on fixture T; the point mass does not pay ln xi(n)",
        statement="E[best Gibbs exact_xi_kl] > E[smallest occam_binomial of one prompt]",
        observable="best_gibbs_bound",
        below="best_point_mass_bound",
        support=(-0.5, 0.5),
        mode="gibbs",
        cases=(CERTIFIED,),
        planned_trials=768,
        twin=Twin(
            "averaging over prompts helps",
            observable="best_point_mass_bound",
            below="best_gibbs_bound",
        ),
    ),
    Ordering(
        name="half_sample_prior_gain",
        source="measured on fixture T",
        statement="E[min(smallest certificate, 0.3)] is lower when 40 of 200 points tilt the prior"
        " than with none",
        observable="bounds[0]",
        below="bounds[1]",
        support=(-0.3, 0.3),
        mode="half_sample",
        cases=(dataclasses.replace(CERTIFIED, first=40),),
        planned_trials=2500,
        twin=Twin(
            "the more the better: 160 of 200 points beat 40",
            observable="bounds[1]",
            below="bounds[2]",
        ),
    ),
    Ordering(
        name="model_selection",
        source="the paper's 'best bound, best test error', as a correlation",
        statement="E[Kendall's tau of bound and risk over the prompts] > 1/2",
        observable="tau_of_bound",
        below="one_half",
        support=(-1.5, 0.5),
        mode="selection",
        cases=(CERTIFIED,),
        planned_trials=256,
        twin=Twin(
            "the order is all but the same: tau > 0.9",
            below="nine_tenths",
            support=(-1.9, 0.1),
        ),
    ),
)


def _noise_claim(
    name: str, statement: str, observable: str, below: str, support: tuple[float, float], twin: Twin
) -> Ordering:
    return Ordering(
        name=name, source="the paper's figure on random labels", statement=statement,
        observable=observable, below=below, support=support, mode="noise", cases=(BLOCK,),
        planned_trials=512, twin=twin,
    )  # fmt: skip


NOISE: tuple[Claim, ...] = (
    Equals(
        name="label_noise_affine",
        source="derived: see noisy_risk",
        statement="R_eta = (1 - eta) R + eta (K - 1)/K, eta = 0.4 on fixed prompts",
        observable="noisy_error",
        prediction=lambda p: noisy_risk(_fixed_risk(p), p.label_noise, p.classes),
        tolerance=0.01,
        tolerance_reason="exact; 0.01 is an eighth of the distance to the twin",
        support=(0.0, 1.0),
        mode="fixed_prompt",
        cases=(dataclasses.replace(BLOCK, n=200, label_noise=0.4),),
        planned_trials=planned(0.0012, 0.01),
        twin=Twin(
            "a noisy label is always a wrong one",
            prediction=lambda p: (1 - p.label_noise) * _fixed_risk(p)
            + p.label_noise * (1 - _fixed_risk(p) / (p.classes - 1)),
        ),
    ),
    _noise_claim(
        "tandem_memorisation",
        "greedy search, 80 % random labels: E[training error] > 0.2, it does not memorise",
        "training_error[8]", "memorising_level", (-0.2, 0.8),
        Twin(
            "it memorises", observable="memorising_level", below="training_error[8]",
            support=(-0.8, 0.2),
        ),
    ),
    _noise_claim(
        "training_error_rises_with_noise",
        "E[training error] at 20 % random labels > E[training error] at none",
        "training_error[2]", "training_error[0]", (-1.0, 1.0),
        Twin(
            "training error stays as it was",
            observable="training_error[0]", below="training_error[2]",
        ),
    ),
    _noise_claim(
        "test_error_rises_with_noise",
        "E[clean test error] at 100 % random labels > at 80 %",
        "clean_risk[10]", "clean_risk[8]", (-1.0, 1.0),
        Twin(
            "test error falls back", observable="clean_risk[8]", below="clean_risk[10]"
        ),
    ),
)  # fmt: skip


def _fixed_risk(params: Params) -> jax.Array:
    return block_risk(jnp.asarray(FIXED_PROMPTS), params)


ALONG = dataclasses.replace(TEMPLATE, n=1000, delta=0.05)


def _ever(key: str):
    def probability(p: Params) -> jax.Array:
        risk = template_risk(jnp.zeros(p.length, int), p)
        return ever_broken(key, risk, -jnp.log(p.delta), p.n)

    return probability


ANYTIME: tuple[Claim, ...] = (
    AtMost(
        name="anytime_evalue_simulated",
        source="Ville's inequality for the Beta mixture",
        statement="P(exists n <= 1000: R > beta_mixture bound at n) <= delta, one prompt",
        observable="ever_beta_mixture_evalue",
        bound=0.0,
        delta=lambda p: p.delta,
        mode="anytime",
        cases=(ALONG,),
        planned_trials=1024,
        twin=Twin(
            "Clopper-Pearson recomputed at every n is valid too", observable="ever_occam_binomial"
        ),
    ),
    Equals(
        name="anytime_dynamic_programme",
        source="derived: see ever_broken",
        statement="P(Clopper-Pearson recomputed at each n <= 1000 ever fails) = exact programme",
        observable="ever_occam_binomial",
        prediction=_ever("occam_binomial"),
        tolerance=0.05,
        tolerance_reason="exact; 0.05 is a fifth of the distance to delta",
        support=(0.0, 1.0),
        mode="anytime",
        cases=(ALONG,),
        planned_trials=planned(0.22, 0.05),
        twin=Twin("it fails with probability delta", prediction=lambda p: p.delta),
    ),
    AtMost(
        name="anytime_evalue_all_prompts",
        source="Ville's inequality and a weighted union",
        statement="P(exists n <= 100 and a prompt: R > beta_mixture bound at n) <= delta",
        observable="ever_with_prior",
        bound=0.0,
        delta=lambda p: p.delta,
        mode="anytime_all",
        cases=(dataclasses.replace(TEMPLATE, n=100, delta=0.1),),
        planned_trials=320,
        twin=Twin("the prior term is left out", observable="ever_without_prior"),
    ),
)

SIMULATED: tuple[Claim, ...] = (*VALIDITY, *GAPS, *MEASURED, *NOISE, *ANYTIME)
