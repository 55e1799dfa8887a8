r"""The letters in which a paper writes a setting's parameters, as LaTeX.

A field's ``Doc`` may begin with its letter (``Doc("eta, the step")``, ``Doc("l = Delta^2/4")``,
``Doc("lambda of |w|^2")``); else its name is its letter (``rho``, ``mu_low``, ``n``), and a word
stays a word. Where two fields would have one letter, both keep their names.
"""

import collections
import re
from collections.abc import Mapping

from theory._fields import Field

__all__ = ["GREEK", "letter", "letters", "spelled"]

GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
})  # fmt: skip
_SHORT = {"eps": r"\varepsilon", "epsilon": r"\varepsilon", "lam": r"\lambda", "ell": r"\ell"}
_LETTER = re.compile(
    r"(?P<base>[A-Za-z]|" + "|".join(sorted({*GREEK, *_SHORT}, key=len, reverse=True)) + r")"
    r"(?P<star>[*']*)(?:_?(?P<index>\d+|(?<=_)[A-Za-z]+))?(?P<square>\^2)?(?P<late>[*']*)"
)
_HEAD = re.compile(r"(?P<letter>[^\s,;:]+)(?:[,;:]| =| (?:of|between) |$)")
_MORE = re.compile(r", (?:over|less|times) ")  # "h, the best one's, over 1 - g" is not h


def letter(text: str) -> str | None:
    r"""The LaTeX of one letter with its marks, ``theta_1`` or ``s^2``; None for other text."""
    found = _LETTER.fullmatch(text)
    if found is None:
        return None
    base = found["base"]
    shown = _SHORT.get(base) or ("\\" + base if base in GREEK else base)
    index, marks = found["index"], found["star"] + found["late"]
    if index:
        inner = _SHORT.get(index) or ("\\" + index if index in GREEK else index)
        word = len(index) > 1 and index.isalpha() and inner == index
        shown += rf"_{{\mathrm{{{inner}}}}}" if word else f"_{{{inner}}}"
    if found["square"]:
        return None if marks else shown + "^{2}"
    stars = r"{\prime}" * marks.count("'") + "*" * marks.count("*")
    return shown + (f"^{{{stars}}}" if stars else "")


def _of_doc(field: Field) -> str | None:
    """The letter that the field's text begins with."""
    found, rest = _HEAD.match(field.doc), field.doc.partition("=")[2].partition(",")[0]
    if found is None or _MORE.search(field.doc):
        return None
    of_itself = re.search(rf"\b{re.escape(field.name)}\b", rest)  # S_i = i^growth is not growth
    return None if of_itself and len(field.name) > 1 else letter(found["letter"])


def _of_name(name: str) -> str:
    """The field's name as a letter, or as a word."""
    shown = letter(name)
    return shown or r"\mathrm{" + name.replace("_", r"\_") + "}"


def letters(fields: Mapping[str, Field]) -> dict[str, str]:
    """The LaTeX of every field, each its own."""
    names = {name: _of_name(name) for name in fields}
    found = {name: _of_doc(field) or names[name] for name, field in fields.items()}
    while True:
        often = collections.Counter(found.values())
        twice = [n for n, shown in found.items() if often[shown] > 1 and shown != names[n]]
        if not twice:
            return found
        found |= {name: names[name] for name in twice}


def spelled(fields: Mapping[str, Field]) -> dict[str, str]:
    """The letters as plain text has them, of the fields whose text begins with one."""
    shown = letters(fields)
    found = {}
    for name, field in fields.items():
        head = _HEAD.match(field.doc)
        if head and letter(head["letter"]) == shown[name]:
            found[name] = head["letter"]
    return found
