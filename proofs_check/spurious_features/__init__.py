"""Proof steps of spurious features, on theory's own formulas."""

from proofs_check.spurious_features import votes  # first in the record
