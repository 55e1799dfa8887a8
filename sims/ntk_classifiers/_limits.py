"""Deep kernel classifiers against their infinite-depth limits, one data set a trial."""

import jax
import jax.numpy as jnp

from sims.ntk_classifiers._problems import (
    dual_coefficients,
    labels_with_sum,
    log_space_votes,
    orthant_points,
    pairs_within,
    relative,
    sign,
    with_diagonal,
)
from theory.ntk_classifiers import (
    activation_of,
    deepen,
    fixed_point,
    kappa,
    koenigs,
    log_boettcher,
    majority_value,
    ntk_diagonal,
    pair_coordinates,
    relu_ntk_share,
    relu_rho,
    ridge_majority_value,
    sigma,
    similarity_of,
    table_nodes,
    tabulate,
)

CRITICAL_TABLE = (16, 36, 24)
"""Cells to a factor 2 and factors 2 of s and of t in the table for critical depths, 1e4 layers of
which cost a second; they hold all pairs of some dozens of points (t > 1e-7, s > 2e-11)."""


def _draw(key, params):
    train_key, test_key = jax.random.split(key)
    x = orthant_points(train_key, params.n, params.d)
    z = orthant_points(test_key, params.tests, params.d)
    return x, z, labels_with_sum(params.n, params.votes)


def nearest_neighbour(key, params):
    """A = A' = 0: where the two nearest neighbours are told apart, the signs must be 1-NN's.

    A test point counts when m^L (log beta_1 - log beta_2) > 2 log(3n), so that all other points
    together weigh less than a third of the nearest, even after the training matrix is solved.
    """
    activation = activation_of(params)
    x, z, y = _draw(key, params)
    within, across = pairs_within(x), similarity_of(x, z)
    deep_within = deepen(activation, within, params.depth)
    deep_across = deepen(activation, across, params.depth)
    log_top = jnp.log(ntk_diagonal(activation, params.depth))
    nngp = with_diagonal(jnp.exp(deep_within.log_nngp), 1.0)
    ntk = with_diagonal(jnp.exp(deep_within.log_ntk - log_top), 1.0)
    log_beta = jnp.sort(log_boettcher(activation, across), axis=0)
    gap = (log_beta[-1] - log_beta[-2]) * float(activation.order) ** params.depth
    told_apart = gap > 2 * jnp.log(3.0 * params.n)
    nearest = y[jnp.argmin(across.s, axis=0)]
    wrong = jnp.zeros(())
    for matrix, log_kernel in ((nngp, deep_across.log_nngp), (ntk, deep_across.log_ntk)):
        votes = log_space_votes(dual_coefficients(matrix, y), log_kernel)
        wrong += jnp.sum(told_apart & (sign(votes) != nearest))
    hilbert = sign(y @ (1 / across.s))
    return {
        "wrong": wrong,
        "counted": jnp.mean(told_apart.astype(float)),
        "wrong_if_singular": jnp.sum(told_apart & (hilbert != nearest)).astype(float),
    }


def singular_kernel(key, params):
    """A = 0 != A': f_L/a^L against y^T G(X, x), with every value rescaled before it is compared."""
    activation = activation_of(params)
    x, z, y = _draw(key, params)
    within, across = pairs_within(x), similarity_of(x, z)
    log_scale = params.depth * jnp.log(jnp.asarray(activation.slope_at_zero, dtype=float))
    deep_within = deepen(activation, within, params.depth)
    deep_across = deepen(activation, across, params.depth)
    infinite = koenigs(activation, across)
    g_across = jnp.exp(infinite.log_g)
    g_within = with_diagonal(jnp.exp(koenigs(activation, within).log_g), 1.0)
    limit = y @ g_across
    nngp = with_diagonal(jnp.exp(deep_within.log_nngp), 1.0)
    f = dual_coefficients(nngp, y) @ jnp.exp(deep_across.log_nngp - log_scale)
    log_top = jnp.log(ntk_diagonal(activation, params.depth))
    ntk = with_diagonal(jnp.exp(deep_within.log_ntk - log_top), 1.0)
    layers = params.depth + 1.0
    f_ntk = dual_coefficients(ntk, y) @ jnp.exp(deep_across.log_ntk - log_scale) / layers
    scaled_too = jnp.linalg.solve(g_within, y) @ g_across
    # the NTK's own next order: H/G of the nearest pair over L + 1
    slack = jnp.max(infinite.h_ratio) / layers
    return {
        "error": relative(f - limit, limit),
        "ntk_error": jnp.max(jnp.abs(f_ntk - limit)) / jnp.sum(g_across, axis=0).max() / slack,
        "error_if_scaled": relative(scaled_too - limit, limit),
    }


def supercritical(key, params):
    """A != 0, B' > 1: majority vote with the constants of the NNGP and of the NTK; next order."""
    activation = activation_of(params)
    point = fixed_point(activation)
    x, z, y = _draw(key, params)
    within, across = pairs_within(x), similarity_of(x, z)
    deep_within = deepen(activation, within, params.depth)
    deep_across = deepen(activation, across, params.depth)
    top = ntk_diagonal(activation, params.depth)
    nngp = with_diagonal(jnp.exp(deep_within.log_nngp), 1.0)
    f = dual_coefficients(nngp, y) @ jnp.exp(deep_across.log_nngp)
    ntk = with_diagonal(jnp.exp(deep_within.log_ntk) / top, 1.0)
    f_ntk = dual_coefficients(ntk, y) @ jnp.exp(deep_across.log_ntk)  # times top already
    # balanced labels: the next order, in units of lambda^L
    k_across, k_within = kappa(activation, across), with_diagonal(kappa(activation, within), 0.0)
    share = point.c / (1 - point.c + params.n * point.c)
    next_order = (y @ k_across - share * (y @ k_within.sum(axis=1))) / (1 - point.c)
    scale = point.rate**params.depth
    # the order after that is n lambda^L kappa^2; 1e-16/lambda^L is rounding in the solution
    highest = jnp.maximum(k_across.max(), k_within.max())
    slack = params.n * scale * highest**2 + 1e-15 * params.n / scale
    return {
        "error": jnp.max(jnp.abs(f - majority_value(point.c, params.n, params.votes))),
        "ntk_error": jnp.max(jnp.abs(f_ntk * (1 - point.rate) / point.c - params.votes)),
        "ntk_error_if_nngp_constant": jnp.max(jnp.abs(f_ntk / point.c - params.votes)),
        "tie_error": jnp.max(jnp.abs(f / scale - next_order)) / slack,
        "tie_error_if_uncentred": jnp.max(jnp.abs(f / scale - y @ k_across / (1 - point.c)))
        / slack,
    }


def critical_tables(key, params):
    """ReLU at great depth, once for all trials: tables of log(Theta_L/(L+1)) and of rho."""
    del key
    activation = activation_of(params)
    deep = deepen(activation, table_nodes(*CRITICAL_TABLE), params.depth)
    rho = relu_rho(deep.pair.s, params.depth.astype(float))
    share = deep.log_ntk - jnp.log(params.depth + 1.0)
    return tabulate(share, *CRITICAL_TABLE), tabulate(jnp.log(rho + RHO_SHIFT), *CRITICAL_TABLE)


RHO_SHIFT = 20.0
"""rho is above -20 for inputs at right angles and grows like 1/|x-z|: its log is tabulated."""


def critical(key, params, tables):
    """ReLU: f_L against S/(n+3), its second order, and the tie break of balanced labels."""
    shares, rhos = tables
    x, z, y = _draw(key, params)
    within, across = pair_coordinates(x, x), pair_coordinates(x, z)
    n, depth = params.n, params.depth.astype(float)
    f = dual_coefficients(with_diagonal(jnp.exp(shares.at(*within)), 1.0), y) @ jnp.exp(
        shares.at(*across)
    )
    rho_across = jnp.exp(rhos.at(*across)) - RHO_SHIFT
    rho_within = with_diagonal(jnp.exp(rhos.at(*within)) - RHO_SHIFT, 0.0)
    predicted = dual_coefficients(
        with_diagonal(relu_ntk_share(depth, rho_within), 1.0), y
    ) @ relu_ntk_share(depth, rho_across)
    highest = jnp.maximum(rho_across.max(), rho_within.max())
    first_order = (highest + 1.5 * jnp.log(depth)) / depth
    singular = y @ rho_across
    tie = singular - (y @ rho_within.sum(axis=1)) / (n + 3)
    return {
        "excess": jnp.max(jnp.abs(f - majority_value(0.25, n, params.votes))) / first_order,
        "excess_if_smooth": jnp.max(jnp.abs(f - majority_value(1 / 3, n, params.votes)))
        / first_order,
        "second_order": jnp.max(jnp.abs(f - predicted)) / first_order**2,
        "agreement": jnp.mean((sign(f) == sign(tie)).astype(float)),
        "agreement_if_uncentred": jnp.mean((sign(f) == sign(singular)).astype(float)),
    }


def smooth_critical(key, params):
    """exp(x), b = 1: f_L against S/(n+2); direct recursion, since s_L ~ 2/L needs no table."""
    activation = activation_of(params)
    x, z, y = _draw(key, params)
    within = deepen(activation, pairs_within(x), params.depth)
    across = deepen(activation, similarity_of(x, z), params.depth)
    top = params.depth + 1.0
    matrix = with_diagonal(jnp.exp(within.log_ntk) / top, 1.0)
    f = dual_coefficients(matrix, y) @ (jnp.exp(across.log_ntk) / top)
    return {
        "value_error": jnp.max(jnp.abs(f - majority_value(1 / 3, params.n, params.votes))),
        "value_error_if_relu": jnp.max(jnp.abs(f - majority_value(0.25, params.n, params.votes))),
    }


def subcritical(key, params):
    """A != 0, B' < 1: majority vote with ridge, a flat-limit interpolant without.

    K_L = J - E with E = 1 - t_L, relatively exact however small: the ridgeless solution f =
    c + E(x)^T q solves E q + c 1 = y, 1^T q = c scale, in units of B'^L, so that float64 is enough
    although K_L itself is of rank one to all its digits.
    """
    activation = activation_of(params)
    n = params.n
    b = jnp.asarray(activation.slope_at_one, dtype=float)
    x, z, y = _draw(key, params)
    within, across = pairs_within(x), similarity_of(x, z)
    deep_within = deepen(activation, within, params.depth)
    deep_across = deepen(activation, across, params.depth)
    top = ntk_diagonal(activation, params.depth)
    nngp = with_diagonal(jnp.exp(deep_within.log_nngp), 1.0)
    ntk = with_diagonal(jnp.exp(deep_within.log_ntk), top)
    ridged = dual_coefficients(nngp, y, params.ridge) @ jnp.exp(deep_across.log_nngp)
    ridged_ntk = dual_coefficients(ntk, y, params.ridge) @ jnp.exp(deep_across.log_ntk)
    majority = ridge_majority_value(1.0, params.ridge, n, params.votes)
    majority_ntk = ridge_majority_value(1 / (1 - b), params.ridge, n, params.votes)

    scale = b**params.depth

    def interpolant(gram, cross, corner):
        bordered = jnp.block(
            [[gram, jnp.ones((n, 1))], [jnp.ones((1, n)), jnp.full((1, 1), corner)]]
        )
        solution = jnp.linalg.solve(bordered, jnp.append(y, 0.0))
        return solution[n] + solution[:n] @ cross

    ridgeless = interpolant(
        with_diagonal(deep_within.pair.s / scale, 0.0), deep_across.pair.s / scale, scale
    )
    flat = interpolant(
        with_diagonal(sigma(activation, within), 0.0), sigma(activation, across), 0.0
    )
    return {
        "ridge_error": jnp.max(jnp.abs(ridged - majority)),
        "ridge_error_ntk": jnp.max(jnp.abs(ridged_ntk - majority_ntk)),
        "flat_error": relative(ridgeless - flat, flat),
        "majority_error": jnp.max(jnp.abs(ridgeless - params.votes / n)),
    }
