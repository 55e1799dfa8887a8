"""Claims on the bounds that no random number can change: identities, orderings, limits."""

import math
from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Domain,
    Ge,
    Identity,
    Inequality,
    Le,
    Limit,
    Logarithmic,
    Lt,
    Scaling,
    Twin,
    rational,
)
from theory.pac_bayes_prompts._binary_kl import binary_kl, kl_inverse
from theory.pac_bayes_prompts._bounds import (
    all_bounds,
    catoni,
    fast_rate_expansion,
    occam_hoeffding,
    occam_kl,
    zero_error_bound,
)
from theory.pac_bayes_prompts._catoni import catoni_minimiser, least_catoni
from theory.pac_bayes_prompts._constants import log_xi
from theory.pac_bayes_prompts._params import Certificate, Point
from theory.pac_bayes_prompts._validity import (
    binomial_expectation,
)

TABLE = 512  # counts 0..511: one compiled shape for every n of the exact expectations


def _certificate(n: int, share: float, complexity: float) -> Certificate:
    """A certificate with k = floor(share n) < n errors and c = ``complexity``."""
    confidence = min(complexity, 3.0)
    return Certificate(
        errors=min(int(share * n), n - 1), n=n, nats=complexity - confidence,
        delta=math.exp(-confidence),
    )  # fmt: skip


CERTIFICATES = Domain.derived(
    {
        "n": Annotated[int, Ge(2), Le(10**6), Logarithmic],
        "share": Annotated[float, Ge(0), Lt(1)],
        "complexity": Annotated[float, Ge(0.01), Le(1e4), Logarithmic],
    },
    _certificate,
)
"""All certificates with n in 2..1e6, fewer errors than points, and c in 0.01..1e4 nats."""


def _some(keys: str):
    """The bounds of these keys at a certificate, as a vector."""

    def values(p: Certificate) -> jax.Array:
        bounds = all_bounds(float(p.errors), float(p.n), float(p.complexity))
        return jnp.stack([bounds[key] for key in keys.split()])

    return values


@jax.jit
def kl_moment(n, risk):
    """E exp(n kl(k/n||R)), k ~ Bin(n, R), summed term by term."""
    k = jnp.minimum(jnp.arange(TABLE), n)
    return binomial_expectation(jnp.exp(n * binary_kl(k / n, risk)), n, risk)


SMALL_SAMPLES = Domain.derived(
    {
        "n": Annotated[int, Ge(1), Le(500), Logarithmic],
        "risk": Annotated[float, Ge(0.01), Le(0.99)],
    },
    Point,
)
N_EPS = "rounding of exponents of size n <= 500: a few hundred eps"

XI = (
    Identity(
        name="xi_identity",
        source="derived: the factor R^k (1-R)^(n-k) cancels; Maurer 2004 bounds it by 2 sqrt n",
        statement="E exp(n kl(k/n||R)) = xi(n) = e^n n^-n Gamma(n+1, n) for every R",
        lhs=lambda p: kl_moment(p.n, p.risk),
        rhs=lambda p: jnp.exp(log_xi(p.n)),
        domain=SMALL_SAMPLES,
        tolerance=1e-12,
        tolerance_reason=N_EPS,
        twin=Twin("sqrt(pi n/2), without the 2/3", rhs=lambda p: jnp.sqrt(jnp.pi * p.n / 2)),
    ),
    Inequality(
        name="xi_between_roots",
        source="Maurer 2004, Theorem 1",
        statement="sqrt n <= xi(n) <= 2 sqrt n, with equality above at n = 1",
        smaller=lambda p: jnp.stack([jnp.log(p.n) / 2, log_xi(p.n)]),
        larger=lambda p: jnp.stack([log_xi(p.n), jnp.log(2 * jnp.sqrt(p.n))]),
        domain=Domain.derived({"n": Annotated[int, Ge(1), Le(10**6), Logarithmic]}, Point),
        twin=Twin(
            "xi(n) <= sqrt(pi n/2)", smaller=lambda p: log_xi(p.n),
            larger=lambda p: jnp.log(jnp.pi * p.n / 2) / 2,
        ),
    ),
)  # fmt: skip

_INTERIOR = Domain.derived(
    {
        "n": Annotated[int, Ge(20), Le(10**5), Logarithmic],
        "rate": Annotated[float, Ge(0.001), Le(0.95)],
        "complexity": Annotated[float, Ge(0.1), Le(60), Logarithmic],
    },
    Point,
)

DUALITY = (
    Identity(
        name="catoni_kl_duality",
        source="Germain et al. 2009; derived: sup over C of the Catoni functional is kl",
        statement="inf_C catoni(C) = kl^-1(r, c/n)",
        lhs=lambda p: least_catoni(p.rate, float(p.n), p.complexity),
        rhs=lambda p: kl_inverse(p.rate, p.complexity / p.n),
        domain=_INTERIOR,
        tolerance=1e-13,
        tolerance_reason="a minimum found to 1e-8 in ln C, where the value is flat to 1e-16",
        twin=Twin(
            "C is searched in [1, 100] only",
            lhs=lambda p: least_catoni(p.rate, float(p.n), p.complexity, least=1.0, most=100.0),
        ),
    ),
    Identity(
        name="catoni_minimiser_is_closed",
        source="derived: stationary point of catoni(C)",
        statement="catoni at C = ln[B (1-r)/(r (1-B))] is B = kl^-1(r, c/n)",
        lhs=lambda p: catoni(
            p.rate * p.n, p.n, p.complexity,
            catoni_minimiser(p.rate, kl_inverse(p.rate, p.complexity / p.n)),
        ),
        rhs=lambda p: kl_inverse(p.rate, p.complexity / p.n),
        domain=_INTERIOR,
        tolerance=1e-13,
        tolerance_reason="C is good to 1e-11 where B - r is 1e-4, and enters to second order",
        twin=Twin(
            "C = 4 (B - r), which is right for Gaussians",
            lhs=lambda p: catoni(
                p.rate * p.n, p.n, p.complexity,
                4 * (kl_inverse(p.rate, p.complexity / p.n) - p.rate),
            ),
        ),
    ),
)  # fmt: skip

ORDERINGS = (
    Inequality(
        name="bound_ordering",
        source="derived: exact tail <= Chernoff; 1 <= xi(n) <= 2 sqrt n <= n + 1",
        statement="occam_binomial <= occam_kl <= exact_xi_kl <= maurer_kl <= seeger_langford",
        smaller=_some("occam_binomial occam_kl exact_xi_kl maurer_kl"),
        larger=_some("occam_kl exact_xi_kl maurer_kl seeger_langford"),
        domain=CERTIFICATES,
        twin=Twin(
            "seeger_langford <= maurer_sqrt", smaller=_some("seeger_langford"),
            larger=_some("maurer_sqrt"),
        ),
    ),
    Inequality(
        name="bound_ordering_square_roots",
        source="derived: Pinsker, kl >= 2 (p - q)^2",
        statement="maurer_kl <= maurer_sqrt <= mcallester; seeger_langford <= mcallester;"
        " occam_kl <= occam_hoeffding <= maurer_sqrt",
        smaller=_some("maurer_kl maurer_sqrt seeger_langford occam_kl occam_hoeffding"),
        larger=_some("maurer_sqrt mcallester mcallester occam_hoeffding maurer_sqrt"),
        domain=CERTIFICATES,
        twin=Twin(
            "quadratic <= occam_hoeffding", smaller=_some("quadratic"),
            larger=_some("occam_hoeffding"),
        ),
    ),
    Inequality(
        name="bound_ordering_fast_rates",
        source="derived: kl >= (p - q)^2/(2 p), and minima over C and lambda",
        statement="occam_kl <= quadratic <= relaxed; quadratic <= thiemann; occam_kl <= catoni",
        smaller=_some("occam_kl quadratic quadratic occam_kl"),
        larger=_some("quadratic relaxed thiemann catoni"),
        domain=CERTIFICATES,
        twin=Twin(
            "empirical_bernstein <= occam_hoeffding", smaller=_some("empirical_bernstein"),
            larger=_some("occam_hoeffding"),
        ),
    ),
    Inequality(
        name="bound_ordering_all_times",
        source="derived: 0 <= redundancy of the Beta mixture <= ln reg_n",
        statement="occam_kl <= beta_mixture_evalue <= coin_betting",
        smaller=_some("occam_kl beta_mixture_evalue"),
        larger=_some("beta_mixture_evalue coin_betting"),
        domain=CERTIFICATES,
        twin=Twin(
            "beta_mixture_evalue <= exact_xi_kl", smaller=_some("beta_mixture_evalue"),
            larger=_some("exact_xi_kl"),
        ),
    ),
    Inequality(
        name="bernstein_above_chernoff",
        source="observed on this domain; no proof is known to us",
        statement="occam_kl <= empirical_bernstein",
        smaller=_some("occam_kl"),
        larger=_some("empirical_bernstein"),
        domain=CERTIFICATES,
        twin=Twin(
            "with Bernstein's l/(3 n) for a known variance in place of 7 l/(3 (n-1))",
            larger=lambda p: _some("empirical_bernstein")(p)
            - (p.complexity + math.log(2)) * (7 / (3 * (p.n - 1)) - 1 / (3 * p.n)),
        ),
    ),
)  # fmt: skip


def _ratio(p: Point):
    n, c = float(p.n), p.complexity
    return (occam_kl(p.rate * n, n, c) - p.rate) / (occam_hoeffding(p.rate * n, n, c) - p.rate)


def _second_order_rest(leading):
    def rest(p: Point):
        expansion = fast_rate_expansion(p.rate, p.n, p.complexity)
        wrong = (leading - 2 / 3) * (1 - 2 * p.rate) * p.complexity / p.n
        return abs(occam_kl(p.rate * p.n, float(p.n), p.complexity) - expansion - wrong)

    return rest


_RUNGS = tuple(Point(n=n, rate=0.2, complexity=5.0) for n in (10**3, 10**4, 10**5, 10**6))

FAST_RATES = (
    Limit(
        name="fast_rate_ratio",
        source="derived: expansion of kl^-1 in c/n",
        statement="(occam_kl - r)/(occam_hoeffding - r) -> 2 sqrt(r (1 - r)) at rate n^-1/2",
        value=_ratio,
        limit=lambda p: 2 * math.sqrt(p.rate * (1 - p.rate)),
        last_gap=2e-3,
        rungs=_RUNGS,
        size=lambda p: p.n,
        exponent=-0.5,
        tolerance=0.02,
        tolerance_reason="the next term of the gap, (const) n^-1, tilts the fit by 0.01",
        twin=Twin("the limit is sqrt(2 r)", limit=lambda p: math.sqrt(2 * p.rate)),
    ),
    Scaling(
        name="fast_rate_second_order",
        source="derived: series inversion, see fast_rate_expansion",
        statement="occam_kl = r + sqrt(2 r (1-r) c/n) + (2/3)(1-2r) c/n + O(n^-3/2)",
        value=_second_order_rest(2 / 3),
        rungs=_RUNGS,
        size=lambda p: p.n,
        exponent=-1.5,
        tolerance=0.03,
        tolerance_reason="the next term, O(n^-2), tilts the fit by 0.01",
        twin=Twin("the second coefficient is 1/3", value=_second_order_rest(1 / 3)),
    ),
    Identity(
        name="zero_error_fast_rate",
        source="derived: kl(0||p) = -ln(1 - p)",
        statement="n kl(0||B) = c at B = 1 - e^{-c/n}: rate 1/n where Hoeffding has 1/sqrt n",
        lhs=lambda p: p.n * binary_kl(0, zero_error_bound(p.n, p.complexity)),
        rhs=lambda p: p.complexity * rational(1),
        domain=Domain.derived(
            {
                "n": Annotated[int, Ge(60), Le(10**6), Logarithmic],
                "complexity": Annotated[float, Ge(0.01), Le(60), Logarithmic],
            },
            Point,
        ),
        evaluators=("jax", "mpmath"),
        twin=Twin("B = c/n", lhs=lambda p: p.n * binary_kl(0, p.complexity / p.n)),
    ),
)

BOUNDS = (*XI, *DUALITY, *ORDERINGS, *FAST_RATES)
