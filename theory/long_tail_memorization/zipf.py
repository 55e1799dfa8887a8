"""Power laws: tau_l and E M_l by incomplete gamma functions, and the cost's decay like 1/log N."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, integral, loggamma
from theory.long_tail_memorization.counts import listed, singles, tau
from theory.long_tail_memorization.params import Params

claim = Claims()
Rarest = Annotated[Scalar, Ge(1e-12), Le(1e6)]
Level = Annotated[Scalar, Ge(0), Le(50)]
Exponent = Annotated[Scalar, Ge(0.05), Le(20)]


@closed_form
def log_upper_gamma(v: Annotated[Scalar, Ge(-60), Le(100)], a: Rarest):
    """log Gamma(v, a) = log int_a^inf t^(v-1) e^-t dt, for v of either sign; to 1e-12.

    By 511 nodes after t = a e^x, up to t = a + 2 v + 80.
    """
    return log_upper_gamma_of(jnp.asarray(v, float), jnp.asarray(a, float))


@jax.jit
def log_upper_gamma_of(v, a):
    """The same of arrays, compiled once."""
    v, a = jnp.broadcast_arrays(v, a)
    above = v > a  # else the integrand falls from x = 0 on
    peak = jnp.where(above, jnp.log(jnp.where(above, v, a) / a), 0.0)
    peak = jax.lax.stop_gradient(peak)
    top = jax.lax.stop_gradient(jnp.log1p((2 * jnp.maximum(v, 0) + 80) / a))
    shift = v * peak - a * jnp.expm1(peak)
    v_, a_, shift_ = (x[..., None] for x in (v, a, shift))
    whole = integral(
        lambda x: jnp.exp(v_ * x - a_ * jnp.expm1(x) - shift_), 0 * top, top, nodes=512
    )
    return v * jnp.log(a) - a + shift + jnp.log(whole)


@closed_form
def power_law_tau(seen: Level, a: Rarest, s: Exponent):
    """n tau_l -> Gamma(l + 1 - 1/s, a)/Gamma(l - 1/s, a), a = n pi_N; s = 1 is Zipf's law.

    Zipf: e^-a/E_1(a) at l = 1, 1 + a at l = 2.
    """
    v = seen + 1 - 1 / s
    return jnp.exp(log_upper_gamma.__wrapped__(v, a) - log_upper_gamma.__wrapped__(v - 1, a))


@closed_form
def power_law_mass(seen: Level, a: Rarest, s: Exponent, load: Annotated[Scalar, Ge(1e-9), Le(1e9)]):
    """E M_l -> (N/n) a^(1/s) Gamma(l + 1 - 1/s, a)/(s l!), load = n/N."""
    size = log_upper_gamma.__wrapped__(seen + 1 - 1 / s, a) + jnp.log(a) / s - loggamma(seen + 1.0)
    return jnp.exp(size) / (load * s)


def rarest(p):
    """n pi_N."""
    return p.n * listed(p)[-1]


SIZES = (500, 2000, 8000, 32_000)
LADDER = claim.given(size=lambda p: p.N, within=0.1, why="next order, 1/N + 1/n")


@LADDER.limit(
    1.0,
    rate=-1.0,
    along=[Params(N=N, n=N) for N in SIZES],
    last_gap=2e-5,
    twin=Twin("Gamma(l + 1, a)/Gamma(l, a): the index shifted", shift=1),
    known=((Params(N=20_000, n=30_000), "1.0000"),),
)
def zipf_closed_form(p, *, shift=0):
    """Zipf: n tau_l = Gamma(l, a)/Gamma(l - 1, a) (1 + O(1/N + 1/n)), a = n/(N H_N); l = 1."""
    return p.n * tau(1, p.n, listed(p)) / power_law_tau(1 + shift, rarest(p), 1.0)


@LADDER.limit(
    1.0,
    rate=-1.0,
    along=[Params(N=N, n=N, s=1.4) for N in SIZES],
    last_gap=2e-5,
    twin=Twin("Zipf's prefactor, s = 1", prefactor=0),
)
def power_law_closed_form(p, *, prefactor=1):
    """pi_i ~ i^-s: E M_1 = (N/n) a^(1/s) Gamma(2 - 1/s, a)/s (1 + O(1/N)), a = n pi_N."""
    value = power_law_mass(1, rarest(p), p.s, p.n / p.N) * (1 if prefactor else p.s)
    return singles(p.n, listed(p)) / value


@claim.limit(
    1.0,
    along=[Params(N=round(10**e), n=round(10**e)) for e in (2.5, 3, 3.5, 4, 4.5)],
    size=lambda p: p.N,
    rate=-1.1,
    within=0.1,
    why="log N/N: local slopes -1.15 to -1.07",
    last_gap=2e-6,
    twin=Twin("Omega(1): the same for every N", log=0),
)
def zipf_cost_is_log(p, *, log=1):
    """Zipf, n = N: E M_1 H_N e^(1/H_N) -> 1: the cost falls like 1/log N, it is not Omega(1).

    The paper: Omega(1) for Zipf and N >= n; true up to the logarithm. derived
    """
    harmonic = jnp.sum(1 / jnp.arange(1.0, (p.N if log else 1000) + 1))
    return singles(p.n, listed(p)) * harmonic * jnp.exp(1 / harmonic)


@claim.identity(
    lambda p: power_law_tau(p.seen, p.a, 1.0),
    over=Domain.around(Params(), seen=(2, 8), a=(1e-3, 20.0)),
    points=12,
    within=1e-11,
    why="a quadrature",
    twin=Twin("l for l - 1: Gamma(l + 1, a)", start=0),
    known=((Params(seen=2), "1.2000000"),),
)
def zipf_recurrence(p, *, start=1):
    """Zipf: n tau_l = l - 1 + a^(l-1) e^-a/Gamma(l - 1, a), l >= 2; 1 + a at l = 2.

    derived: by parts; Gamma(m, a) = (m - 1)! e^-a sum_(j < m) a^j/j! for whole m
    """
    j = jnp.arange(8.0)  # l <= 8
    terms = jnp.where(j < p.seen - 1, j * jnp.log(p.a) - loggamma(j + 1), -jnp.inf)
    rest = (p.seen - 1) * jnp.log(p.a) - loggamma(p.seen - 1.0)
    return p.seen - start + jnp.exp(rest) / jnp.sum(jnp.exp(terms))


@claim.limit(
    lambda p: p.seen - 1 / p.s,
    along=[Params(s=2.0, a=a) for a in (1e-3, 1e-4, 1e-5, 1e-6)],
    size=lambda p: 1 / p.a,
    rate=-0.5,
    within=0.02,
    why="a^(1 - 1/s)",
    last_gap=1e-3,
    twin=Twin("seen", limit=1.0),
)
def deep_tail(p):
    """s > 1, a -> 0: n tau_l -> l - 1/s, below the sample's l."""
    return power_law_tau(p.seen, p.a, p.s)
