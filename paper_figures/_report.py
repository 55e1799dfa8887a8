"""The report: ``report.html`` lists the settings, ``report/SETTING.html`` shows one."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from paper_figures._evidence import read_ledger, read_proofs
from paper_figures._report_index import index_page, page_of
from paper_figures._setting_evidence import gather
from paper_figures._setting_page import setting_page
from theory._discovery import settings
from theory._files import write_atomically


def write_report(
    out: Path,
    names: Iterable[str] | None = None,
    failed: Mapping[tuple[str, str], str] | None = None,
) -> Path:
    """Writes ``out/report.html`` and a page a setting from what stands in ``out``; returns the
    path of the first.

    Args:
        out: holds ``figures/SETTING/NAME.{png,csv,json}``, ``ledger.json``, ``proofs.json``.
        names: the settings to show; default all that are known or that ``out`` speaks of.
        failed: by (setting, figure), what went wrong in this run.
    """
    ledger, proofs = read_ledger(out), read_proofs(out)
    figures = out / "figures"
    if names is None:
        found = {path.name for path in figures.glob("*/") if any(path.glob("*.json"))}
        stored = {row["setting"] for row in (*ledger.rows, *proofs.rows)}
        names = sorted(set(settings()) | found | stored)
    failures: dict[str, dict[str, str]] = {}
    for (setting, figure), text in (failed or {}).items():
        failures.setdefault(setting, {})[figure] = text
    shown = [gather(n, figures, ledger, proofs, failures.get(n, {})) for n in names]
    for evidence in shown:
        text = setting_page(evidence, ledger.written, proofs.written)
        write_atomically(out / page_of(evidence.setting), text.encode())
    path = out / "report.html"
    write_atomically(path, index_page(shown, ledger, proofs).encode())
    return path
