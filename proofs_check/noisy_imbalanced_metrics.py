"""Why noise contracts metrics, which orders it keeps, and where variances and limits come from."""

from fractions import Fraction
from itertools import product
from typing import Any

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory.noisy_imbalanced_metrics.correction import inverse
from theory.noisy_imbalanced_metrics.metrics import (
    annotated, called, contraction, metrics, variances,
)  # fmt: skip

item = Proofs()
pi, t, f, alpha, beta, n = sympy.symbols("pi t f alpha beta n", positive=True)
table, noise = (pi, t, f), (alpha, beta)
lam, q = 1 - alpha - beta, called(*table)[0]


def counted(noisy) -> dict[tuple[int, ...], Any]:
    """P(label, prediction) by enumeration of (Y, Yt, Yh)."""
    cells: dict[tuple[int, ...], Any] = dict.fromkeys(product((0, 1), repeat=2), 0)
    for y, told, calls in product((0, 1), repeat=3):
        says, rate = (1 - alpha, t) if y else (beta, f)
        weight = (
            (pi if y else 1 - pi) * (says if told else 1 - says) * (rate if calls else 1 - rate)
        )
        cells[told if noisy else y, calls] += weight
    return cells


@item("noisy_cells", "noisy_cells_false_alarms", "noisy_cells_misses", "noisy_cells_passed",
      "precision_affine", "precision_affine_npv", "accuracy_affine")  # fmt: skip
def cells_by_enumeration():
    """The annotated table is (pit, tt, ft); precision and NPV are affine, accuracy if symmetric."""
    pit, tt, ft = annotated(*table, *noise)
    cells, clean, seen = counted(True), metrics(*table), metrics(pit, tt, ft)
    of_table = {(1, 1): pit * tt, (1, 0): pit * (1 - tt), (0, 1): (1 - pit) * ft,
                (0, 0): (1 - pit) * (1 - ft)}  # fmt: skip
    even = seen.accuracy.subs(beta, alpha)
    return all_of(
        *(identity(cells[k], value) for k, value in of_table.items()),
        identity(cells[1, 1], lam * pi * t + beta * q),
        identity(seen.precision, beta + lam * clean.precision),
        identity(seen.npv, alpha + lam * clean.npv),
        identity(even, alpha + (1 - 2 * alpha) * clean.accuracy),
    )


@item("rates_mix", "rates_mix_youden", "contraction_of_rates", "mcc_contraction",
      "mcc_contraction_of_cells", "kappa_f1_noisy", "kappa_f1_noisy_f1")  # fmt: skip
def covariance_shrinks_by_lam():
    """cov(Yt, Yh) = lam cov(Y, Yh), since E[Yt | Y] = beta + lam Y, lam = 1 - alpha - beta.

    derived: so tt - ft = (eta - om)(t - f) at the same q, which is all that MCC and kappa know
    """
    pit, tt, ft = annotated(*table, *noise)
    factor = contraction(pi, *noise)
    return all_of(
        identity(counted(True)[1, 1] - pit * q, lam * (pi * t - pi * q)),
        identity(pi * t - pi * q, pi * (1 - pi) * (t - f)),
        identity(tt - ft, factor * (t - f)),
        identity(called(pit, tt, ft)[0], q),
        identity(factor * pit * (1 - pit), lam * pi * (1 - pi)),
        identity(metrics(pit, tt, ft).f1, 2 * (lam * pi * t + beta * q) / (pit + q)),
    )


@item("auc_contraction", "auc_contraction_ties")
def auc_of_a_mixture():
    """AUC of two mixtures with shares eta and om of positives: 1/2 + (eta - om)(A - 1/2)."""
    eta, om, a = sympy.symbols("eta om A")
    half = sympy.Rational(1, 2)
    mixed = eta * (1 - om) * a + half * (eta * om + (1 - eta) * (1 - om)) + (1 - eta) * om * (1 - a)
    return identity(mixed - half, (eta - om) * (a - half))


@item("missed_labels_spare_rare_classes")
def missed_labels_cost_at_most_their_share():
    """beta = 0, pi <= 1/2: (1 - pi)/(1 - pi (1 - alpha)) >= 1 - alpha."""
    p, a = reals("pi alpha")
    kept = 1 - p >= (1 - a) * (1 - p * (1 - a))
    return all_of(
        identity(contraction(pi, alpha, 0), (1 - pi) / (1 - pi * (1 - alpha))),
        polynomial(kept, assumptions=[p > 0, 2 * p <= 1, a >= 0, a < 1]),
    )


@item(source="plausible: noise shrinks J at least by 1 - alpha - beta",
      repaired_by="contraction_of_rates")  # fmt: skip
def contraction_is_at_most_lam():
    """Eta - om <= 1 - alpha - beta for every prevalence (false: pi = alpha = 1/2, beta = 0)."""
    p, a, b = reals("pi alpha beta")
    seen = p * (1 - a) + (1 - p) * b
    inside = [p > 0, p < 1, a >= 0, b >= 0, a + b < 1]
    return polynomial(p * (1 - p) <= seen * (1 - seen), assumptions=inside)


@item("rank_invariance", "rank_invariance_npv", "rank_invariance_youden", "rank_invariance_mcc")
def factors_are_positive():
    """1 - alpha - beta > 0 and eta - om > 0 on alpha + beta <= .95, pi in [.01, .99], in balls."""
    box = {"pi": ("0.01", "0.99"), "share": (0, 1), "sum": (0, "0.95")}

    def factor(**at):
        return contraction(at["pi"], at["share"] * at["sum"], (1 - at["share"]) * at["sum"])

    return inequality(factor, box, strict=True)


def exactly(rates, *, of, errors=(0, 0), share=Fraction(1, 500)):
    """A metric in fractions; the g-mean squared."""
    p, a, b = share, *errors
    seen = p * (1 - a) + (1 - p) * b
    hit = p * (1 - a) * rates[0] + (1 - p) * b * rates[1]
    calls = p * rates[0] + (1 - p) * rates[1]
    recall, passed = hit / seen, 1 - (calls - hit) / (1 - seen)
    return {
        "recall": recall,
        "g_mean": recall * passed,
        "f1": 2 * hit / (seen + calls),
        "kappa": 2 * (hit - seen * calls) / (seen + calls - 2 * seen * calls),
        "accuracy": 1 - seen - calls + 2 * hit,
    }[of]


def turns(of, first, second, errors, share=Fraction(1, 500)):
    """Whether the metric orders the two one way without the errors and the other way with them."""
    clean, seen = (
        exactly(second, of=of, errors=e, share=share) - exactly(first, of=of, errors=e, share=share)
        for e in ((0, 0), errors)
    )
    return clean * seen < 0


@item("rank_reversed_f1", "rank_reversed_kappa", "rank_reversed_g_mean", "rank_reversed_recall",
      "rank_reversed_accuracy", "rank_reversed_f1_clean", "rank_reversed_f1_annotated")  # fmt: skip
def orders_that_turn():
    """Pairs of classifiers, in fractions, that F1, kappa, g-mean, recall and accuracy reorder."""
    F = Fraction
    noise = F(1, 4), F(1, 100)
    close = (F(3, 10), F(1, 5000)), (F(19, 20), F(3, 500))
    far = (F(1, 2), F(2, 25)), (F(31, 50), F(1, 2000))
    busy = (F(1, 5), F(2, 125)), (F(21, 25), F(71, 1000))
    return exact(
        lambda: (
            all(turns(m, *close, noise) for m in ("f1", "kappa"))
            and all(turns(m, *far, noise) for m in ("g_mean", "recall"))
            and turns("accuracy", *busy, (F(1, 5), F(1, 200)), F(1, 10))
        ),
        "five pairs in rational arithmetic",
    )


@item("kappa_f1_noisy_f1")
def equal_f1_unequal_after_noise():
    """(t, f) = (1/2, 1/998) and (3/4, 5/1996) share F1 = 1/2; annotated they differ."""
    F = Fraction
    first, second = (F(1, 2), F(1, 998)), (F(3, 4), F(5, 1996))
    equal = exactly(first, of="f1") == exactly(second, of="f1")
    errors = F(1, 4), F(1, 100)
    seen = [exactly(x, of="f1", errors=errors) for x in (first, second)]
    return exact(lambda: equal and seen[0] != seen[1], "two classifiers in rational arithmetic")


OWN = pi * (1 - pi), t * (1 - t) / pi, f * (1 - f) / (1 - pi)


def by_slopes(value):
    """m_pi^2 pi (1 - pi) + m_t^2 t (1 - t)/pi + m_f^2 f (1 - f)/(1 - pi)."""
    return sum(sympy.diff(value, x) ** 2 * v for x, v in zip(table, OWN, strict=True))


@item("delta_variances", "delta_variances_recall", "delta_variances_f1", "delta_variances_g_mean",
      "delta_variances_youden", "delta_variances_of_cells")  # fmt: skip
def slopes_give_the_variances():
    """The delta method's variance of every metric but MCC and kappa, from slopes in (pi, t, f)."""
    stated, value = variances(*table, 1), metrics(*table)
    names = [name for name in stated._fields if name not in ("mcc", "kappa")]
    return all_of(*(identity(by_slopes(getattr(value, m)), getattr(stated, m)) for m in names))


@item("delta_variances_mcc", "delta_variances_of_cells")
def slopes_give_the_variance_of_mcc():
    """M = R^2: sum M_x^2 v_x/(4 M) = 1 - M + (1 + M/2) R A - (3/4) M B, R A rational."""
    both = pi * (1 - pi), q * (1 - q)
    square = (t - f) ** 2 * both[0] / both[1]
    skew = (t - f) * (2 * pi - 1) * (2 * q - 1) / both[1]
    width = (2 * pi - 1) ** 2 / both[0] + (2 * q - 1) ** 2 / both[1]
    stated = 1 - square + (1 + square / 2) * skew - 3 * square * width / 4
    return identity(by_slopes(square) / (4 * square), stated)


@item("noise_correction", "noise_correction_unbiased", "noise_correction_variance")
def correction_undoes_noise():
    """The inverse of the annotated table is the clean one; the precision's slope is 1/lam."""
    pit, tt, ft = annotated(*table, *noise)
    back = inverse(pit, tt, ft, *noise)
    seen = sympy.symbols("seen")
    return all_of(
        *(identity(x, y) for x, y in zip(back, table, strict=True)),
        identity(sympy.diff((seen - beta) / lam, seen), 1 / lam),
    )


def tends(value, limit, **rest):
    """The limit of a rational function of pi as pi -> 0+."""
    return identity(sympy.limit(sympy.factor(value.subs(rest)), pi, 0, "+"), limit)


@item("noise_kills_minority_metrics", "noise_kills_precision", "noise_kills_f1",
      "noise_kills_g_mean", "noise_kills_youden", "noise_kills_mcc", "noise_kills_auc")  # fmt: skip
def what_fixed_false_alarms_leave():
    """beta > 0, pi -> 0: recall f, precision beta, F1 2 beta f/(beta + f), J and MCC like pi."""
    seen = metrics(*annotated(*table, *noise))
    both = beta * (1 - beta)
    return all_of(
        tends(seen.recall, f),
        tends(seen.precision, beta),
        tends(seen.f1, 2 * beta * f / (beta + f)),
        tends(seen.recall * (seen.recall - seen.j - 1), f * (f - 1)),
        tends(seen.j / pi, lam * (t - f) / both),
        tends(seen.mcc**2 / pi**2, (lam * (t - f)) ** 2 / (both * f * (1 - f))),
        tends(contraction(pi, *noise) / pi, lam / both),
    )


@item("critical_noise", "critical_noise_recall", "critical_noise_youden", "critical_noise_auc",
      "critical_noise_mcc", "missed_labels_spare_youden", "missed_labels_spare_g_mean",
      "missed_labels_mcc")  # fmt: skip
def what_proportional_false_alarms_leave():
    """beta = b pi, pi -> 0: eta = (1 - alpha)/(1 - alpha + b) is what recall and J keep."""
    b = sympy.symbols("b", nonnegative=True)
    seen = metrics(*annotated(*table, alpha, b * pi))
    eta = (1 - alpha) / (1 - alpha + b)
    mcc = ((1 - alpha) * (t - f)) ** 2 / ((1 - alpha + b) * f * (1 - f))
    return all_of(
        tends(seen.recall, eta * t + (1 - eta) * f),
        tends(seen.j, eta * (t - f)),
        tends(contraction(pi, alpha, b * pi), eta),
        tends(seen.mcc**2 / pi, mcc),
        tends((seen.mcc / metrics(*table).mcc).subs(b, 0) ** 2, 1 - alpha),
    )


@item("imbalance_exponents", "imbalance_exponents_f1", "imbalance_exponents_kappa",
      "imbalance_exponents_mcc", "imbalance_prefactor_f1", "imbalance_prefactor_kappa",
      "imbalance_prefactor_mcc", "imbalance_accuracy", "imbalance_f1")  # fmt: skip
def what_imbalance_leaves():
    """Clean labels, r = (1 - pi)/pi -> inf: r precision, r F1, r kappa, r MCC^2, accuracy."""
    clean, r = metrics(*table), (1 - pi) / pi
    return all_of(
        identity(clean.f1, 2 * t / (t + 1 + r * f)),
        tends(r * clean.precision, t / f),
        tends(r * clean.f1, 2 * t / f),
        tends(r * clean.kappa, 2 * (t - f) / f),
        tends(r * clean.mcc**2, (t - f) ** 2 / (f * (1 - f))),
        tends(clean.accuracy, 1 - f),
    )


@item("complementary_power", "complementary_power_f1_misses", "complementary_power_f1",
      "complementary_power_g_mean", "complementary_power_youden")  # fmt: skip
def powers_of_changes():
    """(dm)^2/(n pi Var m) as pi -> 0, for F1, the g-mean and J."""
    clean, spread = metrics(*table), variances(*table, 1)

    def power(name, rate):
        return sympy.diff(getattr(clean, name), rate) ** 2 / (pi * getattr(spread, name))

    of_g = t / ((1 - f) ** 2 * (1 - t))
    return all_of(
        tends(power("g_mean", t), 1 / (t * (1 - t))),
        tends(power("f1", t), 1 / t),
        tends(power("f1", f), t / f**2),
        tends(power("g_mean", f), of_g),
        tends(power("j", f), 1 / (t * (1 - t))),
        identity((t / f**2) / of_g, (1 - f) ** 2 * (1 - t) / f**2),
    )


@item("f1_threshold_moves", "f1_threshold_moves_noisy", "thresholds_that_stay")
def threshold_of_largest_f1():
    """dF1 = 0 where 2 w = F1, w the posterior; annotated, 2 (beta + lam w) = F1t."""
    dt, df = sympy.symbols("dt df", positive=True)
    w = pi * dt / (pi * dt + (1 - pi) * df)

    pit = sympy.symbols("pit", positive=True)
    told = annotated(*table, *noise)[0]
    parts = [identity(metrics(*annotated(*table, *noise)).f1, 2 * (lam * pi * t + beta * q) /
                      (told + q))]  # fmt: skip
    for errors, posterior in (({alpha: 0, beta: 0}, w), ({}, beta + lam * w)):
        score = (2 * (lam * pi * t + beta * q) / (pit + q)).subs(errors)
        slope = sympy.diff(score, t) * dt + sympy.diff(score, f) * df
        rate = (pi * dt + (1 - pi) * df) / (pit + q)
        parts.append(identity(slope, (2 * posterior - score) * rate))
    return all_of(*parts)
