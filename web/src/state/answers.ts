// What one person said of one structure, slice by slice, and how changes apply to it.
import { type Box, sameBoxes } from "../geometry/boxes";

/** `open` is a slice without an answer: nobody looked, or the answer was taken back. */
export type State = "boxes" | "absent" | "unsure" | "open";

export interface Answer {
  readonly state: State;
  readonly boxes: readonly Box[];
}

/** Slices without an entry are open. */
export type Answers = ReadonlyMap<number, Answer>;

/** Where the structure begins and ends, as far as the person has said; both slices included. */
export interface Ends {
  readonly first: number | null;
  readonly last: number | null;
}

export interface Work {
  readonly answers: Answers;
  readonly ends: Ends;
}

export interface Change {
  readonly slice: number;
  readonly before: Answer;
  readonly after: Answer;
}

/** One thing a person did: changes to slices, maybe to the ends. It can be undone as a whole. */
export interface Command {
  /** The slice to show when it is undone or redone. */
  readonly slice: number;
  readonly changes: readonly Change[];
  readonly ends?: { readonly before: Ends; readonly after: Ends };
}

export const OPEN: Answer = { state: "open", boxes: [] };
export const ABSENT: Answer = { state: "absent", boxes: [] };
export const UNSURE: Answer = { state: "unsure", boxes: [] };
export const NO_WORK: Work = { answers: new Map(), ends: { first: null, last: null } };

export function answerAt(answers: Answers, slice: number): Answer {
  return answers.get(slice) ?? OPEN;
}

/** Boxes as an answer; no boxes at all is an open slice, never "absent". */
export function boxesAnswer(boxes: readonly Box[]): Answer {
  return boxes.length > 0 ? { state: "boxes", boxes } : OPEN;
}

export function sameAnswer(a: Answer, b: Answer): boolean {
  return a.state === b.state && sameBoxes(a.boxes, b.boxes);
}

export function apply(work: Work, command: Command): Work {
  return put(
    work,
    command.changes.map(({ slice, after }) => [slice, after] as const),
    command.ends?.after,
  );
}

export function revert(work: Work, command: Command): Work {
  return put(
    work,
    command.changes.map(({ slice, before }) => [slice, before] as const),
    command.ends?.before,
  );
}

function put(work: Work, entries: readonly (readonly [number, Answer])[], ends = work.ends): Work {
  const answers = new Map(work.answers);
  for (const [slice, answer] of entries) {
    if (answer.state === "open") answers.delete(slice);
    else answers.set(slice, answer);
  }
  return { answers, ends };
}

/** Set answers of some slices as one command; null if that changes nothing. */
export function setAnswers(
  work: Work,
  slice: number,
  wanted: ReadonlyMap<number, Answer>,
  ends?: Ends,
): Command | null {
  const changes = [...wanted]
    .map(([at, after]) => ({ slice: at, before: answerAt(work.answers, at), after }))
    .filter(({ before, after }) => !sameAnswer(before, after));
  if (changes.length === 0 && !ends) return null;
  return { slice, changes, ...(ends ? { ends: { before: work.ends, after: ends } } : {}) };
}
