import { expect, test } from "vitest";
import { type DrawMode, isDrafting, letGo, lift, move, NO_DRAFT, press } from "./draft";

const at = (row: number, column: number) =>
  [
    { row, column },
    { x: column * 4, y: row * 4 },
  ] as const;

function tap(draft = NO_DRAFT, row = 0, column = 0, mode: DrawMode = "corners") {
  return lift(press(draft, ...at(row, column)), { row, column }, mode);
}

test("a drag makes a box of where it began and where it ended", () => {
  let draft = press(NO_DRAFT, ...at(10, 20));
  draft = move(draft, ...at(14, 25), "corners");
  draft = move(draft, ...at(40, 60), "corners");
  expect(lift(draft, { row: 40, column: 60 }, "corners").done).toEqual([
    { row: 10, column: 20 },
    { row: 40, column: 60 },
  ]);
});

test("two taps make a box, even with a trembling finger", () => {
  const trembling = move(press(NO_DRAFT, ...at(10, 20)), ...at(11, 20), "corners");
  const first = lift(trembling, { row: 10, column: 20 }, "corners");
  expect(first.done).toBeUndefined();
  expect(isDrafting(first.draft)).toBe(true);
  expect(tap(first.draft, 40, 60).done).toHaveLength(2);
});

test("four taps at the extremes make a box, and three do not", () => {
  let step = tap(NO_DRAFT, 0, 5, "extremes");
  for (const [row, column] of [
    [5, 9],
    [9, 5],
  ] as const) {
    step = tap(step.draft, row, column, "extremes");
    expect(step.done).toBeUndefined();
  }
  expect(tap(step.draft, 5, 0, "extremes").done).toHaveLength(4);
});

test("a second finger takes a dragged box back, but keeps a corner that was tapped", () => {
  const dragged = move(press(NO_DRAFT, ...at(10, 20)), ...at(40, 60), "corners");
  expect(isDrafting(letGo(dragged))).toBe(false);
  const tapped = tap(NO_DRAFT, 10, 20).draft;
  expect(letGo(press(tapped, ...at(40, 60))).points).toHaveLength(1);
});
