"""Off-the-shelf features against routes that are no claim."""

import numpy as np
import pytest
from scipy import stats

from theory import ParameterError
from theory.off_the_shelf_features import Params, crossover, error, loss


@pytest.mark.parametrize(("signal", "dim", "n"), [(4.0, 50, 10.0), (2.8, 20, 10.0), (1.0, 10, 4.0)])
def test_the_head_errs_as_often_as_drawn_heads_do(signal, dim, n):
    rng = np.random.default_rng(0)
    along = np.sqrt(n * signal) + rng.standard_normal(200_000)
    cosine = along / np.sqrt(along**2 + rng.chisquare(dim - 1, 200_000))
    errors = stats.norm.cdf(-np.sqrt(signal) * cosine)
    assert abs(errors.mean() - error(signal, dim, n)) < 5 * errors.std() / len(errors) ** 0.5


def test_without_signal_a_head_guesses():
    assert error(0.0, 20, 10.0) == pytest.approx(0.5, abs=1e-12)


def test_features_that_keep_all_the_signal_always_win():
    assert loss(Params(kept=1.0)) < 0
    assert np.isinf(crossover(Params(kept=1.0)))


def test_dimensions_in_the_wrong_order_are_refused():
    with pytest.raises(ParameterError, match="d = 40 is above D = 20"):
        Params(d=40, raw=20)
