"""Z3's statements of real arithmetic in Rocq's words."""

from collections.abc import Callable, Iterator
from typing import Any

import sympy
import z3

from proofs_check._rocq._expressions import NotExpressible, Printer, rational_text, rocq_name
from proofs_check._statements import Polynomial

_CHAINS = {
    z3.Z3_OP_ADD: " + ", z3.Z3_OP_SUB: " - ", z3.Z3_OP_MUL: " * ", z3.Z3_OP_DIV: " / ",
    z3.Z3_OP_AND: " /\\ ", z3.Z3_OP_OR: " \\/ ", z3.Z3_OP_IMPLIES: " -> ", z3.Z3_OP_EQ: " = ",
    z3.Z3_OP_LE: " <= ", z3.Z3_OP_LT: " < ", z3.Z3_OP_GE: " >= ", z3.Z3_OP_GT: " > ",
}  # fmt: skip

_DECISIONS = {
    z3.Z3_OP_LE: "Rle_dec", z3.Z3_OP_LT: "Rlt_dec", z3.Z3_OP_GE: "Rge_dec", z3.Z3_OP_GT: "Rgt_dec",
}  # fmt: skip

_ORDERS: dict[int, tuple[str, Callable[[Any, Any], Any]]] = {
    z3.Z3_OP_LE: ("<=", lambda a, b: b - a),
    z3.Z3_OP_LT: ("<", lambda a, b: b - a),
    z3.Z3_OP_GE: ("<=", lambda a, b: a - b),
    z3.Z3_OP_GT: ("<", lambda a, b: a - b),
}


def polynomial_lemma(statement: Polynomial) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """The claim under its assumptions, and proofs to try."""
    variables: dict[str, None] = {}
    denominators: dict[str, None] = {}
    shown = [_text(s, variables, denominators) for s in (*statement.assumptions, statement.claim)]
    hypotheses = [*shown[:-1], *(f"{d} <> 0" for d in denominators)]
    head = f"forall {' '.join(variables)} : R,\n  " if variables else ""
    text = head + "".join(f"{h} ->\n  " for h in hypotheses) + shown[-1]
    inside = _point(statement.assumptions)
    factored = [_factored(goal, inside) for goal in _goals(statement.claim)]
    steps = " | ".join(f"by_factors ({text})" for text in factored if text)
    factors = f"ltac:(first [ {steps or 'fail'} ])"
    return text, tuple(
        ("intros.", f"polynomial {factors} {last}.")
        for last in ("ltac:(fail)", "ltac:(nra)", "ltac:(no_quotients; nra)")
    )


def _goals(claim: Any) -> Iterator[Any]:
    """The order relations that the claim consists of."""
    kind = claim.decl().kind() if not z3.is_quantifier(claim) else None
    if kind in (z3.Z3_OP_AND, z3.Z3_OP_OR):
        for part in claim.children():
            yield from _goals(part)
    elif kind == z3.Z3_OP_IMPLIES:
        yield from _goals(claim.arg(1))
    elif kind in _ORDERS:
        yield claim


def _point(assumptions: tuple[Any, ...]) -> dict[str, float]:
    """Roughly, a point at which the assumptions hold; empty where Z3 finds none at once."""
    solver = z3.Solver()
    solver.set("timeout", 1000)
    solver.add(*assumptions)
    if solver.check() != z3.sat:
        return {}
    model = solver.model()
    values = ((str(v), model[v]) for v in model.decls() if v.arity() == 0)
    return {name: _number(value) for name, value in values}


def _number(value: Any) -> float:
    if z3.is_algebraic_value(value):
        value = value.approx(10)
    return float(value.as_fraction())


def _oriented(product: Any, at: dict[str, float]) -> Any:
    """The product with factors turned so that each is positive at the point."""
    factors, sign = [], 1
    for factor in sympy.Mul.make_args(product):
        base, k = factor.as_base_exp()
        value = base.subs({s: at.get(str(s), 1) for s in base.free_symbols})
        if not base.is_number and k.is_odd and value.is_negative:
            factor, sign = sympy.expand(-base) ** k, -sign
        factors.append(factor)
    return sympy.Mul(sign, *factors)


def _factored(goal: Any, inside: dict[str, float]) -> str:
    """``0 < product``, from which the goal follows, in factors whose signs may be plain."""
    sign, difference = _ORDERS[goal.decl().kind()]
    try:
        whole = difference(*map(_symbolic, goal.children()))
    except NotExpressible:
        return ""
    factored = _oriented(sympy.factor(sympy.together(whole)), inside)
    return f"0 {sign} {Printer().text(factored)}"


def _symbolic(e: Any) -> Any:
    """A Z3 term as a SymPy expression."""
    if z3.is_rational_value(e):
        return sympy.Rational(e.numerator_as_long(), e.denominator_as_long())
    kind = e.decl().kind()
    parts = [_symbolic(child) for child in e.children()]
    if kind == z3.Z3_OP_UNINTERPRETED and not parts and z3.is_real(e):
        return sympy.Symbol(str(e), real=True)
    if kind == z3.Z3_OP_ADD:
        return sympy.Add(*parts)
    if kind == z3.Z3_OP_MUL:
        return sympy.Mul(*parts)
    if kind == z3.Z3_OP_SUB:
        return parts[0] - sympy.Add(*parts[1:])
    if kind == z3.Z3_OP_UMINUS:
        return -parts[0]
    if kind == z3.Z3_OP_DIV:
        return parts[0] / parts[1]
    if kind == z3.Z3_OP_POWER:
        return parts[0] ** parts[1]
    raise NotExpressible(f"Z3's {e.decl().name()}")


def _cases(e: Any, variables: dict[str, None], denominators: dict[str, None]) -> str:
    """``if a < b then x else y``, by the decision procedure of the order."""
    condition, *branches = e.children()
    word = _DECISIONS.get(condition.decl().kind())
    if word is None:
        raise NotExpressible("cases that are no comparison")
    terms = (*condition.children(), *branches)
    a, b, then, otherwise = (_text(term, variables, denominators) for term in terms)
    return f"(if {word} {a} {b} then {then} else {otherwise})"


def _text(e: Any, variables: dict[str, None], denominators: dict[str, None]) -> str:
    if z3.is_quantifier(e):
        raise NotExpressible("a quantifier")
    if z3.is_rational_value(e):
        return rational_text(e.as_fraction())
    kind = e.decl().kind()
    if kind == z3.Z3_OP_ITE and z3.is_real(e):
        return _cases(e, variables, denominators)
    parts = [_text(child, variables, denominators) for child in e.children()]
    if kind == z3.Z3_OP_UNINTERPRETED and not parts and z3.is_real(e):
        name = rocq_name(e)
        variables.setdefault(name)
        return name
    if kind == z3.Z3_OP_DIV and not z3.is_rational_value(e.arg(1)):
        denominators.setdefault(parts[1])
    if kind == z3.Z3_OP_EQ and not z3.is_real(e.arg(0)):
        return f"({parts[0]} <-> {parts[1]})"
    if kind in _CHAINS:
        return f"({_CHAINS[kind].join(parts)})"
    if kind == z3.Z3_OP_UMINUS:
        return f"(- {parts[0]})"
    if kind == z3.Z3_OP_NOT:
        return f"(~ {parts[0]})"
    if kind == z3.Z3_OP_DISTINCT and len(parts) == 2:
        return f"({parts[0]} <> {parts[1]})"
    if kind == z3.Z3_OP_POWER and z3.is_rational_value(e.arg(1)):
        exponent = e.arg(1).as_fraction()
        if exponent.denominator == 1 and exponent >= 0:
            return f"({parts[0]} ^ {exponent})"
    if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
        return "True" if kind == z3.Z3_OP_TRUE else "False"
    raise NotExpressible(f"Z3's {e.decl().name()}")
