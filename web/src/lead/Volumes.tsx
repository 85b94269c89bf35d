// The volumes of the study, and a form to add one from this computer.
import { useRef, useState } from "preact/hooks";
import { ApiError } from "../api/request";
import { Button, toast } from "../ui";
import { ChoiceField, TextField } from "./fields";
import { Empty, Loaded, Section, useAction } from "./parts";
import { type Resource, useResource } from "./resource";
import { Table } from "./Table";
import type { VolumeRow } from "./types";
import { number, t } from "./words";

const PATH = "/api/v1/lead/volumes";

export function Volumes() {
  const volumes = useResource<VolumeRow[]>(PATH);
  return (
    <Section title={t("setup.volumes")} hint={t("setup.volumes-hint")}>
      <Loaded of={volumes}>
        {rows =>
          rows.length === 0 ? <Empty>{t("setup.no-volumes")}</Empty> : <VolumeTable rows={rows} />
        }
      </Loaded>
      <details>
        <summary>{t("setup.add-volume")}</summary>
        <Upload volumes={volumes} />
      </details>
    </Section>
  );
}

function VolumeTable({ rows }: { rows: readonly VolumeRow[] }) {
  return (
    <Table
      caption={t("setup.volumes")}
      rows={rows}
      rowKey={row => row.volume_id}
      columns={[
        { key: "name", title: t("progress.volume"), by: r => r.name, cell: r => r.name },
        { key: "modality", title: t("setup.modality"), by: r => r.modality, cell: r => r.modality },
        { key: "split", title: t("setup.split"), by: r => r.split, cell: r => t(split(r.split)) },
        {
          key: "slices",
          title: t("setup.size"),
          isNumber: true,
          by: row => row.slice_count,
          cell: row => `${row.columns} × ${row.rows} × ${row.slice_count}`,
        },
        {
          key: "spacing",
          title: t("setup.spacing"),
          isNumber: true,
          cell: row => {
            const [slice, down, across] = row.spacing_mm;
            return `${number(across, 2)} × ${number(down, 2)} × ${number(slice, 2)}`;
          },
        },
        {
          key: "reference",
          title: t("setup.reference"),
          cell: row =>
            row.is_there ? (
              t(row.has_reference ? "lead.yes" : "lead.no")
            ) : (
              <span class="badge bad">{t("setup.file-gone")}</span>
            ),
        },
      ]}
    />
  );
}

const split = (name: string) => (name === "test" ? "setup.test" : "setup.train");

function Upload({ volumes }: { volumes: Resource<VolumeRow[]> }) {
  const form = useRef<HTMLFormElement>(null);
  const [name, setName] = useState("");
  const [where, setWhere] = useState("train");
  const [isBusy, run] = useAction();
  const send = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const body = new FormData(form.current as HTMLFormElement);
      if ((body.get("reference") as File).size === 0) body.delete("reference");
      body.set("name", name);
      body.set("split", where);
      volumes.set(await upload(body));
      toast(t("setup.volume-added", { name }));
      form.current?.reset();
      setName("");
    });
  };
  return (
    <form ref={form} class="stack upload" onSubmit={send}>
      <TextField
        words={t("setup.volume-name")}
        hint={t("setup.volume-name-hint")}
        value={name}
        most={64}
        required
        onChange={setName}
      />
      <label class="field">
        {t("setup.image-file")}
        <input class="input" type="file" name="image" accept=".nii,.gz" required />
      </label>
      <label class="field">
        {t("setup.reference-file")}
        <input class="input" type="file" name="reference" accept=".nii,.gz" />
        <span class="soft small">{t("setup.reference-hint")}</span>
      </label>
      <ChoiceField
        words={t("setup.split")}
        value={where}
        choices={[
          ["train", t("setup.train")],
          ["test", t("setup.test")],
        ]}
        onChange={setWhere}
      />
      <Button submit look="primary" icon="add" disabled={isBusy || !name.trim()}>
        {isBusy ? t("setup.sending") : t("setup.add")}
      </Button>
    </form>
  );
}

/** Files travel as a form; all else of the page is JSON. */
async function upload(body: FormData): Promise<VolumeRow[]> {
  const response = await fetch(PATH, { method: "POST", body, credentials: "same-origin" });
  const told = await response.json().catch(() => null);
  if (response.ok) return told as VolumeRow[];
  const error = (told as { error?: { code: string; message: string; what_to_do: string } })?.error;
  throw new ApiError(
    response.status,
    error?.code ?? "failed",
    error?.message ?? `Status ${response.status}`,
    error?.what_to_do,
  );
}
