// Sends what was kept, in order, again and again until the server has said that it has it. Nothing
// leaves the outbox before that; what the server refuses for good is put aside and shown, so that it
// stops nothing behind it.
import { ApiError, unreachable } from "../api/request";
import type { Db, OutboxRow, SentAnswer } from "./db";

export type SendState = "saved" | "sending" | "offline" | "signed-out";

export interface Status {
  /** Answers that the server does not have yet. */
  waiting: number;
  refused: number;
  state: SendState;
}

export interface AnswerResult {
  answer_id: string;
  status: "saved" | "known" | "late" | "refused";
  message?: string | null;
}

export interface OutboxOptions {
  db: Db;
  account_id: string;
  sendAnswers: (task_id: string, answers: SentAnswer[]) => Promise<AnswerResult[]>;
  sendFinish: (task_id: string) => Promise<void>;
  onStatus: (status: Status) => void;
  /** The server kept answers, but the task had been taken back. */
  onLate?: () => void;
  onFinished?: (task_id: string, error: ApiError | null) => void;
}

/** The server takes at most so many answers at once. */
const BATCH = 200;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

export class Outbox {
  private wait_ms = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | undefined;
  private isAskedAgain = false;
  private state: SendState = "saved";
  private batch = BATCH;

  constructor(private readonly options: OutboxOptions) {}

  /** Something was added, or the network may be back: send now; done when that has been tried. */
  flush(): Promise<void> {
    this.isAskedAgain = true;
    this.running ??= this.sendWhileAsked().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async sendWhileAsked(): Promise<void> {
    clearTimeout(this.timer);
    try {
      while (this.isAskedAgain) {
        this.isAskedAgain = false;
        await withLock(() => this.sendAll());
        await this.report();
      }
    } finally {
      if ((await this.rows()).length > 0) this.again();
    }
  }

  async report(): Promise<void> {
    const [rows, all] = await Promise.all([this.rows(), this.options.db.getAll("refused")]);
    const refused = all.filter(({ row }) => row.account_id === this.options.account_id).length;
    const state = rows.length === 0 && this.state !== "signed-out" ? "saved" : this.state;
    this.options.onStatus({
      waiting: rows.filter(row => row.kind === "answer").length,
      refused,
      state,
    });
  }

  private again(): void {
    const jitter = 0.75 + Math.random() / 2;
    this.timer = setTimeout(() => void this.flush(), this.wait_ms * jitter);
    this.wait_ms = Math.min(this.wait_ms * 2, LONGEST_WAIT_MS);
  }

  private async sendAll(): Promise<void> {
    for (;;) {
      const rows = firstBatch(await this.rows(), this.batch);
      if (rows.length === 0) {
        this.state = "saved";
        return;
      }
      this.state = "sending";
      await this.report();
      if (!(await this.sendBatch(rows))) return;
      this.wait_ms = FIRST_WAIT_MS;
    }
  }

  /** Whether to go on with the next batch. */
  private async sendBatch(rows: OutboxRow[]): Promise<boolean> {
    try {
      await this.deliver(rows);
      this.batch = BATCH;
      return true;
    } catch (error) {
      // Whatever else it is, it is no word of the server's: nothing may leave for it.
      const told = error instanceof ApiError ? error : unreachable();
      return this.afterError(rows, told);
    }
  }

  private async deliver(rows: OutboxRow[]): Promise<void> {
    const first = rows[0] as OutboxRow;
    if (first.kind === "finish") {
      await this.options.sendFinish(first.task_id);
      await this.drop(rows);
      this.options.onFinished?.(first.task_id, null);
      return;
    }
    const answers = rows.map(row => (row as { answer: SentAnswer }).answer);
    const results = await this.options.sendAnswers(first.task_id, answers);
    const settled: OutboxRow[] = [];
    for (const [index, row] of rows.entries()) {
      const told = results.find(({ answer_id }) => answer_id === answers[index]?.answer_id);
      if (told) settled.push(row);
      if (told?.status === "refused") await this.putAside(row, told.message ?? "");
    }
    await this.drop(settled);
    if (results.some(result => result.status === "late")) this.options.onLate?.();
    if (settled.length === 0) throw unreachable();
  }

  private async afterError(rows: OutboxRow[], error: ApiError): Promise<boolean> {
    if (error.isPassing || error.status === 401) {
      this.state = error.status === 401 ? "signed-out" : "offline";
      this.wait_ms = Math.max(this.wait_ms, error.retryAfter_s * 1000);
      return false;
    }
    const first = rows[0] as OutboxRow;
    if (rows.length > 1) {
      // One of them is at fault: halves find it without holding the others back.
      this.batch = Math.ceil(rows.length / 2);
      return true;
    }
    if (first.kind === "finish") this.options.onFinished?.(first.task_id, error);
    else await this.putAside(first, error.message);
    await this.drop(rows);
    return true;
  }

  private async putAside(row: OutboxRow, message: string): Promise<void> {
    await this.options.db.add("refused", { row, message, refused_at: new Date().toISOString() });
  }

  private async drop(rows: OutboxRow[]): Promise<void> {
    const transaction = this.options.db.transaction("outbox", "readwrite");
    for (const row of rows) await transaction.store.delete(row.seq as number);
    await transaction.done;
  }

  /** What this person has to send; another person's work on the same device waits for them. */
  private async rows(): Promise<OutboxRow[]> {
    const rows = await this.options.db.getAll("outbox");
    return rows.filter(row => row.account_id === this.options.account_id);
  }
}

/** The first rows that can go in one request: answers of one task, or one finish. */
function firstBatch(rows: OutboxRow[], most: number): OutboxRow[] {
  const first = rows[0];
  if (first?.kind !== "answer") return rows.slice(0, 1);
  const end = rows.findIndex(row => row.kind !== "answer" || row.task_id !== first.task_id);
  return rows.slice(0, Math.min(end < 0 ? rows.length : end, most));
}

/** Only one tab sends at a time, where the browser can arrange that; a repetition is harmless anyway. */
async function withLock(send: () => Promise<void>): Promise<void> {
  if (!globalThis.navigator?.locks) return send();
  await navigator.locks.request("manyhands-outbox", { ifAvailable: true }, async lock => {
    if (lock) await send();
  });
}
