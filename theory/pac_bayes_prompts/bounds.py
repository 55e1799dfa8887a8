"""The catalogue of bounds: each a vectorised function of (error count, n, complexity).

Everywhere r = errors/n is the training error, and the complexity of a prompt theta is
c = ln(1/P(theta)) + ln(1/delta) in nats, the only thing that most bounds need to know of prior and
confidence. For a posterior that is not one prompt, c is KL(Q||P) + ln(1/delta), and r and the
bound are averages over Q; only the bounds marked "any posterior" then hold.

Values are the formulas' own: a bound above 1 is vacuous, and is not clipped. Binomial tails and
inverses of kl are for JAX only.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp

from theory import (
    Because, Ge, Gt, Le, Lt, Scalar, Whole, binomial_upper, closed_form, expm1, kl_inverse, log,
    mixture_redundancy, mixture_regret, own_checks, rational, sqrt, where,
)  # fmt: skip
from theory.pac_bayes_prompts.params import (
    WITHIN, Count, Errors, FiniteNats, Nats, Size, TailSize,
)  # fmt: skip
from theory.pac_bayes_prompts.xi import log_two_sqrt, log_xi

__all__ = [
    "CATALOGUE", "Bound", "all_bounds", "beta_mixture_evalue", "catoni", "coin_betting",
    "empirical_bernstein", "exact_xi_kl", "maurer_kl", "maurer_sqrt", "mcallester",
    "occam_binomial", "occam_hoeffding", "occam_kl", "quadratic", "relaxed", "seeger_langford",
    "smallest_certificate", "summary_formula", "thiemann",
]  # fmt: skip


class Bound(NamedTuple):
    """An entry of the catalogue: one line of text, and the function (errors, n, complexity).

    It is valid for a ``"point mass"`` (one prompt chosen from the data), ``"any posterior"``, these
    at ``"all n at once"``, or on ``"fresh points"``.
    """

    formula: str
    validity: str
    function: Callable[..., Scalar]


CATALOGUE: dict[str, Bound] = {}
"""The 18 bounds by name, in the order in which they are shown."""

POINT, ANY = "point mass", "any posterior"


def bound(formula: str, validity: str) -> Callable[[Callable[..., Any]], Any]:
    """Enters a function of (errors, n, complexity) in the catalogue, as a closed form."""

    def enter(function: Callable[..., Any]) -> Any:
        made = closed_form(errors=WITHIN)(function)
        CATALOGUE[function.__name__] = Bound(formula, validity, made)
        return made

    return enter


def _inverse(errors: Scalar, n: Scalar, nats: Scalar) -> jax.Array:
    """kl^-1(errors/n, nats/n); ints alone make exact constants, which jit does not take."""
    return kl_inverse.__wrapped__(jnp.asarray(errors / n, float), jnp.asarray(nats / n, float))


@bound("Beta quantile at 1 - e^-c, parameters (k+1, n-k)", POINT)
def occam_binomial(errors: Count, n: TailSize, complexity: Nats) -> jax.Array:
    """sup{p : P(Bin(n, p) <= errors) >= e^-c}: exact tail and a weighted union over prompts.

    With errors its slope in c is infinite at c = 0, as p grows like c^(1/(errors + 1)).
    """
    return binomial_upper.__wrapped__(errors, n, complexity)


@bound("kl^-1(r, c/n)", POINT)
def occam_kl(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, c/n): Chernoff's bound and a weighted union over prompts.

    Its slopes are infinite: in the errors at 0, in c at c = 0 where there are errors.
    """
    return _inverse(errors, n, complexity)


@bound("kl^-1(r, (c + ln xi(n))/n)", ANY)
def exact_xi_kl(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, (c + ln xi(n))/n), the best constant; its slope in the errors is infinite at 0."""
    return _inverse(errors, n, complexity + log_xi.__wrapped__(n))


@bound("kl^-1(r, (c + ln 2 sqrt n)/n)", ANY)
def maurer_kl(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, (c + ln(2 sqrt n))/n); its slope in the errors is infinite at 0."""
    return _inverse(errors, n, complexity + log_two_sqrt(n))


@bound("kl^-1(r, (c + ln(n+1))/n)", ANY)
def seeger_langford(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, (c + ln(n + 1))/n); its slope in the errors is infinite at 0."""
    return _inverse(errors, n, complexity + log(n + 1))


@bound("r + sqrt((c + ln 2 sqrt n)/2n)", ANY)
def maurer_sqrt(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + sqrt((c + ln(2 sqrt n))/(2 n))."""
    return errors / n + sqrt((complexity + log_two_sqrt(n)) / (2 * n))


@bound("r + sqrt((c + ln n + 2)/(2n-1))", ANY)
def mcallester(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + sqrt((c + ln n + 2)/(2 n - 1)), the form that the paper uses."""
    return errors / n + sqrt((complexity + log(n) + 2) / (2 * n - 1))


@bound("r + sqrt(c/2n)", POINT)
def occam_hoeffding(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + sqrt(c/(2 n)); its slope in c is infinite at c = 0."""
    return errors / n + sqrt(complexity / (2 * n))


UNIFORM = "r + sqrt(c/2n), c = ln|H| + ln(1/delta)"  # Occam's bound under the uniform prior
CATALOGUE["uniform_convergence"] = Bound(UNIFORM, POINT, occam_hoeffding)


@bound("(1 - e^(-C r - c/n))/(1 - e^-C), C = 1", ANY)
def catoni(
    errors: Errors, n: Size, complexity: Nats, parameter: Annotated[Scalar, Ge(1e-100)] = 1
) -> Scalar:
    """(1 - e^{-C r - c/n})/(1 - e^-C), C = ``parameter`` > 0 fixed in advance.

    At C = infinity it is 1 for r > 0, and NaN (0 times infinity) at r = 0.
    """
    return expm1(-parameter * (errors / n) - complexity / n) / expm1(-parameter)


def root_of_product(x: Scalar, y: Scalar, corner: Scalar = 0) -> Scalar:
    """sqrt(x y) by two roots, so that at x = 0 the slope in y is 0; ``corner`` where both are 0."""
    some = x + y > 0
    return where(some, sqrt(where(some, x, 1)) * sqrt(where(some, y, 1)), corner)


@bound("(sqrt(r + c/2n) + sqrt(c/2n))^2", POINT)
def quadratic(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """(sqrt(r + B/2) + sqrt(B/2))^2 with B = c/n, from kl(q||p) >= (p - q)^2/(2 p).

    Its slopes are infinite at c = 0, but for r = 0.
    """
    rate, half = errors / n, complexity / (2 * n)
    return rate + 2 * half + 2 * root_of_product(rate + half, half, corner=half)


@bound("r/(1-l/2) + c/(n l (1-l/2)), l = 1", POINT)
def thiemann(
    errors: Errors, n: Size, complexity: Nats, parameter: Annotated[Scalar, Gt(0), Lt(2)] = 1
) -> Scalar:
    """r/(1-lam/2) + B/(lam (1-lam/2)), B = c/n, lam = ``parameter``; at the best: ``quadratic``."""
    shrink = 1 - parameter * rational(1, 2)
    return (errors / n) / shrink + complexity / n / (parameter * shrink)


@bound("r + sqrt(2 r c/n) + 2 c/n", POINT)
def relaxed(errors: Errors, n: Size, complexity: FiniteNats) -> Scalar:
    """r + sqrt(2 r B) + 2 B, B = c/n; its slopes are infinite at r = 0 or at c = 0."""
    rate, budget = errors / n, complexity / n
    return rate + root_of_product(2 * rate, budget) + 2 * budget


@bound("r + sqrt(2 v l/n) + 7 l/(3(n-1)), l = c + ln 2", POINT)
def empirical_bernstein(
    errors: Errors, n: Annotated[Scalar, Ge(2), Le(10**15), Whole], complexity: FiniteNats
) -> Scalar:
    """r + sqrt(2 v l/n) + 7 l/(3 (n - 1)), v = n r (1 - r)/(n - 1), l = c + ln 2, for n >= 2.

    Its slope in the errors is infinite at none and at n of them.
    """
    rate = errors / n
    level = complexity + log(2)
    deviation = sqrt(rate) * sqrt((n - errors) / (n - 1))  # two roots, as in relaxed
    return rate + deviation * sqrt(2 * level / n) + 7 * level / (3 * (n - 1))


@bound("Beta(1/2,1/2) mixture e-value <= e^c", f"{POINT}, all n at once")
def beta_mixture_evalue(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """Largest p with ln[B(k+1/2, n-k+1/2)/pi] - k ln p - (n-k) ln(1-p) <= c.

    Its left side is n kl(k/n||p) less the mixture's redundancy, so this is a kl inverse too. Its
    slope in the errors is infinite at 0.
    """
    return _inverse(errors, n, complexity + mixture_redundancy.__wrapped__(errors, n))


@bound("kl^-1(r, (c + ln reg_n)/n)", f"{ANY}, all n at once")
def coin_betting(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, (c + ln[sqrt(pi) Gamma(n+1)/Gamma(n+1/2)])/n); infinite slope in the errors at 0."""
    return _inverse(errors, n, complexity + mixture_regret.__wrapped__(n))


# on n fresh points c = ln(1/delta), without a prior; on the n points that a prior was *not* fitted
# on, c is that of tilted_log_prior
CATALOGUE |= {
    "held_out": Bound("Beta quantile at 1 - delta on fresh points", "fresh points", occam_binomial),
    "half_sample_prior": Bound("occam_binomial on the rest of the sample", POINT, occam_binomial),
}


@closed_form(errors=WITHIN)
def summary_formula(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + (c + 2)/(2 n - 1): printed in a public summary of the paper, and not a valid bound."""
    return errors / n + (complexity + 2) / (2 * n - 1)


_ROOTS_OF_BOTH = (relaxed, empirical_bernstein)  # sqrt(0) sqrt(inf) at r = 0


@closed_form(errors=WITHIN)
@jax.jit
def all_bounds(
    errors: Count,
    n: Annotated[Scalar, Ge(2), Le(10**9), Whole, Because("empirical_bernstein needs n >= 2")],
    complexity: Nats,
) -> dict[str, jax.Array]:
    """Every bound of the catalogue at the same (errors, n, complexity), elementwise.

    Differentiable in ``complexity``, with infinite slopes at 0; 2 <= n <= 1e9. An infinite
    complexity (an impossible prompt) gives 1 or infinity.
    """
    given = (jnp.asarray(a, float) for a in (errors, n, complexity))
    errors, n, complexity = jnp.broadcast_arrays(*given)
    values = {}
    for function in dict.fromkeys(entry.function for entry in CATALOGUE.values()):
        roots = function in _ROOTS_OF_BOTH
        nats = jnp.minimum(complexity, 1e300) if roots else complexity
        value = function.__wrapped__(errors, n, nats)
        values[function] = jnp.where(jnp.isinf(complexity), math.inf, value) if roots else value
    return {key: values[entry.function] for key, entry in CATALOGUE.items()}


@own_checks("of a search's own counts; the bounds check theirs")
def smallest_certificate(errors: Scalar, n: Scalar, complexity: Scalar) -> jax.Array:
    """The smallest occam_binomial along the last axis, of the prompts that look smallest.

    A bound that holds for all prompts at once holds for these. 64 prompts are kept by the closed
    quadratic bound and 8 of them by occam_kl, so that 8 exact tails are inverted in place of |H|.
    """
    errors, nats = jnp.broadcast_arrays(jnp.asarray(errors, float), jnp.asarray(complexity, float))
    for function, kept in ((quadratic, 64), (occam_kl, 8)):
        _, index = jax.lax.top_k(-function(errors, n, nats), min(kept, errors.shape[-1]))
        errors, nats = (jnp.take_along_axis(a, index, axis=-1) for a in (errors, nats))
    return occam_binomial(errors, n, nats).min(axis=-1)
