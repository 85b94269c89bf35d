import { expect, test } from "vitest";
import { boxInPicture, frameOf, fromPicture, PLANES, type Place, toPicture, withIndex } from "./planes"; // biome-ignore format: one line
import type { ReviewVolume } from "./types";

const volume = {
  slice_count: 10,
  rows: 40,
  columns: 20,
  spacing_mm: [5, 1, 2],
} as unknown as ReviewVolume;

test("pictures have the proportions of the body", () => {
  // 20 columns of 2 mm are 40 mm, 40 rows of 1 mm are 40 mm, 10 slices of 5 mm are 50 mm.
  expect(frameOf("axial", volume).aspect).toBeCloseTo(40 / 40);
  expect(frameOf("coronal", volume).aspect).toBeCloseTo(40 / 50);
  expect(frameOf("sagittal", volume).aspect).toBeCloseTo(40 / 50);
  expect(PLANES.map(plane => frameOf(plane, volume).count)).toEqual([10, 40, 20]);
});

test.each(PLANES)("a place clicked in the %s picture is where it is drawn", plane => {
  const at: Place = [3, 17, 4];
  const { x, y } = toPicture(plane, at, volume.slice_count);
  expect(fromPicture(plane, x, y, at, volume)).toEqual(at);
});

test("the head is on top: a click at the top edge is the highest slice", () => {
  expect(fromPicture("coronal", 0, 0, [0, 5, 5], volume)).toEqual([9, 5, 0]);
  expect(fromPicture("sagittal", 0, 9.9, [0, 5, 5], volume)).toEqual([0, 0, 5]);
});

test("outside of the picture is its edge", () => {
  expect(fromPicture("axial", -3, 99, [2, 0, 0], volume)).toEqual([2, 39, 0]);
  expect(withIndex("axial", [2, 0, 0], 12, volume)).toEqual([9, 0, 0]);
  expect(withIndex("sagittal", [2, 0, 0], -1, volume)).toEqual([2, 0, 0]);
});

test("a box is itself on its own slice, and a line from the side where it is met", () => {
  const box: [number, number, number, number] = [10, 4, 20, 9];
  expect(boxInPicture("axial", 3, box, [3, 0, 0], 10)).toEqual({
    x: 4,
    y: 10,
    width: 5,
    height: 10,
  });
  expect(boxInPicture("axial", 3, box, [4, 0, 0], 10)).toBeNull();
  expect(boxInPicture("coronal", 3, box, [0, 12, 0], 10)).toEqual({
    x: 4,
    y: 6,
    width: 5,
    height: 1,
  });
  expect(boxInPicture("coronal", 3, box, [0, 20, 0], 10)).toBeNull(); // half-open: row 20 is outside
  expect(boxInPicture("sagittal", 3, box, [0, 0, 8], 10)?.x).toBe(10);
  expect(boxInPicture("sagittal", 3, box, [0, 0, 9], 10)).toBeNull();
});
