// Small things that float on the picture: which slice it is, the button of the ghost, brightness.
import { useEffect } from "preact/hooks";
import { boxToScreen } from "../geometry/view";
import { showKey } from "../state/keys";
import { Button } from "../ui";
import type { Desk } from "./desk";
import { keys } from "./settings";
import { type StageModel, showAll } from "./stage";
import type { Words } from "./words";

export function SliceChip({ desk, t }: { desk: Desk; t: Words }) {
  const isLoading = desk.pictures.slice.value === null;
  const { state } = desk.answer.value;
  return (
    <div class="chip slice-chip number">
      {t("slice.name", { n: desk.current.value + 1, all: desk.volume.count })}
      {state !== "open" && <span class={`said ${state}`}>{t(`state.${state}`)}</span>}
      {isLoading && <span class="loading">{t("slice.loading")}</span>}
    </div>
  );
}

export function FitButton({ model, t }: { model: StageModel; t: Words }) {
  if (model.view.value === model.fitted.value) return null;
  return <Button class="fit" icon="fit" label={t("do.fit")} onClick={() => showAll(model)} />;
}

/** Hangs below the ghost, so that one tap beside what one looks at takes it. */
export function GhostButton({ desk, t }: { desk: Desk; t: Words }) {
  const { view, stage, draft, dragged } = desk.stage;
  const box = desk.ghost.value?.boxes[0];
  const isBusy = draft.value.points.length > 0 || draft.value.isDragged || dragged.value !== null;
  if (!box || !view.value || isBusy || desk.phase.value === "ends") return null;
  const { x, y, width, height } = boxToScreen(view.value, box);
  const left = Math.min(Math.max(x + width / 2, 80), stage.value.width - 80);
  const top = Math.min(y + height + 26, stage.value.height - 60);
  return (
    <div
      class="ghost-button"
      style={{ transform: `translate(${left}px, ${top}px) translateX(-50%)` }}
    >
      <Button
        icon="accept"
        keyName={showKey(keys.value["do.accept"])}
        onClick={() => desk.accept()}
      >
        {t("do.accept")}
      </Button>
    </div>
  );
}

export function WindowBar({ model, t }: { model: StageModel; t: Words }) {
  const { windows, window: start } = model.picture;
  const choose = (index: number) => {
    const chosen = windows[index];
    if (chosen) model.window.value = { centre: chosen.centre, width: chosen.width };
  };
  useEffect(() => {
    const onPreset = (event: Event) => choose((event as CustomEvent<number>).detail - 1);
    addEventListener("preset", onPreset);
    return () => removeEventListener("preset", onPreset);
  });
  if (model.tool.value !== "window") return null;
  const { centre, width } = model.window.value;
  return (
    <div class="window-bar chip" data-control>
      <span class="soft-on-stage">{t("do.window-drag")}</span>
      {windows.map((one, i) => (
        <Button
          key={one.name}
          pressed={one.centre === centre && one.width === width}
          keyName={i < 9 ? String(i + 1) : undefined}
          onClick={() => choose(i)}
        >
          {one.name}
        </Button>
      ))}
      <Button onClick={() => (model.window.value = { centre: start.centre, width: start.width })}>
        {t("do.window-reset")}
      </Button>
    </div>
  );
}
