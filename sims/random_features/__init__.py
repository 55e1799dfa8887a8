"""Gaussian and ReLU random features: exact conditional risks of one draw at one or all ridges."""

from sims.random_features.designs import draw, draw_direct, draw_features, ridge_risks
from sims.random_features.gaussian import FITTING_ROOTS
from sims.random_features.grid import grid_draw
from sims.random_features.paths import RIDGES, PathParams, growing_wishart, sizes_trial
from sims.random_features.sphere import sphere_design

__all__ = [
    "FITTING_ROOTS", "RIDGES", "PathParams", "draw", "draw_direct", "draw_features", "grid_draw",
    "growing_wishart", "ridge_risks", "sizes_trial", "sphere_design",
]  # fmt: skip
