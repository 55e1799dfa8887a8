"""The best thresholds with estimated means: of two classes of unequal spread, and of N classes."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory import (
    Claims, Domain, Ge, Le, Row, Scalar, Twin, closed_form, fixed_point, log, log_normal_cdf,
    normal_cdf, normal_mean, sqrt,
)  # fmt: skip
from theory.class_imbalance.params import Params
from theory.class_imbalance.samples import noises

claim = Claims("derived; not in the paper")

Apart = Annotated[Scalar, Ge(0.01), Le(100)]
Wide = Annotated[Scalar, Ge(0.1), Le(10)]
Noise = Annotated[Scalar, Ge(0), Le(1e4)]

# --------------------------------------------------------------------------------------------
# Two classes of unequal spread


def _apart(gap: Any, wide: Any, minor: Any, major: Any) -> Any:
    """b and v^2."""
    noise = wide * wide * minor
    return noise - major, gap * gap + noise + major


@closed_form
def unequal_recalls(
    gap: Apart, wide: Wide, minor: Noise, major: Noise, offset: Annotated[Scalar, Ge(-1e4), Le(1e4)]
) -> Any:
    """(minority, majority): Phi((Delta^2 - u)/(2 w v)), Phi((Delta^2 + u)/(2 v)), u = b + 2 t.

    The minority is N(mu_1, w^2 I), the majority N(mu_0, I), |mu_1 - mu_0| = Delta; the rule is that
    of :func:`plugin_recalls` with threshold t. b = w^2 d/n_1 - d/n_0, v^2 = Delta^2 + w^2 d/n_1 +
    d/n_0.
    """
    bias, square = _apart(gap, wide, minor, major)
    u, v = bias + 2 * offset, sqrt(square)
    return (normal_cdf((gap * gap - u) / (2 * wide * v)), normal_cdf((gap * gap + u) / (2 * v)))


@closed_form
def best_unequal_offset(gap: Apart, wide: Wide, minor: Noise, major: Noise) -> Any:
    """t = (u - b)/2: the best balanced accuracy, where both densities are equal at the threshold.

    u = ((q - 1) Delta^4 + 8 v^2 ln w)/((q + 1) Delta^2 + sqrt(4 q Delta^4 - 8 (q - 1) v^2 ln w)),
    q = 1/w^2: of the roots of (Delta^2 - u)^2 q - (Delta^2 + u)^2 = -8 v^2 ln w the one that is a
    maximum. u = 0 at w = 1, b and v as in :func:`unequal_recalls`.
    """
    bias, square = _apart(gap, wide, minor, major)
    A, q, cost = gap * gap, 1 / (wide * wide), 8 * square * log(wide)
    root = sqrt(4 * q * A * A - (q - 1) * cost)
    u = ((q - 1) * A * A + cost) / ((q + 1) * A + root)
    return (u - bias) / 2


HERE = Params(rho=40.0, wide=2.0, d=1000, few=250, shift=-4.6302)
"""The shift is the best threshold."""
WIDER = Domain.around(HERE, gap=(0.5, 6.0), few=(5, 4000), wide=(0.2, 5.0), rho=(1.5, 1e4))
unequal = claim.given(at=HERE, within=0.005, why="terms of order 1/d")


def at_threshold(p, offset, wide=None):
    """Both recalls."""
    return unequal_recalls(p.gap, p.wide if wide is None else wide, p.minor, p.major, offset)


@unequal.equals("shifted[0]", twin=Twin("equal spreads", wide=1.0), known=((HERE, ".44149"),))
def unequal_minority(p, *, wide=None):
    """A minority w times as wide: its recall is Phi((Delta^2 - u)/(2 w v)), u = b + 2 t."""
    return at_threshold(p, p.shift, wide)[0]


@unequal.equals("shifted[1]", twin=Twin("equal spreads", wide=1.0), known=((HERE, ".88230"),))
def unequal_majority(p, *, wide=None):
    """And the majority's Phi((Delta^2 + u)/(2 v)), b = w^2 d/n_1 - d/n_0."""
    return at_threshold(p, p.shift, wide)[1]


def best(p):
    """The threshold."""
    return best_unequal_offset(p.gap, p.wide, p.minor, p.major)


def even(p):
    """t = -b/2, where both classes keep the same margin."""
    return (p.major - p.wide**2 * p.minor) / 2


@claim.never_above(
    lambda p: sum(at_threshold(p, best(p))) / 2,
    over=WIDER,
    evaluators=("jax", "mpmath"),
    known=((HERE, ".63024"),),
)
def unequal_best_threshold(p):
    """The even threshold t = -b/2 is never better than the best; at every t, by the proof item."""
    return sum(at_threshold(p, even(p))) / 2


@claim.identity(
    lambda p: 2 * best(p) + p.wide**2 * p.minor - p.major,
    over=WIDER,
    within=1e-9,
    why="two roots of each other's size where w is near 1",
    twin=Twin("with the noise of means left out", noise=0),
    known=((HERE, "6.63954"),),
)
def unequal_threshold_in_noise(p, *, noise=1):
    """u = b + 2 t solves (Delta^2 - u)^2/w^2 = (Delta^2 + u)^2 - 8 v^2 ln w."""
    A, q = p.gap**2, 1 / p.wide**2
    cost = 8 * (A + noise * (p.wide**2 * p.minor + p.major)) * log(p.wide)
    u = 2 * best(p) + p.wide**2 * p.minor - p.major
    # as u = (what u is multiplied by in the quadratic, solved for it)
    return ((q - 1) * (A * A + u * u) + cost) / (2 * A * (q + 1))


claim.ordering(
    "unequal_threshold_seen",
    "At the best threshold the mean recall is above that at t = -b/2, w = 2",
    lambda run, p: run["shifted"].mean(axis=1),
    lambda run, p: run["corrected"].mean(axis=1),
    at=HERE,
)


# --------------------------------------------------------------------------------------------
# N classes

Length = Annotated[Scalar, Ge(0.5), Le(5)]
Noises = Annotated[Any, Ge(0), Le(10), Row]
Spreads = Annotated[Any, Ge(0.5), Le(2), Row]
Offsets = Annotated[Any, Ge(-100), Le(100), Row]
SOME = {"noise": [0.2, 1.0, 3.0], "offsets": [0.1, 0.0, -0.2], "spreads": [1.0, 1.0, 1.5]}


def _recalls(a, noise, offsets, spreads):
    v = jnp.sqrt(a * a + noise)
    lead = (a * a + offsets[:, None] - offsets) / spreads[:, None]
    rivals = 1 - jnp.eye(len(noise))

    def all_beaten(z):  # axes: the class, its rivals, the nodes
        places = (v[:, None, None] * z + lead[..., None]) / v[None, :, None]
        return jnp.exp(jnp.sum(rivals[..., None] * log_normal_cdf(places), axis=-2))

    return normal_mean(all_beaten, nodes=480)


def _best_offsets(a, noise, spreads):
    near = (a * a + noise) / (4 * a * a) * jnp.min(spreads) ** 2

    def step(offsets):
        slopes = jax.jacfwd(lambda o: _recalls(a, noise, o, spreads))(offsets)
        gain = jnp.diag(slopes)
        new = offsets + near * jnp.log(gain / (gain - jnp.sum(slopes, axis=0)))
        return new - jnp.mean(new)

    return fixed_point(step, jnp.zeros_like(noise), steps=1000)


_all_recalls = jax.jit(jnp.vectorize(_recalls, signature="(),(n),(n),(n)->(n)"))
_all_offsets = jax.jit(jnp.vectorize(_best_offsets, signature="(),(n),(n)->(n)"))


def _floats(*values):
    return [jnp.asarray(v, float) for v in values]


@closed_form(example=SOME)
def offset_recalls(
    a: Length, noise: Noises, offsets: Offsets, spreads: Spreads
) -> Float[Array, "*points classes"]:
    """E prod_{j != k} Phi((s_k v_k Z + a^2 + o_k - o_j)/(s_k v_j)), v_k^2 = a^2 + ``noise``_k.

    Classes N(a e_k, s_k^2 I), noise s_k^2 d/n_k, scores m_k.x - |m_k|^2/2 + noise_k/2 + o_k.
    """
    return _all_recalls(*_floats(a, noise, offsets, spreads))


@closed_form(example=SOME)
def best_offsets(a: Length, noise: Noises, spreads: Spreads) -> Float[Array, "*points classes"]:
    """o_k, of sum 0, at which the mean of :func:`offset_recalls` is largest.

    There each class gains by a higher score what all others lose, d R_k/d o_k = -sum_j d R_j/d o_k;
    the classes of larger noise are lowered below their unbiased scores, o = 0.
    """
    return _all_offsets(*_floats(a, noise, spreads))


FOUR = Params(classes=4, minority=2, rho=40.0, few=200, d=2000, a=2.0, points=16, shift=-1.1305)
"""The shift is the best."""
fitted = claim.given(mode="estimated", at=FOUR, within=0.01, why="terms of order 1/d")


def of_classes(p, shift):
    """Recalls of a step, the shift added to its rare classes' scores."""
    rare = jnp.arange(p.classes) < p.minority
    offsets = jnp.where(rare, 1.0 * shift, 0.0)
    return offset_recalls(p.a, noises(p), offsets, jnp.ones(p.classes))


def best_of_classes(p):
    """The mean recall at the best offsets."""
    one = jnp.ones(p.classes)
    return jnp.mean(offset_recalls(p.a, noises(p), best_offsets(p.a, noises(p), one), one))


@fitted.equals(
    lambda run, p: run["shifted"][:, : p.minority].mean(axis=1),
    twin=Twin("as without the shift", shifted=False),
    known=((FOUR, ".5944"),),
)
def many_class_best_offsets(p, *, shifted=True):
    """N classes: rare recall E prod Phi((v_k Z + a^2 + o_k - o_j)/v_j), o the best offsets."""
    return jnp.mean(of_classes(p, p.shift if shifted else 0.0)[: p.minority])


@fitted.equals(
    lambda run, p: run["shifted"][:, p.minority :].mean(axis=1),
    twin=Twin("as without the shift", shifted=False),
    known=((FOUR, ".7472"),),
)
def many_class_best_offsets_majority(p, *, shifted=True):
    """And the frequent classes' recall."""
    return jnp.mean(of_classes(p, p.shift if shifted else 0.0)[p.minority :])


claim.ordering(
    "best_offsets_beat_unbiased_scores",
    "Unbiased scores are not best for N > 2: lower noisy classes, .671 against .661 mean recall",
    lambda run, p: run["shifted"].mean(axis=1),
    lambda run, p: run["debiased"].mean(axis=1),
    mode="estimated",
    at=FOUR,
)


@claim.never_above(
    best_of_classes,
    over=Domain.around(FOUR, a=(1.0, 3.0), few=(200, 1000), rho=(2.0, 100.0)),
    points=16,
    evaluators=("jax",),
    known=((FOUR, ".66140"),),
)
def unbiased_scores_below_best(p):
    """Nowhere are unbiased scores better than the best offsets."""
    return jnp.mean(of_classes(p, 0.0))
