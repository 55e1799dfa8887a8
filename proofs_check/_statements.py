"""What an engine was asked, kept beside its answer, so that another checker can be asked too."""

import dataclasses
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any


@dataclasses.dataclass(frozen=True)
class Equal:
    """left = right wherever both are defined and real: SymPy expressions."""

    left: Any
    right: Any
    ranges: Mapping[str, tuple[Any, Any]] = dataclasses.field(default_factory=dict)
    engine = "identity"


@dataclasses.dataclass(frozen=True)
class Positive:
    """f >= 0 (> 0 if strict) on a closed box; f is a formula over theory's vocabulary."""

    f: Callable[..., Any]
    box: Mapping[str, tuple[Fraction, Fraction]]
    strict: bool
    engine = "inequality"


@dataclasses.dataclass(frozen=True)
class Polynomial:
    """A Z3 statement over all reals that satisfy the assumptions."""

    claim: Any
    assumptions: tuple[Any, ...]
    engine = "polynomial"


@dataclasses.dataclass(frozen=True)
class Enumerated:
    """A truth value that Python's own integers and Fractions gave."""

    method: str
    engine = "exact"


Statement = Equal | Positive | Polynomial | Enumerated
