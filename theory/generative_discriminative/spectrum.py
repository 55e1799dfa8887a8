"""What naive Bayes with estimated variances needs, by all of delta_i^2, in place of O(log n)."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Row, Scalar, Twin, closed_form, normal_quantile, root
from theory.generative_discriminative.naive import HERE, nb_estimated, nb_few

claim = Claims("derived; the paper says O(log n), with information per feature bounded below")

Information = Annotated[Any, Ge(0), Le(1e4), Row]
Dims = Annotated[Any, Ge(1), Le(1e6), Row]


def sums(information, dims):
    """n, sum_i delta_i^2 and sum_i delta_i^4."""
    return (jnp.sum(dims + 0 * information, axis=-1), jnp.sum(dims * information, axis=-1),
            jnp.sum(dims * information**2, axis=-1))  # fmt: skip


@closed_form(
    information=(
        "is not above 4 z^2 in all: the error is above its target with any number of samples",
        lambda error, information, dims:
            sums(jnp.asarray(information), jnp.asarray(dims))[1] > 4 * normal_quantile(error) ** 2,
    ),
    example={"error": 0.1, "information": [4.0, 0.0], "dims": [5.0, 40.0]},
)  # fmt: skip
def nb_spectrum_samples(
    error: Annotated[Scalar, Ge(1e-6), Le(0.4)], information: Information, dims: Dims
) -> Any:
    """m from which the error is below its target, delta_i^2 = ``information`` in ``dims`` features.

    The m > 6 with 1/z^2 = (m - 4)/(m - 6) 4 V/D^2 + 2/(m - 6) F/D^2, z = -Phi^-1(error): D = sum_i
    delta_i^2, F = sum_i delta_i^4, V = D (1 + 2/m) + 4 n (m + 1)/m^2. Variances estimated, m/2
    samples a class, D spread over many features, by the central limit.
    """
    error, *design = (jnp.asarray(x, float) for x in (error, information, dims))
    return _samples(error, *sums(*jnp.broadcast_arrays(*design)))


@jax.jit
def _samples(error, n, whole, fourth):
    goal = normal_quantile(error) ** -2

    def excess(m):
        spread = whole * (1 + 2 / m) + 4 * n * (m + 1) / m**2
        one = (m - 4) * 4 * spread / whole**2 + 2 * fourth / whole**2
        return one - goal * (m - 6)

    # 4 V/D^2 = goal + ... from here on below: every term over m - 6 is at most its value at m = 6
    most = (8 * (whole * 4 / 3 + 7 * n / 9) + 8 * whole + 20 * n + 2 * fourth) / whole**2
    return root(excess, 6.0 + 0 * goal * whole, 7 + most / (goal - 4 / whole))


def samples(p, error=0.01):
    """m* with the information on the first features of ``signals`` pairs."""
    information = jnp.stack([p.information / p.signals, 0.0 * p.information])
    return nb_spectrum_samples(error, information, jnp.stack([1.0 * p.signals, p.n - p.signals]))


TWENTY = HERE.but(n=400, m0=10, m1=10, information=29.660790809, signals=50)
"""At 10 % error it takes 20 samples."""


@claim.identity(
    0.1,
    over=Domain.around(TWENTY, information=(20.0, 200.0), n={300, 400, 600}),
    within=1e-9,
    evaluators=("jax",),
    points=16,
    twin=Twin("variances known: no R, no F", known=True),
    known=((TWENTY, ".1"),),
)
def nb_spectrum(p, *, known=False):
    """At m* of the spectrum delta_i^2 the error is the target, 10 %."""
    m = samples(p, 0.1)
    if known:
        return nb_few(p.information, p.n, m)
    return nb_estimated(p.information, p.information**2 / p.signals, p.n, m)


@claim.equals(
    "estimated",
    at=TWENTY,
    within=0.004,
    why="of order n^(-1/2), for terms u v/s^2 with few moments",
    trials=4096,
    twin=Twin("as if variances were known", known=True),
)
def nb_spectrum_seen(p, *, known=False):
    """Naive Bayes fitted to m* samples has that error: n = 400, Delta^2 = 29.7 on 50 features."""
    return nb_few(p.information, p.n, p.m) if known else 0.1 + 0 * p.information


@claim.scaling(
    1,
    along=tuple(HERE.but(n=n, information=30.0, signals=10) for n in (1600, 3200, 6400, 12_800)),
    size=lambda p: p.n,
    within=0.03,
    why="m = .3456 n + 17: .98 to .994 on the way",
    twin=Twin("log n", exponent=0.17),
    known=((HERE.but(n=400, information=30.0, signals=10), "155.663"),
           (HERE.but(n=1600, information=30.0, signals=1), "605.375")),
)  # fmt: skip
def nb_spectrum_fixed_information(p):
    """Delta^2 = 30 on ten features: the samples for 1 % error grow like n, as of known variances.

    17 more are for the variances, and 52 where one feature tells it all: sum_i delta_i^4 decides
    """
    return samples(p)
