"""The formula that a claim's code computes, as LaTeX made from that code.

``typeset(claim)`` traces every side of the claim and gives the relation between them: <= for
bounds, = for means and identities, -> for limits. A side without a symbolic form (a loop,
a root, an array) stands as "computed"; where no side has one there is no formula to show.
"""

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from theory._claims import Claim
from theory._deterministic import Identity, Inequality
from theory._domain import Domain
from theory._ladders import Ladder, Limit, Scaling
from theory._latex import latex, pretty
from theory._letters import letters
from theory._params import fields_of
from theory._simulated import AtLeast, AtMost, Equals, Law, PerTrial, Simulated
from theory._symbolic import NotSymbolic, Symbolic, argument, traced

__all__ = ["Typeset", "has_formula", "places", "sides", "typeset"]

_COMPUTED, _OBSERVED = "computed", "observable"
_MOST_CHOICES = 6


@dataclasses.dataclass(frozen=True)
class Typeset:
    """A relation between expressions and words, and for which of the parameters' choices.

    Attributes:
        left, right: expressions; a text for what is observed, or computed by a programme.
        sign: a key of SIGNS.
        letters: the symbols' LaTeX, by name.
        when: ``noise = gaussian``; "" where the formula is one for all choices.
    """

    left: Any
    sign: str
    right: Any
    letters: Mapping[str, str] = dataclasses.field(compare=False)
    when: str = ""

    @property
    def tex(self) -> str:
        """As LaTeX."""
        left, right = (
            rf"\text{{{side}}}" if isinstance(side, str) else latex(side, self.letters)
            for side in (self.left, self.right)
        )
        return f"{left} {_TEX[self.sign]} {right}"

    @property
    def text(self) -> str:
        """As lines of text for a terminal."""
        return pretty(self.left, _TEXT[self.sign], self.right, self.letters)


_TEX = {"=": "=", "<=": r"\le", ">=": r"\ge", "->": r"\to", "~": r"\propto"}
_TEXT = {"=": "=", "<=": "\u2264", ">=": "\u2265", "->": "\u2192", "~": "\u221d"}


def sides(claim: Claim) -> tuple[Any, ...]:
    """What the claim relates: functions of Params, numbers, and None for what is observed."""
    match claim:
        case Equals():
            return None, claim.prediction
        case Law():
            return None, claim.cdf
        case AtMost() | AtLeast() | PerTrial():
            return None, claim.bound
        case Identity():
            return claim.lhs, claim.rhs
        case Inequality():
            return claim.smaller, claim.larger
        case Limit():
            return None if claim.simulated else claim.value, claim.limit
        case Scaling():
            return None if claim.simulated else claim.value, claim.exponent
    return ()


def has_formula(claim: Claim) -> bool:
    """Whether some side is a function of the parameters, and more than a rounding error.

    The bound of a claim per trial that is a lambda is what rounding may do.
    """
    if isinstance(claim, PerTrial) and getattr(claim.bound, "__name__", "<lambda>") == "<lambda>":
        return False
    return any(callable(side) for side in sides(claim))


def places(claim: Claim) -> list[Any]:
    """The Params of which the claim speaks, one for each combination of their choices.

    Of a domain a function that makes them: its points may cost a root each.
    """
    if isinstance(claim, (Simulated, Ladder)):
        given = claim.cases if isinstance(claim, Simulated) else claim.rungs
        found: dict[Any, Any] = {}
        for params in given:
            found.setdefault(_choices(params), params)
        return list(found.values())
    domain = getattr(claim, "domain", None)
    if not isinstance(domain, Domain):
        return []
    chosen = {n: f.choices for n, f in domain.coordinates.items() if f.kind == "choice"}
    made = itertools.product(*chosen.values())
    return [_at_centre(domain, dict(zip(chosen, values, strict=True))) for values in made]


def _at_centre(domain: Domain, chosen: dict[str, Any]) -> Callable[[], Any]:
    def make() -> Any:
        rng = np.random.default_rng(0)
        middle = {
            n: f.array.generate(rng) if f.array else f.at(0.5)
            for n, f in domain.coordinates.items()
        }
        return domain.build(**(middle | chosen))

    return make


def _choices(params: Any) -> tuple[tuple[str, Any], ...]:
    fields = fields_of(params).values()
    return tuple((f.name, getattr(params, f.name)) for f in fields if f.kind == "choice")


def typeset(claim: Claim) -> list[Typeset]:
    """The claim's formula; several where it depends on a choice; none where no side has one."""
    if not has_formula(claim):
        return []
    found: dict[Typeset, list[Any]] = {}
    for place in places(claim)[:_MOST_CHOICES]:
        made: list[Any] = []
        one = _relation(claim, place, made)
        if one is not None:
            found.setdefault(one, []).append(dict(_choices(made[0])))
    if len(found) == 1:
        return list(found)
    return [
        dataclasses.replace(one, when=_differing(found, chosen)) for one, chosen in found.items()
    ]


def _differing(found: Mapping[Any, list[dict[str, Any]]], chosen: list[dict[str, Any]]) -> str:
    """The choices in which one formula's places differ from another's."""
    every = [c for choices in found.values() for c in choices]
    names = [n for n in chosen[0] if len({c[n] for c in every}) > 1]
    told = (f"{n} = {' or '.join(dict.fromkeys(str(c[n]) for c in chosen))}" for n in names)
    return ", ".join(told)


def _relation(claim: Claim, place: Any, made: list[Any]) -> Typeset | None:
    """The relation of the sides at one place, or None without a form; ``made``: the Params."""
    names: dict[str, str] = {}

    def given() -> Any:
        params = place() if callable(place) else place
        made.append(params)
        names.update(letters(fields_of(params)))
        return params

    def form(side: Any, *more: Any) -> Any:
        try:
            return traced(side, given, *more)
        except NotSymbolic:
            return None

    first, second = sides(claim)
    if isinstance(claim, Law):
        x = argument(fields_of(claim.cases[0]))
        right = form(second, Symbolic(x))
        said = f"P(observable \u2264 {x})"
        return None if right is None else Typeset(said, "=", right, names)
    left, right = (None if side is None else form(side) for side in (first, second))
    if not any(e is not None for e, side in ((left, first), (right, second)) if callable(side)):
        return None
    if isinstance(claim, Scaling):
        power = form(claim.size)
        right = "a power of a size" if power is None or right is None else power**right
    seen = getattr(claim, "statistic", _OBSERVED) if first is None else _COMPUTED
    left, right = (seen if left is None else left), (_COMPUTED if right is None else right)
    return Typeset(left, _SIGNS.get(type(claim), "<="), right, names)


_SIGNS = {Equals: "=", Identity: "=", Limit: "->", Scaling: "~", AtLeast: ">="}
