"""Logistic regression and LDA with n and m growing together, and their first-order excess risks."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Gt, Le, Lt, Row, Scalar, Twin, closed_form, exp, fixed_point, log1p,
    maximum, normal_cdf, normal_mean, normal_pdf, relu_mean, relu_square, root, sqrt,
)  # fmt: skip
from theory.generative_discriminative.naive import nb_limit
from theory.generative_discriminative.params import Params

claim = Claims("derived (proportional limit: cf. Sur & Candes 2019); not in the paper")

Half = Annotated[Scalar, Ge(0), Le(4)]
Distance = Annotated[Scalar, Gt(0), Le(20)]
Positive = Annotated[Scalar, Gt(0), Le(1e9)]
RESOLVED = 0.98
_NODES = 480


# The state of a regularised fit


def moments(mean, spread, price):
    """E s, E s^2 and E[c/(1 + lambda c)], s = sigmoid(-P), c = s (1 - s), where P is the prox:

    P - lambda s = V ~ N(mean, spread^2). No prox is solved: V(P) is explicit, and dV =
    (1 + lambda c) dP. P = sinh(u) has nodes near 0, where s falls, and far out.
    """
    high = mean + 10 * spread + jnp.minimum(price, 10 * spread)
    ends = jax.lax.stop_gradient((jnp.arcsinh(mean - 10 * spread), jnp.arcsinh(high)))
    width = (ends[1] - ends[0]) / _NODES
    u = ends[0] + width * (np.arange(_NODES) + 0.5)
    point = jnp.sinh(u)
    s = jax.nn.sigmoid(-point)
    c = s * jax.nn.sigmoid(point)
    weight = normal_pdf((point - price * s - mean) / spread) * jnp.cosh(u) * (width / spread)
    mass = weight * (1 + price * c)
    return jnp.sum(mass * s), jnp.sum(mass * s * s), jnp.sum(weight * c)


def _fit(samples, ridge, spectrum, dims, signal):
    """(w.mu, sqrt(w' Sigma w), V) by iteration; larger steps oscillate where w.mu is large."""

    def step(state):
        mean, spread, price = state
        first, second, curvature = moments(mean, spread, price)
        shrunk = 1 / (ridge + samples * curvature * spectrum)
        along = samples * first * jnp.sum(signal * shrunk)
        size = samples * first * shrunk
        across = jnp.sum((signal * size**2 + dims * samples * second * shrunk**2 * spectrum)
                         * spectrum)  # fmt: skip
        new = jnp.stack([along, sqrt(across), jnp.sum(dims * spectrum * shrunk)])
        return state + 0.15 * (new - state)

    # as if kappa were small: w = Sigma^-1 2 mu, V = sum e/(ridge + m e A)
    shrunk = 1 / (ridge + samples * spectrum / 8)
    price = jnp.sum(dims * spectrum * shrunk)
    along = samples / 4 * jnp.sum(signal * shrunk)
    spread = samples / 4 * sqrt(jnp.sum(signal * spectrum * shrunk**2)) + sqrt(price)
    return fixed_point(step, jnp.stack([along, spread, price]))


_fits = jax.jit(jnp.vectorize(_fit, signature="(),(),(k),(k),(k)->(3)"))


@closed_form(example={"spectrum": [4.0, 1.0], "dims": [2.0, 2.0], "signal": [1.0, 2.0]})
def ridge_lr_state(
    samples: Annotated[Scalar, Ge(1), Le(1e4)],
    ridge: Annotated[Scalar, Ge(1e-2), Le(1e4)],
    spectrum: Annotated[Any, Ge(1e-2), Le(1e4), Row],
    dims: Annotated[Any, Ge(1), Le(1e4), Row],
    signal: Annotated[Any, Ge(0), Le(1e4), Row],
) -> Any:
    """(w.mu, sqrt(w' Sigma w), V) of argmin sum log(1 + exp(-y w.x)) + ridge |w|^2/2.

    x ~ N(y mu, Sigma), Sigma of eigenvalues ``spectrum`` in ``dims`` dimensions each, |mu|^2 =
    ``signal`` there; the error is Phi(-w.mu/sqrt(w' Sigma w)) as samples and dimensions grow. With
    P = prox_{V l}(v), v ~ N(w.mu, w' Sigma w): mh = -m E l'(P), qh = m E l'(P)^2, Vh = m E[l''/
    (1 + V l'')], R = 1/(ridge + Vh e); w.mu = mh sum |mu|^2 R, w' Sigma w = mh^2 sum |mu|^2 R^2 e +
    qh sum g (R e)^2, V = sum g e R.
    """
    return _fits(*(jnp.asarray(x, float) for x in (samples, ridge, spectrum, dims, signal)))


# No penalty: where the minimum exists, and its error


@closed_form
def lr_threshold(r: Half) -> Any:
    """kappa*(r) = min_s [(1 + s^2 r^2) Phi(-s r) - s r phi(s r)]/(1 - s^2), r = Delta/2.

    n/m above it: the two classes are separable by a hyperplane through the middle. At the least s,
    s E(Z - s r)_+^2 = r (1 - s^2) E(Z - s r)_+. 1/2 at r = 0 (Cover).
    """
    return _threshold(jnp.asarray(r, float))


@jax.jit
def _threshold(r):
    s = root(
        lambda s: s * relu_square(-s * r) - r * (1 - s * s) * relu_mean(-s * r),
        jnp.zeros_like(r), 1.0,
    )  # fmt: skip
    return relu_square(-s * r) / (1 - s * s)


BELOW = (
    "is above .98 kappa*: the data are linearly separable in the limit, and there is no finite"
    " minimum; use max_margin_error or a ridge",
    lambda r, kappa: kappa <= RESOLVED * lr_threshold(r),
)


@closed_form(kappa=BELOW, example={"kappa": 0.05, "r": 1.0})
def lr_state(r: Half, kappa: Annotated[Scalar, Ge(1e-9), Lt(0.5)]) -> Any:
    """(a, b, lambda), the last axis: w_hat's lengths along mu and across, whitened, n/m = kappa.

    a = -(lambda r/kappa) E l'(P), b^2 = (lambda^2/kappa) E l'(P)^2, 1 - kappa = E[1/(1 + lambda
    l''(P))], P = prox_{lambda l}(v), v ~ N(a r, a^2 + b^2). Within 2 % of the threshold, where all
    three run off, it isn't evaluated.
    """
    along, spread, price = unpenalised(r, kappa)
    first = _moments_of(along, spread, price)[0]
    a = price * jnp.asarray(r, float) / kappa * first
    b = sqrt(price**2 / kappa * _moments_of(along, spread, price)[1])
    return jnp.stack([a, b, price], axis=-1)


_moments_of = jnp.vectorize(moments, signature="(),(),()->(),(),()")


def unpenalised(r, kappa):
    """(w.mu, sqrt(w' Sigma w), V) without a ridge."""
    r, kappa = (jnp.asarray(x, float) for x in jnp.broadcast_arrays(r, kappa))
    one = jnp.ones((*r.shape, 1))
    found = _fits(1.0, 0.0, one, kappa[..., None], (r * r)[..., None])
    return found[..., 0], found[..., 1], found[..., 2]


@closed_form(kappa=BELOW, example={"kappa": 0.05, "r": 1.0})
def lr_error(r: Half, kappa: Annotated[Scalar, Ge(1e-9), Lt(0.5)]) -> Any:
    """Phi(-r a/sqrt(a^2 + b^2)): LR's error, no penalty, any Sigma, r = Delta/2, n/m = kappa."""
    along, spread, _ = unpenalised(r, kappa)
    return normal_cdf(-along / spread)


@closed_form(
    kappa=("is not above kappa*: no rule separates the data", lambda r, kappa:
           kappa >= lr_threshold(r)),
    example={"kappa": 1.0},
)  # fmt: skip
def max_margin_error(r: Half, kappa: Annotated[Scalar, Gt(0), Le(1e6)]) -> Any:
    """Phi(-s r): the rule of largest margin, limit of ridge -> 0 and of descent, Sigma = I.

    s = r E(Z + x)_+/kappa with E(Z + x)_+^2 = kappa (1 - s^2); the margin is x + s r.
    """
    return normal_cdf(-r * largest_margin(r, kappa)[0])


def largest_margin(r, kappa):
    """(cosine, margin/sqrt n's unit)."""
    return _largest_margin(jnp.asarray(r, float), jnp.asarray(kappa, float))


@jax.jit
def _largest_margin(r, kappa):
    cosine = lambda x: r * relu_mean(x) / kappa  # noqa: E731
    low = -sqrt(2 * log1p(1 / kappa) + 2 * log1p(r / kappa) + 2)
    x = root(lambda x: relu_square(x) / kappa + cosine(x) ** 2 - 1, low, sqrt(kappa))
    return cosine(x), x + r * cosine(x)


@closed_form
def lda_error(distance: Distance, kappa: Annotated[Scalar, Ge(0), Lt(1)]) -> Any:
    """Phi(-(1/2) Delta^2 sqrt(1 - kappa)/sqrt(Delta^2 + 4 kappa)): the whole covariance estimated.

    Its slope at kappa = 1, where the estimate becomes singular, is infinite from below.
    """
    near = maximum(distance, 1e-150)  # its square is a float; under it the error is 1/2
    return normal_cdf(-distance * near * sqrt(1 - kappa) / (2 * sqrt(near**2 + 4 * kappa)))


# First order in n/m


@closed_form
def lr_efficiency(distance: Distance) -> Any:
    """4 A(Delta), A = E[sig(v) sig(-v)], v ~ N(Delta^2/2, Delta^2): LR's excess error is NB's over
    it.

    By symmetry A = exp(-Delta^2/8) E 1/(4 cosh(Delta Z/2)). Over LDA's it is 4 A (1 + Delta^2/4),
    Efron's (1975).
    """
    distance = jnp.asarray(distance, float)[..., None]
    mean = normal_mean(lambda z: 1 / jnp.cosh(distance * z / 2), nodes=960)
    return exp(-(distance[..., 0] ** 2) / 8) * mean


@closed_form
def excess_slopes(distance: Distance) -> Any:
    """d error/d kappa at kappa = 0 of naive Bayes (variances known), LR and LDA, on the last axis.

    phi(Delta/2)/Delta, that over 4 A, and phi(Delta/2)(1/Delta + Delta/4), for Sigma diagonal;
    infinite at 0.
    """
    distance = jnp.asarray(distance, float)
    naive = normal_pdf(distance / 2) / distance
    lda = naive * (1 + distance**2 / 4)
    return jnp.stack([naive, naive / lr_efficiency(distance), lda], axis=-1)


# Claims

FIT = Params(n=40, m0=200, m1=200, information=4.0, signals=20)
FAR = FIT.but(information=9.0)
MANY = FIT.but(correlation=0.5)  # kappa = .1, less than kappa_x = .182
FEWER = FIT.but(correlation=0.3, m0=120, m1=120)  # kappa = .167, more than .077
fitted = claim.given(mode="fit", statistic="median", trials=512)
"""The errors tend to their limits in probability: the median does, and needs fewest trials."""


@fitted.equals(
    "lr",
    at=(FAR, MANY),
    within=0.005,
    why="of order 1/n: medians .0014 off and less at n = 40, means .0014",
    twin=Twin("the classical a = 2 r, b^2 = kappa/A(2 r)", classical=True),
    known=((FIT, ".186936"), (FAR, ".09824")),
)
def lr_mle_asymptotics(p, *, classical=False):
    """LR without penalty, kappa < kappa*: error -> Phi(-r a/sqrt(a^2 + b^2)), whatever Sigma."""
    r = sqrt(p.distance2) / 2
    if classical:
        return normal_cdf(-2 * r * r / sqrt(4 * r * r + 4 * p.kappa / lr_efficiency(2 * r)))
    return lr_error(r, p.kappa)


@fitted.equals(
    "lda",
    at=(FEWER, MANY),
    within=0.005,
    why="of order 1/n: medians .001 off and less at n = 40",
    twin=Twin("without sqrt(1 - kappa): covariance known", estimated=False),
)
def lda_proportional(p, *, estimated=True):
    """LDA, kappa < 1: error -> Phi(-(1/2) Delta^2 sqrt(1 - kappa)/sqrt(Delta^2 + 4 kappa))."""
    if estimated:
        return lda_error(sqrt(p.distance2), p.kappa)
    return nb_limit(p.distance2, p.distance2, p.kappa)


MARGIN = Params(n=40, m0=44, m1=44, signals=20, information=4.0)  # kappa = .455, kappa* = .270
CLOSE = Params(n=24, m0=80, m1=80, signals=12, information=4.0)  # kappa = .15
margin = claim.given(mode="margin")


@margin.equals(
    "separable",
    at=(MARGIN, CLOSE),
    within=0.15,
    why="a step of width of order n^(-1/2): kappa is 1.7 and .56 times kappa*",
    twin=Twin("kappa* = 1/2, whatever r", cover=True),
)
def lr_existence_threshold(p, *, cover=False):
    """Data are separable, and LR has no minimum, iff n/m > kappa*(Delta/2)."""
    threshold = 0.5 if cover else lr_threshold(sqrt(p.distance2) / 2)
    return 1.0 * (p.kappa > threshold)


@margin.equals(
    "error",
    at=MARGIN,
    statistic="median",
    trials=512,
    within=0.015,
    why="of order 1/n, and the median off the mean: .004 seen at n = 60",
    twin=Twin("the rule of class means", means=True),
    known=((CLOSE.but(m0=24, m1=24), ".2818"), (CLOSE.but(m0=12, m1=12), ".2983")),
)
def max_margin_asymptotics(p, *, means=False):
    """The rule of largest margin, kappa > kappa*, Sigma = I: error -> Phi(-s r)."""
    if means:
        return nb_limit(p.distance2, p.distance2, p.kappa)
    return max_margin_error(sqrt(p.distance2) / 2, p.kappa)


@claim.identity(
    lambda p: lr_threshold(sqrt(p.distance2) / 2),
    over=Domain.around(CLOSE, information=(0.1, 60.0)),
    within=1e-10,
    why="rounding in two roots",
    points=8,
    twin=Twin("Bayes's error", bayes=True),
)
def threshold_is_an_error(p, *, bayes=False):
    """At n/m = kappa*, where LR's minimum is lost, LR's error is kappa* itself: Phi(-s r)."""
    r = sqrt(p.distance2) / 2
    return normal_cdf(-r) if bayes else max_margin_error(r, lr_threshold(r))


@claim.limit(
    lambda p: excess_slopes(sqrt(p.information))[1],
    along=tuple(Params(n=2, m0=m, m1=m, signals=1) for m in (50, 200, 800, 3200)),
    size=lambda p: p.m0,
    rate=-1,
    within=0.05,
    why="the next term is of order kappa^2: exponents -.96 to -1.0 on the way",
    last_gap=0.001,
    twin=Twin("A with v ~ N(0, Delta^2)", limit=lambda p: wrong_slope(sqrt(p.information))),
    known=((Params(n=2, m0=1000, m1=1000, signals=1), ".26920"),),
)
def relative_efficiency(p):
    """kappa -> 0: LR's excess error over kappa tends to phi(Delta/2)/(4 A Delta).

    Efron (1975) for LR against LDA; Ng & Jordan (2001) compare naive Bayes and LR
    """
    distance = sqrt(p.information)
    return (lr_error(distance / 2, p.kappa) - normal_cdf(-distance / 2)) / p.kappa


def wrong_slope(distance):
    """With E 1/(4 cosh^2(v/2)) at v ~ N(0, Delta^2)."""
    A = normal_mean(lambda z: 0.25 / jnp.cosh(distance * z / 2) ** 2, nodes=960)
    return normal_pdf(distance / 2) / (4 * A * distance)
