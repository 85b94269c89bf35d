import { expect, test } from "vitest";
import { sorted } from "./sorting";

const rows = [
  { name: "b", n: 2 },
  { name: "a", n: null },
  { name: "C", n: 10 },
  { name: "d", n: 2 },
];
const names = (list: typeof rows) => list.map(row => row.name).join("");

test("numbers sort as numbers, equals keep their order", () => {
  expect(names(sorted(rows, row => row.n, false))).toBe("bdCa");
});

test("what is not known comes last both ways", () => {
  expect(names(sorted(rows, row => row.n, true))).toBe("Cbda");
});

test("texts sort as people do, and the rows given stay as they are", () => {
  expect(names(sorted(rows, row => row.name, false))).toBe("abCd");
  expect(names(rows)).toBe("baCd");
});
