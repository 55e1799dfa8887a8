"""A page in headless Chromium under its debugger: for fingers, which no script can be."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Driven:
    """An open page; ``call`` sends what the DevTools protocol has."""

    def __init__(self, into: int, out: int) -> None:
        self.into, self.out = into, out
        self.number, self.session, self.rest = 0, "", b""

    def call(self, method: str, **words: Any) -> Any:
        """Sends a command, waits for its answer."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": words}
        message |= {"sessionId": self.session} if self.session else {}
        os.write(self.into, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.rest:
                read = os.read(self.out, 1 << 16)
                assert read, f"the browser ended at {method}"
                self.rest += read
            line, _, self.rest = self.rest.partition(b"\0")
            answer = json.loads(line)
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is in the page; a promise is waited for."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                         awaitPromise=True)  # fmt: skip
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def drag(self, *places: tuple[float, float]) -> None:
        """A finger goes down at the first place, along the others, and up."""
        for i, (x, y) in enumerate(places):
            kind = "touchMove" if i else "touchStart"
            self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


@contextmanager
def on_a_telephone(page: Path, folder: Path) -> Iterator[Driven]:
    """The page, 400 pixels wide, on a screen that is touched."""
    (their_in, into), (out, their_out) = os.pipe(), os.pipe()
    flags = (
        "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
        " --disable-component-update --disable-sync --remote-debugging-pipe"
    )
    command = f'exec chromium {flags} "--user-data-dir=$0" 3<&{their_in} 4>&{their_out}'
    browser = subprocess.Popen(
        ["bash", "-c", command, str(folder / "telephone")], pass_fds=(their_in, their_out),
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(their_in)
    os.close(their_out)
    try:
        driven = Driven(into, out)
        target = driven.call("Target.createTarget", url="about:blank")["targetId"]
        attached = driven.call("Target.attachToTarget", targetId=target, flatten=True)
        driven.session = attached["sessionId"]
        driven.call("Emulation.setDeviceMetricsOverride", width=400, height=800, mobile=True,
                    deviceScaleFactor=1)  # fmt: skip
        driven.call("Emulation.setTouchEmulationEnabled", enabled=True)
        driven.call("Page.enable")
        driven.call("Page.navigate", url=page.as_uri())
        there = f"document.readyState === 'complete' && location.href === '{page.as_uri()}'"
        while not driven.value(there):
            time.sleep(0.05)
        yield driven
    finally:
        browser.kill()
        browser.wait()
        os.close(into)
        os.close(out)
