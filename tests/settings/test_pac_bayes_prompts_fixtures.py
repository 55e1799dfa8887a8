"""The two fixtures, their searches and their coverage: known numbers, enumeration, quadrature."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import sims.pac_bayes_prompts as searches
import theory.pac_bayes_prompts as pac
from sims import simulate
from theory import ParameterError
from theory.pac_bayes_prompts.coverage import violation_count_expectation

T, B = pac.TEMPLATE, pac.BLOCK
approx = pytest.approx


@pytest.fixture(scope="module")
def template():
    tokens = pac.all_prompts(T)
    return tokens, np.asarray(pac.all_template_risks(T)), np.asarray(pac.log_prior(tokens, T))


def test_the_template_fixture_has_its_known_numbers(template):
    tokens, risk, log_prior = template
    assert len(tokens) == 1728
    few = [12**2 * a + 12 * b + c for a, b, c in ((0, 0, 0), (0, 11, 7), (5, 5, 5), (11, 0, 3))]
    known = [0.1923651812, 0.0735179362, 0.2138771555, 0.0792919387]
    assert risk[few] == approx(known, rel=0, abs=1e-10)
    assert log_prior[few[:2]] == approx([-5.1691422341, -7.6691422341], rel=0, abs=1e-10)
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
    r = np.asarray(pac.template_risk(prompts, p))
    assert np.all(abs(errors - p.n * r) < 5 * np.sqrt(p.n * r * (1 - r)))


def test_error_counts_are_sums_of_mistakes_under_vmap_too(template):
    tokens, _, _ = template
    p = T.but(n=60)
    keys = jax.random.split(jax.random.key(5), 3)
    samples = jax.vmap(lambda key: searches.template_sample(key, p))(keys)
    for few in (tokens[::200], tokens):  # one sample after another only where scores are many
        counts, mistakes = (
            jax.jit(jax.vmap(f, (0, 0, None)))(*samples, pac.classifiers(few, p))
            for f in (searches.template_errors, searches.template_mistakes)
        )
        assert counts.dtype == jnp.int32
        assert np.array_equal(counts, mistakes.sum(axis=1))


def test_a_beam_as_wide_as_the_class_is_exhaustive(template):
    tokens, _, log_prior = template
    p = T.but(n=60)
    x, y = searches.template_sample(jax.random.key(3), p)
    errors = np.asarray(searches.template_errors(x, y, pac.classifiers(tokens, p)))
    best = int(np.argmax(1 - errors / p.n + 0.02 * log_prior))
    found = searches.beam_search(x, y, p, width=1728, reward=0.02)
    assert np.array_equal(found.tokens, tokens[best])
    assert int(found.errors) == errors[best]


BLOCK_NUMBERS = (  # class prompts of fixture B, their risks and log-priors
    (((-1,) * 4,) * 4, 0.7499348950, -5.5451774445),
    (((0, -1, -1, -1), (1, -1, -1, -1), (2, -1, -1, -1), (3, -1, -1, -1)), 0.8172734585,
     -14.1567301448),
    (((3, 1, 4, 1), (5, 9, 2, 6), (5, 3, 5, 8), (9, 7, 9, 3)), 0.6738112461, -52.7238615728),
    (((15, 1, 13, 15), (10, 13, 8, 13), (12, 8, 7, 6), (15, 2, 7, 3)), 0.12952119, -59.72386157),
    (((4, 5, 9, 11), (10, 13, 0, 3), (7, 7, 8, 6), (4, 2, 3, 4)), 0.15257303, -41.97386157),
)  # fmt: skip


block_risk = jax.jit(pac.block_risk, static_argnums=1)


def test_the_block_fixture_has_its_known_numbers():
    tokens = np.array([t for t, _, _ in BLOCK_NUMBERS])
    log_prior = pac.log_prior_stopping(tokens, B).sum(axis=-1)
    np.testing.assert_allclose(log_prior, [p for _, _, p in BLOCK_NUMBERS], atol=6e-9)
    risk = block_risk(tokens, B)
    np.testing.assert_allclose(risk, [r for _, r, _ in BLOCK_NUMBERS], atol=6e-9)
    assert pac.noisy_risk(0.16, 0.4, 4) == approx(0.396)


def test_the_stopping_prior_sums_to_one_over_all_lengths():
    p = B.but(vocabulary=5, length=3)
    padded = np.array([
        [*prompt, *[pac.EMPTY] * (3 - length)]
        for length in range(4) for prompt in itertools.product(range(5), repeat=length)
    ])  # fmt: skip
    assert np.exp(pac.log_prior_stopping(padded, p)).sum() == approx(1, abs=1e-13)


def by_loops(accuracy, p, reward):
    """The tokens after each step of a greedy search over the ``accuracy`` of all candidates."""
    log_first, log_next = pac.log_initial_law(p), pac.log_transitions(p)
    tokens, path = np.full((p.classes, p.length), pac.EMPTY), []
    for t, k in itertools.product(range(p.length), range(p.classes)):
        grown = np.repeat(tokens[None], p.vocabulary, axis=0)
        grown[:, k, t] = np.arange(p.vocabulary)
        log_token = log_next[tokens[k, t - 1]] if t else log_first
        tokens = grown[np.argmax(accuracy(grown) + reward * log_token)]
        path.append(tokens)
    return np.array(path)


@pytest.mark.parametrize(("reward", "expected"), [(0.0, 3), (0.01, 4)])
def test_population_greedy_finds_the_known_prompts(reward, expected):
    path = by_loops(lambda t: 1 - block_risk(t, B), B, reward)
    assert np.array_equal(path[-1], BLOCK_NUMBERS[expected][0])


def test_greedy_by_thresholds_takes_the_path_of_full_rescoring():
    p = B.but(n=60, length=3)
    for seed, reward in ((0, 0.0), (1, 0.01)):
        x, y = searches.block_sample(jax.random.key(seed), p.but(label_noise=0.2))

        def accuracy(tokens, x=x, y=y):
            scores = np.einsum("nkb,vkb->vnk", x, pac.text_embeddings(tokens, p))
            return (scores.argmax(axis=2) == np.asarray(y)).mean(axis=1)

        found, path = searches.greedy_class_prompts(x, y, p, reward), by_loops(accuracy, p, reward)
        assert np.array_equal(found.tokens, path)
        np.testing.assert_allclose(found.errors, p.n * (1 - accuracy(path)), atol=1e-9)
        nats = -pac.log_prior_stopping(path[-1], p).sum()
        assert float(found.nats[-1]) == approx(float(nats), rel=1e-13)


def test_greedy_search_and_its_certificates_have_the_known_means():
    run = simulate("pac_bayes_prompts", B, mode="block", trials=8)
    errors, nats = run["errors"][:, -1], run["nats"][:, -1]
    bounds = pac.certificates(errors, B.n, nats, B.delta)
    assert np.all(run["risk"] < bounds["occam_binomial"])
    assert errors.mean() / B.n == approx(0.124, abs=0.03)
    assert run["risk"].mean() == approx(0.160, abs=0.03)
    assert bounds["occam_binomial"].mean() == approx(0.343, abs=0.03)


def test_coverage_numbers_are_the_known_ones(template):
    _, risk, log_prior = template
    c = -log_prior - math.log(0.1)
    for key, known in (("occam_binomial", 0.067569), ("occam_kl", 0.010566),
                       ("exact_xi_kl", 0.00053109)):  # fmt: skip
        v = np.asarray(pac.violation_probabilities(key, risk, c, 200))
        assert v.sum() == approx(known, rel=1e-5)
    for shift, known in ((-1, 99.85), (1, 205.41)):  # one error less or more
        assert violation_count_expectation(T, shift=shift) == approx(known, abs=5e-3)


def test_critical_counts_are_the_largest_that_break(template):
    _, risk, log_prior = template
    few, c = risk[::97], -log_prior[::97] + 2.0
    n = np.array([1, 1000, 5e6, 1e7, 1e9])
    for key in ("occam_binomial", "mcallester", "summary_formula"):
        bound, k = getattr(pac, key), np.asarray(pac.critical_counts(key, few, c, 150))
        table = np.asarray(bound(np.arange(151.0), 150.0, c[:, None]))
        assert np.array_equal(k, (table < few[:, None]).sum(axis=1) - 1)
        k = np.asarray(pac.critical_counts(key, 0.9, 0.3, n))
        assert np.all((k < 0) | (np.asarray(bound(np.maximum(k, 0), n, 0.3)) < 0.9)), key
        assert np.all((k >= n) | (np.asarray(bound(np.minimum(k + 1, n), n, 0.3)) >= 0.9)), key


def test_the_dynamic_programme_has_the_known_numbers_and_sums_all_paths_of_a_short_sample():
    for key, known in (("beta_mixture_evalue", 0.00874), ("coin_betting", 0.0073),
                       ("exact_xi_kl", 0.0100), ("occam_binomial", 0.313)):  # fmt: skip
        assert float(pac.ever_broken(key, 0.1, -math.log(0.05), 2000)) == approx(known, rel=5e-3)
    risk, c, steps = 0.4, 1.0, 9
    paths = np.array(list(itertools.product((0, 1), repeat=steps)))
    k, n = np.cumsum(paths, axis=1), np.arange(1, steps + 1)
    law = risk ** k[:, -1] * (1 - risk) ** (steps - k[:, -1])
    for key in ("beta_mixture_evalue", "occam_binomial"):
        bounds = np.asarray(pac.CATALOGUE[key].function(k, np.broadcast_to(n, k.shape), c))
        total = law[(bounds < risk).any(axis=1)].sum()
        assert float(pac.ever_broken(key, risk, c, steps)) == approx(total, abs=1e-12)


def test_the_smallest_of_independent_is_the_sum_over_all_counts_at_any_n():
    for n, p, hypotheses in ((6, 0.6, 3.0), (2000, 0.9, 100.0), (1, 0.3, 5.0), (1025, 0.2, 1.0),
                             (100_000, 0.4, 1e9), (300, 1e-4, 2.0)):  # fmt: skip
        exact = np.exp(hypotheses * stats.binom.logsf(np.arange(n), n, p)).sum() / n
        assert float(pac.smallest_of_independent(n, p, hypotheses)) == approx(exact, rel=1e-11)
    slope = jax.grad(pac.smallest_of_independent, argnums=(1, 2))(2000, 0.4, 50.0)
    p, h = np.array([[0.4 + 1e-6, 0.4], [0.4 - 1e-6, 0.4]]), np.array([[50, 50.001], [50, 49.999]])
    high, low = np.asarray(pac.smallest_of_independent(2000, p, h))
    np.testing.assert_allclose(slope, (high - low) / [2e-6, 2e-3], 1e-6)


def test_what_no_fixture_is_is_refused():
    one_zero = np.ones((4, 6)) * np.array([1, 1, 0, 1])[:, None]
    for says, refused in (
        ("first = 200 is not below n = 200", lambda: T.but(first=200)),
        ("fixture T has 2", lambda: pac.all_template_risks(B)),
        ("embedding of class 2 vanishes", lambda: pac.risk_of_embeddings(one_zero, B)),
        (r"a token is outside \[0, 11\]", lambda: pac.log_prior(np.array([0, 12]), T)),
        ("no whole numbers", lambda: pac.log_prior(np.array([0.5]), T)),
        ("the last axis has 1 to 3", lambda: pac.log_prior(np.zeros(4, int), T)),
        (r"12\^16 prompts are too many", lambda: pac.all_prompts(T.but(length=16))),
    ):
        with pytest.raises(ParameterError, match=says):
            refused()
