"""Convolutional layers: how many equations the alike patches of an image are worth."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, root
from theory.post_training_quantization.calibration import noise_floor
from theory.post_training_quantization.params import (
    IMAGES, Alike, Noise, Params, Samples, Spectrum, Unknowns,
)  # fmt: skip

claim = Claims("derived; not in the paper")
Patches = Annotated[Scalar, Ge(1), Le(1e6)]
MORE = (
    "times the patches is not above K",
    lambda images, patches, unknowns: images * patches > unknowns,
)
FEWER = (
    "is not below the number of eigenvalues",
    lambda unknowns, spectrum: unknowns < jnp.shape(spectrum)[-1],
)
SOME = {"images": 24.0, "patches": 8.0, "unknowns": 16.0}


@closed_form(example={"spectrum": [4.5, 4.5, 0.5, 0.5, 0.5, 0.5], "unknowns": 2.0}, unknowns=FEWER)
def effective_samples(spectrum: Spectrum, unknowns: Unknowns) -> Array:
    """K^2/sum_i h_i^2, h_i = c_i x/(1 + c_i x), with x so that sum_i h_i = K.

    c_i are the eigenvalues of the samples' correlation (rows of the design). Between K and their
    number; (sum c)^2/sum c^2 for K far below it.
    """
    c, k = jnp.asarray(spectrum, float), jnp.asarray(unknowns, float)
    n = c.shape[-1]
    logs = jnp.log(c)
    odds = jnp.log(k) - jnp.log(n - k)
    low, high = odds - jnp.max(logs, -1) - 1, odds - jnp.min(logs, -1) + 1
    at = root(lambda t: jnp.sum(jax.nn.sigmoid(t[..., None] + logs), -1) - k, low, high)
    return k**2 / jnp.sum(jax.nn.sigmoid(at[..., None] + logs) ** 2, -1)


@closed_form(example=SOME, images=MORE)
def patch_samples(images: Samples, patches: Patches, alike: Alike, unknowns: Unknowns) -> Array:
    """The effective samples of B images of P patches, any two of one image correlated by r.

    B eigenvalues 1 + (P - 1) r and B (P - 1) of 1 - r: x is the root of a quadratic.
    """
    images, patches, alike = (jnp.asarray(x, float) for x in (images, patches, alike))
    a, b = 1 + (patches - 1) * alike, 1 - alike
    n = images * patches
    lead, line = (n - unknowns) * a * b, n - unknowns * (a + b)
    # of the two forms of the root the one that does not cancel
    turn = jnp.sqrt(line**2 + 4 * lead * unknowns)
    up = line < 0
    x = jnp.where(
        up,
        (turn - line) / jnp.where(up, 2 * lead, 1.0),
        2 * unknowns / jnp.where(up, 1.0, turn + line),
    )
    whole, rest = a * x / (1 + a * x), b * x / (1 + b * x)
    return unknowns**2 / (images * (whole**2 + (patches - 1) * rest**2))


@closed_form(effective=("is not above K", lambda effective, unknowns: effective > unknowns),
             example={"effective": 48.0, "unknowns": 16.0})  # fmt: skip
def image_risk(effective: Samples, unknowns: Unknowns, noise: Noise) -> Any:
    """s2 (1 + K/(n_eff - K)), n_eff > K: up to 1/(n_eff - K) of the excess.

    The exact K/(BP - K - 1) of independent patches is so far above it.
    """
    return noise_floor(noise) * (1 + unknowns / (effective - unknowns))


# --------------------------------------------------------------------------------------------


def excess(run, p):
    """A reading: risk/s2 - 1 for weights of length 1, at most 2."""
    return np.minimum(run["fitted"] / run["size"] / noise_floor(p.noise) - 1, 2.0)


def worth(p):
    """n_eff at Params."""
    return patch_samples(p.samples, p.patches, p.alike, p.unknowns)


near = claim.given(mode="patches", support=(-1e-9, 2.0), relative=0.06, trials=4096)


@near.equals(
    excess,
    at=(IMAGES, IMAGES.but(alike=0.9)),
    why="1/(n_eff - K), 1.4 % and 5.3 % here; the cut at 2 takes at most .3 % (measured)",
    twin=Twin("BP equations, as if patches were independent", counted=True),
)
def patch_equations(p, *, counted=False):
    """B images of P patches alike by r count as n_eff equations: excess s2 K/(n_eff - K).

    derived: deterministic equivalents of the row-correlated design
    """
    n = p.samples * p.patches if counted else worth(p)
    return image_risk(n, p.unknowns, p.noise) / noise_floor(p.noise) - 1


@near.equals(
    excess,
    at=IMAGES.but(alike=0.0, samples=6),
    why="exact; the width asked for",
    twin=Twin("each image one equation of P-fold weight", patches=False),
    known=((IMAGES.but(alike=0.0), ".091429"),),
)
def independent_patches(p, *, patches=True):
    """Independent patches: BP equations, excess s2 K/(BP - K - 1), exactly."""
    n = p.samples * p.patches if patches else p.unknowns + p.samples
    return p.unknowns / (n - p.unknowns - 1)


some = Domain.around(IMAGES, samples=(4, 24), alike=(0.0, 0.95))


@claim.identity(
    worth,
    over=some,
    within=1e-10,
    points=8,
    why="a root against a quadratic",
    twin=Twin("the participation ratio (sum c)^2/sum c^2", ratio=True),
)
def effective_samples_of_images(p, *, ratio=False):
    """n_eff from the eigenvalues is the closed form of equally alike patches."""
    first = jnp.arange(24 * 8) % 8 == 0
    c = jnp.where(first, 1 + 7 * p.alike, 1 - p.alike)
    if ratio:
        return jnp.sum(c) ** 2 / jnp.sum(c**2) * p.samples / 24
    return effective_samples(c, p.unknowns * 24 / p.samples) * p.samples / 24


@claim.never_above(
    lambda p: p.samples * p.patches,
    over=some,
    rounding=1e-12,
    twin=Twin("alike patches count twice", twice=2),
)
def patches_are_worth_less(p, *, twice=1):
    """n_eff <= BP, by Cauchy and Schwarz; equal for independent patches."""
    return twice * worth(p)


@claim.limit(
    1.0,
    along=tuple(Params(unknowns=2, samples=b, rows=4096) for b in (4, 16, 64, 256)),
    size=lambda p: p.samples,
    rate=-1.0,
    within=0.2,
    why="of order K/BP",
    last_gap=0.01,
    twin=Twin("r for r^2", power=1),
)
def few_unknowns(p, *, power=2):
    """K far below B: n_eff tends to (sum c)^2/sum c^2 = BP/(1 + (P - 1) r^2)."""
    return worth(p) * (1 + (p.patches - 1) * p.alike**power) / (p.samples * p.patches)
