"""The scaling function: E Q, its decay for each law of outliers, and the expected loss."""

import sympy

from proofs_check import Proofs, all_of, identity, inequality
from theory import Ball
from theory.sign_rip import c0, outlier_decay, outlier_loss

item = Proofs()
norm, size = sympy.symbols("norm size", positive=True)
mean, s = sympy.symbols("mean s", real=True)
FINITE = ("constant", "gaussian", "uniform", "laplace")
SIGNAL = ("scaling_function_outlier", "scaling_function_gaussian")


@item(*SIGNAL)
def scaling_function_by_integration():
    """E[sign(sg g - s) g] = c0 exp(-s^2/(2 sg^2)).

    arXiv:2202.08788, definition of phi; derived
    """
    g = sympy.Symbol("g", real=True)
    pdf = sympy.exp(-(g**2) / 2) / sympy.sqrt(2 * sympy.pi)
    above = sympy.integrate(g * pdf, (g, s / norm, sympy.oo))
    below = sympy.integrate(g * pdf, (g, -sympy.oo, s / norm))
    return identity(above - below, c0 * outlier_decay("constant", s, mean, norm))


@item(*SIGNAL)
def decay_of_each_law():
    """E exp(-S^2/(2 sg^2)) for gaussian, uniform and Laplace outliers."""
    kernel = sympy.exp(-(s**2) / (2 * norm**2))
    uniform = sympy.integrate(kernel, (s, 0, size)) / size
    x = sympy.Symbol("x", positive=True)
    tail = sympy.exp(-(x**2) / (2 * norm**2) - x / size) / size
    # gaussian: by completing the square; what is left integrates to sqrt(2 pi spread)
    width2 = norm**2 + size**2
    centre, spread = mean * norm**2 / width2, norm**2 * size**2 / width2
    exponent = s**2 / (2 * norm**2) + (s - mean) ** 2 / (2 * size**2)
    square = (s - centre) ** 2 / (2 * spread) + mean**2 / (2 * width2)
    left = sympy.sqrt(spread) / size * sympy.exp(-(mean**2) / (2 * width2))
    return all_of(
        identity(uniform, outlier_decay("uniform", size, mean, norm)),
        identity(sympy.integrate(tail, (x, 0, sympy.oo)),
                 outlier_decay("laplace", size, mean, norm)),
        identity(exponent, square),
        identity(left, outlier_decay("gaussian", size, mean, norm)),
    )  # fmt: skip


@item("expected_loss_radial")
def loss_slope_is_phi():
    """dL_P/dsg = c0 R(sg) for every law with a finite expected loss."""
    return all_of(*(
        lambda law=law: identity(sympy.diff(outlier_loss(law, size, mean, norm), norm),
                                 c0 * outlier_decay(law, size, mean, norm))
        for law in FINITE
    ))  # fmt: skip


@item("scaling_function_monotone")
def decay_between_zero_and_one():
    """0 <= R <= 1 for norm/size in [1/50, 50], every law."""
    ratio = {"norm": ("1/50", 50)}  # every law depends on size/norm alone: size = 1

    def within(law):
        def decay(norm):
            return outlier_decay(law, Ball(1), Ball(0), norm)

        return all_of(inequality(decay, ratio), inequality(lambda norm: 1 - decay(norm), ratio))

    return all_of(*(lambda law=law: within(law) for law in (*FINITE, "cauchy")))


@item("scaling_function_monotone")
def decay_increases():
    """d/dsg exp(-s^2/(2 sg^2)) = s^2/sg^3 exp(-s^2/(2 sg^2)) >= 0, hence R increases."""
    # a mixture over s keeps the sign
    one_noise = outlier_decay("constant", s, mean, norm)
    return identity(sympy.diff(one_noise, norm), s**2 / norm**3 * one_noise)
