// What lasts from loading to leaving: who works, the database, the outbox, and which task is open.
import { type Signal, signal } from "@preact/signals";
import { finishTask, getMe, getTask, getTasks, nextTask, sendAnswers } from "../api/annotate";
import { ApiError, speakFor } from "../api/request";
import type { Me, Task } from "../api/types";
import { type Db, openDb } from "../offline/db";
import { Outbox, type Status } from "../offline/outbox";

export interface Session {
  db: Db;
  me: Me;
  outbox: Outbox;
  status: Signal<Status>;
  /** Tells the other tabs that this task has changed. */
  channel: BroadcastChannel;
}

export interface SessionEvents {
  onLate: () => void;
  onFinished: (task_id: string, error: ApiError | null) => void;
}

const CURRENT = "current-task";

/** Throws ApiError 401 when nobody is signed in, and whatever IndexedDB throws where it is forbidden. */
export async function openSession(events: SessionEvents): Promise<Session> {
  const db = await openDb();
  void navigator.storage?.persist?.();
  const me = await online(getMe, async () => (await db.get("kept", "me")) as Me | undefined);
  await db.put("kept", me, "me");
  speakFor(me.account_id);
  const status = signal<Status>({ waiting: 0, refused: 0, state: "saved" });
  const outbox = new Outbox({
    db,
    account_id: me.account_id,
    sendAnswers,
    sendFinish: async task_id => {
      await finishTask(task_id);
    },
    onStatus: now => {
      status.value = now;
    },
    ...events,
  });
  const session = { db, me, outbox, status, channel: new BroadcastChannel("manyhands") };
  watchNetwork(outbox);
  return session;
}

/**
 * The task that was open here, else any open one, else a new one; null when there is nothing to do.
 * Calls `onRevoked` when the one that was open here has been given to somebody else.
 */
export async function openTask(session: Session, onRevoked: () => void): Promise<Task | null> {
  const { db } = session;
  const current = (await db.get("kept", CURRENT)) as string | undefined;
  if (current) {
    const task = await online(
      () => getTask(current),
      async () => (await db.get("kept", `task ${current}`)) as Task | undefined,
    ).catch(forgive([403, 404, 410]));
    if (task?.state === "open") return keepTask(session, task);
    if (task?.state === "revoked") onRevoked();
    await db.delete("kept", CURRENT);
  }
  const open = (await getTasks()).tasks.find(task => task.state === "open");
  const task = open ? await getTask(open.task_id) : await nextTask();
  return task ? keepTask(session, task) : null;
}

/** The person is done with it: the next time another task is opened. */
export async function leaveTask({ db }: Session, task: Task): Promise<void> {
  await db.delete("kept", CURRENT);
  await db.delete("kept", `task ${task.task_id}`);
  await globalThis.caches?.delete(`slices ${task.task_id}`);
}

/** The practice on this structure is over, also where the server cannot be told at once. */
export async function keepPractised(session: Session, structure_id: number): Promise<void> {
  const practised_structures = [...session.me.practised_structures, structure_id];
  session.me = { ...session.me, practised_structures };
  await session.db.put("kept", session.me, "me");
}

export async function sendFinish(session: Session, task: Task): Promise<void> {
  const { account_id } = session.me;
  await session.db.add("outbox", { kind: "finish", account_id, task_id: task.task_id });
  await leaveTask(session, task);
  await session.outbox.flush();
}

/** Sign out here: what is kept goes, except answers that the server does not have yet. */
export async function forget({ db }: Session): Promise<void> {
  for (const store of ["kept", "commands", "answers", "places"] as const) await db.clear(store);
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    if (name.startsWith("slices ")) await caches.delete(name);
  }
}

async function keepTask({ db }: Session, task: Task): Promise<Task> {
  await db.put("kept", task.task_id, CURRENT);
  await db.put("kept", task, `task ${task.task_id}`);
  return task;
}

/** Ask the server; when it cannot be reached, take what was kept, if it was. */
async function online<T>(ask: () => Promise<T>, kept: () => Promise<T | undefined>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const found = error instanceof ApiError && error.isPassing ? await kept() : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

function forgive(statuses: readonly number[]) {
  return (error: unknown): null => {
    if (error instanceof ApiError && statuses.includes(error.status)) return null;
    throw error;
  };
}

/** Browsers' word on the network is a hint at most: the outbox tries by itself as well. */
function watchNetwork(outbox: Outbox): void {
  const flush = () => void outbox.flush();
  addEventListener("online", flush);
  addEventListener("pageshow", flush);
  document.addEventListener("visibilitychange", flush);
  flush();
}
