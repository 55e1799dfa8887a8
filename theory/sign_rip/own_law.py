"""The scaling function of an outlier law of one's own."""

import itertools
import math
from typing import Any

import numpy as np
from scipy import integrate

from theory import ParameterError


def own_scaling_function(law: Any, norm: float, *, p: float = 1.0, nu: float = 0.0) -> float:
    """phi at norm(X)_F = ``norm``: outliers of ``law`` with probability p, else N(0, nu^2).

    c0 ((1-p) norm/sqrt(norm^2 + nu^2) + p E exp(-S^2/(2 norm^2))), floats only.

    Args:
        law: a frozen law of scipy.stats (``scipy.stats.t(3, scale=2)``), or anything with ``ppf``
            and ``cdf``: integrated over the quantiles, to 1e-9 where these are smooth. Or an array
            of draws, whose mean is taken: to 1/(2 sqrt(draws)).

    Raises ParameterError outside norm > 0, 0 <= p <= 1, nu >= 0 (all finite), and for a law that is
    neither. NaN in a number gives NaN.
    """
    given = {"norm": norm, "p": p, "nu": nu}
    if any(math.isnan(value) for value in given.values()):
        return math.nan
    good = {"norm": norm > 0, "p": 0 <= p <= 1, "nu": nu >= 0}
    for name, value in given.items():
        if not good[name] or math.isinf(value):
            raise ParameterError(f"sign_rip: own_scaling_function: {name} = {value} is not allowed")
    inlier = (1 - p) / math.hypot(1, nu / norm)
    return math.sqrt(2 / math.pi) * (inlier + p * _decay(law, norm))


def _decay(law: Any, norm: float) -> float:
    """E exp(-S^2/(2 norm^2))."""
    if hasattr(law, "ppf"):
        marks = norm * np.array([-30.0, -8.0, -3.0, -1.0, 0.0, 1.0, 3.0, 8.0, 30.0])
        cuts = np.unique([0.0, *law.cdf(marks), 1.0])
        return sum(
            integrate.quad(lambda u: math.exp(-((law.ppf(u) / norm) ** 2) / 2), a, b, epsrel=1e-11,
                           epsabs=1e-13, limit=200)[0]
            for a, b in itertools.pairwise(cuts)
        )  # fmt: skip
    draws = np.asarray(law, dtype=np.float64) if np.ndim(law) == 1 else np.empty(0)
    if not draws.size or np.isnan(draws).any():
        raise ParameterError("sign_rip: own_scaling_function: the law has neither ppf and cdf, nor"
                             " is it an array of draws without NaN")  # fmt: skip
    return float(np.mean(np.exp(-((draws / norm) ** 2) / 2)))
