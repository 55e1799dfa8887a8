"""Figures of the prompt bounds: the paper's six on the fixtures, the ladder and the coverage.

``python -m paper_figures.pac_bayes_prompts.real_text`` is an example on real text beside them.
"""

from paper_figures.pac_bayes_prompts._bounds import coverage_atlas, ladder_of_bounds
from paper_figures.pac_bayes_prompts._prompts import error_against_bound, selection_by_bound
from paper_figures.pac_bayes_prompts._searches import (
    language_model_reward,
    random_labels,
    small_samples,
    table_of_bounds,
)

__all__ = [
    "coverage_atlas", "error_against_bound", "ladder_of_bounds", "language_model_reward",
    "random_labels", "selection_by_bound", "small_samples", "table_of_bounds",
]  # fmt: skip
