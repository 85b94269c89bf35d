"""What people drew arrives once, whatever happens to network, server, session and tab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from tests.browser.drawing import DRAWN, FIRST, LAST, assert_drawn
from tests.browser.people import Annotator
from tests.browser.served import Served, make_study, serving

from manyhands.server.gate import REMEMBERED_S
from manyhands.server.run import listen, make_link_for
from manyhands.store import answer_history
from manyhands.store.schema import sessions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's own device, as large as a desktop."""
    device = browser.new_context(viewport={"width": 1280, "height": 800})
    yield device
    device.close()


def begin(context: BrowserContext, served: Served, name: str) -> Annotator:
    """Somebody who has found both ends and boxed the first slice."""
    somebody = Annotator(context.new_page(), name)
    somebody.take_invitation(served.invite())
    somebody.skip_practice()
    somebody.mark_ends(FIRST, LAST)
    somebody.wait_for_slice(FIRST)
    somebody.draw(DRAWN[FIRST])
    somebody.wait_until_saved()
    somebody.press("Go on")
    somebody.wait_for_slice(8)
    return somebody


def test_boxes_drawn_offline_survive_a_reload(context: BrowserContext, served: Served) -> None:
    otto = begin(context, served, "otto")
    otto.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    otto.page.reload()  # from here on the page itself comes from the device, too
    otto.see_box_on(FIRST)
    otto.press("Go on")
    otto.wait_for_slice(8)
    otto.page.wait_for_load_state("networkidle")  # the slices have been fetched ahead

    context.set_offline(True)
    otto.draw(DRAWN[8])
    otto.page.get_by_role("button", name=re.compile("1 answer (kept here|not sent yet)")).wait_for()
    otto.page.reload()
    otto.see_box_on(8)
    assert 8 not in served.said_by("otto")
    context.set_offline(False)

    assert_drawn(served.received("otto", [8])[8], DRAWN[8])
    otto.wait_until_saved()


def test_a_server_that_was_away(context: BrowserContext, tmp_path: Path) -> None:
    """What is drawn meanwhile is sent when it is back, and nothing twice."""
    with make_study(tmp_path / "study") as study:
        with serving(study) as served:
            greta = begin(context, served, "greta")
            port = served.place.socket.getsockname()[1]
        greta.draw(DRAWN[8])
        with serving(study, listen("127.0.0.1", port)) as served:
            assert_drawn(served.received("greta", [8])[8], DRAWN[8])
            greta.wait_until_saved()
            with study.reading() as connection:
                ids = [answer.answer_id for answer in answer_history(connection)]
            assert len(ids) == len(set(ids))


def test_a_session_that_ended(context: BrowserContext, served: Served) -> None:
    """The page says so, goes on, and sends what it kept when the person is back by their link."""
    nora = begin(context, served, "nora")
    with served.study.writing() as connection:
        connection.execute(sa.delete(sessions))
    nora.page.wait_for_timeout(1000 * (REMEMBERED_S + 0.5))
    nora.draw(DRAWN[8])
    nora.page.get_by_role("button", name="Signed out: 1 answer kept here").wait_for()
    again = context.new_page()
    again.goto(make_link_for(served.study, served.place.address, "nora"))
    again.get_by_role("button").first.click()
    again.wait_for_url("**/annotate")

    assert_drawn(served.received("nora", [8])[8], DRAWN[8])


def test_two_tabs(context: BrowserContext, served: Served) -> None:
    """Both tabs' boxes are there; neither sends what the other has sent."""
    emil = begin(context, served, "emil")
    second = Annotator(context.new_page(), "emil")
    second.page.goto(f"{served.place.address}/annotate")
    second.see_box_on(FIRST)
    emil.draw(DRAWN[8])
    second.go_to(11)
    second.draw(DRAWN[11])

    said = served.received("emil", [8, 11])
    assert_drawn(said[8], DRAWN[8])
    assert_drawn(said[11], DRAWN[11])
    emil.wait_until_saved()
    second.wait_until_saved()
