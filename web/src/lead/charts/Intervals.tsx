// The Dice to be expected of each structure: a point, and a line for what is known of it.
import { scaleBetween } from "../scales";
import type { Charts } from "../types";
import { number, plainName, ratio, t } from "../words";

const WIDTH = 460;
const ROW = 26;
const FRAME = { left: 160, right: 46, top: 8, bottom: 28 };
const MOST = 20;

export function Intervals({ rows }: { rows: Charts["expected"] }) {
  const shown = rows.slice(0, MOST); // the worst come first
  const height = FRAME.top + FRAME.bottom + ROW * shown.length;
  const x = scaleBetween(0, 1, FRAME.left, WIDTH - FRAME.right, 0.25);
  return (
    <>
      <svg
        class="plot"
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={t("charts.expected")}
      >
        {x.ticks.map(tick => (
          <g key={tick}>
            <line class="grid" x1={x(tick)} x2={x(tick)} y1={FRAME.top} y2={height - 24} />
            <text class="tick middle" x={x(tick)} y={height - 8}>
              {number(tick, 2)}
            </text>
          </g>
        ))}
        {shown.map((row, n) => {
          const y = FRAME.top + ROW * (n + 0.5);
          return (
            <g key={`${row.volume} ${row.structure}`} class="series-1">
              <text class="tick end" x={FRAME.left - 12} y={y + 4}>
                {shorten(`${plainName(row.structure)}, ${row.volume}`)}
              </text>
              <line class="stroke" x1={x(row.dice.low)} x2={x(row.dice.high)} y1={y} y2={y} />
              <circle class="fill" cx={x(row.dice.estimate)} cy={y} r={5} />
              <text class="tick" x={WIDTH - FRAME.right + 12} y={y + 4}>
                {ratio(row.dice.estimate)}
              </text>
            </g>
          );
        })}
      </svg>
      {rows.length > MOST && <p class="soft small">{t("charts.worst", { n: MOST })}</p>}
    </>
  );
}

const shorten = (words: string) => (words.length > 24 ? `${words.slice(0, 23)}…` : words);
