import { expect, test } from "vitest";
import { Lru } from "./lru";
import { prefetchOrder } from "./prefetch";

test("what is shown, two ahead, one behind, then what is wanted, then on", () => {
  const order = prefetchOrder({ current: 10, count: 40, direction: 1, wanted: [20, 14] });
  expect(order.slice(0, 8)).toEqual([10, 11, 12, 9, 14, 20, 13, 15]);
});

test("every slice comes once, none beyond the ends", () => {
  const order = prefetchOrder({ current: 0, count: 9, direction: -1, wanted: [0, 4, 8] });
  expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("on a metered link only the near ones", () => {
  const order = prefetchOrder({ current: 10, count: 200, direction: 1, isSaving: true });
  expect(order).toEqual([10, 11, 12, 9, 13, 14]);
});

test("the least recently used is dropped first", () => {
  const kept = new Lru<string, number>(2);
  kept.set("a", 1);
  kept.set("b", 2);
  kept.get("a");
  kept.set("c", 3);
  expect([kept.has("a"), kept.has("b"), kept.has("c")]).toEqual([true, false, true]);
});
