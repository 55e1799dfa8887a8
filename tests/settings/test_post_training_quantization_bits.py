"""Bits of layers: programmes by scipy, relaxed bits by a solver, bad tables refused."""

from typing import Any

import numpy as np
import pytest
from scipy import optimize

from theory import ArgumentError
from theory.post_training_quantization import (
    greedy_losses, hull_losses, integer_bits, integer_losses, relaxed_bits, relaxed_level,
    relaxed_loss,
)  # fmt: skip

C, SIZES = np.array([5, 1, 0.3, 0.02, 8, 0.5]), (3, 1, 5, 2, 4, 1)
TABLES = C[:, None] * 4.0 ** -np.arange(5)


def programme(tables, sizes, budget, whole):
    """The optimum over shares of bits 0 .. b in every layer, by scipy."""
    layers, bits = tables.shape
    one = np.kron(np.eye(layers), np.ones(bits))
    spent = np.kron(np.array(sizes), np.arange(bits))
    limits = [
        optimize.LinearConstraint(one, 1, 1),
        optimize.LinearConstraint(spent[None], 0, budget),
    ]
    return optimize.milp(
        tables.ravel(), constraints=limits, integrality=np.full(tables.size, whole),
        bounds=optimize.Bounds(0, 1), options={"mip_rel_gap": 0},
    ).fun  # fmt: skip


def test_bits_by_mixed_integer_programming():
    bent = np.array([[4.0, 3.9, 1.0, 0.9], [3.0, 1.0, 0.9, 0.0], [2.0, 1.9, 1.8, 0.1]])
    for tables, sizes in ((TABLES, SIZES), (bent, (2, 1, 3))):
        losses = np.asarray(integer_losses(tables, sizes))
        assert len(losses) == 1 + sum(sizes) * (tables.shape[1] - 1)
        for budget in (0, 1, 5, 9, 14):
            best = programme(tables, sizes, budget, 1)
            assert losses[budget] == pytest.approx(best, rel=1e-9)
            bits = integer_bits(tables, sizes, budget)
            assert np.sum(tables[np.arange(len(bits)), bits]) == pytest.approx(best, rel=1e-9)
            assert np.sum(bits * np.array(sizes)) <= budget
    hull, critical = (np.asarray(x) for x in hull_losses(TABLES, SIZES))
    losses, greedy = (np.asarray(f(TABLES, SIZES)) for f in (integer_losses, greedy_losses))
    for budget in (0, 3, 17, 40):
        assert hull[budget] == pytest.approx(programme(TABLES, SIZES, budget, 0), rel=1e-9)
    assert (hull <= losses + 1e-12).all()
    assert (losses <= hull + critical + 1e-12).all()
    assert (losses <= greedy + 1e-12).all()
    assert np.max(greedy / losses) > 1.05


def test_equal_sizes_of_the_literature_example():
    tables, even = C[:, None] * 4.0 ** -np.arange(9), (1,) * 6
    assert integer_bits(tables, even, 15).tolist() == [4, 3, 2, 0, 4, 2]
    for losses in (integer_losses, greedy_losses):
        assert float(losses(tables, even)[15]) == pytest.approx(0.13640625, rel=1e-12)
    assert float(relaxed_loss(C, np.ones(6), 15.0)) == pytest.approx(0.131794, abs=1e-6)


def test_relaxed_bits_by_a_solver():
    n = np.array(SIZES, float)
    for budget in (2.0, 20.0, 60.0):
        best: Any = optimize.minimize(
            lambda b: np.sum(C * 4.0**-b), np.full(6, budget / n.sum()), bounds=[(0, None)] * 6,
            jac=lambda b: -np.log(4) * C * 4.0**-b, method="SLSQP",
            constraints={"type": "eq", "fun": lambda b, N=budget: n @ b - N, "jac": lambda b: n},
            options={"ftol": 1e-14, "maxiter": 500},
        )  # fmt: skip
        bits = np.asarray(relaxed_bits(C, n, budget))
        assert np.sum(bits * n) == pytest.approx(budget, rel=1e-12)
        assert float(relaxed_loss(C, n, budget)) == pytest.approx(best.fun, rel=1e-6)
        active = bits > 0
        level = float(relaxed_level(C, n, budget))
        assert (C * 4.0**-bits / n)[active] == pytest.approx(level, rel=1e-12)
    both = relaxed_loss(C, n, np.array([2.0, 20.0]))
    assert both.shape == (2,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: relaxed_loss(C, np.ones(6), -1.0), "budget = -1 is outside"),
        (lambda: relaxed_loss(C, np.ones(5), 1.0), "not one number for each layer"),
        (lambda: integer_bits(TABLES, SIZES, -1), "budget = -1"),
        (lambda: integer_bits(TABLES, SIZES, 65), "budget = 65 is slack"),
        (lambda: greedy_losses(-TABLES, SIZES), "rises with the bits"),
        (lambda: integer_losses(TABLES, (3, 1, 5, 2, 4, 0)), "not one whole number"),
        (lambda: hull_losses(np.ones(3), (1,)), "no matrix"),
    ],
)
def test_bad_tables_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
