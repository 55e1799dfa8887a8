"""``python -m benchmarks [NAME ...]``: runs comparisons, writes the record and the table."""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks import _scaling, _sequential, _startup
from benchmarks._harness import Comparison, compare
from benchmarks._report import save, show, write_readme


def found() -> dict[str, Comparison]:
    """Every comparison of the files in this folder, by its name."""
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__))
    modules = [importlib.import_module(f"benchmarks.{n}") for n in names if n[0] != "_"]
    return {c.name: c for m in modules for c in getattr(m, "COMPARISONS", ())}


SECTIONS = {
    "sequential": _sequential.measure,
    "scaling": _scaling.measure,
    "startup": _startup.measure,
}
"""What is measured beside the comparisons; NAME on the command line chooses it too."""


def main(arguments: list[str] | None = None) -> int:
    """Runs what is named (default: everything but --whole); returns the exit status.

    0: done, whatever the ratios; 2: wrong usage. Each finished part is in the record at once.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME",
        help="comparisons, or sequential, scaling, startup (default: all)",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="name everything and stop")
    parser.add_argument("--whole", nargs="+", choices=_startup.WHOLE, default=[],
                        help="time these commands over all settings: minutes each")  # fmt: skip
    parser.add_argument("--readme", action="store_true",
                        help="put the record's tables into benchmarks/README.md")  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder of bench.json")
    given = parser.parse_args(arguments)
    comparisons = found()
    if given.list:
        for name, comparison in comparisons.items():
            print(f"{name}: {comparison.work}")
        print("\n".join(f"{name}: {measure.__module__}" for name, measure in SECTIONS.items()))
        return 0
    known = [*comparisons, *SECTIONS]
    unknown = [name for name in given.names if name not in known]
    if unknown:
        parser.error(f"there is nothing called {unknown[0]!r} (known: {', '.join(known)})")
    chosen = given.names or ([] if given.readme or given.whole else known)
    records: list[dict[str, Any]] = []
    for name in chosen:
        if name in comparisons:
            records.append(compare(comparisons[name]))
            save(given.out, {"comparisons": records[-1:]})
        else:
            for record in SECTIONS[name]():  # kept one by one: some take minutes
                save(given.out, {name: [record]})
    for name in given.whole:
        replaced = _startup.SLOW if name == "test" else None
        save(given.out, {"startup": _startup.whole(name, given.out)}, instead_of=replaced)
    show(records)
    if given.readme:
        write_readme(given.out, {name: c.note for name, c in comparisons.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
