// Boxes on a slice: half-open, continuous, in voxels of the slice. A voxel r covers r <= row < r + 1.

export type Origin = "drawn" | "edited" | "accepted" | "interpolated" | "imported" | "simulated";
export type Edge = "top" | "left" | "bottom" | "right";

export interface Point {
  row: number;
  column: number;
}

export interface Box {
  row0: number;
  column0: number;
  row1: number;
  column1: number;
  origin: Origin;
}

export interface Size {
  rows: number;
  columns: number;
}

/** No box is smaller than one voxel in either direction. */
export const LEAST_SIDE = 1;

/** Hundredths of a voxel are finer than any hand, and keep numbers short on their way. */
const round = (value: number) => Math.round(value * 100) / 100;
const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** The smallest box around points, within the slice; null if it is smaller than a voxel. */
export function boxAround(
  points: readonly Point[],
  size: Size,
  origin: Origin = "drawn",
): Box | null {
  const rows = points.map(point => clamp(point.row, 0, size.rows));
  const columns = points.map(point => clamp(point.column, 0, size.columns));
  const box = {
    row0: round(Math.min(...rows)),
    column0: round(Math.min(...columns)),
    row1: round(Math.max(...rows)),
    column1: round(Math.max(...columns)),
    origin,
  };
  const isLarge = box.row1 - box.row0 >= LEAST_SIDE && box.column1 - box.column0 >= LEAST_SIDE;
  return points.length > 0 && isLarge ? box : null;
}

/** A box moved as a whole; it stops at the border and keeps its size. */
export function moveBox(box: Box, rows: number, columns: number, size: Size): Box {
  const down = clamp(rows, -box.row0, size.rows - box.row1);
  const right = clamp(columns, -box.column0, size.columns - box.column1);
  return {
    row0: round(box.row0 + down),
    column0: round(box.column0 + right),
    row1: round(box.row1 + down),
    column1: round(box.column1 + right),
    origin: edited(box.origin),
  };
}

/** A box with one edge set to a row or column; it never crosses the opposite edge or the border. */
export function setEdge(box: Box, edge: Edge, value: number, size: Size): Box {
  const moved = { ...box, origin: edited(box.origin) };
  if (edge === "top") moved.row0 = round(clamp(value, 0, box.row1 - LEAST_SIDE));
  if (edge === "bottom") moved.row1 = round(clamp(value, box.row0 + LEAST_SIDE, size.rows));
  if (edge === "left") moved.column0 = round(clamp(value, 0, box.column1 - LEAST_SIDE));
  if (edge === "right") moved.column1 = round(clamp(value, box.column0 + LEAST_SIDE, size.columns));
  return moved;
}

export function edgeOf(box: Box, edge: Edge): number {
  return { top: box.row0, bottom: box.row1, left: box.column0, right: box.column1 }[edge];
}

/** Intersection over union, 0 where they do not touch. */
export function iou(a: Box, b: Box): number {
  const rows = Math.min(a.row1, b.row1) - Math.max(a.row0, b.row0);
  const columns = Math.min(a.column1, b.column1) - Math.max(a.column0, b.column0);
  const shared = Math.max(rows, 0) * Math.max(columns, 0);
  return shared === 0 ? 0 : shared / (areaOf(a) + areaOf(b) - shared);
}

export function areaOf(box: Box): number {
  return (box.row1 - box.row0) * (box.column1 - box.column0);
}

export function contains(box: Box, point: Point): boolean {
  return (
    point.row >= box.row0 &&
    point.row < box.row1 &&
    point.column >= box.column0 &&
    point.column < box.column1
  );
}

export function sameBoxes(a: readonly Box[], b: readonly Box[]): boolean {
  return (
    a.length === b.length &&
    a.every((box, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        box.row0 === other.row0 &&
        box.column0 === other.column0 &&
        box.row1 === other.row1 &&
        box.column1 === other.column1
      );
    })
  );
}

/** The share of an old box that a new one must cover to be the same thing, drawn anew. */
const SAME_THING_IOU = 0.2;

/**
 * Add a newly drawn box. Drawn over an old one it takes its place, since people who dislike a box
 * draw it again; elsewhere it is one more piece. Gives the boxes and the place of the new one.
 */
export function addBox(
  boxes: readonly Box[],
  drawn: Box,
): { boxes: Box[]; index: number; replaced: boolean } {
  const middle = {
    row: (drawn.row0 + drawn.row1) / 2,
    column: (drawn.column0 + drawn.column1) / 2,
  };
  const index = boxes.findIndex(
    box =>
      iou(box, drawn) > SAME_THING_IOU || (contains(box, middle) && areaOf(drawn) < areaOf(box)),
  );
  if (index < 0) return { boxes: [...boxes, drawn], index: boxes.length, replaced: false };
  return { boxes: boxes.map((box, i) => (i === index ? drawn : box)), index, replaced: true };
}

/** What was drawn by hand stays drawn; a box that the page proposed and a person mended is edited. */
function edited(origin: Origin): Origin {
  return origin === "drawn" ? "drawn" : "edited";
}
