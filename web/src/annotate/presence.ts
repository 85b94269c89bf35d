// Tells the clock whether the person is here: the page is seen and has the focus, and hands move.
import type { ActiveClock } from "../state/clock";

const ACTS = ["pointerdown", "pointermove", "keydown", "wheel"] as const;

/** Begin to watch; gives what ends it. */
export function watchPresence(clock: ActiveClock): () => void {
  const onAct = () => clock.act(performance.now());
  const onPresence = () => {
    clock.setHere(document.visibilityState === "visible" && document.hasFocus(), performance.now());
  };
  const stop = new AbortController();
  const options = { signal: stop.signal, passive: true, capture: true };
  for (const name of ACTS) addEventListener(name, onAct, options);
  for (const name of ["focus", "blur"]) addEventListener(name, onPresence, options);
  document.addEventListener("visibilitychange", onPresence, options);
  return () => stop.abort();
}
