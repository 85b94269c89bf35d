// Four charts as plain SVG, each with the table of the same numbers behind it.
import type { ComponentChildren } from "preact";
import { Bars } from "./charts/Bars";
import { Intervals } from "./charts/Intervals";
import { type Line, Lines } from "./charts/Lines";
import { Empty, Loaded } from "./parts";
import { useResource } from "./resource";
import { busiest } from "./scales";
import { Table } from "./Table";
import type { Charts } from "./types";
import { day, duration, number, ratio, t } from "./words";

export function ChartsPage() {
  const charts = useResource<Charts>("/api/v1/lead/charts", 60_000);
  return (
    <>
      <h1>{t("charts.title")}</h1>
      <Loaded of={charts}>
        {value =>
          value.days.length === 0 ? (
            <Empty>{t("charts.nothing")}</Empty>
          ) : (
            <div class="charts">
              <Days charts={value} />
              <Pace charts={value} />
              <Learning charts={value} />
              <Expected charts={value} />
            </div>
          )
        }
      </Loaded>
    </>
  );
}

function ChartCard(props: {
  title: string;
  hint: string;
  table: ComponentChildren;
  /** Said instead of chart and table while there is nothing to show. */
  nothing?: string | false;
  children: ComponentChildren;
}) {
  return (
    <figure class="card chart">
      <figcaption>
        <h2>{props.title}</h2>
        <p class="soft small">{props.hint}</p>
      </figcaption>
      {props.nothing ? (
        <Empty>{props.nothing}</Empty>
      ) : (
        <>
          {props.children}
          <details>
            <summary>{t("charts.table")}</summary>
            {props.table}
          </details>
        </>
      )}
    </figure>
  );
}

/** The same colour for the same person in every chart: by how much they did. */
function peopleOf(charts: Charts): string[] {
  const amounts = new Map<string, number>();
  for (const { annotator, n_answers } of charts.days)
    amounts.set(annotator, (amounts.get(annotator) ?? 0) + n_answers);
  return busiest(amounts);
}

function Days({ charts }: { charts: Charts }) {
  return (
    <ChartCard
      title={t("charts.days")}
      hint={t("charts.days-hint")}
      table={
        <Table
          caption={t("charts.days")}
          rows={charts.days}
          rowKey={row => `${row.day} ${row.annotator}`}
          first={{ key: "day", down: true }}
          columns={[
            { key: "day", title: t("charts.day"), by: row => row.day, cell: row => day(row.day) },
            { key: "who", title: t("people.name"), by: r => r.annotator, cell: r => r.annotator },
            {
              key: "n",
              title: t("people.answers"),
              isNumber: true,
              by: row => row.n_answers,
              cell: row => number(row.n_answers),
            },
            {
              key: "time",
              title: t("people.time"),
              isNumber: true,
              by: row => row.active_s,
              cell: row => duration(row.active_s),
            },
          ]}
        />
      }
    >
      <Bars days={charts.days} people={peopleOf(charts)} />
    </ChartCard>
  );
}

function Pace({ charts }: { charts: Charts }) {
  const lines = charts.pace.map(one => ({
    name: one.annotator,
    points: one.steps.map(step => ({ x: step.n_answers, y: step.median_s })),
  }));
  return (
    <LineCard
      charts={charts}
      lines={lines}
      title={t("charts.pace")}
      hint={t("charts.pace-hint")}
      x={t("charts.answers-so-far")}
      y={t("charts.seconds")}
      nothing={t("charts.no-times")}
      write={value => duration(value)}
    />
  );
}

function Learning({ charts }: { charts: Charts }) {
  const lines = charts.learning.map(one => ({
    name: one.annotator,
    points: one.n_boxes.map((x, i) => ({ x, y: one.median_iou[i] as number })),
  }));
  return (
    <LineCard
      charts={charts}
      lines={lines}
      title={t("charts.learning")}
      hint={t("charts.learning-hint")}
      x={t("charts.boxes-so-far")}
      y={t("charts.overlap")}
      highest={1}
      nothing={t("charts.no-learning")}
      write={ratio}
    />
  );
}

function LineCard(props: {
  charts: Charts;
  lines: Line[];
  title: string;
  hint: string;
  x: string;
  y: string;
  highest?: number;
  nothing: string;
  write: (value: number) => string;
}) {
  const rows = props.lines.flatMap(line => line.points.map(p => ({ name: line.name, ...p })));
  return (
    <ChartCard
      title={props.title}
      hint={props.hint}
      nothing={rows.length === 0 && props.nothing}
      table={
        <Table
          caption={props.title}
          rows={rows}
          rowKey={row => `${row.name} ${row.x}`}
          columns={[
            { key: "who", title: t("people.name"), by: row => row.name, cell: row => row.name },
            { key: "x", title: props.x, isNumber: true, by: r => r.x, cell: r => number(r.x) },
            { key: "y", title: props.y, isNumber: true, by: r => r.y, cell: r => props.write(r.y) },
          ]}
        />
      }
    >
      <Lines {...props} people={peopleOf(props.charts)} />
    </ChartCard>
  );
}

function Expected({ charts }: { charts: Charts }) {
  return (
    <ChartCard
      title={t("charts.expected")}
      hint={t("charts.expected-hint")}
      nothing={charts.expected.length === 0 && t("charts.not-yet")}
      table={
        <Table
          caption={t("charts.expected")}
          rows={charts.expected}
          rowKey={row => `${row.volume} ${row.structure}`}
          columns={[
            { key: "v", title: t("progress.volume"), by: r => r.volume, cell: r => r.volume },
            {
              key: "s",
              title: t("people.structure"),
              by: r => r.structure,
              cell: r => r.structure,
            },
            {
              key: "d",
              title: t("charts.dice"),
              isNumber: true,
              by: row => row.dice.estimate,
              cell: row =>
                `${ratio(row.dice.estimate)} (${ratio(row.dice.low)} ${t("lead.to")} ${ratio(row.dice.high)})`,
            },
          ]}
        />
      }
    >
      <Intervals rows={charts.expected} />
    </ChartCard>
  );
}
