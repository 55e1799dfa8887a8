"""The two fixtures, searches, coverage and claims of the prompt setting."""

import dataclasses
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

import sims.pac_bayes_prompts as searches
import theory.pac_bayes_prompts as pac
from sims import simulate
from theory import Domain, ParameterError

T, B = pac.TEMPLATE, pac.BLOCK


@pytest.fixture(scope="module")
def template():
    tokens = pac.all_prompts(T)
    risk = np.asarray(pac.all_template_risks(T))
    log_prior = np.asarray(pac.log_prior(tokens, T))
    return tokens, risk, log_prior


def test_the_template_fixture_has_its_known_numbers(template):
    tokens, risk, log_prior = template
    assert len(tokens) == 1728
    known = {
        (0, 0, 0): (0.1923651812, -5.1691422341),
        (0, 11, 7): (0.0735179362, -7.6691422341),
        (5, 5, 5): (0.2138771555, None),
        (11, 0, 3): (0.0792919387, None),
    }
    for prompt, (r, logp) in known.items():
        i = int(np.flatnonzero((tokens == prompt).all(axis=1))[0])
        assert risk[i] == pytest.approx(r, abs=1e-10)
        assert logp is None or log_prior[i] == pytest.approx(logp, abs=1e-10)
    assert tuple(tokens[risk.argmin()]) == (0, 11, 7)
    assert risk.max() == pytest.approx(0.3388417964, abs=1e-10)
    assert risk.mean() == pytest.approx(0.1889206239, abs=1e-10)
    assert np.exp(log_prior) @ risk == pytest.approx(0.1951615387, abs=1e-10)
    assert np.exp(log_prior).sum() == pytest.approx(1, abs=1e-14)
    assert -np.exp(log_prior) @ log_prior == pytest.approx(6.4968186331, abs=1e-10)
    assert pac.log_class_size(T) == pytest.approx(7.4547199494, abs=1e-10)
    assert np.mean(-log_prior > pac.log_class_size(T)) == pytest.approx(0.74, abs=0.005)


def test_the_template_risk_is_what_fresh_points_say():
    p = dataclasses.replace(T, n=40_000, bias=0.3)
    prompts = jnp.array([[0, 0, 0], [0, 11, 7], [5, 5, 5]])
    x, y = searches.template_sample(jax.random.key(1), p)
    errors = searches.template_errors(x, y, pac.classifiers(prompts, p))
    for k, r in zip(np.asarray(errors), np.asarray(pac.template_risk(prompts, p)), strict=True):
        assert abs(k - p.n * r) < 5 * math.sqrt(p.n * r * (1 - r))


BLOCK_NUMBERS = (
    (((-1,) * 4,) * 4, 0.7499348950, -5.5451774445),
    (((0, -1, -1, -1), (1, -1, -1, -1), (2, -1, -1, -1), (3, -1, -1, -1)), 0.8172734585,
     -14.1567301448),
    (((3, 1, 4, 1), (5, 9, 2, 6), (5, 3, 5, 8), (9, 7, 9, 3)), 0.6738112461, -52.7238615728),
    (((15, 1, 13, 15), (10, 13, 8, 13), (12, 8, 7, 6), (15, 2, 7, 3)), 0.12952119, -59.72386157),
    (((4, 5, 9, 11), (10, 13, 0, 3), (7, 7, 8, 6), (4, 2, 3, 4)), 0.15257303, -41.97386157),
)  # fmt: skip


def test_the_block_fixture_has_its_known_numbers():
    tokens = jnp.array([t for t, _, _ in BLOCK_NUMBERS])
    np.testing.assert_allclose(
        pac.block_risk(tokens, B), [r for _, r, _ in BLOCK_NUMBERS], atol=6e-9
    )
    np.testing.assert_allclose(
        pac.log_prior_stopping(tokens, B).sum(axis=-1), [p for _, _, p in BLOCK_NUMBERS], atol=6e-9
    )


def test_the_stopping_prior_sums_to_one_over_all_lengths():
    p = dataclasses.replace(B, vocabulary=5, length=3)
    total = 0.0
    for length in range(4):
        for prompt in itertools.product(range(5), repeat=length):
            padded = np.array([*prompt, *[pac.EMPTY] * (3 - length)])
            total += math.exp(float(_stopping(padded, p)))
    assert total == pytest.approx(1, abs=1e-13)


_stopping = jax.jit(pac.log_prior_stopping)


@pytest.mark.parametrize(("reward", "expected"), [(0.0, 3), (0.01, 4)])
def test_population_greedy_finds_the_known_prompts(reward, expected):
    # greedy with exact risks in place of a sample: an independent, plain loop over all candidates
    risk = jax.jit(pac.risk_of_embeddings)
    embedding, weights = pac.embeddings(B), pac.token_weights(B)
    log_first, log_next = np.log(pac.initial_law(B)), np.log(pac.transitions(B))
    text, prompts = np.asarray(pac.class_names(B)), [[] for _ in range(4)]
    for t in range(4):
        for k in range(4):
            grown = np.repeat(text[None], 16, axis=0)
            grown[:, k] += np.asarray(weights[t] * embedding)
            log_token = log_next[prompts[k][-1]] if prompts[k] else log_first
            v = int(np.argmax(1 - np.asarray(risk(grown, B)) + reward * log_token))
            text, prompts[k] = grown[v], [*prompts[k], v]
    assert tuple(map(tuple, prompts)) == BLOCK_NUMBERS[expected][0]


def test_greedy_by_thresholds_takes_the_path_of_full_rescoring():
    p = dataclasses.replace(B, n=60, length=3)
    for seed, reward in ((0, 0.0), (1, 0.01)):
        x, clean = searches.block_sample(jax.random.key(seed), p)
        y = searches.noisy_labels(jax.random.key(seed + 9), clean, p, 0.2)
        found = searches.greedy_class_prompts(x, y, p, reward)
        log_first, log_next = np.log(pac.initial_law(p)), np.log(pac.transitions(p))
        tokens, step = np.full((4, 3), pac.EMPTY), 0
        for t in range(3):
            for k in range(4):
                grown = np.repeat(tokens[None], p.vocabulary, axis=0)
                grown[:, k, t] = np.arange(p.vocabulary)
                scores = np.einsum("nkb,vkb->vnk", x, pac.text_embeddings(grown, p))
                wrong = (scores.argmax(axis=2) != np.asarray(y)).sum(axis=1)
                log_token = log_next[tokens[k, t - 1]] if t else log_first
                v = int(np.argmax(1 - wrong / p.n + reward * log_token))
                tokens = grown[v]
                assert np.array_equal(found.tokens[step], tokens)
                assert int(found.errors[step]) == wrong[v]
                step += 1
        nats = -pac.log_prior_stopping(tokens, p).sum()
        assert float(found.nats[-1]) == pytest.approx(float(nats), rel=1e-13)


def test_error_counts_are_sums_of_mistakes_under_vmap_too(template):
    tokens, _, _ = template
    p = dataclasses.replace(T, n=60)
    for few in (tokens[::200], tokens):  # one sample after another only where scores are many
        weights = pac.classifiers(few, p)

        def both(key, weights=weights):
            x, y = searches.template_sample(key, p)
            mistakes = searches.template_mistakes(x, y, weights)
            return searches.template_errors(x, y, weights), mistakes.sum(axis=0, dtype=jnp.int32)

        counts, sums = jax.jit(jax.vmap(both))(jax.random.split(jax.random.key(5), 3))
        assert counts.dtype == jnp.int32
        assert np.array_equal(counts, sums)


def test_a_beam_as_wide_as_the_class_is_exhaustive(template):
    tokens, _, log_prior = template
    p = dataclasses.replace(T, n=60)
    x, y = searches.template_sample(jax.random.key(3), p)
    errors = np.asarray(searches.template_errors(x, y, pac.classifiers(tokens, p)))
    best = int(np.argmax(1 - errors / p.n + 0.02 * log_prior))
    found = searches.beam_search(x, y, p, width=1728, reward=0.02)
    assert np.array_equal(found.tokens, tokens[best])
    assert int(found.errors) == errors[best]
    greedy = searches.beam_search(x, y, p, width=1, reward=0.02)

    def value(f):
        return 1 - float(f.errors) / p.n - 0.02 * float(f.nats)

    assert value(greedy) <= value(found) + 1e-12


def test_label_noise_redraws_labels_uniformly():
    p = dataclasses.replace(B, n=30_000, label_noise=0.4)
    clean = jnp.arange(p.n) % 4
    noisy = searches.noisy_labels(jax.random.key(0), clean, p)
    kept = float(jnp.mean(noisy == clean))
    assert kept == pytest.approx(0.6 + 0.4 / 4, abs=5 * math.sqrt(0.25 / p.n))
    assert pac.noisy_risk(0.16, 0.4, 4) == pytest.approx(0.396)


def test_coverage_numbers_are_the_known_ones(template):
    _, risk, log_prior = template
    c = -log_prior - math.log(0.1)
    v = {k: np.asarray(pac.violation_probabilities(k, risk, c, 200))
         for k in ("occam_binomial", "occam_kl", "exact_xi_kl")}  # fmt: skip
    sums = {k: x.sum() for k, x in v.items()}
    assert sums["occam_binomial"] == pytest.approx(0.067569, abs=5e-7)
    assert sums["occam_kl"] == pytest.approx(0.010566, abs=5e-7)
    assert sums["exact_xi_kl"] == pytest.approx(0.00053109, abs=5e-9)
    assert np.all(v["occam_binomial"] <= 0.1 * np.exp(log_prior) * (1 + 1e-12))
    p = dataclasses.replace(T, n=200, delta=0.1)
    assert pac.expected_violations(p, prior=False) == pytest.approx(145.676, abs=1e-3)
    assert pac.expected_violations_normal(p) == pytest.approx(127.08, abs=5e-3)
    k = pac.critical_counts("occam_binomial", risk, -math.log(0.1), 200)
    for shift, known in ((-1, 99.85), (1, 205.41)):  # a threshold off by one error
        shifted = np.exp(np.asarray(pac.log_binomial_cdf(k + shift, 200, risk))).sum()
        assert shifted == pytest.approx(known, abs=5e-3)


def test_critical_counts_are_the_largest_that_break(template):
    _, risk, log_prior = template
    few, c = risk[::97], -log_prior[::97] + 2.0
    for key in ("occam_binomial", "mcallester", "summary_formula"):
        k = np.asarray(pac.critical_counts(key, few, c, 150))
        bound = pac.CATALOGUE[key].function if key in pac.CATALOGUE else pac.summary_formula
        table = np.asarray(bound(np.arange(151.0), 150.0, c[:, None]))
        assert np.array_equal(k, (table < few[:, None]).sum(axis=1) - 1)


def test_the_dynamic_programme_agrees_with_the_known_probabilities():
    c = -jnp.log(0.05)
    known = {"beta_mixture_evalue": 0.00874, "coin_betting": 0.0073, "exact_xi_kl": 0.0100,
             "occam_binomial": 0.313}  # fmt: skip
    for key, value in known.items():
        assert float(pac.ever_broken(key, 0.1, c, 2000)) == pytest.approx(value, rel=5e-3)


def test_the_dynamic_programme_agrees_with_all_paths_of_a_short_sample():
    risk, c, steps = 0.4, 1.0, 9
    for key in ("beta_mixture_evalue", "occam_binomial"):
        bound = pac.CATALOGUE[key].function
        n = np.arange(1, steps + 1)
        table = np.asarray(bound(np.minimum(np.arange(steps + 1), n[:, None]), n[:, None], c))
        total = 0.0
        for path in itertools.product((0, 1), repeat=steps):
            k = np.cumsum(path)
            if np.any(table[n - 1, k] < risk):
                total += risk ** k[-1] * (1 - risk) ** (steps - k[-1])
        assert float(pac.ever_broken(key, risk, c, steps)) == pytest.approx(total, abs=1e-12)


def test_both_forms_of_the_mixture_wealth_agree():
    k, n, p = np.array([0, 3, 20]), np.array([5, 9, 40]), np.array([0.2, 0.9, 0.5])
    direct = np.asarray(pac.beta_mixture_wealth(k, n, p))
    np.testing.assert_allclose(direct, np.exp(pac.log_mixture_wealth(k, n, p)), rtol=1e-12)


def test_the_smallest_of_independent_errors_is_known():
    assert float(pac.smallest_of_independent(200, 0.5, 1728.0)) == pytest.approx(0.380507, abs=5e-7)
    n, p, h = 6, 0.6, 3
    pmf = stats.binom.pmf(np.arange(n + 1), n, p)
    exact = sum(
        min(ks) / n * math.prod(pmf[list(ks)]) for ks in itertools.product(range(n + 1), repeat=h)
    )
    assert float(pac.smallest_of_independent(n, p, float(h))) == pytest.approx(exact, rel=1e-12)


FIXTURES = Domain.of(
    pac.Params, n=200, classes=2, vocabulary=12, length=3, dimension=16, first=0,
    separation=(0.2, 5.0), sigma=(0.2, 5.0), bias=(-2.0, 2.0),
)  # fmt: skip


@settings(max_examples=15)
@given(FIXTURES.strategy())
def test_risk_is_a_probability_and_free_of_the_scale_of_features(p):
    prompts = jnp.array([[0, 3, 5], [1, 1, 1]])
    doubled = dataclasses.replace(
        p, separation=2 * p.separation, sigma=2 * p.sigma, bias=2 * p.bias
    )
    risk = np.asarray(_template_risk(prompts, p))
    assert np.all((risk >= 0) & (risk <= 1))
    np.testing.assert_allclose(risk, _template_risk(prompts, doubled), rtol=1e-9, atol=1e-300)


_template_risk = jax.jit(pac.template_risk)


def test_gibbs_is_the_minimiser_among_nearby_posteriors(template):
    _, risk, log_prior = template

    def objective(log_q):
        q = np.exp(log_q - np.log(np.exp(log_q).sum()))
        return float(q @ (30 * risk + np.log(q) - log_prior))

    best = np.asarray(pac.gibbs(log_prior, 30 * risk))
    rng = np.random.default_rng(0)
    for size in (1e-2, 0.1, 1.0):
        assert objective(best) < objective(best + size * rng.normal(size=len(best)))


def test_bad_fixtures_are_refused_with_what_to_do():
    with pytest.raises(ParameterError, match="delta must lie strictly between 0 and 1"):
        dataclasses.replace(T, delta=1.5)
    for field, value in (("n", 0), ("label_noise", 1.2), ("reward", -0.1), ("classes", 1),
                         ("vocabulary", 1), ("length", 0), ("sigma", 0.0), ("stop", 1.0),
                         ("tilt", -1.0), ("gain", 9.0), ("separation", 0.0), ("decay", 0.0),
                         ("bias", 9.0), ("clutter", 2.0), ("base", 0.0), ("prior_width", 0.0),
                         ("start_width", 0.0), ("dimension", 1), ("first", -1)):  # fmt: skip
        with pytest.raises(ParameterError, match=f"pac_bayes_prompts: {field} = "):
            dataclasses.replace(T, **{field: value})
    with pytest.raises(ParameterError, match="first = 200 is not below n = 200"):
        dataclasses.replace(T, first=200)
    with pytest.raises(ParameterError, match="fixture T has 2"):
        pac.all_template_risks(B)
    with pytest.raises(ParameterError, match="prompt embedding of class 2 vanishes"):
        pac.risk_of_embeddings(np.ones((4, 6)) * np.array([1, 1, 0, 1])[:, None], B)
    pac.check_prior(pac.initial_law(T), pac.transitions(T))
    with pytest.raises(ParameterError, match="a row of Q sums to 1 only within"):
        pac.check_prior(pac.initial_law(T), 1.001 * pac.transitions(T))
    with pytest.raises(ParameterError, match="not probabilities"):
        pac.check_prior(np.array([1.5, -0.5]), np.eye(2))


def test_all_twenty_results_are_claims():
    names = {c.name for c in pac.CLAIMS}
    assert names >= {
        "xi_identity", "catoni_kl_duality", "occam_union_validity", "violation_count_expectation",
        "bound_ordering", "fast_rate_ratio", "prior_vs_uniform_crossover", "lagrangian_monotone",
        "srm_oracle", "expected_kl_gap", "label_noise_affine", "random_label_floor",
        "tandem_memorisation", "anytime_evalue", "mixture_martingale", "gibbs_variational",
        "point_mass_vs_gibbs", "nonvacuous_threshold", "half_sample_prior_gain", "model_selection",
    }  # fmt: skip


def test_a_trial_of_greedy_search_returns_what_its_certificates_promise():
    runs = simulate("pac_bayes_prompts", B, mode="block", trials=8)
    assert np.all(runs["occam_binomial"] <= runs["occam_kl"])
    assert np.all(runs["occam_kl"] <= runs["exact_xi_kl"])
    assert np.all(runs["srm_bound"] <= runs["occam_kl"])
    assert np.all(runs["risk"] < runs["occam_binomial"])
    assert runs["training_error"].mean() == pytest.approx(0.124, abs=0.03)
    assert runs["risk"].mean() == pytest.approx(0.160, abs=0.03)
    assert runs["occam_binomial"].mean() == pytest.approx(0.343, abs=0.03)
