"""WebKitGTK, which is what people on Apple's devices have, spoken to by the W3C's WebDriver."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DRIVER = shutil.which("WebKitWebDriver")
DISPLAY = shutil.which("xvfb-run")
BROWSER = next(
    iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"), reverse=True)), None
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that the standard gives to elements
WITHIN_S = 40.0
SIZE_PX = (1280, 900)


class WebKit:
    """One window. Elements are found by XPath, and waited for."""

    def __init__(self, port: int) -> None:
        self._port = port
        options = {"binary": str(BROWSER), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = "/session"
        self._session = f"/session/{self.ask('POST', '', wanted)['sessionId']}"
        width, height = SIZE_PX
        self.ask("POST", "/window/rect", {"x": 0, "y": 0, "width": width, "height": height})

    def ask(self, method: str, path: str, content: object = None) -> Any:
        """The value of an answer. Raises `RuntimeError` with the words of an error."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=WITHIN_S)
        body = None if content is None else json.dumps(content)
        connection.request(method, self._session + path, body)
        response = connection.getresponse()
        value = json.loads(response.read())["value"]
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {value['error']}: {value['message']}")
        return value

    def go_to(self, address: str) -> None:
        self.ask("POST", "/url", {"url": address})

    def run(self, script: str, *given: object) -> Any:
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(given)})

    def find(self, xpath: str) -> str:
        """The id of the first such element, as soon as there is one."""
        asked = {"using": "xpath", "value": xpath}
        found: list[dict[str, str]] = until(lambda: self.ask("POST", "/elements", asked), xpath)
        return found[0][ELEMENT]

    def click(self, xpath: str) -> None:
        self.ask("POST", f"/element/{self.find(xpath)}/click", {})

    def press(self, name: str) -> None:
        """The button of that name; its key may stand behind it."""
        self.click(f"//button[@aria-label='{name}' or starts-with(normalize-space(), '{name}')]")

    def write(self, xpath: str, text: str) -> None:
        self.ask("POST", f"/element/{self.find(xpath)}/value", {"text": text})

    def keys(self, *keys: str) -> None:
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def drag(self, places: Sequence[tuple[float, float]]) -> None:
        """With the mouse through these places of the window, in pixels."""
        moves = [
            {
                "type": "pointerMove",
                "x": round(x),
                "y": round(y),
                "duration": 50,
                "origin": "viewport",
            }
            for x, y in places
        ]
        down, up = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
        actions = [moves[0], down, *moves[1:], up]
        self._act({"type": "pointer", "id": "mouse", "actions": actions})

    def _act(self, source: dict[str, Any]) -> None:
        self.ask("POST", "/actions", {"actions": [source]})

    def close(self) -> None:
        self.ask("DELETE", "")


def until(look: Callable[[], Any], what: str) -> Any:
    """What `look` gives, as soon as that is something. Raises `TimeoutError`."""
    ends_s = time.monotonic() + WITHIN_S
    while not (found := look()):
        if time.monotonic() > ends_s:
            raise TimeoutError(f"there is no {what}")
        time.sleep(0.2)
    return found


@contextmanager
def webkit() -> Iterator[WebKit]:
    """A window of its own, on a screen that nobody sees."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    screen = ["-screen", "0", f"{SIZE_PX[0]}x{SIZE_PX[1]}x24"]
    command = [str(DISPLAY), "-a", "-s", " ".join(screen), str(DRIVER), f"--port={port}"]
    # In a session of its own, because what xvfb-run starts would outlive it.
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as driver:
        try:
            until(lambda: _answers(port), "driver")
            window = WebKit(port)
            yield window
            window.close()
        finally:
            os.killpg(driver.pid, signal.SIGTERM)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
