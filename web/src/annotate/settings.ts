// What a person has chosen for this browser: keys, saving data, how to draw.
import { signal } from "@preact/signals";
import { type Action, changeKey, DEFAULT_KEYS, type KeyMap } from "../state/keys";

const KEYS = "manyhands-keys";
const SAVER = "manyhands-saver";

export const keys = signal<KeyMap>({ ...DEFAULT_KEYS, ...readJson<Partial<KeyMap>>(KEYS) });
export const isSaving = signal(readJson<boolean>(SAVER) ?? Boolean(connection()?.saveData));

export function setKey(action: Action, name: string): void {
  keys.value = changeKey(keys.value, action, name);
  write(KEYS, keys.value);
}

export function resetKeys(): void {
  keys.value = DEFAULT_KEYS;
  write(KEYS, {});
}

export function setSaving(on: boolean): void {
  isSaving.value = on;
  write(SAVER, on);
}

/** The study's default, unless this person has chosen. */
export function offerSaving(byDefault: boolean): void {
  if (byDefault && readJson<boolean>(SAVER) === null) isSaving.value = true;
}

function connection(): { saveData?: boolean } | undefined {
  return (navigator as Navigator & { connection?: { saveData?: boolean } }).connection;
}

function readJson<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Private modes may forbid storage: then the choice holds until the page is closed.
  }
}
