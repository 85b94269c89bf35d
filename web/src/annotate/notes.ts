// What one person did on one task: shown at once, written behind, one thing after the other.
import { type Signal, signal } from "@preact/signals";
import type { Db } from "../offline/db";
import {
  type Journal,
  loadJournal,
  type Owner,
  run,
  type TakeTime,
  type undo,
} from "../offline/journal";
import { apply, type Command, type Work } from "../state/answers";

export interface NotesOptions {
  db: Db;
  owner: Owner;
  /** Something was written into the outbox. */
  onChange: () => void;
  /** The browser did not keep what was just done. */
  onUnkept: (error: unknown) => void;
}

export class Notes {
  readonly journal: Signal<Journal>;
  private queue: Promise<unknown> = Promise.resolve();
  /** Steps and readings that wait or run: what is done meanwhile follows them. */
  private busy = 0;

  constructor(
    private readonly options: NotesOptions,
    private readonly take: TakeTime,
    journal: Journal,
  ) {
    this.journal = signal(journal);
  }

  do(make: (work: Work) => Command | null): void {
    if (this.busy > 0) {
      this.queue = this.queue.then(() => this.do(make));
      return;
    }
    const before = this.journal.value;
    const command = make(before.work);
    if (!command) return;
    this.journal.value = { work: apply(before.work, command), canUndo: true, canRedo: false };
    const { db, owner, onChange } = this.options;
    this.queue = this.queue
      .then(() => run(db, owner, before, command, this.take))
      .then(onChange)
      .catch(this.options.onUnkept);
  }

  /** Undo or redo; the slice where something changed, null if nothing did. */
  async step(way: typeof undo): Promise<number | null> {
    const { db, owner, onChange } = this.options;
    let slice: number | null = null;
    await this.alone(async () => {
      this.journal.value = { slice } = await way(db, owner, this.journal.value, this.take);
    });
    if (slice !== null) onChange();
    return slice;
  }

  /** Another tab has worked on this task: show what is there now. */
  reload(known: Parameters<typeof loadJournal>[2]): Promise<void> {
    const { db, owner } = this.options;
    return this.alone(async () => {
      this.journal.value = await loadJournal(db, owner, known);
    });
  }

  /** Everything is written. */
  async settled(): Promise<void> {
    for (let last: unknown; last !== this.queue; ) {
      last = this.queue;
      await last;
    }
  }

  /** Something that sees all that was done before it, and is seen by all that is done after. */
  private alone(work: () => Promise<void>): Promise<void> {
    this.busy += 1;
    const done = this.queue
      .then(work)
      .catch(this.options.onUnkept)
      .finally(() => {
        this.busy -= 1;
      });
    this.queue = done;
    return done;
  }
}
