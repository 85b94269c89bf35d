// How long a person was at a slice: active seconds (the page is visible and focused, and something was
// done within the last ten seconds) apart from pauses.

/** Looking without moving is work too, for so long after the last movement. */
export const IDLE_AFTER_S = 10;

export interface Spent {
  active_s: number;
  pause_s: number;
}

/** Times are in ms of any clock that only runs forwards, such as `performance.now()`. */
export class ActiveClock {
  private readonly spent = new Map<number, Spent>();
  private counted_ms: number;
  private acted_ms: number;
  private isHere = true;

  constructor(
    private slice: number,
    now_ms: number,
  ) {
    this.counted_ms = now_ms;
    this.acted_ms = now_ms;
  }

  /** The person did something. */
  act(now_ms: number): void {
    this.count(now_ms);
    this.acted_ms = now_ms;
  }

  /** The person goes to another slice. */
  goTo(slice: number, now_ms: number): void {
    this.act(now_ms);
    this.slice = slice;
  }

  /** The page was hidden or lost the focus, or came back. */
  setHere(isHere: boolean, now_ms: number): void {
    this.count(now_ms);
    this.isHere = isHere;
    if (isHere) this.acted_ms = now_ms;
  }

  /** Seconds at a slice since they were last taken; they are taken once. */
  take(slice: number, now_ms: number): Spent {
    this.count(now_ms);
    const { active_s, pause_s } = this.spent.get(slice) ?? { active_s: 0, pause_s: 0 };
    this.spent.delete(slice);
    const round = (seconds: number) => Math.round(seconds * 100) / 100;
    return { active_s: round(active_s), pause_s: round(pause_s) };
  }

  private count(now_ms: number): void {
    const passed_s = Math.max(now_ms - this.counted_ms, 0) / 1000;
    const idleFrom_ms = this.acted_ms + IDLE_AFTER_S * 1000;
    const active_s = this.isHere
      ? Math.min(passed_s, Math.max(idleFrom_ms - this.counted_ms, 0) / 1000)
      : 0;
    const old = this.spent.get(this.slice) ?? { active_s: 0, pause_s: 0 };
    this.spent.set(this.slice, {
      active_s: old.active_s + active_s,
      pause_s: old.pause_s + passed_s - active_s,
    });
    this.counted_ms = now_ms;
  }
}
