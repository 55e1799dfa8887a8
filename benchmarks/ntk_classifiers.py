"""The neural tangent kernel of a deep ReLU network at all pairs of 1000 inputs."""

from functools import cache

import numpy as np

from benchmarks._harness import Agreement, Comparison, Here, Peer, Results
from benchmarks._machine import Machine
from benchmarks._workers import Worker
from theory.ntk_classifiers import leaky_relu, ntk_matrix

POINTS, COORDINATES = 1000, 10

ALLOWED = 1e-7
"""Largest relative difference of an entry. Ours errs by 1e-10 off the diagonal; the peers' own
recursion, in the inner product itself, loses digits where inputs are close, and on the diagonal
(100.99996613 for 101 at depth 100), which is compared to 1e-6 only."""

DIAGONAL_ALLOWED = 1e-6


@cache
def inputs() -> np.ndarray:
    """Unit vectors with non-negative coordinates."""
    x = np.abs(np.random.default_rng(0).standard_normal((POINTS, COORDINATES)))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def ours(depth: int) -> Here:
    """The public function, checks of the inputs included."""
    relu, x = leaky_relu(0.0), inputs()
    return Here("overfit-theory", lambda: {"ntk": ntk_matrix(relu, depth, x)})


def agree(mine: Results, theirs: Results) -> Agreement:
    """Entry by entry; the diagonal by itself."""
    a, b = mine["ntk"], theirs["ntk"]
    error = np.abs(a - b) / np.abs(b)
    if float(np.diag(error).max()) > DIAGONAL_ALLOWED:
        return Agreement("relative difference on the diagonal", float(np.diag(error).max()),
                         DIAGONAL_ALLOWED)  # fmt: skip
    np.fill_diagonal(error, 0.0)
    return Agreement("largest relative difference off the diagonal", float(error.max()), ALLOWED)


def least_seconds(machine: Machine) -> float:
    """Inner products written and read, the kernel written: three passes over N x N numbers."""
    products = machine.products(2 * POINTS**2 * COORDINATES)
    return products + machine.traffic(3 * 8 * POINTS**2)


def row(depth: int, against_tangents: float, against_numpy: float, turns: int) -> Comparison:
    """One depth."""
    given = {"x": inputs(), "depth": depth}
    return Comparison(
        name=f"ntk_matrix_depth_{depth}",
        work=f"NTK of a ReLU network with {depth} hidden layers, float64, all pairs of"
        f" {POINTS} inputs in {COORDINATES} coordinates",
        ours=lambda: ours(depth),
        peers=(
            Peer(
                lambda: Worker(
                    "neural-tangents", "ntk_neural_tangents.py", given,
                    environment="neural-tangents",
                ),
                target=against_tangents,
            ),
            Peer(lambda: Worker("numpy, layer by layer", "ntk_numpy.py", given),
                 target=against_numpy),
        ),
        agree=agree,
        limit=least_seconds,
        limit_name="three passes over the N x N matrix",
        note="Ours runs the layers on some 2000 numbers and looks every pair up; the peers run"
        " them on all pairs.",
        turns=turns,
    )  # fmt: skip


COMPARISONS = (row(3, 2, 2, turns=5), row(100, 50, 10, turns=3))
