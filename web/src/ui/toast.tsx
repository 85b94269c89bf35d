// Short messages that go by themselves, and a live region that says aloud what sighted people see.
import { signal } from "@preact/signals";
import { Button } from "./Button";

interface Toast {
  id: number;
  words: string;
  look: "normal" | "bad";
  action?: { words: string; run: () => void };
}

const SHOWN_MS = 5000;
const toasts = signal<Toast[]>([]);
const said = signal("");
let lastId = 0;

/** Show a message for five seconds, with at most one thing to do about it. */
export function toast(words: string, options: Partial<Pick<Toast, "look" | "action">> = {}): void {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value.slice(-1), { look: "normal", ...options, words, id }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Say something to a screen reader without showing it. */
export function say(words: string): void {
  // The same words twice are spoken twice only if the text changes.
  said.value = said.value === words ? `${words}\u00a0` : words;
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter(one => one.id !== id);
}

export function Toasts() {
  return (
    <>
      <div class="toasts" role="status">
        {toasts.value.map(({ id, words, look, action }) => (
          <div key={id} class={`toast ${look}`}>
            <span>{words}</span>
            {action && (
              <Button
                look="plain"
                onClick={() => {
                  action.run();
                  dismiss(id);
                }}
              >
                {action.words}
              </Button>
            )}
          </div>
        ))}
      </div>
      <div class="only-read" aria-live="polite">
        {said.value}
      </div>
    </>
  );
}
