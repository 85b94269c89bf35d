// Puts slices and masks on their canvases. Pixels are only ever written, never read back: some browsers
// add noise to what is read.
import type { Slice } from "../slices/mhs";
import { paintMask } from "../slices/rle";
import { paint, windowTable } from "../slices/window";
import type { Preview, StageModel } from "./stage";

/** Kept between drawings: a picture of the right size, and the table of the last window. */
interface Kept {
  picture: ImageData;
  table: Uint32Array;
  key: string;
}

/** How far colours go towards white: dark blue lines on black tissue would else be lost. */
const LIGHTER = 0.3;

const kept = new WeakMap<HTMLCanvasElement, Kept>();

/** Draw the slice, or until it is there its small preview. Reads the model's signals. */
export function drawSlice(canvas: HTMLCanvasElement, model: StageModel): void {
  const context = canvas.getContext("2d", { alpha: false });
  const slice = model.slice.value;
  const preview = model.preview.value;
  const window = model.window.value;
  if (!context) return;
  if (!slice) return drawPreview(context, preview);
  const begun = performance.now();
  const key = `${window.centre} ${window.width} ${slice.slope} ${slice.intercept}`;
  let state = kept.get(canvas);
  if (!state || state.picture.width !== slice.columns || state.picture.height !== slice.rows) {
    state = {
      picture: new ImageData(slice.columns, slice.rows),
      table: new Uint32Array(),
      key: "",
    };
  }
  if (state.key !== key) state = { ...state, key, table: windowTable(slice, window) };
  kept.set(canvas, state);
  paint(slice, state.table, state.picture.data);
  context.putImageData(state.picture, 0, 0);
  performance.measure("paint-slice", { start: begun });
}

function drawPreview(context: CanvasRenderingContext2D, preview: Preview | null): void {
  const { width, height } = context.canvas;
  if (!preview) {
    context.fillRect(0, 0, width, height);
    return;
  }
  const small = new OffscreenCanvas(preview.columns, preview.rows);
  const slice: Slice = {
    rows: preview.rows,
    columns: preview.columns,
    codes: Uint16Array.from(preview.greys),
    slope: 1,
    intercept: 0,
  };
  const picture = new ImageData(preview.columns, preview.rows);
  paint(slice, windowTable(slice, { centre: 127.5, width: 255 }), picture.data);
  small.getContext("2d")?.putImageData(picture, 0, 0);
  context.drawImage(small, 0, 0, width, height);
}

export function drawMask(canvas: HTMLCanvasElement, model: StageModel): void {
  const context = canvas.getContext("2d");
  const mask = model.showMask.value ? model.mask.value : null;
  if (!context) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const picture = mask && paintMask(mask, rgbOf(model.colour));
  if (picture) context.putImageData(picture, mask?.where[1] ?? 0, mask?.where[0] ?? 0);
}

/** `#rrggbb` as three numbers, lightened so that it shows on black; anything else is amber. */
export function rgbOf(colour: string): number[] {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  const number = Number.parseInt(hex ?? "ffc46b", 16);
  return [number >> 16, (number >> 8) & 255, number & 255].map(
    part => part + (255 - part) * LIGHTER,
  );
}
