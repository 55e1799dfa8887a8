"""The eigenframework of random features and its powerlaws, on theory's own formulas."""

from proofs_check.random_features import eigenframework, powerlaw
