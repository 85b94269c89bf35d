// A box in the making: dragged, tapped at two corners, or tapped at its four extremes. A small state
// machine without any DOM; it gets pointer events on the slice and gives a draft, or the points of a
// finished box.
import type { Point } from "./boxes";
import type { Position } from "./view";

export type DrawMode = "corners" | "extremes";

export interface Draft {
  /** Corners or extremes that are fixed. */
  points: readonly Point[];
  /** Where the pointer is: it completes the dashed preview. */
  tip: Point | null;
  /** Where the pointer went down, while it is down. */
  pressed: Position | null;
  isDragged: boolean;
}

export interface Step {
  draft: Draft;
  /** All points of a box that is finished. */
  done?: readonly Point[];
}

export const NO_DRAFT: Draft = { points: [], tip: null, pressed: null, isDragged: false };

/** A finger trembles: only beyond so many CSS pixels is a press a drag. */
const TREMBLE_PX = 6;

export function isDrafting(draft: Draft): boolean {
  return draft.points.length > 0 || draft.pressed !== null;
}

export function press(draft: Draft, point: Point, position: Position): Draft {
  return { ...draft, tip: point, pressed: position, isDragged: false };
}

export function move(draft: Draft, point: Point, position: Position, mode: DrawMode): Draft {
  const { pressed } = draft;
  if (pressed === null || mode === "extremes") return { ...draft, tip: point };
  const isDragged =
    draft.isDragged || Math.hypot(position.x - pressed.x, position.y - pressed.y) > TREMBLE_PX;
  const isFirst = isDragged && draft.points.length === 0 && draft.tip !== null;
  return { ...draft, isDragged, points: isFirst ? [draft.tip as Point] : draft.points, tip: point };
}

/** The finger was lifted: a drag ends the box, a tap fixes one more point. */
export function lift(draft: Draft, point: Point, mode: DrawMode): Step {
  if (draft.pressed === null) return { draft };
  const points = [...draft.points, point];
  const wanted = mode === "extremes" ? 4 : 2;
  if (points.length >= wanted) return { draft: NO_DRAFT, done: points };
  return { draft: { points, tip: point, pressed: null, isDragged: false } };
}

/** A second finger landed, or Escape: what was begun by this press is taken back. */
export function letGo(draft: Draft): Draft {
  return draft.isDragged ? NO_DRAFT : { ...draft, pressed: null, isDragged: false };
}
