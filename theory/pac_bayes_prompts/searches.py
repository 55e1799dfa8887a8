"""What searches of fixture T find: random labels, gaps, selection, Gibbs posteriors."""

import math
from collections.abc import Callable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Lt, Scalar, Twin, closed_form, kl_inverse, kl_smallest_rate,
    log_binomial_cdf,
)  # fmt: skip
from theory.pac_bayes_prompts.bounds import (
    exact_xi_kl, occam_kl, smallest_certificate, summary_formula,
)  # fmt: skip
from theory.pac_bayes_prompts.comparisons import catoni_functional
from theory.pac_bayes_prompts.coverage import CASE, complexities, laws_of_prompts
from theory.pac_bayes_prompts.fixtures import constant
from theory.pac_bayes_prompts.params import TEMPLATE, Nats, Point, Risk, Size, TailSize
from theory.pac_bayes_prompts.prior import log_class_size, tilted_log_prior

__all__ = ["random_label_floor", "smallest_of_independent"]

claim = Claims()

RANDOM_LABELS = CASE.but(label_noise=1.0)
CERTIFIED = TEMPLATE.but(n=200, delta=0.05)

_NEGLIGIBLE = 40.0  # counts whose terms differ from 0 or 1 by less than e^-40 are not summed
_CHUNK = 256


@jax.custom_jvp  # a loop of so many steps as n says has no backward slopes
def _smallest(n: jax.Array, p: jax.Array, hypotheses: jax.Array) -> jax.Array:
    """The sum over the counts that matter, a chunk of them at a time; scalars."""
    # Chernoff's bound: P(Bin <= k) < e^-40/|H| below the window, P(Bin > k) < e^-40 above it
    mean, nats = jax.lax.stop_gradient((p, jnp.log(hypotheses) + _NEGLIGIBLE))
    first = jnp.floor(n * kl_smallest_rate.__wrapped__(mean, nats / n))
    last = jnp.minimum(jnp.ceil(n * kl_inverse.__wrapped__(mean, _NEGLIGIBLE / n)), n - 1)

    def add(i, total):
        k = first + _CHUNK * i + jnp.arange(_CHUNK, dtype=float)
        log_cdf = log_binomial_cdf.__wrapped__(jnp.where(k <= last, k, 0.0), n, p)
        log_survival = jnp.log(-jnp.expm1(jnp.minimum(log_cdf, -1e-300)))
        return total + jnp.sum(jnp.where(k <= last, jnp.exp(hypotheses * log_survival), 0.0))

    chunks = jnp.ceil((last - first + 1) / _CHUNK).astype(int)
    return jax.lax.fori_loop(0, chunks, add, first) / n


@_smallest.defjvp
def _(primals, tangents):  # n is a count
    by_p, by_h = jax.jacfwd(_smallest.fun, (1, 2))(*primals)
    return _smallest(*primals), by_p * tangents[1] + by_h * tangents[2]


@closed_form(example={"n": 50})
@jax.jit
def smallest_of_independent(
    n: TailSize, risk: Risk, hypotheses: Annotated[Scalar, Ge(1), Lt(math.inf)]
) -> jax.Array:
    """E[min of |H| independent Bin(n, p)]/n = (1/n) sum_{k < n} P(Bin(n, p) > k)^|H|; JAX only.

    Every n: only the counts at which P(Bin <= k) lies between e^-40/|H| and 1 - e^-40 are summed,
    sqrt(320 n) of them at most for few hypotheses.
    """
    return jnp.vectorize(_smallest)(*(jnp.asarray(a, float) for a in (n, risk, hypotheses)))


@closed_form
def random_label_floor(n: Size, chance: Risk, log_hypotheses: Nats) -> jax.Array:
    """inf{q : kl(q||p) <= ln|H|/n}, under E[min_theta r] if every prompt errs w.p. p; JAX only.

    p = (K - 1)/K for uniformly redrawn labels. From E min r >= -(1/lam) ln sum E e^{-lam r}. Its
    slope in ln|H| is infinite at 0.
    """
    return kl_smallest_rate.__wrapped__(chance, log_hypotheses / n)


claim.never_above(
    lambda p: smallest_of_independent(p.n, p.risk, jnp.exp(p.complexity)),
    formula=lambda p: random_label_floor(p.n, p.risk, p.complexity), name="random_label_floor",
    says="E[min of |H| independent Bin(n, p)]/n >= inf{q : kl(q||p) <= ln|H|/n}",
    source="derived: E min r >= -(1/lam) ln sum_theta E e^{-lam r}, supremum over lam",
    over=Domain.around(Point(), n=(10, 1000), risk=(0.3, 0.95), complexity=(1, 20)), points=48,
    twin=Twin("ln|H|/(2 n) in place of ln|H|/n",
              smaller=lambda p: random_label_floor(2 * p.n, p.risk, p.complexity)),
)  # fmt: skip


claim.ordering(
    "random_label_floor_of_the_fixture",
    "random labels: E[min_theta r] >= inf{q : kl(q||1/2) <= ln|H|/n}",
    lambda run, p: run["errors"].min(axis=1) / p.n,  # training error of the exhaustive search
    constant(lambda p: random_label_floor(p.n, 0.5, log_class_size(p))),
    support=(-0.5, 0.6),  # the smallest of 1728 errors against a floor in [0, 1/2]
    source="derived: see random_label_floor", at=RANDOM_LABELS, trials=512,
    twin=Twin("the floor 1/2 - sqrt(ln|H|/(16 n))",
              below=constant(lambda p: 0.5 - math.sqrt(log_class_size(p) / (16 * p.n)))),
)  # fmt: skip


@claim.equals(
    "smallest_training_error", mode="independent", at=RANDOM_LABELS.but(vocabulary=6),
    within=0.003, why="exact law; 0.003 is a tenth of the distance to the twin", trials=1024,
    known=((RANDOM_LABELS, ".380507"),),
    twin=Twin("the floor of ln|H|/(2 n) is attained",
              prediction=lambda p: 0.5 - jnp.sqrt(log_class_size(p) / (4 * p.n))),
)  # fmt: skip
def random_label_floor_independent(p):
    """independent hypotheses: E[min r] = (1/n) sum_k P(Bin(n, p) > k)^|H|.

    derived: see smallest_of_independent
    """
    chance = (p.classes - 1) / p.classes
    return smallest_of_independent(p.n, chance, float(p.vocabulary**p.length))


def _code(p) -> float:
    return log_class_size(p) / p.n


def _most(p) -> float:
    return math.sqrt(8 * _code(p))  # C, fixed in advance; the functional lies in [-C, C]


def found(of):
    """The reading ``of(r, R, params)`` at the prompt with the fewest errors."""
    return lambda run, p: of(
        run["errors"].min(axis=1) / p.n, laws_of_prompts(p)[1][run["errors"].argmin(axis=1)], p
    )


claim.ordering(
    "expected_kl_gap",
    "E[-ln(1 - R(1-e^-C)) - C r] <= ln|H|/n at C = sqrt(8 ln|H|/n), hence"
    " kl(E r||E R) <= ln|H|/n: no extra logarithm",
    constant(_code), found(lambda r, R, p: np.asarray(catoni_functional(r, R, _most(p)))),
    support=(lambda p: _code(p) - _most(p) - 1e-9, lambda p: _code(p) + _most(p) + 1e-9),
    source="derived: Donsker-Varadhan with the Catoni functional",
    at=(RANDOM_LABELS, CASE.but(n=20)), trials=512,
    twin=Twin("E[R - r] <= ln|H|/(2 n): the square root is lost",
              observable=constant(lambda p: _code(p) / 2), below=found(lambda r, R, p: R - r),
              support=(lambda p: _code(p) / 2 - 1, lambda p: _code(p) / 2 + 1)),
)  # fmt: skip

# Selection, and posteriors that are not one prompt


def disorder(kind: str):
    """The reading that is positive where a larger reward gave fewer errors or more nats."""

    def reading(run, p):
        errors, nats = (np.diff(run[f"{kind}_{what}"], axis=1) for what in ("errors", "nats"))
        return np.maximum(-errors.min(axis=1), nats.max(axis=1))

    return reading


claim.every_trial(
    disorder("exhaustive"), within=0.0, name="lagrangian_monotone", mode="lagrangian",
    says="exhaustive search: as beta grows, r does not fall and ln 1/P does not rise",
    source="derived: exchange argument for minimisers of r + beta ln 1/P over all of H",
    at=TEMPLATE.but(n=100, delta=0.05), trials=512,
    twin=Twin("greedy search is monotone too", observable=disorder("greedy")),
)  # fmt: skip

TEMPERATURES = (0.1, 0.3, 0.5, 1.0, 2.0, 4.0)


def by_trial(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The reading ``function(errors of all prompts, params)``, by one program of 64 trials: the
    pieces of a run, of many sizes, would have one each."""
    program = jax.jit(
        lambda errors, p: jax.lax.map(lambda row: function(row, p), errors), static_argnums=1
    )

    def reading(run, p):
        trials, prompts = run["errors"].shape
        blocks = np.resize(run["errors"], (-(-trials // 64), 64, prompts))
        return np.concatenate([program(block, p) for block in blocks])[:trials]

    return reading


def gibbs(of=lambda bounds, risks: jnp.max(risks - bounds), bound=exact_xi_kl):
    """The reading ``of(bound, E_Q R)`` of the Gibbs posteriors at each lam/n of TEMPERATURES."""

    def read(errors, p):
        log_mass, risk = laws_of_prompts(p)
        log_q = tilted_log_prior.__wrapped__(log_mass, errors, jnp.asarray(TEMPERATURES)[:, None])
        q = jnp.exp(log_q)
        c = jnp.sum(q * (log_q - log_mass), axis=1) + p.confidence
        return of(bound.__wrapped__(q @ errors.astype(float), p.n, c), q @ risk)

    return by_trial(read)


@by_trial
def best_point_mass(errors, p):
    """The smallest occam_binomial of one prompt, at most 1/2."""
    return jnp.minimum(smallest_certificate(errors, p.n, complexities(p)), 0.5)


certified = claim.given(at=CERTIFIED)
certified.at_most(
    gibbs(), name="point_mass_vs_gibbs", trials=512, formula=0.0,
    says="P(some Gibbs posterior, lam/n in 0.1..4, has E_Q R > exact_xi_kl) <= delta",
    source="derived: exact_xi_kl holds for all posteriors at once", delta=lambda p: p.delta,
    twin=Twin("r + (KL + ln(1/delta) + 2)/(2 n - 1) holds for them",
              observable=gibbs(bound=summary_formula)),
)  # fmt: skip
certified.ordering(
    "point_mass_beats_gibbs",
    "E[best Gibbs exact_xi_kl] > E[smallest occam_binomial of one prompt]",
    gibbs(lambda bounds, risks: jnp.minimum(jnp.min(bounds), 0.5)), best_point_mass,
    support=(-0.5, 0.5), trials=768,
    source="measured on fixture T; the point mass does not pay ln xi(n)",
    twin="averaging over prompts helps",
)  # fmt: skip
claim.ordering(
    "half_sample_prior_gain",
    "E[min(smallest certificate, 0.3)] is lower when 40 of 200 points tilt the prior than with"
    " none",
    "bounds[0]", "bounds[1]", support=(-0.3, 0.3), mode="half_sample",
    at=CERTIFIED.but(first=40), trials=2500, source="measured on fixture T",
    twin=Twin("the more the better: 160 of 200 points beat 40",
              observable="bounds[1]", below="bounds[2]"),
)  # fmt: skip


@by_trial
def tau_of_bound(errors, p):
    """Kendall's tau-b of occam_kl and risk, over every third prompt: the same mean."""
    nats, risk = complexities(p)[::3], laws_of_prompts(p)[1][::3]
    bound = occam_kl.__wrapped__(errors[::3], p.n, nats)
    a, b = (jnp.sign(v[:, None] - v[None, :]) for v in (bound, risk))
    return jnp.sum(a * b) / jnp.sqrt(jnp.sum(a * a) * jnp.sum(b * b))


certified.ordering(
    "model_selection", "E[Kendall's tau of bound and risk over the prompts] > 1/2",
    tau_of_bound, constant(lambda p: 0.5), support=(-1.5, 0.5), trials=256,
    source="the paper's 'best bound, best test error', as a correlation",
    twin=Twin("the order is all but the same: tau > 0.9", below=constant(lambda p: 0.9),
              support=(-1.9, 0.1)),
)  # fmt: skip


@claim.identity(
    lambda p: -jax.nn.logsumexp(laws_of_prompts(TEMPLATE)[0]
                                - p.complexity * laws_of_prompts(TEMPLATE)[1]),
    over=Domain.around(Point(), complexity=(1, 2000)), points=16, within=1e-12,
    why="sums of 1728 terms of one sign",
    twin=Twin("the posterior of half the temperature", temperature=0.5),
)  # fmt: skip
def gibbs_variational(p, *, temperature=1.0):
    """min_Q {lam E_Q r + KL(Q||P)} = -ln sum P e^{-lam r}, at Q prop. to P e^{-lam r}.

    Donsker and Varadhan
    """
    log_mass, risk = laws_of_prompts(TEMPLATE)
    log_q = tilted_log_prior(log_mass, risk, temperature * p.complexity)
    return jnp.sum(jnp.exp(log_q) * (p.complexity * risk + log_q - log_mass))
