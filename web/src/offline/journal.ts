// The work on one task as it is kept: commands with undo and redo, and for each change of a slice an
// answer in the outbox. One transaction for both, so that neither exists without the other.
import type { Box } from "../geometry/boxes";
import {
  type Answer,
  type Answers,
  answerAt,
  apply,
  type Command,
  type Ends,
  revert,
  type Work,
} from "../state/answers";
import { endsAround, readEnds } from "../state/ends";
import { type Db, type KeptAnswer, newId, type Place, type SentAnswer } from "./db";

export interface Journal {
  readonly work: Work;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

/** What the server knew when the task was fetched. */
export interface KnownAnswer {
  slice_index: number;
  state: Answer["state"];
  boxes: readonly Box[];
  created_at: string;
}

export interface Owner {
  account_id: string;
  task_id: string;
  count: number;
}

/** Seconds spent at a slice, taken when an answer of it leaves. */
export type TakeTime = (slice: number) => { active_s: number; pause_s: number };

const STORES = ["outbox", "commands", "answers", "places"] as const;
const NOWHERE: Place = { done: 0, total: 0, ends: { first: null, last: null } };

/** Of each slice the newer one of what the server knows and what this browser keeps. */
export async function loadJournal(
  db: Db,
  owner: Owner,
  known: readonly KnownAnswer[],
): Promise<Journal> {
  const range = taskRange(owner.task_id);
  const transaction = db.transaction(["answers", "places"], "readwrite");
  const store = transaction.objectStore("answers");
  const [keys, kept, place] = await Promise.all([
    store.getAllKeys(range),
    store.getAll(range),
    transaction.objectStore("places").get(owner.task_id),
  ]);
  const newest = new Map<number, KeptAnswer>();
  for (const { slice_index, state, boxes, created_at } of known) {
    newest.set(slice_index, { answer: { state, boxes }, created_at });
  }
  kept.forEach((mine, index) => {
    const slice = (keys[index] as [string, number])[1];
    const theirs = newest.get(slice);
    if (mine.isElsewhere) return;
    if (!theirs || Date.parse(mine.created_at) >= Date.parse(theirs.created_at))
      newest.set(slice, mine);
  });
  for (const [slice, entry] of newest) {
    const isElsewhere = !kept.includes(entry);
    if (isElsewhere) await store.put({ ...entry, isElsewhere }, [owner.task_id, slice]);
  }
  await transaction.done;
  const closed = [...newest].filter(([, { answer }]) => answer.state !== "open");
  const answers = new Map(closed.map(([slice, { answer }]) => [slice, answer]));
  const read = readEnds(answers, owner.count);
  return journalOf({ answers, ends: bestEnds(place?.ends, read, answers) }, place);
}

/** Do something: what was undone before cannot be redone afterwards. */
export function run(
  db: Db,
  owner: Owner,
  journal: Journal,
  command: Command,
  take: TakeTime,
): Promise<Journal> {
  return store(db, owner, take, async (place, commands) => {
    await commands.delete(
      IDBKeyRange.bound([owner.task_id, place.done], [owner.task_id, place.total]),
    );
    await commands.put(command, [owner.task_id, place.done]);
    const work = apply(journal.work, command);
    return {
      work,
      command,
      place: { done: place.done + 1, total: place.done + 1, ends: work.ends },
    };
  });
}

export function undo(
  db: Db,
  owner: Owner,
  journal: Journal,
  take: TakeTime,
): Promise<Journal & Shown> {
  return store(db, owner, take, async (place, commands) => {
    const command = await commands.get([owner.task_id, place.done - 1]);
    if (!command) return { work: journal.work, command: null, place };
    const work = revert(journal.work, command);
    return { work, command, place: { ...place, done: place.done - 1, ends: work.ends } };
  });
}

export function redo(
  db: Db,
  owner: Owner,
  journal: Journal,
  take: TakeTime,
): Promise<Journal & Shown> {
  return store(db, owner, take, async (place, commands) => {
    const command = await commands.get([owner.task_id, place.done]);
    if (!command) return { work: journal.work, command: null, place };
    const work = apply(journal.work, command);
    return { work, command, place: { ...place, done: place.done + 1, ends: work.ends } };
  });
}

interface Shown {
  /** The slice where something changed; null if there was nothing to undo. */
  readonly slice: number | null;
}

interface Outcome {
  work: Work;
  command: Command | null;
  place: Place;
}

interface Commands {
  get: (key: [string, number]) => Promise<Command | undefined>;
  put: (command: Command, key: [string, number]) => Promise<unknown>;
  delete: (range: IDBKeyRange) => Promise<void>;
}

async function store(
  db: Db,
  owner: Owner,
  take: TakeTime,
  change: (place: Place, commands: Commands) => Promise<Outcome>,
): Promise<Journal & Shown> {
  const transaction = db.transaction(STORES, "readwrite", { durability: "strict" });
  const outbox = transaction.objectStore("outbox");
  const answers = transaction.objectStore("answers");
  const places = transaction.objectStore("places");
  const commands = transaction.objectStore("commands");
  const old = (await places.get(owner.task_id)) ?? NOWHERE;
  const { work, command, place } = await change(old, commands);
  for (const { slice } of command?.changes ?? []) {
    const answer = answerAt(work.answers, slice);
    const before = await answers.get([owner.task_id, slice]);
    const created_at = momentAfter(before?.created_at);
    await answers.put({ answer, created_at }, [owner.task_id, slice]);
    await outbox.add({
      kind: "answer",
      account_id: owner.account_id,
      task_id: owner.task_id,
      answer: toSend(slice, answer, created_at, take(slice)),
    });
  }
  await places.put(place, owner.task_id);
  await transaction.done;
  return { ...journalOf(work, place), slice: command?.slice ?? null };
}

/** Now; but clocks differ and are put back, and an answer is always newer than the one before it. */
function momentAfter(before: string | undefined): string {
  const earliest_ms = before === undefined ? 0 : Date.parse(before) + 1;
  return new Date(Math.max(Date.now(), earliest_ms)).toISOString();
}

function toSend(
  slice_index: number,
  { state, boxes }: Answer,
  created_at: string,
  spent: { active_s: number; pause_s: number },
): SentAnswer {
  const sent = boxes.map(({ row0, column0, row1, column1, origin }) => ({
    row0,
    column0,
    row1,
    column1,
    origin,
  }));
  return { answer_id: newId(), slice_index, state, boxes: sent, created_at, ...spent };
}

function journalOf(work: Work, place: Place = NOWHERE): Journal {
  return { work, canUndo: place.done > 0, canRedo: place.done < place.total };
}

/**
 * What the person said here counts, unless boxes from elsewhere lie beyond; what is not said here may
 * be told by the answers.
 */
function bestEnds(said: Ends | undefined, read: Ends, answers: Answers): Ends {
  const boxed = [...answers].filter(([, { state }]) => state === "boxes").map(([slice]) => slice);
  const held = boxed.reduce((ends, slice) => endsAround(ends, slice) ?? ends, said ?? NOWHERE.ends);
  return { first: held.first ?? read.first, last: held.last ?? read.last };
}

function taskRange(task_id: string): IDBKeyRange {
  return IDBKeyRange.bound([task_id], [task_id, []]);
}
