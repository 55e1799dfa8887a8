"""The sub-gradient method for robust matrix recovery in PyTorch: all runs in one batch.

The runs share their measurements, so an iteration is two matrix products over the batch.
"""

import torch
from serve import serve


def setup(inputs):
    """inputs: rows (m, N), y (B, m), start (B, d, k), eta, rho, wait, iterations."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_default_device(device)
    torch.backends.cuda.matmul.allow_tf32 = False  # float32 proper
    rows, y, start = (torch.as_tensor(inputs[name]).to(device) for name in ("rows", "y", "start"))
    eta, rho = inputs["eta"].item(), inputs["rho"].item()
    wait, iterations = inputs["wait"].item(), inputs["iterations"].item()
    m, d = rows.shape[0], start.shape[1]
    i, j = torch.triu_indices(d, d)
    weight = torch.ones(len(i), dtype=rows.dtype)
    weight[i != j] = 2.0**0.5
    place = torch.zeros(d, d, dtype=torch.long)
    place[i, j] = place[j, i] = torch.arange(len(i))
    divisor = weight[place]

    @torch.no_grad()
    def run(u, y, steps):
        for t in range(steps):
            x = (u @ u.mT)[:, i, j] * weight
            direction = (torch.sign(x @ rows.T - y) @ rows / m)[:, place] / divisor
            step = eta * rho ** max(t - wait, 0)
            u = u - 2 * step * (direction @ u)
        return u

    early = run(start[:2], y[:2], 10)

    def work():
        end = run(start, y, iterations)
        return {"early": (early @ early.mT).cpu().numpy(), "end": (end @ end.mT).cpu().numpy()}

    return work


if __name__ == "__main__":
    serve(setup)
