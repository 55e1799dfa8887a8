"""ReLU features on the sphere: a task that is not Gaussian, with exact conditional test errors."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from sims.random_features._designs import Design, ridge_risks
from theory.random_features import Params, sphere_prediction
from theory.random_features._sphere import DEGREE_ONE, DEGREE_TWO, multiplicity


def _relu_projections(dimension: int) -> tuple[float, float]:
    """E[sqrt2 relu(t) P_l(t)], l = 1, 2, for t the first coordinate of a uniform point.

    By Gauss-Legendre in the angle over the half where relu is smooth.
    """
    x, w = np.polynomial.legendre.leggauss(200)
    angle, weight = np.pi * (x + 1) / 4, np.pi * w / 4
    t, density = np.cos(angle), np.sin(angle) ** (dimension - 2)
    mass = 2 * (weight * density).sum()  # both halves
    second = (dimension * t**2 - 1) / (dimension - 1)
    half = weight * density * np.sqrt(2.0) * t / mass
    return float(half @ t), float(half @ second)


def sphere_design(key: Array, params: Params) -> Design:
    """Features sqrt2 relu(<w_j, x>)/sqrt k, x uniform on the sphere; target of degrees 1 and 2.

    f*(x) = sqrt(.6 d) x_1 + sqrt(.4 N_2) P_2(x_1). Inner products of features over the sphere are
    arc-cosine kernels of the weights, those with the target follow from the Funk-Hecke formula.
    """
    d = params.dimension
    feature_key, data_key = jax.random.split(key)
    weights = jax.random.normal(feature_key, (params.k, d))
    lengths = jnp.linalg.norm(weights, axis=1)
    directions = weights / lengths[:, None]
    cosine = jnp.clip(directions @ directions.T, -1.0, 1.0)
    kernel = (jnp.sqrt(1 - cosine**2) + cosine * (jnp.pi - jnp.arccos(cosine))) / jnp.pi
    gram = jnp.outer(lengths, lengths) * kernel / (d * params.k)
    one, two = _relu_projections(d)
    amplitude_one = np.sqrt(DEGREE_ONE * d)
    amplitude_two = np.sqrt(DEGREE_TWO * multiplicity(d, 2))

    def target(first: Array) -> Array:
        """(degree-1 part, degree-2 part) of f* at the first coordinate."""
        return jnp.stack([amplitude_one * first, amplitude_two * (d * first**2 - 1) / (d - 1)])

    # the projection of relu(<w, .>) on a harmonic Y is a multiple of Y(w/|w|)
    overlap = lengths * (jnp.array([one, two]) @ target(directions[:, 0])) / np.sqrt(params.k)
    x = jax.random.normal(data_key, (params.n, d))
    x = x / jnp.linalg.norm(x, axis=1, keepdims=True)
    features = jnp.sqrt(2.0 / params.k) * jax.nn.relu(x @ weights.T)
    means = target(x[:, 0]).sum(0)
    return Design(
        features, means, jnp.asarray(params.noise), gram, overlap,
        jnp.asarray(DEGREE_ONE + DEGREE_TWO),
    )  # fmt: skip


def relu_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """One draw of ReLU features and sphere data; ratios to the eigenframework, cut."""
    risks = ridge_risks(sphere_design(key, params), jnp.reshape(params.ridge, (1,)), params.noise)
    theory = sphere_prediction(params)
    return {
        "test_risk": risks.test[0],
        "train_risk": risks.train[0],
        "test_ratio": jnp.clip(risks.test[0] / theory.test_risk, 0.5, 1.5),
        "train_ratio": jnp.clip(risks.train[0] / theory.train_risk, 0.5, 1.5),
    }
