"""Claims at a fixed X: expectation and law of Q, Sign-RIP constants, spectral start."""

import math

import numpy as np
from scipy import special, stats

from theory import Claims, Twin, spiked_eigenvalue, spiked_overlap
from theory.sign_rip import spectrum
from theory.sign_rip.noise import c0, mean_decay, scaling_function
from theory.sign_rip.params import GENTLE, svec_length, truth_norm

claim = Claims()

# The scaling function and the law of Q

# |sign(.) g| has E X^2 = 1 and |E X^3| <= 2 c0, so its third central moment is at most 1.6 and its
# variance at least 1 - 2/pi: skewness at most 7.3, that of a mean of 4096 at most 7.3/64.
scalar = claim.given(
    mode="scalar", within=0.01, why="exact; 0.01 asked for", skewness=7.3 / 64,
    trials=256, source="arXiv:2202.08788, definition of phi",
)  # fmt: skip
SCALAR = GENTLE.but(rank=1, scale=2.0, p=0.3, outlier_size=2.0, law="constant")
DENSE = GENTLE.but(rank=1, scale=2.0, nu=1.5)
OTHERS = (SCALAR.but(law=law) for law in ("uniform", "laplace", "cauchy", "infinite", "student"))


@scalar.equals(
    "signal", at=(SCALAR, SCALAR.but(law="gaussian", outlier_mean=1.0), *OTHERS),
    twin=Twin("exp(-s^2/norm(X)^2)", half=1),  # the decay at norm(X)/sqrt 2
)  # fmt: skip
def scaling_function_outlier(p, *, half=2):
    """<E Q(X), Xhat> = c0 (1 - p + p E exp(-s^2/(2 norm(X)^2)))."""
    return c0 * mean_decay(p, truth_norm(p) * math.sqrt(half / 2))


@scalar.equals(
    "signal", at=(DENSE, DENSE.but(p=0.3)), twin=Twin("c0 norm(X)/(norm(X) + nu)", linear=True)
)
def scaling_function_gaussian(p, *, linear=False):
    """<E Q(X), Xhat> = c0 norm(X)/sqrt(norm(X)^2 + nu^2) under N(0, nu^2) noise."""
    size = truth_norm(p)
    return c0 * size / (size + p.nu) if linear else scaling_function(p, size)


matrix = claim.given(
    mode="matrix", width=0.04, why="exact; 0.04 asked for", trials=16_000, max_trials=64_000,
)  # fmt: skip
MATRIX = GENTLE.but(d=12, rank=1, m=60)


@matrix.law(
    "across", at=(MATRIX, MATRIX.but(p=0.3, law="cauchy", outlier_size=1.0)),
    twin=Twin("variance (1 - phi^2)/m in every direction", across=False),
)  # fmt: skip
def subgradient_exact_law(p, x, *, across=True):
    """sqrt(m) <Q(X), Y> ~ N(0, 1) for every fixed unit Y at right angles to X.

    derived: the part of a_i across X is independent of the sign
    """
    variance = 1.0 if across else 1 - float(scaling_function(p, truth_norm(p))) ** 2
    return special.ndtr(x / math.sqrt(variance))


@matrix.law(
    "across_energy", at=MATRIX,
    twin=Twin("d^2 - 1 degrees of freedom (unsymmetrised)", entries=lambda d: d**2),
)  # fmt: skip
def subgradient_orthogonal_energy(p, x, *, entries=svec_length):
    """m |Q(X) across X|^2 ~ chi^2 with d(d+1)/2 - 1 degrees of freedom."""
    return stats.chi2(entries(p.d) - 1).cdf(x)


# Sign-RIP

LEFT = GENTLE.but(d=50, rank=1, m=500, p=0.2)
SUPREMA = tuple(GENTLE.but(d=8, rank=1, m=m) for m in (50, 100, 200, 400, 800))


@claim.equals(
    "delta", name="sign_rip_pointwise", mode="pointwise",
    at=(LEFT.but(rank=4), LEFT.but(rank=2), LEFT), relative=0.02,
    why="semicircle for finite d: corrections d^(-2/3) of either sign, under 2 %",
    statistic="median", trials=600, twin=Twin("(1-p)^(-1/2) in place of (1-p)^-1", lost=0.5),
)  # fmt: skip
def pointwise_at_truth(p, *, lost=0.0):
    """delta_k(X) = phi^-1 sqrt(d(d+1) v(k/d)/(2m))."""
    return spectrum.sign_rip_pointwise(p, p.rank, truth_norm(p)) * (1 - p.p) ** lost


@claim.at_most(
    "supremum", mode="supremum", delta=0.2,
    at=(GENTLE.but(d=30, rank=1, m=200), GENTLE.but(d=16, rank=2, m=200)), trials=100,
    twin=Twin("w_k = sqrt(d k)/2", half=True),
)  # fmt: skip
def l1_l2_rip_uniform(p, *, half=False):
    """P(sup over rank-k X of norm(A(X))_1/m > c0 + w_k/sqrt(m) + t) <= 2e^(-mt^2/2).

    derived: Chevet, Gordon and Gaussian concentration; see l1_l2_bound
    """
    excess = spectrum.uniform_width(p.d, p.rank) - math.sqrt(p.d * p.rank) / 2
    return spectrum.l1_l2_bound(p, p.rank, 0.2) - half * excess / p.m**0.5


claim.scaling(
    -0.5, "found", name="sign_rip_uniform_scaling",
    says="sup over rank-1 X of delta_1(X) ~ m^(-1/2)",
    source="arXiv:2202.08788: m ~ delta^-2 (arXiv:2102.02969 had delta^-4)", mode="adversarial",
    along=SUPREMA, size=lambda p: p.m, within=0.1,
    why="the supremum's sqrt(log m) bends the slope by 1/(2 log m) = .09", trials_per_rung=32,
    twin=Twin("delta ~ m^(-1/4)", exponent=-0.25),
)  # fmt: skip
claim.ordering(
    "sign_rip_adversarial",
    "the worst X has a larger delta than a fixed one (at m = 200, about twice)",
    # cut at 1, where Sign-RIP says nothing any more
    lambda run, p: np.minimum(run["found"], 1.0), lambda run, p: np.minimum(run["fixed"], 1.0),
    source="derived: a fixed X against the worst one", mode="adversarial",
    at=(SUPREMA[2], SUPREMA[3].but(p=0.3)), trials=150, twin="the pointwise value is uniform",
)  # fmt: skip
PLANE = GENTLE.but(d=2, rank=1, search_rank=1, m=200)
claim.every_trial(
    lambda run, p: run["delta"] - spectrum.l1_l2_to_sign_rip(run["eps"]),
    name="l1l2_implies_sign_rip",
    says="|F/norm - c0| <= eps c0 on rank 2k gives Sign-RIP(k, eps + 2 sqrt(eps (1+eps)))",
    source="derived: convexity of norm(A(X))_1; see l1_l2_to_sign_rip", mode="implication",
    within=0.0, at=(PLANE, PLANE.but(m=50)), trials=64,
    twin=Twin("delta = eps", observable=lambda run, p: run["delta"] - run["eps"]),
)  # fmt: skip

# The spectral start

SPECTRAL = GENTLE.but(d=100, rank=1, m=1000, p=0.1, law="gaussian", outlier_size=10.0)
"""E s^2 = 10 norm(X*)^2."""
spectral = claim.given(mode="spectral", trials=120, statistic="median")
start = claim.given(mode="spectral", at=SPECTRAL, trials=100)


def theta_and_width(p):
    """The signal of C and its noise W."""
    return spectrum.spike(p)[0], spectrum.noise_width(p.d, p.m)


@spectral.equals(
    "l1_eigenvalue", at=(SPECTRAL, SPECTRAL.but(outlier_size=3.0)), within=0.02,
    why="finite d: mean off by O(1/d) = .01, and the median by a little",
    twin=Twin("lambda = theta", noise=False),
)  # fmt: skip
def spectral_bbp(p, *, noise=True):
    """Top eigenvalue of C -> theta + W^2/theta.

    derived: a rank-1 signal in Wigner noise (Baik, Ben Arous, Peche)
    """
    return spiked_eigenvalue(*theta_and_width(p)) if noise else spectrum.spike(p)[0]


@spectral.equals(
    "l1_overlap", at=(GENTLE.but(d=100, rank=1, m=180), SPECTRAL), within=0.08,
    why="fluctuations d^(-1/2) near the threshold move the median by 1/d^(2/3)",
    twin=Twin("m_c = (pi/2) d", quarter=2),
)  # fmt: skip
def spectral_bbp_overlap(p, *, quarter=1):
    """Squared overlap -> 1 - W^2/theta^2, 0 below m_c = d/(2 theta^2)."""
    theta, width = theta_and_width(p)
    return spiked_overlap(theta, math.sqrt(quarter) * width)


@spectral.equals(
    "l2_eigenvalue", at=SPECTRAL, relative=0.08,
    why="E s^2 of 1000 gaussian outliers at 10 % varies by 17 %: W_2 by 8 %",
    twin=Twin("E s^2 left out", noise=False),
)  # fmt: skip
def l1_vs_l2_spectral(p, *, noise=True):
    """l2: top eigenvalue -> sigma + W_2^2/sigma, W_2^2 = (d+1)(norm^2 + E s^2)/(2m)."""
    width = spectrum.l2_noise_width(p) if noise else p.scale * spectrum.noise_width(p.d, p.m)
    return spiked_eigenvalue(p.scale, width)


start.ordering(
    "l1_beats_l2_under_outliers",
    "at E s^2 = 10 norm(X*)^2, p = 0.1: the l1 start overlaps the truth more", "l1_overlap",
    "l2_overlap", source="derived: l1 wins iff (1-p+pE)^-2 pi/2 < 1 + E s^2/norm(X*)^2",
    twin="l2 is always the better start",
)  # fmt: skip
start.ordering(
    "l2_beats_l1_without_noise", "p = 0: the l2 start overlaps the truth more", "l2_overlap",
    "l1_overlap", source="derived: noiseless l2 needs pi/2 times fewer measurements",
    at=GENTLE.but(d=60, rank=1, m=80), trials=200, twin="l1 is always the better start",
)  # fmt: skip
