"""How many samples naive Bayes needs: where log n comes from, and what error it costs."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Gt, Le, Lt, Scalar, Twin, closed_form, exp, expm1, log, log1p, normal_cdf,
    normal_quantile, sqrt,
)  # fmt: skip
from theory.generative_discriminative.naive import HERE, exact
from theory.generative_discriminative.params import Features, Params

claim = Claims("derived; not in the paper")

Chance = Annotated[Scalar, Ge(1e-12), Le(0.5)]
Within = Annotated[Scalar, Ge(1e-100), Le(1e3)]
Count = Annotated[Scalar, Gt(0), Le(1e9)]
Binary = Annotated[Scalar, Ge(1e-6), Lt(1)]


def sizes(least):
    """n = least .. 10^6, even."""
    build = lambda half: HERE.but(n=2 * half, signals=1)  # noqa: E731
    return Domain.derived(build, half=(int, least // 2, 500_000))


# --------------------------------------------------------------------------------------------
# All parameters at once: the step that gives log n


@closed_form
def deviation_chance(within: Within, m: Count, parameters: Features) -> Any:
    """P(all of N class means are within eps standard deviations), m samples a class:

    (2 Phi(eps sqrt(m)) - 1)^N.
    """
    return exp(parameters * log1p(-2 * normal_cdf(-within * sqrt(m))))


@closed_form
def deviation_samples(within: Within, chance: Chance, parameters: Features) -> Any:
    """The samples a class from which that fails with chance delta: about (2/eps^2) ln(N/delta).

    (z/eps)^2 with Phi(-z) = (1 - (1 - delta)^(1/N))/2.
    """
    tail = -expm1(log1p(-chance) / parameters) / 2
    return (normal_quantile(tail) / within) ** 2


DEVIATION = Params(n=50, m0=10, m1=10)


@claim.law("largest", at=DEVIATION, width=0.04, twin=Twin("n means only, of one class", classes=1))
def nb_uniform_deviation(p, x, *, classes=2):
    """P(the largest of 2 n deviations of class means <= eps) = (2 Phi(eps sqrt(m_k)) - 1)^(2n)."""
    return deviation_chance(jnp.clip(x, 1e-100, 1e3), p.m0, classes * p.n)


def rise(p):
    """eps^2 dm_k/d(ln n), a difference quotient."""
    step = 1e-3
    few, many = (deviation_samples(1.0, 0.05, 2 * p.n * (1 + sign * step)) for sign in (-1, 1))
    return (many - few) / (log(1 + step) - log(1 - step))


STEP = claim.given(
    over=sizes(10),
    points=32,
    source="the paper: naive Bayes approaches its asymptote with O(log n) samples",
)


@STEP.never_above(2.0, twin=Twin("1/eps^2 for 2/eps^2", larger=1.0))
def nb_log_n_step(p):
    """m_k grows with ln n at a slope below 2/eps^2: O(log n) samples for all means at once."""
    return rise(p)


@STEP.never_below(
    lambda p: 2 - 2.05 / deviation_samples(1.0, 0.05, 2 * p.n),
    twin=Twin("2/eps^2 - 1/n", smaller=lambda p: 2 - 1 / p.n),
    remarks="Mills: phi(z)(1/z - 1/z^3) < Phi(-z) < phi(z)/z; the .05 is for 1 - delta in powers",
)
def nb_log_n_step_limit(p):
    """That slope is above 2/eps^2 - 2.05/(eps^4 m_k), and so tends to 2/eps^2."""
    return rise(p)


@claim.never_below(lambda p: deviation_samples(0.5, 0.05, 2 * p.n), over=sizes(2), points=32)
def nb_union_bound(p):
    """The union bound's (2/eps^2) ln(2 N/delta) samples are enough: never below the exact number.

    the paper's step, for Gaussian means: P(|mean| > eps) <= 2 exp(-m eps^2/2)
    """
    return 2 / 0.5**2 * log(2 * 2 * p.n / 0.05)


# --------------------------------------------------------------------------------------------
# What an error costs


@closed_form(
    information=(
        "is not above 4 z^2: the error is above its target with any number of samples",
        lambda error, information: information > 4 * normal_quantile(error) ** 2,
    ),
    example={"error": 0.1, "information": 10.0},
)
def nb_samples(
    error: Annotated[Scalar, Ge(1e-12), Lt(0.5)],
    information: Annotated[Scalar, Gt(0), Le(1e6)],
    n: Features,
) -> Any:
    """m from which the error is below its target, n and m large: 4 n/(Delta^4/(4 z^2) - Delta^2).

    z = -Phi^-1(error). Proportional to n at a fixed Delta, falling like 1/n for Delta^2 = gamma n:
    how Delta^2 grows with n decides, log n is an upper bound between.
    """
    z2 = normal_quantile(error) ** 2
    return 16 * n * z2 / (information * (information - 4 * z2))


def exact_samples(error, information, n):
    """m, a real number, at which the exact error is the target; z^-2 is almost a line in 1/m.

    By secants, five of them, NaN where the last step is not small.
    """
    goal = normal_quantile(error) ** -2

    def gap(x):
        return normal_quantile(exact(information, n, 1 / x)) ** -2 - goal

    lack = information * (information * goal / 4 - 1)  # of the central limit, 4 n x^2 + b x = lack
    b = 2 * information + 4 * n
    last = 2 * lack / (b + sqrt(b * b + 16 * n * lack))
    x = 1.01 * last
    before = gap(last)
    for _ in range(5):
        now = gap(x)
        step = now * (x - last) / jnp.where(now == before, 1.0, now - before)
        last, x, before = x, x - step, now
    return jnp.where(jnp.abs(step) < 1e-7 * x, 1 / x, jnp.nan)


GROWTH = claim.given(
    size=lambda p: p.n,
    source="derived; the paper says O(log n), where information per feature is bounded below",
)


@GROWTH.scaling(
    1,
    along=tuple(HERE.but(n=n, information=30.0) for n in (200, 400, 800, 1600)),
    within=0.03,
    why="m = .346 n + 3.6 at these n: .97 to .99",
    twin=Twin("log n", exponent=0.17),
    known=((HERE.but(n=100, information=30.0), "38.3"), (HERE.but(n=1600, information=30.0),
           "556.8")),
)  # fmt: skip
def nb_fixed_information(p):
    """Delta fixed: the samples for 1 % error grow like n."""
    return exact_samples(0.01, p.information, p.n)


@GROWTH.scaling(
    -1,
    along=tuple(HERE.but(n=n, information=0.25 * n) for n in (4000, 8000, 16_000, 32_000)),
    within=0.03,
    why="4 z^2/Delta^2 = .022 at the first: an exponent of -1.01 on the way",
    twin=Twin("log n", exponent=0.17),
)
def nb_growing_information(p):
    """Delta^2 = n/4: they fall like 1/n, so that O(log n) is an upper bound and not tight."""
    return nb_samples(0.01, p.information, p.n)


@claim.never_above(
    lambda p: 3 * log(1.0 * p.n),
    over=sizes(100),
    points=32,
    source="the paper, abstract: O(log n) samples; as an inequality, with a constant of our own",
    twin=Twin("with a bounded information, 30", smaller=lambda p: nb_samples(0.01, 30.0, p.n)),
)
def nb_upper_log_n(p):
    """Delta^2 = n/2, n >= 100: 3 ln n samples are enough for 1 % error."""
    return nb_samples(0.01, 0.5 * p.n, p.n)


# --------------------------------------------------------------------------------------------
# Where log n is needed


@closed_form
def unseen_chance(rare: Binary, m: Annotated[Scalar, Ge(0), Le(1e9)], n: Features) -> Any:
    """P(a test point has a value that its class's m samples never had), n binary features.

    1 - (1 - theta (1 - theta)^m - (1 - theta) theta^m)^n, P(x_i = 1) = theta: there unsmoothed
    naive Bayes gives its own class the likelihood 0.
    """
    missing = rare * exp(m * log1p(-rare)) + (1 - rare) * exp(m * log(rare))
    return -expm1(n * log1p(-minimum_of(missing)))


def minimum_of(missing):
    """At m = 0 every value is unseen: the largest number below 1, so that logarithms are finite."""
    return jnp.minimum(missing, 1 - 2.0**-53)


@closed_form(
    rare=("is not below 1/2", lambda rare: rare < 0.5),
    n=("is too small: even without samples the chance is below 1/2",
       lambda rare, n: n * rare > 0.6931471805599453),
    example={"rare": 0.2, "n": 10.0},
)  # fmt: skip
def samples_to_see(rare: Binary, n: Features) -> Any:
    """m_k at which that chance is 1/2: ln(n theta/ln 2)/(-ln(1 - theta)), theta < 1/2, n large."""
    return log(n * rare / log(2)) / -log1p(-rare)


UNSEEN = Params(n=200, m0=20, m1=20, rare=0.2)


@claim.equals(
    "unseen",
    mode="unseen",
    at=UNSEEN,
    within=0.004,
    twin=Twin("only the value 1 can be rare", both=False),
    known=((UNSEEN, ".3698"), (Params(n=50, m0=8, m1=8, rare=0.4), ".3001")),
)
def nb_log_n_tight_unsmoothed(p, *, both=True):
    """P(an unseen value) = 1 - (1 - theta (1 - theta)^m - (1 - theta) theta^m)^n."""
    if both:
        return unseen_chance(p.rare, p.m0, p.n)
    return 1 - (1 - p.rare**2 * (1 - p.rare) ** p.m0) ** p.n


@claim.limit(
    0.5,
    along=tuple(HERE.but(n=n) for n in (100, 1000, 10_000, 100_000)),
    size=lambda p: p.n,
    rate=-1,
    within=0.05,
    why="(1 - x/n)^n, at theta = .2",
    last_gap=1e-5,
    twin=Twin("1 - 1/e", limit=0.632),
)
def nb_sees_everything_at_log_n(p):
    """At m_k = ln(n theta/ln 2)/(-ln(1 - theta)) the chance tends to 1/2: log n, no less."""
    return unseen_chance(p.rare, samples_to_see(p.rare, p.n), p.n)


# --------------------------------------------------------------------------------------------
# The margin that the paper's bound speaks of


@closed_form
def margin_chance(
    tau: Annotated[Scalar, Ge(0), Le(1e3)],
    information: Annotated[Scalar, Ge(1e-12), Le(1e6)],
    n: Features,
) -> Any:
    """G(tau) = P(|log-likelihood ratio| <= tau n), the ratio N(Delta^2/2, Delta^2)."""
    distance = sqrt(information)
    return normal_cdf((tau * n - information / 2) / distance) - normal_cdf(
        (-tau * n - information / 2) / distance
    )


@closed_form(
    tau=("is not below beta = Delta^2/(2n): the bound is void",
         lambda tau, information, n: 2 * tau * n < information),
    example={"tau": 0.1, "n": 2.0, "information": 9.0},
)  # fmt: skip
def margin_bound(
    tau: Annotated[Scalar, Ge(0), Le(1e3)],
    information: Annotated[Scalar, Ge(1e-12), Le(1e6)],
    n: Features,
) -> Any:
    """Chebyshev's alpha/((beta - tau)^2 n), alpha = Delta^2/n and beta = alpha/2."""
    return information / (information / 2 - tau * n) ** 2


@claim.never_below(
    lambda p: margin_chance(0.25, p.information, p.n),
    over=Domain.around(HERE, n={100, 200}, information=(150.0, 10_000.0)),
)
def margin_function(p):
    """P(|log-ratio| <= tau n) <= alpha/((beta - tau)^2 n) for tau < beta.

    the paper's assumption on separation; here at tau = 1/4
    """
    return margin_bound(0.25, p.information, p.n)
