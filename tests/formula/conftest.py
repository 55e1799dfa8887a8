"""Many digits, wherever a test here asks mpmath or Arb."""

import mpmath
import pytest

from theory._formula import ball_precision


@pytest.fixture(autouse=True)
def many_digits():
    with mpmath.workdps(60), ball_precision(128):
        yield
