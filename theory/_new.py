"""``python -m theory new NAME``: the five files of a setting, with a worked toy claim.

They stand as texts in ``theory/_template``; what they make verifies, proves, draws and tests at
once.
"""

import argparse
import keyword
import pkgutil
import re
from collections.abc import Sequence
from pathlib import Path

import theory
from theory._command_line import Parser, path
from theory._discovery import KINDS
from theory._files import writable_folder, write_atomically

_TEMPLATES = Path(__file__).parent / "_template"
_CHECKOUT = Path(__file__).parents[1]


def new(arguments: Sequence[str]) -> int:
    """Writes the files and says what to run next. Raises ValueError for what cannot be written."""
    parser = Parser(prog="python -m theory new", description="The files of a setting that works.")
    parser.add_argument("name", type=_name)
    parser.add_argument("--folder", type=path, metavar="DIR", help=(
        "a folder of your own (made if need be); default: this package's folders, in a checkout"
    ))  # fmt: skip
    given = parser.parse_args(arguments)
    files = _files(given.name, given.folder)
    if there := [str(file) for file in files if file.exists()]:
        raise ValueError(f"nothing is overwritten: {', '.join(there)}")
    for file, text in files.items():
        writable_folder(file.parent, "--folder")
        write_atomically(file, text.encode())
        print(f"wrote {_shown(file)}")
    known = f" --settings {given.folder}" if given.folder else ""
    print("\nIt verifies, proves, draws and tests as it is:\n")
    for command in ("sims verify", "proofs_check", "paper_figures"):
        print(f"  python -m {command} {given.name}{known}")
    print(f"  python -m pytest {given.folder / 'tests'}" if given.folder else
          f"  make readme && make test SETTINGS={given.name}")  # fmt: skip
    print(f"\nThen put your own model into {_shown(next(iter(files)))}.")
    return 0


def _shown(file: Path) -> Path:
    """As one would type it from here."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _name(text: str) -> str:
    """The type of the name of a setting that is not there yet."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text) or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not snake_case, such as my_setting")
    modules = {m.name for m in pkgutil.iter_modules(theory.__path__)}
    if text in modules | set(theory.settings()) | COMMANDS:
        raise argparse.ArgumentTypeError(f"{text!r} is taken")
    return text


COMMANDS = {"new", "where", "kinds"}
"""Words of ``python -m theory`` that are no setting."""


def _files(name: str, folder: Path | None) -> dict[Path, str]:
    """The text of each file to be written."""
    root = folder or _CHECKOUT
    if folder is None and not (_CHECKOUT / "tests" / "settings").is_dir():
        raise ValueError("the package is installed, not a checkout: give --folder DIR")
    files = {root / kind / f"{name}.py": kind for kind in KINDS}
    files[root / ("tests" if folder else "tests/settings") / f"test_{name}.py"] = (
        "own_test" if folder else "test"
    )
    return {
        file: (_TEMPLATES / f"{template}.txt").read_text(encoding="utf-8").replace("SETTING", name)
        for file, template in files.items()
    }
