// A few slices to try on, with an answer at once: the person's box, and where the organ really is.
import { computed, type ReadonlySignal, signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { judgePractice, toBoxes } from "../api/annotate";
import { requestBytes } from "../api/request";
import type { Me, PracticeItem, PracticeResult } from "../api/types";
import type { Box } from "../geometry/boxes";
import { decodeSlice } from "../slices/decoder";
import type { Slice } from "../slices/mhs";
import { Button, toast } from "../ui";
import { WindowBar } from "./Overlays";
import { StageView } from "./StageView";
import { makeStage, type StageModel } from "./stage";
import { structureName, type Words } from "./words";

export interface PracticeProps {
  me: Me;
  items: readonly PracticeItem[];
  t: Words;
  onDone: () => void;
}

export function Practice({ me, items, t, onDone }: PracticeProps) {
  const at = useSignal(0);
  const item = items[at.value] as PracticeItem;
  const isLast = at.value === items.length - 1;
  return (
    <OneExample
      key={item.practice_id}
      me={me}
      item={item}
      t={t}
      step={t("practice.step", { n: at.value + 1, all: items.length })}
      nextWords={t(isLast ? "practice.start" : "practice.next")}
      onNext={() => (isLast ? onDone() : (at.value += 1))}
      onSkip={onDone}
    />
  );
}

interface OneExampleProps {
  me: Me;
  item: PracticeItem;
  t: Words;
  step: string;
  nextWords: string;
  onNext: () => void;
  onSkip: () => void;
}

function OneExample({ me, item, t, step, nextWords, onNext, onSkip }: OneExampleProps) {
  const structure = me.structures.find(one => one.structure_id === item.structure_id);
  const name = structureName(structure?.name ?? "");
  const { stage, boxes, slice, result } = useMemo(
    () => makeExample(item, structure?.colour ?? "", t),
    [item, structure, t],
  );
  useEffect(() => {
    requestBytes(item.slice_url)
      .then(decodeSlice)
      .then(decoded => (slice.value = decoded))
      .catch(() => toast(t("app.failed"), { look: "bad" }));
  }, [item, slice, t]);
  const check = () =>
    judgePractice(item.practice_id, boxes.value)
      .then(judged => (result.value = judged))
      .catch(() => toast(t("app.failed"), { look: "bad" }));

  return (
    <main class="work practice">
      <header class="top">
        <h1>{t("practice.title")}</h1>
        <span class="grow" />
        <Button look="plain" onClick={onSkip}>
          {t("practice.skip")}
        </Button>
      </header>
      <section class="guide">
        <p class="left number">{step}</p>
        {result.value ? <Verdict result={result.value} t={t} /> : <Request name={name} t={t} />}
        {!result.value && structure?.hint && <p class="soft hint">{structure.hint}</p>}
        {structure?.example_url && (
          <img class="picture example" src={structure.example_url} alt={name} />
        )}
      </section>
      <StageView model={stage} t={t}>
        <WindowBar model={stage} t={t} />
      </StageView>
      <section class="controls">
        {result.value ? (
          <div class="pair">
            <Button icon="undo" onClick={() => retry(boxes, result, stage)}>
              {t("practice.again")}
            </Button>
            <Button look="primary" icon="next" onClick={onNext}>
              {nextWords}
            </Button>
          </div>
        ) : (
          <div class="pair">
            <Button icon="absent" onClick={() => void check()} disabled={boxes.value.length > 0}>
              {t("do.absent")}
            </Button>
            <Button
              look="primary"
              icon="accept"
              onClick={() => void check()}
              disabled={boxes.value.length === 0}
            >
              {t("practice.check")}
            </Button>
          </div>
        )}
      </section>
    </main>
  );
}

function Request({ name, t }: { name: string; t: Words }) {
  return (
    <>
      <h2>{t("practice.draw", { structure: name })}</h2>
      <p class="soft how">{t("practice.how")}</p>
    </>
  );
}

function Verdict({ result, t }: { result: PracticeResult; t: Words }) {
  const look = result.verdict === "good" ? "good" : "warn";
  return (
    <div role="status">
      <h2 class={`verdict ${look}`}>{t(`practice.${result.verdict}`)}</h2>
      <p class="how">{result.words}</p>
      {result.reference_boxes.length > 0 && <p class="soft legend">{t("practice.legend")}</p>}
    </div>
  );
}

function makeExample(item: PracticeItem, colour: string, t: Words) {
  const none: readonly Box[] = [];
  const boxes = signal(none);
  const slice = signal<Slice | null>(null);
  const result = signal<PracticeResult | null>(null);
  const stage = makeStage({
    picture: item.picture,
    slice,
    preview: signal(null),
    boxes: boxes as ReadonlySignal<readonly Box[]>,
    ghost: signal(none),
    reference: computed(() => toBoxes(result.value?.reference_boxes ?? [], "drawn")),
    mask: signal(null),
    colour,
    canDraw: computed(() => result.value === null),
    onBoxes: changed => {
      boxes.value = changed;
    },
    onTooSmall: () => toast(t("box.small")),
    onStep: () => {},
  });
  return { stage, boxes, slice, result };
}

function retry(
  boxes: { value: readonly Box[] },
  result: { value: PracticeResult | null },
  stage: StageModel,
): void {
  boxes.value = [];
  result.value = null;
  stage.selected.value = null;
}
