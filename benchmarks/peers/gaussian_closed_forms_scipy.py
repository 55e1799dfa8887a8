"""The Gaussian model's closed forms with numpy and scipy.special, as a user would write them."""

import numpy as np
from scipy.special import ndtr
from serve import serve

ROOT = np.sqrt(2 * np.pi)


def pdf(x):
    return np.exp(-(x**2) / 2) / ROOT


def closed_forms(s, k, s_r, R, l1, d, eps, K, odds, shift):
    log_R = np.log(R)
    h_s, h_r = log_R / (2 * s), log_R / (2 * s_r)
    # each tail once, for accuracies, errors and disparities
    up_s, down_s = ndtr(-s - h_s), ndtr(h_s - s)
    up_r, down_r = ndtr(-k - h_r), ndtr(h_r - k)
    up_m, down_m = ndtr(-s_r - h_r), ndtr(h_r - s_r)
    up_k, down_k = ndtr(-k - h_s), ndtr(h_s - k)
    standard, robust, fixed = down_s - up_s, down_r - up_r, down_k - up_k
    error_s, error_r = (R * up_s + down_s) / (1 + R), (R * up_r + down_r) / (1 + R)
    B = 2 * s / (K**2 - 1)
    root = np.sqrt(B**2 + 2 * np.log(K / odds) / (K**2 - 1))
    density_low, density_high = pdf(s - h_s), pdf(s + h_s)
    slope = (1 - 1 / R) + (1 + 1 / R) * log_R / (2 * s**2)
    ratio = l1 / s
    return {
        "majority_standard": ndtr(s + h_s),
        "minority_standard": ndtr(s - h_s),
        "majority_robust": ndtr(k + h_r),
        "minority_robust": ndtr(k - h_r),
        "attacked_majority": ndtr(s_r + h_r),
        "attacked_minority": ndtr(s_r - h_r),
        "error_standard": error_s,
        "error_robust": error_r,
        "attacked_error": (R * up_m + down_m) / (1 + R),
        "optimal_disparity": standard,
        "disparity_gap": robust - standard,
        "inherent_part": fixed - standard,
        "imbalance_part": robust - fixed,
        "standard_accuracy_gap": error_r - error_s,
        "disparity_slope": -density_low * slope,
        "majority_gain_threshold": np.exp(2 * s * s_r * (s - k) / (s - s_r)),
        "minority_half_threshold": np.exp(2 * k * s_r),
        "squared_margin_loss": eps**2 * (d * s**2 - l1**2) / (s**2 - 2 * eps * l1 + d * eps**2),
        "balanced_loss_leading": eps**2 * pdf(s) * (d - ratio**2) / (2 * s),
        "disparity_gap_leading": eps * (density_high + density_low) * log_R * ratio / (2 * s**2),
        "unequal_plus": ndtr(-K * B + root - shift / K),
        "unequal_minus": ndtr(B - K * root - shift),
    }


def setup(inputs):
    """inputs: ten arrays of one length, by the names of the arguments above."""
    return lambda: closed_forms(**inputs)


if __name__ == "__main__":
    serve(setup)
