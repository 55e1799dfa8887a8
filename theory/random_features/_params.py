"""The parameters of the experiments, and the theory at them."""

from typing import Annotated, Literal

from jax import Array

from theory import Because, Doc, Ge, Gt, Le, Static, parameters
from theory.random_features._predict import Prediction, predict
from theory.random_features._spectra import finite_powerlaw, isotropic
from theory.random_features._spectrum import Spectrum
from theory.random_features._sphere import sphere


@parameters("random_features")
class Params:
    """Sizes, spectrum, target, noise and ridge of one experiment."""

    n: Annotated[int, Ge(1), Le(20_000), Static, Doc("training points"),
                 Because("n and k must be positive")] = 100  # fmt: skip
    k: Annotated[int, Ge(1), Le(20_000), Static, Doc("random features"),
                 Because("n and k must be positive")] = 60  # fmt: skip
    modes: Annotated[int, Ge(1), Le(20_000), Static, Doc("eigenmodes M of the kernel")] = 400
    alpha: Annotated[float, Ge(1.01), Le(6), Doc("eigenvalue exponent, lambda_i = i^-alpha"),
                     Because("at alpha <= 1 the trace of the kernel diverges")] = 1.5  # fmt: skip
    beta: Annotated[float, Gt(1), Le(12.9), Doc("target exponent, v_i^2 = i^-beta"),
                    Because("at beta <= 1 the target has infinite norm")] = 1.5  # fmt: skip
    noise: Annotated[float, Ge(0), Le(1e6), Doc("variance of the label noise")] = 0.5
    ridge: Annotated[float, Ge(0), Le(1e12), Doc("delta, added to the kernel matrix"),
                     Because("a negative ridge is outside the framework")] = 0.1  # fmt: skip
    spectrum: Annotated[Literal["powerlaw", "isotropic"], Doc("i^-alpha, or all 1/modes")] = (
        "powerlaw"
    )
    target: Annotated[
        Literal["spread", "first", "none"],
        Doc("i^-beta (isotropic: 1/modes), the first mode only, or 0"),
    ] = "spread"
    dimension: Annotated[int, Ge(3), Le(64), Static, Doc("d of the sphere (mode relu_sphere)")] = 8

    def check(self) -> None:
        """beta below 2 alpha + 1, where the powerlaw formulas hold."""
        if self.spectrum == "powerlaw" and self.beta >= 2 * self.alpha + 1:
            raise self.refuse(  # type: ignore[attr-defined]  # given by the decorator
                "beta",
                f"is not below 2 alpha + 1 = {2 * self.alpha + 1:g}: saturated, the powerlaw"
                " formula does not hold and the test error scales as n^(-2 alpha)",
            )


def spectrum_of(params: Params) -> Spectrum:
    """The finite spectrum and target that an experiment draws from."""
    if params.spectrum == "isotropic":
        of = isotropic(params.modes)
    else:
        of = finite_powerlaw(params.alpha, params.beta, params.modes)
    if params.target == "spread":
        return of
    none = 0.0 * of.eigcoeffs_sq
    return of._replace(eigcoeffs_sq=none if params.target == "none" else none.at[0].set(1.0))


def prediction(params: Params, *, ridge: float | Array | None = None) -> Prediction:
    """The eigenframework at the experiment's own finite spectrum; ``ridge`` replaces its ridge."""
    return predict(
        spectrum_of(params),
        n=params.n,
        k=params.k,
        ridge=params.ridge if ridge is None else ridge,
        noise=params.noise,
    )


def kernel_prediction(params: Params, *, ridge: float | Array | None = None) -> Prediction:
    """As :func:`prediction` with infinitely many features: kernel ridge regression."""
    return predict(
        spectrum_of(params),
        n=params.n,
        ridge=params.ridge if ridge is None else ridge,
        noise=params.noise,
    )


def sphere_prediction(params: Params) -> Prediction:
    """The eigenframework for ReLU features on the sphere at the experiment's n, k, ridge, noise."""
    return predict(
        sphere(params.dimension), n=params.n, k=params.k, ridge=params.ridge, noise=params.noise
    )
