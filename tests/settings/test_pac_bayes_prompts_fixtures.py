"""The two fixtures, their searches and their coverage: known numbers, enumeration, quadrature."""

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

import sims.pac_bayes_prompts as searches
import theory.pac_bayes_prompts as pac
from sims import simulate
from theory import ParameterError, log_mixture_wealth
from theory.pac_bayes_prompts.coverage import thresholds, violation_count_expectation

T, B = pac.TEMPLATE, pac.BLOCK
approx = pytest.approx


@pytest.fixture(scope="module")
def template():
    tokens = pac.all_prompts(T)
    return tokens, np.asarray(pac.all_template_risks(T)), np.asarray(pac.log_prior(tokens, T))


# Fixture T


def test_the_template_fixture_has_its_known_numbers(template):
    tokens, risk, log_prior = template
    assert len(tokens) == 1728
    for prompt, r, logp in (
        ((0, 0, 0), 0.1923651812, -5.1691422341), ((0, 11, 7), 0.0735179362, -7.6691422341),
        ((5, 5, 5), 0.2138771555, None), ((11, 0, 3), 0.0792919387, None),
    ):  # fmt: skip
        i = int(np.flatnonzero((tokens == prompt).all(axis=1))[0])
        assert risk[i] == approx(r, abs=1e-10)
        assert logp is None or log_prior[i] == approx(logp, abs=1e-10)
    assert tuple(tokens[risk.argmin()]) == (0, 11, 7)
    assert risk.max() == approx(0.3388417964, abs=1e-10)
    assert risk.mean() == approx(0.1889206239, abs=1e-10)
    assert np.exp(log_prior) @ risk == approx(0.1951615387, abs=1e-10)
    assert np.exp(log_prior).sum() == approx(1, abs=1e-14)
    assert np.mean(-log_prior > pac.log_class_size(T)) == approx(0.74, abs=0.005)


def test_the_template_risk_is_what_fresh_points_say():
    p = T.but(n=40_000, bias=0.3)
    prompts = jnp.array([[0, 0, 0], [0, 11, 7], [5, 5, 5]])
    x, y = searches.template_sample(jax.random.key(1), p)
    errors = searches.template_errors(x, y, pac.classifiers(prompts, p))
    for k, r in zip(np.asarray(errors), np.asarray(pac.template_risk(prompts, p)), strict=True):
        assert abs(k - p.n * r) < 5 * math.sqrt(p.n * r * (1 - r))


def test_error_counts_are_sums_of_mistakes_under_vmap_too(template):
    tokens, _, _ = template
    p = T.but(n=60)
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
    p = T.but(n=60)
    x, y = searches.template_sample(jax.random.key(3), p)
    errors = np.asarray(searches.template_errors(x, y, pac.classifiers(tokens, p)))
    best = int(np.argmax(1 - errors / p.n + 0.02 * log_prior))
    found = searches.beam_search(x, y, p, width=1728, reward=0.02)
    assert np.array_equal(found.tokens, tokens[best])
    assert int(found.errors) == errors[best]


# Fixture B

BLOCK_NUMBERS = (
    (((-1,) * 4,) * 4, 0.7499348950, -5.5451774445),
    (((0, -1, -1, -1), (1, -1, -1, -1), (2, -1, -1, -1), (3, -1, -1, -1)), 0.8172734585,
     -14.1567301448),
    (((3, 1, 4, 1), (5, 9, 2, 6), (5, 3, 5, 8), (9, 7, 9, 3)), 0.6738112461, -52.7238615728),
    (((15, 1, 13, 15), (10, 13, 8, 13), (12, 8, 7, 6), (15, 2, 7, 3)), 0.12952119, -59.72386157),
    (((4, 5, 9, 11), (10, 13, 0, 3), (7, 7, 8, 6), (4, 2, 3, 4)), 0.15257303, -41.97386157),
)  # fmt: skip


@functools.partial(jax.jit, static_argnames="params")
def block_risk(embedding, params):
    return pac.risk_of_embeddings(embedding, params)


def test_the_block_fixture_has_its_known_numbers():
    tokens = np.array([t for t, _, _ in BLOCK_NUMBERS])
    log_prior = pac.log_prior_stopping(tokens, B).sum(axis=-1)
    np.testing.assert_allclose(log_prior, [p for _, _, p in BLOCK_NUMBERS], atol=6e-9)
    risk = block_risk(pac.text_embeddings(tokens, B), B)
    np.testing.assert_allclose(risk, [r for _, r, _ in BLOCK_NUMBERS], atol=6e-9)
    assert pac.noisy_risk(0.16, 0.4, 4) == approx(0.396)


def test_the_stopping_prior_sums_to_one_over_all_lengths():
    p = B.but(vocabulary=5, length=3)
    padded = np.array([
        [*prompt, *[pac.EMPTY] * (3 - length)]
        for length in range(4) for prompt in itertools.product(range(5), repeat=length)
    ])  # fmt: skip
    assert np.exp(pac.log_prior_stopping(padded, p)).sum() == approx(1, abs=1e-13)


# Greedy search by plain loops over all candidates


@pytest.mark.parametrize(("reward", "expected"), [(0.0, 3), (0.01, 4)])
def test_population_greedy_finds_the_known_prompts(reward, expected):
    embedding, weights = np.asarray(pac.embeddings(B)), np.asarray(pac.token_weights(B))
    log_first, log_next = np.asarray(pac.log_initial_law(B)), np.asarray(pac.log_transitions(B))
    text, prompts = np.asarray(pac.class_names(B)), [[] for _ in range(4)]
    for t in range(4):
        for k in range(4):
            grown = np.repeat(text[None], 16, axis=0)
            grown[:, k] += weights[t] * embedding
            log_token = log_next[prompts[k][-1]] if prompts[k] else log_first
            v = int(np.argmax(1 - np.asarray(block_risk(grown, B)) + reward * log_token))
            text, prompts[k] = grown[v], [*prompts[k], v]
    assert tuple(map(tuple, prompts)) == BLOCK_NUMBERS[expected][0]


def test_greedy_by_thresholds_takes_the_path_of_full_rescoring():
    p = B.but(n=60, length=3)
    for seed, reward in ((0, 0.0), (1, 0.01)):
        x, clean = searches.block_sample(jax.random.key(seed), p)
        y = searches.noisy_labels(jax.random.key(seed + 9), clean, p, 0.2)
        found = searches.greedy_class_prompts(x, y, p, reward)
        log_first, log_next = pac.log_initial_law(p), pac.log_transitions(p)
        tokens = np.full((4, 3), pac.EMPTY)
        for step, (t, k) in enumerate(itertools.product(range(3), range(4))):
            grown = np.repeat(tokens[None], p.vocabulary, axis=0)
            grown[:, k, t] = np.arange(p.vocabulary)
            scores = np.einsum("nkb,vkb->vnk", x, pac.text_embeddings(grown, p))
            wrong = (scores.argmax(axis=2) != np.asarray(y)).sum(axis=1)
            log_token = log_next[tokens[k, t - 1]] if t else log_first
            v = int(np.argmax(1 - wrong / p.n + reward * log_token))
            tokens = grown[v]
            assert np.array_equal(found.tokens[step], tokens)
            assert int(found.errors[step]) == wrong[v]
        nats = -pac.log_prior_stopping(tokens, p).sum()
        assert float(found.nats[-1]) == approx(float(nats), rel=1e-13)


def test_greedy_search_and_its_certificates_have_the_known_means():
    run = simulate("pac_bayes_prompts", B, mode="block", trials=8)
    errors, nats = run["errors"][:, -1], run["nats"][:, -1]
    bounds = pac.certificates(errors, B.n, nats, B.delta)
    assert np.all(run["risk"] < bounds["occam_binomial"])
    assert errors.mean() / B.n == approx(0.124, abs=0.03)
    assert run["risk"].mean() == approx(0.160, abs=0.03)
    assert bounds["occam_binomial"].mean() == approx(0.343, abs=0.03)


# Coverage


def test_coverage_numbers_are_the_known_ones(template):
    _, risk, log_prior = template
    c = -log_prior - math.log(0.1)
    for key, known in (("occam_binomial", 0.067569), ("occam_kl", 0.010566),
                       ("exact_xi_kl", 0.00053109)):  # fmt: skip
        v = np.asarray(pac.violation_probabilities(key, risk, c, 200))
        assert v.sum() == approx(known, rel=1e-5)
    counts = thresholds(T, "occam_binomial", prior=False)
    by_normal = special.ndtr((counts - 200 * risk) / np.sqrt(200 * risk * (1 - risk))).sum()
    assert by_normal == approx(127.08, abs=5e-3)
    for shift, known in ((-1, 99.85), (0, 145.676), (1, 205.41)):  # one error less or more
        assert violation_count_expectation(T, shift=shift) == approx(known, abs=5e-3)


def test_critical_counts_are_the_largest_that_break(template):
    _, risk, log_prior = template
    few, c = risk[::97], -log_prior[::97] + 2.0
    n = np.array([1, 1000, 5e6, 1e7, 1e9])
    for key in ("occam_binomial", "mcallester", "summary_formula"):
        bound = pac.CATALOGUE[key].function if key in pac.CATALOGUE else pac.summary_formula
        k = np.asarray(pac.critical_counts(key, few, c, 150))
        table = np.asarray(bound(np.arange(151.0), 150.0, c[:, None]))
        assert np.array_equal(k, (table < few[:, None]).sum(axis=1) - 1)
        k = np.asarray(pac.critical_counts(key, 0.9, 0.3, n))
        assert np.all((k < 0) | (np.asarray(bound(np.maximum(k, 0), n, 0.3)) < 0.9)), key
        assert np.all((k >= n) | (np.asarray(bound(np.minimum(k + 1, n), n, 0.3)) >= 0.9)), key


def test_the_dynamic_programme_agrees_with_the_known_probabilities():
    known = {"beta_mixture_evalue": 0.00874, "coin_betting": 0.0073, "exact_xi_kl": 0.0100,
             "occam_binomial": 0.313}  # fmt: skip
    for key, value in known.items():
        assert float(pac.ever_broken(key, 0.1, -math.log(0.05), 2000)) == approx(value, rel=5e-3)


def test_the_dynamic_programme_agrees_with_all_paths_of_a_short_sample():
    risk, c, steps = 0.4, 1.0, 9
    paths = np.array(list(itertools.product((0, 1), repeat=steps)))
    k, n = np.cumsum(paths, axis=1), np.arange(1, steps + 1)
    law = risk ** k[:, -1] * (1 - risk) ** (steps - k[:, -1])
    for key in ("beta_mixture_evalue", "occam_binomial"):
        bounds = np.asarray(pac.CATALOGUE[key].function(k, np.broadcast_to(n, k.shape), c))
        total = law[(bounds < risk).any(axis=1)].sum()
        assert float(pac.ever_broken(key, risk, c, steps)) == approx(total, abs=1e-12)


def test_both_forms_of_the_mixture_wealth_agree():
    k, n, p = np.array([0.0, 3, 40]), np.array([5.0, 9, 40]), np.array([0.2, 0.9, 0.5])
    direct = np.asarray(pac.beta_mixture_wealth(k, n, p))
    np.testing.assert_allclose(direct, np.exp(log_mixture_wealth(k, n, p)), rtol=1e-12)


def test_the_smallest_of_independent_is_the_sum_over_all_counts_at_any_n():
    for n, p, hypotheses in ((6, 0.6, 3.0), (2000, 0.9, 100.0), (1, 0.3, 5.0), (1025, 0.2, 1.0),
                             (100_000, 0.4, 1e9), (300, 1e-4, 2.0)):  # fmt: skip
        exact = np.exp(hypotheses * stats.binom.logsf(np.arange(n), n, p)).sum() / n
        assert float(pac.smallest_of_independent(n, p, hypotheses)) == approx(exact, rel=1e-11)
    slope = jax.grad(pac.smallest_of_independent, argnums=(1, 2))(2000, 0.4, 50.0)
    p, h = np.array([0.4 + 1e-6, 0.4 - 1e-6, 0.4, 0.4]), np.array([50, 50, 50.001, 49.999])
    ends = np.asarray(pac.smallest_of_independent(2000, p, h))
    np.testing.assert_allclose(
        slope, [(ends[0] - ends[1]) / 2e-6, (ends[2] - ends[3]) / 2e-3], 1e-6
    )


def test_what_no_fixture_is_is_refused():
    with pytest.raises(ParameterError, match="first = 200 is not below n = 200"):
        T.but(first=200)
    with pytest.raises(ParameterError, match="fixture T has 2"):
        pac.all_template_risks(B)
    with pytest.raises(ParameterError, match="prompt embedding of class 2 vanishes"):
        pac.risk_of_embeddings(np.ones((4, 6)) * np.array([1, 1, 0, 1])[:, None], B)
    for tokens, says in (([0, 12], r"a token is outside \[0, 11\]"), ([0.5], "no whole numbers"),
                         ([0] * 4, "the last axis has 1 to 3")):  # fmt: skip
        with pytest.raises(ParameterError, match=says):
            pac.log_prior(np.array(tokens), T)
