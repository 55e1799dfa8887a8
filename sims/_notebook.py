"""``verify`` for a notebook: claims and a trial from a cell, and a ledger that shows as a table."""

import dataclasses
import html
import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sims._advice import advice
from sims._ledger import closing_line, number, promised
from sims._progress import showing_progress
from sims._row import Row
from sims._run import DEFAULT_MEMORY, Run
from sims._simulation import Simulation, mode_of
from sims._store import default_folder, folder_of
from sims._verify import in_order, settled
from sims._verify import verify as verify_setting
from theory import Claim, Claims, setting_of
from theory._formulas import Formula
from theory._ladders import Ladder
from theory._simulated import Simulated

__all__ = ["Ledger", "verify"]


class Ledger(list[Row]):
    """The rows of a verification: a list that a notebook shows as a table.

    Attributes:
        interrupted: whether Ctrl-C ended it; the rows are then those that have begun, and the same
            call goes on from the store.
    """

    interrupted = False

    @property
    def ok(self) -> bool:
        """Whether every row came out as expected, and none is missing."""
        return not self.interrupted and all(row.ok for row in self)

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame, where pandas is installed."""
        try:
            pandas = importlib.import_module("pandas")
        except ModuleNotFoundError:
            raise ModuleNotFoundError("to_pandas needs pandas: pip install pandas") from None
        return pandas.DataFrame([dataclasses.asdict(row) | {"ok": row.ok} for row in self])

    def __repr__(self) -> str:
        lines = [f"{row.claim} ({row.at}): {row.verdict}, twin {row.twin_verdict or 'not here'}"
                 for row in self]  # fmt: skip
        return "\n".join([*lines, *self._notes()])

    def _repr_html_(self) -> str:
        heads = ("claim", "at", "kind", "prediction", "estimate", "interval", "trials", "verdict",
                 "twin")  # fmt: skip
        rows = "".join(_html_row(row) for row in self)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self._notes())
        return (
            f"<table {_STYLE}><thead><tr>" + "".join(f"<th>{head}</th>" for head in heads)
            + f"</tr></thead><tbody>{rows}</tbody></table>{notes}"
        )  # fmt: skip

    def _notes(self) -> list[str]:
        notes = [
            f"{row.claim}: {text}" for row in self for text in (advice(row), row.remark) if text
        ]
        if self.interrupted:
            notes.append("interrupted: the same call goes on where this one stopped")
        return [closing_line(self), *notes]


_STYLE = 'style="border-collapse:separate;border-spacing:.8em .2em"'


def _html_row(row: Row) -> str:
    low, high = row.interval
    verdict = row.verdict + (" (expected)" if row.verdict == row.expected == "REFUTED" else "")
    # no colour, which would have to be read on white and on dark pages alike
    weight = "" if row.ok else ' style="font-weight:bold"'
    cells = (
        row.claim, row.at, row.kind, promised(row).replace("\n", " "), number(row.estimate),
        "" if low != low else f"{low:.4g} .. {high:.4g}", str(row.trials), verdict,
        f"{row.twin_verdict} at {row.twin_trials}" if row.twin_trials else row.twin_verdict,
    )  # fmt: skip
    return f"<tr{weight}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


Trials = Simulation | Iterable[Simulation] | Mapping[str, Simulation]


def verify(
    setting: str | Claims | Formula | Claim | Sequence[Any],
    claims: Sequence[str] | Trials | Any = None,
    *,
    deep: bool = False,
    seed: int = 0,
    store: str | Path | Literal[False] | None = None,
    **engine: Any,
) -> Ledger:
    """The ledger of a setting, or of claims and a trial of your own: ``verify(claims, trial)``.

    Args:
        setting: a setting's name; or a Claims object, a decorated formula, a claim, or several.
        claims: with a name, the names of the claims to verify (default all); else the trial that
            the claims speak of, decorated by ``@simulation`` or plain, or several. Claims on a
            domain or along an exact ladder need none.
        deep: also claims that need more than the default budget.
        seed: the root key.
        store: the folder where finished trials are kept and looked for. With a name none by
            default; else by default the commands' own (``~/.cache/overfit-theory/store``). False:
            none.
        engine: ``devices``, ``memory``, ``chunk_blocks``, ``progress`` (and with a name
            ``group``), see ``sims.Run``; they change no number.

    Ctrl-C ends a verification of your own claims early: the rows so far come back, and the same
    call goes on. Raises UnknownSettingError, UnknownClaimError; ValueError for claims without a
    trial, or of two settings; SupportError if an observable leaves its declared support;
    NonFiniteObservable.
    """
    if isinstance(setting, str):
        folder = folder_of(store) if store else None
        names: Any = claims
        return Ledger(verify_setting(setting, names, deep=deep, seed=seed, store=folder, **engine))
    chosen = [claim for claim in _claims(setting) if deep or not claim.deep]
    if not chosen:
        raise ValueError("verify: there is no claim")
    simulations, name = _simulations(claims), _setting_of(chosen)
    folder = None if store is False else folder_of(store) if store else default_folder()
    with showing_progress() as shown:
        words = {"memory": DEFAULT_MEMORY, "progress": shown} | engine

        def start(mode: str, params: Any) -> Run:
            if mode not in simulations:
                known = ", ".join(simulations) or "none was given"
                raise ValueError(f"{name}: a claim needs a trial of mode {mode!r} ({known})")
            return Run(
                simulations[mode], params, setting=name, mode=mode, seed=seed, store=folder, **words
            )

        rows: dict[tuple[str, int], Row] = {}
        interrupted = False
        try:
            for key, row in settled(chosen, name, seed, start, None, progress=words["progress"]):
                rows[key] = row
        except KeyboardInterrupt:
            interrupted = True
            print("interrupted; the rows so far:", file=sys.stderr)
    ledger = Ledger(in_order(rows, chosen))
    ledger.interrupted = interrupted
    return ledger


def _claims(given: Any) -> list[Claim]:
    """The claims that are given, one by one."""
    match given:
        case Claims():
            return list(given.all)
        case Formula():
            return [given.claim]
        case Claim():
            return [given]
        case list() | tuple():
            return [claim for part in given for claim in _claims(part)]
    raise TypeError(f"verify takes a setting's name or claims, not {type(given).__name__}")


def _simulations(given: Any) -> dict[str, Simulation]:
    """The simulations by mode; a plain function becomes one."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return dict(given)
    parts = given if isinstance(given, (list, tuple)) else [given]
    made = [part if isinstance(part, Simulation) else Simulation(part) for part in parts]
    if len(made) == 1:  # the only one there is, whatever its name
        return {mode_of(made[0]): made[0], "default": made[0]}
    return {mode_of(part): part for part in made}


def _setting_of(chosen: Sequence[Claim]) -> str:
    names: set[str] = set()
    for claim in chosen:
        if isinstance(claim, Simulated):
            names.add(setting_of(claim.cases[0]))
        elif isinstance(claim, Ladder):
            names.add(setting_of(claim.rungs[0]))
    if len(names) > 1:
        raise ValueError(f"verify: claims of two settings, {' and '.join(sorted(names))}")
    return names.pop() if names else "notebook"
