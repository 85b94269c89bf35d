import { expect, test, vi } from "vitest";
import { SliceLoader } from "./loader";
import type { Slice } from "./mhs";

const slice = { rows: 1, columns: 1, codes: new Uint16Array(1), slope: 1, intercept: 0 } as Slice;
const settle = () => new Promise(resolve => setTimeout(resolve, 20));

test("the slice that is looked at comes first", async () => {
  const asked: number[] = [];
  const fetchSlice = async (k: number) => {
    asked.push(k);
    return new ArrayBuffer(0);
  };
  const loader = new SliceLoader({ fetchSlice, decode: async () => slice, onReady: () => {} });
  loader.goTo({ current: 5, count: 30, direction: 1 });
  await settle();
  expect(asked.slice(0, 4)).toEqual([5, 6, 7, 4]);
  expect(loader.get(5)).toBe(slice);
});

test("a jump aborts what is far away now", async () => {
  const aborted: number[] = [];
  const fetchSlice = (k: number, signal: AbortSignal) =>
    new Promise<ArrayBuffer>((_, reject) => {
      signal.addEventListener("abort", () => {
        aborted.push(k);
        reject(new Error("aborted"));
      });
    });
  const loader = new SliceLoader({ fetchSlice, decode: async () => slice, onReady: () => {} });
  loader.goTo({ current: 5, count: 300, direction: 1 });
  loader.goTo({ current: 200, count: 300, direction: 1 });
  await settle();
  expect(aborted).toEqual([5, 6, 7]);
});

test("a failed fetch is tried again", async () => {
  const onMissing = vi.fn();
  let tries = 0;
  const fetchSlice = async () => {
    tries += 1;
    if (tries === 1) throw new Error("offline");
    return new ArrayBuffer(0);
  };
  const onReady = vi.fn();
  const decode = async () => slice;
  const loader = new SliceLoader({ fetchSlice, decode, onReady, onMissing, retry_ms: 1 });
  loader.goTo({ current: 0, count: 1, direction: 1 });
  await settle();
  expect(onMissing).toHaveBeenCalledWith(0);
  expect(onReady).toHaveBeenCalledWith(0);
});
