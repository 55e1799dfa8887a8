"""DiffROAR on the plain case: what retraining on masked inputs says of an order of coordinates."""

from typing import Annotated

from theory import Claims, Ge, Scalar, Twin, closed_form, maximum, minimum
from theory.input_gradients.nets import Params

claim = Claims().given(mode="masked", within=0.02, support=(-1.0, 1.0))
Place = Annotated[Scalar, Ge(1)]


@closed_form(
    example={"d": 10, "first": 1, "last": 5, "shown": 3},
    last=("is not in first..d", lambda d, first, last: (first <= last) & (last <= d)),
    shown=("is above d", lambda d, shown: shown <= d),
)
def diffroar(d: Place, first: Place, last: Place, shown: Place):
    """Accuracy with the top K of d coordinates shown minus that with the bottom K, retrained.

    For an order that puts the signal at a place uniform in first..last. A rule retrained on the
    masked inputs y e_j is right where the signal is shown and guesses elsewhere.
    """
    places = last - first + 1

    def seen(count, after):
        return minimum(maximum(count - after, 0), places) / places

    return (seen(shown, first - 1) - seen(shown, d - last)) / 2


PLAIN, NOTEBOOK = Params(), Params(k=10, d=10)
CASES = (PLAIN, PLAIN.but(shown=7), NOTEBOOK)


@claim.equals(
    "robust",
    at=CASES,
    twin=Twin("1, the accuracy itself", guess=0),
    known=((PLAIN, ".5"), (NOTEBOOK.but(shown=9), ".5")),
)
def diffroar_toy_robust(p, *, guess=1):
    """Gradients without leakage: 1/2 for every K < d, the most there is."""
    return diffroar(p.d, 1, 1, p.shown) * (2 - guess)


@claim.equals(
    "leaky",
    at=CASES,
    twin=Twin("0: the dead half forgotten", dead=0),
    known=((PLAIN, ".3"), (PLAIN.but(shown=5), ".5"), (NOTEBOOK, "0.0")),
)
def diffroar_toy_leaky(p, *, dead=1):
    """Leaky gradients: (min(K/k, 1) - max(0, (K - d + k)/k))/2, above 0 thanks to dead blocks."""
    return diffroar(p.d, 1, p.k if dead else p.d, p.shown)


@claim.equals(
    "inverted",
    at=(*CASES, PLAIN.but(shown=5)),
    twin=Twin("that of leaky gradients", last=0),
    known=((PLAIN, "0.0"), (PLAIN.but(shown=5), ".5"), (NOTEBOOK, "-.5")),
)
def diffroar_toy_inverted(p, *, last=1):
    """Lazy gradients, the signal last of k: 1/2 at K = k alone if d = 2k, -1/2 for K < d = k."""
    return diffroar(p.d, p.k if last else 1, p.k, p.shown)


claim.equals(
    "random",
    formula=0.0,
    name="diffroar_toy_random",
    says="a random order: 0",
    at=CASES,
    twin=Twin("K/(2d), its accuracy above a guess", prediction=0.15),
)
