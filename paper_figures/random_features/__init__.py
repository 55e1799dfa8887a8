"""Figures of random features: more is better, how much to fit, and how wide to be to overfit."""

from paper_figures.random_features.fitting import digits, figure_2, train_against_test
from paper_figures.random_features.sizes import (
    exchange_rate, figure_1, heat_maps, phase_diagram, vary_samples,
)  # fmt: skip
