// The three planes of a volume: which picture shows which voxels, and how large they are in mm.
// A place is (k, row, column): slice, and row and column of the axial picture.
import type { BoxRow, ReviewVolume } from "./types";

export type Plane = "axial" | "coronal" | "sagittal";
export const PLANES: readonly Plane[] = ["axial", "coronal", "sagittal"];
export type Place = readonly [k: number, row: number, column: number];

export interface Frame {
  plane: Plane;
  /** Pictures of this plane. */
  count: number;
  rows: number;
  columns: number;
  /** Width over height as the body is. */
  aspect: number;
}

export function frameOf(plane: Plane, volume: ReviewVolume): Frame {
  const { slice_count: k, rows, columns } = volume;
  const [k_mm, row_mm, column_mm] = volume.spacing_mm;
  const frames: Record<Plane, [number, number, number, number, number]> = {
    axial: [k, rows, columns, row_mm, column_mm],
    coronal: [rows, k, columns, k_mm, column_mm],
    sagittal: [columns, k, rows, k_mm, row_mm],
  };
  const [count, high, wide, high_mm, wide_mm] = frames[plane];
  return { plane, count, rows: high, columns: wide, aspect: (wide * wide_mm) / (high * high_mm) };
}

const AXIS: Record<Plane, 0 | 1 | 2> = { axial: 0, coronal: 1, sagittal: 2 };

/** Which picture of a plane a place lies on. */
export const indexOf = (plane: Plane, place: Place): number => place[AXIS[plane]];

/** The same place on another picture of the plane, held within the volume. */
export function withIndex(plane: Plane, place: Place, index: number, volume: ReviewVolume): Place {
  const moved: [number, number, number] = [...place];
  const most = [volume.slice_count, volume.rows, volume.columns][AXIS[plane]] as number;
  moved[AXIS[plane]] = Math.min(Math.max(Math.round(index), 0), most - 1);
  return moved;
}

/** Where a place lies in the picture, at the middle of its voxel: x and y in voxels. */
export function toPicture(plane: Plane, [k, row, column]: Place, sliceCount: number) {
  const fromTop = sliceCount - 1 - k + 0.5; // the head is on top
  if (plane === "axial") return { x: column + 0.5, y: row + 0.5 };
  if (plane === "coronal") return { x: column + 0.5, y: fromTop };
  return { x: row + 0.5, y: fromTop };
}

/** The place of the voxel at (x, y) of a picture; the coordinate across it stays. */
export function fromPicture(plane: Plane, x: number, y: number, at: Place, volume: ReviewVolume) {
  const within = (value: number, most: number) =>
    Math.min(Math.max(Math.floor(value), 0), most - 1);
  const k = () => volume.slice_count - 1 - within(y, volume.slice_count);
  const place: Record<Plane, () => Place> = {
    axial: () => [at[0], within(y, volume.rows), within(x, volume.columns)],
    coronal: () => [k(), at[1], within(x, volume.columns)],
    sagittal: () => [k(), within(x, volume.rows), at[2]],
  };
  return place[plane]();
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The part of a slice's box that a picture shows: the box itself, or the line it is from the side. */
export function boxInPicture(
  plane: Plane,
  k: number,
  box: BoxRow,
  at: Place,
  sliceCount: number,
): Rect | null {
  const [row0, column0, row1, column1] = box;
  const holds = (low: number, high: number, index: number) => low < index + 1 && high > index;
  if (plane === "axial") {
    if (k !== at[0]) return null;
    return { x: column0, y: row0, width: column1 - column0, height: row1 - row0 };
  }
  const y = sliceCount - 1 - k;
  if (plane === "coronal") {
    if (!holds(row0, row1, at[1])) return null;
    return { x: column0, y, width: column1 - column0, height: 1 };
  }
  if (!holds(column0, column1, at[2])) return null;
  return { x: row0, y, width: row1 - row0, height: 1 };
}
