import { expect, test } from "vitest";
import type { Box } from "./boxes";
import { interpolate } from "./interpolate";

const box = (row0: number, column0: number, row1: number, column1: number): Box => ({
  row0,
  column0,
  row1,
  column1,
  origin: "drawn",
});

test("a quarter of the way, each edge has gone a quarter of its way", () => {
  const before = { slice: 4, boxes: [box(0, 10, 20, 30)] };
  const after = { slice: 8, boxes: [box(8, 10, 40, 26)] };
  expect(interpolate(before, after, 5)).toEqual([
    { ...box(2, 10, 25, 29), origin: "interpolated" },
  ]);
});

test("pieces are paired by where they lie, not by the order in which they were drawn", () => {
  const [left, right] = [box(0, 0, 10, 10), box(0, 50, 10, 60)];
  const [first, second] = interpolate(
    { slice: 0, boxes: [left, right] },
    { slice: 2, boxes: [right, left] },
    1,
  );
  expect(first).toMatchObject({ column0: 0, column1: 10 });
  expect(second).toMatchObject({ column0: 50, column1: 60 });
});

test("where one piece becomes two, the nearer slice is carried over", () => {
  const one = { slice: 0, boxes: [box(0, 0, 10, 60)] };
  const two = { slice: 4, boxes: [box(0, 0, 10, 10), box(0, 50, 10, 60)] };
  expect(interpolate(one, two, 1)).toHaveLength(1);
  expect(interpolate(one, two, 3)).toHaveLength(2);
});
