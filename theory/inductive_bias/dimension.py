"""High dimension: tau^2 = 1/d, |theta*| = 1, n = phi d, |P theta*|^2 = 1 - phi."""

from theory import Claims, Twin, exp, log, sqrt
from theory.inductive_bias.linear import at_numbers, price, rate
from theory.inductive_bias.params import Params

claim = Claims("derived")
PHI = 0.2
TALL = [Params(eps=0.5, d=d, n=d // 5) for d in (50, 100, 200, 400, 800, 1600)]
tall = claim.given(along=TALL, size=lambda p: p.free)


def proportional(p, n=None):
    """I at tau^2 = 1/d, |theta*| = 1, with the teacher's share (d - n)/d off the data."""
    n = p.n if n is None else n
    return at_numbers(p.eps, 1.0 * p.d, 1.0 * n, 1 / sqrt(1.0 * p.d), (p.d - n) / p.d)


@tall.limit(
    lambda p: rate(p.eps / (1 - PHI), 1.0),
    rate=-1,
    within=0.03,
    why="the next order, 1/k^2",
    last_gap=3e-3,
    source="the abstract, in words: tasks of higher dimension need more; the law derived here",
    twin=Twin("the teacher forgotten: R(a, 0)", limit=lambda p: rate(p.eps / (1 - PHI), 0.0)),
)
def dimension_scaling(p):
    """(I - (log k)/2)/k tends to R(eps/(1 - phi), 1), k = d - n: linear in d."""
    return (proportional(p) - log(1.0 * p.free) / 2) / p.free


@tall.scaling(
    1.0, within=0.03, why="a constant beside k R: .98 seen", twin=Twin("quadratic", exponent=2.0)
)
def dimension_scaling_exponent(p):
    """I - (log k)/2 grows like d^1."""
    return proportional(p) - log(1.0 * p.free) / 2


@claim.limit(
    0.5,
    along=[Params(eps=1.6, d=d, n=d // 5) for d in (50, 100, 200, 400, 800)],
    size=lambda p: p.free,
    rate=-0.5,
    within=0.02,
    why="Edgeworth: the next order is k^(-3/2)",
    last_gap=0.02,
    twin=Twin("phi = 1 - eps", limit=0.0),
)
def phase_transition(p):
    """At phi = 1 - eps/2 half the fitting hypotheses reach eps: I -> log 2, R = 0 from there on."""
    return exp(-proportional(p))


@tall.limit(
    lambda p: price(p.eps / (1 - PHI), 1.0),
    rate=-1,
    within=0.1,
    why="the next order, 1/k^2",
    last_gap=2e-3,
    twin=Twin("(1/2) log(1/eps), the price at small eps", limit=lambda p: log(1 / p.eps) / 2),
)
def price_of_an_example(p):
    """One more example saves (1 - w - log w)/2 nats, w^2 + w = eps/(1 - phi); 0 from w = 1 on.

    derived: R - a dR/da at nu = 1; the paper has no such curve
    """
    return proportional(p) - proportional(p, p.n + 1)
