from __future__ import annotations

import dataclasses
from html.parser import HTMLParser
from pathlib import Path

import pytest

from manyhands.report import Case, ReportContent, render_report, write_report
from manyhands.types import Finding, Severity

VOID = {"meta", "img", "source", "input", "path", "image"}


class Page(HTMLParser):
    """What a browser finds: elements with their attributes, in order, and all the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def sections(self) -> list[str]:
        return [attributes["id"] for attributes in self.all("section")]


@pytest.fixture(scope="module")
def html(content: ReportContent) -> str:
    return render_report(content)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.fixture
def bare(content: ReportContent) -> ReportContent:
    """Pictures only: quick to render."""
    return ReportContent(
        content.title, content.structures, content.volumes, content.load_case, content.provenance
    )


def test_of_several_trainings_it_says_which_one_is_in_the_picture(
    bare: ReportContent, content: ReportContent
) -> None:
    """The numbers beside it are the mean of all."""
    assert content.models is not None
    scores = tuple(
        dataclasses.replace(score, n_replicates=3 if score.arm == "crowd" else 1)
        for score in content.models.scores
    )
    compared = dataclasses.replace(content.models, scores=scores)
    several = dataclasses.replace(bare, models=compared, load_models=content.load_models)
    words = " ".join(Page(render_report(several)).words.split())

    said = "mean of 3 trainings; the picture is of the first"
    assert words.count(said) == 3  # best, median and worst patient, the crowd's arm alone


def test_the_page_needs_nothing_else(page: Page) -> None:
    assert page.open == []
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        for name in ("src", "srcset", "href"):
            address = attributes.get(name, "data:")
            assert address.startswith(("data:", "#")), f"{tag} has the {name} {address}"
    assert any("default-src 'none'" in meta.get("content", "") for meta in page.all("meta"))


def test_everything_given_is_on_the_page(page: Page) -> None:
    assert page.sections == [
        "models",
        "crowd",
        "scores",
        "comparison",
        "pictures",
        "coverage",
        "trust",
        "findings",
        "methods",
        "provenance",
    ]
    for text in (
        "Three volumes",
        "Not for clinical use",
        "0.750 ± 0.100",
        "Annotator 1",
        "Best: one.",
        "Worst: two.",
        "Slice 0 was not seen.",
        "COVERAGE_GAP",
        "Dice to be expected",
        "0.41 to 0.77",
        "difference −0.100 [−0.100, −0.100], ",
        "p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}.250, 3 patients",
        "no exact two-sided test of so few can reach .05",
        "DIFFERENT",
        "no prediction",
        "ben (simulated, left out of all labels)",
        "0.90 (0.80 to 0.95)",
        "2.5 (1.5 to 3.5)",
        "+3.2",
        "9.9.9",
        "c0ffee12",
        "one slice in 2",
        "arXiv:2403.15218",
        "no boxes",
        "manyhands report study",
        "1.2.3",
        "2026-03-04 05:06 UTC",
        "17",
        "c0ffee",
        "ab" * 32,
    ):
        assert text in page.words
    assert page.words.index("SIDES_SWAPPED") < page.words.index("COVERAGE_GAP")


def test_every_link_leads_somewhere_and_every_picture_has_words(page: Page) -> None:
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {link["href"].removeprefix("#") for link in page.all("a")} == set(page.sections) <= ids
    assert all(picture["alt"] for picture in page.all("img"))
    planes = page.all("svg")
    assert len(planes) == 3 * 3 + 3 * 2 * 3  # the crowd's labels, and two arms
    assert all(plane["aria-label"] for plane in planes)


def test_planes_have_the_shape_of_the_patient(page: Page) -> None:
    """12 x 10 x 4 voxels of 1 x 1 x 5 mm."""
    boxes = [plane["viewbox"] for plane in page.all("svg")]
    assert boxes[:3] == ["0 0 12.0 10.0", "0 0 12.0 20.0", "0 0 10.0 20.0"]


def test_without_reference_there_are_pictures_and_coverage_only(
    content: ReportContent, bare: ReportContent, case: Case
) -> None:
    unmeasured = dataclasses.replace(
        bare,
        coverage=content.coverage,
        load_case=lambda volume: dataclasses.replace(case, reference=None),
    )
    page = Page(render_report(unmeasured))
    assert page.sections == ["pictures", "coverage", "provenance"]
    assert "there is no reference, so nothing is measured" in page.words
    assert "show-reference" not in {box.get("id") for box in page.all("input")}


def test_labels_nobody_measured_may_still_have_taught_models(
    content: ReportContent, bare: ReportContent
) -> None:
    taught = dataclasses.replace(
        bare,
        volumes=content.volumes,
        coverage=content.coverage,
        models=content.models,
        load_models=content.load_models,
    )
    words = Page(render_report(taught)).words
    assert "slice by slice, and models trained on them, compared patient by patient." in words
    assert "nothing is measured" not in words


def test_a_page_of_next_to_nothing(content: ReportContent) -> None:
    nothing = ReportContent("Empty", (), (), content.load_case, content.provenance)
    assert Page(render_report(nothing)).sections == ["provenance"]


def test_one_volume_is_shown_alone(bare: ReportContent) -> None:
    page = Page(render_report(dataclasses.replace(bare, volumes=("one",))))
    assert "Volume: one." in page.words
    assert len(page.all("svg")) == 3


def test_no_more_than_three_cases_are_loaded(bare: ReportContent, case: Case) -> None:
    loaded = []

    def load(volume: str) -> Case:
        loaded.append(volume)
        return case

    volumes = tuple(f"v{n}" for n in range(9))
    render_report(dataclasses.replace(bare, volumes=volumes, load_case=load))
    assert loaded == ["v0", "v1", "v2"]


def test_names_are_text_and_not_html(bare: ReportContent) -> None:
    html = render_report(dataclasses.replace(bare, title="<script>alert(1)</script> & co"))
    assert "<script>" not in html
    assert "<script>alert(1)</script> & co" in Page(html).words


def test_what_is_most_at_stake_comes_first_and_information_last(bare: ReportContent) -> None:
    findings = (
        Finding("ordinary", Severity.ERROR, "An import went wrong."),
        Finding("for-information", Severity.INFO, "Much is there.", priority=0.9),
        Finding("at-stake", Severity.WARNING, "A third is open.", priority=1 / 3),
        Finding("slight", Severity.INFO, "One box was overruled.", priority=0.002),
    )
    words = Page(render_report(dataclasses.replace(bare, findings=findings))).words
    places = [words.index(code) for code in ("at-stake", "ordinary", "for-information")]
    assert places == sorted(places)
    assert "33 % at stake" in words
    assert "under 1 % at stake" in words


def test_many_findings_are_folded(content: ReportContent, bare: ReportContent) -> None:
    many = dataclasses.replace(bare, findings=content.findings * 12)
    assert "4 more" in Page(render_report(many)).words


def test_the_same_content_gives_the_same_page(content: ReportContent, html: str) -> None:
    assert render_report(content) == html


def test_write_report_gives_back_the_path(tmp_path: Path, bare: ReportContent) -> None:
    path = write_report(tmp_path / "report.html", bare)
    assert path == tmp_path / "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_case_that_cannot_be_loaded_leaves_the_old_page(
    tmp_path: Path, bare: ReportContent
) -> None:
    path = tmp_path / "report.html"
    path.write_text("the old page")

    def fail(volume: str) -> Case:
        raise OSError(f"{volume} is gone")

    with pytest.raises(OSError, match="one is gone"):
        write_report(path, dataclasses.replace(bare, load_case=fail))
    assert path.read_text() == "the old page"
    assert list(tmp_path.iterdir()) == [path]
