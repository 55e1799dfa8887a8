"""``python docs/build.py``: the pages as one folder that opens from disk.

Copies ``docs/`` beside a reference made from the modules' docstrings and a gallery of the figures
that ``make figures`` drew, and gives all to Sphinx. Warnings are errors.
"""

import argparse
import inspect
import itertools
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import proofs_check
import theory
from paper_figures._figure import FigureSpec, figures_in
from paper_figures._formulas import LONG
from paper_figures._mathml import mathml
from proofs_check import proofs_of
from sims import simulations_of
from theory import Setting, fields_of
from theory._discovery import load
from theory._typeset import typeset

ROOT = Path(__file__).parents[1]
PACKAGES = ("theory", "sims", "proofs_check", "paper_figures")


def prose(text: str) -> str:
    """Text of a docstring as Markdown that shows it as it stands; ``code`` stays code."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"``\1``", text)
    parts = re.split(r"(``.+?``)", text, flags=re.S)
    escaped = [
        p if p.startswith("``") else re.sub(r"([\\`*_\[\]<>$|#~^{}])", r"\\\1", p) for p in parts
    ]
    return "".join(escaped)


def documented(value: Any) -> str:
    """A docstring: paragraphs and lists as prose, what is indented as it was laid out."""
    parts: list[str] = []
    # below "::" stands code, with blank lines of its own
    pieces = re.split(r"(?<=::)\n\n((?: {4}.*\n?|\n(?=\n* {4}))+)", inspect.getdoc(value) or "")
    for prosaic, code in itertools.zip_longest(pieces[::2], pieces[1::2], fillvalue=""):
        for part in prosaic.removesuffix(":" * bool(code)).strip().split("\n\n"):
            lines = part.splitlines()
            if lines and lines[0].startswith("* "):
                items = [f"- {prose(x[2:])}" if x.startswith("* ") else prose(x) for x in lines]
                parts.append("\n".join(items))
            elif any(line.startswith("    ") for line in lines):
                parts.append(f"````text\n{part}\n````")
            else:
                parts.append(prose(part))
        if code:
            parts.append(f"````python\n{textwrap.dedent(code).rstrip()}\n````")
    return "\n\n".join(parts)


def signature(value: Any) -> str:
    """The signature as text, wrapped by hand at commas where it is long."""
    try:
        text = re.sub(r"(?<=[\[ (.])(?:\w+\.)+(?=\w)", "", str(inspect.signature(value)))
    except (TypeError, ValueError):
        return ""
    return text if len(text) <= 80 else text.replace(", ", ",\n    ")


def entries(names: Iterable[tuple[str, Any]], level: str = "##") -> Iterator[str]:
    """Public functions and classes, with signature and docstring; of a class the methods too."""
    for name, value in sorted(names):
        if callable(value) and inspect.getdoc(value):
            yield f"{level} {prose(name)}"
            yield f"````python\n{name.rpartition('.')[2]}{signature(value)}\n````"
            yield documented(value)
            if inspect.isclass(value):
                own = {f"{name}.{word}": method for word, method in vars(value).items()
                       if word[0] != "_" and inspect.isfunction(method)}  # fmt: skip
                yield from entries(own.items(), level + "#")


def package_page(name: str) -> str:
    """One of the four folders: what it offers to all settings."""
    module = sys.modules[name]
    own = [
        (word, value)
        for word, value in vars(module).items()
        if word[0] != "_"
        and (getattr(value, "__module__", "") or "").startswith((f"{name}._", "annotated_types"))
    ]
    return "\n\n".join([f"# {prose(name)}", documented(module), *entries(own)])


def setting_page(of: Setting, drawn: Callable[[str, FigureSpec], str]) -> str:
    """A setting: model, parameters, claims, proofs, simulations, figures, formulas."""
    parts = [f"# {prose(of.name)}", documented(of.module)]
    if of.paper is not None:
        number = f" [arXiv {of.paper.arxiv}]({of.paper.url})" if of.paper.url else ""
        parts += [prose(f"{of.paper.authors}. {of.paper.title}. {of.paper.venue}.") + number]
    if model := getattr(of.module, "MODEL", ""):
        parts += ["## Model", *_paragraphs(model)]
    if of.params is not None:
        rows = [f"| ``{f.name}`` | {prose(f.range_text)} | {_default(of.params, f.name)} |"
                f" {prose(f.doc)} |" for f in fields_of(of.params).values()]  # fmt: skip
        head = "| parameter | range | default | what it is |\n| --- | --- | --- | --- |\n"
        parts += ["## Parameters", head + "\n".join(rows)]
    parts.append("## Claims")
    for claim in of.claims:
        known = " Expected to be refuted as printed." if claim.expected == "REFUTED" else ""
        twin = f"\n\n  *Wrong twin:* {prose(claim.twin.mistake)}." if claim.twin else ""
        parts.append(f"``{claim.name}`` · {claim.kind} · {prose(claim.source)}\n"
                     f": {prose(claim.statement)}.{known}{_formula(claim)}{twin}")  # fmt: skip
    if proofs := proofs_of(of.name):
        parts.append("## Proofs")
        for proof in proofs:
            supports = ", ".join(f"``{name}``" for name in proof.supports)
            parts.append(f"``{proof.name}`` · {prose(proof.source)}\n: {prose(proof.statement)}."
                         + (f" Supports {supports}." if supports else ""))  # fmt: skip
    if load("sims", of.name) is not None:
        parts.append("## Simulations")
        modes = simulations_of(of.name).items()
        parts += [f"``{mode}``\n: {prose(one.doc or 'one trial')}" for mode, one in modes]
    if figures := figures_in(load("paper_figures", of.name)):
        parts.append("## Figures")
        parts += [drawn(of.name, figure) for figure in figures]
    parts.append("## Formulas")
    own = of.module.__name__
    public = [(n, v) for n, v in vars(of.module).items()
              if n[0] != "_" and (getattr(v, "__module__", "") or "").startswith(own)]  # fmt: skip
    return "\n\n".join([*parts, *entries(public, "###")])


def _formula(claim: Any) -> str:
    """What the claim's code computes, where it is one formula of readable length."""
    shown = ""
    for one in typeset(claim):
        if len(one.tex) <= LONG:
            when = f"\n\n  For {prose(one.when)}:" if one.when else ""
            shown += f"{when}\n\n  $${one.tex}$$"
    return shown


def _default(params: Any, name: str) -> str:
    value = getattr(params, name, "")
    return prose(str(value)) if isinstance(value, (int, float, str)) else "an array"


def _paragraphs(model: str) -> list[str]:
    """The model's text, with its formulas; those that MathML lacks stay as TeX."""

    def formula(match: re.Match[str]) -> str:
        tex = " ".join(match[2].split())
        try:
            mathml(tex)
        except ValueError:
            return f"``{tex}``"
        return f"{match[1]}{tex}{match[1]}"

    return [
        re.sub(r"(?<!\\)(\$\$?)(.+?)(?<!\\)\1", formula, part, flags=re.S)
        for part in inspect.cleandoc(model).split("\n\n")
    ]


def drawing(out: Path, source: Path) -> Callable[[str, FigureSpec], str]:
    """How a page shows a figure: the picture that ``out`` has of it, title and caption."""

    def drawn(setting: str, figure: FigureSpec) -> str:
        picture = out / "figures" / setting / f"{figure.name}.png"
        text = f"**{prose(figure.title)}** ({prose(figure.source)})\n\n"
        if picture.is_file():
            target = source / "reference" / f"{setting}-{figure.name}.png"
            shutil.copyfile(picture, target)
            text += f"![{prose(figure.title)}](/reference/{target.name})\n\n"
        else:
            text += f"Not drawn yet: ``python -m paper_figures {setting}``.\n\n"
        return text + prose(figure.caption)

    return drawn


def write_sources(source: Path, out: Path, settings: Iterable[str]) -> None:
    """The hand-written pages, and those made of the modules, in one folder."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(
        ROOT / "docs",
        source,
        ignore=shutil.ignore_patterns("build.py", "__init__.py", "__pycache__"),
    )
    up = os.path.relpath(ROOT, source.resolve())
    for page in source.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("{literalinclude} ../", f"{{literalinclude}} {up}/"))
    (source / "reference").mkdir()
    drawn = drawing(out, source)
    gallery = ["# Gallery", "Every figure with what it compares; each setting's page has them too."]
    named = sorted(settings)
    for name in named:
        page = setting_page(theory.setting(name), drawn)
        (source / "reference" / f"{name}.md").write_text(page, encoding="utf-8")
        if figures := figures_in(load("paper_figures", name)):
            gallery.append(f"## [{prose(name)}](/reference/{name}.md)")
            gallery += [drawn(name, figure) for figure in figures]
    for package in PACKAGES:
        text = package_page(package)
        (source / "reference" / f"{package}.md").write_text(text, encoding="utf-8")
    listed = "\n".join((*PACKAGES, *named))
    index = ("# Reference\n\nMade from the docstrings: the four folders, then the settings.\n\n"
             f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n")  # fmt: skip
    (source / "reference" / "index.md").write_text(index)
    (source / "gallery.md").write_text("\n\n".join(gallery), encoding="utf-8")


def build(out: Path, settings: Iterable[str] | None = None) -> Path:
    """Builds the pages into ``out/docs``; returns its first page. Raises SystemExit(1) on warnings.

    ``settings``: those that get a page; default all.
    """
    from sphinx.cmd.build import build_main

    source = out / "docs-source"
    write_sources(source, out, theory.settings() if settings is None else settings)
    if build_main(["-q", "-W", "--keep-going", "-b", "html", str(source), str(out / "docs")]):
        raise SystemExit(1)
    return out / "docs" / "index.html"


if __name__ == "__main__":
    assert proofs_check  # its page reads the imported package
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", nargs="*", help="those that get a page (default: all)")
    parser.add_argument("--out", type=Path, default=Path("out"))
    given = parser.parse_args()
    print(f"open {build(given.out, given.settings or None)}")
