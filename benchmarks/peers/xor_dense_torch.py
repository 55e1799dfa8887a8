"""Full-batch gradient descent on the first layer of a two-layer ReLU network, XOR cluster data.

Written as a reader of the paper would: all p coordinates, autograd, torch's SGD, one run after the
other, training and test accuracy after every step.
"""

import numpy as np
import torch
from serve import serve


class Network(torch.nn.Module):
    """f(x) = sum_j a_j relu(<w_j, x>), a frozen at random signs over sqrt(m)."""

    def __init__(self, first, second):
        super().__init__()
        self.first = torch.nn.Parameter(first)
        self.register_buffer("second", second)

    def forward(self, x):
        return torch.relu(x @ self.first.T) @ self.second


def train(network, x, y, test_x, alpha, steps):
    """Outputs on the training points and on the test points at t = 0, ..., steps."""
    optimizer = torch.optim.SGD(network.parameters(), lr=alpha)
    outputs, tested = [], []
    for step in range(steps + 1):
        f = network(x)
        outputs.append(f.detach())
        with torch.no_grad():
            tested.append(network(test_x))
        if step == steps:
            break
        loss = torch.nn.functional.softplus(-y * f).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.stack(outputs), torch.stack(tested)


def setup(inputs):
    """inputs: n, p, m, eta, squared_norm, alpha, omega, steps, test_points, precision, runs, and
    one problem (x, y, first, second, test_x) on which the outputs themselves are compared."""
    number = {
        name: value.item()
        for name, value in inputs.items()
        if value.dtype.kind in "if" and value.ndim == 0
    }
    dtype = getattr(torch, str(inputs["precision"]))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_default_device(device)
    torch.backends.cuda.matmul.allow_tf32 = False  # float32 proper
    n, p, m, tests = (number[name] for name in ("n", "p", "m", "test_points"))

    def tensor(name):
        return torch.as_tensor(inputs[name]).to(device, dtype)

    given = Network(tensor("first"), tensor("second"))
    test_y = torch.tensor([1.0, 1.0, -1.0, -1.0], dtype=dtype).repeat_interleave(tests)
    outputs, tested = train(
        given, tensor("x"), tensor("y"), tensor("test_x"), number["alpha"], number["steps"]
    )
    scale = 1 / (number["alpha"] * p / n)  # f in units alpha p/n
    fixed = {"outputs": (outputs * scale).cpu().numpy(), "tested": (tested * scale).cpu().numpy()}

    generator = torch.Generator(device).manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=dtype)

    def one_run():
        centers = torch.zeros(4, p, dtype=dtype)
        size = np.sqrt(number["squared_norm"])
        centers[0, 0], centers[1, 0], centers[2, 1], centers[3, 1] = size, -size, size, -size
        cluster = torch.randint(4, (n,), generator=generator)
        flipped = torch.rand(n, generator=generator) < number["eta"]
        y = torch.where(cluster < 2, 1.0, -1.0).to(dtype)
        y = torch.where(flipped, -y, y)
        x = centers[cluster] + normal(n, p)
        test_x = centers.repeat_interleave(tests, dim=0) + normal(4 * tests, p)
        signs = torch.randint(2, (m,), generator=generator).to(dtype) * 2 - 1
        network = Network(number["omega"] * normal(m, p), signs / np.sqrt(m))
        f, g = train(network, x, y, test_x, number["alpha"], number["steps"])
        accuracies = (y * f > 0).double().mean(1), (test_y * g > 0).double().mean(1)
        return tuple(accuracy.cpu().numpy() for accuracy in accuracies)

    def work():
        runs = [one_run() for _ in range(number["runs"])]
        fit, test = (np.stack(values) for values in zip(*runs, strict=True))
        return {**fixed, "train_accuracy": fit, "test_accuracy": test}

    return work


if __name__ == "__main__":
    serve(setup)
