"""The scaling function: E Q, its decay for each law of outliers, and the expected loss."""

import sympy

from proofs_check import Proof, Result, all_of, identity, inequality
from theory import Ball
from theory import sign_rip as t

_norm, _size = sympy.symbols("norm size", positive=True)
_mean = sympy.Symbol("mean", real=True)
_FINITE = ("constant", "gaussian", "uniform", "laplace")


def _pdf(x):
    return sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)


def _signal_by_integration() -> Result:
    """int g pdf(g) over g > s/sg minus over g < s/sg, with both tails by SymPy."""
    g, s = sympy.Symbol("g", real=True), sympy.Symbol("s", real=True)
    edge = s / _norm
    above = sympy.integrate(g * _pdf(g), (g, edge, sympy.oo))
    below = sympy.integrate(g * _pdf(g), (g, -sympy.oo, edge))
    decay = t.outlier_decay("constant", s, _mean, _norm)
    return identity(above - below, t.c0 * decay)


def _decay_of_laws() -> Result:
    """E_P exp(-S^2/(2 sg^2)) integrated for the laws with an elementary integral."""
    s = sympy.Symbol("s", real=True)
    kernel = sympy.exp(-(s**2) / (2 * _norm**2))
    uniform = sympy.integrate(kernel, (s, 0, _size)) / _size
    positive = sympy.Symbol("s", positive=True)
    tail = sympy.exp(-(positive**2) / (2 * _norm**2) - positive / _size) / _size
    laplace = sympy.integrate(tail, (positive, 0, sympy.oo))
    # gaussian: by completing the square
    width2 = _norm**2 + _size**2
    centre = _mean * _norm**2 / width2
    spread = _norm**2 * _size**2 / width2
    exponent = s**2 / (2 * _norm**2) + (s - _mean) ** 2 / (2 * _size**2)
    square = (s - centre) ** 2 / (2 * spread) + _mean**2 / (2 * width2)
    # the Gaussian that is left integrates to sqrt(2 pi spread)
    left = sympy.sqrt(spread) / _size * sympy.exp(-(_mean**2) / (2 * width2))
    return all_of(
        identity(uniform, t.outlier_decay("uniform", _size, _mean, _norm)),
        identity(laplace, t.outlier_decay("laplace", _size, _mean, _norm)),
        identity(exponent, square),
        identity(left, t.outlier_decay("gaussian", _size, _mean, _norm)),
    )


def _loss_slope() -> Result:
    return all_of(
        *(
            lambda law=law: identity(
                sympy.diff(t.outlier_loss(law, _size, _mean, _norm), _norm),
                t.c0 * t.outlier_decay(law, _size, _mean, _norm),
            )
            for law in _FINITE
        )
    )


_RATIO = {"norm": ("1/50", 50)}  # every law depends on size/norm alone: size = 1


def _decay_bounds(law: str) -> Result:
    one, nothing = Ball(1), Ball(0)
    return all_of(
        inequality(lambda norm: t.outlier_decay(law, one, nothing, norm), _RATIO),
        inequality(lambda norm: 1 - t.outlier_decay(law, one, nothing, norm), _RATIO),
    )


def _decay_increases() -> Result:
    """For one s it is s^2/sg^3 exp(...) >= 0; a mixture over s keeps the sign."""
    s = sympy.Symbol("s", real=True)
    one_noise = t.outlier_decay("constant", s, _mean, _norm)
    return identity(sympy.diff(one_noise, _norm), s**2 / _norm**3 * one_noise)


PROOFS = (
    Proof(
        "scaling_function_by_integration",
        "arXiv:2202.08788, definition of phi; derived",
        "E[sign(sg g - s) g] = c0 exp(-s^2/(2 sg^2))",
        _signal_by_integration,
        supports=("scaling_function_outlier", "scaling_function_gaussian"),
    ),
    Proof(
        "decay_of_each_law",
        "derived: see outlier_decay",
        "E exp(-S^2/(2 sg^2)) for gaussian, uniform and Laplace outliers",
        _decay_of_laws,
        supports=("scaling_function_outlier", "scaling_function_gaussian"),
    ),
    Proof(
        "loss_slope_is_phi",
        "derived: see expected_loss",
        "dL_P/dsg = c0 R(sg) for every law with a finite expected loss",
        _loss_slope,
        supports=("expected_loss_radial",),
    ),
    Proof(
        "decay_between_zero_and_one",
        "derived: see outlier_decay",
        "0 <= R <= 1 for norm/size in [1/50, 50], every law",
        lambda: all_of(*(lambda law=law: _decay_bounds(law) for law in (*_FINITE, "cauchy"))),
        supports=("scaling_function_monotone",),
    ),
    Proof(
        "decay_increases",
        "derived: see outlier_decay",
        "d/dsg exp(-s^2/(2 sg^2)) = s^2/sg^3 exp(-s^2/(2 sg^2)) >= 0, hence R increases",
        _decay_increases,
        supports=("scaling_function_monotone",),
    ),
)
