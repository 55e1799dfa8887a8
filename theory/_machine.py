"""What this machine has room for."""

import os
from pathlib import Path
from typing import Any

import jax

from theory._command_line import whole

RUN_MEMORY = 2 * 2**30
"""Bytes that a run's trials may take unless somebody says otherwise (``--memory``)."""

PROGRAM_MEMORY = 2**30
"""Bytes that a process takes beside its trials: Python, JAX, a setting's compiled programs."""

PROCESS_MEMORY = RUN_MEMORY + PROGRAM_MEMORY
"""Bytes that a process over settings may take; room for it is kept before one is started."""


def cores() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int:
    """Bytes of memory: the machine's, or what its container (cgroup) may take of it."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            whole = min(whole, int((Path("/sys/fs/cgroup") / limit).read_text()))
        except (OSError, ValueError):  # no such control group, or "max"
            continue
    return whole


def resident() -> int:
    """Bytes of memory that this process holds now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def processes(most: int, run_memory: int = RUN_MEMORY) -> int:
    """How many processes the cores and the memory carry, at most ``most``, at least one.

    Each may take ``run_memory`` bytes for its trials, and PROGRAM_MEMORY beside them. One where JAX
    computes on an accelerator, whose memory the first process takes.
    """
    if jax.default_backend() != "cpu":
        return 1
    return max(1, min(most, cores(), memory() // (run_memory + PROGRAM_MEMORY)))


def jobs_option(unit: str) -> dict[str, Any]:
    """What ``--jobs`` of a command over settings is (argparse's words); None asks for the most
    that fits. ``unit`` says what one process works on at a time."""
    return {
        "type": whole(1), "metavar": "N",
        "help": f"processes side by side (default: what cores and memory carry, one a {unit})",
    }  # fmt: skip
