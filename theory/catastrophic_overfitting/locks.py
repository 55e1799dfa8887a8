"""Where training with noise ends for a linear loss: the ratio q = c/b is locked, or runs away.

(b, c) moves along n (P_b, kappa P_c), so q rises where kappa P_c > q P_b. AAER adds to an abnormal
example's loss lambda (loss before, held fixed - loss after): a weight 1 - lambda for 1.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, root
from theory.catastrophic_overfitting.landscape import turn
from theory.catastrophic_overfitting.noise import abnormal_pieces, noise_push, projected_push
from theory.catastrophic_overfitting.params import Params, Ratio, Speed, Weight, Width

claim = Claims("derived")
trained = claim.given(mode="training")
Narrow = Annotated[Scalar, Ge(0.05), Le(10)]


@closed_form
def regularised_push(q: Ratio, k: Width, lam: Weight):
    """noise_push with the abnormal pieces taken out lambda times: the weight 1 - lambda.

    On a piece (s_1, s_2) with step t: ((s + t)^2/2, -(s + t)^4/4) from s_1 to s_2, over 2k.
    """
    on_b, on_c = noise_push(q, k)
    for low, high, step in abnormal_pieces(q, k):
        start, end = low + step, high + step
        on_b = on_b - lam * (end**2 - start**2) / (4 * k)
        on_c = on_c + lam * (end**4 - start**4) / (8 * k)
    return on_b, on_c


@jax.jit
def _locked(k, kappa, lam):
    def surplus(log_q):
        q = jnp.exp(log_q)
        on_b, on_c = regularised_push(q, k, lam)
        return kappa * on_c - q * on_b

    low = -jnp.log1p(3 * k + 3 * k**2) - 1e-3
    return jnp.exp(root(surplus, low, jnp.maximum(jnp.log(4 / (3 * k**2)), 0.0) + 1e-3))


def _float(x):
    return jnp.asarray(x, float)


@closed_form
def locked_ratio(k: Narrow, kappa: Speed, lam: Weight):
    """The root q* of kappa P_c = q P_b, to which q = c/b tends from below while b, c -> 0.

    lam = 0 is noise alone: there u = 1/sqrt(3 q*) lies between k/2 and k, and the root is one.
    At lam = 1 and narrow noise both pushes vanish on an interval: a point of it, infinite slope.
    """

    return _locked(*map(_float, (k, kappa, lam)))


@closed_form
def noise_width(q: Annotated[Scalar, Ge(1e-3), Le(1e3)], kappa: Speed):
    """The least noise k that locks the ratio at most at q; between u and 2u, u = 1/sqrt(3 q).

    kappa (2 (u^3 + u) - k^3 - k) = q (k - 2u). q = 4/3: the far corner never wins; q = 1/3: FGSM
    stays exact.
    """
    return _width(_float(q), _float(kappa))


@jax.jit
def _width(q, kappa):
    u = turn(q)
    gap = lambda k: kappa * (2 * (u**3 + u) - k**3 - k) - q * (k - 2 * u)  # noqa: E731
    return root(gap, u, 2 * u)


@closed_form
def arrest(
    b: Annotated[Scalar, Ge(0), Le(1e6)], c: Annotated[Scalar, Ge(0), Le(1e6)], kappa: Speed
):
    """(c + kappa b)/(1 + kappa): b and c where AAER (lambda > 1, k = 0) stops FGSM training.

    At q = 1; with a linear loss, and the penalty applied to whole batches too.
    """
    return (c + kappa * b) / (1 + kappa)


# --------------------------------------------------------------------------------------------
# Noise


def locking(k, kappa, lam=0.0):
    """A run from a small ratio, with steps in proportion to b."""
    return Params(
        c=0.05, k=k, kappa=kappa, lam=lam, a=0.0, loss="linear", schedule="proportional",
        rate=1e-3, batch=256, steps=4000,
    )  # fmt: skip


def last_ratio(run):
    """c/b at the end."""
    return run["c"][..., -1] / run["b"][..., -1]


def lock_gap(run, p, lam=None, at=None):
    """|q/q* - 1| at the end."""
    lock = locked_ratio(p.k, p.kappa, p.lam if lam is None else lam) if at is None else at
    return abs(last_ratio(run) / lock - 1)


# equally spaced noise, 256 a step: a share is wrong by 1/256 at each end of a piece
locked = trained.given(within=0.02, trials=4)
locked.every_trial(
    lock_gap,
    name="noise_lock",
    says="with noise q tends to the root q* of kappa P_c = q P_b while b, c -> 0: training is flat",
    at=[locking(0.5, 1.0), locking(1.0, 1.0), locking(1.0, 0.1), locking(2.0, 1.0)],
    twin=Twin("q* = 1", observable=lambda run, p: lock_gap(run, p, at=1.0)),
)


@claim.identity(
    lambda p: p.q,
    over=Domain.around(Params(), c=(0.1, 4.0), kappa=(0.1, 10.0)),
    points=8,
    within=1e-9,
    why="a root of a root",
    twin=Twin("k_c = 1", width=1.0),
)
def lock_at_the_least_width(p, *, width=None):
    """The noise of least width for q locks at q."""
    return locked_ratio(noise_width(p.q, p.kappa) if width is None else width, p.kappa, 0.0)


@claim.never_above(
    1,
    over=Domain.around(Params(), kappa=(1e-3, 1e3)),
    twin=Twin("the width that keeps FGSM exact", q=1 / 3),
    known=(
        (Params(kappa=0.1), ".95641"),
        (Params(kappa=1.0), ".84686"),
        (Params(kappa=10.0), ".78832"),
    ),
)
def noise_prevents(p, *, q=4 / 3):
    """Noise as wide as the step, unprojected, keeps the far corner from winning, for every kappa.

    Its least width k_c solves kappa (5/4 - k^3 - k) = (4/3)(k - 1): from .77839 to 1.
    """
    return noise_width(q, p.kappa)


@claim.nonnegative(
    over=Domain.around(Params(), c=(0.02, 4 / 3), k=(0.05, 1.0), kappa=(1e-3, 1e3)),
    points=128,
    twin=Twin("the end of the step not projected", projected=False),
)
def projected_noise_fails(p, *, projected=True):
    """Noise inside the ball with projection (FGSM-RS), k <= 1: q rises through 4/3, every kappa.

    derived; of this model with a linear loss. P_b < 0 < P_c as long as u >= 1/2.
    """
    on_b, on_c = (projected_push if projected else noise_push)(p.q, p.k)
    return p.kappa * on_c - p.q * on_b


# --------------------------------------------------------------------------------------------
# AAER

BATCH = Params(c=0.5, k=0.8, lam=4.0, batch=16, steps=300, rate=0.02, spread=0.5)


def weight_gap(run, p, share=None) -> Any:
    """The penalised gradient minus that with abnormal examples weighted."""
    weight = 1 - p.lam * (1.0 if share is None else run["share"][..., None])
    return jnp.max(abs(run["penalised"] - run["normal"] - weight * run["abnormal"]), axis=-1)


trained.every_trial(
    weight_gap,
    within=1e-12,
    name="aaer_weight",
    says="in AAER's gradient an abnormal example has the weight 1 - lambda1 lambda2 in place of 1",
    at=(BATCH, BATCH.but(c=1.5, lam=2.0)),
    trials=16,
    source="the authors' code: the loss before the step carries no gradient",
    twin=Twin("lambda times the share", observable=lambda run, p: weight_gap(run, p, True)),
)
ARREST = Params(c=0.05, lam=4.0, a=0.0, loss="linear", rate=1e-4)


def arrest_gap(run, p, lam=True):
    """The distance of (b, c) from the arrest at the end."""
    stop = arrest(p.b, p.c, p.kappa) if lam else 0.0
    return abs(run["b"][..., -1] - stop) + abs(run["c"][..., -1] - stop)


trained.every_trial(
    arrest_gap,
    within=lambda p: 2 * p.rate * p.n * (p.lam - 1) * (1 + p.kappa),
    name="aaer_arrest",
    says="k = 0, penalty on every batch: training stops at q = 1, b = c = (c_0 + kappa b_0)/"
    "(1 + kappa), and the worst margin stays M - (2/3^(3/2)) n b",
    at=ARREST,
    trials=4,
    twin=Twin("b falls to 0, as without", observable=lambda run, p: arrest_gap(run, p, False)),
)
PENALISED = [locking(0.5, 1.0, 4.0), locking(1.0, 1.0, 2.0), locking(1.0, 1.0, 4.0)]
locked.every_trial(
    lock_gap,
    name="aaer_lock",
    says="AAER moves the lock to the root of kappa P_c = q P_b with the weight 1 - lambda",
    at=PENALISED,
    twin=Twin("the lock of noise alone", observable=lambda run, p: lock_gap(run, p, 0.0)),
)


@claim.never_above(
    lambda p: locked_ratio(p.k, p.kappa, 0.0),
    over=Domain.around(Params(), k=(0.2, 3.0), kappa=(0.1, 10.0), lam=(1.5, 8.0)),
    points=12,
    twin=Twin("with noise of half the width too", width=0.5),
    known=(
        (Params(k=0.5, kappa=1.0, lam=2.0), ".54239"),
        (Params(k=0.5, kappa=1.0, lam=4.0), ".38444"),
        (Params(k=1.0, kappa=1.0, lam=4.0), ".17361"),
        (Params(k=2.0, kappa=1.0, lam=2.0), ".07951"),
        (Params(k=0.5, kappa=10.0, lam=0.0), "4.29467"),
        (Params(k=2.0, kappa=0.1, lam=0.0), ".16464"),
    ),
)
def aaer_lowers_the_lock(p, *, width=1.0):
    """The lock under AAER, lambda > 1, is below that of noise alone."""
    return locked_ratio(width * p.k, p.kappa, p.lam)
