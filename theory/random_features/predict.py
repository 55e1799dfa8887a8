"""Predictions: test and train risk at any (n, k, ridge)."""

import warnings
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import Claims, Domain, Twin, closed_form
from theory.random_features.framework import bias, overfitting_coefficient, sums_of
from theory.random_features.params import Delta, Features, Params, Point, Points, Variance, refuse
from theory.random_features.population import FEW, left_out
from theory.random_features.solver import above_zero, margins, solved_ridge
from theory.random_features.spectrum import (
    EXAMPLE, Spectrum, check_spectrum, or_nan, problem, spectrum_of, traced,
)  # fmt: skip

__all__ = ["Prediction", "predict", "prediction"]

claim = Claims()


class Prediction(NamedTuple):
    """What the eigenframework says of one (spectrum, n, k, ridge, noise).

    Attributes:
        test_risk: E_te, label noise included; +inf at n = k without ridge.
        train_risk: E_tr = (a/n)^2 E_te, a = n - z.
        gamma, kappa: the two effective ridges.
        degrees_of_freedom: z, the mean of tr Khat (Khat + delta)^-1.
        bias_squared: B1, squared error of the mean predictor.
        overfitting_coefficient: what label noise is multiplied with.
        fitting_ratio_root: r = a/n, the square root of R = E_tr/E_te.
    """

    test_risk: Array
    train_risk: Array
    gamma: Array
    kappa: Array
    degrees_of_freedom: Array
    bias_squared: Array
    overfitting_coefficient: Array
    fitting_ratio_root: Array


def predict_at(of: Spectrum, n: Any, inv_k: Any, ridge: Any, noise: Any, gamma: Any) -> Prediction:
    """The prediction from the solved gamma."""
    at = sums_of(of, above_zero(gamma, of.eigenvalues))
    a, r = margins.__wrapped__(n, inv_k, ridge, gamma, at.z)
    coefficient = overfitting_coefficient.__wrapped__(n, inv_k, a, r, at.c)
    # as many modes as samples and no ridge: 0 < c is the stand-in's
    coefficient = jnp.where((gamma > 0) | (a > 0), coefficient, jnp.inf)
    error = bias.__wrapped__(inv_k, r, at) + noise
    # where nothing is left of target and noise, nothing is amplified: inf * 0 is 0 here
    whole = (of.multiplicities * of.eigcoeffs_sq).sum() + noise
    nothing = (error == 0) | ((gamma == 0) & (error <= 1e-30 * whole))
    risk = jnp.where(nothing, 0.0, coefficient * jnp.where(nothing, 1.0, error))
    # at n = k without ridge a = 0 and E_te = inf, but the training points are interpolated
    train = jnp.where(a > 0, (a / n) ** 2 * jnp.where(a > 0, risk, 0.0), 0.0)
    return Prediction(risk, train, gamma, gamma * r, at.z, at.bias_squared, coefficient, a / n)


def predict_one(of: Spectrum, n: Any, inv_k: Any, ridge: Any, noise: Any) -> Prediction:
    gamma = solved_ridge(of.eigenvalues, of.multiplicities, n, inv_k, ridge)
    return predict_at(of, n, inv_k, ridge, noise, gamma)


@jax.jit
def predictions(of: Spectrum, *arguments: Array) -> Prediction:
    return or_nan(of, jax.vmap(predict_one, (None, 0, 0, 0, 0))(of, *arguments))


@closed_form(example=EXAMPLE)
def predict(
    of: Spectrum, *, n: Points, k: Features = np.inf, ridge: Delta, noise: Variance = 0.0
) -> Prediction:
    """The eigenframework's prediction; the arguments broadcast against each other.

    Args:
        of: the spectrum and target (see :func:`spectrum`, :func:`infinite_powerlaw`).
        n: training points, > 0; any real number.
        k: random features, > 0; ``inf`` (the default) is kernel ridge regression exactly.
        ridge: delta >= 0, added to the kernel matrix (not divided or multiplied by n): the
            ``alpha`` of scikit-learn's KernelRidge.
        noise: variance sigma^2 >= 0 of the labels' noise.

    Differentiable in every argument and in the spectrum; ``jit`` and ``vmap`` apply. At n = k
    without ridge the test risk is +inf, with a warning. With no ridge and at most min(n, k) modes,
    gamma = 0 and E_te = sigma^2 n/(n - M): +inf at n = M with noise, with a warning too. For the
    spectrum of a kernel matrix of N points, n >= N is refused, and from n = N/10 on a warning says
    how far the error on the points left out is from the prediction (:func:`left_out`). Raises
    ParameterError for input outside its range; NaN, or a traced value outside, gives NaN. Over many
    points of one long spectrum :func:`predict_map` is some hundred times as fast.
    """
    check_points(of, n, ridge, noise)
    shape, arguments = together(n=n, k=k, ridge=ridge, noise=noise)
    return reshaped(predictions(of, *arguments), shape)


def check_points(of: Spectrum, n: Any, ridge: Any, noise: Any) -> None:
    """Refuses a bad spectrum and n >= N; warns with the effect's size where N/10 < n < N.

    Concrete n only. The warning points to the caller of a public function: decorated, it is three
    frames away.
    """
    check_spectrum(of)
    if of.points is None or traced(*of, n):
        return
    most = float(np.nanmax(np.asarray(n, float), initial=0.0))
    if most >= of.points:
        raise refuse(
            "n", f"{most:g}", f"is not below the N = {of.points:g} points that the spectrum comes"
            " from: beyond them it says nothing",
        )  # fmt: skip
    if most <= FEW * of.points or traced(ridge, noise):
        return
    delta, variance = (float(np.nanmin(np.asarray(x, float))) for x in (ridge, noise))
    with jax.ensure_compile_time_eval():
        whole = predict.__wrapped__(Spectrum(*of), n=most, ridge=delta, noise=variance).test_risk
        apart = left_out(of, n=most, ridge=delta, noise=variance).test_risk
    if np.isnan(whole):
        return
    warnings.warn(
        f"random_features: n = {most:g} of the N = {of.points:g} points that the spectrum comes"
        f" from: with them as the whole population the test error is {whole:.3g} (kernel, ridge"
        f" {delta:g}), but on the points left out {apart:.3g}; see left_out and extrapolated",
        UserWarning,
        stacklevel=4,
    )


def together(**arguments: Any) -> tuple[tuple[int, ...], list[Array]]:
    """The common shape, and each argument as a vector of so many numbers; k becomes 1/k."""
    arrays = {name: jnp.asarray(value, dtype=float) for name, value in arguments.items()}
    try:
        shape = jnp.broadcast_shapes(*(x.shape for x in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {x.shape}" for name, x in arrays.items() if x.ndim)
        raise refuse("shapes", shapes, "do not broadcast against each other") from None
    arrays["k"] = 1 / arrays["k"]
    return shape, [jnp.broadcast_to(x, shape).ravel() for x in arrays.values()]


def reshaped(result: Any, shape: tuple[int, ...]) -> Any:
    """The result in the arguments' shape; warns, at the public function's caller, where a = 0."""
    result = jax.tree.map(lambda x: x.reshape(shape), result)
    if not traced(result.test_risk) and bool(jnp.isinf(result.test_risk).any()):
        warnings.warn(
            "random_features: with as many features, or modes, as samples and no ridge, the"
            " predicted test risk is infinite",
            UserWarning,
            stacklevel=4,
        )
    return result


def prediction(
    params: Params, *, of: Spectrum | None = None, k: Any = None, ridge: Any = None
) -> Prediction:
    """The eigenframework at an experiment's own finite spectrum, or at ``of``.

    ``k`` and ``ridge`` replace the experiment's: ``k=inf`` is kernel ridge regression.
    """
    return predict(
        spectrum_of(params) if of is None else of,
        n=params.n,
        k=params.k if k is None else k,
        ridge=params.ridge if ridge is None else ridge,
        noise=params.noise,
    )


# The two equations

ROUNDING = "log gamma is known to eps (1 + |log gamma|), |log gamma| < 100, times 10"
anywhere = claim.given(over=Domain.of(Point))


@jax.jit
def solved(p: Any) -> Prediction:
    return predict(problem(p), n=p.n, k=p.k, ridge=p.ridge, noise=p.noise)


@anywhere.identity(
    lambda p: jnp.ones(2), points=192, within=4e-13, why=ROUNDING,
    twin=Twin("gamma/kappa for kappa/gamma in the second equation", inverted=True),
)  # fmt: skip
def rf_fixed_point(p, *, inverted=False):
    """n = z(gamma) + delta/kappa and k = z(gamma) + k kappa/gamma at the solution.

    Section 3 (eigenframework); derived: see theory.random_features.solver
    """
    s = solved(p)
    share = s.gamma / s.kappa if inverted else s.kappa / s.gamma
    z = s.degrees_of_freedom
    return jnp.stack([(z + p.ridge / s.kappa) / p.n, (z + p.k * share) / p.k])


@anywhere.never_above(
    lambda p: jnp.stack([solved(p).kappa, solved(p).gamma]), rounding=1e-12,
    twin=Twin("the random features lower the effective ridge: gamma <= kappa",
              smaller=lambda p: solved(p).gamma, larger=lambda p: solved(p).kappa),
)  # fmt: skip
def effective_ridges_are_ordered(p):
    """delta/n <= kappa <= gamma.

    derived: the right sides of the two equations are positive
    """
    return jnp.stack([p.ridge / p.n, solved(p).kappa])


def occupation_of_the_mirror(p: Any, ridge: Any) -> Any:
    """z with samples and features exchanged."""
    return predict(problem(p), n=p.k, k=p.n, ridge=ridge).degrees_of_freedom


@anywhere.identity(
    lambda p: occupation_of_the_mirror(p, p.k * p.ridge / p.n),
    within=4e-13, why="as rf_fixed_point",
    twin=Twin("exchanging n and k alone", rhs=lambda p: occupation_of_the_mirror(p, p.ridge)),
)  # fmt: skip
def df_symmetry(p):
    """degrees of freedom z(n, k, delta) = z(k, n, k delta/n).

    derived: gamma (n - z)(k - z) = k delta
    """
    return solved(p).degrees_of_freedom
