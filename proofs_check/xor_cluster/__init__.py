"""The proof's steps of the XOR cluster paper, in its order, on theory's own formulas."""

from proofs_check.xor_cluster import training  # first in the record
