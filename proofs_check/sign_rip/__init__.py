"""Proof items of robust matrix recovery: the steps behind theory's own formulas."""

from proofs_check.sign_rip._dynamics import PROOFS as _DYNAMICS
from proofs_check.sign_rip._scaling import PROOFS as _SCALING
from proofs_check.sign_rip._thresholds import PROOFS as _THRESHOLDS

PROOFS = _SCALING + _DYNAMICS + _THRESHOLDS
