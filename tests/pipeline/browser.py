"""A headless Chromium driven over its DevTools pipe: the standard library is enough.

`Browser` opens files and addresses, runs scripts, and moves mouse and keys as a person does.

The picture in the README: `python -m tests.pipeline.browser runs/demo/report.html docs/images/report.png`
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support import chromium

_PATIENCE = 60.0  # seconds for one answer: the first start on a busy machine is slow
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--remote-debugging-pipe", "--lang=en-US",
)  # fmt: skip
_KEYS = {
    "Enter": (13, "\r"),
    "ArrowUp": (38, ""),
    "ArrowDown": (40, ""),
    "Tab": (9, ""),
    "Escape": (27, ""),
    " ": (32, " "),
}
# Where an element is once it has come to rest: what still moves would be missed.
_MIDDLE = """(async () => {
  const one = document.querySelector(SELECTOR);
  one.scrollIntoView({block: "nearest"});
  const where = () => { const {x, y, width, height} = one.getBoundingClientRect(); return [x + width / 2, y + height / 2]; };
  for (let before = null, now = where(); String(before) !== String(now); before = now, now = where())
    await new Promise((done) => setTimeout(done, 30));
  return where();
})()"""
# Chromium reads commands from descriptor 3 and writes to 4; both are moved there past each other.
_LAUNCH = """
import os, sys
r, w = (os.dup(int(a)) for a in sys.argv[1:3])
while min(r, w) < 5: r, w = os.dup(r), os.dup(w)
os.dup2(r, 3); os.dup2(w, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One page. `errors` collects console errors and exceptions, `requests` every address asked for."""

    def __init__(self, commands: int, events: int) -> None:
        self._commands, self._events, self._buffer, self._id = commands, events, b"", 0
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._loaded = self._held = False
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One DevTools command and its result."""
        self._id += 1
        message: dict[str, Any] = {"id": self._id, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]  # type: ignore[no-any-return]

    def open(self, page: Path, query: str = "") -> None:
        """Load a file and wait until it has loaded."""
        self._loaded = False
        self.call("Page.navigate", url=page.resolve().as_uri() + query)
        while not self._loaded:
            self._next()

    def visit(self, url: str, ready: str = "document.readyState === 'complete'") -> None:
        """Load an address and wait until it has loaded and `ready` is true of it."""
        self._loaded = False
        self.call("Page.navigate", url=url)
        while not self._loaded:
            self._next()
        self.wait_for(ready)

    def wait_for(self, script: str, seconds: float = _PATIENCE) -> None:
        """Wait until a JavaScript expression is true; a page that is just being left has none."""
        until = time.monotonic() + seconds
        while True:
            with contextlib.suppress(RuntimeError):
                if self.do(f"Boolean({script})"):
                    return
            assert time.monotonic() < until, f"never true: {script}"
            time.sleep(0.02)

    def type(self, text: str) -> None:
        """Type into the focused element."""
        self.call("Input.insertText", text=text)

    def press(self, key: str, *, alt: bool = False, control: bool = False) -> None:
        """Press and release a key: a character, or a name such as `ArrowDown`."""
        code, text = _KEYS.get(key, (ord(key.upper()) if len(key) == 1 else 0, key if len(key) == 1 else ""))
        event = {"key": key, "windowsVirtualKeyCode": code, "modifiers": alt + 2 * control}
        typed = {"text": text} if text and not (alt or control) else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, **typed)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def click(self, selector: str) -> None:
        """Click with the mouse in the middle of an element, scrolled into view."""
        x, y = self._middle(selector)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._mouse(kind, x, y)

    def drag(self, selector: str, onto: str, *, steps: int = 8) -> None:
        """Press the mouse on one element, move to the middle of another and let go there."""
        (x, y), (to_x, to_y) = self._middle(selector), self._middle(onto)
        self._mouse("mouseMoved", x, y)
        self._mouse("mousePressed", x, y)
        for step in range(1, steps + 1):
            self._mouse("mouseMoved", x + (to_x - x) * step / steps, y + (to_y - y) * step / steps)
        self._mouse("mouseReleased", to_x, to_y)

    def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file in a field for files, as the browser's own dialog does."""
        found = self.call("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")
        self.call("DOM.setFileInputFiles", files=[str(path)], objectId=found["result"]["objectId"])

    def download(self, folder: Path, selector: str) -> Path:
        """Click on what hands out a file; gives the file, whole, in `folder`."""
        before = set(folder.iterdir())
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        self.click(selector)
        until = time.monotonic() + _PATIENCE
        while not (found := [one for one in set(folder.iterdir()) - before if one.suffix != ".crdownload"]):
            assert time.monotonic() < until, f"{selector}: no file came"
            time.sleep(0.02)
        return found[0]

    def _middle(self, selector: str) -> tuple[float, float]:
        x, y = self.do(_MIDDLE.replace("SELECTOR", json.dumps(selector)))
        return x, y

    def _mouse(self, kind: str, x: float, y: float) -> None:
        held = {} if kind == "mouseMoved" and not self._held else {"button": "left", "clickCount": 1}
        self._held = kind == "mousePressed" or (self._held and kind != "mouseReleased")
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=int(self._held), **held)

    def do(self, script: str) -> Any:
        """The value of a JavaScript expression on the page."""
        result = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description"))
        return result["result"].get("value")

    def screen(self, width: int, height: int = 900, *, dark: bool = False, media: str = "") -> None:
        """Set the size of the window, the reader's colour scheme and the medium (`print`)."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def picture(self, path: Path, clip: tuple[float, float, float, float] | None = None) -> None:
        """A screenshot of the whole page, or of a rectangle of it."""
        area = {}
        if clip:
            area["clip"] = dict(zip(("x", "y", "width", "height"), clip, strict=True), scale=1)
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True, **area)["data"]
        path.write_bytes(base64.b64decode(data))

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            if not select.select([self._events], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            chunk = os.read(self._events, 1 << 20)
            if not chunk:
                raise RuntimeError("Chromium has ended")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, event: str, params: dict[str, Any]) -> None:
        if event == "Page.loadEventFired":
            self._loaded = True
        elif event == "Runtime.exceptionThrown":
            self.errors.append(str(params["exceptionDetails"].get("exception", {}).get("description")))
        elif event == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.errors.append(str([a.get("value") for a in params["args"]]))
        elif event == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.errors.append(params["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A fresh browser with a profile of its own; skips where there is none."""
    path = chromium()
    child_reads, we_write = os.pipe()
    we_read, child_writes = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(child_reads), str(child_writes), path, *_FLAGS,
             f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(child_reads, child_writes), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(child_reads)
        os.close(child_writes)
        try:
            yield Browser(we_write, we_read)
        finally:
            os.close(we_write)  # Chromium ends with its pipe
            os.close(we_read)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def picture_of_report(page: Path, picture: Path) -> None:
    """The top of a report, from its title to the forest plot, as a reader at a desk sees it."""
    with browser() as chrome:
        chrome.screen(1200)
        chrome.open(page, "?lang=en&theme=light")
        below = chrome.do(
            "(document.querySelector('#card-1') || document.querySelector('#answers')).offsetTop"
        )
        picture.parent.mkdir(parents=True, exist_ok=True)
        chrome.picture(picture, (0, 0, 1200, below - 40))


if __name__ == "__main__":
    picture_of_report(Path(sys.argv[1]), Path(sys.argv[2]))
