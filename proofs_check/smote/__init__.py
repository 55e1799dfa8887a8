"""Proof items of SMOTE: the pair law, averages and rules; exact moments and hulls of samples."""

from proofs_check.smote import resampling  # first in the record
