"""The numbers that the statements speak of, and the cases that they share."""

from collections.abc import Callable
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Because, Doc, Ge, Le, Logarithmic, Lt, Row, Scalar, Static, Whole, parameters

SETTING = "data_diet"
NO_LABELS = Because("at 1/2 labels carry no signal, above it they are reversed")
NOTHING_KEPT = Because("the share kept; where nothing is kept nothing is learned")
FLOATS = Because("beyond, float64 loses the answer's digits")
COIN = Because("beyond, one class has it all and the scores are those of a guess")
ANGLE = Because("an angle of two directions; at pi/2 the ranking knows nothing of the teacher")

Classes = Annotated[Scalar, Ge(2), Le(1e6), Whole]
Chances = Annotated[Any, Ge(0), Le(1), Row]
Unit = Annotated[Scalar, Ge(0), Le(1)]
Spread = Annotated[Scalar, Ge(0), Le(10), COIN]
Snr = Annotated[Scalar, Ge(0), Le(1e3)]
SomeSnr = Annotated[Scalar, Ge(1e-2), Le(1e2), FLOATS]
Flip = Annotated[Scalar, Ge(0), Lt(0.5), NO_LABELS]
Cosine = Annotated[Scalar, Ge(-1), Le(1)]
Size = Annotated[Scalar, Ge(1), Le(1e9)]
Rate = Annotated[Scalar, Ge(1e-6), Le(4)]
Scale = Annotated[Scalar, Ge(0), Le(10)]
Modest = Annotated[Scalar, Ge(0), Le(10), FLOATS]
Margin = Annotated[Scalar, Ge(-10), Le(10), FLOATS]
Runs = Annotated[Scalar, Ge(1), Le(1e9)]
Total = Annotated[Scalar, Ge(1e-3), Le(1e6), FLOATS]
Share = Annotated[Scalar, Ge(1e-3), Le(1), NOTHING_KEPT]
SomeShare = Annotated[Scalar, Ge(0.02), Le(0.98), NOTHING_KEPT]
Start = Annotated[Scalar, Ge(0), Le(0.999), Doc("share of examples that are harder than all kept")]
Error = Annotated[Scalar, Ge(1e-7), Le(0.499), FLOATS]
Angle = Annotated[Scalar, Ge(0), Le(1.5707963267948966), ANGLE]
WINDOW = (
    "and share leave the ranking: start + share is above 1",
    lambda start, share: start + share <= 1 + 1e-12,
)


def floats(*values: Any) -> tuple[Any, ...]:
    """As arrays of one type, so that a compiled formula is compiled once."""
    return tuple(jnp.asarray(v, float) for v in values)


def plainly(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The formula at plain numbers, in and out: all claims then share the program it has, where
    each would trace and compile it anew."""

    def call(*numbers: Any) -> Any:
        return np.asarray(formula(*(np.asarray(v, float) for v in numbers)))

    return call


@parameters(SETTING)
class Params:
    """A training set, its noise and what is kept of it; the noise of inputs is 1."""

    classes: Annotated[int, Ge(2), Le(64), Static, Doc("K")] = 4
    d: Annotated[int, Ge(2), Le(2048), Static, Doc("dimension of inputs")] = 40
    n: Annotated[int, Ge(2), Le(4096), Static, Doc("training examples")] = 80
    snr: Annotated[float, Ge(0), Le(10), Doc("|mu|/sigma of the two classes")] = 1.5
    rho: Annotated[float, Ge(0), Lt(0.5), NO_LABELS, Doc("flip rate of labels")] = 0.2
    eta: Annotated[float, Ge(1e-6), Le(4), Logarithmic, Doc("learning rate")] = 0.1
    scale: Annotated[float, Ge(0), Le(10), Doc("s0: first weights are N(0, s0^2/d)")] = 0.3
    runs: Annotated[int, Ge(1), Le(64), Static, Doc("M, networks over which scores average")] = 4
    steps: Annotated[int, Ge(1), Le(10_000), Static, Doc("of training before scoring")] = 20
    time: Annotated[float, Ge(1e-3), Le(8), Doc("of gradient flow on the squared loss")] = 2.0
    width: Annotated[int, Ge(1), Le(512), Static, Doc("hidden units")] = 16
    spread: Annotated[float, Ge(0), Le(10), COIN, Doc("s: first logits are N(0, s^2)")] = 1.0
    kept: Annotated[int, Ge(1), Le(4096), Static, Doc("examples kept")] = 40
    first: Annotated[int, Ge(0), Le(4096), Doc("harder examples that are dropped")] = 0
    angle: Annotated[float, Ge(0), Le(1.5707963267948966), ANGLE,
                     Doc("theta, of the probe that ranks and the teacher")] = 0.0  # fmt: skip

    def check(self: Any):
        """No more is kept than there is."""
        if self.kept > self.n:
            raise self.refuse("kept", f"is above n = {self.n}")
        if not self.first + self.kept <= self.n:
            raise self.refuse("first", f"+ kept is above n = {self.n}")

    @property
    def share(self):
        """f, the share of examples kept."""
        return self.kept / self.n

    @property
    def start(self):
        """The share of harder examples that are dropped."""
        return self.first / self.n

    @property
    def total(self):
        """alpha_tot = n/d."""
        return self.n / self.d

    @property
    def aspect(self):
        """gamma = d/n."""
        return self.d / self.n

    @property
    def clean(self):
        """c = 1 - 2 rho."""
        return 1 - 2 * self.rho


TWICE = Params(d=40, n=160, kept=80)
ONCE = Params(d=40, n=40, kept=20)
PLENTY = Params(d=20, n=400, kept=120)
