"""Scores with known means and covariance: posterior, laws, AUROC, TNR; max softmax; Euclid."""

import jax.numpy as jnp
from jax.nn import log_softmax

from theory import (
    Claims, Domain, Draws, Twin, beta_cdf, chi2_cdf, chi2_pdf, chi2_quantile, chi2_tail, cos,
    larger_chi2, log_posterior, mahalanobis, maximum, normal_cdf, normal_quantile, pi, poisson_mean,
    positive_definite, quadratic_form_tail, root, sin, sqrt,
)  # fmt: skip
from theory.mahalanobis_detection.params import PLANE, Params, share

__all__ = ["auroc_scale", "auroc_shift", "chi2_law_tnr95", "chi2_threshold",
           "detection_accuracy", "euclid_auroc", "mahalanobis_auroc", "softmax_blind"]  # fmt: skip

claim = Claims()
ANY = Draws(square=(3, 3), means=(4, 3), f=(5, 3), offsets=(4,), v=(3,))


@claim.algebra(lambda z: log_posterior(z.f, z.means, positive_definite(z.square), z.offsets),
               over=ANY, within=1e-12, source="Section 2.1, in words",
               twin=Twin("b_c without the 1/2", two=1))  # fmt: skip
def gda_is_softmax(z, *, two=2):
    """P(c|f) = softmax_c(w_c'f + b_c), w_c = Sigma^-1 mu_c, b_c = -mu_c'w_c/2 + ln beta_c."""
    w = jnp.linalg.solve(positive_definite(z.square), z.means.T).T
    return log_softmax(z.f @ w.T - jnp.sum(z.means * w, axis=1) / two + z.offsets)


@claim.algebra(lambda z: log_softmax(z.f @ z.means.T + z.offsets), over=ANY, within=1e-12,
               twin=Twin("v moves the means but not the priors", moved=False))  # fmt: skip
def gda_is_softmax_converse(z, *, moved=True):
    """Any (w, b), Sigma > 0 and v: mu_c = Sigma (w_c + v), ln beta_c = b_c + mu_c'Sigma^-1 mu_c/2.

    derived: so a softmax classifier determines neither Sigma nor the confidence M
    """
    sigma = positive_definite(z.square)
    w, shifted = z.means, z.means + z.v  # z.means are the weights here
    norms = mahalanobis((shifted if moved else w) @ sigma, jnp.zeros(3), sigma)
    return log_posterior(z.f, shifted @ sigma, sigma, z.offsets + norms / 2)


# Shifted outliers


@claim.law("shifted[0]", at=(Params(), Params(shift=0.0)), twin=Twin(
    "a normal law of variance 2d",
    cdf=lambda p, x: normal_cdf((x - p.d - p.shift) / sqrt(2.0 * p.d))))  # fmt: skip
def chi2_law(p, x):
    """-M ~ chi'^2_d(lambda), central in distribution."""
    return chi2_cdf(x, p.d, p.shift)


def chi2_threshold(p):
    """The 95 % quantile of chi^2_d."""
    return chi2_quantile(0.95, p.d)


@claim.equals(share("shifted", chi2_threshold, above=True), at=(Params(), PLANE), within=0.01,
              twin=Twin("normal laws of variance 2d", prediction=lambda p: normal_cdf(
                  p.shift / sqrt(2.0 * p.d) - normal_quantile(0.95))),
              known=((Params(), ".48963"), (Params(d=50, shift=25.0), ".68706")))  # fmt: skip
def chi2_law_tnr95(p):
    """TNR95 = P(chi'^2_d(lambda) > q), q the 95 % quantile of chi^2_d."""
    return chi2_tail(chi2_threshold(p), p.d, p.shift)


@claim.equals(at=(PLANE, Params()), within=0.01, twin=Twin(
    "the form of large d taken as exact",
    prediction=lambda p: normal_cdf(p.shift / (2 * sqrt(p.d + p.shift)))), known=(
    (PLANE, ".81606"), (Params(), ".858989"), (Params(d=50, shift=25.0), ".929397"),
    (Params(d=200, shift=40.0, count=90), ".902634")))  # fmt: skip
def auroc_shift(p):
    """AUROC = sum_j Pois(j; lambda/2) I_{1/2}(d/2, d/2 + j).

    derived: chi'^2_d(lambda) is a Poisson mixture of Gammas, and a share of two Gammas is Beta
    """
    return poisson_mean(lambda j: beta_cdf(0.5, p.d / 2, p.d / 2 + j), p.shift / 2)


@claim.identity(
    auroc_shift, over=Domain.around(Params(count=100), d=(10, 200), shift=(1.0, 40.0)), points=16,
    within=0.012, scale=1.0, why="next order in d; .011 at most on this box",
    twin=Twin("sqrt(d + lambda/2)", part=2),
    known=((Params(), ".84905"), (Params(d=200, shift=40.0, count=90), ".901647")),
)  # fmt: skip
def auroc_shift_normal(p, *, part=1):
    """Large d: AUROC = Phi(lambda/(2 sqrt(d + lambda)))."""
    return normal_cdf(p.shift / (2 * sqrt(p.d + p.shift / part)))


diluted = claim.given(size=lambda p: p.d, along=[
    Params(d=d, shift=1.0, count=2000) for d in (64, 256, 1024, 4096)])  # fmt: skip


@diluted.limit(1.0, rate=-1.0, within=0.05, last_gap=1e-3, why="next order 1/d^2",
               twin=Twin("AUROC - 1/2 ~ 1/d", power=1))  # fmt: skip
def dimension_dilution(p, *, power=0.5):
    """At fixed lambda AUROC - 1/2 ~ lambda/(2 sqrt(2 pi d)): their ratio tends to 1."""
    return (auroc_shift(p) - 0.5) * 2 * sqrt(2 * pi) * p.d**power / p.shift


@diluted.limit(0.8, rate=-0.5, within=0.06, last_gap=0.004,
               why="next order: exponent -1/2 + .63/sqrt(d)",
               twin=Twin("lambda ~ d^(1/4) will do", power=0.25))  # fmt: skip
def dimension_dilution_shift(p, *, power=0.5):
    """To keep AUROC, lambda must grow as sqrt(d): lambda = 2 Phi^-1(.8) sqrt(d) gives .8."""
    return larger_chi2(p.d, 2 * normal_quantile(0.8) * p.d**power, 0.0)


def crossing(p):
    """Where the densities of chi^2_d and chi'^2_d(lambda) cross: their ratio rises in t."""
    high = p.d + p.shift
    return root(lambda t: jnp.log(chi2_pdf(t, p.d, p.shift) / chi2_pdf(t, p.d)), 1e-3, high)


def accuracy(run, p):
    """A reading: (TPR + TNR)/2 of a trial's scores at the crossing."""
    kept, rejected = share("inside", crossing), share("shifted", crossing, above=True)
    return (kept(run, p) + rejected(run, p)) / 2


@claim.equals(accuracy, at=Params(d=2, shift=20.0), within=0.01,
              twin=Twin("midway between the mean scores", best=False),
              known=((Params(), ".778151"),))  # fmt: skip
def detection_accuracy(p, *, best=True):
    """max_t (TPR + TNR)/2 is taken where the densities of chi^2_d and chi'^2_d(lambda) cross.

    derived: midway loses .038 at d = 2, lambda = 20, only .0036 at d = 10, lambda = 9
    """
    t = crossing(p) if best else p.d + p.shift / 2
    return (chi2_cdf(t, p.d) + chi2_tail(t, p.d, p.shift)) / 2


@claim.equals(at=(Params(scale2=0.5), Params()), within=0.01,
              twin=Twin("s and 1/s are alike", either=True),
              known=((Params(), ".85515"), (Params(scale2=0.5), ".14485")))  # fmt: skip
def auroc_scale(p, *, either=False):
    """Outliers N(mu_c, s^2 Sigma): AUROC = I_{s^2/(1 + s^2)}(d/2, d/2), below 1/2 for s < 1."""
    s2 = maximum(p.scale2, 1 / p.scale2) if either else p.scale2
    return beta_cdf(s2 / (1 + s2), p.d / 2, p.d / 2)


@claim.equals(share("scaled", chi2_threshold, above=True), at=Params(), within=0.01,
              twin=Twin("threshold/s", power=0.5), known=((Params(), ".51760"),))  # fmt: skip
def auroc_scale_tnr95(p, *, power=1):
    """Outliers N(mu_c, s^2 Sigma): TNR95 = P(chi^2_d > q/s^2), q the 95 % quantile of chi^2_d."""
    return chi2_tail(chi2_threshold(p) / p.scale2**power, p.d)


# Max softmax: two whitened classes, N(+-Delta/2, 1) on the axis u through their means, equal priors

two_classes = claim.given(mode="two_classes", at=Params(), within=0.01)


@two_classes.equals(known=((Params(), ".2398560"),),
                    twin=Twin("outward shifts are seen", blind=False))  # fmt: skip
def softmax_blind(p, *, blind=True):
    """Shift s outward: AUROC of max softmax = a b + (1 - a)(1 - b), a = Phi(-s/sqrt 2).

    derived: P(|u_in| > |u_out|), where u_in -+ u_out are independent N(-s, 2), N(Delta + s, 2)

    b = Phi((Delta + s)/sqrt 2) is near 1 where the classes are far apart.
    """
    a = normal_cdf(-p.length / sqrt(2))
    b = normal_cdf((p.separation + p.length) / sqrt(2))
    inside = a * b + (1 - a) * (1 - b)
    return inside if blind else 1 - inside


two_classes.equals(
    name="softmax_blind_sideways", formula=0.5, twin=Twin("as by Mahalanobis' score",
    prediction=auroc_shift),
    says="Shift orthogonal to the axis: AUROC of max softmax = 1/2, as it depends on |u| alone",
)  # fmt: skip
claim.ordering(
    "softmax_blind_not_mahalanobis", "Outward shift: Mahalanobis' AUROC is above max softmax'",
    "mahalanobis_outward", "softmax_blind", mode="two_classes", at=Params(),
)  # fmt: skip

# Euclid's distance: Sigma = diag(L, 1, ..., 1), L = spread^2, a shift v at an angle to axis 1

WIDE = Params(spread=2.0, length=4.0, angle=30.0)
SHIFTS = {"spread": (1.01, 6.0), "length": (0.2, 6.0), "d": (2, 50)}


def squares(p):
    """|v|^2 along the wide direction, and across it."""
    return tuple((p.length * part(p.angle * pi / 180)) ** 2 for part in (cos, sin))


def mahalanobis_auroc(p):
    """P(chi'^2_d(lambda) > chi^2_d), lambda = v_1^2/L + v_2^2."""
    wide, across = squares(p)
    return larger_chi2(p.d, wide / p.spread**2 + across, 0.0)


@claim.equals(at=WIDE, within=0.01, twin=Twin("noncentrality |v|^2, as if L were 1", own=0))
def euclid_auroc(p, *, own=1):
    """Euclid: AUROC = P(L X + Y > L X' + Y'), X, X' of 1 degree, Y, Y' of d - 1.

    derived: noncentralities are v_1^2/L of X and v_2^2 of Y, 0 of X' and Y'
    """
    (wide, across), top = squares(p), p.spread**2
    weights = jnp.stack([top, 1.0, -top, -1.0])
    degrees = jnp.asarray([1.0, p.d - 1, 1, p.d - 1])
    shifts = jnp.stack([wide / top**own, across, 0.0, 0.0])
    return quadratic_form_tail(0.0, weights, degrees, shifts)


compared = claim.given(formula=euclid_auroc, points=16, source="derived")
compared.never_below(
    mahalanobis_auroc, name="euclid_can_win", over=Domain.around(Params(), **SHIFTS),
    says="A shift along the one wide direction (L > 1): Euclid's AUROC is above Mahalanobis'",
    twin="Mahalanobis is never worse",
)  # fmt: skip
compared.never_above(
    mahalanobis_auroc, name="euclid_can_lose", over=Domain.around(Params(angle=90.0), **SHIFTS),
    says="A shift along a narrow direction: Euclid's AUROC is below Mahalanobis'",
    twin="Euclid is never worse",
)  # fmt: skip
