"""Two Gaussian classes and the exact posterior: recalls, the critical ratio, ranking."""

from typing import Annotated, Any

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, exp, log, normal_cdf, normal_quantile,
    rational, sqrt,
)  # fmt: skip
from theory.class_imbalance.params import Gap, Params

claim = Claims("derived")
Odds = Annotated[Scalar, Ge(1e-300), Le(1e300)]


@closed_form
def recalls(gap: Gap, odds: Odds) -> Any:
    """(minority, majority): Phi(Delta/2 -+ ln(odds)/Delta), odds those of the majority in training.

    The log likelihood ratio is N(+-Delta^2/2, Delta^2). rho for the classifier as it is, 1 once its
    outputs are divided by the priors, 1/rho where balanced outputs are divided by them once more.
    """
    shift = log(odds) / gap
    return normal_cdf(gap / 2 - shift), normal_cdf(gap / 2 + shift)


@closed_form
def critical_ratio(
    gap: Annotated[Scalar, Ge(1e-20), Le(30)], recall: Annotated[Scalar, Ge(1e-6), Le(1 - 1e-6)]
) -> Scalar:
    """exp(Delta^2/2 - Delta Phi^-1(q)): the imbalance at which the minority's recall falls to q."""
    return exp(gap * gap / 2 - gap * normal_quantile(recall))


@closed_form
def area_under_curve(gap: Gap) -> Scalar:
    """Phi(Delta/sqrt 2), of two classes at distance Delta, whatever the priors."""
    return normal_cdf(gap / sqrt(2))


# --------------------------------------------------------------------------------------------
# Thresholding

HERE = Params()
CASES = (HERE, HERE.but(rho=100.0, gap=3.0))
EXACT = ("jax", "mpmath")
gaussian = claim.given(mode="gaussian", at=CASES, within=0.01)


claim.every_trial(
    "unlike",
    within=1e-12,
    mode="gaussian",
    at=CASES,
    name="threshold_restores_balance",
    says="A posterior over its priors, renormalised, is the posterior of balanced classes",
    source="section 3.4 of the paper, in words; Bayes' rule for any densities",
    trials=512,
    twin=Twin("divided by the priors' roots", observable="unlike_by_roots"),
)


@claim.identity(
    lambda p: recalls(p.gap, 1)[0],
    over=Domain.around(HERE, rho=(1.5, 1e6), gap=(0.1, 6.0)),
    twin=Twin("multiplied by the priors", power=1),
)
def threshold_gives_the_balanced_recall(p, *, power=-1):
    """Dividing by the priors takes ln rho off the log odds: both recalls are Phi(Delta/2)."""
    return recalls(p.gap, p.rho * (1 / p.rho if power < 0 else p.rho))[0]


@gaussian.equals(
    "recall[0,0]",
    twin=Twin("ln(rho)/(2 Delta)", half=2),
    known=((HERE, ".43987"), (HERE.but(rho=100.0), ".09636")),
)
def two_class_error(p, *, half=1):
    """Minority recall Phi(Delta/2 - ln(rho)/Delta), of the exact posterior at priors rho : 1."""
    return recalls(p.gap, p.rho if half == 1 else sqrt(p.rho))[0]


@gaussian.equals(
    "recall[0,1]", twin=Twin("ln(rho)/Delta^2", square=True), known=((HERE, ".98427"),)
)
def two_class_error_majority(p, *, square=False):
    """Majority recall Phi(Delta/2 + ln(rho)/Delta)."""
    return normal_cdf(p.gap / 2 + log(p.rho) / p.gap**2) if square else recalls(p.gap, p.rho)[1]


@gaussian.equals(
    lambda run, p: run["recall"][:, 1].mean(axis=1),
    twin=Twin("the baseline's", odds=True),
    known=((HERE, ".84134"),),
)
def balanced_error_of_thresholding(p, *, odds=False):
    """Balanced accuracy Phi(Delta/2) after thresholding, against the mean of both recalls before.

    At Delta = 2: .841 against .712 at rho = 10 and .548 at rho = 100.
    """
    minority, majority = recalls(p.gap, p.rho if odds else 1.0)
    return (minority + majority) / 2


@gaussian.equals(
    "recall[2,0]", twin=Twin("balance: Phi(Delta/2)", mirrored=False), known=((HERE, ".98427"),)
)
def double_correction_mirror(p, *, mirrored=True):
    """Oversampled, then divided by the priors of old: minority recall Phi(Delta/2 + ln(rho)/Delta).

    derived: what balanced outputs lose once more; balanced accuracy is again the baseline's

    The paper's method taken literally with a calibrated network. That it works well in practice
    says that oversampled networks are not calibrated: they overfit the copied minority.
    """
    return recalls(p.gap, 1 / p.rho if mirrored else 1.0)[0]


# --------------------------------------------------------------------------------------------
# How much imbalance a task bears


@claim.identity(
    lambda p: 0.5 if isinstance(p.gap, float) else rational(1, 2),
    over=Domain.around(HERE, gap=(0.1, 8.0)),
    twin=Twin("exp(Delta^2)", half=False),
    known=((HERE, ".5"),),
)
def critical_ratio_halves(p, *, half=True):
    """At rho = exp(Delta^2/2) half of the minority is lost: easy tasks bear far more."""
    ratio = critical_ratio(p.gap, rational(1, 2))
    return recalls(p.gap, ratio if half else ratio**2)[0]


@claim.identity(
    100.0,
    over=Domain.around(HERE, gap=(0.5, 5.0)),
    within=1e-9,
    why="exponents of 30: rounding times 30",
    points=16,
    twin=Twin("Delta for its square", square=False),
)
def equal_recall_of_two_tasks(p, *, square=True):
    """Recall 1/2 in both: 2 ln 100 = 9.21 more in Delta^2 bears 100 times the imbalance."""
    easier = (p.gap**2 + 2 * log(100.0)) ** 0.5 if square else p.gap + 2 * log(100.0)
    return critical_ratio(easier, 0.5) / critical_ratio(p.gap, 0.5)


@gaussian.equals("auc", twin=Twin("Phi(Delta/2)", root=False), known=((HERE, ".92135"),))
def auc_invariant_two_class(p, *, root=True):
    """N = 2: the AUC is Phi(Delta/sqrt 2) at every rho."""
    return area_under_curve(p.gap) if root else normal_cdf(p.gap / 2)


claim.every_trial(
    "auc_moved",
    within=1e-12,
    mode="gaussian",
    at=CASES,
    name="auc_blind_to_thresholds",
    says="N = 2: thresholding, oversampling and renormalising leave the AUC as it is",
    trials=512,
    twin=Twin("they leave the recall as it is", observable="recall_moved"),
)
