// A line for each person over how much they have done.
import { scaleFrom0 } from "../scales";
import { number } from "../words";
import { seriesClass, seriesOf } from "./colours";
import { KeyList } from "./KeyList";

export interface Line {
  name: string;
  points: { x: number; y: number }[];
}

interface Props {
  title: string;
  lines: readonly Line[];
  people: readonly string[];
  x: string;
  y: string;
  /** Where the vertical axis ends, if that is known. */
  highest?: number;
  write: (value: number) => string;
}

const [WIDTH, HEIGHT] = [460, 260];
const FRAME = { left: 56, right: 12, top: 26, bottom: 44 };

export function Lines({ title, lines, people, x: xWords, y: yWords, highest, write }: Props) {
  const points = lines.flatMap(line => line.points);
  const x = scaleFrom0(Math.max(...points.map(p => p.x)), FRAME.left, WIDTH - FRAME.right, 4);
  const high = highest ?? Math.max(...points.map(p => p.y));
  const y = scaleFrom0(high, HEIGHT - FRAME.bottom, FRAME.top);
  const others = lines.filter(line => !people.includes(line.name));
  const known = lines.filter(line => people.includes(line.name));
  return (
    <>
      <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
        <text class="tick" x={8} y={14}>
          {yWords}
        </text>
        {y.ticks.map(tick => (
          <g key={tick}>
            <line class="grid" x1={FRAME.left} x2={WIDTH - FRAME.right} y1={y(tick)} y2={y(tick)} />
            <text class="tick end" x={FRAME.left - 8} y={y(tick) + 4}>
              {write(tick)}
            </text>
          </g>
        ))}
        {x.ticks.map(tick => (
          <text key={tick} class="tick middle" x={x(tick)} y={HEIGHT - FRAME.bottom + 18}>
            {number(tick)}
          </text>
        ))}
        <text class="tick end" x={WIDTH - FRAME.right} y={HEIGHT - 6}>
          {xWords}
        </text>
        {[...others, ...known].map(line => (
          <Path
            key={line.name}
            name={line.name}
            series={seriesOf(line.name, people)}
            points={line.points.map(p => ({ x: x(p.x), y: y(p.y), words: write(p.y) }))}
          />
        ))}
      </svg>
      <KeyList people={people} shown={new Set(lines.map(line => line.name))} />
    </>
  );
}

function Path(props: {
  name: string;
  series: number;
  points: { x: number; y: number; words: string }[];
}) {
  const way = props.points.map(p => `${p.x},${p.y}`).join(" ");
  return (
    <g class={seriesClass(props.series)}>
      <polyline class="stroke" points={way} />
      {props.points.map(p => (
        <circle key={p.x} class="fill" cx={p.x} cy={p.y} r={props.points.length > 12 ? 2 : 3}>
          <title>{`${props.name}: ${p.words}`}</title>
        </circle>
      ))}
    </g>
  );
}
