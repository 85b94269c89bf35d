// One key for everything, and each can be changed.
export const DEFAULT_KEYS = {
  "do.accept": "Enter",
  "do.next": "ArrowRight",
  "do.previous": "ArrowLeft",
  "do.far-next": "PageDown",
  "do.far-previous": "PageUp",
  "do.start": "Home",
  "do.end": "End",
  "do.first": "f",
  "do.last": "l",
  "do.absent": "n",
  "do.unsure": "u",
  "do.nowhere": "Shift+N",
  "do.new-box": "b",
  "do.remove": "Delete",
  "do.undo": "Ctrl+z",
  "do.redo": "Ctrl+y",
  "do.mode": "m",
  "do.cancel": "Escape",
  "do.mask": "v",
  "do.window": "w",
  "do.window-reset": "r",
  "do.fit": "0",
  "do.zoom-in": "+",
  "do.zoom-out": "-",
  "do.finish": "Ctrl+Enter",
  "do.help": "?",
} as const;

export type Action = keyof typeof DEFAULT_KEYS;
export type KeyMap = Readonly<Record<Action, string>>;

/** Others that always do the same, beside the key one may change. */
const ALSO: Readonly<Record<string, Action>> = {
  ArrowDown: "do.next",
  ArrowUp: "do.previous",
  d: "do.next",
  a: "do.previous",
  Backspace: "do.remove",
  "Ctrl+Shift+Z": "do.redo",
};

interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** `Ctrl+z`, `Shift+N`, `?`: Command counts as Ctrl; Shift shows in letters and named keys only. */
export function nameOf(press: KeyPress): string {
  const isLetter = /^\p{L}$/u.test(press.key);
  const showsShift = press.shiftKey && (isLetter || press.key.length > 1);
  const control = press.ctrlKey || press.metaKey ? "Ctrl+" : "";
  return `${control}${press.altKey ? "Alt+" : ""}${showsShift ? "Shift+" : ""}${press.key}`;
}

export function actionOf(keys: KeyMap, press: KeyPress): Action | null {
  const name = nameOf(press);
  const found = (Object.keys(keys) as Action[]).find(action => keys[action] === name);
  return found ?? ALSO[name] ?? null;
}

/** The map with one key changed. Who had the key before gets the old key of this one: none is without. */
export function changeKey(keys: KeyMap, action: Action, name: string): KeyMap {
  const other = (Object.keys(keys) as Action[]).find(candidate => keys[candidate] === name);
  const changed: Record<Action, string> = { ...keys, [action]: name };
  if (other && other !== action) changed[other] = keys[action];
  return changed;
}

/** As people read keys. */
export function showKey(name: string): string {
  const signs: Record<string, string> = {
    ArrowRight: "→",
    ArrowLeft: "←",
    Escape: "Esc",
    Delete: "Del",
    PageDown: "PgDn",
    PageUp: "PgUp",
  };
  const parts = name === "+" ? ["+"] : name.split("+");
  return parts
    .map(part => signs[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");
}
