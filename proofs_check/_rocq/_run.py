"""One proof item as a task: proved, printed, and given to the kernel."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from proofs_check._prover import proofs_of, run_proof
from proofs_check._results import Result, Status
from proofs_check._rocq._certificates import Certificate, certificate_of, file_text
from proofs_check._rocq._coqc import check
from theory._files import write_atomically


def run_certified(
    say: Callable[[str, int, int], None], setting: str, name: str, *, folder: Path, seconds: float
) -> tuple[Result, Certificate | None]:
    """The item's result with the kernel's word in it, and its certificate, which is written.

    ``folder`` takes the files; with ``seconds`` > 0 it holds the compiled libraries, and each
    lemma gets that much processor time. Items that are not PROVED have no certificate.
    """
    result = run_proof(say, setting, name)
    if result.status is not Status.PROVED:
        return result, None
    certificate = certificate_of(result)
    if certificate is None:
        return result, None
    if seconds > 0:
        certificate = check(certificate, folder, seconds)
    if any(part.lemma is not None for part in certificate.parts):
        proof = next(p for p in proofs_of(setting) if p.name == name)
        path = folder / setting / f"{name}.v"
        write_atomically(path, file_text(certificate, setting, proof).encode())
    return dataclasses.replace(result, kernel=certificate.text), certificate
