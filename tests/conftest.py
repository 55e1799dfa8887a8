"""Hypothesis profiles, the compilation cache, and the warm start that all tests share."""

import os
import tempfile
from pathlib import Path

import hypothesis
import jaxtyping
import pytest

import tests.typecheck  # noqa: F401  (the hook below names it)

# shapes and types in annotations are checked while the tests run; not in the arithmetic of the
# vocabulary, whose values may be of any evaluator: proofs call it millions of times, and checked
# they take 20 times as long
UNCHECKED = {"_arb", "_formula", "_values"}
_THEORY = Path(__file__).parents[1] / "theory"
_CHECKED = sorted({p.stem for p in _THEORY.iterdir()} - UNCHECKED - {"__init__", "__pycache__"})
jaxtyping.install_import_hook(
    ["sims", *(f"theory.{name}" for name in _CHECKED)], "tests.typecheck.checked"
)

from sims.__main__ import enable_compilation_cache  # noqa: E402  (after the hook)

hypothesis.settings.register_profile(
    "ci", derandomize=True, max_examples=25, deadline=None, database=None, print_blob=True
)
hypothesis.settings.register_profile("deep", max_examples=500, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

enable_compilation_cache()

# tests keep their trials to themselves, commands started in subprocesses included
_STORE = tempfile.TemporaryDirectory(prefix="overfit-theory-store-")
os.environ["OVERFIT_THEORY_STORE"] = _STORE.name

EXAMPLE = Path(__file__).parent / "example"


@pytest.fixture(scope="session")
def example_setting() -> str:
    """The name of the two-file setting in tests/example, made known once."""
    import theory

    theory.add_settings_folder(EXAMPLE)
    return "least_squares"
