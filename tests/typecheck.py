"""The checker of annotations at test time: beartype, with ints accepted where floats are.

Functions within functions are left as they are: they would be wrapped anew, at 2 ms, whenever the
function around them is called, which was half of what collecting the tests took.
"""

import functools
from typing import Any

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import jaxtyped

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))


def _outermost(function: Any = None, *, typechecker: Any) -> Any:
    if function is None:
        return functools.partial(_outermost, typechecker=typechecker)
    within = "<locals>" in getattr(function, "__qualname__", "")
    return function if within else jaxtyped(function, typechecker=typechecker)


jaxtyping.jaxtyped = _outermost  # the name that jaxtyping's import hook calls in each module
