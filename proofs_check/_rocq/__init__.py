"""Proof items as certificates that the kernel of Rocq (Coq) checks, apart from all that is here.

What SymPy, Arb or Z3 was asked is printed as a lemma over Rocq's real numbers, with tactics that
should prove it; ``coqc`` accepts a lemma only if its kernel accepts the whole proof.
"""

from proofs_check._rocq._certificates import Certificate, Outcome, Part, certificate_of, libraries
from proofs_check._rocq._coqc import NoRocq, check, find_coqc, write_libraries
from proofs_check._rocq._lemmas import lemma_of
from proofs_check._rocq._run import run_certified
from proofs_check._rocq._summary import summary_table, write_summary

__all__ = [
    "Certificate", "NoRocq", "Outcome", "Part", "certificate_of", "check", "find_coqc",
    "lemma_of", "libraries", "run_certified", "summary_table", "write_libraries",
    "write_summary",
]  # fmt: skip
