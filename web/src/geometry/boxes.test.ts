import { describe, expect, test } from "vitest";
import { addBox, type Box, boxAround, iou, moveBox, setEdge } from "./boxes";

const size = { rows: 100, columns: 80 };
const box = (row0: number, column0: number, row1: number, column1: number): Box => ({
  row0,
  column0,
  row1,
  column1,
  origin: "drawn",
});

describe("a box around points", () => {
  test("two corners in any order, and four extremes, give the same box", () => {
    const wanted = box(10, 20, 30, 60);
    expect(
      boxAround(
        [
          { row: 30, column: 20 },
          { row: 10, column: 60 },
        ],
        size,
      ),
    ).toEqual(wanted);
    const extremes = [
      { row: 10, column: 33 },
      { row: 22, column: 60 },
      { row: 30, column: 41 },
      { row: 15, column: 20 },
    ];
    expect(boxAround(extremes, size)).toEqual(wanted);
  });

  test("it ends at the border: half-open, so row 100 of 100 is allowed as an end", () => {
    const drawn = boxAround(
      [
        { row: -5, column: -1 },
        { row: 140, column: 200 },
      ],
      size,
    );
    expect(drawn).toEqual(box(0, 0, 100, 80));
  });

  test("less than a voxel is no box, and neither are no points", () => {
    expect(
      boxAround(
        [
          { row: 1, column: 1 },
          { row: 1.9, column: 9 },
        ],
        size,
      ),
    ).toBeNull();
    expect(boxAround([], size)).toBeNull();
  });
});

test("a moved box keeps its size and stops at the border", () => {
  expect(moveBox(box(10, 20, 30, 60), -50, 50, size)).toEqual(box(0, 40, 20, 80));
});

test("an edge stops one voxel before the opposite edge", () => {
  expect(setEdge(box(10, 20, 30, 60), "top", 99, size).row0).toBe(29);
  expect(setEdge(box(10, 20, 30, 60), "right", 99, size).column1).toBe(80);
});

test("mending a proposal makes it edited; mending what was drawn leaves it drawn", () => {
  const accepted: Box = { ...box(10, 20, 30, 60), origin: "accepted" };
  expect(setEdge(accepted, "left", 21, size).origin).toBe("edited");
  expect(moveBox(box(10, 20, 30, 60), 1, 1, size).origin).toBe("drawn");
});

test("IoU by hand: 10 x 10 and the same moved by 5 share 50 of 150", () => {
  expect(iou(box(0, 0, 10, 10), box(5, 0, 15, 10))).toBeCloseTo(1 / 3);
  expect(iou(box(0, 0, 10, 10), box(10, 0, 20, 10))).toBe(0); // half-open: they only touch
});

describe("drawing one more box", () => {
  test("over an old one it takes its place", () => {
    const old = [box(10, 10, 30, 30), box(60, 60, 70, 70)];
    const { boxes, index, replaced } = addBox(old, box(12, 12, 33, 29));
    expect([boxes.length, index, replaced]).toEqual([2, 0, true]);
  });

  test("elsewhere it is one more piece", () => {
    const { boxes, index, replaced } = addBox([box(10, 10, 30, 30)], box(60, 60, 70, 70));
    expect([boxes.length, index, replaced]).toEqual([2, 1, false]);
  });
});
