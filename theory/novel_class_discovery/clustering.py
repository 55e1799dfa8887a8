"""Clustering by the top principal component: its accuracy, blindness, and counting classes."""

from typing import Any

from theory import Claims, Domain, Twin, closed_form, maximum, minimum, normal_cdf, pi, sqrt, where
from theory.novel_class_discovery.params import Energy, Params, Ratio, Size

claim = Claims("derived")
MEASURED = "terms of order 1/n: -.4/n at (1.5, .5) to -2.8/n at (2, 2) seen"


@closed_form
def component_signal(signal: Energy, g: Ratio) -> Any:
    """S(l, g) = (l^2 - g)/(l + g) above the transition l^2 = g, and 0 up to it.

    l cos^2 of component and mean, of points x = y mu + z: Baik, Ben Arous & Peche (2005), Paul
    (2007), cos^2 = (l^2 - g)/(l (l + g)) in the limit n, d -> infinity with d/n = g.
    """
    return where(
        signal > sqrt(g), (signal - sqrt(g)) * (signal + sqrt(g)) / (signal + g), 0 * signal * g
    )


@closed_form
def accuracy(signal: Energy, g: Ratio) -> Any:
    """Phi(sqrt S(l, g)): 1/2 up to the transition, where its slope is infinite from above."""
    s = component_signal(signal, g)
    return where(s > 0, normal_cdf(sqrt(where(s > 0, s, 1))), (1 + s) / 2)


@closed_form(
    signal=("is not below sqrt(d/n), the transition", lambda signal, d, n: signal * signal * n < d)
)
def blind_accuracy(signal: Energy, d: Size, n: Size) -> Any:
    """1/2 + sqrt(l (1 + l)/n)/(pi (sqrt g - l)), g = d/n: what is left below the transition.

    At the edge of the spectrum the companion transform is -1/(1 + sqrt g), so that cos^2 is
    (1 + l)/(n (sqrt g - l)^2) times a chi-square of one degree (Ledoit & Peche 2011; Bloemendal,
    Knowles, Yau & Yin 2016). The next order is n^(-1/3) of the excess, far from l = sqrt g.
    """
    return (1 + 2 * sqrt(signal * (1 + signal)) / (pi * (sqrt(d) - signal * sqrt(n)))) / 2


@closed_form
def spiked_root(signal: Energy, g: Ratio) -> Any:
    """Square root of the top eigenvalue of X'X/n: (1 + l)(1 + g/l), or the edge (1 + sqrt g)^2."""
    spike = maximum(signal, sqrt(g))  # at a tie the spike is at the edge, with its slope 0
    return sqrt((1 + spike) * (1 + g / spike))


# --------------------------------------------------------------------------------------------
# Two classes

HERE = Params()
SMALL = Params(d=100, n=200, r=20, p=10, hidden=2, budget=440.0)  # n0 s2 = 40
THIN, TALL = Params(signal=1.0, d=100), HERE.but(signal=2.0, n=200)
ACCURACY = (0.5, lambda p: normal_cdf(sqrt(p.signal)))
"""No component does worse than chance or better than mu itself."""


@claim.equals(
    "raw",
    at=(HERE, SMALL),
    support=ACCURACY,
    within=lambda p: 4 / p.n,
    why=MEASURED,
    twin=Twin("cos^2 = (1 - g/l)/(1 + g/l)", squared=0),
    known=((HERE, ".82521"), (THIN, ".81109"), (TALL, ".76025")),
)
def pca_accuracy(p, *, squared=1):
    """E[accuracy of a fresh point] = Phi(sqrt S), S = (l^2 - g)/(l + g), g = d/n.

    Baik, Ben Arous & Peche (2005), Paul (2007); derived
    """
    g = p.d / p.n
    return (
        accuracy(p.signal, g)
        if squared
        else normal_cdf(sqrt(p.signal * (p.signal - g) / (p.signal + g)))
    )


DENSE = Params(d=50, n=100, r=10, p=4, hidden=1)
FLAT = DENSE.but(signal=2.0, d=16, n=8)
dense = claim.given(mode="dense")


def place(run, which):
    """Where the dense data's cos^2 stands among ten, the nine others reduced; ties broken."""
    return ((run["reduced"] < run[which][:, None]).sum(axis=1) + run["uniform"]) / 10


@dense.law(
    lambda run, p: place(run, "right"),
    at=FLAT,
    width=0.05,
    why="exact: equal laws give a uniform place; the width asked for",
    twin=Twin("cos^2 of the left vector", observable=lambda run, p: place(run, "left")),
)
def tridiagonal_law(p, x):
    """cos^2 is the first entry, squared, of a tridiagonal matrix's top eigenvector, in law.

    derived: Householder steps that keep mu's axis make X bidiagonal, its entries independent:
    noncentral chi_n, chi_{n-1}, ... on the diagonal, chi_{d-1}, chi_{d-2}, ... beside it
    """
    return minimum(maximum(x, 0.0), 1.0)


@dense.equals(
    "seen",
    at=DENSE,
    within=lambda p: 4 / p.n,
    why=MEASURED,
    twin=Twin("optimism: Phi(sqrt(l (1 + g)))", optimistic=True),
)
def same_points_same_accuracy(p, *, optimistic=False):
    """The clustered points themselves are right as often as fresh ones: Phi(sqrt S)."""
    g = p.d / p.n
    return normal_cdf(sqrt(p.signal * (1 + g))) if optimistic else accuracy(p.signal, g)


@claim.identity(
    lambda p: (p.signal**2 - p.d / p.n) / (p.signal + p.d / p.n),
    over=Domain.around(HERE, signal=(0.8, 10.0)),
    within=1e-12,
    twin=Twin("S = l cos^2 of the left vector", odds=False),
)
def left_and_right_agree(p, *, odds=True):
    """cos^2/(1 - cos^2) of the left vector, (l^2 - g)/(l (1 + l)), is S = l cos^2 of the right."""
    g = p.d / p.n
    left = (p.signal**2 - g) / (p.signal * (1 + p.signal))
    return left / (1 - left) if odds else p.signal * left


BLIND = SMALL.but(signal=0.2)


@claim.limit(
    0.5,
    along=tuple(BLIND.but(d=n // 2, n=n) for n in (64, 256, 1024, 4096)),
    size=lambda p: p.n,
    rate=-0.5,
    within=1e-6,
    why="exact powers",
    last_gap=0.005,
    twin=Twin("it stays above chance", limit=0.48),
)
def blind_below(p):
    """l^2 < g: accuracy tends to 1/2, like n^(-1/2)."""
    return blind_accuracy(p.signal, p.d, p.n)


@claim.equals(
    "raw",
    at=BLIND,
    support=ACCURACY,
    within=lambda p: p.n ** (-1 / 3) * (blind_accuracy(p.signal, p.d, p.n) - 0.5),
    why="the next order of the excess, n^(-1/3): .92, .97, .95, .96 of it at n = 64 .. 512",
    twin=Twin("a direction at random", drawn=False),
)
def blind_excess(p, *, drawn=True):
    """l^2 < g: E[accuracy] - 1/2 = sqrt(l (1 + l)/n)/(pi (sqrt g - l)), g = d/n."""
    return blind_accuracy(p.signal, p.d, p.n) if drawn else 0.5 + sqrt(p.signal / p.d) / pi


# --------------------------------------------------------------------------------------------
# Counting classes

FOUR = Params(d=60, n=240, r=20, p=4, hidden=1, classes=4)
counting = claim.given(mode="counting")


@counting.equals(
    lambda run, p: run["singular"][:, : p.classes - 1].mean(axis=1),
    at=FOUR,
    within=0.03,
    variance=lambda p: 1 / (p.n * (p.classes - 1)),
    why="7/n: terms of order 1/n; -2/n seen",
    twin=Twin("the edge", spiked=False),
)
def spikes_place(p, *, spiked=True):
    """K - 1 singular values at sqrt((1 + l)(1 + g/l)), l = Delta^2/(2K), l^2 > g; K classes."""
    return spiked_root(p.signal, p.d / p.n) if spiked else 1 + sqrt(p.d / p.n)


@claim.equals(
    "root",
    at=SMALL,
    within=0.02,
    variance=lambda p: 1 / p.n,
    why="4/n: terms of order 1/n (the variance by Poincare: singular values are Lipschitz)",
    twin=Twin("the edge", spiked=False),
)
def two_classes_one_spike(p, *, spiked=True):
    """K = 2: the top singular value of X/sqrt(n) is sqrt((1 + l)(1 + g/l)), for l^2 > g = d/n."""
    return spiked_root(p.signal, p.d / p.n) if spiked else 1 + sqrt(p.d / p.n)


@counting.equals(
    lambda run, p: (run["singular"] > edge(p)).sum(axis=1) / p.classes,
    at=(FOUR, FOUR.but(signal=0.1)),
    within=0.03,
    why="a count in the limit: the width asked for",
    twin=Twin("K eigenvalues", lost=0),
    known=((FOUR, ".75"), (FOUR.but(signal=0.1), "0")),
)
def spikes_count_classes(p, *, lost=1):
    """K - 1 singular values are above the edge if l^2 > d/n, none if not: n > 4 K^2 d/Delta^4."""
    return (p.classes - lost) / p.classes * (p.signal**2 * p.n > p.d)


def edge(p):
    """The bulk's end, and n^(-2/3) for its fluctuation."""
    return 1 + sqrt(p.d / p.n) + p.n ** (-2 / 3)
