// Small parts that all pages of the lead are made of.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiError } from "../api/request";
import { Button, toast } from "../ui";
import { asApiError, type Resource } from "./resource";
import type { Severity } from "./types";
import { t } from "./words";

export function Loaded<T>(props: { of: Resource<T>; children: (value: T) => ComponentChildren }) {
  const { value, error, reload } = props.of;
  if (value !== undefined) return <>{props.children(value)}</>;
  if (error) return <Failure error={error} again={reload} />;
  return (
    <p class="soft loading" role="status">
      {t("lead.loading")}
    </p>
  );
}

export function Failure({ error, again }: { error: ApiError; again?: () => Promise<void> }) {
  return (
    <div class="card stack failure" role="alert">
      <strong>{error.message}</strong>
      {error.whatToDo && <span class="soft">{error.whatToDo}</span>}
      {again && <Button onClick={() => void again()}>{t("lead.again")}</Button>}
    </div>
  );
}

/** Runs something that may fail; says so, and is busy meanwhile. */
export function useAction(): [boolean, (act: () => Promise<void>) => Promise<boolean>] {
  const [isBusy, setBusy] = useState(false);
  const run = async (act: () => Promise<void>) => {
    setBusy(true);
    try {
      await act();
      return true;
    } catch (failure) {
      const error = asApiError(failure);
      toast([error.message, error.whatToDo].filter(Boolean).join(" "), { look: "bad" });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return [isBusy, run];
}

export function Section(props: {
  title: string;
  hint?: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="card stack section">
      <header class="row">
        <div class="grow">
          <h2>{props.title}</h2>
          {props.hint && <p class="soft small">{props.hint}</p>}
        </div>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty soft">{children}</p>;
}

/** A number that stands for itself, with what it is below. */
export function Figure({ value, words }: { value: string; words: string }) {
  return (
    <div class="figure-tile">
      <span class="figure-value number">{value}</span>
      <span class="soft small">{words}</span>
    </div>
  );
}

export function Dot({ colour }: { colour: string }) {
  return <span class="dot" style={{ background: colour }} aria-hidden="true" />;
}

const LOOKS: Record<Severity, string> = { error: "bad", warning: "warn", info: "" };

export function SeverityBadge({ severity }: { severity: Severity }) {
  return <span class={`badge ${LOOKS[severity]}`}>{t(`severity.${severity}`)}</span>;
}

/** A share from 0 to 1, with its words for those who do not see it. */
export function Meter({ share, label }: { share: number; label: string }) {
  return (
    <div
      class="meter"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <span style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
    </div>
  );
}
