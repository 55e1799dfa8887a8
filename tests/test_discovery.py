"""A setting made of two files is found, simulated, verified and drawn; nothing else is edited."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import theory

EXAMPLE = Path(__file__).parent / "example"


def command(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=cwd, capture_output=True, text=True, timeout=240,
        env=os.environ | environment,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path) -> Path:
    """The README's setting under another name, in a folder of the user's."""
    for part in ("theory", "sims"):
        source = EXAMPLE / part / "least_squares.py"
        text = source.read_text().replace('"least_squares"', '"my_squares"')
        target = tmp_path / "mine" / part / "my_squares.py"
        target.parent.mkdir(parents=True)
        target.write_text(text)
    return tmp_path / "mine"


def test_two_files_make_a_setting_that_is_found_verified_and_drawn(folder, tmp_path):
    known = ("--settings", str(folder))
    listed = command("sims", "list", *known, cwd=tmp_path)
    assert "my_squares" in listed.stdout, listed.stderr
    ran = command("sims", "run", "my_squares", *known, "--n", "30", "--trials", "64", cwd=tmp_path)
    assert "training_error" in ran.stdout, ran.stderr
    verified = command("sims", "verify", "my_squares", *known, cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    rows = json.loads((tmp_path / "out" / "ledger.json").read_text())
    assert [r["verdict"] for r in rows] == ["HOLDS"] * 3
    drawn = command("paper_figures", "my_squares", *known, "--scale", "quick", cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    assert list((tmp_path / "out").rglob("my_squares/*.png"))
    assert "my_squares" in (tmp_path / "out" / "report.html").read_text()


def test_the_environment_variable_names_folders_too(folder, tmp_path):
    listed = command("sims", "list", cwd=tmp_path, OVERFIT_THEORY_PATH=str(folder))
    assert "my_squares" in listed.stdout, listed.stderr


def test_a_setting_must_not_take_a_known_name(folder, tmp_path):
    for part in ("theory", "sims"):
        shutil.move(folder / part / "my_squares.py", folder / part / "xor_cluster.py")
    answer = command("sims", "list", "--settings", str(folder), cwd=tmp_path)
    assert answer.returncode == 2
    assert "already named xor_cluster" in answer.stderr


def test_a_folder_without_settings_says_so(tmp_path):
    with pytest.raises(ValueError, match="there is no folder"):
        theory.add_settings_folder(tmp_path)


def test_what_is_wrong_with_one_file_loses_no_other_setting(folder, tmp_path):
    known = ("--settings", str(folder))
    mine = folder / "theory" / "my_squares.py"
    mine.write_bytes(b"\xef\xbb\xbf" + mine.read_bytes())  # a byte-order mark, as some editors do
    (folder / "theory" / "helper.py").write_text(
        '"""No setting."""\n\n\ndef half(x):\n    return x / 2\n'
    )
    (folder / "theory" / "bracket.py").write_text('"""Risk [at most 1] [/b]."""\n\nPAPER = None\n')
    for name, content in (("broken", b'"""x"""\n\ndef (:\n'), ("zeros", b"\0\0"),
                          ("latin", b'"""\xe9t\xe9"""\nPAPER = 1\n')):  # fmt: skip
        (folder / "theory" / f"{name}.py").write_bytes(content)
    listed = command("sims", "list", *known, cwd=tmp_path, COLUMNS="300")
    assert listed.returncode == 0, listed.stderr
    shown = " ".join(listed.stdout.replace("│", " ").split())
    assert "xor_cluster" in shown
    assert "Ordinary least squares on a Gaussian design" in shown
    assert "Risk [at most 1] [/b]." in shown
    for name, words in (("broken", "line 3: invalid syntax"), ("zeros", "null bytes"),
                        ("latin", "utf-8")):  # fmt: skip
        assert f"{name} cannot be read: " in shown
        assert words in shown
    answer = command("sims", "verify", "broken", *known, cwd=tmp_path)
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert "broken.py: line 3: invalid syntax" in line


def test_a_helper_beside_a_setting_is_no_setting(folder, tmp_path):
    (folder / "theory" / "helper.py").write_text("HALF = 0.5\n")
    setting = folder / "theory" / "my_squares.py"
    setting.write_text("from theory.helper import HALF\n" + setting.read_text())
    listed = command("sims", "list", "--settings", str(folder), cwd=tmp_path)
    assert "my_squares" in listed.stdout
    assert "helper" not in listed.stdout


def test_an_error_inside_a_setting_is_not_taken_for_its_absence(folder, tmp_path):
    (folder / "sims" / "my_squares.py").write_text("import no_such_module_at_all\n")
    answer = command("sims", "verify", "my_squares", "--settings", str(folder), cwd=tmp_path)
    assert answer.returncode != 0
    assert "no_such_module_at_all" in answer.stderr


def test_settings_come_from_installed_packages_through_the_entry_point(folder, tmp_path):
    site = tmp_path / "site"
    package = site / "brought"
    package.mkdir(parents=True)
    theory_text = (folder / "theory" / "my_squares.py").read_text()
    (package / "theory.py").write_text(theory_text)
    (package / "sims.py").write_text((folder / "sims" / "my_squares.py").read_text())
    (package / "__init__.py").write_text("from brought import sims, theory\n")
    info = site / "brought-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[overfit_theory.settings]\nbrought_squares = brought\n")
    answer = command("sims", "verify", "brought_squares", "--claim", "optimism_closes_the_gap",
                     cwd=tmp_path, PYTHONPATH=str(site))  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "optimism_closes_the_gap" in answer.stdout


def test_importing_theory_switches_an_already_imported_jax_to_64_bit():
    code = "import jax, jax.numpy as jnp; import theory; print(jnp.ones(1).dtype)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "float64", done.stderr
