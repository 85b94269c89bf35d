import { expect, test } from "vitest";
import type { Box } from "./boxes";
import { dragHandle, HANDLES, handleAt, handlePosition, isDrawnOver } from "./handles";

const view = { x: 100, y: 50, columnScale: 2, rowScale: 2 };
const size = { rows: 200, columns: 200 };
const box: Box = { row0: 20, column0: 30, row1: 80, column1: 90, origin: "drawn" };

test("a corner of a large box stands on the corner", () => {
  expect(handlePosition(view, box, "nw")).toEqual({ x: 160, y: 90 });
  expect(handlePosition(view, box, "s")).toEqual({ x: 220, y: 210 });
});

test("each handle is found 10 px beside itself, and none 30 px off a corner", () => {
  for (const handle of HANDLES) {
    const { x, y } = handlePosition(view, box, handle);
    expect(handleAt(view, box, { x: x + 6, y: y - 8 })).toBe(handle);
  }
  expect(handleAt(view, box, { x: 130, y: 90 })).toBeNull();
});

test("the handles of a box of 4 x 4 pixels still lie 44 px apart", () => {
  const tiny: Box = { row0: 10, column0: 10, row1: 12, column1: 12, origin: "drawn" };
  const [corner, side] = [handlePosition(view, tiny, "nw"), handlePosition(view, tiny, "n")];
  expect(side.x - corner.x).toBe(44);
});

test("a corner drags two edges, a side one", () => {
  expect(dragHandle(box, "se", { row: 5, column: -10 }, size)).toMatchObject({
    row1: 85,
    column1: 80,
  });
  expect(dragHandle(box, "w", { row: 5, column: -10 }, size)).toMatchObject({
    row0: 20,
    column0: 20,
  });
});

test("only a corner dragged past the middle of both sides draws over the box", () => {
  expect(isDrawnOver(box, "nw", { row: 50, column: 58 })).toBe(true);
  expect(isDrawnOver(box, "se", { row: -70, column: -40 })).toBe(true);
  expect(isDrawnOver(box, "nw", { row: 20, column: 58 })).toBe(false);
  expect(isDrawnOver(box, "nw", { row: -50, column: -58 })).toBe(false);
  expect(isDrawnOver(box, "w", { row: 0, column: 58 })).toBe(false);
});
