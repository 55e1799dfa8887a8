"""How large a figure's simulations are."""

SCALES = ("quick", "default", "paper")
"""quick: seconds, what tests run; default: 10 s a setting; paper: the paper's own sizes."""
