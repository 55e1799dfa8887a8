"""Fits under random masks, networks trained with nested dropout, and labels that are flipped."""

import jax
import jax.numpy as jnp
import optax

from sims import categories, descend, flow, normals, orthonormal, simulation, stochastic_descend
from theory import masks, normal_cdf

FLOW_STEPS = 64


def flipped(u, p):
    """The labels y, those with a small u turned round."""
    return jnp.where(u < p.eta + p.lean * p.labels, -p.labels, p.labels)


@simulation(width=512)
def trial(key, p):
    """Regression on few features, the expectation over masks by enumeration.

    Orthogonal features of lengths l_j, fitted to flipped labels by gradient flow under dropout and
    nested dropout, and by steps with one K each; correlated features, fitted to y = X w + noise at
    dropout's minimum.
    """
    z, u, draws = normals(key, z=(p.n,), u=(p.n,), draws=(p.steps,))
    u, draws = normal_cdf(u), normal_cdf(draws)
    all_masks = jnp.asarray(masks(p.d))
    ones = jnp.sum(all_masks, 1)
    by_dropout = p.keep**ones * (1 - p.keep) ** (p.d - ones)
    prefixes = jnp.tril(jnp.ones((p.d, p.d)))
    X, y = p.features * jnp.sqrt(p.lengths), flipped(u, p)

    def expected(x, target, patterns, chances):
        """Half the expected square of target - x (mask w), as a function of w."""
        together = jnp.einsum("m,mi,mj->ij", chances, patterns, patterns) * (x.T @ x)
        moment = chances @ patterns * (x.T @ target)
        return lambda w: w @ together @ w / 2 - moment @ w

    def run(patterns, chances):
        return flow(expected(X, y, patterns, chances), zero, p.time, FLOW_STEPS)[-1]

    zero = jnp.zeros(p.d)
    nested = run(prefixes, p.chances)
    dropout = run(all_masks / p.keep, by_dropout)
    single = stochastic_descend(
        lambda w, mask: jnp.sum((y - X @ (mask[0] * w)) ** 2) / 2,
        zero,
        prefixes,
        categories(draws, p.chances)[:, None],
        optax.sgd(p.time / p.steps),
        observe=lambda w: w[2],
    )[-1]
    design, truth = p.design, 1 / jnp.arange(1.0, p.d + 1)
    target = design @ truth + p.noise * z
    ridge = expected(design, target, all_masks / p.keep, by_dropout)
    least = -jnp.linalg.solve(jax.hessian(ridge)(zero), jax.grad(ridge)(zero))
    return {
        "nested": nested,
        "dropout": dropout,
        "single": single,
        "least_squares": (X.T @ y) / jnp.sum(X**2, 0),
        "nested_error": jnp.mean((X @ nested - p.labels) ** 2),
        "dropout_error": jnp.mean((X @ dropout - p.labels) ** 2),
        "risk": jnp.mean((design @ (least - truth)) ** 2),
    }


RULE = optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.05, momentum=0.8))


def leftover(product_k, target):
    """Half |target - product|^2."""
    return jnp.sum((target - product_k) ** 2) / 2


@simulation(width=32)
def units_trial(key, p):
    """Small networks trained on data in random axes; what is seen is told in these axes.

    A linear autoencoder with one K per step, and with all units; a product of two factors under
    dropout's expected loss; the Gaussian bottleneck's Lagrangian; and a nested product from a
    start along the axes, by gradient flow.
    """
    d, units = p.d, p.units
    left, right, coder, factor, map_, draws = normals(
        key, left=(d, d), right=(d, d), coder=(2, d, units), factor=(2, d, d), map_=(d, d),
        draws=(p.steps,),
    )  # fmt: skip
    left, right = orthonormal(left), orthonormal(right)
    prefixes = jnp.tril(jnp.ones((units, units)))

    data = left * p.singular

    def code_loss(w, mask):
        return leftover((w[0] * mask[0]) @ (w[1].T @ data), data)

    def code(order):
        return stochastic_descend(code_loss, coder / 2, prefixes, order[:, None], RULE)

    cuts = categories(normal_cdf(draws), p.unit_chances)
    paths = jax.vmap(code)(jnp.stack([cuts, jnp.full_like(cuts, units - 1)]))
    seen = jnp.einsum("ad,rtwdk->rtwak", left.T, paths[:, p.steps // 2 :: p.steps // 2])
    products = jnp.einsum("rtak,rtbk->rtkab", seen[:, :, 0], seen[:, :, 1])
    axes = jnp.eye(d)[:units, :, None] * jnp.eye(d)[:units, None, :]
    wrong = jnp.max(jnp.abs(products - axes), (2, 3, 4))
    whole = jnp.max(jnp.abs(jnp.sum(products - axes, 2)), (2, 3))
    end = paths[0, -1]

    # a product under dropout of its terms
    target = (left * p.singular) @ right.T
    odds = (1 - p.keep) / p.keep

    def factor_loss(w):
        sizes = jnp.sum(w[0] ** 2, 0) * jnp.sum(w[1] ** 2, 0)
        return leftover(w[0] @ w[1].T, target) + odds / 2 * jnp.sum(sizes)

    factors = descend(factor_loss, factor / 2, p.steps, RULE)[-1]
    sizes = jnp.sqrt(jnp.sum(factors[0] ** 2, 0) * jnp.sum(factors[1] ** 2, 0))

    # the bottleneck: X in the axes ``left``, Y leaves 1 - rho^2 of it unknown along ``right``
    spread = left * jnp.sqrt(p.singular)
    given = (spread @ right) * (1 - p.canonical) @ (spread @ right).T

    def about(a):
        """I(X; T), I(X; T | Y)."""
        inside = jnp.stack([a @ spread @ spread.T @ a.T, a @ given @ a.T]) + jnp.eye(d)
        return jnp.linalg.slogdet(inside)[1] / 2

    def price(a):
        x, x_given_y = about(a)
        return x - p.beta * (x - x_given_y)

    told = about(descend(price, jnp.eye(d) + map_ / 4, p.steps, RULE)[-1])

    # nested dropout from a start along the axes
    def nested_loss(w):
        each = jax.vmap(lambda mask: leftover((w[0] * mask) @ w[1].T, target))(prefixes)
        return p.unit_chances @ each

    along = jnp.sqrt(p.start) * jnp.stack([left, right])[:, :, :units]
    ends = flow(nested_loss, along, p.time, 4 * FLOW_STEPS)[-1]
    return {
        "nested_halfway": wrong[0, 0],
        "nested": wrong[0, 1],
        "plain": wrong[1, 1],
        "nested_space": whole[0, 1],
        "plain_space": whole[1, 1],
        "nested_loss": 2 * p.unit_chances @ jax.vmap(lambda m: code_loss(end, m[None]))(prefixes),
        "factor_loss": 2 * factor_loss(factors),
        "sizes": sizes,
        "values": jnp.linalg.svd(factors[0] @ factors[1].T, compute_uv=False),
        "about_x": told[0],
        "about_y": told[0] - told[1],
        "strength": jnp.diagonal(left.T @ ends[0] @ (ends[1].T @ right))[:units],
    }


@simulation(width=512)
def noise_trial(key, p):
    """Least squares on the first k features of flipped labels, by oneself and by a peer.

    The peer has the same flip with chance ``shared``, else its own. Gaps: each label in turn is set
    clean and flipped, with all others as they are, and the loss of the refitted rule compared.
    """
    n, y = p.n, p.labels
    mine, other, same = normal_cdf(jnp.stack(normals(key, a=(n,), b=(n,), c=(n,))))
    same = same < p.shared
    labels = flipped(mine, p)
    theirs = jnp.where(same, labels, flipped(other, p))
    kept = p.features * p.used
    fits = jnp.stack([labels, theirs]) @ kept @ kept.T
    touch = jnp.sum(kept**2, 1) * jnp.stack([jnp.ones(n), same])  # own label's part of a fit
    clean, wrong = (fits + touch * (value - labels) for value in (y, -y))
    gap = jnp.mean(y * clean + y * wrong, 1)
    count = jnp.round(p.ratio * n)
    order = jnp.argsort(-labels * fits, axis=1)
    noise = jnp.sum((jnp.arange(n) < count) * (labels != y)[order], 1) / count
    return {
        "error": jnp.mean((fits[0] - y) ** 2),
        "rescaled": jnp.mean((fits[0] / (1 - 2 * p.eta) - y) ** 2),
        "together": jnp.mean((jnp.mean(fits, 0) - y) ** 2),
        "own_gap": gap[0],
        "peer_gap": gap[1],
        "right": jnp.mean(1.0 * (y * fits[0] > 0)),
        "kept_own": noise[0],
        "kept_peer": noise[1],
    }


@simulation(width=256)
def selection_trial(key, p):
    """The noise rate among the share R of largest margins, N(+-margin, 1) for clean and flipped."""
    z, u = normals(key, z=(p.n,), u=(p.n,))
    bad = normal_cdf(u) < p.eta
    count = jnp.round(p.ratio * p.n)
    margins = z + jnp.where(bad, -p.margin, p.margin)
    order = jnp.argsort(-margins)
    return {"noise": jnp.sum((jnp.arange(p.n) < count) * bad[order]) / count}
