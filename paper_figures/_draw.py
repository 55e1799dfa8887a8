"""Draws one figure and writes its four files."""

import datetime
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from paper_figures._context import Context
from paper_figures._data import csv_bytes
from paper_figures._provenance import surroundings, told
from paper_figures._setting_figures import figures_of
from paper_figures._style import house_style
from sims import Row
from theory._files import write_atomically

DPI = 200
"""Resolution of the PNG."""


def draw(
    say: Callable[[str, int, int], None] | None,
    setting: str,
    name: str,
    out: Path,
    scale: str = "default",
    seed: int = 0,
    store: Path | None = None,
    pdf: bool = False,
) -> list[Row]:
    """Draws a figure into ``out/figures/setting/name.{png,csv,json}``, and with ``pdf`` into
    ``name.pdf``; returns the ledger rows that it made on its way, if any. ``say`` hears how far
    its simulations are.

    The same inputs on the same machine give the same bytes of PDF, PNG and CSV. The JSON is
    written last, so that its presence says that the others are there. Whatever the figure
    raises propagates, and leaves the files of an earlier drawing whole. Raises TypeError if the
    figure function returns something else than a matplotlib figure.
    """
    (spec,) = (f.spec for f in figures_of(setting, out) if f.spec.name == name)
    began = time.perf_counter()
    with house_style():
        context = Context(scale, rng_seed=seed, progress=say, store=store)
        fig = spec.draw(context)
        if not isinstance(fig, Figure):
            raise TypeError(f"{setting}/{spec.name} returned {type(fig).__name__}, not a figure")
        reading = context.finish(fig)
        # Dates and program names would make equal figures differ in their bytes.
        nothing = dict.fromkeys(("CreationDate", "ModDate", "Creator", "Producer"))
        looks: dict[str, dict[str, Any]] = {".png": {"dpi": DPI, "metadata": {"Software": None}}}
        if pdf:  # a second of its own
            looks[".pdf"] = {"metadata": {**nothing, "Title": f"{setting}: {spec.title}"}}
        images = {suffix: _image(fig, suffix[1:], look) for suffix, look in looks.items()}
        described = context.describe()
    now = datetime.datetime.now(datetime.UTC)
    provenance = {
        "setting": setting,
        "figure": spec.name,
        "title": spec.title,
        "source": spec.source,
        "caption": spec.caption,
        "reading": reading,
        "description": described,
        "scale": scale,
        "seed": seed,
        "trials": sum(run.trials for run in context.runs),
        "simulations": [told(run) for run in context.runs],
        "seconds": round(time.perf_counter() - began, 3),
        "drawn": now.isoformat(timespec="seconds"),
        **surroundings(),
    }
    stem = out / "figures" / setting / spec.name
    text = json.dumps(provenance, indent=1, ensure_ascii=False, allow_nan=False)
    stem.with_suffix(".pdf").unlink(missing_ok=True)  # of an earlier drawing
    data = {".csv": csv_bytes(context.rows), ".json": text.encode() + b"\n"}
    for suffix, content in (images | data).items():
        write_atomically(stem.with_suffix(suffix), content)
    return context.verified


def _image(fig: Figure, form: str, look: dict[str, Any]) -> bytes:
    drawn = io.BytesIO()
    fig.savefig(drawn, format=form, **look)
    return drawn.getvalue()
