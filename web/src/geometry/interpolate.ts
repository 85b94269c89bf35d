// Boxes for slices on which nobody drew yet: between two neighbours a straight line from one to the
// other, beyond them the nearest one's boxes.
import type { Box } from "./boxes";

/** The boxes of one answered slice. */
export interface KeyBoxes {
  slice: number;
  boxes: readonly Box[];
}

/**
 * Boxes on `slice` in between `before` and `after`. Pieces are paired by the distance of their
 * centres; where the two slices have different numbers of pieces, the nearer slice's are taken.
 */
export function interpolate(before: KeyBoxes, after: KeyBoxes, slice: number): Box[] {
  const share = (slice - before.slice) / (after.slice - before.slice);
  if (before.boxes.length !== after.boxes.length) {
    return carry(share <= 0.5 ? before : after);
  }
  const left = [...after.boxes];
  return before.boxes.map(from => {
    const to = takeNearest(left, from);
    const between = (a: number, b: number) => Math.round((a + (b - a) * share) * 100) / 100;
    return {
      row0: between(from.row0, to.row0),
      column0: between(from.column0, to.column0),
      row1: between(from.row1, to.row1),
      column1: between(from.column1, to.column1),
      origin: "interpolated",
    };
  });
}

/** The neighbour's boxes as a proposal. */
export function carry(neighbour: KeyBoxes): Box[] {
  return neighbour.boxes.map(box => ({ ...box, origin: "interpolated" }));
}

function takeNearest(boxes: Box[], to: Box): Box {
  const distance = (box: Box) =>
    Math.hypot(
      box.row0 + box.row1 - to.row0 - to.row1,
      box.column0 + box.column1 - to.column0 - to.column1,
    );
  let best = 0;
  boxes.forEach((box, index) => {
    if (distance(box) < distance(boxes[best] as Box)) best = index;
  });
  return boxes.splice(best, 1)[0] as Box;
}
