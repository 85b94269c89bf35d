import { expect, test } from "vitest";
import { runsOf, runWords, seenShare, standingOf, totalsOf } from "./progress";
import type { PersonProgress, SubjectProgress } from "./types";

const ann: PersonProgress = {
  annotator_id: "1",
  name: "ann",
  slices: "..bb",
  answered: 2,
  asked: 4,
  active_s: 9,
  last_at: "2026-01-01T00:00:00Z",
  has_finished: false,
};
const subject: SubjectProgress = {
  volume_id: "v",
  structure_id: 1,
  people: [ann],
  unseen: [],
  is_begun: true,
  is_complete: true,
  is_disputed: false,
  is_sent_back: false,
  n_more: 0,
  reason: "",
};

test.each([
  [{ is_begun: false }, "untouched"],
  [{ is_complete: false, n_more: 1 }, "open"],
  [{ is_disputed: true, n_more: 1 }, "disputed"],
  [{ n_more: 1 }, "wanted"],
  [{}, "done"],
] as const)("a subject with %o is %s", (change, standing) => {
  expect(standingOf({ ...subject, ...change })).toBe(standing);
});

test("the share seen is of all slices, and nothing where nobody began", () => {
  expect(seenShare({ ...subject, unseen: [[0, 1], [9, 9]] }, 10)).toBeCloseTo(0.7); // biome-ignore format: one line reads better
  expect(seenShare({ ...subject, is_begun: false }, 10)).toBe(0);
  expect(seenShare(subject, 0)).toBe(0);
});

test("letters become runs that cover every slice once", () => {
  expect(runsOf("..bba")).toEqual([
    { first: 0, length: 2, letter: "." },
    { first: 2, length: 2, letter: "b" },
    { first: 4, length: 1, letter: "a" },
  ]);
  expect(runsOf("")).toEqual([]);
});

test("totals count people once and add their time", () => {
  const progress = {
    stride: 1,
    volumes: [],
    structures: [],
    subjects: [subject, { ...subject, n_more: 1, is_disputed: true }],
  };
  expect(totalsOf(progress)).toEqual({ done: 1, all: 2, disputed: 1, people: 1, active_s: 18 });
});

test("runs are told in words", () => {
  expect(runWords([[0, 3], [7, 7]], "to")).toBe("0 to 3, 7"); // biome-ignore format: one line reads better
});
