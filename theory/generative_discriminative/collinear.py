"""Three classes with means on a line: softmax regression and naive Bayes, n and m growing together.

x | k ~ N(c_k d, Sigma) as in the paper's simulation, m/3 samples a class. Whatever Sigma, the means
enter the fit only by W d, so that its state is two slopes W d, two intercepts, and two 2 x 2
matrices: of the scores' spread and of what one point moves its own scores.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Ge, Le, Row, Scalar, bivariate_normal_cdf, closed_form, normal_cdf, normal_quantile,
)  # fmt: skip
from theory.generative_discriminative.params import PLACES

Samples = Annotated[Scalar, Ge(3), Le(1e4)]
Ridge = Annotated[Scalar, Ge(0.05), Le(100)]
Places = Annotated[Any, Ge(-3), Le(3), Row]
Spectrum = Annotated[Any, Ge(0.05), Le(1e3), Row]
Dims = Annotated[Any, Ge(1), Le(1e3), Row]
Signal = Annotated[Any, Ge(0), Le(1e3), Row]
THREE = ("is not a row of three: the formula is of three classes",
         lambda places: jnp.shape(places)[-1:] == (3,))  # fmt: skip

SIDE, REACH = 48, 6.2
"""A grid of so many points a side, out to so many standard deviations."""
LABELS = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])[..., None]
"""Of classes 0 and 2, class by class; matrices stand on the first two axes everywhere."""
GAUGE = np.eye(2) - 1 / 3
"""sum_k |w_k|^2 = tr(U' GAUGE U) for w_k that sum to 0, U = (w_0 - w_1, w_2 - w_1)."""
OTHERS = np.array([[1, 2], [0, 2], [0, 1]])
MOST = 8000
_DAMPING = 0.05  # larger steps oscillate where classes lie far apart


def grid():
    """Points in the disc of radius REACH and their standard normal weights."""
    x = REACH * ((np.arange(SIDE) + 0.5) / SIDE * 2 - 1)
    points = np.stack(np.meshgrid(x, x, indexing="ij")).reshape(2, -1)
    squares = np.sum(points**2, axis=0)
    inside = squares < REACH**2
    weights = np.exp(-squares[inside] / 2)
    return points[:, inside], weights / weights.sum()


def inverse(m):
    """Of 2 x 2 matrices."""
    (a, b), (c, d) = m
    return jnp.stack([jnp.stack([d, -b]), jnp.stack([-c, a])]) / (a * d - b * c)


def times(a, b):
    """Products of 2 x 2 matrices, the axes behind them entry by entry."""
    return jnp.sum(a[:, :, None] * b[None], axis=1)


def derivatives(scores):
    """label - s and diag(s) - s s', s the chances of classes 0 and 2 at scores relative to 1's."""
    s = jax.nn.softmax(jnp.stack([scores[0], 0 * scores[0], scores[1]]), axis=0)[::2]
    return LABELS - s, s[:, None] * np.eye(2)[..., None, None] - s[:, None] * s[None]


def bent(price, bend):
    """(1 + V H)^-1."""
    return inverse(np.eye(2)[..., None, None] + times(price[..., None, None], bend))


def moved(scores, free, price):
    """A Newton step to P = free + V (label - s(P)), not through more than a bend of the loss."""
    slope, bend = derivatives(scores)
    pushed = jnp.sum(price[..., None, None] * slope[None], axis=1)
    step = jnp.sum(bent(price, bend) * (free + pushed - scores)[None], axis=1)
    pairs = [jnp.stack([x[0], x[1], x[0] - x[1]]) for x in (step, scores)]
    room = (2 + jnp.abs(pairs[1]) / 2) / jnp.maximum(jnp.abs(pairs[0]), 1e-30)
    return scores + jnp.minimum(jnp.min(room, axis=0), 1.0) * step


def matrix_of(row):
    """Symmetric, 2 x 2."""
    return jnp.stack([row[:2], row[1:]])


def parts(state):
    """W d, intercepts, W Sigma W', V (all relative to class 1), and m."""
    return state[:2], state[2:4], matrix_of(state[4:7]), matrix_of(state[7:10]), jnp.exp(state[10])


def row_of(along, offsets, spread, price, log_samples):
    """The state as one row."""
    upper = [jnp.stack([m[0, 0], (m[0, 1] + m[1, 0]) / 2, m[1, 1]]) for m in (spread, price)]
    return jnp.concatenate([along, offsets, *upper, jnp.reshape(log_samples, 1)])


def missed(mean, covariance):
    """1 - P(both > 0) of two normals, by class: (3, 2) means and (3, 2, 2) covariances."""
    spread = jnp.sqrt(jnp.stack([covariance[:, 0, 0], covariance[:, 1, 1]], axis=1))
    z = mean / spread
    correlation = covariance[:, 0, 1] / (spread[:, 0] * spread[:, 1])
    return 1 - bivariate_normal_cdf(z[:, 0], z[:, 1], correlation)


def lr_errors(state, places):
    """P(the score of class k is not the largest), scores N(b + c_k W d, W Sigma W')."""
    along, offsets, spread, _, _ = parts(state)
    places = places - places[1]
    fill = jnp.zeros((3, 2)).at[np.array([0, 2]), np.array([0, 1])].set(1.0)
    scores = (offsets + places[:, None] * along) @ fill.T
    whole = fill @ spread @ fill.T
    own = np.arange(3)[:, None]
    mean = scores[own, own] - scores[own, OTHERS]
    cross = whole[own, own] - whole[own, OTHERS]
    pairs = whole[OTHERS[:, :, None], OTHERS[:, None]]
    return missed(mean, cross[:, :, None] - whole[own, OTHERS][:, None] + pairs)


def nb_errors(samples, places, spectrum, dims, signal):
    """The same of the nearest estimated mean, by the central limit, known variances."""
    near = places[:, None] - places[OTHERS]
    each = 3 / samples
    chances = 1 + np.eye(2) * each  # 1 + [j = l]/m_j
    noise = dims @ spectrum**2 / 2 * (chances**2 - 2 + (1 + each) ** 2)
    along, across = jnp.sum(signal), signal @ spectrum
    covariance = noise + chances * near[:, :, None] * near[:, None] * across
    return missed(near**2 * along / 2, covariance)


def _solved(rule, start, ridge, places, spectrum, dims, signal):
    """The state; ``rule`` says log m of the step before."""
    points, weights = grid()
    places = places - places[1]  # the intercepts are free

    def step(state, scores):
        along, offsets, spread, price, m = parts(state)
        first = jnp.sqrt(spread[0, 0])
        other = spread[0, 1] / first
        last = jnp.sqrt(spread[1, 1] - other**2)
        z = jnp.stack([first * points[0], other * points[0] + last * points[1]])
        free = (offsets[:, None] + along[:, None] * places)[..., None] + z[:, None]
        scores = moved(scores, free, price)
        slope, bend = derivatives(scores)
        mean = slope @ weights  # by class
        square = jnp.mean((slope[:, None] * slope[None]) @ weights, axis=-1)
        curved = jnp.mean(times(bend, bent(price, bend)) @ weights, axis=-1)
        R = inverse(ridge * GAUGE[..., None] + m * curved[..., None] * spectrum)
        pulled = jnp.sum(R * (m * (mean @ places) / 3)[:, None], axis=1)
        noise = times(times(R, (m * square)[..., None]), R) @ (dims * spectrum**2)
        ahead = inverse(curved) @ jnp.mean(mean, axis=1)
        ahead = ahead * jnp.minimum(1.0, 1 / jnp.maximum(jnp.max(jnp.abs(ahead)), 1e-30))
        new = row_of(pulled @ signal, offsets + ahead,
                     (pulled * signal * spectrum) @ pulled.T + noise, R @ (dims * spectrum),
                     rule(state))  # fmt: skip
        return state + _DAMPING * (new - state), scores

    def far(new, old):
        return jnp.max(jnp.abs(new - old) / (1e-3 * jnp.max(jnp.abs(old)) + jnp.abs(old)))

    def moving(loop):
        return (loop[0] < MOST) & (loop[3] > 1e-3)

    def move(loop):
        new, scores = step(loop[1], loop[2])
        return loop[0] + 1, new, scores, far(new, loop[1])

    def gap(state, scores):
        new, scores = step(state, scores)
        return new - state, scores

    def with_itself(state, scores):
        missing, scores = gap(state, scores)
        return missing, (missing, scores)

    def aim(loop):
        """A step of Newton."""
        matrix, (missing, scores) = jax.jacfwd(with_itself, has_aux=True)(loop[1], loop[2])
        new = loop[1] - jnp.linalg.solve(matrix, missing)
        return loop[0] + 1, new, scores, far(new, loop[1]), matrix

    def aiming(loop):
        return (loop[0] < 20) & (loop[3] > 1e-9)

    scores = jnp.zeros((2, 3, len(weights)))
    # slow steps first: from afar Newton's lead nowhere, and from here to the last digits
    near = jax.lax.while_loop(moving, move, (0, start, scores, jnp.ones(())))
    loop = (0, *near[1:3], jnp.ones(()), jnp.eye(len(start)))
    _, state, scores, left, matrix = jax.lax.stop_gradient(jax.lax.while_loop(aiming, aim, loop))
    # one more, by which alone the state has its slopes: the implicit ones, as what it starts from
    # and its matrix are taken for constant
    return jnp.where(left < 1e-9, state - jnp.linalg.solve(matrix, gap(state, scores)[0]), jnp.nan)


def _start(samples, ridge, places, spectrum, dims, signal):
    """As of small and balanced scores: rules of class means, shortened."""
    bend = np.array([[2.0, -1.0], [-1.0, 2.0]]) / 18
    R = inverse(ridge * GAUGE[..., None] + samples * bend[..., None] * spectrum)
    price = R @ (dims * spectrum)
    apart = (places - places[1])[::2]
    length = jnp.sum(signal / spectrum)
    short = jnp.minimum(length, 4.0)
    offsets = -(apart**2) / 2 * short
    spread = apart[:, None] * apart * short**2 / jnp.maximum(length, 1e-12) + price
    return row_of(apart * short, offsets, spread, price, jnp.log(samples))


def lr_state(samples, ridge, *design):
    """The state at m = ``samples``."""
    start = jax.lax.stop_gradient(_start(samples, ridge, *design))
    return _solved(lambda state: jnp.log(samples), start, ridge, *design)


def _lr(samples, ridge, *design):
    return lr_errors(lr_state(samples, ridge, *design), design[0])


_of_lr = jax.jit(jnp.vectorize(_lr, signature="(),(),(c),(k),(k),(k)->(c)"))
_of_nb = jax.jit(jnp.vectorize(nb_errors, signature="(),(c),(k),(k),(k)->(c)"))
SOME = {"samples": 300.0, "ridge": 1.0, "places": [-1.0, 1.0, 2.0], "spectrum": [0.5, 1.5],
        "dims": [20.0, 20.0], "signal": [0.5, 0.5]}  # fmt: skip


@closed_form(places=THREE, example=SOME)
def collinear_lr_errors(
    samples: Samples, ridge: Ridge, places: Places, spectrum: Spectrum, dims: Dims, signal: Signal
) -> Any:
    """The error on each of three classes N(c_k d, Sigma) of softmax regression, m/3 points a class.

    It minimises sum -log softmax(W x + b)_y + ridge |W|^2/2; ``places`` are c_k, ``spectrum`` the
    eigenvalues e of Sigma in ``dims`` dimensions g each, ``signal`` |d|^2 there. With P = prox of
    the loss at v = b + c_y W d + N(0, Q), g = -l'(P), H = l''(P): W d = sum |d|^2 R mh, Q = sum
    e |d|^2 (R mh)(R mh)' + g e^2 R qh R, V = sum g e R, R = 1/(ridge + e vh), mh = m E c_y g,
    qh = m E g g', vh = m E H (I + V H)^-1, E g = 0; all 2 x 2, relative to class 1. NaN where
    these do not settle: classes so far apart that points beyond REACH decide, and errors vanish.
    """
    return _of_lr(*(jnp.asarray(x, float)
                    for x in (samples, ridge, places, spectrum, dims, signal)))  # fmt: skip


@closed_form(places=THREE, example=SOME)
def collinear_nb_errors(
    samples: Samples, places: Places, spectrum: Spectrum, dims: Dims, signal: Signal
) -> Any:
    """The errors of naive Bayes there, features of known variance 1 and correlations C = Sigma.

    score_k - score_j, j != k, are normal by the central limit, with means (c_k - c_j)^2 |d|^2/2 and
    covariances tr C^2/2 (c_jl^2 - 2 + (1 + 1/m_k)^2) + c_jl (c_k - c_j)(c_k - c_l) d'C d, c_jl = 1
    + [j = l]/m_j.
    """
    return _of_nb(*(jnp.asarray(x, float) for x in (samples, places, spectrum, dims, signal)))


def _meeting(goal, gain, samples, ridge, *design):
    """m where the mean error is ``goal`` of m: m moves with the state, by the errors' quantiles."""

    def rule(state):
        own = jnp.mean(lr_errors(state, design[0]))
        lead = normal_quantile(own) - normal_quantile(goal(jnp.exp(state[10])))
        return state[10] + gain * lead  # slowly, as the state lags behind

    start = jax.lax.stop_gradient(_start(samples, ridge, *design))
    return jnp.exp(_solved(rule, start, ridge, *design)[10])


def _overtaking(ridge, *design):
    goal = lambda m: jnp.mean(nb_errors(m, *design))  # noqa: E731
    # the two errors fall almost alike
    return _meeting(goal, 3.0, 3 * jnp.sum(design[2]), ridge, *design)


_overtakings = jax.jit(jnp.vectorize(_overtaking, signature="(),(c),(k),(k),(k)->()"))


@closed_form(places=THREE, example=SOME)
def collinear_overtaking(
    ridge: Annotated[Scalar, Ge(0.5), Le(2)],
    places: Places,
    spectrum: Spectrum,
    dims: Dims,
    signal: Signal,
) -> Any:
    """m at which softmax regression's mean error falls to naive Bayes', three collinear classes.

    :func:`collinear_lr_errors` and :func:`collinear_nb_errors` there; differentiable in all. NaN
    where one method is better throughout.
    """
    return _overtakings(*(jnp.asarray(x, float) for x in (ridge, places, spectrum, dims, signal)))


def _paper(excess, n, ridge):
    half = jnp.stack([n / 2, n / 2])
    design = jnp.asarray(PLACES), jnp.stack([n, jnp.ones_like(n)]), half, half
    unit = jnp.sqrt((n + 1) / 2)  # of the means, whitened; classes lie 2 and 1 of it apart
    bayes = 2 / 3 * (normal_cdf(-unit) + normal_cdf(-unit / 2))
    return _meeting(lambda m: bayes + excess, 0.3, 2.5 * n, ridge, *design)


_papers = jax.jit(jnp.vectorize(_paper))


@closed_form
def three_class_samples(
    excess: Annotated[Scalar, Ge(0.005), Le(0.1)],
    n: Annotated[Scalar, Ge(100), Le(2000)],
    ridge: Annotated[Scalar, Ge(0.5), Le(2)] = 1.0,
) -> Any:
    """m* at which softmax regression's error is Bayes's and ``excess``: the paper's K = 3.

    Variances n on one half of the features and 1 on the other, means -1, 1 and 2 everywhere, m/3
    samples a class, the penalty ridge |W|^2/2. For K = 2 it is :func:`lr_samples`.
    """
    return _papers(*(jnp.asarray(x, float) for x in (excess, n, ridge)))
