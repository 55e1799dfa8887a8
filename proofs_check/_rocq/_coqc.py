"""Certificates given to ``coqc``, each lemma under a limit of processor time."""

import contextlib
import dataclasses
import re
import resource
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from proofs_check._rocq._certificates import Certificate, Outcome, Part, libraries, library

_START = 4  # seconds of processor time that loading the libraries may take
_PATIENCE = 20  # a lemma may wait on the wall this many times its processor time
_MEMORY = 6_000_000  # kB
_MOVABLE = hasattr(resource, "prlimit")  # on Linux a limit can be raised while a process runs
_SENTENCE = re.compile(r"Chars \d+ - (\d+) \[.*\] [\d.]+ secs \(([\d.]+)u,([\d.]+)s\)")


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
        if compiled and (wrong := _run(folder, folder / name, 60).error) is not None:
            raise NoRocq(f"{folder / name} does not compile: {wrong}")


def check(certificate: Certificate, compiled: Path, seconds: float) -> Certificate:
    """The certificate with the kernel's word on each lemma.

    ``compiled`` is the folder of the compiled libraries; ``seconds`` is the processor time that
    each proof may take. A lemma that one proof does not prove is tried with its next.
    """
    parts = list(certificate.parts)
    proofs = max((len(part.lemma.proofs) for part in parts if part.lemma), default=0)
    for proof in range(proofs):
        left = [
            i for i, part in enumerate(parts)
            if part.lemma and part.outcome is not Outcome.CHECKED and proof < len(part.lemma.proofs)
        ]  # fmt: skip
        while left:
            told = _told([parts[i] for i in left], proof, compiled, seconds)
            for i, (error, used) in zip(left, told, strict=False):
                parts[i] = _with(parts[i], proof, error, used)
            left = left[len(told) :]
    return Certificate(tuple(parts))


def _with(part: Part, proof: int, error: str | None, seconds: float) -> Part:
    seconds += part.seconds
    if error is None:
        return dataclasses.replace(
            part, outcome=Outcome.CHECKED, why="", seconds=seconds, proof=proof
        )
    return dataclasses.replace(part, outcome=Outcome.UNDECIDED, why=error, seconds=seconds)


def _told(
    parts: Sequence[Part], proof: int, compiled: Path, seconds: float
) -> list[tuple[str | None, float]]:
    """What the kernel says of the lemmas up to the first that fails, and their seconds."""
    text = f"Require Import {library(tuple(parts))}.\n"
    ends = []
    for i, part in enumerate(parts):
        assert part.lemma is not None
        text += part.lemma.text(f"part_{i}", proof)
        ends.append(len(text.encode()) - 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.v"
        path.write_text(text, encoding="utf-8")
        run = _run(compiled, path, seconds, ends)
    said: list[tuple[str | None, float]] = [(None, used) for used in run.proved]
    cut_short = run.late and not _MOVABLE and said  # the next lemma had less time than it should
    if len(said) < len(parts) and not cut_short:
        said.append((run.error or "no proof", run.seconds - sum(run.proved)))
    return said


@dataclasses.dataclass
class _Run:
    """What came of one file.

    Attributes:
        proved: the seconds of each lemma that the kernel accepts, up to the first that fails.
        seconds: of processor time, all together.
        error: None if the kernel accepts the whole file, else why not.
    """

    proved: list[float]
    seconds: float
    error: str | None = None
    late: bool = False


def _run(compiled: Path, path: Path, seconds: float, ends: Sequence[int] = ()) -> _Run:
    """Compiles a file; ``ends`` says where each lemma ends, after which time counts anew."""
    limit = round(seconds + _START)
    before = _used()
    command = f'ulimit -S -t {limit}; ulimit -v {_MEMORY}; exec coqc "$@"'
    options = ("-q", "-w", "none", "-time", "-Q", str(compiled), "", str(path))
    process = subprocess.Popen(
        ["sh", "-c", command, "sh", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, cwd=path.parent,  # where nra leaves its cache
    )  # fmt: skip
    patience = threading.Timer(_PATIENCE * limit * (1 + len(ends)), process.kill)
    patience.start()
    proved: list[float] = []
    used, message = 0.0, ""
    assert process.stdout is not None
    for line in process.stdout:
        sentence = _SENTENCE.match(line)
        if sentence is None:
            message += line
            continue
        used += float(sentence[2]) + float(sentence[3])
        if int(sentence[1]) in ends:
            proved.append(used - sum(proved))
            _allow(process.pid, round(used + limit))
    code = process.wait()
    patience.cancel()
    if code == 0:
        return _Run(proved, _used() - before)
    late = code in (-9, -24, 137, 152)
    error = f"no proof within {seconds:g} s" if late else _why(message)
    return _Run(proved, _used() - before, error, late)


def _allow(pid: int, seconds: int) -> None:
    """Raises the limit of a process at work."""
    if _MOVABLE:
        with contextlib.suppress(OSError):  # it has just ended
            resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _why(message: str) -> str:
    message = " ".join(message.split("Error:")[-1].split())
    return "the tactics find no proof" if "actic" in message else message[:100] or "no proof"
