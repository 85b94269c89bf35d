// A picture that boxes are drawn on: what is shown, how it is windowed and zoomed, which box is chosen.
// Practice and work make one each; the components of the stage know nothing else.
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Picture } from "../api/types";
import { addBox, type Box, boxAround, type Point, type Size } from "../geometry/boxes";
import { type Draft, type DrawMode, NO_DRAFT } from "../geometry/draft";
import { fitView, keepInSight, type Position, type Stage, type View } from "../geometry/view";
import type { Slice } from "../slices/mhs";
import type { MaskRuns } from "../slices/rle";
import type { Window } from "../slices/window";

/** A small grey picture to show until the slice itself is there. */
export interface Preview {
  rows: number;
  columns: number;
  greys: Uint8Array;
}

export interface StageInputs {
  picture: Picture;
  slice: ReadonlySignal<Slice | null>;
  preview: ReadonlySignal<Preview | null>;
  boxes: ReadonlySignal<readonly Box[]>;
  ghost: ReadonlySignal<readonly Box[]>;
  /** Where it really is, in practice. */
  reference: ReadonlySignal<readonly Box[]>;
  mask: ReadonlySignal<MaskRuns | null>;
  colour: string;
  canDraw: ReadonlySignal<boolean>;
  onBoxes: (boxes: readonly Box[], what: "added" | "replaced" | "changed" | "removed") => void;
  onTooSmall: () => void;
  /** The wheel went so many slices. */
  onStep: (slices: number) => void;
}

export interface StageModel extends StageInputs {
  size: Size;
  window: Signal<Window>;
  view: Signal<View | null>;
  fitted: Signal<View | null>;
  stage: Signal<Stage>;
  selected: Signal<number | null>;
  draft: Signal<Draft>;
  mode: Signal<DrawMode>;
  tool: Signal<"box" | "window">;
  /** Boxes while one is being dragged; null when nothing is dragged. */
  dragged: Signal<readonly Box[] | null>;
  /** The finger, while a magnifier is wanted. */
  finger: Signal<Position | null>;
  showMask: Signal<boolean>;
}

/** Around the fitted picture stay so many CSS pixels, so that handles at the border can be reached. */
const MARGIN_PX = 12;

export function makeStage(inputs: StageInputs): StageModel {
  const { centre, width } = inputs.picture.window;
  return {
    ...inputs,
    size: { rows: inputs.picture.rows, columns: inputs.picture.columns },
    window: signal({ centre, width }),
    view: signal(null),
    fitted: signal(null),
    stage: signal({ width: 0, height: 0 }),
    selected: signal(null),
    draft: signal(NO_DRAFT),
    mode: signal("corners"),
    tool: signal("box"),
    dragged: signal(null),
    finger: signal(null),
    showMask: signal(true),
  };
}

/** The stage has this size now: fit the picture, unless the person has zoomed. */
export function resize(model: StageModel, stage: Stage): void {
  const { picture, size, view, fitted } = model;
  const [, row_mm, column_mm] = picture.spacing_mm;
  const isFitted = view.value === null || view.value === fitted.value;
  model.stage.value = stage;
  fitted.value = fitView(size, [row_mm, column_mm], stage, MARGIN_PX);
  if (isFitted) view.value = fitted.value;
}

export function show(model: StageModel, view: View): void {
  model.view.value = keepInSight(view, model.size, model.stage.value);
}

export function showAll(model: StageModel): void {
  model.view.value = model.fitted.value;
}

/** All points of a new box are there. */
export function finishBox(model: StageModel, points: readonly Point[]): void {
  const drawn = boxAround(points, model.size);
  if (!drawn) return model.onTooSmall();
  const { boxes, index, replaced } = addBox(model.boxes.value, drawn);
  model.selected.value = index;
  model.onBoxes(boxes, replaced ? "replaced" : "added");
}

export function replaceBox(model: StageModel, index: number, box: Box): void {
  model.onBoxes(
    model.boxes.value.map((old, i) => (i === index ? box : old)),
    "changed",
  );
}

/** Delete the chosen box, or the only one. */
export function removeBox(model: StageModel): void {
  const boxes = model.boxes.value;
  const index = model.selected.value ?? (boxes.length === 1 ? 0 : null);
  if (index === null) return;
  model.selected.value = null;
  model.onBoxes(
    boxes.filter((_, i) => i !== index),
    "removed",
  );
}

/** A box made without a pointer: the ghost's place, else the middle third of the picture. */
export function placeBox(model: StageModel): void {
  const { rows, columns } = model.size;
  const ghost = model.ghost.value[0];
  const corners = ghost
    ? [
        { row: ghost.row0, column: ghost.column0 },
        { row: ghost.row1, column: ghost.column1 },
      ]
    : [
        { row: rows / 3, column: columns / 3 },
        { row: (2 * rows) / 3, column: (2 * columns) / 3 },
      ];
  finishBox(model, corners);
}
