// What lies over a picture: the mask, the reference, everybody's boxes, the consensus, a cross hair.
import { useEffect, useRef } from "preact/hooks";
import { seriesClass, seriesOf } from "../lead/charts/colours";
import { type Block, cutBlock, paintMask, rgba } from "./masks";
import { boxInPicture, type Frame, indexOf, type Place, toPicture } from "./planes";
import type { ReviewSubject, ReviewVolume } from "./types";

export interface Shown {
  people: boolean;
  consensus: boolean;
  mask: boolean;
  reference: boolean;
}

export interface OverlayProps {
  frame: Frame;
  volume: ReviewVolume;
  at: Place;
  colour: string;
  subject: ReviewSubject | undefined;
  blocks: { mask: Block | null; reference: Block | null };
  shown: Shown;
  /** Ids of those whose boxes are left out of the picture. */
  hidden: ReadonlySet<string>;
}

export const REFERENCE_COLOUR = "#ffffff";

export function Overlay(props: OverlayProps) {
  const { frame, volume, at } = props;
  const { x, y } = toPicture(frame.plane, at, volume.slice_count);
  return (
    <>
      <MaskLayer {...props} />
      <svg
        class="boxes"
        viewBox={`0 0 ${frame.columns} ${frame.rows}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path class="cross" d={`M${x} 0V${frame.rows}M0 ${y}H${frame.columns}`} />
        <People {...props} />
        <Consensus {...props} />
      </svg>
    </>
  );
}

function People({ subject, shown, hidden, frame, volume, at }: OverlayProps) {
  if (!shown.people || !subject) return null;
  const names = subject.people.map(person => person.name);
  return (
    <>
      {subject.people
        .filter(person => !hidden.has(person.annotator_id))
        .flatMap(person =>
          person.slices.flatMap(said =>
            said.boxes.map((box, n) => {
              const rect = boxInPicture(frame.plane, said.slice_index, box, at, volume.slice_count);
              const series = seriesClass(seriesOf(person.name, names) % 7);
              const key = `${person.annotator_id} ${said.slice_index} ${n}`;
              return rect && <Edges key={key} rect={rect} plane={frame.plane} class={series} />;
            }),
          ),
        )}
    </>
  );
}

function Consensus({ subject, shown, frame, volume, at }: OverlayProps) {
  if (!shown.consensus || !subject?.agreed) return null;
  return (
    <>
      {subject.agreed.slices.flatMap(({ slice_index, boxes }) =>
        boxes.map((box, n) => {
          const rect = boxInPicture(frame.plane, slice_index, box, at, volume.slice_count);
          const key = `${slice_index} ${n}`;
          return rect && <Edges key={key} rect={rect} plane={frame.plane} class="agreed" />;
        }),
      )}
    </>
  );
}

/** A whole rectangle on its own slice; from the side only its two ends, which stack up to edges. */
function Edges(props: {
  rect: { x: number; y: number; width: number; height: number };
  plane: string;
  class: string;
}) {
  const { x, y, width, height } = props.rect;
  if (props.plane === "axial")
    return (
      <g class={`box ${props.class}`}>
        <rect class="halo" {...{ x, y, width, height }} />
        <rect class="edge" {...{ x, y, width, height }} />
      </g>
    );
  const ends = `M${x} ${y}v${height}M${x + width} ${y}v${height}`;
  return (
    <g class={`box ${props.class}`}>
      <path class="edge" d={ends} />
    </g>
  );
}

function MaskLayer({ blocks, shown, frame, volume, at, colour }: OverlayProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const index = indexOf(frame.plane, at);
  const mask = shown.mask ? blocks.mask : null;
  const reference = shown.reference ? blocks.reference : null;
  const { plane, rows, columns } = frame;
  const sliceCount = volume.slice_count;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const size = { rows, columns, sliceCount };
    if (mask) {
      const look = { area: rgba(colour, 0.36), border: rgba(colour, 0.85) };
      paintMask(cutBlock(mask, plane, index, size), columns, pixels, look);
    }
    if (reference) {
      const look = { area: 0, border: rgba(REFERENCE_COLOUR, 0.9) };
      paintMask(cutBlock(reference, plane, index, size), columns, pixels, look);
    }
    context.putImageData(image, 0, 0);
  }, [mask, reference, plane, index, rows, columns, sliceCount, colour]);
  return <canvas ref={canvas} class="masks" width={columns} height={rows} />;
}
