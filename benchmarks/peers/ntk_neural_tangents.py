"""The NTK of a deep ReLU network by neural-tangents, compiled once."""

import jax
from serve import serve

jax.config.update("jax_enable_x64", True)

from neural_tangents import stax  # noqa: E402


def setup(inputs):
    """inputs: x (N, m) unit vectors, depth."""
    depth = int(inputs["depth"])
    # Dense divides by the number of coordinates: with inputs times its root, t_0 = x.z
    x = jax.numpy.asarray(inputs["x"]) * inputs["x"].shape[1] ** 0.5
    layers = [stax.Dense(1, W_std=1.0, b_std=None)]
    for _ in range(depth):
        layers += [stax.Relu(), stax.Dense(1, W_std=2.0**0.5, b_std=None)]
    _, _, kernel = stax.serial(*layers)
    ntk = jax.jit(lambda x: kernel(x, None, "ntk"))

    def work():
        return {"ntk": jax.block_until_ready(ntk(x))}

    return work


if __name__ == "__main__":
    serve(setup)
