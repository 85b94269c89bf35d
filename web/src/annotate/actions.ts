// What each action does: the one table behind all buttons and keys.

import { zoomAt } from "../geometry/view";
import type { Action } from "../state/keys";
import type { Desk } from "./desk";
import { placeBox, removeBox, show, showAll } from "./stage";

/** Actions that belong to the page around the desk. */
export interface PageActions {
  finish: () => void;
  help: () => void;
}

/** The one thing to do now: what Enter and the large button do. */
export type Primary = "do.accept" | "do.go-on" | "do.finish" | "do.draw";

export function primaryOf(desk: Desk): Primary {
  if (desk.phase.value === "done" && desk.isComplete.value) return "do.finish";
  if (desk.ghost.value && desk.phase.value !== "ends") return "do.accept";
  return desk.answer.value.state === "open" ? "do.draw" : "do.go-on";
}

export function makeActions(desk: Desk, page: PageActions): Readonly<Record<Action, () => void>> {
  const { stage } = desk;
  const step = (by: number) => () => desk.goTo(desk.current.value + by);
  const zoom = (factor: number) => () => {
    const { width, height } = stage.stage.value;
    const middle = { x: width / 2, y: height / 2 };
    if (stage.view.value && stage.fitted.value) {
      show(stage, zoomAt(stage.view.value, middle, factor, stage.fitted.value));
    }
  };
  return {
    "do.accept": () => {
      const primary = primaryOf(desk);
      if (primary === "do.accept") desk.accept();
      else if (primary === "do.go-on") desk.goOn();
      else if (primary === "do.finish") page.finish();
    },
    "do.next": step(1),
    "do.previous": step(-1),
    "do.far-next": step(10),
    "do.far-previous": step(-10),
    "do.start": () => desk.goTo(0),
    "do.end": () => desk.goTo(desk.volume.count - 1),
    "do.first": () => desk.mark("first"),
    "do.last": () => desk.mark("last"),
    "do.absent": () => desk.sayAbsent(),
    "do.unsure": () => desk.sayUnsure(),
    "do.nowhere": () => desk.sayNowhere(),
    "do.new-box": () => {
      placeBox(stage);
      requestAnimationFrame(() =>
        document.querySelector<SVGElement>(".box.selected .frame")?.focus(),
      );
    },
    "do.remove": () => removeBox(stage),
    "do.undo": () => void desk.undo(),
    "do.redo": () => void desk.redo(),
    "do.mode": () => {
      stage.mode.value = stage.mode.value === "corners" ? "extremes" : "corners";
    },
    "do.cancel": () => {
      stage.selected.value = null;
      stage.tool.value = "box";
    },
    "do.mask": () => {
      stage.showMask.value = !stage.showMask.value;
    },
    "do.window": () => {
      stage.tool.value = stage.tool.value === "box" ? "window" : "box";
    },
    "do.window-reset": () => {
      const { centre, width } = stage.picture.window;
      stage.window.value = { centre, width };
    },
    "do.fit": () => showAll(stage),
    "do.zoom-in": zoom(1.3),
    "do.zoom-out": zoom(1 / 1.3),
    "do.finish": () => desk.isComplete.value && page.finish(),
    "do.help": page.help,
  };
}
