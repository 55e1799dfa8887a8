"""Prompt searches on samples of both fixtures: errors of all prompts, and what searches find."""

from sims.pac_bayes_prompts.search import *
from sims.pac_bayes_prompts.trials import *
