"""The leaky net: the max-margin one, and how much noise or robustness it takes until it is not."""

from typing import Annotated

import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Ge, Le, Lt, Scalar, Twin, closed_form, sqrt
from theory.input_gradients.nets import HALF, Params, leakage, leaky_net, subset_net, worst_margin

claim = Claims()
Blocks = Annotated[Scalar, Ge(2)]
Budget = Annotated[Scalar, Ge(0), Lt(0.5), HALF]


@closed_form
def leak_threshold(k: Blocks):
    """eps_c(k) = (1 - sqrt t)/k, the noise or l_inf budget up to which the leaky net is optimal.

    t > 0 solves (8k^2 - 13k + 4) t^2 + (8k^3 - 10k^2 + 8k - 4) t = k (k - 2)^2: V_1 = V_0, see
    :func:`partial_leak_bound`. The leaky net is attacked hardest by -y eps (1, ..., 1) alone, so
    by complementary slackness it is optimal iff no neuron does better against that attack
    (:func:`certificate`). For an l_p attack (p > 1) the same attack is the hardest, and the
    threshold k^(1/p) eps_c(k); for noise in blocks of any D only u* matters, and it is eps_c(k).
    """
    quadratic, linear = 8 * k**2 - 13 * k + 4, 8 * k**3 - 10 * k**2 + 8 * k - 4
    whole = sqrt(linear**2 + 4 * quadratic * k * (k - 2) ** 2)
    return (1 - (k - 2) * sqrt(2 * k / (linear + whole))) / k


PROVED = (
    "is above leak_threshold(k): the closed form does not hold there",
    lambda k, eps: eps <= leak_threshold.__wrapped__(k),
)


@closed_form(eps=PROVED)
def max_margin(k: Blocks, eps: Budget):
    """gamma(eps) = s/(2 sqrt(k + s^2)), s = 1 - k eps, for eps <= eps_c(k)."""
    return (1 - k * eps) / (2 * sqrt(k + (1 - k * eps) ** 2))


@closed_form(eps=PROVED)
def equal_gradient(k: Blocks, eps: Budget):
    """|grad_j f| = 1/(4 sqrt(k + s^2)) on each of the first k blocks, for eps <= eps_c(k)."""
    return 1 / (4 * sqrt(k + (1 - k * eps) ** 2))


@claim.identity(
    lambda p: worst_margin(leaky_net(p.k, p.eps), p.k, p.eps),
    over=Domain.around(Params(), k={2, 5}, eps=(0.0, 0.15)),
    points=6,
    within=1e-12,
    twin=Twin("bias forgotten: s/(2 sqrt k)", bias=0),
    known=((Params(), ".2041241"), (Params(eps=0.1), ".1091089")),
)
def leaky_max_margin(p, *, bias=1):
    """The max-margin net reads all k blocks at once: margin s/(2 sqrt(k + s^2)).

    Theorem 1; the constant is derived
    """
    s = 1 - p.k * p.eps
    return s / (2 * sqrt(p.k + bias * s**2))


def shortfall(run, gamma):
    """gamma minus y f at a random input, or at its hardest noise: the larger of the two."""
    return gamma - np.minimum(run["margin"], run["hardest"])


claim.every_trial(
    lambda run, p: shortfall(run, float(max_margin(p.k, p.eps))),
    within=1e-12,
    name="leaky_margin_on_noisy_inputs",
    says="y f is at least gamma(eps) at every input, for blocks of any size",
    at=(NOISY := Params(eps=0.1, per_block=3), Params(k=3, d=7, eps=0.28, per_block=2)),
    trials=256,
    twin=Twin(
        "the margin without bias",
        observable=lambda run, p: shortfall(run, float(leaky_max_margin(p, bias=0))),
    ),
)


def far_from(run, c):
    """How far the informative blocks' gradient norms are from c."""
    return abs(run["norms"] - c).max(axis=1)


claim.every_trial(
    lambda run, p: far_from(run, float(equal_gradient(p.k, p.eps))),
    within=1e-12,
    name="equal_gradient_magnitude",
    says="|grad_j f| = 1/(4 sqrt(k + s^2)) in every informative block, at every input",
    source="Theorem 1; the constant is derived",
    at=(NOISY, Params(), Params(k=3, d=7, eps=0.28, per_block=2)),
    trials=256,
    twin=Twin(
        "both neurons active: twice that",
        observable=lambda run, p: far_from(run, 2 * float(equal_gradient(p.k, p.eps))),
    ),
)
claim.every_trial(
    "dead",
    within=0.0,
    name="no_gradient_elsewhere",
    says="grad_j f = 0 in the blocks j > k that never hold the signal",
    source="Theorem 1",
    at=NOISY,
    trials=256,
    twin=Twin("in the informative blocks too", observable=lambda run, p: run["norms"].min(axis=1)),
)


@claim.identity(
    lambda p: jnp.linalg.norm(jnp.mean(jnp.eye(p.k) - p.eps, axis=0)),
    over=Domain.around(Params(), k={2, 5, 9}, eps=(0.0, 0.1)),
    points=8,
    within=1e-13,
    why="rounding",
    twin=Twin("margin s/k", power=2),
    known=((Params(), ".4472136"),),
)
def linear_is_instance_blind(p, *, power=1):
    """The best linear rule is w = u*/sqrt k on all k blocks, of margin s/sqrt k.

    Its gradient is the same at every input. The other side is the norm of the mean of y x over the
    hardest inputs, which no unit vector's margin exceeds.
    """
    return (1 - p.k * p.eps) / p.k ** (power / 2)


def longest(first, second, weights):
    """max of min(first . v, second . v) over sum_i weights_i v_i^2 <= 1, axis 0 the coordinates.

    The shortest point of the segment between the two; where it asks for b < 0, b = 0 instead.
    """

    def shortest(first, second):
        across = first - second
        square = jnp.sum(weights * across**2, axis=0)
        share = -jnp.sum(weights * second * across, axis=0) / jnp.where(square > 0, square, 1)
        return second + jnp.clip(share, 0, 1) * across

    point = shortest(first, second)
    flat = jnp.array([1.0, 1.0, 0.0])[:, None]
    point = jnp.where(point[2] < 0, shortest(first * flat, second * flat), point)
    square = jnp.sum(weights * point**2, axis=0)
    return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1)), 0)


@closed_form
def certificate(k: Annotated[Scalar, Ge(2), Le(64)], eps: Budget):
    """(1/2) max over |(w, b)| = 1 of (1/2k) sum_j relu(z_j + b) - relu(b - z_j), an upper bound.

    z_j = w_j - eps sum_i w_i is what the attack -y eps (1, ..., 1) leaves of w_j: no net's margin
    is above, at any eps. Each term is max(min(2t, t + |b|), t - |b|) for b >= 0 and
    max(min(0, t + |b|), t - |b|) for b < 0. So the maximum is over the number q of coordinates
    that take the last branch, and for each of a concave function: w has two values, and the
    smaller of two linear forms is largest at the shortest point of a segment.
    """
    return jnp.vectorize(one_certificate)(k, eps)


def one_certificate(k, eps):
    """:func:`certificate` at one k and eps."""
    q = jnp.arange(65.0)
    n = jnp.maximum(k - q, 0)

    def best(branch):
        taken = eps * (branch * n + q)
        first = jnp.stack([branch - taken, 1 - taken, -q])
        second = jnp.stack([1 - eps * k + 0 * q, 1 - eps * k + 0 * q, n - q])
        return longest(first, second, jnp.stack([n, q, 1 + 0 * q]))

    values = jnp.maximum(best(2.0), best(0.0))
    return jnp.max(jnp.where(q <= k, values, 0)) / (4 * k)


def up_to(low, high, threshold=leak_threshold):
    """Params with eps from low to high times the threshold of their k."""
    return Domain.derived(
        lambda k, share: Params(k=k, d=2 * k, eps=share * float(threshold(k))),
        k=(int, 3, 64), share=(low, high),
    )  # fmt: skip


@claim.identity(
    lambda p: certificate(p.k, p.eps),
    over=up_to(0.0, 0.999),
    points=24,
    within=1e-11,
    why="rounding",
    twin=Twin("up to 1/k, where the margin ends", domain=up_to(0.0, 0.999, lambda k: 1 / k)),
)
def leak_survives_small_eps(p):
    """The leaky net is still the max-margin one for every eps <= eps_c(k): gamma is its margin.

    derived: certificate = margin; the paper asks for eps < 1/(10 d), about a thirteenth of it
    """
    return leaky_max_margin(p)


@claim.identity(
    lambda p: certificate(p.k, p.eps),
    over=up_to(1.001, 1.02),
    points=24,
    within=1e-11,
    why="rounding",
    twin=Twin("the leaky margin still", cube=0),
)
def partial_leak_bound(p, *, cube=4):
    """Right above eps_c(k) one neuron that looks away from one coordinate beats the leaky net.

    derived: gamma <= V_1/2, V_1^2 = ((k-2)^2 + s^2 (4k^3 - 12k^2 + 13k - 4))/(4k^2 (k(k-1)
    + 1 + (k-1) s^2)), and gamma > s/(2 sqrt(k + s^2)): the optimum changes at eps_c(k) for every k
    """
    k, square = p.k, (1 - p.k * p.eps) ** 2
    if not cube:
        return leaky_max_margin(p)
    top = (k - 2) ** 2 + square * (cube * k**3 - 12 * k**2 + 13 * k - 4)
    return sqrt(top / (k * (k - 1) + 1 + (k - 1) * square)) / (4 * k)


@claim.limit(
    1 - 2**0.5 / 4,
    along=[Params(k=k, d=k, width=2 * k) for k in (16, 32, 64, 128, 256, 512, 1024)],
    size=lambda p: p.k,
    rate=-1.0,
    within=0.06,
    last_gap=0.001,
    why="23 sqrt 2/64 = .508 over k, and terms of order 1/k^2",
    twin=Twin("2/3", limit=2 / 3),
    known=((Params(), ".76192"), (Params(k=20, d=40), ".67265"), (Params(k=3), ".8570243")),
)
def leak_threshold_limit(p):
    """k eps_c(k) falls to 1 - sqrt(2)/4 = .6464 at rate 1/k."""
    return p.k * leak_threshold(1.0 * p.k)


SUBSETS = Domain.around(Params(k=4, d=8), subset=(1, 4), eps=(0.0, 0.12))


@claim.identity(
    lambda p: worst_margin(subset_net(p.k, p.subset, p.eps), p.k, p.eps),
    over=SUBSETS,
    points=12,
    within=1e-12,
    twin=Twin("noise on one side only: 1 - m eps", sides=1),
    known=((Params(eps=0.35), ".0141579"),),
)
def subset_family(p, *, sides=2):
    """Nets whose neurons see m coordinates each keep the margin U_m/2, positive for eps < 1/(2m).

    derived: U_m = sqrt(m)(1 - 2 m eps)/(2k sqrt(1 + m eps^2)); U_1 is a robust net for any eps
    """
    m, eps = p.subset, p.eps
    return sqrt(m) * (1 - sides * m * eps) / (4 * p.k * sqrt(1 + m * eps**2))


@claim.identity(
    lambda p: leakage(subset_net(p.k, p.subset, p.eps), p.k),
    over=SUBSETS,
    points=12,
    within=1e-12,
    scale=1.0,
    twin=Twin("m/k", less=0),
)
def subset_leakage(p, *, less=1):
    """They leak (m - 1)/(k - 1): not at all for m = 1, whole for m = k."""
    return (p.subset - less) / (p.k - less)
