"""Many hypotheses: what diversity among K of them buys, on a table of cues and on the line.

With binary cues, odd hypotheses and one antipodal pair of cells fixed by training, N cells are
free. Accuracy is that on the free cells. A diverse set maximises the mean pairwise disagreement,
and is drawn uniformly among such sets: which one training finds is not modelled.
"""

from typing import Annotated

import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Ge, Le, Scalar, Twin, Whole, closed_form, exp, expected_maximum, log, log_binomial,
    sqrt,
)  # fmt: skip
from theory.ood_diversification.params import Mix, Params, Sample, Share

claim = Claims("derived")
Cells = Annotated[Scalar, Ge(1), Le(1e6), Whole]
Few = Annotated[Scalar, Ge(1), Le(1000), Whole]
Heads = Annotated[Scalar, Ge(2), Le(1e4), Whole]
EVEN_HEADS = ("is odd", lambda heads: heads % 2 == 0)
LOG2 = 0.6931471805599453


# --------------------------------------------------------------------------------------------
# Closed forms


@closed_form
def better_of_pair(cells: Cells):
    """1/2 + 2^-N C(N-1, floor((N-1)/2)): the better of a mirror pair, h and -h, h uniform."""
    half = jnp.floor((jnp.asarray(cells, float) - 1) / 2)
    return 0.5 + exp(log_binomial(cells - 1.0, half) - cells * LOG2)


@closed_form
def better_of_unrelated(cells: Cells):
    """1/2 + 4^-N C(2N-1, N-1): the better of two independent uniform functions."""
    return 0.5 + exp(log_binomial(2.0 * cells - 1, cells - 1.0) - 2 * cells * LOG2)


@closed_form(heads=EVEN_HEADS, example={"heads": 4, "cells": 63})
def best_of_diverse(heads: Heads, cells: Cells):
    """1/2 + e_K sqrt(K/(K-1))/(2 sqrt N), e_K the mean largest of K normals: the limit of large N.

    Without the factor sqrt(K/(K-1)) it is that of K unrelated heads.
    """
    return 0.5 + expected_maximum(1.0 * heads) * sqrt(heads / (heads - 1.0)) / (
        2 * sqrt(1.0 * cells)
    )


@closed_form
def semantic_chance(heads: Heads, cells: Few):
    """1 - (1 - 2^-N)^K: one of K unrelated random heads is the semantic one."""
    return -jnp.expm1(heads * jnp.log1p(-exp(-cells * LOG2)))


@closed_form
def even_odds(cells: Few):
    """K = log 2/-log(1 - 2^-N): unrelated heads until one is semantic with chance 1/2."""
    return LOG2 / -jnp.log1p(-exp(-cells * LOG2))


@closed_form
def undecided_chance(labels: Sample, r: Mix, apart: Share):
    """(1 - (1 - r)|delta_2 - delta_1|)^l: no one of l labels tells the two heads apart."""
    return (1 - (1 - r) * apart) ** (1.0 * labels)


# --------------------------------------------------------------------------------------------
# Mean accuracy

TABLE = Params(heads=4, cues=7)
tables = claim.given(mode="tables", at=TABLE, within=1e-12)
tables.every_trial(
    lambda run, p: np.maximum(run["most"] - 0.5, 0.5 - run["least"]),
    name="sum_rule",
    says="K even: every set of largest mean disagreement has mean free-cell accuracy exactly 1/2",
    twin=Twin("the mean rises to 1 - 1/K", observable=lambda run, p: 1 - 1 / 4 - run["least"]),
)
tables.every_trial(
    lambda run, p: run["odd"] - 1 / 6,
    name="sum_rule_odd",
    says="K odd: it lies within 1/(2K) of 1/2; here K = 3",
    twin=Twin("exactly 1/2", observable=lambda run, p: run["odd"]),
)
tables.every_trial(
    lambda run, p: run["disagreement"] - p.heads**2 * run["mean"] * (1 - run["mean"]),
    name="diversity_bounds_accuracy",
    says="any K heads of mean accuracy a, any cell weights: the pairwise disagreements add up to"
    " at most K^2 a (1 - a)",
    source="derived: j (K - j) is concave in j; not in the paper",
    twin=Twin(
        "K (K - 1) a (1 - a): as if heads were independent",
        observable=lambda run, p: (
            run["disagreement"] - p.heads * (p.heads - 1) * run["mean"] * (1 - run["mean"])
        ),
    ),
)
tables.every_trial(
    lambda run, p: run["arcs"] - p.heads**2 * run["middle"] * (1 - run["middle"]),
    name="diversity_bounds_accuracy_on_the_line",
    says="the same for hypotheses h_theta: sum |delta_i - delta_j| <= K^2 a (1 - a), a their mean;"
    " for K even it is largest only with half of them semantic, half spurious",
    source="derived: cells are the points of [0, 1]; not in the paper",
    twin=Twin("half of it", observable=lambda run, p: (
        run["arcs"] - p.heads**2 / 2 * run["middle"] * (1 - run["middle"]))),
)  # fmt: skip
tables.every_trial(
    lambda run, p: np.abs(run["pull"] - p.cells),
    name="third_head_uninformed",
    says="after a mirror pair D-BAT's summed disagreement of any third head is N: no signal",
    twin=Twin(
        "2 N, each head pulling", observable=lambda run, p: np.abs(run["pull"] - 2 * p.cells)
    ),
)
tables.every_trial(
    lambda run, p: np.abs(run["third"] - 0.5),
    within=1e-6,  # a search, good to the square root of eps
    name="third_head_soft",
    says="its soft loss, -(log p + log(1 - p))/2 in each free cell, is least at p = 1/2",
    twin=Twin("p = 1: semantic", observable=lambda run, p: np.abs(run["third"] - 1)),
)


# --------------------------------------------------------------------------------------------
# The best of K

PAIR = Params(heads=2, cues=3)
best = claim.given(mode="tables", within=0.01)


@best.equals(
    "best_diverse",
    at=PAIR,
    twin=Twin("two unrelated heads", formula=better_of_unrelated),
    known=tuple((PAIR.but(cues=c), d) for c, d in (
        (3, ".75"), (4, ".65625"), (5, ".60474"), (6, ".57223"))),
)  # fmt: skip
def best_of_two(p, *, formula=better_of_pair):
    """K = 2, a random mirror pair: E max = 1/2 + 2^-N C(N-1, floor((N-1)/2))."""
    return formula(p.cells)


@best.equals(
    "best_unrelated",
    at=PAIR,
    twin=Twin("a mirror pair", formula=better_of_pair),
    known=tuple((PAIR.but(cues=c), d) for c, d in (
        (3, ".65625"), (4, ".604736"), (5, ".572232"), (6, ".550462"))),
)  # fmt: skip
def best_of_two_unrelated(p, *, formula=better_of_unrelated):
    """Two independent uniform functions: E max = 1/2 + 4^-N C(2N-1, N-1)."""
    return formula(p.cells)


@best.equals(
    "best_diverse",
    at=TABLE,
    within=0.003,
    variance=lambda p: 1 / (2 * p.cells),  # Efron-Stein: one cell moves it by at most 1/N
    why="the normal limit: 3e-4 off at K = 4, N = 63",
    twin=Twin("sqrt K for sqrt(K/(K - 1))", gain=lambda K: K),
    known=((TABLE, ".57488"), (TABLE.but(heads=8), ".5959")),
)
def best_of_k(p, *, gain=lambda K: K / (K - 1)):
    """E max = 1/2 + e_K sqrt(K/(K - 1))/(2 sqrt N): 41 % more than chance at K = 2, 3 % at 16."""
    wrong = sqrt(gain(p.heads) * (p.heads - 1) / p.heads)
    return 0.5 + wrong * (best_of_diverse(p.heads, p.cells) - 0.5)


@best.equals(
    "semantic",
    at=PAIR,
    twin=Twin("1 - 2^-K", cellwise=True),
    known=((PAIR, ".234375"), (TABLE.but(cues=3), ".413818")),
)
def random_heads_find_semantic(p, *, cellwise=False):
    """P(one of K unrelated random heads is semantic) = 1 - (1 - 2^-N)^K."""
    return 1 - 0.5**p.heads if cellwise else semantic_chance(p.heads, p.cells)


@claim.limit(
    LOG2,
    along=tuple(Params(cues=c) for c in (4, 5, 6, 7, 8, 9)),
    size=lambda p: p.cells,
    rate=-1,
    within=0.02,
    why="the next order is 2^-N",
    last_gap=2e-3,
    twin=Twin("K of the order of the cells, 2^cues", limit=0.0),
    known=((Params(cues=3), ".548969"),),
)
def more_heads_do_not_help(p):
    """Even odds take K = 2^N log 2 heads, N = 2^(cues - 1) - 1: doubly exponential in the cues.

    The paper's statement that more hypotheses do not help, for heads that nothing ties to the cues.
    """
    return log(even_odds(p.cells)) / p.cells


# --------------------------------------------------------------------------------------------
# Disambiguation: two heads on the line, n labelled points

LABELS = Params(r=0.8)
labelled = claim.given(at=LABELS)


@labelled.equals(
    lambda run, p: run["right_second"] == run["right_first"],
    within=0.01,
    twin=Twin("as if every label told them apart: (1 - |delta_2 - delta_1|)^l", mix=0.0),
)
def disambiguation(p, *, mix=None):
    """P(n labels leave the choice open) = (1 - (1 - r)|delta_2 - delta_1|)^n.

    derived: hypotheses that fit the training set are nested, h_2 is right wherever h_1 is
    """
    return undecided_chance(p.n, p.r if mix is None else mix, p.second - p.first)


labelled.every_trial(
    lambda run, p: run["right_first"] - run["right_second"],
    within=0.0,
    name="labels_never_mislead",
    says="delta_1 < delta_2: no sample of labels prefers the first head",
    twin=Twin("the reverse", observable=lambda run, p: run["right_second"] - run["right_first"]),
)
