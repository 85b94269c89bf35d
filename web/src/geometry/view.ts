// Between the slice (rows and columns of voxels) and the screen (CSS pixels from the stage's corner).
import type { Box, Point, Size } from "./boxes";

export interface Position {
  x: number;
  y: number;
}

/** Where the slice's corner lies on the stage, and how many CSS pixels a voxel is wide and high. */
export interface View {
  x: number;
  y: number;
  columnScale: number;
  rowScale: number;
}

export interface Stage {
  width: number;
  height: number;
}

/** How far in one may zoom, against the fitted picture; and how far out. */
const MOST = 16;
const LEAST = 0.8;

/** The whole slice, as large as it fits, in true proportions (`spacing_mm` is [row, column]). */
export function fitView(
  size: Size,
  spacing_mm: readonly [number, number],
  stage: Stage,
  margin_px = 0,
): View {
  const [row_mm, column_mm] = spacing_mm;
  const width = Math.max(stage.width - 2 * margin_px, 1);
  const height = Math.max(stage.height - 2 * margin_px, 1);
  const scale = Math.min(width / (size.columns * column_mm), height / (size.rows * row_mm));
  const columnScale = scale * column_mm;
  const rowScale = scale * row_mm;
  return {
    columnScale,
    rowScale,
    x: (stage.width - size.columns * columnScale) / 2,
    y: (stage.height - size.rows * rowScale) / 2,
  };
}

export function toScreen(view: View, point: Point): Position {
  return { x: view.x + point.column * view.columnScale, y: view.y + point.row * view.rowScale };
}

export function toSlice(view: View, position: Position): Point {
  return {
    row: (position.y - view.y) / view.rowScale,
    column: (position.x - view.x) / view.columnScale,
  };
}

/** A box in CSS pixels. */
export function boxToScreen(view: View, box: Box): Position & Stage {
  const { x, y } = toScreen(view, { row: box.row0, column: box.column0 });
  return {
    x,
    y,
    width: (box.column1 - box.column0) * view.columnScale,
    height: (box.row1 - box.row0) * view.rowScale,
  };
}

/** Zoom so that what lies under `at` stays there. `fitted` limits how far. */
export function zoomAt(view: View, at: Position, factor: number, fitted: View): View {
  const now = view.columnScale / fitted.columnScale;
  const by = Math.min(Math.max(now * factor, LEAST), MOST) / now;
  return {
    columnScale: view.columnScale * by,
    rowScale: view.rowScale * by,
    x: at.x + (view.x - at.x) * by,
    y: at.y + (view.y - at.y) * by,
  };
}

export function panBy(view: View, by: Position): View {
  return { ...view, x: view.x + by.x, y: view.y + by.y };
}

/** Two fingers went from `before` to `after`: what lay under them lies under them again. */
export function pinch(
  view: View,
  before: readonly [Position, Position],
  after: readonly [Position, Position],
  fitted: View,
): View {
  const middle = ([a, b]: readonly [Position, Position]) => ({
    x: (a.x + b.x) / 2,
    y: (a.y + b.y) / 2,
  });
  const apart = ([a, b]: readonly [Position, Position]) =>
    Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1);
  const from = middle(before);
  const to = middle(after);
  const moved = panBy(view, { x: to.x - from.x, y: to.y - from.y });
  return zoomAt(moved, to, apart(after) / apart(before), fitted);
}

/** A view whose picture has not left the stage: some of it stays in the middle third. */
export function keepInSight(view: View, size: Size, stage: Stage): View {
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
  const width = size.columns * view.columnScale;
  const height = size.rows * view.rowScale;
  return {
    ...view,
    x: clamp(view.x, stage.width / 3 - width, (stage.width * 2) / 3),
    y: clamp(view.y, stage.height / 3 - height, (stage.height * 2) / 3),
  };
}
