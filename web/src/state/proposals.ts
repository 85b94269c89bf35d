// The ghost on an open slice: what the page proposes from the person's own answers near it.
import type { Box } from "../geometry/boxes";
import { carry, interpolate, type KeyBoxes } from "../geometry/interpolate";
import { type Answers, answerAt } from "./answers";

export interface Ghost {
  boxes: readonly Box[];
  /** Between two answers, or carried over from one neighbour. */
  kind: "between" | "neighbour";
}

/**
 * Boxes to propose on `slice`; null without any answer with boxes, or where an answer says that the
 * structure has ended before. `fitted` are the server's proposals, tightened by the mask.
 */
export function ghostAt(
  answers: Answers,
  slice: number,
  fitted: ReadonlyMap<number, readonly Box[]> = new Map(),
): Ghost | null {
  const before = nearest(answers, slice, -1);
  const after = nearest(answers, slice, 1);
  if (before && after) {
    const boxes = fitted.get(slice) ?? interpolate(before, after, slice);
    return boxes.length > 0 ? { boxes, kind: "between" } : null;
  }
  const neighbour = before ?? after;
  return neighbour ? { boxes: carry(neighbour), kind: "neighbour" } : null;
}

/** The nearest slice with boxes in one direction, unless "absent" comes first. */
function nearest(answers: Answers, from: number, step: 1 | -1): KeyBoxes | null {
  const slices = [...answers.keys()].filter(slice => (slice - from) * step > 0);
  slices.sort((a, b) => (a - b) * step);
  const slice = slices.find(at => answerAt(answers, at).state !== "unsure");
  if (slice === undefined) return null;
  const { state, boxes } = answerAt(answers, slice);
  return state === "boxes" ? { slice, boxes } : null;
}
