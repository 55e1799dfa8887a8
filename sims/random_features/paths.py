"""Risks along a whole path of sizes from one draw: features added to features, points to points.

The sizes of a path share their draw: width k uses the first k of the features. So each added
feature costs once, and a point of the path costs one eigendecomposition of the size that stays.

Gaussian features at fixed n <= M, exactly in law, without ever drawing a feature (derived here).
Let X be the inputs, A = X diag(lambda) X^T = V diag(gamma) V^T, E = X diag(lambda)^2 X^T and
G (k, n) standard Gaussian. Given X, the features on the data are H = V diag(gamma)^(1/2) G^T
/sqrt(k), and what they do elsewhere is, apart from G, independent Gaussian and integrated out. In
the basis V, with N = G^T G and K = H H^T,

    K = gamma^(1/2) N gamma^(1/2)/k,   E[H V V^T H^T] = K (A^-1 E A^-1) K + t K/k,
    E[H V v] = K A^-1 X diag(lambda) v,   t = tr diag(lambda) - tr A^-1 E:

only N enters, a Wishart matrix that grows by independent Wishart matrices along the path. At fixed
k <= M it is the points' Gram matrix in the k Gaussians of :func:`draw` that grows in this way. What
the eigenbasis U of K needs beside K's eigenvalues is one fixed matrix turned by U.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from sims import simulation
from sims.random_features.designs import Risks, Solved, draw_features, sphere_design
from theory import Doc, Ge, Le, Static, parameters
from theory.random_features import Params, finite_powerlaw, spectrum_of

RIDGES = np.logspace(-3, 2, 31)
"""The paper's ridges."""


@parameters("random_features")
class PathParams:
    """The size that stays, the sizes along the path, and the task."""

    fixed: Annotated[int, Ge(1), Le(4096), Static, Doc("the size that stays")] = 64
    smallest: Annotated[int, Ge(1), Le(20_000), Static, Doc("first size of the path")] = 8
    largest: Annotated[int, Ge(1), Le(20_000), Static, Doc("last size of the path")] = 320
    count: Annotated[int, Ge(1), Le(100), Static, Doc("sizes, spaced evenly in the logarithm")] = 7
    modes: Annotated[int, Ge(1), Le(20_000), Static, Doc("eigenmodes M >= fixed")] = 400
    alpha: Annotated[float, Ge(1.01), Le(6)] = 1.5
    beta: Annotated[float, Ge(1.01), Le(12)] = 1.5
    noise: Annotated[float, Ge(0), Le(1e6)] = 0.5
    vary: Annotated[Literal["features", "samples"], Doc("which size grows")] = "features"
    features: Annotated[Literal["gaussian", "relu"], Doc("which features and data")] = "gaussian"

    def check(self: Any) -> None:
        """The reduction needs as many modes as the size that stays."""
        if self.features == "gaussian" and self.modes < self.fixed:
            raise self.refuse("modes", f"is below fixed = {self.fixed}")

    def sizes(self) -> np.ndarray:
        """The whole numbers along the path, shape (count,) or fewer."""
        return np.unique(np.geomspace(self.smallest, self.largest, self.count).round().astype(int))


def growing_wishart(key: Array, sizes: np.ndarray, p: int) -> Array:
    """G^T G of the first k rows of one standard Gaussian G (k, p), for each k of sizes.

    What a size adds is a Wishart matrix of its own: from its rows, or, where they are more than p,
    by Bartlett's factor. Normals have 24 random bits.
    """
    steps = np.diff(sizes, prepend=0)
    many = steps > p
    row_key, factor_key, chi_key = jax.random.split(key, 3)
    ends = np.cumsum(np.where(many, 0, steps))
    rows = jax.random.normal(row_key, (int(ends[-1]), p), jnp.float32).astype(jnp.float64)
    normals = jax.random.normal(factor_key, (int(many.sum()), p, p), jnp.float32)
    degrees = steps[many][:, None] - np.arange(p)
    diagonals = jnp.sqrt(2 * jax.random.gamma(chi_key, degrees / 2))
    factors = jnp.tril(normals.astype(jnp.float64), -1) + jax.vmap(jnp.diag)(diagonals)
    large = iter(factors @ factors.mT)
    total, totals = jnp.zeros((p, p)), []
    for end, step, by_factor in zip(ends, steps, many, strict=True):
        block = rows[int(end - step) : int(end)]
        total = total + (next(large) if by_factor else block.T @ block)
        totals.append(total)
    return jnp.stack(totals)


def eigen(matrix: Array) -> tuple[Array, Array]:
    """Eigenvalues, of rounding's size at least, and eigenvectors of a positive definite matrix."""
    values, vectors = jnp.linalg.eigh(matrix)
    return jnp.maximum(values, values.size * jnp.finfo(float).eps * values[-1]), vectors


# What grows along a path, and the risks at all ridges from what has grown to one size

Growth = tuple[tuple[Array, ...], Callable[..., Risks]]


def gaussian_features(key: Array, params: PathParams) -> Growth:
    """Features grow at fixed points; see the module."""
    data_key, feature_key = jax.random.split(key)
    n, sizes, noise = params.fixed, params.sizes(), params.noise
    of = finite_powerlaw(params.alpha, params.beta, params.modes)
    v = jnp.sqrt(of.eigcoeffs_sq)
    X = jax.random.normal(data_key, (n, params.modes), jnp.float32).astype(jnp.float64)
    scaled = X * of.eigenvalues
    gamma, V = eigen(scaled @ X.T)
    E = V.T @ (scaled @ scaled.T) @ V
    inner = E / gamma / gamma[:, None]
    t = of.eigenvalues.sum() - (jnp.diag(E) / gamma).sum()
    root, k = jnp.sqrt(gamma), jnp.asarray(sizes, float)
    kernels = growing_wishart(feature_key, sizes, n) * root * root[:, None] / k[:, None, None]
    reach, means = V.T @ (scaled @ v) / gamma, V.T @ (X @ v)

    def risks(kernel: Array, size: Array) -> Risks:
        squares, U = jnp.linalg.eigh(kernel)
        spread = squares * (U.T @ inner @ U) * squares[:, None] + jnp.diag(t / size * squares)
        reached, p = U.T @ (kernel @ reach), U.T @ means
        return Solved(squares, spread, reached, p, noise, v @ v + noise).dual(RIDGES)

    return (kernels, k), risks


def at_fixed_features(gram: Array, overlap: Array, variance: Any, whole: Any) -> Any:
    """The risks from (H^T H, H^T m, m.m, n), which grow with the points."""

    def risks(kernel: Array, moments: Array, power: Array, n: Array) -> Risks:
        solved = Solved.of(kernel, gram, overlap, moments, variance, whole)
        return solved.primal(power, n, RIDGES)

    return risks


def gaussian_samples(key: Array, params: PathParams) -> Growth:
    """Points grow at fixed features, in the k Gaussians a point of :func:`draw`."""
    feature_key, data_key = jax.random.split(key)
    k, sizes, noise = params.fixed, params.sizes(), params.noise
    task = Params(n=1, k=k, modes=params.modes, alpha=params.alpha, beta=params.beta)
    _, gram, overlap = draw_features(feature_key, task)
    gamma, V = eigen(gram)
    root, overlap = jnp.sqrt(gamma), V.T @ overlap
    t = overlap / root
    target = spectrum_of(task).eigcoeffs_sq.sum()
    N = growing_wishart(data_key, sizes, k)
    variance = noise + jnp.maximum(0.0, target - t @ t)
    stages = N * root * root[:, None], (N @ t) * root, N @ t @ t, jnp.asarray(sizes, float)
    return stages, at_fixed_features(jnp.diag(gamma), overlap, variance, target + noise)


def stacked(stages: list[tuple[Any, ...]]) -> tuple[Array, ...]:
    """Each part along the path."""
    return tuple(jnp.stack(part) for part in zip(*stages, strict=True))


def relu_features(key: Array, params: PathParams) -> Growth:
    """ReLU features grow at fixed points of the sphere."""
    sizes, noise = params.sizes(), params.noise
    most = int(sizes[-1])
    H, means, _, gram, overlap, target = sphere_design(key, Params(n=params.fixed, k=most))
    stages = []
    for k in sizes:  # over sqrt k, not sqrt most
        first, more = H[:, :k], most / k
        spread = more**2 * first @ gram[:k, :k] @ first.T
        stages.append((more * first @ first.T, spread, more * first @ overlap[:k]))

    def risks(kernel: Array, spread: Array, reach: Array) -> Risks:
        return Solved.of(kernel, spread, reach, means, noise, target + noise).dual(RIDGES)

    return stacked(stages), risks


def relu_samples(key: Array, params: PathParams) -> Growth:
    """Points of the sphere grow at fixed ReLU features."""
    sizes, noise = params.sizes(), params.noise
    task = Params(n=int(sizes[-1]), k=params.fixed)
    H, m, _, gram, overlap, target = sphere_design(key, task)
    stages = stacked([(H[:n].T @ H[:n], H[:n].T @ m[:n], m[:n] @ m[:n], float(n)) for n in sizes])
    return stages, at_fixed_features(gram, overlap, noise, target + noise)


GROWTH = {
    ("gaussian", "features"): gaussian_features, ("gaussian", "samples"): gaussian_samples,
    ("relu", "features"): relu_features, ("relu", "samples"): relu_samples,
}  # fmt: skip

SIDE_BY_SIDE = 4
"""Sizes of a path whose eigendecompositions run at once, on as many threads."""


# one trial a block: at the paper's sizes a trial of ReLU features takes some gigabytes
@simulation(width=1, small_lapack=True)
def sizes_trial(key: Array, params: PathParams) -> dict[str, Array]:
    """A path of sizes at all ridges from one draw, of PathParams.

    Test and train risk, label noise integrated out: (sizes, RIDGES).
    """
    stages, risks_of = GROWTH[params.features, params.vary](key, params)
    count = len(params.sizes())
    # whole batches, the last size repeated: a batch of its own would be compiled for the rest
    places = np.minimum(np.arange(-(-count // SIDE_BY_SIDE) * SIDE_BY_SIDE), count - 1)
    every = tuple(part[places] for part in stages)
    risks = jax.lax.map(lambda stage: risks_of(*stage), every, batch_size=SIDE_BY_SIDE)
    return {"test": risks.test_risk[:count], "train": risks.train_risk[:count]}
