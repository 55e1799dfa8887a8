"""``python -m theory where NAME``: where a claim, proof, mode, figure or formula is written.

The settings' files, and the words that all share, are read, not imported: the answer takes a
second.
"""

import ast
import difflib
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from theory import _discovery
from theory._command_line import one_line
from theory._discovery import KINDS, BrokenSettingError

MAKERS = {
    "equals", "law", "at_most", "at_least", "every_trial", "ordering", "identity", "algebra",
    "never_above", "never_below", "nonnegative", "scaling", "limit",
}  # fmt: skip
"""Methods of :class:`theory.Claims` that make a claim."""
_BY_FOLDER = {"theory": "claim", "sims": "mode", "proofs_check": "proof", "paper_figures": "figure"}


class Place(NamedTuple):
    """A name, what it is, and where it stands."""

    name: str
    what: str
    setting: str
    file: Path
    line: int
    says: str = ""

    def __str__(self) -> str:
        file = self.file
        if file.is_relative_to(Path.cwd()):
            file = file.relative_to(Path.cwd())
        of = f" of {self.setting}" if self.setting else ""
        return f"{file}:{self.line}  {self.what}{of}{': ' if self.says else ''}{self.says}"


def where(*names: str) -> list[Place]:
    """All places of the names. Raises ValueError, with the nearest ones, for one without any."""
    places = [*places_of_settings(), *_places_of_words()]
    found: list[Place] = []
    for name in names:
        own = [place for place in places if fnmatchcase(name, place.name)]
        # a name that some call also mentions is not made there
        found += [place for place in own if place.what != "named"] or own
        if not own:
            near = difflib.get_close_matches(name, {p.name for p in places}, n=3)
            hint = f"; the nearest: {', '.join(near)}" if near else ""
            raise ValueError(f"no claim, proof, mode, figure or formula is named {name!r}{hint}")
    return found


def places_of_settings(*settings: str) -> Iterator[Place]:
    """Every name that the settings' files make, by default of all settings.

    Settings of installed packages are not read.
    """
    for setting in settings or _discovery.settings():
        for folder in _discovery._packages["theory"]:
            for kind in KINDS:
                root = Path(folder).parent / kind
                source = _discovery._source(str(root), setting)
                if source is None:
                    continue
                if kind == "theory":
                    yield Place(setting, "setting", "", source, 1)
                in_folder = source.name == "__init__.py"
                for file in sorted(source.parent.glob("*.py")) if in_folder else [source]:
                    yield from _places(file, kind, setting)


def _places_of_words() -> Iterator[Place]:
    """What theory and sims share with all settings."""
    for package in ("theory", "sims", "proofs_check", "paper_figures"):
        here = Path(__file__).parents[1] / package
        in_folders = [p for p in here.glob("_*/*.py") if p.with_name("__init__.py").is_file()]
        for file in sorted([*here.glob("_*.py"), *in_folders]):
            for node in _tree(file):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_":
                    yield Place(node.name, f"word of {package}", "", file, node.lineno, _says(node))


def _tree(file: Path) -> list[ast.stmt]:
    try:
        return _discovery._parsed(file).body
    except BrokenSettingError:
        return []


def _places(file: Path, kind: str, setting: str) -> Iterator[Place]:
    made = _BY_FOLDER[kind]
    for node in _tree(file):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            what, name = _what(node, kind), node.name
            if what == "mode":
                name = "default" if name == "trial" else name.removesuffix("_trial")
            yield Place(name, what, setting, file, node.lineno, _says(node))
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call):
                yield from _made_by(inner, made, setting, file)
            elif isinstance(inner, ast.Dict) and kind == "sims":
                what = "mode" if _is_modes(node) else "observable"
                for key in inner.keys:
                    if key is not None and (name := _text(key)):
                        yield Place(name, what, setting, file, key.lineno)


def _made_by(call: ast.Call, made: str, setting: str, file: Path) -> Iterator[Place]:
    """A claim or proof in its call form: ``claim.ordering("name", ...)``, ``Proof("name", ...)``.

    Other calls that are given the text (a helper of the setting's own) come as "named".
    """
    callee = _last_name(call.func)
    sure = callee in MAKERS or callee == "Proof" or any(k.arg == "name" for k in call.keywords)
    words = {k.arg: k.value for k in call.keywords}
    given = [words["name"]] if "name" in words else call.args[:1]
    formula = words.get("formula")  # in the call form the claim has the formula's name
    if callee in MAKERS and "name" not in words and isinstance(formula, ast.Name):
        yield Place(formula.id, made, setting, file, formula.lineno)
    for value in given:
        name = _text(value)
        if re.fullmatch(r"[a-z][\w*]*", name):
            what = made if sure and made in ("claim", "proof") else "named"
            yield Place(name, what, setting, file, value.lineno)


def _last_name(called: ast.expr) -> str:
    """``equals`` of ``claim.equals`` and of ``claim.equals(...)``."""
    match called:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.Call(func=func):
            return _last_name(func)
    return ""


def _text(value: ast.expr) -> str:
    """A text as it stands; of an f-string a pattern, with a star for what is put in."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) if isinstance(part, ast.Constant) else "*" for part in parts)
    return ""


def _is_modes(node: ast.stmt) -> bool:
    """Whether this is a table SIMULATIONS."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return "SIMULATIONS" in (getattr(target, "id", "") for target in targets)


def _what(node: ast.FunctionDef | ast.ClassDef, kind: str) -> str:
    """What a definition is, by its decorators and its folder."""
    for decorator in node.decorator_list:
        last = _last_name(decorator)
        if kind == "theory" and last == "wrong":
            return "twin"
        if kind != "theory" or last in MAKERS:
            return _BY_FOLDER[kind]
    if isinstance(node, ast.ClassDef):
        return "class"
    return "mode" if kind == "sims" and node.name.endswith("trial") else "formula"


def _says(node: ast.FunctionDef | ast.ClassDef) -> str:
    return one_line((ast.get_docstring(node) or "").partition("\n\n")[0])
