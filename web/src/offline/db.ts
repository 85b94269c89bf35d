// What the browser keeps: every answer until the server has it, the work on each task, and what is
// needed to go on without the network.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Answer, Command, Ends, State } from "../state/answers";

export interface SentBox {
  row0: number;
  column0: number;
  row1: number;
  column1: number;
  origin: string;
}

/** An answer as the server takes it; `answer_id` makes a repetition harmless. */
export interface SentAnswer {
  answer_id: string;
  slice_index: number;
  state: State;
  boxes: SentBox[];
  created_at: string;
  active_s: number;
  pause_s: number;
}

/** One thing to send, in the order of `seq`. */
export type OutboxRow = { seq?: number; account_id: string; task_id: string } & (
  | { kind: "answer"; answer: SentAnswer }
  | { kind: "finish" }
);

export interface RefusedRow {
  row: OutboxRow;
  message: string;
  refused_at: string;
}

/** `isElsewhere`: given on another device, and kept for its time alone; the server may know better. */
export interface KeptAnswer {
  answer: Answer;
  created_at: string;
  isElsewhere?: boolean;
}

/** Where a task stands: how many of its commands are done (the rest are undone), and the ends. */
export interface Place {
  done: number;
  total: number;
  ends: Ends;
}

interface Schema extends DBSchema {
  outbox: { key: number; value: OutboxRow };
  refused: { key: number; value: RefusedRow };
  commands: { key: [string, number]; value: Command };
  answers: { key: [string, number]; value: KeptAnswer };
  places: { key: string; value: Place };
  kept: { key: string; value: unknown };
}

export type Db = IDBPDatabase<Schema>;

/** Throws where the browser keeps nothing, as some private windows do. */
export function openDb(name = "manyhands"): Promise<Db> {
  return openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
      db.createObjectStore("refused", { autoIncrement: true });
      for (const store of ["commands", "answers", "places", "kept"] as const)
        db.createObjectStore(store);
    },
  });
}

/** A random UUID, also on plain http, where browsers hide `crypto.randomUUID`. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
