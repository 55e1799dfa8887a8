"""How the bounds compare: orderings, fast rates, from which n on they say something, Catoni's."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Gt, Le, Logarithmic, Lt, Scalar, Twin, binary_kl, closed_form, exp, expm1,
    log, maximum_on, rational, root, sqrt,
)  # fmt: skip
from theory.pac_bayes_prompts.bounds import (
    CATALOGUE, all_bounds, catoni, occam_hoeffding, occam_kl, root_of_product,
)  # fmt: skip
from theory.pac_bayes_prompts.params import (
    Certificate, Classes, FiniteNats, Nats, Point, Rate, Size,
)  # fmt: skip

__all__ = ["catoni_functional", "catoni_minimiser", "fast_rate_expansion", "nonvacuous_from"]

claim = Claims()


def _certificate(n: int, share: float, complexity: float) -> Certificate:
    """A certificate with k = floor(share n) < n errors and c = ``complexity``."""
    errors, confidence = min(int(share * n), n - 1), min(complexity, 3.0)
    return Certificate(errors, n, complexity - confidence, math.exp(-confidence))


CERTIFICATES = Domain.derived(
    _certificate, n=(int, 2, 10**6, Logarithmic), share=Annotated[float, Ge(0), Lt(1)],
    complexity=(0.01, 1e4, Logarithmic),
)  # fmt: skip
"""All certificates with n in 2..1e6, fewer errors than points, and c in 0.01..1e4 nats."""


def _values(p: Certificate, keys: Sequence[str]) -> jax.Array:
    bounds = all_bounds(float(p.errors), float(p.n), float(p.complexity))
    return jnp.stack([bounds[key] for key in keys])


def _sides(text: str) -> dict[str, Any]:
    """The sides of "a <= b <= c; d <= e" at a certificate: smaller (a, b, d), larger (b, c, e)."""
    pairs = [pair for chain in text.split("; ") for pair in pairwise(chain.split(" <= "))]
    smaller, larger = zip(*pairs, strict=True)
    return {"smaller": lambda p: _values(p, smaller), "larger": lambda p: _values(p, larger)}


def ordered(name: str, says: str, source: str, wrong: str, **twin: Any) -> None:
    """The chains of bounds in ``says`` hold on CERTIFICATES; those in ``wrong`` do not."""
    sides = _sides(says)
    claim.never_above(
        sides["larger"], formula=sides["smaller"], name=name, says=says, source=source,
        over=CERTIFICATES, twin=Twin(wrong, **(twin or _sides(wrong))),
    )  # fmt: skip


ordered("bound_ordering",
        "occam_binomial <= occam_kl <= exact_xi_kl <= maurer_kl <= seeger_langford",
        "derived: exact tail <= Chernoff; 1 <= xi(n) <= 2 sqrt n <= n + 1",
        "seeger_langford <= maurer_sqrt")  # fmt: skip
ordered("bound_ordering_square_roots",
        "maurer_kl <= maurer_sqrt <= mcallester; seeger_langford <= mcallester;"
        " occam_kl <= occam_hoeffding <= maurer_sqrt",
        "derived: Pinsker, kl >= 2 (p - q)^2", "quadratic <= occam_hoeffding")  # fmt: skip
ordered("bound_ordering_fast_rates",
        "occam_kl <= quadratic <= relaxed; quadratic <= thiemann; occam_kl <= catoni",
        "derived: kl >= (p - q)^2/(2 p), and minima over C and lambda",
        "empirical_bernstein <= occam_hoeffding")  # fmt: skip
ordered("bound_ordering_all_times", "occam_kl <= beta_mixture_evalue <= coin_betting",
        "derived: 0 <= redundancy of the Beta mixture <= ln reg_n",
        "beta_mixture_evalue <= exact_xi_kl")  # fmt: skip
ordered("bernstein_above_chernoff", "occam_kl <= empirical_bernstein",
        "observed on this domain; no proof is known to us",
        "with Bernstein's l/(3 n) for a known variance in place of 7 l/(3 (n-1))",
        larger=lambda p: (_values(p, ["empirical_bernstein"]) - (p.complexity + math.log(2))
                          * (7 / (3 * (p.n - 1)) - 1 / (3 * p.n))))  # fmt: skip


@closed_form
def fast_rate_expansion(rate: Rate, n: Size, complexity: FiniteNats) -> Scalar:
    """occam_kl to second order: r + sqrt(2 r (1-r) c/n) + (2/3) (1 - 2 r) c/n + O(n^-3/2).

    Its slopes are infinite at r = 0 or 1, or at c = 0; not at r = c = 0.
    """
    budget = complexity / n
    first = root_of_product(2 * rate, budget) * sqrt(1 - rate)
    return rate + first + rational(2, 3) * (1 - 2 * rate) * budget


def _kl_at(p: Point) -> jax.Array:
    return occam_kl(p.rate * p.n, float(p.n), p.complexity)


ladder = claim.given(
    size=lambda p: p.n, along=[Point(n=10**k, rate=0.2, complexity=5.0) for k in (3, 4, 5, 6)]
)


@ladder.limit(
    lambda p: 2 * math.sqrt(p.rate * (1 - p.rate)), rate=-0.5, last_gap=2e-3, within=0.02,
    why="the next term of the gap, (const) n^-1, tilts the fit by 0.01",
    known=((Point(n=10**3, rate=0.2), ".83837"), (Point(n=10**5, rate=0.2), ".80398")),
    twin=Twin("the limit is sqrt(2 r)", limit=lambda p: math.sqrt(2 * p.rate)),
)  # fmt: skip
def fast_rate_ratio(p):
    """(occam_kl - r)/(occam_hoeffding - r) -> 2 sqrt(r (1 - r)) at rate n^-1/2.

    derived: expansion of kl^-1 in c/n
    """
    slow = occam_hoeffding(p.rate * p.n, float(p.n), p.complexity)
    return (_kl_at(p) - p.rate) / (slow - p.rate)


@ladder.scaling(
    -1.5, within=0.03, why="the next term, O(n^-2), tilts the fit by 0.01",
    twin=Twin("the second coefficient is 1/3", second=1 / 3),
)  # fmt: skip
def fast_rate_second_order(p, *, second=2 / 3):
    """occam_kl = r + sqrt(2 r (1-r) c/n) + (2/3)(1-2r) c/n + O(n^-3/2).

    derived: series inversion, see fast_rate_expansion
    """
    wrong = (second - 2 / 3) * (1 - 2 * p.rate) * p.complexity / p.n
    return abs(_kl_at(p) - fast_rate_expansion(p.rate, p.n, p.complexity) - wrong)


@claim.identity(
    lambda p: p.complexity * rational(1),
    over=Domain.around(Point(), n=(60, 10**6), complexity=(0.01, 60)),
    twin=Twin("B = c/n", bound=lambda budget: budget),
)
def zero_error_fast_rate(p, *, bound=lambda budget: -expm1(-budget)):
    """n kl(0||B) = c at B = 1 - e^{-c/n}: rate 1/n where Hoeffding has 1/sqrt n.

    derived: kl(0||p) = -ln(1 - p)
    """
    return p.n * binary_kl(0, bound(p.complexity / p.n))


@closed_form
def nonvacuous_from(complexity: Nats, classes: Classes) -> dict[str, jax.Array]:
    """n above which a bound at r = 0 is under the chance level 1 - 1/K: {key: n}; JAX only.

    occam_kl: c/ln K. occam_hoeffding: c/(2 (1 - 1/K)^2). mcallester: the one root above 1 of
    (c + ln n + 2)/(2 n - 1) = (1 - 1/K)^2, whose left side falls with n.
    """
    level = (1 - 1 / jnp.asarray(classes, float)) ** 2
    nats = jnp.minimum(jnp.asarray(complexity, float), 1e300)
    # ln n <= n level - ln level - 1, so the bound is under the level at the upper end
    most = (nats + 2 - jnp.log(level)) / level + 1
    from_root = root(lambda n: level * (2 * n - 1) - nats - jnp.log(n) - 2, 1.0, most)
    return {
        "occam_kl": complexity / jnp.log(classes),
        "occam_hoeffding": complexity / (2 * level),
        "mcallester": jnp.where(jnp.isinf(complexity), jnp.inf, from_root),
    }


def _on_both_sides(p: Point, **others: Any) -> tuple[jax.Array, jax.Array]:
    """(bounds at r = 0 above the n from which they are under 1 - 1/K, that), (that, those below)"""
    first = nonvacuous_from(p.complexity, p.classes) | others
    pairs = [(CATALOGUE[key].function, math.floor(n)) for key, n in first.items()]
    chance = [1 - 1 / p.classes] * len(pairs)
    above = [bound(0.0, float(n + 1), p.complexity) for bound, n in pairs]
    below = [bound(0.0, float(max(1, n)), p.complexity) for bound, n in pairs]
    return jnp.stack([*above, *chance]), jnp.stack([*chance, *below])


@claim.never_above(
    lambda p: _on_both_sides(p)[1],
    over=Domain.around(Point(), complexity=(14, 1e4), classes=(2, 1000)), points=48,
    twin=Twin("occam_kl is non-vacuous from n > c/K on",
              smaller=lambda p: _on_both_sides(p, occam_kl=p.complexity / p.classes)[0]),
)  # fmt: skip
def nonvacuous_threshold(p):
    """at r = 0 occam_kl < 1 - 1/K iff n > c/ln K; occam_hoeffding iff n > c/(2 (1-1/K)^2);
    mcallester from the smallest root on.

    derived: solve bound(r = 0) = 1 - 1/K for n
    """
    return _on_both_sides(p)[0]


# Catoni's bound at its best parameter is the inverse of kl


@closed_form(bound=("is below the training error", lambda bound, rate: bound >= rate))
def catoni_minimiser(
    rate: Annotated[Scalar, Ge(1e-290), Lt(1)], bound: Annotated[Scalar, Gt(0), Le(1)]
) -> Scalar:
    """The C at which catoni(C) attains its minimum B = ``bound``: ln[B (1-r)/(r (1-B))].

    Infinite at B = 1, which is what a bound rounds to.
    """
    return log(bound * (1 - rate)) - log(rate * (1 - bound))


@closed_form
def catoni_functional(
    rate: Rate, risk: Rate, parameter: Annotated[Scalar, Ge(0), Le(700)]
) -> Scalar:
    """-ln(1 - p (1 - e^-C)) - C q; its supremum over C is kl(q||p) for p > q."""
    # a sum of positive terms: 1 - e^-C loses e^-C, all that is left at p = 1
    return -log((1 - risk) + risk * exp(-parameter)) - parameter * rate


INTERIOR = Domain.around(Point(), n=(20, 10**5), rate=(0.001, 0.95), complexity=(0.1, 60))
interior = claim.given(over=INTERIOR, within=1e-13)


@interior.identity(
    _kl_at, why="the minimum is flat: rounding of ln C moves its value by less than eps",
    twin=Twin("C is searched in [1, 100] only", least=1.0, most=100.0),
)  # fmt: skip
def catoni_kl_duality(p, *, least=1e-6, most=60.0):
    """inf_C catoni(C) = kl^-1(r, c/n).

    Germain et al. 2009; derived: sup over C of the Catoni functional is kl
    """
    errors, n = p.rate * p.n, float(p.n)
    return -maximum_on(
        lambda log_c: -catoni.__wrapped__(errors, n, p.complexity, jnp.exp(log_c)),
        math.log(least), math.log(most),
    )  # fmt: skip


@interior.identity(
    _kl_at, why="C is good to 1e-11 where B - r is 1e-4, and enters to second order",
    twin=Twin("C = 4 (B - r), which is right for Gaussians", best=lambda r, B: 4 * (B - r)),
)  # fmt: skip
def catoni_minimiser_is_closed(p, *, best=catoni_minimiser):
    """catoni at C = ln[B (1-r)/(r (1-B))] is B = kl^-1(r, c/n).

    derived: stationary point of catoni(C)
    """
    return catoni(p.rate * p.n, p.n, p.complexity, best(p.rate, _kl_at(p)))
