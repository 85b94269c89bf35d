// From numbers to places in a chart, and which people get a colour of their own.

export interface Scale {
  (value: number): number;
  ticks: number[];
}

/** From [0, high] to [from, to], with `high` rounded up so that ticks are round numbers. */
export function scaleFrom0(high: number, from: number, to: number, count = 4): Scale {
  const step = niceStep((high > 0 ? high : 1) / count);
  const top = Math.max(step, Math.ceil((high > 0 ? high : 1) / step - 1e-9) * step);
  return makeScale([0, top], [from, to], step);
}

/** From [low, high] as they are. */
export function scaleBetween(low: number, high: number, from: number, to: number, step: number) {
  return makeScale([low, high], [from, to], step);
}

function makeScale(domain: [number, number], range: [number, number], step: number): Scale {
  const [low, high] = domain;
  const [from, to] = range;
  const place = (value: number) => from + ((value - low) / (high - low)) * (to - from);
  const n = Math.round((high - low) / step);
  const ticks = Array.from({ length: n + 1 }, (_, i) => Number((low + i * step).toPrecision(12)));
  return Object.assign(place, { ticks });
}

/** 1, 2 or 5 times a power of ten, not below `rough`. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = [1, 2, 5, 10].find(n => n * power >= rough * (1 - 1e-9)) ?? 10;
  return times * power;
}

export const MOST_SERIES = 7;

/** The names with most, in that order; the others share one colour. */
export function busiest(amounts: ReadonlyMap<string, number>, most = MOST_SERIES): string[] {
  const ordered = [...amounts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return ordered.slice(0, most).map(([name]) => name);
}

/** Every day from the first to the last, so that a day without work is a gap that one sees. */
export function allDays(days: readonly string[], most = 90): string[] {
  const sortedDays = [...days].sort();
  const [first, last] = [sortedDays[0], sortedDays.at(-1)];
  if (!first || !last) return [];
  const found: string[] = [];
  for (let at = Date.parse(last); at >= Date.parse(first) && found.length < most; at -= 86_400_000)
    found.unshift(new Date(at).toISOString().slice(0, 10));
  return found;
}
