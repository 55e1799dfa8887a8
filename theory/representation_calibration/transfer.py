"""When to undo the noise, when to borrow from donors, and what recall comes of it."""

import math
from typing import Annotated

from theory import Claims, Domain, Ge, Lt, Scalar, Twin, closed_form, mixing
from theory.representation_calibration.params import (
    STAYS, Count, Noise, Params, Positive, Square, Weight, distance,
)  # fmt: skip

claim = Claims("derived")
SomeNoise = Annotated[Scalar, Ge(1e-9), Lt(1), STAYS]


@closed_form
def naive_error(eta: Noise, apart: Square, trace: Positive, count: Count) -> Scalar:
    """eta^2 |mubar - mu_k|^2 + tr Sigma~_k/n: E |mean of n points labelled k - mu_k|^2."""
    return eta**2 * apart + trace / count


@closed_form
def corrected_error(eta: Noise, trace: Positive, count: Count) -> Scalar:
    """tr Sigma~_k/((1 - eta)^2 n): the same of (mean - eta mubar)/(1 - eta), mubar known."""
    return trace / ((1 - eta) ** 2 * count)


@closed_form
def pays_from(eta: SomeNoise, apart: Positive, trace: Positive) -> Scalar:
    """n* = tr Sigma~_k (1/(1 - eta)^2 - 1)/(eta^2 |mubar - mu_k|^2): correcting wins above it."""
    return trace / apart * (2 - eta) / eta / (1 - eta) ** 2


@closed_form
def transfer_error(weight: Weight, own: Positive, lent: Square, bias: Square) -> Scalar:
    """(1 - beta)^2 V_t + beta^2 (V_h + |b|^2): E |calibrated mean - mu_k|^2.

    V_t, V_h are the donors' and the class's own mean squared errors, b what donors are off by.
    """
    return (1 - weight) ** 2 * own + weight**2 * (lent + bias)


@closed_form
def best_weight(own: Positive, lent: Square, bias: Square) -> Scalar:
    """beta* = V_t/(V_t + V_h + |b|^2); at |b| = delta_q it is minimax over all |b| <= delta_q."""
    return own / (own + lent + bias)


# --------------------------------------------------------------------------------------------
# To correct or not: the example of three classes at 0, 3 e_1, 3 e_2

HERE = Params(gap=3.0, along=-3.0, across=3.0, tail=0.05, donor=0.25, eta=0.3, d=20, few=60)
FEW = HERE.but(few=5)
BOTH = (HERE, FEW)


def naive(p):
    """The polluted mean's."""
    return naive_error(p.eta, p.apart(0), p.trace(0), 1.0 * p.few)


def corrected(p):
    """The corrected mean's."""
    return corrected_error(p.eta, p.trace(0), 1.0 * p.few)


def spread(p, bias, scale=1.0):
    """A bound on the variance of |mean - mu|^2: labels by Minkowski, then the normal part.

    A mean of n independent y with |y| <= M, trace C of covariance: Var |Y|^2 <= E |Y|^4 <=
    M^2 C/n^3 + 3 C^2/n^2.
    """
    n, c = p.few, p.trace(0) - p.d
    far = 4 * max(distance(m, p.means[0]) for m in p.means)
    labels = 2 * math.sqrt(bias * c / n) + math.sqrt(far * c / n**3 + 3 * c**2 / n**2)
    return (labels**2 + 4 * (bias + c / n) / n + 2 * p.d / n**2) * scale**4


@claim.equals(
    lambda run, p: run["mean"][:, 0] - p.gap,
    at=HERE,
    variance=lambda p: p.trace(0) / p.few,
    within=0.02,
    twin=Twin("eta^2", power=2),
)
def bias_before(p, *, power=1):
    """The polluted mean is off by eta (mubar - mu_k), here along the axis."""
    return p.eta**power * (p.middle[0] - p.gap)


@claim.equals(
    lambda run, p: run["mean"][:, 1] - p.gap,
    at=HERE,
    variance=lambda p: p.trace(0) / p.few / (1 - p.eta) ** 2,
    within=0.03,
    twin=Twin("half of the bias is left", left=0.5),
)
def bias_after(p, *, left=0):
    """The corrected mean (mu~ - eta mubar)/(1 - eta) has no bias."""
    return left * p.eta * (p.middle[0] - p.gap)


@claim.equals(
    "error[0]",
    at=BOTH,
    variance=lambda p: spread(p, p.eta**2 * p.apart(0)),
    relative=0.03,
    twin=Twin("without the bias", biased=False),
    known=((HERE, "1.15596"), (FEW, "5.273")),
)
def debias_or_not(p, *, biased=True):
    """Mean squared error of the polluted mean: eta^2 |mubar - mu_k|^2 + tr Sigma~_k/n."""
    return naive(p) if biased else p.trace(0) / p.few


@claim.equals(
    "error[1]",
    at=BOTH,
    variance=lambda p: spread(p, 0.0, 1 / (1 - p.eta)),
    relative=0.03,
    twin=Twin("variance times 1/(1 - eta)", power=1),
    known=((HERE, ".76389"), (FEW, "9.167")),
)
def debias_or_not_corrected(p, *, power=2):
    """That of the corrected mean: tr Sigma~_k/((1 - eta)^2 n): less bias, more variance."""
    return corrected(p) * (1 - p.eta) ** (2 - power)


@claim.identity(
    lambda p: naive_error(p.eta, p.apart(0), p.trace(0), start(p)),
    over=Domain.around(HERE, eta=(0.01, 0.9), d=(20, 1000)),
    within=1e-12,
    twin=Twin("1/(1 - eta) - 1", power=1),
    known=((HERE, "1.53265"),),
)
def sample_size_at_which_it_pays(p, *, power=2):
    """At n* = tr Sigma~_k (1/(1-eta)^2 - 1)/(eta^2 |mubar - mu_k|^2) = 29.9 both errors are equal.

    points labelled tail; above n* the corrected mean has the lower mean squared error
    """
    n = start(p) if power == 2 else start(p) / (2 - p.eta) * (1 - p.eta)
    return corrected_error(p.eta, p.trace(0), n)


def start(p):
    """n*."""
    return pays_from(p.eta, p.apart(0), p.trace(0))


@claim.never_above(
    lambda p: naive_error(p.eta, p.apart(0), p.trace(0), 1.1 * start(p)),
    over=Domain.around(HERE, eta=(0.01, 0.9), d=(20, 1000)),
    evaluators=("jax", "mpmath"),
)
def correcting_pays_above(p):
    """Ten per cent above n*: the corrected mean has the lower error."""
    return corrected_error(p.eta, p.trace(0), 1.1 * start(p))


# --------------------------------------------------------------------------------------------
# Donors, clean labels: Delta = 2.5, b = (-.6, .8)

CLEAN = Params(eta=0.0, d=400, few=40, lent=2000, many=2000)
SMALL = CLEAN.but(d=20, few=10, lent=100, many=100)


def calibrated(p, beta):
    """E |calibrated mean - mu|^2, clean labels."""
    return transfer_error(beta, p.d / p.few, p.d / p.lent, p.bias)


def width(p):
    """A coordinate's variance of the calibrated mean."""
    return (1 - p.beta) ** 2 / p.few + p.beta**2 / p.lent


@claim.equals(
    "error[2]",
    at=(CLEAN, SMALL),
    variance=lambda p: 2 * p.d * width(p) ** 2 + 4 * width(p) * p.beta**2 * p.bias,
    relative=0.01,
    twin=Twin("without the donors' bias", biased=False),
    known=((CLEAN, "2.8"), (SMALL, ".8")),
)
def transfer_mse(p, *, biased=True):
    """E |calibrated mean - mu|^2 = (1 - beta)^2 V_t + beta^2 (V_h + |b|^2)."""
    return calibrated(p, p.beta) if biased else calibrated(p, p.beta) - p.beta**2 * p.bias


NEAR = Domain.around(CLEAN, few=(2, 10_000), beta=(0.0, 1.0), along=(-3.0, 3.0))
NUMBERS = ("jax", "mpmath")


def starred(p):
    """beta*."""
    return best_weight(p.d / p.few, p.d / p.lent, p.bias)


@claim.identity(
    lambda p: mixing(p.d / p.few, p.d / p.lent + p.bias),
    over=NEAR,
    within=1e-12,
    twin=Twin("beta* = V_t/(V_t + V_h)", biased=False),
    known=((CLEAN, "1.07143"),),
)
def best_transfer(p, *, biased=True):
    """At beta* = V_t/(V_t + V_h + |b|^2) the error is V_t (V_h + |b|^2)/(V_t + V_h + |b|^2)."""
    at = starred(p) if biased else best_weight(p.d / p.few, p.d / p.lent, 0 * p.bias)
    return calibrated(p, at)


@claim.never_above(lambda p: calibrated(p, p.beta), over=NEAR, evaluators=NUMBERS)
def no_weight_is_better(p):
    """No weight has a lower error than beta*."""
    return calibrated(p, starred(p))


@claim.never_above(lambda p: p.d / p.few, over=NEAR, evaluators=NUMBERS)
def transfer_helps_below_twice(p):
    """Every weight below 2 beta* helps: here 1.98 beta* times beta in [0, 1]."""
    weight = 1.98 * p.beta * starred(p)
    return calibrated(p, (weight + 1 - abs(weight - 1)) / 2)


@claim.never_above(
    lambda p: p.d / p.few, over=NEAR, evaluators=NUMBERS, repaired_by="transfer_helps_below_twice"
)
def any_transfer_helps(p):
    """Any weight beta in (0, 1) helps: borrowing from informative heads is never worse."""
    return calibrated(p, p.beta)


@claim.limit(
    lambda p: p.bias,
    along=tuple(CLEAN.but(d=2, few=1, lent=10**k, many=100) for k in range(4, 9)),
    size=lambda p: p.lent,
    rate=-1,
    last_gap=1e-6,
    twin=Twin("no error", limit=0.0),
    within=0.02,
    why="one term, but for rounding of 1e-16 beside |b|^2",
)
def transfer_is_left_with_the_bias(p):
    """beta = 1, no tail data: the error tends to |b|^2 as donors grow, never to 0."""
    return calibrated(p, 1.0)
