"""The annotator's page in WebKit: from the invitation to boxes in the database."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser.drawing import DRAWN, FIRST, LAST, assert_drawn
from tests.browser.people import MARGIN_PX
from tests.browser.served import SHAPE, Served
from tests.browser.webkit import BROWSER, DISPLAY, DRIVER, WebKit, until, webkit

from manyhands.server.settings import STATIC_FOLDER
from manyhands.types import Box

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (DRIVER and DISPLAY and BROWSER),
        reason="no WebKitGTK: on Debian, apt-get install webkit2gtk-driver xvfb",
    ),
    pytest.mark.skipif(
        not (STATIC_FOLDER / "annotate.html").exists(),
        reason="the page is not built: `make web` builds it",
    ),
]
STAGE = "[aria-label=Boxes]"
RIGHT, HOME = "\ue014", "\ue011"  # keys, as the standard numbers them


@pytest.fixture
def window() -> Iterator[WebKit]:
    with webkit() as opened:
        yield opened


def go_to(window: WebKit, slice_index: int) -> None:
    window.run("document.querySelector('[aria-label=Slices]').focus()")
    window.keys(HOME, *[RIGHT] * slice_index)
    wait_for_slice(window, slice_index)


def wait_for_slice(window: WebKit, slice_index: int) -> None:
    window.find(f"//*[@aria-label='Slices'][@aria-valuenow='{slice_index + 1}']")


def draw(window: WebKit, box: Box) -> None:
    """Drag from corner to corner, and see the box."""
    read = f"const r = document.querySelector('{STAGE}').getBoundingClientRect();"
    x, y, width, height = window.run(f"{read} return [r.x, r.y, r.width, r.height]")
    columns, rows, _ = SHAPE
    scale = min((width - 2 * MARGIN_PX) / columns, (height - 2 * MARGIN_PX) / rows)
    left, top = x + (width - columns * scale) / 2, y + (height - rows * scale) / 2
    edges = (box.column0, (box.column0 + box.column1) / 2, box.column1)
    ends = (box.row0, (box.row0 + box.row1) / 2, box.row1)
    window.drag([(left + c * scale, top + r * scale) for c, r in zip(edges, ends, strict=True)])
    window.find("//*[starts-with(@aria-label, 'Box 1: top')]")


def test_boxes_drawn_in_webkit_are_those_in_the_database(
    window: WebKit, served: Served, pictures: Path
) -> None:
    window.go_to(served.invite())
    window.write("//input[@name='name']", "wendy")
    window.click("//input[@type='checkbox']")
    window.press("Begin")
    window.press("Skip the practice")
    window.find("//*[@aria-label='Slices']")
    for slice_index, button in ((FIRST, "Begins here"), (LAST, "Ends here")):
        go_to(window, slice_index)
        window.press(button)
    for slice_index, box in DRAWN.items():
        wait_for_slice(window, slice_index)
        draw(window, box)
        window.press("Go on")
    picture = base64.b64decode(window.ask("GET", "/screenshot"))
    (pictures / "annotate-webkit.png").write_bytes(picture)

    said = served.received("wendy", DRAWN)
    for slice_index, box in DRAWN.items():
        assert_drawn(said[slice_index], box)
    until(lambda: window.run("return document.body.innerText.includes('Finish')"), "end")
