// The strip along the volume: small pictures, and below them what has been said of each slice. It is a
// slider: drag along it, or use the arrow keys on it.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { markOf } from "../state/coverage";
import type { Desk } from "./desk";
import { drawStrip } from "./drawStrip";
import type { Words } from "./words";

export function StripBar({ desk, t }: { desk: Desk; t: Words }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const { count } = desk.volume;
  const current = desk.current.value;

  useEffect(() => {
    const redraw = () => canvas.current && drawStrip(canvas.current, desk);
    const observer = new ResizeObserver(redraw);
    observer.observe(bar.current as HTMLElement);
    return () => observer.disconnect();
  }, [desk]);
  useSignalEffect(() => {
    if (canvas.current) drawStrip(canvas.current, desk);
  });

  const scrub = (event: PointerEvent) => {
    if (event.buttons === 0) return;
    const { left, width } = (bar.current as HTMLElement).getBoundingClientRect();
    desk.goTo(Math.floor(((event.clientX - left) / width) * count));
  };
  const mark = t(`state.${markOf(desk.work, desk.volume, current)}`);
  return (
    <div
      class="strip"
      ref={bar}
      role="slider"
      tabIndex={0}
      aria-label={t("slice.strip")}
      aria-valuemin={1}
      aria-valuemax={count}
      aria-valuenow={current + 1}
      aria-valuetext={`${t("slice.name", { n: current + 1, all: count })}, ${mark}`}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId);
        scrub(event);
      }}
      onPointerMove={scrub}
      onKeyDown={event => {
        const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
        if (by) desk.goTo(current + by);
      }}
    >
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}
