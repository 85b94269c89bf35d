// Always in sight: whether the server has everything.
import { type Signal, useSignal } from "@preact/signals";
import type { Db } from "../offline/db";
import type { Status } from "../offline/outbox";
import { Icon } from "../ui";
import { later } from "./later";
import type { SaveReasonsProps } from "./SaveReasons";
import type { Words } from "./words";

const SaveReasons = later<SaveReasonsProps>(() =>
  import("./SaveReasons").then(module => module.SaveReasons),
);

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
        <SaveReasons db={db} status={status} t={t} onClose={() => (isOpen.value = false)} />
      )}
    </>
  );
}
