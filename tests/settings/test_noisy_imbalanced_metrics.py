"""Metrics by enumeration, moments by exact sums and by counting pairs, and a user's own table."""

import itertools

import jax
import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

import theory.__main__
from theory import ArgumentError, ParameterError
from theory.noisy_imbalanced_metrics import (
    Params, accuracy, annotated, binormal_auc, binormal_auc_variance, binormal_average_precision,
    contraction, corrected, corrected_table, f1, g_mean, kappa, mcc, npv, precision, size_to_rank,
    variances,
)  # fmt: skip

FORMS = {
    "precision": precision, "npv": npv, "f1": f1, "mcc": mcc, "kappa": kappa, "accuracy": accuracy,
}  # fmt: skip


def cells(pi, t, f, alpha, beta):
    """(TP, FN, FP, TN) against annotated labels, by enumeration of (Y, Yt, Yh)."""
    found = dict.fromkeys(itertools.product((1, 0), repeat=2), 0.0)
    for y, told, calls in itertools.product((0, 1), repeat=3):
        says, rate = (1 - alpha, t) if y else (beta, f)
        weight = (pi if y else 1 - pi) * (says if told else 1 - says)
        found[told, calls] += weight * (rate if calls else 1 - rate)
    return np.array([found[1, 1], found[1, 0], found[0, 1], found[0, 0]])


def by_definition(tp, fn, fp, tn):
    """Metrics as textbooks write them."""
    p, n, q, r = tp + fn, fp + tn, tp + fp, fn + tn
    chance = (p * q + n * r) / (p + n) ** 2
    right = (tp + tn) / (p + n)
    return {
        "precision": tp / q, "npv": tn / r, "f1": 2 / (1 / (tp / q) + 1 / (tp / p)),
        "mcc": (tp * tn - fp * fn) / np.sqrt(p * n * q * r),
        "kappa": (right - chance) / (1 - chance), "accuracy": right,
        "g_mean": np.sqrt(tp / p * tn / n), "j": tp / p + tn / n - 1, "recall": tp / p,
    }  # fmt: skip


def test_metrics_of_an_annotated_table_are_those_of_its_enumerated_cells():
    rng = np.random.default_rng(0)
    for pi, t, f in rng.uniform(0.02, 0.98, (20, 3)):
        alpha, beta = rng.uniform(0, 0.48, 2)
        table = annotated(pi, t, f, alpha, beta)
        found = by_definition(*cells(pi, t, f, alpha, beta))
        for name, form in FORMS.items():
            assert float(form(*table)) == pytest.approx(found[name], rel=1e-9), name
        assert float(g_mean(*table[1:])) == pytest.approx(found["g_mean"], rel=1e-12)
        kept = found["j"] / by_definition(*cells(pi, t, f, 0, 0))["j"]
        assert float(contraction(pi, alpha, beta)) == pytest.approx(kept, rel=1e-9)


def test_the_tiniest_classes_keep_their_digits():
    pi, alpha, beta = 1e-9, 0.1, 1e-3
    eta = pi * (1 - alpha) / (pi * (1 - alpha) + (1 - pi) * beta)
    tt, ft = (float(x) for x in annotated(pi, 0.8, 0.05, alpha, beta)[1:])
    assert tt - ft == pytest.approx(float(contraction(pi, alpha, beta)) * 0.75, rel=1e-8)
    assert tt == pytest.approx(0.05 + 0.75 * eta, rel=1e-14)
    assert float(precision(0.25, 1.0, 1.0)) == float(npv(0.75, 0.0, 0.0)) == 0.25
    assert float(mcc(pi, 1.0, 0.0)) == pytest.approx(1.0, rel=1e-14)
    assert float(f1(pi, 0.5, 0.0)) == pytest.approx(2 / 3, rel=1e-14)


def test_the_variance_of_f1_is_that_of_two_binomials():
    """S = TP + FP + FN ~ Bin(n, sigma), TP ~ Bin(S, F/(2 - F)): the exact variance, n large."""
    pi, t, f, n = 0.1, 0.7, 0.05, 4000
    sigma, hit = pi + (1 - pi) * f, pi * t
    s = np.arange(1, n + 1)
    weights = stats.binom.pmf(s, n, sigma)
    theta = hit / sigma
    moments = np.zeros(2)
    for size, weight in zip(s, weights, strict=True):
        if weight > 1e-13:
            tp = np.arange(size + 1)
            score, chance = 2 * tp / (size + tp), stats.binom.pmf(tp, size, theta)
            moments += weight * np.array([score @ chance, score**2 @ chance])
    exact = moments[1] - moments[0] ** 2
    assert float(variances(pi, t, f, n).f1) == pytest.approx(exact, rel=0.005)


def test_every_variance_is_that_of_sampled_tables():
    pi, t, f, n = 0.2, 0.6, 0.15, 3000
    share = [pi * t, pi * (1 - t), (1 - pi) * f, (1 - pi) * (1 - f)]
    drawn = np.random.default_rng(1).multinomial(n, share, 40_000).T
    for name, values in by_definition(*drawn.astype(float)).items():
        stated = float(getattr(variances(pi, t, f, n), name))
        assert stated == pytest.approx(values.var(), rel=0.04), name


def test_auc_and_its_variance_by_quadrature_over_scores():
    mu, s, n1, n0 = 1.0, 0.5, 7, 11
    law, other = stats.norm(), stats.norm(mu, s)
    beats = integrate.quad(lambda x: law.cdf(x) * other.pdf(x), -9, 9)[0]
    two_negatives = integrate.quad(lambda x: law.cdf(x) ** 2 * other.pdf(x), -9, 9)[0]
    two_positives = integrate.quad(lambda x: other.sf(x) ** 2 * law.pdf(x), -9, 9)[0]
    spread = (beats * (1 - beats) + (n1 - 1) * (two_positives - beats**2)
              + (n0 - 1) * (two_negatives - beats**2)) / (n1 * n0)  # fmt: skip
    assert float(binormal_auc(mu, s)) == pytest.approx(beats, rel=1e-10)
    assert float(binormal_auc_variance(mu, s, n1, n0)) == pytest.approx(spread, rel=1e-9)


def test_average_precision_by_adaptive_quadrature():
    known = {(0.02, 2.0, 1.3, 0.0, 0.0, 1e300): 0.4114056, (0.02, 2.0, 1.3, 0.1, 0.02, 1e300):
             0.2226186, (0.1, 2.0, 1.3, 0.1, 0.02, 300): 0.5487923}  # fmt: skip
    for given, value in known.items():
        assert float(binormal_average_precision(*given)) == pytest.approx(value, abs=2e-7)
    for items in (1, 2):  # one item: precision 1 wherever it is positive
        chance = float(binormal_average_precision(0.3, 0.0, 1.0, 0.0, 0.0, items))
        assert chance == pytest.approx(0.3 + 0.7 * {1: 1.0, 2: 0.75}[items], rel=1e-9)


def test_a_ranking_that_noise_turns_around_needs_infinitely_many_items():
    p = Params(pi=0.002, t=0.3, f=0.0002, t2=0.95, f2=0.006, alpha=0.25, beta=0.01)
    needed = size_to_rank(p)
    assert np.isinf([needed.f1, needed.kappa]).all()
    assert 2000 < float(needed.g_mean) < 2300
    p = Params(pi=0.1, t=0.7, f=0.05, t2=0.75, f2=0.04, alpha=0.3, beta=0.05)
    share = np.zeros((2, 2, 2))
    for y, told, first, second in itertools.product((0, 1), repeat=4):
        weights = (
            (1 - p.alpha if y else p.beta, told), (p.t if y else p.f, first),
            (p.t2 if y else p.f2, second),
        )  # fmt: skip
        chance = np.prod([w if k else 1 - w for w, k in weights])
        share[told, first, second] += (p.pi if y else 1 - p.pi) * chance
    flat = share.ravel()

    def lead(x):
        first, second = (y.reshape(2, 2) for y in (x.sum(2), x.sum(1)))
        mccs = (by_definition(y[1, 1], y[1, 0], y[0, 1], y[0, 0])["mcc"] for y in (second, first))
        return next(mccs) - next(mccs)

    steps = 1e-6 * np.eye(8).reshape(8, 2, 2, 2)
    slopes = np.array([(lead(share + h) - lead(share - h)) / 2e-6 for h in steps])
    spread = slopes**2 @ flat - (slopes @ flat) ** 2
    needed = stats.norm.ppf(0.95) ** 2 * spread / lead(share) ** 2
    assert float(size_to_rank(p).mcc) == pytest.approx(needed, rel=1e-5)


# ------------------------------------------------------------------------------ your own table


def test_a_users_counts_give_back_the_clean_metrics():
    table = cells(0.03, 0.8, 0.05, 0.1, 0.02) * 10**7
    found = corrected(np.round(table), 0.1, 0.02)
    for name, value in by_definition(*cells(0.03, 0.8, 0.05, 0, 0)).items():
        low, high = getattr(found.low, name), getattr(found.high, name)
        assert getattr(found.clean, name) == pytest.approx(value, rel=1e-9), name
        assert low < value < high, name
    wider = corrected(np.round(table), 0.1, 0.02, errors=(0.01, 0.001))
    slope = jax.jacfwd(lambda a, b: f1(*corrected_table(*_rates(table), a, b)), (0, 1))(0.1, 0.02)
    more = found.error.f1**2 + float(slope[0]) ** 2 * 1e-4 + float(slope[1]) ** 2 * 1e-6
    assert wider.error.f1**2 == pytest.approx(more, rel=1e-9)
    assert found.prevalence == pytest.approx(0.03)
    assert found.purity == pytest.approx(0.027 / 0.0464)


def _rates(table):
    tp, fn, fp, tn = table / table.sum()
    return tp + fn, tp / (tp + fn), fp / (fp + tn)


def test_both_layouts_of_counts_and_a_negative_estimate():
    assert corrected([[900, 30], [30, 40]], 0.1, 0.01) == corrected((40, 30, 30, 900), 0.1, 0.01)
    few = corrected((0, 40, 60, 900), 0.1, 0.02)
    assert few.clean.recall < 0
    assert few.clean.f1 < 0
    assert few.annotated.recall == 0


def test_the_command_prints_clean_metrics_of_a_file_and_of_flags(tmp_path, capsys):
    np.savetxt(tmp_path / "counts.csv", [[9037, 499], [238, 226]], delimiter=",", fmt="%d")
    main = theory.__main__.main
    noise = ["--noise", "0.1", "0.02"]
    assert main(["noisy_imbalanced_metrics", str(tmp_path / "counts.csv"), *noise]) == 0
    printed = capsys.readouterr().out
    assert "0.4690" in printed
    assert "58.2% of the annotated positives" in printed
    flags = ["--counts", "226", "238", "499", "9037"]
    assert main(["noisy_imbalanced_metrics", *flags, *noise]) == 0
    assert capsys.readouterr().out == printed
    assert main(["noisy_imbalanced_metrics", *flags, "--noise", "0.6", "0.5"]) == 2
    assert "must be positive" in capsys.readouterr().err
    assert main(["noisy_imbalanced_metrics", *noise]) == 2


def test_bad_numbers_are_refused_with_their_reason():
    for call, message in [
        (lambda: annotated(0.1, 0.8, 0.1, 0.6, 0.4), "no or inverted information"),
        (lambda: precision(0.1, 0.0, 0.0), "nothing is called positive"),
        (lambda: npv(0.1, 1.0, 1.0), "nothing is called negative"),
        (lambda: mcc(0.1, 1.0, 1.0), "undefined"),
        (lambda: precision(0.0, 0.5, 0.1), "both classes occur"),
        (lambda: mcc(0.1, 1.2, 0.1), "t = 1.2 is outside"),
        (lambda: binormal_auc(1.0, 0.0), "s = 0 is outside"),
        (lambda: variances(0.1, 0.5, 0.1, 0.5), "n = 0.5 is outside"),
        (lambda: corrected_table(0.01, 0.5, 0.1, 0.1, 0.02), "false alarms"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            call()
    for counts, noise, message in [
        ((10, 5, 30, 955), (0.1, 0.02), "annotated prevalence 0.015 is not above beta"),
        ((60, 35, 3, 2), (0.1, 0.0), "is not below 1 - alpha"),
        ((0, 0, 30, 955), (0.1, 0.0), "no annotated positive"),
        ((0, 5, 0, 955), (0.1, 0.0), "no predicted positive"),
        ((1.5, 5, 3, 955), (0.1, 0.0), "whole numbers"),
        ((1, 5, 3), (0.1, 0.0), "wanted TP, FN, FP, TN"),
        ((1, 5, 3, 955), (1.0, 0.0), r"alpha = 1.0 is outside \[0, 1\)"),
    ]:
        with pytest.raises(ParameterError, match=message):
            corrected(counts, *noise)
    with pytest.raises(ParameterError, match="must be positive"):
        Params(alpha=0.7, beta=0.4)


def test_average_precision_over_its_whole_range():
    """Against mpmath where its two means are hardest, and finite at every corner."""

    def exact(pi, mu, s):
        pi, mu, s = map(mpmath.mpf, (pi, mu, s))
        ends = sorted({*range(-12, 13, 2), mu, *(mu + k * s for k in (-12, -5, -2, 2, 5, 12))})

        def precise(c):
            t, f = pi * mpmath.ncdf((mu - c) / s), (1 - pi) * mpmath.ncdf(-c)
            return t / (t + f) * mpmath.npdf((c - mu) / s) / s

        return float(mpmath.quad(precise, ends))

    for point in ((1e-9, 0.0, 10.0), (0.5, -10.0, 0.1), (1e-9, -10.0, 10.0)):
        found = float(binormal_average_precision(*point))
        assert found == pytest.approx(exact(*point), rel=1e-12), point
    corners = np.array(np.meshgrid([1e-9, 0.5, 1 - 1e-9], [-10, 0, 10], [0.1, 1, 10], [0, 0.1]))
    pi, mu, s, beta = corners.reshape(4, -1)
    assert np.isfinite(binormal_average_precision(pi, mu, s, 0.1, beta)).all()
