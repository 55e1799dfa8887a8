"""Prompt searches on samples of both fixtures: coverage, selection, noise, and search itself."""

from sims import Simulation
from sims.pac_bayes_prompts import _anytime, _block, _template
from sims.pac_bayes_prompts._block import NOISE_LEVELS
from sims.pac_bayes_prompts._data import block_sample, noisy_labels, template_sample
from sims.pac_bayes_prompts._search import (
    Found,
    beam_search,
    greedy_class_prompts,
    smallest_certificate,
    template_errors,
    template_mistakes,
)

SIMULATIONS = {
    "default": Simulation(
        _template.coverage_trial, 64, "all prompts of fixture T: broken bounds, SRM, gap",
        shared=_template.coverage_tables,
    ),
    "lagrangian": Simulation(
        _template.lagrangian_trial, 16, "exhaustive, greedy and beam search as the reward grows",
        shared=_template.prompts_and_risks,
    ),
    "gibbs": Simulation(
        _template.gibbs_trial, 16, "Gibbs posteriors against the best single prompt",
        shared=_template.prompts_and_risks,
    ),
    "half_sample": Simulation(
        _template.half_sample_trial, 16, "priors tilted by the first points",
        shared=_template.prompts_and_risks,
    ),
    "selection": Simulation(
        _template.selection_trial, 8, "rank correlation of bound and risk",
        shared=_template.prompts_and_risks,
    ),
    "every_prompt": Simulation(
        _template.every_prompt_trial, 1, "training error and certificates of every prompt",
        shared=_template.prompts_and_risks,
    ),
    "independent": Simulation(
        _template.independent_trial, 16, "independent hypotheses under random labels"
    ),
    "anytime": Simulation(
        _anytime.one_prompt_trial, 64, "bounds of one prompt recomputed after every point",
        shared=_anytime.one_prompt_tables,
    ),
    "anytime_all": Simulation(
        _anytime.all_prompts_trial, 8, "bounds of all prompts recomputed after every point",
        shared=_anytime.all_prompts_tables,
    ),
    "block": Simulation(_block.greedy_trial, 8, "greedy search on fixture B, and certificates"),
    "noise": Simulation(_block.noise_trial, 4, "greedy search under eleven levels of label noise"),
    "fixed_prompt": Simulation(
        _block.fixed_prompt_trial, 32, "error of fixed prompts on noisy labels"
    ),
}  # fmt: skip

__all__ = [
    "NOISE_LEVELS", "SIMULATIONS", "Found", "beam_search", "block_sample",
    "greedy_class_prompts", "noisy_labels", "smallest_certificate", "template_errors",
    "template_mistakes", "template_sample",
]  # fmt: skip
