import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Box } from "../geometry/boxes";
import { ABSENT, boxesAnswer, setAnswers } from "../state/answers";
import { markEnd } from "../state/ends";
import { type Db, newId, openDb } from "./db";
import { type Journal, type KnownAnswer, loadJournal, redo, run, undo } from "./journal";

const owner = { account_id: "ann", task_id: "task", count: 20 };
const box: Box = { row0: 1, column0: 2, row1: 11, column1: 22, origin: "drawn" };
const boxed = boxesAnswer([box]);
const take = () => ({ active_s: 1.5, pause_s: 0 });

let db: Db;
beforeEach(async () => {
  db = await openDb(newId());
});

const load = (known: KnownAnswer[] = []) => loadJournal(db, owner, known);
async function answer(journal: Journal, slice: number, what = boxed): Promise<Journal> {
  const command = setAnswers(journal.work, slice, new Map([[slice, what]]));
  return command ? run(db, owner, journal, command, take) : journal;
}

test("each change leaves an answer in the outbox, with its time", async () => {
  await answer(await load(), 3);
  const [row] = await db.getAll("outbox");
  expect(row).toMatchObject({
    kind: "answer",
    task_id: "task",
    answer: { slice_index: 3, state: "boxes", boxes: [box], active_s: 1.5 },
  });
});

describe("undo", () => {
  test("of a first answer sends `open`: the slice counts as not seen again", async () => {
    const journal = await undo(db, owner, await answer(await load(), 3), take);
    expect(journal.slice).toBe(3);
    expect(journal.work.answers.size).toBe(0);
    const states = (await db.getAll("outbox")).map(
      row => row.kind === "answer" && row.answer.state,
    );
    expect(states).toEqual(["boxes", "open"]);
  });

  test("survives a reload, without limit, and so does redo", async () => {
    let journal = await load();
    for (let slice = 0; slice < 15; slice += 1) journal = await answer(journal, slice);
    journal = await load();
    for (let step = 0; step < 15; step += 1) journal = await undo(db, owner, journal, take);
    expect(journal.work.answers.size).toBe(0);
    expect(journal.canUndo).toBe(false);
    journal = await load();
    for (let step = 0; step < 15; step += 1) journal = await redo(db, owner, journal, take);
    expect([...journal.work.answers.keys()]).toHaveLength(15);
    expect(journal.canRedo).toBe(false);
  });

  test("something new after an undo leaves nothing to redo", async () => {
    let journal = await answer(await answer(await load(), 1), 2);
    journal = await undo(db, owner, journal, take);
    journal = await answer(journal, 7);
    expect(journal.canRedo).toBe(false);
    expect((await redo(db, owner, journal, take)).slice).toBeNull();
    expect([...(await load()).work.answers.keys()].sort()).toEqual([1, 7]);
  });

  test("with nothing done there is nothing to undo", async () => {
    expect((await undo(db, owner, await load(), take)).slice).toBeNull();
  });
});

describe("a reload", () => {
  test("brings the answers and the ends back", async () => {
    let journal = await load();
    const command = markEnd(journal.work, "first", 0, 20);
    if (command) journal = await run(db, owner, journal, command, take);
    await answer(journal, 3);
    const { work } = await load();
    expect(work.ends.first).toBe(0);
    expect(work.answers.get(3)).toEqual(boxed);
  });

  test("takes the newer one of the server's answer and this browser's", async () => {
    await answer(await load(), 3);
    const older = {
      slice_index: 3,
      state: "absent",
      boxes: [],
      created_at: "2001-01-01T00:00:00Z",
    } as const;
    const newer = { ...older, created_at: "2999-01-01T00:00:00Z" };
    expect((await load([older])).work.answers.get(3)).toEqual(boxed);
    expect((await load([newer])).work.answers.get(3)).toEqual(ABSENT);
  });

  test("shows what was given elsewhere only as long as the server knows it", async () => {
    const elsewhere = {
      slice_index: 3,
      state: "absent",
      boxes: [],
      created_at: "2026-11-21T12:00:00Z",
    } as const;
    expect((await load([elsewhere])).work.answers.has(3)).toBe(true);
    expect((await load()).work.answers.has(3)).toBe(false); // taken back there
  });

  test("two tabs share one list of commands", async () => {
    const left = await load();
    await answer(left, 1);
    const right = await load();
    await answer(right, 2);
    const journal = await load();
    expect([...journal.work.answers.keys()].sort()).toEqual([1, 2]);
    expect((await undo(db, owner, journal, take)).slice).toBe(2);
  });
});

describe("a clock that is slow", () => {
  const noon = "2026-11-21T12:00:00.000Z";
  const theirs: KnownAnswer = { slice_index: 3, state: "absent", boxes: [], created_at: noon };
  beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(noon) - 3_600_000 }));
  afterEach(() => vi.useRealTimers());
  const sent = async () =>
    (await db.getAll("outbox")).map(row => (row.kind === "answer" ? row.answer.created_at : ""));

  test("lets no answer be older than the one that it follows, given elsewhere", async () => {
    await answer(await load([theirs]), 3);
    expect((await sent())[0]).toBe("2026-11-21T12:00:00.001Z");
    expect((await load([theirs])).work.answers.get(3)).toEqual(boxed);
  });

  test("or given here, before the clock was put back", async () => {
    vi.setSystemTime(Date.parse(noon));
    const journal = await answer(await load(), 3);
    vi.setSystemTime(Date.parse(noon) - 3_600_000);
    await undo(db, owner, journal, take);
    expect(await sent()).toEqual([noon, "2026-11-21T12:00:00.001Z"]);
  });
});

test("an id is a UUID of version 4, and never the same", () => {
  const ids = Array.from({ length: 100 }, newId);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(100);
});
