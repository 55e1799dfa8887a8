"""Opens pages from disk in headless Chromium and lets a script act on them."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="needs Debian's chromium package"
)

_FRAME = """<!DOCTYPE html><html><head><meta charset="utf-8"/><link rel="icon" href="data:,"/>
<meta name="color-scheme" content="light dark"/></head><body>
<iframe src="{page}" style="border:0" width="{width}" height="900"></iframe><script>
const frame = document.querySelector('iframe'), said = {{}};
const loaded = () => new Promise((done) => frame.addEventListener('load', done, {{once: true}}));
const act = async (window, document) => {{{script}}};
loaded().then(() => act(frame.contentWindow, frame.contentDocument)).catch((error) => {{
  said.error = String(error.stack);
}}).then(() => {{
  console.info('the page was heard');
  document.body.replaceChildren(JSON.stringify(said));
}});
</script></body></html>"""

COMMON = """
const shown = (block) => [...block.querySelectorAll('tbody tr')].filter((r) => !r.hidden)
  .map((r) => r.querySelector('.name').textContent);
const choose = (block, what, value) => {
  const box = block.querySelector(what);
  box.value = value;
  box.dispatchEvent(new Event(box.type === 'search' ? 'input' : 'change'));
};
const sort = (block) => [...block.querySelectorAll('thead th')].map((th) => {
  const button = th.querySelector('button');
  button.focus(); button.click();
  const up = [document.activeElement === button, th.getAttribute('aria-sort'), shown(block)];
  button.click();
  return [th.textContent, ...up, th.getAttribute('aria-sort'), shown(block)];
});
said.width = [window.innerWidth, document.documentElement.scrollWidth];
said.beyond = [...document.querySelectorAll('.scroll')].map((e) => e.scrollWidth - e.clientWidth);
said.ground = window.getComputedStyle(document.body).backgroundColor;
"""


def browse(
    page: Path, script: str, folder: Path, *flags: str, width: int = 1280
) -> tuple[dict, list[str]]:
    """What the script said of the page, and the lines of the browser's console.

    The page stands in a frame of the given width: a window has at least 500 pixels. The script
    stands outside of it, where the page's policy has no say.
    """
    acted = folder / "acted.html"
    acted.write_text(
        _FRAME.format(page=page.as_uri(), width=width, script=COMMON + script), encoding="utf-8"
    )
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
        "--allow-file-access-from-files", "--window-size=1400,1000", "--hide-scrollbars",
        "--virtual-time-budget=10000", "--dump-dom", *flags, acted.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    body = re.search(r"<body>(.*?)</body>", done.stdout, re.S)
    assert body, done.stderr[-2000:]
    said = json.loads(unescape(body[1]))
    assert "error" not in said, said["error"]
    return said, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
