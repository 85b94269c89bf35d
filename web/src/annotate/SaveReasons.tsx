// Behind the line that says whether all is saved: why, what to do, and what was refused.
import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { Me } from "../api/types";
import type { Db, RefusedRow } from "../offline/db";
import type { Status } from "../offline/outbox";
import { Button, Dialog } from "../ui";
import { statusWords } from "./SaveStatus";
import type { Words } from "./words";

export interface SaveReasonsProps {
  db: Db;
  status: Signal<Status>;
  t: Words;
  onClose: () => void;
}

export function SaveReasons({ db, status, t, onClose }: SaveReasonsProps) {
  const refused = useSignal<RefusedRow[]>([]);
  useSignalEffect(() => {
    if (status.value.refused >= 0) void ownRefused(db).then(rows => (refused.value = rows));
  });
  const { waiting, state } = status.value;
  return (
    <Dialog title={t("save.title")} closeLabel={t("app.close")} onClose={onClose}>
      <p>
        <strong>{statusWords(status.value, t)}</strong>
      </p>
      <p class="soft">{waiting === 0 ? t("save.why-saved") : t("save.why-waiting")}</p>
      {state === "signed-out" && (
        <a class="button primary" href="/">
          {t("app.sign-in")}
        </a>
      )}
      {refused.value.length > 0 && <p>{t("save.why-refused")}</p>}
      <ul>
        {refused.value.map(({ row, message, refused_at }) => (
          <li key={refused_at} class="small">
            {row.kind === "answer" ? `${row.answer.slice_index + 1}: ` : ""}
            {message}
          </li>
        ))}
      </ul>
      <Button onClick={onClose}>{t("app.close")}</Button>
    </Dialog>
  );
}

async function ownRefused(db: Db): Promise<RefusedRow[]> {
  const me = (await db.get("kept", "me")) as Me | undefined;
  return (await db.getAll("refused")).filter(({ row }) => row.account_id === me?.account_id);
}
