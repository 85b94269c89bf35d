// The structures that are asked for: colour, hint and picture of each, and new ones.
import { useRef, useState } from "preact/hooks";
import { request } from "../api/request";
import { Button, toast } from "../ui";
import { changed } from "./draft";
import { TextField } from "./fields";
import { Section, useAction } from "./parts";
import type { StructureSettings, StudySettings } from "./types";
import { plainName, t } from "./words";

const PATH = "/api/v1/lead/study";

interface Props {
  settings: StudySettings;
  onSaved: (settings: StudySettings) => void;
}

export function Structures({ settings, onSaved }: Props) {
  return (
    <Section title={t("setup.structures")} hint={t("setup.structures-hint")}>
      <ul class="structures">
        {settings.structures.map(one => (
          <StructureForm key={one.structure_id} structure={one} onSaved={onSaved} />
        ))}
      </ul>
      <NewStructure onSaved={onSaved} />
    </Section>
  );
}

function StructureForm(props: {
  structure: StructureSettings;
  onSaved: (settings: StudySettings) => void;
}) {
  const { structure, onSaved } = props;
  const saved = { colour: structure.colour, hint: structure.hint ?? "" };
  const [draft, setDraft] = useState(saved);
  const [isBusy, run] = useAction();
  const difference = changed(saved, draft);
  const isDirty = Object.keys(difference).length > 0;
  const save = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const body = { structures: [{ structure_id: structure.structure_id, ...difference }] };
      onSaved(await request<StudySettings>("PATCH", PATH, { body }));
      toast(t("setup.saved"));
    });
  };
  return (
    <li>
      <form class="structure" onSubmit={save}>
        <label class="colour">
          <span class="only-read">{t("setup.colour", { name: structure.name })}</span>
          <input
            type="color"
            value={draft.colour}
            onInput={event =>
              setDraft({ ...draft, colour: (event.target as HTMLInputElement).value })
            }
          />
        </label>
        <strong class="structure-name">{plainName(structure.name)}</strong>
        <Example structure={structure} onSaved={onSaved} />
        <div class="grow">
          <TextField
            words={t("setup.hint")}
            value={draft.hint}
            most={300}
            onChange={hint => setDraft({ ...draft, hint })}
          />
        </div>
        <Button submit disabled={!isDirty || isBusy} look={isDirty ? "primary" : "normal"}>
          {t("setup.save")}
        </Button>
      </form>
    </li>
  );
}

function Example(props: {
  structure: StructureSettings;
  onSaved: (settings: StudySettings) => void;
}) {
  const { structure, onSaved } = props;
  const input = useRef<HTMLInputElement>(null);
  const [version, setVersion] = useState(0); // the address stays, the picture changes
  const [isBusy, run] = useAction();
  const send = () =>
    run(async () => {
      const file = input.current?.files?.[0];
      if (!file) return;
      const body = { png_base64: await toBase64(file) };
      const path = `/api/v1/lead/structures/${structure.structure_id}/example`;
      onSaved(await request<StudySettings>("PUT", path, { body, limit_ms: 60_000 }));
      setVersion(Date.now());
    });
  const address = `/api/v1/structures/${structure.structure_id}/example?${version}`;
  return (
    <div class="example">
      {structure.has_example ? (
        <img src={address} alt={t("setup.example-of", { name: structure.name })} />
      ) : (
        <span class="no-example soft small">{t("setup.no-example")}</span>
      )}
      <Button disabled={isBusy} onClick={() => input.current?.click()}>
        {structure.has_example ? t("setup.other-example") : t("setup.give-example")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/png,image/jpeg,image/webp"
        onChange={() => void send()}
      />
    </div>
  );
}

async function toBase64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192)
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function NewStructure({ onSaved }: Pick<Props, "onSaved">) {
  const [name, setName] = useState("");
  const [isBusy, run] = useAction();
  const add = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const body = { structures: [{ name: name.trim().replaceAll(" ", "_") }] };
      onSaved(await request<StudySettings>("PATCH", PATH, { body }));
      setName("");
    });
  };
  return (
    <form class="add-row" onSubmit={add}>
      <TextField
        words={t("setup.new-structure")}
        hint={t("setup.new-structure-hint")}
        value={name}
        most={64}
        onChange={setName}
      />
      <Button submit icon="add" disabled={!name.trim() || isBusy}>
        {t("setup.add")}
      </Button>
    </form>
  );
}
