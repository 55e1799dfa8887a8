"""What a setting is: the objects that its modules make, found and checked.

A setting's theory module has a docstring, a ``PAPER``, a ``Params`` and claims: the ``Claims``
objects that it makes (in a folder: those of all its files, in the order of their making), or a
tuple ``CLAIMS``. Nothing is listed twice.
"""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from theory._claims import Claim
from theory._collect import Claims
from theory._discovery import load
from theory._paper import Paper
from theory._params import setting_of

__all__ = ["Setting", "claims_of", "made_in", "setting"]


def made_in(module: Any, kind: type) -> Iterator[Any]:
    """The objects of a kind that a module holds, and those that the files of its folder hold."""
    parts = [module]
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if found.name != "__main__":
            parts.append(importlib.import_module(f"{module.__name__}.{found.name}"))
    seen: set[int] = set()
    for part in parts:
        for value in list(vars(part).values()):
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                yield value


@dataclasses.dataclass(frozen=True)
class Setting:
    """One analytic model of one paper.

    Attributes:
        name: the name of its modules.
        module: ``theory/<name>``.
        paper: where it is from; None for a setting of one's own that names none.
        params: the class of its parameters.
        claims: what should be true.
    """

    name: str
    module: ModuleType
    paper: Paper | None
    params: type | None
    claims: tuple[Claim, ...]

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.module.__doc__ or "").strip().split("\n")[0]


def setting(name: str) -> Setting:
    """The setting of that name, checked.

    Raises UnknownSettingError, or ValueError for what its theory module lacks: claims, unique
    names, repairs that exist, cases that are Params of this setting.
    """
    module = load("theory", name)
    if module is None:
        raise ValueError(f"{name}: there is no theory/{name}.py")
    paper, params = getattr(module, "PAPER", None), getattr(module, "Params", None)
    if paper is not None and not isinstance(paper, Paper):
        raise ValueError(f"{name}: PAPER is no Paper")
    claims = _claims(name, module)
    own = getattr(params, "__setting__", name)  # an entry point may have another name
    names = [claim.name for claim in claims]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ValueError(f"{name}: two claims are named {', '.join(twice)}")
    for claim in claims:
        if claim.repaired_by is not None and claim.repaired_by not in names:
            raise ValueError(f"{name}: {claim.name} is repaired by unknown {claim.repaired_by}")
        for what, other in _settings_named(claim):
            if other != own:
                raise ValueError(f"{name}: the {what} of {claim.name} are Params of {other}")
    return Setting(name, module, paper, params, claims)


def _settings_named(claim: Claim) -> Iterator[tuple[str, str]]:
    """(where a claim names Params, whose they are)."""
    places: dict[str, Iterable[Any]] = {
        "cases": getattr(claim, "cases", ()),
        "rungs": getattr(claim, "rungs", ()),
        "known values": [params for params, _ in claim.known],
        # a domain of the declared fields holds their class
        "domain": [getattr(getattr(getattr(claim, "domain", None), "build", None), "func", None)],
    }
    for what, params in places.items():
        for one in params:
            if hasattr(one, "__setting__"):
                yield what, setting_of(one)


def _claims(name: str, module: ModuleType) -> tuple[Claim, ...]:
    listed = getattr(module, "CLAIMS", ())
    if not isinstance(listed, (tuple, list)):
        raise ValueError(f"{name}: CLAIMS is {listed!r}, not a tuple of claims")
    wrong = [c for c in listed if not isinstance(c, Claim)]
    if wrong:
        raise ValueError(f"{name}: CLAIMS holds {wrong[0]!r}, which is no claim")
    collections = {c.serial: c for c in made_in(module, Claims)}  # views share a serial
    claims = list(listed)
    for serial in sorted(collections):
        claims += [c for c in collections[serial].all if not any(c is k for k in listed)]
    if not claims:
        raise ValueError(
            f"{name}: theory/{name} has no claims (a Claims object with decorated formulas, or a"
            " tuple CLAIMS)"
        )
    return tuple(claims)


def claims_of(name: str) -> tuple[Claim, ...]:
    """The claims of a setting; raises as :func:`setting` does."""
    return setting(name).claims
