"""The argument behind the disparity of robust linear rules, step by step, on theory's formulas."""

from proofs_check.gaussian_robustness._cauchy import PROOFS as _CAUCHY
from proofs_check.gaussian_robustness._gaussian import PROOFS as _GAUSSIAN

PROOFS = _GAUSSIAN + _CAUCHY
