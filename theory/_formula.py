"""One formula, four evaluators.

A closed form is written once over the words of this module and then means four things, according
to what it is given:

======================  =====================================================================
JAX arrays, floats      fast values; ``vmap``, ``jit`` and ``grad`` apply
SymPy expressions       symbolic expressions, for identities
:class:`Ball` (Arb)     rigorous enclosures, for inequalities
mpmath numbers          as many digits as ``mpmath.mp.dps`` asks for
======================  =====================================================================

Numpy arrays of dtype ``object`` hold vectors of SymPy, Ball or mpmath values; words act on them
elementwise. Rules that keep a proof about the formula that runs:

* every word looks at *all* its arguments and refuses to mix evaluators (``mpf * arb`` would
  silently drop the ball's radius);
* constants are ints, :data:`pi`, :func:`rational`, or words of those: they are exact until they
  meet a value. Float literals are refused by the Ball and SymPy evaluators, where 0.1 is not 1/10;
* a condition on a ball is never a Python ``bool``: use :func:`where`, which returns the union of
  both branches when the ball does not decide the condition.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import mpmath
import numpy as np
from jax.scipy import special as jsp

from theory import _arb, _special
from theory._balls import Ball, Condition, ball_of, ball_precision
from theory._constants import Constant, exact_as, pi, rational
from theory._evaluators import TRACED, MixedEvaluators, evaluator_of, kind_of, sympy_module

__all__ = [
    "VOCABULARY", "Ball", "Condition", "Constant", "MixedEvaluators", "Scalar", "absolute",
    "arccos", "arcsin", "arcsinh", "arctan", "ball_precision", "cos", "cosh", "erf", "erfc",
    "erfcx", "evaluator_of", "exp", "expm1", "gamma", "log", "log1p", "log_normal_cdf", "loggamma",
    "maximum", "minimum", "normal_cdf", "normal_pdf", "pi", "power", "rational", "sign", "sin",
    "sinh", "sqrt", "tan", "tanh", "total", "where",
]  # fmt: skip

Scalar = Any
"""A float, JAX array, SymPy expression, :class:`Ball` or mpmath number."""


def _as_entry(value: Any) -> Any:
    """A Constant as an array's entry: by itself it refuses numpy's ufuncs."""
    if not isinstance(value, Constant):
        return value
    entry = np.empty((), dtype=object)
    entry[()] = value
    return entry


def _condition(value: Any) -> Any:
    """A condition that ``where`` may take."""
    if isinstance(value, Constant):
        return bool(value)
    if isinstance(value, int) and not isinstance(value, bool):
        raise TypeError(
            f"{value} is not a condition: on Python's bool (mpmath's comparisons), ~ gives an int;"
            " write the opposite comparison, which every evaluator takes"
        )
    return value


def _word(name: str, doc: str, **implementations: Callable[..., Any]) -> Callable[..., Any]:
    """A vocabulary word from its implementations, one for each evaluator."""

    def apply(evaluator: str, args: tuple[Any, ...]) -> Any:
        if evaluator == "foreign":
            others = (a for a in args if hasattr(type(a), "__formula_word__"))
            other = next(others, None)
            return (TRACED.get()(0) if other is None else other).__formula_word__(name, args)
        conditions = 1 if name == "where" else 0
        values = (exact_as(a, evaluator) if kind_of(a) is None else a for a in args[conditions:])
        return implementations[evaluator](*map(_condition, args[:conditions]), *values)

    def word(*args: Any) -> Any:
        if len(args) == 1 and type(args[0]) is Ball:  # what proofs spend their time on
            return implementations["arb"](args[0])
        if any(isinstance(a, np.ndarray) and a.dtype == object for a in args):
            evaluator_of(*args)  # refuses mixtures across elements too
            return np.frompyfunc(word, len(args), 1)(*map(_as_entry, args))
        evaluator = evaluator_of(*args)
        if evaluator is None:
            return Constant(lambda target: apply(target, args))
        return apply(evaluator, args)

    word.__name__ = word.__qualname__ = name
    word.__doc__ = doc
    VOCABULARY[name] = word
    return word


VOCABULARY: dict[str, Callable[..., Any]] = {}
"""All words by name; the tests go through this list."""


def _on_balls(f: Callable[..., Any]) -> Callable[..., Ball]:
    return lambda *xs: ball_of(f(*(x.arb for x in xs)))


def _method(name: str) -> Callable[..., Any]:
    return lambda x, *rest: getattr(x, name)(*rest)


def _sym(name: str) -> Callable[..., Any]:
    return lambda *xs: getattr(sympy_module(), name)(*xs)


def _elementary(name: str, jax_fn, sympy_fn=None, arb=None, mp=None) -> Callable[..., Any]:
    return _word(
        name,
        f"{name}(x), on every evaluator.",
        jax=jax_fn,
        sympy=_sym(sympy_fn) if isinstance(sympy_fn, str) else sympy_fn or _sym(name),
        arb=_on_balls(arb or _method(name)),
        mpmath=mp or getattr(mpmath, name),
    )


def _sympy_expm1(x: Any) -> Any:
    return sympy_module().exp(x) - 1


def _sympy_log1p(x: Any) -> Any:
    return sympy_module().log(1 + x)


def _monotone(method: str) -> Callable[[Any], Any]:
    return _arb.monotone(_method(method))


exp = _elementary("exp", jnp.exp, arb=_arb.exp)
expm1 = _elementary("expm1", jnp.expm1, _sympy_expm1, _monotone("expm1"))
log = _elementary("log", jnp.log, arb=_arb.log)
log1p = _elementary("log1p", _special.log1p, _sympy_log1p, _monotone("log1p"))
sqrt = _elementary("sqrt", jnp.sqrt, arb=_arb.clipped(_method("sqrt"), 0))
sin = _elementary("sin", jnp.sin)
cos = _elementary("cos", jnp.cos)
tan = _elementary("tan", jnp.tan)
sinh = _elementary("sinh", jnp.sinh, arb=_monotone("sinh"))
cosh = _elementary("cosh", jnp.cosh, arb=lambda x: _monotone("cosh")(_arb.absolute(x)))
tanh = _elementary("tanh", jnp.tanh, arb=_monotone("tanh"))
_asin, _acos = (_arb.clipped(_method(name), -1, 1) for name in ("asin", "acos"))
arcsin = _elementary("arcsin", jnp.arcsin, "asin", _asin, mpmath.asin)
arccos = _elementary("arccos", jnp.arccos, "acos", _acos, mpmath.acos)
arctan = _elementary("arctan", jnp.arctan, "atan", _monotone("atan"), mpmath.atan)
arcsinh = _elementary("arcsinh", jnp.arcsinh, "asinh", _monotone("asinh"), mpmath.asinh)
erf = _elementary("erf", jsp.erf, arb=_monotone("erf"))
erfc = _elementary("erfc", jsp.erfc, arb=_monotone("erfc"))
gamma = _elementary("gamma", _special.gamma, arb=_arb.gamma)
loggamma = _elementary("loggamma", _special.loggamma, arb=_arb.loggamma)
absolute = _elementary("absolute", jnp.abs, "Abs", _arb.absolute, abs)


def _erfcx_mpmath(x: Any) -> Any:
    if x < 1e4:
        return mpmath.exp(x * x) * mpmath.erfc(x)
    # U(1/2, 1/2, x^2)/sqrt(pi), where the exponential would overflow mpmath's patience
    return mpmath.hyperu(mpmath.mpf(1) / 2, mpmath.mpf(1) / 2, x * x) / mpmath.sqrt(mpmath.pi)


erfcx = _word(
    "erfcx",
    "exp(x^2) erfc(x), the scaled complementary error function; 4e-16 relative for x >= 0 in JAX.",
    jax=_special.erfcx,
    sympy=lambda x: sympy_module().exp(x**2) * sympy_module().erfc(x),
    arb=_on_balls(_arb.erfcx),
    mpmath=_erfcx_mpmath,
)


def _log_normal_cdf_mpmath(x: Any) -> Any:
    if x > 0:
        return mpmath.log1p(-mpmath.erfc(x / mpmath.sqrt(2)) / 2)
    return mpmath.log(mpmath.erfc(-x / mpmath.sqrt(2)) / 2)


normal_cdf = _word(
    "normal_cdf",
    "Phi(x), the standard normal distribution function.",
    jax=_special.normal_cdf,
    sympy=lambda x: sympy_module().erfc(-x / sympy_module().sqrt(2)) / 2,
    arb=_on_balls(_arb.normal_cdf),
    mpmath=lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
)
log_normal_cdf = _word(
    "log_normal_cdf",
    "log Phi(x), accurate in both tails.",
    jax=_special.log_normal_cdf,
    sympy=lambda x: sympy_module().log(sympy_module().erfc(-x / sympy_module().sqrt(2)) / 2),
    arb=_on_balls(_arb.log_normal_cdf),
    mpmath=_log_normal_cdf_mpmath,
)


def normal_pdf(x: Scalar) -> Scalar:
    """phi(x) = exp(-x^2/2)/sqrt(2 pi), the standard normal density."""
    return exp(-(x**2) / 2) / sqrt(2 * pi)


def _where_arb(condition: Any, a: Ball, b: Ball) -> Ball:
    truth = condition.truth if isinstance(condition, Condition) else bool(condition)
    return a.union(b) if truth is None else (a if truth else b)


where = _word(
    "where",
    "a where the condition holds, else b; the union of both where a ball leaves it undecided.",
    jax=jnp.where,
    sympy=lambda c, a, b: sympy_module().Piecewise((a, c), (b, True)),
    arb=_where_arb,
    mpmath=lambda c, a, b: a if c else b,
)
minimum = _word(
    "minimum",
    "The smaller of two values.",
    jax=jnp.minimum,
    sympy=_sym("Min"),
    arb=_on_balls(_method("min")),
    mpmath=lambda a, b: min(a, b),
)
maximum = _word(
    "maximum",
    "The larger of two values.",
    jax=jnp.maximum,
    sympy=_sym("Max"),
    arb=_on_balls(_method("max")),
    mpmath=lambda a, b: max(a, b),
)


sign = _word(
    "sign",
    "-1, 0 or 1.",
    jax=jnp.sign,
    sympy=_sym("sign"),
    arb=_on_balls(_method("sgn")),
    mpmath=mpmath.sign,
)
power = _word(
    "power",
    "x^y for x > 0 and any real y.",
    jax=jnp.power,
    sympy=lambda x, y: x**y,
    arb=_on_balls(_arb.power),
    mpmath=mpmath.power,
)


def total(values: Any) -> Scalar:
    """The sum over the last axis of a vector (JAX array, or object array of exact values)."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        return values.sum(axis=-1)
    return jnp.sum(jnp.asarray(values), axis=-1)
