// The annotators: how much each did, how fast, how well it fits, and what is doubtful.
import { useState } from "preact/hooks";
import { Dialog } from "../ui";
import { Empty, Loaded, SeverityBadge } from "./parts";
import { useResource } from "./resource";
import { type Column, Table } from "./Table";
import type { AnnotatorWork, Estimate } from "./types";
import { duration, moment, number, plainName, ratio, t } from "./words";

export function PeoplePage() {
  const work = useResource<AnnotatorWork[]>("/api/v1/lead/annotators", 30_000);
  const [open, setOpen] = useState<AnnotatorWork>();
  return (
    <>
      <h1>{t("people.title")}</h1>
      <p class="soft">{t("people.hint")}</p>
      <Loaded of={work}>
        {rows =>
          rows.length === 0 ? (
            <Empty>
              {t("people.nobody")} <a href="#invites">{t("nav.invites")}</a>
            </Empty>
          ) : (
            <Table
              caption={t("people.title")}
              rows={rows}
              columns={columns()}
              rowKey={row => row.annotator_id}
              first={{ key: "slices", down: true }}
              onOpen={setOpen}
            />
          )
        }
      </Loaded>
      {open && <Detail work={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

const columns = (): Column<AnnotatorWork>[] => [
  { key: "name", title: t("people.name"), by: row => row.name, cell: row => row.name },
  {
    key: "slices",
    title: t("people.slices"),
    isNumber: true,
    by: row => row.n_slices,
    cell: row => number(row.n_slices),
  },
  {
    key: "volumes",
    title: t("people.volumes"),
    isNumber: true,
    by: row => row.n_volumes,
    cell: row => number(row.n_volumes),
  },
  {
    key: "time",
    title: t("people.time"),
    isNumber: true,
    by: row => row.active_s,
    cell: row => (row.active_s ? duration(row.active_s) : "–"),
  },
  {
    key: "pace",
    title: t("people.pace"),
    isNumber: true,
    by: row => row.median_s,
    cell: row => (row.median_s === null ? "–" : duration(row.median_s)),
  },
  {
    key: "agreement",
    title: t("people.agreement"),
    isNumber: true,
    by: row => row.agreement?.estimate ?? null,
    cell: row => ratio(row.agreement?.estimate),
  },
  {
    key: "findings",
    title: t("people.findings"),
    isNumber: true,
    by: row => row.findings.length,
    cell: row =>
      row.findings.length ? (
        <span class="badge warn">{number(row.findings.length)}</span>
      ) : (
        number(0)
      ),
  },
  {
    key: "last",
    title: t("people.last"),
    isNumber: true,
    by: row => row.last_at,
    cell: row => (row.last_at ? moment(row.last_at) : "–"),
  },
];

function Detail({ work, onClose }: { work: AnnotatorWork; onClose: () => void }) {
  const isMeasured = work.sensitivity || work.specificity || work.agreement;
  return (
    <Dialog wide title={work.name} closeLabel={t("lead.close")} onClose={onClose}>
      <h3>{t("people.findings")}</h3>
      {work.findings.length === 0 && <p class="soft">{t("people.no-findings")}</p>}
      {work.findings.map(finding => (
        <div key={finding.message} class="finding">
          <SeverityBadge severity={finding.severity} />
          <p>
            {finding.message} <span class="soft">{finding.suggestion}</span>
          </p>
        </div>
      ))}
      <h3>{t("people.reliability")}</h3>
      {isMeasured ? <Reliability work={work} /> : <p class="soft">{t("people.not-measured")}</p>}
      <h3>{t("people.by-structure")}</h3>
      <Table
        caption={t("people.by-structure")}
        rows={work.structures}
        rowKey={row => row.structure}
        columns={[
          { key: "s", title: t("people.structure"), cell: row => plainName(row.structure) },
          {
            key: "n",
            title: t("people.answers"),
            isNumber: true,
            cell: row => number(row.n_answers),
          },
          {
            key: "m",
            title: t("people.pace"),
            isNumber: true,
            cell: row => (row.median_s === null ? "–" : duration(row.median_s)),
          },
          {
            key: "a",
            title: t("people.agreement"),
            isNumber: true,
            cell: row => ratio(row.agreement),
          },
        ]}
      />
    </Dialog>
  );
}

function Reliability({ work }: { work: AnnotatorWork }) {
  const bias = work.bias_mm;
  return (
    <dl class="facts">
      <Fact words={t("people.agreement")} of={work.agreement} />
      <Fact words={t("people.sensitivity")} of={work.sensitivity} />
      <Fact words={t("people.specificity")} of={work.specificity} />
      <Fact words={t("people.repeatability")} of={work.repeatability} />
      {bias && (
        <div>
          <dt class="soft small">{t("people.bias")}</dt>
          <dd class="number">{bias.map(edge => number(edge, 1)).join(" / ")} mm</dd>
        </div>
      )}
    </dl>
  );
}

function Fact({ words, of }: { words: string; of: Estimate | null }) {
  if (!of) return null;
  return (
    <div>
      <dt class="soft small">{words}</dt>
      <dd class="number">
        {ratio(of.estimate)}{" "}
        <span class="soft small">
          {ratio(of.low)} {t("lead.to")} {ratio(of.high)}
        </span>
      </dd>
    </div>
  );
}
