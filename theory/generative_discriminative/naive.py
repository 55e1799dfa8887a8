"""Gaussian naive Bayes with variances shared by the classes: exact errors and their limits."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Ge, Gt, Le, Row, Scalar, Twin, closed_form, larger_chi2, log, normal_cdf,
    quadratic_form_tail, sqrt,
)  # fmt: skip
from theory.generative_discriminative.params import Features, Information, Params

claim = Claims("derived; not in the paper")

Positive = Annotated[Scalar, Gt(0), Le(1e9)]
Axes = Annotated[Any, Gt(0), Le(1e6), Row]
Few = Annotated[Scalar, Ge(1), Le(1e9)]


@closed_form
def nb_error(
    information: Annotated[Scalar, Ge(0), Le(1e4)],
    n: Annotated[Scalar, Ge(1), Le(1e6)],
    m: Annotated[Scalar, Ge(2), Le(1e9)],
) -> Any:
    """E[error] of the nearer class mean, m/2 samples a class, known variances, Sigma diagonal.

    It is P(u.v > 0), u ~ N(delta, (4/m) I_n) the means' difference and v ~ N(-delta/2,
    (1 + 1/m) I_n) a point of class 0 from their middle, |delta|^2 = information: independent, as
    the classes have equal samples. m is even in experiments; the formula is smooth in it.
    """
    inverse, half = sqrt(m) / 2, 1 / (2 * sqrt(1 + 1 / m))  # 1/s_u, 1/(2 s_v)
    less, more = (information * (inverse + sign * half) ** 2 / 2 for sign in (-1, 1))
    return larger_chi2(n, less, more)


@closed_form(example={"threshold": 0.3, "spectrum": [0.5, 1.5], "dims": [20.0, 20.0],
                      "signal": [1.0, 2.0]})  # fmt: skip
def nb_class_error(
    threshold: Annotated[Scalar, Ge(-1e3), Le(1e3)],
    spectrum: Annotated[Any, Gt(0.02), Le(50), Row],
    dims: Annotated[Any, Ge(1), Le(1e4), Row],
    signal: Annotated[Any, Ge(0), Le(1e3), Row],
    m0: Annotated[Scalar, Ge(1), Le(1e6)],
    m1: Annotated[Scalar, Ge(1), Le(1e6)],
) -> Any:
    """E[error on class 0] = P(sum_i u_i v_i > threshold), for any m0, m1 and correlations C.

    C has eigenvalues ``spectrum``, each in ``dims`` dimensions, with |d|^2 = ``signal`` there. On
    an axis of eigenvalue e, Var u = (1/m0 + 1/m1) e, Var v = (1 + (1/m0 + 1/m1)/4) e, Cov(u, v) =
    (1/m0 - 1/m1) e/2. With rho their correlation, 2 u v/(s_u s_v) = (1 + rho) A^2 - (1 - rho) B^2,
    A and B independent of unit variance. The priors' threshold is log(m0/m1); for class 1 change
    m0 with m1 (and the threshold's sign). NaN where the integral's nodes do not do.
    """
    spectrum, dims, signal = (jnp.asarray(x, float) for x in (spectrum, dims, signal))
    h, m0, m1 = (jnp.asarray(x, float)[..., None] for x in (threshold, m0, m1))
    both = 1 / m0 + 1 / m1
    su, sv, cov = sqrt(both), sqrt(1 + both / 4), (1 / m0 - 1 / m1) / 2
    plus, minus = (su * sv + cov) / 2, (su * sv - cov) / 2  # weights, over e
    up = signal / spectrum * (1 / su - 1 / (2 * sv)) ** 2 / (4 * plus / (su * sv))
    down = signal / spectrum * (1 / su + 1 / (2 * sv)) ** 2 / (4 * minus / (su * sv))
    weights = jnp.concatenate(jnp.broadcast_arrays(plus * spectrum, -minus * spectrum), axis=-1)
    shifts = jnp.concatenate(jnp.broadcast_arrays(up, down), axis=-1)
    degrees = jnp.broadcast_to(jnp.concatenate([dims, dims], axis=-1), weights.shape)
    return quadratic_form_tail(h[..., 0], weights, degrees, shifts)


@closed_form
def nb_limit(
    along: Information, across: Positive, kappa: Annotated[Scalar, Ge(0), Le(1e9)] = 0,
    trace: Positive = 1,
) -> Any:  # fmt: skip
    """Phi(-(1/2) d'D^-1 d/sqrt(d'D^-1 Sigma D^-1 d + 4 kappa tr(C^2)/n)), n/m -> kappa.

    ``along`` is d'D^-1 d, ``across`` d'D^-1 Sigma D^-1 d, ``trace`` tr(C^2)/n; D is the diagonal
    of Sigma and C its correlations. At kappa = 0 the asymptote.
    """
    return normal_cdf(-along / (2 * sqrt(across + 4 * kappa * trace)))


@closed_form
def nb_few(information: Information, n: Features, m: Few) -> Any:
    """The central limit of :func:`nb_error` as n grows at any m: Phi(-(Delta^2/2)/sqrt(V)).

    V = s_u^2 Delta^2/4 + s_v^2 Delta^2 + n s_u^2 s_v^2, s_u^2 = 4/m and s_v^2 = 1 + 1/m.
    """
    su2, sv2 = 4 / m, 1 + 1 / m
    return normal_cdf(-information / (2 * sqrt(_spread(information, n, su2, sv2))))


def _spread(information, n, su2, sv2):
    """The variance of u.v."""
    return su2 * information / 4 + sv2 * information + n * su2 * sv2


@closed_form
def nb_estimated(
    information: Information,
    fourth: Annotated[Scalar, Ge(0), Le(1e9)],
    n: Features,
    m: Annotated[Scalar, Gt(6), Le(1e9)],
) -> Any:
    """Variances estimated too, m/2 samples a class, as n grows: R V + (R - 1) fourth/4 for V.

    V is that of :func:`nb_few`, ``fourth`` = sum_i delta_i^4, R = (nu - 2)/(nu - 4) = E s^-4/
    (E s^-2)^2 with nu = m - 2 degrees of freedom. For nu <= 4, R is infinite and there is no limit.
    """
    ratio = (m - 4) / (m - 6)
    spread = ratio * _spread(information, n, 4 / m, 1 + 1 / m) + (ratio - 1) * fourth / 4
    return normal_cdf(-information / (2 * sqrt(spread)))


@closed_form
def kantorovich_error(
    distance: Annotated[Scalar, Ge(0), Le(1e6)], condition: Annotated[Scalar, Ge(1), Le(1e12)]
) -> Any:
    """Phi(-sqrt(k)/(1 + k) Delta): the largest asymptotic error, k the condition number of C.

    Bickel & Levina (2004), by Kantorovich's inequality. At k = 1 it is Phi(-Delta/2).
    """
    return normal_cdf(-sqrt(condition) / (1 + condition) * distance)


# --------------------------------------------------------------------------------------------
# Any number of samples

HERE = Params()
exact = jax.jit(nb_error)
exact_class = jax.jit(nb_class_error)
"""Compiled once, for ladders and cases."""

SMALL = Params(n=50, m0=10, m1=10, information=4.0)
FIVE = Params(n=4, m0=5, m1=5, signals=2)


@claim.equals(
    "error",
    at=(SMALL, FIVE),
    within=0.003,
    twin=Twin("each class thought to have m samples: 2/m for 4/m", thought=2),
    known=((SMALL, ".301819"), (Params(n=200, m0=50, m1=50, information=9.0), ".138877")),
)
def nb_exact_error(p, *, thought=4):
    """E[error] = P(X+ > X-), noncentral chi-squares of n degrees: exact at every n and m."""
    s_u = sqrt(thought / p.m)
    s_v = sqrt(1 + 1 / p.m)
    less, more = (p.information * (1 / s_u + sign / (2 * s_v)) ** 2 / 2 for sign in (-1, 1))
    return exact(p.information, p.n, p.m) if thought == 4 else larger_chi2(p.n, less, more)


UNEQUAL = Params(n=40, m0=8, m1=20, signals=20, correlation=0.6)


def class_errors(p, *, shared=True, m0=None, m1=None):
    """The expected errors on both classes, with the priors' threshold."""
    m0, m1 = (m0 or p.m0, m1 or p.m1)
    c = p.correlation if shared else 0.0
    spectrum, dims = jnp.asarray([1 - c, 1 + c]), jnp.full(2, p.n / 2)
    signal = jnp.full(2, p.information / 2)
    h = log(m0 / m1)
    return tuple(
        exact_class(sign * h, spectrum, dims, signal, *sizes)
        for sign, sizes in ((1, (m0, m1)), (-1, (m1, m0)))
    )


@claim.equals(
    "error_0", at=UNEQUAL, within=0.003, twin=Twin("features taken for independent", shared=False)
)
def nb_exact_unequal(p, *, shared=True):
    """E[error on class 0] = P(sum u_i v_i > log(m0/m1)): exact for any m0, m1 and correlations."""
    return class_errors(p, shared=shared)[0]


@claim.equals("error_1", at=UNEQUAL, within=0.003, twin=Twin("classes exchanged", exchanged=True))
def nb_exact_unequal_other(p, *, exchanged=False):
    """The same of class 1: m0 and m1 change places, and the threshold its sign."""
    return class_errors(p)[0 if exchanged else 1]


# --------------------------------------------------------------------------------------------
# Limits

WRONG = Params(n=40, m0=20_000, m1=20_000, signals=20, correlation=0.6)


@claim.equals(
    "error",
    at=WRONG,
    within=0.002,
    why="4 kappa tr(C^2)/n = .0054 beside 4",
    twin=Twin("Bayes's error", bayes=True),
)
def nb_misspecified_asymptote(p, *, bayes=False):
    """m -> infinity: error -> Phi(-(1/2) d'D^-1 d/sqrt(d'D^-1 Sigma D^-1 d)), not Phi(-Delta/2).

    only the first of each pair differs here, so that the second, which would help, is not used
    """
    return normal_cdf(-sqrt(p.distance2) / 2) if bayes else nb_limit(p.information, p.information)


LIMIT = claim.given(
    along=tuple(HERE.but(n=n, m0=n // 2, m1=n // 2) for n in (64, 128, 256, 512, 1024)),
    size=lambda p: p.n,
    within=0.02,
)


@LIMIT.limit(
    lambda p: nb_limit(p.information, p.information, p.kappa),
    rate=-1,
    why="(exact - limit) n = .1154 .. .1166",
    last_gap=0.00012,
    twin=Twin("n/m for 4 n/m", limit=lambda p: nb_limit(p.information, p.information, p.kappa / 4)),
    known=((HERE.but(n=50, m0=25, m1=25), ".24206"),),
)
def nb_finite_m(p):
    """n/m -> kappa: error -> Phi(-(1/2) Delta^2/sqrt(Delta^2 + 4 kappa)), with rate 1/n."""
    return exact(p.information, p.n, p.m)


@claim.limit(
    lambda p: nb_few(p.information, p.n, p.m),
    along=tuple(
        HERE.but(n=n, m0=4, m1=4, information=(n / 4) ** 0.5) for n in (2048, 8192, 32768, 65536)
    ),
    size=lambda p: p.n,
    rate=-1,
    within=0.05,
    why="third cumulants are Delta^2 = sqrt(n)/2 over n^(3/2); the exponent is -.95 on the way",
    last_gap=1e-6,
    twin=Twin("Var v = 1", limit=lambda p: nb_limit(p.information, p.information, p.kappa)),
    known=((SMALL, ".301819"),),
)
def nb_any_m(p):
    """n -> infinity at any m: u.v is normal, of variance s_u^2 Delta^2/4 + s_v^2 Delta^2 + n s_u^2
    s_v^2.
    """
    return exact(p.information, p.n, p.m)


SPREAD = Params(n=200, m0=6, m1=6, information=36.0, signals=100)


def fourth(p):
    """sum_i delta_i^4."""
    return p.information**2 / p.signals


@claim.equals(
    "estimated",
    at=SPREAD,
    within=0.008,
    trials=4096,
    why="of order n^(-1/2), for terms u v/s^2 with few moments: .0035 off at n = 200",
    twin=Twin("R = 1: variances known", known=True),
    known=((SPREAD.but(n=20_000, information=160.0, signals=10_000), ".2104"),),
)
def nb_estimated_variances(p, *, known=False):
    """Estimated variances, m fixed, n -> infinity: V becomes R V + (R - 1) sum_i delta_i^4/4."""
    return (nb_few if known else nb_estimated)(
        *((p.information, p.n, p.m) if known else (p.information, fourth(p), p.n, p.m))
    )
