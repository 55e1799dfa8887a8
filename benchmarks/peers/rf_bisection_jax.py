"""The eigenframework by nested bisection, jitted: inner gamma, outer log10 kappa.

Fixed brackets 1e-15 .. 1e15 and 64-bit numbers; both loops stop once their bracket is down to
rounding (about 55 halvings each of the 200 that are allowed), so a point takes some 3000 passes.
"""

import jax
import numpy as np
from serve import serve

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402

MOST, BRACKET = 200, 15.0


def bisect(rising):
    """The root in [-15, 15] of a rising function."""

    def wide(state):
        low, high, count = state
        return (high - low > 4e-15 * (1 + jnp.abs(low))) & (count < MOST)

    def halve(state):
        low, high, count = state
        middle = 0.5 * (low + high)
        above = rising(middle) > 0
        return jnp.where(above, low, middle), jnp.where(above, middle, high), count + 1

    low, high, _ = jax.lax.while_loop(wide, halve, (-BRACKET, BRACKET, 0))
    return 0.5 * (low + high)


@jax.jit
def test_risk(values, target, n, k, ridge, noise):
    """Test risk from kappa and gamma, in the published form."""

    def gamma_of(kappa):
        def rising(log_gamma):
            gamma = 10.0**log_gamma
            return k - (values / (values + gamma)).sum() - k * kappa / gamma

        return 10.0 ** bisect(rising)

    def rising(log_kappa):
        kappa = 10.0**log_kappa
        gamma = gamma_of(kappa)
        return n - (values / (values + gamma)).sum() - ridge / kappa

    kappa = 10.0 ** bisect(rising)
    gamma = gamma_of(kappa)
    z = (values / (values + gamma)).sum()
    q = ((values / (values + gamma)) ** 2).sum()
    bias = gamma / (values + gamma) - kappa * values / (values + gamma) ** 2 * k / (k - q)
    return ((bias * target).sum() + noise) / (1 - (q * (k - 2 * z) + z**2) / (n * (k - q)))


def setup(inputs):
    """inputs: values, target (M,), points (P, 3): n, k, ridge, and noise."""
    values, target = jnp.asarray(inputs["values"]), jnp.asarray(inputs["target"])
    points, noise = inputs["points"], inputs["noise"].item()

    def work():
        risks = [test_risk(values, target, *point, noise) for point in points]
        return {"risk": np.array([float(r) for r in risks])}

    return work


if __name__ == "__main__":
    serve(setup)
