"""Inverses of the binary relative entropy and of binomial tails, as scipy offers them."""

import numpy as np
from scipy import special, stats
from scipy.optimize import brentq
from scipy.optimize.elementwise import find_root
from serve import serve


def kl(p, q):
    return special.rel_entr(q, p) + special.rel_entr(1 - q, 1 - p)


def one_by_one(q, budget):
    """brentq for every number."""
    top = 1 - 1e-16
    return np.array(
        [
            brentq(lambda p, a=a, b=b: kl(p, a) - b, a, top, xtol=1e-15, rtol=1e-14)
            if kl(top, a) > b
            else 1.0
            for a, b in zip(q, budget, strict=True)
        ]
    )


def all_at_once(q, budget):
    """Chandrupatla's method on whole arrays."""
    top = np.full_like(q, 1 - 1e-16)
    open_ = kl(top, q) > budget
    found = find_root(
        lambda p, a, b: kl(p, a) - b, (q[open_], top[open_]), args=(q[open_], budget[open_]),
        tolerances={"xatol": 1e-16, "xrtol": 1e-15, "fatol": 0.0, "frtol": 0.0},
    )  # fmt: skip
    values = np.ones_like(q)
    values[open_] = found.x
    return values


METHODS = {
    "brentq": lambda k, n, c: one_by_one(k / n, c / n),
    "find_root": lambda k, n, c: all_at_once(k / n, c / n),
    "betaincinv": lambda k, n, c: special.betaincinv(k + 1, n - k, -np.expm1(-c)),
    "betainccinv": lambda k, n, c: special.betainccinv(k + 1, n - k, np.exp(-c)),
    "ppf": lambda k, n, c: stats.beta.ppf(-np.expm1(-c), k + 1, n - k),
    "isf": lambda k, n, c: stats.beta.isf(np.exp(-c), k + 1, n - k),
}


def setup(inputs):
    """inputs: method, and errors, n, complexity of one shape."""
    numbers = tuple(inputs[name] for name in ("errors", "n", "complexity"))
    method = METHODS[str(inputs["method"])]
    return lambda: {"bound": method(*numbers)}


if __name__ == "__main__":
    serve(setup)
