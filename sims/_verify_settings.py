"""Verifies several settings, in this process or in several."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax

from sims._group import Group
from sims._row import Row
from sims._verify import verify
from theory._machine import processes
from theory._task_progress import shown_tasks
from theory._tasks import Task

VERIFY_SECONDS = 45.0
"""What a setting's first verification is expected to take on two cores."""


def verify_settings(
    names: Sequence[str],
    claims: Sequence[str] | None,
    *,
    jobs: int | None,
    group: Group,
    progress: Any,
    deep: bool,
    seed: int,
    memory: int,
    store: Path | None,
) -> Iterator[tuple[str, list[Row], str]]:
    """(setting, its rows, what went wrong) for each setting, as it is done.

    Settings are verified side by side in ``jobs`` processes, by default as many as the machine
    carries, and in each an error is told in words. One setting alone, or a ``group`` of processes
    that share the trials, is verified here, and its errors propagate.
    """
    if len(names) == 1 or group.count > 1:
        for name in names:
            yield name, verify(
                name, claims, deep=deep, seed=seed, memory=memory, devices=jax.local_devices(),
                progress=progress, store=store, group=group,
            ), ""  # fmt: skip
        return
    arguments = (claims, deep, seed, memory, store)
    tasks = [Task(name, name, (name, *arguments), VERIFY_SECONDS) for name in names]
    for done, _ in shown_tasks(
        tasks, _verify_one, jobs or processes(len(tasks), memory), "settings"
    ):
        yield done.task.name, done.result or [], done.error


def _verify_one(
    say: Any, name: str, claims: Sequence[str] | None, deep: bool, seed: int, memory: int,
    store: Path | None,
) -> list[Row]:  # fmt: skip
    return verify(
        name,
        claims,
        deep=deep,
        seed=seed,
        memory=memory,
        devices=jax.local_devices(),
        progress=say,
        store=store,
    )
