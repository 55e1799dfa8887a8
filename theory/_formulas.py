"""A closed form that its claim is about, and the claim as it was written."""

import functools
from collections.abc import Callable
from typing import Any

from theory._claims import Claim, Twin

__all__ = ["Formula"]


class Formula:
    """A closed form that a claim states; it is called like the function that it wraps."""

    def __init__(self, function: Callable[..., Any], entry: "Entry"):
        functools.update_wrapper(self, function)
        self._function, self._entry = function, entry

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<closed form {self._function.__qualname__}>"

    @property
    def claim(self) -> Claim:
        """The claim that states it."""
        return self._entry.claim

    def wrong(self, mistake: str, **changes: Any) -> Callable[[Callable[..., Any]], Any]:
        """Decorates the claim's wrong twin; further fields as in :class:`Twin`."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            if self._entry.twin is not None:
                raise ValueError(f"claim {self._entry.name}: a second twin, {mistake!r}")
            self._entry.state_twin(Twin(mistake, **{self._entry.field: function}, **changes))
            return function

        return decorate


class Entry:
    """One claim as it was written; made when its twin is known."""

    def __init__(self, kind: type[Claim], field: str, twin: Twin | None, given: dict[str, Any]):
        self.kind, self.field, self.twin, self.given = kind, field, twin, given
        self._claim: Claim | None = None

    @property
    def name(self) -> str:
        return self.given["name"]

    def state_twin(self, twin: Twin) -> None:
        self.twin, self._claim = twin, None
        _ = self.claim  # the twin is checked here

    @property
    def claim(self) -> Claim:
        if self._claim is None:
            try:
                self._claim = self.kind(twin=self.twin, **self.given)
            except TypeError as error:
                raise TypeError(f"claim {self.name}: {error}") from None
        return self._claim
