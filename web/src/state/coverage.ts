// Which slices are seen, which are asked for, and what to do next. The same rule as the server's: a
// slice is seen when it is answered, lies between two answers at most `stride` apart, or lies beyond a
// closed end.
import { type Answers, answerAt, type Work } from "./answers";
import { isNowhere } from "./ends";

export interface Volume {
  count: number;
  stride: number;
}

export type Phase = "ends" | "boxes" | "between" | "done";

/** How a slice is shown in the strip. */
export type Mark = "boxes" | "absent" | "unsure" | "asked" | "proposed" | "outside" | "unseen";

/** Every stride-th slice from the first to the last, both included. */
export function keySlices(first: number, last: number, stride: number): number[] {
  const slices: number[] = [];
  for (let slice = first; slice < last; slice += stride) slices.push(slice);
  return [...slices, last];
}

/** Slices that nobody has seen yet. */
export function missing(answers: Answers, { count, stride }: Volume): number[] {
  const isSeen = new Uint8Array(count);
  const answered = [...answers.keys()].filter(slice => answerAt(answers, slice).state !== "open");
  answered.sort((a, b) => a - b);
  answered.forEach((slice, index) => {
    const next = answered[index + 1];
    isSeen.fill(1, slice, next !== undefined && next - slice <= stride ? next : slice + 1);
  });
  const boxed = answered.filter(slice => answerAt(answers, slice).state === "boxes");
  const absent = answered.filter(slice => answerAt(answers, slice).state === "absent");
  if (boxed.length > 0) {
    const before = absent.filter(slice => slice < (boxed[0] as number)).at(-1);
    const after = absent.find(slice => slice > (boxed.at(-1) as number));
    if (before !== undefined) isSeen.fill(1, 0, before);
    if (after !== undefined) isSeen.fill(1, after);
  }
  return Array.from(isSeen.keys()).filter(slice => !isSeen[slice]);
}

export function isComplete(work: Work, volume: Volume): boolean {
  return missing(work.answers, volume).length === 0;
}

/** Open slices that are asked for one by one, in order. */
export function askedSlices(work: Work, { stride }: Volume): number[] {
  const { first, last } = work.ends;
  if (first === null || last === null) return [];
  return keySlices(first, last, stride).filter(
    slice => answerAt(work.answers, slice).state === "open",
  );
}

/** Open slices between the first and the last that have a proposal to look at. */
export function betweenSlices(work: Work): number[] {
  const { first, last } = work.ends;
  if (first === null || last === null) return [];
  const slices = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return slices.filter(slice => answerAt(work.answers, slice).state === "open");
}

export function phaseOf(work: Work, volume: Volume): Phase {
  if (isNowhere(work.answers, volume.count, volume.stride)) return "done";
  if (work.ends.first === null || work.ends.last === null) return "ends";
  if (askedSlices(work, volume).length > 0) return "boxes";
  return betweenSlices(work).length > 0 ? "between" : "done";
}

/**
 * The next slice to work on, from here onwards and then from the start, at last one that was left
 * unseen by mistake; null when none is left.
 */
export function nextSlice(work: Work, volume: Volume, current: number): number | null {
  const asked = askedSlices(work, volume);
  const left = asked.length > 0 ? asked : betweenSlices(work);
  return left.find(slice => slice > current) ?? left[0] ?? missing(work.answers, volume)[0] ?? null;
}

export function markOf(work: Work, volume: Volume, slice: number): Mark {
  const { state } = answerAt(work.answers, slice);
  if (state !== "open") return state;
  const { first, last } = work.ends;
  if ((first !== null && slice < first) || (last !== null && slice > last)) return "outside";
  if (first === null || last === null) return "unseen";
  const isKey = slice === last || (slice - first) % volume.stride === 0;
  return isKey ? "asked" : "proposed";
}
