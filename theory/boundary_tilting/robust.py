"""The best linear rule under an l2 attack is ridge-LDA: a dictionary of lambda and budget."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Draws, Ge, Scalar, Twin, argmax_on, closed_form, normal_cdf, positive_definite,
    root, sqrt,
)  # fmt: skip
from theory._special import quotient
from theory.boundary_tilting.geometry import ridge_direction, unit
from theory.boundary_tilting.params import Params
from theory.boundary_tilting.plane import Covariance, Distance, Variance

claim = Claims()
NONNEGATIVE = Annotated[Scalar, Ge(0)]
ANY = Draws(square=(4, 4), v=(4,), w=(4,), q=(1,))


def robust_error(w, S, v, budget):
    """Phi(-((w.v)/2 - eps |w|)/sqrt(w'Sw)), v = j - i, the boundary half-way."""
    return normal_cdf(-(w @ v / 2 - budget * jnp.linalg.norm(w)) / jnp.sqrt(w @ S @ w))


def dictionary(z, ridge, power=2):
    """Sigma, the unit ridge-LDA rule, and its budget lambda a/(lambda + sigma^2)."""
    S = positive_definite(z.square)
    w = unit(ridge_direction(S, z.v, ridge))
    return S, w, ridge * (w @ z.v / 2) / (ridge + jnp.sqrt(w @ S @ w) ** power)


@claim.identity(
    0.0,
    over=ANY,
    points=16,
    within=1e-11,
    scale=1.0,
    why="rounding of a gradient",
    twin=Twin("eps = lambda a/(lambda + sigma)", power=1),
)
def robust_optimum_is_ridge(z, *, power=2):
    """(Sigma + lambda I)^-1 (j - i) is stationary for the robust error at eps = lambda a/(lambda +
    sigma^2).

    a = (D/2) cos(delta) and sigma^2 = c'Sigma c at that lambda. More ridge is a larger attack.
    """
    S, w, budget = dictionary(z, jnp.exp(z.q[0]), power)
    return jax.grad(robust_error)(w, S, z.v, budget)


def beside(z):
    """The robust error of another direction, near and far."""
    S, w, budget = dictionary(z, jnp.exp(z.q[0]))
    return jnp.stack([robust_error(w + r * z.w, S, z.v, budget) for r in (0.01, 0.3, -0.3, 10.0)])


@claim.never_above(beside, over=ANY, points=64)
def robust_optimum_global(z):
    """No other linear rule has a smaller robust error at that budget."""
    S, w, budget = dictionary(z, jnp.exp(z.q[0]))
    return robust_error(w, S, z.v, budget)


@claim.nonnegative(over=ANY, points=64)
def ridge_budget_grows(z):
    """The budget grows with lambda, from 0 (LDA) to D/2 (nearest centroid)."""
    ridges = jnp.append(0.0, jnp.logspace(-3, 6, 40))
    budgets = jax.vmap(lambda r: dictionary(z, r)[2])(ridges)
    return jnp.diff(jnp.append(budgets, jnp.linalg.norm(z.v) / 2))


@closed_form(bu=Covariance, example={"bu": 0.1})
def ridge_budget(ridge: NONNEGATIVE, distance: Distance, bb: Variance, bu, uu: Variance):
    """eps(lambda) of a plane: lambda a/(lambda + sigma^2) at the tilt -s_bu/(s_uu + lambda)."""
    tilt = -bu / (uu + ridge)
    variance = (bb + 2 * tilt * bu + tilt**2 * uu) / (1 + tilt**2)
    return ridge * (distance / 2 / sqrt(1 + tilt**2)) / (ridge + variance)


@closed_form(
    bu=Covariance,
    budget=("is D/2 or more: no linear classifier has robust error below 1/2",
            lambda budget, distance: 2 * budget < distance),
    example={"budget": 0.2, "distance": 2.0, "bu": 0.1},
)  # fmt: skip
def ridge_of_budget(budget: NONNEGATIVE, distance: Distance, bb: Variance, bu, uu: Variance):
    """The lambda whose ridge-LDA is the best linear rule under an attack of this budget.

    With q = s_uu + lambda, 2 eps/D = lambda sqrt(q^2 + s_bu^2)/(lambda (q + s_bb) + det Sigma). Its
    slope in the budget, 2 det/(D sqrt(s_uu^2 + s_bu^2)) at 0, is infinite as D -> 0 or eps -> D/2.
    """
    given = (jnp.asarray(v, float) for v in (budget, distance, bb, bu, uu))
    budget, distance, bb, bu, uu = jnp.broadcast_arrays(*given)
    share, left = quotient(2 * budget, distance), quotient(distance - 2 * budget, distance)
    det, some = bb * uu - bu**2, budget > 0
    low, high = jnp.where(some, share, 0.5), jnp.where(some, left, 0.5)

    def excess(y):  # at lambda = e^y; of the share's logarithm or, near 1, of that of what it lacks
        ridge = jnp.exp(y)
        q = uu + ridge
        size, under = jnp.hypot(q, bu), ridge * (q + bb) + det
        lacks = ridge * (bb - bu**2 / (size + q)) + det
        below = jnp.log(size / under) + y - jnp.log(low)
        return jnp.where(low < 0.5, below, jnp.log(high) - jnp.log(lacks / under))

    # lambda >= share det/(1.5 s_uu + .5 s_bb), and <= s_uu or 2 s_bb/(1 - share)
    least = jnp.log(low) + jnp.log(det / (1.5 * uu + 0.5 * bb)) - 1
    most = jnp.log(jnp.maximum(uu, 2 * bb / high)) + 1
    return jnp.where(some, jnp.exp(root(excess, least, most)), share * det / jnp.hypot(uu, bu))


ATTACKED = Params(budget=0.0)


@claim.identity(
    lambda p: argmax_on(
        lambda t: (
            (p.distance / 2 - p.budget * sqrt(1 + t**2)) / sqrt(p.bb + 2 * t * p.bu + t**2 * p.uu)
        ),
        -0.5,
        1.5,
    ),
    over=Domain.around(Params(), bu=(-0.6, 0.1), uu=(0.5, 1.0), budget=(0.05, 0.9)),
    points=12,
    within=1e-8,
    scale=1.0,
    why="a root within a search",
    twin=Twin("the budget taken for the ridge", direct=True),
    known=tuple(
        (Params(budget=eps), t)
        for eps, t in ((0.0, "1.200"), (0.2, "1.081"), (0.5, ".625"), (0.8, ".152"), (0.95, ".032"))
    ),
)
def robust_tilt(p, *, direct=False):
    """The best tilt under attack is -s_bu/(s_uu + lambda(eps)): from t* at 0 to 0 at D/2."""
    ridge = p.budget if direct else ridge_of_budget(p.budget, p.distance, p.bb, p.bu, p.uu)
    return -p.bu / (p.uu + ridge)
