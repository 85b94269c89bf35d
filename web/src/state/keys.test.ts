import { expect, test } from "vitest";
import { actionOf, changeKey, DEFAULT_KEYS, type KeyMap, nameOf, showKey } from "./keys";

const press = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});

test("no two actions share a key", () => {
  const keys = Object.values(DEFAULT_KEYS);
  expect(new Set(keys).size).toBe(keys.length);
});

test("Command on a Mac is Ctrl, and a question mark needs no Shift in its name", () => {
  expect(actionOf(DEFAULT_KEYS, press("z", { metaKey: true }))).toBe("do.undo");
  expect(actionOf(DEFAULT_KEYS, press("?", { shiftKey: true }))).toBe("do.help");
  expect(nameOf(press("N", { shiftKey: true }))).toBe("Shift+N");
  expect(actionOf(DEFAULT_KEYS, press("q"))).toBeNull();
});

test("a changed key works; who had it before gets the free one", () => {
  const keys: KeyMap = changeKey(DEFAULT_KEYS, "do.absent", "u");
  expect(actionOf(keys, press("u"))).toBe("do.absent");
  expect(actionOf(keys, press("n"))).toBe("do.unsure");
});

test("keys are shown as people read them", () => {
  expect([showKey("Ctrl+z"), showKey("ArrowRight"), showKey("+")]).toEqual(["Ctrl Z", "→", "+"]);
});
