"""What all commands share: a parser with one-line errors, types of arguments, a quiet start."""

import argparse
import contextlib
import math
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from theory import _interrupt
from theory._precision import on_its_platform

USAGE, INTERRUPTED = 2, 130
"""Exit statuses of every command: wrong usage, and Ctrl-C."""

_NUMBER = re.compile(r"-(\d|\.\d|inf|nan)", re.IGNORECASE)


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, and that takes -1e-5 for a number."""

    def __init__(self, **options: Any):
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)
        # argparse knows -1 and -0.5 only, and takes -1e-5 or -inf for a flag
        self._negative_number_matcher = _NUMBER

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's, without ``--``: as a flag's value argparse makes an empty list of it."""
        given = list(sys.argv[1:] if args is None else args)
        if any(word == "--" or (word.startswith("-") and word.endswith("=--")) for word in given):
            self.error("-- parts nothing here")
        return super().parse_known_args(given, namespace)

    def error(self, message: str) -> NoReturn:
        """Ends the command with status 2."""
        self.exit(USAGE, f"{self.prog}: {one_line(message)} (--help says what is allowed)\n")


def one_line(message: object) -> str:
    """A message without line breaks: what a person typed may hold some."""
    return " ".join(str(message).split())


def complain(program: str, error: object) -> int:
    """Prints the error in one line; returns the exit status of wrong usage."""
    print(f"{program}: {one_line(error)}", file=sys.stderr)
    return USAGE


def begin() -> None:
    """For the start of a command: Ctrl-C raises KeyboardInterrupt from here on, and a terminal
    that lacks a character gets a question mark for it in place of an error."""
    _interrupt.loud()
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


@contextlib.contextmanager
def without_exit() -> Iterator[None]:
    """For a command's work: a setting's code that calls sys.exit is an error, whatever its status.

    Else a formula that ends Python with status 0 would pass for a run in which all is well.
    """
    try:
        with on_its_platform():
            yield
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # rich's way to end on a closed pipe
            raise
        raise ValueError(f"the code of a setting calls sys.exit({stop.code!r})") from None


def whole(low: int = -(2**63), high: int = 2**63 - 1) -> Callable[[str], int]:
    """The type of a whole number in [low, high]."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{_shown(text)} is not a whole number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{_shown(text)} is outside {low} to {high}")
        return value

    return parse


def real(text: str) -> float:
    """The type of a finite number."""
    value = number(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a finite number")
    return value


def between(low: float, high: float) -> Callable[[str], float]:
    """The type of a number in [low, high]."""

    def parse(text: str) -> float:
        value = number(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{_shown(text)} is outside [{low:g}, {high:g}]")
        return value

    return parse


def number(text: str) -> float:
    """The type of a number, infinity among them."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a number") from None
    if math.isnan(value):
        raise argparse.ArgumentTypeError(f"{_shown(text)} is not a number")
    return value


def memory(text: str) -> int:
    """The type of a size such as ``512MiB`` or ``4G``, in bytes."""
    found = re.fullmatch(r"([\d.]+(?:[eE][+-]?\d+)?)([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    try:
        if found is None:
            raise ValueError
        power = " KMGT".index(found[2].upper() or " ")
        value = int(float(found[1]) * 2.0 ** (10 * power))
        if value > 0:
            return value
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{_shown(text)} is not a size such as 512MiB or 4G")


def path(text: str) -> Path:
    """The type of a path to a file or a folder: not empty, ``~`` understood."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # no such user
        raise argparse.ArgumentTypeError(f"{_shown(text)}: {one_line(error)}") from None


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 60 else f"{text[:50]!r}..."


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> Any:
    """The parsed arguments, or the exit status of a --help or an error that was printed."""
    try:
        return parser.parse_args(arguments)
    except SystemExit as stop:  # argparse leaves the process; a caller of main() stays
        return stop.code if isinstance(stop.code, int) else USAGE


EXPECTED_ERRORS = (ValueError, MemoryError, FloatingPointError, OSError)
"""What a command says in one line: all that a person can mend."""
