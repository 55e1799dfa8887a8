"""PAC-Bayes certificates for searched prompts: 18 bounds, exact coverage, exact risks.

A frozen vision-language model turns a text prompt for each class into a classifier. Prompts are
discrete, so searching them on n labelled points is learning in a countable class: with a language
model as the prior P, the prompt theta that the search returns costs
c = ln(1/P(theta)) + ln(1/delta) nats, and with probability 1 - delta its true error R(theta) lies
under a function of its training error r = k/n, of n and of c. The setting has the whole catalogue
of such functions (``CATALOGUE``, ``certificates``; ``python -m theory pac_bayes_prompts --errors 37
--n 1000 --nats 42``), exact to rounding for n up to 1e6 and complexities far beyond 700 nats, and
two synthetic prompt families in which every prompt's risk is known: a template shared by two
classes (fixture T, all 1728 prompts enumerable) and one prompt for each of K classes (fixture B,
exact risk by one Gaussian integral). The prior is a tiny autoregressive model (``log_prior``). All
logarithms are natural.

Assumptions: the sample is iid from the law that defines R; P is fixed before the sample is seen;
losses are 0 or 1 where a kl or a binomial tail is used; the posterior is one prompt; delta is
fixed, one for each certificate (the best of B bounds costs delta/B each); embeddings are not fitted
on the sample.

Of the paper's results, the numbers for CIFAR and ImageNet with CLIP and LLaMA are not reproduced:
they need those models. In their place stand claims on the fixtures, where truth is known. Theorem
numbers are not quoted: only the abstract, the reviews and the authors' summary were at hand.
Statements replaced, and why:

* the bound as printed in a public summary, r + (c + 2)/(2 n - 1), lacks the square root and ln n
  and is not valid (``summary_formula``, expected REFUTED, repaired by ``mcallester_validity``);
* "the prompt with the best bound has the best test error" holds as a correlation
  (``model_selection``); that the bound selects better than the training error does is not claimed;
* for one prompt, c/n needs no ln xi(n); for a general posterior that is an open conjecture, so
  ``occam_kl`` is listed for point masses only.
"""

from theory import Paper
from theory.pac_bayes_prompts._binary_kl import (
    INVERSE_STEPS,
    binary_kl,
    binary_kl_interior,
    kl_inverse,
    kl_smallest_rate,
)
from theory.pac_bayes_prompts._binomial import (
    binomial_upper,
    half_stirling_error,
    log_binomial_cdf,
    log_binomial_pmf,
    stirling_error,
)
from theory.pac_bayes_prompts._block import (
    FIXED_PROMPTS,
    block_means,
    block_risk,
    class_names,
    risk_of_embeddings,
    text_embeddings,
)
from theory.pac_bayes_prompts._bounds import (
    CATALOGUE,
    Bound,
    all_bounds,
    beta_mixture_evalue,
    catoni,
    coin_betting,
    empirical_bernstein,
    exact_xi_kl,
    fast_rate_expansion,
    half_sample_prior,
    held_out,
    hidden_nats,
    maurer_kl,
    maurer_sqrt,
    mcallester,
    nonvacuous_from,
    nonvacuous_from_hoeffding,
    nonvacuous_from_mcallester,
    occam_binomial,
    occam_hoeffding,
    occam_kl,
    quadratic,
    relaxed,
    seeger_langford,
    summary_formula,
    thiemann,
    uniform_convergence,
    zero_error_bound,
)
from theory.pac_bayes_prompts._catoni import catoni_functional, catoni_minimiser, least_catoni
from theory.pac_bayes_prompts._certificates import (
    certificates,
    recovered_nats,
    upgraded_certificates,
)
from theory.pac_bayes_prompts._claims_bounds import BOUNDS
from theory.pac_bayes_prompts._claims_exact import EXACT
from theory.pac_bayes_prompts._claims_simulated import (
    SIMULATED,
    expected_violations,
    expected_violations_normal,
)
from theory.pac_bayes_prompts._command import command
from theory.pac_bayes_prompts._constants import (
    log_redundancy,
    log_regret,
    log_xi,
    xi_exact,
    xi_ramanujan,
    xi_series,
)
from theory.pac_bayes_prompts._params import (
    BLOCK,
    TEMPLATE,
    Certificate,
    Params,
    Point,
    error_count,
)
from theory.pac_bayes_prompts._prior import (
    EMPTY,
    all_prompts,
    check_prior,
    gibbs,
    initial_law,
    log_class_size,
    log_initial_law,
    log_prior,
    log_prior_stopping,
    log_transitions,
    prior_entropy,
    tilted_log_prior,
    transitions,
)
from theory.pac_bayes_prompts._smallest import smallest_of_independent
from theory.pac_bayes_prompts._statement import MODEL
from theory.pac_bayes_prompts._template import (
    all_template_risks,
    class_mean,
    classifiers,
    embeddings,
    name_difference,
    noisy_risk,
    template_risk,
    token_weights,
)
from theory.pac_bayes_prompts._validity import (
    beta_mixture_wealth,
    binomial_expectation,
    critical_counts,
    ever_broken,
    log_betting_wealth,
    log_mixture_wealth,
    random_label_floor,
    violation_probabilities,
)

PAPER = Paper(
    "Understanding prompt engineering may not require rethinking generalization",
    "Victor Akinwande, Yiding Jiang, Dylan Sam, J. Zico Kolter",
    "ICLR 2024",
    "2310.03957",
    topics=("bounds",),
)

CLAIMS = (*BOUNDS, *EXACT, *SIMULATED)

__all__ = [
    "BLOCK",
    "CATALOGUE",
    "CLAIMS",
    "EMPTY",
    "FIXED_PROMPTS",
    "INVERSE_STEPS",
    "MODEL",
    "PAPER",
    "TEMPLATE",
    "Bound",
    "Certificate",
    "Params",
    "Point",
    "all_bounds",
    "all_prompts",
    "all_template_risks",
    "beta_mixture_evalue",
    "beta_mixture_wealth",
    "binary_kl",
    "binary_kl_interior",
    "binomial_expectation",
    "binomial_upper",
    "block_means",
    "block_risk",
    "catoni",
    "catoni_functional",
    "catoni_minimiser",
    "certificates",
    "check_prior",
    "class_mean",
    "class_names",
    "classifiers",
    "coin_betting",
    "command",
    "critical_counts",
    "embeddings",
    "empirical_bernstein",
    "error_count",
    "ever_broken",
    "exact_xi_kl",
    "expected_violations",
    "expected_violations_normal",
    "fast_rate_expansion",
    "gibbs",
    "half_sample_prior",
    "half_stirling_error",
    "held_out",
    "hidden_nats",
    "initial_law",
    "kl_inverse",
    "kl_smallest_rate",
    "least_catoni",
    "log_betting_wealth",
    "log_binomial_cdf",
    "log_binomial_pmf",
    "log_class_size",
    "log_initial_law",
    "log_mixture_wealth",
    "log_prior",
    "log_prior_stopping",
    "log_redundancy",
    "log_regret",
    "log_transitions",
    "log_xi",
    "maurer_kl",
    "maurer_sqrt",
    "mcallester",
    "name_difference",
    "noisy_risk",
    "nonvacuous_from",
    "nonvacuous_from_hoeffding",
    "nonvacuous_from_mcallester",
    "occam_binomial",
    "occam_hoeffding",
    "occam_kl",
    "prior_entropy",
    "quadratic",
    "random_label_floor",
    "recovered_nats",
    "relaxed",
    "risk_of_embeddings",
    "seeger_langford",
    "smallest_of_independent",
    "stirling_error",
    "summary_formula",
    "template_risk",
    "text_embeddings",
    "thiemann",
    "tilted_log_prior",
    "token_weights",
    "transitions",
    "uniform_convergence",
    "upgraded_certificates",
    "violation_probabilities",
    "xi_exact",
    "xi_ramanujan",
    "xi_series",
    "zero_error_bound",
]  # fmt: skip
