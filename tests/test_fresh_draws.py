"""A module's random numbers are the same for each of its tests, whichever ran before."""

import numpy as np
import pytest

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("which", ["first", "second"])
def test_each_test_draws_from_the_start(which):
    assert RNG.random() == np.random.default_rng(2).random()
