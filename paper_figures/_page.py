"""The frame of every page of the report: it loads nothing, and can be sent as it is.

Styles, script and images stand inside a page, and its content security policy forbids the rest.
"""

import datetime
import importlib.resources

from paper_figures._html import content_policy, esc
from paper_figures._provenance import surroundings


def page(title: str, body: str, footer: str, script: str = "") -> str:
    """A whole page; ``body`` and ``footer`` are HTML already, ``script`` is the page's own."""
    parts = importlib.resources.files("paper_figures")
    sheets = ["_report.css", "_explorer.css"] if script else ["_report.css"]
    style = "".join(parts.joinpath(sheet).read_text("utf-8") for sheet in sheets)
    # with the line break after its tag: the policy knows a script by its hash
    scripts = ["\n" + parts.joinpath("_report.js").read_text("utf-8")]
    scripts += ["\n" + script] if script else []
    tags = "\n".join(f"<script>{one}</script>" for one in scripts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="{content_policy(*scripts)}"/>
<meta name="color-scheme" content="light dark"/>
<title>{esc(title)}</title>
<link rel="icon" href="data:,"/>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<div class="page">
{body}
<footer>{footer}<p>Written {esc(_now())} by {esc(_about())}.</p></footer>
</div>
{tags}
</body>
</html>
"""


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")


def _about() -> str:
    around = surroundings()
    commit = ((around["git"] or {}).get("commit") or "")[:12]
    version = f"overfit-theory {around['versions']['overfit-theory']}"
    return f"{version}, commit {commit}" if commit else version
