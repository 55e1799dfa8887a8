"""What all tests share: profiles, the compilation cache, which files run, what a process keeps."""

import gc
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import hypothesis
import jaxtyping
import numpy as np
import pytest

import tests.typecheck  # noqa: F401  (the hook below names it)

# Compiling is most of the tests' time. At XLA's lowest level it takes a fifth less of it, and
# without MLIR's emitters of fused loops less than half of what is left. Numbers may differ in the
# last digits from those of the default, verdicts do not.
_LEVEL, _PLAIN = "--xla_backend_optimization_level", "--xla_cpu_use_fusion_emitters"


def _is_known(flag: str) -> bool:
    """Whether this jaxlib knows it: XLA ends the process at a flag that it does not know."""
    code, env = "import jax; jax.devices()", os.environ | {"XLA_FLAGS": flag}
    return (
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True).returncode == 0
    )


if _LEVEL not in os.environ.get("XLA_FLAGS", ""):  # else a process that a test run has started
    flags = [os.environ.get("XLA_FLAGS", ""), f"{_LEVEL}=0"]
    flags += [plain] if _is_known(plain := f"{_PLAIN}=false") else []
    os.environ["XLA_FLAGS"] = " ".join(flags).strip()

# shapes and types in annotations are checked while the tests run; not in the arithmetic of the
# vocabulary, whose values may be of any evaluator: proofs call it millions of times, and checked
# they take 20 times as long
UNCHECKED = {"_arb", "_arb_laws", "_balls", "_constants", "_evaluators", "_formula", "_law_words"}
_THEORY = Path(__file__).parents[1] / "theory"
_CHECKED = sorted({p.stem for p in _THEORY.iterdir()} - UNCHECKED - {"__init__", "__pycache__"})
jaxtyping.install_import_hook(
    ["sims", *(f"theory.{name}" for name in _CHECKED)], "tests.typecheck.checked"
)

import theory  # noqa: E402  (after the hook)
from theory._caches import drop_caches, enable_compilation_cache  # noqa: E402
from theory._discovery import require  # noqa: E402
from theory._machine import PROGRAM_MEMORY, processes, resident  # noqa: E402

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

# `make test SETTINGS="x y"`: the files named for x and y, and the suite over all settings, which
# reads the variable itself
CHOSEN = os.environ.get("SETTINGS", "").split()


def pytest_configure():
    try:
        for name in CHOSEN:
            require(name)
    except ValueError as error:
        raise pytest.UsageError(f"SETTINGS: {error}") from None


SETTINGS = theory.settings()  # a look into the folders, 10 ms


def _setting_of(file: str) -> str | None:
    """The setting that a test file is named for; none for the suite's and the machinery's."""
    named = [name for name in SETTINGS if f"{Path(file).stem}_".startswith(f"test_{name}_")]
    return max(named, key=len, default=None)


def pytest_ignore_collect(collection_path):
    if not CHOSEN or not collection_path.match("test_*.py"):
        return None
    setting = _setting_of(collection_path.name)
    suite = setting is None and collection_path.parent.name == "settings"
    return None if suite or setting in CHOSEN else True


def group_of(test: str) -> str:
    """What a process takes as a whole, and may drop its programs after: of the suite over all
    settings one setting's tests, else a file."""
    file, _, name = test.partition("::")
    if Path(file).parent.name != "settings" or 0 < len(CHOSEN) < 4:  # few: so that all have work
        return file
    own = _setting_of(file)
    named = [own] if own else [n for n in SETTINGS if f"[{n}" in name]
    return max(named, key=len, default=file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Groups go to processes whole: its formulas are compiled in one of them."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        _split_scope = staticmethod(group_of)

    return ByGroup(config, log)


def pytest_collection_modifyitems(items):
    groups: dict[str, list] = {}
    for item in items:
        groups.setdefault(group_of(item.nodeid), []).append(item)
    items[:] = [item for group in groups.values() for item in group]
    gc.collect()
    gc.freeze()  # modules and tests stay: whole collections, 30 a setting, need not look at them


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Programs of single operations serve the next group too, while there is room for more."""
    last = nextitem is None or group_of(nextitem.nodeid) != group_of(item.nodeid)
    if last and not 0 < resident() < PROGRAM_MEMORY:
        drop_caches()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    return processes(most=1000)


_FRESH: dict[int, dict] = {}


@pytest.fixture(autouse=True)
def _a_test_draws_the_same_whatever_ran_before(request):
    """A module's generators stand, when each of its tests starts, where they stood at import."""
    for drawn in vars(request.module).values():
        if isinstance(drawn, np.random.Generator):
            state = _FRESH.setdefault(id(drawn), drawn.bit_generator.state)
            drawn.bit_generator.state = state


@pytest.fixture(scope="session")
def example_setting() -> str:
    """The name of the two-file setting in tests/example, made known once."""
    theory.add_settings_folder(EXAMPLE)
    return "least_squares"
