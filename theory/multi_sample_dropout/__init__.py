"""tmp summary."""
from theory import Paper
from theory.multi_sample_dropout.example import *  # noqa
from theory.multi_sample_dropout.params import Params
PAPER = Paper("a","b","c","1905.09788",topics=("regularisation",))
