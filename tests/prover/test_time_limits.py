"""A time limit holds in any thread, nests, and leaves the handlers of others alone."""

import contextlib
import signal
import threading
import time

import pytest

from proofs_check._time_limit import within
from tests.prover.symbols import hang


def swallow_everything():
    while True:
        with contextlib.suppress(Exception):
            hang()


def in_a_thread(work):
    box = []
    thread = threading.Thread(target=lambda: box.append(work()))
    thread.start()
    thread.join(20)
    return box[0]


@pytest.mark.parametrize("run", [lambda work: work(), in_a_thread], ids=["main", "thread"])
@pytest.mark.parametrize("work", [hang, swallow_everything])
def test_a_time_limit_holds_in_any_thread(run, work):
    start = time.process_time()
    assert run(lambda: within(0.2, work)) == (False, None)
    assert time.process_time() - start < 3
    assert run(lambda: within(5, lambda: 7)) == (True, 7)


@pytest.mark.parametrize("run", [lambda work: work(), in_a_thread], ids=["main", "thread"])
def test_time_limits_nest(run):
    def inner_first():
        return within(5, lambda: (within(0.1, hang), within(0.1, hang), "went on"))

    def outer_first():
        start = time.process_time()
        outcome = within(0.2, lambda: within(10, hang))
        return outcome, time.process_time() - start

    assert run(inner_first) == (True, ((False, None), (False, None), "went on"))
    outcome, seconds = run(outer_first)
    assert outcome == (False, None)
    assert seconds < 3


def test_a_time_limit_of_nothing_runs_nothing():
    assert within(0, lambda: 1 / 0) == (False, None)


def test_handlers_and_timers_of_others_are_restored():
    rings = []
    before = signal.signal(signal.SIGPROF, lambda *_: rings.append(1))
    try:
        signal.setitimer(signal.ITIMER_PROF, 0.5)
        assert within(0.1, hang) == (False, None)
        assert within(5, lambda: 3) == (True, 3)
        with pytest.raises(ZeroDivisionError):
            within(5, lambda: 1 / 0)
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
        deadline = time.process_time() + 5
        while not rings and time.process_time() < deadline:
            pass
        assert rings == [1]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def test_waiting_costs_nothing():
    # the limit is on processor time: a busy machine does not turn PROVED into UNDECIDED
    assert within(0.1, lambda: time.sleep(0.3)) == (True, None)
