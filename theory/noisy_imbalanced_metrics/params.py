"""The numbers that the statements speak of."""

from typing import Annotated, Any

from theory import Because, Doc, Ge, Le, Logarithmic, Lt, Paper, Scalar, Static, parameters

SETTING = "noisy_imbalanced_metrics"
PAPER = Paper(
    "Empirical study of Machine Learning Classifier Evaluation Metrics behavior in Massively"
    " Imbalanced and Noisy data",
    "Gayan K. Kulatilleke, Sugandika Samarakoon",
    "arXiv preprint, 2022",
    "2208.11904",
    topics=("imbalance", "noise", "classification"),
)
FLOOR, CEILING = 1e-9, 1 - 1e-9
INSIDE = Because("both classes occur")
Share = Annotated[Scalar, Ge(FLOOR), Le(CEILING), INSIDE]
Rate = Annotated[Scalar, Ge(0), Le(1)]
Noise = Annotated[Scalar, Ge(0), Lt(1)]
Size = Annotated[Scalar, Ge(1), Le(1e15)]
NO_INFORMATION = "carries no or inverted information: 1 - alpha - beta must be positive"
INFORMED = (NO_INFORMATION, lambda alpha, beta: alpha + beta < 1)
SOME_CALLED = ("is 0, as t is: nothing is called positive", lambda t, f: t + f > 0)
SOME_PASSED = ("is 1, as t is: nothing is called negative", lambda t, f: t + f < 2)
BOTH_CALLED = (
    "leaves one prediction only: a metric is undefined",
    lambda t, f: (t + f > 0) & (t + f < 2),
)
EXAMPLE = {"pi": 0.03, "t": 0.8, "f": 0.05, "alpha": 0.1, "beta": 0.02}


@parameters(SETTING)
class Params:
    """Prevalence, two classifiers, annotation noise, sizes, and the scores' binormal model."""

    pi: Annotated[float, Ge(FLOOR), Le(CEILING), Logarithmic, INSIDE, Doc("prevalence P(Y=1)")] = (
        0.03
    )
    t: Annotated[float, Ge(0), Le(1), Doc("true positive rate")] = 0.8
    f: Annotated[float, Ge(0), Le(1), Doc("false positive rate")] = 0.05
    t2: Annotated[float, Ge(0), Le(1), Doc("true positive rate of another classifier")] = 0.6
    f2: Annotated[float, Ge(0), Le(1), Doc("false positive rate of another classifier")] = 0.01
    alpha: Annotated[float, Ge(0), Lt(1), Doc("share of positives annotated 0")] = 0.1
    beta: Annotated[float, Ge(0), Lt(1), Doc("share of negatives annotated 1")] = 0.02
    n: Annotated[int, Ge(1), Le(10**7), Doc("size of the evaluation set")] = 5000
    mu: Annotated[float, Ge(-10), Le(10), Doc("mean score of positives; of negatives 0")] = 2.0
    s: Annotated[float, Ge(0.1), Le(10), Doc("their standard deviation; of negatives 1")] = 1.3
    items: Annotated[int, Ge(2), Le(10**6), Static, Doc("scored items of a data set")] = 300
    positives: Annotated[int, Ge(1), Le(10**6), Static, Doc("positives, where fixed")] = 10
    negatives: Annotated[int, Ge(1), Le(10**6), Static, Doc("negatives, where fixed")] = 40

    def check(self: Any):
        """Annotators are better than chance."""
        if self.alpha + self.beta >= 1:
            raise self.refuse("alpha", f"with beta = {self.beta} {NO_INFORMATION}")

    @property
    def clean(self):
        """(pi, t, f)."""
        return self.pi, self.t, self.f

    @property
    def noise(self):
        """(alpha, beta)."""
        return self.alpha, self.beta

    @property
    def q(self):
        """Share of predicted positives."""
        return self.pi * self.t + (1 - self.pi) * self.f

    @property
    def lam(self):
        """1 - alpha - beta."""
        return 1 - self.alpha - self.beta

    @property
    def pit(self):
        """Annotated prevalence."""
        return self.pi * (1 - self.alpha) + (1 - self.pi) * self.beta
