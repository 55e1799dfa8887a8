"""A whole map over samples and features from one draw, by BLAS and LAPACK (host code).

Sizes set array shapes: 900 points of a map would be 900 XLA programs. Here all (n, k) are corners
of one design F = X diag(lambda)^(1/2) W^T, so that a map costs one product of the largest size, the
running Gram matrices in both directions, and a Cholesky factor of size min(n, k) per point and
ridge: 1.3 10^13 operations for 30 x 30 sizes up to 10^4 at four ridges. Measured: the single point
n = k = M = 10^4 takes 171 s of one core (3.7 10^10 operations a second) and 4.1 GiB; the whole map
is twice that work in the same memory.
"""

from collections.abc import Callable

import numpy as np
import scipy.linalg

from theory.random_features import Spectrum


def grid_draw(
    rng: np.random.Generator,
    of: Spectrum,
    sizes: np.ndarray,
    ridges: np.ndarray,
    noise: float,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """(test, train) risks of one draw of Gaussian features at every (n, k) in sizes x sizes.

    Shape (2, ridges, samples, features); test risks are exact given the draw, train risks have the
    labels' noise, of variance ``noise``. Sizes are increasing whole numbers, ridges positive,
    multiplicities 1. ``progress`` is told (points done, points in all).
    """
    corners = [int(size) for size in sizes]
    largest, every = corners[-1], len(corners)
    values, v = np.asarray(of.eigenvalues), np.sqrt(np.asarray(of.eigcoeffs_sq))
    V = rng.standard_normal((largest, len(values))) * np.sqrt(values)
    X = rng.standard_normal((largest, len(values)))
    y = X @ v + np.sqrt(noise) * rng.standard_normal(largest)
    F, gram, overlap = X @ V.T, V @ V.T, V @ v
    del X, V
    risks = np.empty((2, len(ridges), every, every))

    def solve(matrix: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(matrix + ridge)^-1 b at each ridge, as columns."""
        columns = []
        for ridge in ridges:
            shifted = matrix.copy()
            shifted.flat[:: len(shifted) + 1] += ridge
            # symmetric: the transpose is in LAPACK's order
            factor = scipy.linalg.cho_factor(shifted.T, overwrite_a=True, check_finite=False)
            columns.append(scipy.linalg.cho_solve(factor, b, check_finite=False))
        return np.stack(columns, axis=1)

    done = 0
    for dual, A in ((True, F), (False, F.T)):  # at least as many features as points, or fewer
        running = np.zeros((largest, largest))
        for j, size in enumerate(corners):
            block = A[:, corners[j - 1] if j else 0 : size]
            running += block @ block.T
            for i, small in enumerate(corners[: j + dual]):
                n, k = (small, size) if dual else (size, small)
                H, kernel = F[:n, :k], running[:small, :small] / k
                # theta in units of sqrt(k)
                theta = H.T @ solve(kernel, y[:n]) if dual else solve(kernel, H.T @ y[:n])
                spread = ((gram[:k, :k] @ theta) * theta).sum(0) / k**2
                test = v @ v + noise - 2 * overlap[:k] @ theta / k + spread
                train = ((y[:n, None] - H @ theta / k) ** 2).mean(0)
                risks[:, :, *((i, j) if dual else (j, i))] = test, train
                done += 1
                if progress is not None:
                    progress(done, every**2)
    return risks
