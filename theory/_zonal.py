"""Zonal kernels: functions of the angle on the sphere S^(d-1), and their eigenvalues."""

import functools
from collections.abc import Callable
from math import comb
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory._closed_form import Single, Whole, closed_form
from theory._fields import Ge, Le, Static

__all__ = ["harmonics", "zonal_eigenvalues", "zonal_polynomials"]

Degree = Annotated[Any, Ge(0), Le(10**4), Whole, Static]


@closed_form
def harmonics(
    d: Annotated[Any, Ge(2), Le(10**6), Whole, Static, Single],
    degree: Annotated[Any, Ge(0), Le(60), Whole, Static, Single],
) -> float:
    """N(d, l) = C(l + d - 1, l) - C(l + d - 3, l - 2), of the harmonics of degree l on S^(d-1).

    The ranges keep it within float64.
    """
    d, degree = int(d), int(degree)
    below = comb(degree + d - 3, degree - 2) if degree > 1 else 0
    return float(comb(degree + d - 1, degree) - below)


def zonal_polynomials(t: Any, d: Any, degrees: int) -> list[Any]:
    """P_0(t), ..., P_degrees(t) with P_l(1) = 1, orthogonal for t = x.e, x uniform on S^(d-1).

    (l + d - 2) P_(l+1) = (2 l + d - 2) t P_l - l P_(l-1): Gegenbauer's C_l^(d/2-1)/C_l^(d/2-1)(1).
    """
    found = [0 * t + 1, t + 0 * d]
    for l in range(1, degrees):  # noqa: E741  (the field's letter)
        found.append(((2 * l + d - 2) * t * found[l] - l * found[l - 1]) / (l + d - 2))
    return found[: degrees + 1]


@functools.cache
def _angles(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    return np.pi * (x + 1) / 2, np.pi * w / 2


@closed_form(example={"kernel": jnp.cos, "degrees": 2})
def zonal_eigenvalues(
    kernel: Callable[[np.ndarray], Any],
    d: Annotated[Any, Ge(3), Le(10**4)],
    degrees: Degree,
    nodes: Annotated[Any, Ge(8), Le(10**4), Whole, Static] = 400,
) -> jax.Array:
    """lam_0, ..., lam_degrees of K(x, z) = kernel(angle of x and z) on S^(d-1), on the last axis.

    lam_l = int K P_l sin^(d-2) / int sin^(d-2) over the angles in [0, pi], by Gauss-Legendre in
    the angle: to 1e-15 for kernels that are analytic there, such as those of ReLU. The kernel gets
    the vector of angles and keeps it as the last axis of its values; d may be an array of the
    other axes' shape.
    """
    angle, weight = _angles(int(nodes))
    d = jnp.asarray(d, float)[..., None]
    measure = weight * jnp.sin(angle) ** (d - 2)
    share = kernel(angle) * measure / jnp.sum(measure, axis=-1, keepdims=True)
    bands = zonal_polynomials(np.cos(angle), d, int(degrees))
    return jnp.stack([jnp.sum(share * band, axis=-1) for band in bands], axis=-1)
