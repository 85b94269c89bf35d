"""Somebody at the page: what they see and do, in their words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser.served import SHAPE

from manyhands.types import Box

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MARGIN_PX = 12  # around the picture on the stage
COLUMNS, ROWS, _ = SHAPE


class Annotator:
    """One person who boxes, with a mouse."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name

    def take_invitation(self, link: str) -> None:
        self.page.goto(link)
        self.page.get_by_label("nickname").fill(self.name)
        self.page.get_by_role("checkbox").check()
        self.page.get_by_role("button", name="Begin").click()
        self.page.wait_for_url("**/annotate")

    def skip_practice(self) -> None:
        self.page.get_by_role("button", name="Skip the practice").click()
        self.strip.wait_for()

    @property
    def strip(self) -> Locator:
        return self.page.get_by_role("slider", name="Slices")

    def press(self, name: str) -> None:
        """The button of that name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def slice_shown(self) -> int:
        """From 0, as the study counts."""
        return int(self.strip.get_attribute("aria-valuenow") or 0) - 1

    def go_to(self, slice_index: int) -> None:
        self.strip.focus()
        self.page.keyboard.press("Home")
        for _ in range(slice_index):
            self.page.keyboard.press("ArrowRight")
        self.wait_for_slice(slice_index)

    def wait_for_slice(self, slice_index: int) -> None:
        shown = f'[role=slider][aria-label="Slices"][aria-valuenow="{slice_index + 1}"]'
        self.page.locator(shown).wait_for()

    def mark_ends(self, first: int, last: int) -> None:
        self.go_to(first)
        self.press("Begins here")
        self.go_to(last)
        self.press("Ends here")

    def at(self, row: float, column: float) -> tuple[float, float]:
        """Where a point of the slice is on the screen: the picture is as large as it fits."""
        stage = self.page.get_by_role("group", name="Boxes").bounding_box()
        assert stage is not None
        width, height = stage["width"] - 2 * MARGIN_PX, stage["height"] - 2 * MARGIN_PX
        scale = min(width / COLUMNS, height / ROWS)
        left = stage["x"] + (stage["width"] - COLUMNS * scale) / 2
        top = stage["y"] + (stage["height"] - ROWS * scale) / 2
        return left + column * scale, top + row * scale

    def draw(self, box: Box) -> None:
        """Drag from corner to corner, and see the box."""
        x, y = self.at(box.row0, box.column0)
        to_x, to_y = self.at(box.row1, box.column1)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move((x + to_x) / 2, (y + to_y) / 2, steps=4)
        self.page.mouse.move(to_x, to_y, steps=4)
        self.page.mouse.up()
        self.see_box()

    def see_box_on(self, slice_index: int) -> None:
        """After a reload the page begins where it seems best."""
        self.strip.wait_for()
        self.go_to(slice_index)
        self.see_box()

    def see_box(self) -> None:
        self.page.get_by_role("button", name=re.compile("^Box 1: top")).wait_for()

    def wait_until_saved(self) -> None:
        self.page.get_by_role("button", name="All saved").wait_for(timeout=40_000)

    def finish(self) -> None:
        self.press("Finish this structure")
        self.page.get_by_role("heading", name=re.compile("done")).wait_for()


class Finger(Annotator):
    """The same with one finger on a phone: tap one corner, then the other."""

    def draw(self, box: Box) -> None:
        for row, column in ((box.row0, box.column0), (box.row1, box.column1)):
            self.page.touchscreen.tap(*self.at(row, column))
        self.see_box()
