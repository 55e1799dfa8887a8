"""The words of the vocabulary, where each is tested, and the rounding that a test allows."""

import math
import random

import mpmath
import numpy as np

from theory._formula import VOCABULARY

EPS = float(np.finfo(np.float64).eps)
SMALLEST = float(np.finfo(np.float64).tiny)
LEAST_GAMMA = 1.4616321449683622  # where Gamma turns; log Gamma has zeros at 1 and 2

# word: closed range on which it is tested, and points where it branches, vanishes or turns
UNARY = {
    "exp": ((-700.0, 700.0), (0.0,)),
    "expm1": ((-700.0, 700.0), (0.0,)),
    "log": ((1e-300, 1e300), (1.0,)),
    "log1p": ((-0.999999, 1e300), (0.0, -0.4)),
    "sqrt": ((0.0, 1e300), (0.0, 1.0)),
    "sin": ((-1e4, 1e4), (0.0, math.pi / 2, math.pi)),
    "cos": ((-1e4, 1e4), (0.0, math.pi / 2, math.pi)),
    "tan": ((-1.5, 1.5), (0.0,)),
    "sinh": ((-700.0, 700.0), (0.0,)),
    "cosh": ((-700.0, 700.0), (0.0,)),
    "tanh": ((-400.0, 400.0), (0.0,)),
    "arcsin": ((-1.0, 1.0), (-1.0, 0.0, 1.0)),
    "arccos": ((-1.0, 1.0), (-1.0, 0.0, 1.0)),
    "arctan": ((-1e10, 1e10), (0.0,)),
    "arcsinh": ((-1e300, 1e300), (0.0,)),
    "erf": ((-30.0, 30.0), (0.0,)),
    "erfc": ((-30.0, 26.0), (0.0,)),
    "erfcx": ((-26.0, 1e8), (0.0,)),
    "gamma": ((1e-5, 170.0), (1.0, LEAST_GAMMA, 2.0)),
    "loggamma": ((1e-8, 1e9), (1.0, LEAST_GAMMA, 2.0, 3.0)),
    "absolute": ((-1e6, 1e6), (0.0,)),
    "sign": ((-1e6, 1e6), (0.0,)),
    "normal_cdf": ((-37.0, 37.0), (0.0,)),
    "log_normal_cdf": ((-1e6, 37.0), (-1.0, 0.0)),
    "xlogx": ((0.0, 1e300), (0.0, math.exp(-1), 1.0)),
    "lambert_w": ((-0.3678, 1e300), (-0.25, 0.0)),
    "normal_quantile": ((1e-300, 0.9999), (0.5,)),
}
SINGULAR_AT = {
    "log": 0,
    "log1p": -1,
    "gamma": 0,
    "loggamma": 0,
    "normal_quantile": 0,
}  # nothing is finite there
STEEP_AT = {"sqrt": (0.0,), "arcsin": (-1.0, 1.0), "arccos": (-1.0, 1.0)}  # no finite slope there
BINARY = {
    "minimum": ((-1e3, 1e3), (-1e3, 1e3)),
    "maximum": ((-1e3, 1e3), (-1e3, 1e3)),
    "power": ((1e-3, 1e3), (-20.0, 20.0)),
    "deviance": ((0.0, 1e3), (1e-3, 1e3)),
}
OF_LAWS = {"gamma_cdf", "beta_cdf", "log_binomial"}  # in words/test_law_words.py


def scattered(low: float, high: float, count: int, rng: random.Random) -> list[float]:
    """Floats of [low, high] on many scales, with both ends."""
    points = [low, high]
    while len(points) < count:
        end = rng.choice([e for e in (low, high) if e != 0])
        smallest = max(abs(low), abs(end) * 1e-12) if low > 0 else abs(end) * 1e-12
        x = math.copysign(math.exp(rng.uniform(math.log(smallest), math.log(abs(end)))), end)
        if rng.random() < 0.4:
            x = rng.uniform(max(low, -4.0), min(high, 4.0))
        if low <= x <= high:
            points.append(x)
    return points


def random_ranges(domain, marked, count: int, rng: random.Random) -> list[tuple[float, float]]:
    """Closed ranges inside the domain; a third of them straddle, or end at, a marked point."""
    low, high = domain
    ranges = []
    for centre in scattered(low, high, count, rng):
        if marked and rng.random() < 0.4:
            centre = rng.choice(marked)
        width = max(abs(centre), 1e-3) * 10 ** rng.uniform(-25, 0.5)
        a, b = centre - width * rng.random(), centre + width * rng.random()
        if rng.random() < 0.2:
            a, b = centre, max(centre, b)
        ranges.append((max(a, low), min(max(b, low), high)))
    return [(a, b) for a, b in ranges if a <= b]


def inside(a: float, b: float, rng: random.Random) -> list[mpmath.mpf]:
    """Both ends of a range and numbers between them."""
    ends = mpmath.mpf(a), mpmath.mpf(b)
    return [*ends, *(ends[0] + (ends[1] - ends[0]) * mpmath.mpf(rng.random()) for _ in range(3))]


def rounding_allowed(name: str, arguments: list[mpmath.mpf]) -> mpmath.mpf:
    """|f| + sum_i |x_i df/dx_i|: what one rounding of f and of each argument can do, over eps."""
    f = VOCABULARY[name]
    total = abs(f(*arguments))
    for i, x in enumerate(arguments):
        h = abs(x) * mpmath.mpf(10) ** -25 or mpmath.mpf(10) ** -25
        ahead, behind = ([*arguments[:i], x + s * h, *arguments[i + 1 :]] for s in (1, -1))
        total += abs(x * mpmath.re(f(*ahead) - f(*behind)) / (2 * h))
    return total


def test_every_word_is_tested_here():
    assert set(UNARY) | set(BINARY) | OF_LAWS | {"where"} == set(VOCABULARY)
