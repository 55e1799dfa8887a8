"""Adversarial training: natural and robust errors, costs, exchange, and what separation adds."""

import math

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Draws, Twin, exp, lp_norm, normal_cdf, normal_mean, normal_pdf, power,
)  # fmt: skip
from theory.imbalanced_adversarial.exchange import average_exchange, slopes
from theory.imbalanced_adversarial.model import Params, class_errors, nearest_attack
from theory.imbalanced_adversarial.weights import both

claim = Claims()
UNEVEN = Params(s=1.5, spread=0.4, attack=0.5)  # kappa < s
EVEN = Params(s=1.5, attack=0.5)
ROUND = Params(s=1.5, attack=1 / 3, norm="l2")  # s_r = 1, kappa = 1.5
CASES = (UNEVEN.but(rho=5.0), EVEN.but(rho=3.0), ROUND)
ANY_ATTACK = Domain.around(
    UNEVEN, s=(0.3, 4.0), K=(1.5, 1e6), attack=(0.01, 0.9), spread=(0.0, 0.8)
)
KAPPA_IS_S = Domain.around(ROUND, s=(0.3, 4.0), K=(1.5, 1e6), attack=(0.01, 0.9))
EXACTLY = ("jax", "mpmath")


def natural(p, t):
    """Natural class errors of adversarial training."""
    return class_errors(p.kappa, t, p.s_r)


@claim.equals(
    "reweighted[2]",
    at=CASES,
    within=0.01,
    twin=Twin("offset t/2s", prediction=lambda p: normal_cdf(-p.s_r + p.t / (2 * p.s))),
)
def adversarial_optimum(p):
    """Robust minority error Phi(-s_r + t/2s_r), with w = 2(mu - z), b = -t."""
    return class_errors(p.s_r, p.t)[0]


@claim.equals(
    "reweighted[3]",
    at=CASES,
    within=0.01,
    twin=Twin("the natural separability", prediction=lambda p: natural(p, p.t)[1]),
)
def adversarial_optimum_majority(p):
    """Robust majority error Phi(-s_r - t/2s_r)."""
    return class_errors(p.s_r, p.t)[1]


@claim.equals(
    "reweighted[0]",
    at=CASES,
    within=0.01,
    twin=Twin("t/2kappa", prediction=lambda p: class_errors(p.kappa, p.t)[0]),
)
def adversarial_optimum_natural(p):
    """Natural minority error Phi(-kappa + t/2s_r)."""
    return natural(p, p.t)[0]


@claim.equals(
    "reweighted[1]",
    at=CASES,
    within=0.01,
    twin=Twin("the robust one", prediction=lambda p: class_errors(p.s_r, p.t)[1]),
)
def adversarial_optimum_natural_majority(p):
    """Natural majority error Phi(-kappa - t/2s_r)."""
    return natural(p, p.t)[1]


@claim.nonnegative(over=Draws(mu=(4,), w=(4,)), evaluators=("jax",))
def separation_loss_idle(z):
    """No direction has robust separability (w.mu - eps |w|_1)/|w| above s_r = |mu - z|.

    derived: w.z <= eps |w|_1, so that it is at most w.(mu - z)/|w|; equal at w = mu - z, which
    adversarial training finds at every weight. A separation loss on given features adds nothing.
    """
    eps = 0.4 * jnp.max(jnp.abs(z.mu))
    left = z.mu - nearest_attack(z.mu, eps, "linf")
    w = left + 0.5 * z.w
    return lp_norm(left, 2) - (w @ z.mu - eps * lp_norm(w, 1)) / lp_norm(w, 2)


claim.ordering(
    "adversarial_gap_larger_seen",
    "the gap of adversarial training is larger, in natural errors, than that of standard training",
    lambda run, p: run["plain"][:, 0] - run["plain"][:, 1],
    lambda run, p: run["standard_plain"][:, 0] - run["standard_plain"][:, 1],
    at=tuple(UNEVEN.but(K=K, attack=attack) for K in (10.0, 100.0) for attack in (0.2, 0.5)),
    support=(-2.0, 2.0),
)


@claim.never_below(lambda p: both(class_errors(p.s, p.t)), over=ANY_ATTACK, evaluators=EXACTLY)
def adversarial_gap_larger(p):
    """The natural gap of adversarial training is at least that of standard training."""
    return both(natural(p, p.t))


@claim.never_below(lambda p: both(natural(p, p.t)), over=ANY_ATTACK, evaluators=EXACTLY)
def adversarial_robust_gap_larger(p):
    """The robust gap of adversarial training is at least its natural gap."""
    return both(class_errors(p.s_r, p.t))


def natural_cost(p):
    """What the weight costs the majority in natural errors, adversarial minus standard training."""
    own = natural(p, p.t)[1] - natural(p, p.t_1)[1]
    return own - (class_errors(p.s, p.t)[1] - class_errors(p.s, p.t_1)[1])


@claim.nonnegative(
    over=ANY_ATTACK,
    evaluators=EXACTLY,
    known=((ROUND, ".0076698"),),  # .0627980 - .0551282
)
def adversarial_majority_cost_larger(p):
    """Full reweighting costs the majority more natural errors under adversarial training.

    derived: phi over an interval that is longer and nearer to 0
    """
    return natural_cost(p.but(rho=p.K))


@claim.nonnegative(
    over=Domain.around(UNEVEN, s=(0.3, 1.0), rho=(1.0, 10.0)),
    evaluators=EXACTLY,
    twin=None,
    repaired_by="adversarial_majority_cost_larger",
)
def adversarial_majority_cost_larger_for_every_weight(p):
    """Every weight costs the majority more natural errors under adversarial training."""
    return natural_cost(p)


def standard_exchange(p):
    """r(s, t_1/2s)."""
    return average_exchange(p.s, p.t_1 / (2 * p.s))


@claim.never_below(
    standard_exchange, over=ANY_ATTACK, evaluators=EXACTLY,
    known=((ROUND, ".356011"), (ROUND.but(attack=2 / 3), ".466656")),
)  # fmt: skip
def adversarial_exchange(p):
    """In robust errors a unit of the minority's gain costs the majority r(s_r, t_1/2s_r), more."""
    return average_exchange(p.s_r, p.t_1 / (2 * p.s_r))


@claim.never_above(
    standard_exchange, over=KAPPA_IS_S, evaluators=EXACTLY,
    known=((ROUND, ".211550"), (ROUND.but(attack=2 / 3), ".092421")),
)  # fmt: skip
def natural_exchange(p):
    """In natural errors it costs r(kappa, t_1/2s_r), less where kappa = s: the minority gains more.

    derived: r(m, h) falls in h at fixed m
    """
    return average_exchange(p.kappa, p.t_1 / (2 * p.s_r))


@claim.never_below(
    standard_exchange, over=KAPPA_IS_S, evaluators=EXACTLY, twin=None,
    repaired_by="natural_exchange",
)  # fmt: skip
def natural_exchange_worsens(p):
    """Adversarial training worsens the exchange of natural errors."""
    return natural_exchange(p)


@claim.identity(
    lambda p: power(p.rho / p.K, p.kappa / p.s_r),
    over=Domain.around(UNEVEN, s=(0.3, 2.0), K=(2.0, 100.0), attack=(0.1, 0.6), rho=(1.0, 50.0)),
    points=16,
    within=1e-10,
    why="autodiff against a formula",
    twin=Twin("rho/K, as in robust errors", rhs=lambda p: p.rho / p.K),
)
def local_natural_exchange(p):
    """Along rho, d err_maj/(-d err_min) = (rho/K)^(kappa/s_r) in natural errors."""
    minority, majority = slopes(natural, p)
    return -majority / minority


@claim.identity(
    0.5,
    over=Domain.around(UNEVEN, s=(0.3, 3.0), attack=(0.1, 0.6), rho=(1.0, 9.0)),
    evaluators=EXACTLY,
    twin=Twin("exp(2 s_r^2), as in robust errors", robust=True),
)
def half_minority_threshold_natural(p, *, robust=False):
    """Adversarial training loses half of the clean minority at K/rho = exp(2 kappa s_r)."""
    return natural(p, p.but(K=p.rho * exp(2 * p.s_r * (p.s_r if robust else p.kappa))).t)[0]


@claim.identity(
    0.5,
    over=Domain.around(UNEVEN, s=(0.3, 3.0), attack=(0.1, 0.6), rho=(1.0, 9.0)),
    evaluators=EXACTLY,
    twin=Twin("exp(2 kappa s_r), as in natural errors", robust=False),
)
def half_minority_threshold_robust(p, *, robust=True):
    """Under attack it loses half at K/rho = exp(2 s_r^2) already."""
    t = p.but(K=p.rho * exp(2 * p.s_r * (p.s_r if robust else p.kappa))).t
    return class_errors(p.s_r, t)[0]


def score(p, stretch):
    """The gradient of the weighted adversarial logistic loss at slope 2 stretch s_r, offset -t.

    Along (mu - z)/s_r the attacked points are N(y s_r, 1); both entries are divided by rho + K.
    """

    def of_class(y, weight, of):
        def pull(g):
            x = y * p.s_r + g
            return of(x) * jax.nn.sigmoid(-y * (2 * stretch * p.s_r * x - p.t))

        return y * weight / (p.rho + p.K) * normal_mean(pull)

    return jnp.stack(
        [of_class(1, p.rho, of) + of_class(-1, p.K, of) for of in (lambda x: x, jnp.ones_like)]
    )


@claim.identity(
    0.0,
    over=Domain.around(UNEVEN, s=(0.5, 2.5), K=(1.0, 1e3), rho=(1.0, 100.0)),
    points=16,
    within=1e-11,
    scale=1.0,
    why="a quadrature of 240 nodes",
    twin=Twin("the weight rescales w too", stretch=1.1),
)
def weighted_logistic_consistency(p, *, stretch=1.0):
    """The weighted adversarial logistic loss is stationary at w = 2(mu - z), b = -t."""
    return score(p, stretch)


APART = tuple(p.but(rho=p.K, gain=1.5) for p in CASES)
for entry, which in enumerate(("natural_minority", "natural_majority", "minority", "majority")):
    words = which.replace("_", " ") if "_" in which else f"robust {which}"
    claim.equals(
        f"separated[{entry}]",
        name=f"separation_aware_{which}",
        says=f"separation-aware training has the {words} error of its own s_r and kappa at t = 0",
        formula=lambda p, natural=entry < 2: normal_cdf(-(p.kappa if natural else p.s_r)),
        at=APART,
        within=0.01,
        twin=Twin("those of reweighting alone", prediction=lambda p, natural=entry < 2: (
            normal_cdf(-(p.but(gain=1.0).kappa if natural else p.but(gain=1.0).s_r)))),
    )  # fmt: skip


def majority_slope(p):
    """-d err_maj/ds of class errors at fixed t: phi(s + t/2s) (1 - t/2s^2)."""
    return normal_pdf(p.s + p.t / (2 * p.s)) * (1 - p.t / (2 * p.s**2))


@claim.nonnegative(
    over=Domain.derived(
        lambda s, share: Params(s=s, K=math.exp(2 * share * s**2)), s=(0.05, 3), share=(0, 1)
    ),
    evaluators=EXACTLY,
    twin=Twin("at every imbalance", domain=Domain.around(UNEVEN, s=(0.3, 1.0))),
)
def separation_helps_both_classes(p):
    """The majority's error falls with separability iff K/rho <= exp(2 s^2); the minority's always.

    derived: the slope is -phi(s + t/2s) (1 - t/2s^2)
    """
    return majority_slope(p)


@claim.nonnegative(
    over=Domain.around(UNEVEN, s=(0.3, 1.0), rho=(1.0, 10.0)),
    evaluators=EXACTLY,
    twin=None,
    repaired_by="separation_helps_both_classes",
)
def separation_helps_both_classes_at_every_weight(p):
    """Separation lowers both classes' errors at every weight."""
    return majority_slope(p)
