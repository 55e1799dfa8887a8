"""Ctrl-C while a command still imports its libraries ends it quietly; afterwards it raises."""

import contextlib
import os
import signal
import sys
from typing import Any

_COMMANDS = ("theory", "sims", "proofs_check", "paper_figures")


def _leave(*_: Any) -> None:
    os._exit(130)


def quiet() -> None:
    """For the first lines of the packages: acts only where one of their commands is starting."""
    words = sys.orig_argv
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    script = os.path.basename(words[1]) if len(words) > 1 else ""
    if module.partition(".")[0] in _COMMANDS or script == "overfit-theory":
        # not in a thread, nor where somebody has a handler of their own
        with contextlib.suppress(ValueError):
            if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                signal.signal(signal.SIGINT, _leave)


def loud() -> None:
    """From here on Ctrl-C raises KeyboardInterrupt again."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)
