"""The short form makes the same claims as the long one, and refuses what could decide nothing."""

from typing import Annotated

import jax
import numpy as np
import pytest

from theory import (
    AtLeast, Claims, Domain, Draws, Equals, Ge, Identity, Inequality, Law, Le, Limit, Ordering,
    PerTrial, Scaling, Twin, Verdict, parameters,
)  # fmt: skip


@parameters("short_demo")
class Params:
    """Parameters of a demo."""

    n: Annotated[int, Ge(1), Le(10**6)] = 10
    eta: Annotated[float, Ge(0), Le(1)] = 0.1


BOX = Domain.around(Params(), eta=(0.0, 0.5))
RUNGS = tuple(Params(n=n) for n in (10, 20, 40, 80))


def test_a_decorated_formula_is_its_claim():
    claim = Claims()

    @claim.equals(
        at=Params(), within=0.01, twin=Twin("1/2 lost", half=1), known=((Params(), ".05"),)
    )
    def half_noise(p, *, half=2):
        """eta/2.

        Lemma 1, equation
        (3).

        What a reader should know.
        """
        return p.eta / half

    (made,) = claim.all
    assert made is half_noise.claim
    assert isinstance(made, Equals)
    assert (made.name, made.statement) == ("half_noise", "eta/2")
    assert (made.source, made.remarks) == ("Lemma 1, equation (3).", "What a reader should know.")
    assert made.observable == "half_noise"
    assert made.cases == (Params(),)
    assert made.support == (0.0, 1.0)
    assert made.tolerance == 0.01
    assert made.prediction(Params()) == half_noise(Params()) == 0.05
    assert made.as_twin().prediction(Params()) == 0.1
    assert jax.grad(lambda eta: half_noise(Params().but(eta=eta)))(0.2) == 0.5


def test_a_twin_may_be_another_formula():
    claim = Claims()

    @claim.at_most("risk", at=Params(), delta=0.1)
    def bound(p):
        """risk <= eta."""
        return p.eta

    with pytest.raises(ValueError, match="bound: a claim needs a wrong twin"):
        _ = claim.all

    @bound.wrong("squared")
    def squared(p):
        return p.eta**2

    assert claim.all[0].as_twin().bound is squared
    assert claim.all[0].twin.mistake == "squared"
    with pytest.raises(ValueError, match="claim bound: a second twin"):
        bound.wrong("again")(squared)


def test_every_kind_has_a_short_form():
    claim = Claims(source="Theorem 1")
    with_rungs = claim.given(along=RUNGS, size=lambda p: p.n, within=0.05, why="next order")

    @claim.law("score", at=Params(), twin=Twin("squared", power=2))
    def law(p, x, *, power=1):
        """Uniform."""
        return x**power

    @claim.at_least("margin", at=Params(), delta=0.1, twin=Twin("twice", factor=2))
    def margin_bound(p, *, factor=1):
        """margin >= eta."""
        return factor * p.eta

    claim.every_trial("gap", within=1e-11, name="gap", says="a = b", at=Params(),
                      twin=Twin("another", observable="gap_wrong"))  # fmt: skip
    claim.ordering("helps", "more helps", "after", "before", at=Params())

    @claim.identity(lambda p: p.eta, over=BOX, twin=Twin("halved", half=2))
    def noise(p, *, half=1):
        """eta = eta."""
        return p.eta / half

    @claim.algebra(lambda z: z.a.T, over=Draws(a=(2, 2)), twin=Twin("not transposed", flip=False))
    def transposed(z, *, flip=True):
        """a' = a'."""
        return z.a.T if flip else z.a

    @claim.nonnegative(over=BOX)
    def slack(p):
        """eta >= 0."""
        return p.eta

    @claim.never_above(1.0, over=BOX, twin=Twin("a third", factor=3))
    def share(p, *, factor=1):
        """eta <= 1."""
        return factor * p.eta

    @with_rungs.scaling(-1.0, twin=Twin("square root", exponent=-0.5))
    def rate(p):
        """1/n."""
        return 1 / p.n

    with_rungs.given(rate=-1.0, last_gap=0.1).limit(
        0.0, "risk", name="limit", says="risk -> 0", twin=Twin("half", limit=0.5),
        trials_per_rung=100,
    )  # fmt: skip
    kinds = [type(c) for c in claim.all]
    assert kinds == [Law, AtLeast, PerTrial, Ordering, Identity, Identity, Inequality, Inequality,
                     Scaling, Limit]  # fmt: skip
    assert {c.source for c in claim.all} == {"Theorem 1"}
    helps, reverse = claim.all[3], claim.all[3].as_twin()
    assert (reverse.observable, reverse.below) == (helps.below, helps.observable)
    reversed_slack = claim.all[6].as_twin()
    assert reversed_slack.smaller is claim.all[6].larger
    assert reversed_slack.larger == 0.0


def test_an_observable_is_shared_like_every_other_word():
    shared = Claims().given(observable="risk", at=Params(), delta=0.1)
    named = {"says": "small", "formula": 0.5, "twin": Twin("smaller", bound=0.1)}
    assert shared.at_most(name="theirs", **named).observable == "risk"
    assert shared.at_most("loss", name="own", **named).observable == "loss"


def test_a_shared_observable_is_a_ladders_too():
    shared = Claims().given(observable="risk", along=RUNGS, size=lambda p: p.n, why="exact",
                            within=0.1, trials_per_rung=8)  # fmt: skip
    words = {"says": "falls", "twin": Twin("rises", exponent=2.0)}
    assert shared.scaling(-1.0, name="theirs", **words).value == "risk"
    assert shared.scaling(-1.0, "loss", name="own", **words).value == "loss"


def test_a_claim_whose_formula_never_came_does_not_vanish():
    claim = Claims()
    claim.never_above(0.2, over=BOX, name="lost", says="eta <= .2")  # neither formula nor def
    with pytest.raises(ValueError, match="claim lost: it has no formula"):
        _ = claim.all


def test_a_relative_tolerance_follows_the_prediction():
    claim = Claims()
    made = claim.equals(
        "risk", name="risk", says="E = n", relative=0.1, skewness=2.0, at=Params(),
        formula=lambda p: -p.n, twin=Twin("2n", prediction=lambda p: 2 * p.n),
    )  # fmt: skip
    assert made.tolerance(Params(n=30)) == 3.0
    assert made.support is None


def test_a_statement_known_to_fail_names_its_repair():
    claim = Claims()

    @claim.never_above(0.2, over=BOX, twin=None, repaired_by="share")
    def share_as_printed(p):
        """eta <= .2."""
        return p.eta

    assert claim.all[0].expected is Verdict.REFUTED


def test_a_reading_is_a_function_of_the_run_and_the_params():
    claim = Claims()
    made = claim.equals(
        lambda run, p: run["errors"] / p.n, name="share", says="E = eta", at=Params(), within=0.1,
        formula=lambda p: p.eta, twin=Twin("0", prediction=0.0),
    )  # fmt: skip
    assert np.array_equal(made.observable({"errors": np.array([5.0])}, Params()), [0.5])
    with pytest.raises(ValueError, match=r"no name and no function of \(run, params\)"):
        claim.equals(lambda run: run, at=Params(), within=0.1, name="a", says="b", formula=1.0,
                     twin=Twin("0", prediction=0.0))  # fmt: skip


WRONG = [
    ({"within": -0.1}, "tolerance = -0.1 would decide nothing"),
    ({"within": float("inf")}, "tolerance = inf would decide nothing"),
    ({"within": float("nan")}, "tolerance = nan would decide nothing"),
    ({"formula": float("nan")}, "prediction = nan would decide nothing"),
    ({"at": ()}, "cases is a tuple of at least one Params"),
    ({"at": (Params(), Params(eta=0.2), Params())}, "stands twice"),
    ({"at": (0.1,)}, "is no Params"),
    ({"support": (0.0, float("inf"))}, "support = inf would decide nothing"),
    ({"support": (1.0, 0.0)}, "is empty"),
    ({"twin": Twin("same", prediction=0.5)}, "its twin says the same as the claim"),
    ({"twin": Twin("same", observable="risk")}, "its twin says the same as the claim"),
    ({"twin": Twin("more trials", planned_trials=5)}, "its twin says the same as the claim"),
    ({"twin": Twin("no field", predictoin=0.1)}, "its twin cannot replace ['predictoin']"),
    ({"twin": Twin("deep", deep=True)}, "its twin cannot replace ['deep']"),
    ({"twin": Twin("nan", prediction=float("nan"))}, "prediction = nan would decide nothing"),
    ({"twin": Twin("no case", cases=())}, "cases is a tuple of at least one Params"),
    ({"twin": None}, "a claim needs a wrong twin"),
    ({"known": ((Params(), "about 1"),)}, "is not (params, digits)"),
    ({"tolerence": 1}, "unexpected keyword argument 'tolerence'"),
]


@pytest.mark.parametrize(("words", "text"), WRONG, ids=[text for _, text in WRONG])
def test_what_could_decide_nothing_is_refused_by_the_claims_name(words, text):
    given = {"within": 0.1, "name": "a_name", "says": "b", "at": Params(), "formula": 0.5,
             "twin": Twin("0", prediction=0.0)}  # fmt: skip
    with pytest.raises((ValueError, TypeError)) as caught:
        Claims().equals("risk", **(given | words))
    assert "claim a_name" in str(caught.value)
    assert text in str(caught.value)


def test_a_twin_with_the_right_value_of_a_keyword_is_refused():
    with pytest.raises(ValueError, match="the right values"):

        @Claims().equals("risk", at=Params(), within=0.1, twin=Twin("1/2", half=2))
        def half_noise(p, *, half=2):
            """eta/2."""
            return p.eta / half


def test_the_first_points_of_a_domain_do_not_depend_on_how_many_are_asked_for():
    assert BOX.points(40)[:7] == BOX.points(7)
    few, many = Draws(a=(2,), b=(3, 3)).points(2), Draws(a=(2,), b=(3, 3)).points(5)
    assert np.array_equal(few[1].b, many[1].b)
    with pytest.raises(AttributeError, match="no array 'c' was drawn"):
        _ = few[0].c
