"""Imports: sorted as ruff sorts them, their names packed into lines of 100 columns.

``python .ci/imports.py`` rewrites the files whose imports are otherwise, ``--check`` names them and
ends with status 1. A formula's file takes up to thirty names of the common vocabulary; one name a
line would push the formula off the first page.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("theory", "sims", "proofs_check", "paper_figures", "tests", "benchmarks", "docs", ".ci")
ONE_A_LINE = re.compile(
    r"^(from \S+ import \()\n((?:    \w+(?: as \w+)?,\n)+)\)(?:  # fmt: skip)?$", re.MULTILINE
)


def packed(match: re.Match[str]) -> str:
    """The import with as many names on a line as there is room for."""
    names = " ".join(match[2].replace(" as ", "\0as\0").split())
    lines = textwrap.wrap(names, 96, break_long_words=False, break_on_hyphens=False)
    return "\n".join([match[1], *("    " + line for line in lines), ")  # fmt: skip"]).replace(
        "\0", " "
    )


def main() -> int:
    """Compares or rewrites every file."""
    paths = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    changed = []
    with tempfile.TemporaryDirectory() as folder:  # ruff's order, on a copy
        shutil.copy(ROOT / "pyproject.toml", folder)
        copies = [Path(folder, path.relative_to(ROOT)) for path in paths]
        for path, copy in zip(paths, copies, strict=True):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        ruff = [
            Path(sys.executable).with_name("ruff"),
            "check",
            "--quiet",
            "--select",
            "I",
            "--fix",
        ]
        subprocess.run([*ruff, folder], check=True)
        for path, copy in zip(paths, copies, strict=True):
            text = ONE_A_LINE.sub(packed, copy.read_text(encoding="utf-8"))
            if text != path.read_text(encoding="utf-8"):
                changed.append(path)
                if "--check" not in sys.argv:
                    path.write_text(text, encoding="utf-8")
    for path in changed:
        print(f"imports: {path.relative_to(ROOT)}")
    return int("--check" in sys.argv and bool(changed))


if __name__ == "__main__":
    raise SystemExit(main())
