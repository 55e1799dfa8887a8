"""Errors in a setting's own code are told in one line, with the place; others' rows stay."""

import json
import subprocess
import sys

import pytest

from theory._faults import SettingError, code_of

PARAMS = '''"""A setting with a fault."""
from typing import Annotated

import jax.numpy as jnp

from theory import *


@parameters("{name}")
class Params:
    """One number."""

    x: Annotated[float, Ge(0.1), Le(10)] = 1.0


claim = Claims()
'''
FAULTY = {
    "formula": '''
@claim.identity(lambda p: exp(p.x), over=Domain.of(Params), twin=Twin("o", o=1))
def f(p, *, o=0):
    """f."""
    return {}["missing"]
''',
    "digits": '''
@claim.identity(lambda p: exp(p.x), over=Domain.of(Params), twin=Twin("o", o=1))
def f(p, *, o=0):
    """f."""
    return jnp.exp(p.x) + o
''',
    "reading": '''
@claim.equals(lambda run, p: run["x"].nope, at=Params(), within=0.1, twin=Twin("o", o=1))
def f(p, *, o=0):
    """f."""
    return 0.5 + o
''',
    "importing": "\nclaim.missing\n",
    "unbounded": '''
@parameters("other")
class Other:
    """No ends."""

    x: float = 1.0
''',
    "experiment": '''
@claim.equals("x", at=Params(), within=0.1, twin=Twin("o", o=1))
def f(p, *, o=0):
    """f."""
    return 0.5 + o
''',
}
TRIAL = '''"""Its trial."""
import jax

from sims import simulation


@simulation(width=4)
def trial(key, p):
    """A uniform number."""
    return {{"x": jax.random.uniform(key) + {fault}}}
'''
SAID = {
    "formula": "claim f: KeyError: 'missing' (",
    "digits": "claim f: its formula takes no mpmath numbers: write it in theory's words",
    "reading": "claim f: AttributeError: 'numpy.ndarray' object has no attribute 'nope' (",
    "importing": "AttributeError: 'Claims' object has no attribute 'missing' (",
    "unbounded": "TypeError: field x: a bounded number needs two finite ends (",
    "experiment": "AttributeError: 'Params' object has no attribute 'nothing' (",
}


RUN = """
import contextlib, io, json, sys
from sims.__main__ import main

found = {}
for name in sys.argv[2:]:
    with contextlib.redirect_stderr(io.StringIO()) as said:
        status = main(["verify", name, "--settings", sys.argv[1], "--no-store"])
    found[name] = status, said.getvalue()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The folder of six settings, each with one fault; {setting: (status, what was said)}.

    In a process of its own: no other test shall find these settings.
    """
    root = tmp_path_factory.mktemp("faulty")
    for kind in ("theory", "sims"):
        (root / kind).mkdir()
    for name, text in FAULTY.items():
        (root / "theory" / f"{name}.py").write_text(PARAMS.format(name=name) + text)
        fault = "p.nothing" if name == "experiment" else "0"
        (root / "sims" / f"{name}.py").write_text(TRIAL.format(fault=fault))
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(root), *FAULTY], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return root, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_told_in_one_line_with_its_place(told, name):
    folder, found = told
    status, said = found[name]
    assert status == 2
    assert said.count("\n") == 1
    assert SAID[name] in said
    place = folder / ("sims" if name == "experiment" else "theory") / f"{name}.py"
    assert f"({place}, line " in said


def test_errors_that_speak_for_themselves_pass():
    for error in (ValueError("said"), MemoryError("said"), RuntimeError("lost")):
        with pytest.raises(type(error), match=str(error)), code_of("claim f"):
            raise error
    with pytest.raises(SettingError, match="claim f: KeyError: 'x'") as caught, code_of("claim f"):
        raise KeyError("x")
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(SettingError) as caught, code_of("claim f"):
        raise KeyError("x" * 999)
    assert len(str(caught.value)) < 400
