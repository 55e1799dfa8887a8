"""``python -m benchmarks [NAME ...]``: runs comparisons, writes the record and the table."""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks._harness import Comparison, compare
from benchmarks._report import save, show, write_readme


def found() -> dict[str, Comparison]:
    """Every comparison of the files in this folder, by its name."""
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__))
    modules = [importlib.import_module(f"benchmarks.{n}") for n in names if n[0] != "_"]
    return {c.name: c for m in modules for c in getattr(m, "COMPARISONS", ())}


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 when every ratio and limit that has a target reaches it, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="comparisons (default: all)")
    parser.add_argument("--list", action="store_true", help="name the comparisons and stop")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder of bench.json")
    given = parser.parse_args(arguments)
    comparisons = found()
    if given.list:
        for name, comparison in comparisons.items():
            print(f"{name}: {comparison.work}")
        return 0
    unknown = [name for name in given.names if name not in comparisons]
    if unknown:
        parser.error(f"no comparison {unknown[0]!r} (known: {', '.join(comparisons)})")
    records: list[dict[str, Any]] = []
    for name in given.names or comparisons:
        records.append(compare(comparisons[name]))
        save(given.out, {"comparisons": records[-1:]})  # a stopped run keeps its finished rows
    show(records)
    if not given.names:
        write_readme(given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
