// What leads and reviewers did; nobody can change it.
import { useState } from "preact/hooks";
import { request } from "../api/request";
import { Button } from "../ui";
import { Empty, Loaded, useAction } from "./parts";
import { useResource } from "./resource";
import { Table } from "./Table";
import type { AuditEntry } from "./types";
import { moment, t } from "./words";

const PATH = "/api/v1/lead/audit";
const PAGE = 100;

export function LogPage() {
  const newest = useResource<AuditEntry[]>(`${PATH}?most=${PAGE}`);
  const [older, setOlder] = useState<AuditEntry[]>([]);
  const [isEnd, setEnd] = useState(false);
  const [isBusy, run] = useAction();
  const more = (last: AuditEntry) =>
    run(async () => {
      const path = `${PATH}?most=${PAGE}&before=${last.sequence}`;
      const page = await request<AuditEntry[]>("GET", path);
      setOlder([...older, ...page]);
      setEnd(page.length < PAGE);
    });
  return (
    <>
      <h1>{t("log.title")}</h1>
      <p class="soft">{t("log.hint")}</p>
      <Loaded of={newest}>
        {entries => {
          const rows = [...entries, ...older];
          const last = rows.at(-1);
          if (!last) return <Empty>{t("log.nothing")}</Empty>;
          return (
            <>
              <Entries rows={rows} />
              {entries.length === PAGE && !isEnd && (
                <Button disabled={isBusy} onClick={() => void more(last)}>
                  {t("log.more")}
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Entries({ rows }: { rows: readonly AuditEntry[] }) {
  return (
    <Table
      caption={t("log.title")}
      rows={rows}
      rowKey={row => String(row.sequence)}
      columns={[
        { key: "at", title: t("jobs.when"), cell: row => moment(row.at) },
        { key: "who", title: t("jobs.who"), cell: row => row.who },
        { key: "action", title: t("log.action"), cell: row => <code>{row.action}</code> },
        { key: "subject", title: t("log.subject"), cell: row => row.subject || "–" },
        {
          key: "details",
          title: t("log.details"),
          cell: row => <span class="small soft details">{inWords(row.details)}</span>,
        },
      ]}
    />
  );
}

/** Plain values as "role: annotator"; a pair is what it was and what it became. */
function inWords(details: Record<string, unknown>): string {
  return Object.entries(details)
    .filter(([key, value]) => value !== null && value !== "" && !key.endsWith("_id"))
    .map(
      ([key, value]) =>
        `${key}: ${Array.isArray(value) ? value.map(plain).join(" → ") : plain(value)}`,
    )
    .join("; ");
}

const plain = (value: unknown) =>
  value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value);
