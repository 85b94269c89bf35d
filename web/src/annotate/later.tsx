// Parts of the page that most people never open, or only once, are loaded when they are asked for.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { loadMoreWords } from "./words";

/** A component that shows nothing until its code is there. */
export function later<Props>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const loaded = signal<{ component: ComponentType<Props> } | null>(null);
  let isAsked = false;
  return function Later(props) {
    if (!isAsked) {
      isAsked = true;
      Promise.all([load(), loadMoreWords()])
        .then(([component]) => (loaded.value = { component }))
        .catch(() => (isAsked = false)); // offline: the next opening tries again
    }
    const Component = loaded.value?.component as ComponentType<object> | undefined;
    return Component ? <Component {...(props as object)} /> : null;
  };
}
