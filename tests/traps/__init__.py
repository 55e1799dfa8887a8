"""Settings that are false or nonsense, each in a way that once passed or well might.

``world`` holds the experiments, ``honest`` one true claim of every kind; the tables turn these into
traps by one change each. ``tests/test_traps.py`` verifies them all: none may come out ok.
"""
