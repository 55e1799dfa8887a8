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
    square = [s**2 / (s + dim / n) for s, dim in ((kept * m2, d), (m2, raw))]
    return identity(*(side.subs(n, crossover(PARAMS)) for side in square))


@item("retrieval_is_eight_thirds_shot")
def head_prefers_features_where_the_rule_is_positive():
    """s^2 (t + D/n) - t^2 (s + d/n) = (m^4/n) (head's rule): the squared ratios' difference."""
    s, t = kept * m2, m2
    difference = s**2 * (t + raw / n) - t**2 * (s + d / n)
    return identity(difference, m2**2 / n * head_rule(PARAMS, n))


@item("head_error", "head_error_by_quadrature")
def product_of_two_vectors():
    """4 x.y = |x + y|^2 - |x - y|^2, and x + y, x - y are uncorrelated."""
    x, y = sympy.symbols("x y", real=True)
    return identity((x + y) ** 2 - (x - y) ** 2, 4 * x * y)


@item("retrieval_accuracy")
def variance_of_retrieval():
    """Var(|x - z|^2 - |x - y|^2) = 12 d + 32 S.

    derived: given x, y and z are independent with |x -+ mu|^2 as noncentralities: the variance is
    4 d + 8 |x|^2 + 8 S, the mean 4 x.mu, E|x|^2 = d + S and Var(4 x.mu) = 16 S
    """
    given_x = 4 * d + 8 * (d + m2) + 8 * m2
    return identity(given_x + 16 * m2, 12 * d + 32 * m2)


@item("crossover", "never_below_sqrt")
def crossing_grows_in_rho():
    """n* rises in rho between sqrt(d/D) and 1: D rho^2 - 2 d rho + d > 0 for D > d > 0."""
    rho, big, small = reals("rho D d")
    return polynomial(
        big * rho**2 - 2 * small * rho + small > 0, assumptions=[small > 0, big > small]
    )
