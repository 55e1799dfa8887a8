"""The Params of all traps, so that they share compiled programs."""

from typing import Annotated

from theory import Ge, Le, parameters


@parameters("trap")
class Params:
    """A size, and a number that formulas speak of."""

    size: Annotated[float, Ge(1.0), Le(1e6)] = 1.0
    x: Annotated[float, Ge(0.5), Le(8.0)] = 1.0
