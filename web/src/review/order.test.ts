import { expect, test } from "vitest";
import { isDoubtful, middleOf, neighbours, readAddress } from "./order";
import type { FlaggedSubject, ReviewSubject } from "./types";

const subject = (structure_id: number) =>
  ({ volume_id: "v", structure_id, findings: [], n_more: 0 }) as unknown as FlaggedSubject;
const list = [subject(3), subject(1), subject(2)];
const size = { slice_count: 10, rows: 40, columns: 20 };

test("neighbours follow the list, which ends at both ends", () => {
  expect(neighbours(list, "v/1")).toEqual({ previous: list[0], next: list[2] });
  expect(neighbours(list, "v/3").previous).toBeUndefined();
  expect(neighbours(list, "v/2").next).toBeUndefined();
  expect(neighbours(list, "v/9").next).toBe(list[0]);
});

test("the address says volume, structure and perhaps the slice", () => {
  expect(readAddress("#a-1/2")).toEqual({ volume_id: "a-1", structure_id: 2, slice: null });
  expect(readAddress("#a-1/2/13")?.slice).toBe(13);
  for (const wrong of ["", "#", "#a", "#a/b", "#a/1/x", "#../1"])
    expect(readAddress(wrong)).toBeNull();
});

test("a subject is doubtful for a finding, a dispute or a missing person", () => {
  expect(isDoubtful(subject(1))).toBe(false);
  expect(isDoubtful({ ...subject(1), n_more: 1 })).toBe(true);
  expect(isDoubtful({ ...subject(1), is_disputed: true })).toBe(true);
});

test("one begins in the middle of what was boxed, else of the volume", () => {
  const slices = [2, 4, 6].map(slice_index => ({
    slice_index,
    boxes: [[10, 2, 20, 7] as [number, number, number, number]],
  }));
  const agreed = { slices, presence: [], is_seen: [] };
  const empty: ReviewSubject = { people: [], agreed: null, confidence: null, volume_dice: null };
  expect(middleOf({ ...empty, agreed }, size)).toEqual([4, 15, 4]);
  expect(middleOf(empty, size)).toEqual([5, 20, 10]);
});
