import { expect, test } from "vitest";
import { cutBlock, paintMask, rgba, toBlock } from "./masks";

// 2 slices of 2 x 3 within a volume of 4 slices of 5 x 6: slice 1 has one voxel, slice 2 a row.
const block = toBlock({ offset: [1, 2, 3], shape: [2, 2, 3], runs: [1, 1, 4, 3, 3] });
const size = { rows: 5, columns: 6, sliceCount: 4 };
const found = (picture: Uint8Array, columns: number) =>
  [...picture].flatMap((on, i) => (on ? [[Math.floor(i / columns), i % columns]] : []));

test("runs begin with what is not in the mask", () => {
  expect([...block.voxels]).toEqual([0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
  expect(toBlock({ offset: [0, 0, 0], shape: [1, 1, 2], runs: [0, 2] }).voxels).toEqual(
    new Uint8Array([1, 1]),
  );
});

test("an axial picture lies where the block lies", () => {
  expect(found(cutBlock(block, "axial", 1, size), 6)).toEqual([[2, 4]]);
  expect(found(cutBlock(block, "axial", 2, size), 6)).toEqual([
    [2, 3],
    [2, 4],
    [2, 5],
  ]);
  expect(found(cutBlock(block, "axial", 0, size), 6)).toEqual([]);
  expect(found(cutBlock(block, "axial", 3, size), 6)).toEqual([]);
});

test("coronal and sagittal pictures have the head on top", () => {
  const coronal = cutBlock(block, "coronal", 2, { rows: 4, columns: 6, sliceCount: 4 });
  expect(found(coronal, 6)).toEqual([
    [1, 3],
    [1, 4],
    [1, 5],
    [2, 4],
  ]);
  const sagittal = cutBlock(block, "sagittal", 4, { rows: 4, columns: 5, sliceCount: 4 });
  expect(found(sagittal, 5)).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(found(cutBlock(block, "coronal", 4, { ...size, rows: 4 }), 6)).toEqual([]);
});

test("a colour has its red byte first in memory", () => {
  const bytes = new Uint8Array(new Uint32Array([rgba("#102030", 1)]).buffer);
  expect([...bytes]).toEqual([16, 32, 48, 255]);
});

test("the border is what has a neighbour outside, also at the edge of the picture", () => {
  const mask = new Uint8Array(25).fill(1);
  const pixels = new Uint32Array(25);
  paintMask(mask, 5, pixels, { area: 0, border: 7 });
  expect(pixels.filter(Boolean)).toHaveLength(16);
  paintMask(mask, 5, pixels, { area: 3, border: 7 });
  expect(pixels[12]).toBe(3);
});
