"""An explorer of a setting's scalar closed forms: sliders, a curve, the band, simulated points.

The formulas are the code's own, traced and printed as JavaScript; they run in the page, from disk.
A claim whose formula is computed by a programme has its curve computed here, on a grid.
"""

import dataclasses
import importlib.resources
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paper_figures._explored import Explored, explored
from paper_figures._formulas import LONG
from paper_figures._html import esc, link, options
from paper_figures._mathml import mathml
from paper_figures._setting_evidence import SettingEvidence
from theory._letters import letters

__all__ = ["explorer_parts"]


def explorer_parts(shown: SettingEvidence) -> tuple[str, str]:
    """The section's HTML and the script that fills it; both "" where there is nothing."""
    found = explored(shown)
    if not found:
        return "", ""
    used = {name for one in found for name in one.uses}
    # claims may have Params of different classes; of one name the first claim's range is shown
    every = {n: f for one in reversed(found) for n, f in one.fields.items()}
    fields = {n: f for n, f in every.items() if n in used}
    return _section(found, fields, shown), _script(found, fields)


def _section(found: Sequence[Explored], fields: Mapping[str, Any], shown: SettingEvidence) -> str:
    """Everything that is shown, hidden until the script has found it."""
    claims = "".join(
        f'<option value="{i}">{esc(one.name)}{" (on a grid)" if one.grid else ""}</option>'
        for i, one in enumerate(found)
    )
    formulas = "".join(
        f'<div data-claim="{i}" hidden="hidden"><p class="statement">{esc(one.says)}</p>'
        f"{shown.formulas.of(one.name, LONG)}"  # a long one stands in the ledger, and only there
        f'<p class="note">In the ledger: {link("claim", shown.setting, one.name)}</p></div>'
        for i, one in enumerate(found)
    )
    sliders = "".join(_slider(name, field) for name, field in _lettered(fields))
    return f"""<p class="note">Formulas of the code, computed in this page. Points are means that
were simulated, with their intervals; the band is the error that the claim admits.</p>
<div class="explorer" hidden="hidden">
<div class="choices">
<label>Claim <select class="claim">{claims}</select></label>
<label>Along <select class="along">{options(())}</select></label>
<label>Start at <select class="start">{options(())}</select></label>
<label class="check"><input type="checkbox" class="whole"/> whole range</label>
</div>
{formulas}
<div class="explored"><svg viewBox="0 0 640 360" role="img"></svg>
<div class="sliders" role="group" aria-label="Parameters">{sliders}</div></div>
<p class="note"><output aria-live="polite"></output></p>
</div>
<noscript><p class="note">The explorer needs JavaScript.</p></noscript>"""


def _lettered(fields: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, str]]]:
    shown = letters(fields)
    for name, field in fields.items():
        try:
            own = (
                "" if shown[name] in (name, rf"\mathrm{{{name}}}") else f" <code>{esc(name)}</code>"
            )
            yield name, (field, mathml(shown[name]) + own)
        except ValueError:
            yield name, (field, f"<code>{esc(name)}</code>")


def _slider(name: str, lettered: tuple[Any, str]) -> str:
    field, letter = lettered
    about = f" {esc(field.doc)}" if field.doc else ""
    return (
        f'<div class="slider" data-field="{esc(name)}" hidden="hidden">'
        f'<label><span>{letter}<span class="small">{about}</span></span>'
        f'<input type="range" min="0" max="1000" step="1" aria-label="{esc(name)}"/></label>'
        f'<input type="number" step="any" aria-label="{esc(name)}, exactly"/></div>'
    )


def _script(found: Sequence[Explored], fields: Mapping[str, Any]) -> str:
    """The special functions, what this page explores, and the explorer."""
    parts = importlib.resources.files("paper_figures")
    special, run = (parts.joinpath(n).read_text("utf-8") for n in ("_special.js", "_explorer.js"))
    ranges = {
        name: {
            "low": f.low, "high": f.high, "openLow": f.open_low, "openHigh": f.open_high,
            "log": f.logarithmic, "whole": f.kind == "int",
        }
        for name, f in fields.items()
    }  # fmt: skip
    claims = ",\n".join(_claim(one) for one in found)
    return f"{special}\nconst FIELDS = {_json(ranges)};\nconst CLAIMS = [\n{claims}\n];\n{run}"


def _claim(one: Explored) -> str:
    told = {
        "name": one.name, "sign": one.sign, "uses": list(one.uses), "starts": list(one.starts),
        "points": [dataclasses.asdict(point) for point in one.points], "grid": one.grid,
    }  # fmt: skip
    functions = "".join(f", {name}: (p) => {{ {body} }}" for name, body in one.functions.items())
    return f"{{...{_json(told)}{functions}}}"


def _json(value: Any) -> str:
    """JSON that cannot end a script; no NaN, which it lacks."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("</", "<\\/").replace("\u2028", " ").replace("\u2029", " ")
