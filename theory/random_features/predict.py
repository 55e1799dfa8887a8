"""Predictions: test and train risk at any (n, k, ridge), and at n of the N points of a kernel."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import Claims, Domain, Twin, closed_form, root
from theory.random_features.framework import bias, overfitting_coefficient, sums_of
from theory.random_features.params import Delta, Features, Params, Point, Points, Variance, refuse
from theory.random_features.solver import above_zero, margins, solved_ridge
from theory.random_features.spectrum import (
    EXAMPLE, SampleSpectrum, Spectrum, check_spectrum, or_nan, over_numbers, problem, spectrum_of,
    traced,
)  # fmt: skip

__all__ = ["LeftOut", "Prediction", "left_out", "predict", "prediction"]

claim = Claims()


class Prediction(NamedTuple):
    """What the eigenframework says of one (spectrum, n, k, ridge, noise)."""

    test_risk: Array  # E_te, label noise included; +inf at n = k without ridge
    train_risk: Array  # E_tr = (a/n)^2 E_te, a = n - z
    gamma: Array  # the two effective ridges
    kappa: Array
    degrees_of_freedom: Array  # z, the mean of tr Khat (Khat + delta)^-1
    bias_squared: Array  # B1, squared error of the mean predictor
    overfitting_coefficient: Array  # what label noise is multiplied with
    fitting_ratio_root: Array  # r = a/n, the square root of R = E_tr/E_te


def gamma_of(of: Spectrum, n: Any, inv_k: Any = 0.0, ridge: Any = 0.0) -> Array:
    numbers = (jnp.asarray(x, dtype=float) for x in (n, inv_k, ridge))
    return solved_ridge(of.eigenvalues, of.multiplicities, *numbers)


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
    return predict_at(of, n, inv_k, ridge, noise, gamma_of(of, n, inv_k, ridge))


@jax.jit
def predictions(of: Spectrum, *arguments: Array) -> Prediction:
    return or_nan(of, jax.vmap(predict_one, (None, 0, 0, 0, 0))(of, *arguments))


@closed_form(example=EXAMPLE)
def predict(
    of: Spectrum, *, n: Points, k: Features = np.inf, ridge: Delta, noise: Variance = 0.0
) -> Prediction:
    """The eigenframework's prediction; the arguments broadcast against each other.

    Training points n and features k are real numbers; k = inf is kernel ridge regression exactly.
    ``ridge`` is delta, added to the kernel matrix (not divided or multiplied by n): the ``alpha``
    of scikit-learn's KernelRidge. ``noise`` is the variance sigma^2 of the labels' noise.

    Differentiable in every argument and in the spectrum; ``jit`` and ``vmap`` apply. At n = k
    without ridge the test risk is +inf, with a warning. With no ridge and at most min(n, k) modes,
    gamma = 0 and E_te = sigma^2 n/(n - M): +inf at n = M with noise, with a warning too. For the
    spectrum of a kernel matrix of N points, n >= N is refused, and from n = N/10 on a warning says
    how far the error on the points left out is from the prediction (:func:`left_out`). Raises
    ParameterError for input outside its range; NaN, or a traced value outside, gives NaN. Over many
    points of one long spectrum :func:`predict_map` is some hundred times as fast.
    """
    return at_points(predictions, of, n=n, k=k, ridge=ridge, noise=noise)


def at_points(program: Callable[..., Any], of: Spectrum, **at: Any) -> Any:
    """``program(of, n, 1/k, [ridge,] noise)`` over points that broadcast, in their shape."""
    said = [far_from_the_points(of, at["n"], at.get("ridge", 0.0), at["noise"])]
    arrays = {name: jnp.asarray(value, dtype=float) for name, value in at.items()}
    try:
        shape = jnp.broadcast_shapes(*(x.shape for x in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {x.shape}" for name, x in arrays.items() if x.ndim)
        raise refuse("shapes", shapes, "do not broadcast against each other") from None
    arrays["k"] = 1 / arrays["k"]
    result = program(of, *(jnp.broadcast_to(x, shape).ravel() for x in arrays.values()))
    result = jax.tree.map(lambda x: x.reshape(shape), result)
    if not traced(result.test_risk) and bool(jnp.isinf(result.test_risk).any()):
        said.append("with as many features, or modes, as samples and no ridge, the predicted test"
                    " risk is infinite")  # fmt: skip
    for text in filter(None, said):  # at the caller of a public function, which is decorated
        warnings.warn(f"random_features: {text}", UserWarning, stacklevel=6)
    return result


def far_from_the_points(of: Spectrum, n: Any, ridge: Any, noise: Any) -> str:
    """What to warn of where N/10 < n < N, with the effect's size; concrete n only.

    Refuses a bad spectrum and n >= N.
    """
    check_spectrum(of)
    if of.points is None or traced(*of, n):
        return ""
    most = float(np.nanmax(np.asarray(n, float), initial=0.0))
    if most >= of.points:
        raise refuse(
            "n", f"{most:g}", f"is not below the N = {of.points:g} points that the spectrum comes"
            " from: beyond them it says nothing",
        )  # fmt: skip
    if most <= FEW * of.points or traced(ridge, noise):
        return ""
    delta, variance = (float(np.nanmin(np.asarray(x, float))) for x in (ridge, noise))
    with jax.ensure_compile_time_eval():
        whole = predict.__wrapped__(Spectrum(*of), n=most, ridge=delta, noise=variance).test_risk
        apart = left_out(of, n=most, ridge=delta, noise=variance).test_risk
    return "" if np.isnan(whole) else (
        f"n = {most:g} of the N = {of.points:g} points that the spectrum comes from: with them as"
        f" the whole population the test error is {whole:.3g} (kernel, ridge {delta:g}), but on the"
        f" points left out {apart:.3g}; see left_out and extrapolated"
    )  # fmt: skip


def prediction(params: Params, *, of: Spectrum | None = None, **instead) -> Prediction:
    """The eigenframework at an experiment's own finite spectrum, or at ``of``.

    ``instead`` replaces its n, k, ridge or noise: ``k=inf`` is kernel ridge regression.
    """
    given = {name: getattr(params, name) for name in ("n", "k", "ridge", "noise")}
    return predict(spectrum_of(params) if of is None else of, **given | instead)


# N points as the whole population, and the n training points some of them

FEW = 0.1  # the share of the points from which on the predictions come with a warning


class LeftOut(NamedTuple):
    """Errors of kernel ridge regression on n of N points, label noise included."""

    test_risk: Array  # mean over the N - n points left out
    train_risk: Array  # mean over the n drawn
    kappa: Array  # the effective ridge


@closed_form(example={"of": SampleSpectrum(*EXAMPLE["of"], points=1e15)})
def left_out(of: Spectrum, *, n: Points, ridge: Delta, noise: Variance = 0.0) -> LeftOut:
    """The errors of n of the N = ``of.points`` points that the spectrum comes from (k = inf).

    A kernel matrix of N points has N modes, and n points drawn from the N *without* replacement
    show them n different rows of its eigenvectors. The eigenframework takes rows that are drawn
    afresh and an error averaged over the population, the training points included. For n near N
    both assumptions fail: it says 0 at n = N, and multiplies label noise by N/(N - n). Here the
    rows are those of a random rotation (Haar), and the error is that of the N - n points left out.

    Raises ParameterError for a spectrum without ``points`` and for n >= N.
    """
    check_spectrum(of)
    if of.points is None:
        raise refuse("spectrum", "without points", "is that of no kernel matrix: give points=N")
    if not traced(n) and (np.asarray(n, float) >= of.points).any():
        raise refuse("n", f"{np.max(n):g}", f"is outside (0, N = {of.points:g})")
    return over_numbers(Spectrum(*of), errors, of.points, n, ridge, noise)


@jax.jit
def errors(of: Spectrum, total: Array, n: Array, ridge: Array, noise: Array) -> LeftOut:
    """Of N = total points.

    With the eigenvalues lambda_i of K/N and L_i = lambda_i/(lambda_i + kappa) as in the framework,
    z = sum L_i, q = sum L_i^2, s = N - 2 z + q, B1 = sum v_i^2 (1 - L_i)^2:

        n = z + (delta/kappa)(1 - z/N),
        1 + x,  x = (N - n) q/((N - z)^2 - (N - n) s),  multiplies B1 on average over all N points,
        E_tr = delta^2 w (B1 + sigma^2 s/N)/(n N kappa^2),  w = 1/(1 - (N - n) s/(N - z)^2).

    Derived, by free compression: (P K P + delta)^-1 on the drawn points is the limit of
    (K + delta + t (1 - P))^-1, t -> infinity, whose mean is (K + N kappa)^-1 by subordination;
    second moments are its derivatives in delta and along K -> K + e K^2.
    """
    rest = total - n

    def excess(log_kappa: Array) -> Array:
        """kappa (n - z) - delta (N - z)/N, which rises with kappa."""
        z = sums_of(of, jnp.exp(log_kappa)).z
        return jnp.exp(log_kappa) * (n - z) - ridge * (total - z) / total

    # 1 <= N/(N - z) <= N/(N - n); without ridge both ends are the root, or 0 for few modes
    low, high = (gamma_of(of, n, ridge=delta) for delta in (ridge * rest / total, ridge))
    low_end, high_end = (jnp.log(jnp.where(high > 0, x, 1.0)) for x in (low, high))
    kappa = jnp.where(high > 0, jnp.exp(root(excess, low_end - 1e-9, high_end + 1e-9)), 0.0)

    z, _, q, bias, _ = sums_of(of, above_zero(kappa, of.eigenvalues))
    missed = total - 2 * z + q
    share = (total - z) ** 2 - rest * missed
    clean = (1 + rest * q / share) * bias + noise / total * (q + rest * q / share * missed)
    # delta/kappa from the equation of kappa: also where both are 0
    train = ((n - z) * total) ** 2 / share * (bias + noise * missed / total) / (n * total)
    # what the drawn points themselves have of the population's noise-free error
    drawn = n * (noise + train) - 2 * noise * (n - z)
    return LeftOut(noise + (total * clean - drawn) / rest, train, kappa)


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


def mirrored(p: Any, ridge: Any) -> Any:
    """z with samples and features exchanged."""
    return predict(problem(p), n=p.k, k=p.n, ridge=ridge).degrees_of_freedom


@anywhere.identity(
    lambda p: mirrored(p, p.k * p.ridge / p.n), within=4e-13, why="as rf_fixed_point",
    twin=Twin("exchanging n and k alone", rhs=lambda p: mirrored(p, p.ridge)),
)  # fmt: skip
def df_symmetry(p):
    """degrees of freedom z(n, k, delta) = z(k, n, k delta/n).

    derived: gamma (n - z)(k - z) = k delta
    """
    return solved(p).degrees_of_freedom
