"""How fast: this package and its peers do the same work, side by side in one run.

``python -m benchmarks`` (or ``make bench``) runs every comparison, writes ``out/bench.json`` and
the table in ``benchmarks/README.md``. See :mod:`benchmarks._harness` for how one is declared.
"""
