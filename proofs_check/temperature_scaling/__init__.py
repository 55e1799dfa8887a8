"""Proof steps of temperature scaling and Mixup, on theory's own formulas."""

from proofs_check.temperature_scaling import flat  # first in the record
