import { expect, test } from "vitest";
import { changed, typedList, typedNumber } from "./draft";

test("only what differs is sent", () => {
  const saved = { stride: 1, title: "a", gold: ["x"] };
  expect(changed(saved, { ...saved, stride: 2 })).toEqual({ stride: 2 });
  expect(changed(saved, { ...saved, gold: ["x"] })).toEqual({});
  expect(changed(saved, { ...saved, gold: [] })).toEqual({ gold: [] });
});

test.each([
  ["3", 3],
  [" 2,5 ", 2.5],
  ["", null],
  ["x", null],
  ["0", null],
  ["11", null],
])("'%s' typed for a number from 1 to 10 is %s", (text, value) => {
  expect(typedNumber(text, 1, 10)).toBe(value);
});

test("a list of names forgives blanks and commas too many", () => {
  expect(typedList(" liver, ,spleen ,")).toEqual(["liver", "spleen"]);
});
