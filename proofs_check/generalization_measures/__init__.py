"""Tiny worlds enumerated, and the reasons why the formulas hold in all."""
