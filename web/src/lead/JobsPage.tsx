// Steps of the pipeline to start, watch and stop, and their results to take away.
import { useEffect } from "preact/hooks";
import { request } from "../api/request";
import { Button, say, toast } from "../ui";
import { leftOf } from "./estimate";
import { Empty, Loaded, Meter, Section, useAction } from "./parts";
import { type Resource, useResource } from "./resource";
import { Table } from "./Table";
import type { Download, Job, Jobs } from "./types";
import { bytes, duration, type Key, moment, percent, t } from "./words";

const PATH = "/api/v1/lead/jobs";

export function JobsPage() {
  const jobs = useResource<Jobs>(PATH, 1500);
  const downloads = useResource<Download[]>("/api/v1/lead/downloads");
  const open = jobs.value?.jobs.filter(job => job.state === "waiting" || job.state === "running");
  const ended = jobs.value?.jobs.filter(job => job.ended_at).length;
  // What has just ended may have made something to take away.
  useEffect(() => void (ended && downloads.reload()), [ended, downloads.reload]);
  return (
    <>
      <h1>{t("jobs.title")}</h1>
      <Loaded of={jobs}>
        {value => (
          <>
            <Start kinds={value.kinds} jobs={jobs} />
            {open?.map(job => (
              <OpenJob key={job.job_id} job={job} now={value.now} jobs={jobs} />
            ))}
            <Loaded of={downloads}>{found => <Downloads found={found} />}</Loaded>
            <History jobs={value.jobs.filter(job => job.ended_at)} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Start({ kinds, jobs }: { kinds: readonly string[]; jobs: Resource<Jobs> }) {
  const [isBusy, run] = useAction();
  const start = (kind: string) =>
    run(async () => {
      const job = await request<Job>("POST", PATH, { body: { kind, job_id: crypto.randomUUID() } });
      say(t("jobs.asked", { kind: kindWords(job.kind) }));
      await jobs.reload();
    });
  return (
    <Section title={t("jobs.start")} hint={t("jobs.start-hint")}>
      <div class="actions">
        <Button look="primary" icon="next" disabled={isBusy} onClick={() => void start("run")}>
          {t("kind.run")}
        </Button>
        {kinds
          .filter(kind => kind !== "run")
          .map(kind => (
            <Button key={kind} disabled={isBusy} onClick={() => void start(kind)}>
              {kindWords(kind)}
            </Button>
          ))}
      </div>
    </Section>
  );
}

function OpenJob({ job, now, jobs }: { job: Job; now: string; jobs: Resource<Jobs> }) {
  const [isBusy, run] = useAction();
  const cancel = () =>
    run(async () => {
      await request<Job>("POST", `${PATH}/${job.job_id}/cancel`, { body: {} });
      toast(t("jobs.cancelling"));
      await jobs.reload();
    });
  const left_s = leftOf(job, now);
  return (
    <section class="card stack job" aria-label={kindWords(job.kind)}>
      <div class="row">
        <strong class="grow">{kindWords(job.kind)}</strong>
        <span class={`badge ${job.state === "running" ? "good" : ""}`}>
          {t(`job.${job.state}`)}
        </span>
      </div>
      <Meter share={job.share} label={kindWords(job.kind)} />
      <div class="row">
        <span class="grow soft small">
          {job.state === "running" && `${percent(job.share)} `}
          {job.unit || job.words || t("jobs.soon")}
          {left_s !== null && ` · ${t("jobs.left", { time: duration(left_s) })}`}
        </span>
        <Button
          icon="close"
          disabled={isBusy || job.is_cancel_wanted}
          onClick={() => void cancel()}
        >
          {job.is_cancel_wanted ? t("jobs.cancelling") : t("jobs.cancel")}
        </Button>
      </div>
    </section>
  );
}

function Downloads({ found }: { found: readonly Download[] }) {
  return (
    <Section title={t("jobs.results")} hint={t("jobs.results-hint")}>
      <ul class="downloads">
        {found.map(one => (
          <li key={one.name} class="row">
            <span class="grow">
              {t(`download.${one.name}` as Key)}
              <span class="soft small">
                {" "}
                {one.made_at ? moment(one.made_at) : t("jobs.not-made")}
                {one.size !== null && ` · ${bytes(one.size)}`}
              </span>
            </span>
            {one.made_at && (
              <a class="button" href={`/api/v1/lead/downloads/${one.name}`} download={one.name}>
                {t("jobs.download")}
              </a>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function History({ jobs }: { jobs: readonly Job[] }) {
  if (jobs.length === 0) return <Empty>{t("jobs.none")}</Empty>;
  return (
    <Section title={t("jobs.history")}>
      <Table
        caption={t("jobs.history")}
        rows={jobs}
        rowKey={job => job.job_id}
        columns={[
          { key: "kind", title: t("jobs.step"), cell: job => kindWords(job.kind) },
          {
            key: "state",
            title: t("jobs.state"),
            cell: job => <span class={`badge ${LOOKS[job.state]}`}>{t(`job.${job.state}`)}</span>,
          },
          {
            key: "words",
            title: t("jobs.words"),
            cell: job => <span class="lines small">{job.words || "–"}</span>,
          },
          { key: "who", title: t("jobs.who"), cell: job => job.asked_by },
          { key: "at", title: t("jobs.when"), cell: job => moment(job.created_at) },
        ]}
      />
    </Section>
  );
}

const LOOKS: Record<Job["state"], string> = {
  waiting: "",
  running: "",
  done: "good",
  failed: "bad",
  cancelled: "warn",
};

const kindWords = (kind: string) => t(`kind.${kind}` as Key);
