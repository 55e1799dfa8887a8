"""Off-the-shelf features: special cases, and a refusal that is this setting's own."""

import pytest

from theory import ParameterError
from theory.off_the_shelf_features import Params, crossover, error, loss


def test_without_signal_a_head_guesses_and_with_all_of_it_features_always_win():
    assert error(0.0, 20, 10.0) == pytest.approx(0.5, abs=1e-12)
    assert loss(Params(kept=1.0)) < 0
    assert crossover(Params(kept=1.0)) == float("inf")


def test_dimensions_in_the_wrong_order_are_refused():
    with pytest.raises(ParameterError, match="d = 40 is above D = 20"):
        Params(d=40, raw=20)
