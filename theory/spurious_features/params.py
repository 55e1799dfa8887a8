"""The numbers that the statements speak of."""

from typing import Annotated, Any

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Scalar, Static, Whole, parameters

MOST_CLASSES = 20
Shift = Annotated[Scalar, Ge(0), Le(1), Doc("chance p that a spurious vote is drawn anew")]
Classes = Annotated[Scalar, Ge(2), Le(MOST_CLASSES), Whole]
Count = Annotated[Scalar, Ge(0), Le(1e6), Whole]
Used = Annotated[
    Scalar, Ge(1), Le(1e6), Whole, Because("a model without spurious features has no such limit")
]
Number = Annotated[int, Ge(0), Le(100), Static]
IN_BOTH = "exceeds the smaller model: overlap cannot"


@parameters("spurious_features")
class Params:
    """Two models' invariant and spurious features, those that both use, shift and noise."""

    classes: Annotated[int, Ge(2), Le(MOST_CLASSES), Static, Doc("K")] = 3
    p: Annotated[float, Ge(0), Le(1), Doc("chance that a spurious vote is drawn anew")] = 0.9
    n_v: Annotated[Number, Doc("invariant features of the first model")] = 2
    n_s: Annotated[int, Ge(0), Le(2000), Static, Doc("spurious features of the first model")] = 3
    m_v: Annotated[Number, Doc("invariant features of the second model")] = 2
    m_s: Annotated[int, Ge(0), Le(2000), Static, Doc("spurious features of the second model")] = 3
    o_v: Annotated[Number, Doc("invariant features of both")] = 0
    o_s: Annotated[Number, Doc("spurious features of both")] = 0
    sigma: Annotated[float, Ge(0), Le(10), Doc("noise of a coordinate; 0: the limit")] = 0.0
    scale: Annotated[
        float, Ge(0.01), Le(100), Logarithmic, Doc("lambda^2, over-confidence of the second")
    ] = 1.0
    patch: Annotated[int, Ge(1), Le(100), Static, Doc("spurious features that share a flip")] = 1
    smoothing: Annotated[float, Gt(0), Lt(1), Doc("share of a label spread over classes")] = 0.1
    mixing: Annotated[float, Ge(0.05), Le(20), Logarithmic, Doc("alpha of Mixup's Beta law")] = 1.0
    samples: Annotated[
        float, Ge(1), Le(1e12), Logarithmic, Doc("N, training points of a class; 1e12: exact")
    ] = 1e12
    digit: Annotated[float, Ge(0), Le(10), Doc("strength of the digit in an image")] = 0.5

    def check(self: Any):
        """Shared features are of both models; features flip in whole groups."""
        for shared, first, second in (("o_v", "n_v", "m_v"), ("o_s", "n_s", "m_s")):
            least = min(getattr(self, first), getattr(self, second))
            if getattr(self, shared) > least:
                raise self.refuse(shared, f"{IN_BOTH}: {first}, {second} leave {least}")
        for count in (self.n_s, self.m_s, self.o_s):
            if count % self.patch:
                raise self.refuse("patch", f"does not divide {count} spurious features")

    @property
    def members(self):
        """(n_v, n_s, m_v, m_s), what the Gaussian forms of ensembles take."""
        return self.n_v, self.n_s, self.m_v, self.m_s


def pair(n_v, n_s, **others):
    """Two models of equal size."""
    return Params(n_v=n_v, n_s=n_s, m_v=n_v, m_s=n_s, **others)


EXAMPLE = Params()
"""Three classes, two invariant and three spurious features a model, none shared."""
LARGE = pair(5, 20)
