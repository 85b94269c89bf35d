// Window and level: a table from each code to a grey, so that a change costs one pass over the voxels.
import type { Slice } from "./mhs";

export interface Window {
  centre: number;
  width: number;
}

const CODES = 65536;

/**
 * Greys as opaque RGBA in one number for each code: black at centre - width/2 and below, white at
 * centre + width/2 and above, a straight line between. A width below 1 counts as 1.
 */
export function windowTable(
  slice: Pick<Slice, "slope" | "intercept">,
  { centre, width }: Window,
): Uint32Array {
  const table = new Uint32Array(CODES);
  const gain = 255 / Math.max(width, 1);
  const offset = (slice.intercept - centre) * gain + 127.5;
  const rise = slice.slope * gain;
  for (let code = 0; code < CODES; code += 1) {
    const grey = Math.min(Math.max(Math.round(code * rise + offset), 0), 255);
    table[code] = 0xff000000 | (grey * 0x010101);
  }
  return table;
}

/** Fill RGBA pixels from a slice; `pixels` has 4 bytes a voxel. */
export function paint(slice: Slice, table: Uint32Array, pixels: Uint8ClampedArray): void {
  const target = new Uint32Array(pixels.buffer, pixels.byteOffset, slice.codes.length);
  const { codes } = slice;
  for (let i = 0; i < codes.length; i += 1) target[i] = table[codes[i] as number] as number;
}

/** A window after dragging so many CSS pixels: to the right widens, upwards brightens. */
export function dragWindow(window: Window, right_px: number, up_px: number, range: number): Window {
  const perPixel = range / 800;
  return {
    width: Math.max(window.width * Math.exp(right_px / 250), range / 1000),
    centre: window.centre - up_px * perPixel * Math.min(1, (2 * window.width) / range),
  };
}
