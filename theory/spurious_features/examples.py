"""Small examples, exactly: ensembles that correct what both members get wrong."""

from typing import Any

from theory import Claims, Domain, Twin, arcsin, closed_form, pi, rational, sqrt
from theory.spurious_features.params import EXAMPLE, Shift

claim = Claims("derived")
RECALLED = "the paper, as recalled; enumerated again"


@closed_form
def example_member(p: Shift) -> Any:
    """1 - 5 p^3/27: one model, ties split at random."""
    return 1 - 5 * p**3 / 27


@closed_form
def example_ensemble(p: Shift) -> Any:
    """1 - 2 p^5/81 - 17 p^6/729: two of them, of outputs or of weights."""
    return 1 - 2 * p**5 / 81 - 17 * p**6 / 729


@closed_form
def both_wrong(p: Shift) -> Any:
    """(5 p^3/27)^2: given the label the two are independent."""
    return (5 * p**3 / 27) ** 2


@closed_form
def outputs_correct(p: Shift) -> Any:
    """P(both wrong, output ensemble right) = q^6 (2 + 12 t + 18/4), q = p/3.

    t = 1/4 - asin(1/sqrt 8)/(2 pi): a strict error against a lost tie, where the ensemble ties
    with noise that leans to what was lost. 18/4: ties lost to different classes.
    """
    return (p / 3) ** 6 * (2 + 12 * quadrant(1 / sqrt(8)) + rational(9, 2))


@closed_form
def weights_correct(p: Shift) -> Any:
    """The same of the weight ensemble: q^6 (2 + 12 t + 18/24 + 18/4), t of correlation 1/4.

    18/24: two ties lost to the same class, turned by the noise of one's weights on the other's
    features.
    """
    return (p / 3) ** 6 * (2 + 12 * quadrant(rational(1, 4)) + rational(21, 4))


@closed_form
def weights_spoil(p: Shift) -> Any:
    """P(both right, weight ensemble wrong) = 3 q^6/4, q = p/3; of outputs it never is."""
    return 3 * (p / 3) ** 6 / 4


def quadrant(rho):
    """P(X < 0 < Y) of standard normals with correlation rho."""
    return rational(1, 4) - arcsin(rho) / (2 * pi)


# --------------------------------------------------------------------------------------------
# Three classes, in the limit of small noise

counted = claim.given(why="exact law: the width asked for")


@counted.equals(
    "first",
    at=EXAMPLE,
    within=0.008,
    twin=Twin("ties won by the true class", wrong=2),
    known=((EXAMPLE, ".865"),),
)
def illustrative_individual(p, *, wrong=5):
    """K = 3, two invariant and three spurious features: A = 1 - 5 p^3/27, ties split at random.

    the paper, as recalled; enumerated again
    """
    return example_member(p.p) if wrong == 5 else 1 - wrong * p.p**3 / 27


@counted.equals(
    "first",
    at=EXAMPLE,
    within=0.008,
    name="illustrative_individual_anew",
    says="a vote drawn anew is right again with chance 1/K: 1 - 5 p^3/27, not 1 - 5 p^3/8",
    twin=Twin("a flip goes to a wrong class", prediction=lambda p: 1 - 5 * p.p**3 / 8),
)
def illustrative_anew(p):
    """1 - 5 p^3/27."""
    return example_member(p.p)


@counted.equals(
    "ose", at=EXAMPLE, within=0.004, twin=Twin("no ties", ties=2), known=((EXAMPLE, ".973027"),)
)
def illustrative_ensemble(p, *, ties=17):
    """Two such models, no feature shared, outputs averaged: A = 1 - 2 p^5/81 - 17 p^6/729.

    the paper, as recalled; enumerated again
    """
    return example_ensemble(p.p) if ties == 17 else 1 - 2 * p.p**5 / 81 - ties * p.p**6 / 729


@counted.equals(
    "wse", at=EXAMPLE, within=0.004, twin=Twin("one model's accuracy", of=example_member)
)
def illustrative_ensemble_of_weights(p, *, of=example_ensemble):
    """The same for averaged weights, where none is shared."""
    return of(p.p)


FULL = EXAMPLE.but(p=1.0)
rare = claim.given(at=FULL, why="exact law: the width asked for", trials=131072)


@rare.equals("ff", within=0.003, twin=Twin("errors agree", apart=1), known=((FULL, ".0342936"),))
def both_members_wrong(p, *, apart=2):
    """P(both wrong) = (5 p^3/27)^2 = 25 q^6, q = p/3: given the label they are independent."""
    return both_wrong(p.p) if apart == 2 else 5 * p.p**3 / 27


LONE = 11.75  # of q^6, with ties of the ensemble split apart from its members'


@rare.equals(
    "fft_ose",
    within=0.0008,
    twin=Twin("ties of the ensemble split apart", alone=True),
    known=((FULL, ".0120848"),),
)
def false_false_true(p, *, alone=False):
    """Both members wrong, the output ensemble right: 8.81 q^6, 35 % of all that both get wrong."""
    return LONE * (p.p / 3) ** 6 if alone else outputs_correct(p.p)


@rare.equals(
    "fft_wse",
    within=0.0008,
    twin=Twin("ties of the ensemble split apart", alone=True),
    known=((FULL, ".0133984"),),
)
def false_false_true_of_weights(p, *, alone=False):
    """Both members wrong, the weight ensemble right: 9.77 q^6, by noise that members lack."""
    return LONE * (p.p / 3) ** 6 if alone else weights_correct(p.p)


@rare.equals("ttf_wse", within=0.0004, twin=Twin("as of outputs", times=0))
def true_true_false_of_weights(p, *, times=1):
    """Both members right, the weight ensemble wrong: 3 q^6/4."""
    return times * weights_spoil(p.p)


claim.every_trial(
    "ttf_ose",
    bound=0.0,
    within=1e-12,
    at=FULL,
    name="outputs_never_spoil",
    says="where both members are right their output ensemble is",
    twin=Twin("nor do weights", observable="ttf_wse"),
)


@claim.identity(
    lambda p: weights_correct(1.0) / both_wrong(1.0),
    over=Domain.around(EXAMPLE, p=(0.05, 1.0)),
    within=1e-12,
    twin=Twin("more at a larger shift", power=1),
    known=((EXAMPLE, ".3906967"),),
)
def corrected_share_is_fixed(p, *, power=0):
    """P(both wrong, ensemble right)/P(both wrong) does not depend on p."""
    return weights_correct(p.p) / both_wrong(p.p) * p.p**power
