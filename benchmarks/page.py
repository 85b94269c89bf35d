"""How fast is the annotator's page in a browser: slices, windows, the live mask?

    python -m benchmarks.page --slices 60

A made-up CT of 512 x 512 pixels is served on this machine and annotated in Chromium. From a key, a
drag or the end of a box to the moment its picture is on the canvas, in ms. A slice that is not
there yet counts with the time it takes to come.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvicorn
from playwright.sync_api import Page, sync_playwright

from benchmarks.tables import format_table
from manyhands.config import Config, make_structures
from manyhands.phantom import make_phantom
from manyhands.pipeline import Source, add_volumes
from manyhands.server.app import make_app
from manyhands.server.run import listen, make_invitation
from manyhands.store import Study, create_study
from manyhands.types import LabelArray
from manyhands.volumes import write_volume

SHAPE = (512, 512, 60)
SPACING_MM = (0.75, 0.75, 5.0)
EVERY_MS = 250  # between two slices: faster than anybody looks at them
MARGIN_PX = 12  # around the picture on the stage
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run")

# Notes when something is put on a canvas: the slice's is opaque, the mask's is not.
WATCH = """
  window.painted = { slice: 0, mask: 0 };
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...all) {
    put.apply(this, all);
    painted[this.getContextAttributes().alpha ? "mask" : "slice"] = performance.now();
  };
  addEventListener("pointerup", () => { window.released = performance.now(); }, true);
  window.until = (what, since) => new Promise((resolve, reject) => {
    const giveUp = since + 30000;
    const look = () => {
      if (painted[what] > since) return resolve(painted[what] - since);
      if (performance.now() > giveUp) return reject(new Error(`no ${what} was painted`));
      setTimeout(look, 1);
    };
    look();
  });
"""
NEXT_SLICE = """() => {
  const since = performance.now();
  const options = { key: "ArrowRight", bubbles: true };
  document.querySelector("[role=slider]").dispatchEvent(new KeyboardEvent("keydown", options));
  return until("slice", since);
}"""
DRAG_WINDOW = """x => {
  const stage = document.querySelector("[aria-label=Boxes]");
  const { left, top } = stage.getBoundingClientRect();
  const since = performance.now();
  const options = { clientX: left + 100 + x, clientY: top + 100, pointerId: 1, bubbles: true };
  stage.dispatchEvent(new PointerEvent("pointermove", options));
  return until("slice", since);
}"""
MASK = "() => until('mask', released)"


def measure_slices(page: Page, times: int) -> list[float]:
    """Through the volume, slice by slice."""
    found = []
    page.get_by_role("slider", name="Slices").focus()
    page.keyboard.press("Home")
    for _ in range(times):
        page.wait_for_timeout(EVERY_MS)
        found.append(page.evaluate(NEXT_SLICE))
    return found


def measure_windows(page: Page, times: int) -> list[float]:
    """The right button dragged to and fro."""
    stage = page.get_by_role("group", name="Boxes").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + 100, stage["y"] + 100)
    page.mouse.down(button="right")
    found = [page.evaluate(DRAG_WINDOW, (n % 40) * 3 + 3) for n in range(times)]
    page.mouse.up(button="right")
    return found


def measure_masks(page: Page, liver: LabelArray) -> list[float]:
    """The liver's true box on one slice after the other; `liver` is (slices, rows, columns)."""
    slices = np.flatnonzero(liver.any(axis=(1, 2)))
    for k, key in ((slices[0], "f"), (slices[-1], "l")):
        go_to(page, k)
        page.keyboard.press(key)
    found = []
    for k in slices[2:-2]:
        go_to(page, k)
        draw(page, liver[k])
        found.append(page.evaluate(MASK))
    return found


def go_to(page: Page, k: int) -> None:
    """Show slice `k`, by keys."""
    page.get_by_role("slider", name="Slices").focus()
    page.keyboard.press("Home")
    for _ in range(k):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(EVERY_MS)


def draw(page: Page, mask: LabelArray) -> None:
    """Drag the true box of a mask (rows, columns) on the slice that is shown."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    stage = page.get_by_role("group", name="Boxes").bounding_box()
    assert stage is not None
    scale = min(
        (stage["width"] - 2 * MARGIN_PX) / mask.shape[1],
        (stage["height"] - 2 * MARGIN_PX) / mask.shape[0],
    )
    left = stage["x"] + (stage["width"] - mask.shape[1] * scale) / 2
    top = stage["y"] + (stage["height"] - mask.shape[0] * scale) / 2
    page.mouse.move(left + columns[0] * scale, top + rows[0] * scale)
    page.mouse.down()
    page.mouse.move(left + (columns[-1] + 1) * scale, top + (rows[-1] + 1) * scale, steps=5)
    page.mouse.up()


def make_study(folder: Path) -> tuple[Study, LabelArray]:
    """One patient, and where the liver is in pictures."""
    study = create_study(folder, Config(make_structures(("liver",))))
    volume, labels, _ = make_phantom(SHAPE, spacing_mm=SPACING_MM)
    image = folder / "phantom.nii.gz"
    write_volume(volume.data, volume.grid, image)
    add_volumes(study, [Source(image, None, None)])
    liver = np.ascontiguousarray(labels.data.T[:, ::-1, ::-1] == 1).astype(np.uint8)
    return study, liver


@contextmanager
def serving(study: Study) -> Iterator[str]:
    """The study served in a thread; gives a link to annotate."""
    place = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(make_app(study), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place.socket]})
    thread.start()
    try:
        yield make_invitation(study, place.address)[1]
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def annotating(link: str) -> Iterator[Page]:
    """The page, at its first task."""
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(WATCH)
        page.goto(link)
        page.get_by_label("nickname").fill("somebody")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Begin").click()
        page.get_by_role("button", name="Skip the practice").click()
        page.get_by_role("slider", name="Slices").wait_for()
        page.wait_for_timeout(2000)
        yield page
        browser.close()


def describe(name: str, times_ms: Sequence[float]) -> list[str]:
    cells = (f"{value:.1f}" for value in np.percentile(times_ms, (50, 95, 100)))
    return [name, str(len(times_ms)), *cells]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How fast the annotator's page is in a browser.")
    parser.add_argument("--slices", type=int, default=50, help="to go through")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        study, liver = make_study(Path(name) / "study")
        with study, serving(study) as link, annotating(link) as page:
            rows = [
                describe("next slice", measure_slices(page, arguments.slices)),
                describe("window by dragging", measure_windows(page, arguments.slices)),
                describe("box to live mask", measure_masks(page, liver)),
            ]
    print(format_table(["ms", "times", "median", "p95", "most"], rows))


if __name__ == "__main__":
    main()
