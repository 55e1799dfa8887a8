"""Correcting and borrowing at once, with eta known only in mean and variance."""

from typing import Annotated

from theory import Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, sqrt
from theory.representation_calibration.params import Params, Positive, Square

claim = Claims("derived; not in the paper")
Cross = Annotated[Scalar, Ge(-1e12), Le(1e12)]
Kept = Annotated[Scalar, Gt(0), Le(1)]
Doubt = Annotated[Scalar, Ge(0), Le(0.25)]
FITS = (
    "is above sqrt(A H): no two vectors have it",
    lambda own, cross, lent: cross * cross <= own * lent * (1 + 1e-12),
)
SHARE = (
    "is above M (1 - M), the largest of a share's of mean M",
    lambda kept, doubt: doubt <= kept * (1 - kept) + 1e-15,
)


@closed_form(
    cross=FITS,
    doubt=SHARE,
    example={
        "own": 5.0, "cross": 3.0, "lent": 4.0, "own_noise": 0.6, "lent_noise": 0.1,
        "kept": 0.7, "doubt": 0.01,
    },
)  # fmt: skip
def joint_calibration(
    own: Positive,
    cross: Cross,
    lent: Positive,
    own_noise: Positive,
    lent_noise: Square,
    kept: Kept,
    doubt: Doubt,
) -> tuple[Scalar, Scalar, Scalar]:
    """(x, y, E |x m_t + y m_h - a_t|^2), the weights of least error of two polluted means.

    m_t, m_h: means of points labelled tail and donor, less mubar; a_t, a_h: the true ones. A =
    |a_t|^2, C = a_t.a_h, H = |a_h|^2; N_t, N_h = E tr Sigma~/n; M and v the mean and variance of
    1 - eta; M2 = M^2 + v. x + y = 1/(1 - eta^) corrects, y/(x + y) is beta. x = M (M2 (A H - C^2) +
    A N_h)/Q, y = M C N_t/Q, error (v A (M2 G + A N_h + H N_t) + N_t (M^2 G + A N_h))/Q,
    Q = M2^2 G + M2 (A N_h + H N_t) + N_t N_h, G = A H - C^2.
    """
    second, area = kept * kept + doubt, own * lent - cross * cross
    area = (area + abs(area)) / 2
    each = own * lent_noise + lent * own_noise
    q = second * second * area + second * each + own_noise * lent_noise
    error = doubt * own * (second * area + each)
    error = error + own_noise * (kept * kept * area + own * lent_noise)
    x = kept * (second * area + own * lent_noise)
    return x / q, kept * cross * own_noise / q, error / q


# --------------------------------------------------------------------------------------------
# eta is .3 - .15 or .3 + .15, and nobody says which

CASE = {"gap": 3.0, "along": -0.6, "across": 0.8, "tail": 0.05, "donor": 0.25}
HERE = Params(**CASE, eta=0.3, doubt=0.15, d=20, few=20, lent=60)


def dots(p):
    """A, C, H."""
    a, b = (tuple(x - m for x, m in zip(p.means[k], p.middle, strict=True)) for k in (0, 1))
    return tuple(x[0] * y[0] + x[1] * y[1] for x, y in ((a, a), (a, b), (b, b)))


def noises(p):
    """N_t, N_h: the mean over both eta of tr Sigma~/n."""
    pairs = ((0, p.few), (1, p.lent))
    return tuple(sum(p.trace(k, p.eta + s * p.doubt) for s in (1, -1)) / 2 / n for k, n in pairs)


def best(p, known=0):
    """(x, y, error) of least error; ``known`` = 1 takes eta for its mean."""
    return joint_calibration(*dots(p), *noises(p), 1 - p.eta, (1 - known) * p.doubt**2)


def error_of(p, x, y):
    """Of any weights: A - 2 M (x A + y C) + M2 (x^2 A + 2 x y C + y^2 H) + x^2 N_t + y^2 N_h."""
    (a, c, h), (own, lent), m = dots(p), noises(p), 1 - p.eta
    square = (m * m + p.doubt**2) * (x * x * a + 2 * x * y * c + y * y * h)
    return a - 2 * m * (x * a + y * c) + square + x * x * own + y * y * lent


def seen(run, p):
    """The squared error of the best weights, in each trial."""
    x, y, _ = (float(v) for v in best(p))
    gram = run["gram"]
    cross = x * y * gram[:, 1, 2] - x * gram[:, 0, 1] - y * gram[:, 0, 2]
    return gram[:, 0, 0] + x * x * gram[:, 1, 1] + y * y * gram[:, 2, 2] + 2 * cross


def variance_of(p):
    """A bound on the variance of |B + g|^2: B bias at either eta and labels, g of variance w.

    2 w^2 d + 4 w E |B|^2 + E |B|^4, the last by Minkowski.
    """
    x, y, _ = (float(v) for v in best(p))
    (a, c, h) = dots(p)

    def bias(keep):
        u, w = keep * x - 1, keep * y
        return (u * u * a + 2 * u * w * c + w * w * h) ** 2

    spread = sum(bias(1 - p.eta + s * p.doubt) for s in (1, -1)) / 2
    far = 4 * max((m[0] - p.gap) ** 2 + m[1] ** 2 for m in p.means)

    def labels(k, n):
        c = max(p.trace(k, p.eta + s * p.doubt) for s in (1, -1)) - p.d
        return (far * c / n**3 + 3 * c**2 / n**2) ** 0.25

    width = x * x / p.few + y * y / p.lent
    lent = abs(x) * labels(0, p.few) + abs(y) * labels(1, p.lent)
    fourth = (spread**0.25 + lent) ** 4
    return 2 * width**2 * p.d + 4 * width * fourth**0.5 + fourth


@claim.equals(
    seen,
    mode="doubt",
    at=HERE,
    variance=variance_of,
    relative=0.04,
    twin=Twin("as if eta were its mean", known=1),
    known=((HERE, "1.1125246"),),
)
def joint_error(p, *, known=0):
    """Both weights at their best, eta unknown: the least error, v A and the noises over one Q."""
    return best(p, known)[2]


BOX = Domain.around(HERE, gap=(0.5, 6.0), few=(2, 1000), lent=(2, 1000), beta=(0.0, 1.0))


@claim.never_above(
    lambda p: error_of(p, (1 - p.beta) / (1 - p.eta), p.beta / (1 - p.eta)),
    over=BOX,
    evaluators=("jax", "mpmath"),
)
def no_pair_of_weights_is_better(p):
    """No transfer weight beta after correction by the mean of eta has a lower error."""
    return best(p)[2]


@claim.identity(
    lambda p: dots(p)[0] * noises(p)[0] / ((1 - p.eta) ** 2 * dots(p)[0] + noises(p)[0]),
    over=Domain.around(HERE.but(doubt=0.0), gap=(0.5, 6.0), few=(2, 1000), along=(-0.5, 0.5)),
    within=1e-6,
    why="donors' noise taken as 1e10 of the tail's",
    twin=Twin("full correction, tr Sigma~/((1 - eta)^2 n)", full=True),
)
def correct_less_than_all(p, *, full=False):
    """No donors, eta known: correct by less than eta; error A N/((1 - eta)^2 A + N), never above A.

    1/(1 - eta^) = (1 - eta) A/((1 - eta)^2 A + N): shrinkage toward mubar on top
    """
    a, c, h = dots(p)
    noise = noises(p)[0]
    if full:
        return noise / (1 - p.eta) ** 2
    return joint_calibration(a, c, h, noise, 1e10 * noise, 1 - p.eta, 0)[2]


@claim.limit(
    lambda p: p.doubt**2 * dots(p)[0] / ((1 - p.eta) ** 2 + p.doubt**2),
    along=tuple(HERE.but(few=20 * 4**k, lent=60 * 4**k) for k in range(4, 9)),
    size=lambda p: p.few,
    rate=-1,
    within=0.02,
    why="the next order, 1/n^2",
    last_gap=1e-3,
    twin=Twin("nothing is left", limit=0.0),
)
def unknown_noise_is_not_averaged(p):
    """Many points of both: v A/((1 - eta)^2 + v) is left, what the doubt about eta costs."""
    return best(p)[2]


@claim.never_above(lambda p: sqrt(dots(p)[0]), over=BOX, evaluators=("jax", "mpmath"))
def never_worse_than_the_middle(p):
    """The root of the least error is at most |mu_t - mubar|: that of taking mubar itself."""
    return sqrt(best(p)[2])
