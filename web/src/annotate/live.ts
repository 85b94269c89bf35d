// The live mask: what this person's boxes make of the picture, and boxes that fit it in between. It is
// fetched after the answers have arrived, never waited for, and never stops the drawing.
import { type Signal, signal } from "@preact/signals";
import { getMask, toBoxes } from "../api/annotate";
import { ApiError } from "../api/request";
import type { Edges, Task } from "../api/types";
import type { Box } from "../geometry/boxes";
import type { MaskRuns } from "../slices/rle";
import type { Work } from "../state/answers";

export interface Live {
  masks: Signal<ReadonlyMap<number, MaskRuns>>;
  fitted: Signal<ReadonlyMap<number, readonly Box[]>>;
  /** The server has all answers of this work now: fetch the mask, soon. */
  refresh: (work: Work) => void;
  close: () => void;
}

const WAIT_MS = 150;

export function makeLive(task: Task, isOn: boolean): Live {
  const masks = signal<ReadonlyMap<number, MaskRuns>>(new Map());
  const fitted = signal(toMap(task.proposals));
  let running = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAllowed = isOn;

  const fetchMask = async (work: Work) => {
    running.abort();
    running = new AbortController();
    const range = rangeOf(work);
    if (!range) {
      masks.value = new Map();
      return;
    }
    try {
      const live = await getMask(task.task_id, range, running.signal);
      masks.value = new Map(
        Object.entries(live.slices).map(([slice, mask]) => [Number(slice), mask]),
      );
      fitted.value = toMap(live.proposals);
    } catch (error) {
      // It is a help, not a need: without it the page interpolates by itself.
      if (error instanceof ApiError && [403, 404].includes(error.status)) isAllowed = false;
    }
  };
  return {
    masks,
    fitted,
    refresh(work) {
      clearTimeout(timer);
      if (isAllowed) timer = setTimeout(() => void fetchMask(work), WAIT_MS);
    },
    close() {
      isAllowed = false;
      clearTimeout(timer);
      running.abort();
    },
  };
}

/** From the first to the last slice with boxes. */
function rangeOf(work: Work): [number, number] | null {
  const boxed = [...work.answers]
    .filter(([, answer]) => answer.state === "boxes")
    .map(([slice]) => slice);
  return boxed.length > 0 ? [Math.min(...boxed), Math.max(...boxed)] : null;
}

function toMap(proposals: Record<string, Edges[]>): Map<number, Box[]> {
  return new Map(
    Object.entries(proposals).map(([slice, edges]) => [
      Number(slice),
      toBoxes(edges, "interpolated"),
    ]),
  );
}
