// What the page makes of the progress that the server tells: counts, runs, what to call a subject.
import type { Progress, SubjectProgress } from "./types";

export type Standing = "untouched" | "open" | "disputed" | "wanted" | "done";

/** In one word: nobody began, slices are open, people differ, more people are wanted, done. */
export function standingOf(subject: SubjectProgress): Standing {
  if (!subject.is_begun) return "untouched";
  if (subject.is_disputed) return "disputed";
  if (!subject.is_complete) return "open";
  return subject.n_more > 0 ? "wanted" : "done";
}

/** Share of the slices that somebody answered or neighbours vouch for. */
export function seenShare(subject: SubjectProgress, sliceCount: number): number {
  if (!subject.is_begun || sliceCount === 0) return 0;
  const unseen = subject.unseen.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return 1 - unseen / sliceCount;
}

export interface Run {
  first: number;
  length: number;
  letter: string;
}

/** Runs of equal letters: "..bb" gives two dots, then two b. */
export function runsOf(letters: string): Run[] {
  const runs: Run[] = [];
  for (let k = 0; k < letters.length; k += 1) {
    const letter = letters[k] as string;
    const last = runs.at(-1);
    if (last?.letter === letter) last.length += 1;
    else runs.push({ first: k, length: 1, letter });
  }
  return runs;
}

export interface Totals {
  done: number;
  all: number;
  disputed: number;
  people: number;
  active_s: number;
}

export function totalsOf(progress: Progress): Totals {
  const { subjects } = progress;
  const people = subjects.flatMap(subject => subject.people);
  return {
    done: subjects.filter(subject => standingOf(subject) === "done").length,
    all: subjects.length,
    disputed: subjects.filter(subject => subject.is_disputed).length,
    people: new Set(people.map(person => person.annotator_id)).size,
    active_s: people.reduce((sum, person) => sum + person.active_s, 0),
  };
}

/** Runs of slices in words: "0 to 3, 7". */
export function runWords(runs: readonly [number, number][], to: string): string {
  return runs.map(([a, b]) => (a === b ? `${a}` : `${a} ${to} ${b}`)).join(", ");
}
