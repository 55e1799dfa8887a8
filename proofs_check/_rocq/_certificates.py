"""A proof item's certificate: its statements as lemmas, and what the kernel said of each."""

import dataclasses
import enum
from collections.abc import Mapping
from importlib import resources

from proofs_check._results import Proof, Result
from proofs_check._rocq._expressions import NotExpressible
from proofs_check._rocq._lemmas import Lemma, lemma_of
from proofs_check._statements import Statement
from proofs_check._time_limit import within

_SECONDS = 20  # of processor time, to find one lemma's proof steps


class Outcome(enum.StrEnum):
    """What came of one statement. Only CHECKED says that the kernel accepts a proof of it."""

    CHECKED = "kernel-checked"
    UNDECIDED = "undecided"
    """The tactics found no proof, or none within the time."""
    INEXPRESSIBLE = "not expressible"
    WRITTEN = "written"


WORST_FIRST = (Outcome.UNDECIDED, Outcome.INEXPRESSIBLE, Outcome.WRITTEN, Outcome.CHECKED)


@dataclasses.dataclass(frozen=True)
class Part:
    """One statement: the engine that proved it, its lemma if there is one, the outcome and why."""

    engine: str
    lemma: Lemma | None
    outcome: Outcome
    why: str = ""
    seconds: float = 0.0
    proof: int = 0
    """Which of the lemma's proofs the kernel accepts."""


@dataclasses.dataclass(frozen=True)
class Certificate:
    """All statements of one proof item."""

    parts: tuple[Part, ...]

    @property
    def outcome(self) -> Outcome:
        """Of the item: the worst of its parts."""
        return min((part.outcome for part in self.parts), key=WORST_FIRST.index)

    @property
    def text(self) -> str:
        """The outcome in one line: ``kernel-checked``, ``not expressible (an enumeration)``."""
        reasons = dict.fromkeys(part.why for part in self.parts if part.why)
        done = sum(part.outcome is Outcome.CHECKED for part in self.parts)
        share = f"{done} of {len(self.parts)} {Outcome.CHECKED}: " if done > 0 else ""
        if self.outcome is Outcome.CHECKED:
            return str(self.outcome)
        return f"{share}{self.outcome}" + (f" ({'; '.join(reasons)})" if reasons else "")


def certificate_of(result: Result) -> Certificate | None:
    """The lemmas of a result's statements; None where nothing is known of what was asked."""
    parts = tuple(_part(statement) for statement in result.statements)
    return Certificate(parts) if parts else None


def _part(statement: Statement) -> Part:
    try:
        finished, lemma = within(_SECONDS, lambda: lemma_of(statement))
    except NotExpressible as error:
        return Part(statement.engine, None, Outcome.INEXPRESSIBLE, str(error))
    if not finished:
        return Part(statement.engine, None, Outcome.UNDECIDED, "no proof steps within the time")
    return Part(statement.engine, lemma, Outcome.WRITTEN)


def file_text(certificate: Certificate, setting: str, proof: Proof) -> str:
    """The ``.v`` file of an item: lemmas that stand, and as comments those that do not."""
    about = f"{setting}.{proof.name}\n   {proof.statement}.\n   {proof.source}"
    text = f"(* {_comment(about)} *)\nRequire Import {library(certificate.parts)}.\n"
    for number, part in enumerate(certificate.parts, 1):
        if part.lemma is None:
            text += f"\n(* part {number}, {part.outcome}: {_comment(part.why)} *)\n"
        elif part.outcome is Outcome.UNDECIDED:
            why = f"{part.outcome} ({part.why}):\n{part.lemma.text(f'part_{number}')}"
            text += f"\n(* {_comment(why)}*)\n"
        else:
            text += "\n" + part.lemma.text(f"part_{number}", part.proof)
    return text


def library(parts: tuple[Part, ...]) -> str:
    """The least of the two libraries that suffices for the parts."""
    wide = any(part.lemma is not None and part.lemma.analysis for part in parts)
    return "overfit_analysis" if wide else "overfit_algebra"


def _comment(text: str) -> str:
    """Text that neither ends a comment of Rocq nor opens one, or a string, inside it."""
    return text.replace("(*", "( *").replace("*)", "* )").replace('"', "'")


def libraries() -> Mapping[str, str]:
    """The files that certificates rest on, in the order in which they are compiled."""
    folder = resources.files("proofs_check._rocq")
    names = ("overfit_algebra.v", "overfit_analysis.v")
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}
