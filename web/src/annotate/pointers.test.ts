import { signal } from "@preact/signals";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Picture } from "../api/types";
import type { Box } from "../geometry/boxes";
import { Pointers } from "./pointers";
import { makeStage, type StageModel } from "./stage";

// One CSS pixel is one voxel, and the slice's corner is the stage's corner.
const view = { x: 0, y: 0, columnScale: 1, rowScale: 1 };
const picture = {
  rows: 400,
  columns: 400,
  spacing_mm: [1, 1, 1],
  window: { name: "usual", centre: 40, width: 400 },
  value_range: [-1000, 1000],
} as unknown as Picture;
const old: Box = { row0: 100, column0: 100, row1: 220, column1: 240, origin: "drawn" };
const proposed: Box = { ...old, origin: "interpolated" };

const boxes = signal<readonly Box[]>([]);
const ghost = signal<readonly Box[]>([]);
const onStep = vi.fn();
let model: StageModel;
let pointers: Pointers;

beforeEach(() => {
  boxes.value = [];
  ghost.value = [];
  model = makeStage({
    picture,
    slice: signal(null),
    preview: signal(null),
    boxes,
    ghost,
    reference: signal([]),
    mask: signal(null),
    colour: "#ffffff",
    canDraw: signal(true),
    onBoxes: changed => (boxes.value = changed),
    onTooSmall: () => {},
    onStep,
  });
  model.view.value = view;
  model.fitted.value = view;
  model.stage.value = { width: 400, height: 400 };
  pointers = new Pointers(model);
});

let time = 0;
const event = (pointerId: number, more = {}) =>
  ({
    pointerId,
    button: 0,
    pointerType: "touch",
    timeStamp: (time += 1000),
    ...more,
  }) as PointerEvent;
const at = ([x, y]: readonly [number, number]) => ({ x, y });

function drag(from: readonly [number, number], to: readonly [number, number], more = {}): void {
  pointers.onDown(event(1, more), at(from));
  pointers.onMove(event(1, more), at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  pointers.onMove(event(1, more), at(to));
  pointers.onUp(event(1, more), at(to));
}

function tap(where: readonly [number, number]): void {
  pointers.onDown(event(1), at(where));
  pointers.onUp(event(1), at(where));
}

describe("drawing", () => {
  test("a drag draws the very pixels that it spans", () => {
    drag([30, 40], [130, 90]);
    expect(boxes.value).toEqual([
      { row0: 40, column0: 30, row1: 90, column1: 130, origin: "drawn" },
    ]);
    expect(model.selected.value).toBe(0);
  });

  test("two taps draw the same", () => {
    tap([30, 40]);
    tap([130, 90]);
    expect(boxes.value).toMatchObject([{ row0: 40, column0: 30, row1: 90, column1: 130 }]);
  });

  test("a drag that begins inside a ghost draws, too", () => {
    ghost.value = [proposed];
    drag([150, 150], [210, 200]);
    expect(boxes.value).toEqual([
      { row0: 150, column0: 150, row1: 200, column1: 210, origin: "drawn" },
    ]);
  });

  test("a drag from a ghost's corner over most of it draws, and leaves no sliver", () => {
    ghost.value = [proposed];
    drag([96, 104], [230, 215]);
    expect(boxes.value).toEqual([
      { row0: 104, column0: 96, row1: 215, column1: 230, origin: "drawn" },
    ]);
  });

  test("a tap beside a box only lets it go", () => {
    boxes.value = [old];
    model.selected.value = 0;
    tap([300, 300]);
    expect(model.selected.value).toBeNull();
    expect(boxes.value).toEqual([old]);
  });
});

describe("mending", () => {
  test("the handle of a ghost mends it at once: the box is edited, not drawn", () => {
    ghost.value = [proposed];
    drag([240, 220], [250, 240]);
    expect(boxes.value).toEqual([
      { row0: 100, column0: 100, row1: 240, column1: 250, origin: "edited" },
    ]);
  });

  test("a second piece of a mended proposal is taken as it is", () => {
    const other: Box = { row0: 300, column0: 300, row1: 390, column1: 390, origin: "interpolated" };
    ghost.value = [proposed, other];
    drag([240, 220], [250, 240]);
    expect(boxes.value[1]).toEqual({ ...other, origin: "accepted" });
  });

  test("an edge keeps its distance to the finger, so that it does not jump", () => {
    boxes.value = [old];
    model.selected.value = 0;
    drag([105, 160], [85, 160]); // grasped 5 px beside the left edge
    expect(boxes.value[0]?.column0).toBe(80);
  });

  test("the inside of the chosen box moves it; a mouse needs no 44 px", () => {
    boxes.value = [old];
    model.selected.value = 0;
    drag([150, 150], [160, 140], { pointerType: "mouse" });
    expect(boxes.value).toEqual([
      { row0: 90, column0: 110, row1: 210, column1: 250, origin: "drawn" },
    ]);
  });
});

describe("other gestures", () => {
  test("a second finger stops the drawing and zooms", () => {
    pointers.onDown(event(1), at([100, 100]));
    pointers.onMove(event(1), at([120, 120]));
    pointers.onDown(event(2), at([200, 200]));
    pointers.onMove(event(2), at([280, 280]));
    pointers.onUp(event(2), at([280, 280]));
    pointers.onUp(event(1), at([120, 120]));
    expect(boxes.value).toEqual([]);
    expect(model.view.value?.columnScale).toBeCloseTo(2);
  });

  test("the right button changes the window, and draws nothing", () => {
    drag([100, 100], [200, 100], { button: 2, pointerType: "mouse" });
    expect(model.window.value.width).toBeGreaterThan(400);
    expect(boxes.value).toEqual([]);
  });

  test("a notch of the wheel is a slice, and a trackpad's small steps add up", () => {
    const wheel = (deltaY: number) =>
      pointers.onWheel(
        { deltaY, deltaMode: 0, ctrlKey: false, metaKey: false } as WheelEvent,
        at([0, 0]),
      );
    for (const deltaY of [20, 20, 20]) wheel(deltaY);
    expect(onStep.mock.calls).toEqual([[1]]);
  });
});
