"""A wheel, installed outside the repository, brings working commands and its data files."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q",
         "--wheel-dir", str(out), str(ROOT)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("*.whl")
    return path


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.split("/")[0] for name in names}
    packages = {top for top in tops if not top.endswith(".dist-info")}
    assert packages == {"theory", "sims", "proofs_check", "paper_figures"}
    assert {f"{package}/py.typed" for package in packages} <= names
    assert "theory/_template/theory.txt" in names  # what `python -m theory new` writes


def test_commands_work_from_the_installed_files_alone(wheel, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # -I would hide the dependencies' folder too: only the checkout must stay out of sight
    code = (
        "import sys, runpy; sys.path[:] = [p for p in sys.path if p not in ('', {root!r})];"
        " sys.path.insert(0, {site!r}); sys.argv = {argv!r};"
        " import theory; assert theory.__file__.startswith({site!r}), theory.__file__;"
        " runpy.run_module({module!r}, run_name='__main__')"
    )
    for argv, wanted in (
        (["sims", "list"], "xor_cluster"),
        (["proofs_check", "--list"], "statement"),
        (["paper_figures", "--report", "gaussian_robustness"], "report.html"),
    ):
        text = code.format(root=str(ROOT), site=str(site), argv=argv, module=argv[0])
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert wanted in done.stdout
