"""Mahalanobis scores for out-of-distribution detection: exact laws, blind spots, label noise.

Features of class c are N(mu_c, Sigma) in R^d, with one Sigma for all classes. The score is
D_c^2(f) = (f - mu_c)' Sigma^-1 (f - mu_c), the confidence M(f) = max_c -D_c^2(f), large in
distribution. Outliers are shifted, N(mu_c + v, Sigma) with lambda = v' Sigma^-1 v, or scaled,
N(mu_c, s^2 Sigma). AUROC = P(M_in > M_out); TNR95 is the share of outliers rejected at the
threshold that keeps 95 % of the data, the true positives. Means and Sigma may be estimated from
N_c points a class (divisor N = C N_c), labels may be drawn anew with probability eta, and inputs
may be moved by eps against the gradient of their score. Laws speak of the own class's score: exact
for one class, and for classes at distance Delta up to e^(-Delta^2/8).
"""

from theory import Paper
from theory.mahalanobis_detection.detection import *
from theory.mahalanobis_detection.estimation import *
from theory.mahalanobis_detection.params import *
from theory.mahalanobis_detection.preprocessing import *

PAPER = Paper(
    "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks",
    "Kimin Lee, Kibok Lee, Honglak Lee, Jinwoo Shin",
    "NeurIPS 2018", "1807.03888", topics=("detection", "shift", "noise"),
)  # fmt: skip
