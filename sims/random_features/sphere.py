"""ReLU features on the sphere: a task that is not Gaussian, with exact conditional test errors."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from sims import simulation
from sims.random_features.designs import Design, risks_of
from theory import harmonics
from theory.random_features import Params
from theory.random_features.sphere import DEGREE_ONE, DEGREE_TWO, RELU


def relu_projections(dimension: int) -> np.ndarray:
    """E[sqrt2 relu(t) P_l(t)], l = 1, 2, for t the first coordinate of a uniform point.

    1/(sqrt2 d) and E|t|/(sqrt2 (d + 1)), E|t| = Gamma(d/2)/(sqrt(pi) Gamma((d + 1)/2)).
    """
    d = dimension
    mean = math.exp(math.lgamma(d / 2) - math.lgamma((d + 1) / 2)) / math.sqrt(math.pi)
    return np.array([1 / d, mean / (d + 1)]) / math.sqrt(2)


class Weights(NamedTuple):
    """Features sqrt2 relu(<w_j, x>) of standard Gaussian weights, not yet over sqrt(k)."""

    lengths: Array
    directions: Array
    overlap: Array  # with the target, over the sphere

    def features(self, points: Array) -> Array:
        """The features at points (n, d): (n, k)."""
        weights = self.lengths[:, None] * self.directions
        return np.sqrt(2.0) * jax.nn.relu(points @ weights.T)

    def gram(self, rows: slice, columns: slice) -> Array:
        """Second moments over the sphere, arc-cosine kernels of the weights."""
        cosine = jnp.clip(self.directions[rows] @ self.directions[columns].T, -1.0, 1.0)
        lengths = jnp.outer(self.lengths[rows], self.lengths[columns])
        return lengths * RELU.dual(cosine) / self.directions.shape[1]


def target_at(first: Array, dimension: int) -> Array:
    """(degree-1 part, degree-2 part) of the target at the first coordinate; norms .6 and .4."""
    one = np.sqrt(DEGREE_ONE * dimension)
    two = np.sqrt(DEGREE_TWO * harmonics(dimension, 2))
    return jnp.stack([one * first, two * (dimension * first**2 - 1) / (dimension - 1)])


def sphere_weights(key: Array, k: int, dimension: int) -> Weights:
    """k Gaussian weights; the overlaps follow from the Funk-Hecke formula."""
    weights = jax.random.normal(key, (k, dimension))
    lengths = jnp.linalg.norm(weights, axis=1)
    directions = weights / lengths[:, None]
    # the projection of relu(<w, .>) on a harmonic Y is a multiple of Y(w/|w|)
    projections = relu_projections(dimension)
    return Weights(
        lengths, directions, lengths * (projections @ target_at(directions[:, 0], dimension))
    )


class Inputs(NamedTuple):
    """Uniform points of the sphere and their labels' means."""

    points: Array
    means: Array


def sphere_inputs(key: Array, n: int, dimension: int) -> Inputs:
    """n uniform points."""
    x = jax.random.normal(key, (n, dimension))
    x = x / jnp.linalg.norm(x, axis=1, keepdims=True)
    return Inputs(x, target_at(x[:, 0], dimension).sum(0))


def sphere_design(key: Array, params: Params) -> Design:
    """Features sqrt2 relu(<w_j, x>)/sqrt k, x uniform on the sphere; target of degrees 1 and 2.

    f*(x) = sqrt(.6 d) x_1 + sqrt(.4 N_2) P_2(x_1). Inner products of features over the sphere are
    arc-cosine kernels of the weights.
    """
    feature_key, data_key = jax.random.split(key)
    weights = sphere_weights(feature_key, params.k, params.dimension)
    x = sphere_inputs(data_key, params.n, params.dimension)
    every = slice(0, params.k)
    return Design(
        weights.features(x.points) / np.sqrt(params.k), x.means, jnp.asarray(params.noise),
        weights.gram(every, every) / params.k, weights.overlap / np.sqrt(params.k),
        jnp.asarray(DEGREE_ONE + DEGREE_TWO),
    )  # fmt: skip


@simulation(width=16, small_lapack=True)
def relu_sphere_trial(key: Array, params: Any) -> dict[str, Array]:
    """ReLU features on the sphere: one draw of weights and data."""
    return risks_of(sphere_design(key, params), params)
