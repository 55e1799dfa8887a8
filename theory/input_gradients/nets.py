"""Parameters, and the two nets of which everything is known."""

from typing import Annotated, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from theory import (
    Because, Doc, Ge, Le, Logarithmic, Lt, Paper, Static, masks, parameters, sign_patterns,
)  # fmt: skip

PAPER = Paper(
    "Do Input Gradients Highlight Discriminative Features?",
    "Harshay Shah, Prateek Jain, Praneeth Netrapalli",
    "NeurIPS 2021",
    "2102.12781",
    topics=("robustness", "representations", "classification"),
)
HALF = Because("no net is robust from 1/2 on: (1/2, -1/2) is within reach of e_1 and of -e_2")


@parameters("input_gradients")
class Params:
    """Blocks, noise or attack, and how a net is fitted."""

    k: Annotated[int, Ge(2), Le(1024), Static, Doc("blocks that can hold the signal")] = 5
    d: Annotated[int, Ge(2), Le(1024), Static, Doc("blocks")] = 10
    per_block: Annotated[int, Ge(1), Le(64), Static, Doc("D, numbers in a block")] = 1
    eps: Annotated[float, Ge(0), Lt(0.5), HALF, Doc("noise, or budget of the attack")] = 0.0
    attack: Annotated[Literal["linf", "l2"], Doc("norm of the attack in training")] = "linf"
    width: Annotated[int, Ge(4), Le(10**5), Static, Doc("neurons")] = 128
    rate: Annotated[float, Ge(1e-3), Le(0.1), Logarithmic, Doc("step of the training")] = 0.02
    time: Annotated[float, Ge(1), Le(1000), Doc("steps times rate")] = 60.0
    tau: Annotated[float, Ge(0.01), Le(100), Logarithmic, Doc("size of the random biases")] = 1.0
    subset: Annotated[int, Ge(1), Le(1024), Doc("m, coordinates that a neuron looks at")] = 1
    shown: Annotated[int, Ge(1), Le(1024), Doc("K, unmasked coordinates")] = 3

    def check(self: Any):
        """k, shown <= d; subset <= k; 2k inputs can be interpolated."""
        for field in ("k", "shown"):
            if getattr(self, field) > self.d:
                raise self.refuse(field, f"is above d = {self.d}")
        if self.subset > self.k:
            raise self.refuse("subset", f"is above k = {self.k}")
        if self.width < 2 * self.k:
            raise self.refuse("width", f"is below 2 k = {2 * self.k}, the number of inputs")


class Net(NamedTuple):
    """f(x) = (1/2) sum_a mass_a relu(w_a . x + b_a) on the k informative coordinates."""

    mass: Any  # (neurons,)
    w: Any  # (neurons, k)
    b: Any  # (neurons,)

    def __call__(self, x):
        """f at one x of k coordinates."""
        return jax.nn.relu(self.w @ x + self.b) @ self.mass / 2


def leaky_net(k, eps):
    """Two neurons, w = +-a 1 and b = a s with a = 1/sqrt(k + s^2)."""
    a = 1 / jnp.sqrt(k + (1 - k * eps) ** 2)
    signs = jnp.array([1.0, -1.0])
    return Net(signs / 2, a * signs[:, None] * jnp.ones(k), a * (1 - k * eps) * jnp.ones(2))


def subset_net(k, m, eps):
    """Neurons w = +-a 1_T, b = -a m eps for every T of m coordinates (k <= 20)."""
    sets = masks(k)
    chosen = sets.sum(1) == m
    a = 1 / jnp.sqrt(m + (m * eps) ** 2)
    mass = chosen / chosen.sum() / 2
    b = jnp.full(len(sets), -a * m * eps)
    return Net(jnp.r_[mass, -mass], a * jnp.r_[sets, -sets], jnp.r_[b, b])


def worst_margin(net, k, eps):
    """min y f over all inputs and all corners of the attack; exact for nets that rise in each x_i.

    Both nets above do: their neurons of positive mass have w >= 0, the others w <= 0.
    """
    corners = eps * sign_patterns(k)
    x = jnp.eye(k)[:, None] + corners
    return jnp.min(jnp.stack([y * jax.vmap(jax.vmap(net))(y * x) for y in (1, -1)]))


def leakage(net, k):
    """L at the input e_1."""
    slope = jnp.abs(jax.grad(net)(jnp.eye(k)[0]))
    return slope[1:].mean() / slope[0]
