"""The annotator's page in a real browser: from the invitation to answers in the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.drawing import DRAWN, FIRST, LAST, assert_drawn
from tests.browser.people import Annotator, Finger
from tests.browser.served import Served

from manyhands.types import State

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE = {"viewport": {"width": 412, "height": 839}, "device_scale_factor": 2.625}


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
    said = served.received("anna", DRAWN)
    for slice_index, box in DRAWN.items():
        assert_drawn(said[slice_index], box)
    assert {k for k, answer in said.items() if answer.state is State.ABSENT} >= {FIRST - 1}
    assert all(answer.active_s is not None for answer in said.values() if answer.boxes)
    assert not wrong
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
    said = served.received("paul", DRAWN)
    for slice_index, box in DRAWN.items():
        assert_drawn(said[slice_index], box)
    context.close()


def test_with_the_keyboard_alone(browser: Browser, served: Served) -> None:
    """From the invitation to done without a pointer."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(served.invite())
    page.wait_for_function("document.activeElement.tagName === 'INPUT'")
    keys = page.keyboard
    keys.type("kim")
    for key in ("Tab", "Space", "Tab", "Enter"):
        keys.press(key)
    page.wait_for_url("**/annotate")
    kim = Annotator(page, "kim")
    page.get_by_role("button", name="Skip the practice").focus()
    keys.press("Enter")
    kim.strip.wait_for()
    kim.go_to(FIRST)
    keys.press("f")
    kim.go_to(LAST)
    keys.press("l")
    for slice_index in DRAWN:
        kim.wait_for_slice(slice_index)
        keys.press("b")
        kim.see_box()
        keys.press("Enter")
    keys.press("Control+Enter")
    said = served.received("kim", DRAWN)
    assert all(said[slice_index].state is State.BOXES for slice_index in DRAWN)
    context.close()
