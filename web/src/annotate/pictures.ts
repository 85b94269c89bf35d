// The pictures of one task: slices fetched ahead, and the strip of small ones that is there at once.
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { getSlice, getStrip } from "../api/annotate";
import type { Task } from "../api/types";
import { decodeSlice, decodeStrip } from "../slices/decoder";
import { SliceLoader } from "../slices/loader";
import type { Slice, Strip } from "../slices/mhs";
import { isSaving } from "./settings";
import type { Preview } from "./stage";

export interface Pictures {
  slice: ReadonlySignal<Slice | null>;
  preview: ReadonlySignal<Preview | null>;
  strip: ReadonlySignal<Strip | null>;
  /** Tell what is looked at and what will be needed. */
  goTo: (slice: number, wanted: readonly number[]) => void;
  close: () => void;
}

/** A decoded slice of 512 x 512 takes 0.5 MB: phones keep fewer. */
const KEPT_ON_PHONES = 60;
const KEPT = 200;

export function makePictures(task: Task, current: ReadonlySignal<number>): Pictures {
  const version = signal(0);
  const strip = signal<Strip | null>(null);
  let last = current.value;
  let direction: 1 | -1 = 1;

  const loader = new SliceLoader({
    fetchSlice: (slice, abort) => getSlice(task, slice, isSaving.value, abort),
    decode: decodeSlice,
    onReady: slice => {
      if (slice === current.value) version.value += 1;
    },
    most: matchMedia("(pointer: coarse)").matches ? KEPT_ON_PHONES : KEPT,
  });
  getStrip(task)
    .then(decodeStrip)
    .then(decoded => {
      strip.value = decoded;
    })
    .catch(() => {
      // Without the strip one still has the slices; it is a convenience.
    });

  return {
    strip,
    slice: computed(() => {
      version.value;
      return loader.get(current.value) ?? null;
    }),
    preview: computed(() => strip.value && previewOf(strip.value, current.value)),
    goTo(slice, wanted) {
      if (slice !== last) direction = slice > last ? 1 : -1;
      last = slice;
      const count = task.volume.slice_count;
      loader.goTo({ current: slice, count, direction, wanted, isSaving: isSaving.value });
    },
    close: () => loader.close(),
  };
}

export function previewOf({ rows, columns, greys }: Strip, slice: number): Preview {
  const size = rows * columns;
  return { rows, columns, greys: greys.subarray(slice * size, (slice + 1) * size) };
}
