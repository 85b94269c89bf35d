// One picture of a volume, in one of three planes: grey values, masks, boxes, and a cross hair.
import { useEffect, useRef, useState } from "preact/hooks";
import { requestBytes } from "../api/request";
import { t } from "../lead/words";
import { Lru } from "../slices/lru";
import { decodeSlice, type Slice } from "../slices/mhs";
import { paint, type Window, windowTable } from "../slices/window";
import { Overlay, type OverlayProps } from "./Overlay";
import {
  type Frame,
  frameOf,
  fromPicture,
  indexOf,
  type Place,
  type Plane,
  withIndex,
} from "./planes";
import type { ReviewVolume } from "./types";

interface Props extends Omit<OverlayProps, "frame" | "volume" | "at"> {
  plane: Plane;
  volume: ReviewVolume;
  at: Place;
  window: Window;
  onMove: (place: Place) => void;
}

export function PlaneView(props: Props) {
  const { plane, volume, at, onMove } = props;
  const frame = frameOf(plane, volume);
  const index = indexOf(plane, at);
  const step = (by: number) => onMove(withIndex(plane, at, index + by, volume));
  const stage = useRef<HTMLDivElement>(null);
  useWheel(stage, step);
  const goTo = (event: PointerEvent) => {
    if (event.type === "pointermove" && event.buttons !== 1) return;
    const edges = (event.currentTarget as Element).getBoundingClientRect();
    const x = ((event.clientX - edges.left) / edges.width) * frame.columns;
    const y = ((event.clientY - edges.top) / edges.height) * frame.rows;
    onMove(fromPicture(plane, x, y, at, volume));
  };
  const onKey = (event: KeyboardEvent) => {
    const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    const far = { PageUp: 10, PageDown: -10 }[event.key];
    if (!by && !far) return;
    event.preventDefault();
    step((by ?? far) as number);
  };
  const words = t("review.plane", { plane: t(`review.${plane}`), n: index });
  return (
    <figure class={`plane ${plane}`}>
      <div
        ref={stage}
        class="stage"
        style={{ "--aspect": frame.aspect }}
        role="slider"
        tabIndex={0}
        aria-label={t(`review.${plane}`)}
        aria-valuemin={0}
        aria-valuemax={frame.count - 1}
        aria-valuenow={index}
        title={t("review.plane-help")}
        onPointerDown={goTo}
        onPointerMove={goTo}
        onKeyDown={onKey}
      >
        <Picture frame={frame} index={index} volume={volume} window={props.window} />
        <Overlay {...props} frame={frame} />
      </div>
      <figcaption class="small number">{words}</figcaption>
    </figure>
  );
}

/** The page must not scroll while the wheel goes through slices: only a listener that is not passive may say so. */
function useWheel(stage: { current: HTMLElement | null }, step: (by: number) => void) {
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    const element = stage.current;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      latest.current(event.deltaY < 0 ? 1 : -1);
    };
    element?.addEventListener("wheel", turn, { passive: false });
    return () => element?.removeEventListener("wheel", turn);
  }, [stage]);
}

function Picture(props: { frame: Frame; index: number; volume: ReviewVolume; window: Window }) {
  const { frame, index, volume, window } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const { slice, hasFailed } = useSlice(volume.volume_id, frame.plane, index);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!slice || !context) return;
    const image = context.createImageData(slice.columns, slice.rows);
    paint(slice, windowTable(slice, window), image.data);
    context.putImageData(image, 0, 0);
  }, [slice, window]);
  return (
    <>
      <canvas ref={canvas} width={frame.columns} height={frame.rows} />
      {hasFailed && (
        <p class="no-slice small" role="alert">
          {t("review.no-slice")}
        </p>
      )}
    </>
  );
}

const kept = new Lru<string, Slice>(200);

/** A slice of a volume; the last one stays shown until the next is there. */
function useSlice(volumeId: string, plane: Plane, index: number) {
  const key = `${volumeId}/${plane}/${index}`;
  const [slice, setSlice] = useState<Slice>();
  const [failed, setFailed] = useState("");
  useEffect(() => {
    const known = kept.get(key);
    if (known) {
      setSlice(known);
      return;
    }
    const controller = new AbortController();
    const load = async () => {
      try {
        const path = `/api/v1/lead/review/${key}.mhs`;
        const found = await decodeSlice(await requestBytes(path, { signal: controller.signal }));
        kept.set(key, found);
        setSlice(found);
        setFailed("");
      } catch {
        if (!controller.signal.aborted) setFailed(key);
      }
    };
    void load();
    return () => controller.abort();
  }, [key]);
  return { slice, hasFailed: failed === key };
}
