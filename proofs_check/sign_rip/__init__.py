"""Proof items of robust matrix recovery: the steps behind theory's own formulas."""

from proofs_check.sign_rip import scaling  # first in the record
