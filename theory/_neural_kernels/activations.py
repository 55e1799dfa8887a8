"""Activations through their duals, the families' common ground.

An activation phi with E phi(Z)^2 = 1 under Z ~ N(0, 1) has the dual F(t) = E phi(u) phi(v), where
(u, v) is centred Gaussian with unit variances and correlation t. With Hermite coefficients
mu_k = E phi h_k (h_k orthonormal), F(t) = sum_k mu_k^2 t^k: a probability generating function.

Every family is a function of its shape parameter and gives an :class:`Activation`; all formulas
are words of theory, so that the dual that a network's depth iterates is the one that is proved.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from theory._averages import normal_mean
from theory._closed_form import closed_form, own_checks
from theory._formula import Scalar, log

__all__ = ["Activation", "ActivationError", "checked_activation", "number"]

Formula = Callable[[Scalar], Scalar]


class ActivationError(ValueError):
    """The function is no activation, or not of the class that is asked for. The text says why."""


LINEAR = "linear activation (its kernel does not change with depth)"


@dataclasses.dataclass(frozen=True)
class Activation:
    """A normalised activation through its dual.

    Attributes:
        name: as the ledger prints it.
        dual: t -> F(t) on [-1, 1], relatively accurate also at t -> 0.
        dual_derivative: t -> F'(t), the dual of phi'.
        fall: s -> 1 - F(1 - s), free of cancellation at s -> 0 (inputs that nearly coincide).
        slope_near: s -> F'(1 - s).
        order: the lowest degree m of F (0 if A != 0, 1 if A = 0 != A', else at least 2).
        leading: p_m, the coefficient of t^m.
        next_order, next_coefficient: the next degree k > max(m, 1) with p_k > 0, and p_k.
        slope_at_zero: a = F'(0) = A'^2.
        slope_at_one: b = F'(1) = B'.
        phi: the activation itself on JAX arrays (None where only the dual is explicit).
        log_slope_at_zero, log_slope_at_one: log a and log b where they are known without the
            rounding of a and b near 1 (None otherwise).
    """

    name: str
    dual: Formula
    dual_derivative: Formula
    fall: Formula
    slope_near: Formula
    order: int
    leading: Scalar
    slope_at_zero: Scalar
    slope_at_one: Scalar
    next_order: int = 0
    next_coefficient: Scalar = 0
    phi: Callable[[Any], Any] | None = None
    log_slope_at_zero: Scalar | None = None
    log_slope_at_one: Scalar | None = None

    def phi_and_slope(self) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """(phi, phi') on JAX arrays, the second by differentiation of the code."""
        phi = self.phi
        assert phi is not None
        return phi, lambda x: jax.jvp(phi, (x,), (jnp.ones_like(x),))[1]

    @property
    def log_a(self) -> Scalar:
        """log F'(0)."""
        known = self.log_slope_at_zero
        return log(self.slope_at_zero) if known is None else known

    @property
    def log_b(self) -> Scalar:
        """log F'(1)."""
        known = self.log_slope_at_one
        return log(self.slope_at_one) if known is None else known


LEAST = 1e-300


def off_zero(x: Any) -> Any:
    """max(x, 1e-300) with slope 1 throughout: what has an infinite slope at 0 has a finite one."""
    x = jnp.asarray(x)
    return jnp.where(x > LEAST, x, LEAST + (x - jax.lax.stop_gradient(x)))


@own_checks("any constant")
def number(constant: Any) -> Any:
    """A value or an exact constant as a JAX number."""
    return jnp.asarray(float(constant) if hasattr(constant, "resolve") else constant, dtype=float)


def family(make: Callable[..., Activation]) -> Callable[..., Activation]:
    """Decorates a family: its shape keeps to the declared range, as a closed form's argument does.

    A traced shape outside becomes NaN, and with it every value of the activation.
    """
    checked = closed_form(make)
    signature, domains = inspect.signature(make), checked.domains

    @functools.wraps(checked)
    def made(*args: Any, **kwargs: Any) -> Activation:
        bound = signature.bind(*args, **kwargs)
        for name, field in domains.items():
            value = bound.arguments.get(name)
            if isinstance(value, Tracer):
                bound.arguments[name] = jnp.where(field.inside(value), value, jnp.nan)
        return checked(*bound.args, **bound.kwargs)

    return made


def checked_activation(activation: object) -> Activation:
    """The activation. Raises ActivationError, with the way to make one, for anything else."""
    if isinstance(activation, Activation):
        return activation
    shown = f"{activation!r}"
    raise ActivationError(
        f"{shown if len(shown) < 60 else type(activation).__name__} is not an Activation: take one"
        " of the families, such as leaky_relu(0.0) for ReLU, or activation_from(function) for a"
        " function of your own"
    )


def pair_mean(f: Callable[[Any, Any], Any], t: Any) -> Any:
    """E f(u, v) for centred Gaussian (u, v) of unit variances and correlation t; smooth f.

    To 1e-16 absolute: the 1 keeps the rules from comparing roundings where E[f | u] = 0.
    """

    def given(u):
        u, rest = u[:, None], jnp.sqrt(1 - t * t)
        return 1 + normal_mean(lambda z: f(u, t * u + rest * z))

    return normal_mean(given) - 1
