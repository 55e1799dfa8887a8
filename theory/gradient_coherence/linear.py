"""Linear regression: coherence in closed form, of the population and along the gradient flow."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Ge, Le, Row, Scalar, Twin, closed_form, mp_mean, sqrt, total
from theory.gradient_coherence.metric import sample_coherence
from theory.gradient_coherence.params import Params, Power
from theory.gradient_coherence.stability import first_order_gap

claim = Claims("derived")
Dimension = Annotated[Scalar, Ge(1), Le(1e12)]
SOME = ("and the signal are both zero: coherence undefined, all gradients are zero",)


@closed_form(noise=(*SOME, lambda signal, noise: signal + noise > 0))
def regression_coherence(signal: Power, noise: Power, d: Dimension) -> Any:
    """s/((d + 2) s + d sigma^2), s = |w - w*|^2, of squares (w.x - y)^2/2, x ~ N(0, I_d).

    ``noise`` is sigma^2. Labels at random: s = 0 at w = 0, coherence 0.
    """
    return signal / ((d + 2) * signal + d * noise)


@closed_form
def private_power(signal: Power, noise: Power, d: Dimension) -> Any:
    """(1 - alpha) E|g|^2 = (d + 1) s + d sigma^2, what a step adds to the gap, times m/eta."""
    return (d + 1) * signal + d * noise


@closed_form(example={"signal": [1.0, 0.5], "scales": [1.0, 2.0], "noise": 0.5})
def spectral_coherence(
    signal: Annotated[Any, Row, Ge(0)], scales: Annotated[Any, Row, Ge(0)], noise: Power
) -> Any:
    """u'S^2 u/(u'S u tr S + 2 u'S^2 u + sigma^2 tr S), x ~ N(0, S), S = diag(scales), signal u_j^2.

    In the axes of S; not a number where all gradients are zero.
    """
    squared = total(scales * scales * signal)
    return squared / (total(scales) * (total(scales * signal) + noise) + 2 * squared)


@closed_form(noise=(*SOME, lambda signal, noise: signal + noise > 0))
def train_coherence(
    time: Annotated[Scalar, Ge(0), Le(10)],
    gamma: Annotated[Scalar, Ge(0.04), Le(10)],
    signal: Annotated[Scalar, Ge(0), Le(1e12)],
    noise: Annotated[Scalar, Ge(0), Le(1e12)],
) -> Any:
    """m-coherence on the training set at a time of the flow dr/dt = -(XX'/d) r, gamma = m/d.

    E l s e^(-2 l t)/E s e^(-2 l t), s = signal l + noise, l of Marchenko and Pastur's law with its
    atom at 0; m, d -> infinity. Labels at random have signal 0. At t = 0 it is 1 for these and
    1 + gamma without noise; later the mean of l where training is slowest.
    """
    t, signal, noise = (jnp.asarray(x, float)[..., None] for x in (time, signal, noise))
    s = lambda x: signal * x + noise  # noqa: E731
    above = mp_mean(lambda x: x * s(x) * jnp.exp(-2 * x * t), gamma)
    below = mp_mean(lambda x: s(x) * jnp.exp(-2 * x * t), gamma)
    return above / below


# --------------------------------------------------------------------------------------------
# The population

HERE = Params(m=12, steps=30, rate=1e-3)
NOISELESS = HERE.but(sigma=0.0)
RANDOM = HERE.but(signal=0.0, sigma=1.0)
sample = claim.given(mode="sample")


def noise(p):
    """sigma^2."""
    return p.sigma**2


def whole_power(p):
    """E|g|^2 = (d + 2) s + d sigma^2."""
    return (p.d + 2) * p.signal + p.d * noise(p)


def fourth(p):
    """E|g|^4 for Gaussian noise: r = sqrt(s) x_1 + sigma xi, |g|^2 = r^2 (x_1^2 + chi^2_{d-1})."""
    s, n, v = p.signal, noise(p), p.signal + noise(p)
    sixth = 105 * s**2 + 90 * s * n + 9 * n**2  # E r^4 x_1^4
    cross = 15 * s**2 + 18 * s * n + 3 * n**2
    return sixth + 2 * cross * (p.d - 1) + 3 * v**2 * (p.d - 1) * (p.d + 1)


def moments(p):
    """mu'C mu - |mu|^4 with mu = E g = u, and tr C^2, C = E gg' = (s + sigma^2) I + 2 uu'."""
    s, v = p.signal, p.signal + noise(p)
    return s * v + s**2, p.d * v**2 + 4 * s * v + 4 * s**2


def common_variance(p):
    """Of the mean of g_i.g_j, i != j: 4 Var(g.mu)/m + 2 E(g.g')^2/(m (m - 1)) at most."""
    along, pair = moments(p)
    return 4 * along / p.m + 2 * pair / (p.m * (p.m - 1))


@sample.equals(
    "power",
    at=(HERE, NOISELESS),
    within=lambda p: 0.05 * whole_power(p),
    variance=lambda p: fourth(p) / p.m,
    why="exact: the width asked for",
    twin=Twin("(d + 1) s", two=1),
    known=((HERE, "12.11"),),
)
def gradient_power(p, *, two=2):
    """E|g|^2 = (d + 2) s + d sigma^2, s = |w - w*|^2."""
    return (p.d + two) * p.signal + p.d * noise(p)


@sample.equals(
    lambda run, p: run["common"] / whole_power(p),
    at=(HERE, NOISELESS, RANDOM),
    within=0.012,
    variance=lambda p: common_variance(p) / whole_power(p) ** 2,
    why="exact: the width asked for",
    twin=Twin("d for d + 2", two=0),
    known=((HERE, ".1139554"), (NOISELESS, ".1428571"), (RANDOM, "0")),
)
def alpha_linear_regression(p, *, two=2):
    """alpha(w) = s/((d + 2) s + d sigma^2): 1/(d + 2) without noise, 0 for labels at random."""
    if two == 2:
        return regression_coherence(p.signal, noise(p), p.d)
    return p.signal / ((p.d + two) * p.signal + p.d * noise(p))


@sample.equals(
    lambda run, p: run["scaled_common"] / whole_power(p),
    at=HERE,
    within=0.02,
    variance=lambda p: 4 * common_variance(p) / whole_power(p) ** 2,
    why="exact: the width asked for (scales of at most 1, and tr S <= d, bound the variance)",
    twin=Twin("the isotropic one", scaled=False),
)
def alpha_any_covariance(p, *, scaled=True):
    """alpha = u'S^2 u/(u'S u tr S + 2 u'S^2 u + sigma^2 tr S); S = diag(1, 1/2, 1/4, ...)."""
    scales = 0.5 ** jnp.arange(p.d)
    squares = p.signal / p.d * jnp.ones(p.d)
    if not scaled:
        return regression_coherence(p.signal, noise(p), p.d)
    size = total(scales) * (total(scales * squares) + noise(p)) + 2 * total(scales**2 * squares)
    return spectral_coherence(squares, scales, noise(p)) * size / whole_power(p)


@sample.equals(
    lambda run, p: run["together"] / whole_power(p),
    at=(HERE, NOISELESS),
    within=0.25,
    trials=6144,
    variance=lambda p: (
        2 * (fourth(p) / p.m + (p.m - 1) ** 2 * common_variance(p)) / whole_power(p) ** 2
    ),
    why="exact: the width asked for",
    twin=Twin("m alpha", own=0),
    known=((HERE, "2.253510"),),
)
def sample_coherence_mean(p, *, own=1):
    """m E|mean of m gradients|^2/E|g|^2 = 1 + (m - 1) alpha."""
    alpha = regression_coherence(p.signal, noise(p), p.d)
    return sample_coherence(alpha, p.m) if own else p.m * alpha


@sample.equals(
    "coherence",
    at=RANDOM,
    support=(0.0, lambda p: 1.0 * p.m),
    within=0.05,
    why="exact: the width asked for",
    twin=Twin("m alpha", own=0),
)
def random_labels_start(p, *, own=1):
    """Labels symmetric and independent of x, at w = 0: E[m-coherence of the sample] = 1."""
    return 1.0 * own


def second_order(p):
    """eta/2 E|g'^2 - g'Sg| <= eta/2 sqrt(E|x|^4 E|g|^4), the error of the first order."""
    return p.rate / 2 * sqrt(p.d * (p.d + 2) * fourth(p))


def step_variance(p):
    """Of |g|^2 - mu.g, g the mean gradient, from three parts: their standard deviations add."""
    along, pair = moments(p)
    parts = (fourth(p) / p.m**3, 2 * pair / (p.m * (p.m - 1)), along / p.m)
    return (sum(sqrt(part) for part in parts) + second_order(p)) ** 2


@sample.equals(
    "step_gap",
    at=HERE,
    within=second_order,
    variance=step_variance,
    why="eta/2 sqrt(E|x|^4 E|g|^4) at most: half of |step|^2 and its curvature",
    twin=Twin("alpha E|g|^2 in place of (1 - alpha) E|g|^2", private=False),
    known=((HERE, ".894166"),),
)
def one_step_gap(p, *, private=True):
    """A step from a fixed w: gap/eta = (1 - alpha) E|g|^2/m, (d + 1) s + d sigma^2 over m."""
    kept = private_power(p.signal, noise(p), p.d) if private else p.signal
    return first_order_gap(1.0, 0.0, kept, p.m)


# --------------------------------------------------------------------------------------------
# The training set, along the gradient flow

FLOW = Params(m=60, d=120, signal=0.0, sigma=1.0, time=1.0)
PURE = FLOW.but(signal=1.0, sigma=0.0, time=0.5)
flow = claim.given(mode="flow", statistic="median", trials=1024)


@flow.equals(
    "coherence",
    at=(FLOW, PURE, FLOW.but(signal=0.5, sigma=0.7, time=2.0)),
    within=lambda p: 2 / p.m,
    why="terms of order 1/m",
    twin=Twin("1 all along", falls=False),
    known=((FLOW, ".446"), (PURE, "1.037"), (FLOW.but(time=5.0), ".188")),
)
def train_coherence_flow(p, *, falls=True):
    """The sample's m-coherence at t is E l s e^(-2 l t)/E s e^(-2 l t), l of Marchenko-Pastur."""
    return train_coherence(p.time, p.m / p.d, p.signal, noise(p)) if falls else 1.0
