// One person's work on one task: which slice is shown, what was answered, what comes next. Everything
// that can be done is a method here; buttons, keys and pointers call the same ones.
import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Structure, Task } from "../api/types";
import type { Box } from "../geometry/boxes";
import { NO_DRAFT } from "../geometry/draft";
import { type Journal, redo, undo } from "../offline/journal";
import {
  ABSENT,
  type Answer,
  answerAt,
  boxesAnswer,
  setAnswers,
  UNSURE,
  type Work,
} from "../state/answers";
import { ActiveClock } from "../state/clock";
import {
  askedSlices,
  isComplete,
  keySlices,
  missing,
  nextSlice,
  phaseOf,
  type Volume,
} from "../state/coverage";
import { type End, endsAround, markEnd, markNowhere } from "../state/ends";
import { ghostAt } from "../state/proposals";
import { type Live, makeLive } from "./live";
import { Notes, type NotesOptions } from "./notes";
import { makePictures, type Pictures } from "./pictures";
import { watchPresence } from "./presence";
import { makeStage, type StageModel } from "./stage";

export interface DeskOptions extends NotesOptions {
  task: Task;
  structure: Structure;
  journal: Journal;
  hasLiveMask: boolean;
  onSay: (what: "box.added" | "box.replaced" | "box.removed" | "box.small") => void;
}

export class Desk {
  readonly task: Task;
  readonly structure: Structure;
  readonly volume: Volume;
  readonly journal;
  readonly current;
  readonly pictures: Pictures;
  readonly live: Live;
  readonly stage: StageModel;
  readonly clock: ActiveClock;
  readonly hasMask: boolean;

  readonly answer;
  readonly phase;
  readonly ghost;
  readonly isComplete;
  readonly missing;

  private readonly notes: Notes;
  private readonly stops: (() => void)[] = [];

  constructor(private readonly options: DeskOptions) {
    const { task, journal, structure } = options;
    this.task = task;
    this.structure = structure;
    this.hasMask = options.hasLiveMask;
    this.volume = { count: task.volume.slice_count, stride: task.stride };
    this.notes = new Notes(options, this.take, journal);
    this.journal = this.notes.journal;
    const work = computed(() => this.journal.value.work);
    const start = startOf(journal.work, this.volume);
    this.current = signal(start);
    this.clock = new ActiveClock(start, performance.now());
    this.live = makeLive(task, options.hasLiveMask);
    this.pictures = makePictures(task, this.current);

    this.answer = computed<Answer>(() => answerAt(work.value.answers, this.current.value));
    this.phase = computed(() => phaseOf(work.value, this.volume));
    this.missing = computed(() => missing(work.value.answers, this.volume));
    this.isComplete = computed(() => isComplete(work.value, this.volume));
    this.ghost = computed(() => this.findGhost());
    this.stage = this.makeStage();
    this.stops.push(effect(() => this.pictures.goTo(this.current.value, this.wanted())));
    this.stops.push(watchPresence(this.clock));
    this.live.refresh(journal.work);
  }

  get work() {
    return this.journal.value.work;
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.pictures.close();
    this.live.close();
  }

  goTo(slice: number): void {
    const inside = Math.min(Math.max(slice, 0), this.volume.count - 1);
    if (inside === this.current.value) return;
    this.clock.goTo(inside, performance.now());
    batch(() => {
      this.current.value = inside;
      this.stage.draft.value = NO_DRAFT;
      this.stage.dragged.value = null;
      this.choose();
    });
  }

  /** On to the next slice that is asked for; false when there is none. */
  goOn(): boolean {
    const next = nextSlice(this.work, this.volume, this.current.value);
    if (next !== null) this.goTo(next);
    return next !== null;
  }

  accept(): void {
    const ghost = this.ghost.value;
    if (!ghost) return;
    this.set(boxesAnswer(ghost.boxes.map(box => ({ ...box, origin: "accepted" }))));
    this.goOn();
  }

  sayAbsent(): void {
    this.set(ABSENT);
    this.goOn();
  }

  sayUnsure(): void {
    this.set(UNSURE);
    this.goOn();
  }

  sayNowhere(): void {
    const { count, stride } = this.volume;
    const slice = this.current.value;
    this.notes.do(work => markNowhere(work, slice, count, stride));
  }

  mark(end: End): void {
    const slice = this.current.value;
    this.notes.do(work => markEnd(work, end, slice, this.volume.count));
    if (this.phase.value === "boxes")
      this.goTo(askedSlices(this.work, this.volume)[0] ?? this.current.value);
  }

  undo(): Promise<void> {
    return this.step(undo);
  }

  redo(): Promise<void> {
    return this.step(redo);
  }

  /** Another tab has worked on this task: show what is there now. */
  async reload(): Promise<void> {
    await this.notes.reload(this.task.answers);
    this.choose();
  }

  /** Everything is written. */
  settled(): Promise<void> {
    return this.notes.settled();
  }

  private set(answer: Answer): void {
    const slice = this.current.value;
    this.notes.do(work => {
      const ends = answer.state === "boxes" ? endsAround(work.ends, slice) : null;
      return setAnswers(work, slice, new Map([[slice, answer]]), ends ?? undefined);
    });
  }

  private async step(way: typeof undo): Promise<void> {
    const slice = await this.notes.step(way);
    if (slice === null) return;
    this.goTo(slice);
    this.choose();
  }

  private readonly take = (slice: number) => this.clock.take(slice, performance.now());

  /** A single box is chosen at once, so that its handles are there. */
  private choose(): void {
    this.stage.selected.value = this.answer.value.boxes.length === 1 ? 0 : null;
  }

  private findGhost() {
    const { answers, ends } = this.journal.value.work;
    const slice = this.current.value;
    const isOutside =
      (ends.first !== null && slice < ends.first) || (ends.last !== null && slice > ends.last);
    if (this.answer.value.state !== "open" || isOutside) return null;
    return ghostAt(answers, slice, this.live.fitted.value);
  }

  /** Slices that will be needed soon: those asked for, in order. */
  private wanted(): number[] {
    const { first, last } = this.journal.value.work.ends;
    if (first === null || last === null) return [];
    return keySlices(first, last, this.volume.stride);
  }

  private makeStage(): StageModel {
    const { task, structure, onSay } = this.options;
    const none: readonly Box[] = [];
    return makeStage({
      picture: task.volume,
      slice: this.pictures.slice,
      preview: this.pictures.preview,
      boxes: computed(() => this.answer.value.boxes),
      ghost: computed(() => this.ghost.value?.boxes ?? none),
      reference: signal(none) as ReadonlySignal<readonly Box[]>,
      mask: computed(() => this.live.masks.value.get(this.current.value) ?? null),
      colour: structure.colour,
      canDraw: signal(true),
      onBoxes: (boxes, what) => {
        this.set(boxesAnswer(boxes));
        if (what !== "changed") onSay(`box.${what}`);
      },
      onTooSmall: () => onSay("box.small"),
      onStep: slices => this.goTo(this.current.value + slices),
    });
  }
}

/** Where there is something to do; at the very beginning the middle, where most is to be seen. */
function startOf(work: Work, volume: Volume): number {
  const next = phaseOf(work, volume) === "ends" ? null : nextSlice(work, volume, -1);
  return next ?? Math.floor(volume.count / 2);
}
