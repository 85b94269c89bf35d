// What to do now, in one or two sentences, and how far one has come.
import { useSignal } from "@preact/signals";
import { answerAt } from "../state/answers";
import { askedSlices, betweenSlices, keySlices, type Phase } from "../state/coverage";
import { isNowhere } from "../state/ends";
import { Button, Icon } from "../ui";
import type { Desk } from "./desk";
import type { ExampleProps } from "./ExampleDialog";
import { later } from "./later";
import { structureName, type Words } from "./words";

const Example = later<ExampleProps>(() => import("./ExampleDialog").then(module => module.Example));

const PHASES: readonly Phase[] = ["ends", "boxes", "between", "done"];

export function Guide({ desk, t }: { desk: Desk; t: Words }) {
  const { title, how, left } = wordsFor(desk, t);
  const { structure } = desk;
  const shows = useSignal(false);
  return (
    <section class="guide" aria-label={title}>
      <Steps desk={desk} t={t} />
      <h2>{title}</h2>
      <p class="soft how">{how}</p>
      {structure.hint && <p class="soft hint">{structure.hint}</p>}
      {left && <p class="left number">{left}</p>}
      {structure.example_url && (
        <Button look="plain" icon="flag" class="example" onClick={() => (shows.value = true)}>
          {t("guide.example")}
        </Button>
      )}
      {shows.value && <Example structure={structure} t={t} onClose={() => (shows.value = false)} />}
    </section>
  );
}

function Steps({ desk, t }: { desk: Desk; t: Words }) {
  const phases = PHASES.filter(phase => phase !== "between" || desk.volume.stride > 1);
  const now = phases.indexOf(desk.phase.value);
  return (
    <ol class="steps" aria-label={t("guide.steps")}>
      {phases.map((phase, index) => (
        <li
          key={phase}
          class={index < now ? "over" : index === now ? "now" : ""}
          aria-current={index === now ? "step" : undefined}
        >
          <span class="dot">{index < now ? <Icon name="accept" size={12} /> : index + 1}</span>
          <span class="name">{t(`guide.step-${phase}`)}</span>
        </li>
      ))}
    </ol>
  );
}

interface Told {
  title: string;
  how: string;
  left?: string;
}

function wordsFor(desk: Desk, t: Words): Told {
  const structure = structureName(desk.structure.name);
  const draft = desk.stage.draft.value;
  const told = wordsForPhase(desk, t, structure);
  if (draft.points.length > 0 && !draft.isDragged) {
    const isCorner = desk.stage.mode.value === "corners";
    const n = draft.points.length;
    return { ...told, how: isCorner ? t("guide.draft-corner") : t("guide.draft-extremes", { n }) };
  }
  if (desk.stage.mode.value === "extremes" && desk.phase.value !== "ends") {
    return { ...told, how: t("guide.draft-extremes", { n: 0 }) };
  }
  return told;
}

function wordsForPhase(desk: Desk, t: Words, structure: string): Told {
  const { work, volume } = desk;
  const { first, last } = work.ends;
  switch (desk.phase.value) {
    case "ends": {
      const half = first === null ? (last === null ? "guide.ends" : "guide.first") : "guide.last";
      return { title: t(half, { structure }), how: t("guide.ends-how") };
    }
    case "boxes":
      return {
        title: t("guide.boxes", { structure }),
        how: howToBox(desk, t),
        left: `${t("guide.boxes-left", { n: askedSlices(work, volume).length })} · ${share(desk)}`,
      };
    case "between":
      return {
        title: t("guide.between"),
        how: desk.isComplete.value ? t("guide.between-optional") : t("guide.between-how"),
        left: t("guide.between-left", { n: betweenSlices(work).length }),
      };
    case "done": {
      const nowhere = isNowhere(work.answers, volume.count, volume.stride);
      if (!desk.isComplete.value) {
        const title = t("guide.unfinished", { n: desk.missing.value.length });
        return { title, how: t("guide.between-how") };
      }
      return { title: t("guide.done"), how: nowhere ? t("guide.nowhere") : t("guide.done-how") };
    }
  }
}

function howToBox(desk: Desk, t: Words): string {
  if (desk.ghost.value) return t("guide.boxes-ghost");
  return desk.answer.value.state === "boxes" ? t("guide.boxes-mend") : t("guide.boxes-how");
}

/** Such as 3 / 12: answered of those asked for. */
function share({ work, volume }: Desk): string {
  const { first, last } = work.ends;
  if (first === null || last === null) return "";
  const asked = keySlices(first, last, volume.stride);
  const done = asked.filter(slice => answerAt(work.answers, slice).state !== "open");
  return `${done.length} / ${asked.length}`;
}
