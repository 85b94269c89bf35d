import { expect, test } from "vitest";
import { dragWindow, paint, windowTable } from "./window";

const hu = { slope: 1, intercept: -1024 };
const grey = (table: Uint32Array, value: number) => (table[value + 1024] as number) & 0xff;

test("a window of 400 around 40 is black at -160, white at 240, and grey between", () => {
  const table = windowTable(hu, { centre: 40, width: 400 });
  expect([grey(table, -161), grey(table, -160), grey(table, 240), grey(table, 500)]).toEqual([
    0, 0, 255, 255,
  ]);
  expect(grey(table, 40)).toBe(128); // 127.5, rounded
  expect((table[0] as number) >>> 24).toBe(255); // opaque
});

test("painting looks each code up", () => {
  const slice = { rows: 1, columns: 2, codes: new Uint16Array([1024 - 160, 1024 + 240]), ...hu };
  const pixels = new Uint8ClampedArray(8);
  paint(slice, windowTable(hu, { centre: 40, width: 400 }), pixels);
  expect([...pixels]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
});

test("dragging to the right widens, upwards brightens by lowering the centre", () => {
  const start = { centre: 40, width: 400 };
  expect(dragWindow(start, 100, 0, 4096).width).toBeGreaterThan(400);
  expect(dragWindow(start, 0, 100, 4096).centre).toBeLessThan(40);
});
