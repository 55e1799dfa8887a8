"""Simulations of the setting gaussian_robustness, one experiment a mode.

======================  =====================================================================
``default``             full d-dimensional test points of both classes, the standard and the
                        robust rule, and the explicit attack on every point
``projection``          one point's score, centred and divided by gamma(w): its law is the noise's
``plugin_lda``          linear discriminant analysis fitted to a training set; exact conditional
                        class accuracies
``plugin_robust``       the soft-thresholded plug-in rule likewise, natural and robust
``logistic``            an adversarial logistic regression fit (Newton on the active set)
``support``             the same with the exact optimality check of the inactive coordinate
``band``                the uniform deviation of an empirical class accuracy over all offsets
``heavy_loss``          the mean logistic loss of n heavy-tailed points at a fixed rule
======================  =====================================================================
"""

from sims import Simulation, fitting
from sims.gaussian_robustness._fitted import (
    logistic_trial,
    plugin_lda_trial,
    plugin_robust_trial,
    support_trial,
)
from sims.gaussian_robustness._points import (
    attacks_and_rules,
    band_trial,
    heavy_loss_trial,
    noise,
    points_trial,
    projection_trial,
)

__all__ = [
    "SIMULATIONS",
    "attacks_and_rules",
    "band_trial",
    "heavy_loss_trial",
    "logistic_trial",
    "noise",
    "plugin_lda_trial",
    "plugin_robust_trial",
    "points_trial",
    "projection_trial",
    "support_trial",
]

SIMULATIONS = {
    "default": Simulation(
        points_trial,
        width=fitting(lambda p: 2 * p.points * p.d, most=128),
        shared=attacks_and_rules,
        doc="test points under attack, two rules",
    ),
    "projection": Simulation(
        projection_trial, width=512, shared=attacks_and_rules, doc="one standardised score"
    ),
    "plugin_lda": Simulation(plugin_lda_trial, width=512, doc="a fitted linear discriminant"),
    "plugin_robust": Simulation(plugin_robust_trial, width=64, doc="a fitted soft threshold"),
    "logistic": Simulation(logistic_trial, width=32, doc="an adversarial logistic fit"),
    "support": Simulation(support_trial, width=32, doc="a fit with its optimality check"),
    "band": Simulation(band_trial, width=512, doc="uniform deviation over offsets"),
    "heavy_loss": Simulation(heavy_loss_trial, width=32, doc="mean logistic loss, heavy tails"),
}
