import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError } from "../api/request";
import { type Db, newId, openDb, type SentAnswer } from "./db";
import { type AnswerResult, Outbox, type Status } from "./outbox";

let db: Db;
let status: Status;
const onStatus = (now: Status) => {
  status = now;
};
const saved = (answers: SentAnswer[]): AnswerResult[] =>
  answers.map(({ answer_id }) => ({ answer_id, status: "saved" }));

beforeEach(async () => {
  db = await openDb(newId()); // a browser of its own for each test
});
afterEach(() => vi.useRealTimers());

function makeOutbox(options: Partial<ConstructorParameters<typeof Outbox>[0]> = {}) {
  return new Outbox({
    db,
    account_id: "ann",
    sendAnswers: async (_, answers) => saved(answers),
    sendFinish: async () => {},
    onStatus,
    ...options,
  });
}

async function add(
  slice_index: number,
  { task_id = "task", account_id = "ann" } = {},
): Promise<string> {
  const answer_id = newId();
  const answer: SentAnswer = {
    answer_id,
    slice_index,
    state: "absent",
    boxes: [],
    created_at: "2026-11-21T10:00:00Z",
    active_s: 1,
    pause_s: 0,
  };
  await db.add("outbox", { kind: "answer", account_id, task_id, answer });
  return answer_id;
}

test("what the server has is dropped, in the order in which it was made", async () => {
  const sent: number[] = [];
  for (const slice of [5, 3, 9]) await add(slice);
  const sendAnswers = async (_: string, answers: SentAnswer[]) => {
    sent.push(...answers.map(answer => answer.slice_index));
    return saved(answers);
  };
  await makeOutbox({ sendAnswers }).flush();
  expect(sent).toEqual([5, 3, 9]);
  expect(status).toEqual({ waiting: 0, refused: 0, state: "saved" });
});

describe("nothing is lost", () => {
  test("without a network all stays, and goes by itself when it is back, with the same ids", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const ids = [await add(1), await add(2)];
    let isOnline = false;
    const tried: string[][] = [];
    const outbox = makeOutbox({
      sendAnswers: async (_, answers) => {
        tried.push(answers.map(answer => answer.answer_id));
        if (!isOnline) throw new ApiError(0, "offline", "away");
        return saved(answers);
      },
    });
    await outbox.flush();
    expect(status).toEqual({ waiting: 2, refused: 0, state: "offline" });
    isOnline = true;
    await vi.advanceTimersByTimeAsync(2000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(status).toEqual({ waiting: 0, refused: 0, state: "saved" }));
    expect(tried).toEqual([ids, ids]);
  });

  test("an ended session keeps all, and says so", async () => {
    await add(1);
    const sendAnswers = async () => {
      throw new ApiError(401, "no-session", "Please sign in.");
    };
    await makeOutbox({ sendAnswers }).flush();
    expect(status).toMatchObject({ waiting: 1, state: "signed-out" });
    expect(await db.count("outbox")).toBe(1);
  });

  test("a server that answers for one of two gets the other one again", async () => {
    const [one, two] = [await add(1), await add(2)];
    const asked: string[][] = [];
    const sendAnswers = async (_: string, answers: SentAnswer[]) => {
      asked.push(answers.map(answer => answer.answer_id));
      return saved(answers.slice(0, 1));
    };
    await makeOutbox({ sendAnswers }).flush();
    expect(asked).toEqual([[one, two], [two]]);
  });

  test("another person's work on this device is neither sent nor counted nor dropped", async () => {
    await add(1, { account_id: "ben" });
    const sendAnswers = vi.fn();
    await makeOutbox({ sendAnswers }).flush();
    expect(sendAnswers).not.toHaveBeenCalled();
    expect(status.waiting).toBe(0);
    expect(await db.count("outbox")).toBe(1);
  });
});

describe("what is refused stops nothing", () => {
  test("one refused answer is put aside with its reason", async () => {
    const [bad] = [await add(1), await add(2)];
    const sendAnswers = async (_: string, answers: SentAnswer[]) =>
      saved(answers).map(result =>
        result.answer_id === bad
          ? { ...result, status: "refused" as const, message: "outside" }
          : result,
      );
    await makeOutbox({ sendAnswers }).flush();
    expect(status).toEqual({ waiting: 0, refused: 1, state: "saved" });
    expect((await db.getAll("refused"))[0]).toMatchObject({ message: "outside" });
  });

  test("a batch that the server rejects whole is halved until the one at fault is found", async () => {
    for (const slice of [0, 1, 2, 3, 4, 5, 6, 7]) await add(slice);
    const stored: number[] = [];
    const sendAnswers = async (_: string, answers: SentAnswer[]) => {
      if (answers.some(answer => answer.slice_index === 5)) throw new ApiError(422, "bad", "bad");
      stored.push(...answers.map(answer => answer.slice_index));
      return saved(answers);
    };
    await makeOutbox({ sendAnswers }).flush();
    expect(stored).toEqual([0, 1, 2, 3, 4, 6, 7]);
    expect(status).toEqual({ waiting: 0, refused: 1, state: "saved" });
  });

  test("a task is finished only after its answers are sent", async () => {
    const log: string[] = [];
    await add(1);
    await db.add("outbox", { kind: "finish", account_id: "ann", task_id: "task" });
    await add(7, { task_id: "next task" });
    const sendAnswers = async (task: string, answers: SentAnswer[]) => {
      log.push(`${task} ${answers.length}`);
      return saved(answers);
    };
    await makeOutbox({
      sendAnswers,
      sendFinish: async task => void log.push(`finish ${task}`),
    }).flush();
    expect(log).toEqual(["task 1", "finish task", "next task 1"]);
  });
});

describe("whatever happens, it is tried again", () => {
  test("also after an error that nobody expected", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await add(1);
    let isBroken = true;
    const outbox = makeOutbox({
      sendAnswers: async (_, answers) => {
        if (isBroken) throw new TypeError("results is undefined");
        return saved(answers);
      },
    });
    await outbox.flush().catch(() => null);
    expect(await db.count("outbox")).toBe(1);
    isBroken = false;
    await vi.advanceTimersByTimeAsync(2000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(status).toMatchObject({ waiting: 0, state: "saved" }));
  });

  test("who waits for it while it is sending waits until all is sent", async () => {
    await add(1);
    let arrive = () => {};
    const arrived = new Promise<void>(resolve => {
      arrive = resolve;
    });
    const outbox = makeOutbox({
      sendAnswers: async (_, answers) => {
        await arrived;
        return saved(answers);
      },
    });
    const first = outbox.flush();
    const second = outbox.flush().then(() => db.count("outbox"));
    arrive();
    expect(await second).toBe(0);
    await first;
  });
});

test("what was refused of another person on this device is not shown", async () => {
  const row = { kind: "finish", account_id: "ben", task_id: "task" } as const;
  await db.add("refused", { row, message: "no", refused_at: "2026-11-21T10:00:00Z" });
  await makeOutbox().flush();
  expect(status.refused).toBe(0);
});
