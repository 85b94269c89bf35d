"""The annotator's page in a real browser: from the invitation to answers in the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.people import Annotator, Finger
from tests.browser.served import Served

from manyhands.types import Answer, Box, Origin, State

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE = {"viewport": {"width": 412, "height": 839}, "device_scale_factor": 2.625}
FIRST, LAST = 5, 11
DRAWN = {
    5: Box(20, 14, 60, 44),
    8: Box(24, 10, 62, 46),
    11: Box(22, 16, 58, 40),
}
PIXEL = 0.5  # how exactly a box comes where it was drawn, in voxels


def assert_drawn(answer: Answer, box: Box, origin: Origin = Origin.DRAWN) -> None:
    assert answer.state is State.BOXES
    (found,) = answer.boxes
    assert found.as_row() == pytest.approx(box.as_row(), abs=PIXEL)
    assert found.origin is origin


def draw_all(somebody: Annotator) -> None:
    for slice_index, box in DRAWN.items():
        somebody.wait_for_slice(slice_index)
        somebody.draw(box)
        somebody.press("Go on")


def test_a_structure_from_its_first_slice_to_done(
    browser: Browser, served: Served, pictures: Path
) -> None:
    """What is in the database is what was drawn, and every slice is answered or lies between."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    anna = Annotator(page, "anna")
    anna.take_invitation(served.invite())
    anna.skip_practice()
    anna.mark_ends(FIRST, LAST)
    draw_all(anna)
    page.screenshot(path=pictures / "annotate-desktop.png")
    anna.finish()
    anna.wait_until_saved()
    said = served.said_by("anna")
    for slice_index, box in DRAWN.items():
        assert_drawn(said[slice_index], box)
    assert {k for k, answer in said.items() if answer.state is State.ABSENT} >= {FIRST - 1}
    assert all(answer.active_s is not None for answer in said.values() if answer.boxes)
    assert not wrong
    context.close()


def test_nothing_is_lost_without_a_network(browser: Browser, served: Served) -> None:
    """Boxes drawn offline survive a reload, and arrive when the network is back."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    otto = Annotator(page, "otto")
    otto.take_invitation(served.invite())
    otto.skip_practice()
    otto.mark_ends(FIRST, LAST)
    otto.wait_for_slice(FIRST)
    otto.draw(DRAWN[FIRST])
    otto.wait_until_saved()
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    page.reload()  # from here on the page itself comes from the device, too
    otto.see_box_on(FIRST)
    otto.press("Go on")

    context.set_offline(True)
    otto.wait_for_slice(8)
    otto.draw(DRAWN[8])
    page.reload()
    otto.see_box_on(8)
    assert 8 not in served.said_by("otto")
    context.set_offline(False)

    otto.wait_until_saved()
    assert_drawn(served.said_by("otto")[8], DRAWN[8])
    context.close()


def test_with_a_finger_on_a_phone(browser: Browser, served: Served, pictures: Path) -> None:
    context = browser.new_context(**PHONE, is_mobile=True, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    paul = Finger(page, "paul")
    paul.take_invitation(served.invite())
    page.screenshot(path=pictures / "practice-phone.png")
    paul.skip_practice()
    paul.mark_ends(FIRST, LAST)
    draw_all(paul)
    page.screenshot(path=pictures / "annotate-phone.png")
    paul.finish()
    paul.wait_until_saved()
    said = served.said_by("paul")
    for slice_index, box in DRAWN.items():
        assert_drawn(said[slice_index], box)
    context.close()
