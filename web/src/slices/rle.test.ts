import { expect, test } from "vitest";
import { decodeRuns } from "./rle";

test("runs begin outside and go row after row", () => {
  const voxels = decodeRuns({ where: [5, 7, 2, 4], runs: [1, 2, 2, 3] });
  expect([...voxels]).toEqual([0, 1, 1, 0, 0, 1, 1, 1]);
});

test("runs that do not fill the rectangle are refused", () => {
  expect(() => decodeRuns({ where: [0, 0, 2, 2], runs: [1, 2] })).toThrow(
    "3 voxels do not fill 2 x 2",
  );
});
