import { expect, test } from "vitest";
import { leftOf } from "./estimate";

const started_at = "2026-01-01T00:00:00Z";
const running = { state: "running", share: 0.25, started_at } as const;

test("a quarter in 10 s leaves 30 s", () => {
  expect(leftOf(running, "2026-01-01T00:00:10Z")).toBeCloseTo(30);
});

test("nothing is said too early, nor of what does not run", () => {
  expect(leftOf({ ...running, share: 0.01 }, "2026-01-01T00:00:10Z")).toBeNull();
  expect(leftOf({ ...running, state: "waiting" }, "2026-01-01T00:00:10Z")).toBeNull();
  expect(leftOf({ ...running, started_at: null }, "2026-01-01T00:00:10Z")).toBeNull();
});

test("what is done takes no time more", () => {
  expect(leftOf({ ...running, share: 1 }, "2026-01-01T00:00:10Z")).toBe(0);
});
