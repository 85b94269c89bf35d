import { expect, test } from "vitest";
import { ActiveClock } from "./clock";

test("ten seconds after the last movement a pause begins", () => {
  const clock = new ActiveClock(3, 0);
  clock.act(2_000);
  expect(clock.take(3, 30_000)).toEqual({ active_s: 12, pause_s: 18 });
});

test("a hidden page is a pause from the first moment", () => {
  const clock = new ActiveClock(3, 0);
  clock.setHere(false, 1_000);
  clock.setHere(true, 61_000);
  expect(clock.take(3, 62_000)).toEqual({ active_s: 2, pause_s: 60 });
});

test("each slice has its own time, and time is taken once", () => {
  const clock = new ActiveClock(3, 0);
  clock.goTo(4, 1_500);
  expect(clock.take(3, 2_000).active_s).toBe(1.5);
  expect(clock.take(3, 2_000).active_s).toBe(0);
  expect(clock.take(4, 2_000).active_s).toBe(0.5);
});
