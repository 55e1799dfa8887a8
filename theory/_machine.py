"""What this machine has room for."""

import os
from pathlib import Path

PROCESS_MEMORY = 3 * 2**30
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


def processes(most: int) -> int:
    """How many processes the cores and the memory carry, at most ``most``, at least one."""
    return max(1, min(most, cores(), memory() // PROCESS_MEMORY))
