"""The record (``out/bench.json``) and the tables of ``benchmarks/README.md``."""

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks._machine import describe

RECORD = "bench.json"
README = Path(__file__).parent / "README.md"


def read(out: Path) -> dict[str, Any]:
    """The record in this folder; empty where there is none."""
    path = out / RECORD
    return json.loads(path.read_text()) if path.exists() else {}


def save(out: Path, part: Mapping[str, Any], instead_of: str | None = None) -> None:
    """Puts a part into the record: a list's entries replace those of the same ``name``, and all
    whose name begins with ``instead_of``."""
    record = read(out)
    for key, value in part.items():
        kept = {
            entry["name"]: entry
            for entry in record.get(key, [])
            if instead_of is None or not entry["name"].startswith(instead_of)
        }
        kept |= {entry["name"]: entry for entry in value}
        record[key] = list(kept.values())
    record["machine"] = describe()
    record["date"] = datetime.date.today().isoformat()
    out.mkdir(parents=True, exist_ok=True)
    whole = out / (RECORD + ".part")
    whole.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    whole.replace(out / RECORD)


def duration(seconds: float) -> str:
    """Two or three digits with a unit: 340 µs, 12 ms, 3.1 s, 540 s."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            value = seconds / size
            return f"{value:.0f} {unit}" if value >= 99.5 else f"{value:.2g} {unit}"
    return f"{seconds / 1e-9:.2g} ns"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 99.5 else f"{ratio:.2g}"


COLUMNS = ("work", "ours", "compile", "peer", "peer's time", "ratio (range)", "target", "limit")


def rows(comparisons: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The table's rows: one for each peer."""
    table = []
    for entry in comparisons:
        limit = entry["limit"]
        reached = f"{100 * limit['reached']:.0f} % of {limit['of']}"
        if limit["target"] is not None:
            reached += f" (asked: {100 * limit['target']:.0f} %)"
        ours = (
            f"{entry['name']}: {entry['work']}",
            duration(entry["seconds"]["median"]) + (" (scaled)" if entry["share"] < 1 else ""),
            duration(entry["compile_seconds"]),
        )
        for peer in entry["peers"]:
            target = "" if peer["target"] is None else f"{peer['target']:g}"
            if "ratio" in peer:
                ratio = peer["ratio"]
                time = duration(peer["seconds"]["median"])
                time += " (scaled)" if peer["share"] < 1 else ""
                low, middle, high = (_times(ratio[k]) for k in ("low", "median", "high"))
                said = f"{middle} ({low} .. {high})"
            else:
                time, said = "-", peer.get("unavailable", "the results differ")
            table.append((*ours, peer["name"], time, said, target, reached))
    return table


def show(comparisons: Iterable[Mapping[str, Any]]) -> None:
    """Prints the comparisons to the terminal, a few lines each."""
    shown = None
    for work, ours, compiling, peer, time, ratio, target, limit in rows(comparisons):
        if work != shown:
            print(f"{work}\n  ours {ours} (compilation {compiling}); {limit}")
        asked = f", asked: {target}" if target else ""
        print(f"  {peer}: {time}, ratio {ratio}{asked}")
        shown = work


def markdown(columns: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = [str(c) for c in columns]
    body = [head, ["---"] * len(head), *([str(c).replace("|", "\\|") for c in r] for r in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in body)


def _machine_line(record: Mapping[str, Any]) -> str:
    m = record["machine"]
    rates = [entry["machine"] for entry in record["comparisons"]]

    def best(name: str) -> float:
        return max(r[name] for r in rates)

    return (
        f"{record['date']}, {m['processor']} with {m['cores']} cores, {m['device']},"
        f" {m['system']}, Python {m['python']}, JAX {m['jax']}, NumPy {m['numpy']}. Measured in the"
        f" same run, at best: {best('float32_gflops'):.0f} GFLOP/s (float32) and"
        f" {best('float64_gflops'):.0f} GFLOP/s (float64) in matrix products,"
        f" {best('bandwidth_gbytes'):.0f} GB/s."
    )


def _scaling_table(record: Mapping[str, Any]) -> str:
    return markdown(
        ("what", "sizes", "seconds", "fitted exponent", "expected"),
        (
            (
                f"{e['name']}: {e['what']}",
                ", ".join(f"{s:g}" for s in e["sizes"]),
                ", ".join(duration(s) if e["unit"] == "s" else f"{s:.0f} {e['unit']}"
                          for s in e["values"]),
                f"{e['exponent']:.2f}",
                e["expected"],
            )
            for e in record["scaling"]
        ),
    )  # fmt: skip


def _comparisons(record: Mapping[str, Any]) -> str:
    """The machine, the table, its notes, and how well results agree."""
    notes = [f"- **{e['name']}**: {e['note']}" for e in record["comparisons"] if e["note"]]
    agreements = [
        f"- {e['name']}, {p['name']}: {p['agreement']['what']}"
        f" {p['agreement']['error']:.1e} (allowed {p['agreement']['tolerance']:.0e})"
        for e in record["comparisons"]
        for p in e["peers"]
        if "agreement" in p
    ]
    return "\n\n".join((
        _machine_line(record),
        markdown(COLUMNS, rows(record["comparisons"])),
        "\n".join(notes),
        "Results, compared before the times:\n\n" + "\n".join(agreements),
    ))  # fmt: skip


def text_of(record: Mapping[str, Any]) -> dict[str, str]:
    """What stands between the markers of the README, by marker.

    A record from an accelerator has markers of its own, and no notes: they speak of processors.
    """
    if not record["machine"]["device"].startswith("cpu"):
        table = markdown(COLUMNS, rows(record["comparisons"]))
        return {"accelerator": f"{_machine_line(record)}\n\n{table}"}
    parts = {"comparisons": _comparisons(record)} if "comparisons" in record else {}
    if "sequential" in record:
        parts["sequential"] = markdown(
            ("what", "sequential", "fixed sample, variance known", "variance estimated", "z-test",
             "variance known/sequential", "information bound", "wrong verdicts"),
            (
                (
                    e["name"],
                    f"{e['trials']:,.0f}",
                    f"{e['fixed']:,.0f}",
                    f"{e['unknown']:,.0f}",
                    f"{e['nominal']:,.0f}",
                    f"{e['ratio']:.2f}",
                    "" if e["bound"] is None else f"{e['bound']:,.0f}",
                    f"{e['wrong']} of {e['runs']}",
                )
                for e in record["sequential"]
            ),
        )  # fmt: skip
    if "scaling" in record:
        parts["scaling"] = _scaling_table(record)
    if "startup" in record:
        parts["startup"] = markdown(
            ("what", "cold", "again", "limit", "memory", "on"),
            ((e["name"], duration(e["cold"]), duration(e["warm"]) if e["warm"] else "", e["limit"],
              f"{e['memory']:,.0f} MiB" if e.get("memory") else "", e.get("date", record["date"]))
             for e in record["startup"]),
        )  # fmt: skip
    return parts


def write_readme(out: Path, notes: Mapping[str, str], path: Path = README) -> None:
    """Puts the record's tables, and today's notes, between the markers of the README.

    What the record does not hold stays as it is.
    """
    text, record = path.read_text(), read(out)
    for entry in record.get("comparisons", ()):
        entry["note"] = notes.get(entry["name"], entry["note"])
    for name, part in text_of(record).items():
        pattern = re.compile(rf"(<!-- {name} -->).*?(<!-- end {name} -->)", re.DOTALL)
        text, found = pattern.subn(lambda m, part=part: f"{m[1]}\n{part}\n{m[2]}", text)
        if not found:
            raise ValueError(f"{path} has no markers for {name}")
    path.write_text(text)
