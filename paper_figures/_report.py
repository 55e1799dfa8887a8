"""The report: ``report.html`` lists the settings, ``report/SETTING.html`` shows one."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from paper_figures._evidence import read_ledger, read_proofs
from paper_figures._report_index import index_page, page_of
from paper_figures._setting_evidence import gather
from paper_figures._setting_page import setting_page
from theory._discovery import settings
from theory._files import write_atomically
from theory._task_progress import shown_tasks
from theory._tasks import Task

PAGE_SECONDS = 6.0
"""What a setting's page takes on two cores: its formulas are traced, and curves computed."""


def write_report(
    out: Path,
    names: Iterable[str] | None = None,
    failed: Mapping[tuple[str, str], str] | None = None,
    jobs: int = 1,
) -> Path:
    """Writes ``out/report.html`` and a page a setting from what stands in ``out``; returns the
    path of the first.

    Args:
        out: holds ``figures/SETTING/NAME.{png,csv,json}``, ``ledger.json``, ``proofs.json``.
        names: the settings to show; default all that are known or that ``out`` speaks of.
        failed: by (setting, figure), what went wrong in this run.
        jobs: how many pages are made side by side, in processes.

    Raises:
        RuntimeError: if a page could not be made; all others are there.
    """
    ledger, proofs = read_ledger(out), read_proofs(out)
    figures = out / "figures"
    if names is None:
        found = {path.name for path in figures.glob("*/") if any(path.glob("*.json"))}
        stored = {row["setting"] for row in (*ledger.rows, *proofs.rows)}
        names = sorted(set(settings()) | found | stored)
    names = list(names)
    failures: dict[str, dict[str, str]] = {}
    for (setting, figure), text in (failed or {}).items():
        failures.setdefault(setting, {})[figure] = text
    tasks = [Task(n, n, (n, out, failures.get(n, {})), PAGE_SECONDS) for n in names]
    broken = [
        f"the page of {done.task.name}: {done.trace or done.error}"
        for done, _ in shown_tasks(tasks, _write_page, jobs, "pages") if done.error
    ]  # fmt: skip
    shown = [gather(n, figures, ledger, proofs, failures.get(n, {})) for n in names]
    path = out / "report.html"
    write_atomically(path, index_page(shown, ledger, proofs).encode())
    if broken:
        raise RuntimeError("\n".join(broken))
    return path


def _write_page(say: Any, setting: str, out: Path, failed: Mapping[str, str]) -> None:
    ledger, proofs = read_ledger(out), read_proofs(out)
    shown = gather(setting, out / "figures", ledger, proofs, failed)
    text = setting_page(shown, ledger.written, proofs.written)
    write_atomically(out / page_of(setting), text.encode())
