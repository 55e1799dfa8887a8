"""The argument behind the disparity of robust linear rules, step by step, on theory's formulas."""

from proofs_check.gaussian_robustness import cauchy, gaussian
