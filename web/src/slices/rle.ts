// Masks travel as run lengths, row after row within a rectangle, beginning with a run of outside.

export interface MaskRuns {
  /** [row0, column0, rows, columns] */
  where: readonly [number, number, number, number] | readonly number[];
  runs: readonly number[];
}

/** Opacity of a mask's inside and of its outline, of 255. */
const INSIDE = 56;
const OUTLINE = 230;

/** Voxels of the mask, 1 inside, within its rectangle. Throws if the runs do not fill it. */
export function decodeRuns({ where, runs }: MaskRuns): Uint8Array {
  const [, , rows = 0, columns = 0] = where;
  const voxels = new Uint8Array(rows * columns);
  let at = 0;
  runs.forEach((length, index) => {
    if (index % 2 === 1) voxels.fill(1, at, at + length);
    at += length;
  });
  if (at !== voxels.length && runs.length > 0) {
    throw new Error(`Runs of ${at} voxels do not fill ${rows} x ${columns}`);
  }
  return voxels;
}

/** RGBA pixels of the mask's rectangle: a light veil inside, a clear line along its edge. */
export function paintMask(mask: MaskRuns, [red, green, blue]: readonly number[]): ImageData | null {
  const [, , rows = 0, columns = 0] = mask.where;
  if (rows === 0 || columns === 0) return null;
  const voxels = decodeRuns(mask);
  const picture = new ImageData(columns, rows);
  for (let i = 0; i < voxels.length; i += 1) {
    if (!voxels[i]) continue;
    const column = i % columns;
    const isEdge =
      column === 0 ||
      column === columns - 1 ||
      i < columns ||
      i >= voxels.length - columns ||
      !voxels[i - 1] ||
      !voxels[i + 1] ||
      !voxels[i - columns] ||
      !voxels[i + columns];
    picture.data.set([red ?? 0, green ?? 0, blue ?? 0, isEdge ? OUTLINE : INSIDE], 4 * i);
  }
  return picture;
}
