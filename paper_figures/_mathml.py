"""A model's statement: prose with TeX formulas, shown as MathML that browsers draw themselves.

A setting's theory module may have an attribute ``MODEL: str``. Paragraphs are parted by blank
lines; ``$...$`` is a formula in the line, ``$$...$$`` one on a line of its own, ``\\$`` a dollar.
"""

import re
import unicodedata
import xml.etree.ElementTree as ET

from latex2mathml.converter import convert

from paper_figures._html import esc, prose

_FORMULA = re.compile(r"(?<!\\)\$\$(?P<block>.+?)(?<!\\)\$\$|(?<!\\)\$(?P<line>.+?)(?<!\\)\$", re.S)
_PLACE = re.compile("\ue000([0-9]+)\ue001")  # private characters stand for a formula in the prose

_ROWS = {"math", "mrow", "mtd", "msqrt", "mstyle", "mpadded"}
_SCRIPTED = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
# what a formula may become: elements that show something, attributes that say how. No link, no
# style, no class, no event: TeX comes from whoever wrote the setting
_ELEMENTS = {
    "math", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded",
    "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub",
    "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
}  # fmt: skip
_ATTRIBUTES = {
    "accent", "accentunder", "align", "columnalign", "columnlines", "columnspacing", "columnspan",
    "depth", "display", "displaystyle", "fence", "form", "frame", "height", "largeop",
    "linethickness", "lspace", "mathbackground", "mathcolor", "mathsize", "mathvariant", "maxsize",
    "minsize", "movablelimits", "notation", "rowalign", "rowlines", "rowspacing", "rspace",
    "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width",
}  # fmt: skip
_VALUE = re.compile(r"[\w#.,%+\- ]*")
_TIGHT, _SYMBOLS = {"/", "."}, set("∞∂∇∅∀∃")
_SIGNS, _CLOSING = set("+−±∓"), set(")]}|‖⟩")


def mathml(tex: str, *, block: bool = False) -> str:
    """The formula as a ``<math>`` element. Raises ValueError, in words, for TeX that has an error.

    The library lets some errors pass into its output (an unknown command, an open brace), where a
    reader would see raw TeX or a wrong formula: they are found here.
    """
    level = 0
    for brace in re.findall(r"(?<!\\)[{}]", tex):
        level += 1 if brace == "{" else -1
        if level < 0:
            break
    if level:
        raise ValueError("a brace is not closed" if level > 0 else "a brace is closed but not open")
    try:
        root = ET.fromstring(convert(tex, display="block" if block else "inline"))
    except ET.ParseError:  # "&" outside a table comes out as it went in
        raise ValueError("& stands outside a table") from None
    except Exception as error:  # the library's errors have no base class of their own
        what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Error"))
        raise ValueError(f"{what.lower()} {error}".strip()) from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]  # in HTML the name alone says it is MathML
        if re.match(r"\\[A-Za-z]", element.text or ""):
            raise ValueError(f"unknown command {element.text}")
        _refuse_what_acts(element)
    for row in list(root.iter()):
        if row.tag in _ROWS:
            _space(row)
    root.set("alttext", " ".join(tex.split()))
    return ET.tostring(root, encoding="unicode")


def _refuse_what_acts(element: ET.Element) -> None:
    """Raises ValueError for what a formula does not need: links, styles, classes, HTML."""
    if element.tag not in _ELEMENTS:
        raise ValueError(f"a formula may not hold <{element.tag}>")
    for name, value in element.attrib.items():
        name = name.rpartition("}")[2]
        if name not in _ATTRIBUTES or not _VALUE.fullmatch(value):
            raise ValueError(f"a formula may not set {name}={value!r}")


def _space(row: ET.Element) -> None:
    """TeX's spaces in one row: MathML has its own for operators, and none around a name."""
    previous: ET.Element | None = None
    for child in list(row):
        core = child
        while core.tag in _SCRIPTED:
            core = core[0]
        text = core.text or ""
        if core.tag in ("mi", "mo") and text.isalpha() and (core.tag == "mo" or len(text) > 1):
            core.tag = "mi"  # log, sup, E: a name, upright
            core.set("mathvariant", "normal")
            place = list(row).index(child)
            following = row[place + 1] if place + 1 < len(row) else None
            if following is not None and not _opens(following):
                row.insert(place + 1, ET.Element("mspace", width="0.167em"))
            if previous is not None and previous.tag not in ("mo", "mspace"):
                row.insert(place, ET.Element("mspace", width="0.167em"))
        elif text in _TIGHT:
            child.set("lspace", "0")
            child.set("rspace", "0")
        elif len(text) == 1 and unicodedata.category(text) == "Sm":
            # the library tags some operators as letters, and the other way round
            core.tag = "mi" if text in _SYMBOLS else "mo"
        after = previous is not None and (previous.tag != "mo" or previous.text in _CLOSING)
        if text in _SIGNS and core.tag == "mo" and not after:
            child.set("form", "prefix")  # in "y = -1" nothing is subtracted
        previous = child


def _opens(element: ET.Element) -> bool:
    """Whether it is an operator, a space, or something in brackets."""
    inner = element[0] if element.tag == "mrow" and len(element) else element
    return inner.tag in ("mo", "mspace")


def _parts(tex: str, block: bool) -> list[str]:
    """A displayed formula in the pieces that a wide space parts, so that a narrow screen can set
    them one under the other; whole where that would cut a group or an environment."""
    parts = [part for part in tex.split(r"\qquad") if part.strip()]
    pairs = (("{", "}"), (r"\left", r"\right"), (r"\begin", r"\end"))
    cut = any(part.count(opens) != part.count(closes) for part in parts for opens, closes in pairs)
    return parts if block and parts and not cut else [tex]


def statement(text: str) -> tuple[str, list[str]]:
    """The statement as HTML, and what is wrong with formulas that cannot be shown.

    A formula with an error stands as its TeX source, so that one slip loses no more than itself.
    """
    shown: list[str] = []
    trouble: list[str] = []

    def formula(found: re.Match[str]) -> str:
        block = found["block"] is not None
        tex = found["block"] if block else found["line"]
        try:
            made = "".join(mathml(part, block=block) for part in _parts(tex, block))
        except ValueError as error:
            trouble.append(f"formula {found[0]!r}: {error}")
            made = f'<code class="wrong">{esc(found[0])}</code>'
        shown.append(f'<span class="display">{made}</span>' if block else made)
        return f"\ue000{len(shown) - 1}\ue001"

    marked = _FORMULA.sub(formula, re.sub("[\ue000\ue001]", "", text))
    for alone in re.finditer(r"(?<!\\)\$", marked):
        near = _PLACE.sub("…", marked[max(0, alone.start() - 20) : alone.end() + 20])
        trouble.append(f"a lone $ near {near!r}")
    page = prose(marked.replace(r"\$", "$"))
    return _PLACE.sub(lambda place: shown[int(place[1])], page), trouble
