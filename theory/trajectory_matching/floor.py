"""What n_s synthetic points cannot match, whoever chooses them, and how it grows with time."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Row, Scalar, Twin, Whole, closed_form, exp, log
from theory.trajectory_matching.params import SOME, Params, Rate, Speeds, Square, Steps, Variances

claim = Claims("derived")
Weights = Annotated[Any, Ge(0), Le(1e100), Row]
Points = Annotated[Scalar, Ge(0), Whole]
FEWER = ("is above the dimension", lambda points, weights: points <= jnp.shape(weights)[-1])
MOVES = ("is zero everywhere", lambda weights: jnp.max(jnp.asarray(weights), -1) > 0)


@closed_form(example=SOME)
def progress(x: Speeds, steps: Steps):
    """B_i = 1 - (1 - x_i)^M, x_i = eta h_i in (0, 1]: the share of the way that M steps go."""
    x, m = jnp.asarray(x, float), jnp.asarray(steps, float)[..., None]
    near = x < 0.5
    slow = -jnp.expm1(m * jnp.log1p(-jnp.where(near, x, 0.25)))
    return jnp.where(near, slow, 1 - jnp.where(near, 0.5, 1 - x) ** m)


@closed_form(example=SOME)
def motion(
    x: Speeds, variances: Variances, steps: Steps, start: Annotated[Scalar, Ge(0), Whole] = 0
):
    """B_i^2 S_i (1 - x_i)^(2 t_0): the mean square that direction i moves in M steps from t_0."""
    left = (1 - jnp.asarray(x, float)) ** (2 * jnp.asarray(start, float)[..., None])
    return progress(x, steps) ** 2 * variances * left


@closed_form(example=SOME, points=FEWER)
def unmatched(weights: Weights, points: Points):
    """The sum of all but the n_s largest weights: the least matching loss.

    Where two weights tie at the edge the best data set is not unique; the sum is.
    """
    ascending = jnp.sort(jnp.asarray(weights, float), -1)
    d = ascending.shape[-1]
    kept = jnp.arange(d) < d - jnp.asarray(points, float)[..., None]
    return jnp.sum(jnp.where(kept, ascending, 0.0), -1)


@closed_form(example=SOME, points=FEWER, weights=MOVES)
def residual(weights: Weights, points: Points):
    """R: the least matching loss over the mean square of the expert's way."""
    return unmatched(weights, points) / jnp.sum(jnp.asarray(weights, float), -1)


@closed_form(example=SOME, weights=MOVES)
def ratio_weights(weights: Weights):
    """E[a_i z_i^2/sum_j a_j z_j^2] = int_0^inf a_i/(1 + 2 a_i t) prod_j (1 + 2 a_j t)^-1/2 dt.

    a = ``weights``, z ~ N(0, I). By the trapezoidal rule in log t, to 1e-13.
    """
    a = jnp.asarray(weights, float)
    a = a / jnp.sum(a, -1, keepdims=True)
    t = jnp.exp(jnp.arange(-40, 80.25, 0.25))[:, None]
    factor = 2 * a[..., None, :] * t
    product = jnp.exp(-jnp.sum(jnp.log1p(factor), -1, keepdims=True) / 2)
    return jnp.sum(factor / (1 + factor) * product, -2) / 8


def weights_of(p, steps=None):
    """The weights at Params, after ``steps`` where these differ."""
    return motion(p.x, p.S, p.steps if steps is None else steps, p.start)


# --------------------------------------------------------------------------------------------
# The floor

GROWING = Params(growth=2.0, points=2)  # the soft directions move most


@claim.equals(
    lambda run, p: run["loss"] / jnp.sum(weights_of(p)),
    at=(GROWING, Params()),
    within=0.02,
    variance=lambda p: 2 * unmatched(weights_of(p) ** 2, p.points) / jnp.sum(weights_of(p)) ** 2,
    twin=Twin("without the stiffest directions", stiffest=True),
)
def rank_floor_attained(p, *, stiffest=False):
    """Rows along the n_s axes of largest B_i^2 S_i, y_s = X_s theta*, leave the other B_i^2 S_i.

    derived: a student's way is K (theta - theta*) + c, rank K <= n_s, c in its range; E u = 0

    Rows of size ((1 - (1 - B_i)^(1/N))/eta_s)^1/2 make K = B on their axes.
    """
    weights = weights_of(p)
    if stiffest:
        return jnp.sum(weights[int(p.points) :]) / jnp.sum(weights)
    return residual(weights, p.points)


def below_the_floor(stiffest):
    """How far the disturbed data set's loss lies below the floor."""

    def read(run, p):
        weights = weights_of(p)
        floor = jnp.sum(weights[p.points :]) if stiffest else unmatched(weights, p.points)
        return floor - run["loss"]

    return read


claim.every_trial(
    below_the_floor(False),
    name="rank_floor",
    says="No n_s points leave less than all but the n_s largest B_i^2 S_i, over all starts",
    source="derived: Eckart and Young (1936) for B S^1/2",
    within=1e-11,
    mode="disturbed",
    at=(GROWING, Params(points=3)),
    trials=512,
    twin=Twin("all but the n_s stiffest", observable=below_the_floor(True)),
    remarks="If the starts' S does not commute with H the floor holds with the singular values of"
    " B S^1/2, and is attained iff their n_s leading left vectors span a space that H maps into"
    " itself: there K = P B, which has to be symmetric.",
)  # fmt: skip


@claim.equals(
    lambda run, p: run["loss"] / run["travel"],
    at=(Params(alpha=2.0, points=1, speed=0.15), Params(growth=-1.0, points=1, speed=0.25)),
    within=0.02,
    twin=Twin("the ratio of the means", ratio=False),
)
def mean_of_the_ratio(p, *, ratio=True):
    """E[loss/way^2], as it is trained: the least is all but the n_s largest E[way_i^2/way^2].

    derived: E[u u'/|B u|^2] is diagonal and takes the place of S; not in the paper

    For normal u, whose weights keep their order: so the same data set is best.
    """
    weights = weights_of(p)
    return residual(ratio_weights(weights) if ratio else weights, p.points)


# --------------------------------------------------------------------------------------------
# Time

TABLE = tuple(
    (Params(steps=m), digits)
    for m, digits in (
        (1, ".04313"), (2, ".08579"), (5, ".21195"), (20, ".55302"), (100, ".80417"),
        (1000, ".83333"),
    )
)  # fmt: skip


@claim.never_above(
    lambda p: residual(weights_of(p, p.steps + 1), p.points),
    over=Domain.around(
        Params(d=8), alpha=(0.0, 3.0), growth=(-3.0, 0.0), speed=(0.01, 1.0), steps=(1, 60),
        points=(1, 7),
    ),
    points=64,
    known=TABLE,
)  # fmt: skip
def longer_is_harder(p):
    """R never falls with M where S_i does not grow towards soft directions.

    derived: (1 - x^M)/(1 - y^M) falls in M for x < y, so soft directions gain on stiff ones

    From sum_{i > n_s} h_i^2 S_i/sum h_i^2 S_i at M = 1 to sum_{i > n_s} S_i/sum S_i. The model's
    sense of "potent experts are harder to align": a longer way needs more directions.
    """
    return residual(weights_of(p), p.points)


@claim.never_above(
    lambda p: residual(weights_of(p, p.steps + 1), p.points),
    over=Domain.around(
        Params(d=2, alpha=3.321928, points=1, experts=1), growth=(0.0, 6.6), steps=(1, 40)
    ),
    points=48,
    repaired_by="longer_is_harder",
)
def longer_is_harder_whatever_starts(p):
    """R never falls with M, whatever the variances S_i.

    the paper's reading, without a condition

    h = (1, .1), S = (.01, 1): R is .5 at M = 1 and .01 at M = 40.
    """
    return residual(weights_of(p), p.points)


@claim.scaling(
    -2.0,
    along=[Params(d=200_000, alpha=1.5, speed=1.0, rate=1.0, steps=8, points=n)
           for n in (128, 256, 512, 1024)],
    size=lambda p: p.points,
    within=0.01,
    why="B_i = M x_i (1 - O(M x_i)): local slopes -1.991 to -1.9993",
    twin=Twin("1 - alpha", exponent=-0.5),
)  # fmt: skip
def power_law(p):
    """h_i = i^-alpha, S = 1, n_s >> (eta M)^(1/alpha): R falls like n_s^(1 - 2 alpha)."""
    return residual(weights_of(p), p.points)


# --------------------------------------------------------------------------------------------
# The step size

STEPS = Domain.around(Params(d=8), speed=(0.001, 1.0), steps=(1, 200))


def excess(p):
    """M (B/(1 - e^(-M x)) - 1) of the stiffest direction."""
    return p.steps * (progress(p.x, p.steps)[0] / -jnp.expm1(-p.steps * p.x[0]) - 1)


@claim.never_above(0.6, over=STEPS, points=128)
def step_ratio(p):
    """B <= (1 + .6/M) (1 - e^(-M x)): M steps go little further than the flow in the same time."""
    return excess(p)


@claim.nonnegative(over=STEPS, points=128, rounding=1e-11)
def step_ratio_above_one(p):
    """B >= 1 - e^(-M x): M steps go at least as far as the flow."""
    return excess(p)


@claim.never_above(
    lambda p: 2 * log(1 + 0.6 / p.steps),
    over=Domain.around(
        Params(d=8), alpha=(0.2, 3.0), growth=(-2.0, 2.0), speed=(0.01, 1.0), steps=(1, 60),
        points=(1, 7),
    ),
    points=64,
)  # fmt: skip
def step_size_nearly_neutral(p):
    """abs(ln R - ln R of the flow in the same time eta M) <= 2 ln(1 + .6/M), for any S.

    derived: each B_i^2 moves by a factor in [1, (1 + .6/M)^2], and R by no more

    Without gradient noise a smaller step makes an expert hardly easier to match.
    """
    flow = (1 - exp(-p.steps * p.x)) ** 2 * p.S
    return jnp.abs(log(residual(weights_of(p), p.points) / residual(flow, p.points)))


# --------------------------------------------------------------------------------------------
# Noise in the expert's gradients


@closed_form(example=SOME)
def step_noise(x: Speeds, rate: Rate, steps: Steps, sigma: Square):
    """Q_i = eta^2 sigma^2 (1 - (1 - x_i)^(2M))/(1 - (1 - x_i)^2): what M noisy gradients leave."""
    scale = jnp.asarray(rate, float)[..., None] * jnp.asarray(sigma, float)[..., None]
    return scale**2 * progress(x, 2 * steps) / progress(x, 2)


def noise_of(p):
    """Q at Params."""
    return step_noise(p.x, p.rate, p.steps, p.sigma)


def chosen(p):
    """Which directions the points take."""
    weights = weights_of(p)
    return jnp.argsort(jnp.argsort(-weights)) < p.points


@claim.equals(
    "loss",
    at=(Params(sigma=0.3), Params(speed=0.4, rate=0.2, sigma=1.0)),
    relative=0.02,
    variance=lambda p: 2 * jnp.sum((jnp.where(chosen(p), 0, weights_of(p)) + noise_of(p)) ** 2),
    twin=Twin("only outside the chosen directions", all=0),
    known=((Params(sigma=0.3), "5.25448"),),
)
def noise_floor(p, *, all=1):
    """Gradient noise N(0, sigma^2) adds sum_i Q_i to the least loss, on the chosen directions too.

    derived: a geometric sum of eta^2 sigma^2 (1 - x_i)^(2k)
    """
    noise = noise_of(p)
    return unmatched(weights_of(p), p.points) + jnp.sum(jnp.where(chosen(p), all * noise, noise))


@claim.scaling(
    1.0,
    along=[Params(sigma=1.0, rate=0.05 / k, speed=0.1 / k, steps=80 * k) for k in (1, 2, 4, 8)],
    size=lambda p: p.rate,
    within=0.02,
    why="1/(2 - x_i) for 1/2, x_1 <= .1",
    twin=Twin("no gain from a small step", exponent=0.0),
)
def noise_is_first_order(p):
    """In a fixed time eta M the noise's part of the loss is O(eta): here smooth experts do help."""
    return jnp.sum(noise_of(p))
