import { useEffect } from "preact/hooks";
import { type Action, actionOf } from "../state/keys";
import { keys } from "./settings";

const ARROW_WIDGETS = "input, select, textarea, [role=slider], [data-box]";

/** Keys work everywhere on the page, except where the focused element needs them itself. */
export function useKeys(actions: Readonly<Record<Action, () => void>>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const action = actionOf(keys.value, event);
      const target = event.target as Element;
      const isTyping = target.matches("input, select, textarea");
      const usesArrows = event.key.startsWith("Arrow") && target.matches(ARROW_WIDGETS);
      const pressesButton = event.key === "Enter" && !event.ctrlKey && target.matches("button, a");
      const isDigit = /^[1-9]$/.test(event.key) && !event.ctrlKey && !event.altKey;
      if (isTyping || usesArrows || pressesButton || document.querySelector("dialog[open]")) return;
      if (isDigit) dispatchEvent(new CustomEvent("preset", { detail: Number(event.key) }));
      if (!action) return;
      event.preventDefault();
      actions[action]();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [actions]);
}
