// The study's settings: what people read, whom to ask how often, structures, volumes.
import { useState } from "preact/hooks";
import { request } from "../api/request";
import { Button, toast } from "../ui";
import { changed, typedList } from "./draft";
import { ChoiceField, NumberField, Switch, TextField } from "./fields";
import { Loaded, Section, useAction } from "./parts";
import { type Resource, useResource } from "./resource";
import { Structures } from "./Structures";
import type { StudySettings } from "./types";
import { Volumes } from "./Volumes";
import { t } from "./words";

const PATH = "/api/v1/lead/study";

export function SetupPage() {
  const study = useResource<StudySettings>(PATH);
  return (
    <>
      <h1>{t("setup.title")}</h1>
      <Loaded of={study}>
        {settings => (
          <>
            <Volumes />
            <Structures settings={settings} onSaved={study.set} />
            <PageForm settings={settings} study={study} />
            <AskingForm settings={settings} study={study} />
            <MethodsForm settings={settings} study={study} />
          </>
        )}
      </Loaded>
    </>
  );
}

interface FormProps {
  settings: StudySettings;
  study: Resource<StudySettings>;
}

/** A form that sends what differs, and is quiet while nothing does. */
function useForm<T extends object>(
  table: "general" | "asking" | "page",
  saved: T,
  study: Resource<StudySettings>,
) {
  const [draft, setDraft] = useState(saved);
  const [isBusy, run] = useAction();
  const difference = changed(saved, draft);
  const isDirty = Object.keys(difference).length > 0;
  const put = (values: Partial<T>) => setDraft(old => ({ ...old, ...values }));
  const save = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      study.set(await request<StudySettings>("PATCH", PATH, { body: { [table]: difference } }));
      toast(t("setup.saved"));
    });
  };
  const button = (
    <div class="row">
      <Button submit look="primary" disabled={!isDirty || isBusy}>
        {t("setup.save")}
      </Button>
      {isDirty && <span class="soft small">{t("setup.unsaved")}</span>}
    </div>
  );
  return { draft, put, save, button };
}

function PageForm({ settings, study }: FormProps) {
  const page = settings.page as {
    title: string;
    consent: string;
    live_mask: boolean;
    data_saver: boolean;
    practice: string;
  };
  const { title, consent, live_mask, data_saver, practice } = page;
  const saved = { title, consent, live_mask, data_saver, practice };
  const { draft, put, save, button } = useForm("page", saved, study);
  return (
    <Section title={t("setup.page")} hint={t("setup.page-hint")}>
      <form class="stack" onSubmit={save}>
        <TextField
          words={t("setup.page-title")}
          value={draft.title}
          onChange={value => put({ title: value })}
        />
        <TextField
          words={t("setup.consent")}
          hint={t("setup.consent-hint")}
          rows={3}
          value={draft.consent}
          onChange={value => put({ consent: value })}
        />
        <TextField
          words={t("setup.practice")}
          hint={t("setup.practice-hint")}
          value={draft.practice}
          onChange={value => put({ practice: value })}
        />
        <Switch
          words={t("setup.live-mask")}
          hint={t("setup.live-mask-hint")}
          on={draft.live_mask}
          onChange={on => put({ live_mask: on })}
        />
        <Switch
          words={t("setup.data-saver")}
          hint={t("setup.data-saver-hint")}
          on={draft.data_saver}
          onChange={on => put({ data_saver: on })}
        />
        {button}
      </form>
    </Section>
  );
}

// Of each number: the least and the most that is possible.
const ASKING = {
  first_annotators: [1, 100],
  most_annotators: [1, 100],
  later_stride: [1, 999],
  certain_presence: [0.5, 1],
  doubtful_share: [0, 1],
  certain_iou: [0, 1],
  target_dice: [0, 1],
  budget_answers: [0, 1e9],
  budget_minutes: [0, 1e9],
  gold_share: [0, 0.5],
  lease_s: [60, 1e7],
} as const;

type AskingKey = keyof typeof ASKING;

function AskingForm({ settings, study }: FormProps) {
  const { draft, put, save, button } = useForm("asking", settings.asking, study);
  return (
    <Section title={t("setup.asking")} hint={t("setup.asking-hint")}>
      <form class="stack" onSubmit={save}>
        <div class="grid-fields">
          {(Object.keys(ASKING) as AskingKey[])
            .filter(key => key in settings.asking)
            .map(key => (
              <NumberField
                key={key}
                words={t(`asking.${key}`)}
                hint={t(`asking.${key}-hint`)}
                value={draft[key] as number}
                low={ASKING[key][0]}
                high={ASKING[key][1]}
                onChange={value => put({ [key]: value })}
              />
            ))}
        </div>
        {button}
      </form>
    </Section>
  );
}

function MethodsForm({ settings, study }: FormProps) {
  const { stride, consensus, model, gold } = settings;
  const saved = { stride, consensus, model, gold };
  const { draft, put, save, button } = useForm("general", saved, study);
  const plain = (names: readonly string[]) => names.map(name => [name, name] as const);
  return (
    <Section title={t("setup.methods")} hint={t("setup.methods-hint")}>
      <form class="stack" onSubmit={save}>
        <div class="grid-fields">
          <NumberField
            words={t("setup.stride")}
            hint={t("setup.stride-hint")}
            value={draft.stride}
            low={1}
            high={999}
            onChange={value => put({ stride: Math.round(value) })}
          />
          <ChoiceField
            words={t("setup.consensus")}
            hint={t("setup.consensus-hint")}
            value={draft.consensus}
            choices={plain(settings.methods)}
            onChange={value => put({ consensus: value })}
          />
          <ChoiceField
            words={t("setup.model")}
            hint={t("setup.model-hint")}
            value={draft.model}
            choices={plain(settings.models)}
            onChange={value => put({ model: value })}
          />
          <TextField
            words={t("setup.gold")}
            hint={t("setup.gold-hint")}
            value={draft.gold.join(", ")}
            onChange={value => put({ gold: typedList(value) })}
          />
        </div>
        {button}
      </form>
    </Section>
  );
}
