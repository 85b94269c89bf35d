// Fingers, pens and mice on the stage. One pointer draws or drags, two move and zoom the picture; the
// wheel goes through the slices. All state that others see lies in the model.
import { type Box, boxAround, contains, moveBox, type Point } from "../geometry/boxes";
import { isDrafting, letGo, lift, move, NO_DRAFT, press } from "../geometry/draft";
import { dragHandle, type Handle, handleAt, isDrawnOver } from "../geometry/handles";
import { type Position, panBy, pinch, toSlice, zoomAt } from "../geometry/view";
import { dragWindow, type Window } from "../slices/window";
import { finishBox, type StageModel, show, showAll } from "./stage";

type Gesture =
  | { kind: "draw" }
  | { kind: "box"; index: number; box: Box; handle: Handle | null; from: Point; isMoved: boolean }
  | { kind: "pan"; from: Position }
  | { kind: "window"; from: Position; start: Window }
  | { kind: "pinch" };

/** How near to a handle: fingers need 44 px across, a mouse is finer. */
const REACH_PX = { touch: 22, pen: 16, mouse: 12 } as const;
const DOUBLE_TAP_MS = 300;
/** A wheel's notch is about 100; trackpads send many small steps. */
const WHEEL_PER_SLICE = 60;

export class Pointers {
  private readonly down = new Map<number, Position>();
  private gesture: Gesture | null = null;
  private wheel = 0;
  private lastTap_ms = 0;
  /** Held space bar: the left button moves the picture. */
  isPanning = false;

  constructor(private readonly model: StageModel) {}

  onDown(event: PointerEvent, at: Position): void {
    this.down.set(event.pointerId, at);
    if (this.down.size === 2) return this.beginPinch();
    if (this.down.size > 2) return;
    this.gesture = this.choose(event, at);
    if (this.gesture?.kind === "draw") {
      this.model.draft.value = press(this.model.draft.value, this.toPoint(at), at);
    }
    const isTouch = event.pointerType === "touch";
    if (isTouch && (this.gesture?.kind === "draw" || this.gesture?.kind === "box")) {
      this.model.finger.value = at;
    }
  }

  onMove(event: PointerEvent, at: Position): void {
    const before = this.down.get(event.pointerId);
    if (!before) return this.hover(at);
    if (this.gesture?.kind === "pinch") this.pinch(event.pointerId, at);
    this.down.set(event.pointerId, at);
    if (this.model.finger.value) this.model.finger.value = at;
    this.drag(at);
  }

  onUp(event: PointerEvent, at: Position): void {
    if (!this.down.delete(event.pointerId)) return;
    this.model.finger.value = null;
    const { gesture } = this;
    if (gesture?.kind === "pinch") {
      if (this.down.size === 0) this.gesture = null;
      return;
    }
    this.gesture = null;
    if (gesture?.kind === "box") this.dropBox(gesture, at, event.timeStamp);
    if (gesture?.kind === "draw") this.endDraw(at, event.timeStamp);
  }

  onCancel(event: PointerEvent): void {
    this.down.delete(event.pointerId);
    this.abandon();
  }

  onWheel(event: WheelEvent, at: Position): void {
    const { view, fitted } = this.model;
    if (event.ctrlKey || event.metaKey) {
      if (view.value && fitted.value) {
        show(this.model, zoomAt(view.value, at, Math.exp(-event.deltaY / 300), fitted.value));
      }
      return;
    }
    this.wheel += event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
    const slices = Math.trunc(this.wheel / WHEEL_PER_SLICE);
    this.wheel -= slices * WHEEL_PER_SLICE;
    if (slices !== 0) this.model.onStep(slices);
  }

  /** Escape: whatever was begun is taken back. */
  abandon(): void {
    this.gesture = null;
    this.model.draft.value = NO_DRAFT;
    this.model.dragged.value = null;
    this.model.finger.value = null;
  }

  private choose(event: PointerEvent, at: Position): Gesture | null {
    const { tool, window, canDraw } = this.model;
    if (event.button === 1 || this.isPanning) return { kind: "pan", from: at };
    if (event.button === 2 || tool.value === "window") {
      return { kind: "window", from: at, start: window.value };
    }
    if (event.button !== 0 || !canDraw.value) return null;
    return this.grasp(event, at) ?? { kind: "draw" };
  }

  /** A handle or the inside of the chosen box; of a ghost the handles, so that it is mended at once. */
  private grasp(event: PointerEvent, at: Position): Gesture | null {
    const { draft, selected, boxes, ghost, view } = this.model;
    const isGhost = boxes.value.length === 0;
    const candidates = isGhost ? ghost.value : boxes.value;
    const index = isGhost ? 0 : selected.value;
    const box = index === null ? undefined : candidates[index];
    if (index === null || !box || !view.value || isDrafting(draft.value)) return null;
    const from = this.toPoint(at);
    const reach = REACH_PX[event.pointerType as keyof typeof REACH_PX] ?? REACH_PX.mouse;
    const handle = handleAt(view.value, box, at, reach);
    if (!handle && (isGhost || !contains(box, from))) return null;
    return { kind: "box", index, box, handle, from, isMoved: false };
  }

  private drag(at: Position): void {
    const { gesture, model } = this;
    if (gesture?.kind === "draw") {
      model.draft.value = move(model.draft.value, this.toPoint(at), at, model.mode.value);
    } else if (gesture?.kind === "box") {
      gesture.isMoved = true;
      const dragged = this.draggedBox(gesture, at);
      const grasped = model.boxes.value.length > 0 ? model.boxes.value : model.ghost.value;
      model.dragged.value = grasped.map((box, i) => (i === gesture.index ? dragged : box));
    } else if (gesture?.kind === "pan" && model.view.value) {
      show(model, panBy(model.view.value, { x: at.x - gesture.from.x, y: at.y - gesture.from.y }));
      gesture.from = at;
    } else if (gesture?.kind === "window") {
      const [low, high] = model.picture.value_range;
      const right = at.x - gesture.from.x;
      model.window.value = dragWindow(gesture.start, right, gesture.from.y - at.y, high - low);
    }
  }

  private draggedBox({ box, handle, from }: Gesture & { kind: "box" }, at: Position): Box {
    const to = this.toPoint(at);
    const by = { row: to.row - from.row, column: to.column - from.column };
    if (!handle) return moveBox(box, by.row, by.column, this.model.size);
    const drawn = isDrawnOver(box, handle, by) ? boxAround([from, to], this.model.size) : null;
    return drawn ?? dragHandle(box, handle, by, this.model.size);
  }

  private dropBox(gesture: Gesture & { kind: "box" }, at: Position, time_ms: number): void {
    const { dragged } = this.model;
    if (!gesture.isMoved) {
      this.tap(time_ms);
      return;
    }
    const boxes = dragged.value;
    this.drag(at);
    dragged.value = null;
    if (!boxes) return;
    this.model.selected.value = gesture.index;
    this.model.onBoxes(boxes.map(taken), "changed");
  }

  private endDraw(at: Position, time_ms: number): void {
    const { model } = this;
    const wasTap = !model.draft.value.isDragged;
    const isBegun = model.draft.value.points.length > 0;
    const point = this.toPoint(at);
    const isFree =
      model.mode.value === "corners" && wasTap && !isBegun && model.boxes.value.length > 0;
    if (wasTap && this.tap(time_ms)) return;
    if (isFree) {
      // There is a box already: a tap chooses, and only a drag draws one more.
      const index = model.boxes.value.findIndex(box => contains(box, point));
      model.selected.value = index < 0 ? null : index;
      model.draft.value = NO_DRAFT;
      return;
    }
    const { draft, done } = lift(model.draft.value, point, model.mode.value);
    model.draft.value = draft;
    if (done) finishBox(model, done);
  }

  /** Two quick taps show the whole picture, where taps draw nothing. */
  private tap(time_ms: number): boolean {
    const isDouble = time_ms - this.lastTap_ms < DOUBLE_TAP_MS && this.model.boxes.value.length > 0;
    this.lastTap_ms = time_ms;
    if (!isDouble || isDrafting({ ...this.model.draft.value, pressed: null })) return false;
    this.model.draft.value = NO_DRAFT;
    showAll(this.model);
    return true;
  }

  private beginPinch(): void {
    this.model.draft.value = letGo(this.model.draft.value);
    this.model.dragged.value = null;
    this.model.finger.value = null;
    this.gesture = { kind: "pinch" };
  }

  private pinch(pointer: number, at: Position): void {
    const { view, fitted } = this.model;
    const other = [...this.down].find(([id]) => id !== pointer)?.[1];
    const before = this.down.get(pointer);
    if (!other || !before || !view.value || !fitted.value) return;
    show(this.model, pinch(view.value, [before, other], [at, other], fitted.value));
  }

  private hover(at: Position): void {
    const { draft, mode } = this.model;
    if (draft.value.points.length > 0)
      draft.value = move(draft.value, this.toPoint(at), at, mode.value);
  }

  private toPoint(at: Position): Point {
    const { view } = this.model;
    return view.value ? toSlice(view.value, at) : { row: 0, column: 0 };
  }
}

/** Beside a mended piece of a proposal, the others are taken as they are. */
function taken(box: Box): Box {
  return box.origin === "interpolated" ? { ...box, origin: "accepted" } : box;
}
