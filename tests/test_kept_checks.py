"""A check that was made is read, not made again; any change of its formulas makes it anew."""

import errno
import sys
import textwrap

import pytest

import theory
from sims import _kept_checks, _verify, verify
from sims._store import ReadOnlyStoreWarning, clear, runs

SETTING = '''
"""One identity."""
from typing import Annotated
from theory import Claims, Domain, Ge, Le, Twin, parameters

@parameters("kept_setting")
class Params:
    """One number."""
    x: Annotated[float, Ge(0.5), Le(8.0)] = 1.0

claim = Claims()

@claim.identity(lambda p: p.x + p.x, over=Domain.of(Params), twin=Twin("tripled", factor=3))
def doubled(p, *, factor=2):
    """2 x = x + x."""
    return factor * p.x
'''


@pytest.fixture
def setting(tmp_path):
    """A setting of its own whose text can be changed: ``setting(new_text)`` loads it anew."""
    folder = tmp_path / "theory"
    folder.mkdir()
    theory.__path__.append(str(folder))

    def load(text):
        sys.modules.pop("theory.kept_setting", None)
        (folder / "kept_setting.py").write_text(textwrap.dedent(text))
        __import__("importlib").invalidate_caches()

    load(SETTING)
    yield load
    theory.__path__.remove(str(folder))
    sys.modules.pop("theory.kept_setting", None)


@pytest.fixture
def made(monkeypatch):
    """The claims that were checked, in order."""
    names, check = [], _verify.check

    def counted(claim, start=None):
        names.append(claim.name)
        return check(claim, start)

    monkeypatch.setattr(_verify, "check", counted)
    return names


def test_a_second_verification_reads_every_bit(setting, made, tmp_path):
    (first,) = verify("kept_setting", store=tmp_path / "store")
    assert made == ["doubled", "doubled_twin"]
    assert first.ok
    (second,) = verify("kept_setting", store=tmp_path / "store")
    assert made == ["doubled", "doubled_twin"]
    assert (first.estimate, first.detail) == (second.estimate, second.detail)


def test_a_comment_keeps_a_check_and_a_formula_does_not(setting, made, tmp_path):
    store = tmp_path / "store"
    verify("kept_setting", store=store)
    setting(SETTING.replace("return factor", "# a comment\n    return factor"))
    verify("kept_setting", store=store)
    assert len(made) == 2
    setting(SETTING.replace("return factor * p.x", "return factor * p.x + 1"))
    (row,) = verify("kept_setting", store=store)
    assert len(made) == 4
    assert row.verdict == "REFUTED"


def test_a_changed_module_of_ones_own_makes_a_check_anew(setting, made, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    helpers = {"inner": "FACTOR = 2\n\ndef factor():\n    return FACTOR\n",
               "outer": "from inner_of_kept import factor\n"}  # fmt: skip
    text = SETTING.replace("from typing", "from outer_of_kept import factor as f\nfrom typing")

    def load(**changes):
        for name, source in (helpers | changes).items():
            sys.modules.pop(f"{name}_of_kept", None)
            (tmp_path / f"{name}_of_kept.py").write_text(source)
        setting(text.replace("factor * p.x", "f() * p.x + (factor - 2)"))

    load()
    verify("kept_setting", store=tmp_path / "store")
    load()
    verify("kept_setting", store=tmp_path / "store")
    assert len(made) == 2
    load(inner=helpers["inner"].replace("FACTOR = 2", "FACTOR = 3"))
    (row,) = verify("kept_setting", store=tmp_path / "store")
    assert row.verdict == "REFUTED"


def test_a_changed_check_is_made_anew(setting, made, tmp_path, monkeypatch):
    verify("kept_setting", store=tmp_path / "store")
    tree = _kept_checks._tree
    changed = sys.modules["sims._deterministic"].__file__

    def other(path, time):
        return "another" if str(path) == changed else tree(path, time)

    monkeypatch.setattr(_kept_checks, "_tree", other)
    verify("kept_setting", store=tmp_path / "store")
    assert len(made) == 4


def test_a_read_only_store_keeps_no_check(setting, made, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(_kept_checks, "write_atomically", refuse)
    monkeypatch.setattr(_kept_checks, "is_read_only", lambda store: True)
    with pytest.warns(ReadOnlyStoreWarning):
        (row,) = verify("kept_setting", store=tmp_path)
    assert row.ok


def test_a_damaged_record_is_made_anew(setting, made, tmp_path):
    store = tmp_path / "store"
    verify("kept_setting", store=store)
    for record in store.rglob("run.json"):
        record.write_text(record.read_text().replace("HOLDS", "REFUTED"))
    (row,) = verify("kept_setting", store=store)
    assert row.ok
    assert made.count("doubled") == 2


def test_the_cache_command_lists_and_clears_checks(setting, tmp_path):
    store = tmp_path / "store"
    verify("kept_setting", store=store)
    assert [facts["mode"] for _, facts, _, _ in runs(store)] == ["checks", "checks"]
    assert clear(store) > 0
    assert not list(runs(store))
