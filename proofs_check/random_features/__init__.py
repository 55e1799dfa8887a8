"""Random features: the eigenframework's algebra, more is better, overfitting and its width."""

from proofs_check.random_features import framework, powerlaw
