// A magnifier above the finger: what lies under it cannot be seen otherwise.
import { useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { boxToScreen, toSlice } from "../geometry/view";
import type { StageModel } from "./stage";

const SIZE_PX = 116;
const MAGNIFIED = 2;
/** So far above the finger that a thumb does not hide it. */
const LIFT_PX = 96;

export interface LoupeProps {
  model: StageModel;
  canvas: RefObject<HTMLCanvasElement | null>;
}

export function Loupe({ model, canvas }: LoupeProps) {
  const own = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    model.slice.value; // a new slice is a new picture
    if (own.current && canvas.current) draw(own.current, canvas.current, model);
  });
  return (
    <canvas class="loupe" ref={own} width={2 * SIZE_PX} height={2 * SIZE_PX} aria-hidden="true" />
  );
}

function draw(own: HTMLCanvasElement, source: HTMLCanvasElement, model: StageModel): void {
  const at = model.finger.value;
  const view = model.view.value;
  const boxes = model.dragged.value ?? model.boxes.value;
  const draft = model.draft.value;
  const context = own.getContext("2d");
  own.hidden = at === null;
  if (!at || !view || !context) return;
  const top = at.y - LIFT_PX - SIZE_PX / 2;
  const left = Math.min(Math.max(at.x - SIZE_PX / 2, 8), model.stage.value.width - SIZE_PX - 8);
  // Near the upper border it goes beside the finger.
  const beside = at.x > model.stage.value.width / 2 ? at.x - LIFT_PX - SIZE_PX : at.x + LIFT_PX;
  own.style.transform = top > 4 ? `translate(${left}px, ${top}px)` : `translate(${beside}px, 4px)`;

  const half = SIZE_PX / 2 / MAGNIFIED;
  const corner = toSlice(view, { x: at.x - half, y: at.y - half });
  const scale = 2 * MAGNIFIED;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#06090a";
  context.fillRect(0, 0, own.width, own.height);
  const wide = (2 * half) / view.columnScale;
  const high = (2 * half) / view.rowScale;
  context.drawImage(source, corner.column, corner.row, wide, high, 0, 0, own.width, own.height);
  context.setTransform(scale, 0, 0, scale, -(at.x - half) * scale, -(at.y - half) * scale);
  for (const box of boxes) {
    const { x, y, width, height } = boxToScreen(view, box);
    stroke(context, x, y, width, height);
  }
  const first = draft.points[0];
  if (first) {
    const x = view.x + first.column * view.columnScale;
    const y = view.y + first.row * view.rowScale;
    stroke(context, x, y, at.x - x, at.y - y);
  }
  context.strokeStyle = "#ffc46b";
  context.lineWidth = 0.6;
  context.strokeRect(at.x - 4, at.y, 8, 0);
  context.strokeRect(at.x, at.y - 4, 0, 8);
}

function stroke(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  context.strokeStyle = "rgb(0 0 0 / 60%)";
  context.lineWidth = 2;
  context.strokeRect(x, y, w, h);
  context.strokeStyle = "#ffffff";
  context.lineWidth = 0.8;
  context.strokeRect(x, y, w, h);
}
