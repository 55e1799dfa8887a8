"""The errors of this setting's own arguments."""

import operator
from typing import Any

from theory import ParameterError


def refuse(name: str, value: Any, why: str) -> ParameterError:
    """The error for a bad argument."""
    return ParameterError(f"random_features: {name} = {value} {why}")


def whole(name: str, value: Any, low: int, high: int) -> int:
    """A whole number that sets a shape, in [low, high]; ParameterError by its name otherwise."""
    try:
        number = operator.index(value)
    except TypeError:
        raise refuse(name, value, "is not a whole number") from None
    if not low <= number <= high:
        raise refuse(name, value, f"is outside [{low}, {high}]")
    return number
