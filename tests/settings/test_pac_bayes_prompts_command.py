"""Certificates in one call and by the command: what they give, and what they refuse."""

import math

import numpy as np
import pytest
from scipy import stats

import theory.pac_bayes_prompts as pac
from theory import ParameterError
from theory.__main__ import main

approx = pytest.approx
BATCH = 16


def test_the_ends_of_a_certificate_are_closed_forms_and_never_nan():
    bounds = pac.certificates(np.array([0, 100, 3]), 100, np.array([4.0, 4.0, math.inf]))
    for key in ("occam_kl", "occam_binomial", "exact_xi_kl", "beta_mixture_evalue"):
        assert bounds[key][1:] == approx(1.0, abs=0)
    c = 4 + math.log(20)
    for key in ("occam_kl", "occam_binomial"):
        assert bounds[key][0] == approx(-math.expm1(-c / 100), rel=1e-14)
    assert not any(np.isnan(v).any() for v in bounds.values())


def test_one_call_gives_every_bound_that_the_numbers_allow():
    bounds = pac.certificates(
        37, 1000, 42.0, 0.05, uniform_nats=44.36, held_out=(5, 100), half_sample=(20, 600, 3.0)
    )
    assert list(bounds) == list(pac.CATALOGUE)
    assert bounds["mcallester"] == approx(0.2012104, abs=1e-6)
    assert bounds["held_out"] == approx(stats.beta.isf(0.05, 6, 95), rel=1e-11)
    level = 0.05 * math.exp(-3)
    assert bounds["half_sample_prior"] == approx(stats.beta.isf(level, 21, 580), rel=1e-11)
    assert pac.certificates(np.arange(BATCH), 1000, 42.0)["occam_kl"].shape == (BATCH,)
    assert "empirical_bernstein" not in pac.certificates(0, 1, 2.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delta": 0.0}, "delta must lie strictly between 0 and 1"),
        ({"delta": 1.0}, "delta must lie strictly between 0 and 1"),
        ({"delta": math.nan}, "delta must lie strictly between 0 and 1|NaN among"),
        ({"errors": 1001}, r"error count must be an integer in \[0, n\]"),
        ({"errors": -1}, r"error count must be an integer in \[0, n\]"),
        ({"errors": 2.5}, "error count must be an integer|not a whole number"),
        ({"n": 0, "errors": 0}, "n must be an integer >= 1|outside"),
        ({"nats": -0.1}, "prior probability above 1"),
        ({"nats": math.nan}, "prior probability above 1|NaN among"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(change, message):
    given = {"errors": 37, "n": 1000, "nats": 42.0, "delta": 0.05} | change
    for make in (pac.certificates, pac.Certificate):
        with pytest.raises(ParameterError, match=message):
            make(**given)


def test_bad_optional_numbers_are_refused():
    with pytest.raises(ParameterError, match="catoni_parameter = 0 is not above 0"):
        pac.certificates(1, 10, 1.0, catoni_parameter=0)
    with pytest.raises(ParameterError, match="n must be an integer >= 1"):
        pac.certificates(1, 10, 1.0, half_sample=(0, 0, 1.0))


def test_a_published_certificate_is_upgraded_to_sharper_ones():
    errors, nats = np.tile([0, 37], BATCH // 2), np.tile([0.0, 42.0], BATCH // 2)
    published = np.asarray(pac.mcallester(errors, 1000.0, nats + math.log(20)))
    upgraded = pac.certificates(errors, 1000, pac.hidden_nats(published, errors, 1000))
    known = pac.certificates(errors, 1000, nats)
    for key, values in upgraded.items():
        np.testing.assert_allclose(values, known[key], rtol=1e-11)
    assert np.all(upgraded["occam_binomial"] < 0.6 * published)
    with pytest.raises(ParameterError, match="smaller than any prior gives"):
        pac.hidden_nats(0.05, 37, 1000)


def table(capsys, text):
    """What the command prints, on one line."""
    assert main(["pac_bayes_prompts", *text.split()]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_the_command_prints_every_bound_and_says_which_flags_bring_the_others(capsys):
    shown = table(capsys, "--errors=37 --n=1000 --nats=42 --delta=0.05 --uniform-nats=44")
    for key in set(pac.CATALOGUE) - {"held_out", "half_sample_prior"}:
        assert key in shown
    assert "0.119176" in shown
    numbers = "--errors 3 --n 100 --nats 4"
    shown = table(capsys, numbers)
    assert "15 of 18 bounds" in shown
    for flag in ("--uniform-nats", "--held-out", "--half-sample"):
        assert f"with {flag}" in shown
    rest = "--uniform-nats 5 --held-out 1 9 --half-sample 1 50 2"
    assert "of 18 bounds" not in table(capsys, f"{numbers} {rest}")


def test_the_command_upgrades_a_published_bound(capsys):
    published = float(pac.mcallester(37, 1000, 42 + math.log(20)))
    shown = table(capsys, f"--errors 37 --n 1000 --mcallester {published!r}")
    assert "ln 1/P = 42 " in shown
    assert "becomes 0.119176 (exact tail)" in shown
    shown = table(capsys, "--training-error 0.037 --n 1000 --mcallester 0.2012")
    assert "k = 37, n = 1000" in shown
    assert "upgrade a published" in table(capsys, "--help")


def test_a_published_rate_takes_the_counts_that_round_to_it_and_the_safe_one_of_each(capsys):
    shown = table(capsys, "--training-error .45 --n 101 --mcallester .75")
    assert "k = 45, n = 101" in shown  # 46/101 rounds to .46
    assert "becomes 0.662875 (exact tail) or 0.682379 (kl)" in shown
    shown = table(capsys, "--training-error 0.45 --n 1000 --mcallester 0.75")
    assert "k = 445 to 455" in shown
    nats = float(pac.hidden_nats(0.75, 445, 1000, 0.05))
    assert f"becomes {float(pac.certificates(455, 1000, nats)['occam_binomial']):.6g} " in shown
    assert "k = 0, n = 101" in table(capsys, "--training-error 0 --n 101 --nats 3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--errors 3 --n 10 --nats 1 --delta 2", "delta must lie strictly between"),
        ("--errors 3 --n 10 --mcallester 0.4", "prior probability above 1"),
        ("--errors 1 --n 10 --mcallester 0.05", "smaller than any prior gives"),
        ("--training-error 1.5 --n 10 --nats 1", "training error = 1.5 is outside [0, 1]"),
        ("--errors 3 --n 10 --nats 1 --half-sample 1.5 5 1", "not a whole number"),
        ("--training-error 0.452 --n 101 --nats 3", "no k/n with n = 101 rounds to it"),
        ("--training-error half --n 101 --nats 3", "outside [0, 1]"),
        ("--training-error 1e-999999999 --n 101 --nats 3", "30 decimal places"),
    ],
)
def test_the_command_refuses_bad_numbers_with_status_2(text, message, capsys):
    assert main(["pac_bayes_prompts", *text.split()]) == 2
    assert message in capsys.readouterr().err
