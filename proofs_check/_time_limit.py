"""A time limit for pure-Python work that would not stop by itself.

The limit is on processor time, not on the clock on the wall: whether an item comes out PROVED or
UNDECIDED must not depend on what else the machine is doing.
"""

import ctypes
import signal
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

clock = time.process_time
"""Seconds of processor time; what limits are measured in."""

_RESOLUTION = 0.01  # seconds; the kernel counts processor time in ticks
_REPEAT = 0.5  # seconds; the interruption is sent again, in case a bare `except` swallowed it


class TimeUp(BaseException):
    """The time limit passed. Not an Exception: SymPy catches those in places."""


def within(seconds: float, work: Callable[[], T]) -> tuple[bool, T | None]:
    """(True, work()) if it ends within the processor seconds, else (False, None).

    Interrupts Python code between two bytecodes: a single long call into C is not cut short, and
    waiting (sleep, input) costs no processor time. In the main thread a signal does it (SIGPROF),
    elsewhere an exception sent to the thread, after that many seconds on the wall. Nested use is
    safe; an outer limit that passes first ends the outer work.
    """
    if seconds <= 0:
        return False, None

    class Passed(TimeUp):  # a class of its own, so that each limit knows its own interruption
        pass

    in_main = threading.current_thread() is threading.main_thread()
    alarm: Any = (_SignalAlarm if in_main else _ThreadAlarm)(seconds, Passed)
    try:
        try:
            alarm.start()
            return True, work()
        finally:
            alarm.stop()
    except Passed:
        alarm.stop()  # again: the interruption may have struck inside stop()
        return False, None


class _SignalAlarm:
    """Raises in the main thread through SIGPROF. All live alarms share the one timer."""

    _live: tuple["_SignalAlarm", ...] = ()  # outermost first
    _foreign: Any = None  # the handler, deadline and interval that stood before the outermost

    def __init__(self, seconds: float, error: type[TimeUp]):
        self.deadline = clock() + seconds
        self.error = error

    def start(self) -> None:
        cls = _SignalAlarm
        if not cls._live:
            left, interval = signal.getitimer(signal.ITIMER_PROF)
            deadline = clock() + left if left else None
            cls._foreign = (signal.signal(signal.SIGPROF, cls._on_alarm), deadline, interval)
        cls._live = (*cls._live, self)
        cls._arm()

    def stop(self) -> None:
        cls = _SignalAlarm
        cls._live = tuple(alarm for alarm in cls._live if alarm is not self)
        if cls._live:
            cls._arm()
        elif cls._foreign is not None:
            handler, deadline, interval = cls._foreign
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, handler)
            cls._foreign = None
            if deadline is not None:  # someone else's timer goes on, late at worst
                rest = max(deadline - clock(), 1e-3)
                signal.setitimer(signal.ITIMER_PROF, rest, interval)

    @staticmethod
    def _arm() -> None:
        nearest = min(alarm.deadline for alarm in _SignalAlarm._live)
        signal.setitimer(signal.ITIMER_PROF, max(nearest - clock(), 1e-3), _REPEAT)

    @staticmethod
    def _on_alarm(signum: int, frame: object) -> None:
        now = clock()
        for alarm in _SignalAlarm._live:
            if alarm.deadline <= now + _RESOLUTION:
                raise alarm.error


class _ThreadAlarm:
    """Raises in a thread other than the main one, from a timer thread."""

    def __init__(self, seconds: float, error: type[TimeUp]):
        self.seconds, self.error = seconds, error
        self.thread = ctypes.c_ulong(threading.get_ident())
        self.lock = threading.Lock()
        self.over = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        wait = self.seconds
        while not self.over.wait(wait):
            with self.lock:
                if not self.over.is_set():
                    self._send(ctypes.py_object(self.error))
            wait = _REPEAT

    def stop(self) -> None:
        self.over.set()
        with self.lock:
            self._send(None)  # withdraws an interruption that has not struck yet

    def _send(self, error: Any) -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(self.thread, error)
