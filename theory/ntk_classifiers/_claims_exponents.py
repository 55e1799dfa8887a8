"""Claims about explicit activations and their exponents."""

from theory import Domain, Identity, Inequality, Twin, pi, rational
from theory.ntk_classifiers._exponents import erf_exponent, exponent, sine_exponent
from theory.ntk_classifiers._params import Params

_EXPLICIT = Domain.of(
    Params, activation="optimal", d=(1, 64), shape=1.0, n=1, tests=1, votes=0, depth=1, width=1,
    ridge=0.0, eta=0.5, alpha=1.0, s=0.5,
)  # fmt: skip
_SINE = Domain.of(
    Params, activation="sine", shape=(0.05, 40.0), d=1, n=1, tests=1, votes=0, depth=1, width=1,
    ridge=0.0, eta=0.5, alpha=1.0, s=0.5,
)  # fmt: skip
# log a and log b are of order w^2: below w = 1 their rounding, 6 eps/w^2, is the formula's own
_SINE_PLAIN = Domain.of(
    Params, activation="sine", shape=(1.0, 40.0), d=1, n=1, tests=1, votes=0, depth=1, width=1,
    ridge=0.0, eta=0.5, alpha=1.0, s=0.5,
)  # fmt: skip
_ERF = Domain.of(
    Params, activation="erf", shape=(0.01, 20.0), d=1, n=1, tests=1, votes=0, depth=1, width=1,
    ridge=0.0, eta=0.5, alpha=1.0, s=0.5,
)  # fmt: skip
_CENTRED = Domain.of(
    Params, activation="centred_leaky_relu", shape=(-0.99, 0.99), d=1, n=1, tests=1, votes=0,
    depth=1, width=1, ridge=0.0, eta=0.5, alpha=1.0, s=0.5,
)  # fmt: skip

EXPLICIT = (
    Identity(
        name="explicit_optimal_activations",
        source="Section on explicit optimal activations",
        statement="phi_d has alpha = d exactly, for d = 1 and every d >= 2",
        lhs=lambda p: _at_least_constant(exponent(p), p),
        rhs=lambda p: p.d + 0 * p.s,
        domain=_EXPLICIT,
        evaluators=("jax", "mpmath"),
        twin=Twin("alpha is that of the ambient dimension d + 1", rhs=lambda p: p.d + 1 + 0 * p.s),
    ),
    Identity(
        name="sine_activation_exponent",
        source="derived: see sine_exponent",
        statement="alpha(sin) = 2 ln(sinh w/w)/ln(w coth w), w the squared frequency",
        lhs=exponent,
        rhs=lambda p: sine_exponent(p.shape),
        domain=_SINE_PLAIN,
        evaluators=("jax", "mpmath"),
        twin=Twin("the numerator's factor 2 left out", rhs=lambda p: sine_exponent(p.shape) / 2),
    ),
    Inequality(
        name="sine_never_optimal_on_the_circle",
        source="derived: see sine_exponent",
        statement="alpha(sin) > 1 for every frequency: no sine is optimal at d = 1",
        smaller=lambda p: 1 + 0 * p.shape,
        larger=exponent,
        domain=_SINE,
        evaluators=("jax", "mpmath"),
        twin=Twin("alpha = 1 is reached (no better than 6/5)", smaller=lambda p:
                  rational(6, 5) + 0 * p.shape),
    ),
    Inequality(
        name="centred_leaky_relu_exponent",
        source="derived: see centred_leaky_relu",
        statement="centred leaky ReLU: alpha > pi - 2, its limit as the slope tends to 1",
        smaller=lambda p: pi - 2 + 0 * p.shape,
        larger=exponent,
        domain=_CENTRED,
        evaluators=("jax", "mpmath"),
        twin=Twin("alpha > 2: no such activation is optimal at d = 2", smaller=lambda p:
                  2 + 0 * p.shape),
    ),
    Inequality(
        name="erf_never_optimal",
        source="derived: see erf_exponent",
        statement="alpha(erf) < 1 <= d for every scale",
        smaller=lambda p: erf_exponent(p.shape),
        larger=lambda p: 1 + 0 * p.shape,
        domain=_ERF,
        evaluators=("jax", "mpmath"),
        twin=Twin("alpha(erf) > 1, as for the sine", smaller=lambda p: 1 + 0 * p.shape,
                  larger=lambda p: erf_exponent(p.shape)),
    ),
)  # fmt: skip


def _at_least_constant(value, params):
    """An exact constant as a value of params' evaluator."""
    return value + 0 * params.s
