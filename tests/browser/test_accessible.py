"""Axe finds nothing serious on any page, light or dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from tests.browser.drawing import DRAWN, FIRST, LAST
from tests.browser.people import Annotator
from tests.browser.served import Served

from manyhands.store import Role

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
Scheme = Literal["light", "dark"]


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    if not AXE.exists():
        pytest.skip("axe is not there: `make web` installs it")
    scheme: Scheme = request.param
    context = browser.new_context(
        color_scheme=scheme, reduced_motion="reduce", viewport={"width": 1280, "height": 800}
    )
    yield context.new_page()
    context.close()


def assert_accessible(page: Page, where: str) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    serious = [
        f"{where}: {one['help']} at {node['target']}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
    assert not serious


def test_the_annotators_page(page: Page, served: Served) -> None:
    link = served.invite()
    page.goto(link)
    assert_accessible(page, "invitation")
    anna = Annotator(page, "anna")
    anna.take_invitation(link)
    page.get_by_role("button", name="Skip the practice").wait_for()
    assert_accessible(page, "practice")
    anna.skip_practice()
    assert_accessible(page, "ends")
    anna.mark_ends(FIRST, LAST)
    anna.wait_for_slice(FIRST)
    anna.draw(DRAWN[FIRST])
    assert_accessible(page, "boxes")
    for name in ("Help and keys", "More", "All saved"):
        anna.press(name)
        assert_accessible(page, name)
        page.keyboard.press("Escape")


def test_the_leads_pages(page: Page, served: Served) -> None:
    enter_as(page, served, Role.LEAD)
    links = page.get_by_role("navigation").get_by_role("link")
    for name in links.all_inner_texts():  # the last one leads to the review, which has no others
        links.get_by_text(name, exact=True).click()
        page.get_by_role("heading").first.wait_for()
        page.wait_for_load_state("networkidle")
        assert_accessible(page, name)


def enter_as(page: Page, served: Served, role: Role) -> None:
    """By a link of that role."""
    page.goto(served.invite(role))
    page.get_by_label("nickname").or_(page.get_by_label("name")).first.fill(str(role))
    for box in page.get_by_role("checkbox").all():
        box.check()
    for password in page.locator("input[type=password]").all():
        password.fill("correct horse battery staple")
    page.get_by_role("button").first.click()
    page.wait_for_load_state("networkidle")
