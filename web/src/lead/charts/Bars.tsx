// Answers on each day, one bar a day, stacked by person.
import { allDays, scaleFrom0 } from "../scales";
import type { DayOfWork } from "../types";
import { day, number, t } from "../words";
import { seriesClass, seriesOf } from "./colours";
import { KeyList } from "./KeyList";

const [WIDTH, HEIGHT] = [460, 240];
const FRAME = { left: 48, right: 8, top: 8, bottom: 28 };

export function Bars({ days, people }: { days: readonly DayOfWork[]; people: readonly string[] }) {
  const shown = allDays(days.map(one => one.day));
  const totals = new Map(shown.map(key => [key, 0]));
  for (const one of days) totals.set(one.day, (totals.get(one.day) ?? 0) + one.n_answers);
  const y = scaleFrom0(Math.max(...totals.values()), HEIGHT - FRAME.bottom, FRAME.top);
  const step = (WIDTH - FRAME.left - FRAME.right) / shown.length;
  const width = Math.min(44, step * 0.72);
  const named = Math.ceil(shown.length / 8);
  return (
    <>
      <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("charts.days")}>
        {y.ticks.map(tick => (
          <g key={tick}>
            <line class="grid" x1={FRAME.left} x2={WIDTH - FRAME.right} y1={y(tick)} y2={y(tick)} />
            <text class="tick end" x={FRAME.left - 8} y={y(tick) + 4}>
              {number(tick)}
            </text>
          </g>
        ))}
        {shown.map((key, n) => {
          const x = FRAME.left + step * (n + 0.5);
          return (
            <g key={key}>
              <Stack of={days.filter(one => one.day === key)} {...{ x, y, width, people }} />
              {n % named === 0 && (
                <text class="tick middle" x={x} y={HEIGHT - 8}>
                  {day(key)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <KeyList people={people} shown={new Set(days.map(one => one.annotator))} />
    </>
  );
}

function Stack(props: {
  of: readonly DayOfWork[];
  x: number;
  y: (value: number) => number;
  width: number;
  people: readonly string[];
}) {
  const { x, y, width, people } = props;
  const rank = (one: DayOfWork) => {
    const series = seriesOf(one.annotator, people);
    return series < 0 ? people.length : series;
  };
  let below = 0;
  return (
    <>
      {[...props.of]
        .sort((a, b) => rank(a) - rank(b))
        .map(one => {
          const base = below;
          below += one.n_answers;
          // A gap of one pixel keeps neighbours apart without relying on colour.
          const height = Math.max(y(base) - y(below) - 1, 0.5);
          return (
            <rect
              key={one.annotator}
              class={`fill ${seriesClass(seriesOf(one.annotator, people))}`}
              x={x - width / 2}
              y={y(below)}
              width={width}
              height={height}
            >
              <title>{`${one.annotator}, ${day(one.day)}: ${number(one.n_answers)}`}</title>
            </rect>
          );
        })}
    </>
  );
}
