"""The count of degrees of freedom, and the gap that closes."""

import sympy
from theory.least_squares import Params, training_error_mean

from proofs_check import Proofs, identity

item = Proofs()


@item("training_error_mean")
def residuals_lose_a_dimension_for_each_coefficient():
    """tr(I - x (x'x)^-1 x') = n - d, here for three points and one coefficient."""
    x = sympy.Matrix(sympy.symbols("x1:4", positive=True))
    residual_maker = sympy.eye(3) - x * x.T / (x.T * x)[0]
    return identity(residual_maker.trace(), sympy.Integer(2))


@item("optimism_closes_the_gap")
def training_error_and_optimism_add_up():
    """s^2 (n - d)/n + s^2 d/n = s^2."""
    n, d, s = sympy.symbols("n d s", positive=True)
    p = Params(n=n, d=d, noise=s)
    return identity(training_error_mean(p) + s**2 * d / n, s**2)
