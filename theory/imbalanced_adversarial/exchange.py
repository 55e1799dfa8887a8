"""What the majority pays for what the minority gains, and how sharp the best weight is."""

import math
from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Because, Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, exp, expm1, integral, log,
    log_normal_cdf, maximum, normal_cdf, normal_pdf, rational, root, sqrt,
)  # fmt: skip
from theory.imbalanced_adversarial.model import Params, Separability, class_errors
from theory.imbalanced_adversarial.weights import (
    EXACTLY, PLAIN, S_AND_K, SCALARS, UP_TO_FULL, with_power,
)  # fmt: skip

claim = Claims()
CANCELS = Because("differences of tails cancel; r is exp(-m h) to 12 digits there")


def slopes(errors, p):
    """d errors/d log rho, minority and majority."""
    t = log(p.K) - log(p.rho)
    minority, majority = jax.jacfwd(lambda v: jnp.stack(errors(p, v)))(t)
    return -minority, -majority


@claim.identity(
    lambda p: p.rho / p.K,
    over=Domain.around(PLAIN, s=(0.3, 4.0), K=(2.0, 100.0), rho=(1.0, 50.0)),
    points=16,
    within=1e-11,
    why="autodiff against a formula",
    twin=Twin("errors of a rule with offset t/s", half=1),
)
def local_exchange_rate(p, *, half=2):
    """d err_maj/(-d err_min) along rho is rho/K, whatever s: the ROC curve's slope."""
    minority, majority = slopes(
        lambda p, t: (normal_cdf(-p.s + t / (half * p.s)), normal_cdf(-p.s - t / (half * p.s))), p
    )
    return -majority / minority


MILD_WEIGHT = PLAIN.but(K=2.0, rho=1.5)


def not_exchanged(run, rate):
    """What the majority pays from rho = 1 to rho beyond ``rate`` times the minority's gain."""
    minority, majority = (run["standard"] - run["standard_plain"])[:, :2].T
    return majority + rate * minority


def moved_variance(p):
    """Of 64 means: a point of either class moves with its error's change as probability."""
    before, after = (jnp.stack(class_errors(p.s, t)) for t in (p.t_1, p.t))
    return jnp.sum(jnp.abs(after - before)) / 64


claim.equals(
    lambda run, p: not_exchanged(run, p.rho**0.5 / p.K),
    name="local_exchange_rate_seen",
    says="on common points the majority pays rho/K of what the minority gains, rho the geometric"
    " mean of the two weights",
    at=(MILD_WEIGHT, MILD_WEIGHT.but(s=2.0)),
    formula=0.0,
    within=0.003,
    variance=moved_variance,
    why="(log rho)^3/24 times third derivatives of the errors: below 1e-4",
    twin=Twin("1/K, whatever the weight", observable=lambda run, p: not_exchanged(run, 1 / p.K)),
)


@closed_form
def average_exchange(m: Separability, h: Annotated[Scalar, Ge(1e-6), CANCELS]):
    """r(m, h) = [Phi(-m) - Phi(-m - h)]/[Phi(-m + h) - Phi(-m)], majority's cost per gain.

    Standard training: m = s, h = log(K)/2s; adversarial: h = log(K)/2s_r, and m = s_r for robust
    errors, kappa for natural ones.
    """
    # by ratios of the three tails, which themselves leave the floats beyond m = 38
    centre = log_normal_cdf(-m)
    below, above = log_normal_cdf(-m - h) - centre, centre - log_normal_cdf(h - m)
    return exp(above) * expm1(below) / expm1(above)


WIDE = Domain.around(PLAIN, s=(0.1, 5.0), K=(1.5, 1e6))


@claim.identity(
    lambda p: exchange_by_tilting(p, 1) / exchange_by_tilting(p, -1),
    over=WIDE,
    points=16,
    within=1e-10,
    why="quadrature of 256 nodes",
    twin=Twin("h = t_1/s", half=1),
    known=tuple(
        (Params(K=float(K), s=s), r)
        for K, s, r in (
            (10, 0.25, ".670274"),
            (10, 0.75, ".386732"),
            (10, 1.5, ".333841"),
            (10, 2.5, ".322543"),
            (100, 0.75, ".296854"),
            (100, 2.5, ".115728"),
        )
    ),
)
def average_exchange_rate(p, *, half=2):
    """r(s, t_1/2s) = int_0^1 e^(-l v^2 - v t_1/2) dv/int_0^1 e^(-l v^2 + v t_1/2) dv, l = h^2/2."""
    return average_exchange(p.s, p.t_1 / (half * p.s))


def exchange_by_tilting(p, side):
    """int_0^1 exp(-h^2 v^2/2 - side v t_1/2) dv, h = t_1/2s, about its largest value."""
    h = p.t_1 / (2 * p.s)
    top = jnp.minimum(1.0, p.s / h)  # of the exponent for side = -1
    shift = -(h**2) * top**2 / 2 + top * p.t_1 / 2

    def weight(v):
        return jnp.exp(-((h[..., None] * v) ** 2) / 2 - side * v * p.t_1[..., None] / 2 - shift)

    h = jnp.asarray(h)
    cut = jnp.minimum(1.0, (p.s + 9) / h)
    return integral(weight, 0.0, cut)


@claim.never_below(
    lambda p: average_exchange_rate(p.but(s=p.s * rational(11, 10))),
    over=Domain.around(PLAIN, s=(0.05, 5.0), K=(1.1, 1e6)),
    evaluators=("jax", "mpmath"),
)
def exchange_falls_with_separability(p):
    """r(s, t_1/2s) falls with s: a unit of the minority's gain costs the majority less."""
    return average_exchange_rate(p)


@claim.limit(
    lambda p: 1 / sqrt(p.K),
    along=tuple(PLAIN.but(s=s) for s in (1.0, 2.0, 4.0, 8.0)),
    size=lambda p: p.s,
    rate=-2,
    within=0.15,
    why="r = K^(-1/2) (1 + O(1/s^2)); next order on the first rungs",
    last_gap=1e-3,
    twin=Twin("1/K", limit=lambda p: 1 / p.K),
)
def exchange_floor(p):
    """r(s, t_1/2s) -> K^(-1/2) as s -> infinity."""
    return average_exchange_rate(p)


def balanced(p, t):
    """B = (err_min + err_maj)/2."""
    first, second = class_errors(p.s, t)
    return (first + second) / 2


@claim.identity(
    lambda p: jax.grad(jax.grad(lambda t: balanced(p, t)))(jnp.zeros_like(p.t)),
    over=Domain.around(PLAIN, s=(0.1, 6.0)),
    points=16,
    within=1e-11,
    why="autodiff against a formula",
    twin=Twin("phi(s)/4s^2", order=2),
)
def balanced_error_curvature(p, *, order=1):
    """d^2 B/d(log rho)^2 = phi(s)/4s at rho = K."""
    return normal_pdf(p.s) / (4 * p.s**order)


@claim.never_below(lambda p: balanced(p, 0 * p.t), over=SCALARS, evaluators=("jax", "mpmath"))
def balanced_error_optimum(p):
    """The balanced error is least at rho = K, for every s."""
    return balanced(p, p.t)


@claim.never_below(lambda p: normal_cdf(-p.s), over=SCALARS, evaluators=EXACTLY)
def minimax_weight(p):
    """rho = K has the least error on the worse class too."""
    return maximum(*class_errors(p.s, p.t))


@closed_form
def weight_window(s: Separability, c: Annotated[Scalar, Gt(0), Le(0.1)]):
    """The largest |log(rho/K)| with balanced error <= Phi(-s) + c; sqrt(8 s c/phi(s)) at first.

    Infinite where every weight is that good: c >= 1/2 - Phi(-s).
    """
    s, c = jnp.broadcast_arrays(jnp.asarray(s, float), jnp.asarray(c, float))
    some = log_excess(s, s + 9) > jnp.log(c)
    s, c = jnp.where(some, s, 1.0), jnp.where(some, c, 0.05)
    least = jnp.log(2 * c / (0.4 * jnp.minimum(s, 1.0))) / 2 - 1  # the slope of phi is below .4 s
    h = jnp.exp(root(lambda y: log_excess(s, jnp.exp(y)) - jnp.log(c), least, jnp.log(s + 9)))
    return jnp.where(some, 2 * s * h, jnp.inf)


def log_excess(s, h):
    """log of [Phi(h - s) + Phi(-h - s)]/2 - Phi(-s) = int_0^h phi(s - u) (1 - e^(-2 s u))/2 du."""
    start = jax.lax.stop_gradient(jnp.maximum(s - 40, 0.0))  # below, the integrand is no float
    inside = h > start
    end = jnp.where(inside, h, start + 1)
    top = jnp.where(end < s, s - end, 0.0)  # where the exponent is largest

    def part(v):  # at u = h v, over s h^2 phi(top)
        u = end[..., None] * v
        x = 2 * s[..., None] * u
        small = x < 1e-3
        y = jnp.where(small, x, 0.0)
        series = 1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5)))
        full = -jnp.expm1(-jnp.where(small, 1.0, x)) / jnp.where(small, 1.0, x)
        bell = jnp.exp((top[..., None] ** 2 - (s[..., None] - u) ** 2) / 2)
        return v * bell * jnp.where(small, series, full)

    log_integral = jnp.log(integral(part, start / end, 1.0)) - top**2 / 2
    size = log_integral + jnp.log(s) + 2 * jnp.log(end) - math.log(2 * math.pi) / 2
    return jnp.where(inside, size, -jnp.inf)


@claim.limit(
    1.0,
    along=tuple(PLAIN.but(s=2.0, rho=10 * math.exp(-t)) for t in (2.0, 1.0, 0.5, 0.25)),
    size=lambda p: 1 / math.log(p.K / p.rho),
    rate=-2,
    within=0.1,
    why="B is even in t; the next order at t = 2",
    last_gap=5e-3,
    twin=Twin("phi(s)/4s^2", order=2),
)
def weights_have_a_window(p, *, order=1):
    """B - Phi(-s) = t^2 phi(s)/8s to leading order: |t| <= sqrt(8 s c/phi(s)) costs at most c."""
    excess = balanced(p, p.t) - normal_cdf(-p.s)
    return excess * 8 * p.s**order / (normal_pdf(p.s) * p.t**2)


def up_to(least, most):
    """Weights K^least to K^most."""
    return Domain.derived(with_power, **S_AND_K, share=(least, most))


@claim.never_above(
    lambda p: balanced(p, p.t_1),
    over=up_to(0, 2),
    evaluators=("jax", "mpmath"),
    twin=Twin("up to rho = K^3", domain=up_to(0, 3)),
)
def reweighting_helps(p):
    """A weight rho lowers the balanced error iff 1 < rho < K^2, i.e. at imbalances K > sqrt rho."""
    return balanced(p, p.t)


@claim.identity(
    0.5,
    over=Domain.around(PLAIN, s=(0.05, 3.0), rho=(1.0, 100.0)),
    evaluators=EXACTLY,
    twin=Twin("K/rho = exp(s^2)", double=1),
)
def half_minority_threshold(p, *, double=2):
    """Half of the minority is lost at K/rho = exp(2 s^2)."""
    return class_errors(p.s, p.but(K=p.rho * exp(double * p.s**2)).t)[0]


@claim.identity(lambda p: normal_cdf(-p.s), over=UP_TO_FULL, twin=Twin("s + t/2s", exact=False))
def separation_instead_of_weights(p, *, exact=True):
    """Without a weight, separability (s + sqrt(s^2 + 2t))/2 gives the minority error of rho = K.

    derived: u - t/2u = s; the majority then errs Phi(-u - t/2u) = Phi(-sqrt(s^2 + 2t)) < Phi(-s)
    """
    wide = sqrt(p.s**2 + 2 * p.t)
    u = (p.s + wide) / 2 if exact else p.s + p.t / (2 * p.s)
    return class_errors(u, p.t)[0]


@claim.identity(
    lambda p: normal_cdf(-sqrt(p.s**2 + 2 * p.t)),
    over=UP_TO_FULL,
    twin=Twin("Phi(-s - t/2s): the majority's error without either", u=False),
)
def separation_instead_of_weights_majority(p, *, u=True):
    """The majority then errs Phi(-sqrt(s^2 + 2t)), less than with the weight."""
    wide = (p.s + sqrt(p.s**2 + 2 * p.t)) / 2 if u else p.s
    return class_errors(wide, p.t)[1]
