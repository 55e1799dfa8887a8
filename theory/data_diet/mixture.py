"""Noisy Gaussian mixture: how well a score tells flipped labels, before and after one step.

At d = 300, n = 600, SNR 1.5, rho = .2, eta = .2, s0 = .3, M = 4 ``averaged_cosine`` is .4922.
"""

from typing import Any

import numpy as np
from jax.scipy.special import ndtr

from theory import Claims, Domain, Twin, closed_form, normal_cdf, normal_quantile, sqrt
from theory.data_diet.params import (
    Cosine, Flip, Margin, Modest, Params, Rate, Runs, Scale, Size, Snr, Unit,
)  # fmt: skip

claim = Claims("derived")


@closed_form
def noise_auc(snr: Snr, cosine: Cosine) -> Any:
    """Phi(sqrt(2) SNR cos(w, mu)): a fixed linear w's AUC for flipped labels, for any flip rate."""
    return normal_cdf(sqrt(2) * snr * cosine)


@closed_form
def auc_of_error(error: Unit) -> Any:
    """Phi(-sqrt(2) Phi^-1(err)): that AUC from the test error on clean labels alone."""
    return normal_cdf(-sqrt(2) * normal_quantile(error))


@closed_form
def one_step_cosine(snr: Snr, d: Size, n: Size, rho: Flip) -> Any:
    """c SNR/sqrt(c^2 SNR^2 + (d + 4 rho (1 - rho) SNR^2)/n), c = 1 - 2 rho: one step from w = 0."""
    c = 1 - 2 * rho
    return c * snr / sqrt(c**2 * snr**2 + (d + 4 * rho * (1 - rho) * snr**2) / n)


@closed_form
def averaged_cosine(
    snr: Snr, d: Size, n: Size, rho: Flip, eta: Rate, scale: Scale, runs: Runs
) -> Any:
    """The mean of M networks' weights, each after one step from N(0, s0^2 I/d): cos(w, mu).

    h c SNR/sqrt(h^2 (c^2 SNR^2 + d/n) + (s0^2/M)((1 - eta/4)^2 + (eta/4)^2 d/n)), h = eta/2: the
    small-logit limit of mean EL2N over M runs.
    """
    c, h = 1 - 2 * rho, eta / 2
    start = scale**2 / runs * ((1 - eta / 4) ** 2 + (eta / 4) ** 2 * d / n)
    return h * c * snr / sqrt(h**2 * (c**2 * snr**2 + d / n) + start)


@closed_form
def flagged_precision(rho: Flip, snr: Modest, cosine: Cosine, threshold: Margin) -> Any:
    """rho Q_f/(rho Q_f + (1 - rho) Q_c): the share of flipped labels among margins below -t.

    Q_f = Phi(SNR cos - t), Q_c = Phi(-SNR cos - t), margins in units of |w| sigma. Unlike the AUC
    it depends on the flip rate.
    """
    flipped, clean = normal_cdf(snr * cosine - threshold), normal_cdf(-snr * cosine - threshold)
    return rho * flipped / (rho * flipped + (1 - rho) * clean)


# --------------------------------------------------------------------------------------------

STEP = Params(d=60, n=120, kept=60, rho=0.3)
LOW = STEP.but(snr=1.0, rho=0.1)
MANY = STEP.but(eta=0.2, runs=4)
mixture = claim.given(mode="mixture", at=(STEP, LOW))


def against_own(read):
    """A reading: AUC on fresh points less what the trial's own cosine says."""
    return lambda run, p: run["fresh_auc"] - read(np.sqrt(2) * p.snr * run["cosine"])


mixture.equals(
    against_own(ndtr),
    support=(-1.0, 1.0),
    within=0.01,
    why="exact: the width asked for",
    twin=Twin("Phi(2 SNR cos): both scores fluctuate", observable=against_own(
        lambda x: ndtr(np.sqrt(2) * x))),
    name="noise_auc_identity",
    says="For any w the AUC on fresh points is Phi(sqrt(2) SNR cos(w, mu))",
    formula=0.0,
)  # fmt: skip


@mixture.equals(
    "in_auc", within=0.012, why="terms of order 1/n", twin=Twin("no noise factor, c = 1", noisy=0)
)
def one_step_auc(p, *, noisy=1):
    """After one full step from w = 0 the scores of the training examples have AUC
    Phi(sqrt(2) SNR R1): their own part |x_i|^2/n shifts clean and flipped alike."""
    return noise_auc(p.snr, one_step_cosine(p.snr, p.d, p.n, noisy * p.rho))


@mixture.equals(
    "fresh_auc",
    within=0.012,
    why="terms of order 1/n",
    twin=Twin("no noise factor, c = 1", noisy=0),
)
def one_step_fresh_auc(p, *, noisy=1):
    """After one full step from w = 0 fresh examples' scores have the same AUC."""
    return noise_auc(p.snr, one_step_cosine(p.snr, p.d, p.n, noisy * p.rho))


def gap_variance(p):
    """To leading order: of n rho flipped and n (1 - rho) clean scores given w, and of w . mu."""
    h, c2 = p.eta / 2, p.clean**2
    given = (c2 * p.snr**2 + p.aspect) / (p.n * p.rho * (1 - p.rho))
    return h**2 * (given / 8 + p.snr**2 * (1 + p.snr**2 * (1 - c2)) / p.n / 2)


@mixture.equals(
    "gap",
    relative=0.04,
    variance=lambda p: 2 * gap_variance(p),
    at=STEP,
    why="terms of order 1/n and eta^2",
    twin=Twin("1/2 for 1/4", slope=0.5),
)
def el2n_gap_one_step(p, *, slope=0.25):
    """E[EL2N | flipped] - E[EL2N | clean] = sqrt(2) eta (1 - 2 rho) |mu|^2/4 + O(eta^2)."""
    return 2**0.5 * p.eta * p.clean * p.snr**2 * slope


@claim.equals(
    "mean_cosine",
    mode="mixture",
    at=MANY,
    support=(-1.0, 1.0),
    within=0.03,
    why="terms of order 1/d",
    twin=Twin("s0^2 not divided by M", averaged=False),
)
def averaging_inits(p, *, averaged=True):
    """The mean of M networks' weights after one step from random starts has the cosine above."""
    runs = p.runs if averaged else 1
    return averaged_cosine(p.snr, p.d, p.n, p.rho, p.eta, p.scale, runs)


@claim.equals(
    "mean_auc",
    mode="mixture",
    at=MANY,
    within=0.02,
    why="terms of order 1/d",
    twin=Twin("the AUC of one network", averaged=False),
)
def averaged_score_auc(p, *, averaged=True):
    """The mean EL2N of M networks flags flipped labels with AUC Phi(sqrt(2) SNR cos)."""
    runs = p.runs if averaged else 1
    cosine = averaged_cosine(p.snr, p.d, p.n, p.rho, p.eta, p.scale, runs)
    return noise_auc(p.snr, cosine)


@claim.equals(
    "first_auc",
    mode="mixture",
    at=MANY,
    within=0.03,
    why="exact: the width asked for",
    twin=Twin("as after one step", stepped=True),
)
def blind_auc_at_init(p, *, stepped=False):
    """At random weights the scores of training examples have mean AUC 1/2 for flipped labels."""
    return averaged_score_auc(p) if stepped else 0.5


claim.ordering(
    "telling_after_one_step",
    "After one step the averaged scores flag flipped labels better than before it",
    "mean_auc",
    "first_auc",
    mode="mixture",
    at=MANY,
)


def precision_gap(precise):
    """A reading: flipped examples among those of margin < 0, less what the cosine says of it."""

    def read(run, p):
        x = p.snr * run["cosine"]
        wrong, right = p.rho * ndtr(x), (1 - p.rho) * ndtr(-x)
        said = wrong / (wrong + right) if precise else ndtr(x)
        return run["flagged_flipped"] - said * run["flagged"]

    return read


mixture.equals(
    precision_gap(True),
    support=(-1.0, 1.0),
    at=STEP,
    within=0.01,
    why="exact: the width asked for",
    twin=Twin("prior-free, as the AUC is", observable=precision_gap(False)),
    name="precision_needs_the_prior",
    says="rho Q_f/(rho Q_f + (1 - rho) Q_c) of the examples with wrong sign have a flipped label",
    formula=0.0,
)  # fmt: skip


@claim.identity(
    lambda p: auc_of_error(normal_cdf(-p.snr * one_step_cosine(p.snr, p.d, p.n, p.rho))),
    over=Domain.around(
        STEP.but(kept=1), snr=(0.1, 3.0), rho=(0.0, 0.45), d=(10, 1000), n=(10, 1000)
    ),
    within=1e-11,
    twin=Twin("Phi(-Phi^-1(err)), the accuracy", accuracy=True),
)
def auc_by_the_error(p, *, accuracy=False):
    """AUC = Phi(-sqrt(2) Phi^-1(err)) at any weights: 1 - err is the accuracy of the same."""
    x = p.snr * one_step_cosine(p.snr, p.d, p.n, p.rho)
    return normal_cdf(x if accuracy else sqrt(2) * x)
