"""The loop of a peer's process. Imports the standard library and numpy only.

A script defines ``setup(inputs) -> work``, where ``inputs`` maps names to numpy arrays and
``work()`` does the job once, waits for it, and returns ``{name: array}``; it ends in

    if __name__ == "__main__":
        serve(setup)
"""

import json
import os
import sys
import time

import numpy as np


def serve(setup):
    """Answers ``results`` and ``time CALLS`` on standard input, a JSON line each."""
    folder = sys.argv[1]
    # whatever a library prints goes to standard error, not among the answers
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**answer):
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    with np.load(os.path.join(folder, "inputs.npz")) as stored:
        work = setup(dict(stored))
    say(ready=True)
    for line in sys.stdin:
        command, *rest = line.split()
        began = time.perf_counter()
        if command == "results":
            results = work()
            seconds = time.perf_counter() - began
            arrays = {name: np.asarray(value) for name, value in results.items()}
            np.savez(os.path.join(folder, "results.npz"), **arrays)
        else:
            calls = int(rest[0])
            for _ in range(calls):
                work()
            seconds = (time.perf_counter() - began) / calls
        say(seconds=seconds)
