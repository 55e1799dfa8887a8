"""Every code block of the documentation runs, and says what the page says it says."""

import ast
import contextlib
import io
import json
import re
import shlex
from pathlib import Path

import pytest

import paper_figures.__main__
import proofs_check.__main__
import sims.__main__
import theory
import theory.__main__
from paper_figures._figure import figures_in
from sims._arguments import read
from theory._command_line import Parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
FENCE = re.compile(r"^```(\S+)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str]]:
    """(language, text) of the page's code blocks, included files left out."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [(language, text) for language, text in found if not language.startswith("{")]


@pytest.mark.parametrize("page", [p for p in PAGES if "python" in dict(blocks(p))],
                         ids=lambda page: page.stem)  # fmt: skip
def test_python_blocks_run_and_print_what_the_page_shows(page, monkeypatch, example_setting):
    monkeypatch.chdir(ROOT)
    space: dict = {"__name__": "page"}
    said = ""
    for language, text in blocks(page):
        if language == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(text, str(page), "exec"), space)
            said = out.getvalue()
        elif language == "output":
            assert said.split() == text.split()


def commands(page: Path) -> list[str]:
    """The shell commands of a page, one a line; comments and scripts' headers left out."""
    lines = [line for language, text in blocks(page) if language == "sh"
             for line in text.replace("\\\n", " ").splitlines()]  # fmt: skip
    return [line for line in lines if line and not line.startswith("#")]


PARSERS = {
    "sims": read,
    "proofs_check": proofs_check.__main__._parser().parse_args,
    "paper_figures": paper_figures.__main__._parser().parse_args,
}


class Started(Exception):
    """The words were understood; what they ask for is not done here."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_are_understood(page, example_setting, monkeypatch):
    monkeypatch.chdir(ROOT)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for line in commands(page):
        words = shlex.split(line, comments=True)
        if words[0] == "srun":
            words = words[1:]
        if words[0] == "overfit-theory":
            words = ["python", "-m", sims.__main__.CONSOLE[words[1]], *words[2:]]
        if words[0] == "make":
            assert set(word for word in words[1:] if "=" not in word) <= targets, line
        elif words[1:2] == ["-m"] and words[2] in PARSERS:
            known = [w.replace("mine", "tests/example") if "/" not in w else w for w in words[3:]]
            PARSERS[words[2]](["least_squares" if w == "noisy_mean" else w for w in known])
        elif words[1:2] == ["-m"] and words[2] == "theory":
            understood_by_theory(words[3:], monkeypatch, line)
        else:
            known = ("git", "pip", "pre-commit", ".venv/bin/python", "python")
            assert words[0] in known, line


def understood_by_theory(words, monkeypatch, line):
    """Its commands have parsers of their own, made when they are called: one is stopped there."""
    parse = Parser.parse_args

    def stop(self, *given, **more):
        parse(self, *given, **more)
        raise Started

    with monkeypatch.context() as patch:
        patch.setattr(Parser, "parse_args", stop)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Started):
            status = theory.__main__.main(words)
            assert status == 0, line


def test_the_example_proves_and_draws_what_the_page_shows(example_setting):
    for proof, result in proofs_check.run_proofs(example_setting):
        assert result.status is proof.expected, proof.name
    (figure,) = figures_in(theory.load("paper_figures", example_setting))
    assert paper_figures.show(figure.draw)[:4] == b"\x89PNG"


def html(shown) -> str:
    """What a notebook shows of a value."""
    return shown._repr_html_() if hasattr(shown, "_repr_html_") else repr(shown)


def stored(outputs) -> str:
    """What the stored notebook shows below a cell."""
    (data,) = (out["data"] for out in outputs if out["output_type"] == "execute_result")
    return "".join(data.get("text/html", data["text/plain"]))


def shape_of(text: str) -> str:
    """A text without its numbers, which differ in their last digits from machine to machine."""
    return re.sub(r"[-\d.e]*\d", "#", " ".join(text.split()))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_notebooks_run_and_their_figures_are_stored(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    space: dict = {"__name__": "cell"}
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"{notebook.name}[{number}]", "exec"), space)
        if isinstance(last, ast.Expr):
            shown = eval(compile(ast.Expression(last.value), notebook.name, "eval"), space)
            if shown is not None:
                assert shape_of(stored(cell["outputs"])) == shape_of(html(shown)), number
    shown = [key for cell in cells for out in cell.get("outputs", []) for key in out["data"]]
    assert "image/png" in shown
