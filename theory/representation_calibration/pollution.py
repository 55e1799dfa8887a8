"""What noisy labels do to priors and to the Gaussians of classes, and how it is undone."""

from typing import Annotated, Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from theory import (
    Claims, Domain, Draws, Ge, Gt, Le, Lt, Row, Scalar, Single, Static, Twin, Whole, closed_form,
    normal_cdf, positive_definite, scatter, total,
)  # fmt: skip
from theory.representation_calibration.params import STAYS, Noise, Params, Prior, distance

claim = Claims("derived from assumption 3.1, quoted")
Priors = Annotated[Any, Gt(0), Lt(1), Row]
OneNoise = Annotated[Scalar, Ge(0), Lt(1), STAYS, Single]
NEAR = 1e-9
SUM = ("do not sum to 1", lambda priors: jnp.abs(jnp.sum(jnp.asarray(priors), -1) - 1) < NEAR)
MEANS = [[2.5, 0.0], [1.9, 0.8], [0.0, 0.0]]
GIVEN = {
    "priors": [0.2, 0.3, 0.5],
    "means": MEANS,
    "covariance": [[1.0, 0.2], [0.2, 1.0]],
    "covariances": [[[2.0, 0.2], [0.2, 2.0]]] * 3,
}


@closed_form
def long_tail(
    classes: Annotated[int, Ge(2), Le(1000), Whole, Static],
    imbalance: Annotated[Scalar, Ge(1), Le(1e6), Single],
) -> Array:
    """pi_k = n_k/n of the usual profile n_k = n_1 r^(-(k - 1)/(K - 1)), the head first."""
    share = jnp.asarray(imbalance, float) ** (-jnp.arange(classes) / (classes - 1))
    return share / jnp.sum(share)


@closed_form
def purity(prior: Prior, eta: Noise) -> Scalar:
    """P(y = k | y~ = k) = 1 - eta (1 - pi_k): the rarer a class, the dirtier."""
    return (1 - eta) + eta * prior


@closed_form(example=GIVEN, priors=SUM)
def benchmark_priors(priors: Priors, eta: OneNoise) -> Float[Array, "*points classes"]:
    """P(y~ = j) = pi_j (1 - eta + eta sum_{i != j} pi_i/(1 - pi_i)).

    Of the benchmarks' noise, which keeps a label with probability 1 - eta and else draws another.
    """
    odds = jnp.asarray(priors) / (1 - jnp.asarray(priors))
    return priors * (1 - eta + eta * (total(odds)[..., None] - odds))


@closed_form(example=GIVEN, priors=SUM)
def benchmark_purity(priors: Priors, eta: OneNoise) -> Float[Array, "*points classes"]:
    """P(y = k | y~ = k) = (1 - eta) pi_k/P(y~ = k) under the benchmarks' noise."""
    return (1 - eta) * jnp.asarray(priors) / benchmark_priors(priors, eta)


@closed_form(example=GIVEN, priors=SUM)
def polluted_moments(
    means: Float[Array, "classes d"], covariance: Float[Array, "d d"], priors: Priors, eta: OneNoise
) -> tuple[Float[Array, "classes d"], Float[Array, "classes d d"]]:
    """Mean and covariance of the points labelled k.

    mu~_k = (1 - eta) mu_k + eta mubar,
    Sigma~_k = Sigma + eta Sigma_B + eta (1 - eta) (mu_k - mubar)(mu_k - mubar)'.
    """
    means, priors = jnp.asarray(means), jnp.asarray(priors)
    a = means - priors @ means
    outer = a[:, :, None] * a[:, None, :]
    moved = covariance + eta * scatter(means, priors) + eta * (1 - eta) * outer
    return means - eta * a, moved


@closed_form(example=GIVEN, priors=SUM)
def unpolluted_moments(
    means: Float[Array, "classes d"],
    covariances: Float[Array, "classes d d"],
    priors: Priors,
    eta: OneNoise,
) -> tuple[Float[Array, "classes d"], Float[Array, "classes d d"]]:
    """mu_k = (mu~_k - eta mubar)/(1 - eta), and Sigma~_k less what eta added to Sigma.

    mubar is the mean of all points, whatever their labels.
    """
    means, priors = jnp.asarray(means), jnp.asarray(priors)
    a = (means - priors @ means) / (1 - eta)
    added = eta * scatter(a, priors) + eta * (1 - eta) * a[:, :, None] * a[:, None, :]
    return a + priors @ means, jnp.asarray(covariances) - added


# --------------------------------------------------------------------------------------------
# Labels

HERE = Params()
RARE = HERE.but(tail=0.05, donor=0.25, eta=0.35)
labels = claim.given(mode="labels", at=(HERE, RARE), within=0.01)


@labels.equals("noisy[0]", twin=Twin("as with the benchmarks' noise", kept=False))
def noisy_prior_preserved(p, *, kept=True):
    """Labels drawn anew from the prior with probability eta keep it: P(y~ = j) = pi_j."""
    return p.tail if kept else inflated(p)


def inflated(p):
    """P(y~ = tail) where another label is drawn."""
    return benchmark_priors(jnp.stack(p.priors), p.eta)[0]


@labels.equals(
    "benchmark[0]",
    twin=Twin("the prior is kept", kept=True),
    known=((Params(tail=0.1, donor=1e-15, eta=0.3), ".34"),),
)
def benchmark_noise_inflates_tails(p, *, kept=False):
    """The benchmarks' noise, which draws another label, inflates tails: .1 + .8 eta of (.9, .1)."""
    return p.tail if kept else inflated(p)


@labels.equals(
    lambda run, p: run["pure"][:, 0] / p.tail,
    at=HERE,
    variance=lambda p: 1 / (p.points * p.tail),
    within=0.02,
    twin=Twin("1 - eta, for every class", flat=True),
    known=((RARE, ".6675"),),
)
def noisy_purity(p, *, flat=False):
    """P(y = k | y~ = k) = 1 - eta (1 - pi_k): the tail's labels are the dirtiest."""
    return 1 - p.eta if flat else purity(p.tail, p.eta)


@labels.equals("benchmark_pure[0]", twin=Twin("as under assumption 3.1", other=True))
def benchmark_noise_purity(p, *, other=False):
    """Under the benchmarks' noise (1 - eta) pi_k/P(y~ = k): the tail is dirtier by far.

    .411 against .668 for the tail of (.05, .25, .7) at eta = .35; here times P(y~ = k)
    """
    if other:
        return purity(p.tail, p.eta) * inflated(p)
    return (benchmark_purity(jnp.stack(p.priors), p.eta) * inflated(p))[0]


# --------------------------------------------------------------------------------------------
# Means and covariances

SHARES = Draws(square=(3, 3), means=(4, 3), weights=(4,), g=())


def drawn(z):
    """A covariance, priors and a share eta in (0, 1)."""
    weights = jnp.exp(z.weights)
    return positive_definite(z.square), weights / jnp.sum(weights), normal_cdf(z.g)


def by_the_mixture(z):
    """Both moments from Bayes' rule: P(y = j | y~ = k) ~ pi_j P(y~ = k | y = j)."""
    sigma, priors, eta = drawn(z)
    joint = priors[:, None] * (eta * priors + (1 - eta) * jnp.eye(4))
    share = joint / jnp.sum(joint, axis=0)
    spread = jnp.stack([sigma + scatter(z.means, share[:, k]) for k in range(4)])
    return jnp.concatenate([share.T @ z.means, spread.reshape(4, -1)], axis=1)


@claim.algebra(by_the_mixture, over=SHARES, twin=Twin("eta^2 for eta (1 - eta)", squared=True))
def polluted_moments_exact(z, *, squared=False):
    """mu~_k and Sigma~_k, of any K Gaussians with one Sigma: the moments of the mixture."""
    sigma, priors, eta = drawn(z)
    means, spread = polluted_moments(z.means, sigma, priors, eta)
    if squared:
        a = z.means - priors @ z.means
        spread -= eta * (1 - 2 * eta) * a[:, :, None] * a[:, None, :]
    return jnp.concatenate([means, spread.reshape(4, -1)], axis=1)


def whole(means, spread):
    """Both as one array."""
    return jnp.concatenate([means, spread.reshape(len(means), -1)], axis=1)


@claim.algebra(
    lambda z: whole(z.means, jnp.broadcast_to(drawn(z)[0], (4, 3, 3))),
    over=SHARES,
    within=1e-9,
    twin=Twin("divided by 1 - eta K/(K - 1)", uniform=True),
)
def unpollute(z, *, uniform=False):
    """(mu~_k - eta mubar)/(1 - eta) is mu_k, and Sigma~_k less both terms is Sigma."""
    sigma, priors, eta = drawn(z)
    means, spread = unpolluted_moments(*polluted_moments(z.means, sigma, priors, eta), priors, eta)
    if uniform:
        middle = priors @ z.means
        means = middle + (means - middle) * (1 - eta) / (1 - eta * 4 / 3)
    return whole(means, spread)


@claim.algebra(
    lambda z: drawn(z)[0] + drawn(z)[2] * (2 - drawn(z)[2]) * scatter(z.means, drawn(z)[1]),
    over=SHARES,
    twin=Twin("Sigma itself is pooled", polluted=False),
)
def pooled_within(z, *, polluted=True):
    """Pooled over noisy classes, the covariance within is Sigma + eta (2 - eta) Sigma_B."""
    sigma, priors, eta = drawn(z)
    spread = polluted_moments(z.means, sigma, priors, eta if polluted else 0 * eta)[1]
    return jnp.einsum("k,kij->ij", priors, spread)


def fourth(p):
    """E (z - mu)^4 <= 3 + 6 M^2 + M^4 in a mixture whose centres are at most M away."""
    far = max(distance(m, p.means[0]) for m in p.means)
    return 3 + 6 * far + far**2


def entry(p, k, i, j, *, cross=True):
    """E (z - mu_k)_i (z - mu_k)_j of the points labelled k."""
    means, spread = polluted_moments(
        jnp.array(p.means, float), jnp.eye(2), jnp.stack(p.priors), p.eta
    )
    a = jnp.array(p.means[k], float) - jnp.stack(p.middle)
    lost = 0.0 if cross else p.eta * (1 - p.eta) * a[i] * a[j]
    b = means[k] - jnp.array(p.means[k], float)
    return spread[k, i, j] - lost + b[i] * b[j]


SEEN = claim.given(mode="labels", at=HERE, variance=lambda p: fourth(p) / (p.points * p.tail))


@SEEN.equals(
    lambda run, p: run["second"][:, 0] / p.tail,
    within=0.15,
    trials=65536,
    twin=Twin("without eta (1 - eta) (mu_k - mubar)(mu_k - mubar)'", cross=False),
)
def polluted_covariance(p, *, cross=True):
    """Points labelled tail: E (z_1 - mu_1)^2 = Sigma~_11 + (mu~ - mu)_1^2, along the axis."""
    return entry(p, 0, 0, 0, cross=cross)


@claim.identity(
    lambda p: p.eta**2 * p.apart(0),
    over=Domain.around(HERE, eta=(0.01, 0.9), tail=(0.01, 0.5)),
    within=1e-12,
    why="a difference of two near means, squared",
    twin=Twin("eta |mubar - mu|^2", power=1),
)
def squared_bias(p, *, power=2):
    """|mu~_k - mu_k|^2 = eta^2 |mubar - mu_k|^2."""
    moved = [(1 - p.eta) * m + p.eta * c for m, c in zip(p.means[0], p.middle, strict=True)]
    return distance(moved, p.means[0]) / (1 if power == 2 else p.eta)
