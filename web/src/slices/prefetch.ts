// Which slices to fetch, in which order: what is shown, its neighbours, what lies ahead, the rest.

export interface PrefetchOptions {
  /** Slice shown now, of `count`. */
  current: number;
  count: number;
  /** 1 when the person moves up through the stack, -1 when down. */
  direction: 1 | -1;
  /** Slices that are sure to be needed, such as every fourth; nearest first in the order. */
  wanted?: readonly number[];
  /** On metered links only the near ones. */
  isSaving?: boolean;
}

const AHEAD = 12;
const AHEAD_SAVING = 4;

/**
 * The current slice, two ahead, one behind; then the wanted ones; then on in the direction of travel;
 * then, unless saving, all others by distance. Each slice comes once.
 */
export function prefetchOrder(options: PrefetchOptions): number[] {
  const { current, count, direction, wanted = [], isSaving = false } = options;
  const near = [0, 1, 2, -1].map(step => current + step * direction);
  const ahead = range(3, isSaving ? AHEAD_SAVING : AHEAD).map(step => current + step * direction);
  const byDistance = (a: number, b: number) => Math.abs(a - current) - Math.abs(b - current);
  const sure = [...wanted].sort(byDistance).slice(0, isSaving ? 3 : AHEAD);
  const rest = isSaving ? [] : range(0, count - 1).sort(byDistance);
  const inside = [...near, ...sure, ...ahead, ...rest].filter(slice => slice >= 0 && slice < count);
  return [...new Set(inside)];
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);
}
