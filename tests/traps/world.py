"""The experiments that the traps make claims about: known laws, and trials that are none."""

import jax
import jax.numpy as jnp
import numpy as np

from sims import Simulation
from tests.traps.params import Params

RNG = np.random.default_rng(0)


def trial(key, params):
    """Uniform u and v on [0, 1], standard normal n, exponential e, coins, a Poisson count, ..."""
    draws = jax.random.uniform(key, (6,))
    u, v, coin, rare, x, y = draws
    normal = jax.scipy.special.ndtri(jnp.clip(x, 1e-12, 1 - 1e-12))
    # inversion: the number of k whose distribution function is below a uniform
    counts = jnp.arange(20.0)
    logs = counts * jnp.log(3.0) - 3.0 - jax.scipy.special.gammaln(counts + 1)
    return {
        "u": u,
        "v": v,
        "pair": draws[:2],
        "normal": normal,
        "exponential": -jnp.log1p(-y),
        "coin": jnp.where(coin < 0.5, 0.0, 1.0),
        "poisson": (jnp.cumsum(jnp.exp(logs)) < v).sum().astype(float),
        "spiked": 0.1 * normal + 1000.0 * (rare < 0.05),
        "constant": 0.5 + 0.0 * u,
        "shrinking": u / params.size,
        "leveling": 0.25 + u / params.size,
    }


def keyless(key, params):
    """The same numbers in every trial, drawn while it is traced."""
    return {"u": jnp.asarray(RNG.random())}


def complex_valued(key, params):
    """A number whose imaginary part would be dropped."""
    return {"u": jax.random.uniform(key) + 5j}


def sometimes_nan(key, params):
    """NaN in one trial of a hundred."""
    u = jax.random.uniform(key)
    return {"u": jnp.where(u < 0.01, jnp.nan, u)}


def sometimes_infinite(key, params):
    """Infinite in one trial of a hundred."""
    u = jax.random.uniform(key)
    return {"u": jnp.where(u < 0.01, jnp.inf, u)}


def nothing(key, params):
    """No observable at all."""
    return {}


SIMULATIONS = {
    "default": Simulation(trial),
    "keyless": Simulation(keyless),
    "complex": Simulation(complex_valued),
    "nan": Simulation(sometimes_nan),
    "infinite": Simulation(sometimes_infinite),
    "nothing": Simulation(nothing),
}

__all__ = ["SIMULATIONS", "Params"]
