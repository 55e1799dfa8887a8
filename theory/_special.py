"""Special functions on JAX arrays, where jax 0.10.2's own are not good to 10 rounding errors.

Measured against 50 digits, in units of eps (|f| + |x f'|):

===============  ==================================================  ========
function         JAX's own                                           here
===============  ==================================================  ========
log1p            51 near -0.4                                        under 1
gammaln          65 near 1.5                                         under 4
erfcx            returns 0 beyond x = 26.5                           under 4
norm.logcdf      off by 2e-2 relative at 7.9                         under 2
===============  ==================================================  ========
"""

import math

import jax
import jax.numpy as jnp
from jax.scipy import special as jsp

_SQRT_HALF = math.sqrt(0.5)

# Chebyshev coefficients of erfcx(x) (1 + 2 x) in t = (x - 15/4)/(x + 15/4), from a 120-node
# Chebyshev interpolation at 50 digits.
_ERFCX = (
    1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189,
    -0.026658668435305753, 0.009074997670705265, -0.002413163540417608, 0.0004907758365258086,
    -6.916973302501207e-05, 4.13902798607301e-06, 7.74038306619849e-07, -2.1886401049234397e-07,
    1.076499946567091e-08, 4.521959811218287e-09, -7.754400208831351e-10, -6.318088340886684e-11,
    2.86879501093067e-11, 1.9455868545777347e-13, -9.65469674843344e-13, 3.25254814814874e-14,
    3.3478119482868056e-14, -1.864562880419313e-15, -1.2507950530688648e-15,
    7.418235256624044e-17, 5.068148904796111e-17,
)  # fmt: skip

# Chebyshev coefficients of log Gamma(x)/((x - 1)(x - 2)) in t = x - 2, on [1, 3], likewise.
_LOGGAMMA = (
    0.44148902545501421, -0.11119580321752522, 0.019510448260688841, -0.003922461463025264,
    0.00084789898959538574, -0.00019153855341365592, 4.4544701849756064e-5,
    -1.05728743735943e-5, 2.5474336873408415e-6, -6.208535880776316e-7, 1.5268677399071547e-7,
    -3.7826376602913261e-8, 9.4281008236242844e-9, -2.3619997021846449e-9,
    5.9435419058175461e-10, -1.5013129770728669e-10, 3.8050196458110537e-11,
    -9.6724852996563246e-12, 2.4653481983556609e-12, -6.2988681407917115e-13,
    1.6128460030283786e-13, -4.1379492068140421e-14, 1.0635701227757898e-14,
    -2.7382420786652825e-15, 7.0606705072148925e-16, -1.8232177141662119e-16,
    4.7141690067562716e-17,
)  # fmt: skip


def _chebyshev(coefficients: tuple[float, ...], t: jax.Array) -> jax.Array:
    b1 = b2 = jnp.zeros_like(t)  # Clenshaw's recurrence
    for coefficient in coefficients[:0:-1]:
        b1, b2 = 2 * t * b1 - b2 + coefficient, b1
    return t * b1 - b2 + coefficients[0]


def _floating(x: jax.typing.ArrayLike) -> jax.Array:
    return jnp.asarray(x, dtype=jnp.result_type(x, float))


@jax.custom_jvp
def log1p(x: jax.typing.ArrayLike) -> jax.Array:
    """log(1 + x) for x > -1: jnp.log1p, but log(1 + x) where that is off, left of -1/4.

    (Kahan's log(u) x/(u - 1), u = 1 + x, does not survive jit: XLA simplifies (1 + x) - 1.)
    """
    x = _floating(x)
    return jnp.where(x < -0.25, jnp.log(1 + x), jnp.log1p(x))


@log1p.defjvp
def _(primals, tangents):
    (x,), (dx,) = primals, tangents
    return log1p(x), dx / (1 + x)


@jax.custom_jvp
def loggamma(x: jax.typing.ArrayLike) -> jax.Array:
    """log |Gamma(x)|; up to x = 3 from a Chebyshev series that keeps the zeros at 1 and 2."""
    x = _floating(x)
    small = (x > 0) & (x < 3)
    y = jnp.where(small, x, 1.5)
    below_one = y < 1
    z = jnp.where(below_one, y + 1, y)
    # z - 1 as y where the argument was shifted: y + 1 has lost digits of a small y
    left = jnp.where(below_one, y, y - 1)
    series = left * jnp.where(below_one, y - 1, y - 2) * _chebyshev(_LOGGAMMA, z - 2)
    return jnp.where(small, series - jnp.where(below_one, jnp.log(y), 0.0), jsp.gammaln(x))


@loggamma.defjvp
def _(primals, tangents):
    (x,), (dx,) = primals, tangents
    return loggamma(x), jsp.digamma(_floating(x)) * dx


def erfcx(x: jax.typing.ArrayLike) -> jax.Array:
    """exp(x^2) erfc(x), for x >= 0 to 4e-16 relative."""
    x = _floating(x)
    positive = jnp.abs(x)
    value = _chebyshev(_ERFCX, (positive - 3.75) / (positive + 3.75)) / (1 + 2 * positive)
    return jnp.where(x >= 0, value, 2 * jnp.exp(jnp.minimum(x, 0.0) ** 2) - value)


def normal_cdf(x: jax.typing.ArrayLike) -> jax.Array:
    """Phi(x), through erfc: accurate in the lower tail."""
    return jsp.erfc(-_floating(x) * _SQRT_HALF) / 2


def log_normal_cdf(x: jax.typing.ArrayLike) -> jax.Array:
    """log Phi(x): right of -1 through log1p of the upper tail, left of it through erfcx."""
    x = _floating(x)
    left = jnp.minimum(x, -1.0)
    right = jnp.maximum(x, -1.0)
    return jnp.where(
        x < -1.0,
        jnp.log(erfcx(-left * _SQRT_HALF) / 2) - left * left / 2,
        log1p(-jsp.erfc(right * _SQRT_HALF) / 2),
    )
