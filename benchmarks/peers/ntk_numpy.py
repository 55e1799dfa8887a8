"""The NTK of a deep ReLU network by its recursion on N x N arrays."""

import numpy as np
from serve import serve


def setup(inputs):
    """inputs: x (N, m) unit vectors, depth."""
    x, depth = inputs["x"], int(inputs["depth"])

    def work():
        t = np.clip(x @ x.T, -1.0, 1.0)
        np.fill_diagonal(t, 1.0)
        theta = t.copy()
        for _ in range(depth):
            angle = np.arccos(t)
            slope = 1.0 - angle / np.pi
            t = np.minimum(np.sqrt(1.0 - t * t) / np.pi + t * slope, 1.0)
            theta = t + theta * slope
        return {"ntk": theta}

    return work


if __name__ == "__main__":
    serve(setup)
