"""Weights trained through w = a arctan(v/b): steps, flows to their ends, and interpolators."""

import jax
import jax.numpy as jnp

from sims import descend, flow, max_margin, normals, orthonormal, simulation

SMALL_STEP = 1e-6
LARGE = 20.0
SIGNS = 1.05 / (jnp.pi / 2)
HALF_PI = jnp.pi / 2


def weight(v, a, b):
    """The compander."""
    return a * jnp.arctan(v / b)


def interpolator(X, y, a, steps=60):
    """The solution of X w = y whose tan u + tan^3 u/3, u = w/a, is in the span of X's rows.

    Newton's method on the dual: of the steps 1, 1/2, 1/4, ... the best.
    """

    def tangent(nu):
        return 2 * jnp.sinh(jnp.arcsinh(1.5 * (nu @ X)) / 3)

    def dual(nu):
        t = tangent(nu)
        conjugate = (nu @ X) * jnp.arctan(t) - t * t / 6 - jnp.log1p(t * t) / 3
        return nu @ y / a - jnp.sum(conjugate)

    def left(nu):
        return y / a - X @ jnp.arctan(tangent(nu))

    def move(state):
        nu, _, count = state
        slope = 1 / (1 + tangent(nu) ** 2) ** 2
        step = jnp.linalg.solve((X * slope) @ X.T, left(nu))
        tries = nu + 0.5 ** jnp.arange(12.0)[:, None] * step
        values = jax.vmap(dual)(tries)
        nu = tries[jnp.argmax(jnp.where(jnp.isnan(values), -jnp.inf, values))]
        return nu, jnp.max(jnp.abs(left(nu))), count + 1

    def unfinished(state):
        return (state[1] > 1e-11) & (state[2] < steps)

    nu = jnp.zeros(len(y))
    nu, _, _ = jax.lax.while_loop(unfinished, move, (nu, jnp.max(jnp.abs(y / a)), 0))
    return a * jnp.arctan(tangent(nu)), jnp.max(jnp.abs(left(nu)))


@simulation(width=64)
def trial(key, p):
    """Random variables and their weights, a small step on each, and one near a minimum."""
    v, goal, gauss = normals(key, v=(6,), goal=(6,), gauss=())
    v, goal = p.spread * v, weight(p.spread * goal, p.a, p.b)
    w = weight(v, p.a, p.b)

    def loss(v, goal):
        return p.curvature / 2 * jnp.sum((weight(v, p.a, p.b) - goal) ** 2)

    slope = jax.grad(loss)
    stepped = v - SMALL_STEP * slope(v, goal)
    eta, off = 0.3 * (p.b / p.a) ** 2, 1e-4 * p.b
    near = v + off
    return {
        "weights": w,
        "gradient": p.curvature * (w - goal),
        "moved": (w - weight(stepped, p.a, p.b)) / SMALL_STEP,
        "multiplier": (near - eta * slope(near, w) - v) / off,
        "eta": eta,
        "cauchy": weight(p.b * v[0] / (p.spread * gauss), p.a, p.b),
    }


@simulation(width=8)
def flow_trial(key, p):
    """Flows on a consistent system X w = y to their ends, and interpolators by Newton's method.

    The rows of X are orthonormal; y = X w for some w within .6 of the bound.
    """
    frame, inner, nu, starts = normals(
        key, frame=(p.d, p.n), inner=(p.d,), nu=(p.n,), starts=(3, p.d)
    )
    X = orthonormal(frame).T
    truth = 0.6 * HALF_PI * jnp.tanh(inner)  # over a
    y = p.a * (X @ truth)

    def loss(v, a, b, decay):
        return jnp.sum((X @ weight(v, a, b) - y) ** 2) / 2 + decay / 2 * jnp.sum(v * v)

    def end(a, b, decay):
        time = 200.0 * (b / a) ** 2
        path = flow(lambda v: loss(v, a, b, decay), jnp.zeros(p.d), time, 2000)
        return weight(path[-1], a, b)

    ends = jax.vmap(end)(
        jnp.stack([p.a, p.a, 1.5 * p.a, p.a]),
        jnp.stack([p.b, 2 * p.b, p.b, p.b]),
        jnp.stack([0.0, 0.0, 0.0, p.decay]),
    )

    def quadratic(v, bend):
        return jnp.sum((bend(v) - p.a * truth) ** 2) / 2

    starts = jnp.concatenate([jnp.zeros((1, p.d)), p.b * starts])
    rate = 0.5 * (p.b / p.a) ** 2

    def last(bend):
        def run(start):
            path = descend(lambda v: quadratic(v, bend), start, 1500, rate, observe=bend)
            return path[-1]

        return jax.vmap(run)(starts)

    reached = last(lambda v: weight(v, p.a, p.b))
    stuck = last(lambda v: v * jnp.abs(v))
    z = nu @ X
    signed = X * jnp.sign(z)  # then the interpolator of least maximum is 1, ..., 1
    ones = jnp.sum(signed, axis=1)
    large = LARGE * p.a
    systems = jnp.stack([X, X, signed]), jnp.stack([y, y, ones]), jnp.stack([p.a, large, SIGNS])
    (programme, wide, signs), _ = jax.vmap(interpolator)(*systems)
    return {
        "X": X,
        "flow": ends[0],
        "slower": ends[1],
        "wider": ends[2],
        "decayed": ends[3],
        "apart": jnp.max(jnp.abs(reached - reached[0])),
        "saddle": jnp.max(jnp.abs(stuck - stuck[0])),
        "least": y @ X,
        "programme": programme,
        "large": wide,
        "large_a": large,
        "z": z,
        "signs": signs,
        "signs_least": ones @ signed,
    }


@simulation(width=16)
def learned_trial(key, p):
    """Descent on v, a and b; the flow of one weight with a and b; late times with fixed a, b."""
    z, v, y, first = normals(key, z=(p.n, p.d), v=(p.d,), y=(p.n,), first=())
    rate = 0.02

    def loss(point):
        v, a, b = point
        return jnp.sum((z @ weight(v, a, b) - y) ** 2) / (2 * p.n)

    def step(point, _):
        g = jax.grad(loss)(point)
        new = jax.tree.map(lambda x, s: x - rate * s, point, g)
        (v0, _, b0), (v1, _, b1) = point, new
        up, down = jnp.sum((v1 - v0) * (v1 + v0)), (b1 - b0) * (b1 + b0)
        squares = rate**2 * (jnp.sum(g[0] ** 2) + g[2] ** 2)
        return new, (up + down, up - down, squares)

    begin = (0.3 * v, jnp.asarray(p.a, float), jnp.asarray(p.b, float))
    _, (growth, difference, squares) = jax.lax.scan(step, begin, length=100)

    start = 0.05 * jnp.abs(first)

    def one(point):
        return p.curvature / 2 * (weight(*point) - p.target) ** 2

    begin = (start, jnp.asarray(p.a, float), jnp.asarray(p.b, float))
    v, a, b = flow(one, begin, 12.0, 1200)
    valid = jnp.cumprod(b > 0)  # the compander jumps where b changes sign
    angle = jnp.arctan(v / jnp.where(valid > 0, b, 1.0))
    held = a * a - (v * v + b * b) * angle**2
    plain = a * a - v * v

    def drift(x):
        return jnp.max(jnp.where(valid > 0, jnp.abs(x - x[0]), 0.0))

    times = jnp.exp(jnp.linspace(jnp.log(1e-3), jnp.log(1e7), 1200))
    pace = jnp.log(times[1] / times[0])

    def late(target):
        def slope(s, v):
            ratio = v / p.b
            return jnp.exp(s) * p.a / p.b / (1 + ratio**2) * (target - weight(v, p.a, p.b))

        def move(v, s):
            k1 = slope(s, v)
            k2 = slope(s + pace / 2, v + pace / 2 * k1)
            k3 = slope(s + pace / 2, v + pace / 2 * k2)
            k4 = slope(s + pace, v + pace * k3)
            v = v + pace / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            return v, v

        return jax.lax.scan(move, start, jnp.log(times[:-1]))[1]

    path = jax.vmap(late)(jnp.stack([jnp.asarray(p.target, float), p.a * jnp.pi / 2]))
    gap = jnp.log(p.a * jnp.arctan(p.b / path))  # a pi/2 - w
    decade = 120
    slopes = (gap[:, -1] - gap[:, -1 - decade]) / (decade * pace)
    return {
        "growth": growth,
        "difference": difference,
        "squares": squares,
        "start": start,
        "least_b": jnp.min(b),
        "drift": drift(held),
        "plain_drift": drift(plain),
        "outside_slope": slopes[0],
        "critical_slope": slopes[1],
        "outside_start": start,
        "outside_end": path[0, -1],
        "time": times[-1] - times[0],
    }


@simulation(width=16)
def recovery_trial(key, p):
    """A true vector with a share of entries of one size, seen through n Gaussian equations.

    Entries are 0 or 1/sqrt(share) in size, all positive: the law of the errors knows no signs.
    """
    X, z = normals(key, X=(p.n, p.d), z=(p.n,))
    truth = jnp.where(jnp.arange(p.d) < p.share * p.d, 1 / jnp.sqrt(p.share), 0.0)
    y = X @ truth + jnp.sqrt(p.noise * p.d) * z
    w, left = interpolator(X, y, p.a)
    least = X.T @ jnp.linalg.solve(X @ X.T, y)
    return {
        "error": jnp.mean((w - truth) ** 2),
        "least": jnp.mean((least - truth) ** 2),
        "left": left,
    }


@simulation(width=16)
def cone_trial(key, p):
    """Whether w = 1, ..., 1 is the one solution of X w = X 1 with no |w_j| above 1.

    It is iff no direction of one sign is in X's null space: the columns lie in a half-space.
    """
    (X,) = normals(key, X=(p.n, p.d))
    return {"unique": 1.0 * (max_margin(X.T, jnp.ones(p.d)).margin > 1e-7)}
