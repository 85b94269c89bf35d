// The picture with everything on it. The canvases lie in slice coordinates under one CSS transform; the
// boxes are drawn above in screen pixels, so that lines and handles keep their size.
import { useComputed, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { BoxLayer } from "./BoxLayer";
import type { LoupeProps } from "./Loupe";
import { later } from "./later";
import { drawMask, drawSlice } from "./paint";
import { Pointers } from "./pointers";
import { resize, type StageModel } from "./stage";
import type { Words } from "./words";

const Loupe = later<LoupeProps>(() => import("./Loupe").then(module => module.Loupe));

interface Props {
  model: StageModel;
  t: Words;
  children?: ComponentChildren;
}

export function StageView({ model, t, children }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const slice = useRef<HTMLCanvasElement>(null);
  const mask = useRef<HTMLCanvasElement>(null);
  const isTouched = useComputed(() => model.finger.value !== null);
  const pointers = useMemo(() => new Pointers(model), [model]);

  useEffect(() => watchSize(stage.current as HTMLElement, model), [model]);
  useEffect(() => watchPointers(stage.current as HTMLElement, pointers), [pointers]);
  useSignalEffect(() => {
    if (slice.current) drawSlice(slice.current, model);
  });
  useSignalEffect(() => {
    if (mask.current) drawMask(mask.current, model);
  });
  useSignalEffect(() => {
    const view = model.view.value;
    if (!view) return;
    const transform = `matrix(${view.columnScale},0,0,${view.rowScale},${view.x},${view.y})`;
    for (const canvas of [slice.current, mask.current])
      if (canvas) canvas.style.transform = transform;
  });

  return (
    <div class="stage" ref={stage}>
      <canvas ref={slice} width={model.size.columns} height={model.size.rows} aria-hidden="true" />
      <canvas ref={mask} width={model.size.columns} height={model.size.rows} aria-hidden="true" />
      <BoxLayer model={model} t={t} />
      {isTouched.value && <Loupe model={model} canvas={slice} />}
      {children}
    </div>
  );
}

function watchSize(element: HTMLElement, model: StageModel): () => void {
  const measure = () => resize(model, { width: element.clientWidth, height: element.clientHeight });
  const observer = new ResizeObserver(measure);
  observer.observe(element);
  measure();
  return () => observer.disconnect();
}

/** Native listeners: the wheel must not be passive, and fingers are captured by the stage. */
function watchPointers(element: HTMLElement, pointers: Pointers): () => void {
  const at = (event: MouseEvent) => {
    const corner = element.getBoundingClientRect();
    return { x: event.clientX - corner.left, y: event.clientY - corner.top };
  };
  const isControl = (event: Event) =>
    (event.target as Element).closest("button, [data-control]") !== null;
  const listeners: [string, (event: never) => void][] = [
    [
      "pointerdown",
      (event: PointerEvent) => {
        if (isControl(event)) return;
        event.preventDefault();
        (document.activeElement as HTMLElement | null)?.blur();
        element.setPointerCapture(event.pointerId);
        pointers.onDown(event, at(event));
      },
    ],
    ["pointermove", (event: PointerEvent) => pointers.onMove(event, at(event))],
    ["pointerup", (event: PointerEvent) => pointers.onUp(event, at(event))],
    ["pointercancel", (event: PointerEvent) => pointers.onCancel(event)],
    ["contextmenu", (event: MouseEvent) => event.preventDefault()],
    [
      "wheel",
      (event: WheelEvent) => {
        event.preventDefault();
        pointers.onWheel(event, at(event));
      },
    ],
  ];
  for (const [name, listener] of listeners) {
    element.addEventListener(name, listener as EventListener, { passive: false });
  }
  const space = (event: KeyboardEvent) => {
    if (event.key === " ") pointers.isPanning = event.type === "keydown";
    if (event.key === "Escape") pointers.abandon();
  };
  addEventListener("keydown", space);
  addEventListener("keyup", space);
  return () => {
    for (const [name, listener] of listeners)
      element.removeEventListener(name, listener as EventListener);
    removeEventListener("keydown", space);
    removeEventListener("keyup", space);
  };
}
