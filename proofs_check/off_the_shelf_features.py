"""The leading orders' comparison, the moments of retrieval, and where the crossing may lie."""

from types import SimpleNamespace

import sympy

from proofs_check import Proofs, identity, polynomial, reals
from theory.off_the_shelf_features import crossover, head_rule

item = Proofs()
m2, kept, raw, d, n = sympy.symbols("m2 rho D d n", positive=True)
PARAMS = SimpleNamespace(m2=m2, kept=kept, raw=raw, d=d, signal=kept * m2)


@item("crossover")
def crossing_of_leading_orders():
    """S/sqrt(S + dim/n) agrees for features and raw inputs at n = n*."""
    n = crossover(PARAMS)
    return identity(*(s**2 / (s + dim / n) for s, dim in ((kept * m2, d), (m2, raw))))


@item("retrieval_is_eight_thirds_shot")
def head_prefers_features_where_the_rule_is_positive():
    """s^2 (t + D/n) - t^2 (s + d/n) = (m^4/n) (head's rule): the squared ratios' difference."""
    s, t = kept * m2, m2
    return identity(s**2 * (t + raw / n) - t**2 * (s + d / n), t**2 / n * head_rule(PARAMS, n))


@item("head_error", "head_error_by_quadrature")
def product_of_two_vectors():
    """4 x.y = |x + y|^2 - |x - y|^2, and x + y, x - y are uncorrelated."""
    x, y = sympy.symbols("x y")
    return identity((x + y) ** 2 - (x - y) ** 2, 4 * x * y)


@item("retrieval_accuracy")
def variance_of_retrieval():
    """Var(|x - z|^2 - |x - y|^2) = 12 d + 32 S.

    derived: given x the variance is 4 d + 4 |x - mu|^2 + 4 |x + mu|^2, the mean 4 x.mu
    """
    return identity(4 * d + 8 * (d + m2) + 8 * m2 + 16 * m2, 12 * d + 32 * m2)


@item("crossover", "never_below_sqrt")
def crossing_grows_in_rho():
    """n* rises in rho between sqrt(d/D) and 1: D rho^2 - 2 d rho + d > 0 for D > d > 0."""
    rho, D, d = reals("rho D d")
    return polynomial(D * rho**2 - 2 * d * rho + d > 0, assumptions=[d > 0, d < D])
