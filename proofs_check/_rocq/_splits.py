"""Proofs of identities: parts that algebra takes for unrelated, written in common parts.

Algebra sees ``exp(-x - y)``, ``exp(x)`` and ``exp(y)`` as three unrelated numbers. The proof first
writes all of them in the basis ``exp(x), exp(y)``, which SymPy finds and Rocq confirms; likewise
``ln(x y)`` as ``ln x + ln y`` and ``sqrt(x y)`` as ``sqrt x sqrt y`` where the factors are
positive, and ``erf a`` as ``erf b`` where a = b. A step that does not go through is passed over:
the last one decides.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sympy

from proofs_check._rocq._expressions import LOGARITHM, OPAQUE, NotExpressible, Printer

Sign = Callable[[Any], int | None]
"""An expression's sign at a point of the statement's domain; None where it is not known."""


def split_steps(expressions: Iterable[Any], sign: Sign) -> list[str]:
    """Tactics that rewrite the goal's parts in common ones."""
    parts = _subexpressions(expressions)
    logs, steps, names = _log_splits(parts, sign), [], []

    def step(kind: str, left: str, right: str, tactic: str) -> None:
        name = f"{kind}{len(names)}"
        steps.append(f"try (assert ({name} : {left} = {right}) by ({tactic})).")
        names.append(name)

    def rewritten() -> str:
        return "".join(f"try rewrite {name} in *; " for name in names)

    for left, right in _root_splits(parts, sign):
        step("r", left, right, "apply root; [defined | algebra]")
    for argument, factors in logs.items():
        left, product = f"(ln {_text(argument)})", _text(_product(factors))
        tactic = f"replace {_text(argument)} with {product} by algebra; split_ln; lra"
        step("l", left, _text(_sum(factors)), tactic)
    for left, right in _same_calls(parts, sign):
        step("u", left, right, f"apply f_equal; {rewritten()}algebra")
    for left, right in _exp_splits(parts, logs):
        step("e", left, right, f"split_exp; {rewritten()}algebra")
    steps += [_root_fact(*power) for power in _powers(parts, logs) if power[1] > 1]
    # from the outside in: what is inside a rewritten part changes with it, on both sides
    steps += [f"try rewrite {name} in *." for name in reversed(names)]
    return steps + [
        f"try rewrite (exp_ln {_text(base)}) in * by defined."
        for base, q in _powers(parts, logs)
        if q == 1
    ]


def _root_fact(base: Any, q: int) -> str:
    """b^(1/q) to the q is b."""
    root = f"(exp {_text(LOGARITHM(base) / q)})"
    return (
        f"try (assert (square : {root} ^ {q} = {_text(base)}) by "
        f"(rewrite exp_power; rewrite <- (exp_ln {_text(base)}) at 2 by defined; "
        "apply f_equal; cbn [INR]; field))."
    )


def _text(e: Any) -> str:
    return Printer().text(e)


def _printable(e: Any) -> str | None:
    try:
        return _text(e)
    except NotExpressible:
        return None


def _is_general(power: Any) -> bool:
    """Printed as Rpower: no whole number or half of one in the exponent."""
    e = power.exp
    return not (e.is_Rational and e.q in (1, 2))


def _subexpressions(expressions: Iterable[Any]) -> list[Any]:
    seen: dict[Any, None] = {}
    for expression in expressions:
        for part in sympy.preorder_traversal(expression):
            seen.setdefault(part)
    return list(seen)


def _factors(argument: Any, sign: Sign) -> list[tuple[Any, Any]]:
    """(k, factor) with argument = product of factor^k, every factor positive at the point."""
    parts: dict[Any, Any] = {}
    product: Any = sympy.factor(sympy.together(argument))
    for factor in sympy.Mul.make_args(product):
        if factor.is_Rational:
            primes: Any = sympy.factorrat(abs(factor))
            for prime, k in primes.items():
                base = sympy.Integer(prime)
                parts[base] = parts.get(base, 0) + sympy.Integer(k)
            continue
        base: Any
        k: Any
        base, k = (factor, sympy.S.One) if isinstance(factor, sympy.exp) else factor.as_base_exp()
        if not k.is_Rational or k.q > 2:
            base, k = factor, sympy.S.One
        if not isinstance(base, sympy.exp) and (sign(base) or 1) < 0:
            base = sympy.expand(-base)
        parts[base] = parts.get(base, 0) + k
    return [(sympy.sympify(k), base) for base, k in parts.items() if k != 0]


def _root_splits(parts: list[Any], sign: Sign) -> Iterator[tuple[str, str]]:
    """Square roots of products."""
    bases = (p.base for p in parts if p.is_Pow and p.exp.is_Rational and p.exp.q == 2)
    for base in dict.fromkeys(bases):
        factors = _factors(base, sign)
        if factors == [(sympy.S.One, base)] or any(isinstance(f, sympy.exp) for _, f in factors):
            continue
        above = [_root_power(f, k) for k, f in factors if k > 0] or ["1"]
        below = [_root_power(f, -k) for k, f in factors if k < 0]
        product = " * ".join(above) + "".join(f" / {b}" for b in below)
        left = f"(sqrt {_text(base)})"
        if product != left:
            yield left, f"({product})"


def _root_power(factor: Any, k: Any) -> str:
    whole, half = divmod(int(2 * k), 2) if k.q == 2 else (0, 0)
    if k.q == 2:  # sqrt of a root: left as it is
        return f"(sqrt {_text(factor**k)})"
    whole, half = divmod(int(k), 2)
    shown = [f"{_text(factor)} ^ {whole}" if whole > 1 else _text(factor)] if whole else []
    shown += [f"sqrt {_text(factor)}"] if half else []
    return f"({' * '.join(shown)})"


def _log_splits(parts: list[Any], sign: Sign) -> dict[Any, list[tuple[Any, Any]]]:
    """Of each logarithm's argument its factors with exponents, where there is more than one."""
    found = {}
    for part in parts:
        if isinstance(part, sympy.log):
            argument = part.args[0]
        elif part.is_Pow and _is_general(part) and part.base is not sympy.E:
            argument = part.base
        else:
            continue
        factors = _factors(argument, sign)
        if factors and factors != [(sympy.S.One, argument)] and _printable(argument):
            found.setdefault(argument, factors)
    return found


def _sum(factors: list[tuple[Any, Any]]) -> Any:
    return sympy.Add(*(k * _log(base) for k, base in factors))


def _log(base: Any) -> Any:
    return base.args[0] if isinstance(base, sympy.exp) else LOGARITHM(base)


def _product(factors: list[tuple[Any, Any]]) -> Any:
    return sympy.Mul(*(base**k for k, base in factors), evaluate=False)


def _same_calls(parts: list[Any], sign: Sign) -> Iterator[tuple[str, str]]:
    """Calls of one function whose arguments are equal at the point, and differ in form."""
    words = {sympy.erf: "erf", sympy.erfc: "erf", sympy.atan: "atan", sympy.sin: "sin",
             sympy.cos: "cos", **OPAQUE}  # fmt: skip
    calls = [p for p in parts if p.func in words and len(p.args) == 1 and _printable(p)]
    for i, call in enumerate(calls):
        for other in calls[:i]:
            a, b, word = call.args[0], other.args[0], words[call.func]
            if word == words[other.func] and a != b and sign(a - b) == 0:
                yield f"({word} {_text(a)})", f"({word} {_text(b)})"
                break


def _exponents(parts: list[Any], logs: dict[Any, Any]) -> dict[str, dict[Any, Any]]:
    """Of each exponential, printed, its exponent as a sum of monomials."""
    atoms = {}
    for part in parts:
        if isinstance(part, sympy.exp):
            exponent = part.args[0]
        elif part.is_Pow and _is_general(part) and part.base is not sympy.E:
            if part.exp.is_Rational and part.exp.p < 0:
                part = part.base**-part.exp
            base = part.base
            exponent = part.exp * (_sum(logs[base]) if base in logs else LOGARITHM(base))
        else:
            continue
        shown = _printable(part)
        if shown is not None:
            atoms[shown] = _terms(exponent)
    return atoms


def _roots(atoms: dict[str, dict[Any, Any]]) -> dict[Any, int]:
    """Of each monomial the denominator that makes all its multiples whole."""
    roots: dict[Any, int] = {}
    for terms in atoms.values():
        for monomial, k in terms.items():
            roots[monomial] = math.lcm(roots.get(monomial, 1), int(k.q))
    return roots


def _powers(parts: list[Any], logs: dict[Any, Any]) -> list[tuple[Any, int]]:
    """(b, q) for every basic exponential exp(ln b/q)."""
    roots = _roots(_exponents(parts, logs))
    return [(m.args[0], q) for m, q in roots.items() if isinstance(m, LOGARITHM)]


def _exp_splits(parts: list[Any], logs: dict[Any, Any]) -> list[tuple[str, str]]:
    """Of each exponential its printed form and the product of common ones that it is."""
    atoms = _exponents(parts, logs)
    roots = _roots(atoms)
    found = []
    for shown, terms in atoms.items():
        above, below = [], []
        for monomial, k in terms.items():
            n = int(k * roots[monomial])
            (above if n > 0 else below).append(_power(monomial / roots[monomial], abs(n)))
        inverse = [f"/ {part}" for part in below]
        product = " * ".join(above + inverse) or "1"
        if product != shown:
            found.append((shown, f"({product})"))
    return found


def _terms(exponent: Any) -> dict[Any, Any]:
    """The exponent as a sum of rational multiples of monomials over one denominator."""
    try:
        above, below = sympy.fraction(sympy.cancel(sympy.together(exponent)))
        denominator: Any = sympy.factor(below)
        content, below = denominator.as_coeff_Mul()
        above = sympy.expand(above / content)
    except sympy.PolynomialError:
        above, below = sympy.expand(exponent), sympy.S.One
    terms: dict[Any, Any] = {}
    summands: Any = sympy.Add.make_args(above)
    for term in summands:
        k, monomial = term.as_coeff_Mul()
        if not k.is_Rational:
            k, monomial = sympy.S.One, term
        monomial = monomial / below
        terms[monomial] = terms.get(monomial, 0) + k
    return {monomial: k for monomial, k in terms.items() if k != 0}


def _power(exponent: Any, n: int) -> str:
    text = f"(exp {_text(exponent)})"
    return text if n == 1 else f"({text} ^ {n})"


def fact_steps(assumed: Iterable[tuple[str, Any, str]], sign: Sign) -> Iterator[str]:
    """From hypotheses (name, expression, relation) what they say of the expressions' factors."""
    for name, expression, relation in assumed:
        whole: Any = sympy.factor(sympy.together(expression))
        for factor in sympy.Mul.make_args(whole):
            base, k = factor.as_base_exp()
            alone = base == expression and k == 1
            if base.is_number or not k.is_Integer or alone or _printable(base) is None:
                continue
            if relation != "<> 0" and (sign(base) or 1) < 0:
                base = sympy.expand(-base)
            rest = _text(sympy.factor(whole / base))
            if relation == "<> 0" and k > 0:
                fact, lemma, more = f"{_text(base)} <> 0", "factor_nonzero", ""
            elif relation != "<> 0" and k.is_odd:
                fact, lemma, more = f"0 < {_text(base)}", "other_factor", "defined | "
            else:
                continue
            use = f"apply ({lemma} {_text(expression)} _ {rest})"
            yield f"try (assert ({fact}) by ({use}; [exact {name} | {more}field; defined]))."
