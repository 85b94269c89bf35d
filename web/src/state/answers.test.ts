import { describe, expect, test } from "vitest";
import type { Box } from "../geometry/boxes";
import {
  ABSENT,
  type Answer,
  apply,
  boxesAnswer,
  NO_WORK,
  OPEN,
  revert,
  setAnswers,
  type Work,
} from "./answers";
import {
  askedSlices,
  isComplete,
  keySlices,
  markOf,
  missing,
  nextSlice,
  phaseOf,
} from "./coverage";
import { endsAround, isNowhere, markEnd, markNowhere, readEnds } from "./ends";
import { ghostAt } from "./proposals";

const box: Box = { row0: 1, column0: 2, row1: 11, column1: 22, origin: "drawn" };
const boxed = boxesAnswer([box]);
const volume = { count: 12, stride: 4 };
const answered = (...entries: [number, Answer][]): Work => ({
  ...NO_WORK,
  answers: new Map(entries),
});

/** A person who marks 2 to 9 and boxes each slice that is asked for. */
function worked(): Work {
  let work = NO_WORK;
  const run = (command: ReturnType<typeof setAnswers>) => {
    if (command) work = apply(work, command);
  };
  run(markEnd(work, "first", 2, volume.count));
  run(markEnd(work, "last", 9, volume.count));
  for (const slice of askedSlices(work, volume))
    run(setAnswers(work, slice, new Map([[slice, boxed]])));
  return work;
}

test("a command applied and reverted leaves what was there", () => {
  const before = answered([3, ABSENT]);
  const command = setAnswers(
    before,
    3,
    new Map([
      [3, boxed],
      [4, boxed],
    ]),
  );
  if (!command) throw new Error("it changes something");
  expect(revert(apply(before, command), command)).toEqual(before);
});

test("deleting the last box opens the slice: it never becomes absent", () => {
  expect(boxesAnswer([])).toBe(OPEN);
});

test("what changes nothing is no command, so it needs no undo", () => {
  expect(setAnswers(answered([3, ABSENT]), 3, new Map([[3, ABSENT]]))).toBeNull();
});

describe("the ends", () => {
  test("marking the first slice says that it is absent one before", () => {
    const command = markEnd(NO_WORK, "first", 5, 12);
    expect(command?.changes).toEqual([{ slice: 4, before: OPEN, after: ABSENT }]);
  });

  test("the first slice of the stack needs no absent slice before", () => {
    expect(markEnd(NO_WORK, "first", 0, 12)?.changes).toEqual([]);
  });

  test("marking it elsewhere takes the old mark back", () => {
    const once = apply(NO_WORK, markEnd(NO_WORK, "first", 5, 12) as never);
    const twice = apply(once, markEnd(once, "first", 3, 12) as never);
    expect([...twice.answers]).toEqual([[2, ABSENT]]);
    expect(twice.ends.first).toBe(3);
  });

  test("a first slice behind the last asks for the last again", () => {
    const once = apply(NO_WORK, markEnd(NO_WORK, "last", 5, 12) as never);
    expect(apply(once, markEnd(once, "first", 7, 12) as never).ends).toEqual({
      first: 7,
      last: null,
    });
  });

  test("a box beyond an end asks for that end again", () => {
    expect(endsAround({ first: 2, last: 9 }, 1)).toEqual({ first: null, last: 9 });
    expect(endsAround({ first: 2, last: 9 }, 9)).toBeNull();
  });

  test("boxes beyond a new end are taken back with it, and come back with undo", () => {
    const before = answered([2, boxed], [6, boxed]);
    const command = markEnd(before, "first", 4, 12);
    if (!command) throw new Error("it changes something");
    const after = apply(before, command);
    expect([...after.answers.keys()].sort()).toEqual([3, 6]);
    expect(revert(after, command).answers).toEqual(before.answers);
  });

  test("they can be read from the answers on another device", () => {
    expect(readEnds(worked().answers, 12)).toEqual({ first: 2, last: 9 });
    expect(readEnds(answered([1, ABSENT], [10, ABSENT]).answers, 12)).toEqual({
      first: 2,
      last: 9,
    });
    expect(readEnds(answered([0, boxed]).answers, 12)).toEqual({ first: 0, last: null });
    expect(readEnds(answered([1, ABSENT]).answers, 12)).toEqual({ first: null, last: null });
  });
});

describe("what is seen", () => {
  test("first and last slice, and every stride-th between", () => {
    expect(keySlices(2, 9, 4)).toEqual([2, 6, 9]);
    expect(keySlices(5, 5, 4)).toEqual([5]);
  });

  test("between answers within the stride and beyond closed ends nothing is missing", () => {
    expect(missing(worked().answers, volume)).toEqual([]);
  });

  test("a gap above the stride is missing, and so are open ends", () => {
    expect(missing(answered([2, boxed], [7, boxed]).answers, volume)).toEqual([
      0, 1, 3, 4, 5, 6, 8, 9, 10, 11,
    ]);
  });

  test("unsure counts as answered: the person did what they could", () => {
    const work = answered(
      [1, ABSENT],
      [2, boxed],
      [6, { state: "unsure", boxes: [] }],
      [9, boxed],
      [10, ABSENT],
    );
    expect(isComplete(work, volume)).toBe(true);
  });

  test("absent alone closes nothing: one absent slice leaves all others open", () => {
    expect(missing(answered([5, ABSENT]).answers, volume)).toHaveLength(11);
  });
});

describe("the way through a structure", () => {
  test("ends, then boxes, then in between, then done", () => {
    expect(phaseOf(NO_WORK, volume)).toBe("ends");
    const ends = { ...answered([1, ABSENT], [10, ABSENT]), ends: { first: 2, last: 9 } };
    expect(phaseOf(ends, volume)).toBe("boxes");
    expect(phaseOf(worked(), volume)).toBe("between");
    expect(phaseOf(worked(), { ...volume, stride: 1 })).toBe("boxes");
  });

  test("the next slice lies ahead; behind the last one it begins anew", () => {
    const ends = { ...NO_WORK, ends: { first: 2, last: 9 } };
    expect(nextSlice(ends, volume, 2)).toBe(6);
    expect(nextSlice(ends, volume, 9)).toBe(2);
    expect(nextSlice(worked(), volume, 6)).toBe(7);
    const unclosed = { ...answered([2, boxed], [3, boxed]), ends: { first: 2, last: 3 } };
    expect(nextSlice(unclosed, volume, 3)).toBe(0); // nobody said that it is absent there
  });

  test("nowhere in this volume answers every stride-th slice, and is complete", () => {
    const work = apply(NO_WORK, markNowhere(NO_WORK, 0, 12, 4) as never);
    expect([...work.answers.keys()].sort((a, b) => a - b)).toEqual([0, 4, 8, 11]);
    expect(isNowhere(work.answers, 12, 4)).toBe(true);
    expect(phaseOf(work, volume)).toBe("done");
    expect(isComplete(work, volume)).toBe(true);
  });

  test("the strip tells apart what is outside, asked, proposed and done", () => {
    const marks = [0, 1, 2, 3, 10].map(slice => markOf(worked(), volume, slice));
    expect(marks).toEqual(["outside", "absent", "boxes", "proposed", "absent"]);
    expect(markOf({ ...NO_WORK, ends: { first: 2, last: 9 } }, volume, 6)).toBe("asked");
  });
});

describe("the ghost", () => {
  test("between two answers it lies between them; the server's tightened box goes first", () => {
    const far = { ...box, row0: 5, row1: 15 };
    const { answers } = answered([2, boxed], [4, boxesAnswer([far])]);
    expect(ghostAt(answers, 3)).toMatchObject({ kind: "between", boxes: [{ row0: 3, row1: 13 }] });
    expect(ghostAt(answers, 3, new Map([[3, [far]]]))?.boxes).toEqual([far]);
  });

  test("beside one answer it is the neighbour's box; behind an absent slice there is none", () => {
    const { answers } = answered([2, boxed], [6, ABSENT]);
    expect(ghostAt(answers, 3)?.kind).toBe("neighbour");
    expect(ghostAt(answers, 9)).toBeNull();
    expect(ghostAt(new Map(), 3)).toBeNull();
  });
});
