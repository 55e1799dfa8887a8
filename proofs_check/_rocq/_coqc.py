"""Certificates given to ``coqc``, each lemma under a limit of processor time."""

import dataclasses
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from proofs_check._rocq._certificates import Certificate, Outcome, Part, libraries, library

_START = 4  # seconds of processor time that loading the libraries may take
_PATIENCE = 20  # a lemma may wait on the wall this many times its processor time
_MEMORY = 6_000_000  # kB


class NoRocq(ValueError):
    """Rocq is not installed, or without the library of interval arithmetic."""


def find_coqc() -> str | None:
    """The compiler on the path, if it is there together with Interval."""
    found = shutil.which("coqc")
    if found is None:
        return None
    where = subprocess.run([found, "-where"], capture_output=True, text=True).stdout.strip()
    folders = (Path(where), Path(where).parents[0] / "coq")
    there = any((folder / "user-contrib" / "Interval").is_dir() for folder in folders)
    return found if there else None


def write_libraries(folder: Path, compiled: bool) -> None:
    """The two libraries, written into the folder and, if asked, compiled there.

    Raises NoRocq where they should be compiled and there is no compiler.
    """
    if compiled and find_coqc() is None:
        raise NoRocq(
            "coqc with Interval is not installed; on Debian: "
            "apt-get install --no-install-recommends coq libcoq-interval"
        )
    for name, text in libraries().items():
        (folder / name).write_text(text, encoding="utf-8")
        if compiled and (wrong := _coqc(folder, folder / name, 60)) is not None:
            raise NoRocq(f"{folder / name} does not compile: {wrong}")


def check(certificate: Certificate, compiled: Path, seconds: float) -> Certificate:
    """The certificate with the kernel's word on each lemma.

    ``compiled`` is the folder of the compiled libraries; ``seconds`` is the processor time that
    each lemma may take. All lemmas go in one file first; where that fails each goes alone.
    """
    written = [i for i, part in enumerate(certificate.parts) if part.lemma is not None]
    if not written:
        return certificate
    parts = list(certificate.parts)
    together, used = _run([parts[i] for i in written], compiled, seconds)
    for i in written:
        if together is None:
            parts[i] = _with(parts[i], None, used / len(written))
        elif len(written) == 1:
            parts[i] = _with(parts[i], together, used)
        else:
            parts[i] = _with(parts[i], *_run([parts[i]], compiled, seconds))
    return Certificate(tuple(parts))


def _with(part: Part, error: str | None, seconds: float) -> Part:
    outcome = Outcome.CHECKED if error is None else Outcome.UNDECIDED
    return dataclasses.replace(part, outcome=outcome, why=error or "", seconds=seconds)


def _run(parts: Sequence[Part], compiled: Path, seconds: float) -> tuple[str | None, float]:
    """What is wrong with the lemmas (None: nothing), and the processor time it took to say so."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.v"
        lemmas = [part.lemma.text(f"part_{i}") for i, part in enumerate(parts) if part.lemma]
        path.write_text("\n".join([f"Require Import {library(tuple(parts))}.", *lemmas]))
        before = _used()
        return _coqc(compiled, path, seconds), _used() - before


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _coqc(compiled: Path, path: Path, seconds: float) -> str | None:
    """Compiles a file; None if the kernel accepts it, else why not."""
    limit = round(seconds + _START)
    command = f'ulimit -t {limit} -v {_MEMORY}; exec coqc -q -w none -Q "$0" "" "$1"'
    try:
        done = subprocess.run(
            ["sh", "-c", command, str(compiled), str(path)],
            capture_output=True, text=True, timeout=_PATIENCE * limit,
            cwd=path.parent,  # where nra leaves its cache
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no proof within {seconds:g} s"
    if done.returncode == 0:
        return None
    if done.returncode in (-9, -24, 137, 152):
        return f"no proof within {seconds:g} s"
    message = " ".join(done.stderr.split("Error:")[-1].split())
    return "the tactics find no proof" if "tactic" in message else message[:100] or "no proof"
