"""The steps of the argument on infinitely deep networks, on theory's own formulas."""

from proofs_check.ntk_classifiers import duals, majority
