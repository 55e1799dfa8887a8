"""An engine's statement as a lemma of Rocq, with the tactics that should prove it."""

import dataclasses
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from proofs_check._identity import _points
from proofs_check._rocq._expressions import (
    OPAQUE, Fact, NotExpressible, Printer, rational_text, rocq_name,
)  # fmt: skip
from proofs_check._rocq._polynomials import polynomial_lemma
from proofs_check._rocq._splits import fact_steps, split_steps
from proofs_check._statements import Enumerated, Equal, Polynomial, Positive, Statement
from proofs_check._symbolic_balls import NoEnclosure, enclose


@dataclasses.dataclass(frozen=True)
class Lemma:
    """A statement in Rocq's words: everything between ``Lemma NAME :`` and ``Qed.``"""

    statement: str
    proofs: tuple[tuple[str, ...], ...]
    """Tactics, line by line; a later proof is tried where an earlier one does not go through."""
    analysis: bool
    """Whether it needs interval arithmetic, or integrals."""
    plain: bool = False
    """Whether the two sides of an equation are one text: SymPy had them equal as it formed them."""

    def text(self, name: str, proof: int = 0) -> str:
        """The lemma under a name, with one of its proofs."""
        steps = "\n".join(f"  {step}" for step in self.proofs[proof])
        return f"Lemma {name} :\n  {self.statement}.\nProof.\n{steps}\nQed.\n"


def lemma_of(statement: Statement) -> Lemma:
    """The lemma that says what the statement says. Raises NotExpressible where none can."""
    if isinstance(statement, Equal):
        return equality(statement)
    if isinstance(statement, Positive):
        return positivity(statement)
    if isinstance(statement, Polynomial):
        return Lemma(*polynomial_lemma(statement), analysis=False)
    assert isinstance(statement, Enumerated)
    raise NotExpressible("an enumeration")


def equality(statement: Equal) -> Lemma:
    """left = right for all reals that the symbols' assumptions allow and that define both sides.

    What SymPy derives from the assumptions is proved along with the equation; what is left of
    the facts that define the two sides stands among the hypotheses.
    """
    left, right = statement.left, statement.right
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    printer = Printer()
    sides = printer.text(left), printer.text(right)
    equation = " = ".join(sides)
    facts = sorted(printer.facts.values(), key=lambda fact: fact.expression.count_ops())
    strict = {fact.expression for fact in facts if fact.relation == "0 <"}
    facts = [fact for fact in facts if fact.relation == "0 <" or fact.expression not in strict]
    settled = [fact for fact in facts if _provable(fact) and not _is_hypothesis(fact)]
    assumed = [fact for fact in facts if not _provable(fact)]
    point = _point(symbols, statement, assumed)

    def sign(e: Any) -> int | None:
        return _sign(e, point)

    hypotheses = [h for s in symbols for h in _assumptions(s)] + [fact.text for fact in assumed]
    conclusion = " /\\ ".join([*(fact.text for fact in settled), equation])
    names = _distinct(symbols)
    named = [f"h{i}" for i in range(len(hypotheses))]
    proof = [f"intros {' '.join([*printer.opaque, *names, *named])}."] if names else []
    last = named[len(named) - len(assumed) :]
    given = zip(last, ((f.expression, f.relation) for f in assumed), strict=True)
    proof += fact_steps(((name, *fact) for name, fact in given), sign)
    proof += [_fact_step(fact) for fact in settled]
    proof += ["repeat (split; [assumption |])."] if settled else []
    proof += split_steps((left, right), sign)
    proof += ["algebra."]
    analysis = "erf" in equation
    whole = _forall(names, printer.opaque, hypotheses, conclusion)
    return Lemma(whole, (tuple(proof),), analysis, plain=sides[0] == sides[1])


def _provable(fact: Fact) -> bool:
    """Whether tactics can derive it: SymPy does, and no function without tactics is in it."""
    return fact.settled and not fact.expression.has(sympy.erf, sympy.erfc, *OPAQUE)


def _fact_step(fact: Fact) -> str:
    whole = sympy.factor(sympy.together(fact.expression))
    tactic = "defined"
    if whole != fact.expression:
        shown = Printer().text(fact.expression), Printer().text(whole)
        tactic = (
            f"first [defined | replace {shown[0]} with {shown[1]} by (field; defined); defined]"
        )
    return f"assert ({fact.text}) by ({tactic})."


def positivity(statement: Positive) -> Lemma:
    """0 <= f (0 < f if strict) on the box, where f is defined: which is proved too."""
    symbols = {name: _coordinate(name, *ends) for name, ends in statement.box.items()}
    try:
        value = statement.f(**symbols)
        value = sympy.sympify(value.resolve("sympy") if hasattr(value, "resolve") else value)
    except (TypeError, AttributeError) as error:
        raise NotExpressible(f"a formula that SymPy does not take ({error})") from None
    printer = Printer()
    shown = printer.text(value)
    if printer.opaque:
        raise NotExpressible(f"the function {', '.join(printer.opaque)} on a box")
    facts = [fact.text for fact in printer.facts.values()]
    sign = "<" if statement.strict else "<="
    conclusion = " /\\ ".join([*facts, f"0 {sign} {shown}"])
    hypotheses = [
        f"{rational_text(low)} <= {rocq_name(symbols[name])} <= {rational_text(high)}"
        for name, (low, high) in statement.box.items()
    ]
    names = _distinct(symbols.values())
    proof = ["intros; unfold Rpower; rewrite ?Rmin_by_Rabs, ?Rmax_by_Rabs."]
    proof += ["repeat match goal with |- _ /\\ _ => split end."] if facts else []
    proof += [f"all: {_on_box(names, 'erf' in shown)}."]
    return Lemma(_forall(names, {}, hypotheses, conclusion), (tuple(proof),), analysis=True)


def _on_box(names: list[str], integrals: bool) -> str:
    """Tactics for an order relation between numbers, or on a box."""
    if not names:
        return "unfold erf; first [ interval with (i_prec 100) | integral with (i_prec 60) ]"
    axes = ", ".join(f"i_bisect {name}" for name in names)
    ladder = ["lra", "interval", f"interval with ({axes}, i_depth 22)"]
    ladder += [f"interval with ({axes}, i_autodiff {names[0]}, i_depth 22)"]
    if integrals:
        first, second = (names * 2)[:2]
        ladder += [f"unfold erf; integral_in_halves {first} {second} {4 + 2 * len(names)}%nat"]
    return f"first [ {' | '.join(ladder)} ]"


def _forall(
    names: Iterable[str], opaque: Mapping[str, int], hypotheses: Iterable[str], conclusion: str
) -> str:
    functions = [f"({f} : {'R -> ' * arity}R)" for f, arity in opaque.items()]
    names = list(names)
    bound = functions + ([f"({' '.join(names)} : R)"] if names else [])
    head = f"forall {' '.join(bound)},\n  " if bound else ""
    return head + "".join(f"{hypothesis} ->\n  " for hypothesis in hypotheses) + conclusion


def _distinct(symbols: Iterable[Any]) -> list[str]:
    names = [rocq_name(symbol) for symbol in symbols]
    if len(set(names)) < len(names):
        raise NotExpressible("two symbols of one name")
    return names


def _assumptions(symbol: Any) -> list[str]:
    """What the symbol's assumptions say of a real number."""
    name = rocq_name(symbol)
    if symbol.is_real is False:
        raise NotExpressible("complex numbers")
    if symbol.is_positive:
        return [f"1 <= {name}" if symbol.is_integer else f"0 < {name}"]
    if symbol.is_negative:
        return [f"{name} <= -1" if symbol.is_integer else f"{name} < 0"]
    said = [f"0 <= {name}"] if symbol.is_nonnegative else []
    said += [f"{name} <= 0"] if symbol.is_nonpositive else []
    return said + ([f"{name} <> 0"] if symbol.is_nonzero else [])


def _is_hypothesis(fact: Fact) -> bool:
    return fact.expression.is_Symbol and fact.text in _assumptions(fact.expression)


def _coordinate(name: str, low: Fraction, high: Fraction) -> Any:
    """The symbol of a coordinate: it carries the sign that the box gives it."""
    signs = {"positive": low > 0, "negative": high < 0, "nonnegative": low >= 0 and high > 0}
    return sympy.Symbol(name, real=True, **{k: True for k, holds in signs.items() if holds})


def _point(symbols: list[Any], statement: Equal, facts: list[Fact]) -> Mapping[Any, Fraction]:
    """A point at which the hypotheses hold: without one the lemma would say nothing."""
    for point in _points(symbols, statement.ranges):
        if all(_holds(fact, point) for fact in facts):
            return point
        if not symbols:
            break
    raise NotExpressible("parts that are not real, or no point at which both sides are defined")


def _holds(fact: Fact, point: Mapping[Any, Fraction]) -> bool:
    sign = _sign(fact.expression, point)
    return sign is not None and (sign != 0 if fact.relation == "<> 0" else sign > 0)


def _sign(e: Any, point: Mapping[Any, Fraction]) -> int | None:
    """The sign at the point, 0 where 50 digits say so; None where it is not known."""
    try:
        value = enclose(e, point, 200)
    except NoEnclosure:
        return None
    if not value.is_finite() or not value.imag.contains(0):
        return None
    if value.real.contains(0):
        return 0 if value.real.abs_upper() < 1e-40 else None
    return 1 if value.real > 0 else -1
