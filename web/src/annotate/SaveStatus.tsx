// Always in sight: whether the server has everything.
import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { Db, RefusedRow } from "../offline/db";
import type { Status } from "../offline/outbox";
import { Button, Dialog, Icon } from "../ui";
import type { Words } from "./words";

export function statusWords({ waiting, refused, state }: Status, t: Words): string {
  if (state === "offline" || state === "signed-out") return t(`save.${state}`, { n: waiting });
  if (waiting > 0)
    return state === "sending" ? t("save.sending") : t("save.waiting", { n: waiting });
  return refused > 0 ? t("save.refused", { n: refused }) : t("save.saved");
}

export function lookOf({ waiting, refused, state }: Status): "good" | "warn" | "bad" | "" {
  if (state === "signed-out" || refused > 0) return "bad";
  if (state === "offline") return "warn";
  return waiting > 0 ? "" : "good";
}

export function SaveStatus({ db, status, t }: { db: Db; status: Signal<Status>; t: Words }) {
  const isOpen = useSignal(false);
  const look = lookOf(status.value);
  return (
    <>
      <button
        type="button"
        class={`save badge ${look}`}
        aria-haspopup="dialog"
        onClick={() => (isOpen.value = true)}
      >
        <Icon name={look === "good" ? "accept" : look === "" ? "cloud" : "warn"} size={16} />
        <span>{statusWords(status.value, t)}</span>
      </button>
      {isOpen.value && (
        <Explanation db={db} status={status} t={t} onClose={() => (isOpen.value = false)} />
      )}
    </>
  );
}

interface ExplanationProps {
  db: Db;
  status: Signal<Status>;
  t: Words;
  onClose: () => void;
}

function Explanation({ db, status, t, onClose }: ExplanationProps) {
  const refused = useSignal<RefusedRow[]>([]);
  useSignalEffect(() => {
    if (status.value.refused >= 0) void db.getAll("refused").then(rows => (refused.value = rows));
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
