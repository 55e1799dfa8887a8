"""The processes of a run meet before JAX starts, so that what is wrong is said in one line.

JAX ends a process whose group cannot be formed (a missing or a second process of one index, another
count, nobody at the address) by SIGABRT, with a stack trace and no word of what was wrong. So
process 0 listens at the coordinator's address first, hears from every other process who it is and
what it is about to run, and tells all of them either to go on or why not; then JAX takes the
address over.
"""

import contextlib
import json
import socket
import time
from collections.abc import Mapping
from typing import Any

MEETING_SECONDS = 40
"""How long the processes of a run wait for each other at the start."""

_LONGEST = 2**20  # bytes of a message


class MeetingError(ValueError):
    """The processes of a run did not come together, or are not of one run."""


def address_of(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``. Raises MeetingError, naming what is wrong with it."""
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        raise MeetingError(f"--coordinator {text!r} is not HOST:PORT")
    if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
        raise MeetingError(f"--coordinator {text!r}: the port is no number from 1 to 65535")
    return host.removeprefix("[").removesuffix("]"), int(port)


def meet(
    coordinator: str,
    processes: int,
    index: int,
    facts: Mapping[str, str],
    seconds: float = MEETING_SECONDS,
) -> None:
    """Returns once all processes have come and agree on the facts.

    Raises MeetingError in every process that came if one did not, or differs.
    """
    host, port = address_of(coordinator)
    deadline = time.monotonic() + seconds
    if index == 0:
        _receive_all(port, processes, facts, deadline, coordinator)
    else:
        hello = {"index": index, "processes": processes, "facts": dict(facts)}
        _report(host, port, hello, deadline, coordinator)


def difference(facts: Mapping[str, str], others: Mapping[str, str]) -> str:
    """What differs, with both values where they are short; empty if nothing does."""
    for name in dict.fromkeys([*facts, *others]):
        mine, theirs = facts.get(name, "none"), others.get(name, "none")
        if mine != theirs:
            short = len(mine) + len(theirs) < 200
            return f"{name} ({mine} against {theirs})" if short else name
    return ""


def _receive_all(
    port: int, processes: int, facts: Mapping[str, str], deadline: float, coordinator: str
) -> None:
    try:
        listener = socket.create_server(("", port), backlog=processes)
    except OSError as error:
        raise MeetingError(
            f"cannot listen at --coordinator {coordinator} ({error.strerror}): give another port"
        ) from None
    came: dict[int, socket.socket] = {}
    wrong = ""
    with listener:
        while len(came) < processes - 1 and not wrong:
            listener.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                caller, _ = listener.accept()
                caller.settimeout(max(0.01, min(5.0, deadline - time.monotonic())))
                hello = _read(caller)
                index, wrong = hello["index"], _trouble(hello, processes, came, facts)
            except TimeoutError:
                if time.monotonic() < deadline:
                    continue  # a caller that says nothing is none of ours
                gone = sorted(set(range(1, processes)) - set(came))
                wrong = f"process {', '.join(map(str, gone))} of {processes} did not come in time"
                break
            except (OSError, ValueError, TypeError, KeyError):
                continue  # neither is one that says something else
            came[-1 if wrong else index] = caller
        for caller in came.values():
            with caller:
                _send(caller, {"wrong": wrong})
    if wrong:
        raise MeetingError(wrong)


def _trouble(
    hello: dict[str, Any], processes: int, came: Mapping[int, Any], facts: Mapping[str, str]
) -> str:
    """What is wrong with one that came, in words; empty if nothing is."""
    index, count = hello["index"], hello["processes"]
    if count != processes:
        return f"the processes disagree on --processes: {processes} in 0, {count} in {index}"
    if index in came:
        return f"two processes have --process-index {index}"
    what = difference(facts, hello["facts"])
    return f"processes 0 and {index} differ in {what}" if what else ""


def _report(
    host: str, port: int, hello: Mapping[str, Any], deadline: float, coordinator: str
) -> None:
    while True:
        try:
            caller = socket.create_connection(
                (host, port), timeout=max(0.01, deadline - time.monotonic())
            )
            break
        except socket.gaierror as error:
            raise MeetingError(f"--coordinator {coordinator}: {error.strerror or error}") from None
        except OSError as error:
            if time.monotonic() > deadline:
                raise MeetingError(
                    f"nobody answers at --coordinator {coordinator} ({error}): is process 0 there?"
                ) from None
            time.sleep(0.2)
    with caller:
        # process 0 waits until its own deadline for the others, and may have started later
        caller.settimeout(MEETING_SECONDS)
        try:
            _send(caller, hello)
            answer = _read(caller)
        except (OSError, ValueError):
            raise MeetingError(
                f"what answers at --coordinator {coordinator} is not process 0 of this run"
            ) from None
    if answer.get("wrong"):
        raise MeetingError(answer["wrong"])


def _send(caller: socket.socket, message: Mapping[str, Any]) -> None:
    with contextlib.suppress(OSError):  # it has gone: JAX will say so
        caller.sendall(json.dumps(message).encode() + b"\n")


def _read(caller: socket.socket) -> dict[str, Any]:
    with caller.makefile("rb") as lines:
        message = json.loads(lines.readline(_LONGEST))
    if not isinstance(message, dict):
        raise ValueError("not a message")
    return message
