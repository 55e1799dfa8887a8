"""The parameters of robust matrix recovery, and what they may be."""

import math
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Shaped

from theory import (
    Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Scalar, Static, Whole, closed_form, parameters,
)  # fmt: skip

__all__ = ["GENTLE", "Params", "eigenvalues", "svec_length", "truth_norm"]

SETTING = "sign_rip"

Size = Annotated[Scalar, Ge(1e-50), Le(1e50)]  # so far from float64's ends that no slope overflows
Amount = Annotated[Scalar, Ge(0), Le(1e50)]
Start = Annotated[Scalar, Ge(1e-150), Le(1e50)]  # alpha^2, the size of one eigenvalue at the start
Matrix = Shaped[Any, "_ _"]
Length = Annotated[float, Ge(1e-6), Le(1e6), Logarithmic]


@parameters(SETTING)
class Params:
    """Parameters of the truth, the measurements, their noise, and the sub-gradient method.

    The truth X* has eigenvalues sigma_i = scale * condition^(-(i-1)/(r-1)), i = 1..r. The noise of
    a measurement is N(0, nu^2), and with probability p a draw from the outlier law in its place.
    The defaults of alpha, eta, rho and iterations recover: :func:`sims.sign_rip.recover`.
    """

    d: Annotated[int, Ge(1), Le(1000), Static, Doc("size of the square matrices")] = 20
    rank: Annotated[int, Ge(1), Le(1000), Static, Doc("r, rank of the truth")] = 2
    search_rank: Annotated[int, Ge(1), Le(1000), Static, Doc("r', columns of U")] = 4
    m: Annotated[int, Ge(1), Le(10**6), Static, Doc("measurements")] = 800
    condition: Annotated[float, Ge(1), Le(1e3), Logarithmic,
        Doc("kappa = sigma_1/sigma_r of the truth")] = 1.0  # fmt: skip
    scale: Annotated[Length, Doc("sigma_1, largest eigenvalue of the truth"),
        Because("every eigenvalue sigma_1 >= ... >= sigma_r of the truth must be above 0"),
    ] = 1.0  # fmt: skip
    p: Annotated[float, Ge(0), Lt(1), Doc("probability that a measurement is an outlier"),
        Because("outlier probability p must satisfy 0 <= p < 1 (at p = 1 the scaling function may"
                " vanish)"),
    ] = 0.0  # fmt: skip
    law: Annotated[
        Literal["constant", "gaussian", "uniform", "laplace", "cauchy", "student", "infinite"],
        Doc("law of the outliers: +-size, N(mean, size^2), U[-size, size], Laplace(size), ...")
    ] = "infinite"  # fmt: skip
    outlier_size: Annotated[Length, Doc("size of the outliers (see law)")] = 10.0
    outlier_mean: Annotated[float, Ge(-1e3), Le(1e3),
        Doc("mean of gaussian outliers; other laws ignore it")] = 0.0  # fmt: skip
    degrees: Annotated[float, Ge(1), Le(100), Logarithmic,
        Doc("degrees of freedom of student outliers")] = 3.0  # fmt: skip
    nu: Annotated[float, Ge(0), Le(1e3), Doc("standard deviation of the dense Gaussian noise"),
        Because("a standard deviation is not negative")] = 0.0  # fmt: skip
    alpha: Annotated[float, Ge(1e-60), Le(10), Logarithmic, Doc("size of the start U_0 = alpha B"),
        Because("U_0 = 0 is a fixed point, so the start needs alpha > 0")] = 1e-12  # fmt: skip
    start: Annotated[
        Literal["random", "identity", "spectral", "near"],
        Doc("B: N(0, 1/d) entries; I; from sign(y); or the truth plus alpha times noise"),
    ] = "random"
    steps: Annotated[
        Literal["constant", "geometric", "loss", "ideal"],
        Doc("eta; eta rho^t; eta f(U_t); eta norm(Delta_t)/phi(Delta_t), an oracle"),
    ] = "geometric"
    eta: Annotated[float, Gt(0), Le(10), Doc("(first) step size"),
        Because("the sub-gradient method needs a step eta > 0")] = 0.5  # fmt: skip
    rho: Annotated[float, Gt(0), Le(1), Doc("ratio of successive geometric steps"),
        Because("steps eta rho^t need 0 < rho <= 1")] = 0.99  # fmt: skip
    iterations: Annotated[int, Ge(0), Le(10**7), Static, Doc("steps of the method")] = 1500

    def check(self: Any):
        """r <= r' <= d; steps by the loss need noiseless data, ideal ones must not diverge."""
        d, r, columns = self.d, self.rank, self.search_rank
        noisy, a = self.nu > 0 or self.p > 0, 2 * self.eta * self.scale
        for wrong, field, what in (
            (r > d, "rank", f"is above d = {d}: need 1 <= r <= d"),
            (columns < r, "search_rank", f"is below r = {r}: need r' >= r"),
            (columns > d, "search_rank", f"is above d = {d}: need r' <= d"),
            (self.steps == "loss" and noisy, "steps",
             "needs noiseless measurements (p = 0, nu = 0): with noise the loss f does not tend to"
             " 0, and neither would the steps"),
            (self.steps == "ideal" and a > 2, "eta",
             f"diverges with ideal steps: a = 2 eta sigma_1 = {a:g} is above 2; take eta <="
             " 1/(4 sigma_1)"),
        ):  # fmt: skip
            if wrong:
                raise self.refuse(field, what)


GENTLE = Params(alpha=1e-6, steps="constant", eta=0.05, rho=0.985, iterations=1000)
"""Short constant steps from a larger start: what the cases of the claims start from."""
NEAR = GENTLE.but(start="near", steps="geometric")


def eigenvalues(params: Any) -> jax.Array:
    """sigma_1 >= ... >= sigma_r > 0 of the truth: geometric from scale to scale/condition."""
    fractions = jnp.arange(params.rank) / max(1, params.rank - 1)
    return params.scale * jnp.asarray(params.condition) ** (-fractions)


def truth_norm(params: Any) -> jax.Array:
    """norm(X*)_F."""
    return jnp.linalg.norm(eigenvalues(params))


@closed_form
def svec_length(d: Annotated[Scalar, Ge(0), Le(1e9), Whole]) -> Scalar:
    """N = d(d+1)/2, the number of coordinates of a symmetric matrix; an int for an int."""
    return d * (d + 1) // 2


def concrete(value: Any) -> bool:
    """True for a number that Python can compare (not a tracer, ball or symbol)."""
    return isinstance(value, (int, float, np.number)) and math.isfinite(value)
