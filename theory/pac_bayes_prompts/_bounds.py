"""The catalogue of bounds: each a vectorised function of (error count, n, complexity).

Everywhere r = errors/n is the training error, and the complexity of a prompt theta is
c = ln(1/P(theta)) + ln(1/delta) in nats, the only thing that most bounds need to know of prior and
confidence. For a posterior that is not one prompt, c is KL(Q||P) + ln(1/delta), and r and the
bound are averages over Q; only the bounds marked "any posterior" then hold.

Values are the formulas' own: a bound above 1 is vacuous, and is not clipped.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import (
    Because,
    Ge,
    Gt,
    Le,
    Lt,
    ParameterError,
    Scalar,
    Whole,
    closed_form,
    expm1,
    log,
    rational,
    sqrt,
    where,
)
from theory.pac_bayes_prompts._constants import log_two_sqrt
from theory.pac_bayes_prompts._domains import (
    WITHIN,
    Amount,
    Classes,
    Count,
    Delta,
    Errors,
    FiniteNats,
    Nats,
    Rate,
    Size,
)
from theory.pac_bayes_prompts._inverted_bounds import (
    beta_mixture_evalue,
    coin_betting,
    exact_xi_kl,
    half_sample_prior,
    held_out,
    maurer_kl,
    occam_binomial,
    occam_kl,
    seeger_langford,
    with_counts,
)

CATONI_PARAMETER = 1
"""C of the Catoni bound in the catalogue: it has to be fixed before the data are seen."""

THIEMANN_PARAMETER = 1
"""lambda of the Thiemann bound in the catalogue (its minimum over lambda is ``quadratic``)."""


@closed_form(errors=WITHIN)
@with_counts
def occam_hoeffding(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + sqrt(c/(2 n)); its slope in c is infinite at c = 0."""
    return errors / n + sqrt(complexity / (2 * n))


@closed_form(errors=WITHIN)
@with_counts
def uniform_convergence(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + sqrt(c/(2 n)) with c = ln|H| + ln(1/delta): Occam's bound under the uniform prior.

    Its slope in c is infinite at c = 0.
    """
    return occam_hoeffding.__wrapped__(errors, n, complexity)


@closed_form(errors=WITHIN)
@with_counts
def mcallester(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + sqrt((c + ln n + 2)/(2 n - 1)), the form that the paper uses."""
    return errors / n + sqrt((complexity + log(n) + 2) / (2 * n - 1))


@closed_form(errors=WITHIN)
@with_counts
def maurer_sqrt(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + sqrt((c + ln(2 sqrt n))/(2 n))."""
    return errors / n + sqrt((complexity + log_two_sqrt(n)) / (2 * n))


@closed_form(errors=WITHIN)
@with_counts
def catoni(
    errors: Errors,
    n: Size,
    complexity: Nats,
    parameter: Annotated[Scalar, Ge(1e-100)] = CATONI_PARAMETER,
) -> Scalar:
    """(1 - e^{-C r - c/n})/(1 - e^-C), C = ``parameter`` > 0 fixed in advance.

    At C = infinity it is 1 for r > 0, and NaN (0 times infinity) at r = 0.
    """
    return expm1(-parameter * (errors / n) - complexity / n) / expm1(-parameter)


def _root_of_product(x: Scalar, y: Scalar, corner: Scalar = 0) -> Scalar:
    """sqrt(x y) by two roots, so that at x = 0 the slope in y is 0; ``corner`` where both are 0."""
    some = x + y > 0
    return where(some, sqrt(where(some, x, 1)) * sqrt(where(some, y, 1)), corner)


@closed_form(errors=WITHIN)
@with_counts
def quadratic(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """(sqrt(r + B/2) + sqrt(B/2))^2 with B = c/n, from kl(q||p) >= (p - q)^2/(2 p).

    Its slopes are infinite at c = 0, but for r = 0.
    """
    rate, half = errors / n, complexity / (2 * n)
    return rate + 2 * half + 2 * _root_of_product(rate + half, half, corner=half)


@closed_form(errors=WITHIN)
@with_counts
def thiemann(
    errors: Errors,
    n: Size,
    complexity: Nats,
    parameter: Annotated[Scalar, Gt(0), Lt(2)] = THIEMANN_PARAMETER,
) -> Scalar:
    """r/(1 - lam/2) + B/(lam (1 - lam/2)), B = c/n, for lam = ``parameter`` in (0, 2)."""
    shrink = 1 - parameter * rational(1, 2)
    return (errors / n) / shrink + complexity / n / (parameter * shrink)


@closed_form(errors=WITHIN)
@with_counts
def relaxed(errors: Errors, n: Size, complexity: FiniteNats) -> Scalar:
    """r + sqrt(2 r B) + 2 B, B = c/n; its slopes are infinite at r = 0 or at c = 0."""
    rate, budget = errors / n, complexity / n
    return rate + _root_of_product(2 * rate, budget) + 2 * budget


@closed_form(errors=WITHIN)
@with_counts
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


@closed_form(errors=WITHIN)
@with_counts
def summary_formula(errors: Errors, n: Size, complexity: Nats) -> Scalar:
    """r + (c + 2)/(2 n - 1): printed in a public summary of the paper, and not a valid bound."""
    return errors / n + (complexity + 2) / (2 * n - 1)


@dataclasses.dataclass(frozen=True)
class Bound:
    """An entry of the catalogue.

    Attributes:
        key: its name.
        formula: one line of text.
        validity: for what it holds: ``"point mass"`` (one prompt chosen from the data),
            ``"any posterior"``, or these ``"at all n at once"``; ``"fresh points"``.
        function: (errors, n, complexity) -> bound.
    """

    key: str
    formula: str
    validity: str
    function: Callable[..., Scalar]


CATALOGUE: dict[str, Bound] = {
    function.__name__: Bound(function.__name__, formula, validity, function)
    for function, formula, validity in (
        (occam_binomial, "Beta quantile at 1 - e^-c, parameters (k+1, n-k)", "point mass"),
        (occam_kl, "kl^-1(r, c/n)", "point mass"),
        (exact_xi_kl, "kl^-1(r, (c + ln xi(n))/n)", "any posterior"),
        (maurer_kl, "kl^-1(r, (c + ln 2 sqrt n)/n)", "any posterior"),
        (seeger_langford, "kl^-1(r, (c + ln(n+1))/n)", "any posterior"),
        (maurer_sqrt, "r + sqrt((c + ln 2 sqrt n)/2n)", "any posterior"),
        (mcallester, "r + sqrt((c + ln n + 2)/(2n-1))", "any posterior"),
        (occam_hoeffding, "r + sqrt(c/2n)", "point mass"),
        (uniform_convergence, "r + sqrt(c/2n), c = ln|H| + ln(1/delta)", "point mass"),
        (catoni, "(1 - e^(-C r - c/n))/(1 - e^-C), C = 1", "any posterior"),
        (quadratic, "(sqrt(r + c/2n) + sqrt(c/2n))^2", "point mass"),
        (thiemann, "r/(1-l/2) + c/(n l (1-l/2)), l = 1", "point mass"),
        (relaxed, "r + sqrt(2 r c/n) + 2 c/n", "point mass"),
        (empirical_bernstein, "r + sqrt(2 v l/n) + 7 l/(3(n-1)), l = c + ln 2", "point mass"),
        (beta_mixture_evalue, "Beta(1/2,1/2) mixture e-value <= e^c", "point mass, all n at once"),
        (coin_betting, "kl^-1(r, (c + ln reg_n)/n)", "any posterior, all n at once"),
        (held_out, "Beta quantile at 1 - delta on fresh points", "fresh points"),
        (half_sample_prior, "occam_binomial on the rest of the sample", "point mass"),
    )
}
"""The 18 bounds by name, in the order in which they are shown."""


_ROOTS_OF_BOTH = ("relaxed", "empirical_bernstein")  # sqrt(0) sqrt(inf) at r = 0


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
    return bounds_at(errors, n, complexity)


def bounds_at(errors: Scalar, n: Scalar, complexity: Scalar) -> dict[str, jax.Array]:
    """:func:`all_bounds` of arrays known to be inside; NaN for empirical_bernstein at n = 1."""
    errors, n, complexity = jnp.broadcast_arrays(
        *(jnp.asarray(a, float) for a in (errors, n, complexity))
    )
    finite = jnp.minimum(complexity, 1e300)
    values = {}
    for key, bound in CATALOGUE.items():
        roots = key in _ROOTS_OF_BOTH
        nats = finite if roots else complexity
        value = bound.function.__wrapped__(errors, n, nats)
        values[key] = jnp.where(jnp.isinf(complexity), jnp.inf, value) if roots else value
    return values


@closed_form(
    errors=WITHIN,
    bound=("is below the training error", lambda bound, errors, n: bound >= errors / n),
)
@with_counts
def hidden_nats(bound: Amount, errors: Errors, n: Size, delta: Delta) -> Scalar:
    """The KL term behind a published McAllester bound, in nats.

    (bound - r)^2 (2 n - 1) - ln n - 2 - ln(1/delta). Negative if no prior gives that bound.
    """
    return (bound - errors / n) ** 2 * (2 * n - 1) - log(n) - 2 + log(delta)


@closed_form
def nonvacuous_from(complexity: Nats, classes: Classes) -> Scalar:
    """n above which occam_kl at r = 0 is under the chance level 1 - 1/K: c/ln K."""
    return complexity / log(classes)


@closed_form
def nonvacuous_from_hoeffding(complexity: Nats, classes: Classes) -> Scalar:
    """n above which occam_hoeffding at r = 0 is under 1 - 1/K: c/(2 (1 - 1/K)^2)."""
    return complexity * classes**2 / (2 * (classes - 1) ** 2)


@closed_form
def nonvacuous_from_mcallester(
    complexity: Annotated[Scalar, Ge(0), Le(1e300)], classes: Classes
) -> Any:
    """The smallest n with (c + ln n + 2)/(2 n - 1) < (1 - 1/K)^2, by bisection on ints.

    Of numbers and arrays (host only); NaN where one of them is.
    """
    if isinstance(complexity, Tracer) or isinstance(classes, Tracer):
        raise ParameterError("nonvacuous_from_mcallester takes numbers only, no traced values")
    if np.ndim(complexity) or np.ndim(classes):
        return np.vectorize(_nonvacuous_from_mcallester, otypes=[float])(complexity, classes)
    return _nonvacuous_from_mcallester(float(complexity), float(classes))


def _nonvacuous_from_mcallester(complexity: float, classes: float) -> int | float:
    if math.isnan(complexity + classes):
        return math.nan
    level = (1 - 1 / classes) ** 2
    low, high = 0, 1  # the left side falls with n
    while (complexity + math.log(high) + 2) / (2 * high - 1) >= level:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        broken = (complexity + math.log(middle) + 2) / (2 * middle - 1) < level
        low, high = (low, middle) if broken else (middle, high)
    return high


@closed_form
def zero_error_bound(n: Size, complexity: Nats) -> Scalar:
    """occam_kl at r = 0 in closed form: 1 - e^{-c/n}."""
    return -expm1(-complexity / n)


@closed_form
def fast_rate_expansion(rate: Rate, n: Size, complexity: FiniteNats) -> Scalar:
    """occam_kl to second order: r + sqrt(2 r (1-r) c/n) + (2/3) (1 - 2 r) c/n + O(n^-3/2).

    Its slopes are infinite at r = 0 or 1, or at c = 0; not at r = c = 0.
    """
    budget = complexity / n
    first = _root_of_product(2 * rate, budget) * sqrt(1 - rate)
    return rate + first + rational(2, 3) * (1 - 2 * rate) * budget
