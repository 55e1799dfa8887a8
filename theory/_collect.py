"""Claims written where their formula stands.

A setting makes one :class:`Claims`. It decorates the formulas that are claims::

    claim = Claims()

    @claim.equals("recall[0]", at=(Params(), Params(d=2)), within=0.01,
                  twin=Twin("1/2 lost", half=1), known=((Params(), ".43987"),))
    def minority_recall(p, *, half=2):
        '''Phi(Delta/2 - ln(rho)/Delta).

        Equation (7); derived again from the log-likelihood ratio N(+-Delta^2/2, Delta^2).
        '''
        return normal_cdf(p.delta / half - log(p.rho) / p.delta)

The function's name is the claim's name. Of its docstring the first paragraph is the statement, the
second the source, the rest remarks. A twin may name keyword arguments of the formula, whose
defaults are the right values. Where the twin is another formula, it is decorated too::

    @minority_recall.wrong("the prior's square root")
    def minority_recall_root(p):
        return normal_cdf(p.delta / 2 - log(p.rho) / (2 * p.delta))

A claim without a formula of its own has the call form: ``claim.ordering("helps", "the step raises
AUROC", "after", "before", at=...)``; so has any other with ``name=``, ``says=`` and ``formula=``.
Words that several claims share are said once: ``fitted = claim.given(mode="fitted", at=CASES)``.
``repaired_by="..."`` marks a statement that is known to fail as written.
"""

import copy
import functools
import inspect
import itertools
from collections.abc import Callable
from typing import Any

from theory._claims import Claim, Number, Twin, Verdict
from theory._deterministic import Identity, Inequality
from theory._formulas import Entry, Formula
from theory._ladders import Limit, Scaling
from theory._observables import Observable
from theory._simulated import AtLeast, AtMost, Equals, Law, Ordering, PerTrial

__all__ = ["Claims"]

EXACT = "exact law: the width asked for"
_BOUNDS = {"support", "variance", "skewness", "fourth_moment"}


_serial = itertools.count()


class Claims:
    """The claims of one setting, or of one topic of it, in the order in which they are written.

    Attributes:
        source: where a claim is from that does not say so itself.
    """

    def __init__(self, source: str = "derived"):
        self.source = source
        self.serial = next(_serial)  # a setting's topics are listed in the order of their making
        self._entries: list[Entry] = []
        self._given: dict[str, Any] = {}
        self._waiting: list[str] = []  # decorators that have no formula yet

    @property
    def all(self) -> tuple[Claim, ...]:
        """The claims so far. Raises ValueError for one without its twin, or its formula."""
        if self._waiting:
            raise ValueError(f"claim {self._waiting[0]}: it has no formula (nor an observable)")
        return tuple(entry.claim for entry in self._entries)

    def given(self, **shared: Any) -> "Claims":
        """The same collection, with words that the claims made through it share."""
        other = copy.copy(self)
        other._given = self._given | shared
        return other

    # ---------------------------------------------------------------- random experiments

    def equals(self, observable: Observable = "", **words: Any) -> Any:
        """E[observable] is the formula, to ``within`` (absolute) or ``relative``.

        The support is (0, 1) unless ``support``, ``variance``, ``skewness`` or ``fourth_moment``
        says otherwise; ``why`` is the tolerance's reason.
        """
        words = self._given | words
        relative, formula_field = words.pop("relative", None), "prediction"
        if relative is None:
            words["tolerance"] = words.pop("within", words.get("tolerance"))
        elif "within" in words:
            raise TypeError("a tolerance is absolute (within) or relative, not both")
        words["tolerance_reason"] = words.pop("why", "") or EXACT
        if words.get("statistic", "mean") != "median" and not _BOUNDS & words.keys():
            words["support"] = (0.0, 1.0)

        def finish(given: dict[str, Any]) -> None:
            if relative is not None:
                given["tolerance"] = _times(relative, given["prediction"])

        return self._write(Equals, formula_field, words, observable=observable, finish=finish)

    def law(self, observable: Observable = "", **words: Any) -> Any:
        """P(observable <= x) is ``formula(params, x)``, to ``width`` (.03 by default)."""
        words = {"width": 0.03} | self._given | words
        words["width_reason"] = words.pop("why", "") or EXACT
        return self._write(Law, "cdf", words, observable=observable)

    def at_most(self, observable: Observable = "", **words: Any) -> Any:
        """With probability 1 - ``delta`` the observable is at most the formula."""
        return self._write(AtMost, "bound", self._given | words, observable=observable)

    def at_least(self, observable: Observable = "", **words: Any) -> Any:
        """With probability 1 - ``delta`` the observable is at least the formula."""
        return self._write(AtLeast, "bound", self._given | words, observable=observable)

    def every_trial(self, observable: Observable = "", **words: Any) -> Any:
        """In every single trial the observable is at most the formula, or at most ``within``.

        ``claim.every_trial("gap", within=1e-11, name=..., says=..., at=..., twin=...)``, or over a
        formula.
        """
        words = self._given | words
        if "within" in words:
            words["formula"] = words.pop("within")
        return self._write(PerTrial, "bound", words, observable=observable)

    def ordering(
        self, name: str, says: str, above: Observable, below: Observable, **words: Any
    ) -> Claim:
        """E[above] > E[below], by trials in common; the support of the difference is (-1, 1).

        A twin given as a text (by default ``"the reverse"``) is the reverse.
        """
        words = {"twin": "the reverse"} | self._given | words
        if not _BOUNDS & words.keys():
            words["support"] = (-1.0, 1.0)
        if isinstance(words["twin"], str):
            words["twin"] = Twin(words["twin"], observable=below, below=above)
        return self._write(Ordering, "", words, observable=above, below=below, name=name, says=says)

    # ---------------------------------------------------------------- on a domain

    def identity(self, other: Number, **words: Any) -> Any:
        """The formula equals ``other`` on the domain ``over``.

        At 50 digits where both sides are words of theory; with ``within`` in float64 only, relative
        to ``scale`` (default: the larger side), ``why`` being the tolerance's reason.
        """
        words = self._given | words
        if "within" in words:
            words["tolerance"] = words.pop("within")
            words["tolerance_reason"] = words.pop("why", "") or "rounding of two routes"
        else:
            words.setdefault("evaluators", ("jax", "mpmath"))
        return self._write(Identity, "lhs", words, rhs=other)

    def algebra(self, other: Callable[[Any], Any], **words: Any) -> Any:
        """The formula equals ``other`` for arrays of every value: ``over=Draws(square=(3, 3))``."""
        defaults = {
            "within": 1e-11,
            "scale": 1.0,
            "points": 16,
            "why": "rounding of small matrices",
        }
        return self.identity(other, **(defaults | self._given | words))

    def never_above(self, larger: Number, **words: Any) -> Any:
        """The formula is at most ``larger`` on the domain ``over``."""
        return self._inequality("smaller", "larger", larger, words)

    def never_below(self, smaller: Number, **words: Any) -> Any:
        """The formula is at least ``smaller`` on the domain ``over``."""
        return self._inequality("larger", "smaller", smaller, words)

    def nonnegative(self, **words: Any) -> Any:
        """The formula is at least 0 on the domain ``over``."""
        return self.never_below(0.0, **words)

    def _inequality(self, field: str, other: str, side: Number, words: dict[str, Any]) -> Any:
        words = {"twin": "the reverse"} | self._given | words
        twin = words["twin"]

        def finish(given: dict[str, Any]) -> Twin | None:
            if isinstance(twin, str):  # the sides change places
                return Twin(twin, **{field: side, other: given[field]})
            return None

        if isinstance(twin, str):
            words["twin"] = None
        return self._write(Inequality, field, words, **{other: side}, finish=finish)

    # ---------------------------------------------------------------- along a ladder

    def scaling(self, exponent: float, observable: Observable = "", **words: Any) -> Any:
        """The formula (or the observable's mean) grows like size^exponent.

        ``along`` has the rungs, ``size`` is a function of Params, ``within`` the tolerance on the
        exponent and ``why`` its reason.
        """
        return self._ladder(Scaling, observable, words, exponent=exponent)

    def limit(self, to: Number, observable: Observable = "", **words: Any) -> Any:
        """The formula (or the observable's mean) tends to ``to``.

        The gap falls like size^``rate`` (to ``within``) and is at most ``last_gap`` at the largest
        size; the other words are those of :meth:`scaling`.
        """
        return self._ladder(Limit, observable, words, limit=to)

    def _ladder(self, kind: type[Claim], observable: Observable, words: Any, **more: Any) -> Any:
        words = self._given | words
        words["rungs"], words["tolerance"] = tuple(words.pop("along")), words.pop("within")
        words["tolerance_reason"] = words.pop("why")
        if kind is Limit:
            words["exponent"] = words.pop("rate")
        shared = words.pop("observable", "")
        if observable := observable or shared:
            words["formula"] = observable
        return self._write(kind, "value", words, **more)

    # ---------------------------------------------------------------- how a claim is written down

    def _write(
        self,
        kind: type[Claim],
        field: str,
        words: dict[str, Any],
        finish: Callable[[dict[str, Any]], Twin | None] | None = None,
        **given: Any,
    ) -> Any:
        """The claim itself where its formula is given (or there is none), else a decorator."""
        shared = words.get("observable", "")
        given = words | given
        if given.get("observable") == "":
            given["observable"] = shared
        over, at = given.pop("over", None), given.pop("at", None)
        if over is not None:
            given["domain"] = over
        if at is not None:
            given["cases"] = tuple(at) if isinstance(at, (tuple, list)) else (at,)
        given["planned_trials"] = given.pop("trials", None)
        if given["planned_trials"] is None:
            del given["planned_trials"]
        if given.get("repaired_by") is not None:
            given["expected"] = Verdict.REFUTED
        twin = given.pop("twin", None)
        name, says = given.pop("name", ""), given.pop("says", "")
        formula, source = given.pop("formula", None), given.pop("source", "")

        def write(function: Any, wrap: bool) -> Any:
            paragraphs = _paragraphs(function) if callable(function) else []
            own = name or getattr(function, "__name__", "")
            if field:
                given[field] = function
            if callable(function):
                given["formula"] = getattr(function, "_function", function)
            if "observable" in given:
                given["observable"] = given["observable"] or own
            given["name"] = own
            given["statement"] = says or (paragraphs[0].rstrip(".") if paragraphs else "")
            given["source"] = source or (paragraphs[1] if paragraphs[1:] else self.source)
            given.setdefault("remarks", "\n\n".join(paragraphs[2:]))
            other = finish(given) if finish is not None else None
            wrong = other or (_resolved(own, twin, field, function) if twin is not None else None)
            entry = Entry(kind, field, wrong, given)
            self._entries.append(entry)
            if wrong is not None or given.get("expected") is Verdict.REFUTED or not wrap:
                _ = entry.claim  # refused here, where it is written
            return Formula(function, entry) if wrap else entry.claim

        if formula is not None or not field:
            return write(formula, wrap=False)
        waiting = name or f"of kind {kind.__name__}"
        self._waiting.append(waiting)

        def decorate(function: Any) -> Formula:
            self._waiting.remove(waiting)
            return write(function, wrap=True)

        return decorate


def _paragraphs(function: Any) -> list[str]:
    """The paragraphs of a docstring, each as one line."""
    text = inspect.getdoc(function) or ""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _times(factor: float, prediction: Number) -> Number:
    if callable(prediction):
        return lambda p: factor * abs(prediction(p))
    return factor * abs(prediction)


def _resolved(name: str, twin: Twin, field: str, formula: Any) -> Twin:
    """A twin that names keyword arguments of the formula, as another formula in its field."""
    if not callable(formula) or not field:
        return twin
    own = {
        word: parameter.default
        for word, parameter in inspect.signature(formula).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    words = {word: value for word, value in twin.changes.items() if word in own}
    if not words:
        return twin
    if all(value is own[word] or value == own[word] for word, value in words.items()):
        raise ValueError(f"claim {name}: its twin gives {words}, the right values")
    changes = {word: value for word, value in twin.changes.items() if word not in own}
    return Twin(twin.mistake, **{field: functools.partial(formula, **words)}, **changes)
