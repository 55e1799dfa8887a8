"""Importing starts nothing: a caller may still set up JAX's devices and processes."""

import os
import subprocess
import sys
import textwrap

import jax
import pytest

from tests.test_engine import Params

WALK = """
    import importlib, pkgutil
    from jax._src import xla_bridge

    def walk(name):
        module = importlib.import_module(name)
        assert not xla_bridge.backends_are_initialized(), f"importing {name} starts JAX's backend"
        for found in pkgutil.iter_modules(getattr(module, "__path__", [])):
            if found.name != "__main__":  # read by -m alone
                walk(f"{name}.{found.name}")

    for package in ("theory", "sims", "proofs_check", "paper_figures"):
        walk(package)
    for package in ("theory", "sims", "proofs_check", "paper_figures"):
        importlib.import_module(f"{package}.__main__")
        assert not xla_bridge.backends_are_initialized(), package
    import jax
    jax.config.update("jax_num_cpu_devices", 3)
    assert len(jax.devices()) == 3
"""


def test_no_module_starts_a_device_when_it_is_imported():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WALK)], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr


def test_64_bit_switched_off_is_one_sentence():
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(ValueError, match="64 bit was switched off"):
            Params()
    finally:
        jax.config.update("jax_enable_x64", True)


def test_a_platform_that_is_not_there_is_one_sentence():
    code = (
        "import theory.__main__, sims.__main__, proofs_check.__main__, sims\n"
        "line = ['random_features', '--powerlaw', '2', '2', '--n', '9']\n"
        "assert theory.__main__.main(line) == 2\n"
        "assert sims.__main__.main(['run', 'xor_cluster', '--trials', '9', '--no-store']) == 2\n"
        "assert proofs_check.__main__.main(['off_the_shelf_features']) == 2\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"JAX_PLATFORMS": "cuda"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("JAX does not start on JAX_PLATFORMS=cuda: unset it") == 3
    assert "Traceback" not in done.stderr
