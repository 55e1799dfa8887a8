"""Hidden units: ordered by nested dropout, made equal by dropout, free without either."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Ge, Gt, Le, Lt, Scalar, Twin, closed_form, exp, log, total
from theory.nested_dropout.masks import SUMS, Chances, Time, survival
from theory.nested_dropout.params import Hidden, Keep, Params, Positive, Spectrum

claim = Claims("derived")
Survived = Annotated[Scalar, Ge(1e-9), Le(1)]
Share = Annotated[Scalar, Gt(0), Lt(1)]
SMALL = ("is not below the singular value", lambda start, singular: start < singular)
SPECTRUM = {"singular": [2.0, 1.0, 0.5], "chances": [0.7, 0.3]}
FEWER = (
    "has fewer directions than there are units",
    lambda chances, singular: jnp.shape(chances)[-1] <= jnp.shape(singular)[-1],
)


def _padded(singular, chances):
    """q_j over all directions, 0 beyond the units."""
    q, d = survival(chances), jnp.shape(singular)[-1]
    return jnp.concatenate([q, jnp.zeros((*q.shape[:-1], d - q.shape[-1]))], -1)


@closed_form(example=SPECTRUM, chances=SUMS, singular=FEWER)
def ordered_value(singular: Spectrum, chances: Chances) -> Any:
    """sum_j sv_j^2 (1 - q_j), q_j = 0 beyond K_max: the nested autoencoder's least loss.

    Also sum_k pi_k sum_{j>k} sv_j^2. Singular values in any order: the largest get the first units.
    """
    sv = jnp.sort(jnp.asarray(singular, float), -1)[..., ::-1]
    return total(sv**2 * (1 - _padded(sv, chances)))


@closed_form(example={"singular": [2.0, 1.0, 0.5]})
def equal_threshold(singular: Spectrum, keep: Keep, units: Hidden) -> Any:
    """alpha = max_rho (1 - p) S_rho/(p r + (1 - p) rho), S_rho the sum of the rho largest.

    Dropout's factors of r >= rank hidden units hold max(sv - alpha, 0): the rho that is best is the
    largest with sv_rho > alpha.
    """
    sv = jnp.sort(jnp.asarray(singular, float), -1)[..., ::-1]
    rho, p = jnp.arange(1.0, sv.shape[-1] + 1), jnp.asarray(keep, float)[..., None]
    r = jnp.asarray(units, float)[..., None]
    return jnp.max((1 - p) * jnp.cumsum(sv, -1) / (p * r + (1 - p) * rho), -1)


@closed_form(example={"singular": [2.0, 1.0, 0.5]})
def equal_value(singular: Spectrum, keep: Keep, units: Hidden) -> Any:
    """sum min(sv, alpha)^2 + alpha sum max(sv - alpha, 0): the least expected loss."""
    sv = jnp.asarray(singular, float)
    alpha = equal_threshold(singular, keep, units)[..., None]
    return total(jnp.minimum(sv, alpha) ** 2) + alpha[..., 0] * total(jnp.maximum(sv - alpha, 0))


@closed_form(example={"start": 0.5}, start=SMALL)
def unit_strength(time: Time, singular: Positive, survival: Survived, start: Positive) -> Any:
    """s_j(t) = sv_j/(1 + (sv_j/s_j(0) - 1) exp(-2 q_j sv_j t)): a unit that started on its axes."""
    return singular / (1 + (singular / start - 1) * exp(-2 * survival * singular * time))


@closed_form(example={"start": 0.5}, start=SMALL)
def unit_time(share: Share, singular: Positive, survival: Survived, start: Positive) -> Any:
    """log((sv_j/s_j(0) - 1) f/(1 - f))/(2 q_j sv_j): when unit j holds the share f of sv_j.

    Negative where it starts with more.
    """
    return (log(singular / start - 1) + log(share) - log(1 - share)) / (2 * survival * singular)


# --------------------------------------------------------------------------------------------
# Ordered units

TRAINED = Params(n=4, d=4, kept=1, units=3, steps=3000, time=6.0, keep=0.2)
OTHER = TRAINED.but(gap=1.4, sigma=4.0, keep=0.7, beta=2.0, time=4.0)
trained = claim.given(mode="units", at=(TRAINED, OTHER), trials=128)


def space_twin(name):
    """The same observable of the network that was trained with all units in every step."""
    return Twin("the network trained without nested dropout", observable=name)


trained.every_trial(
    "nested",
    within=1e-2,
    name="nested_linear_autoencoder_is_ordered_pca",
    says="Every unit of a trained nested linear autoencoder is its principal direction: (column k"
    " of B)(row k of E) = u_k u_k', so B_:k E_:k projects on the first k for every k",
    source="Rippel, Gelbart & Adams (2014); derived: Eckart and Young at every k",
    twin=Twin("units ordered without nested dropout", observable="plain"),
    remarks="1e-2 is what 3000 steps leave where the start is worst: the last unit's rate is q_K"
    " times the gap of squared singular values.",
)
trained.every_trial(
    "plain_space",
    within=1e-8,
    name="plain_autoencoder_finds_only_the_space",
    says="Without nested dropout B E projects on the first K_max directions",
    twin=Twin("and each unit is one of them", observable="plain"),
)


@trained.every_trial(
    lambda run, p: run["nested"] / run["nested_halfway"],
    twin=Twin("the error stands still, as under constant noise of the gradient",
              observable=lambda run, p: run["nested_halfway"] / run["nested_halfway"]),
)  # fmt: skip
def one_cut_per_step_has_no_noise_floor(p):
    """Steps with one K each, at a constant rate, halve the distance again and again: below .2.

    derived: at the minimum every K's own loss is at its minimum, so no step has noise there

    From half of the steps to all of them.
    """
    return 0.2


def value_gap(moved):
    """A reading: the trained loss above the formula, relative."""

    def read(run, p):
        sv, q = p.singular[: p.units], survival(p.unit_chances)
        q = jnp.append(q[1:], 0.0) if moved else q
        least = jnp.sum(sv**2 * (1 - q)) + jnp.sum(p.singular[p.units :] ** 2)
        least = least if moved else ordered_value(p.singular, p.unit_chances)
        return np.abs(run["nested_loss"] / np.asarray(least) - 1)

    return read


trained.every_trial(
    value_gap(False),
    within=1e-4,
    name="ordered_value_attained",
    says="The nested autoencoder's least loss is sum_j sv_j^2 (1 - q_j), q_j = 0 beyond K_max",
    twin=Twin("q_(j+1) for q_j", observable=value_gap(True)),
    remarks="1e-4: the square of what is left of the units' error.",
)


@claim.identity(
    lambda p: jnp.sum(
        p.unit_chances * jnp.array([jnp.sum(p.singular[k:] ** 2) for k in range(1, p.units + 1)])
    ),
    over=Domain.around(TRAINED, gap=(1.1, 4.0), sigma=(0.5, 20.0)),
    within=1e-12,
    twin=Twin("q_(j+1)", moved=True),
    known=((TRAINED, "1.8241803"),),
)
def tails_weighted_by_the_cut(p, *, moved=False):
    """sum_j sv_j^2 (1 - q_j) is sum_k pi_k sum_{j>k} sv_j^2."""
    if moved:
        q = jnp.append(survival(p.unit_chances), jnp.zeros(p.d - p.units))
        return jnp.sum(p.singular**2 * (1 - jnp.append(q[1:], 0.0)))
    return ordered_value(p.singular, p.unit_chances)


# --------------------------------------------------------------------------------------------
# When


def strengths(p, ordered=True):
    """s_j(t) of every unit."""
    q = survival(p.unit_chances) if ordered else jnp.ones(p.units)
    return unit_strength(p.time, p.singular[: p.units], q, p.start)


def strength_gap(ordered):
    """A reading: the largest distance of a trial's strengths from the formula."""
    return lambda run, p: np.max(np.abs(run["strength"] - np.asarray(strengths(p, ordered))), -1)


trained.every_trial(
    strength_gap(True),
    within=1e-5,
    name="units_grow_one_by_one",
    says="From weights along the axes, s_j(0) small, gradient flow grows unit j like a logistic"
    " curve of rate 2 q_j sv_j",
    source="derived: Saxe, McClelland & Ganguli (2014) with q_j",
    twin=Twin("rate 2 sv_j, as without nested dropout", observable=strength_gap(False)),
)


@claim.identity(
    lambda p: jnp.array([0.1, 0.5, 0.99]),
    over=Domain.around(TRAINED, gap=(1.1, 4.0), sigma=(0.5, 20.0), start=(1e-6, 1e-2)),
    within=1e-9,
    twin=Twin("sv_j twice: rate 2 q_j sv_j^2", twice=True),
)
def convergence_time_of_a_unit(p, *, twice=False):
    """Unit j holds the share f of sv_j at log((sv_j/s_j(0) - 1) f/(1 - f))/(2 q_j sv_j)."""
    sv, q = p.singular[1], survival(p.unit_chances)[1]
    when = unit_time(jnp.array([0.1, 0.5, 0.99]), sv, q, p.start) / (sv if twice else 1)
    return unit_strength(when, sv, q, p.start) / sv


# --------------------------------------------------------------------------------------------
# Equal units


def size_gap(units):
    """A reading: the largest relative distance of the units' sizes from the mean over so many."""

    def read(run, p):
        alpha = equal_threshold(p.singular, p.keep, p.d)
        mean = np.sum(np.maximum(p.singular - alpha, 0)) / units(p)
        return np.max(np.abs(run["sizes"] / mean - 1), -1)

    return read


@trained.every_trial(
    size_gap(lambda p: p.d),
    twin=Twin("shared among the rank, d - 1, only", observable=size_gap(lambda p: p.d - 1)),
)
def dropout_factorisation_equalises(p):
    """At dropout's minimum all products |u_i||v_i| are equal: (sum of the shrunk values)/r.

    Mianjy, Arora & Vidal (2018)

    So dropout spreads importance equally where nested dropout orders it. 1e-4: what 3000 steps
    leave.
    """
    return 1e-4


def threshold_gap(half):
    """A reading: the largest distance of the product's singular values from the shrunk ones."""

    def read(run, p):
        odds = (1 - p.keep) / p.keep
        alpha = odds / 2 if half else equal_threshold(p.singular, p.keep, p.d)
        return np.max(np.abs(run["values"] - np.maximum(p.singular - alpha, 0)), -1)

    return read


trained.every_trial(
    threshold_gap(False),
    within=1e-4,
    name="dropout_shrinks_singular_values",
    says="The product that dropout's factors hold has the singular values max(sv - alpha, 0),"
    " alpha = lam S_rho/(r + lam rho), lam = (1 - p)/p",
    source="Mianjy, Arora & Vidal (2018)",
    twin=Twin("lam/2, the nuclear norm in place of its square", observable=threshold_gap(True)),
)


def loss_gap(shared):
    """A reading: the trained loss above the formula, relative."""
    return lambda run, p: np.abs(
        run["factor_loss"] / float(equal_value(p.singular, p.keep, p.d if shared else 1)) - 1
    )


trained.every_trial(
    loss_gap(True),
    within=1e-6,
    name="equalised_loss_attained",
    says="Dropout's least expected loss of r hidden units is sum min(sv, alpha)^2 +"
    " alpha sum max(sv - alpha, 0)",
    twin=Twin("one unit holds it all: r = 1", observable=loss_gap(False)),
)


@claim.identity(
    lambda p: equal_value(p.singular, p.keep, p.d),
    over=Domain.around(TRAINED, gap=(1.1, 4.0), keep=(0.02, 0.99)),
    within=1e-11,
    twin=Twin("the penalty without 1/r", shared=False),
    known=((TRAINED, "4.844993"), (TRAINED.but(keep=0.625), "2.173354")),
)
def equalised_loss(p, *, shared=True):
    """The least expected loss: sum (sv - shrunk)^2 + (lam/r)(sum shrunk)^2, lam = (1 - p)/p."""
    shrunk = jnp.maximum(p.singular - equal_threshold(p.singular, p.keep, p.d), 0)
    odds = (1 - p.keep) / p.keep / (p.d if shared else 1)
    return jnp.sum((p.singular - shrunk) ** 2) + odds * jnp.sum(shrunk) ** 2
