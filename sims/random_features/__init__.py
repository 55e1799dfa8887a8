"""Gaussian and ReLU random features: exact conditional risks of one draw at one or all ridges."""

from sims.random_features.designs import (
    draw, draw_direct, draw_features, ridge_risks, sphere_design,
)  # fmt: skip
from sims.random_features.grid import grid_draw
from sims.random_features.paths import RIDGES, PathParams, growing_wishart, sizes_trial
from sims.random_features.trials import FITTING_ROOTS

__all__ = [
    "FITTING_ROOTS", "RIDGES", "PathParams", "draw", "draw_direct", "draw_features", "grid_draw",
    "growing_wishart", "ridge_risks", "sizes_trial", "sphere_design",
]  # fmt: skip
