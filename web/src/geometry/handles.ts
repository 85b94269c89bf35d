// The eight handles of a box: where they are drawn, which one a finger means, what dragging one does.
import type { Box, Edge, Point, Size } from "./boxes";
import { setEdge } from "./boxes";
import { boxToScreen, type Position, type View } from "./view";

export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
export type Handle = (typeof HANDLES)[number];

/** Half of the 44 px that a finger needs (WCAG 2.2, 2.5.5). */
export const REACH_PX = 22;
/** Handles of a box lie at least so far apart: those of a small box stand off from it. */
const LEAST_APART_PX = 2 * REACH_PX;

const EDGES: Record<string, Edge> = { n: "top", s: "bottom", w: "left", e: "right" };

/** Where a handle stands on the stage, in CSS pixels. */
export function handlePosition(view: View, box: Box, handle: Handle): Position {
  const { x, y, width, height } = boxToScreen(view, box);
  const spareX = Math.max(0, 2 * LEAST_APART_PX - width) / 2;
  const spareY = Math.max(0, 2 * LEAST_APART_PX - height) / 2;
  const along = (low: string, high: string) =>
    handle.includes(low) ? 0 : handle.includes(high) ? 1 : 0.5;
  return {
    x: x - spareX + along("w", "e") * (width + 2 * spareX),
    y: y - spareY + along("n", "s") * (height + 2 * spareY),
  };
}

/** The handle nearest to a finger within its reach, else null. */
export function handleAt(view: View, box: Box, at: Position, reach_px = REACH_PX): Handle | null {
  let best: Handle | null = null;
  let nearest = reach_px;
  for (const handle of HANDLES) {
    const { x, y } = handlePosition(view, box, handle);
    const distance = Math.hypot(x - at.x, y - at.y);
    if (distance <= nearest) [best, nearest] = [handle, distance];
  }
  return best;
}

/** The box after its handle was dragged by so many voxels. */
export function dragHandle(box: Box, handle: Handle, by: Point, size: Size): Box {
  let dragged = box;
  for (const letter of handle) {
    const edge = EDGES[letter] as Edge;
    const isRow = edge === "top" || edge === "bottom";
    const start = { top: box.row0, bottom: box.row1, left: box.column0, right: box.column1 }[edge];
    dragged = setEdge(dragged, edge, start + (isRow ? by.row : by.column), size);
  }
  return dragged;
}

/**
 * Whether the drag of a corner was meant as a new box: past the middle of both sides. Whoever draws
 * over a box begins near its corner, and would else be left with what lies beyond the drag.
 */
export function isDrawnOver(box: Box, handle: Handle, by: Point): boolean {
  if (handle.length === 1) return false;
  const rows = (handle.includes("n") ? by.row : -by.row) / (box.row1 - box.row0);
  const columns = (handle.includes("w") ? by.column : -by.column) / (box.column1 - box.column0);
  return rows > 0.5 && columns > 0.5;
}
