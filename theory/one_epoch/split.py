"""A loss A N^-u + D T^-p with N T fixed: the best size, a wrong one, and who crosses whom."""

from typing import Annotated, Any

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, power
from theory.one_epoch.params import Params

claim = Claims("derived")
Exponent = Annotated[Scalar, Ge(1e-1), Le(10)]
Level = Annotated[Scalar, Ge(1e-2), Le(1e2)]
Positive = Annotated[Scalar, Ge(1e-10), Le(1e10)]


@closed_form
def adjustment_penalty(k: Positive, u: Exponent, p: Exponent) -> Any:
    """(p k^-u + u k^p)/(p + u): the loss over its least, at k times the best size, equal compute.

    For a loss A N^-u + D T^-p with N T fixed.
    """
    return (p * power(k, -u) + u * power(k, p)) / (p + u)


@closed_form
def adjustment_speedup(k: Annotated[Scalar, Ge(1e-3), Le(1e3)], u: Exponent, p: Exponent) -> Any:
    """Compute saved by going back to the best size: the penalty to the power (u + p)/(u p).

    Least loss ~ C^-(u p/(u + p)).
    """
    return power(adjustment_penalty(k, u, p), (u + p) / (u * p))


@closed_form
def best_size(compute: Positive, A: Positive, D: Positive, u: Exponent, p: Exponent) -> Any:
    """N* = (u A C^p/(p D))^(1/(u + p)), the least of A N^-u + D (C/N)^-p."""
    return power(u * A / (p * D), 1 / (u + p)) * power(compute, p / (u + p))


@closed_form
def crossing_compute(
    size: Annotated[Scalar, Ge(1), Le(1e4)], k: Annotated[Scalar, Ge(1.001), Le(1e6)],
    A: Level, D: Level,
    u: Annotated[Scalar, Ge(0.1), Le(5)], p: Annotated[Scalar, Ge(0.1), Le(5)],
) -> Any:  # fmt: skip
    """From this C on k N beats N: ((D/A) N^(u+p) (k^p - 1)/(1 - k^-u))^(1/p)."""
    gain = (power(k, p) - 1) / (1 - power(k, -u))
    return power(D / A * gain, 1 / p) * power(size, u / p + 1)


# --------------------------------------------------------------------------------------------
# The two-term loss

SPLIT = Domain.around(
    Params(), times=(0.2, 5.0), a=(1.0, 2.0), s=(1.3, 4.0), r2=(0.1, 10.0), compute=(10.0, 1e6)
)


def proxy(p, size, compute):
    """A N^-u + T^-q, T = C/N, with A = r2, u = s - 1 and q = (s - 1)/a."""
    return p.r2 * power(size, 1 - p.s) + power(compute / size, -p.p)


def optimum(p, compute):
    """N* at a budget."""
    return best_size(compute, p.r2, 1, p.s - 1, p.p)


@claim.identity(
    lambda p: (
        proxy(p, p.times * optimum(p, p.compute), p.compute)
        / proxy(p, optimum(p, p.compute), p.compute)
    ),
    over=SPLIT,
    points=24,
    twin=Twin("(k^-u + k^p)/2", fair=False),
)
def adjustment_penalty_of_size(p, *, fair=True):
    """A N^-u + D T^-p, N T = C: k N* loses the factor (p k^-u + u k^p)/(p + u)."""
    if not fair:
        return (power(p.times, 1 - p.s) + power(p.times, p.p)) / 2
    return adjustment_penalty(p.times, p.s - 1, p.p)


@claim.identity(
    lambda p: proxy(p, p.times * optimum(p, p.compute), p.compute),
    over=SPLIT,
    points=24,
    twin=Twin("the loss ratio itself", whole=False),
)
def size_adjustment_speedup(p, *, whole=True):
    """At C/speedup the best size has the loss that k N* has at C: penalty^((u + p)/(u p))."""
    save = (adjustment_speedup if whole else adjustment_penalty)(p.times, p.s - 1, p.p)
    less = p.compute / save
    return proxy(p, optimum(p, less), less)


@claim.identity(
    lambda p: proxy(p, 8, crossing(p)),
    over=SPLIT,
    points=24,
    twin=Twin("k^p for k^p - 1", less=False),
)
def sizes_cross(p, *, less=True):
    """Sizes N and k N have equal loss at C = ((D/A) N^(u+p) (k^p - 1)/(1 - k^-u))^(1/p).

    Below it the smaller model is better, above it the larger one: C ~ N^(1 + u/p)
    """
    k = 1 + p.times
    more = 1 if less else power(power(k, p.p) / (power(k, p.p) - 1), 1 / p.p)
    return (
        proxy(p, 8 * k, more * crossing(p))
        - proxy(p, 8, more * crossing(p))
        + proxy(p, 8, crossing(p))
    )


def crossing(p):
    """The budget at which sizes 8 and 8 (1 + k) agree."""
    return crossing_compute(8, 1 + p.times, p.r2, 1, p.s - 1, p.p)
