"""The numbers that the statements speak of, and which whole numbers are sizes of fields."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Because, Doc, Ge, Gt, Le, Lt, Scalar, Static, Whole, parameters

SETTING = "generalization_measures"
LARGEST = 997


def _prime_powers() -> np.ndarray:
    """For 0 .. LARGEST whether the number is a prime power."""
    found = np.zeros(LARGEST + 1, bool)
    for p in range(2, LARGEST + 1):
        if all(p % k for k in range(2, int(p**0.5) + 1)):
            power = p
            while power <= LARGEST:
                found[power] = True
                power *= p
    return found


PRIME_POWER = _prime_powers()


def is_prime_power(q):
    """Whether a field of q elements exists, q <= LARGEST."""
    return jnp.asarray(PRIME_POWER)[jnp.clip(jnp.nan_to_num(q), 0, LARGEST).astype(int)]


Order = Annotated[Scalar, Ge(2), Le(LARGEST), Whole]
Count = Annotated[Scalar, Ge(1), Le(1000), Whole]
Chance = Annotated[Scalar, Ge(0), Le(1)]
Precision = Annotated[Scalar, Gt(0), Lt(0.5)]
FIELD = ("is no prime power: there is no field of that size", is_prime_power)
BELOW_HALF_THE_GAP = (
    "is at or above half the loss gap, (1 - 1/q)/2: the failure is trivially 0 or ambiguous",
    lambda eps, q: eps < (1 - 1 / q) / 2,
)
COORDINATE = Doc("coordinates of an input over F_q")


@parameters(SETTING)
class Params:
    """Linear functions over F_q (q to noise), a shattered set (d to density), random rivals (N)."""

    q: Annotated[int, Ge(2), Le(127), Doc("elements of the field F_q, a prime")] = 2
    n: Annotated[int, Ge(1), Le(18), Doc("samples of a linear function")] = 8
    D: Annotated[int, Ge(1), Le(20), COORDINATE] = 8
    s: Annotated[int, Ge(1), Le(20), Because("s <= D"),
                 Doc("coordinates that the target may depend on")] = 8  # fmt: skip
    b: Annotated[float, Ge(0), Le(1), Doc("chance that the rule answers within the family")] = 1.0
    noise: Annotated[float, Ge(0), Le(0.5), Doc("chance that a label is flipped")] = 0.0
    d: Annotated[int, Ge(1), Le(2000), Static, Doc("points of the shattered set")] = 60
    m: Annotated[int, Ge(1), Le(2000), Static, Doc("samples of the set, or of rivals")] = 30
    window: Annotated[int, Ge(1), Le(2000), Doc("most integers in an open interval 2 eps d")] = 12
    density: Annotated[float, Ge(0), Le(1), Doc("share of +1 in a fixed target")] = 0.2
    N: Annotated[int, Ge(1), Le(4096), Static, Doc("random rivals of the target")] = 8

    def check(self: Any):
        """q is a prime, s at most D."""
        if any(self.q % k == 0 for k in range(2, int(self.q**0.5) + 1)):
            raise self.refuse("q", "is no prime: F_q simulation needs prime q")
        if self.s > self.D:
            raise self.refuse("s", "is above D")


def linear(q: int, n: int, D: int, **more: Any) -> Params:
    """All D coordinates matter."""
    return Params(q=q, n=n, D=D, **({"s": D} | more))
