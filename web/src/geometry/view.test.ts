import { expect, test } from "vitest";
import { fitView, pinch, toScreen, toSlice, zoomAt } from "./view";

const stage = { width: 400, height: 300 };

test("voxels twice as high as wide are shown so, and the picture is centred", () => {
  const view = fitView({ rows: 50, columns: 100 }, [2, 1], stage);
  expect(view).toEqual({ columnScale: 3, rowScale: 6, x: 50, y: 0 });
});

test("to the screen and back is the same place", () => {
  const view = { x: -13.5, y: 7, columnScale: 2.25, rowScale: 3.5 };
  const back = toSlice(view, toScreen(view, { row: 12.3, column: 45.6 }));
  expect(back.row).toBeCloseTo(12.3, 9);
  expect(back.column).toBeCloseTo(45.6, 9);
});

test("zooming keeps what lies under the pointer there, and ends at sixteen times", () => {
  const fitted = fitView({ rows: 100, columns: 100 }, [1, 1], stage);
  const at = { x: 120, y: 80 };
  const before = toSlice(fitted, at);
  const near = zoomAt(fitted, at, 1000, fitted);
  expect(near.columnScale / fitted.columnScale).toBeCloseTo(16);
  expect(toSlice(near, at).row).toBeCloseTo(before.row, 9);
  expect(toSlice(near, at).column).toBeCloseTo(before.column, 9);
});

test("after a pinch each finger's voxel lies under that finger", () => {
  const fitted = fitView({ rows: 100, columns: 100 }, [1, 1], stage);
  const before = [
    { x: 150, y: 100 },
    { x: 200, y: 150 },
  ] as const;
  const after = [
    { x: 120, y: 90 },
    { x: 220, y: 190 },
  ] as const;
  const view = pinch(fitted, before, after, fitted);
  for (const finger of [0, 1] as const) {
    const held = toScreen(view, toSlice(fitted, before[finger]));
    expect(held.x).toBeCloseTo(after[finger].x, 6);
    expect(held.y).toBeCloseTo(after[finger].y, 6);
  }
});
