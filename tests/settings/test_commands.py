"""Every command on a user's numbers answers --help and says bad usage in one line."""

import pytest

import theory
from tests.settings import SETTINGS
from theory.__main__ import main

WITH_COMMANDS = [name for name in SETTINGS if hasattr(theory.load("theory", name), "command")]


@pytest.mark.parametrize("setting", WITH_COMMANDS)
def test_a_command_helps_and_refuses_in_one_line(setting, capsys):
    assert main([setting, "--help"]) == 0
    assert f"usage: python -m theory {setting}" in capsys.readouterr().out
    for line in (["--nonsense"], ["no-such-file.npy", "--nonsense"], ["--level", "2"]):
        assert main([setting, *line]) == 2, line
        said = capsys.readouterr().err
        assert said.count("\n") == 1, line
        assert said.startswith(f"python -m theory {setting}: ")
