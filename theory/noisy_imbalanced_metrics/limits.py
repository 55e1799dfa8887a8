"""What is left of the metrics as the positive class grows rare: without noise, with, and between.

r = (1 - pi)/pi is the imbalance. J, recall, g-mean and AUC of a clean table do not know pi.
"""

from theory import Claims, Domain, Twin, sqrt
from theory.noisy_imbalanced_metrics.metrics import (
    accuracy, annotated, contraction, f1, kappa, mcc, metrics, precision,
)  # fmt: skip
from theory.noisy_imbalanced_metrics.params import Params

claim = Claims("derived")


def imbalance(p):
    """r."""
    return (1 - p.pi) / p.pi


def rarer(p, *shares):
    """Params at falling prevalences."""
    return [p.but(pi=x) for x in shares]


def after(name, p):
    """A metric against annotated labels."""
    return getattr(metrics(*annotated(*p.clean, *p.noise)), name)


# --------------------------------------------------------------------------------------------
# No noise: exponents of r at fixed t and 0 < f < 1 (at f = 0 precision is 1 for every r)

CLEAN = Params(alpha=0.0, beta=0.0)
STEPS = (1e-4, 1e-5, 1e-6, 1e-7)
powers = claim.given(
    along=rarer(CLEAN, *STEPS), size=imbalance, within=0.005, why="the next order, t/(r f) = 16/r"
)


@powers.scaling(-1.0, twin=Twin("-1/2", exponent=-0.5))
def imbalance_exponents(p):
    """Precision t/(t + r f) has the exponent -1 in the imbalance r."""
    return precision(*p.clean)


@powers.scaling(-1.0, twin=Twin("constant, like recall", exponent=0.0))
def imbalance_exponents_f1(p):
    """F1 = 2 t/(t + 1 + r f) has the exponent -1."""
    return f1(*p.clean)


@powers.scaling(-1.0, twin=Twin("that of MCC", exponent=-0.5))
def imbalance_exponents_kappa(p):
    """Cohen's kappa has the exponent -1."""
    return kappa(*p.clean)


@powers.scaling(-0.5, twin=Twin("-1, like F1", exponent=-1.0))
def imbalance_exponents_mcc(p):
    """Matthews' correlation has the exponent -1/2."""
    return mcc(*p.clean)


to = powers.given(within=0.01, last_gap=1e-3)


@to.limit(
    lambda p: 2 * p.t / p.f,
    last_gap=0.01,
    rate=-1.0,
    twin=Twin("t/(r f)", limit=lambda p: p.t / p.f),
)
def imbalance_prefactor_f1(p):
    """F1 times r -> 2 t/f."""
    return imbalance(p) * f1(*p.clean)


@to.limit(
    lambda p: 2 * (p.t - p.f) / p.f,
    last_gap=0.01,
    rate=-1.0,
    twin=Twin("that of F1", limit=lambda p: 2 * p.t / p.f),
)
def imbalance_prefactor_kappa(p):
    """Kappa times r -> 2 (t - f)/f."""
    return imbalance(p) * kappa(*p.clean)


@to.limit(
    lambda p: (p.t - p.f) / sqrt(p.f * (1 - p.f)),
    rate=-1.0,
    twin=Twin("J", limit=lambda p: p.t - p.f),
)
def imbalance_prefactor_mcc(p):
    """MCC times sqrt(r) -> (t - f)/sqrt(f (1 - f))."""
    return sqrt(imbalance(p)) * mcc(*p.clean)


@to.limit(lambda p: 1 - p.f, rate=-1.0, twin=Twin("1", limit=1.0))
def imbalance_accuracy(p):
    """Accuracy -> 1 - f, whatever t."""
    return accuracy(*p.clean)


@claim.identity(
    lambda p: 2 * p.t / (p.t + 1 + imbalance(p) * p.f),
    over=Domain.around(CLEAN, pi=(1e-6, 0.9), t=(0.05, 1.0), f=(1e-3, 0.9)),
    twin=Twin("2 t/(t + r f)", clean=0),
)
def imbalance_f1(p, *, clean=1):
    """F1 = 2 pi t/(pi + q) = 2 t/(t + 1 + r f) at every imbalance."""
    return 2 * p.pi * p.t / (clean * p.pi + p.q)


# --------------------------------------------------------------------------------------------
# False alarms in the annotation, beta > 0 fixed: every metric ends where t is not

NOISY = Params()
killed = claim.given(
    along=rarer(NOISY, *STEPS), size=lambda p: 1 / p.pi, within=0.01, last_gap=1e-4,
    why="the next order, pi/beta",
)  # fmt: skip


@killed.limit(lambda p: p.f, rate=-1.0, twin=Twin("t", limit=lambda p: p.t))
def noise_kills_minority_metrics(p):
    """Annotated recall -> f."""
    return after("recall", p)


@killed.limit(lambda p: p.beta, rate=-1.0, twin=Twin("0, as on clean labels", limit=0.0))
def noise_kills_precision(p):
    """Annotated precision -> beta."""
    return after("precision", p)


@killed.limit(
    lambda p: 2 * p.beta * p.f / (p.beta + p.f),
    rate=-1.0,
    twin=Twin("0, as on clean labels", limit=0.0),
)
def noise_kills_f1(p):
    """Annotated F1 -> 2 beta f/(beta + f)."""
    return after("f1", p)


@killed.limit(
    lambda p: sqrt(p.f * (1 - p.f)),
    rate=-1.0,
    twin=Twin("as on clean labels", limit=lambda p: sqrt(p.t * (1 - p.f))),
)
def noise_kills_g_mean(p):
    """Annotated g-mean -> sqrt(f (1 - f))."""
    return after("g_mean", p)


@killed.limit(
    lambda p: p.lam * (p.t - p.f) / (p.beta * (1 - p.beta)),
    last_gap=0.01,
    rate=-1.0,
    twin=Twin("without beta (1 - beta)", limit=lambda p: p.lam * (p.t - p.f)),
)
def noise_kills_youden(p):
    """Annotated J/pi -> (1 - alpha - beta)(t - f)/(beta (1 - beta)): J dies like pi."""
    return after("j", p) / p.pi


@killed.limit(
    lambda p: p.lam * (p.t - p.f) / sqrt(p.beta * (1 - p.beta) * p.f * (1 - p.f)),
    last_gap=0.01,
    rate=-1.0, twin=Twin("without sqrt(f (1 - f))", limit=lambda p: p.lam * (p.t - p.f) / sqrt(
        p.beta * (1 - p.beta))),
)  # fmt: skip
def noise_kills_mcc(p):
    """Annotated MCC/pi -> (1 - alpha - beta)(t - f)/sqrt(beta (1 - beta) f (1 - f))."""
    return after("mcc", p) / p.pi


@claim.scaling(
    1.0,
    along=rarer(NOISY, *STEPS),
    size=lambda p: p.pi,
    within=0.01,
    why="the next order, pi/beta",
    twin=Twin("sqrt(pi), as of a clean MCC", exponent=0.5),
)
def noise_kills_auc(p):
    """AUC - 1/2 dies like pi: its factor eta - om has the exponent 1."""
    return contraction(p.pi, *p.noise)


# --------------------------------------------------------------------------------------------
# beta = b pi: what the annotation's false alarms may be


def critical(b, *shares):
    """beta = b pi at falling prevalences."""
    return [Params(pi=x, beta=b * x) for x in shares]


def purity(p):
    """(1 - alpha)/(1 - alpha + b), b = beta/pi."""
    return (1 - p.alpha) / (1 - p.alpha + p.beta / p.pi)


border = killed.given(along=critical(0.5, *STEPS), why="the next order, pi", last_gap=1e-5)


@border.limit(
    purity,
    rate=-1.0,
    twin=Twin("1 - b/(1 - alpha)", limit=lambda p: 1 - p.beta / p.pi / (1 - p.alpha)),
)
def critical_noise(p):
    """eta -> (1 - alpha)/(1 - alpha + b): half the annotated positives are false at b = 1 - alpha.

    derived: false alarms must be rare against the positives themselves
    """
    return p.pi * (1 - p.alpha) / p.pit


@border.limit(
    lambda p: purity(p) * p.t + (1 - purity(p)) * p.f,
    rate=-1.0,
    twin=Twin("eta t", limit=lambda p: purity(p) * p.t),
)
def critical_noise_recall(p):
    """Annotated recall -> eta t + (1 - eta) f."""
    return after("recall", p)


@border.limit(
    lambda p: purity(p) * (p.t - p.f),
    rate=-1.0,
    twin=Twin("(1 - alpha) J", limit=lambda p: (1 - p.alpha) * (p.t - p.f)),
)
def critical_noise_youden(p):
    """Annotated J -> eta J."""
    return after("j", p)


@border.limit(purity, rate=-1.0, twin=Twin("1", limit=1.0))
def critical_noise_auc(p):
    """(AUCt - 1/2)/(AUC - 1/2) -> eta."""
    return contraction(p.pi, *p.noise)


@border.limit(
    lambda p: (1 - p.alpha) * (p.t - p.f) / sqrt(
        (1 - p.alpha + p.beta / p.pi) * p.f * (1 - p.f)),
    last_gap=1e-4,
    rate=-1.0, twin=Twin("eta times the clean one", limit=lambda p: purity(p) * (p.t - p.f) / sqrt(
        p.f * (1 - p.f))),
)  # fmt: skip
def critical_noise_mcc(p):
    """MCCt/sqrt(pi) -> (1 - alpha)(t - f)/sqrt((1 - alpha + b) f (1 - f))."""
    return after("mcc", p) / sqrt(p.pi)


missed = border.given(along=critical(0.0, *STEPS))


@missed.limit(
    lambda p: p.t - p.f,
    rate=-1.0,
    twin=Twin("(1 - alpha) J", limit=lambda p: (1 - p.alpha) * (p.t - p.f)),
)
def missed_labels_spare_youden(p):
    """beta = 0, any alpha < 1: annotated J -> J."""
    return after("j", p)


@missed.limit(
    lambda p: sqrt(p.t * (1 - p.f)),
    rate=-1.0,
    twin=Twin("sqrt(1 - alpha) of it", limit=lambda p: sqrt((1 - p.alpha) * p.t * (1 - p.f))),
)
def missed_labels_spare_g_mean(p):
    """beta = 0: annotated g-mean -> g-mean."""
    return after("g_mean", p)


@missed.limit(
    lambda p: sqrt(1 - p.alpha), rate=-1.0, twin=Twin("1 - alpha", limit=lambda p: 1 - p.alpha)
)
def missed_labels_mcc(p):
    """beta = 0: MCCt/MCC -> sqrt(1 - alpha)."""
    return after("mcc", p) / mcc(*p.clean)
