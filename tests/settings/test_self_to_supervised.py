"""Targets, moves, probes and the loop by linear programmes, enumeration and many digits."""

from itertools import product

import jax
import mpmath
import numpy as np
import pytest
from scipy import optimize

from sims import simulate
from theory import ArgumentError, ParameterError
from theory.self_to_supervised import (
    Params, best_tries, even_prompts, gradient_squares, half_life, kl_of_target, movement,
    online_diversity, online_gold, online_wrong, paying_prompts, probe_change, sft_half_life,
    target,
)  # fmt: skip
from theory.self_to_supervised.params import RARE

POLICY, VALID = np.array([0.02, 0.3, 0.2, 0.08, 0.25, 0.1, 0.05]), 4


def least_move(policy, valid, accuracy):
    """The least TV of laws with this accuracy at least, by a linear programme."""
    n = len(policy)
    good = (np.arange(n) < valid).astype(float)
    move = np.hstack([-np.eye(n), -np.eye(n)])  # p - r <= moved down
    found = optimize.linprog(
        np.append(np.zeros(n), np.ones(n)),
        A_ub=np.vstack([move, np.append(-good, np.zeros(n))]),
        b_ub=np.append(-policy, -accuracy),
        A_eq=[np.append(np.ones(n), np.zeros(n))],
        b_eq=[1.0],
    )
    return found.fun


def test_no_law_moves_less_than_s3ft_at_its_accuracy():
    rng = np.random.default_rng(1)
    for policy in (POLICY, *rng.dirichlet(np.ones(7), 3)):
        for f in (0.0, 0.2, 0.7):
            q = np.asarray(target(policy, VALID, f))
            accuracy = q[:VALID].sum()
            moved = float(movement(policy[:VALID].sum(), policy[0], f))
            assert moved == pytest.approx(abs(q - policy).sum() / 2, abs=1e-12)
            assert moved == pytest.approx(least_move(policy, VALID, accuracy), abs=1e-9)


@pytest.mark.parametrize(("f", "m", "k"), [(0, 0, 1), (0.2, 0.3, 1), (0.5, 0.1, 4), (0, 1, 3)])
def test_targets_are_those_of_trying_one_answer_after_another(f, m, k):
    chance, q = 1.0, np.zeros(7)
    kept = POLICY * np.where(np.arange(7) < VALID, 1 - m, f)
    for _ in range(k):
        q += chance * kept
        chance *= 1 - kept.sum()
    q[0] += chance
    assert np.asarray(target(POLICY, VALID, f, m, k)) == pytest.approx(q, abs=1e-14)


def test_a_judge_that_never_accepts_has_slopes_too():
    slope = jax.jacfwd(target, 2)(POLICY, VALID, 0.0, 1.0, 3)
    step = (np.asarray(target(POLICY, VALID, 1e-5, 1.0, 3)) - np.eye(7)[0]) / 1e-5
    assert np.asarray(slope) == pytest.approx(step, abs=1e-4)
    assert float(slope[4]) == pytest.approx(3 * POLICY[4], rel=1e-9)


def test_divergence_at_many_digits():
    with mpmath.workdps(60):
        for P, p_g, k in ((0.6, 0.02, 1), (0.6, 0.02, 8), (0.3, 1e-6, 3), (0.9, 0.9, 2)):
            P_, g = mpmath.mpf(P), mpmath.mpf(p_g)
            a, rho = (1 - P_) ** k, g / P_
            gold = (1 - a) * rho + a
            kl = gold * mpmath.log(gold / g)
            if rho < 1:
                kl += (1 - a) * (1 - rho) * mpmath.log((1 - a) / P_)
            assert float(kl_of_target(P, p_g, k)) == pytest.approx(float(kl), rel=1e-13)
    assert float(kl_of_target(1.0, 0.3, 5)) == 0.0  # nothing is wrong, nothing moves


def test_best_tries_by_search():
    for P, p_g, cost in ((0.6, 0.02, 0.01), (0.6, 0.02, 0.3), (0.2, 0.15, 0.003)):

        def price(k, P=P, p_g=p_g, cost=cost):
            a, rho = (1 - P) ** k, p_g / P
            gold = (1 - a) * rho + a
            gap = (1 - rho) * (1 - a) * np.log1p(-a) + gold * np.log(gold / rho)
            return gap + cost * (1 - a) / P

        k = optimize.minimize_scalar(price, bounds=(0.1, 60), options={"xatol": 1e-9}).x
        assert float(best_tries(P, p_g, cost)) == pytest.approx(k, rel=1e-5)
    assert float(best_tries(0.6, 0.6 - 1e-12, 1.0)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("own", [True, False])
def test_probe_change_by_enumeration(own):
    """All answers and overlaps of three prompts."""
    mu, sigma, N, answers = 0.4, 0.7, 3, range(3)
    policy, valid = np.array([0.2, 0.5, 0.3]), 2
    q = np.asarray(target(policy, valid)) if own else np.eye(3)[0]
    total = 0.0
    for ys, signs in product(product(answers, repeat=N), product((-1, 1), repeat=N)):
        step = sum(
            (mu + s * sigma) * (np.eye(3)[y] - policy) for y, s in zip(ys, signs, strict=True)
        )
        total += np.prod(q[list(ys)]) / 2**N * (step / N) @ (step / N)
    mean, each, gold = gradient_squares(policy, valid)
    squares = (mean, each) if own else (gold, gold)
    assert float(probe_change(*squares, N, mu, sigma)) == pytest.approx(total, rel=1e-12)


def test_own_answers_pay_from_the_number_of_prompts_said():
    at = RARE["policy"], RARE["valid"]
    mean, own, gold = gradient_squares(*at)
    pays = float(paying_prompts(*at, 0.3, 1.0))
    assert pays == pytest.approx(10.0095, abs=5e-5)
    better = [float(probe_change(mean, own, N, 0.3, 1) - probe_change(gold, gold, N, 0.3, 1)) < 0
              for N in (1, 10, 11, 1000)]  # fmt: skip
    assert better == [False, False, True, True]
    assert float(paying_prompts(POLICY, VALID, 0.3, 1.0)) < 1  # from the first prompt on
    assert np.isnan(float(paying_prompts([0.4, 0.0, 0.6], 2, 0.3, 1.0)))
    even = float(even_prompts(*gradient_squares(POLICY, VALID)[:2], 0.3, 1.0))
    assert even == pytest.approx(48.527, abs=5e-4)


def test_the_loop_by_all_its_paths():
    policy, valid, eta, R = np.array([0.1, 0.3, 0.2, 0.4]), 3, 0.3, 4
    runs = [(1.0, policy)]
    for _ in range(R):
        runs = [
            (c * x[y], (1 - eta) * x + eta * np.eye(4)[y if y < valid else 0])
            for c, x in runs for y in range(4)
        ]  # fmt: skip
    chance = np.array([c for c, _ in runs])
    last = np.array([x for _, x in runs])
    q = np.asarray(target(policy, valid))
    gold, W = policy[0] + 0.4, 0.4
    assert chance @ last[:, 0] == pytest.approx(float(online_gold(0.1, W, eta, R)), rel=1e-12)
    assert last[:, 3] == pytest.approx(float(online_wrong(W, eta, R)), rel=1e-12)
    diverse = chance @ (1 - (last[:, :3] ** 2).sum(axis=1))
    found = float(online_diversity(1 - q @ q, gold, W, eta, R))
    assert found == pytest.approx(diverse, rel=1e-12)


def test_the_softmax_loop_by_all_its_paths():
    """Mean and spread of the logits of gold and of a wrong answer after three rounds."""
    p = Params(eta=0.9, rounds=3)
    runs = [(1.0, np.log(POLICY))]
    for _ in range(3):
        after = []
        for c, logits in runs:
            now = np.exp(logits) / np.exp(logits).sum()
            q = np.append(now[:VALID], np.zeros(3)) + now[VALID:].sum() * np.eye(7)[0]
            after += [(c * q[y], logits + p.eta * (np.eye(7)[y] - now)) for y in range(VALID)]
        runs = after
    chance, last = np.array([c for c, _ in runs]), np.array([x for _, x in runs])
    seen = simulate("self_to_supervised", p, mode="online", trials=8192)["logits"]
    for i in (0, 4):
        mean = chance @ last[:, i]
        error = np.sqrt(chance @ (last[:, i] - mean) ** 2 / len(seen))
        assert abs(seen[:, i].mean() - mean) < 5 * error


def test_half_lives():
    assert float(half_life(0.1)) == pytest.approx(68.9676, abs=5e-5)
    assert float(sft_half_life(0.1)) == pytest.approx(6.57881, abs=5e-6)
    assert (1 - 0.1**2) ** float(half_life(0.1)) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: target([0.5, 0.4], 1), "policy.* does not sum to 1"),
        (lambda: target(POLICY, 0), "valid = 0 is outside"),
        (lambda: target(POLICY, VALID, 1.5), "accepts = 1.5 is outside"),
        (lambda: target(POLICY, VALID, 0.0, -0.1), "rejects = -0.1 is outside"),
        (lambda: target(POLICY, VALID, 0.0, 0.0, 0), "tries = 0 is outside"),
        (lambda: kl_of_target(0.6, 0.0), "p_g = 0 is outside .*never sampled"),
        (lambda: kl_of_target(0.6, 0.7), "is above P: the gold answer is valid"),
        (lambda: movement(0.0, 0.0), "P = 0 is outside"),
        (lambda: best_tries(0.6, 0.6, 0.1), "all tries are alike"),
        (lambda: half_life(1.0), "eta = 1 is outside"),
        (lambda: paying_prompts(POLICY, 1, 0.3, 1.0), "S3FT is SFT"),
        (lambda: online_gold(0.7, 0.4, 0.1, 5), "p_g and W exceed 1|and W exceed 1"),
    ],
)
def test_bad_numbers_are_refused_by_name(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"policy": np.array([1.0]), "valid": 1}, "one answer"),
        ({"policy": np.array([0.5, 0.4]), "valid": 1}, "sums to 0.9"),
        ({"policy": np.array([0.0, 1.0]), "valid": 1}, "never samples the gold answer"),
        ({"valid": 8}, "above the 7 answers"),
        ({"eta": 1.0}, "outside"),
    ],
)
def test_bad_params_are_refused(bad, message):
    with pytest.raises(ParameterError, match=message):
        Params(**bad)
