"""The sub-gradient method for robust matrix recovery in numpy: one run after the other.

Measurements as rows of svec coordinates, so that an iteration is two matrix-vector products and no
loop over measurements.
"""

import numpy as np
from serve import serve


def setup(inputs):
    """inputs: rows (m, N), y (B, m), start (B, d, k), eta, rho, wait, iterations, runs."""
    rows, y, start = (np.ascontiguousarray(inputs[name]) for name in ("rows", "y", "start"))
    eta, rho = inputs["eta"].item(), inputs["rho"].item()
    wait, iterations, runs = (inputs[name].item() for name in ("wait", "iterations", "runs"))
    m, d = rows.shape[0], start.shape[1]
    i, j = np.triu_indices(d)
    weight = np.where(i == j, 1.0, np.sqrt(2.0)).astype(rows.dtype)
    place = np.zeros((d, d), dtype=int)
    place[i, j] = place[j, i] = np.arange(len(i))
    divisor = weight[place]

    def run(u, y, steps):
        for t in range(steps):
            x = (u @ u.T)[i, j] * weight
            direction = (np.sign(rows @ x - y) @ rows / m)[place] / divisor
            step = eta * rho ** max(t - wait, 0)
            u = u - 2 * step * (direction @ u)
        return u

    early = np.stack([run(u, v, 10) for u, v in zip(start[:2], y[:2], strict=True)])

    def work():
        end = np.stack([run(u, v, iterations) for u, v in zip(start[:runs], y[:runs], strict=True)])
        return {"early": early @ early.swapaxes(1, 2), "end": end @ end.swapaxes(1, 2)}

    return work


if __name__ == "__main__":
    serve(setup)
