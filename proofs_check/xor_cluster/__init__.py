"""The proof's steps of the XOR cluster paper, in its order, on theory's own formulas."""

from proofs_check.xor_cluster import first_step  # first in the record
