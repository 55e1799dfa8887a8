"""ReLU's contraction, fixed points of convex duals, and the value of the majority vote."""

from fractions import Fraction

import sympy as sp

import theory.ntk_classifiers as ntk
from proofs_check import Proofs, Result, all_of, identity, inequality, polynomial, reals
from proofs_check.ntk_classifiers.duals import Z3
from theory import arcsin, cosh, rational, sqrt

item = Proofs()

STEEPEST = "0.06067"
"""The smallest five-digit m with s - s' <= c s^{3/2} (1 + m s) on (0, 1]: 1/(pi c) - 1 = .06066."""


@item("majority_vote_relu", "majority_vote_relu_expansion", source="derived: see arc_cosine_excess")
def relu_contraction():
    """c s^{3/2} (1 + s/20) <= s - s' <= c s^{3/2} (1 + .06067 s) on (0, 1], ReLU."""
    th, m = sp.symbols("theta m", positive=True)
    y = sp.sin(th / 2)
    excess = sp.sin(th) - th * sp.cos(th)
    bound = sp.Rational(8, 3) * y**3 * (1 + 2 * m * y**2)
    slope = 2 * y * sp.cos(th / 2) * (2 * y + sp.Rational(20, 3) * m * y**3 - th)
    (x,) = reals("x")
    steep = Fraction(STEEPEST)
    cubic = Fraction(20, 3) * steep
    rise = Z3.RealVal(str(3 * cubic / 2))  # (3/2) x the cubic's coefficient
    over, third = (rational(f.numerator, f.denominator) for f in (steep, cubic))

    def left(s, m):  # c s^{3/2} (1 + m s) - (s - s')
        return ntk.relu_constant() * s * sqrt(s) * (1 + m * s) - ntk.arc_cosine_excess(s)

    return all_of(
        # bound' - P' = 2 y cos(th/2) (2y + (20 m/3) y^3 - 2 asin y): both vanish at th = 0
        identity(sp.expand_trig(sp.diff(bound - excess, th) - slope), 0,
                 ranges={th: ("0.1", "1.5"), m: ("0.01", "0.1")}),
        # lower bound, m = 1/20: 2 asin y >= 2y + y^3/3, since its slope has (1-x)(1+x/2)^2 <= 1
        polynomial((1 - x) * (1 + x / 2) * (1 + x / 2) <= 1, assumptions=[x >= 0, x <= 1]),
        # upper bound: 2 asin y <= 2y + (20 m/3) y^3 while (1-x)(1 + rise x)^2 >= 1, y <= 2/5
        polynomial((1 - x) * (1 + rise * x) * (1 + rise * x) >= 1,
                   assumptions=[x >= 0, 25 * x <= 4]),
        inequality(lambda y: 2 * y + third * y**3 - 2 * arcsin(y), {"y": ("0.4", "0.59")}),
        # from there on, on theory's own function: s = 2 y^2 >= .69
        inequality(lambda s: left(s, over), {"s": ("0.69", 1)}),
        inequality(lambda s: -left(s, rational(1, 20)), {"s": ("0.3", 1)}, strict=True),
    )  # fmt: skip


@item(
    "majority_vote_supercritical", "majority_vote_smooth_critical", source="majority vote (A != 0)"
)
def fixed_point_unique():
    """F convex, B' > 1: exactly one fixed point c in (0, 1), F'(c) < 1; B' <= 1: F(t) > t; cos,
    exp and every cubic dual.

    F is strictly convex with F(1) = 1 (any dual with p_k > 0 for a k >= 2): real arithmetic on
    its chords and tangents; then that cos, exp and the cubic duals are of that kind.
    """
    box, low = {"w": ("1.25", 8)}, {"w": ("0.01", "1.1996")}

    def convex(t, w):
        return w**2 * cosh(w * t) / cosh(w)

    t, w = sp.symbols("t w", positive=True)
    exp = ntk.exponential(w)
    c, d, share, at_d, slope, b, x, at_x = reals("c d share Fd slope b x Fx")
    chord = [c > 0, c < d, d < 1, d == share * c + (1 - share), at_d < share * c + (1 - share)]
    return all_of(
        # F(c) = c leaves no second fixed point d in (c, 1): F(d) < d by the chord from c to 1
        polynomial(at_d != d, assumptions=chord),
        # the tangent at c lies under F at 1: c + F'(c) (1 - c) < 1
        polynomial(slope < 1, assumptions=[c > 0, c < 1, c + slope * (1 - c) < 1]),
        # b <= 1: the tangent at 1, 1 - b (1 - x) < F(x), is above the diagonal
        polynomial(at_x > x, assumptions=[x >= 0, x < 1, b <= 1, at_x > 1 - b * (1 - x)]),
        *_cubic_duals(),
        identity(sp.diff(ntk.cosine(w).dual_derivative(t), t), convex(t, w)),
        inequality(convex, {"t": (0, 1), **box}, strict=True),
        inequality(lambda w: ntk.cosine(w).dual(0 * w), box, strict=True),
        inequality(lambda w: ntk.cosine(w).slope_at_one - 1, box, strict=True),
        # b <= 1: cos up to w = 1.1996 (the root of w tanh w = 1 is 1.19968), exp up to w = 1
        inequality(convex, {"t": (0, 1), **low}, strict=True),
        inequality(lambda w: 1 - ntk.cosine(w).slope_at_one, low, strict=True),
        identity(sp.diff(exp.dual_derivative(t), t), w**2 * exp.dual(t)),
        identity(exp.slope_at_one, w),
    )  # fmt: skip


def _cubic_duals() -> tuple[Result, ...]:
    """The same decided directly for every F of degree 3 with p_0 > 0, existence included."""
    t, d, p0, p1, p2, p3 = reals("t d p0 p1 p2 p3")
    f = ntk.polynomial([p0, p1, p2, p3])
    b = p1 + 2 * p2 + 3 * p3
    law = [p0 > 0, p1 >= 0, p2 >= 0, p3 >= 0, p0 + p1 + p2 + p3 == 1]
    unit = [t > 0, t < 1]
    quotient = p0 - (p2 + p3) * t - p3 * t * t
    x, q0, q1, q2, q3 = sp.symbols("x q0 q1 q2 q3")
    g = ntk.polynomial([q0, q1, q2, q3])
    return (
        # F(t) - t = (1 - t) q(t) with q(0) = p_0 > 0 and q(1) = 1 - b: a root in (0, 1) if b > 1
        identity(
            sp.expand(g.dual(x).subs(q1, 1 - q0 - q2 - q3) - x),
            sp.expand((1 - x) * (q0 - (q2 + q3) * x - q3 * x**2)),
        ),
        polynomial(p0 - (p2 + p3) - p3 == 1 - b, assumptions=law),
        # q falls, so that its root is the only one
        polynomial(p0 - (p2 + p3) * d - p3 * d * d < quotient,
                   assumptions=[*law, *unit, b > 1, t < d, d < 1]),
        polynomial(f.dual_derivative(t) < 1, assumptions=[*law, *unit, b > 1, quotient == 0]),
        polynomial(f.dual(t) > t, assumptions=[*law, t >= 0, t < 1, b <= 1]),
    )  # fmt: skip


@item(
    "majority_vote_supercritical_nngp", "majority_vote_relu", "majority_vote_smooth_critical",
    "majority_vote_subcritical", source="majority vote, value",
)  # fmt: skip
def majority_value_formula():
    """y^T ((1-q) I + q J)^{-1} q 1 = q S/(1 - q + n q) (Sherman-Morrison; n = 4)."""
    n = 4
    q = sp.Symbol("q", positive=True)
    y = sp.Matrix(sp.symbols(f"y0:{n}", real=True))
    matrix = (1 - q) * sp.eye(n) + q * sp.ones(n, n)
    inverse = (sp.eye(n) - q * sp.ones(n, n) / (1 - q + n * q)) / (1 - q)
    value = (y.T * inverse * sp.ones(n, 1) * q)[0]
    return all_of(
        identity((matrix * inverse).applyfunc(sp.cancel), sp.eye(n)),
        identity(sp.cancel(value), ntk.majority_value(q, n, (sp.ones(1, n) * y)[0])),
    )
