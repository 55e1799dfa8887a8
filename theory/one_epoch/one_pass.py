"""One pass over fresh data: the exact risk, when it is stable, and what stays of it."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Static, Twin, Whole, closed_form, root, total
from theory.one_epoch.params import SOME, Batch, Energies, Params, Spectrum, Square, Step

claim = Claims("derived")


def factor(lam, eta, batch):
    """rho = 1 - 2 eta lam + eta^2 (1 + 1/B) lam^2, on any numbers."""
    return 1 - 2 * eta * lam + eta * eta * (lam * lam + lam * lam / batch)


def mass(lam, eta, batch):
    """kappa = (eta/B) sum lam/(2 - eta lam (1 + 1/B))."""
    lam, eta, batch = jnp.asarray(lam, float), jnp.asarray(eta), jnp.asarray(batch)
    eta, batch = eta[..., None], batch[..., None]
    return jnp.sum(eta / batch * lam / (2 - eta * lam * (1 + 1 / batch)), -1)


def short(lam, eta, batch):
    """No direction overshoots by itself."""
    return jnp.asarray(eta) * jnp.max(jnp.asarray(lam), -1) * (1 + 1 / jnp.asarray(batch)) < 2


def stable(lam, eta, batch):
    """Mean-square stability."""
    return short(lam, eta, batch) & (
        mass(lam, jnp.where(short(lam, eta, batch), eta, 0), batch) < 1
    )


SHORT = ("is mean-square unstable: eta lam_1 (1 + 1/B) >= 2", short)
STABLE = ("is mean-square unstable: kappa >= 1", stable)


@closed_form(example=SOME, eta=SHORT)
def kernel_mass(lam: Spectrum, eta: Step, batch: Batch) -> Any:
    """kappa = (eta/B) sum_j lam_j/(2 - eta lam_j (1 + 1/B)): SGD's own noise, fed back."""
    return mass(lam, eta, batch)


@closed_form(example=SOME)
def critical_step(lam: Spectrum, batch: Batch) -> Any:
    """eta_c: kappa = 1 at 2 B theta/(lam_1 (B + 1)), sum_j theta q_j/(1 - theta q_j) = B + 1.

    q = lam/lam_1. By a root (JAX), between equal directions and one direction.
    """
    lam, batch = jnp.asarray(lam, float), jnp.asarray(batch, float)
    top = jnp.max(lam, -1)
    q, d = lam / top[..., None], lam.shape[-1]

    def surplus(theta):
        x = theta[..., None] * q
        return jnp.sum(x / (1 - x), -1) - (batch + 1)

    def alone(load):  # the theta of one direction with the load theta/(1 - theta), below 1
        return load / (load + 1)

    low, high = alone(0.999 * (batch + 1) / d), alone(1.001 * (batch + 1))
    theta = root(surplus, low, high)
    return 2 * batch * theta / (top * (batch + 1))


@closed_form(example=SOME | {"tail": 0.1, "s2": 0.2}, eta=STABLE)
def stationary_risk(lam: Spectrum, eta: Step, batch: Batch, tail: Square, s2: Square) -> Any:
    """(tail + kappa s2)/(1 - kappa): the excess risk that is left after many steps."""
    kappa = mass(lam, eta, batch)
    return (tail + kappa * s2) / (1 - kappa)


def advance(parts, lam, eta, batch, noise):
    """One step of c_j = lam_j E(w_j - beta_j)^2; ``noise`` = tail + s2. On any numbers."""
    fed = total(parts) + noise
    return factor(lam, eta, batch) * parts + eta * eta * lam * lam / batch * fed


@closed_form(example=SOME | {"tail": 0.1, "s2": 0.2}, eta=STABLE)
def one_pass_risk(
    lam: Spectrum, energy: Energies, eta: Step, batch: Batch, tail: Square, s2: Square,
    steps: Annotated[int, Ge(0), Le(100_000), Whole, Static],
) -> Any:  # fmt: skip
    """R_t = tail + sum_j c_j after t steps of one pass, exact for Gaussian fourth moments.

    c_j' = rho_j c_j + (eta^2/B) lam_j^2 (R + s2), c_j = lam_j beta_j^2 at first. One spectrum.
    """
    lam, energy = jnp.broadcast_arrays(jnp.asarray(lam, float), jnp.asarray(energy, float))
    eta, batch, noise = (jnp.asarray(x, float)[..., None] for x in (eta, batch, tail + s2))
    shape = jnp.broadcast_shapes(lam.shape, eta.shape, batch.shape, noise.shape)
    parts = jnp.broadcast_to(energy, shape)
    step = lambda c, _: (advance_rows(c, lam, eta, batch, noise), None)  # noqa: E731
    parts = jax.lax.scan(step, parts, length=steps)[0]
    return tail + jnp.sum(parts, -1)


def advance_rows(parts, lam, eta, batch, noise):
    """``advance`` with the last axis kept."""
    fed = jnp.sum(parts, -1, keepdims=True) + noise
    return factor(lam, eta, batch) * parts + eta * eta * lam * lam / batch * fed


# --------------------------------------------------------------------------------------------
# The recursion

HERE = Params()
PAIRS = Params(B=2, eta=0.25)


def tail_of(p):
    """sum_{j > N} j^-s."""
    return jnp.sum(jnp.where(jnp.arange(1, p.d + 1) > p.N, p.energy, 0.0))


def trained(p):
    """(lam, energy) of the trained coordinates; N concrete."""
    return p.lam[: p.N], p.energy[: p.N]


def farthest(p):
    """An upper bound on |w - beta|^2 over all steps and all data, for fourth-moment signs.

    r = x.w - y, |x|^2 <= X: |v'|^2 <= |v|^2 + eta e^2/(2 - eta X), e the label's unlearnt part.
    """
    lam, energy = trained(p)
    spread = 3 * jnp.sum(lam)
    away = jnp.sqrt(p.s2) + jnp.sum(jnp.sqrt(p.energy[p.N :]))
    return jnp.sum(energy / lam) + p.T * p.eta * 3 * away**2 / (2 - p.eta * spread)


def risk_range(p):
    """0 <= R_t - tail <= lam_1 |w - beta|^2."""
    return (0.0, tail_of(p) + farthest(p))


risky = claim.given(support=(lambda p: 0.0, lambda p: risk_range(p)[1]), at=(HERE, PAIRS))


@risky.equals("risk", relative=0.03, twin=Twin("rho = (1 - eta lam)^2, without 1/B", fourth=0))
def one_pass_recursion(p, *, fourth=1):
    """E R_T by c_j' = rho_j c_j + (eta^2/B) lam_j^2 (R + s2): exact at every T, B, eta, N, d.

    rho_j = 1 - 2 eta lam_j + eta^2 (1 + 1/B) lam_j^2; E x x'M x x' = 2 L M L + tr(L M) L
    """
    lam, energy = trained(p)
    tail = tail_of(p)
    if fourth:
        return one_pass_risk(lam, energy, p.eta, p.B, tail, p.s2, p.T)
    parts = energy
    for _ in range(p.T):
        fed = jnp.sum(parts) + tail + p.s2
        parts = (1 - p.eta * lam) ** 2 * parts + p.eta**2 * lam**2 / p.B * fed
    return tail + jnp.sum(parts)


NARROW = Params(s2=0.0)


@claim.equals(
    "risk",
    at=NARROW,
    support=(lambda p: 0.0, lambda p: risk_range(p)[1]),
    relative=0.02,
    twin=Twin("untrained coordinates make no noise", fed=0),
)
def untrained_part_is_noise(p, *, fed=1):
    """Coordinates beyond N act as label noise of variance tail_N: no noise here but theirs."""
    lam, energy = trained(p)
    tail = tail_of(p)
    return tail + one_pass_risk(lam, energy, p.eta, p.B, fed * tail, p.s2, p.T) - fed * tail


def loss_range(p):
    """+- the largest squared residual of a batch and of the risk."""
    lam, _ = trained(p)
    away = jnp.sqrt(p.s2) + jnp.sum(jnp.sqrt(p.energy[p.N :]))
    return 3 * (jnp.sqrt(jnp.sum(lam) * farthest(p)) + away) ** 2


@claim.equals(
    lambda run, p: run["online"] - run["before"],
    at=HERE.but(s2=0.5),
    support=(lambda p: -loss_range(p), loss_range),
    within=0.1,
    twin=Twin("the train curve lies below the test curve by the noise", optimism=1),
)
def online_loss_unbiased(p, *, optimism=0):
    """E[loss of a fresh batch before its update] - E[R_t] = s2: train curve = test curve.

    Each example is seen once, so its loss is a test loss; nothing can overfit in one epoch.
    """
    return p.s2 * (1 - optimism)


claim.ordering(
    "reuse_hurts_sgd",
    "at equal steps, E[R] of four epochs over a quarter of the data > E[R] of one epoch",
    "reused",
    "risk",
    at=HERE,
    support=(lambda p: -risk_range(p)[1], lambda p: risk_range(p)[1]),
)

# --------------------------------------------------------------------------------------------
# Stability

STEEP = Domain.around(Params(d=12, N=12), a=(1.0, 3.0))


def transition(lam, eta, batch):
    """The recursion's matrix, made symmetric."""
    eta, lam = jnp.asarray(eta), jnp.asarray(lam)
    return jnp.diag(factor(lam, eta, batch)) + eta**2 / batch * jnp.outer(lam, lam)


@claim.identity(
    1.0,
    over=STEEP,
    within=1e-9,
    points=24,
    why="an eigenvalue of a 12 x 12 matrix at a root",
    twin=Twin("the deterministic limit eta < 2/lam_1", noisy=False),
)
def ms_stability(p, *, noisy=True):
    """R_t is bounded iff eta lam_1 (1 + 1/B) < 2 and kappa < 1: at eta_c the growth is just 1."""
    eta = critical_step(p.lam, 2.0) if noisy else 2.0
    return jnp.max(jnp.linalg.eigvalsh(transition(p.lam, eta, 2.0)))


WIDE = tuple((Params(d=30, N=30, B=b), x) for b, x in ((1, ".531943"), (4, "1.255898")))


@claim.never_below(lambda p: 2 * p.B / (p.B + 1 + p.d), over=STEEP, points=24, known=WIDE)
def critical_step_at_least(p):
    """eta_c >= 2 B/(lam_1 (B + 1 + N)), its value for equal directions; lam_1 = 1."""
    return critical_step(p.lam, p.B)


@claim.never_above(lambda p: 2 * p.B / (p.B + 2), over=STEEP, points=24)
def critical_step_at_most(p):
    """eta_c <= 2 B/(lam_1 (B + 2)), its value for one direction: 2/3 at B = 1, never 2."""
    return critical_step(p.lam, p.B)


SLOW = Domain.around(
    Params(d=12, N=9, B=2), a=(1.0, 2.0), s=(1.2, 3.0), eta=(0.05, 0.6), s2=(0.0, 1.0)
)


@claim.identity(
    lambda p: settled(p),
    over=SLOW,
    points=24,
    within=1e-10,
    why="a linear system of condition below 1e4",
    twin=Twin("without 1/(1 - kappa)", fed=False),
)
def stationary_excess(p, *, fed=True):
    """R tends to tail + kappa (s2 + tail)/(1 - kappa) = (tail + kappa s2)/(1 - kappa)."""
    lam, _ = trained(p)
    if not fed:
        return tail_of(p) + kernel_mass(lam, p.eta, p.B) * (p.s2 + tail_of(p))
    return stationary_risk(lam, p.eta, p.B, tail_of(p), p.s2)


def settled(p):
    """The recursion's fixed point, by a linear system."""
    lam, _ = trained(p)
    matrix = transition(lam, p.eta, p.B)
    source = p.eta**2 / p.B * lam * (tail_of(p) + p.s2)
    return tail_of(p) + lam @ jnp.linalg.solve(jnp.eye(p.N) - matrix, source)


@claim.identity(
    lambda p: one_pass_risk(*trained(p), p.eta, p.B, tail_of(p), p.s2, p.T),
    over=SLOW,
    points=24,
    within=1e-11,
    why="rounding of sixteen steps",
    twin=Twin("a kernel without the noise of untrained coordinates and labels", noise=0),
)
def volterra_form(p, *, noise=1):
    """R_t = tail + F(t) + sum_{q<t} K(t - 1 - q) (R_q + s2), F and K sums of rho_j^t.

    F(t) = sum lam_j beta_j^2 rho_j^t, K(u) = (eta^2/B) sum lam_j^2 rho_j^u, sum_u K(u) = kappa
    """
    lam, energy = trained(p)
    powers = factor(lam, p.eta, p.B) ** jnp.arange(p.T + 1)[:, None]
    F, K = powers @ energy, p.eta**2 / p.B * powers @ lam**2
    ages = jnp.arange(p.T + 1)[:, None] - 1 - jnp.arange(p.T + 1)
    fed = jnp.where(ages >= 0, K[jnp.maximum(ages, 0)], 0.0)
    forced = tail_of(p) + F + noise * p.s2 * jnp.sum(fed, 1)
    return jnp.linalg.solve(jnp.eye(p.T + 1) - fed, forced)[-1]


@claim.identity(
    lambda p: one_pass_risk(*trained(p), p.eta, p.B, tail_of(p), p.s2, p.T),
    over=Domain.around(
        ONE := Params(d=2, N=1, B=2, T=1, epochs=1, eta=0.3, s=2.4), eta=(0.1, 0.9), s2=(0.0, 1.0)
    ),
    within=1e-13,
    known=((ONE, ".78024"),),
    why="rounding",
    twin=Twin("noise not divided by the batch", batch=1),
)
def one_step(p, *, batch=None):
    """One direction, one step: 1 - 2 eta + eta^2 (1 + 2/B) + (eta^2/B) (tail + s2) + tail."""
    B = p.B if batch is None else batch
    tail = tail_of(p)
    return tail + 1 - 2 * p.eta + p.eta**2 * (1 + 2 / B + (tail + p.s2) / B)
