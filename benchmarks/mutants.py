"""How many wrong formulas the tests would find: single-token mutants of the settings' code.

``python -m benchmarks.mutants --count 100 --seed 0`` draws places at random from the settings'
``theory`` and ``sims`` modules, changes one token (an operator, a comparison, a number, a sign) in
a copy of the project, and runs that setting's tests until one fails. It prints every mutant with
what killed it, and the survivors at the end: those that change no value are told by reading them.
"""

import argparse
import ast
import dataclasses
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import theory

ROOT = Path(__file__).parents[1]
OPERATORS = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.Pow: "*", ast.Lt: ">", ast.Gt: "<",
    ast.LtE: ">", ast.GtE: "<", ast.USub: "+", ast.MatMult: "+",
}  # fmt: skip
SYMBOLS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.Lt: "<",
    ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">=", ast.USub: "-", ast.MatMult: "@",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One changed token."""

    setting: str
    path: Path
    start: int
    end: int
    new: str
    line: int
    old: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.old} -> {self.new}"


def files_of(setting: str) -> Iterator[Path]:
    """The setting's theory and simulations."""
    for folder in ("theory", "sims"):
        one = ROOT / folder / f"{setting}.py"
        yield from [one] if one.exists() else sorted((ROOT / folder / setting).glob("*.py"))


def mutants_of(setting: str) -> Iterator[Mutant]:
    """Every single-token change of the formulas inside the setting's functions."""
    for path in files_of(setting):
        text = path.read_text()
        starts = [0]
        for line in text.encode().splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        source = text.encode()

        def place(line: int, column: int, starts: list[int] = starts) -> int:
            return starts[line - 1] + column

        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, (ast.FunctionDef, ast.Lambda)):
                continue
            body = function.body if isinstance(function.body, list) else [function.body]
            for node in (n for part in body for n in ast.walk(part)):
                yield from _changes(setting, path, node, source, place)


def _changes(setting, path, node, source, place) -> Iterator[Mutant]:
    def mutant(start: int, end: int, new: str, line: int) -> Mutant:
        old = source[start:end].decode()
        return Mutant(setting, path.relative_to(ROOT), start, end, new, line, old)

    def start_of(part: ast.expr) -> int:
        return place(part.lineno, part.col_offset)

    def end_of(part: ast.expr) -> int:
        return place(part.end_lineno, part.end_col_offset)

    match node:
        case ast.BinOp(left=left, op=op, right=right):
            between = end_of(left), start_of(right)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            between = end_of(left), start_of(right)
        case ast.UnaryOp(op=op, operand=right):
            between = start_of(node), start_of(right)
        case ast.Constant(value=bool()) | ast.Constant(value=str()):
            return
        case ast.Constant(value=int() | float() as value):
            new = value + 1 if isinstance(value, int) else value * 1.5 + 0.1
            yield mutant(start_of(node), end_of(node), repr(new), node.lineno)
            return
        case _:
            return
    symbol, new = SYMBOLS.get(type(op)), OPERATORS.get(type(op))
    if symbol is None or new is None:
        return
    gap = source[between[0] : between[1]].decode()
    at = re.search(re.escape(symbol), gap)
    if at is not None:
        start = between[0] + len(gap[: at.start()].encode())
        yield mutant(start, start + len(symbol), new, node.lineno)


def killed_by(mutant: Mutant, copy: Path, timeout: float) -> str:
    """The first test that fails on the mutant; empty where all pass."""
    target = copy / mutant.path
    source = target.read_bytes()
    target.write_bytes(source[: mutant.start] + mutant.new.encode() + source[mutant.end :])
    own = sorted((copy / "tests").rglob(f"test_{mutant.setting}*.py"))
    suite = copy / "tests" / "settings"  # the cheapest killers first
    tests = [*own, *(suite / f"test_{part}.py" for part in ("formulas", "simulations")), suite]
    environment = os.environ | {"SETTINGS": mutant.setting, "PYTHONPATH": str(copy)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n0",
             *(str(path.relative_to(copy)) for path in tests)],
            cwd=copy, env=environment, capture_output=True, text=True, timeout=timeout,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "(endless)"
    finally:
        target.write_bytes(source)
    if done.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return found[1] if found else f"exit {done.returncode}"


def main() -> int:
    """Runs the mutants; the exit status is 0 where 95 % of them are killed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("settings", nargs="*", help="default: all")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds for one mutant")
    given = parser.parse_args()
    pool = [m for name in given.settings or theory.settings() for m in mutants_of(name)]
    chosen = random.Random(given.seed).sample(pool, min(given.count, len(pool)))
    print(f"{len(chosen)} of {len(pool)} mutants", flush=True)
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv*", "out"))
        for i, mutant in enumerate(chosen, 1):
            began = time.monotonic()
            killer = killed_by(mutant, copy, given.timeout)
            survivors += [] if killer else [mutant]
            seconds = time.monotonic() - began
            print(f"{i:4} {seconds:5.0f} s  {mutant}  {killer or 'SURVIVED'}", flush=True)
    share = 1 - len(survivors) / len(chosen)
    print(f"{share:.0%} killed; survivors:", *survivors, sep="\n  ")
    return share < 0.95


if __name__ == "__main__":
    raise SystemExit(main())
