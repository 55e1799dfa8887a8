"""Proof items written as functions.

::

    item = Proofs()

    @item("auroc", "dimension_dilution", source="Lemma 3")
    def halves_fall_in_dimension():
        '''I_{1/2}(a, b) >= I_{1/2}(a + 1, b + 1) for b >= a.'''
        return inequality(...)

The arguments are the claims that rest on the item: the link stands here and nowhere else. The
function's name is the item's, the first paragraph of its docstring the statement, the second (or
``source``) where it is from. ``repaired_by`` marks a printed statement that is known to be false,
``expected=Status.REFUTED`` a wrong one of our own.
"""

import inspect
import itertools
from collections.abc import Callable

from proofs_check._results import Proof, Result, Status

_serial = itertools.count()


class Proofs:
    """The proof items of one setting, or of one topic of it, in the order they are written in."""

    def __init__(self, source: str = "derived"):
        self.source = source
        self.serial = next(_serial)
        self._items: list[Proof] = []

    @property
    def all(self) -> tuple[Proof, ...]:
        """The items so far."""
        return tuple(self._items)

    def __call__(
        self,
        *supports: str,
        source: str = "",
        expected: Status | None = None,
        repaired_by: str | None = None,
    ) -> Callable[[Callable[[], Result]], Callable[[], Result]]:
        """Declares a function that returns a Result."""

        def decorate(check: Callable[[], Result]) -> Callable[[], Result]:
            text = inspect.getdoc(check) or ""
            parts = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
            if not parts:
                raise ValueError(f"proof {check.__name__}: its docstring states nothing")
            where = source or (parts[1] if parts[1:] else self.source)
            status = expected or (Status.PROVED if repaired_by is None else Status.REFUTED)
            self._items.append(
                Proof(check.__name__, where, parts[0].rstrip("."), check, supports, status,
                      repaired_by)
            )  # fmt: skip
            return check

        return decorate
