"""How fast: this package and its peers do the same work, side by side in one run.

``python -m benchmarks`` (or ``make bench``) runs every comparison, writes ``out/bench.json`` and
the table in ``benchmarks/README.md``. See :mod:`benchmarks._harness` for how one is declared.
"""

import os

# Peers share the accelerator with this process: none may take most of its memory in advance.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
