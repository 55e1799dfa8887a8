"""XLA's level: chosen once, never over a person's own, and part of a stored number's identity."""

import importlib.metadata
import importlib.util
import os

import pytest
from jax._src import xla_bridge

from sims._store import identity
from theory._compiler import choose_level, flags_of_numbers, fused_loops

OWN = "--xla_backend_optimization_level=2 --xla_cpu_use_fusion_emitters=false"


@pytest.fixture
def fresh(monkeypatch):
    monkeypatch.setattr(xla_bridge, "backends_are_initialized", lambda: False)
    monkeypatch.setattr(importlib.metadata, "version", {"jaxlib": "0.10.2"}.get)
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, OWN),
        ("--xla_cpu_enable_fast_math=false", f"--xla_cpu_enable_fast_math=false {OWN}"),
        ("--xla_backend_optimization_level=3", "--xla_backend_optimization_level=3"),
        ("--xla_cpu_use_fusion_emitters=true",
         "--xla_cpu_use_fusion_emitters=true --xla_backend_optimization_level=2"),
    ],
)  # fmt: skip
def test_the_second_level_is_asked_for_unless_another_is(before, after, fresh):
    if before:
        fresh.setenv("XLA_FLAGS", before)
    choose_level()
    choose_level()
    assert os.environ["XLA_FLAGS"] == after
    own = {"xla_cpu_use_fusion_emitters": True}  # programs over many numbers have them back
    assert fused_loops() == (own if after.endswith(OWN) else None)


def test_another_jaxlib_may_not_know_the_flag_of_plain_loops(fresh):
    fresh.setattr(importlib.metadata, "version", {"jaxlib": "0.11.0"}.get)
    choose_level()
    assert os.environ["XLA_FLAGS"] == "--xla_backend_optimization_level=2"
    assert fused_loops() is None


def test_a_started_jax_and_an_accelerator_keep_theirs(fresh):
    fresh.setattr(importlib.util, "find_spec", lambda name: object())
    choose_level()
    assert flags_of_numbers() == ""
    fresh.undo()
    fresh.delenv("XLA_FLAGS", raising=False)
    fresh.setattr(xla_bridge, "backends_are_initialized", lambda: True)
    choose_level()
    assert flags_of_numbers() == ""


def test_stored_numbers_are_told_apart_by_the_flags_that_change_digits(fresh):
    names = set()
    for flags in ("", OWN, f"--xla_force_host_platform_device_count=2 {OWN} --xla_dump_to=x"):
        fresh.setenv("XLA_FLAGS", flags)
        names.add(identity({"mode": "default"}))
    assert len(names) == 2
