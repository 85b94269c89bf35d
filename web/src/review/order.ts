// Which subject comes before and after another in the list, and where in the volume to begin.
import type { FlaggedSubject, ReviewSubject } from "./types";

export const isDoubtful = (subject: FlaggedSubject): boolean =>
  subject.findings.length > 0 || subject.is_disputed || subject.n_more > 0;

export const keyOf = (subject: { volume_id: string; structure_id: number }): string =>
  `${subject.volume_id}/${subject.structure_id}`;

/** The neighbours of a subject in the list as it is shown. */
export function neighbours(list: readonly FlaggedSubject[], key: string) {
  const at = list.findIndex(subject => keyOf(subject) === key);
  return { previous: at > 0 ? list[at - 1] : undefined, next: at < 0 ? list[0] : list[at + 1] };
}

/** "volume/structure" or "volume/structure/slice" out of the address; null for anything else. */
export function readAddress(hash: string) {
  const match = /^#([\w-]+)\/(\d+)(?:\/(\d+))?$/.exec(hash);
  if (!match) return null;
  const [, volume_id, structure, slice] = match;
  return {
    volume_id: volume_id as string,
    structure_id: Number(structure),
    slice: slice === undefined ? null : Number(slice),
  };
}

/** A place in the middle of what was boxed, so that a reviewer sees something at once. */
export function middleOf(
  subject: ReviewSubject,
  size: { slice_count: number; rows: number; columns: number },
): [number, number, number] {
  const agreed = subject.agreed?.slices ?? [];
  const boxed = agreed.length
    ? agreed
    : subject.people.flatMap(person => person.slices.filter(said => said.boxes.length));
  const middle = [...boxed].sort((a, b) => a.slice_index - b.slice_index)[boxed.length >> 1];
  const box = middle?.boxes[0];
  if (!middle || !box) return [size.slice_count >> 1, size.rows >> 1, size.columns >> 1];
  const [row0, column0, row1, column1] = box;
  return [middle.slice_index, Math.floor((row0 + row1) / 2), Math.floor((column0 + column1) / 2)];
}
