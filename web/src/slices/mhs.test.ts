// The fixtures are written by the server's own tests: a file, and what is in it.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeSlice, decodeStrip } from "./mhs";

const folder = new URL("../../../tests/server/fixtures/", import.meta.url);
const read = (name: string) => {
  const bytes = readFileSync(new URL(name, folder));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
};
const told = (name: string) =>
  JSON.parse(readFileSync(new URL(name.replace(".mhs", ".json"), folder), "utf8"));
const names = readdirSync(folder).filter(name => name.endsWith(".mhs"));
const slices = names.filter(name => "codes" in told(name));
const strips = names.filter(name => "greys" in told(name));
const zipped = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)).buffer as ArrayBuffer;

test("there are fixtures of both kinds", () => {
  expect(slices.length).toBeGreaterThan(1);
  expect(strips.length).toBeGreaterThan(0);
});

test.each(slices)("%s decodes to the very codes", async name => {
  const { width, height, slope, intercept, step, codes } = told(name);
  const slice = await decodeSlice(read(name));
  expect([slice.columns, slice.rows]).toEqual([width, height]);
  // The file's codes are multiplied by the step in the JSON, and by the slope in the page.
  expect(Array.from(slice.codes, code => code * step)).toEqual(codes);
  expect(slice.slope).toBeCloseTo(slope * step, 5);
  expect(slice.intercept).toBeCloseTo(intercept, 3);
});

test.each(strips)("%s decodes to the very greys", async name => {
  const { width, height, count, greys } = told(name);
  const strip = await decodeStrip(read(name));
  expect([strip.columns, strip.rows, strip.count]).toEqual([width, height, count]);
  expect(Array.from(strip.greys)).toEqual(greys);
});

describe("broken files are refused with what is wrong", () => {
  test("not gzip at all", async () => {
    await expect(decodeSlice(new Uint8Array([1, 2, 3]).buffer)).rejects.toThrow();
  });
  test("a header that is cut", async () => {
    await expect(decodeSlice(zipped(new Uint8Array(9)))).rejects.toThrow("32 bytes, got 9");
  });
  test("a strip where a slice should be", async () => {
    await expect(decodeSlice(read(strips[0] as string))).rejects.toThrow("Expected a slice MHS1");
  });
});
