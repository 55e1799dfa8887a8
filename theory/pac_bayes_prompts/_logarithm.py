"""A logarithm that a loop over millions of certificates can afford.

XLA's ln costs 3.7 ns a number on one core where this one costs 1.5: no branch for zeros, infinities
and denormals, which the callers exclude.
"""

import jax
import jax.numpy as jnp

from theory import Scalar

_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD  # of sqrt(1/2)
_TO_FLOAT_BITS, _TO_FLOAT = 0x4338000000000000, 6755399441055744.0  # 1.5 2^52
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
# (atanh(z)/z - 1)/z^2 in powers of z^2, highest first: Chebyshev's on |z| <= 0.1717, to 5e-15
_ATANH = (
    0.06544357277482298, 0.06634286646865802, 0.07693123585296671, 0.09090897751367123,
    0.11111111196500355, 0.14285714285398965, 0.20000000000000442, 0.3333333333333333,
)  # fmt: skip


def fast_log(s: Scalar) -> jax.Array:
    """ln s to 3e-16 of its value (1e-16 absolutely near 1), for normal positive float64.

    s = 2^e f with f in [sqrt(1/2), sqrt 2), and ln f = 2 atanh((f - 1)/(f + 1)).
    """
    bits = jax.lax.bitcast_convert_type(s, jnp.int64)
    exponent = (bits - _ROOT_HALF_BITS) >> 52
    fraction = jax.lax.bitcast_convert_type(bits - (exponent << 52), jnp.float64)
    # an integer to a float by its bits: the conversion itself is not vectorised
    e = jax.lax.bitcast_convert_type(exponent + _TO_FLOAT_BITS, jnp.float64) - _TO_FLOAT
    z = (fraction - 1) / (fraction + 1)
    square, rest = z * z, jnp.zeros_like(z)
    for coefficient in _ATANH:
        rest = rest * square + coefficient
    return e * _LN2_HIGH + (2 * z + (2 * z * square * rest + e * _LN2_LOW))


def fast_log1p(y: Scalar, one: Scalar) -> jax.Array:
    """ln(1 + y) to 4e-16 of its value for finite y > -1 that are not denormal; ``one`` is 1.

    ln(s) for s = 1 + y as rounded, with what the rounding lost. XLA would cancel (1 + y) - 1, and
    cannot where the 1 is a value (``1 + 0 * y``).
    """
    s = one + y
    return fast_log(s) + (y - (s - one)) / s
