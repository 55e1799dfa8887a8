"""The errors of this setting's own arguments."""

from typing import Any

from theory import ParameterError


def refuse(name: str, value: Any, why: str) -> ParameterError:
    """The error for a bad argument."""
    return ParameterError(f"random_features: {name} = {value} {why}")
