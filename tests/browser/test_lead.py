"""The lead's and the reviewer's pages in a real browser: from an empty study to its results."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.drawing import DRAWN, FIRST, LAST
from tests.browser.people import Annotator
from tests.browser.served import Served

from manyhands.store import Role, requested_annotators

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 412, "height": 839}
ALLOWED = ["clipboard-read", "clipboard-write"]
PASSWORD = "correct horse battery staple"
RUN_WITHIN_MS = 240_000  # everything, by a worker that has yet to start
PARTS = ("Progress", "Annotators", "Charts", "Jobs and results", "Invitations", "Set up", "Log")
PLANES = ("Axial", "Coronal", "Sagittal")

# How many pixels of a plane the mask covers.
COVERED = """plane => {
  const canvas = plane.querySelector("canvas.masks");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, n) => n % 4 === 3 && value > 0).length;
}"""


class Lead:
    """Who leads the study, at a desk."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def enter(self, link: str, name: str) -> None:
        """By the link of the first start, or an invitation, with a password of their own."""
        self.page.goto(link)
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("A password").fill(PASSWORD)
        self.press("Begin")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def turn_to(self, part: str) -> None:
        self.page.get_by_role("navigation").get_by_role("link", name=part, exact=True).click()
        self.page.get_by_role("heading", level=1, name=part).wait_for()

    def invite_somebody(self) -> str:
        """Make a link, and copy it."""
        self.turn_to("Invitations")
        self.press("Make a link")
        self.press("Copy link")
        self.page.get_by_text("The link is copied").wait_for()
        copied = str(self.page.evaluate("navigator.clipboard.readText()"))
        assert copied == self.link_shown()
        return copied

    def link_shown(self) -> str:
        """The link in the dialog that opened, which is closed again."""
        shown = self.page.get_by_label("Link", exact=True)
        shown.wait_for()  # until then Escape closes nothing
        link = shown.input_value()
        self.page.keyboard.press("Escape")
        shown.wait_for(state="detached")
        return link

    def seen_percent(self) -> int:
        """How many of the patient's slices somebody has seen."""
        self.turn_to("Progress")
        self.page.reload()
        name = self.cell.text_content() or ""
        found = re.search(r"(\d+)\s?% of the slices seen", name)
        assert found, name
        return int(found[1])

    @property
    def cell(self) -> Locator:
        return self.page.get_by_role("button", name=re.compile("^patient, liver: "))

    def run_everything(self) -> None:
        """Start it, see that it goes on, and wait until it is done."""
        self.turn_to("Jobs and results")
        self.press("Run everything")
        self.page.get_by_role("progressbar", name="Run everything").wait_for()
        done = self.page.get_by_role("row", name=re.compile("^Run everything done"))
        done.wait_for(timeout=RUN_WITHIN_MS)

    def download(self, words: str) -> bytes:
        row = self.page.get_by_role("listitem").filter(has_text=words)
        with self.page.expect_download() as found:
            row.get_by_role("link", name="Download").click()
        return Path(found.value.path()).read_bytes()

    def review(self) -> None:
        """Open the only patient that somebody annotated."""
        self.page.get_by_role("link", name="Review", exact=True).click()
        self.page.get_by_role("switch", name="Only what is doubtful").or_(
            self.page.get_by_label("Only what is doubtful")
        ).set_checked(False)
        self.page.get_by_role("link", name=re.compile("liver, patient")).click()
        self.page.get_by_role("slider", name="Axial").wait_for()


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, permissions=ALLOWED)  # type: ignore[arg-type]
    yield context
    context.close()


def annotate(browser: Browser, link: str) -> None:
    """Somebody else, at a device of their own, who takes the link and boxes the liver."""
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    anna = Annotator(context.new_page(), "anna")
    anna.take_invitation(link)
    anna.skip_practice()
    anna.mark_ends(FIRST, LAST)
    for slice_index, box in DRAWN.items():
        anna.wait_for_slice(slice_index)
        anna.draw(box)
        anna.press("Go on")
    anna.finish()
    anna.wait_until_saved()
    context.close()


def photograph(page: Page, pictures: Path, name: str) -> None:
    """On both kinds of screen, in both kinds of light."""
    for screen, size in (("desktop", DESKTOP), ("phone", PHONE)):
        for light in ("light", "dark"):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=light)
            page.wait_for_timeout(300)
            page.screenshot(path=pictures / f"{name}-{screen}-{light}.png", full_page=True)
            assert_no_wider_than_screen(page, f"{name}, {screen}")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


def assert_no_wider_than_screen(page: Page, where: str) -> None:
    wide, screen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= screen, f"{where}: {wide} px wide on a screen of {screen} px"


@pytest.mark.slow
def test_a_lead_from_the_first_start_to_results(
    browser: Browser, desk: BrowserContext, served: Served, pictures: Path
) -> None:
    """Invites, watches, runs everything, takes results away, reviews, sends back."""
    lead = Lead(desk)
    lead.enter(served.lead_link(), "Lena")
    lead.page.wait_for_url("**/lead")
    assert lead.seen_percent() == 0
    annotate(browser, lead.invite_somebody())
    assert lead.seen_percent() == 100  # beyond the ends that were marked there is nothing to see

    lead.run_everything()
    labels = zipfile.ZipFile(io.BytesIO(lead.download("Label volumes")))
    assert any(name.endswith(".nii.gz") for name in labels.namelist())
    assert b"patient" in lead.download("Report")

    lead.review()
    for plane in PLANES:
        slider = lead.page.get_by_role("slider", name=plane)
        assert slider.locator(".box").count() > 0, f"no boxes in {plane}"
        lead.page.wait_for_function(
            f"plane => ({COVERED})(plane) > 50", arg=slider.element_handle()
        )
    photograph(lead.page, pictures, "review")
    lead.page.get_by_label("Reason").fill("The top is missing")
    lead.press("Send back to one more person")
    lead.page.get_by_text("One more person will be asked").wait_for()
    with served.study.reading() as connection:
        assert list(requested_annotators(connection).values()) == [2]

    lead.page.get_by_role("link", name="Back to the study").click()
    for part in PARTS:
        lead.turn_to(part)
        lead.page.wait_for_load_state("networkidle")
        photograph(lead.page, pictures, f"lead-{part.lower().replace(' ', '-')}")
    assert "The top is missing" in lead.page.get_by_role("table").inner_text()
    lead.turn_to("Progress")
    lead.cell.click()
    lead.page.get_by_role("dialog").get_by_text("anna").wait_for()
    photograph(lead.page, pictures, "lead-progress-open")
    assert not lead.wrong


def test_who_was_shut_out_comes_back_and_becomes_a_reviewer(
    browser: Browser, desk: BrowserContext, served: Served, pictures: Path
) -> None:
    elsewhere = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    anna = Annotator(elsewhere.new_page(), "anna")
    anna.take_invitation(served.invite())
    lead = Lead(desk)
    lead.enter(served.lead_link(), "Lena")
    lead.turn_to("Invitations")

    lead.press("Shut out")
    lead.page.get_by_role("dialog").get_by_role("button", name="Shut out").click()
    lead.page.get_by_text("shut out", exact=True).wait_for()
    assert asked(anna.page, "/api/v1/me") == 401
    lead.press("Let in again")
    anna.page.goto(lead.link_shown())
    anna.press("Go on here")
    anna.page.wait_for_url("**/annotate")

    lead.press("Change role")
    lead.page.get_by_role("dialog").get_by_label("Role").select_option("reviewer")
    photograph(lead.page, pictures, "lead-new-role")
    lead.press("Save")
    anna.page.goto(lead.link_shown())
    anna.page.get_by_label("A password").fill(PASSWORD)
    anna.press("Go on here")
    anna.page.wait_for_url("**/review")
    lead.page.get_by_role("row", name=re.compile("^anna Reviewer")).wait_for()
    photograph(lead.page, pictures, "lead-accounts")
    lead.page.reload()
    lead.press("New password")
    anna.page.goto(lead.link_shown())
    photograph(anna.page, pictures, "new-password")
    anna.page.get_by_label("A password").fill(f"{PASSWORD} again")
    anna.press("Go on here")
    anna.page.wait_for_url("**/review")
    lead.press("New password")
    withdrawn = lead.link_shown()
    lead.page.get_by_text(re.compile("^ends .*, by Lena$")).wait_for()
    photograph(lead.page, pictures, "lead-open-link")
    lead.page.get_by_role("row", name=re.compile("^anna ")).get_by_role(
        "button", name="Revoke"
    ).click()
    lead.page.get_by_text(re.compile("^ends .*, by Lena$")).wait_for(state="detached")
    anna.page.goto(withdrawn)
    anna.page.get_by_text("This link has been withdrawn.").wait_for()
    lead.turn_to("Log")
    lead.page.get_by_text("role: annotator → reviewer").wait_for()
    elsewhere.close()
    assert not lead.wrong


def test_a_reviewer_sees_progress_and_review_alone(
    desk: BrowserContext, served: Served, pictures: Path
) -> None:
    reviewer = Lead(desk)
    reviewer.enter(served.invite(Role.REVIEWER), "Rita")
    reviewer.page.wait_for_url("**/review")
    reviewer.page.get_by_role("link", name=re.compile("liver, patient")).wait_for()
    photograph(reviewer.page, pictures, "review-list")
    reviewer.page.goto(f"{served.place.address}/lead#invites")
    reviewer.page.get_by_role("heading", level=1, name="Progress").wait_for()
    links = reviewer.page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert links == ["Progress", "Review"]
    assert asked(reviewer.page, "/api/v1/lead/invites") == 403
    assert asked(reviewer.page, "/api/v1/lead/jobs") == 403
    assert asked(reviewer.page, "/api/v1/lead/review") == 200
    assert not reviewer.wrong


def asked(page: Page, path: str) -> Any:
    """The status of what the page's own session is answered."""
    return page.evaluate("path => fetch(path).then(({ status }) => status)", path)
