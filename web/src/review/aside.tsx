// Beside the pictures: why the subject is flagged, who said what on this slice, and sending it back.
import { useState } from "preact/hooks";
import { request } from "../api/request";
import { seriesClass } from "../lead/charts/colours";
import { TextField } from "../lead/fields";
import { SeverityBadge, useAction } from "../lead/parts";
import { ratio, t } from "../lead/words";
import { Button, toast } from "../ui";
import type { Place } from "./planes";
import type { FlaggedSubject, PersonSaid, ReviewList, ReviewSubject, ReviewVolume } from "./types";

export function Findings({
  subject,
  goTo,
}: {
  subject: FlaggedSubject;
  goTo: (k: number) => void;
}) {
  return (
    <section class="card stack">
      <h2>{t("review.why")}</h2>
      <p class="small">{subject.reason}.</p>
      {subject.findings.length === 0 && <p class="soft small">{t("review.no-findings")}</p>}
      {subject.findings.map(finding => (
        <div key={`${finding.code} ${finding.message}`} class="stack why">
          <span>
            <SeverityBadge severity={finding.severity} />
          </span>
          <p class="small">
            {finding.message} <span class="soft">{finding.suggestion}</span>
          </p>
          {finding.place?.slices && <GoTo slices={finding.place.slices} goTo={goTo} />}
        </div>
      ))}
    </section>
  );
}

function GoTo({ slices, goTo }: { slices: [number, number]; goTo: (k: number) => void }) {
  return <Button onClick={() => goTo(slices[0])}>{t("review.go", { n: slices[0] })}</Button>;
}

export function People(props: {
  said: ReviewSubject;
  at: Place;
  hidden: ReadonlySet<string>;
  setHidden: (hidden: ReadonlySet<string>) => void;
}) {
  const { said, at, hidden } = props;
  const turn = (id: string) => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    props.setHidden(next);
  };
  return (
    <section class="card stack">
      <h2>{t("review.people")}</h2>
      <ul class="people">
        {said.people.map((person, n) => (
          <li key={person.annotator_id}>
            <label class="row">
              <input
                type="checkbox"
                checked={!hidden.has(person.annotator_id)}
                onChange={() => turn(person.annotator_id)}
              />
              <span class={`swatch ${seriesClass(n % 7)}`} aria-hidden="true" />
              <span class="grow">{person.name}</span>
              <span class="soft small">{weightWords(person)}</span>
              <span class="small said">{onSlice(person, at[0])}</span>
            </label>
          </li>
        ))}
      </ul>
    </section>
  );
}

function weightWords({ weight }: PersonSaid): string {
  if (weight === null) return "";
  return weight === 0 ? t("review.left-out") : t("review.weight", { weight: ratio(weight) });
}

function onSlice(person: PersonSaid, k: number): string {
  const said = person.slices.find(one => one.slice_index === k);
  if (!said || said.state === "open") return t("said.nothing");
  return t(`said.${said.state}`);
}

/** Beyond a handful the number says nothing: whoever comes is welcome. */
function wantedWords(n: number): string {
  if (n > 9) return t("progress.many-more");
  return n > 0 ? t("review.wanted", { n }) : "";
}

export function SendBack(props: {
  subject: FlaggedSubject;
  volume: ReviewVolume;
  onSentBack: (list: ReviewList) => void;
}) {
  const { subject, volume } = props;
  const [reason, setReason] = useState("");
  const [id, setId] = useState(() => crypto.randomUUID());
  const [isBusy, run] = useAction();
  const send = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const path = `/api/v1/lead/review/${volume.volume_id}/structures/${subject.structure_id}/send-back`;
      const list = await request<ReviewList>("POST", path, { body: { reason, request_id: id } });
      setId(crypto.randomUUID());
      setReason("");
      toast(t("review.sent-back"));
      props.onSentBack(list);
    });
  };
  return (
    <section class="card">
      <form class="stack" onSubmit={send}>
        <TextField words={t("review.reason")} value={reason} onChange={setReason} />
        <Button submit look="primary" icon="flag" disabled={isBusy}>
          {t("review.send-back")}
        </Button>
        <p class="soft small">{wantedWords(subject.n_more) || t("review.send-back-hint")}</p>
      </form>
    </section>
  );
}
