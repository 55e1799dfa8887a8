"""Random features as a good user simulates them: draw, feature matrix, one solve per ridge.

Widths share their weights (the first k rows); the smaller of the two ridge systems is solved; the
test error is exact, |v - V^T theta|^2 + sigma^2, for all ridges of a width in one product.
"""

import numpy as np
from serve import serve


def setup(inputs):
    """inputs: values, v (M,), widths, ridges, n, noise, draws."""
    values, v, widths, ridges = (inputs[name] for name in ("values", "v", "widths", "ridges"))
    n, noise, draws = inputs["n"].item(), inputs["noise"].item(), inputs["draws"].item()

    def one(rng):
        weights = rng.standard_normal((widths[-1], len(values))) * np.sqrt(values)
        x = rng.standard_normal((n, len(values)))
        y = x @ v + np.sqrt(noise) * rng.standard_normal(n)
        test = np.empty((len(widths), len(ridges)))
        for i, k in enumerate(widths):
            V = weights[:k] / np.sqrt(k)
            features = x @ V.T
            if k <= n:
                gram, right = features.T @ features, features.T @ y
            else:
                gram, right = features @ features.T, y
            solved = [np.linalg.solve(gram + d * np.eye(len(gram)), right) for d in ridges]
            theta = np.stack(solved, axis=1)
            if k > n:
                theta = features.T @ theta
            test[i] = ((v[:, None] - V.T @ theta) ** 2).sum(0) + noise
        return test

    def work():
        rng = np.random.default_rng(3)
        return {"test": np.stack([one(rng) for _ in range(draws)])}

    return work


if __name__ == "__main__":
    serve(setup)
