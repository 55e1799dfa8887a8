"""How features grow in limit H, in the letters of :mod:`theory.xor_cluster.table`."""

from typing import Annotated

import jax.numpy as jnp
from jax.scipy.special import ndtri

from theory import (
    Claims,
    Ge,
    Le,
    Scalar,
    Static,
    Twin,
    Whole,
    closed_form,
    normal_pdf,
    pi,
    rational,
    sqrt,
    where,
)
from theory.xor_cluster.alignment import difference_pmf
from theory.xor_cluster.params import COUNTS, GROWTH, Noise, Params, Ratio, Size

__all__ = ["feature_growth", "feature_growth_exact", "feature_growth_typical", "growth_per_step"]

claim = Claims()


@closed_form
def feature_growth(n: Size, eta: Noise) -> Scalar:
    """Mean over positive neurons of |V(t+1) - V(t)|, t >= 2: (1 - eta)(n/8 + sqrt(n/(2 pi))).

    Up to O(1); sharp form of Lemma 4.7. <w, mu> grows by alpha M2/(2 n sqrt(m)) times this.
    """
    return (1 - eta) * (rational(1, 8) * n + sqrt(n / (2 * pi)))


@claim.equals(
    "growth", mode="counts", at=COUNTS, within=0.003, trials=9000,
    source="Lemma 4.7, sharp; derived: see feature_growth",
    why="O(1/n) of the expansion; half of the second term, which the twin drops",
    twin=Twin("(1-eta) n/8 alone", second=0),
)  # fmt: skip
def feature_growth_rate(p, *, second=1):
    """mean |V(t+1) - V(t)|/n of positive neurons -> (1-eta)(1/8 + 1/sqrt(2 pi n))."""
    return feature_growth(1.0 * p.n, p.eta) / p.n if second else (1 - p.eta) / 8


@closed_form
def feature_growth_typical(n: Size, eta: Noise) -> Scalar:
    """The median over data: (1 - eta)(n/8 + sqrt(n/8) g(|z|)) at the median |z| (JAX).

    Given z the second term is g(z) = (3/2) z (2 Phi(z) - 1) + phi(z), even and increasing in |z|;
    its mean is 2/sqrt(pi), which gives the sqrt(n/(2 pi)) of :func:`feature_growth`.
    """
    z = ndtri(0.75)
    return (1 - eta) * (n / 8 + jnp.sqrt(n / 8) * (0.75 * z + normal_pdf(z)))


claim.equals(
    lambda run, p: run["projection_1"][:, 5] - run["projection_1"][:, 4], statistic="median",
    at=GROWTH, name="feature_growth_trained", source="Lemma 4.7, sharp", trials=250,
    says="median run trained in limit H: (1-eta)(n/8 + sqrt(n/8)(.75z + phi(z))), z=.6745",
    formula=lambda p: feature_growth_typical(1.0 * p.n, p.eta), within=lambda p: 0.08 * p.n / 8,
    why="D = 0 neurons, .8/sqrt(n) = 6 % of all, may grow by half; 60 neurons",
    twin=Twin("(1 - 2 eta)/8 per step", prediction=lambda p: (1 - 2 * p.eta) * p.n / 8),
)  # fmt: skip


@closed_form
def feature_growth_exact(n: Annotated[Scalar, Ge(1), Le(1e6), Whole, Static], eta: Noise) -> Scalar:
    """The same mean over neurons with D != 0, as a quotient of exact expectations (JAX).

    n (1-eta)/4 (1 - P(D' >= 2))/P(D != 0), with D' of n - 1 points: of n exchangeable points,
    one clean in C_sigma adds 1, one clean and active in C_{-sigma} takes 1 away.
    """
    fewer, all_points = difference_pmf(n - 1 if n == n else 0), difference_pmf(n)
    at_least_two = (1 - fewer[0]) / 2 - fewer[1]
    return n * (1 - eta) / 4 * (1 - at_least_two) / (1 - all_points[0])


@closed_form
def growth_per_step(n: Size, eta: Noise, P: Ratio) -> Scalar:
    """|dV|/n per step against P/n: :func:`feature_growth` above (1-eta)/8, (1-eta)/4 below.

    Clean points of the opposite cluster stay active iff P > n (1 - eta)/8; if they fall silent
    nothing is subtracted from the leading cluster's (1 - eta)/4. Leading order below.
    """
    return where(n * (1 - eta) / 8 < P, feature_growth(n, eta) / n, (1 - eta) / 4 + 0 * n)


claim.ordering(
    "retention_transition",
    "growth per step at P < n(1-eta)/8 exceeds that above it by half of (1-eta)/8",
    "growth_scarce", lambda run, p: run["growth_ample"] + (1 - p.eta) / 16,
    source="derived: see growth_per_step", mode="retention", trials=1000, twin="no transition",
    support=(-1.1, 1.0),  # each growth is a share of n
    # P = 100 = n/2, well above n(1-eta)/8 = 24; rho = 316
    at=Params(n=200, p=10**9, squared_norm=1e7, m=100, eta=0.05, steps=8, sampling="limit"),
)  # fmt: skip
