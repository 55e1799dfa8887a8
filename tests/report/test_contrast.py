"""Colours that everybody can tell apart, on the light, the dark and the printed page."""

import re
from pathlib import Path

import pytest

import paper_figures


def schemes() -> dict[str, dict[str, str]]:
    """The colours of the light, the dark and the printed page."""
    sheet = (Path(paper_figures.__file__).parent / "_report.css").read_text(encoding="utf-8")
    light, dark, printed = (
        dict(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6})\b", block))
        for block in re.findall(r":root \{(.*?)\}", sheet, re.S)
    )
    return {"light": light, "dark": light | dark, "print": light | printed}


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
        channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_and_marks_have_the_contrast_that_wcag_asks_for(scheme):
    assert _contrast("#000", "#ffffff") == pytest.approx(21)
    colours = schemes()[scheme]
    for ground in ("ground", "raised"):
        for text in ("ink", "muted", "link", "holds", "refuted", "wrong", "open"):
            ratio = _contrast(colours[text], colours[ground])
            assert ratio >= 4.5, f"{scheme}: {text} on {ground} {ratio:.2f}"
        for mark in ("mark", "focus", "muted"):
            ratio = _contrast(colours[mark], colours[ground])
            assert ratio >= 3, f"{scheme}: {mark} on {ground} {ratio:.2f}"
    for mark in ("mark", "muted"):
        ratio = _contrast(colours[mark], colours["band"])
        assert ratio >= 3, f"{scheme}: {mark} on the tolerance band {ratio:.2f}"


def test_every_text_colour_is_one_of_those_whose_contrast_is_checked():
    sheet = (Path(paper_figures.__file__).parent / "_report.css").read_text(encoding="utf-8")
    used = set(re.findall(r"[^-]color: ([^;]+);", sheet))
    checked = {f"var(--{n})" for n in ("ink", "muted", "link", "holds", "refuted", "wrong", "open")}
    assert used <= checked | {"inherit"}
