import { expect, test } from "vitest";
import { allDays, busiest, niceStep, scaleBetween, scaleFrom0 } from "./scales";

test.each([
  [0.7, 1],
  [1, 1],
  [1.2, 2],
  [23, 50],
  [0.03, 0.05],
  [60, 100],
])("the round step for %d is %d", (rough, step) => {
  expect(niceStep(rough)).toBeCloseTo(step);
});

test("a scale ends at a round number above the highest value", () => {
  const scale = scaleFrom0(87, 100, 0);
  expect(scale.ticks).toEqual([0, 50, 100]);
  expect([scale(0), scale(50), scale(100)]).toEqual([100, 50, 0]);
});

test("a scale of nothing is still a scale", () => {
  expect(scaleFrom0(0, 0, 10).ticks.at(-1)).toBe(1);
});

test("ticks between bounds hold both bounds", () => {
  expect(scaleBetween(0, 1, 0, 200, 0.25).ticks).toEqual([0, 0.25, 0.5, 0.75, 1]);
});

test("the busiest come first, by name where equal", () => {
  const amounts = new Map(Object.entries({ ben: 2, ann: 2, zoe: 9 }));
  expect(busiest(amounts, 2)).toEqual(["zoe", "ann"]);
});

test("days without work are there too, over the end of a month", () => {
  expect(allDays(["2026-03-01", "2026-02-27"])).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
  expect(allDays([])).toEqual([]);
  expect(allDays(["2026-01-01", "2026-12-31"])).toHaveLength(90);
});
