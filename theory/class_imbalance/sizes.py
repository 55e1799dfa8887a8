"""Class sizes of step and linear imbalance, and what is left after resampling."""

from typing import Annotated

from theory import Claims, Domain, Ge, Scalar, Twin, Whole, closed_form, where
from theory.class_imbalance.params import BOTH_GROUPS, ENOUGH, Classes, Members, Params, Ratio, Some

claim = Claims("section 2; derived")
SIZES = {"classes": 10, "minority": 4, "rho": 8.0, "largest": 5000.0, "index": 3}


@closed_form(
    example=SIZES,
    index=("is not below the number of classes", lambda index, classes: index < classes),
    rho=ENOUGH,
)
def linear_size(
    index: Annotated[Scalar, Ge(0), Whole], classes: Classes, rho: Ratio, largest: Members
) -> Scalar:
    """n_max (1/rho + (1 - 1/rho) i/(N - 1)), i = 0 .. N - 1: equal steps from class to class."""
    return largest * (1 / rho + (1 - 1 / rho) * index / (classes - 1))


@closed_form(example=SIZES, rho=ENOUGH)
def step_size(
    index: Annotated[Scalar, Ge(0), Whole], minority: Some, rho: Ratio, largest: Members
) -> Scalar:
    """n_max/rho for the first M classes, i < M, and n_max for the others."""
    return where(index < minority, largest / rho, largest + 0 * rho)


@closed_form(example=SIZES, minority=BOTH_GROUPS, rho=ENOUGH)
def step_total(classes: Classes, minority: Some, rho: Ratio, largest: Members) -> Scalar:
    """n_max (N - M + M/rho), examples of M classes with n_max/rho each and N - M with n_max."""
    return largest * (classes - minority + minority / rho)


@closed_form(example=SIZES, rho=ENOUGH)
def undersampled_total(classes: Classes, rho: Ratio, largest: Members) -> Scalar:
    """N n_max/rho: all classes cut down to the smallest."""
    return classes * largest / rho


PAPERS = Params(few=500)  # 10 classes of 500 and 5000
AT_RATIOS = Domain.around(Params(), rho=(1.0, 1e3))
SPLIT = Domain.around(Params(), rho=(1.0, 1e3), minority=(1, 9))


@claim.identity(
    lambda p: step_total(p.classes, p.classes // 2, p.rho, p.largest),
    over=AT_RATIOS,
    twin=Twin("steps of 1/N, that end above n_max", steps=0),
    known=((PAPERS, "27500"),),
)
def same_total(p, *, steps=1):
    """Linear imbalance has as many examples as a step with mu = 1/2: n_max N (1 + 1/rho)/2."""
    sizes = [linear_size(i, p.classes, p.rho, p.largest) for i in range(p.classes)]
    return sum(sizes) if steps else sum(sizes) * p.classes / (p.classes - 1)


@claim.identity(
    lambda p: step_total(p.classes, p.minority, p.rho, p.largest),
    over=SPLIT,
    twin=Twin("mu for 1 - mu", turned=True),
    known=((PAPERS, "27500"),),
)
def total_of_a_step(p, *, turned=False):
    """A step has n_max N (1 - mu + mu/rho) examples."""
    rare = p.classes - p.minority if turned else p.minority
    return sum(step_size(i, rare, p.rho, p.largest) for i in range(p.classes))


@claim.identity(
    lambda p: undersampled_total(p.classes, p.rho, p.largest),
    over=SPLIT,
    twin=Twin("as many as 1 - mu of the classes had", kept=False),
    known=((PAPERS, "5000"),),
)
def undersampling_size_blind(p, *, kept=True):
    """Undersampled to balance the training set is N n_max/rho, whatever mu: so is what it learns.

    section 4; derived: each class keeps its min_j C_j examples, and no other property of mu is left
    """
    if not kept:
        return p.largest * (p.classes - p.minority)
    return p.classes * step_size(0, p.minority, p.rho, p.largest)
