"""What goes wrong inside a setting's own code, said in one line with its place."""

import contextlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from theory._command_line import EXPECTED_ERRORS, one_line

__all__ = ["SettingError"]

_HERE = Path(__file__).resolve().parents[1]
_LIBRARIES = (Path(contextlib.__file__).resolve().parent, Path(sys.prefix).resolve())
_LONGEST = 240
WORDS = (
    "its formula takes no mpmath numbers: write it in theory's words (theory.exp, not jnp.exp), or"
    " say evaluators=('jax',)"
)


class SettingError(ValueError):
    """A formula, reading, trial or file of a setting raised an error; the text says which, where.

    The error itself is its ``__cause__``.
    """


@contextlib.contextmanager
def code_of(what: str) -> Iterator[None]:
    """For calls into a setting's code: what it raises becomes a SettingError that names ``what``.

    Errors that speak for themselves (those that commands say in one line) pass, and those of the
    machinery's own runs.
    """
    try:
        yield
    except (*EXPECTED_ERRORS, RuntimeError):  # of JAX's runtime, or of a lost process
        raise
    except Exception as error:  # whatever somebody's formula may raise; kept as the cause
        said = f"{type(error).__name__}: {one_line(error)}"
        if "mpmath" in said:
            said = WORDS
        said = said if len(said) <= _LONGEST else said[: _LONGEST - 3] + "..."
        raise SettingError(f"{what}: {said}{_place(error)}") from error


def _place(error: Exception) -> str:
    """Where in the setting's own files the error arose."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_own(Path(frame.filename))]
    return f" ({own[-1].filename}, line {own[-1].lineno})" if own else ""


def _is_own(file: Path) -> bool:
    """Whether a file is a setting's: no library's, none of the shared ones here."""
    file = file.resolve()
    if not file.is_file() or any(file.is_relative_to(folder) for folder in _LIBRARIES):
        return False
    return not (file.parent.parent == _HERE and file.name.startswith("_"))
