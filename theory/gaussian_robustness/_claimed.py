"""The formulas and domains of which the claims on the Gaussian model speak, twins included."""

import dataclasses

import jax
import jax.numpy as jnp

from theory import (
    Scalar,
    absolute,
    log,
    maximum,
    minimum,
    normal_cdf,
    normal_pdf,
    rational,
    sign,
    sqrt,
    total,
)
from theory.gaussian_robustness._directions import (
    gaussian_margins,
    isotropic_l2_margins,
    linf_margins,
    nearest_attack,
    soft_threshold_attack,
)
from theory.gaussian_robustness._gaussian import (
    balanced_loss_leading,
    disparity,
    disparity_gap,
    disparity_gap_leading,
    imbalance_part,
    inherent_part,
    majority_accuracy,
    minority_accuracy,
    optimal_disparity,
    optimal_offset,
    squared_margin_loss,
    unequal_variance_error,
    unequal_variance_errors,
)
from theory.gaussian_robustness._logistic import logistic_loss
from theory.gaussian_robustness._model import Margins, Norm, Params, mean, scales
from theory.gaussian_robustness._norms import dual_norm, lp_norm
from theory.gaussian_robustness._probes import Probe, UnequalVariances
from theory.gaussian_robustness._rules import accuracies, robust_rule, standard_rule

# --------------------------------------------------------------------------------------------
# Formulas that only claims need


def standard_minority(params: Params) -> Scalar:
    """Phi(s - h_s)."""
    s = gaussian_margins(params).s
    return minority_accuracy(s, optimal_offset(s, params.R))


def standard_majority(params: Params) -> Scalar:
    s = gaussian_margins(params).s
    return majority_accuracy(s, optimal_offset(s, params.R))


def standard_half_offset(params: Params) -> Scalar:
    s = gaussian_margins(params).s
    return minority_accuracy(s, optimal_offset(s, params.R) / 2)


def attacked_minority(params: Params) -> Scalar:
    s_r = gaussian_margins(params).s_r
    return minority_accuracy(s_r, optimal_offset(s_r, params.R))


def attacked_minority_standard_offset(params: Params) -> Scalar:
    s, _, s_r = gaussian_margins(params)
    return minority_accuracy(s_r, optimal_offset(s, params.R))


def attacked_majority(params: Params) -> Scalar:
    s_r = gaussian_margins(params).s_r
    return majority_accuracy(s_r, optimal_offset(s_r, params.R))


def robust_rule_minority(params: Params) -> Scalar:
    _, k, s_r = gaussian_margins(params)
    return minority_accuracy(k, optimal_offset(s_r, params.R))


def linf_margin(w: Scalar, mu: Scalar, sigma: Scalar, eps: Scalar) -> Scalar:
    """(w.mu - eps |w|_1)/sqrt(sum (w_j sigma_j)^2), on every evaluator."""
    reach = total(w * mu) - eps * total(absolute(w))
    return reach / sqrt(total((w * sigma) * (w * sigma)))


def soft_margin(params: Params) -> Scalar:
    mu, sigma = mean(params), scales(params)
    w = (mu - soft_threshold_attack(mu, params.eps)) / (sigma * sigma)
    return linf_margin(w, mu, sigma, params.eps)


def hard_margin(params: Params) -> Scalar:
    mu, sigma = mean(params), scales(params)
    kept = mu * (1 + sign(absolute(mu) - params.eps)) / 2
    return linf_margin(kept / (sigma * sigma), mu, sigma, params.eps)


def spread_margins(params: Params) -> tuple[Scalar, Scalar, Scalar]:
    return linf_margins(mean(params), scales(params), params.eps)


def probe_margin(probe: Probe, w: Scalar, p: Norm | float | None = None) -> Scalar:
    norm = dual_norm(w, probe.p) if p is None else lp_norm(w, p)
    reach = w @ jnp.asarray(probe.mu) - probe.eps * norm
    return reach / jnp.sqrt(w @ probe.covariance @ w)


def probe_attack(probe: Probe) -> Scalar:
    return nearest_attack(jnp.asarray(probe.mu), probe.covariance, probe.eps, probe.p).z


def probe_direction(probe: Probe) -> Scalar:
    return jnp.linalg.solve(probe.covariance, jnp.asarray(probe.mu) - probe_attack(probe))


def probe_distance(probe: Probe, z: Scalar) -> Scalar:
    r = jnp.asarray(probe.mu) - z
    return jnp.sqrt(r @ jnp.linalg.solve(probe.covariance, r))


def euclidean_direction_distance(probe: Probe) -> Scalar:
    # the wrong attack z = eps mu/|mu|_2 for every norm
    mu = jnp.asarray(probe.mu)
    w = jnp.linalg.solve(probe.covariance, mu * (1 - probe.eps / lp_norm(mu, 2.0)))
    return probe_margin(probe, w)


def natural_margin(probe: Probe, w: Scalar) -> Scalar:
    """w.mu/sqrt(w' Sigma w): no price for the attack."""
    return w @ jnp.asarray(probe.mu) / jnp.sqrt(w @ probe.covariance @ w)


def feasible_attack(probe: Probe) -> Scalar:
    """A feasible attack that has nothing to do with mu: eps times the probe's unit direction."""
    w = jnp.asarray(probe.w)
    return probe.eps * w / lp_norm(w, probe.p)


def skr(m: Margins) -> tuple[Scalar, Scalar, Scalar]:
    """(s, k, s_r)."""
    return m.s, m.k, m.s_r


def l2_margins(params: Params) -> Scalar:
    """(k, s_r) by the closed form for Sigma = sigma^2 I and an l_2 attack."""
    return jnp.stack(isotropic_l2_margins(mean(params), params.sigma_low, params.eps)[1:])


def order_violation(s_r: Scalar, k: Scalar, s: Scalar) -> Scalar:
    return maximum(s_r - k, k - s)


def class_losses(m: Margins) -> Scalar:
    """The larger of Phi(k+h) - Phi(s+h) and Phi(k-h) - Phi(s-h) at h = h_s: not above 0."""
    h = optimal_offset(m.s, m.R)
    return maximum(
        majority_accuracy(m.k, h) - majority_accuracy(m.s, h),
        minority_accuracy(m.k, h) - minority_accuracy(m.s, h),
    )


def offset_effect(m: Margins, h_r: Scalar) -> Scalar:
    """The larger of the majority's loss and the minority's gain when h goes from h_s to h_r."""
    h_s = optimal_offset(m.s, m.R)
    return maximum(
        majority_accuracy(m.k, h_s) - majority_accuracy(m.k, h_r),
        minority_accuracy(m.k, h_r) - minority_accuracy(m.k, h_s),
    )


def gap_from_rules(params: Params) -> Scalar:
    robust, standard = robust_rule(params), standard_rule(params)
    return (
        accuracies(robust.w, robust.b, params).disparity
        - accuracies(standard.w, standard.b, params).disparity
    )


def two_parts(params: Params) -> Scalar:
    s, k, s_r = gaussian_margins(params)
    return inherent_part(s, k, params.R) + imbalance_part(s, k, s_r, params.R)


def two_parts_both_at_new_offset(params: Params) -> Scalar:
    # the first bracket taken at h_r: the telescope no longer closes
    s, k, s_r = gaussian_margins(params)
    h_r = optimal_offset(s_r, params.R)
    return disparity(k, h_r) - disparity(s, h_r) + imbalance_part(s, k, s_r, params.R)


def standard_disparity(params: Params) -> Scalar:
    return optimal_disparity(gaussian_margins(params).s, params.R)


def disparity_without_half(params: Params) -> Scalar:
    s = gaussian_margins(params).s
    return disparity(s, 2 * optimal_offset(s, params.R))


def slope_without_inverse_R(m: Margins) -> Scalar:
    return -normal_pdf(m.s - optimal_offset(m.s, m.R)) * (1 + log(m.R) / (2 * m.s**2))


def majority_gain(m: Margins, threshold: Scalar) -> Scalar:
    """(R - threshold)(majority accuracy of f_rob - of f_std)."""
    robust = majority_accuracy(m.k, optimal_offset(m.s_r, m.R))
    standard = majority_accuracy(m.s, optimal_offset(m.s, m.R))
    return (m.R - threshold) * (robust - standard)


def half_crossing(m: Margins, threshold: Scalar) -> Scalar:
    """(R - threshold)(minority accuracy of f_rob - 1/2)."""
    accuracy = minority_accuracy(m.k, optimal_offset(m.s_r, m.R))
    return (m.R - threshold) * (accuracy - rational(1, 2))


def l1_and_s(params: Params) -> tuple[Scalar, Scalar]:
    mu = mean(params)
    return total(absolute(mu)), sqrt(total(mu * mu))


def squared_natural_margin(params: Params) -> Scalar:
    _, k, _ = spread_margins(params)
    return k**2


def squared_natural_margin_formula(params: Params) -> Scalar:
    l1, s = l1_and_s(params)
    return s**2 - squared_margin_loss(s, l1, params.d, params.eps)


def squared_natural_margin_wrong_norm(params: Params) -> Scalar:
    l1, s = l1_and_s(params)
    return s**2 - params.eps**2 * (params.d * s**2 - l1**2) / s**2


def balanced_loss(params: Params) -> Scalar:
    """Phi(s) - Phi(k), the loss of accuracy on balanced classes (R = 1)."""
    s, k, _ = gaussian_margins(params)
    return normal_cdf(s) - normal_cdf(k)


def gap_of(params: Params) -> Scalar:
    return disparity_gap(*gaussian_margins(params), params.R)


def gap_ratio(params: Params) -> Scalar:
    l1, s = l1_and_s(params)
    return gap_of(params) / disparity_gap_leading(s, l1, params.R, params.eps)


def loss_ratio(params: Params) -> Scalar:
    l1, s = l1_and_s(params)
    return balanced_loss(params) / balanced_loss_leading(s, l1, params.d, params.eps)


def inverse_eps(params: Params) -> float:
    return 1 / params.eps


@jax.jit
def probe_loss(probe: Probe, w: Scalar, b: Scalar) -> Scalar:
    mu = jnp.asarray(probe.mu)
    return logistic_loss(w, b, mu, jnp.ones_like(mu), probe.eps, probe.R)


def probe_linf(probe: Probe) -> Probe:
    return dataclasses.replace(probe, p="linf", correlation=0.0)


def loss_at_optimum(probe: Probe) -> Scalar:
    probe = probe_linf(probe)
    mu = jnp.asarray(probe.mu)
    z = soft_threshold_attack(mu, probe.eps)
    return probe_loss(probe, 2 * (mu - z), jnp.log(probe.R))


def loss_beside_optimum(probe: Probe) -> Scalar:
    # the direction of the perturbation is the probe's w; its offset moves with the first entry
    probe = probe_linf(probe)
    mu, move = jnp.asarray(probe.mu), probe.scale * jnp.asarray(probe.w)
    z = soft_threshold_attack(mu, probe.eps)
    return probe_loss(probe, 2 * (mu - z) + move, jnp.log(probe.R) + move[0])


def loss_of_scaled_mean(probe: Probe) -> Scalar:
    probe = probe_linf(probe)
    mu = jnp.asarray(probe.mu)
    w = 2 * mu * (1 - probe.eps / jnp.max(jnp.abs(mu)))
    return probe_loss(probe, w, jnp.log(probe.R))


def loss_of_standard_offset(probe: Probe) -> Scalar:
    # b = log R s_r/s, as if the offset in units of gamma were not recalibrated
    probe = probe_linf(probe)
    mu = jnp.asarray(probe.mu)
    r = mu - soft_threshold_attack(mu, probe.eps)
    ratio = jnp.linalg.norm(r) / jnp.linalg.norm(mu)
    return probe_loss(probe, 2 * r, jnp.log(probe.R) * ratio)


def unequal_best(u: UnequalVariances) -> Scalar:
    plus, minus = unequal_variance_errors(u.a, u.K, u.odds, 0)
    # past a certain imbalance the constant + rule, with error 1/(1 + odds), is better still
    return minimum((u.odds * plus + minus) / (1 + u.odds), 1 / (1 + u.odds))


def unequal_error(u: UnequalVariances) -> Scalar:
    """The population error at the offset u.c."""
    return unequal_variance_error(u.a, u.K, u.odds, u.c)


def unequal_midpoint(u: UnequalVariances) -> Scalar:
    # the offset for a common variance 1: the threshold of linear discriminant analysis
    return unequal_variance_error(u.a, u.K, u.odds, log(u.odds) / (2 * u.a))
