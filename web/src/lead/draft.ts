// What a person has changed of a form but not saved yet.

/** Only the values that differ; lists are compared by what is in them. */
export function changed<T extends object>(saved: T, draft: T): Partial<T> {
  const keys = Object.keys(draft) as (keyof T)[];
  const differing = keys.filter(key => !isSame(saved[key], draft[key]));
  return Object.fromEntries(differing.map(key => [key, draft[key]])) as Partial<T>;
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** A number that somebody typed; null where it is none, or outside of what is possible. */
export function typedNumber(text: string, low: number, high: number): number | null {
  const value = Number(text.trim().replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value) || value < low || value > high) return null;
  return value;
}

/** Names with commas between, as a list. */
export const typedList = (text: string): string[] =>
  text
    .split(",")
    .map(part => part.trim())
    .filter(Boolean);
