// @vitest-environment jsdom
import "fake-indexeddb/auto";
import { beforeEach, expect, test, vi } from "vitest";
import type { Structure, Task } from "../api/types";
import { type Db, newId, openDb } from "../offline/db";
import { loadJournal } from "../offline/journal";
import { Desk } from "./desk";

vi.mock("./pictures", () => ({
  makePictures: () => ({
    slice: { value: null },
    preview: { value: null },
    strip: { value: null },
    goTo: () => {},
    close: () => {},
  }),
}));

const owner = { account_id: "ann", task_id: "task", count: 20 };
const task = {
  task_id: "task",
  stride: 1,
  volume: { slice_count: 20, window: { centre: 0, width: 1 }, value_range: [0, 1] },
  answers: [],
  proposals: {},
} as unknown as Task;
const structure = { colour: "#ffffff" } as Structure;
const onUnkept = vi.fn();

let db: Db;
beforeEach(async () => {
  db = await openDb(newId());
  onUnkept.mockReset();
});

async function sit(): Promise<Desk> {
  const journal = await loadJournal(db, owner, []);
  return new Desk({
    db,
    owner,
    task,
    structure,
    journal,
    hasLiveMask: false,
    onChange: () => {},
    onUnkept,
    onSay: () => {},
  });
}
const shown = (desk: Desk) => [...desk.work.answers.keys()].sort((a, b) => a - b);
const kept = async () => [...(await loadJournal(db, owner, [])).work.answers.keys()].sort();

test("what is done while an undo is written stays in sight", async () => {
  const desk = await sit();
  desk.goTo(3);
  desk.sayUnsure();
  await desk.settled();
  const undone = desk.undo();
  await Promise.resolve(); // it has begun
  await Promise.resolve();
  desk.goTo(7);
  desk.sayUnsure();
  await undone;
  await desk.settled();
  await vi.waitFor(() => expect(shown(desk)).toEqual([7]));
  expect(await kept()).toEqual([7]);
});

test("what is done while another tab's work is read stays in sight", async () => {
  const desk = await sit();
  const other = await sit();
  other.goTo(3);
  other.sayUnsure();
  await other.settled();
  const read = desk.reload();
  desk.goTo(7);
  desk.sayUnsure();
  await read;
  await vi.waitFor(() => expect(shown(desk)).toEqual([3, 7]));
  await desk.settled();
  expect(await kept()).toEqual([3, 7]);
});

test("an answer that the browser does not keep is told, and stops none after it", async () => {
  const desk = await sit();
  const whole = db.transaction.bind(db);
  vi.spyOn(db, "transaction").mockImplementationOnce(() => {
    throw new DOMException("The database connection is closing.", "InvalidStateError");
  });
  desk.goTo(3);
  desk.sayUnsure();
  await desk.settled();
  expect(onUnkept).toHaveBeenCalledOnce();
  db.transaction = whole;
  desk.goTo(7);
  desk.sayUnsure();
  await desk.settled();
  expect(await kept()).toEqual([7]);
});
