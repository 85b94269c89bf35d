// Masks out of the runs that the server sends, cut in any plane and painted over a picture.
import type { Plane } from "./planes";
import type { MaskRuns } from "./types";

/** A mask within a block of a volume; voxel after voxel of slice, row, column. */
export interface Block {
  offset: readonly [number, number, number];
  shape: readonly [number, number, number];
  voxels: Uint8Array;
}

export function toBlock({ offset, shape, runs }: MaskRuns): Block {
  const voxels = new Uint8Array(shape[0] * shape[1] * shape[2]);
  let at = 0;
  runs.forEach((length, n) => {
    if (n % 2 === 1) voxels.fill(1, at, at + length);
    at += length;
  });
  return { offset, shape, voxels };
}

/** One picture of the mask, rows x columns of 0 and 1; the head is on top but in axial ones. */
export function cutBlock(
  block: Block,
  plane: Plane,
  index: number,
  size: { rows: number; columns: number; sliceCount: number },
): Uint8Array {
  const picture = new Uint8Array(size.rows * size.columns);
  const [k0, row0, column0] = block.offset;
  const [ks, rows, columns] = block.shape;
  const voxel = (k: number, row: number, column: number) =>
    block.voxels[(k * rows + row) * columns + column] as number;
  const within = (value: number, most: number) => value >= 0 && value < most;
  if (plane === "axial") {
    if (!within(index - k0, ks)) return picture;
    for (let r = 0; r < rows; r += 1)
      for (let c = 0; c < columns; c += 1)
        picture[(r + row0) * size.columns + c + column0] = voxel(index - k0, r, c);
    return picture;
  }
  const isCoronal = plane === "coronal";
  const across = index - (isCoronal ? row0 : column0);
  if (!within(across, isCoronal ? rows : columns)) return picture;
  const wide = isCoronal ? columns : rows;
  const left = isCoronal ? column0 : row0;
  for (let k = 0; k < ks; k += 1) {
    const y = size.sliceCount - 1 - (k + k0);
    for (let x = 0; x < wide; x += 1)
      picture[y * size.columns + x + left] = isCoronal ? voxel(k, across, x) : voxel(k, x, across);
  }
  return picture;
}

/** A colour as the four bytes of a pixel in one number, red first in memory. */
export function rgba(hex: string, alpha: number): number {
  const value = Number.parseInt(hex.slice(1), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Paint a mask into RGBA pixels: its area, or only the pixels at its border. */
export function paintMask(
  mask: Uint8Array,
  columns: number,
  pixels: Uint32Array,
  colour: { area: number; border: number },
): void {
  const rows = mask.length / columns;
  for (let row = 0, i = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1, i += 1) {
      if (!mask[i]) continue;
      const isInside =
        row > 0 &&
        row < rows - 1 &&
        column > 0 &&
        column < columns - 1 &&
        mask[i - 1] &&
        mask[i + 1] &&
        mask[i - columns] &&
        mask[i + columns];
      const value = isInside ? colour.area : colour.border;
      if (value) pixels[i] = value;
    }
}
