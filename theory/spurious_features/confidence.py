"""Over-confidence of one member: a staircase of errors, and how label smoothing mends it."""

from typing import Annotated, Any

from theory import Claims, Domain, Gt, Lt, Scalar, Twin, closed_form, log, log1p
from theory.spurious_features.examples import FULL, example_ensemble, example_member
from theory.spurious_features.params import EXAMPLE, Classes, Shift, pair
from theory.spurious_features.votes import right_share, vote_accuracy

claim = Claims("derived")
counted = claim.given(why="exact law: the width asked for")


@closed_form
def example_overconfident(p: Shift) -> Any:
    """1 - 2 p^3/27 - 5 p^6/243: the second's weights and features times lambda > sqrt 5."""
    return 1 - 2 * p**3 / 27 - 5 * p**6 / 243


# --------------------------------------------------------------------------------------------
def staircase(scale, p):
    """The exact accuracy in the example, the second's votes counting ``scale``."""
    return vote_accuracy(p, 3, 2 + 2 * scale, 3, 3, scale)


SURE = EXAMPLE.but(scale=5.1)


@counted.equals(
    "wse",
    at=(SURE, EXAMPLE.but(scale=30.0)),
    within=0.005,
    twin=Twin("balanced", of=example_ensemble),
    known=((SURE, ".935065"),),
)
def imbalance_lambda(p, *, of=example_overconfident):
    """lambda^2 > 5: 1 - A = 2 p^3/27 + 5 p^6/243: each strict error of the second is one of both.

    the paper, as recalled; enumerated again
    """
    return of(p.p)


BELOW = FULL.but(scale=2.5)


@counted.equals(
    "wse",
    at=BELOW,
    within=0.005,
    twin=Twin("above the threshold already", of=example_overconfident),
    known=((BELOW, ".9327846"), (FULL.but(scale=4.9), ".9080933")),
)
def below_the_threshold(p, *, of=None):
    """lambda^2 = 5/2 < 5: 49/729 are wrong at p = 1, not 69/729 yet; 67/729 at 4.9."""
    return staircase(p.scale, p.p) if of is None else of(p.p)


@claim.identity(
    lambda p: example_overconfident(p.p),
    over=Domain.around(SURE, p=(0.0, 1.0), scale=(5.01, 100.0)),
    within=1e-12,
    points=24,
    twin=Twin("at a tenth of it", share=0.1),
)
def threshold_is_five(p, *, share=1.0):
    """The accuracy is the same for all lambda^2 > 5 = n_v + n_s of the first member."""
    return staircase(p.scale * share, p.p)


LOSS = claim.given(over=Domain.around(EXAMPLE, p=(0.01, 1.0)), points=64)


@LOSS.never_below(
    lambda p: 34 * p.p**3 / 729, twin=Twin("2 p^3/27", smaller=lambda p: 2 * p.p**3 / 27)
)
def imbalance_loss(p):
    """A(lambda = 1) - A(lambda > sqrt 5) >= (34/729) p^3, equal at p = 1.

    the paper, as recalled; derived again
    """
    return example_ensemble(p.p) - example_overconfident(p.p)


@LOSS.never_below(lambda p: 34 * p.p**3 / 729, repaired_by="imbalance_loss")
def imbalance_loss_at_the_threshold(p):
    """The same at lambda = sqrt 5, where there are ties: 33/729 at p = 1."""
    return example_ensemble(p.p) - staircase(5.0, p.p)


# --------------------------------------------------------------------------------------------
# Label smoothing balances heads


@closed_form
def smoothed_margin(smoothing: Annotated[Scalar, Gt(0), Lt(1)], classes: Classes) -> Any:
    """log(1 + K (1 - e)/e): the lead of the true logit that smoothed labels ask for.

    Labels 1 - e + e/K and e/K are the softmax of logits that differ by the log of their ratio.
    A head that separates the classes attains it; its lead has no limit as e -> 0.
    """
    return log1p((classes - 1) * (1 - smoothing)) - log(smoothing)


heads = claim.given(mode="heads", at=EXAMPLE, trials=512)
POINTS = 256  # of a trial


def kept(p):
    """The share of its features' votes that are right, less those for one wrong class."""
    return (p.n_v + (1 - p.p) * p.n_s) / (p.n_v + p.n_s)


@heads.equals(
    "lead",
    at=(EXAMPLE, EXAMPLE.but(smoothing=0.3)),
    within=0.05,
    variance=lambda p: (
        p.n_s * (smoothed_margin(p.smoothing, p.classes) * p.classes / (p.classes - 1)) ** 2
        / (4 * (p.n_v + p.n_s) ** 2 * POINTS)
    ),
    why="the width asked for (a vote is worth the margin over n_v + n_s, or -1/(K-1) of it)",
    twin=Twin("e for each wrong class", spread=1),
    known=((EXAMPLE, "1.5328141"),),
)  # fmt: skip
def smoothing_fixes_the_margin(p, *, spread=0):
    """A head trained with smoothed labels leads by log(1 + K (1 - e)/e), times right less wrong.

    In distribution by all of it, out of distribution by (n_v + (1-p) n_s)/(n_v + n_s) of it.
    """
    lost = spread * log(p.classes)
    return kept(p) * (smoothed_margin(p.smoothing, p.classes) - lost)


within = heads.given(within=0.01, why="the width asked for")


@within.equals("member", twin=Twin("ties won", of=lambda q: 1 - 2 * q**3 / 27))
def trained_head(p, *, of=example_member):
    """A trained head is the model of claims before: all its features weigh the same."""
    return of(p.p)


@within.equals("sure", twin=Twin("balanced", of=example_ensemble))
def trained_sure_head(p, *, of=example_overconfident):
    """Beside a head trained without smoothing: that one's lead is over five times, and decides."""
    return of(p.p)


@within.equals("balanced", twin=Twin("one decides", of=example_overconfident))
def trained_balanced_heads(p, *, of=example_ensemble):
    """Both smoothed: the balanced ensemble's."""
    return of(p.p)


heads.ordering("balance_helps", "smoothing the second head's labels helps", "balanced", "sure")


# --------------------------------------------------------------------------------------------
# Networks on coloured images

MANY = pair(0, 16, classes=5, p=0.7)
ONE = MANY.but(patch=16, digit=0.0)
TEST = 2048  # images of a trial
images = claim.given(mode="colours", trials=256)

images.ordering(
    "networks_diversify",
    "sixteen coloured patches: two networks' ensemble beats either",
    "nets",
    "net",
    at=MANY,
)
images.ordering(
    "networks_weights_do_not_average",
    "weights of two networks from different starts do not average: one network is better",
    "net",
    "mean_weights",
    at=MANY,
)


# One flip for all: given the noise an image of class t that shows v is called right with chances
# (1 - p + p/K) if t = v and p/K else, so that A = (1-p) A_id + p/K whatever a network has learned,
# and one point's [right] - (1-p)[right in distribution], in [p - 1, 1], has the mean p/K exactly.
flipped = images.given(at=ONE, within=0.03, why="the width asked for")


@flipped.equals(
    lambda run, p: run["net"] + (1 - p.p) * (1 - run["inside"]),
    variance=lambda p: (2 - p.p) ** 2 / (4 * TEST),
    twin=Twin("a flip goes to a wrong class", back=0),
)
def single_color_control(p, *, back=1):
    """All patches share one flip: A = (1-p) A_id + p/K, so 1 - p + p/K where A_id = 1.

    the authors' option of one colour; the formula is derived
    """
    return right_share(p.p, p.classes) if back else 1 - p.p


flipped.equals(
    lambda run, p: run["nets"] - run["net"] - (1 - p.p) * (run["nets_inside"] - run["inside"]),
    variance=lambda p: (2 - p.p) ** 2 / TEST,
    name="single_color_gain",
    says="and an ensemble gains 1-p times what it gains in distribution: nothing, where A_id = 1",
    formula=lambda p: 0.0,
    twin=Twin("what many colours give", prediction=lambda p: 0.1),
)
