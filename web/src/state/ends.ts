// The first and the last slice of a structure. Saying "it begins here" says that it is absent one slice
// before; so the ends live in the answers, and can be read from them on another device.
import {
  ABSENT,
  type Answer,
  type Answers,
  answerAt,
  type Command,
  type Ends,
  OPEN,
  setAnswers,
  type Work,
} from "./answers";

export type End = "first" | "last";

/** The command that sets one end. The old end's mark and boxes beyond the new end are taken back. */
export function markEnd(work: Work, end: End, slice: number, count: number): Command | null {
  const step = end === "first" ? -1 : 1;
  const wanted = new Map<number, Answer>();
  const old = work.ends[end];
  if (old !== null && answerAt(work.answers, old + step).state === "absent")
    wanted.set(old + step, OPEN);
  const beyond = slice + step;
  for (const [at, { state }] of work.answers) {
    if (state === "boxes" && (at - slice) * step > 0) wanted.set(at, OPEN);
  }
  if (beyond >= 0 && beyond < count) wanted.set(beyond, ABSENT);
  if (answerAt(work.answers, slice).state === "absent") wanted.set(slice, OPEN);
  return setAnswers(work, slice, wanted, settle({ ...work.ends, [end]: slice }, end));
}

/**
 * The ends after an answer with boxes on `slice`: an end that it lies beyond is asked for again. Gives
 * null where both still hold.
 */
export function endsAround(ends: Ends, slice: number): Ends | null {
  const first = ends.first !== null && slice < ends.first ? null : ends.first;
  const last = ends.last !== null && slice > ends.last ? null : ends.last;
  return first === ends.first && last === ends.last ? null : { first, last };
}

/** The other end is asked for again when it would lie on the wrong side. */
function settle(ends: Ends, moved: End): Ends {
  if (ends.first === null || ends.last === null || ends.first <= ends.last) return ends;
  return moved === "first" ? { ...ends, last: null } : { ...ends, first: null };
}

/** The command that says: it is nowhere in this volume. It answers every slice that is asked for. */
export function markNowhere(
  work: Work,
  slice: number,
  count: number,
  stride: number,
): Command | null {
  const wanted = new Map<number, Answer>();
  for (const at of work.answers.keys()) wanted.set(at, OPEN);
  for (let at = 0; at < count; at += stride) wanted.set(at, ABSENT);
  wanted.set(count - 1, ABSENT);
  return setAnswers(work, slice, wanted, { first: null, last: null });
}

/** Nothing but "absent", on enough slices that there is no gap above the stride. */
export function isNowhere(answers: Answers, count: number, stride: number): boolean {
  const slices = [...answers.keys()].sort((a, b) => a - b);
  if (slices.length === 0 || [...answers.values()].some(answer => answer.state !== "absent"))
    return false;
  const gaps = [...slices, count - 1].map((slice, i) => slice - (slices[i - 1] ?? 0));
  return Math.max(...gaps) <= stride;
}

/** Read the ends from answers alone, as far as they tell. */
export function readEnds(answers: Answers, count: number): Ends {
  const boxed = slicesWith(answers, "boxes");
  const absent = slicesWith(answers, "absent");
  const [low, high] =
    boxed.length > 0 ? [boxed[0] as number, boxed.at(-1) as number] : widestGap(absent);
  if (low === undefined || high === undefined) return { first: null, last: null };
  const before = absent.filter(slice => slice < low).at(-1);
  const after = absent.find(slice => slice > high);
  return {
    first: before !== undefined ? before + 1 : low === 0 ? 0 : null,
    last: after !== undefined ? after - 1 : high === count - 1 ? count - 1 : null,
  };
}

function slicesWith(answers: Answers, state: string): number[] {
  return [...answers]
    .filter(([, a]) => a.state === state)
    .map(([slice]) => slice)
    .sort((a, b) => a - b);
}

/** The open slices between the two absent ones that lie farthest apart. */
function widestGap(absent: readonly number[]): [number, number] | [] {
  let best: [number, number] | [] = [];
  for (let i = 1; i < absent.length; i += 1) {
    const [low, high] = [(absent[i - 1] as number) + 1, (absent[i] as number) - 1];
    if (high >= low && high - low > (best[1] ?? 0) - (best[0] ?? 1)) best = [low, high];
  }
  return best;
}
