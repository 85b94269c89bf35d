// @vitest-environment jsdom
import { signal } from "@preact/signals";
import { render } from "preact";
import { expect, test } from "vitest";
import type { Picture } from "../api/types";
import type { Box } from "../geometry/boxes";
import { BoxLayer } from "./BoxLayer";
import { makeStage } from "./stage";
import type { Words } from "./words";

const box: Box = { row0: 10, column0: 20, row1: 60, column1: 90, origin: "drawn" };
const picture = { rows: 100, columns: 100, window: { centre: 0, width: 1 } } as unknown as Picture;
const t: Words = (key, values) => `${key} ${Object.values(values ?? {}).join(" ")}`.trim();

function show() {
  const boxes = signal<readonly Box[]>([box]);
  const model = makeStage({
    picture,
    slice: signal(null),
    preview: signal(null),
    boxes,
    ghost: signal([]),
    reference: signal([]),
    mask: signal(null),
    colour: "#ffffff",
    canDraw: signal(true),
    onBoxes: changed => (boxes.value = changed),
    onTooSmall: () => {},
    onStep: () => {},
  });
  model.view.value = { x: 0, y: 0, columnScale: 1, rowScale: 1 };
  model.selected.value = 0;
  const page = document.createElement("div");
  document.body.append(page);
  render(<BoxLayer model={model} t={t} />, page);
  // SVG attributes are compared letter by letter: `tabIndex` would not be found, as in browsers.
  return { boxes, reachable: [...page.querySelectorAll("[tabindex='0']")] };
}

const press = (element: Element | undefined, key: string, shiftKey = false) =>
  element?.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));

test("Tab reaches the box and each of its edges, and each has a name", () => {
  const names = show().reachable.map(element => element.getAttribute("aria-label"));
  expect(names).toEqual([
    "box.name 1 10 20 60 90",
    "box.top",
    "box.left",
    "box.bottom",
    "box.right",
  ]);
});

test("arrow keys move the box, with Shift by ten, and an edge alone", () => {
  const { boxes, reachable } = show();
  press(reachable[0], "ArrowDown", true);
  expect(boxes.value[0]).toMatchObject({ row0: 20, row1: 70, column0: 20, column1: 90 });
  const edges = show();
  press(edges.reachable[4], "ArrowLeft");
  expect(edges.boxes.value[0]).toMatchObject({ row0: 10, row1: 60, column0: 20, column1: 89 });
});
