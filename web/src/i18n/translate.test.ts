import { expect, test } from "vitest";
import { makeTranslate } from "./translate";

const table = {
  greet: "Hello {name}",
  left: { one: "{n} slice is left", other: "{n} slices are left" },
};

test("values are filled in, and an unknown name stays visible", () => {
  const t = makeTranslate(table, "en");
  expect(t("greet", { name: "Ann" })).toBe("Hello Ann");
  expect(t("greet")).toBe("Hello {name}");
});

test("the number decides the form, and is written as the language writes it", () => {
  expect(makeTranslate(table, "en")("left", { n: 1 })).toBe("1 slice is left");
  expect(makeTranslate(table, "de")("left", { n: 1200 })).toBe("1.200 slices are left");
});

test("a missing message shows its key rather than nothing", () => {
  expect(makeTranslate(table, "en")("nowhere")).toBe("nowhere");
});
