"""Statements of real arithmetic, decided by Z3."""

import time
from collections.abc import Iterable
from typing import Any

import z3

from proofs_check._results import Result, Status
from proofs_check._statements import Polynomial

_DIGITS = 30


def polynomial(claim: Any, *, assumptions: Iterable[Any] = (), time_limit: float = 20) -> Result:
    """Decides a polynomial statement over all reals that satisfy the assumptions.

    ``claim`` is a ``z3.BoolRef`` over ``z3.Real`` variables. It is PROVED when the assumptions
    with its negation are unsatisfiable, REFUTED with Z3's model (algebraic numbers as text, with
    the polynomial that they are a root of) when they are satisfiable.

    Division: Z3 gives x/0 any value, so a proof holds whatever x/0 means, and a counterexample
    that needs a division by zero is none: it comes out UNDECIDED, asking for the assumption.
    Raises TypeError for a claim that is not a Z3 statement, or for integer variables.
    """
    assumptions = tuple(assumptions)
    for statement in (claim, *assumptions):
        if not isinstance(statement, z3.BoolRef):
            raise TypeError(f"{statement!r} is not a Z3 statement (over z3.Real variables)")
    variables, denominators = _variables_and_denominators((claim, *assumptions))
    start = time.perf_counter()
    answer, solver, method = z3.unknown, z3.Solver(), ""
    # nlsat decides polynomial arithmetic; the general solver takes quantifiers and divisions too
    for method, make in (("nlsat", z3.Tactic("qfnra-nlsat").solver), ("smt", z3.Solver)):
        remaining = time_limit - (time.perf_counter() - start)
        solver = make()
        share = remaining / 2 if method == "nlsat" else remaining
        solver.set("timeout", max(1, int(1000 * share)))
        solver.add(*assumptions, z3.Not(claim))
        answer = solver.check()
        if answer != z3.unknown:
            break

    def result(status: Status, **more: Any) -> Result:
        asked = (Polynomial(claim, assumptions),)
        seconds = time.perf_counter() - start
        return Result(status, f"Z3 {method}", seconds=seconds, statements=asked, **more)

    if answer == z3.unsat:
        return result(Status.PROVED)
    if answer == z3.unknown:
        return result(Status.UNDECIDED, detail=f"Z3: {solver.reason_unknown()}")
    model = solver.model()
    for denominator in denominators:
        if z3.is_true(z3.simplify(model.evaluate(denominator == 0, model_completion=True))):
            detail = f"its only counterexample divides by {denominator} = 0; assume that it is not"
            return result(Status.UNDECIDED, detail=detail)
    point = {
        str(v): _text(model.evaluate(v, model_completion=True)) for v in sorted(variables, key=str)
    }
    return result(Status.REFUTED, counterexample=point)


def _variables_and_denominators(statements: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    variables, denominators, seen = [], [], set()
    todo = list(statements)
    while todo:
        node = todo.pop()
        if node.get_id() in seen:
            continue
        seen.add(node.get_id())
        if z3.is_quantifier(node):
            todo.append(node.body())
            continue
        if z3.is_const(node) and node.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            if z3.is_int(node):
                raise TypeError(f"{node} is an integer variable; polynomial() speaks of reals")
            variables.append(node)
        if z3.is_div(node) and not z3.is_rational_value(node.arg(1)):
            denominators.append(node.arg(1))
        todo.extend(node.children())
    return variables, denominators


def _text(value: Any) -> str:
    """A model's value exactly: a fraction, a truth value, or a root of a named polynomial."""
    if z3.is_algebraic_value(value):
        return f"{value.as_decimal(_DIGITS)} = {value.sexpr()}"
    return str(value)


def reals(names: str) -> Any:
    """Z3's real variables by name: ``x, y = reals("x y")``. (z3 has no types for arithmetic.)"""
    return z3.Reals(names)
