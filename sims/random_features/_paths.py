"""Risks along a whole path of sizes from one draw: features added to features, points to points.

The sizes of a path share their draw: width k uses the first k of the features. So each added
feature costs once, and a point of the path costs one eigendecomposition of the size that stays.

Gaussian features at fixed n <= M, exactly in law, without ever drawing a feature (derived here).
Let X be the inputs, X diag(lambda) X^T = C C^T, and G (k, n) standard Gaussian. Given X, the
features on the data are H = C G^T/sqrt(k), and what they do elsewhere is, apart from G, independent
Gaussian and integrated out. With B = C^-1 X diag(lambda)^2 X^T C^-T, e = C^-1 X diag(lambda) v,
t = tr diag(lambda) - tr B and N = G^T G,

    H H^T = C N C^T/k,   E[H V V^T H^T] = C (N B N + t N) C^T/k^2,   E[H V v] = C N e/k:

only N enters, a Wishart matrix that grows by independent Wishart matrices along the path. At fixed
k <= M it is the points' Gram matrix in the k Gaussians of :func:`draw` that grows in this way.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from sims.random_features._designs import InBasis, Risks, draw_features, dual_risks, primal_risks
from sims.random_features._sphere import sphere_inputs, sphere_weights
from theory import Doc, Ge, Le, Static, parameters
from theory.random_features import Params, spectrum_of

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

    def check(self) -> None:
        """The reduction needs as many modes as the size that stays."""
        if self.features == "gaussian" and self.modes < self.fixed:
            raise self.refuse("modes", f"is below fixed = {self.fixed}")  # type: ignore[attr-defined]

    def sizes(self) -> np.ndarray:
        """The whole numbers along the path, shape (count,) or fewer."""
        return np.unique(np.geomspace(self.smallest, self.largest, self.count).round().astype(int))


class Growing(NamedTuple):
    """What grows along a path, at each of its sizes (leading axis).

    At fixed n: H H^T, E[H Gram H^T], H overlap and the labels' means; at fixed k: H^T H, Gram,
    overlap and H^T m, with m.m and the number of points.
    """

    kernel: Array
    spread: Array
    reach: Array
    moments: Array
    power: Array
    size: Array
    variance: Array
    target: Array


def _wishart(key: Array, degrees: int, p: int) -> Array:
    """A Wishart(degrees, I_p) matrix, by Bartlett's factor where that is cheaper."""
    if degrees <= 2 * p:
        G = jax.random.normal(key, (degrees, p))
        return G.T @ G
    normal_key, chi_key = jax.random.split(key)
    lower = jnp.tril(jax.random.normal(normal_key, (p, p)), -1)
    chi2 = 2 * jax.random.gamma(chi_key, (degrees - jnp.arange(p)) / 2)
    factor = lower + jnp.diag(jnp.sqrt(chi2))
    return factor @ factor.T


def _growing_wishart(key: Array, sizes: np.ndarray, p: int) -> Array:
    """G^T G of the first k rows of one standard Gaussian G, for each k of sizes."""
    steps = np.diff(sizes, prepend=0)
    parts = [_wishart(jax.random.fold_in(key, i), int(d), p) for i, d in enumerate(steps)]
    return jnp.cumsum(jnp.stack(parts), axis=0)


def _task(params: PathParams, **sizes: int) -> Params:
    return Params(
        modes=params.modes, alpha=params.alpha, beta=params.beta, noise=params.noise, **sizes
    )


def gaussian_features(key: Array, params: PathParams) -> Growing:
    """Features grow at fixed points; see the module."""
    data_key, feature_key = jax.random.split(key)
    n, sizes = params.fixed, params.sizes()
    of = spectrum_of(_task(params, n=n, k=1))
    v = jnp.sqrt(of.eigcoeffs_sq)
    X = jax.random.normal(data_key, (n, params.modes))
    scaled = X * of.eigenvalues
    C = jnp.linalg.cholesky(scaled @ X.T)

    def solve(b: Array) -> Array:
        return jax.scipy.linalg.solve_triangular(C, b, lower=True)

    B = solve(solve(scaled @ scaled.T).T)
    e = solve(scaled @ v)
    t = of.eigenvalues.sum() - jnp.trace(B)
    N = _growing_wishart(feature_key, sizes, n)
    CN, k = C @ N, jnp.asarray(sizes, float)[:, None, None]
    return Growing(
        kernel=CN @ C.T / k,
        spread=(CN @ B @ CN.mT + t * CN @ C.T) / k**2,
        reach=CN @ e / k[..., 0],
        moments=jnp.broadcast_to(X @ v, (len(sizes), n)),
        power=jnp.zeros(len(sizes)),
        size=jnp.full(len(sizes), n),
        variance=jnp.full(len(sizes), params.noise),
        target=jnp.full(len(sizes), of.eigcoeffs_sq.sum()),
    )


def gaussian_samples(key: Array, params: PathParams) -> Growing:
    """Points grow at fixed features, in the k Gaussians a point of :func:`draw`."""
    feature_key, data_key = jax.random.split(key)
    k, sizes = params.fixed, params.sizes()
    task = _task(params, n=1, k=k)
    _, gram, overlap = draw_features(feature_key, task)
    C = jnp.linalg.cholesky(gram)
    t = jax.scipy.linalg.solve_triangular(C, overlap, lower=True)
    target = spectrum_of(task).eigcoeffs_sq.sum()
    N = _growing_wishart(data_key, sizes, k)
    every = len(sizes)
    return Growing(
        kernel=C @ N @ C.T,
        spread=jnp.broadcast_to(gram, (every, k, k)),
        reach=jnp.broadcast_to(overlap, (every, k)),
        moments=N @ t @ C.T,
        power=N @ t @ t,
        size=jnp.asarray(sizes),
        variance=jnp.full(every, params.noise + jnp.maximum(0.0, target - t @ t)),
        target=jnp.full(every, target),
    )


def relu_features(key: Array, params: PathParams) -> Growing:
    """ReLU features grow at fixed points of the sphere: the spread matrix grows block by block."""
    weight_key, data_key = jax.random.split(key)
    n, sizes = params.fixed, params.sizes()
    weights = sphere_weights(weight_key, int(sizes[-1]), Params().dimension)
    inputs = sphere_inputs(data_key, n, Params().dimension)
    H = weights.features(inputs.points)
    kernel, spread, reach = jnp.zeros((n, n)), jnp.zeros((n, n)), jnp.zeros(n)
    stages = []
    for old, new in zip(np.append(0, sizes[:-1]), sizes, strict=True):
        block = slice(int(old), int(new))
        Hb = H[:, block]
        kernel, reach = kernel + Hb @ Hb.T, reach + Hb @ weights.overlap[block]
        spread = spread + Hb @ weights.gram(block, block) @ Hb.T
        if old:
            cross = Hb @ (weights.gram(block, slice(0, int(old))) @ H[:, :old].T)
            spread = spread + cross + cross.T
        stages.append((kernel / new, spread / new**2, reach / new))
    kernels, spreads, reaches = (jnp.stack(x) for x in zip(*stages, strict=True))
    every = len(sizes)
    return Growing(
        kernels, spreads, reaches, jnp.broadcast_to(inputs.means, (every, n)), jnp.zeros(every),
        jnp.full(every, n), jnp.full(every, params.noise), jnp.ones(every),
    )  # fmt: skip


def relu_samples(key: Array, params: PathParams) -> Growing:
    """Points of the sphere grow at fixed ReLU features."""
    weight_key, data_key = jax.random.split(key)
    k, sizes = params.fixed, params.sizes()
    weights = sphere_weights(weight_key, k, Params().dimension)
    inputs = sphere_inputs(data_key, int(sizes[-1]), Params().dimension)
    H = weights.features(inputs.points) / np.sqrt(k)
    kernel, moments, power = jnp.zeros((k, k)), jnp.zeros(k), jnp.zeros(())
    stages = []
    for old, new in zip(np.append(0, sizes[:-1]), sizes, strict=True):
        block = slice(int(old), int(new))
        Hb, m = H[block], inputs.means[block]
        kernel, moments, power = kernel + Hb.T @ Hb, moments + Hb.T @ m, power + m @ m
        stages.append((kernel, moments, power))
    kernels, moment_path, powers = (jnp.stack(x) for x in zip(*stages, strict=True))
    every = len(sizes)
    whole = slice(0, k)
    return Growing(
        kernels, jnp.broadcast_to(weights.gram(whole, whole) / k, (every, k, k)),
        jnp.broadcast_to(weights.overlap / np.sqrt(k), (every, k)), moment_path, powers,
        jnp.asarray(sizes), jnp.full(every, params.noise), jnp.ones(every),
    )  # fmt: skip


def _risks_at(params: PathParams, stage: Growing) -> Risks:
    """The risks at one size of the path, by one eigendecomposition."""
    squares, U = jnp.linalg.eigh(stage.kernel)
    spread = U.T @ stage.spread @ U
    basis = InBasis(squares, spread, U.T @ stage.reach, U.T @ stage.moments)
    ridges = jnp.asarray(RIDGES)
    if params.vary == "features":
        return dual_risks(basis, stage.variance, stage.target, ridges, params.noise)
    return primal_risks(
        basis, stage.power, stage.size, stage.variance, stage.target, ridges, params.noise
    )


GROWTH: dict[tuple[str, str], Callable[[Array, PathParams], Growing]] = {
    ("gaussian", "features"): gaussian_features,
    ("gaussian", "samples"): gaussian_samples,
    ("relu", "features"): relu_features,
    ("relu", "samples"): relu_samples,
}


def sizes_trial(key: Array, params: PathParams) -> Mapping[str, Array]:
    """Test and train risk of one draw, label noise integrated out: (sizes, RIDGES)."""
    growing = GROWTH[params.features, params.vary](key, params)
    risks = jax.lax.map(lambda stage: _risks_at(params, stage), growing)
    return {"test": risks.test, "train": risks.train}
