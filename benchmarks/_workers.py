"""Peers run in processes and environments of their own.

A peer is a script in ``benchmarks/peers/`` that ends in ``serve(setup)`` (see ``peers/serve.py``);
it never imports this package. Inputs go to it, and results come back, as .npz files; it takes its
own times, so that nothing of the exchange is in them.
"""

import dataclasses
import json
import math
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._harness import Results, Unavailable

_ROOT = Path(__file__).parents[1]

ENVIRONMENTS = {
    "peers": "requirements-peers.txt",
    "neural-tangents": "requirements-neural-tangents.txt",
}
"""``make bench`` makes ``.venv-NAME`` from ``benchmarks/FILE``."""

ONE_PYTHON = "OVERFIT_THEORY_PEERS_PYTHON"
"""Environment variable: an interpreter that has the peers already, used for all of them."""

# A build of OpenBLAS may be pinned to one kernel by these; a peer gets the processor's own.
_PINS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


@dataclasses.dataclass
class Worker:
    """The work as ``benchmarks/peers/SCRIPT`` does it.

    Attributes:
        name: as the table shows it.
        script: the file's name in ``benchmarks/peers/``.
        inputs: arrays and numbers that the script's ``setup`` gets.
        share: the part of the work that one call does.
        environment: a name in ENVIRONMENTS.
        variables: further environment variables.
    """

    name: str
    script: str
    inputs: Mapping[str, Any]
    share: float = 1.0
    environment: str = "peers"
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)
    first_seconds: float = dataclasses.field(default=math.nan, init=False)
    _process: Any = dataclasses.field(default=None, init=False, repr=False)
    _folder: Any = dataclasses.field(default=None, init=False, repr=False)

    def start(self) -> Results:
        """Starts the process and does the work once. Raises Unavailable."""
        python = _ROOT / f".venv-{self.environment}" / "bin" / "python"
        python = Path(os.environ.get(ONE_PYTHON, python))
        if not python.exists():
            raise Unavailable(
                f"no environment {python.parents[1].name}: `make bench` makes it from"
                f" benchmarks/{ENVIRONMENTS[self.environment]}"
            )
        self._folder = tempfile.TemporaryDirectory(prefix="overfit-theory-bench-")
        folder = Path(self._folder.name)
        arrays: dict[str, Any] = {k: np.asarray(v) for k, v in self.inputs.items()}
        np.savez(folder / "inputs.npz", **arrays)
        environment = {k: v for k, v in os.environ.items() if k not in _PINS}
        self._process = subprocess.Popen(
            [str(python), str(_ROOT / "benchmarks" / "peers" / self.script), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "errors").open("w"),
            text=True,
            env=environment | dict(self.variables),
        )
        self._hear()  # ready
        self.first_seconds = self._ask("results")["seconds"]
        with np.load(folder / "results.npz") as results:
            return dict(results)

    def seconds(self, calls: int) -> float:
        """Seconds per call, by the worker's clock."""
        return self._ask(f"time {calls}")["seconds"]

    def stop(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait()
        if self._folder is not None:
            self._folder.cleanup()
        self._process = self._folder = None

    def _ask(self, line: str) -> dict[str, Any]:
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer below says how it ended
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            errors = (Path(self._folder.name) / "errors").read_text().strip().splitlines()
            last = errors[-1] if errors else "no message"
            raise Unavailable(f"{self.script} ended with status {status}: {last}")
        return json.loads(line)
